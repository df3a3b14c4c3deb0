"""What the dashboard looks up on the hidden lists: the currencies to choose from, and each one's largest debtors."""

from dataclasses import dataclass

from relance_xl.runtime.language import _
from relance_xl.workbook.dashboard.aged_balance import CurrencyBalance
from relance_xl.workbook.ooxml.cells import BLANK, Content, Text
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet, sheet_reference, whole_column

#: Behind the other dropdowns' lists, whose module clears the sheet at each export.
_CURRENCIES, _RANKS, _CODES, _NAMES = 11, 12, 13, 14


@dataclass(frozen=True, slots=True)
class Ranking:
    """The columns, as formulas write them: `EUR|1` and the code and name of who owes most in euros."""

    ranks: str
    codes: str
    names: str


def write_ranking(
    spreadsheet: Spreadsheet, lists: Sheet, currencies: tuple[CurrencyBalance, ...], lines: int
) -> Ranking:
    """Write the currencies and, of each, as many customers as there are lines."""
    columns: dict[int, list[str]] = {
        _CURRENCIES: [_("Currencies"), *(one.currency for one in currencies)],
        _RANKS: [_("Rank")],
        _CODES: [_("Customer code")],
        _NAMES: [_("Customer")],
    }
    for currency in currencies:
        for number, customer in enumerate(currency.largest(lines), start=1):
            columns[_RANKS].append(f"{currency.currency}|{number}")
            columns[_CODES].append(customer.code)
            columns[_NAMES].append(customer.name)
    for column, texts in columns.items():
        _write_column(lists, column, texts)
    last = max(len(currencies) + 1, 2)
    spreadsheet.set_name("relance_devises", f"{sheet_reference(lists.name)}!$K$2:$K${last}")
    return Ranking(*(whole_column(lists.name, column) for column in (_RANKS, _CODES, _NAMES)))


def _write_column(lists: Sheet, column: int, texts: list[str]) -> None:
    for row, text in enumerate(texts, start=1):
        content: Content = Text(text) if text else BLANK
        lists.put(row, column, content)
    for row in lists.row_numbers():
        if row > len(texts) and column in lists.columns_of(row):
            lists.put(row, column, BLANK)
