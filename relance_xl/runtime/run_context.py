"""What holds throughout one run of a command, whatever it works on: the time, who shows its progress, its end."""

from dataclasses import dataclass, field
from datetime import date, datetime

from relance_xl.runtime.clock import Clock
from relance_xl.runtime.progress import Progress, Silent
from relance_xl.runtime.stop import Stop


@dataclass(frozen=True, slots=True)
class RunContext:
    """What every step of a run is given beside its work.

    The language is in none of its fields: texts are said in the one that is spoken where they are made
    (runtime/language.py), and runtime/threads.py carries it into threads.
    """

    clock: Clock
    progress: Progress = field(default_factory=Silent)
    stop: Stop = field(default_factory=Stop)

    def now(self) -> datetime:
        """Return this moment, with its time zone."""
        return self.clock.now()

    @property
    def today(self) -> date:
        """The day of the run."""
        return self.clock.now().date()
