"""From a line of a list to what it says of an invoice: every cell read with care, every fault with its line and title."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from relance_xl.core.invoice import Customer
from relance_xl.core.money import Money, rounded
from relance_xl.core.texts.addresses import BadAddressError, read_addresses
from relance_xl.core.texts.typed import (
    MAX_DIGITS,
    Tick,
    TypedFault,
    UnreadableError,
    plain,
    plain_title,
    read_tick,
)
from relance_xl.core.wording import country_code, unreadable_text
from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import _
from relance_xl.sources.files.encoding import garbled_part
from relance_xl.sources.lists.amounts import OpenBy
from relance_xl.sources.lists.form import ListForm, open_value, sign_of
from relance_xl.sources.lists.lines import Line
from relance_xl.sources.lists.numbers import read_sided_amount
from relance_xl.sources.lists.statuses import RowKind, Standing, standing_of
from relance_xl.sources.table import Cell, as_text

T = TypeVar("T")

#: How many digits a French postal code has.
_FRENCH_CODE = 5
# 202611000123 as a spreadsheet shows it.
_SHORTENED = re.compile(r"\d[.,]\d+E\+\d+", re.IGNORECASE)
_HALF_A_CENT = Decimal("0.005")
# `="0012"`: how spreadsheets are told that figures are a text.
_FORMULA_TEXT = re.compile(r'="([^"]*)"')
# Beside the signs themselves: how French software writes those that other countries' pounds and dollars have too.
_CURRENCY_NAMES = {"€": "EUR", "EURO": "EUR", "EUROS": "EUR", "$": "USD", "$US": "USD", "US$": "USD",
                   "$CA": "CAD", "CA$": "CAD", "£": "GBP", "£GB": "GBP", "GB£": "GBP"}  # fmt: skip
_LANGUAGE_NAMES = {"francais": "fr", "français": "fr", "french": "fr", "anglais": "en", "english": "en"}
# Computers count in halves: 0.1 + 0.2 is 0.30000000000000004. More than so much off is a third decimal.
_HALVES = Decimal("0.000001")
#: What a list has and nobody owes.
NOT_OWED = frozenset((Standing.VOID, Standing.DRAFT, Standing.OTHER))
_CUSTOMER_FIELDS = (
    "customer_code", "customer", "first_name", "address", "postal_code", "city", "country", "language", "professional",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for customers of whom the list does not say it."""

    language: str = "fr"
    professional: bool = False
    country: str = "FR"


@dataclass(frozen=True, slots=True)
class RowReading:
    """What a line says of an invoice; None and "": nothing that can be read. `names`: its customer's code and name as written."""

    line: int
    number: str
    kind: RowKind
    names: tuple[str, str]
    customer: Customer | None
    issued: date | None
    due: date | None
    total: Money | None
    open: Money | None
    emails: tuple[str, ...]
    disputed: bool
    faults: tuple[Fault, ...]
    standing: Standing = Standing.OPEN
    is_due_by_terms: bool = False

    @property
    def is_credit(self) -> bool:
        """Whether it is money owed to the customer."""
        return self.open is not None and self.open.amount < 0


