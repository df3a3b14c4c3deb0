"""What is owed: the dashboard's aged balance, in total and by customer."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from relance_xl.workbook.dashboard.aged_balance import AGE_ENDS, AGES, TOTAL, CurrencyBalance, CustomerBalance
from relance_xl.workbook.dashboard.rankings import Ranking
from relance_xl.workbook.ooxml.cells import BLANK, Content, Formula, Text, address
from relance_xl.workbook.sheets.columns import REMINDER_KEYS, TODAY_NAME
from relance_xl.workbook.sheets.dashboard_places import (
    AGE_SHARE_ROW,
    COUNT_COLUMN,
    CREDITS_ROW,
    CURRENCY_NAME,
    CUSTOMER_LINES,
    CUSTOMER_ROW,
    FIRST_COLUMN,
    INVOICES_ROW,
    LABEL_COLUMN,
    LOOKUP_COLUMN,
    OTHERS_ROW,
    OWED_ROW,
    SHARE_COLUMN,
    TOTAL_COLUMN,
)
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import whole_column

_TOTAL_OWED = f"${address(TOTAL_COLUMN, OWED_ROW).removesuffix(str(OWED_ROW))}${OWED_ROW}"
# Amounts are added as binary fractions: what is left of a difference must not show as -0.00.
_DECIMALS = 3


def exact_match(cell: str) -> str:
    """Return a criterion for exactly the text in a cell, whatever signs it holds."""
    return f'"="&SUBSTITUTE(SUBSTITUTE(SUBSTITUTE({cell},"~","~~"),"*","~*"),"?","~?")'


@dataclass(frozen=True, slots=True)
class _Sums:
    """Formulas over the columns of the sheet of reminders, in the chosen currency."""

    amounts: str
    currencies: str
    days: str
    codes: str
    keys: str

    @classmethod
    def over(cls, reminders: RemindersSheet) -> "_Sums":
        columns = reminders.layout.columns
        fields = ("open_amount", "currency", "due_date", "customer_code", "key")
        return cls(*(whole_column(reminders.sheet.name, columns[field]) for field in fields))

    def owed(self, place: int, *criteria: str) -> str:
        """Return the sum of the amounts of an age, or in total."""
        return f"SUMIFS({self.amounts},{self._criteria(place, criteria)})"

    def credits(self, place: int) -> str:
        """Return the sum of the credit notes alone."""
        return self.owed(place, self.amounts, '"<0"')

    def invoices(self, place: int, *criteria: str) -> str:
        """Return the number of invoices; credit notes are none."""
        limits = self._criteria(place, (self.amounts, '">0"', *criteria))
        return f"COUNTIFS({limits})"

    def of_customer(self, row: int) -> tuple[str, str]:
        """Return what limits a sum to a line's customer."""
        return self.codes, exact_match(f"$A{row}")

    def _criteria(self, place: int, more: Iterable[str]) -> str:
        return ",".join([self.currencies, CURRENCY_NAME, self.keys, REMINDER_KEYS, *self._age(place), *more])

    def _age(self, place: int) -> Iterable[str]:
        """Yield what limits a sum to an age: due before the day that the one before ends, and not before its own end."""
        if 0 < place < TOTAL:
            yield from (self.days, f'"<"&{_days_ago(AGE_ENDS[place - 1])}')
        if place < AGES - 1:
            yield from (self.days, f'">="&{_days_ago(AGE_ENDS[place])}')


def _days_ago(days: int) -> str:
    return f"{TODAY_NAME}-{days}" if days else TODAY_NAME


