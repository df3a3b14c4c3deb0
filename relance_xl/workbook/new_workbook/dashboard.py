"""The dashboard's fixed part: where its tables stand, how they look, what they are called. Figures come later.

Three tables at the left, one width, and a chart of each at their right:

    aged balance          not due | 1-30 | 31-60 | 61-90 | over 90 | total
    owed by customer      the same, and the share of the total, and the invoices
    reminders by level    printed | sent | prepared | refused | unknown | total
"""

from typing import Literal

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.worksheet.worksheet import Worksheet

from relance_xl.runtime.language import N_, _
from relance_xl.workbook.new_workbook.dashboard_charts import CHART_COLUMNS, draw_charts
from relance_xl.workbook.ooxml.column_letters import get_column_letter
from relance_xl.workbook.sheets.appearance import (
    ACCENT,
    BOX,
    FONT,
    INK,
    MUTED,
    PAPER,
    RULE,
    SLATE,
    define,
    header_cell,
    page_setup,
    title,
)
from relance_xl.workbook.sheets.dashboard_places import (
    AGE_SHARE_ROW,
    AGES_HEADER_ROW,
    ALL_LEVELS_ROW,
    COUNT_COLUMN,
    CREDITS_ROW,
    CURRENCY_CELL,
    CURRENCY_NAME,
    CUSTOMER_ROW,
    CUSTOMERS_HEADER_ROW,
    DASHBOARD_TITLE,
    DAY_CELL,
    INVOICES_ROW,
    LABEL_COLUMN,
    LEVEL_ROW,
    LEVELS_HEADER_ROW,
    NOTE_CELL,
    OTHERS_ROW,
    OUTCOMES,
    OWED_ROW,
    TOTAL_COLUMN,
)
from relance_xl.workbook.sheets.reminders.rules import choice_rule

_AGE_TITLES = (N_("Not due"), N_("1–30 days"), N_("31–60 days"), N_("61–90 days"), N_("Over 90 days"))
# A dash for nothing: the eye finds what is there.
_MONEY, _COUNT, _SHARE = '#,##0.00;-#,##0.00;"–"', '#,##0;-#,##0;"–"', '0.0%;-0.0%;"–"'
_WIDTHS = {"B": 29, "C": 12, "D": 12, "E": 12, "F": 12, "G": 12, "H": 13.5, "I": 8.5, "J": 9.5, "K": 2}
# Calc draws right-aligned figures in the last column without their indent.
_HORIZONTAL: dict[int, Literal["left", "center"]] = {LABEL_COLUMN: "left", COUNT_COLUMN: "center"}
_SPACERS = (4, 10, 25)
_LINE = Border(bottom=Side(style="thin", color=RULE))
_TOTAL_LINE = Border(bottom=Side(style="thin", color=SLATE))


def lay_out_dashboard(workbook: Workbook, sheet: Worksheet, company: str) -> None:
    """Lay out tables, choice and charts on an empty sheet."""
    title(sheet, "B1", _(DASHBOARD_TITLE).format(company=company))
    _lay_out_choice(workbook, sheet)
    _lay_out_ages(sheet)
    _lay_out_customers(sheet)
    _lay_out_levels(sheet)
    for letter, width in _WIDTHS.items():
        sheet.column_dimensions[letter].width = width
    sheet.column_dimensions["A"].hidden = True
    for column in range(*CHART_COLUMNS):
        sheet.column_dimensions[get_column_letter(column)].width = 9.5
    for row in _SPACERS:
        sheet.row_dimensions[row].height = 9
    draw_charts(sheet)
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = SLATE
    page_setup(sheet, "landscape", pages_high=1)
    sheet.print_options.horizontalCentered = True


