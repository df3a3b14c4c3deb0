"""What has been done: the journal's records replayed, and the questions asked of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from relance_xl.core.channel import Channel
from relance_xl.core.record import Begun, Committed, Delivery, Prepared, Record, Settled, Via
from relance_xl.core.remembered.notes import Noted, Notes
from relance_xl.core.reminder import MADE, DeliveryKey, Outcome, ReminderKey


@dataclass(frozen=True, slots=True)
class LedgerEdit:
    """What the user wrote into a row of the history sheet."""

    comment: str
    next_date: date | None


@dataclass(frozen=True, slots=True)
class PastReminder:
    """A reminder that was made: its deliveries, and what is to come, as last edited by the user."""

    key: ReminderKey
    day: date
    level: str
    comment: str
    next_date: date
    deliveries: tuple[Delivery, ...]

    @property
    def customer(self) -> str:
        """Whom it went to."""
        return self.deliveries[0].prepared.customer_name


class History:
    """All deliveries ever prepared, in order, asked by invoice. Never changed once made."""

    def __init__(
        self,
        deliveries: Iterable[Delivery],
        used_batches: frozenset[str] = frozenset(),
        edits: Mapping[tuple[DeliveryKey, str], LedgerEdit] | None = None,
        notes: Notes | None = None,
    ) -> None:
        self.deliveries = tuple(deliveries)
        #: Every batch id the journal has, those torn before their commit too: none may be given again.
        self.used_batches = used_batches
        #: What people said of invoices and customers.
        self.notes = notes or Notes()
        self._edits = dict(edits or {})
        self._of_reminder: dict[ReminderKey, list[Delivery]] = defaultdict(list)
        self._ordinals: dict[str, int] = {}
        for delivery in self.deliveries:
            for item in delivery.prepared.items:
                self._of_reminder[item.reminder].append(delivery)
                if delivery.outcome in MADE:
                    invoice, ordinal = item.reminder.invoice, item.reminder.ordinal
                    self._ordinals[invoice] = max(ordinal, self._ordinals.get(invoice, 0))

    def with_edits(self, edits: Mapping[tuple[DeliveryKey, str], LedgerEdit]) -> "History":
        """Return the same history, with comments and dates as the user edited them, by key and batch."""
        return History(self.deliveries, self.used_batches, edits, self.notes)

    def next_reminder(self, invoice: str) -> ReminderKey:
        """Return the key of the invoice's next reminder: one more than those made."""
        return ReminderKey(invoice, self._ordinals.get(invoice, 0) + 1)

    def deliveries_of(self, reminder: ReminderKey) -> tuple[Delivery, ...]:
        """Return all that was ever prepared for this reminder."""
        return tuple(self._of_reminder.get(reminder, ()))

    def is_made(self, reminder: ReminderKey) -> bool:
        """Whether this reminder was made, by any channel."""
        return any(delivery.outcome in MADE for delivery in self.deliveries_of(reminder))

    def never_left(self, reminder: ReminderKey, channel: Channel) -> bool:
        """Whether this reminder was last prepared for a channel and then withdrawn, by us or by a person's word.

        What a mail server refused is an answer, and stays the end of it where the reminder was made otherwise.
        """
        mine = [one for one in self.deliveries_of(reminder) if one.prepared.channel is channel]
        if not mine:
            return False
        by_hand = mine[-1].outcome is Outcome.REFUSED and mine[-1].prepared.via is not Via.SMTP
        return by_hand or mine[-1].outcome is Outcome.WITHDRAWN

    def unsettled(self, reminder: ReminderKey, outcome: Outcome) -> Delivery | None:
        """Return a delivery of this reminder with that outcome (unknown, pending), if there is one."""
        return next((one for one in self.deliveries_of(reminder) if one.outcome is outcome), None)

    def unfinished(self, reminder: ReminderKey) -> Delivery | None:
        """Return a delivery of this reminder that was prepared and has not left; a call that waits is none."""
        ones = self.deliveries_of(reminder)
        return next((one for one in ones if one.outcome is Outcome.PENDING and not one.is_call_to_make), None)

    def call_to_make(self, reminder: ReminderKey) -> Delivery | None:
        """Return the call for this reminder of which nobody has written down yet what came of it."""
        return next((one for one in self.deliveries_of(reminder) if one.is_call_to_make), None)

    def batches_in_files(self, before: date | None = None) -> tuple[str, ...]:
        """Return the batches with emails that lie in files for somebody to send and to say so, the latest last.

        `before`: only what was prepared on earlier days than this.
        """
        lying = (one.prepared for one in self.deliveries if one.is_file_to_send)
        return tuple(dict.fromkeys(one.batch for one in lying if before is None or one.day < before))

    def last_reminder(self, invoice: str) -> PastReminder | None:
        """Return the invoice's last reminder made, with the user's later edits of it."""
        ordinal = self._ordinals.get(invoice, 0)
        if not ordinal:
            return None
        key = ReminderKey(invoice, ordinal)
        made = tuple(delivery for delivery in self.deliveries_of(key) if delivery.outcome in MADE)
        first = made[0].prepared
        item = next(item for item in first.items if item.reminder == key)
        # A call may have been made weeks after the letter beside it.
        items = [item for one in made for item in one.prepared.items if item.reminder == key]
        day, next_date = max(one.prepared.day for one in made), max(one.next_date for one in items)
        past = PastReminder(key, day, item.level or first.level, item.comment, next_date, made)
        for delivery in made:
            past = self._edited(past, delivery)
        return past

    def _edited(self, past: PastReminder, delivery: Delivery) -> PastReminder:
        edit = self._edits.get((DeliveryKey(past.key, delivery.prepared.channel), delivery.prepared.batch))
        if edit is None:
            return past
        item = next(item for item in delivery.prepared.items if item.reminder == past.key)
        # Of a reminder's two rows, post and email, the one that differs from what we wrote is the edited one.
        if edit.comment != item.comment:
            past = replace(past, comment=edit.comment)
        if edit.next_date is not None and edit.next_date != item.next_date:
            past = replace(past, next_date=edit.next_date)
        return past


