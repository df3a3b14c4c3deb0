"""How a list is written, found out from all of its rows: decimal mark, order of days and months, currency, kinds of rows."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from relance_xl.core.terms import Terms
from relance_xl.core.texts.typed import UnreadableError, decimal_mark_of, plain, plain_title
from relance_xl.sources.currency_signs import FOREIGN
from relance_xl.sources.lists.amounts import Amounts, OpenBy, open_by
from relance_xl.sources.lists.dates import (
    DateForm,
    Order,
    as_figures,
    compact_of,
    is_other_time,
    may_begin_with_year,
    ordered_pair,
    proved_order,
    serial_day,
)
from relance_xl.sources.lists.header import Header
from relance_xl.sources.lists.lines import AGE, Line
from relance_xl.sources.lists.statuses import RowKind, are_numbered, is_credit_sense, kind_of
from relance_xl.sources.lists.titles import is_french
from relance_xl.sources.table import TableRow, as_text

_DAYS = ("due_date", "invoice_date")
_SIGNS = {"$": "USD", "US$": "USD", "$US": "USD", "USD": "USD", "£": "GBP", "GBP": "GBP", "CHF": "CHF", "$CA": "CAD",
          "CA$": "CAD", "CAD": "CAD"}  # fmt: skip
_EUROS = frozenset(("€", "EUR", "EURO", "EUROS"))
# What an amount is made of but for its currency, and marks of credit behind it.
_AMOUNT_SIGNS = re.compile(r"[\d\s.,'’()+\-\u2212]|\b(?:CR|C|DR|D)\Z", re.IGNORECASE)
_KNOWN_SIGNS = frozenset((
    *_SIGNS, *_EUROS, "£GB", "GB£", "SFR", "FR", "C$", "A$", "AUD", "¥", "JPY", "SEK", "NOK", "DKK", "KR", "PLN", "ZL", "CZK", "HUF",
    "RON", "MAD", "DH", "TND", "XOF", "XAF", "FCFA",
))  # fmt: skip
_EUROPEAN = frozenset(("EUR", "GBP", "CHF"))
# YYYYMMDD, as a number.
_LARGEST_DAY = 10**8
_MONTHS, _AGE_FIGURES, _LONGEST_TITLE = 12, 6, 200
_A_LIFETIME = 100_000


class Uncertain(StrEnum):
    """What a list does not say for certain."""

    ORDER = "order"
    CURRENCY = "currency"


class UncertainError(ValueError):
    """A list that may be read in two ways; `example`: a text that may."""

    def __init__(self, what: Uncertain, example: str) -> None:
        super().__init__(f"{what}: {example}")
        self.what = what
        self.example = example


@dataclass(frozen=True, slots=True)
class Said:
    """What the settings say of a list, "" where it is to be found out."""

    order: str = ""
    currency: str = ""
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class ListForm:
    """How a list is written.

    `currency`: where no column says it; `sign`: by which that was told, "" where it is the usual one; `flips`: the kinds of
    rows whose amounts are exported as positive though they are the customer's.
    """

    header: Header
    amounts: Amounts
    days: DateForm
    currency: str
    sign: str
    open_by: OpenBy
    is_numbered: bool
    flips: frozenset[RowKind]
    terms: Terms | None = None

    def kind(self, line: Line) -> RowKind:
        """Return what a row is of."""
        if "sense" in self.header.columns and is_credit_sense(line.text(self.header, "sense")):
            return RowKind.CREDIT
        if "type" not in self.header.columns:
            return RowKind.INVOICE
        return kind_of(line.text(self.header, "type"), is_numbered=self.is_numbered)


def form_of(rows: Sequence[TableRow], lines: Sequence[Line], header: Header, said: Said) -> ListForm:
    """Return how a list is written; `rows`: all, `lines`: those of invoices.

    Raises UncertainError, AmountDoubtError where it can be read in two ways.
    """
    amounts = Amounts(decimal_mark_of(_amount_texts(lines, header)))
    header = _with_paid(lines, header, amounts)
    cells = [line.cell(header, field) for field in _DAYS for line in lines]
    numbers = [int(cell) for cell in cells if isinstance(cell, int | float) and 0 <= cell < _LARGEST_DAY]
    has_serials = all(serial_day(number) is not None for number in numbers)
    texts = (text for field in _DAYS for text in _texts(lines, header, field))
    compact = compact_of((*texts, *(() if has_serials else map(as_figures, numbers))))
    order = Order(said.order) if said.order else _order(rows, lines, header, amounts)
    currency, sign = _currency(rows, lines, header, said)
    by = open_by(lines, header, amounts)
    kinds = (
        frozenset(line.text(header, "type") for line in lines) - {""} if "type" in header.columns else frozenset[str]()
    )
    form = ListForm(
        header,
        amounts,
        DateForm(order, compact, has_serials, _begins_with_year(lines, header)),
        currency,
        sign,
        by,
        are_numbered(kinds),
        frozenset(),
        said.terms,
    )
    return form if not kinds and "sense" not in header.columns else _with_flips(form, lines)


def open_value(form: ListForm, line: Line) -> Decimal | None:
    """Return what is still owed of a row as a number; None: by no number."""
    if form.open_by is OpenBy.SIDES:
        return form.amounts.sided(line, form.header)
    if form.open_by is OpenBy.AGES:
        return form.amounts.aged(line, form.header)
    return form.amounts.value(line.cell(form.header, "open_amount"))


def _with_flips(form: ListForm, lines: Sequence[Line]) -> ListForm:
    """Find out which kinds of rows, though they are the customer's, are all exported as positive."""
    signs: dict[RowKind, set[bool]] = {}
    for line in lines:
        kind, value = form.kind(line), open_value(form, line)
        if kind is not RowKind.INVOICE and value:
            signs.setdefault(kind, set()).add(value < 0)
    theirs = {RowKind.CREDIT, RowKind.PAYMENT}
    flips = frozenset(kind for kind, negative in signs.items() if kind in theirs and negative == {False})
    return replace(form, flips=flips)


