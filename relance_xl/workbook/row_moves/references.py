"""Where formulas and areas point after rows have moved; as Excel's own row deletion and insertion do it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relance_xl.workbook.ooxml.column_letters import column_index_from_string

if TYPE_CHECKING:
    from openpyxl.formula.tokenizer import Token

_SHEET = r"(?:'(?:[^']|'')+'|[^'!:\s]+)!"
# A cell, an area, or whole rows (`11:12`); the second end may name the sheet once more.
_CELLS = re.compile(
    rf"(?P<sheet>{_SHEET})?(?P<first>\$?[A-Za-z]{{1,3}}\$?)(?P<row>\d+)"
    rf"(?::(?P<again>{_SHEET})?(?P<second>\$?[A-Za-z]{{1,3}}\$?)(?P<end>\d+))?"
)
_WHOLE_ROWS = re.compile(
    rf"(?P<sheet>{_SHEET})?(?P<first>\$?)(?P<row>\d+):(?P<again>{_SHEET})?(?P<second>\$?)(?P<end>\d+)"
)
# What can only be one reference: no operator, no function.
_ALONE = re.compile(r"(?:'(?:[^']|'')+'!|[^\W\d][\w.]*!)?[$A-Za-z0-9:]+")
_GONE = "#REF!"
# The last column of a sheet is XFD: YTD12 is a name.
_MAX_COLUMN, _MAX_ROW = 16_384, 1_048_576


@dataclass(frozen=True, slots=True)
class RowMoves:
    """New row numbers by old ones, None for removed rows; rows before the first that is named stay where they are.

    `emptied`: a row that stays for its formats' sake, though what it showed is gone. Areas still hold it; what belongs
    to it or points at it alone goes. `shift`: by how many rows all move from the row `beyond` on. `stretches`: whether
    what is drawn over rows that part grows with the gap, else it keeps its size.
    """

    new_row: Mapping[int, int | None]
    emptied: int | None = None
    shift: int = 0
    beyond: int = 0
    stretches: bool = True

    def moves_any(self) -> bool:
        """Whether anything must follow."""
        return self.emptied is not None or self.shift != 0 or any(old != new for old, new in self.new_row.items())

    def of(self, row: int) -> int | None:
        """Return where a row is now, None where it is gone."""
        if row in self.new_row:
            return self.new_row[row]
        if not self.shift or row < self.beyond or row == _MAX_ROW:
            return row
        return min(row + self.shift, _MAX_ROW)

    def of_content(self, row: int) -> int | None:
        """Return where what stood in a row is now, None where it is gone."""
        return None if row == self.emptied else self.of(row)

    def of_range(self, first: int, last: int) -> tuple[int, int] | None:
        """Return where an area is now: from its first to its last row that is still there; None if none is."""
        while first <= last and self.of(first) is None:
            first += 1
        while last >= first and self.of(last) is None:
            last -= 1
        start, end = self.of(first), self.of(last)
        return (start, end) if first <= last and start is not None and end is not None else None


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to cells or whole rows, as a formula writes it: its rows, and the text around them.

    `again` and `second` are empty for a single cell; the columns are None for whole rows.
    """

    sheet: str
    first: str
    first_row: int
    again: str
    second: str
    last_row: int
    is_area: bool

    @classmethod
    def parse(cls, text: str) -> "Reference | None":
        """Read `I6`, `Relances!$I$6:$I$45` or `11:12`; None for anything else."""
        match = _CELLS.fullmatch(text) or _WHOLE_ROWS.fullmatch(text)
        if match is None:
            return None
        row, end = int(match["row"]), match["end"]
        again, second = match["again"] or "", match["second"] or ""
        found = cls(match["sheet"] or "", match["first"], row, again, second, int(end or row), end is not None)
        columns = found.columns()
        return found if columns is None or columns[1] <= _MAX_COLUMN else None

    def leads_to(self, sheet: str, own_sheet: str) -> bool:
        """Whether it leads to a sheet, if it stands in another: what names no sheet leads to its own."""
        named = self.sheet.removesuffix("!").strip("'").replace("''", "'") if self.sheet else own_sheet
        return named.casefold() == sheet.casefold()

    def columns(self) -> tuple[int, int] | None:
        """Return its first and last column; None for whole rows."""
        first, second = self.first.strip("$"), self.second.strip("$")
        if not first:
            return None
        start, end = column_index_from_string(first), column_index_from_string(second or first)
        return min(start, end), max(start, end)

    def ends_fixed(self) -> bool:
        """Whether its last row stays the same where the formula is filled down."""
        return self.second.endswith("$")

    def with_rows(self, first: int, last: int) -> str:
        """Return it with other rows."""
        end = f":{self.again}{self.second}{last}" if self.is_area else ""
        return f"{self.sheet}{self.first}{first}{end}"

    def moved(self, moves: RowMoves) -> str:
        """Return it as it is once rows have moved."""
        if not self.is_area:
            row = moves.of_content(self.first_row)
            return self.sheet + _GONE if row is None else self.with_rows(row, row)
        # An area may be written from its end.
        upper, lower = sorted((self.first_row, self.last_row))
        rows = moves.of_range(upper, lower)
        if rows is None:
            return self.sheet + _GONE
        return self.with_rows(*(rows if self.first_row <= self.last_row else reversed(rows)))


