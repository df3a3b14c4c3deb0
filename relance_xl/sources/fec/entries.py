"""The lines of customers' accounts in a FEC, read one by one: it may have millions of lines."""

import codecs
import csv
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from relance_xl.core.texts.typed import UnreadableError, plain_title
from relance_xl.sources.files.encoding import encoding_of
from relance_xl.sources.lists.dates import DateForm

#: By these titles a file is known for a FEC.
_TITLES = frozenset(("journalcode", "ecriturenum", "ecrituredate", "comptenum", "pieceref"))
_NEEDED = (
    "journalcode", "ecrituredate", "comptenum", "comptelib", "compauxnum", "compauxlib", "pieceref", "piecedate",
    "ecriturelib", "ecriturelet",
)  # fmt: skip
_JOURNAL, _ACCOUNT, _CUSTOMER, _LETTER = map(_NEEDED.index, ("journalcode", "comptenum", "compauxnum", "ecriturelet"))
_OPENING_CODES = frozenset(("an", "ran", "ano", "anv", "anouv", "nouveaux", "ouv", "anx", "rep"))
_OPENING_NAME = re.compile(r"(?:journal (?:des? |d )?)?(?:(?:reports? )?a nouveaux?|ouverture|an)\b.*")
# What a line of the credit side has in the variant with one amount and its sense.
_CREDIT_SENSE = frozenset(("c", "cr", "credit", "crédit", "-1", "-"))
# Accounts of sales: journals that book to them are journals of sales (plan comptable général, class 7).
_SALES = "70"
_DATE_DIGITS = 8
_DAYS = DateForm()
_HEAD, _UTF_16 = 4096, (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# An amount of more characters is none.
_LONGEST = 20
_AMOUNT = re.compile(r"([+-]?)(?=[0-9]|[.,][0-9])([0-9]*)(?:(?:,|\.(?![0-9]{3}\Z))([0-9]{0,2})0*)?")


class FecEntry(NamedTuple):
    """A line of a customer's account. `cents`: debit less credit; None: no amount that can be read.

    A named tuple, which takes half as long to make as a frozen dataclass: there may be hundreds of thousands.
    """

    line: int
    customer: str
    name: str
    journal: str
    entered: str
    piece: str
    piece_date: str
    label: str
    letter: str
    cents: int | None


class NotFecError(ValueError):
    """A file without the columns of a FEC; `missing`: which."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = tuple(missing)


@dataclass(frozen=True, slots=True)
class FecEntries:
    """What a FEC says of customers' accounts, but for what is settled.

    `sales`: the journals that book sales; `journals`: their names by code; `sums`: each account's, in cents, of all lines.
    """

    entries: tuple[FecEntry, ...]
    sales: frozenset[str]
    journals: Mapping[str, str]
    sums: Mapping[str, int]
    #: Lines that have fewer columns than the titles: cut, or no lines of a FEC.
    short_lines: tuple[int, ...] = ()
    #: Lines that have more: a separator too many stands in a text.
    wide_lines: tuple[int, ...] = ()


def is_fec(path: Path) -> bool:
    """Return whether a file's first line has the titles of a FEC. Raises OSError."""
    with path.open("rb") as file:
        data = file.read(_HEAD)
    head = data.decode("utf-16" if data[:2] in _UTF_16 else "utf-8-sig", "replace").partition("\n")[0]
    return set(map(plain_title, head.split(_separator(head)))) >= _TITLES


def read_entries(path: Path, accounts: Collection[str], encoding: str = "") -> FecEntries:
    """Return the lines of accounts that begin with one of `accounts`, such as 411.

    Raises OSError, UnicodeDecodeError, AmbiguousEncodingError, NotFecError.
    """
    with path.open(encoding=encoding or encoding_of(path), newline="") as file:
        head = file.readline()
        separator = _separator(head)
        places = {plain_title(title): place for place, title in enumerate(head.rstrip("\r\n").split(separator))}
        sides = ("debit", "credit") if {"debit", "credit"} <= places.keys() else ("montant", "sens")
        missing = [name for name in (*_NEEDED, *sides) if name not in places]
        if missing:
            raise NotFecError(missing)
        is_quoted = head.startswith('"')
        rows = csv.reader(file, delimiter=separator, quoting=csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE)
        return _gathered(rows, places, tuple(accounts))


def _gathered(rows: Iterator[list[str]], places: Mapping[str, int], accounts: tuple[str, ...]) -> FecEntries:
    """Go through all lines; of customers' lettered ones only those are kept whose group has not come to zero."""
    account_at, journal_at = places["comptenum"], places["journalcode"]
    name_at, last = places.get("journallib", journal_at), max(places.values())
    cells_of, cents_in = itemgetter(*(places[name] for name in _NEEDED)), _amount_reader(places)
    ledger, short, wide, width = _Ledger(), list[int](), list[int](), len(places)
    for line, row in enumerate(rows, start=2):
        if len(row) <= last:
            if any(cell.strip() for cell in row):
                short.append(line)
            continue
        if len(row) > width:
            wide.append(line)
        account = row[account_at]
        if account[:1] == " ":
            account = account.strip()
        if account.startswith(accounts):
            if row[journal_at] not in ledger.journals:
                ledger.know(row[journal_at], row[name_at])
            # A separator too many stands before or behind the amounts: nobody knows.
            ledger.add(line, cells_of(row), cents_in(row) if len(row) <= width else None)
        elif account.startswith(_SALES):
            ledger.sales.add(row[journal_at])
    return ledger.entries(tuple(short), tuple(wide))


# The cells of a line that are needed, as they stand in it, in the order of _NEEDED.
_Cells = tuple[str, ...]


class _Ledger:
    """Customers' accounts while their lines come: what is settled is let go at once."""

    def __init__(self) -> None:
        self.journals: dict[str, str] = {}
        self.sales: set[str] = set()
        self._openings: set[str] = set()
        self._sums: dict[str, int] = defaultdict(int)
        self._open: list[tuple[int, _Cells, int | None]] = []
        self._groups: dict[tuple[str, str], _Group] = {}

    def know(self, code: str, name: str) -> None:
        """Note a journal's name."""
        self.journals[code] = name
        if is_opening(code, name):
            self._openings.add(code)

    def add(self, line: int, cells: _Cells, cents: int | None) -> None:
        """Take a line up."""
        customer = cells[_CUSTOMER] or cells[_ACCOUNT]
        self._sums[customer] += cents or 0
        letter = cells[_LETTER]
        if not letter:
            self._open.append((line, cells, cents))
            return
        # Letters begin anew with each year, but a year may end in any month: what is settled is gone by then.
        key = customer, letter
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group()
        group.lines.append((line, cells, cents))
        group.cents += cents or 0
        # An opening balance may have to be left out, and what it was set against must be there then.
        if cents is None or cells[_JOURNAL] in self._openings:
            group.is_kept = True
        if group.cents == 0 and not group.is_kept:
            del self._groups[key]

    def entries(self, short: tuple[int, ...], wide: tuple[int, ...]) -> FecEntries:
        """Return what is left, in the file's order."""
        left = [*self._open, *(one for group in self._groups.values() for one in group.lines)]
        left.sort(key=itemgetter(0))
        return FecEntries(
            tuple(_entry(*one) for one in left),
            frozenset(one.strip() for one in self.sales),
            {code.strip(): name.strip() for code, name in self.journals.items()},
            {code.strip(): cents for code, cents in self._sums.items()},
            short,
            wide,
        )


@dataclass(slots=True)
class _Group:
    """The lines of a customer under one letter of one year, and their sum."""

    lines: list[tuple[int, _Cells, int | None]] = field(default_factory=list)
    cents: int = 0
    is_kept: bool = False


def _entry(line: int, cells: _Cells, cents: int | None) -> FecEntry:
    journal, entered, account, account_name, customer, name, piece, piece_date, label, letter = map(str.strip, cells)
    who = name or ("" if customer else account_name)
    return FecEntry(line, customer or account, who, journal, entered, piece, piece_date, label, letter, cents)


@cache
def is_opening(code: str, name: str) -> bool:
    """Return whether a journal, by its code or its name, carries balances forward from the year before."""
    return plain_title(code).replace(" ", "") in _OPENING_CODES or bool(_OPENING_NAME.fullmatch(plain_title(name)))


def _amount_reader(places: Mapping[str, int]) -> Callable[[list[str]], int | None]:
    if {"debit", "credit"} <= places.keys():
        debit, credit = places["debit"], places["credit"]

        def sided(row: list[str]) -> int | None:
            left, right = cents_of(row[debit]), cents_of(row[credit])
            return None if left is None or right is None else left - right

        return sided
    amount, sense = places["montant"], places["sens"]

    def signed(row: list[str]) -> int | None:
        cents = cents_of(row[amount])
        return -cents if cents is not None and row[sense].strip().casefold() in _CREDIT_SENSE else cents

    return signed


def cents_of(text: str) -> int | None:
    """Return an amount of a FEC in cents: `1200,00`, `-60,00`, `0`, blank for none; None for anything else."""
    # Nearly all are written so, half of them are nothing.
    if text == "0,00":
        return 0
    if text[-3:-2] == "," and (digits := text[:-3] + text[-2:]).isdigit() and digits.isascii():
        return int(digits)
    if len(text) > _LONGEST:
        return None if text.strip() else 0
    match = _AMOUNT.fullmatch(text.replace("\u00a0", "").replace(" ", ""))
    if match is None:
        return None if text.strip() else 0
    sign = -1 if match[1] == "-" else 1
    return sign * int((match[2] or "0") + (match[3] or "").ljust(len("00"), "0"))


def day_of(text: str) -> date | None:
    """Return a day of a FEC (YYYYMMDD); None for none."""
    if len(text) == _DATE_DIGITS and text.isascii() and text.isdigit():
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    try:
        return _DAYS.read(text)
    except UnreadableError:
        return None


def _separator(head: str) -> str:
    return max("|\t;,", key=head.count)
