"""What all is judged by: the list as it is now, the journal's history, the workbook. Reads, changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from relance_xl.core.history import History
from relance_xl.core.level import Policy
from relance_xl.core.planning import Situation
from relance_xl.core.proposal import Circumstances, Proposal, propose
from relance_xl.core.record import Record
from relance_xl.core.remembered.notes import Noted, Subject
from relance_xl.core.wording import say_short_date, some_of
from relance_xl.journal.lock import operator_name
from relance_xl.journal.noting import noted
from relance_xl.planning.invoices.invoice_checks import invoice_files
from relance_xl.planning.invoices.invoice_list import read_invoices, stale_warning, wrong_rows_told
from relance_xl.planning.invoices.known_numbers import with_known_spelling
from relance_xl.planning.invoices.newer_list import NewerList, find_newer_list
from relance_xl.planning.invoices.papers import look_at_papers
from relance_xl.planning.journal_gap import JournalGap
from relance_xl.planning.known_past import read_past
from relance_xl.planning.opening import put_back_text, read_workbook
from relance_xl.planning.remembered.calls import MadeCall, settled_without_call
from relance_xl.planning.remembered.customers import CustomerCells, Customers, find_customers
from relance_xl.planning.remembered.suspensions import SuspensionCells, Suspensions, find_suspensions
from relance_xl.planning.working_days import deadline_rule
from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import _, current_language, speaking
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import Dossier
from relance_xl.settings.schema import Settings
from relance_xl.sources.source import Listing
from relance_xl.workbook.replacing import put_back
from relance_xl.workbook.sharing import conflict_copies, opened_by
from relance_xl.workbook.sheets.history.sheet import LedgerDoubt
from relance_xl.workbook.sheets.lists import ListsSheet
from relance_xl.workbook.workbook import Workbook


@dataclass(frozen=True, slots=True)
class Returned:
    """The columns of the two lists people edit that were deleted and came back, empty, as an export found them."""

    reminders: frozenset[str] = frozenset()
    customers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DossierState:
    """The source as it is read, the history with the user's edits of it, what follows for each invoice, and the workbook."""

    source: Listing
    history: History
    proposals: Mapping[str, Proposal]
    workbook: Workbook | None
    warnings: tuple[str, ...]
    gap: JournalGap
    #: What cannot be read in the history sheet.
    doubts: tuple[LedgerDoubt, ...] = ()
    suspensions: Suspensions = field(default_factory=Suspensions)
    customers: Customers = field(default_factory=Customers)
    #: What the workbook tells of calls, and the journal does not know yet.
    calls: tuple[MadeCall, ...] = ()
    #: How many notes the journal has.
    noted: int = 0
    #: A list that was saved later than the source, beside it.
    newer_list: NewerList | None = None

    def entries_typed(self, now: datetime) -> list[Noted]:
        """Return what people typed that holds beyond the week, and the journal does not know yet.

        To be recorded once the workbook is written, which remembers what each cell said: a cell that is put back later
        must count as changed. Were a run to end in between, the workbook knows of more notes than there are.
        """
        return noted((*self.suspensions.remarks, *self.customers.remarks), now)

    def entries_left(self, now: datetime) -> list[Noted]:
        """Return what people typed beside invoices that leave the list: to be recorded before their rows go."""
        return noted(self.suspensions.left, now)

    def calls_made(self, now: datetime, language: str) -> list[Record]:
        """Return the records of calls that people told of, or that nobody need make; `language`: the dossier's."""
        with speaking(language):
            told = [record for one in self.calls for record in one.records(now, operator_name(), self.customers.people)]
        return [*told, *settled_without_call(self.history, self.proposals, self.customers.people, now)]

    def situation(self, settings: Settings, today: date) -> Situation:
        """Return what planning looks at."""
        return Situation(
            self.proposals,
            self.history,
            settings.policy_rules(),
            today,
            deadline_rule(settings),
            self.customers.people.unsettled,
            {row.number: row.text for row in self.source.wrong},
        )


def read_state(dossier: Dossier, context: RunContext) -> DossierState:
    """Read everything. Raises SourceError, JournalError or EditsError."""
    was_put_back = put_back(dossier.workbook)
    workbook = read_workbook(dossier)
    state = state_with(dossier, workbook, context, was_put_back)
    return replace(state, warnings=(*state.warnings, *(_missing_warning(workbook) if workbook else ())))


def _missing_warning(workbook: Workbook) -> tuple[str, ...]:
    """Say what of ours is gone from the workbook: the next export brings it back."""
    gone, moved = workbook.missing_texts(with_rules=False), workbook.moved_text()
    text = _("Missing in the workbook: {things}. Bring it back: relance-xl export")
    return ((text.format(things="; ".join(gone)),) if gone else ()) + ((moved,) if moved else ())


