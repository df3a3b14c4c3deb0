"""The dashboard's figures: formulas that Excel 2016 and Calc 7 share, each written with the value it has now.

One currency at a time, the one in the choice cell. Who owes most is ranked at each export for every currency, on the
hidden lists: another choice in Excel shows that currency's own customers.
"""

from decimal import Decimal

from relance_xl.language import _
from relance_xl.workbook.aged_balance import NEEDED, CurrencyBalance, read_balances
from relance_xl.workbook.cells import BLANK, Formula, Number, Text, Value, value_text
from relance_xl.workbook.chart_caches import Rows, refill_charts
from relance_xl.workbook.columns import DASHBOARD_SHEET, N_, REMINDER_COLUMNS, TODAY_NAME
from relance_xl.workbook.dashboard_levels import write_levels
from relance_xl.workbook.dashboard_lists import write_ranking
from relance_xl.workbook.dashboard_owed import OwedTables, clear_owed_tables
from relance_xl.workbook.dashboard_places import (
    AGES_HEADER_ROW,
    CURRENCY_CELL,
    CURRENCY_NAME,
    CUSTOMER_LINES,
    CUSTOMER_ROW,
    CUSTOMERS_HEADER_ROW,
    DAY_CELL,
    LABEL_COLUMN,
    LEVEL_ROW,
    LEVELS_HEADER_ROW,
    LOOKUP_COLUMN,
    NOTE_CELL,
    SHARE_COLUMN,
)
from relance_xl.workbook.document import Document
from relance_xl.workbook.fixed_sheets import FixedSheet, Sign, find_fixed_sheet
from relance_xl.workbook.ledger_sheet import LedgerSheet
from relance_xl.workbook.lists_sheet import LISTS
from relance_xl.workbook.reminders_sheet import RemindersSheet
from relance_xl.workbook.sheet import Sheet

DASHBOARD = FixedSheet(
    DASHBOARD_SHEET,
    CURRENCY_NAME,
    CURRENCY_CELL,
    (
        Sign(AGES_HEADER_ROW, LABEL_COLUMN, N_("Aged balance")),
        Sign(CUSTOMERS_HEADER_ROW, LABEL_COLUMN, N_("Owed by customer")),
        Sign(LEVELS_HEADER_ROW, LABEL_COLUMN, N_("Letters and emails by level")),
        Sign(CUSTOMERS_HEADER_ROW, SHARE_COLUMN, N_("Share")),
    ),
)


def write_dashboard(document: Document, levels: tuple[str, ...]) -> None:
    """Write all figures, and what the charts show of them; nothing where the user did away with the sheet.

    `levels`: the levels' names, in order. The currency that the user chose stays chosen while anything is open in it.
    """
    sheet = _dashboard(document)
    if sheet is None:
        return
    customers = _write_owed(document, sheet, RemindersSheet.find(document))
    ledger = LedgerSheet.find_if_there(document)
    lines = write_levels(sheet, ledger, levels) if ledger is not None else 0
    charted = dict(
        (
            _reach(sheet, CUSTOMERS_HEADER_ROW, CUSTOMER_ROW, customers),
            _reach(sheet, LEVELS_HEADER_ROW, LEVEL_ROW, lines),
        )
    )
    refill_charts(document, sheet, charted)


def _dashboard(document: Document) -> Sheet | None:
    place = document.named_cell(CURRENCY_NAME)
    if place is None or place.sheet not in document.sheet_names() or (place.row, place.column) != CURRENCY_CELL:
        return None
    sheet = document.sheet(place.sheet)
    return None if DASHBOARD.is_moved_in(sheet) else sheet


def _write_owed(document: Document, sheet: Sheet, reminders: RemindersSheet) -> int:
    """Write both tables of what is owed; return how many customers any currency's table has."""
    today = _today(document)
    currencies = read_balances(reminders, today) if today is not None else ()
    chosen = _choose_currency(sheet, currencies)
    sheet.put(*DAY_CELL, BLANK if today is None else Formula(TODAY_NAME, today))
    sheet.put(*NOTE_CELL, Text(_note(reminders, currencies)))
    lists = find_fixed_sheet(document, LISTS)
    ranking = write_ranking(document, lists, currencies, CUSTOMER_LINES) if lists is not None else None
    if today is None or not set(NEEDED) <= set(reminders.layout.columns):
        clear_owed_tables(sheet)
        return 0
    tables = OwedTables(sheet, reminders, chosen)
    tables.write_total()
    tables.write_customers(ranking)
    return max((len(one.largest(CUSTOMER_LINES)) for one in currencies), default=0)


def _today(document: Document) -> int | None:
    """Return the serial number of the day the workbook shows, None where the user did away with it."""
    place = document.named_cell(TODAY_NAME)
    value: Value = None
    if place is not None and place.sheet in document.sheet_names():
        value = document.sheet(place.sheet).value(place.row, place.column)
    return int(value) if isinstance(value, Decimal) else None


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


def _reach(sheet: Sheet, header_row: int, first: int, lines: int) -> tuple[Rows, Rows]:
    """Return which rows a table's chart reached over, as its header's hidden cell says, and which it shall now."""
    before = sheet.value(header_row, LOOKUP_COLUMN)
    last = first + max(lines, 1) - 1
    sheet.put(header_row, LOOKUP_COLUMN, Number(last))
    return Rows(first, int(before) if isinstance(before, Decimal) else first), Rows(first, last)
