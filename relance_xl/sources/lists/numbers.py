"""A cell as a number, where it is one."""

from decimal import Decimal

from relance_xl.core.texts.typed import MAX_DIGITS, TypedFault, UnreadableError, plain, read_amount
from relance_xl.sources.table import Cell, as_text

# An amount's side of the account, behind it.
_CREDIT, _DEBIT = "CR", ("DR", "DB")


def read_number(cell: Cell, mark: str | None) -> Decimal | None:
    """Return an amount, None for none that can be read; `mark`: the list's decimal mark, where it is known."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        number = Decimal(repr(cell))
        return number if number.is_finite() and number.adjusted() < MAX_DIGITS else None
    try:
        return read_sided_amount(as_text(cell), mark)
    except UnreadableError:
        return None


def read_sided_amount(text: str, mark: str | None) -> Decimal:
    """Read an amount, negative where `CR` stands behind it: `24,00 CR` is the customer's. Raises UnreadableError."""
    body = text.rstrip(" .")
    side = body[-2:].upper()
    if side != _CREDIT and side not in _DEBIT:
        return read_amount(text, mark)
    amount = read_amount(plain(body[:-2]), mark)
    if amount < 0:
        # With a sign and a side it may be meant either way.
        raise UnreadableError(TypedFault.NOT_AN_AMOUNT, text)
    return -amount if side == _CREDIT else amount
