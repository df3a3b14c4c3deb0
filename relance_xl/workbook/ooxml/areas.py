"""Areas of cells, as rules name them: `B6:B45 D7`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from relance_xl.workbook.ooxml.cells import address
from relance_xl.workbook.ooxml.column_letters import column_index_from_string

_AREA = re.compile(r"([A-Z]{1,3})(\d+)(?::([A-Z]{1,3})(\d+))?")


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, by its first and last column and row."""

    first_column: int
    first_row: int
    last_column: int
    last_row: int

    @classmethod
    def parse(cls, text: str) -> "Area | None":
        """Read `B6:B45` or `D7`; None for whole rows or columns."""
        match = _AREA.fullmatch(text)
        if match is None:
            return None
        column = column_index_from_string(match[1])
        last_column = column_index_from_string(match[3]) if match[3] else column
        return cls(column, int(match[2]), last_column, int(match[4] or match[2]))

    def __str__(self) -> str:
        first, last = address(self.first_column, self.first_row), address(self.last_column, self.last_row)
        return first if first == last else f"{first}:{last}"

    def meets(self, other: "Area") -> bool:
        """Whether the two have any cell in common."""
        return (
            self.first_column <= other.last_column
            and other.first_column <= self.last_column
            and self.first_row <= other.last_row
            and other.first_row <= self.last_row
        )

    def without(self, hole: "Area") -> Iterator["Area"]:
        """Yield what is left of it around a hole."""
        if not self.meets(hole):
            yield self
            return
        top, bottom = max(self.first_row, hole.first_row), min(self.last_row, hole.last_row)
        if self.first_row < top:
            yield Area(self.first_column, self.first_row, self.last_column, top - 1)
        if self.first_column < hole.first_column:
            yield Area(self.first_column, top, hole.first_column - 1, bottom)
        if self.last_column > hole.last_column:
            yield Area(hole.last_column + 1, top, self.last_column, bottom)
        if self.last_row > bottom:
            yield Area(self.first_column, bottom + 1, self.last_column, self.last_row)


def areas_without(references: str, hole: Area) -> str:
    """Return a list of areas with a hole cut out; what is no plain area stays."""
    kept: list[str] = []
    for reference in references.split():
        area = Area.parse(reference)
        kept += [reference] if area is None else [str(left) for left in area.without(hole)]
    return " ".join(kept)


def meets_any(references: str, area: Area) -> bool:
    """Whether any of a list of areas has a cell in common with an area."""
    return any(one is not None and one.meets(area) for one in map(Area.parse, references.split()))
