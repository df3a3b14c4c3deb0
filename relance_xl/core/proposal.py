"""What is proposed for each unpaid invoice: the next level, and whether its day has come."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from relance_xl.core.history import History, PastReminder
from relance_xl.core.invoice import Invoice
from relance_xl.core.level import Level, Policy
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.remembered.suspension import Suspension
from relance_xl.core.remembered.suspension_texts import suspension_text
from relance_xl.core.reminder import Outcome, ReminderKey
from relance_xl.core.texts.typed import is_same_code, plain_title


@dataclass(frozen=True, slots=True)
class Proposal:
    """An unpaid invoice with its next reminder.

    `planned` is the day from which it is due. `obstacle` says why it is never sent as things stand (disputed, credit
    note, unknown fate); `below_minimum` only keeps it out of a tick-all. `suspension`: what was said of it, whether it
    still stands or its day has passed.
    """

    invoice: Invoice
    key: ReminderKey
    level: Level | None
    planned: date
    last: PastReminder | None
    #: Whom the invoice of this number was reminded to before, where that was somebody else: nothing of it counts.
    was_of: str
    obstacle: Hold | None
    below_minimum: bool
    suspension: Suspension | None = None
    #: Whether somebody is to call for it, or to write down what came of the call.
    has_call_to_make: bool = False

    def is_due(self, today: date) -> bool:
        """Whether its day has come."""
        return today >= self.planned

    def is_exhausted(self, today: date) -> bool:
        """Whether the last level's deadline has passed, and nothing follows it but the courts."""
        return self.level is None and not self.invoice.is_credit and self.last is not None and self.is_due(today)

    def is_to_remind(self, today: date) -> bool:
        """Whether a reminder is proposed for today."""
        return self.is_due(today) and self.level is not None and self.obstacle is None and not self.below_minimum

    def is_reached_by_tick_all(self, today: date) -> bool:
        """Whether a cell that ticks all may tick it at the level that is proposed."""
        return self.is_to_remind(today) and self.level is not None and self.level.tick_all


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What proposing looks at besides the invoice and its history.

    `ledger_only`: reminders that the workbook's history has and the journal lacks.
    """

    policy: Policy
    today: date
    suspension: Suspension | None = None
    ledger_only: Collection[ReminderKey] = ()
    #: In what the invoice's own paper is not the invoice of the list, in words.
    paper_differs: str = ""


def propose(invoice: Invoice, history: History, circumstances: Circumstances) -> Proposal:
    """Return the proposal for one invoice: one level above its last reminder's, at most one step."""
    policy, suspension = circumstances.policy, circumstances.suspension
    made = history.last_reminder(invoice.number)
    last = made if made is not None and is_of(made, invoice) else None
    key = history.next_reminder(invoice.number)
    level = None if invoice.is_credit else policy.level_after(last.level if last else None, key.ordinal - 1)
    first_day = invoice.due + timedelta(days=policy.levels[0].after_days)
    planned = last.next_date if last else first_day
    if last is not None and level is not None and level.after_days >= 0:
        # What says "still unpaid" is not for a debt that is not due yet.
        planned = max(planned, invoice.due + timedelta(days=1))
    if suspension is not None and suspension.until is not None and not suspension.stands(circumstances.today):
        planned = _after_suspension(invoice, suspension, suspension.until, planned)
    return Proposal(
        invoice=invoice,
        key=key,
        level=level,
        planned=planned,
        last=last,
        was_of=made.customer if made is not None and last is None else "",
        obstacle=_obstacle(invoice, key, history, circumstances),
        below_minimum=invoice.open.amount < policy.minimum,
        suspension=suspension,
        has_call_to_make=history.call_to_make(key) is not None,
    )


def _after_suspension(invoice: Invoice, suspension: Suspension, until: date, planned: date) -> date:
    """Return when a suspended invoice is due: a promise not kept at once, if it is late; else not before it would be."""
    earliest = invoice.due + timedelta(days=1) if suspension.names_a_payment else planned
    return max(until + timedelta(days=1), earliest)


def is_of(past: PastReminder, invoice: Invoice) -> bool:
    """Whether a reminder was for this very debt: numbers begin anew each year, and invoices are booked to others."""
    if invoice.issued is not None and invoice.issued > past.day:
        return False
    prepared = past.deliveries[0].prepared
    same_code = is_same_code(prepared.customer_code, invoice.customer.code)
    same_name = plain_title(prepared.customer_name) == plain_title(invoice.customer.name)
    same_address = prepared.customer_address in {None, invoice.customer.postal_lines}
    return same_name or (same_code and same_address)


def _obstacle(invoice: Invoice, key: ReminderKey, history: History, circumstances: Circumstances) -> Hold | None:
    unknown = history.unsettled(key, Outcome.UNKNOWN)
    if unknown is not None:
        channel = unknown.prepared.channel
        return Hold(Reason.FATE_UNKNOWN, f"{key}/{channel}", unknown.detail)
    if key in circumstances.ledger_only:
        return Hold(Reason.LEDGER_AHEAD, str(key))
    if invoice.open.amount == 0:
        return Hold(Reason.NOT_IN_SOURCE)
    if invoice.is_credit:
        return Hold(Reason.CREDIT_NOTE)
    if invoice.customer.entry.is_never_reminded:
        return Hold(Reason.NEVER_REMINDED)
    if invoice.disputed:
        return Hold(Reason.DISPUTED)
    if circumstances.paper_differs:
        return Hold(Reason.EINVOICE_DIFFERS, circumstances.paper_differs)
    if circumstances.suspension is not None and circumstances.suspension.stands(circumstances.today):
        return Hold(Reason.SUSPENDED, suspension_text(circumstances.suspension))
    return None
