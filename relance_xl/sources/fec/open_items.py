"""What customers owe by their accounts in a FEC: what is not lettered off, by invoice; credits that nobody allocated.

Nothing is allocated by guess: within a lettered group only its rest is open; beyond that a payment stays the customer's credit.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from relance_xl.core.texts.typed import plain_title
from relance_xl.sources.fec.entries import FecEntries, FecEntry, is_opening

_OPENING_LABEL = re.compile(r"(?:solde |reprise |report )?(?:des )?a nouveaux?\b|report a nouveau")
_SALES_NAME = re.compile(
    r"ve|vt|vte|ven|vente|fac|fact|sal|(?:journal (?:des? )?)?(?:ventes?|facturation|factures?|sales)\b.*"
)


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What is open of a customer under a piece: its entries, and how much of them (cents, from the entries' sum or less)."""

    customer: str
    name: str
    piece: str
    entries: tuple[FecEntry, ...]
    cents: int
    is_sale: bool
    is_carried_forward: bool

    @property
    def first(self) -> FecEntry:
        """The entry by which it came into the account: the first on the side that is open."""
        return next((one for one in self.entries if (one.cents or 0) * self.cents > 0), self.entries[0])

    def days_of_sales(self) -> frozenset[str]:
        """Return the days of the pieces by which its journal says that it came to be owed: an invoice has one."""
        owed = [one for one in self.entries if (one.cents or 0) > 0 and one.journal == self.first.journal]
        return frozenset(one.piece_date for one in owed if self.is_sale)


@dataclass(frozen=True, slots=True)
class OpenItems:
    """All that is open; what was left out of two joined years, and how many entries; customers whose entries cannot all be read.

    `unreadable`: their first bad lines.
    """

    items: tuple[OpenItem, ...]
    dropped_years: tuple[str, ...] = ()
    dropped_openings: tuple[str, ...] = ()
    unreadable: Mapping[str, int] = field(default_factory=dict)


def _is_opening(entry: FecEntry, journals: Mapping[str, str]) -> bool:
    is_named = _OPENING_LABEL.match(plain_title(entry.label)) is not None
    return is_named or is_opening(entry.journal, journals.get(entry.journal, ""))


def _is_of_sales(entry: FecEntry, fec: FecEntries) -> bool:
    """Return whether an entry's journal books sales: to their accounts, or by its name."""
    names = plain_title(entry.journal), plain_title(fec.journals.get(entry.journal, ""))
    return entry.journal in fec.sales or any(map(_SALES_NAME.fullmatch, names))


def is_lump(entry: FecEntry) -> bool:
    """Return whether a carried forward entry is a balance without its invoices: its paper is of the day it was entered."""
    return not entry.piece or entry.piece_date in {"", entry.entered}


def open_items(fec: FecEntries) -> OpenItems:
    """Return what is open of each customer, in the order of the file."""
    starts = _year_starts(fec)
    entries, dropped_years, dropped_openings = _one_year(fec, starts)
    unreadable: dict[str, int] = {}
    for one in entries:
        if one.cents is None:
            unreadable.setdefault(one.customer, one.line)
    left = _without_lettered(entries, starts)
    groups: dict[tuple[str, str], list[tuple[FecEntry, int]]] = defaultdict(list)
    for entry, cents in left:
        groups[entry.customer, entry.piece or f"\0{entry.line}"].append((entry, cents))
    items = tuple(
        _item(parts, fec)
        for parts in groups.values()
        if sum(cents for _entry, cents in parts) != 0 or any(entry.cents is None for entry, _cents in parts)
    )
    return OpenItems(items, dropped_years, dropped_openings, unreadable)


def _item(parts: Sequence[tuple[FecEntry, int]], fec: FecEntries) -> OpenItem:
    entries = tuple(entry for entry, _cents in parts)
    openings = [one for one in entries if _is_opening(one, fec.journals)]
    cents = sum(one for _entry, one in parts)
    first = entries[0]
    return OpenItem(
        first.customer,
        next((one.name for one in entries if one.name), first.customer),
        first.piece,
        entries,
        cents,
        is_sale=any(_is_of_sales(one, fec) for one in entries)
        or any(not is_lump(one) and (one.cents or 0) > 0 for one in openings),
        is_carried_forward=bool(openings) and all(map(is_lump, openings)) and len(openings) == len(entries),
    )


def _year_starts(fec: FecEntries) -> list[str]:
    """Return the days on which years begin, by their opening entries: a year may begin in any month."""
    days = sorted({one.entered for one in fec.entries if _is_opening(one, fec.journals)})
    return [day for place, day in enumerate(days) if place == 0 or day[:6] != days[place - 1][:6]]


def _one_year(fec: FecEntries, starts: Sequence[str]) -> tuple[Sequence[FecEntry], tuple[str, ...], tuple[str, ...]]:
    """Count nothing twice where years are joined: a later year's opening says what was open of those before.

    Where that is told by invoice the earlier years go, else the opening does. Returns what is left, and where what went ends
    or began.
    """
    entries: list[FecEntry] = list(fec.entries)
    dropped_years, dropped_openings = list[str](), list[str]()
    for start in starts:
        openings = [one for one in entries if one.entered[:6] == start[:6] and _is_opening(one, fec.journals)]
        if not openings or not any(one.entered < start for one in entries):
            continue
        if any(map(is_lump, openings)):
            gone = {one.line for one in openings}
            entries = [one for one in entries if one.line not in gone]
            dropped_openings.append(start[:4])
        else:
            dropped_years += sorted({one.entered[:4] for one in entries if one.entered < start})
            entries = [one for one in entries if one.entered >= start]
    return entries, tuple(dropped_years), tuple(dropped_openings)


def _without_lettered(entries: Iterable[FecEntry], starts: Sequence[str]) -> Iterator[tuple[FecEntry, int]]:
    """Yield entries with what is open of them: of a lettered group that comes to zero nothing, of another its rest.

    Letters begin anew with each customer, and with each year.
    """
    groups: dict[tuple[str, str, int], list[FecEntry]] = defaultdict(list)
    order: list[tuple[str, str, int] | FecEntry] = []
    for one in entries:
        if not one.letter:
            order.append(one)
            continue
        key = one.customer, one.letter, bisect_right(starts, one.entered)
        if key not in groups:
            order.append(key)
        groups[key].append(one)
    for place in order:
        if isinstance(place, FecEntry):
            yield place, place.cents or 0
        else:
            yield from _rest(groups[place])


def _rest(group: Sequence[FecEntry]) -> Iterator[tuple[FecEntry, int]]:
    """Yield what is open of a lettered group: what is less on one side is set against the other's earliest entries."""
    net = sum(one.cents or 0 for one in group)
    if net == 0:
        return
    sign = 1 if net > 0 else -1
    left = sum(-sign * (one.cents or 0) for one in group if sign * (one.cents or 0) < 0)
    for one in sorted(group, key=lambda entry: (entry.piece_date, entry.line)):
        amount = sign * (one.cents or 0)
        if amount <= 0:
            continue
        used = min(left, amount)
        left -= used
        if amount > used:
            yield one, sign * (amount - used)
