"""XLSX, XLS and ODS: all sheets that hold anything, read by calamine."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import cast

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from relance_xl.sources.table import Cell, Table, TableRow

_USUAL = frozenset((str, int, float, bool, date, datetime, type(None)))
#: How the names of such files end.
ENDINGS = frozenset((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"))


def read_spreadsheet(path: Path) -> tuple[Table, ...]:
    """Return the sheets with data. Raises OSError or python_calamine.CalamineError."""
    if path.suffix.lower() in {".xls", ".xlsb"}:
        return _read_apart(path)
    return _read(path)


def _read_apart(path: Path) -> tuple[Table, ...]:
    """Read in a process of its own: damaged files of the old binary formats can end the reader altogether."""
    # Most lists need none of it, and each command would load it.
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        try:
            return pool.submit(_read_or_fail, path).result()
        except BrokenProcessPool as error:
            raise CalamineError(path.name) from error


def _read_or_fail(path: Path) -> tuple[Table, ...]:
    try:
        return _read(path)
    except BaseException as error:
        # A panic of the reader is no Exception, and does not travel between processes.
        raise OSError(str(error)) from None


def _read(path: Path) -> tuple[Table, ...]:
    tables = list[Table]()
    with CalamineWorkbook.from_path(str(path)) as workbook:
        for sheet in workbook.sheets_metadata:
            if sheet.typ is not SheetTypeEnum.WorkSheet:
                continue
            rows = workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            if rows:
                lines = enumerate(rows, start=1)
                tables.append(Table(tuple(TableRow(line, _cells(cells)) for line, cells in lines), sheet.name))
    return tuple(tables)


def _cells(values: Sequence[object]) -> tuple[Cell, ...]:
    # Nearly all rows hold nothing else.
    if _USUAL.issuperset(map(type, values)):
        return cast(tuple[Cell, ...], tuple(values))
    return tuple(map(_cell, values))


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, str | int | float | date | datetime):
        return value
    return str(value)
