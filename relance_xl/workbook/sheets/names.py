"""The defined names our formulas rest on: some programs drop them, deleted rows and columns break them."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from relance_xl.core.texts.typed import plain_title
from relance_xl.runtime.language import N_, in_every_language
from relance_xl.workbook.ooxml.cells import CellError, value_text
from relance_xl.workbook.ooxml.column_letters import get_column_letter
from relance_xl.workbook.sheets.calls.sheet import CALLS
from relance_xl.workbook.sheets.columns import COUNT_NAME, COUNT_TEXT, TICK_ALL_NAMES, TODAY_NAME
from relance_xl.workbook.sheets.customers.sheet import CUSTOMERS
from relance_xl.workbook.sheets.dashboard_places import DASHBOARD
from relance_xl.workbook.sheets.fixed_places import CUSTOMER_CARD, DAY_CELL, HOWTO, INVOICE_CARD, REMINDERS_HEADER_ROW
from relance_xl.workbook.sheets.fixed_sheets import find_fixed_sheet
from relance_xl.workbook.sheets.header import FoundList, find_list
from relance_xl.workbook.sheets.history.sheet import LEDGER
from relance_xl.workbook.sheets.lists import LISTS
from relance_xl.workbook.sheets.reminders.sheet import REMINDERS, RemindersSheet
from relance_xl.workbook.sheets.typed_cells import read_day
from relance_xl.workbook.spreadsheet.spreadsheet import Place, Spreadsheet, sheet_reference

#: Our sheets of a fixed layout, as they stand in a new workbook.
FIXED_SHEETS = (DASHBOARD, CUSTOMER_CARD, INVOICE_CARD, HOWTO, LISTS)
#: What stands beside the cell of today.
DAY_LABEL = N_("As of")


@dataclass(frozen=True, slots=True)
class CellName:
    """A name of ours and the cell that it stands for."""

    name: str
    place: Place


def restore_names(spreadsheet: Spreadsheet) -> None:
    """Name again what lost its name and can still be told: columns, tick-all cells, today, the cells of choice."""
    spreadsheet.tidy_print_titles()
    for wanted in tuple(_wanted(spreadsheet)):
        if spreadsheet.named_cell(wanted.name) != wanted.place:
            cell = f"${get_column_letter(wanted.place.column)}${wanted.place.row}"
            spreadsheet.set_name(wanted.name, f"{sheet_reference(wanted.place.sheet)}!{cell}")


def misplaced_names(spreadsheet: Spreadsheet) -> tuple[str, ...]:
    """Return the names that are gone, or stand for another cell than they should."""
    return tuple(one.name for one in _wanted(spreadsheet) if spreadsheet.named_cell(one.name) != one.place)


def _wanted(spreadsheet: Spreadsheet) -> Iterator[CellName]:
    found = find_list(spreadsheet, REMINDERS)
    if found is not None:
        yield from _title_names(found, REMINDERS.anchor)
        yield from _band_names(RemindersSheet(spreadsheet, found.sheet, found.layout))
    for another in (CUSTOMERS, CALLS, LEDGER):
        listed = find_list(spreadsheet, another)
        if listed is not None:
            yield from _title_names(listed, another.anchor)
    for kind in FIXED_SHEETS:
        sheet = find_fixed_sheet(spreadsheet, kind)
        place = spreadsheet.named_cell(kind.name)
        leads_elsewhere = place is not None and sheet is not None and place.sheet != sheet.name
        # Where the user moved the cell, it is no longer at its place.
        if sheet is not None and (spreadsheet.is_broken(kind.name) or leads_elsewhere) and kind.is_shown_by(sheet):
            yield CellName(kind.name, kind.anchor(sheet))


def _title_names(found: FoundList, anchor: str) -> Iterator[CellName]:
    for field, column in found.layout.columns.items():
        yield CellName(anchor + field, Place(found.sheet.name, found.layout.header_row, column))


def _band_names(found: RemindersSheet) -> Iterator[CellName]:
    for field, name in TICK_ALL_NAMES.items():
        place = found.tick_all_place(field)
        if place is not None:
            yield CellName(name, place)
    count = count_place(found)
    if count is not None:
        yield CellName(COUNT_NAME, count)
    day = day_place(found)
    if day is not None:
        yield CellName(TODAY_NAME, day)


def count_place(found: RemindersSheet) -> Place | None:
    """Return the cell that counts what the tick-all cells reach: by its name, else beside them, where it is free."""
    named = found.spreadsheet.named_cell(COUNT_NAME)
    if named is not None and named.sheet == found.sheet.name:
        return named
    row, column = found.layout.header_row - 1, found.layout.column("number")
    if row < 1 or column is None or not _may_be_count(found, row, column):
        return None
    return Place(found.sheet.name, row, column)


def _may_be_count(found: RemindersSheet, row: int, column: int) -> bool:
    """Whether a cell is free, or shows our own count."""
    value = found.sheet.value(row, column)
    ours = tuple(text.split("{count}")[0] for text in in_every_language(COUNT_TEXT))
    return value is None or (isinstance(value, str) and value.startswith(ours))


def day_place(found: RemindersSheet) -> Place | None:
    """Return the cell of today: by its name, beside its label, or where it was laid out; it is free or shows a day."""
    named = found.spreadsheet.named_cell(TODAY_NAME)
    if named is not None and named.sheet == found.sheet.name and _may_be_day(found, named):
        labelled = _beside_label(found)
        is_left_behind = found.sheet.value(named.row, named.column) is None
        return labelled if labelled is not None and is_left_behind else named
    row, column = DAY_CELL
    row += found.layout.header_row - REMINDERS_HEADER_ROW
    usual = Place(found.sheet.name, row, column) if row > 0 else None
    return next((place for place in (_beside_label(found), usual) if place and _may_be_day(found, place)), None)


def _beside_label(found: RemindersSheet) -> Place | None:
    """Return the cell at the right of the day's label, above the list; None where it holds something else."""
    labels = {plain_title(text) for text in in_every_language(DAY_LABEL)}
    for row in range(1, found.layout.header_row):
        for column in found.sheet.columns_of(row):
            place = Place(found.sheet.name, row, column + 1)
            if plain_title(value_text(found.sheet.value(row, column))) in labels and _may_be_day(found, place):
                return place
    return None


def _may_be_day(found: RemindersSheet, place: Place) -> bool:
    """Whether a cell is free, or shows a day: as a number, as text, or by a formula whose value a program left out."""
    value = found.sheet.value(place.row, place.column)
    if isinstance(value, Decimal | None) or value == CellError(""):
        return True
    try:
        return isinstance(value, str) and read_day(value, found.spreadsheet.is_1904) is not None
    except ValueError:
        return False
