"""Invoices and the customers who owe them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from relance_xl.core.money import Money
from relance_xl.core.texts.typed import plain_title


@dataclass(frozen=True, slots=True)
class Customer:
    """Who owes, and where letters reach them. `professional` decides which legal wording applies."""

    code: str
    name: str
    address: tuple[str, ...] = ()
    postal_code: str = ""
    city: str = ""
    country: str = ""
    language: str = "fr"
    professional: bool = True

    @property
    def party(self) -> tuple[str, ...]:
        """What tells one who owes from another: code and name, as one code may stand for many (`DIVERS`).

        Without a code of their own two people of one name are told apart by where they live.
        """
        if self.code != self.name:
            return plain_title(self.code), plain_title(self.name)
        return plain_title(self.name), *map(plain_title, self.postal_lines)

    @property
    def has_postal_address(self) -> bool:
        """Whether a letter can be posted."""
        return bool(self.city and (self.address or self.postal_code))

    @property
    def postal_lines(self) -> tuple[str, ...]:
        """What stands below the name in the window of the envelope, without what is empty."""
        town = f"{self.postal_code} {self.city}".strip()
        return tuple(line for line in (*self.address, town, self.country) if line)


def shared_codes(customers: Iterable[Customer]) -> frozenset[str]:
    """Return the codes, normalised, that several customers have: nothing is known of one by such a code.

    Two names at one address are one customer, spelt in two ways.
    """
    by_code: dict[str, set[Customer]] = defaultdict(set)
    for customer in customers:
        by_code[plain_title(customer.code)].add(customer)
    return frozenset(code for code, ones in by_code.items() if _are_several(ones))


def _are_several(customers: Collection[Customer]) -> bool:
    names = {plain_title(one.name) for one in customers}
    return len(names) > 1 and len({one.postal_lines for one in customers}) > 1


@dataclass(frozen=True, slots=True)
class Invoice:
    """An unpaid or partly paid invoice, or (negative open amount) a credit note not yet used."""

    number: str
    customer: Customer
    due: date
    open: Money
    issued: date | None = None
    total: Money | None = None
    emails: tuple[str, ...] = ()
    disputed: bool = False

    @property
    def is_credit(self) -> bool:
        """Whether this is money owed to the customer."""
        return self.open.amount < 0

    def days_overdue(self, today: date) -> int:
        """Return the days since the due date; negative before it."""
        return (today - self.due).days