class _RowReader:
    """Reads one row's cells and gathers what is wrong with them."""

    def __init__(self, line: Line, form: ListForm, file: str) -> None:
        self.faults: list[Fault] = []
        self._line, self._form, self._header, self._file = line, form, form.header, file
        self._value: Decimal | None = None
        self._is_valued = False

    def cell(self, field: str) -> Cell:
        return self._line.cell(self._header, field)

    def text(self, field: str) -> str:
        cell = self.cell(field)
        return "" if cell is None else plain(as_text(cell))

    def fault(self, field: str, problem: str) -> None:
        title = self._header.title(field) or field_word(field)
        where = _("{file}, line {line}, {title}").format(file=self._file, line=self._line.line, title=title)
        self.faults.append(Fault(problem, where))

    def number(self) -> str:
        """Return the invoice's number; a credit's reference where it has none."""
        text = _without_formula(self.text("number"))
        if text or not self._is_negative():
            return text
        return self.text("reference")

    def made_up_number(self) -> str:
        """Return what a credit without any number is called: what it is, and its day."""
        kind = self.text("type") or _("credit")
        return f"{kind} {self.text('invoice_date') or self.text('due_date')}".strip() if self._is_negative() else ""

    def _is_negative(self) -> bool:
        value = self.open_value()
        return value is not None and (value < 0 or self._form.kind(self._line) in self._form.flips)

    def name(self) -> str:
        name, first = self.text("customer") or self._line.group, self.text("first_name")
        return f"{first} {name}" if first and name else name

    def code(self) -> str:
        return _without_formula(self.text("customer_code"))

    def postal_code(self, home: str) -> str:
        """Return the postal code; a French one as a spreadsheet keeps it, a number, gets back the zero that it lost."""
        value = self.cell("postal_code")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        code = _without_formula(self.text("postal_code"))
        is_short = is_number and len(code) == _FRENCH_CODE - 1 and code.isdigit()
        return "0" + code if is_short and country_code(self.text("country") or home) in {"FR", "FRA"} else code

    def refuse_odd(self, number: str) -> None:
        """Note faults of a row that is not as the titles say, or whose number a spreadsheet has shortened."""
        beyond = self._line.cells[len(self._header.titles) :]
        if any(plain(as_text(cell)) for cell in beyond):
            self.fault(
                "open_amount", _("the row has more columns than the titles: a separator within a text or an amount")
            )
        if _SHORTENED.fullmatch(number):
            self.fault("number", _("“{text}” was shortened by a spreadsheet").format(text=number))

    def legible(self, *fields: str) -> None:
        """Note a fault where letters of a text plainly stand for others: no letter must go out with them."""
        for field in fields:
            text = as_text(self.cell(field))
            part = garbled_part(text)
            if part:
                self.fault(field, _("“{text}” has garbled letters (“{part}”)").format(text=plain(text), part=part))

    def day(self, field: str) -> date | None:
        value = self.cell(field)
        if isinstance(value, int | float) and not isinstance(value, bool):
            day = self._form.days.of_number(float(value))
            if day is not None:
                return day
        return self._read(field, self._form.days.read)

    def amount(self, field: str) -> Decimal | None:
        value = self.cell(field)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._number(field, Decimal(repr(value)))
        return self._read(field, lambda text: read_sided_amount(text, self._form.amounts.mark))

    def money(self, field: str, amount: Decimal | None, currency: str) -> Money | None:
        """Return an amount as money, unless it has more decimals than the currency."""
        if amount is None:
            return None
        money = Money.of(amount, currency)
        if abs(money.amount - amount) > _HALVES:
            self.fault(
                field, _("“{amount}” has more decimals than {currency}").format(amount=amount, currency=currency)
            )
            return None
        return money

    def open_value(self) -> Decimal | None:
        """Return what is still owed as a number, None for none that can be read."""
        if not self._is_valued:
            self._value, self._is_valued = open_value(self._form, self._line), True
        return self._value

    def open_amount(self) -> Decimal | None:
        """Return what is still owed, with its sign; faults are noted."""
        if self._form.open_by is OpenBy.COLUMN:
            found = self.amount("open_amount")
            if found is None and not self.text("open_amount"):
                self.fault("open_amount", _("is empty"))
        else:
            found = self.open_value()
            field = "debit" if self._form.open_by is OpenBy.SIDES else "open_amount"
            if found is None:
                self.fault(field, _("what is still owed cannot be read"))
        kind = self._form.kind(self._line)
        return -found if found is not None and found > 0 and kind in self._form.flips else found

    def is_paid(self) -> bool:
        """Whether nothing is open any more: such a row is no unpaid invoice, whatever else it says."""
        value = self.open_value()
        # A rest below the smallest coin is none.
        return value is not None and abs(value) < _HALF_A_CENT

    def standing(self) -> Standing:
        """Return how things stand by the list's own words; void and draft outweigh what else is said."""
        said = {
            standing_of(self._header.titles[place], as_text(self._line.at(place))) for place in self._header.statuses
        }
        return next((one for one in (Standing.VOID, Standing.DRAFT, Standing.PAID) if one in said), Standing.OPEN)

    def paid_text(self) -> str:
        """Return the title and the word by which a row is said to be paid."""
        place = next(
            one
            for one in self._header.statuses
            if standing_of(self._header.titles[one], as_text(self._line.at(one))) is Standing.PAID
        )
        return f"{self._header.titles[place]} : {plain(as_text(self._line.at(place)))}"

    def _number(self, field: str, number: Decimal) -> Decimal | None:
        """Return a spreadsheet's number, unless it is none that money can be."""
        if number.is_finite() and number.adjusted() < MAX_DIGITS:
            return number
        self.fault(field, unreadable_text(UnreadableError(TypedFault.NOT_AN_AMOUNT, str(number))))
        return None

    def tick(self, field: str) -> Tick:
        return self._read(field, read_tick) or Tick.BLANK

    def addresses(self, field: str) -> tuple[str, ...]:
        try:
            return read_addresses(as_text(self.cell(field)))
        except BadAddressError as error:
            self.fault(field, _("“{text}” is not an email address").format(text=error.text))
            return ()

    def currency(self, sign: str) -> str:
        """Return the currency; `sign`: what stands beside the amount."""
        text = self.text("currency").upper()
        code = _CURRENCY_NAMES.get(text, text) or self._form.currency
        if sign and "currency" in self._header.columns and _CURRENCY_NAMES.get(sign, sign) != code:
            self.fault("currency", _("the amount says {sign}, the currency {code}").format(sign=sign, code=code))
        if not re.fullmatch(r"[A-Z]{3}", code):
            self.fault("currency", _("“{text}” is not a currency code, like EUR").format(text=text))
        return code

    def _read(self, field: str, reader: Callable[[str], T]) -> T | None:
        text = as_text(self.cell(field))
        if not plain(text):
            return None
        try:
            return reader(text)
        except UnreadableError as error:
            self.fault(field, unreadable_text(error))
            return None


