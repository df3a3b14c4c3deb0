"""What a late debt costs its debtor besides the open amount, by the law of the creditor's country."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from relance_xl.core.invoice import Customer, Invoice
from relance_xl.core.money import Money

#: For the costs of recovery, of each late invoice between professionals, in euros (articles L. 441-10 and D. 441-5
#: of the French Code de commerce).
RECOVERY_INDEMNITY = Decimal(40)


class ChargeKind(StrEnum):
    """What is charged for."""

    INDEMNITY = "indemnity"


@dataclass(frozen=True, slots=True)
class Charge:
    """What is owed besides an invoice's open amount: for what, for which invoice, how much."""

    kind: ChargeKind
    invoice: str
    amount: Money


def charges_on(invoice: Invoice, debtor: Customer, country: str, today: date) -> Iterator[Charge]:
    """Yield what an invoice is charged with, late as it is today.

    `debtor`: whom the letter is to; `country`: the creditor's, as ISO 3166 code.
    """
    is_covered = country == "FR" and debtor.professional and invoice.open.currency == "EUR"
    if is_covered and invoice.days_overdue(today) > 0:
        yield Charge(ChargeKind.INDEMNITY, invoice.number, Money.of(RECOVERY_INDEMNITY, "EUR"))