def _lay_out_choice(workbook: Workbook, sheet: Worksheet) -> None:
    """Lay out the day and the currency, the only cell to edit."""
    for row, text in ((2, _("As of")), (3, _("Currency"))):
        label = sheet.cell(row, LABEL_COLUMN, text)
        label.font = Font(name=FONT, size=10, color=MUTED)
        label.alignment = Alignment(vertical="center")
        sheet.row_dimensions[row].height = 21
    day = sheet.cell(*DAY_CELL)
    day.number_format = "dd/mm/yyyy"
    day.font = Font(name=FONT, size=10, bold=True, color=INK)
    day.alignment = Alignment(horizontal="center", vertical="center")
    choice = sheet.cell(*CURRENCY_CELL)
    choice.font = Font(name=FONT, size=12, bold=True, color=ACCENT)
    choice.fill = PatternFill("solid", fgColor=PAPER)
    choice.border = BOX
    choice.alignment = Alignment(horizontal="center", vertical="center")
    choice.protection = Protection(locked=False)
    rule = choice_rule(_("Currency"), "relance_devises")
    rule.add(choice.coordinate)
    sheet.add_data_validation(rule)
    define(workbook, CURRENCY_NAME, sheet, "$C$3")
    note = sheet.cell(*NOTE_CELL)
    note.font = Font(name=FONT, size=10, italic=True, color=MUTED)
    note.alignment = Alignment(horizontal="left", vertical="center", indent=1)


def _lay_out_ages(sheet: Worksheet) -> None:
    _headers(sheet, AGES_HEADER_ROW, _("Aged balance"), [*map(_, _AGE_TITLES), _("Total")])
    rows = (
        (OWED_ROW, _("Total owed"), _MONEY),
        (CREDITS_ROW, _("of which credit notes"), _MONEY),
        (AGE_SHARE_ROW, _("Share of the total"), _SHARE),
        (INVOICES_ROW, _("Number of invoices"), _COUNT),
    )
    for row, text, number_format in rows:
        sheet.cell(row, LABEL_COLUMN, text)
        _line(sheet, row, [number_format] * 6, is_total=row == OWED_ROW)


def _lay_out_customers(sheet: Worksheet) -> None:
    titles = [*map(_, _AGE_TITLES), _("Total"), _("Share"), _("Invoices")]
    _headers(sheet, CUSTOMERS_HEADER_ROW, _("Owed by customer"), titles)
    for row in range(CUSTOMER_ROW, OTHERS_ROW + 1):
        _line(sheet, row, [*[_MONEY] * 6, _SHARE, _COUNT], is_total=False)
    sheet.cell(OTHERS_ROW, LABEL_COLUMN, _("Other customers")).font = Font(name=FONT, size=10, italic=True, color=MUTED)


def _lay_out_levels(sheet: Worksheet) -> None:
    """Lay out the header, the total and the first level: the others continue its formats."""
    titles = [*(_(text).capitalize() for text in OUTCOMES), _("Total")]
    _headers(sheet, LEVELS_HEADER_ROW, _("Letters and emails by level"), titles)
    sheet.cell(ALL_LEVELS_ROW, LABEL_COLUMN, _("All levels"))
    _line(sheet, ALL_LEVELS_ROW, [_COUNT] * 6, is_total=True)
    _line(sheet, LEVEL_ROW, [_COUNT] * 6, is_total=False)


def _headers(sheet: Worksheet, row: int, subject: str, titles: list[str]) -> None:
    for index, text in enumerate([subject, *titles], start=LABEL_COLUMN):
        header_cell(sheet, row, index, text, edited=False)
    first = sheet.cell(row, LABEL_COLUMN)
    first.alignment = Alignment(horizontal="left", vertical="center", indent=1, wrap_text=True)
    first.font = Font(name=FONT, bold=True, color="FFFFFF", size=10)
    sheet.row_dimensions[row].height = 28


def _line(sheet: Worksheet, row: int, formats: list[str], is_total: bool) -> None:
    """Style a line: its label, then figures in these formats."""
    fill = PatternFill("solid", fgColor="EEF2F5") if is_total else PatternFill()
    for index, number_format in enumerate(["General", *formats], start=LABEL_COLUMN):
        cell = sheet.cell(row, index)
        is_bold = is_total or index == TOTAL_COLUMN
        cell.font = Font(name=FONT, size=10, bold=is_bold, color=INK)
        cell.number_format = number_format
        cell.border = _TOTAL_LINE if is_total else _LINE
        cell.fill = fill
        cell.alignment = Alignment(
            horizontal=_HORIZONTAL.get(index, "right"),
            vertical="center",
            indent=0 if index == COUNT_COLUMN else 1,
            shrink_to_fit=number_format == _MONEY,
        )
    sheet.row_dimensions[row].height = 20