def _without_formula(text: str) -> str:
    return _FORMULA_TEXT.sub(r"\1", text) if text.startswith("=") else text


class RowsReader:
    """Reads the lines of one list; most name a customer that an earlier one named in the same words."""

    def __init__(self, form: ListForm, file: str, defaults: Defaults) -> None:
        self._form, self._file, self._defaults = form, file, defaults
        self._known: dict[tuple[Cell, ...], Customer] = {}
        self._addresses: dict[str, tuple[str, ...]] = {}
        self._days: dict[str, date] = {}
        self._currencies: dict[tuple[Cell, str], str] = {}
        self._made_up: Counter[str] = Counter()
        columns = form.header.columns
        self._places = tuple(columns[field] for field in _CUSTOMER_FIELDS if field in columns)

    def read(self, line: Line) -> RowReading | None:
        """Return what a line says; None where nothing is owed."""
        reader = _RowReader(line, self._form, self._file)
        standing = reader.standing() if self._form.header.statuses else Standing.OPEN
        if self._form.kind(line) is RowKind.OTHER:
            standing = Standing.OTHER
        is_paid = reader.is_paid() or (standing is Standing.PAID and not reader.text("open_amount"))
        if standing not in NOT_OWED and is_paid:
            return None
        number = reader.number()
        if not number and (made_up := reader.made_up_number()):
            self._made_up[made_up] += 1
            count = self._made_up[made_up]
            number = made_up if count == 1 else f"{made_up} ({count})"
        reader.refuse_odd(number)
        if not number:
            reader.fault("number", _("is empty"))
        elif not number.isprintable():
            reader.fault("number", _("holds characters that cannot be shown"))
        currency = self._currency(reader)
        due, issued = self._day(reader, "due_date"), self._day(reader, "invoice_date")
        owed = reader.money("open_amount", reader.open_amount(), currency)
        terms = self._form.terms
        is_by_terms = due is None and "due_date" not in self._form.header.columns and terms is not None
        if is_by_terms and terms and issued:
            due = terms.due(issued)
        if due is None and not reader.text("due_date"):
            if owed is not None and owed.amount < 0:
                # What a customer has to their credit is never late.
                due = issued
            if due is None and not (owed is not None and owed.amount < 0):
                reader.fault("due_date", _("is empty"))
        if standing is Standing.PAID:
            text = _("{status}, yet {amount} is still owed")
            reader.fault("open_amount", text.format(status=reader.paid_text(), amount=reader.text("open_amount")))
        total = reader.amount("total")
        customer = self._customer(line, reader)
        return RowReading(
            line.line,
            number,
            self._form.kind(line),
            (reader.code(), reader.name()),
            customer,
            issued,
            due,
            Money(rounded(total, currency), currency) if total is not None else None,
            owed,
            self._emails(reader),
            reader.tick("disputed") is Tick.YES,
            tuple(reader.faults),
            standing,
            is_by_terms,
        )

    def _currency(self, reader: _RowReader) -> str:
        owed = reader.cell("open_amount")
        key = reader.cell("currency"), sign_of(owed) if isinstance(owed, str) else ""
        if key not in self._currencies:
            before = len(reader.faults)
            found = reader.currency(key[1])
            if len(reader.faults) > before:
                return found
            self._currencies[key] = found
        return self._currencies[key]

    def _day(self, reader: _RowReader, field: str) -> date | None:
        """Return a day; a list of tens of thousands has a few hundred."""
        cell = reader.cell(field)
        if not isinstance(cell, str):
            return reader.day(field)
        found = self._days.get(cell)
        if found is None and (found := reader.day(field)) is not None:
            self._days[cell] = found
        return found

    def _emails(self, reader: _RowReader) -> tuple[str, ...]:
        """Return a row's addresses; proving one takes longer than all else of a row."""
        text = as_text(reader.cell("email"))
        known = self._addresses.get(text) if text else ()
        if known is not None:
            return known
        before = len(reader.faults)
        found = reader.addresses("email")
        if len(reader.faults) == before:
            self._addresses[text] = found
        return found

    def _customer(self, line: Line, reader: _RowReader) -> Customer | None:
        """Return a row's customer; what is wrong with it is a fault of every row that says so."""
        # A number and the same figures as a text are two: only the former lost its zeros.
        texts = (*map(line.at, self._places), line.group)
        customer = self._known.get(texts)
        if customer is None:
            before = len(reader.faults)
            customer = _customer(reader, self._defaults)
            if len(reader.faults) == before:
                self._known[texts] = customer
        return customer


