"""What the user asks for, row by row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from relance_xl.core.channel import Channel
from relance_xl.core.remembered.customer_entry import CustomerEntry
from relance_xl.core.reminder import ReminderKey
from relance_xl.core.texts.typed import Tick

#: What somebody has ticked, by channel; what is blank is left out.
Ticks = Mapping[Channel, Tick]
NO_TICKS: Ticks = MappingProxyType({})


class Decision(NamedTuple):
    """An edited row: which reminder it is for, how firm, by which channels, to whom.

    `level` is a level's id or None (no reminder); `next_date` None means: as the level says. `customer_code` and
    `customer_name`: whom the row shows, "" where its column is gone. `outdated`: the addresses that the row shows,
    where nobody typed them and the source has others now, which are then the recipients. `is_uncertain`: nothing says
    whether its addresses were typed. A named tuple, which is made three times as fast as a frozen dataclass: there is one
    for every row.
    """

    key: ReminderKey
    row: int
    level: str | None = None
    ticks: Ticks = NO_TICKS
    recipients: tuple[str, ...] = ()
    comment: str = ""
    next_date: date | None = None
    customer_code: str = ""
    customer_name: str = ""
    outdated: tuple[str, ...] | None = None
    is_uncertain: bool = False

    def tick(self, channel: Channel) -> Tick:
        """Return the tick for a channel."""
        return self.ticks.get(channel, Tick.BLANK)


@dataclass(frozen=True, slots=True)
class TickAll:
    """The cells above the table that tick every row that is due: the channels for which they say yes.

    `preferred`: each row by the channels that its customer prefers.
    """

    channels: frozenset[Channel] = frozenset()
    preferred: bool = False

    def ticked(self, entry: CustomerEntry, has_email: bool) -> frozenset[Channel]:
        """Return the channels by which a customer's rows are ticked: none that their mode leaves out."""
        channels = frozenset(channel for channel in self.channels if entry.allows(channel))
        return channels | entry.preferred(has_email) if self.preferred else channels

    def asks(self, ticks: Ticks, is_reached: bool) -> bool:
        """Whether a row with these ticks may ask for anything; `is_reached`: whether a tick-all may tick it."""
        may_tick = self.preferred or bool(self.channels - ticks.keys())
        return Tick.YES in ticks.values() or (is_reached and may_tick)