def replay(records: Iterable[Record]) -> History:
    """Return what stands after all records: begun without an end is unknown, uncommitted never was."""
    prepared: dict[str, Delivery] = {}
    committed: set[str] = set()
    notes: list[Noted] = []
    for record in records:
        match record:
            case Prepared():
                prepared[record.id] = Delivery(record, Outcome.PENDING)
            case Committed():
                committed.add(record.batch)
            case Begun():
                # What was said of an earlier try is no longer true of it.
                prepared[record.id] = replace(prepared[record.id], outcome=Outcome.UNKNOWN, detail="", at=None)
            case Settled():
                before = prepared[record.id]
                made = (
                    before.prepared
                    if before.prepared.via is not Via.CALL
                    else _called_on(before.prepared, record.at.date(), record.next_date)
                )
                prepared[record.id] = Delivery(made, record.outcome, record.detail, record.at)
            case Noted():
                notes.append(record)
    used = frozenset(delivery.prepared.batch for delivery in prepared.values())
    whole = (one for one in prepared.values() if one.prepared.batch in committed)
    return History(whole, used, notes=Notes(notes))


def _called_on(prepared: Prepared, day: date, next_date: date | None) -> Prepared:
    """Return a call as of the day on which it was made: what was planned from the day it was put down moves along.

    `next_date`: what was agreed instead.
    """
    shift = day - prepared.day
    items = tuple(replace(item, next_date=next_date or item.next_date + shift) for item in prepared.items)
    return replace(prepared, day=day, items=items)


def attempts_on(records: Iterable[Record], day: date) -> int:
    """Return how many messages were begun to be sent on a day, whatever came of them: providers count attempts."""
    begun: set[str] = set()
    count = 0
    for record in records:
        if isinstance(record, Begun):
            begun.add(record.id)
        elif isinstance(record, Settled) and record.id in begun:
            begun.remove(record.id)
            count += record.at.date() == day
    return count + len(begun)
