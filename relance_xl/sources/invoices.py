"""From a table to invoices: every cell read with care, every wrong row reported with its line and field."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import takewhile
from typing import TypeVar

from relance_xl.core.invoice import Customer, Invoice
from relance_xl.core.money import Money
from relance_xl.core.texts.addresses import BadAddressError, read_addresses
from relance_xl.core.texts.typed import (
    MAX_DIGITS,
    Tick,
    TypedFault,
    UnreadableError,
    decimal_mark_of,
    holds_amount,
    plain,
    read_amount,
    read_date,
    read_tick,
)
from relance_xl.core.wording import country_code, unreadable_text
from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import _
from relance_xl.sources.encoding import garbled_part
from relance_xl.sources.fields import Header
from relance_xl.sources.table import Cell, TableRow, as_text
from relance_xl.sources.totals import says_count, says_total

T = TypeVar("T")

#: What tells which invoice a row is of; what else tells that it is of one.
_NAMES = ("number", "customer", "due_date")
_OTHER_NAMES = ("customer_code", "email", "invoice_date")
#: How many digits a French postal code has.
_FRENCH_CODE = 5

_ANY_AMOUNT = re.compile("[1-9]")
# Beside the signs themselves: how French software writes those that other countries' pounds and dollars have too.
_CURRENCY_NAMES = {"": "EUR", "€": "EUR", "EURO": "EUR", "EUROS": "EUR", "$": "USD", "$US": "USD", "US$": "USD",
                   "$CA": "CAD", "CA$": "CAD", "£": "GBP", "£GB": "GBP", "GB£": "GBP"}  # fmt: skip
_LANGUAGE_NAMES = {"francais": "fr", "français": "fr", "french": "fr", "anglais": "en", "english": "en"}


@dataclass(frozen=True, slots=True)
class ReadInvoices:
    """What a source came to: invoices and faults, both in file order."""

    invoices: tuple[Invoice, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for customers of whom the list does not say it."""

    language: str = "fr"
    professional: bool = False
    country: str = "FR"


class _RowReader:
    """Reads one row's cells and gathers what is wrong with them."""

    def __init__(self, row: TableRow, header: Header, file: str, decimal_mark: str | None) -> None:
        self.faults: list[Fault] = []
        self._row, self._header, self._file, self._mark = row, header, file, decimal_mark

    def cell(self, field: str) -> Cell:
        index = self._header.columns.get(field)
        return self._row.cells[index] if index is not None and index < len(self._row.cells) else None

    def texts(self, fields: Iterable[str]) -> tuple[str, ...]:
        return tuple(as_text(self.cell(field)) for field in fields)

    def text(self, field: str) -> str:
        return plain(as_text(self.cell(field)))

    def fault(self, field: str, problem: str) -> None:
        where = _("{file}, line {line}, {title}").format(
            file=self._file, line=self._row.line, title=self._header.title(field)
        )
        self.faults.append(Fault(problem, where))

    def says_total(self) -> bool:
        """Whether any cell of the row begins with a word for a total."""
        return any(says_total(as_text(cell)) for cell in self._row.cells)

    def names_nothing(self) -> bool:
        """Whether no invoice, customer or day is named: by nothing at all, or by the words of a total."""
        texts = [text for text in map(self.text, _NAMES) if text]
        return not texts or (
            any(map(says_total, texts)) and all(says_total(text) or says_count(text) for text in texts)
        )

    def is_bare_amount(self) -> bool:
        """Whether nothing but amounts stands there, as where a total has no word."""
        return self.names_nothing() and not any(map(self.text, _OTHER_NAMES))

    def has_amount(self) -> bool:
        """Whether the open amount's cell holds any amount."""
        value = self.cell("open_amount")
        return isinstance(value, int | float) or holds_amount(as_text(value))

    def postal_code(self, home: str) -> str:
        """Return the postal code; a French one as a spreadsheet keeps it, a number, gets back the zero that it lost."""
        value = self.cell("postal_code")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        code = self.text("postal_code")
        is_short = is_number and len(code) == _FRENCH_CODE - 1 and code.isdigit()
        return "0" + code if is_short and country_code(self.text("country") or home) in {"FR", "FRA"} else code

    def legible(self, *fields: str) -> None:
        """Note a fault where letters of a text plainly stand for others: no letter must go out with them."""
        for field in fields:
            text = as_text(self.cell(field))
            part = garbled_part(text)
            if part:
                self.fault(field, _("“{text}” has garbled letters (“{part}”)").format(text=plain(text), part=part))

    def required_text(self, field: str) -> str:
        text = self.text(field)
        if not text:
            self.fault(field, _("is empty"))
        return text

    def day(self, field: str) -> date | None:
        value = self.cell(field)
        if isinstance(value, date):
            # As typed text: one rule says which days are no slips.
            return self._read_text(field, as_text(value), read_date)
        return self._read(field, read_date)

    def amount(self, field: str) -> Decimal | None:
        value = self.cell(field)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._number(field, Decimal(repr(value)))
        return self._read(field, lambda text: read_amount(text, self._mark))

    def is_paid(self) -> bool:
        """Whether nothing is open any more: such a row is no unpaid invoice, whatever else it says."""
        if _ANY_AMOUNT.search(as_text(self.cell("open_amount"))):
            return False
        before = len(self.faults)
        amount = self.amount("open_amount")
        del self.faults[before:]
        return amount == 0

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

    def _read(self, field: str, reader: Callable[[str], T]) -> T | None:
        return self._read_text(field, as_text(self.cell(field)), reader)

    def _read_text(self, field: str, text: str, reader: Callable[[str], T]) -> T | None:
        if not plain(text):
            return None
        try:
            return reader(text)
        except UnreadableError as error:
            self.fault(field, unreadable_text(error))
            return None


