"""What came of a call: whether somebody was reached, what they said, for which day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from relance_xl.core.remembered.suspension import Motive, Suspension
from relance_xl.core.texts.typed import NO_WORDS, YES_WORDS, plain_title
from relance_xl.runtime.language import N_, _, in_every_language


class Reached(StrEnum):
    """Whether anybody was there."""

    YES = "yes"
    NO = "no"
    MESSAGE = "message"


class Said(StrEnum):
    """What came of the talk."""

    PROMISE = "promise"
    DISPUTE = "dispute"
    ANNOUNCED = "announced"
    CALL_AGAIN = "call_again"
    OTHER = "other"


REACHED_WORDS: Mapping[Reached, str] = {Reached.YES: N_("yes"), Reached.NO: N_("no"), Reached.MESSAGE: N_("message")}
SAID_WORDS: Mapping[Said, str] = {
    Said.PROMISE: N_("promise"),
    Said.DISPUTE: N_("dispute"),
    Said.ANNOUNCED: N_("payment announced"),
    Said.CALL_AGAIN: N_("call again"),
    Said.OTHER: N_("other"),
}


@dataclass(frozen=True, slots=True)
class CallResult:
    """What somebody wrote down of a call. `day`: of the promise, of the payment announced, on which to call again."""

    reached: Reached
    said: Said | None = None
    day: date | None = None
    report: str = ""

    @property
    def suspension(self) -> Suspension | None:
        """Why its invoices are left alone from now on, None where nothing of the kind was said."""
        match self.said:
            case Said.PROMISE:
                return Suspension(Motive.PROMISE, self.day)
            case Said.DISPUTE:
                return Suspension(Motive.DISPUTE, self.day)
            case Said.ANNOUNCED if self.day is not None:
                # A payment that is said to come on a day is as good as a promise.
                return Suspension(Motive.PROMISE, self.day)
            case Said.CALL_AGAIN if self.day is not None:
                # On that very day it is due again.
                return Suspension(Motive.WAITING, self.day - timedelta(days=1))
            case _:
                return None

    @property
    def call_again_on(self) -> date | None:
        """The day on which whoever was reached asked to be called again: on that day they are due, sooner or later than else."""
        return self.day if self.said is Said.CALL_AGAIN and self.reached is Reached.YES else None

    def text(self) -> str:
        """Return all of it in one line, for the history."""
        said = _(SAID_WORDS[self.said]) if self.said else ""
        if self.said and self.day:
            said = _("{what} for {day}").format(what=said, day=f"{self.day:%d/%m/%Y}")
        left = _("message left") if self.reached is Reached.MESSAGE else ""
        return " · ".join(filter(None, (left, said, self.report)))


@cache
def _reached() -> Mapping[str, Reached]:
    words = {plain_title(text): one for one, title in REACHED_WORDS.items() for text in in_every_language(title)}
    words |= {plain_title(word): Reached.YES for word in YES_WORDS if plain_title(word)}
    return words | {plain_title(word): Reached.NO for word in NO_WORDS if plain_title(word)}


@cache
def _said() -> Mapping[str, Said]:
    return {plain_title(text): one for one, title in SAID_WORDS.items() for text in in_every_language(title)}


def read_reached(text: str) -> Reached | None:
    """Return what a cell says of whether anybody was there, None for any other text."""
    return _reached().get(plain_title(text))


def read_said(text: str) -> Said | None:
    """Return what a cell says came of the talk, None for any other text."""
    return _said().get(plain_title(text))
