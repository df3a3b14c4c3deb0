"""What an electronic invoice says of itself (EN 16931): who owes how much by when, as of its issue; never what was paid since."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from relance_xl.core.invoice import Invoice
from relance_xl.core.texts.typed import plain_title

# Words that tell nobody from anybody: forms of companies, and small ones.
_COMMON = frozenset((
    "sarl", "sas", "sasu", "sa", "eurl", "sci", "snc", "scop", "gmbh", "ag", "kg", "co", "ltd", "limited", "llc", "inc", "bv",
    "nv", "srl", "spa", "societe", "ste", "ets", "etablissements", "monsieur", "madame", "mr", "mme", "et", "de", "la", "le",
    "les", "du", "des", "and", "the",
))  # fmt: skip
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class EInvoice:
    """An electronic invoice; None and "": it does not say. `total`: what was invoiced (BT-112); `payable`: as of issue (BT-115)."""

    number: str
    is_credit: bool = False
    issued: date | None = None
    due: date | None = None
    currency: str = ""
    buyer: str = ""
    email: str = ""
    address: tuple[str, ...] = ()
    postal_code: str = ""
    city: str = ""
    country: str = ""
    total: Decimal | None = None
    payable: Decimal | None = None

    def differs_in(self, invoice: Invoice) -> "Difference | None":
        """Return in what it is not the invoice of a source; None where it may be."""
        if not _is_same_number(self.number, invoice.paper_number):
            return Difference("number", self.number, invoice.paper_number)
        if self.buyer and not _is_same_name(self.buyer, invoice.customer.name):
            return Difference("customer", self.buyer, invoice.customer.name)
        if self.currency and self.currency != invoice.open.currency:
            return Difference("currency", self.currency, invoice.open.currency)
        if self.total is None:
            return None
        total = abs(self.total)
        if invoice.total is not None and abs(total - abs(invoice.total.amount)) >= _CENT:
            return Difference("total", f"{total:.2f}", f"{abs(invoice.total.amount):.2f}")
        if abs(invoice.open.amount) - total >= _CENT:
            return Difference("open_amount", f"{total:.2f}", f"{abs(invoice.open.amount):.2f}")
        return None


@dataclass(frozen=True, slots=True)
class Difference:
    """What the electronic invoice says (`paper`) and what the source says of one field."""

    field: str
    paper: str
    listed: str


def _is_same_number(one: str, two: str) -> bool:
    left, right = (plain_title(text).replace(" ", "").lstrip("0") for text in (one, two))
    return left == right


def _is_same_name(one: str, two: str) -> bool:
    """Whether two names share a word that tells somebody; names without any are compared whole."""
    left, right = ({word for word in plain_title(text).split() if word not in _COMMON} for text in (one, two))
    if not left or not right:
        return plain_title(one) == plain_title(two)
    return bool(left & right) or "".join(sorted(left)) == "".join(sorted(right))
