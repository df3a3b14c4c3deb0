"""What stands below the last row of a list that grows at its end: it moves down, but for what would be torn."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from relance_xl.runtime.errors import EditsError, Fault
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.row_moves.drawings import last_row_over, location_of
from relance_xl.workbook.row_moves.references import RowMoves
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet

_PLACE = re.compile(rb' ref="[A-Z]{1,3}(\d+)')
# What stands further down than this has no room left to move on to (a sheet ends at 1,048,576).
_LOWEST = 1_000_000


@dataclass(frozen=True, slots=True)
class ListEnd:
    """The last row of a list; `first_column` and `last_column`: those that the list fills."""

    spreadsheet: Spreadsheet
    sheet: Sheet
    last_row: int
    first_column: int
    last_column: int

    def require_room(self) -> None:
        """Raise EditsError for what stands in the way of rows to come, all at once and each with its cell."""
        faults = list(self._faults()) if self._has_something_below() else []
        if faults:
            raise EditsError(
                _("New rows of history have no place: what stands at the end of the list cannot move down."),
                faults,
                _("Move it below the list, or to another sheet."),
            )

    def move_down(self, rows: int) -> None:
        """Move all that stands below the list down by a number of rows, with what points at it."""
        if rows and self._has_something_below():
            moves = RowMoves({}, shift=rows, beyond=self.last_row + 1, stretches=False)
            self.spreadsheet.move_rows(self.sheet, moves)

    def _has_something_below(self) -> bool:
        return (
            self.sheet.last_row_from(self.last_row) > self.last_row
            or self._reaches_over(*self.sheet.areas_around())
            or self._has_note_or_drawing_below()
        )

    def _reaches_over(self, *areas: Area) -> bool:
        """Whether an area begins below the list, or merged cells reach over its end."""
        merged = self._torn(self.sheet.merged_areas())
        return any(area.first_row > self.last_row for area in areas) or any(True for _area in merged)

    def _has_note_or_drawing_below(self) -> bool:
        """Whether a note or something drawn stands below: it needs no cell to stand on.

        What is drawn beside the list alone stays: it would wander down the sheet.
        """
        spreadsheet, parts = self.spreadsheet, self.spreadsheet.package
        notes = spreadsheet.parts_of(self.sheet, "/comments", "/threadedComment")
        rows = [int(row) for part in notes for row in _PLACE.findall(parts.part(part))]
        drawn = spreadsheet.parts_of(self.sheet, "/drawing")
        rows += [last_row_over(parts.part(part), self.last_column) for part in drawn]
        return max(rows, default=0) > self.last_row

    def _torn(self, areas: Iterator[Area]) -> Iterator[Area]:
        """Yield the areas of which a part would move and a part would stay, if they have to do with the list."""
        for area in areas:
            is_beside = area.first_column > self.last_column or area.last_column < self.first_column
            if area.first_row <= self.last_row < area.last_row and not is_beside:
                yield area

    def _faults(self) -> Iterator[Fault]:
        name = self.sheet.name
        for cell, area in self.sheet.areas_of_one_formula():
            if area.first_row <= self.last_row < area.last_row:
                yield Fault(_("a formula over several cells reaches over the end of the list"), f"{name}!{cell}")
        for area in self._torn(self.sheet.merged_areas()):
            yield Fault(_("merged cells reach over the end of the list"), f"{name}!{area}")
        for part in self.spreadsheet.parts_of(self.sheet, "/pivotTable"):
            location = Area.parse(location_of(self.spreadsheet.package.part(part)))
            if location is not None and location.first_row <= self.last_row < location.last_row:
                yield Fault(_("a pivot table reaches over the end of the list"), f"{name}!{location}")
        last = self.sheet.last_row_from(self.last_row, filled=True)
        if last > _LOWEST:
            yield Fault(_("stands at the very end of the sheet"), f"{name}!{last}:{last}")