def _begins_with_year(lines: Sequence[Line], header: Header) -> bool:
    """Return whether years of two figures stand first: where they stand last some day would be of another time."""
    texts = [text for field in _DAYS for text in _texts(lines, header, field)]
    return any(map(is_other_time, texts)) and all(map(may_begin_with_year, texts))


def _with_paid(lines: Sequence[Line], header: Header, amounts: Amounts) -> Header:
    """Return a header in which a column that may say whether, or how much, was paid is one of amounts, where it holds some."""
    for place in header.statuses:
        texts = {plain(as_text(line.at(place))) for line in lines} - {"", "0", "1"}
        if texts and all(amounts.value(text) is not None for text in texts):
            statuses = tuple(one for one in header.statuses if one != place)
            columns = {"paid": place, **header.columns}
            header = replace(header, statuses=statuses, columns=columns)
    return header


def _texts(lines: Sequence[Line], header: Header, field: str) -> Iterator[str]:
    place = header.columns.get(field)
    if place is not None:
        yield from (cell for line in lines if isinstance(cell := line.at(place), str) and cell)


def _amount_texts(lines: Sequence[Line], header: Header) -> list[str]:
    fields = ("total", "open_amount", "paid", "debit", "credit")
    places = [header.columns[field] for field in fields if field in header.columns]
    return [cell for line in lines for place in (*places, *header.ages) if isinstance(cell := line.at(place), str)]


def _currency(rows: Sequence[TableRow], lines: Sequence[Line], header: Header, said: Said) -> tuple[str, str]:
    """Return the currency where no column says it, and the sign that tells it."""
    if said.currency or "currency" in header.columns:
        return said.currency or "EUR", ""
    fields = ("open_amount", "total", "debit", "credit")
    signs = {sign: text for field in fields for text in _texts(lines, header, field) if (sign := sign_of(text))}
    above = [as_text(cell) for row in rows if row.line < header.line for cell in row.cells]
    places = {*(header.columns[field] for field in fields if field in header.columns), *header.ages}
    titled = [header.title(field) for field in fields]
    above += [text for place, text in header.shown.items() if place in places or place < 0]
    signs |= {match[0].upper(): text for text in (*titled, *above) if (match := FOREIGN.search(text))}
    others = {sign: text for sign, text in signs.items() if sign not in _EUROS}
    if others:
        raise UncertainError(Uncertain.CURRENCY, next(iter(others)))
    if signs:
        return "EUR", ""
    # Software that writes the sign beside totals only.
    totals = {sign for row in rows if row.line > header.line for cell in row.cells if (sign := sign_of(as_text(cell)))}
    if len(totals) == 1 and (sign := totals.pop()) in _SIGNS:
        return _SIGNS[sign], sign
    return "EUR", ""


