"""Which rows of a list are of invoices: all below the titles but headings, subtotals, totals and what is printed at the end."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import takewhile

from relance_xl.core.texts.typed import holds_amount, plain, plain_title
from relance_xl.sources.lists.header import DuplicateColumnError, Header
from relance_xl.sources.lists.numbers import read_number
from relance_xl.sources.lists.totals import says_count, says_total
from relance_xl.sources.table import Cell, TableRow, as_text

# What tells which invoice a row is of; what else tells that it is of one.
_NAMES = ("number", "customer", "due_date")
_OTHER_NAMES = ("customer_code", "email", "invoice_date", "reference", "type")


#: `31 - 60 days past due`, `91 or more days past due`, `1 à 30 jours`: how late, at least and at most.
AGE = re.compile(
    r"(\d+)\s*(?:-|–|à|to)\s*(\d+)\s+(?:days|jours)|(\d+)\s+(?:or more|and over|et plus|\+)\s*(?:days|jours)?",
    re.IGNORECASE,
)


_NOISE = re.compile(
    r"page \d|(?:a )?report|solde|reprise|factures?\Z|avoirs?\Z|reglements?\Z|invoices?\Z|credit notes?\Z|payments?\Z|tel\b|telephone|"
    r"phone|fax|email|mail\b|edite|imprime|echeancier|"
    r"(?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|january|february|march|april|may|june|"
    r"july|august|september|october|november|december) \d{4}"
)
# What divides a list above its customers: what follows is nobody's yet.
_LONGEST_HEADING = 200
_DIVISION = re.compile(r"(?:agence|etablissement|region|secteur|representant|commercial|sales ?person|site|magasin)\b")
_PREFIX = re.compile(r"(?:client|customer|tiers)\s*:\s*", re.IGNORECASE)
_DAY_IN = re.compile(r"\b\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b")
_CODE = re.compile(r"[A-Z0-9_.\-/]{1,15}")
_SUPPLIERS = re.compile(r"(?:comptes? |dettes )?(?:fournisseurs?|suppliers?|vendors?|accounts payable)\b")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of an invoice; `group`: the customer in whose heading's part it stands; `age`: how late that part is said to be."""

    line: int
    cells: tuple[Cell, ...]
    group: str = ""
    age: str = ""

    def cell(self, header: Header, field: str) -> Cell:
        """Return what stands in a field's column."""
        place = header.columns.get(field)
        if place is None:
            return self.at(0) if field == "number" and header.has_untitled_numbers else None
        return self.cells[place] if place < len(self.cells) else None

    def at(self, place: int) -> Cell:
        """Return what stands at a place."""
        return self.cells[place] if 0 <= place < len(self.cells) else None

    def text(self, header: Header, field: str) -> str:
        """Return it as a text of one line."""
        return plain(as_text(self.cell(header, field)))


def invoice_lines(rows: Sequence[TableRow], header: Header) -> tuple[Line, ...]:
    """Return the rows of invoices, whatever is wrong with them, each under its heading.

    A damaged row may look like a total: one with an amount is taken for one only if it says so, is the sum of those above,
    or stands at the end, where a list in several currencies has several totals.
    """
    body = _below(rows, header)
    body = body[: _suppliers_at(body)]
    end = len(body) - sum(1 for _each in takewhile(lambda one: _is_bare_amount(one, header), reversed(body)))
    return tuple(_kept(body, header, end))


def _below(rows: Sequence[TableRow], header: Header) -> list[Line]:
    """Return the rows below the titles in which anything stands."""
    return [Line(row.line, row.cells) for row in rows if row.line > header.line and not row.is_blank()]


def _suppliers_at(body: Sequence[Line]) -> int:
    """Return where what we owe begins, of which nobody is reminded."""
    for place, one in enumerate(body):
        filled = [cell for cell in one.cells if cell is not None and cell != ""]
        if len(filled) == 1 and _SUPPLIERS.match(plain_title(as_text(filled[0])[:_LONGEST_HEADING])):
            return place
    return len(body)


def codes_beside_names(rows: Sequence[TableRow], error: DuplicateColumnError) -> Mapping[str, str] | None:
    """Return which of two columns of customers has codes and which names, by fields; None where that is not plain."""
    if error.field != "customer":
        return None
    for row in rows:
        titles = [as_text(cell).strip() for cell in row.cells]
        if not set(error.titles) <= set(titles) or error.titles[0] == error.titles[1]:
            continue
        below = [Line(one.line, one.cells) for one in rows if one.line > row.line]
        texts = {
            title: [text for one in below if (text := plain(as_text(one.at(titles.index(title)))))]
            for title in error.titles
        }
        first, second = error.titles
        for codes, names in ((first, second), (second, first)):
            are_codes = texts[codes] and all(_CODE.fullmatch(text) for text in texts[codes])
            are_names = any(" " in text or any(map(str.islower, text)) for text in texts[names])
            if are_codes and are_names:
                return {"customer_code": codes, "customer": names}
    return None


