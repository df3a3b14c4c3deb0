"""The keys of reminders and deliveries, by which one that was made is never made again."""

from dataclasses import dataclass
from enum import StrEnum

from relance_xl.core.channel import Channel

# Looking one up in the enum itself takes five times as long, and a history has many.
_CHANNELS = {channel.value: channel for channel in Channel}


class Outcome(StrEnum):
    """What became, or would become, of a delivery."""

    PRINTED = "printed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    HELD = "held"
    ALREADY_DONE = "already_done"
    PLANNED = "planned"
    # Only inside the journal: prepared and not yet begun; or given up before anything left.
    PENDING = "pending"
    WITHDRAWN = "withdrawn"


#: Outcomes after which a reminder has been made: it counts, and is never made again.
MADE = frozenset({Outcome.PRINTED, Outcome.ACCEPTED})


@dataclass(frozen=True, slots=True, order=True)
class ReminderKey:
    """The n-th reminder of an invoice. As text `FA-12/2`; the hidden id of a workbook row."""

    invoice: str
    ordinal: int

    def __str__(self) -> str:
        return f"{self.invoice}/{self.ordinal}"

    @classmethod
    def parse(cls, text: str) -> "ReminderKey":
        """Read the text form. Raises ValueError for any other text."""
        invoice, slash, ordinal = text.rpartition("/")
        if not (slash and invoice and ordinal.isascii() and ordinal.isdigit() and int(ordinal) > 0):
            raise ValueError(text)
        return cls(invoice, int(ordinal))


@dataclass(frozen=True, slots=True, order=True)
class DeliveryKey:
    """One reminder by one channel. As text `FA-12/2/email`: the ledger's key and what `resolve` takes."""

    reminder: ReminderKey
    channel: Channel

    def __str__(self) -> str:
        return f"{self.reminder}/{self.channel}"

    @classmethod
    def parse(cls, text: str) -> "DeliveryKey":
        """Read the text form. Raises ValueError for any other text."""
        reminder, _, channel = text.rpartition("/")
        if channel not in _CHANNELS:
            raise ValueError(text)
        return cls(ReminderKey.parse(reminder), _CHANNELS[channel])
