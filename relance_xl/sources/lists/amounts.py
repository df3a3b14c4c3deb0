"""What is still owed of each row: which column says it, where several could, and where none does for certain."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from relance_xl.core.texts.typed import plain, plain_title
from relance_xl.sources.lists.header import Header
from relance_xl.sources.lists.lines import Line
from relance_xl.sources.lists.numbers import read_number
from relance_xl.sources.lists.titles import field_of
from relance_xl.sources.table import Cell, as_text

_SIDES = ("debit", "credit")
#: What is less is nothing: a rest of numbers in binary.
CENT = Decimal("0.01")
# An empty side, as spreadsheets show it where numbers have the format of accounting.
_NOTHING = re.compile(r"[-–—]\s*(?:€|EUR)?")


class OpenBy(StrEnum):
    """What is still owed is said by one column, is debit less credit, or is the sum of columns by age."""

    COLUMN = "column"
    SIDES = "sides"
    AGES = "ages"


class Doubt(StrEnum):
    """Why no column says for certain what is still owed."""

    RUNNING = "a running balance"
    NEITHER = "neither a balance of the row nor a running one"
    CUSTOMERS = "the balance of the whole customer"
    AGES = "a column of amounts beside those by age"
    INITIAL = "the amount before payments"


class AmountDoubtError(ValueError):
    """A column that may be read wrong; `place`: which."""

    def __init__(self, doubt: Doubt, place: int) -> None:
        super().__init__(f"{doubt}: {place}")
        self.doubt = doubt
        self.place = place


@dataclass(frozen=True, slots=True)
class Amounts:
    """Reads the amounts of a list, whose decimal mark is `mark` where its amounts prove one."""

    mark: str | None

    def value(self, cell: Cell) -> Decimal | None:
        """Return an amount, None for none that can be read."""
        return read_number(cell, self.mark)

    def sided(self, line: Line, header: Header) -> Decimal | None:
        """Return debit less credit; None where neither can be read."""
        sides = [self._side(line.cell(header, field)) for field in _SIDES]
        if any(side is None for side in sides) or not any(plain(as_text(line.cell(header, one))) for one in _SIDES):
            return None
        debit, credit = sides
        return debit - credit if debit is not None and credit is not None else None

    def _side(self, cell: Cell) -> Decimal | None:
        text = plain(as_text(cell))
        return self.value(cell) if text and not _NOTHING.fullmatch(text) else Decimal(0)

    def aged(self, line: Line, header: Header) -> Decimal | None:
        """Return the sum of the columns by age; None where one cannot be read, or the row's total is another."""
        cells = [line.at(place) for place in header.ages]
        amounts = [self.value(cell) for cell in cells if plain(as_text(cell))]
        if not amounts or any(one is None for one in amounts):
            return None
        found = sum((one for one in amounts if one is not None), Decimal(0))
        total = self.value(line.cell(header, "total"))
        return found if total is None or abs(total - found) < CENT else None


def open_by(lines: Sequence[Line], header: Header, amounts: Amounts) -> OpenBy:
    """Return what says how much is still owed. Raises AmountDoubtError where that may be read wrong."""
    if "open_amount" in header.given:
        return OpenBy.COLUMN
    if header.has_sides:
        _refuse_other_balance(lines, header, amounts)
        return OpenBy.SIDES
    if "open_amount" not in header.columns:
        _refuse_other_amounts(lines, header, amounts)
        return OpenBy.AGES
    place = header.columns["open_amount"]
    _refuse_initial(lines, header, amounts)
    others = (header.columns.get("total"), *header.beside.get("total", ()), *header.beside.get("open_amount", ()))
    for other in dict.fromkeys(others):
        if other is None:
            continue
        pairs = [
            (line.text(header, "customer") or line.group, amounts.value(line.at(place)), amounts.value(line.at(other)))
            for line in lines
        ]
        if _runs_on(pairs) or _runs_on(pairs[::-1]):
            raise AmountDoubtError(Doubt.RUNNING, place)
        if _is_customers(pairs):
            raise AmountDoubtError(Doubt.CUSTOMERS, place)
    return OpenBy.COLUMN


