"""What was said of invoices and customers, as the journal keeps it: the last word on each matter counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Subject(StrEnum):
    """What a note is about."""

    INVOICE = "invoice"
    CUSTOMER = "customer"
    DELIVERY = "delivery"
    REQUEST = "request"
    APPROVAL = "approval"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something said of an invoice (by its number), a customer (by its reference) or a delivery (by key and batch).

    An empty text takes back what was said of a matter.
    """

    subject: Subject
    key: str
    said: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Noted:
    """A remark in the journal: when it was read, and who ran the program."""

    remark: Remark
    at: datetime
    operator: str


class Notes:
    """All that was noted, the last word first asked for. Never changed once made."""

    def __init__(self, notes: Iterable[Noted] = ()) -> None:
        self.all = tuple(notes)
        self._said: dict[tuple[Subject, str], dict[str, str]] = {}
        self._last: dict[tuple[Subject, str, str], Noted] = {}
        for one in self.all:
            place = one.remark.subject, one.remark.key
            self._said.setdefault(place, {}).update(one.remark.said)
            for matter, text in one.remark.said.items():
                before = self._last.get((*place, matter))
                # What is only said again holds since it was said first.
                if before is None or before.remark.said[matter] != text:
                    self._last[*place, matter] = one

    def of(self, subject: Subject, key: str) -> Mapping[str, str]:
        """Return what holds of an invoice or a customer, by matter."""
        return self._said.get((subject, key), {})

    def keys(self, subject: Subject) -> Iterable[str]:
        """Yield the invoices or customers of which something was noted."""
        return (key for about, key in self._said if about is subject)

    def last(self, subject: Subject, key: str, matter: str) -> Noted | None:
        """Return the note that holds of a matter: since when it is said, and by whom it was first."""
        return self._last.get((subject, key, matter))
