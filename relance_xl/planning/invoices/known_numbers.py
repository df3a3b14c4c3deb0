"""Invoice numbers as they were written before: a spreadsheet makes 123 of 000123, and a number changes its capitals."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace

from relance_xl.core.invoice import Invoice
from relance_xl.core.texts.typed import without_zeros


def with_known_spelling(invoices: Iterable[Invoice], known: Collection[str]) -> tuple[Invoice, ...]:
    """Return invoices under the numbers by which history and workbook know them; any others as they are.

    A number is only changed to one that differs in capitals or in zeros before digits alone, and which the list does not
    have beside it.
    """
    invoices = tuple(invoices)
    listed = {invoice.number for invoice in invoices}
    spelt: dict[str, set[str]] = defaultdict(set)
    for number in (*known, *listed):
        spelt[_folded(number)].add(number)

    def known_number(number: str) -> str:
        if number in known:
            return number
        others = spelt[_folded(number)] - {number}
        return others.pop() if len(others) == 1 and not others & listed else number

    return tuple(
        invoice if (number := known_number(invoice.number)) == invoice.number else replace(invoice, number=number)
        for invoice in invoices
    )


def _folded(number: str) -> str:
    return without_zeros(number.casefold())