class OwedTables:
    """Writes the two tables of what is owed."""

    def __init__(self, sheet: Sheet, reminders: RemindersSheet, chosen: CurrencyBalance) -> None:
        self._sheet = sheet
        self._sums = _Sums.over(reminders)
        self._balance = chosen.balance
        self._largest = chosen.largest(CUSTOMER_LINES)

    def write_total(self) -> None:
        """Write the aged balance of all customers."""
        for place in range(TOTAL + 1):
            column = FIRST_COLUMN + place
            owed = self._balance.owed[place]
            self._sheet.put(OWED_ROW, column, Formula(self._sums.owed(place), owed))
            self._sheet.put(CREDITS_ROW, column, Formula(self._sums.credits(place), self._balance.credits[place]))
            self._sheet.put(AGE_SHARE_ROW, column, self._share(address(column, OWED_ROW), owed))
            self._sheet.put(INVOICES_ROW, column, Formula(self._sums.invoices(place), self._balance.invoices[place]))

    def write_customers(self, ranking: Ranking | None) -> None:
        """Write the lines of those who owe most, and what all others owe together.

        `ranking` None: the hidden lists are gone, so the names cannot follow another currency.
        """
        for line in range(CUSTOMER_LINES):
            self._write_names(ranking, line)
            self._write_customer(line)
        self._write_others()

    def _customer(self, line: int) -> CustomerBalance:
        return self._largest[line] if line < len(self._largest) else CustomerBalance("", "")

    def _write_names(self, ranking: Ranking | None, line: int) -> None:
        row, customer = CUSTOMER_ROW + line, self._customer(line)
        code: Content = Text(customer.code) if customer.code else BLANK
        name: Content = Text(customer.name) if customer.name else BLANK
        if ranking is not None:
            rank = f'MATCH({CURRENCY_NAME}&"|"&{line + 1},{ranking.ranks},0)'
            code = Formula(f'IFERROR(INDEX({ranking.codes},{rank})&"","")', customer.code)
            name = Formula(f'IFERROR(INDEX({ranking.names},{rank})&"","")', customer.name)
        self._sheet.put(row, LOOKUP_COLUMN, code)
        self._sheet.put(row, LABEL_COLUMN, name)

    def _write_customer(self, line: int) -> None:
        row, customer = CUSTOMER_ROW + line, self._customer(line)
        mine, balance = self._sums.of_customer(row), customer.balance

        def put(column: int, formula: str, value: Decimal | str) -> None:
            self._sheet.put(row, column, Formula(f'IF($A{row}="","",{formula})', value if customer.code else ""))

        for place in range(TOTAL + 1):
            put(FIRST_COLUMN + place, self._sums.owed(place, *mine), balance.owed[place])
        share = self._share(address(TOTAL_COLUMN, row), balance.owed[TOTAL])
        put(SHARE_COLUMN, share.formula, _decimal_or_text(share))
        put(COUNT_COLUMN, self._sums.invoices(TOTAL, *mine), balance.invoices[TOTAL])

    def _write_others(self) -> None:
        for place in range(TOTAL + 1):
            rest = self._balance.owed[place] - sum(one.balance.owed[place] for one in self._largest)
            self._put_rest(FIRST_COLUMN + place, address(FIRST_COLUMN + place, OWED_ROW), rest)
        owed = self._balance.owed[TOTAL] - sum(one.balance.owed[TOTAL] for one in self._largest)
        self._sheet.put(OTHERS_ROW, SHARE_COLUMN, self._share(address(TOTAL_COLUMN, OTHERS_ROW), owed))
        count = self._balance.invoices[TOTAL] - sum(one.balance.invoices[TOTAL] for one in self._largest)
        self._put_rest(COUNT_COLUMN, address(TOTAL_COLUMN, INVOICES_ROW), count)

    def _put_rest(self, column: int, whole: str, value: Decimal) -> None:
        """Write what the customers' lines leave of a whole."""
        lines = f"{address(column, CUSTOMER_ROW)}:{address(column, OTHERS_ROW - 1)}"
        self._sheet.put(OTHERS_ROW, column, Formula(f"ROUND({whole}-SUM({lines}),{_DECIMALS})", value))

    def _share(self, cell: str, amount: Decimal) -> Formula:
        whole = self._balance.owed[TOTAL]
        return Formula(f'IF({_TOTAL_OWED}>0,{cell}/{_TOTAL_OWED},"")', amount / whole if whole > 0 else "")


def _decimal_or_text(share: Formula) -> Decimal | str:
    return share.value if isinstance(share.value, Decimal | str) else ""


def clear_owed_tables(sheet: Sheet) -> None:
    """Empty both tables: no figures are better than wrong ones."""
    for row in (OWED_ROW, CREDITS_ROW, AGE_SHARE_ROW, INVOICES_ROW):
        for column in range(FIRST_COLUMN, TOTAL_COLUMN + 1):
            sheet.put(row, column, BLANK)
    for row in range(CUSTOMER_ROW, OTHERS_ROW + 1):
        for column in range(LOOKUP_COLUMN, COUNT_COLUMN + 1):
            if (row, column) != (OTHERS_ROW, LABEL_COLUMN):
                sheet.put(row, column, BLANK)
