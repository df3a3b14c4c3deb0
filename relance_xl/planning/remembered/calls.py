"""Calls: what people wrote down of them becomes records of the journal, and the sheet shows which are to make."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from relance_xl.core.history import History
from relance_xl.core.invoice import Invoice, is_same_customer
from relance_xl.core.level import Policy
from relance_xl.core.money import total_of
from relance_xl.core.proposal import Proposal
from relance_xl.core.reason import Reason
from relance_xl.core.record import Delivery, Prepared, Record, Settled, Via
from relance_xl.core.remembered.call_result import CallResult, Reached
from relance_xl.core.remembered.customer_refs import NOBODY, CustomerRef, KnownPeople
from relance_xl.core.remembered.notes import Noted, Remark, Subject
from relance_xl.core.remembered.suspension import said_of
from relance_xl.core.reminder import Outcome
from relance_xl.core.wording import reason_text, some_of
from relance_xl.planning.remembered.customers import Customers
from relance_xl.runtime.errors import EditsError, Fault
from relance_xl.runtime.language import _, current_language, speaking
from relance_xl.workbook.sheets.calls.sheet import CallsSheet
from relance_xl.workbook.sheets.history.sheet import LedgerDoubt
from relance_xl.workbook.workbook import Workbook

if TYPE_CHECKING:
    # What writes the sheet loads more than a check needs.
    from relance_xl.workbook.sheets.calls.refresh import CallRow


@dataclass(frozen=True, slots=True)
class MadeCall:
    """A call of which somebody wrote down what came of it, and the journal does not know it yet."""

    delivery: Delivery
    result: CallResult
    #: When it was made, None where nobody said.
    day: date | None = None

    def records(self, now: datetime, operator: str, people: KnownPeople = NOBODY) -> Iterator[Record]:
        """Yield what the journal keeps of it. Only who was reached was reminded."""
        prepared, is_reached = self.delivery.prepared, self.result.reached is Reached.YES
        at = datetime.combine(self.day, time(12)).astimezone() if self.day else now
        outcome = Outcome.ACCEPTED if is_reached else Outcome.REFUSED
        yield Settled(prepared.id, outcome, at, self.result.text(), self.result.call_again_on)
        suspension = self.result.suspension
        if suspension is not None:
            said = said_of(suspension, people.own_code(prepared.customer_code), prepared.customer_name)
            for item in prepared.items:
                yield Noted(Remark(Subject.INVOICE, item.reminder.invoice, said), now, operator)


@dataclass(frozen=True, slots=True)
class ReadCalls:
    """What the sheet of calls tells that the journal does not know: calls that were made, cells that cannot be understood.

    `told`: what is to be said of it besides.
    """

    made: tuple[MadeCall, ...] = ()
    doubts: tuple[LedgerDoubt, ...] = ()
    told: tuple[str, ...] = ()


def read_calls(history: History, workbook: Workbook | None, language: str, today: date) -> ReadCalls:
    """Read the sheet. `language`: the one in which results are recorded.

    Raises EditsError where rows show other invoices than the call they are of.
    """
    calls = workbook.calls if workbook is not None else None
    if calls is None:
        return ReadCalls()
    deliveries = {one.prepared.id: one for one in history.deliveries if one.prepared.via is Via.CALL}
    _require_own_rows(calls, deliveries)
    made: list[MadeCall] = []
    doubts: list[LedgerDoubt] = []
    for delivery in deliveries.values():
        lines = [line for line in calls.lines if line.id == delivery.prepared.id] if delivery.is_call_to_make else []
        results = list(dict.fromkeys((line.result, line.called_on) for line in lines if line.result is not None))
        faults = [fault for line in lines for fault in line.faults]
        faults += [
            Fault(_("this day is still to come"), calls.place(line.row, "called_on"))
            for line in lines
            if line.called_on is not None and line.called_on > today
        ]
        faults += [
            Fault(_("this day was before the call"), calls.place(line.row))
            for line in lines
            if line.result is not None and line.result.day is not None and line.result.day < delivery.prepared.day
        ]
        if len(results) > 1:
            problem = _("several rows of one call say different things: keep one")
            faults += [Fault(problem, calls.place(line.row)) for line in lines if line.result is not None]
        elif results and not faults:
            made.append(MadeCall(delivery, *results[0]))
        doubts += [LedgerDoubt(item.reminder.invoice, one) for one in faults for item in delivery.prepared.items]
    told = (*_corrections_told(calls, deliveries, language), *_own_rows_told(calls))
    return ReadCalls(tuple(made), tuple(doubts), told)


def _own_rows_told(calls: CallsSheet) -> tuple[str, ...]:
    text = _(
        "Rows that you added to the calls count for nothing; write it down beside the invoices, or tick By phone: {rows}"
    )
    return (text.format(rows=some_of([calls.place(row, "day") for row in calls.own_rows])),) if calls.own_rows else ()


def _require_own_rows(calls: CallsSheet, deliveries: Mapping[str, Delivery]) -> None:
    """Raise EditsError for rows of which only a part was sorted."""
    problem = _("this row is of a call about {invoices}: was only a part of the table sorted or pasted?")
    faults = []
    for line in calls.lines:
        call = deliveries.get(line.id)
        own = ", ".join(item.reminder.invoice for item in call.prepared.items) if call is not None else ""
        # Fewer are shown once some are paid.
        if own and line.invoices and not set(line.invoices.split(", ")) <= set(own.split(", ")):
            faults.append(Fault(problem.format(invoices=own), calls.place(line.row, "invoices")))
    if faults:
        raise EditsError(
            _("The sheet of calls cannot be understood."),
            faults,
            _("Undo the sorting, or take back an earlier copy (.relance/backups)."),
        )


def _corrections_told(calls: CallsSheet, deliveries: Mapping[str, Delivery], language: str) -> tuple[str, ...]:
    """Say which rows say something else now than was taken up, or of a call that nobody need make any more."""
    with speaking(language):
        changed = [
            calls.place(line.row)
            for line in calls.lines
            if line.result is not None
            and (call := deliveries.get(line.id)) is not None
            and not call.is_call_to_make
            and call.detail != line.result.text()
        ]
    text = _(
        "Settled already, so what was written there since counts for nothing; change the suspension itself: {places}"
    )
    return (text.format(places=", ".join(changed)),) if changed else ()


_LEFT_ALONE = (Reason.SUSPENDED, Reason.DISPUTED, Reason.NEVER_REMINDED)


def settled_without_call(
    history: History, proposals: Mapping[str, Proposal], people: KnownPeople, now: datetime
) -> list[Record]:
    """Return the records of calls that nobody need make any more: their invoices are all paid, another's, or left alone."""
    withdrawn: list[Record] = []
    for one in history.deliveries:
        if not one.is_call_to_make:
            continue
        unpaid = [
            proposals[number]
            for number in _still_owed(one.prepared, {key: each.invoice for key, each in proposals.items()}, people)
        ]
        holds = [proposal.obstacle for proposal in unpaid]
        if not unpaid:
            withdrawn.append(Settled(one.prepared.id, Outcome.WITHDRAWN, now, _("no longer unpaid")))
        elif all(hold is not None and hold.reason in _LEFT_ALONE for hold in holds) and holds[0] is not None:
            withdrawn.append(Settled(one.prepared.id, Outcome.WITHDRAWN, now, reason_text(holds[0])))
    return withdrawn


