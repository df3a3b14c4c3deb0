"""What is proposed for each unpaid invoice: the next level, and whether its day has come."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from relance_xl.core.history import History, PastReminder
from relance_xl.core.invoice import Invoice
from relance_xl.core.level import Level, Policy
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.reminder import Outcome, ReminderKey


@dataclass(frozen=True, slots=True)
class Proposal:
    """An unpaid invoice with its next reminder.

    `planned` is the day from which it is due. `obstacle` says why it is never sent as things stand (disputed, credit
    note, unknown fate); `below_minimum` only keeps it out of a tick-all.
    """

    invoice: Invoice
    key: ReminderKey
    level: Level | None
    planned: date
    last: PastReminder | None
    obstacle: Hold | None
    below_minimum: bool

    def is_due(self, today: date) -> bool:
        """Whether its day has come."""
        return today >= self.planned

    def is_reached_by_tick_all(self, today: date) -> bool:
        """Whether "all by post" or "all by email" may tick it."""
        return self.is_due(today) and self.level is not None and self.obstacle is None and not self.below_minimum


def propose(invoice: Invoice, history: History, policy: Policy, ledger_only: Collection[ReminderKey] = ()) -> Proposal:
    """Return the proposal for one invoice: one level above its last reminder's, at most one step.

    `ledger_only`: reminders that the workbook's history has and the journal lacks.
    """
    last = history.last_reminder(invoice.number)
    key = history.next_reminder(invoice.number)
    level = None if invoice.is_credit else policy.level_after(last.level if last else None)
    first_day = invoice.due + timedelta(days=policy.levels[0].after_days)
    return Proposal(
        invoice=invoice,
        key=key,
        level=level,
        planned=last.next_date if last else first_day,
        last=last,
        obstacle=_obstacle(invoice, key, history, ledger_only),
        below_minimum=invoice.open.amount < policy.minimum,
    )


def _obstacle(
    invoice: Invoice, key: ReminderKey, history: History, ledger_only: Collection[ReminderKey]
) -> Hold | None:
    unknown = history.unsettled(key, Outcome.UNKNOWN)
    if unknown is not None:
        channel = unknown.prepared.channel
        return Hold(Reason.FATE_UNKNOWN, f"{key}/{channel}", unknown.detail)
    if key in ledger_only:
        return Hold(Reason.LEDGER_AHEAD, str(key))
    if invoice.open.amount == 0:
        return Hold(Reason.NOT_IN_SOURCE)
    if invoice.is_credit:
        return Hold(Reason.CREDIT_NOTE)
    if invoice.disputed:
        return Hold(Reason.DISPUTED)
    return None
