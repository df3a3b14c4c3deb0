"""What is asked for in the workbook: known from all other requests, taken up once, answered where people look.

A request is known by the workbook's token and by what it says. The token is ours (it names the dossier) and changes with each
answer, so a copy of the workbook, or a second save of the same cell, asks for nothing new.
"""

import secrets
from dataclasses import dataclass
from enum import StrEnum

from relance_xl.core.remembered.notes import Notes, Remark, Subject
from relance_xl.core.texts.request import NotARequestError, Request, read_request
from relance_xl.runtime.language import _
from relance_xl.settings.dossier import Dossier
from relance_xl.workbook.sheets.reminders.request_cells import find_request_cells
from relance_xl.workbook.workbook import Workbook

_TAKEN, _ANSWERED, _PAGE, _SENT, _SHOWN = "taken", "answered", "page", "sent", "shown"
_FILE, _BATCH = "file", "batch"


# No request is longer (characters).
_LONGEST = 200


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
    if len(typed) > _LONGEST:
        typed = f"{typed[:_LONGEST]}…"
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


def taking(asked: Asked, host: str, digest: str) -> Remark:
    """Return what is to be recorded before a request is done: the computer that does it, the digest of the file that asks."""
    return Remark(Subject.REQUEST, asked.key, {_TAKEN: host, _FILE: digest})


def taken_from(notes: Notes, key: str) -> str:
    """Return the digest of the workbook that asked, as it was when the request was taken up; empty: it was not."""
    said = notes.of(Subject.REQUEST, key)
    return said.get(_FILE, "") if said.get(_TAKEN) else ""


def answering(asked: Asked, answer: str, page: str, has_sent: bool) -> Remark:
    """Return what is to be recorded once it is done; `page`: where the whole answer is, from the dossier."""
    sent = {_SENT: "yes"} if has_sent else {}
    return Remark(Subject.REQUEST, asked.key, {_ANSWERED: answer, _PAGE: page, **sent})


def lifting(notes: Notes, token: str) -> list[Remark]:
    """Return what is to be recorded for what a workbook asked for to be asked again, once its cell says another thing.

    What was sent never is: a copy of the workbook with those words must not send again.
    """
    mine = [key for key in notes.keys(Subject.REQUEST) if key.startswith(f"{token}/")]
    said = {key: notes.of(Subject.REQUEST, key) for key in mine}
    return [
        Remark(Subject.REQUEST, key, {_TAKEN: "", _ANSWERED: ""})
        for key, one in said.items()
        if one.get(_ANSWERED) and not one.get(_SENT)
    ]


def making(asked: Asked, batch: str) -> Remark:
    """Return what is to be recorded with a batch that is made for a request."""
    return Remark(Subject.REQUEST, asked.key, {_BATCH: batch})


def batch_of(notes: Notes, key: str) -> str:
    """Return the batch that was committed for a request, empty: none was."""
    return notes.of(Subject.REQUEST, key).get(_BATCH, "")


def broken_off(notes: Notes, but: str) -> list[str]:
    """Return the requests of which a batch was made and nobody was told, as a run died; `but`: one that is gone on with."""
    said = {key: notes.of(Subject.REQUEST, key) for key in notes.keys(Subject.REQUEST) if key != but}
    return list(dict.fromkeys(key for key, one in said.items() if one.get(_BATCH) and not one.get(_ANSWERED)))


def giving_up(key: str, answer: str) -> Remark:
    """Return what is to be recorded of a request that was broken off and is no longer asked for."""
    return Remark(Subject.REQUEST, key, {_ANSWERED: answer, _SENT: "yes"})


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


def settle_request(dossier: Dossier, workbook: Workbook, notes: Notes) -> Remark | None:
    """Write the answer of a request into the workbook, and let the next one be new.

    Return what is to be recorded once the workbook is written; None where it was not changed.
    """
    if _whose(dossier, workbook.lists.token) is not WhoseRequest.OURS:
        return None
    asked = find_asked(dossier, workbook)
    if asked is None or standing_of(notes, asked.key) is not Standing.ANSWERED:
        return None
    said = notes.of(Subject.REQUEST, asked.key)
    answer = said[_ANSWERED]
    if said.get(_SHOWN):
        # Another copy of the workbook asks in the same words: that answer was not to what stands in this one.
        text = _(
            "Nothing was done: this was asked before, from another copy ({answer}). Ask again if it is still wanted."
        )
        answer = text.format(answer=answer)
    find_request_cells(workbook.reminders).say(answer, said.get(_PAGE, ""))
    workbook.lists.give_token(f"{_dossier_id(dossier)}.{secrets.token_hex(4)}")
    return Remark(Subject.REQUEST, asked.key, {_SHOWN: "yes"})


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
