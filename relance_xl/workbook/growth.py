"""A list that grew: areas and formulas that held the whole of it hold the whole of it still."""

import re
from dataclasses import dataclass

from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError

from relance_xl.workbook.areas import Area
from relance_xl.workbook.cells import address
from relance_xl.workbook.references import PLACE, sheet_named

_AREA_END = re.compile(rb":\$?[A-Za-z]{1,3}\$?\d")


@dataclass(frozen=True, slots=True)
class Growth:
    """How a list grew: its first row, its last one before, its last one now."""

    first_row: int
    old_last_row: int
    last_row: int

    def stretched(self, reference: str) -> str:
        """Return an area that covered all rows, made to reach the last; any other as it is."""
        return self._stretched(reference, self.first_row)

    def stretched_table(self, reference: str) -> str:
        """Return the area of a table or filter, which starts with the header, likewise."""
        return self._stretched(reference, self.first_row - 1)

    def _stretched(self, reference: str, first_row: int) -> str:
        area = Area.parse(reference)
        if area is None or area.first_row != first_row or area.last_row < self.old_last_row:
            return reference
        end = address(area.last_column, max(self.last_row, self.first_row))
        return f"{address(area.first_column, first_row)}:{end}"

    def holds_list(self, first: int, last: int) -> bool:
        """Whether an area held the list before, and does not reach its last row now."""
        return first <= self.first_row and first < last and self.old_last_row <= last < self.last_row


def may_hold_area(text: bytes) -> bool:
    """Whether a text may hold an area of rows: taking all formulas apart would be slow."""
    return _AREA_END.search(text) is not None


def grown_formula(formula: str, grown: Growth, list_sheet: str, own_sheet: str, only_fixed: bool = False) -> str:
    """Return a formula (without its `=`) whose areas over the whole list reach its last row.

    `only_fixed`: only areas that end in a fixed row (`I$45`): beside the list, others are running totals.
    """
    try:
        tokens = Tokenizer(f"={formula}").items
    except (TokenizerError, IndexError, ValueError):
        return formula
    return "".join(_grown_token(token, grown, list_sheet, own_sheet, only_fixed) for token in tokens)


def _grown_token(token: Token, grown: Growth, list_sheet: str, own_sheet: str, only_fixed: bool) -> str:
    text = str(token.value)
    if token.type != Token.OPERAND or token.subtype != Token.RANGE:
        return text
    match = PLACE.fullmatch(text)
    if match is None or not match["end"] or sheet_named(match["sheet"], own_sheet) != list_sheet.casefold():
        return text
    fixed = match["second"].endswith("$")
    if (only_fixed and not fixed) or not grown.holds_list(int(match["row"]), int(match["end"])):
        return text
    return f"{text[: match.start('end')]}{grown.last_row}"
