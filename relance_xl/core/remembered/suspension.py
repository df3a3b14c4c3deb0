"""Why an invoice is left alone for a while, and until when: what a person typed beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from relance_xl.core.history import PastReminder


class Motive(StrEnum):
    """Why nobody is reminded."""

    DISPUTE = "dispute"
    PROMISE = "promise"
    PLAN = "plan"
    WAITING = "waiting"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Suspension:
    """An invoice left alone; `until` (the last day of it) None: until somebody takes the motive away."""

    motive: Motive
    until: date | None = None

    @property
    def names_a_payment(self) -> bool:
        """Whether it ends with a day on which somebody said that they would pay."""
        return self.motive in {Motive.PROMISE, Motive.PLAN}

    @property
    def is_promise(self) -> bool:
        """Whether somebody said that they would have paid all by a day; a plan has many days, and goes on."""
        return self.motive is Motive.PROMISE

    def stands(self, today: date) -> bool:
        """Whether it still holds: a payment promised for today may come today."""
        return self.until is None or today <= self.until

    def is_over(self, last: PastReminder | None) -> bool:
        """Whether its day had passed when the invoice was last reminded: it has had its consequence."""
        return self.until is not None and last is not None and last.day > self.until


#: What the journal calls the matters of a suspension.
_MOTIVE, _UNTIL, _CODE, _NAME = "suspension", "until", "customer_code", "customer"


def said_of(suspension: Suspension | None, customer_code: str, customer: str) -> Mapping[str, str]:
    """Return what the journal keeps: the motive, the day, and who owes; numbers begin anew each year.

    `customer_code`: empty where several have it.
    """
    motive = str(suspension.motive) if suspension else ""
    until = suspension.until.isoformat() if suspension and suspension.until else ""
    return {_MOTIVE: motive, _UNTIL: until, _CODE: customer_code, _NAME: customer}


def suspension_in(said: Mapping[str, str]) -> Suspension | None:
    """Return the suspension that the journal keeps of an invoice."""
    motive, until = said.get(_MOTIVE, ""), said.get(_UNTIL, "")
    if not motive:
        return None
    return Suspension(Motive(motive), date.fromisoformat(until) if until else None)


def debtor_in(said: Mapping[str, str]) -> tuple[str, str]:
    """Return code and name of the customer who owed the invoice when it was noted."""
    return said.get(_CODE, ""), said.get(_NAME, "")