def read_invoices(rows: tuple[TableRow, ...], header: Header, file: str, defaults: Defaults) -> ReadInvoices:
    """Return the invoices below the header, and every fault: a bad row is never passed over in silence."""
    body = [row for row in rows if row.line > header.line and not row.is_blank()]
    mark = decimal_mark_of(_amount_texts(body, header))
    invoices: dict[str, Invoice] = {}
    lines: dict[str, int] = {}
    faults: list[Fault] = []
    customers = _Customers(defaults)
    readers = [_RowReader(row, header, file, mark) for row in body]
    end = len(readers) - sum(1 for _each in takewhile(_RowReader.is_bare_amount, reversed(readers)))
    for place, (row, reader) in enumerate(zip(body, readers, strict=True)):
        if _is_total_line(reader, is_at_end=place >= end) or reader.is_paid():
            continue
        invoice, number = _invoice(reader, customers), reader.text("number")
        if number in lines:
            problem = _("{number} already stands in line {line}").format(number=number, line=lines[number])
            reader.fault("number", problem)
        faults += reader.faults
        # A rest below the smallest coin is none.
        if invoice is not None and invoice.open.amount == 0:
            continue
        if number:
            lines[number] = row.line
        if invoice is not None:
            invoices[number] = invoice
    return ReadInvoices(tuple(invoices.values()), tuple(faults))


def _amount_texts(body: list[TableRow], header: Header) -> list[str]:
    columns = [header.columns[field] for field in ("total", "open_amount") if field in header.columns]
    return [
        cell
        for row in body
        for column in columns
        if column < len(row.cells) and isinstance(cell := row.cells[column], str)
    ]


def _is_total_line(reader: _RowReader, is_at_end: bool) -> bool:
    """Whether this is what software prints in or below a list: a total, a footer. It names no invoice and no date.

    A damaged row may look alike: one with an amount is taken for a total only if it says so, or stands at the end, where
    a list in several currencies has several totals.
    """
    return reader.names_nothing() and (is_at_end or reader.says_total() or not reader.has_amount())


_CUSTOMER_FIELDS = (
    "customer_code", "customer", "address", "postal_code", "city", "country", "language", "professional",
)  # fmt: skip


class _Customers:
    """The customers of a list, each read once: most rows name one that an earlier row named in the same words."""

    def __init__(self, defaults: Defaults) -> None:
        self._defaults = defaults
        self._known: dict[tuple[str, ...], Customer] = {}

    def read(self, reader: _RowReader) -> Customer:
        """Return a row's customer; what is wrong with it is a fault of every row that says so."""
        texts = (*reader.texts(_CUSTOMER_FIELDS), reader.postal_code(self._defaults.country))
        customer = self._known.get(texts)
        if customer is None:
            before = len(reader.faults)
            customer = _customer(reader, self._defaults)
            if len(reader.faults) == before:
                self._known[texts] = customer
        return customer


def _invoice(reader: _RowReader, customers: _Customers) -> Invoice | None:
    """Return a row's invoice, None where anything is wrong with it."""
    number = reader.required_text("number")
    if not number.isprintable():
        reader.fault("number", _("holds characters that cannot be shown"))
    currency = _currency(reader)
    due = reader.day("due_date")
    if due is None and not reader.text("due_date"):
        reader.fault("due_date", _("is empty"))
    total, still_open = reader.amount("total"), reader.amount("open_amount")
    if still_open is None and not reader.text("open_amount"):
        reader.fault("open_amount", _("is empty"))
    customer, issued = customers.read(reader), reader.day("invoice_date")
    emails, is_disputed = reader.addresses("email"), reader.tick("disputed") is Tick.YES
    if reader.faults or due is None or still_open is None:
        return None
    return Invoice(
        number=number,
        customer=customer,
        due=due,
        open=Money.of(still_open, currency),
        issued=issued,
        total=Money.of(total, currency) if total is not None else None,
        emails=emails,
        disputed=is_disputed,
    )


def _customer(reader: _RowReader, defaults: Defaults) -> Customer:
    name = reader.required_text("customer")
    reader.legible("customer", "address", "city")
    lines = as_text(reader.cell("address")).splitlines()
    return Customer(
        # Without codes, customers of one name are one customer.
        code=reader.text("customer_code") or name,
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


def _currency(reader: _RowReader) -> str:
    text = reader.text("currency").upper()
    code = _CURRENCY_NAMES.get(text, text)
    if not re.fullmatch(r"[A-Z]{3}", code):
        reader.fault("currency", _("“{text}” is not a currency code, like EUR").format(text=text))
    return code


def _language(text: str, default: str) -> str:
    """Return a language we write: the customer's, else English for foreign ones, else the company's."""
    if not text:
        return default
    code = _LANGUAGE_NAMES.get(text.casefold(), text[:2].casefold())
    known: Mapping[str, str] = {"fr": "fr", "en": "en"}
    return known.get(code, "en")
