"""What `check` and `send` answer: one line a reminder and channel, and what follows for the exit code."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from relance_xl.core.channel import Channel
from relance_xl.core.delivery_line import DeliveryLine, lines_of
from relance_xl.core.planning import AlreadyDone, Held, Plan, PlannedDelivery
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.record import Delivery, PreparedCredit
from relance_xl.core.reminder import DeliveryKey, Outcome, ReminderKey
from relance_xl.core.texts.signs import TOLD_SIGN
from relance_xl.core.wording import made_word, reason_text, say_short_date
from relance_xl.runtime.errors import RelanceError
from relance_xl.runtime.language import _, current_language

if TYPE_CHECKING:
    from relance_xl.planning.workbook_update import RowStatus

_TROUBLES = {Reason.SERVER_STOPPED, Reason.INTERRUPTED, Reason.LOGIN_ENDED, Reason.SYSTEM_REFUSED}
#: The reason code of a call that is to be made.
TO_CALL = "to_call"
#: The reason code of an email that is a file for the user to send.
TO_SEND = "to_send"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What became of one delivery in a run."""

    delivery: Delivery
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run: its batch ("" where none was made), its lines, and what the user should know.

    `failure`: what ended it early; the lines are then what was done until then.
    """

    batch: str
    lines: tuple[DeliveryLine, ...]
    warnings: tuple[str, ...] = ()
    print_file: str = ""
    #: Registered letters to print; beside it lies the list to bring to the post office.
    registered_file: str = ""
    email_folder: str = ""
    trouble: str = ""
    failure: RelanceError | None = None
    #: The exit code of what keeps the workbook from being brought up to date until a person sees to it; 0: nothing.
    unwritten_code: int = 0
    #: How many rows of the source are wrong, and so were no invoices to send.
    wrong_rows: int = 0

    @property
    def is_to_send_by_hand(self) -> bool:
        """Whether emails lie in files, for the user to send."""
        return any(line.reason_code == TO_SEND for line in self.lines)

    def counts(self) -> dict[str, int]:
        """Return how often each outcome occurs."""
        return dict(Counter(str(line.outcome) for line in self.lines))

    def exit_code(self) -> int:
        """Return what ended it early says, 7 if a fate is unknown, 6 if a program failed, 4 or 6 if the workbook could not
        be written, 1 if anything was held or rows of the list are wrong, else 0.
        """
        if self.failure is not None:
            return self.failure.exit_code
        outcomes = {line.outcome for line in self.lines}
        if Outcome.UNKNOWN in outcomes:
            return 7
        if self.trouble:
            return 6
        if self.unwritten_code:
            return self.unwritten_code
        return 1 if self.wrong_rows or outcomes & {Outcome.HELD, Outcome.REFUSED} else 0

    def with_warnings(self, more: Iterable[str]) -> "Report":
        """Return the report with more to tell."""
        return replace(self, warnings=(*self.warnings, *more))


def planned_lines(delivery: PlannedDelivery, today: date) -> list[DeliveryLine]:
    """Return the lines of a delivery that would be made."""
    customer, is_posted = delivery.customer, delivery.channel is Channel.POST
    notes = tuple(PreparedCredit(one.number, one.open) for one in delivery.credits)
    return [
        DeliveryLine(
            key=DeliveryKey(item.key, delivery.channel),
            customer_code=delivery.customer.code,
            level=item.level.id,
            outcome=Outcome.PLANNED,
            customer=delivery.customer.name,
            open=item.invoice.open,
            recipients=delivery.recipients,
            days_overdue=item.invoice.days_overdue(today),
            credits=notes if place == 0 else (),
            is_registered=is_posted and delivery.level.registered,
            town=f"{customer.postal_code} {customer.city}".strip()
            if is_posted
            else customer.entry.phone or _("no number known"),
        )
        for place, item in enumerate(delivery.items)
    ]


def held_line(held: Held, today: date | None = None) -> DeliveryLine:
    """Return the line of a held delivery; one whose earlier try is unsettled is told as unknown."""
    customer = held.invoice.customer if held.invoice else None
    return DeliveryLine(
        key=held.key,
        customer_code=customer.code if customer else "",
        level=held.level,
        outcome=Outcome.UNKNOWN if held.hold.reason is Reason.FATE_UNKNOWN else Outcome.HELD,
        reason=reason_text(held.hold),
        reason_code=held.hold.reason,
        customer=customer.name if customer else "",
        open=held.invoice.open if held.invoice else None,
        days_overdue=held.invoice.days_overdue(today) if held.invoice and today else None,
    )


def done_line(done: AlreadyDone) -> DeliveryLine:
    """Return the line of what was made before: when, how, and where its document is."""
    prepared = done.delivery.prepared
    if done.delivery.is_call_to_make:
        return DeliveryLine(
            key=done.key, customer_code=prepared.customer_code, level=prepared.level, outcome=Outcome.ALREADY_DONE,
            reason=_("on the sheet Calls since {day}").format(day=say_short_date(prepared.day, current_language())),
            reason_code=TO_CALL, customer=prepared.customer_name,
        )  # fmt: skip
    how = _("already done on {day} by {channel}, batch {batch}").format(
        day=say_short_date(prepared.day, current_language()),
        channel=channel_word(prepared.channel),
        batch=prepared.batch,
    )
    hold = Hold(Reason.FATE_UNKNOWN, str(done.key), done.delivery.detail)
    is_unknown = done.delivery.outcome is Outcome.UNKNOWN
    return DeliveryLine(
        key=done.key,
        customer_code=prepared.customer_code,
        level=next((one.level for one in prepared.items if one.reminder == done.key.reminder), "") or prepared.level,
        outcome=Outcome.UNKNOWN if is_unknown else Outcome.ALREADY_DONE,
        reason=reason_text(hold) if is_unknown else how,
        reason_code=hold.reason if is_unknown else Outcome.ALREADY_DONE,
        document=prepared.document,
        customer=prepared.customer_name,
        made_text="" if is_unknown else made_word(done.delivery.outcome, done.delivery.is_file_to_send),
        open=next((item.open for item in prepared.items if item.reminder == done.key.reminder), None),
    )


def settled_lines(delivery: Delivery, reason: str = "", reason_code: str = "") -> list[DeliveryLine]:
    """Return the lines of a delivery that was made, refused or left unknown."""
    return [replace(line, reason=reason, reason_code=reason_code) for line in lines_of(delivery)]


def plan_report(plan: Plan, warnings: tuple[str, ...], today: date) -> Report:
    """Return what a plan would do, as a report."""
    planned = [line for delivery in plan.deliveries for line in planned_lines(delivery, today)]
    held = [held_line(one, today) for one in plan.held]
    return Report("", (*planned, *held, *map(done_line, plan.done)), warnings, wrong_rows=plan.wrong_rows)


def trouble_of(concluded: Iterable[Conclusion]) -> str:
    """Return why a run could not finish, "" where it did."""
    # A limit or a server that puts a message off is no failure: what waits is told as held.
    reasons = [one.hold for one in concluded if one.delivery.outcome is Outcome.PENDING and one.hold]
    return next((reason_text(one) for one in reasons if one.reason in _TROUBLES), "")


def run_lines(
    plan: Plan, concluded: Iterable[Conclusion], others: Iterable[DeliveryLine] = ()
) -> tuple[DeliveryLine, ...]:
    """Return one line a reminder and channel: what happened in this run stands before what the plan says of it.

    `others`: what else is told of reminders that have no such line.
    """
    lines: dict[DeliveryKey, DeliveryLine] = {}
    for one in concluded:
        for line in _conclusion_lines(one):
            lines[line.key] = line
    for line in (*map(held_line, plan.held), *map(done_line, plan.done), *others):
        lines.setdefault(line.key, line)
    return tuple(lines.values())


def not_reached(plan: Plan, today: date, why: Reason = Reason.INTERRUPTED) -> tuple[DeliveryLine, ...]:
    """Return the lines of what a run meant to make, and ended before."""
    hold = Hold(why)
    return tuple(
        replace(line, outcome=Outcome.HELD, reason=reason_text(hold), reason_code=hold.reason)
        for delivery in plan.deliveries
        for line in planned_lines(delivery, today)
    )


def _conclusion_lines(conclusion: Conclusion) -> list[DeliveryLine]:
    delivery, hold = conclusion.delivery, conclusion.hold
    if delivery.is_call_to_make and hold is None:
        return settled_lines(replace(delivery, outcome=Outcome.PLANNED), _("to call: sheet Calls"), TO_CALL)
    if delivery.outcome is Outcome.PENDING:
        outcome = replace(delivery, outcome=Outcome.HELD)
        return settled_lines(outcome, reason_text(hold) if hold else "", hold.reason if hold else "")
    if hold is not None:
        return settled_lines(delivery, reason_text(hold), hold.reason)
    if delivery.is_file_to_send:
        return settled_lines(delivery, _("written to a file, to be sent from your mail program"), TO_SEND)
    return settled_lines(delivery)


def row_statuses(lines: Iterable[DeliveryLine]) -> "dict[ReminderKey, RowStatus]":
    """Return what the workbook's rows are to say of a run; both channels of a reminder in one cell."""
    from relance_xl.planning.workbook_update import RowStatus

    statuses: dict[ReminderKey, RowStatus] = {}
    for line in lines:
        text = line.made_text if line.outcome is Outcome.ALREADY_DONE else _status_text(line)
        if not text:
            continue
        before = statuses.get(line.key.reminder)
        joined = f"{before.text} · {text}" if before and before.text != text else text
        document = line.document or (before.document if before else "")
        statuses[line.key.reminder] = RowStatus(joined, document)
    return statuses


def _status_text(line: DeliveryLine) -> str:
    made = made_word(line.outcome, line.reason_code == TO_SEND)
    if made:
        return made
    if line.reason_code == TO_CALL:
        return f"{TOLD_SIGN} {line.reason}"
    texts = {
        Outcome.REFUSED: _("refused: {reason}"),
        Outcome.UNKNOWN: _("fate unknown: {reason}"),
        Outcome.HELD: _("held: {reason}"),
    }
    return texts[line.outcome].format(reason=line.reason)


def channel_word(channel: str) -> str:
    """Return a channel's name within a sentence."""
    return {"post": _("post"), "email": _("email"), "phone": _("phone")}[channel]
