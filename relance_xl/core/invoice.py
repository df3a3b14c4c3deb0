"""Invoices and the customers who owe them."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from relance_xl.core.money import Money
from relance_xl.core.remembered.customer_entry import NO_ENTRY, CustomerEntry, CustomerKind
from relance_xl.core.remembered.customer_refs import CustomerRef
from relance_xl.core.remembered.customer_texts import split_address
from relance_xl.core.texts.typed import is_same_code, plain_title


@dataclass(frozen=True, slots=True)
class Customer:
    """Who owes, and where letters reach them. `professional` decides which legal wording applies.

    `entry`: what somebody wrote down of them; where it outweighs the list, the other fields say it too.
    """

    code: str
    name: str
    address: tuple[str, ...] = ()
    postal_code: str = ""
    city: str = ""
    country: str = ""
    language: str = "fr"
    professional: bool = True
    entry: CustomerEntry = NO_ENTRY

    @property
    def party(self) -> tuple[str, ...]:
        """What tells one who owes from another: code and name, as one code may stand for many (`DIVERS`).

        Without a code of their own two people of one name are told apart by where they live.
        """
        if self.code != self.name:
            return plain_title(self.code), plain_title(self.name)
        return plain_title(self.name), *map(plain_title, self.postal_lines)

    @property
    def ref(self) -> CustomerRef:
        """What tells this customer from others in the workbook and the journal."""
        return CustomerRef.of(self.code, self.name, self.postal_lines)

    @property
    def is_public(self) -> bool:
        """Whether this is a public body: its own law applies (Code de la commande publique)."""
        return self.entry.kind is CustomerKind.PUBLIC

    def with_entry(self, entry: CustomerEntry) -> "Customer":
        """Return the customer with what somebody wrote down instead of what the list says."""
        kind, language = entry.kind, entry.language or self.language
        known = replace(self, entry=entry, language=language)
        if kind is not None:
            known = replace(known, professional=kind is not CustomerKind.PRIVATE)
        if not entry.address:
            return known
        street, postal_code, city, country = split_address(entry.address)
        return replace(known, address=street, postal_code=postal_code, city=city, country=country)

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
    places = {one.postal_lines for one in customers}
    # Without addresses nobody can know.
    return len(names) > 1 and (len(places) > 1 or places == {()})


def is_same_customer(code: str, name: str, customer: Customer, shared: Collection[str]) -> bool:
    """Whether what was noted or is shown of an invoice, under a code and a name, is of the customer who owes it now.

    `shared`: the codes that several have, normalised, which tell of nobody.
    """
    if plain_title(name) == plain_title(customer.name):
        return True
    return plain_title(code).lstrip("0") not in shared and is_same_code(code, customer.code)


_INSTALMENT = re.compile(r"(.+) \((\d{1,2})/(\d{1,2})\)")


def instalment(number: str, place: int, count: int) -> str:
    """Return the number of one of an invoice's instalments, from 1 on."""
    return f"{number} ({place}/{count})"


def split_instalment(number: str) -> tuple[str, int, int]:
    """Return an invoice's own number, which instalment it is, and of how many: 0 of 0 for a whole one."""
    match = _INSTALMENT.fullmatch(number)
    return (match[1], int(match[2]), int(match[3])) if match else (number, 0, 0)


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
    #: Whether its due date is not the source's own, but follows from terms of payment.
    is_due_by_terms: bool = False

    @property
    def paper_number(self) -> str:
        """The number that the invoice's own paper bears: all instalments of an invoice have one."""
        return split_instalment(self.number)[0]

    @property
    def is_credit(self) -> bool:
        """Whether this is money owed to the customer."""
        return self.open.amount < 0

    def with_entry(self, entry: CustomerEntry) -> "Invoice":
        """Return the invoice as its customer's entry has it."""
        known = replace(self, customer=self.customer.with_entry(entry), emails=entry.emails or self.emails)
        if entry.terms is None or not self.is_due_by_terms or self.issued is None:
            return known
        return replace(known, due=self.issued + timedelta(days=entry.terms))

    def days_overdue(self, today: date) -> int:
        """Return the days since the due date; negative before it."""
        return (today - self.due).days