def sign_of(text: str) -> str:
    """Return the currency's sign or name beside an amount, in capitals; "" for none, or no amount."""
    if text.isdigit() or not any(map(str.isdigit, text)):
        return ""
    rest = _AMOUNT_SIGNS.sub("", text).upper()
    return rest if rest in _KNOWN_SIGNS else ""


def _order(rows: Sequence[TableRow], lines: Sequence[Line], header: Header, amounts: Amounts) -> Order:
    """Return whether days or months stand first. Raises UncertainError where nothing proves it."""
    texts = [text for field in _DAYS for text in _texts(lines, header, field)]
    pairs = [pair for text in texts if (pair := ordered_pair(text))]
    cells = [cell for field in _DAYS for line in lines if isinstance(cell := line.cell(header, field), date)]
    if pairs and cells and all(max(pair) > _MONTHS for pair in pairs) and all(cell.day <= _MONTHS for cell in cells):
        # A spreadsheet took for days what it could, and perhaps day for month; what it could not, it left as text.
        raise UncertainError(Uncertain.ORDER, next(text for text in texts if ordered_pair(text)))
    if not pairs or _is_european(header, amounts):
        return Order.DAY_FIRST
    # What is a day in neither is a slip in its own row.
    proofs = [found for pair in pairs if len(found := proved_order([pair])) == 1]
    if len(set(proofs)) == 1:
        (order,) = proofs[0]
        return order
    for candidates in () if proofs else (_fitting(rows, lines, header), _by_currency(lines, header)):
        if len(candidates) == 1:
            (order,) = candidates
            return order
    raise UncertainError(Uncertain.ORDER, next(text for text in texts if ordered_pair(text)))


def _is_european(header: Header, amounts: Amounts) -> bool:
    """Whether a list is written where days stand first: its decimal mark is a comma, or its titles are French."""
    used = {*header.columns.values(), *header.statuses}
    return amounts.mark == "," or any(is_french(plain_title(header.titles[place])) for place in used)


def _by_currency(lines: Sequence[Line], header: Header) -> frozenset[Order]:
    """Nothing else speaking against it, days stand first where nobody pays in dollars."""
    currencies = {text.strip().upper() for text in _texts(lines, header, "currency")}
    signs = {sign_of(text) for field in ("open_amount", "total") for text in _texts(lines, header, field)} - {""}
    is_usual = bool(currencies or signs) and currencies <= _EUROPEAN and signs <= {*_EUROS, "£", "GBP", "CHF"}
    return frozenset({Order.DAY_FIRST}) if is_usual else frozenset()


def _fitting(rows: Sequence[TableRow], lines: Sequence[Line], header: Header) -> frozenset[Order]:
    """Return the orders in which all that a list says of its days fits: no invoice is due before it is made, or made
    after the list; what is said of ages is true.
    """
    return frozenset(order for order in Order if _fits(order, rows, lines, header))


def _fits(order: Order, rows: Sequence[TableRow], lines: Sequence[Line], header: Header) -> bool:
    form, today = DateForm(order), _day_of_list(rows, header, order)
    for line in lines:
        issued, due = (_day(form, line.text(header, field)) for field in ("invoice_date", "due_date"))
        if issued and ((due and due < issued) or (today and issued > today)):
            return False
        bounds = _age_bounds(line, header)
        if today and due and bounds and not bounds[0] <= (today - due).days <= bounds[1]:
            return False
    return True


def _age_bounds(line: Line, header: Header) -> tuple[int, int] | None:
    """Return how many days late a row is said to be, at least and at most."""
    age = line.text(header, "age")
    if age.isascii() and age.isdigit() and len(age) < _AGE_FIGURES:
        return int(age), int(age)
    match = AGE.match(line.age)
    if match is None:
        return None
    return (int(match[1]), int(match[2])) if match[1] else (int(match[3]), _A_LIFETIME)


def _day_of_list(rows: Sequence[TableRow], header: Header, order: Order) -> date | None:
    """Return the day that is named above the titles."""
    form = DateForm(order)
    for row in rows:
        if row.line >= header.line:
            return None
        for cell in row.cells:
            words = plain(as_text(cell)[:_LONGEST_TITLE]).split()
            for size in (3, 1):
                for start in range(len(words) - size + 1):
                    found = _day(form, " ".join(words[start : start + size]).strip(",;:"))
                    if found:
                        return found
    return None


def _day(form: DateForm, text: str) -> date | None:
    try:
        return form.read(text) if text else None
    except UnreadableError:
        return None
