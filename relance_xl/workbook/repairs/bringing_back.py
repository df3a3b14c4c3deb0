"""Brings back what of ours was deleted from a user's workbook, from a new and empty one; nothing else is touched."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from relance_xl.core.reminder import ReminderKey
from relance_xl.runtime.errors import EditsError
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.ooxml.cells import BLANK, Text, value_text
from relance_xl.workbook.ooxml.column_letters import get_column_letter
from relance_xl.workbook.repairs.grafting import Grafting
from relance_xl.workbook.repairs.missing import (
    LIST_KINDS,
    SHEET_ORDER,
    Missing,
    MissingColumn,
    find_missing,
    present_sheets,
)
from relance_xl.workbook.row_moves.references import RowMoves
from relance_xl.workbook.sheets.columns import (
    CALLS_SHEET,
    CUSTOMERS_SHEET,
    LEDGER_SHEET,
    REMINDERS_SHEET,
    TICK_ALL_NAMES,
)
from relance_xl.workbook.sheets.dashboard_places import DASHBOARD
from relance_xl.workbook.sheets.fixed_places import (
    BAND_LABEL,
    BAND_ROW,
    CUSTOMER_CARD,
    CUSTOMERS_HEADER_ROW,
    DAY_CELL,
    INVOICE_CARD,
    LEDGER_HEADER_ROW,
    REMINDERS_HEADER_ROW,
    REQUEST_ROW,
)
from relance_xl.workbook.sheets.fixed_sheets import find_fixed_sheet
from relance_xl.workbook.sheets.header import FoundList, find_list
from relance_xl.workbook.sheets.lists import ListsSheet
from relance_xl.workbook.sheets.names import DAY_LABEL, restore_names
from relance_xl.workbook.sheets.reminders.request_cells import lay_out_request, request_row
from relance_xl.workbook.sheets.reminders.rules import choice_rule, colour_rules
from relance_xl.workbook.sheets.reminders.sheet import REMINDERS, RemindersSheet
from relance_xl.workbook.spreadsheet.rules import Colour, Validation
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet

_HEADER_ROWS = {
    REMINDERS_SHEET: REMINDERS_HEADER_ROW,
    CUSTOMERS_SHEET: CUSTOMERS_HEADER_ROW,
    CALLS_SHEET: CUSTOMERS_HEADER_ROW,
    LEDGER_SHEET: LEDGER_HEADER_ROW,
}
#: Our cells of choice: their sheet, what is chosen, from which list.
_CHOICES = (
    (CUSTOMER_CARD, "Customer", "relance_clients"),
    (INVOICE_CARD, "Invoice", "relance_factures"),
    (DASHBOARD, "Currency", "relance_devises"),
)


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """A workbook in which all of ours is there again, and what was gone from it."""

    spreadsheet: Spreadsheet
    missing: Missing
    #: The columns that came back empty; of others only the title had gone.
    empty: tuple[MissingColumn, ...] = ()


@dataclass(frozen=True, slots=True)
class _Looks:
    """The formats that cells to come back need, as indexes in the user's workbook."""

    titles: Mapping[MissingColumn, str]
    bodies: Mapping[MissingColumn, str]
    colours: tuple[int, ...]
    label: str
    ticks: Mapping[str, str]
    day_label: str
    day: str
    request: str


def bring_back(spreadsheet: Spreadsheet, make_new: Callable[[], Spreadsheet], minimum_text: str) -> BroughtBack:
    """Put back sheets, columns, the tick-all cells, names and rules that are gone.

    `make_new` gives a new workbook in the language to write; it is asked for only where cells or sheets come back.
    Columns come back empty. Begin with a spreadsheet in which nothing was changed yet. Raises EditsError where there are no
    sheets, or it cannot be told which columns are ours.
    """
    if not spreadsheet.sheet_names():
        raise EditsError(
            _("{file} has no sheet at all: it is damaged.").format(file=spreadsheet.package.path.name),
            advice=_("Take back an earlier copy (.relance/backups), or move this file away and export anew."),
        )
    missing = find_missing(spreadsheet)
    empty = tuple(one for one in missing.columns if _is_empty(spreadsheet, one))
    looks = None
    if missing.sheets or missing.columns or missing.band or missing.day or missing.request:
        new = make_new()
        grafting = Grafting(spreadsheet.package, new.package)
        _add_sheets(grafting, missing.sheets, present_sheets(spreadsheet))
        looks = _looks(grafting, new, missing)
        grafting.store()
        spreadsheet = Spreadsheet(spreadsheet.package)
    if looks is not None:
        _restore_columns(spreadsheet, missing.columns, empty, looks, minimum_text)
    if missing.band and looks is not None:
        _restore_band(spreadsheet, looks)
    if missing.day and looks is not None:
        _restore_day(spreadsheet, looks)
    if missing.request and looks is not None:
        _restore_request(spreadsheet, looks)
    restore_names(spreadsheet)
    _restore_choice_rules(spreadsheet)
    _restore_ids(spreadsheet)
    return BroughtBack(spreadsheet, missing, empty)


