"""The dashboard's figures: formulas that Excel 2016 and Calc 7 share, each written with the value it has now.

One currency at a time, the one in the choice cell. Who owes most is ranked at each export for every currency, on the
hidden lists: another choice in Excel shows that currency's own customers.
"""

from datetime import date
from decimal import Decimal

from relance_xl.runtime.language import _
from relance_xl.workbook.dashboard.aged_balance import NEEDED, CurrencyBalance, read_balances
from relance_xl.workbook.dashboard.chart_caches import RowSpan, refill_charts
from relance_xl.workbook.dashboard.levels import write_levels
from relance_xl.workbook.dashboard.owed import OwedTables, clear_owed_tables
from relance_xl.workbook.dashboard.rankings import write_ranking
from relance_xl.workbook.ooxml.cells import BLANK, Formula, Number, Text, serial_of, value_text
from relance_xl.workbook.sheets.columns import REMINDER_COLUMNS, TODAY_NAME
from relance_xl.workbook.sheets.dashboard_places import (
    CURRENCY_CELL,
    CUSTOMER_LINES,
    CUSTOMER_ROW,
    CUSTOMERS_HEADER_ROW,
    DASHBOARD,
    DAY_CELL,
    LEVEL_ROW,
    LEVELS_HEADER_ROW,
    LOOKUP_COLUMN,
    NOTE_CELL,
    PROMISES_CELL,
)
from relance_xl.workbook.sheets.fixed_sheets import find_fixed_sheet, unmoved_sheet
from relance_xl.workbook.sheets.header import find_list
from relance_xl.workbook.sheets.history.sheet import LEDGER
from relance_xl.workbook.sheets.lists import LISTS
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet


def write_dashboard(spreadsheet: Spreadsheet, levels: tuple[str, ...], today: date) -> None:
    """Write all figures, and what the charts show of them; nothing where the user did away with the sheet.

    `levels`: the levels' names, in order. `today`: the day, where the cell that shows it has lost its value. The currency that the user chose stays chosen while anything is open in it.
    """
    sheet = unmoved_sheet(spreadsheet, DASHBOARD)
    if sheet is None:
        return
    customers = _write_owed(spreadsheet, sheet, RemindersSheet.find(spreadsheet), today)
    history = find_list(spreadsheet, LEDGER)
    lines = write_levels(sheet, history, levels) if history is not None and "key" in history.layout.columns else 0
    charted = dict(
        (
            _reach(sheet, CUSTOMERS_HEADER_ROW, CUSTOMER_ROW, customers),
            _reach(sheet, LEVELS_HEADER_ROW, LEVEL_ROW, lines),
        )
    )
    refill_charts(spreadsheet, sheet, charted)


def write_promises(spreadsheet: Spreadsheet, promises: str) -> None:
    """Say what became of promises to pay; nothing where the user did away with the sheet."""
    sheet = unmoved_sheet(spreadsheet, DASHBOARD)
    if sheet is not None:
        text = _("Promises - {promises}").format(promises=promises)
        sheet.put(*PROMISES_CELL, Text(text) if promises else BLANK)


def _write_owed(spreadsheet: Spreadsheet, sheet: Sheet, reminders: RemindersSheet, day: date) -> int:
    """Write both tables of what is owed; return how many customers any currency's table has."""
    today = _today(spreadsheet, day)
    currencies = read_balances(reminders, today) if today is not None else ()
    chosen = _choose_currency(sheet, currencies)
    sheet.put(*DAY_CELL, BLANK if today is None else Formula(TODAY_NAME, today))
    sheet.put(*NOTE_CELL, Text(_note(reminders, currencies)))
    lists = find_fixed_sheet(spreadsheet, LISTS)
    ranking = write_ranking(spreadsheet, lists, currencies, CUSTOMER_LINES) if lists is not None else None
    if today is None or not set(NEEDED) <= set(reminders.layout.columns):
        clear_owed_tables(sheet)
        return 0
    tables = OwedTables(sheet, reminders, chosen)
    tables.write_total()
    tables.write_customers(ranking)
    return max((len(one.largest(CUSTOMER_LINES)) for one in currencies), default=0)


def _today(spreadsheet: Spreadsheet, today: date) -> int | None:
    """Return the serial number of the day the workbook shows, None where the user did away with it."""
    place = spreadsheet.named_cell(TODAY_NAME)
    if place is None or place.sheet not in spreadsheet.sheet_names():
        return None
    sheet = spreadsheet.sheet(place.sheet)
    value = sheet.value(place.row, place.column)
    if isinstance(value, Decimal):
        return int(value)
    # openpyxl saves formulas without their values.
    return serial_of(today, spreadsheet.is_1904) if sheet.has_formula(place.row, place.column) else None


def _choose_currency(sheet: Sheet, currencies: tuple[CurrencyBalance, ...]) -> CurrencyBalance:
    """Return the chosen currency's balance; the most frequent one's where there is no longer such a currency."""
    choice = value_text(sheet.value(*CURRENCY_CELL)).casefold()
    chosen = next((one for one in currencies if one.currency.casefold() == choice), None)
    if chosen is None:
        chosen = currencies[0] if currencies else CurrencyBalance("")
        sheet.put(*CURRENCY_CELL, Text(chosen.currency) if chosen.currency else BLANK)
    return chosen


def _note(reminders: RemindersSheet, currencies: tuple[CurrencyBalance, ...]) -> str:
    """Say, beside the choice, what the figures are of; or why there are none."""
    missing = set(NEEDED) - set(reminders.layout.columns)
    gone = next((column for column in REMINDER_COLUMNS if column.field in missing), None)
    if gone is not None:
        return _("No figures: the column “{title}” is missing.").format(title=_(gone.title))
    if len(currencies) > 1:
        shown = ", ".join(one.currency for one in currencies)
        return _("To choose from: {currencies}. Different currencies are never added up.").format(currencies=shown)
    return ""


def _reach(sheet: Sheet, header_row: int, first: int, lines: int) -> tuple[RowSpan, RowSpan]:
    """Return which rows a table's chart reached over, as its header's hidden cell says, and which it shall now."""
    before = sheet.value(header_row, LOOKUP_COLUMN)
    last = first + max(lines, 1) - 1
    sheet.put(header_row, LOOKUP_COLUMN, Number(last))
    return RowSpan(first, int(before) if isinstance(before, Decimal) else first), RowSpan(first, last)
