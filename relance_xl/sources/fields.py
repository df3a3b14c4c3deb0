"""Which column is which: titles as French and English software writes them."""

from collections.abc import Mapping
from dataclasses import dataclass

from relance_xl.core.texts.typed import plain_title
from relance_xl.sources.table import TableRow, as_text

REQUIRED = ("number", "customer", "due_date", "open_amount")

_TITLES: Mapping[str, tuple[str, ...]] = {
    "number": ("numéro", "n°", "no", "num", "n° facture", "numéro facture", "numéro de facture", "facture", "pièce",
               "n° pièce", "numéro de pièce", "réf. facture", "référence", "réf", "invoice", "invoice number",
               "invoice no", "number", "document number", "ref"),
    "customer_code": ("code client", "code tiers", "n° client", "numéro client", "compte", "compte client",
                      "compte tiers", "code", "customer code", "customer id", "customer number", "account"),
    "customer": ("client", "nom client", "nom du client", "raison sociale", "tiers", "nom", "intitulé", "customer",
                 "customer name", "name", "company", "partner"),
    "address": ("adresse", "adresse 1", "rue", "adresse client", "address", "street", "address line 1"),
    "postal_code": ("code postal", "cp", "postal code", "zip", "zip code", "postcode"),
    "city": ("ville", "localité", "commune", "city", "town"),
    "country": ("pays", "code pays", "country", "country code"),
    "email": ("email", "e-mail", "mail", "courriel", "adresse email", "adresse e-mail", "emails", "email address"),
    "invoice_date": ("date", "date facture", "date de facture", "date de facturation", "date pièce", "invoice date",
                     "issue date"),
    "due_date": ("échéance", "date échéance", "date d'échéance", "date limite", "date limite de règlement",
                 "due date", "due", "payment due"),
    "total": ("montant ttc", "total ttc", "ttc", "montant", "total", "total amount", "amount"),
    "open_amount": ("reste à payer", "restant dû", "reste dû", "solde", "solde dû", "montant dû", "créance",
                    "reste à encaisser", "open amount", "amount due", "balance", "balance due", "outstanding",
                    "remaining", "residual"),
    "currency": ("devise", "monnaie", "currency"),
    "language": ("langue", "code langue", "language", "lang"),
    "professional": ("professionnel", "pro", "entreprise", "b2b", "professional", "business"),
    "disputed": ("litige", "en litige", "contesté", "contestée", "disputed", "dispute", "blocked", "bloqué"),
}  # fmt: skip


_FIELD_OF = {plain_title(title): field for field, titles in _TITLES.items() for title in titles}


@dataclass(frozen=True, slots=True)
class Header:
    """The header row: where it is, its titles as written, and which column holds which field."""

    line: int
    titles: tuple[str, ...]
    columns: Mapping[str, int]

    def title(self, field: str) -> str:
        """Return the title under which the user knows a field."""
        return self.titles[self.columns[field]] if field in self.columns else field

    def missing(self) -> tuple[str, ...]:
        """Return the fields without which nothing can be proposed and which have no column."""
        return tuple(field for field in REQUIRED if field not in self.columns)


class DuplicateColumnError(ValueError):
    """Two columns seem to hold one field."""

    def __init__(self, field: str, titles: tuple[str, str]) -> None:
        super().__init__(f"{field}: {titles}")
        self.field = field
        self.titles = titles


def find_header(rows: tuple[TableRow, ...], given: Mapping[str, str]) -> Header | None:
    """Return the first of the leading rows in which most of what is needed is named, or None.

    `given` are the user's own titles by field, from [source.columns]. Raises DuplicateColumnError.
    """
    for row in rows[:30]:
        header, twice = _header_of(row, given)
        if len(header.missing()) <= 1:
            if twice is not None:
                raise twice
            return header
    return None


def likely_header(rows: tuple[TableRow, ...], given: Mapping[str, str]) -> Header | None:
    """Return of the leading rows the one that looks most like titles, for a person to say what its columns hold.

    None: nothing is written there.
    """
    headers = [_header_of(row, given)[0] for row in rows[:30] if not row.is_blank()]
    return max(headers, key=lambda one: (len(one.columns), sum(map(bool, one.titles))), default=None)


def _header_of(row: TableRow, given: Mapping[str, str]) -> tuple[Header, DuplicateColumnError | None]:
    """Return a row as a header, and the error of its first field found twice: it counts only in the real header."""
    twice: DuplicateColumnError | None = None
    titles = tuple(as_text(cell).strip() for cell in row.cells)
    own = {plain_title(title): field for field, title in given.items()}
    columns: dict[str, int] = {}
    for index, title in enumerate(titles):
        name = plain_title(title)
        field = own.get(name) or _FIELD_OF.get(name)
        if field is None or (field in given and name not in own):
            continue
        if field in columns:
            twice = twice or DuplicateColumnError(field, (titles[columns[field]], title))
            continue
        columns[field] = index
    return Header(row.line, titles, columns), twice