def without_counter(rows: Sequence[TableRow], header: Header) -> Header:
    """Return a header whose numbers are none that only count the rows, where another column may have the numbers."""
    others = header.beside.get("number", ())
    if not others or "number" in header.given:
        return header
    body = _below(rows, header)
    numbers = [text for one in body if (text := one.text(header, "number"))]
    if len(numbers) < 2 or numbers != [str(count) for count in range(1, len(numbers) + 1)]:
        return header
    return replace(
        header, columns={**header.columns, "number": others[0]}, beside={**header.beside, "number": others[1:]}
    )


def with_headings(rows: Sequence[TableRow], header: Header) -> Header:
    """Return a header that lacks customers as one whose customers stand in rows of their own, where there are such rows."""
    body = _below(rows, header)
    if any(one.text(header, "customer") for one in body):
        return header
    # A column of customers in which nothing stands is none.
    bare = replace(header, columns={field: place for field, place in header.columns.items() if field != "customer"})
    return replace(bare, told_elsewhere=bare.told_elsewhere | {"customer"}) if _are_customers(body, bare) else header


def _are_customers(body: Sequence[Line], header: Header) -> bool:
    """Whether rows of their own name the customers of those below them for certain: one before the first, and none twice."""
    found, was_heading = False, False
    for one in body:
        heading = _heading(one, header)
        is_other = is_age(heading) or _is_noise(heading) or _DIVISION.match(plain_title(heading)) is not None
        is_customer = bool(heading) and not is_other
        if is_customer and was_heading:
            # Of two in a row one is no customer, and nobody knows which.
            return False
        if _has_day(one, header) and not found:
            return False
        found |= is_customer
        was_heading = is_customer
    return found


def is_age(text: str) -> bool:
    """Return whether a heading says how late the invoices below it are."""
    return AGE.match(text[:_LONGEST_HEADING]) is not None


def _is_noise(text: str) -> bool:
    """Return whether a heading is of a page, a kind of rows, a month, a person or a place, and of no customer."""
    return _NOISE.match(plain_title(text)) is not None or _DAY_IN.search(text) is not None


def _kept(body: Sequence[Line], header: Header, end: int) -> Iterator[Line]:
    group, age, sums = "", "", dict[str, Decimal]()
    # Sums are only of use where rows may be subtotals.
    may_sum = (
        not header.has_sides and "open_amount" in header.columns and any(_may_be_subtotal(one, header) for one in body)
    )
    for place, one in enumerate(body):
        if _has_day(one, header):
            # Nearly all are plain invoices: neither a heading nor a total has a due date.
            if may_sum:
                _add(sums, one, header)
            yield Line(one.line, one.cells, group, age) if group or age else one
            continue
        heading = _heading(one, header)
        if heading and not _is_above_its_own(heading, body[place + 1 : place + 2], header):
            # A customer alone in its row, with nothing of it below: a row that lost the rest.
            heading = ""
        if heading:
            group, age = _under(heading, group, age, is_theirs=_is_customers_column(one, heading, header))
        elif _is_titles(one, header):
            continue
        elif _is_total(one, header, is_at_end=place >= end) or _is_subtotal(one, header, sums):
            sums.pop(one.text(header, "customer"), None)
            # What follows a customer's total is no longer that customer's.
            group = group if group and not any(map(str.strip, map(as_text, one.cells[:1]))) else ""
        else:
            if may_sum:
                _add(sums, one, header)
            yield Line(one.line, one.cells, group, age) if group or age else one
            if not _has_amount(one, header):
                # A row that is no invoice may have been the name of another customer.
                group = ""


def _under(heading: str, group: str, age: str, *, is_theirs: bool) -> tuple[str, str]:
    """Return the customer and the age of what stands below a heading, given those above it."""
    if is_age(heading):
        return group, heading
    if _DIVISION.match(plain_title(heading)):
        return "", age
    if _is_noise(heading):
        return group, age
    return _PREFIX.sub("", heading) if is_theirs else "", age


def _is_customers_column(one: Line, heading: str, header: Header) -> bool:
    return "customer" not in header.columns or one.text(header, "customer") == heading


