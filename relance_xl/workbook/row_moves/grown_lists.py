"""A list that grew: areas and formulas that held the whole of it hold the whole of it still."""

import re
from dataclasses import dataclass

from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.row_moves.references import Reference, rewritten

_AREA_END = re.compile(r":(?:[^:]*!)?\$?[A-Za-z]{0,3}\$?\d")


@dataclass(frozen=True, slots=True)
class Growth:
    """How a list grew: its columns, its first row, its last one before, its last one now."""

    first_column: int
    last_column: int
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
        if area is None or area.first_row != first_row:
            return reference
        end = self.end_of(area.first_row, area.last_row, (area.first_column, area.last_column))
        return reference if end == area.last_row else str(Area(area.first_column, first_row, area.last_column, end))

    def end_of(self, first: int, last: int, columns: tuple[int, int] | None) -> int:
        """Return the last row of an area, `columns` None for whole rows: the list's, if it held the list and no more.

        What reaches further stays as it is. In columns beside the list, only what ended with it has to do with it.
        """
        is_ours = columns is None or (columns[0] <= self.last_column and self.first_column <= columns[1])
        held = first <= self.first_row and (self.old_last_row <= last if is_ours else self.old_last_row == last)
        return max(last, self.last_row) if held else last


def may_hold_area(formula: str) -> bool:
    """Whether a formula may hold an area of rows: taking all apart would be slow."""
    return _AREA_END.search(formula) is not None


def grown_formula(formula: str, grown: Growth, list_sheet: str, own_sheet: str, only_fixed: bool = False) -> str:
    """Return a formula (without its `=`) whose areas over the whole list reach its last row.

    `only_fixed`: only areas that end in a fixed row (`I$45`): beside the list, others are running totals.
    """

    def change(reference: Reference) -> str:
        first, last = reference.first_row, reference.last_row
        grows = reference.is_area and (reference.ends_fixed() or not only_fixed)
        if grows and reference.leads_to(list_sheet, own_sheet):
            last = grown.end_of(first, last, reference.columns())
        return reference.with_rows(first, last)

    names_list = list_sheet == own_sheet or list_sheet.casefold().replace("'", "''") in formula.casefold()
    return rewritten(formula, change) if names_list and may_hold_area(formula) else formula
