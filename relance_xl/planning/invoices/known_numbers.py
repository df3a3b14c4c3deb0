"""Invoice numbers as they were written before: a spreadsheet makes 123 of 000123, and a number changes its capitals."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from relance_xl.core.invoice import Invoice, instalment, split_instalment
from relance_xl.core.texts.typed import without_zeros
from relance_xl.core.wrong_row import WrongRow

Listed = TypeVar("Listed", Invoice, WrongRow)


def with_known_spelling(invoices: Iterable[Listed], known: Collection[str]) -> tuple[Listed, ...]:
    """Return invoices under the numbers by which history and workbook know them; any others as they are.

    A number is only changed to one that differs in capitals or in zeros before digits alone, and which the list does not
    have beside it.
    """
    rows = tuple(invoices)
    listed: set[str] = {one.number for one in rows}
    spelt: dict[str, set[str]] = defaultdict(set)
    for number in (*known, *listed):
        spelt[_folded(number)].add(number)

    def known_number(number: str) -> str:
        if number in known:
            return number
        others = spelt[_folded(number)] - {number}
        return others.pop() if len(others) == 1 and not others & listed else number

    rows = tuple(_instalments_left(rows, known))
    return tuple(
        one if (number := known_number(one.number)) == one.number else replace(one, number=number) for one in rows
    )


def _instalments_left(rows: Iterable[Listed], known: Collection[str]) -> Iterator[Listed]:
    """Yield rows, the instalments among them by the numbers that they had before the first of them were paid."""
    counts: dict[str, int] = {}
    for number in known:
        paper, place, count = split_instalment(number)
        if place:
            counts[paper] = max(counts.get(paper, 0), count)
    if not counts:
        yield from rows
        return
    left = list(rows)
    listed = Counter(split_instalment(one.number)[0] for one in left)
    for one in left:
        paper, place, _count = split_instalment(one.number)
        before = counts.get(paper, 0)
        if listed[paper] < before and one.number not in known:
            yield replace(one, number=instalment(paper, before - listed[paper] + max(place, 1), before))
        else:
            yield one


def _folded(number: str) -> str:
    return without_zeros(number.casefold())