def _is_titles(one: Line, header: Header) -> bool:
    """Whether a row says the titles again, as on a new page."""
    texts = tuple(plain_title(as_text(cell)) for cell in one.cells if cell)
    return len(texts) > 1 and texts == tuple(plain_title(title) for title in header.titles if title)


def _has_day(one: Line, header: Header) -> bool:
    """Whether a row has a due date, by the look of it."""
    cell = one.at(header.columns.get("due_date", -1))
    return isinstance(cell, date) or (isinstance(cell, str) and cell[:1].isdigit())


def _may_be_subtotal(one: Line, header: Header) -> bool:
    return not _has_day(one, header) and not one.text(header, "number")


def _is_above_its_own(heading: str, below: Sequence[Line], header: Header) -> bool:
    """Whether the row below a heading is of its customer, or says nothing else, where a column says the customers."""
    if "customer" not in header.columns or is_age(heading):
        return True
    return all(one.text(header, "customer") in {"", heading} for one in below) and bool(below)


def _heading(one: Line, header: Header) -> str:
    """Return what a row of its own says of those below it: one text, first in its row, and amounts at most beside it."""
    texts = [plain(as_text(cell)) for cell in one.cells]
    filled = [text for text in texts if text]
    if (
        not filled
        or says_total(filled[0])
        or holds_amount(filled[0])
        or any(not holds_amount(one) for one in filled[1:])
    ):
        return ""
    first = next(place for place, text in enumerate(texts) if text)
    if one.text(header, "due_date") or one.text(header, "invoice_date") or (one.text(header, "number") and first != 0):
        return ""
    is_number = first == header.columns.get("number")
    is_customer = first == header.columns.get("customer")
    # Where it stands in the column of customers, only a row without any amount is a heading.
    if is_number or (is_customer and len(filled) > 1):
        return ""
    amounts = [header.columns[field] for field in ("open_amount", "debit", "credit") if field in header.columns]
    # An invoice of which only the customer and the amount are there is a wrong row, no heading.
    if "customer" in header.columns and any(one.at(place) not in {None, ""} for place in amounts):
        return ""
    return filled[0]


def _add(sums: dict[str, Decimal], one: Line, header: Header) -> None:
    amount = _amount(one, header)
    if amount is not None:
        customer = one.text(header, "customer")
        sums[customer] = sums.get(customer, Decimal(0)) + amount


def _is_subtotal(one: Line, header: Header, sums: dict[str, Decimal]) -> bool:
    """Whether a row of a customer without number and days holds the sum of what stands above of that customer."""
    if any(one.text(header, field) for field in ("number", "due_date", "invoice_date", "reference", "type")):
        return False
    customer = one.text(header, "customer")
    return customer in sums and _amount(one, header) == sums[customer]


def _amount(one: Line, header: Header) -> Decimal | None:
    amount = read_number(one.cell(header, "open_amount"), None)
    return None if amount is None else round(amount, 2)


def _is_bare_amount(one: Line, header: Header) -> bool:
    """Whether nothing but amounts stands there, as where a total has no word."""
    return _names_nothing(one, header) and not any(one.text(header, field) for field in _OTHER_NAMES)


def _names_nothing(one: Line, header: Header) -> bool:
    """Whether no invoice, customer or day is named: by nothing at all, or by the words of a total."""
    texts = [text for text in (one.text(header, field) for field in _NAMES) if text]
    return not texts or (any(map(says_total, texts)) and all(says_total(text) or says_count(text) for text in texts))


def _is_total(one: Line, header: Header, *, is_at_end: bool) -> bool:
    """Whether this is what software prints in or below a list: a total, a footer. It names no invoice and no date."""
    if not _names_nothing(one, header):
        return False
    code = one.text(header, "customer_code")
    if (code and not says_total(code)) and one.text(header, "customer") and _has_amount(one, header):
        # A customer who is called Total.
        return False
    says = any(says_total(as_text(cell)) for cell in one.cells)
    others = (one.text(header, field) for field in ("invoice_date", "type"))
    if says and any(text and not says_total(text) for text in others):
        return False
    # What has a day of its own, or a kind, may be a payment without a number.
    if not says and any(one.text(header, field) for field in ("invoice_date", "type", "reference")):
        return False
    return is_at_end or says or not _has_amount(one, header)


def _has_amount(one: Line, header: Header) -> bool:
    """Whether a cell of what is owed holds any amount."""
    places = [header.columns[field] for field in ("open_amount", "debit", "credit") if field in header.columns]
    values = [one.at(place) for place in places or header.ages]
    return any(isinstance(value, int | float) or holds_amount(as_text(value)) for value in values)
