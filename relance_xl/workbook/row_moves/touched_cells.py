"""Cells whose values changed, and where rows came or went: what a formula looks at may be among them."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.row_moves.formula_reach import Looked


@dataclass(frozen=True, slots=True)
class Seam:
    """Where rows came or went: an area holds them if it begins at `above` or before, and ends at `below` or after."""

    above: int
    below: int


@dataclass(frozen=True, slots=True)
class CellChanges:
    """What changed in a sheet: the rows of changed cells by column, ascending, and the seams."""

    rows: dict[int, list[int]] = field(default_factory=dict)
    seams: tuple[Seam, ...] = ()


class _Rows:
    """The changed rows of a column."""

    def __init__(self) -> None:
        self.all: set[int] = set()
        self.ordered: list[int] = []

    def add(self, row: int) -> None:
        if row not in self.all:
            self.all.add(row)
            insort(self.ordered, row)

    def has_any(self, first: int, last: int) -> bool:
        place = bisect_left(self.ordered, first)
        return place < len(self.ordered) and self.ordered[place] <= last


class TouchedCells:
    """Changed cells of all sheets, by sheet without case."""

    def __init__(self) -> None:
        self._columns: dict[str, dict[int, _Rows]] = defaultdict(lambda: defaultdict(_Rows))
        self._seams: dict[str, tuple[Seam, ...]] = {}

    def add(self, sheet: str, area: Area) -> None:
        """Note an area as changed."""
        for column in range(area.first_column, area.last_column + 1):
            for row in range(area.first_row, area.last_row + 1):
                self._columns[sheet][column].add(row)

    def add_changes(self, sheet: str, changes: CellChanges) -> None:
        """Note all that changed in a sheet."""
        for column, rows in changes.rows.items():
            for row in rows:
                self._columns[sheet][column].add(row)
        self._seams[sheet] = changes.seams

    def meet(self, reach: Iterable[Looked]) -> bool:
        """Whether any of what a formula looks at changed."""
        return any(self._meet(looked) for looked in reach)

    def _meet(self, looked: Looked) -> bool:
        area, columns = looked.area, self._columns.get(looked.sheet, {})
        if not looked.is_cell and any(
            area.first_row <= seam.above and area.last_row >= seam.below for seam in self._seams.get(looked.sheet, ())
        ):
            return True
        if looked.is_cell:
            return area.first_column in columns and area.first_row in columns[area.first_column].all
        return any(
            rows.has_any(area.first_row, area.last_row)
            for column, rows in columns.items()
            if area.first_column <= column <= area.last_column
        )