def _customer(reader: _RowReader, defaults: Defaults) -> Customer:
    name = reader.name()
    if not name:
        reader.fault("customer", _("is empty"))
    reader.legible("customer", "address", "city")
    lines = as_text(reader.cell("address")).splitlines()
    return Customer(
        # Without codes, customers of one name are one customer.
        code=reader.code() or name,
        name=name,
        address=tuple(line for line in map(plain, lines) if line),
        postal_code=reader.postal_code(defaults.country),
        city=reader.text("city"),
        country=reader.text("country"),
        language=_language(reader.text("language"), defaults.language),
        professional=_professional(reader.tick("professional"), defaults.professional),
    )


def _professional(tick: Tick, default: bool) -> bool:
    return default if tick is Tick.BLANK else tick is Tick.YES


def _language(text: str, default: str) -> str:
    """Return a language we write: the customer's, else English for foreign ones, else the company's."""
    if not text:
        return default
    code = _LANGUAGE_NAMES.get(text.casefold(), text[:2].casefold())
    known: Mapping[str, str] = {"fr": "fr", "en": "en"}
    return known.get(code, "en")


def field_word(field: str) -> str:
    """Return what a field is, in words, in the language that is spoken."""
    return field_words().get(field, field)


def field_words() -> Mapping[str, str]:
    """Return the fields that a list may have, in the order in which people read them, in words."""
    return {
        "number": _("Invoice number"),
        "customer_code": _("Customer code"),
        "customer": _("Customer"),
        "address": _("Address"),
        "postal_code": _("Postal code"),
        "city": _("City"),
        "country": _("Country"),
        "email": _("Email"),
        "invoice_date": _("Invoice date"),
        "due_date": _("Due date"),
        "total": _("Total"),
        "open_amount": _("Still owed"),
        "debit": _("Debit"),
        "credit": _("Credit"),
        "paid": _("Already paid"),
        "currency": _("Currency"),
        "type": _("Kind of row"),
        "age": _("Days late"),
        "reference": _("Customer's reference"),
        "language": _("Language"),
        "professional": _("Professional"),
        "disputed": _("Disputed"),
    }


def same_customer(one: RowReading, other: RowReading) -> bool:
    """Whether two rows name one customer."""
    return tuple(map(plain_title, one.names)) == tuple(map(plain_title, other.names))
