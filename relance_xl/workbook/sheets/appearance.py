"""How the skeleton's sheets look: palette, font, titles, header cells, print setup; how their cells are named."""

from typing import Literal

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

INK, SLATE, ACCENT, PAPER, RULE, MUTED = "1F2933", "2F4858", "0F766E", "FFFBEB", "D5DBE1", "52606D"
#: Columns are as wide as so many of its figures: a font that programs have, or one of the same measures.
FONT = "Arial"
_THIN = Side(style="thin", color=RULE)
GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_MEDIUM = Side(style="medium", color=ACCENT)
BOX = Border(left=_MEDIUM, right=_MEDIUM, top=_MEDIUM, bottom=_MEDIUM)


def define(workbook: Workbook, name: str, sheet: Worksheet, reference: str) -> None:
    """Give a cell or range of a sheet a name."""
    quoted = sheet.title.replace("'", "''")
    workbook.defined_names[name] = DefinedName(name, attr_text=f"'{quoted}'!{reference}")


def title(sheet: Worksheet, address: str, text: str) -> None:
    """Write a sheet's title into its first row."""
    sheet[address] = text
    sheet[address].font = Font(name=FONT, size=16, bold=True, color=SLATE)
    sheet.row_dimensions[1].height = 26


def header_cell(sheet: Worksheet, row: int, index: int, text: str, edited: bool) -> None:
    """Write a column's title; green where the column is the user's to edit."""
    cell = sheet.cell(row, index, text)
    cell.font = Font(name=FONT, bold=True, color="FFFFFF", size=8.5)
    cell.fill = PatternFill("solid", fgColor=ACCENT if edited else SLATE)
    # The buttons of a filter stand below the text.
    cell.alignment = Alignment(horizontal="center", vertical="top", wrap_text=True)
    cell.border = GRID


def explain(rule: DataValidation, heading: str, prompt: str, error: str) -> None:
    """Give a validation its prompt and its error."""
    rule.promptTitle, rule.prompt, rule.showInputMessage = heading, prompt, True
    rule.errorTitle, rule.error, rule.showErrorMessage = heading, error, True


def page_setup(sheet: Worksheet, orientation: Literal["portrait", "landscape"], pages_high: int) -> None:
    """Print a sheet on A4, one page wide; `pages_high` 0: as many as it takes."""
    sheet.page_setup.orientation = orientation
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = pages_high
    # As it is without saying so; ExcelJS writes the two in the wrong order.
    sheet.sheet_properties.outlinePr = None
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.5


def list_setup(sheet: Worksheet, header_row: int) -> None:
    """Print a list: landscape, its header on every page, the pages numbered."""
    page_setup(sheet, "landscape", pages_high=0)
    sheet.print_title_rows = f"{header_row}:{header_row}"
    sheet.oddFooter.center.text = "&P / &N"  # type: ignore[union-attr]  # always there
