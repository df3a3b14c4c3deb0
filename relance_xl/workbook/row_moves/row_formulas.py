"""All formulas of a sheet's rows: changed in place, taken apart where cells share one, fitted where they fill several."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from relance_xl.runtime.errors import EditsError
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.ooxml.column_letters import column_index_from_string
from relance_xl.workbook.ooxml.markup import marked_up, resolved
from relance_xl.workbook.ooxml.sheet_text import Row
from relance_xl.workbook.row_moves.formulas import SharedFormula, shared_formulas, unshared, with_formulas
from relance_xl.workbook.row_moves.references import RowMoves, carried_formula, moved_areas
from relance_xl.workbook.row_moves.rows import Rows

# A formula that stands for an area, and the cell that holds it (18.3.1.40).
_OVER_AREA = re.compile(rb'<c r="([A-Z]+\d+)"[^>]*><f\s(?=[^>]*t="(?:array|dataTable)")[^>]*? ?ref="([^"]*)"')
_ARRAY_MARKS = (b't="array"', b't="dataTable"')
# A calculated cell: its column, its formula's attributes and text.
_CALCULATED = re.compile(rb'<c r="([A-Z]+)\d+"[^>]*><f((?:\s[^<>]*?)?)(?:/>|>([^<]*)</f>)')
_INDEX, _OVER = re.compile(rb' si="(\d+)"'), re.compile(rb' ref="([^"]*)"')
# What tells Excel that an array formula takes as many cells as it needs.
_CELL_METADATA = re.compile(rb' cm="\d+"')


@dataclass(frozen=True, slots=True)
class FormulaCell:
    """A calculated cell. `origin`: the cell for which its formula is written, where cells share it; else empty.

    `over`: the area that the formula fills, None for the cell alone.
    """

    row: int
    column: int
    formula: str
    origin: str
    over: Area | None


@dataclass(frozen=True, slots=True)
class RowFormulas:
    """The formulas of a sheet's rows."""

    sheet: str
    rows: Rows

    def shared(self) -> dict[bytes, SharedFormula]:
        """Return the formulas that cells of the sheet share."""
        found: dict[bytes, SharedFormula] = {}
        for row in self.rows.scan_holding(b't="shared"'):
            found |= shared_formulas(row.text)
        return found

    def rewrite(
        self, change: Callable[[int, str], str], may_change: Callable[[str], bool], holding: bytes = b"<f"
    ) -> bool:
        """Change formulas, each with its row's number; return whether any changed.

        `holding`: what stands as it is in the text of every row with a formula that may change. Cells that share a formula are all taken apart as soon as one of the formulas they share may change: it may no
        longer be the same for all of them.
        """
        if not self.rows.may_have_formulas(holding):
            return False
        masters = self.shared()
        if not any(may_change(master.text) for master in masters.values()):
            masters = {}
        changed: list[Row] = []
        for row in self.rows.scan_holding(b"<f" if masters else holding):
            text = unshared(row.text, masters) if masters else row.text
            text = with_formulas(text, partial(_changed, change, may_change, row.number))
            if text != row.text:
                changed.append(Row(row.number, text))
        for row in changed:
            self.rows.replace(row.number, row.text)
        return bool(changed)

    def cells(self, is_passed: Callable[[int, int], bool]) -> Iterator[FormulaCell]:
        """Yield all calculated cells but those passed over, by row and column, with the formulas they share or hold."""
        if self.rows.may_have_formulas(b"<f"):
            masters = self.shared()
            for row in self.rows.scan_holding(b"<f"):
                yield from _calculated(row, masters, is_passed)

    def areas_of_one(self) -> Iterator[tuple[str, Area]]:
        """Yield the areas that one formula fills, each behind the cell that holds it."""
        for mark in _ARRAY_MARKS:
            for row in self.rows.scan_holding(mark):
                for cell, text in _OVER_AREA.findall(row.text):
                    area = Area.parse(text.decode())
                    if area is not None:
                        yield cell.decode(), area

    def moved_arrays(self, row: bytes, moves: RowMoves) -> bytes:
        """Return a row in which formulas over several cells name their area where it is now.

        Raises EditsError for one whose rows do not stay together.
        """
        if not any(mark in row for mark in _ARRAY_MARKS):
            return row

        def moved(match: re.Match[bytes]) -> bytes:
            area = Area.parse(match[2].decode())
            if area is None:
                return match[0]
            shifts = {_shift(number, moves) for number in range(area.first_row, area.last_row + 1)}
            if len(shifts) > 1:
                raise self._cannot_move(match[1].decode())
            start = match.start(2) - match.start()
            return match[0][:start] + moved_areas(str(area), moves).encode() + b'"'

        return _OVER_AREA.sub(moved, row)

    def _cannot_move(self, cell: str) -> EditsError:
        return EditsError(
            _("{sheet}!{cell} holds a formula over several cells, which cannot move with its row.").format(
                sheet=self.sheet, cell=cell
            ),
            advice=_("Move it above the table or to a sheet of its own."),
        )


def _calculated(
    row: Row, masters: Mapping[bytes, SharedFormula], is_passed: Callable[[int, int], bool]
) -> Iterator[FormulaCell]:
    for letters, attributes, text in _CALCULATED.findall(row.text):
        column = column_index_from_string(letters.decode())
        if is_passed(row.number, column):
            continue
        index, over = _INDEX.search(attributes), _OVER.search(attributes)
        master = masters.get(index[1]) if index and not text else None
        is_over = over is not None and any(mark in attributes for mark in _ARRAY_MARKS)
        yield FormulaCell(
            row.number,
            column,
            master.text if master else resolved(text),
            master.origin if master else "",
            Area.parse(over[1].decode()) if over and is_over else None,
        )


def _changed(change: Callable[[int, str], str], may_change: Callable[[str], bool], row: int, formula: str) -> str:
    return change(row, formula) if may_change(formula) else formula


def _shift(row: int, moves: RowMoves) -> int | None:
    now = moves.of(row)
    return None if now is None else now - row


def carried_cell(cell: bytes, formula: str, style: str, origin: str, place: str) -> bytes:
    """Return a cell that continues another one's formula, as filling down does; an array formula stays one."""
    text = marked_up(carried_formula(formula, origin, place)).encode()
    is_array = _ARRAY_MARKS[0] in cell
    metadata = _CELL_METADATA.search(cell, 0, cell.find(b">"))
    head = b'<c r="' + place.encode() + b'"' + style.encode() + (metadata[0] if metadata and is_array else b"")
    over = b' t="array" ref="' + place.encode() + b'"' if is_array else b""
    return head + b"><f" + over + b">" + text + b"</f></c>"
