"""A workbook to begin with: all of ours is laid out, no invoice stands in it yet."""

from pathlib import Path

from relance_xl.core.wording import minimum_text
from relance_xl.workbook.new_workbook.skeleton import build_skeleton
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet
from relance_xl.workbook.workbook import Workbook


def blank_workbook(path: Path, company: str) -> Workbook:
    """Lay out a workbook without invoices, in the language that is spoken; `path` says its kind, .xlsx or .xlsm."""
    spreadsheet = Spreadsheet.read_bytes(path, build_skeleton(company, minimum_text()))
    if path.suffix.lower() == ".xlsm":
        spreadsheet.declare_macros()
    return Workbook(spreadsheet)