def state_with(
    dossier: Dossier,
    workbook: Workbook | None,
    context: RunContext,
    was_put_back: bool = False,
    returned: Returned | None = None,
) -> DossierState:
    """Read everything but the workbook, which is given. Raises SourceError, JournalError or EditsError.

    `was_put_back`: it was missing, as a run died while it replaced it. `returned`: columns that had been deleted and are
    there again, empty; given where this is an export, which takes up what was typed.
    """
    today = context.today
    past = read_past(dossier, workbook, today, for_writing=True)
    history = past.history
    source = _as_known(read_invoices(dossier, today), history, workbook.lists if workbook else None)
    newer = find_newer_list(dossier, source.invoices)
    papers = look_at_papers(dossier, source.invoices, invoice_files(dossier), context.progress)
    source = replace(source, invoices=tuple(map(papers.filled, source.invoices)))
    is_checked = dossier.settings.source.cross_check
    policy = dossier.settings.policy_rules()
    # A workbook that knows of more notes than the journal has: that one is an older copy, or a run died in between.
    is_ahead = workbook is not None and workbook.lists.noted > past.noted
    customers = find_customers(
        source.invoices,
        history,
        CustomerCells.of(workbook, policy.grouping, returned.customers if returned else None, is_ahead),
    )
    invoices = customers.with_entries(source.invoices)
    cells = SuspensionCells.of(workbook, is_ahead, returned.reminders if returned else ())
    suspensions = find_suspensions(invoices, history, cells, today, customers.people)
    proposals = {
        one.number: propose(
            one,
            history,
            Circumstances(
                policy.policy_of(one.customer),
                today,
                suspensions.by_invoice.get(one.number),
                past.ledger_only,
                papers.difference(one) if is_checked and not one.is_credit else "",
            ),
        )
        for one in invoices
    }
    told = ((put_back_text(dossier),) if was_put_back else ()) + (
        (f"{newer.warning()} {newer.advice}",) if newer else ()
    )
    told += (*wrong_rows_told(source.faults), *source.told, *papers.told(source.invoices, is_checked=is_checked))
    warnings = (*told, *past.gap.warnings(), *_warnings(dossier, source, today), *_clock_warning(history, today))
    warnings += customers.told + suspensions.told + _left_in_files(history, today)
    warnings += _begun_anew(proposals.values()) + _lost_levels(proposals.values(), policy)
    warnings += doubts_told([doubt.fault for doubt in past.doubts], _("in the history sheet"))
    warnings += doubts_told([doubt.fault for doubt in past.call_doubts], _("in the sheet of calls")) + past.told
    return DossierState(
        source,
        history,
        proposals,
        workbook,
        warnings,
        past.gap,
        (*past.doubts, *past.call_doubts),
        suspensions,
        customers,
        past.calls,
        past.noted,
        newer,
    )


def _as_known(source: Listing, history: History, lists: ListsSheet | None) -> Listing:
    """Return the source with the numbers that history and workbook know by another spelling."""
    known = {item.reminder.invoice for delivery in history.deliveries for item in delivery.prepared.items}
    known |= lists.listed_keys().keys() if lists is not None else set()
    known |= set(history.notes.keys(Subject.INVOICE))
    invoices = with_known_spelling(source.invoices, known)
    return replace(source, invoices=invoices, wrong=with_known_spelling(source.wrong, known))


def _begun_anew(proposals: Iterable[Proposal]) -> tuple[str, ...]:
    """Say which invoices have the number of one that was reminded to somebody else, or in an earlier year."""
    named = [f"{one.invoice.number} ({one.was_of} → {one.invoice.customer.name})" for one in proposals if one.was_of]
    text = _("Another debt under a number that was reminded of before, so it begins at the first level: {invoices}")
    return (text.format(invoices=some_of(named)),) if named else ()


def _lost_levels(proposals: Iterable[Proposal], policy: Policy) -> tuple[str, ...]:
    """Say which levels of earlier reminders relance.toml has no more."""
    gone = {one.last.level for one in proposals if one.last and policy.level(one.last.level) is None}
    text = _(
        "relance.toml no longer has these levels of earlier reminders: {levels}. The number of reminders counts instead."
    )
    return (text.format(levels=", ".join(sorted(gone))),) if gone else ()


def doubts_told(faults: Sequence[Fault], where: str) -> tuple[str, ...]:
    """Say which cells are passed over, as they cannot be understood; `where`: in words."""
    if not faults:
        return ()
    shown = some_of(list(map(str, faults)), between="; ")
    return (_("Cells that cannot be understood, {where}: {cells}").format(where=where, cells=shown),)


def _clock_warning(history: History, today: date) -> tuple[str, ...]:
    """Warn of a clock that went back: what is due is judged by it; what was made stays made."""
    last = max((one.prepared.day for one in history.deliveries), default=today)
    if last <= today:
        return ()
    text = _("The last sending was on {last}, but today is said to be {today}: is the computer's clock right?")
    language = current_language()
    return (text.format(last=say_short_date(last, language), today=say_short_date(today, language)),)


def _left_in_files(history: History, today: date) -> tuple[str, ...]:
    """Say of which batches of other days nobody has said whether their emails, which lie in files, were sent."""
    batches = history.batches_in_files(before=today)
    text = _(
        "Nobody has said whether the emails in files were sent: {batches}. If so: relance-xl resolve --batch {first} sent"
    )
    return (text.format(batches=some_of(batches), first=batches[0]),) if batches else ()


def open_warning(dossier: Dossier) -> str:
    """Say that somebody has the workbook open, "" where nobody has."""
    holder = opened_by(dossier.workbook)
    if holder is None:
        return ""
    text = _("{file} is open: {name}. Only what was saved counts.")
    return text.format(file=dossier.workbook.name, name=holder.name)


def _warnings(dossier: Dossier, source: Listing, today: date) -> tuple[str, ...]:
    warnings = list(stale_warning(dossier.settings.source, source, today))
    warnings += filter(None, [open_warning(dossier)])
    copies = conflict_copies(dossier.workbook)
    if copies:
        warnings.append(
            _("There are copies beside the workbook; only {file} counts: {copies}").format(
                file=dossier.workbook.name, copies=", ".join(copy.name for copy in copies)
            )
        )
    return tuple(warnings)
