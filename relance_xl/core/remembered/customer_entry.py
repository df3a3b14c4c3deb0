"""What a person wrote down of a customer: it outweighs the list, for every invoice, now and later."""

from dataclasses import dataclass
from enum import StrEnum

from relance_xl.core.channel import Channel


class CustomerKind(StrEnum):
    """Who owes, as the law tells apart: a business, a public body, a private person."""

    BUSINESS = "business"
    PUBLIC = "public"
    PRIVATE = "private"


class Grouping(StrEnum):
    """What shares a letter or mail: all of a customer's, all of one level, or each invoice has its own."""

    CUSTOMER = "customer"
    LEVEL = "level"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class CustomerEntry:
    """A customer's row of the sheet of customers; what is empty is left to the list and the settings.

    `is_never_reminded`: no reminder at all; `mode`: the channels that tick-all cells take; `terms`: days to pay.
    """

    is_never_reminded: bool = False
    mode: frozenset[Channel] = frozenset()
    emails: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    contact: str = ""
    phone: str = ""
    kind: CustomerKind | None = None
    language: str = ""
    grouping: Grouping | None = None
    terms: int | None = None
    address: tuple[str, ...] = ()
    notes: str = ""

    def preferred(self, has_email: bool) -> frozenset[Channel]:
        """Return the channels by which "all as preferred" reminds: by the mode, else email where there is an address."""
        return self.mode or frozenset({Channel.EMAIL if has_email else Channel.POST})

    def allows(self, channel: Channel) -> bool:
        """Whether a tick-all cell for a channel reaches the customer."""
        return not self.mode or channel in self.mode


NO_ENTRY = CustomerEntry()
