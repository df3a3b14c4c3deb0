"""One invoice within one delivery: what check, send, history and the history sheet say of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from relance_xl.core.channel import Channel
from relance_xl.core.money import Money
from relance_xl.core.record import Delivery, Prepared, PreparedCredit, Via
from relance_xl.core.reminder import DeliveryKey, Outcome


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """What became, or would become, of one reminder by one channel.

    `level` and `proposed_level` are ids, `document` a path relative to the dossier. `reason` is for people,
    `reason_code` for programs. Of what is only planned or held there is no batch, day or document yet.
    """

    key: DeliveryKey
    outcome: Outcome
    customer_code: str = ""
    customer: str = ""
    level: str = ""
    open: Money | None = None
    reason: str = ""
    reason_code: str = ""
    detail: str = ""
    document: str = ""
    batch: str = ""
    day: date | None = None
    recipients: tuple[str, ...] = ()
    next_date: date | None = None
    comment: str = ""
    proposed_level: str = ""
    operator: str = ""
    via: Via | None = None
    #: Of what is planned or held: how late the invoice is (days, negative before the due date).
    days_overdue: int | None = None
    #: Whether it goes by registered post.
    is_registered: bool = False
    #: Where it goes: a letter to a town, a call to a number.
    town: str = ""
    #: What the row says of it where it was made by an earlier run, which may have ended before it could write that.
    made_text: str = ""
    #: With the first invoice of its letter: the credit notes that lower what the letter asks for.
    credits: tuple[PreparedCredit, ...] = ()

    @property
    def is_by_hand(self) -> bool:
        """Whether it is only made ready for a person to post or send: the program cannot know that it left, or did not."""
        return self.via is not None and self.via is not Via.SMTP

    @property
    def is_file_to_send(self) -> bool:
        """Whether this is an email written to a file, for the user to send."""
        return self.via is Via.FOLDER and self.outcome is Outcome.ACCEPTED and not self.detail


def _town_of(prepared: Prepared) -> str:
    """Return where a letter goes: of the address, the line with the town."""
    if prepared.channel is not Channel.POST:
        return ""
    lines = prepared.customer_address or ()
    return next((one for one in reversed(lines) if any(map(str.isdigit, one))), "")


def lines_of(delivery: Delivery) -> Iterator[DeliveryLine]:
    """Yield what the journal knows of a delivery, an invoice at a time."""
    prepared = delivery.prepared
    for place, item in enumerate(prepared.items):
        yield DeliveryLine(
            key=DeliveryKey(item.reminder, prepared.channel),
            outcome=delivery.outcome,
            customer_code=prepared.customer_code,
            customer=prepared.customer_name,
            level=item.level or prepared.level,
            open=item.open,
            detail=delivery.detail,
            document=prepared.document,
            batch=prepared.batch,
            day=prepared.day,
            recipients=prepared.recipients,
            next_date=item.next_date,
            # What came of a call is what there is to say of it.
            comment=(delivery.detail if prepared.via is Via.CALL else "") or item.comment,
            proposed_level=item.proposed_level,
            operator=prepared.operator,
            via=prepared.via,
            is_registered=prepared.registered,
            town=_town_of(prepared),
            credits=prepared.credits if place == 0 else (),
        )
