"""Cells that somebody typed into: days, ticks, and what is wrong with the others."""

from datetime import date
from decimal import Decimal

from relance_xl.core.texts.typed import Tick, UnreadableError, plain, read_date, read_tick
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.cells import CellError, Value, day_of, value_text


def lenient_tick(text: str) -> Tick:
    """Read a tick; what cannot be read is blank, where others report it."""
    try:
        return read_tick(text)
    except UnreadableError:
        return Tick.BLANK


def cell_error_text(error: CellError) -> str:
    """Return what is wrong with a cell that holds an error, or a formula whose value was left out or never known."""
    if error.text:
        return _("holds an error or an uncalculated formula ({text})").format(text=error.text)
    return _(
        "holds a formula that is to be calculated anew: open the workbook in your spreadsheet and save it ({text})"
    ).format(text=value_text(error))


def read_day(value: Value, is_1904: bool) -> date | None:
    """Read a date cell: a serial number or a typed date. Raises ValueError for anything else."""
    match value:
        case None:
            return None
        case bool() | CellError():
            raise ValueError(value)
        case Decimal():
            try:
                day = day_of(value, is_1904)
            except OverflowError as error:
                raise ValueError(value) from error
            # A small number is a count of days or a slip, not a date of 1900.
            if not 1980 <= day.year <= 2100:
                raise ValueError(value)
            return day
        case str():
            return read_date(value) if plain(value) else None