# A row's customer, its balance, its own amount.
_Pair = tuple[str, Decimal | None, Decimal | None]


def _refuse_other_balance(lines: Sequence[Line], header: Header, amounts: Amounts) -> None:
    """Refuse a balance beside debit and credit that is neither the row's nor runs on: part of it was paid elsewhere."""
    place = header.columns.get("open_amount")
    if place is None:
        return
    before = Decimal(0)
    for line in lines:
        balance, net = amounts.value(line.at(place)), amounts.sided(line, header)
        if balance is None or net is None:
            continue
        if min(abs(balance - net), abs(balance - before - net), abs(abs(balance) - abs(net))) >= CENT:
            raise AmountDoubtError(Doubt.NEITHER, place)
        before = balance


def _runs_on(pairs: Sequence[_Pair]) -> bool:
    """Whether each balance is the one before and the row's own amount, at least within a customer; and some are no amount.

    What was open before the first row, and is not in the list, may be in all of them.
    """
    before: tuple[str, Decimal] | None = None
    has_run = False
    for customer, balance, amount in pairs:
        if balance is None:
            return False
        own = amount or Decimal(0)
        runs = before is not None and abs(balance - before[1] - own) < CENT
        is_new = before is None or before[0] != customer
        if not runs and not is_new:
            return False
        has_run |= runs and abs(balance - own) >= CENT
        before = customer, balance
    return has_run


def _is_customers(pairs: Sequence[_Pair]) -> bool:
    """Whether balances are the sums of their customers' amounts, of which one has several rows."""
    sums: dict[str, Decimal] = {}
    counts: dict[str, int] = {}
    for customer, _balance, amount in pairs:
        sums[customer] = sums.get(customer, Decimal(0)) + (amount or Decimal(0))
        counts[customer] = counts.get(customer, 0) + 1
    are_sums = all(balance is not None and abs(balance - sums[customer]) < CENT for customer, balance, _amount in pairs)
    return are_sums and any(count > 1 for count in counts.values())


def _refuse_other_amounts(lines: Sequence[Line], header: Header, amounts: Amounts) -> None:
    """Refuse columns by age beside one of amounts that is not understood: it may be one of them."""
    used = {
        *header.columns.values(),
        *header.statuses,
        *header.ages,
        *(one for ones in header.beside.values() for one in ones),
    }
    for place, title in enumerate(header.titles):
        if (
            title
            and place not in used
            and min(header.ages) < place <= max(header.ages) + 1
            and any(_is_amount(line.at(place), amounts) for line in lines)
        ):
            raise AmountDoubtError(Doubt.AGES, place)


def _is_amount(cell: Cell, amounts: Amounts) -> bool:
    """Whether a cell holds an amount for certain: one with cents, or one that a spreadsheet has as a fraction."""
    value = amounts.value(cell)
    return value is not None and value != 0 and ("," in str(cell) or "." in str(cell))


def _refuse_initial(lines: Sequence[Line], header: Header, amounts: Amounts) -> None:
    """Refuse an amount beside what was paid that is the total where something was paid: nothing was taken off."""
    place, paid, total = (header.columns.get(field) for field in ("open_amount", "paid", "total"))
    if place is None or paid is None:
        return
    known = field_of(plain_title(header.titles[place]))
    is_unsure = known is None or known[0] > 1
    for line in lines:
        was_paid, still_open = amounts.value(line.at(paid)), amounts.value(line.at(place))
        invoiced = amounts.value(line.at(total)) if total is not None else None
        if not was_paid or not still_open:
            continue
        if abs(still_open - invoiced) < CENT if invoiced is not None else is_unsure:
            raise AmountDoubtError(Doubt.INITIAL, place)
