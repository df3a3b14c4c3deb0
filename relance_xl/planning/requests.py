"""What is asked for in the workbook: known from all other requests, taken up once, answered where people look.

A request is known by the workbook's token and by what it says. The token is ours (it names the dossier) and changes with each
answer, so a copy of the workbook, or a second save of the same cell, asks for nothing new.
"""

import secrets
from dataclasses import dataclass
from enum import StrEnum

from relance_xl.core.record import Committed, Record
from relance_xl.core.remembered.notes import Noted, Notes, Remark, Subject
from relance_xl.core.request import NotARequestError, Request, read_request
from relance_xl.runtime.language import _
from relance_xl.settings.dossier import Dossier
from relance_xl.workbook.sheets.reminders.request_cells import find_request_cells
from relance_xl.workbook.workbook import Workbook

_TAKEN, _ANSWERED, _PAGE = "taken", "answered", "page"


class Standing(StrEnum):
    """How a request stands: asked for, taken up by a run that may have died, answered."""

    NEW = "new"
    TAKEN = "taken"
    ANSWERED = "answered"


class WhoseRequest(StrEnum):
    """Whether a workbook's requests are this dossier's, another's, or cannot be told apart yet."""

    OURS = "ours"
    ANOTHERS = "another's"
    NOBODYS = "nobody's"


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the cell. `request` None: it asks for nothing that there is."""

    typed: str
    request: Request | None
    token: str
    whose: WhoseRequest

    @property
    def key(self) -> str:
        """What tells it from all other requests."""
        return f"{self.token}/{self.request or self.typed}"


def find_asked(dossier: Dossier, workbook: Workbook) -> Asked | None:
    """Return what is asked for in a workbook, None where nothing is."""
    typed = find_request_cells(workbook.reminders).typed
    if not typed:
        return None
    try:
        request = read_request(typed)
    except NotARequestError:
        request = None
    token = workbook.lists.token
    return Asked(typed, request, token, _whose(dossier, token))


def _whose(dossier: Dossier, token: str) -> WhoseRequest:
    if not token:
        return WhoseRequest.NOBODYS
    return WhoseRequest.OURS if token.partition(".")[0] == _known_id(dossier) else WhoseRequest.ANOTHERS


def standing_of(notes: Notes, key: str) -> Standing:
    """Return how a request stands, by the journal."""
    said = notes.of(Subject.REQUEST, key)
    if said.get(_ANSWERED):
        return Standing.ANSWERED
    return Standing.TAKEN if said.get(_TAKEN) else Standing.NEW


def taking(asked: Asked, host: str) -> Remark:
    """Return what is to be recorded before a request is done; `host`: the computer that does it."""
    return Remark(Subject.REQUEST, asked.key, {_TAKEN: host})


def answering(asked: Asked, answer: str, page: str) -> Remark:
    """Return what is to be recorded once it is done; `page`: where the whole answer is, from the dossier."""
    return Remark(Subject.REQUEST, asked.key, {_ANSWERED: answer, _PAGE: page})


def batches_since(records: tuple[Record, ...], key: str) -> tuple[str, ...]:
    """Return the batches that were committed since a request was taken up."""
    taken = [
        place
        for place, record in enumerate(records)
        if isinstance(record, Noted) and record.remark.key == key and record.remark.said.get(_TAKEN)
    ]
    return tuple(one.batch for one in records[taken[0] :] if isinstance(one, Committed)) if taken else ()


def let_ask(dossier: Dossier, workbook: Workbook) -> None:
    """Let a workbook that is brought up to date here ask for things, where it could not yet, or was another dossier's.

    What it asks for was not asked of us. Raises OSError.
    """
    if _whose(dossier, workbook.lists.token) is WhoseRequest.OURS:
        return
    cells = find_request_cells(workbook.reminders)
    if cells.typed:
        cells.say(_("“{request}” was not done: ask again here.").format(request=cells.typed), "")
    workbook.lists.give_token(f"{_dossier_id(dossier)}.{secrets.token_hex(4)}")


def settle_request(dossier: Dossier, workbook: Workbook, notes: Notes) -> bool:
    """Write the answer of a request into the workbook, and let the next one be new; return whether it changed."""
    if _whose(dossier, workbook.lists.token) is not WhoseRequest.OURS:
        return False
    asked = find_asked(dossier, workbook)
    if asked is None or standing_of(notes, asked.key) is not Standing.ANSWERED:
        return False
    said = notes.of(Subject.REQUEST, asked.key)
    find_request_cells(workbook.reminders).say(said[_ANSWERED], said.get(_PAGE, ""))
    workbook.lists.give_token(f"{_dossier_id(dossier)}.{secrets.token_hex(4)}")
    return True


def _known_id(dossier: Dossier) -> str:
    try:
        return dossier.identity.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _dossier_id(dossier: Dossier) -> str:
    """Return what tells this dossier from all others: drawn by lot when it is first asked for. Raises OSError."""
    known = _known_id(dossier)
    if known:
        return known
    drawn = secrets.token_hex(4)
    dossier.identity.parent.mkdir(parents=True, exist_ok=True)
    dossier.identity.write_text(f"{drawn}\n", encoding="ascii")
    return drawn
