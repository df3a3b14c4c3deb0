"""A FEC as a source: invoices from customers' accounts, due by terms of payment; the accounts' own sums prove them."""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from relance_xl.core.invoice import Customer, Invoice
from relance_xl.core.money import Money
from relance_xl.core.terms import Terms
from relance_xl.core.wording import some_of
from relance_xl.core.wrong_row import WrongRow
from relance_xl.runtime.errors import Fault, SourceError
from relance_xl.runtime.language import _, ngettext
from relance_xl.sources.fec.entries import FecEntries, NotFecError, day_of, read_entries
from relance_xl.sources.fec.open_items import OpenItem, OpenItems, open_items
from relance_xl.sources.files.encoding import garbled_part
from relance_xl.sources.lists.refusals import refusing_unreadable
from relance_xl.sources.source import Listing

#: The account of customers (plan comptable général).
CUSTOMERS = "411"
_CURRENCY = "EUR"
_NAMED_AT_MOST = 10
# An account with nothing but zeros behind its class: all customers' together.
_COLLECTIVE = re.compile(r"4\d{1,2}0*")


@dataclass(frozen=True, slots=True)
class FecFormat:
    """How to read it: the beginnings of customers' accounts, terms of payment (None: not said), encoding ("": found out)."""

    terms: Terms | None
    accounts: tuple[str, ...] = (CUSTOMERS,)
    encoding: str = ""
    language: str = "fr"
    professional: bool = False


@dataclass(frozen=True, slots=True)
class FecFile:
    """A file of entries that a French accounting program exported."""

    path: Path
    how: FecFormat

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def read(self) -> Listing:
        """Read it, as of the day the file was written. Raises SourceError for what is no FEC, or has no terms of payment."""
        fec = self._entries()
        if self.how.terms is None:
            raise SourceError(
                _("{file} is a FEC: it does not say when invoices are due.").format(file=self.name),
                advice=_('Say it in relance.toml: [source] terms = "30" (or "30 fin de mois", "45 fin de mois le 10")'),
            )
        found = open_items(fec)
        exported = datetime.fromtimestamp(self.path.stat().st_mtime, tz=UTC).astimezone().date()
        reading = _Reading(self.name, self.how, self.how.terms, found)
        rows = reading.rows()
        invoices = tuple(one for one in rows if isinstance(one, Invoice))
        wrong = tuple(one for one in rows if isinstance(one, WrongRow))
        told = (*_told(fec, found, self.name), *_unequal(fec, found, rows))
        return Listing(invoices, wrong, exported, told)

    def _entries(self) -> FecEntries:
        try:
            with refusing_unreadable(self.path, self.how.encoding):
                return read_entries(self.path, self.how.accounts, self.how.encoding)
        except NotFecError as error:
            raise SourceError(
                _("{file} is no FEC: it lacks columns.").format(file=self.name),
                [Fault(_("no column is called “{title}”").format(title=title), self.name) for title in error.missing],
            ) from error
        except csv.Error as error:
            # A line without end.
            raise SourceError(_("{file} is no FEC: it lacks columns.").format(file=self.name)) from error


