"""The clock that commands are given, so that a test or a replay can set the day."""

import time
from datetime import date, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time and lets it pass."""

    def now(self) -> datetime:
        """Return this moment, with its time zone."""
        ...

    def wait(self, seconds: float) -> None:
        """Return after so many seconds."""
        ...


class SystemClock:
    """The computer's clock, showing another day where one is replayed."""

    def __init__(self, day: date | None = None) -> None:
        self._day = day

    def now(self) -> datetime:
        """Return this moment; on the given day, where one was given."""
        now = datetime.now().astimezone()
        day = self._day
        return now.replace(year=day.year, month=day.month, day=day.day) if day else now

    def wait(self, seconds: float) -> None:
        """Return after so many seconds."""
        time.sleep(seconds)
