"""A source as a plain table: titles and rows, with the line each row stands on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from relance_xl.core.texts.typed import legible

Cell = str | int | float | bool | date | datetime | None


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row, and its line in the file (1 for the first); `is_ended`: whether the line has an end."""

    line: int
    cells: tuple[Cell, ...]
    is_ended: bool = True

    def is_blank(self) -> bool:
        """Whether nothing at all is written here."""
        return all(cell is None or not str(cell).strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file, or of one of its sheets, called `name`.

    `shown`: by column (0 for the first, -1 for any) the currencies that cells show without holding them.
    """

    rows: tuple[TableRow, ...]
    name: str = ""
    shown: Mapping[int, str] = field(default_factory=dict)


def as_text(cell: Cell) -> str:
    """Return a cell as the text a person reads there: no `.0` behind whole numbers, dates in ISO form.

    Control characters, which no workbook, letter or email can hold, are left out.
    """
    # Nearly all are: a pattern is five times as slow.
    if isinstance(cell, str):
        return legible(cell)
    match cell:
        case None:
            return ""
        case datetime():
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell)
