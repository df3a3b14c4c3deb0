"""Puts back the defined names our formulas rest on: some programs drop them, deleted rows and columns break them."""

from decimal import Decimal

from relance_xl.workbook.column_letters import get_column_letter
from relance_xl.workbook.columns import (
    CUSTOMER_SHEET,
    DASHBOARD_SHEET,
    INVOICE_SHEET,
    REMINDER_ANCHOR,
    TICK_ALL_NAMES,
    TODAY_NAME,
)
from relance_xl.workbook.dashboard_skeleton import CURRENCY_CELL, CURRENCY_NAME
from relance_xl.workbook.document import Document, Place, sheet_reference
from relance_xl.workbook.reminders_sheet import RemindersSheet
from relance_xl.workbook.skeleton import (
    CARD_CHOICE_CELL,
    CUSTOMER_CHOICE_NAME,
    DAY_CELL,
    INVOICE_CHOICE_NAME,
    REMINDERS_HEADER_ROW,
)

# The cells in which something is chosen: in a sheet, always at the same place.
_CHOICES = (
    (CUSTOMER_SHEET, CUSTOMER_CHOICE_NAME, CARD_CHOICE_CELL),
    (INVOICE_SHEET, INVOICE_CHOICE_NAME, CARD_CHOICE_CELL),
    (DASHBOARD_SHEET, CURRENCY_NAME, CURRENCY_CELL),
)


def restore_names(found: RemindersSheet) -> None:
    """Name again what lost its name and can still be told: columns, tick-all cells, today, the cells of choice."""
    document, sheet = found.document, found.sheet.name
    for field, column in found.layout.columns.items():
        _restore(document, f"{REMINDER_ANCHOR}{field}", Place(sheet, found.layout.header_row, column))
    for field, name in TICK_ALL_NAMES.items():
        place = found.tick_all_place(field)
        if place is not None:
            _restore(document, name, place)
    day = _day_place(found)
    if day is not None:
        _restore(document, TODAY_NAME, day)
    for title, name, (row, column) in _CHOICES:
        chosen_in = document.find_sheet(title, name)
        if chosen_in is not None and not document.has_name(name):
            _restore(document, name, Place(chosen_in.name, row, column))


def _day_place(found: RemindersSheet) -> Place | None:
    """Return the cell of today: by its name, else where it was laid out, if that cell is free or shows a date."""
    place = found.document.named_cell(TODAY_NAME)
    if place is not None:
        return place
    row, column = DAY_CELL
    row += found.layout.header_row - REMINDERS_HEADER_ROW
    if row < 1 or not isinstance(found.sheet.value(row, column), Decimal | None):
        return None
    return Place(found.sheet.name, row, column)


def _restore(document: Document, name: str, place: Place) -> None:
    if document.named_cell(name) != place:
        cell = f"${get_column_letter(place.column)}${place.row}"
        document.set_name(name, f"{sheet_reference(place.sheet)}!{cell}")