def _is_empty(spreadsheet: Spreadsheet, one: MissingColumn) -> bool:
    """Whether nothing of a column is left, not even below its title."""
    found = find_list(spreadsheet, one.kind)
    index = found.layout.column(one.column.field) if found is not None else None
    if found is None or index is None:
        return True
    return all(row.number <= found.layout.header_row for row in found.sheet.scan([index]))


def _add_sheets(grafting: Grafting, titles: Iterable[str], present: dict[str, str]) -> None:
    for title in titles:
        before = SHEET_ORDER[: SHEET_ORDER.index(title)]
        present[title] = grafting.add_sheet(_(title), [present[one] for one in before if one in present])


def _looks(grafting: Grafting, new: Spreadsheet, missing: Missing) -> _Looks:
    """Bring the formats that columns and tick-all cells need into the user's workbook."""

    def look(sheet: Sheet, row: int, column: int) -> str:
        return str(grafting.styles.cell(int(sheet.style(row, column) or 0)))

    titles, bodies = {}, {}
    for one in missing.columns:
        sheet, index = new.sheet(_(one.kind.title)), one.kind.columns.index(one.column) + 1
        row = _HEADER_ROWS[one.kind.title]
        titles[one], bodies[one] = look(sheet, row, index), look(sheet, row + 1, index)
    reminders = RemindersSheet.find(new)
    columns = reminders.layout.columns
    return _Looks(
        titles,
        bodies,
        tuple(grafting.styles.rule(number) for number in reminders.sheet.colour_looks()) if missing.columns else (),
        look(reminders.sheet, BAND_ROW, columns["level"]),
        {field: look(reminders.sheet, BAND_ROW, columns[field]) for field in TICK_ALL_NAMES},
        look(reminders.sheet, DAY_CELL[0], DAY_CELL[1] - 1),
        look(reminders.sheet, *DAY_CELL),
        look(reminders.sheet, REQUEST_ROW, columns["level"]),
    )


def _restore_columns(
    spreadsheet: Spreadsheet,
    gone: tuple[MissingColumn, ...],
    empty: tuple[MissingColumn, ...],
    looks: _Looks,
    minimum_text: str,
) -> None:
    for kind in LIST_KINDS:
        found = find_list(spreadsheet, kind)
        if found is None:
            continue
        for one in gone:
            if one.kind == kind and one not in empty:
                found.sheet.put(
                    found.layout.header_row, found.layout.columns[one.column.field], Text(_(one.column.title))
                )
        mine = [one for one in empty if one.kind == kind]
        if mine:
            found = _with_columns(spreadsheet, found, mine, looks)
            if kind == REMINDERS:
                fields = frozenset(one.column.field for one in mine)
                _fill_identity(RemindersSheet(spreadsheet, found.sheet, found.layout), fields)
                _colour(found, fields, looks, minimum_text)


def _with_columns(
    spreadsheet: Spreadsheet, found: FoundList, gone: Iterable[MissingColumn], looks: _Looks
) -> FoundList:
    """Write titles and formats of columns: where they stand in a new workbook if nothing is there, else behind ours."""
    sheet, layout = found.sheet, found.layout
    filled = {column for row in sheet.row_numbers() for column in sheet.filled_columns(row)}
    filled |= set(layout.columns.values())
    ours = set(layout.columns.values())
    rows = [row for row in sheet.row_numbers() if row > layout.header_row and ours & set(sheet.filled_columns(row))]
    columns = dict(layout.columns)
    for one in gone:
        column = layout.column(one.column.field) or _free_column(one, filled, max(ours))
        filled.add(column)
        columns[one.column.field] = column
        sheet.put(layout.header_row, column, Text(_(one.column.title)), looks.titles[one])
        for row in rows or [layout.first_row]:
            sheet.put(row, column, BLANK, looks.bodies[one])
        sheet.set_column_look(column, one.column.width + 1, one.column.hidden)
        spreadsheet.widen_filter(sheet, column)
    return FoundList(sheet, replace(layout, columns=columns))


def _free_column(one: MissingColumn, filled: set[int], last: int) -> int:
    usual = one.kind.columns.index(one.column) + 1
    if usual not in filled:
        return usual
    column = last + 1
    while column in filled:
        column += 1
    return column


def _fill_identity(found: RemindersSheet, gone: frozenset[str]) -> None:
    """Tell again which reminder a row is for: by its number and what the last export wrote, or by its hidden id.

    A row without either shows nothing that could be acted upon: the next refresh writes it anew.
    """
    if {"key", "number"} <= gone or not {"key", "number"} & gone:
        return
    listed = ListsSheet(found.spreadsheet).listed_keys()
    for row in found.data_rows():
        if "number" in gone:
            found.sheet.put(row, found.layout.columns["number"], Text(_invoice(found.text(row, "key"))))
        elif found.text(row, "number") in listed:
            found.sheet.put(row, found.layout.columns["key"], Text(listed[found.text(row, "number")]))


