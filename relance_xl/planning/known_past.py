"""What was sent before: the journal's history beside what the history sheet says of it, edits included."""

from dataclasses import dataclass
from datetime import date, datetime, time

from relance_xl.core.history import History, LedgerEdit, replay
from relance_xl.core.reminder import MADE, DeliveryKey, Outcome, ReminderKey
from relance_xl.journal.journal import read_journal
from relance_xl.journal.lock import operator_name
from relance_xl.planning.journal_gap import JournalGap, find_gap
from relance_xl.planning.remembered.calls import MadeCall, read_calls
from relance_xl.runtime.language import speaking
from relance_xl.settings.dossier import Dossier
from relance_xl.workbook.sheets.history.sheet import LedgerDoubt
from relance_xl.workbook.workbook import Workbook


@dataclass(frozen=True, slots=True)
class KnownPast:
    """The journal's history with the user's edits; the reminders that only the workbook knows; what the journal lacks.

    `calls`: what the workbook tells of calls and the journal does not know yet; the history has it already.
    """

    history: History
    ledger_only: frozenset[ReminderKey]
    gap: JournalGap
    doubts: tuple[LedgerDoubt, ...] = ()
    calls: tuple[MadeCall, ...] = ()
    #: What cannot be understood in the sheet of calls; what else is to be told of it.
    call_doubts: tuple[LedgerDoubt, ...] = ()
    told: tuple[str, ...] = ()
    #: How many notes the journal has.
    noted: int = 0


def read_past(
    dossier: Dossier, workbook: Workbook | None, today: date | None = None, for_writing: bool = False
) -> KnownPast:
    """Read the journal, and the history sheet where there is one.

    `today`: the day on which calls count as made of which the workbook tells; None: as long as they are not recorded, they
    do not count. `for_writing`: rows are to come. Raises JournalError, for another dossier's journal too; EditsError, also for what
    stands in the way of rows to come: before letters, not after.
    """
    records = read_journal(dossier.journal)
    history = replay(records)
    noted = len(history.notes.all)
    calls = read_calls(history, workbook, dossier.settings.language, today or date.max)
    made = calls.made if today is not None else ()
    if made and today is not None:
        at = datetime.combine(today, time(12)).astimezone()
        with speaking(dossier.settings.language):
            called = [record for one in made for record in one.records(at, operator_name())]
        history = replay((*records, *called))
    ledger = workbook.ledger if workbook is not None else None
    if ledger is not None and for_writing:
        ledger.require_room()
    lines = ledger.lines if ledger is not None else ()
    edits: dict[tuple[DeliveryKey, str], LedgerEdit] = {(line.key, line.batch): line.edit for line in lines}
    # A delivery still pending in the journal that the sheet shows as made: the journal is an old copy.
    known = {
        (key, one.prepared.batch)
        for one in history.deliveries
        if one.outcome is not Outcome.PENDING
        for key in one.keys
    }
    shown = (line for line in lines if line.outcome is None or line.outcome in MADE)
    unknown = [line for line in shown if (line.key, line.batch) not in known]
    gap = find_gap(dossier, history, lines, unknown)
    doubts = ledger.doubts if ledger is not None else ()
    return KnownPast(
        history.with_edits(edits) if edits else history,
        gap.reminders,
        gap,
        doubts,
        made,
        calls.doubts,
        calls.told,
        noted,
    )