def rewritten(formula: str, change: Callable[[Reference], str]) -> str:
    """Return a formula (without its `=`) with each reference changed; one that cannot be taken apart as it is."""
    # Most names stand for one area: it need not be taken apart, and openpyxl takes 0.1 s to load.
    alone = Reference.parse(formula) if _ALONE.fullmatch(formula) else None
    if alone is not None:
        return change(alone)
    from openpyxl.formula import Tokenizer
    from openpyxl.formula.tokenizer import TokenizerError

    try:
        tokens = Tokenizer(f"={formula}").items
    except (TokenizerError, IndexError, ValueError):
        return formula
    return "".join(_rewritten_token(token, change) for token in tokens)


def _rewritten_token(token: "Token", change: Callable[[Reference], str]) -> str:
    text = str(token.value)
    if token.type == token.FUNC and ":" in text:
        # An area whose other end a function gives: `I11:INDEX(`.
        start, _colon, function = text.rpartition(":")
        return f"{_rewritten_reference(start, change)}:{function}"
    if token.type != token.OPERAND or token.subtype != token.RANGE:
        return text
    return _rewritten_reference(text, change)


def _rewritten_reference(text: str, change: Callable[[Reference], str]) -> str:
    reference = Reference.parse(text)
    return text if reference is None else change(reference)


def moved_formula(formula: str, moves: RowMoves, moved_sheet: str, own_sheet: str) -> str:
    """Return a formula (without its `=`) with every reference into the moved sheet where it leads now.

    `own_sheet` is where the formula stands.
    """

    def moved(reference: Reference) -> str:
        if reference.leads_to(moved_sheet, own_sheet):
            return reference.moved(moves)
        return reference.with_rows(reference.first_row, reference.last_row)

    return rewritten(formula, moved)


def carried_formula(formula: str, origin: str, target: str) -> str:
    """Return a formula (without its `=`) as filling it from one cell into another writes it: relative parts shift."""
    from openpyxl.formula.tokenizer import TokenizerError
    from openpyxl.formula.translate import Translator, TranslatorError

    try:
        return str(Translator(f"={formula}", origin=origin).translate_formula(target))[1:]
    except (TranslatorError, TokenizerError, IndexError, ValueError):
        return formula


def moved_areas(references: str, moves: RowMoves) -> str:
    """Return a list of areas (`A1:B7 D9`) where they are now; those that are gone are left out."""
    kept = []
    for text in references.split():
        reference = Reference.parse(text)
        rows = moves.of_range(reference.first_row, reference.last_row) if reference else None
        if reference is None:
            kept.append(text)
        elif rows is not None:
            kept.append(reference.with_rows(*rows))
    return " ".join(kept)


def first_that_stays(references: str, moves: RowMoves) -> str:
    """Return the place, before the move, of the cell that is the first of some areas after it; empty if all are gone."""
    for reference in map(Reference.parse, references.split()):
        rows = range(reference.first_row, reference.last_row + 1) if reference else ()
        row = next((row for row in rows if moves.of(row) is not None), None)
        if reference is not None and row is not None:
            return f"{reference.first}{row}"
    return ""


def moved_place(cell: str, moves: RowMoves) -> str:
    """Return where what belongs to one cell or stretch of cells, such as a note or a link, is now; empty if gone."""
    reference = Reference.parse(cell)
    is_alone = reference is not None and reference.first_row == reference.last_row
    if reference is not None and is_alone and moves.of_content(reference.first_row) is None:
        return ""
    return moved_areas(cell, moves)
