"""A cell as a number, where it is one."""

from decimal import Decimal

from relance_xl.core.texts.typed import MAX_DIGITS, UnreadableError, read_amount
from relance_xl.sources.table import Cell, as_text


def read_number(cell: Cell, mark: str | None) -> Decimal | None:
    """Return an amount, None for none that can be read; `mark`: the list's decimal mark, where it is known."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        number = Decimal(repr(cell))
        return number if number.is_finite() and number.adjusted() < MAX_DIGITS else None
    try:
        return read_amount(as_text(cell), mark)
    except UnreadableError:
        return None
