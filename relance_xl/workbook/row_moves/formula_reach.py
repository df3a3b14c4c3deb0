"""Which cells a formula looks at, as far as its text tells: what may have changed under it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.ooxml.column_letters import column_index_from_string

MAX_COLUMN, MAX_ROW = 16_384, 1_048_576
# What formulas are made of (18.17.2); a reference comes before the name or number that it begins with.
_FORMULA_PARTS = r"""
      "(?:[^"]|"")*"                                                      # a text
    | (?P<function>[^\W\d][\w.]*)\(
    | (?P<sheet>'(?:[^']|'')+'!|(?:\[\d+\])?[\w.]+!)?
      (?: (?P<column>\$?[A-Za-z]{1,3})(?P<row>\$?[1-9]\d{0,6})
          (?P<area>:(?:'(?:[^']|'')+'!|[\w.]+!)?(?P<last_column>\$?[A-Za-z]{1,3})(?P<last_row>\$?[1-9]\d{0,6}))?(?![\w.(!])
        | (?P<columns>\$?[A-Za-z]{1,3}):(?P<last_columns>\$?[A-Za-z]{1,3})(?![\w.(!])
        | (?P<rows>\$?[1-9]\d{0,6}):(?P<last_rows>\$?[1-9]\d{0,6})(?![\w.(!])
      )
    | \d+(?:\.\d*)?(?:[Ee][+-]?\d+)?
    | (?P<name>[^\W\d\\][\w.?\\]*|\\[\w.?\\]*)
    | \#(?:N/A|DIV/0!|NUM!|VALUE!|NULL!|NAME\?)
    | (?P<doubt>[\#\[\]:!'])                                               # what was lost; tables; ranges worked out
    | .
    """
# Known without looking openpyxl's list up, which takes 0.1 s to load: what our formulas, and most people's, are made of.
_USUAL = frozenset((
    "ABS", "AND", "AVERAGE", "CONCATENATE", "COUNT", "COUNTA", "COUNTBLANK", "COUNTIF", "COUNTIFS", "DATE", "DAY", "FIND",
    "HLOOKUP", "HYPERLINK", "IF", "IFERROR", "INDEX", "INT", "ISBLANK", "ISERROR", "ISNUMBER", "ISTEXT", "LEFT", "LEN",
    "LOOKUP", "LOWER", "MATCH", "MAX", "MID", "MIN", "MOD", "MONTH", "NOT", "OR", "RIGHT", "ROUND", "ROUNDDOWN",
    "ROUNDUP", "SEARCH", "SUBSTITUTE", "SUBTOTAL", "SUM", "SUMIFS", "SUMPRODUCT", "TEXT", "TODAY", "TRIM", "UPPER",
    "VALUE", "VLOOKUP", "YEAR",
))  # fmt: skip
# These look at cells that no reference names, or at where a cell stands.
_FAR_SIGHTED = {"INDIRECT", "OFFSET", "ROW", "CELL", "INFO", "SHEET", "GETPIVOTDATA", "RTD", "DDE", "CALL", "EVALUATE"}
# These look as far along one of their areas as another one reaches.
_STRETCHING = {"SUMIF", "AVERAGEIF", "LOOKUP"}
_LATER_FUNCTION = "_XLFN."
_CONSTANTS = {"TRUE", "FALSE"}


@dataclass(frozen=True, slots=True)
class Looked:
    """An area that a formula looks at; `sheet` without case. `is_cell`: written as one cell, not as an area."""

    sheet: str
    area: Area
    is_cell: bool


#: All that a formula looks at; None where its text does not tell.
Reach = tuple[Looked, ...] | None


@dataclass(frozen=True, slots=True)
class Setting:
    """What a reader of formulas knows: the workbook's sheets, without case; what its names stand for."""

    sheets: frozenset[str]
    names: Mapping[str, Reach]


@cache
def _token() -> re.Pattern[str]:
    """Return what finds the parts of a formula: made where one is read, not by each command."""
    return re.compile(_FORMULA_PARTS, re.VERBOSE | re.DOTALL)


def _is_function(name: str) -> bool:
    """Whether it is a function of Excel's own: another may look anywhere."""
    from openpyxl.utils import FORMULAE

    return name in FORMULAE or name.startswith(_LATER_FUNCTION)


def reach_of(formula: str, own_sheet: str, setting: Setting, down: int = 0, right: int = 0) -> Reach:
    """Return what a formula (without its `=`) looks at; None where that cannot be told.

    `own_sheet`: where it stands, without case. `down`, `right`: how far from the cell for which it is written, where
    cells share it.
    """
    reader = _Reader(own_sheet, setting, down, right)
    return tuple(reader.looked) if all(map(reader.read, _token().finditer(formula))) else None


class _Reader:
    """Reads token after token."""

    def __init__(self, own_sheet: str, setting: Setting, down: int, right: int) -> None:
        self.looked: list[Looked] = []
        self._own_sheet = own_sheet
        self._setting = setting
        self._down, self._right = down, right
        self._stretches = False

    def read(self, token: re.Match[str]) -> bool:
        """Take a token in; return whether what it looks at is known."""
        kind = token.lastgroup
        if kind is None:
            return True
        if kind == "function":
            return self._function(token["function"].upper())
        if kind == "name":
            return self._name(token["name"])
        return kind != "doubt" and self._reference(token)

    def _function(self, name: str) -> bool:
        self._stretches |= name in _STRETCHING
        return name in _USUAL or (name.removeprefix(_LATER_FUNCTION) not in _FAR_SIGHTED and _is_function(name))

    def _name(self, name: str) -> bool:
        if name.upper() in _CONSTANTS:
            return True
        reach = self._setting.names.get(name.casefold())
        self.looked += reach or ()
        return reach is not None

    def _reference(self, token: re.Match[str]) -> bool:
        sheet = self._own_sheet
        if token["sheet"]:
            sheet = token["sheet"][:-1].strip("'").replace("''", "'").casefold()
            if "[" in sheet:
                # Another workbook.
                return True
        area = self._area(token)
        if area is None and not token["sheet"]:
            # Beyond any sheet, so a name: YTD12.
            return self._name(token[0])
        if area is None or sheet not in self._setting.sheets:
            return False
        is_cell = token["column"] is not None and token["area"] is None and not self._stretches
        if self._stretches:
            area = Area(area.first_column, 1, area.last_column, MAX_ROW)
        self.looked.append(Looked(sheet, area, is_cell))
        return True

    def _area(self, token: re.Match[str]) -> Area | None:
        """Return the area that a reference names; None where it is beyond any sheet."""
        columns = [1, MAX_COLUMN] if token["rows"] else self._numbers(token, ("column", "columns"), self._column)
        rows = [1, MAX_ROW] if token["columns"] else self._numbers(token, ("row", "rows"), self._row)
        if columns[-1] > MAX_COLUMN or rows[-1] > MAX_ROW:
            return None
        return Area(columns[0], rows[0], columns[-1], rows[-1])

    @staticmethod
    def _numbers(token: re.Match[str], groups: tuple[str, str], number: Callable[[str], int]) -> list[int]:
        """Return the first and last of what some groups and their ends hold, in order."""
        return sorted(number(text) for name in groups for text in (token[name], token[f"last_{name}"]) if text)

    def _column(self, text: str) -> int:
        number = column_index_from_string(text.removeprefix("$"))
        return number if text.startswith("$") else max(number + self._right, 1)

    def _row(self, text: str) -> int:
        return int(text.removeprefix("$")) if text.startswith("$") else max(int(text) + self._down, 1)
