"""Rows of one number: payments or lines of one invoice, what stands on both sides of an account, instalments; or a contradiction."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from relance_xl.core.invoice import Invoice, instalment
from relance_xl.core.money import Money, total_of
from relance_xl.core.wrong_row import WrongRow
from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import _
from relance_xl.sources.lists.rows import RowReading, field_word, same_customer


class Merging:
    """Makes invoices of rows. `file`: the list's name; `title`: of the column of numbers; `exported`: the list's day."""

    def __init__(self, file: str, title: str, exported: date, *, has_sides: bool) -> None:
        self._file, self._title, self._exported = file, title or field_word("number"), exported
        self._has_sides = has_sides
        self._taken: set[str] = set()

    def merge(self, readings: Sequence[RowReading]) -> Iterator[Invoice | WrongRow]:
        """Yield what the rows come to, in the order of their first lines."""
        by_number: dict[str, list[RowReading]] = defaultdict(list)
        for one in readings:
            by_number[one.number or f"\0{one.line}"].append(one)
        self._taken = {one.number for one in readings}
        for rows in by_number.values():
            yield from self._of_one_number(rows)

    def _of_one_number(self, rows: list[RowReading]) -> Iterator[Invoice | WrongRow]:
        first = rows[0]
        if len(rows) == 1 and not first.faults:
            # Nearly all.
            if first.open is not None and first.open.amount:
                yield self._invoice(first, first.number)
            return
        if any(not same_customer(first, one) for one in rows[1:]):
            yield from self._contradicting(rows)
            return
        if any(one.faults for one in rows):
            # Whatever the others say: part of what is known of the invoice is missing.
            yield self._wrong(rows, [fault for one in rows for fault in one.faults])
            return
        merged = None if _are_several(rows) else self._merged(rows)
        if merged is None:
            yield from self._contradicting(rows)
            return
        yield from self._instalments([one for one in merged if one.open is not None and one.open.amount])

    def _merged(self, rows: Sequence[RowReading]) -> list[RowReading] | None:
        """Return a row a due date; None: what the rows say does not go together."""
        has_both = {one.is_credit for one in rows} == {True, False}
        return self._on_both_sides(rows) if self._has_sides or has_both else self._once(rows)

    def _once(self, rows: Sequence[RowReading]) -> list[RowReading] | None:
        """Return a row a due date: others that say the same again are of payments, or of lines of the invoice.

        None: rows of one due date tell different amounts.
        """
        kept: dict[date | None, RowReading] = {}
        for one in rows:
            same = kept.setdefault(one.due, one)
            if same.open != one.open or same.total != one.total:
                return None
        return list(kept.values())

    def _on_both_sides(self, rows: Sequence[RowReading]) -> list[RowReading]:
        """Set what was paid under an invoice's number against it, the earliest due date first."""
        debts = sorted((one for one in rows if not one.is_credit), key=lambda one: one.due or date.max)
        payments = [one for one in rows if one.is_credit]
        if not debts or not payments:
            return self._summed(rows)
        left = -sum((one.open.amount for one in payments if one.open), Decimal(0))
        kept = list[RowReading]()
        for one in self._summed(debts):
            if one.open is None:
                continue
            used = min(left, one.open.amount)
            left -= used
            kept.append(replace(one, open=Money(one.open.amount - used, one.open.currency)))
        rest = Money(-left, kept[-1].open.currency) if left and kept and kept[-1].open else None
        return [*kept[:-1], replace(kept[-1], open=rest)] if rest is not None else kept

    def _summed(self, rows: Iterable[RowReading]) -> list[RowReading]:
        """Return a row a due date, with the sum of all that is booked for it."""
        by_day: dict[date | None, list[RowReading]] = defaultdict(list)
        for one in rows:
            by_day[one.due].append(one)
        return [
            replace(some[0], open=total_of((one.open for one in some if one.open), some[0].open.currency))
            for some in by_day.values()
            if some[0].open
        ]

    def _instalments(self, rows: list[RowReading]) -> Iterator[Invoice]:
        rows.sort(key=lambda one: one.due or self._exported)
        for place, one in enumerate(rows, start=1):
            number = one.number if len(rows) == 1 else instalment(one.number, place, len(rows))
            yield self._invoice(one, number)

    def _invoice(self, row: RowReading, number: str) -> Invoice:
        """Return a row without faults as an invoice."""
        if row.customer is None or row.open is None:
            raise ValueError(row)
        return Invoice(
            number=number,
            customer=row.customer,
            due=row.due or self._exported,
            open=row.open,
            issued=row.issued,
            total=row.total,
            emails=row.emails,
            disputed=row.disputed,
            is_due_by_terms=row.is_due_by_terms,
        )

    def _contradicting(self, rows: Sequence[RowReading]) -> Iterator[WrongRow]:
        first = rows[0]
        for one in rows:
            other = rows[1] if one is first else first
            problem = _("{number} stands in line {line} too, of another customer or with another amount")
            fault = Fault(problem.format(number=one.number, line=other.line), self._where(one.line))
            yield self._wrong([one], [*one.faults, fault])

    def _where(self, line: int) -> str:
        return _("{file}, line {line}, {title}").format(file=self._file, line=line, title=self._title)

    def _wrong(self, rows: Sequence[RowReading], faults: Iterable[Fault]) -> WrongRow:
        first = rows[0]
        code, name = first.names
        return WrongRow(
            self._free_number(first),
            tuple(dict.fromkeys(faults)),
            code or name,
            name,
            first.issued,
            first.due,
            first.total,
            first.open if all(one.open == first.open for one in rows) else None,
        )

    def _free_number(self, row: RowReading) -> str:
        """Return a number that no other row has: its own for the first, else with its line."""
        at = _("line {line}").format(line=row.line)
        if not row.number:
            return f"({at})"
        if row.number in self._taken:
            self._taken.discard(row.number)
            return row.number
        return f"{row.number} ({at})"


def _are_several(rows: Sequence[RowReading]) -> bool:
    """Whether rows of one number are of several invoices, or of several currencies: numbers begin anew each year."""
    days = {one.issued for one in rows if not one.is_credit and one.issued is not None}
    currencies = {one.open.currency for one in rows if one.open is not None}
    return len(days) > 1 or len(currencies) > 1