def _restore_ids(spreadsheet: Spreadsheet) -> None:
    """Write the hidden id anew where it holds an error or half a text, and the row's number says which it was."""
    listed = find_list(spreadsheet, REMINDERS)
    if listed is None or not {"key", "number"} <= set(listed.layout.columns):
        return
    found = RemindersSheet(spreadsheet, listed.sheet, listed.layout)
    rows = [(row.number, row.text("key"), row.text("number")) for row in found.rows("key", "number")]
    damaged = [(row, number) for row, key, number in rows if key and number and not _invoice(key)]
    if not damaged:
        return
    keys, times = ListsSheet(spreadsheet).listed_keys(), Counter(number for _row, _key, number in rows)
    for row, number in damaged:
        if number in keys and times[number] == 1:
            found.sheet.put(row, found.layout.columns["key"], Text(keys[number]))


def _invoice(key: str) -> str:
    try:
        return ReminderKey.parse(key).invoice
    except ValueError:
        return ""


def _colour(found: FoundList, gone: frozenset[str], looks: _Looks, minimum_text: str) -> None:
    """Colour columns that came back, unless the user did away with all colours."""
    colours = list(_colours(found, minimum_text))
    if not found.sheet.has_colour(colour for field, colour in colours if field not in gone):
        return
    for (field, colour), look in zip(colours, looks.colours, strict=True):
        if field in gone:
            found.sheet.add_colour(colour, look)


def _colours(found: FoundList, minimum_text: str) -> Iterator[tuple[str, Colour]]:
    columns, first = found.layout.columns, found.layout.first_row
    letters = {field: get_column_letter(column) for field, column in columns.items()}
    last = max(first, found.sheet.last_row)
    for field, rule in colour_rules(letters, first, minimum_text):
        yield field, Colour(Area(columns[field], first, columns[field], last), rule)


def _restore_band(spreadsheet: Spreadsheet, looks: _Looks) -> None:
    """Lay out the tick-all cells right above the titles, in a row of their own."""
    listed = find_list(spreadsheet, REMINDERS)
    if listed is None:
        return
    sheet, row = listed.sheet, listed.layout.header_row
    if row == 1 or next(sheet.filled_columns(row - 1), None) is not None:
        spreadsheet.move_rows(sheet, RowMoves({}, shift=1, beyond=row))
        row += 1
    columns = listed.layout.columns
    label = columns.get("level")
    if label is not None and value_text(sheet.value(row - 1, label)) == "":
        sheet.put(row - 1, label, Text(_(BAND_LABEL)), looks.label)
    for field, look in looks.ticks.items():
        if field in columns:
            sheet.put(row - 1, columns[field], BLANK, look)


def _restore_day(spreadsheet: Spreadsheet, looks: _Looks) -> None:
    """Lay out the cell of today, beside its label, in the first two free cells right above the titles."""
    listed = find_list(spreadsheet, REMINDERS)
    if listed is None:
        return
    sheet, row = listed.sheet, listed.layout.header_row - 1
    if row < 1:
        spreadsheet.move_rows(sheet, RowMoves({}, shift=1, beyond=1))
        row = 1
    ticks = {listed.layout.column(field) for field in (*TICK_ALL_NAMES, "level", "number")}
    column = 2
    while any(one in ticks or sheet.value(row, one) is not None for one in (column, column + 1)):
        column += 1
    sheet.put(row, column, Text(_(DAY_LABEL)), looks.day_label)
    sheet.put(row, column + 1, BLANK, looks.day)


def _restore_request(spreadsheet: Spreadsheet, looks: _Looks) -> None:
    """Lay out the cell for requests above the titles, in a row of its own where no other has room."""
    listed = find_list(spreadsheet, REMINDERS)
    if listed is None or listed.layout.column("level") in {None, 1}:
        return
    found = RemindersSheet(spreadsheet, listed.sheet, listed.layout)
    row = request_row(found)
    if not row:
        spreadsheet.move_rows(listed.sheet, RowMoves({}, shift=1, beyond=1))
        listed = find_list(spreadsheet, REMINDERS) or listed
        found, row = RemindersSheet(spreadsheet, listed.sheet, listed.layout), 1
    lay_out_request(found, row, looks.label, looks.request)


def _restore_choice_rules(spreadsheet: Spreadsheet) -> None:
    for kind, label, choices in _CHOICES:
        sheet = find_fixed_sheet(spreadsheet, kind)
        if sheet is None or spreadsheet.named_cell(kind.name) != kind.anchor(sheet):
            continue
        row, column = kind.cell
        area = Area(column, row, column, row)
        if not sheet.has_validation(area):
            sheet.restore_rules([Validation(area, choice_rule(_(label), choices))], [])
