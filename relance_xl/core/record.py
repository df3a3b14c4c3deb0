"""What the journal remembers, as records: what was prepared, begun and settled."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from relance_xl.core.channel import Channel
from relance_xl.core.money import Money
from relance_xl.core.remembered.notes import Noted
from relance_xl.core.reminder import DeliveryKey, Outcome, ReminderKey


class Via(StrEnum):
    """How a delivery leaves: by being in the batch's folder (to print, to send by hand), by SMTP, or as a call.

    A call is prepared and then waits, for as long as it takes, until somebody writes down what came of it.
    """

    PRINT = "print"
    FOLDER = "folder"
    SMTP = "smtp"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class PreparedItem:
    """One invoice within a delivery, with what its reminder says of it."""

    reminder: ReminderKey
    open: Money
    next_date: date
    comment: str
    proposed_level: str
    #: Its own level's id, where its letter has the words of another's; empty where the journal did not keep it yet.
    level: str = ""


@dataclass(frozen=True, slots=True)
class PreparedCredit:
    """A credit note that lowers a delivery's total, and by how much (a negative amount)."""

    number: str
    open: Money


@dataclass(frozen=True, slots=True)
class Prepared:
    """A delivery whose documents are ready and of which nothing has left yet.

    `id` is `batch/n`; `document` and `message` are paths relative to the dossier, `digest` the SHA-256 of the file
    that leaves (the print document, or the message). `customer_address`: the postal lines as the letter has them, None
    where the journal did not keep them yet (before its version 3).
    """

    id: str
    batch: str
    day: date
    channel: Channel
    level: str
    customer_code: str
    customer_name: str
    recipients: tuple[str, ...]
    items: tuple[PreparedItem, ...]
    document: str
    message: str
    digest: str
    operator: str
    via: Via
    customer_address: tuple[str, ...] | None = None
    credits: tuple[PreparedCredit, ...] = ()
    #: A digest of all else that it says; empty where the journal did not keep it yet.
    basis: str = ""
    #: Who gets a copy of the email; whether the letter goes by registered post.
    copies: tuple[str, ...] = ()
    registered: bool = False


@dataclass(frozen=True, slots=True)
class Committed:
    """The batch is whole: all of its deliveries are prepared. Without it, none of them counts."""

    batch: str


@dataclass(frozen=True, slots=True)
class Begun:
    """From here on the delivery may have left, whatever happens next (RFC 5321 4.5.3.2.6)."""

    id: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a delivery, with the server's or the operator's words."""

    id: str
    outcome: Outcome
    at: datetime
    detail: str = ""
    #: Of a call: the day on which its invoices are due again, where it was named.
    next_date: date | None = None


Record = Prepared | Committed | Begun | Settled | Noted


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as it stands: what was prepared and what became of it."""

    prepared: Prepared
    outcome: Outcome
    detail: str = ""
    at: datetime | None = None

    @property
    def is_file_to_send(self) -> bool:
        """Whether this is an email written to a file: the program cannot know that it left, until a person says so."""
        return self.prepared.via is Via.FOLDER and self.outcome is Outcome.ACCEPTED and not self.detail

    @property
    def is_call_to_make(self) -> bool:
        """Whether this is a call of which nobody has written down yet what came of it."""
        return self.prepared.via is Via.CALL and self.outcome is Outcome.PENDING

    @property
    def keys(self) -> tuple[DeliveryKey, ...]:
        """Return the ledger's keys: one an invoice."""
        return tuple(DeliveryKey(item.reminder, self.prepared.channel) for item in self.prepared.items)
