"""Drops the last values of the user's formulas and charts that look at cells which we changed.

Calc and readers that do not calculate show what a file keeps. What looks at cells that we changed, through other
formulas too, must not keep the figure of before; nobody can work it out but a spreadsheet, so it is left out.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from relance_xl.runtime.errors import EditsError
from relance_xl.workbook.dashboard.chart_caches import charts_elsewhere, without_caches
from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.ooxml.cells import value_text
from relance_xl.workbook.row_moves.formula_reach import MAX_COLUMN, Looked, Reach, Setting, reach_of
from relance_xl.workbook.row_moves.row_formulas import FormulaCell
from relance_xl.workbook.row_moves.touched_cells import TouchedCells
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet

# Formulas that rest on each other upwards are followed so often; then all that is left counts as stale.
_PASSES = 20
# The columns of ours that are formulas in every row, with values that each write keeps true.
_CALCULATED = ("sending", "days_overdue")


@dataclass(frozen=True, slots=True)
class _UserFormula:
    """A formula of the user's, and what it looks at."""

    sheet: Sheet
    cell: FormulaCell
    reach: Reach

    def area(self) -> Area:
        """Return the cells that it fills."""
        cell = self.cell
        return cell.over or Area(cell.column, cell.row, cell.column, cell.row)


def forget_stale_values(spreadsheet: Spreadsheet) -> None:
    """Take their last values from the user's formulas and charts that look at anything changed since it was read."""
    if not spreadsheet.changed_sheets():
        return
    setting = _setting(spreadsheet)
    formulas = list(_user_formulas(spreadsheet, setting))
    charts = {part: list(references) for part, references in charts_elsewhere(spreadsheet)}
    reaches = {text: reach_of(text, "", setting) for texts in charts.values() for text in texts}
    touched = TouchedCells()
    _note_changes(spreadsheet, [*(one.reach for one in formulas), *reaches.values()], touched)
    stale = _stale(formulas, touched)
    for one in stale:
        _forget(one)
    _forget_sending(spreadsheet, stale)
    for part, references in charts.items():
        gone = {text for text in references if (reach := reaches[text]) is None or touched.meet(reach)}
        if gone:
            spreadsheet.package.replace(part, without_caches(spreadsheet.package.part(part), gone))


def _setting(spreadsheet: Spreadsheet) -> Setting:
    sheets = frozenset(name.casefold() for name in spreadsheet.sheet_names())
    known: dict[str, Reach] = {}
    setting = Setting(sheets, known)
    # A name may stand for another one that is defined behind it.
    texts = list(spreadsheet.names())
    for _again in range(3):
        found: dict[str, list[Reach]] = defaultdict(list)
        for name, text in texts:
            found[name.casefold()].append(reach_of(text, "", setting))
        # A name that each sheet has for itself may stand for any of them.
        known.update((name, _joined(reaches)) for name, reaches in found.items())
    return setting


def _joined(reaches: Iterable[Reach]) -> Reach:
    joined: list[Looked] = []
    for reach in reaches:
        if reach is None:
            return None
        joined += reach
    return tuple(joined)


def _user_formulas(spreadsheet: Spreadsheet, setting: Setting) -> Iterator[_UserFormula]:
    reminders = _reminders(spreadsheet)
    for sheet in spreadsheet.sheets_with_formulas():
        own_sheet = sheet.name.casefold()
        is_ours = partial(_is_ours, reminders if reminders and reminders.sheet is sheet else None)
        # A sheet of the user's that is damaged must not keep ours from being written.
        with suppress(EditsError):
            for cell in sheet.formula_cells(is_ours):
                yield _UserFormula(sheet, cell, _reach(cell, own_sheet, setting))


def _reminders(spreadsheet: Spreadsheet) -> RemindersSheet | None:
    """Return the sheet of reminders, None where it cannot be told: the history is written all the same."""
    with suppress(EditsError):
        return RemindersSheet.find(spreadsheet)
    return None


def _is_ours(reminders: RemindersSheet | None, row: int, column: int) -> bool:
    """Whether a cell of the sheet of reminders (None: of another one) is calculated by us, and true at each write."""
    if reminders is None or column not in map(reminders.layout.column, _CALCULATED):
        return False
    return _is_invoice(reminders, row)


def _is_invoice(reminders: RemindersSheet, row: int) -> bool:
    return row >= reminders.layout.first_row and "/" in value_text(reminders.value(row, "key"))


def _reach(cell: FormulaCell, own_sheet: str, setting: Setting) -> Reach:
    if not cell.formula:
        # A data table (18.3.1.40) works out whatever its cells hang on.
        return None
    if not cell.origin:
        return reach_of(cell.formula, own_sheet, setting)
    origin = Area.parse(cell.origin)
    if origin is None:
        return None
    down, right = cell.row - origin.first_row, cell.column - origin.first_column
    return reach_of(cell.formula, own_sheet, setting, down, right)


def _note_changes(spreadsheet: Spreadsheet, reaches: Collection[Reach], touched: TouchedCells) -> None:
    """Note what changed in the columns that are looked at: comparing all of them would be slow."""
    columns: dict[str, set[int]] = defaultdict(set)
    whole: set[str] = set()
    for looked in (looked for reach in reaches for looked in reach or ()):
        if looked.area.last_column - looked.area.first_column >= MAX_COLUMN - 1:
            whole.add(looked.sheet)
        else:
            columns[looked.sheet].update(range(looked.area.first_column, looked.area.last_column + 1))
    for sheet in spreadsheet.changed_sheets():
        name = sheet.name.casefold()
        if name in whole or name in columns:
            touched.add_changes(name, sheet.changes(None if name in whole else columns[name]))


def _stale(formulas: Iterable[_UserFormula], touched: TouchedCells) -> list[_UserFormula]:
    """Return the formulas that look at changed cells; what they fill counts as changed for the others."""
    stale: list[_UserFormula] = []
    waiting = list(formulas)
    for number in range(_PASSES + 1):
        left = []
        for one in waiting:
            if number == _PASSES or one.reach is None or touched.meet(one.reach):
                touched.add(one.sheet.name.casefold(), one.area())
                stale.append(one)
            else:
                left.append(one)
        if len(left) == len(waiting):
            break
        waiting = left
    return stale


def _forget(one: _UserFormula) -> None:
    area = one.area()
    for row in range(area.first_row, area.last_row + 1):
        for column in range(area.first_column, area.last_column + 1):
            one.sheet.forget_value(row, column)


def _forget_sending(spreadsheet: Spreadsheet, stale: Collection[_UserFormula]) -> None:
    """Forget what the column Sending says of rows in which the user calculates a tick or level that has to wait."""
    reminders = _reminders(spreadsheet)
    column = reminders.layout.column("sending") if reminders is not None else None
    if reminders is None or column is None:
        return
    ours = set(reminders.layout.columns.values())
    rows = {one.cell.row for one in stale if one.sheet is reminders.sheet and one.cell.column in ours}
    for row in rows:
        if _is_invoice(reminders, row) and reminders.sheet.has_formula(row, column):
            reminders.sheet.forget_value(row, column)