def _still_owed(prepared: Prepared, invoices: Mapping[str, Invoice], people: KnownPeople) -> list[str]:
    """Return the numbers of a call's invoices that its customer still owes; others may have been booked to somebody else."""
    strict, code, name = people.shared | people.unsettled, prepared.customer_code, prepared.customer_name
    numbers = (item.reminder.invoice for item in prepared.items)
    return [one for one in numbers if one in invoices and is_same_customer(code, name, invoices[one].customer, strict)]


def refresh_calls(sheet: CallsSheet, rows: "Iterable[CallRow]", history: History, today: date) -> bool:
    """Bring the sheet up to the journal; return whether it changed."""
    from relance_xl.workbook.sheets.calls.refresh import write_calls

    rows = list(rows)
    to_make = {row.id for row in rows}
    calls = (one.prepared.id for one in history.deliveries if one.prepared.via is Via.CALL)
    done = [key for key in calls if key not in to_make]
    return write_calls(sheet, rows, today, done)


def call_rows(
    history: History, invoices: Mapping[str, Invoice], customers: Customers, policy: Policy
) -> "list[CallRow]":
    """Return the calls to make. `invoices`: those unpaid now, by number."""
    return [
        row
        for one in history.deliveries
        if one.is_call_to_make and (row := _row(one, invoices, customers, history, policy)) is not None
    ]


def _row(
    delivery: Delivery,
    invoices: Mapping[str, Invoice],
    customers: Customers,
    history: History,
    policy: Policy,
) -> "CallRow | None":
    from relance_xl.workbook.sheets.calls.refresh import CallRow

    prepared = delivery.prepared
    owed = {number: invoices[number].open for number in _still_owed(prepared, invoices, customers.people)}
    notes = [invoices[one.number].open for one in prepared.credits if one.number in invoices]
    if not owed:
        return None
    currency = next(iter(owed.values())).currency
    earlier = CustomerRef.of(prepared.customer_code, prepared.customer_name, prepared.customer_address or ())
    entry = customers.entry_of(earlier)
    return CallRow(
        prepared.id,
        prepared.day,
        prepared.customer_code if prepared.customer_code != prepared.customer_name else "",
        prepared.customer_name,
        entry.contact,
        entry.phone,
        tuple(owed),
        total_of((one for one in (*owed.values(), *notes) if one.currency == currency), currency),
        _last_reminders(owed, history, policy),
    )


def _last_reminders(numbers: Iterable[str], history: History, policy: Policy) -> str:
    """Say what was sent last of some invoices, each thing once."""
    said = {
        f"{policy.label(last.level, current_language())} {last.day:%d/%m/%Y}": None
        for number in numbers
        if (last := history.last_reminder(number)) is not None
    }
    return ", ".join(said)
