"""Which rows of a list are of invoices: all below the titles but headings, subtotals, totals and what is printed at the end."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import takewhile

from relance_xl.core.texts.typed import holds_amount, plain
from relance_xl.sources.lists.header import Header
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
    body = [Line(row.line, row.cells) for row in rows if row.line > header.line and not row.is_blank()]
    end = len(body) - sum(1 for _each in takewhile(lambda one: _is_bare_amount(one, header), reversed(body)))
    return tuple(_kept(body, header, end))


def with_headings(rows: Sequence[TableRow], header: Header) -> Header:
    """Return a header that lacks customers as one whose customers stand in rows of their own, where there are such rows."""
    body = [Line(row.line, row.cells) for row in rows if row.line > header.line and not row.is_blank()]
    if any(one.text(header, "customer") for one in body):
        return header
    # A column of customers in which nothing stands is none.
    bare = replace(header, columns={field: place for field, place in header.columns.items() if field != "customer"})
    found = any((text := _heading(one, bare)) and not is_age(text) for one in body)
    return replace(bare, told_elsewhere=bare.told_elsewhere | {"customer"}) if found else header


def is_age(text: str) -> bool:
    """Return whether a heading says how late the invoices below it are."""
    return AGE.search(text) is not None


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
        if heading and is_age(heading):
            age = heading
        elif heading:
            group = heading if "customer" not in header.columns or one.text(header, "customer") == heading else ""
        elif _is_total(one, header, is_at_end=place >= end) or _is_subtotal(one, header, sums):
            sums.pop(one.text(header, "customer"), None)
        else:
            if may_sum:
                _add(sums, one, header)
            yield Line(one.line, one.cells, group, age) if group or age else one


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
    says = any(says_total(as_text(cell)) for cell in one.cells)
    # What has a day of its own, or a kind, may be a payment without a number.
    if not says and any(one.text(header, field) for field in ("invoice_date", "type", "reference")):
        return False
    return is_at_end or says or not _has_amount(one, header)


def _has_amount(one: Line, header: Header) -> bool:
    """Whether a cell of what is owed holds any amount."""
    places = [header.columns[field] for field in ("open_amount", "debit", "credit") if field in header.columns]
    values = [one.at(place) for place in places or header.ages]
    return any(isinstance(value, int | float) or holds_amount(as_text(value)) for value in values)