class _Reading:
    """Makes invoices of what is open."""

    def __init__(self, file: str, how: FecFormat, terms: Terms, found: OpenItems) -> None:
        self._file, self._how, self._terms, self._found = file, how, terms, found
        self._counts = Counter(one.piece for one in found.items if one.piece)
        self._used: set[str] = set()
        self._customers: dict[tuple[str, str], Customer] = {}

    def rows(self) -> list[Invoice | WrongRow]:
        """Return what is open as invoices, credits, and what is no invoice for certain."""
        return [self._row(one) for one in self._found.items]

    def _row(self, item: OpenItem) -> Invoice | WrongRow:
        problem = self._problem(item)
        first, number = item.first, self._number(item)
        issued = day_of(first.piece_date) or day_of(first.entered)
        amount = Money.of(Decimal(item.cents).scaleb(-2), _CURRENCY)
        if problem or issued is None:
            fault = Fault(problem or _("no date"), _("{file}, line {line}").format(file=self._file, line=first.line))
            is_read = all(one.cents is not None for one in item.entries)
            owed = amount if is_read else None
            return WrongRow(number, (fault,), item.customer, item.name, issued, None, None, owed)
        total = sum(one.cents or 0 for one in item.entries if (one.cents or 0) * item.cents > 0)
        return Invoice(
            number=number,
            customer=self._customer(item),
            due=issued if item.cents < 0 else self._terms.due(issued),
            open=amount,
            issued=issued,
            total=Money.of(Decimal(total).scaleb(-2), _CURRENCY),
            is_due_by_terms=item.cents > 0,
        )

    def _problem(self, item: OpenItem) -> str:
        """Return why what is open is no invoice that can be reminded of, "" where it is one, or a credit."""
        line = self._found.unreadable.get(item.customer)
        if line is not None:
            return _("the amount in line {line}, of this customer, cannot be read").format(line=line)
        if _COLLECTIVE.fullmatch(item.customer):
            return _("account {account} is of all customers, and no CompAuxNum says whose it is").format(
                account=item.customer
            )
        part = garbled_part(item.name)
        if part:
            return _("“{text}” has garbled letters (“{part}”)").format(text=item.name, part=part)
        if item.cents < 0:
            return ""
        if item.is_carried_forward:
            return _("a balance carried forward without its invoices")
        if not item.piece:
            return _("an amount without a piece number")
        return (
            ""
            if item.is_sale
            else _("an amount that is no sale (journal {journal})").format(journal=item.first.journal)
        )

    def _number(self, item: OpenItem) -> str:
        """Return the piece's number; with the customer's code where several customers, or entries, have it."""
        first = item.first
        number = item.piece or f"{first.journal} {first.entered} {first.label}".strip()
        if self._counts[item.piece] > 1 or number in self._used:
            number = f"{number} ({item.customer})"
        while number in self._used:
            number = f"{number} {first.line}"
        self._used.add(number)
        return number

    def _customer(self, item: OpenItem) -> Customer:
        key = item.customer, item.name
        if key not in self._customers:
            self._customers[key] = Customer(
                item.customer, item.name, language=self._how.language, professional=self._how.professional
            )
        return self._customers[key]


def _told(fec: FecEntries, found: OpenItems, file: str) -> Iterator[str]:
    """Say what was left out."""
    if found.dropped_years:
        text = _(
            "{file}: the year {years} is left out, as the next one's opening entries say what is still open of it."
        )
        yield text.format(file=file, years=", ".join(found.dropped_years))
    if found.dropped_openings:
        text = _("{file}: the opening entries of {years} are left out, as the year before is there with its invoices.")
        yield text.format(file=file, years=", ".join(found.dropped_openings))
    several = [one.piece for one in found.items if one.piece and len(one.days_of_sales()) > 1]
    if several:
        text = _("{file}: under one number there are sales of several days, taken for one invoice: {numbers}")
        yield text.format(file=file, numbers=some_of(list(dict.fromkeys(several))))
    if fec.wide_lines:
        text = ngettext(
            "{file}: {count} line has more columns than the titles ({lines}): a separator stands in a text.",
            "{file}: {count} lines have more columns than the titles ({lines}): a separator stands in a text.",
            len(fec.wide_lines),
        )
        yield text.format(file=file, count=len(fec.wide_lines), lines=_some_lines(fec.wide_lines))
    if fec.short_lines:
        text = ngettext(
            "{file}: {count} line has fewer columns than the titles ({lines}): is the file whole?",
            "{file}: {count} lines have fewer columns than the titles ({lines}): is the file whole?",
            len(fec.short_lines),
        )
        yield text.format(file=file, count=len(fec.short_lines), lines=_some_lines(fec.short_lines))


def _some_lines(lines: Sequence[int]) -> str:
    return ", ".join(map(str, lines[:_NAMED_AT_MOST]))


def _unequal(fec: FecEntries, found: OpenItems, rows: Iterable[Invoice | WrongRow]) -> Iterator[str]:
    """Say of which customers the sum of what is open is not their account's."""
    if found.dropped_years or found.dropped_openings:
        return
    accounts = defaultdict(int, fec.sums)
    for one in rows:
        code = one.customer.code if isinstance(one, Invoice) else one.customer_code
        accounts[code] -= int(one.open.amount.scaleb(2)) if one.open else 0
    wrong = sorted(code for code, cents in accounts.items() if cents)
    if wrong:
        text = _("What is open is not the sum of the account of: {customers}")
        yield text.format(customers=some_of(wrong))
