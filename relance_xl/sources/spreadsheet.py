"""XLSX, XLS and ODS sources: the first sheet that holds anything, read by calamine."""

from datetime import date, datetime
from pathlib import Path

from python_calamine import CalamineWorkbook, SheetTypeEnum

from relance_xl.sources.table import Cell, TableRow


def read_spreadsheet(path: Path) -> tuple[TableRow, ...]:
    """Return the rows of the first sheet with data. Raises OSError or python_calamine.CalamineError."""
    with CalamineWorkbook.from_path(str(path)) as workbook:
        for sheet in workbook.sheets_metadata:
            if sheet.typ is not SheetTypeEnum.WorkSheet:
                continue
            rows = workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            if rows:
                return tuple(TableRow(line, tuple(map(_cell, cells))) for line, cells in enumerate(rows, start=1))
    return ()


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, str | int | float | date | datetime):
        return value
    return str(value)
