"""XLSX, XLS and ODS: all sheets that hold anything, read by calamine."""

import errno
import re
import zipfile
import zlib
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import cast

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from relance_xl.runtime.language import _
from relance_xl.sources.files.shown_currencies import shown_currencies
from relance_xl.sources.table import Cell, Table, TableRow

# Once unpacked, a list of a hundred thousand rows has a tenth of this (bytes).
_LARGEST = 400_000_000
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_ROW, _FAR_COLUMN = re.compile(rb'<row [^>]*?r="(\d{1,7})"'), re.compile(rb'<c r="[A-Z]{3}\d')
_SPARSE, _FEW = 20, 20_000
_USUAL = frozenset((str, int, float, bool, date, datetime, type(None)))
#: How the names of such files end.
ENDINGS = frozenset((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"))


def read_spreadsheet(path: Path) -> tuple[Table, ...]:
    """Return the sheets with data. Raises OSError or python_calamine.CalamineError."""
    if path.suffix.lower() in {".xls", ".xlsb"}:
        return _read_apart(path)
    _refuse_bomb(path)
    return _read(path)


def _refuse_bomb(path: Path) -> None:
    """Refuse what would take all of the memory: parts that unpack to far too much, a cell at the end of an empty sheet.

    Raises OSError.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(one.file_size for one in archive.infolist()) > _LARGEST:
                raise OSError(errno.EFBIG, _("it is too large once unpacked"))
            for one in archive.infolist():
                if _SHEET.fullmatch(one.filename) and _is_far(archive.read(one)):
                    raise OSError(errno.EFBIG, _("a sheet has a cell far beyond all others"))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error):
        # The reader says what is wrong.
        return


def _is_far(sheet: bytes) -> bool:
    """Return whether a sheet has columns beyond ZZ, or a row far beyond as many rows as there are."""
    last = _ROW.search(sheet, max(sheet.rfind(b"<row "), 0))
    rows = sheet.count(b"<row ")
    return _FAR_COLUMN.search(sheet) is not None or (last is not None and int(last[1]) > _SPARSE * rows + _FEW)


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
    shown = shown_currencies(path)
    with CalamineWorkbook.from_path(str(path)) as workbook:
        for sheet in workbook.sheets_metadata:
            if sheet.typ is not SheetTypeEnum.WorkSheet:
                continue
            rows = workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            if rows:
                lines = enumerate(rows, start=1)
                found = tuple(TableRow(line, _cells(cells)) for line, cells in lines)
                tables.append(Table(found, sheet.name, shown.get(sheet.name) or shown.get("", {})))
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
