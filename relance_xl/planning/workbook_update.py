"""Writes into the workbook the rows of history and the statuses that the journal has and the workbook lacks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from relance_xl.core.delivery_line import DeliveryLine, lines_of
from relance_xl.core.history import History, replay
from relance_xl.core.invoice import Invoice
from relance_xl.core.level import Policy
from relance_xl.core.record import Via
from relance_xl.core.remembered.notes import Remark
from relance_xl.core.reminder import DeliveryKey, ReminderKey
from relance_xl.core.wording import made_word, minimum_text
from relance_xl.journal.journal import read_journal
from relance_xl.planning.opening import read_workbook
from relance_xl.planning.remembered.calls import call_rows, refresh_calls
from relance_xl.planning.remembered.customers import Customers
from relance_xl.planning.requests import settle_request
from relance_xl.runtime.language import current_language, speaking
from relance_xl.settings.dossier import Dossier
from relance_xl.workbook.overviews import write_overviews
from relance_xl.workbook.sharing import opened_by
from relance_xl.workbook.sheets.history.sheet import OUTCOME_TITLES, LedgerSheet
from relance_xl.workbook.sheets.history.wording import LevelWords, Vocabulary, retell
from relance_xl.workbook.sheets.reminders.row import Prospect, document_name, text_or_blank, write_sending
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet, SheetRow
from relance_xl.workbook.sheets.reminders.tick_all import reached_rows, write_count
from relance_xl.workbook.store import WorkbookBusyError, WorkbookSavedError, replace_workbook
from relance_xl.workbook.workbook import Workbook


@dataclass(frozen=True, slots=True)
class RowStatus:
    """What a row's status and document cells are to show."""

    text: str
    document: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal knows of suspensions and customers' entries, as the signs of their cells; and what calls show.

    `listed`: the unpaid invoices by number; `entries`: what holds of their customers; `new_notes`: how many notes are
    recorded once the workbook is written.
    """

    suspensions: Mapping[str, str]
    customers: Mapping[str, str]
    listed: Mapping[str, Invoice]
    entries: Customers
    new_notes: int = 0


def write_missing_rows(policy: Policy, ledger: LedgerSheet | None, history: History) -> bool:
    """Append to the history sheet what the journal has and the sheet lacks; return whether the sheet changed.

    A row whose delivery's fate is another now says so. What was written in another language, or of a level that is called
    otherwise now, is said anew. An old copy saved over the workbook gets its rows back this way.
    """
    if ledger is None:
        # The next export brings the sheet back, and all of its rows.
        return False
    present = {(line.key, line.batch) for line in ledger.lines}
    known = {(row.key, row.batch): row for row in _history_lines(history)}
    missing = tuple(row for place, row in known.items() if place not in present)
    changed = retell(ledger, _vocabulary(policy, history))
    changed |= ledger.restate(known)
    ledger.append(missing, policy.labels(current_language()))
    return bool(missing) or changed


def _vocabulary(policy: Policy, history: History) -> Vocabulary:
    labels = policy.labels(current_language())
    rows = {
        (str(DeliveryKey(item.reminder, one.prepared.channel)), one.prepared.batch): LevelWords(
            labels.get(item.level or one.prepared.level, ""), labels.get(item.proposed_level, "")
        )
        for one in history.deliveries
        for item in one.prepared.items
    }
    return Vocabulary(rows, policy.labels_by_label(current_language()))


def journal_lines(dossier: Dossier) -> Iterator[DeliveryLine]:
    """Yield the lines that belong into the history sheet; the journal is read when the first is asked for."""
    yield from _history_lines(replay(read_journal(dossier.journal)))


def _history_lines(history: History) -> Iterator[DeliveryLine]:
    for delivery in history.deliveries:
        if delivery.outcome in OUTCOME_TITLES:
            yield from lines_of(delivery)


@dataclass(frozen=True, slots=True)
class Update:
    """Whether the workbook is up to date, or owed that until later; what somebody saved meanwhile, kept beside it.

    `remarks`: what is to be recorded, now that the workbook shows it.
    """

    is_done: bool
    conflicts: tuple[Path, ...] = ()
    remarks: tuple[Remark, ...] = ()


def update_workbook(
    dossier: Dossier,
    statuses: Mapping[ReminderKey, RowStatus],
    today: date,
    opened: Workbook | None = None,
    known: Known | None = None,
) -> Update:
    """Bring the workbook up to date with the journal; say that it is not while somebody has it open: the next command retries.

    What somebody saves while it is being written is what is brought up to date. `opened`: the workbook as this command
    has read it and not changed it; it is read again only if it was saved since. `known`: what the
    journal knows of suspensions and customers now, None where it has learnt nothing.
    """
    with speaking(dossier.settings.language):
        return _update(dossier, statuses, today, opened, known)


def _update(
    dossier: Dossier,
    statuses: Mapping[ReminderKey, RowStatus],
    today: date,
    opened: Workbook | None,
    known: Known | None,
) -> Update:
    history, policy = replay(read_journal(dossier.journal)), dossier.settings.policy_rules()
    apart = frozenset(level.label(current_language()) for level in policy.levels if not level.tick_all)
    conflicts: tuple[Path, ...] = ()
    for _attempt in range(3):
        if opened_by(dossier.workbook) is not None:
            break
        present, opened = _present(dossier, opened), None
        if present is None:
            return Update(True, conflicts)
        changed = write_missing_rows(policy, present.ledger, history)
        rows = _told_rows(present.reminders, statuses, _made(history))
        changed |= bool(rows) and _write_statuses(present.reminders, rows, today, apart)
        if known is not None:
            changed |= _remember(present, known, len(history.notes.all) + known.new_notes)
        changed |= _write_calls(present, history, policy, known, today)
        answered = settle_request(dossier, present, history.notes)
        changed |= answered is not None
        if not changed:
            return Update(True, conflicts)
        write_overviews(present, tuple(policy.labels(current_language()).values()), today)
        try:
            conflicts = (*conflicts, *replace_workbook(present, dossier.backups))
            return Update(True, conflicts, (answered,) if answered is not None else ())
        except WorkbookSavedError as error:
            conflicts += error.conflicts
        except WorkbookBusyError:
            continue
    return Update(False, conflicts)


def _made(history: History) -> Mapping[str, Mapping[str, str]]:
    """Return of each reminder that was made, by its text form, the words for how, each with its document."""
    made: dict[str, dict[str, str]] = {}
    for delivery in history.deliveries:
        word = made_word(delivery.outcome, delivery.is_file_to_send)
        if word and delivery.prepared.via is not Via.CALL:
            for item in delivery.prepared.items:
                made.setdefault(str(item.reminder), {})[word] = delivery.prepared.document
    return made


def _told_rows(
    found: RemindersSheet, statuses: Mapping[ReminderKey, RowStatus], made: Mapping[str, Mapping[str, str]]
) -> list[tuple[SheetRow, RowStatus]]:
    """Return the rows that are to say what became of them, and what: `statuses`, or what they owe."""
    given = {str(key): status for key, status in statuses.items()}
    keys = given.keys() | made.keys()
    # Of a scan of the whole sheet only these rows are kept.
    rows = [row for row in found.rows("key", "status", "document") if row.text("key") in keys] if keys else []
    told = {**_owed_statuses(rows, made), **given}
    return [(row, told[row.text("key")]) for row in rows if row.text("key") in told]


def _owed_statuses(rows: Iterable[SheetRow], made: Mapping[str, Mapping[str, str]]) -> dict[str, RowStatus]:
    """Return what rows are to say that were reminded of while the workbook was open, and do not say so yet."""
    owed = {}
    for row in rows:
        words = made.get(row.text("key"), {})
        if any(word not in row.text("status") for word in words):
            owed[row.text("key")] = RowStatus(" · ".join(words), next(iter(words.values())))
    return owed


def _write_calls(present: Workbook, history: History, policy: Policy, known: Known | None, today: date) -> bool:
    """Bring the sheet of calls up to the journal; return whether it changed."""
    if present.calls is None or known is None:
        return False
    return refresh_calls(present.calls, call_rows(history, known.listed, known.entries, policy), history, today)


def _remember(present: Workbook, known: Known, noted: int) -> bool:
    """Let the workbook remember what the journal knows, `noted` notes; return whether it knew something else."""
    lists = present.lists
    if (lists.suspensions, lists.entries) == (known.suspensions, known.customers):
        return False
    lists.remember(known.suspensions, known.customers)
    lists.remember_noted(noted)
    return True


def _present(dossier: Dossier, opened: Workbook | None) -> Workbook | None:
    """Return the workbook as it is on the disk, None where there is none."""
    return opened if opened is not None and opened.is_in(dossier.workbook) else read_workbook(dossier)


def _write_statuses(
    found: RemindersSheet, rows: list[tuple[SheetRow, RowStatus]], today: date, apart: frozenset[str]
) -> bool:
    """Write what became of each row; the ticks stay as the record of what was decided."""
    documents: dict[int, str] = {}
    changed = False
    for row, status in rows:
        document = document_name(status.document) or row.text("document")
        if (row.text("status"), row.text("document")) != (status.text, document):
            _write_status(found, row.number, status)
            write_sending(found, row.number, Prospect(status.text, today, apart), minimum_text())
            if status.document:
                documents[row.number] = status.document
            changed = True
    if documents:
        found.link_documents(documents)
    if changed:
        write_count(found, reached_rows(found))
    return changed


def _write_status(found: RemindersSheet, row: int, status: RowStatus) -> None:
    contents = {"status": text_or_blank(status.text)}
    if status.document:
        contents["document"] = text_or_blank(document_name(status.document))
    for name, content in contents.items():
        column = found.layout.column(name)
        if column is not None:
            found.sheet.put(row, column, content)
