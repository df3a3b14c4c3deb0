"""Invoices and the customers who owe them."""

from dataclasses import dataclass
from datetime import date

from relance_xl.core.money import Money


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
    def has_postal_address(self) -> bool:
        """Whether a letter can be posted."""
        return bool(self.city and (self.address or self.postal_code))

    @property
    def postal_lines(self) -> tuple[str, ...]:
        """What stands below the name in the window of the envelope, without what is empty."""
        town = f"{self.postal_code} {self.city}".strip()
        return tuple(line for line in (*self.address, town, self.country) if line)


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
