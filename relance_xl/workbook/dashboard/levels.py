"""How many letters and emails each level has seen, and what became of them: the dashboard's third table."""

from collections import Counter
from decimal import Decimal

from relance_xl.runtime.language import _
from relance_xl.workbook.dashboard.owed import exact_match
from relance_xl.workbook.ooxml.cells import BLANK, Formula, Text, Value, address
from relance_xl.workbook.sheets.columns import LEDGER_KEYS
from relance_xl.workbook.sheets.dashboard_places import (
    ALL_LEVELS_ROW,
    COUNTED_WITH,
    FIRST_COLUMN,
    LABEL_COLUMN,
    LEVEL_ROW,
    LOOKUP_COLUMN,
    OUTCOMES,
    TOTAL_COLUMN,
)
from relance_xl.workbook.sheets.header import FoundList
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import whole_column

#: How many of the history's rows have a level and an outcome, both without case.
_Counts = Counter[tuple[str, str]]


_SLASHES_IN_KEY = 2


def write_levels(sheet: Sheet, ledger: FoundList, levels: tuple[str, ...]) -> int:
    """Write a line for each level, one more for levels that the settings no longer have; return how many."""
    _clear_lines(sheet)
    level_column, outcome_column = ledger.layout.column("level"), ledger.layout.column("outcome")
    if level_column is None or outcome_column is None:
        return 0
    key_column = ledger.layout.columns["key"]
    counts = _count(ledger)
    outcomes = whole_column(ledger.sheet.name, outcome_column)
    ours = f"{whole_column(ledger.sheet.name, key_column)},{LEDGER_KEYS}"
    known = {level.casefold() for level in levels}
    for place, texts in enumerate(_outcome_texts()):
        total = sum(count for (_level, outcome), count in counts.items() if outcome in map(str.casefold, texts))
        sheet.put(ALL_LEVELS_ROW, FIRST_COLUMN + place, Formula(_counted(f"{ours},{outcomes}", texts), total))
    _write_row_total(sheet, ALL_LEVELS_ROW)
    for row, level in enumerate(levels, start=LEVEL_ROW):
        _start_line(sheet, row, level)
        mine = f"{whole_column(ledger.sheet.name, level_column)},{exact_match(f'$A{row}')}"
        for place, texts in enumerate(_outcome_texts()):
            total = sum(counts[level.casefold(), text.casefold()] for text in texts)
            formula = _counted(f"{mine},{ours},{outcomes}", texts)
            sheet.put(row, FIRST_COLUMN + place, Formula(formula, total))
        _write_row_total(sheet, row)
    shown = {text.casefold() for texts in _outcome_texts() for text in texts}
    if any(level not in known and outcome in shown for level, outcome in counts):
        _write_former_levels(sheet, LEVEL_ROW + len(levels))
        return len(levels) + 1
    return len(levels)


def _outcome_texts() -> list[tuple[str, ...]]:
    """Return what stands in the history for each of the table's columns."""
    return [tuple(map(_, (title, *COUNTED_WITH.get(title, ())))) for title in OUTCOMES]


def _counted(criteria: str, texts: tuple[str, ...]) -> str:
    """Return the formula that counts rows that say one of some texts where the criteria end."""
    return "+".join(f'COUNTIFS({criteria},"{text}")' for text in texts)


def _count(history: FoundList) -> _Counts:
    """Count the rows of each level and outcome; what has no key is a line of the user's, as for the formulas."""
    rows = history.sheet.scan(history.layout.scanned(("key", "level", "outcome")))
    return Counter(
        (_without_case(level), _without_case(outcome))
        for row, (key, level, outcome) in rows
        if row >= history.layout.first_row and isinstance(key, str) and key.count("/") >= _SLASHES_IN_KEY
    )


def _without_case(value: Value) -> str:
    return value.casefold() if isinstance(value, str) else ""


def _clear_lines(sheet: Sheet) -> None:
    """Empty the table's lines: the settings may have fewer levels than last time."""
    row = LEVEL_ROW
    while sheet.value(row, LABEL_COLUMN) is not None:
        for column in range(LOOKUP_COLUMN, TOTAL_COLUMN + 1):
            sheet.put(row, column, BLANK)
        row += 1
    for column in range(FIRST_COLUMN, TOTAL_COLUMN + 1):
        sheet.put(ALL_LEVELS_ROW, column, BLANK)


def _start_line(sheet: Sheet, row: int, label: str) -> None:
    """Write a line's label; its formats continue the first line's where it has none yet."""
    if sheet.style(row, LABEL_COLUMN) is None:
        sheet.copy_row_format(LEVEL_ROW, row)
    sheet.put(row, LOOKUP_COLUMN, Text(label))
    sheet.put(row, LABEL_COLUMN, Text(label))


def _write_row_total(sheet: Sheet, row: int) -> None:
    columns = range(FIRST_COLUMN, TOTAL_COLUMN)
    area = f"{address(FIRST_COLUMN, row)}:{address(TOTAL_COLUMN - 1, row)}"
    sheet.put(row, TOTAL_COLUMN, Formula(f"SUM({area})", sum(_number(sheet.value(row, one)) for one in columns)))


def _write_former_levels(sheet: Sheet, row: int) -> None:
    """Write what all levels leave: reminders of levels that were renamed or removed."""
    _start_line(sheet, row, _("Former levels"))
    for column in range(FIRST_COLUMN, TOTAL_COLUMN):
        lines = range(LEVEL_ROW, row)
        rest = _number(sheet.value(ALL_LEVELS_ROW, column)) - sum(_number(sheet.value(one, column)) for one in lines)
        area = f"{address(column, LEVEL_ROW)}:{address(column, row - 1)}"
        sheet.put(row, column, Formula(f"{address(column, ALL_LEVELS_ROW)}-SUM({area})", rest))
    _write_row_total(sheet, row)


def _number(value: Value) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(0)
