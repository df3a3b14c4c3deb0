"""What the user asks for, row by row."""

from dataclasses import dataclass
from datetime import date

from relance_xl.core.reminder import Channel, ReminderKey
from relance_xl.core.typed import Tick


@dataclass(frozen=True, slots=True)
class Decision:
    """An edited row: which reminder it is for, how firm, by which channels, to whom.

    `level` is a level's id or None (no reminder); `next_date` None means: as the level says. `customer_code` and
    `customer_name`: whom the row shows, "" where its column is gone. `outdated`: the addresses that the row shows,
    where nobody typed them and the source has others now, which are then the recipients. `is_uncertain`: nothing says whether its addresses were typed.
    """

    key: ReminderKey
    row: int
    level: str | None
    post: Tick
    email: Tick
    recipients: tuple[str, ...]
    comment: str
    next_date: date | None
    customer_code: str = ""
    customer_name: str = ""
    outdated: tuple[str, ...] | None = None
    is_uncertain: bool = False

    def tick(self, channel: Channel) -> Tick:
        """Return the tick for a channel."""
        return self.post if channel is Channel.POST else self.email


@dataclass(frozen=True, slots=True)
class TickAll:
    """The two cells above the table that tick every row that is due."""

    post: bool = False
    email: bool = False

    def has(self, channel: Channel) -> bool:
        """Whether all rows are ticked for a channel."""
        return self.post if channel is Channel.POST else self.email
