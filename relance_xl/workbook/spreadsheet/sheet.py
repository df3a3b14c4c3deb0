"""One worksheet: cells by row and column, rows added, removed and moved, ranges grown with them."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from relance_xl.core.texts.typed import plain_title
from relance_xl.runtime.errors import EditsError
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.ooxml.cells import (
    BLANK,
    CellError,
    Content,
    Formula,
    Value,
    address,
    cell_xml,
    content_xml,
    day_of,
    is_formula,
    read_cell,
    value_text,
    without_value,
)
from relance_xl.workbook.ooxml.column_letters import get_column_letter
from relance_xl.workbook.ooxml.markup import marked_up
from relance_xl.workbook.ooxml.package import Relationships
from relance_xl.workbook.ooxml.scanning import CellTwiceError, ScannedRow, Scanner
from relance_xl.workbook.ooxml.sheet_text import SheetText
from relance_xl.workbook.row_moves.formulas import formula_text, unshared
from relance_xl.workbook.row_moves.grown_lists import Growth, grown_formula, may_hold_area
from relance_xl.workbook.row_moves.references import RowMoves, moved_formula
from relance_xl.workbook.row_moves.row_formulas import FormulaCell, RowFormulas, carried_cell
from relance_xl.workbook.row_moves.rows import Rows, columns_in, renumbered, taken_apart
from relance_xl.workbook.row_moves.touched_cells import CellChanges
from relance_xl.workbook.spreadsheet.frame import Frame
from relance_xl.workbook.spreadsheet.rules import (
    Colour,
    Validation,
    add_colour,
    colour_looks,
    has_colour,
    has_validation,
    restore_colour,
    restore_validation,
    reword_colour,
)

#: A column no sheet has: in a scan, for a column that was deleted.
MISSING_COLUMN = 18_278

# Stands for the row's number while a row is put together: no text of a cell can hold it.
_ROW_MARK = "\0"
_STYLE = re.compile(rb' s="(\d+)"')
# A cell's start as most are written, its style behind its place: it stays as it is.
_STYLED = re.compile(rb'<c r="[A-Z]+\d+" s="\d+"')
_ROW_FORMAT = re.compile(rb' (?:ht|customHeight|s|customFormat)="[^"]*"')


@dataclass(frozen=True, slots=True)
class Link:
    """A hyperlink from a cell to a file, by its path relative to the workbook."""

    row: int
    column: int
    target: str


@dataclass(frozen=True, slots=True)
class RowFormat:
    """A row's look: attributes of the row; how each of its cells starts, by column, with a mark for the row's number."""

    attributes: str
    openings: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a sheet needs of its workbook: its path, to name it; what cells refer to; formats that show dates."""

    path: Path
    shared: Sequence[str]
    is_1904: bool
    date_styles: Callable[[], frozenset[str]]


class Sheet:
    """A worksheet that can be read, changed in places, and written back."""

    def __init__(self, name: str, chunks: Callable[[], Iterator[bytes]], setting: "Setting", part: str = "") -> None:
        self.name = name
        self._setting = setting
        self._text = SheetText(chunks, setting.path, part)
        self._rows = Rows(self._text)
        self._formulas = RowFormulas(name, self._rows)
        self._shared = setting.shared
        self._is_1904 = setting.is_1904
        #: Whether anything was written: an unchanged sheet keeps its bytes.
        self.changed = False
        self._titles: dict[int, tuple[bytes, Mapping[int, str]]] = {}
        # The formulas that were written with the values they have now: rows by column.
        self._worked_out: dict[int, set[int]] = defaultdict(set)
        self._moves: list[RowMoves] = []

    @cached_property
    def _frame(self) -> Frame:
        return Frame(*self._text.frame())

    @property
    def last_row(self) -> int:
        """The number of the last row that exists; 0 in an empty sheet."""
        return max(self._rows.numbers(), default=0)

    def prove(self) -> None:
        """Raise EditsError where the sheet's part is damaged."""
        self._text.frame()

    def hidden_rows(self) -> frozenset[int]:
        """Return the numbers of the rows that nobody sees: filtered out, folded, or of no height."""
        return self._rows.hidden_numbers()

    def row_numbers(self) -> list[int]:
        """Return the numbers of the rows that exist, ascending."""
        return self._rows.numbers()

    def columns_of(self, row: int) -> Sequence[int]:
        """Return the columns of a row that have a cell."""
        return columns_in(self._rows.text(row))

    def value(self, row: int, column: int) -> Value:
        """Return what a cell holds; None where there is nothing."""
        cell = self._rows.cell(row, column)
        return read_cell(cell, self._shared) if cell else None

    def titles_in(self, row: int) -> Mapping[int, str]:
        """Return a row's texts as titles are compared (plain_title), by column; read once as long as the row stays as it is."""
        text = self._rows.text(row)
        known, titles = self._titles.get(row, (None, {}))
        if known is not text:
            values = ((column, self.value(row, column)) for column in self.columns_of(row))
            shown = (
                (column, plain_title(str(value)))
                for column, value in values
                if value is not None and not isinstance(value, CellError)
            )
            titles = {column: title for column, title in shown if title}
            self._titles[row] = text, titles
        return titles

    def note_text(self, row: int, column: int, value: Value) -> str:
        """Return a cell's value as the text a person reads, a date that stands alone in it as a date."""
        if isinstance(value, Decimal) and self.style(row, column) in self._setting.date_styles():
            with suppress(ValueError, OverflowError):
                return f"{day_of(value, self._is_1904):%d/%m/%Y}"
        return value_text(value)

    def scan(self, columns: Sequence[int], holding: str = "") -> Iterator[ScannedRow]:
        """Yield the rows that hold something in some columns, and what, without keeping the rows in memory.

        Raises EditsError for a cell that the file gives twice.

        `holding`: rows far from any in which this text stands may be left out.
        """
        scanner = Scanner(columns, self._shared)
        try:
            for row in self._rows.scan_cells(scanner, marked_up(holding).encode()):
                if row.values.count(None) < len(row.values):
                    yield row
        except CellTwiceError as error:
            raise EditsError(
                _("{sheet}!{cell} stands in the file twice.").format(sheet=self.name, cell=error),
                advice=_("Open the workbook in your spreadsheet, look at this cell and save it again."),
            ) from error

    def row_format(self, row: int) -> RowFormat:
        """Return how a row looks."""
        return _format_of(self._rows.text(row))

    def row_format_near_end(self, row: int) -> RowFormat:
        """Return how a row looks that stands near the last one, without keeping the rows in memory."""
        for one in self._rows.rows_from(row):
            if one.number == row:
                return _format_of(one.text)
        return RowFormat("", {})

    def last_row_from(self, row: int, filled: bool = False) -> int:
        """Return the last row from a row on, or the last that holds something; that row itself where there is none.

        The rows are not kept in memory.
        """
        numbers = (one.number for one in self._rows.rows_from(row) if not filled or self._holds_something(one.text))
        return max(numbers, default=row)

    def _holds_something(self, row: bytes) -> bool:
        cells = taken_apart(row)[1].values() if _may_be_filled(row) else ()
        return any(read_cell(cell, self._shared) is not None for cell in cells)

    def areas_around(self) -> Iterator[Area]:
        """Yield the areas of the sheet's merged cells, rules and validations."""
        return self._frame.areas()

    def merged_areas(self) -> Iterator[Area]:
        """Yield the areas of the sheet's merged cells."""
        return self._frame.merged_areas()

    def areas_of_one_formula(self) -> Iterator[tuple[str, Area]]:
        """Yield the areas that one formula fills, each behind the cell that holds it."""
        return self._formulas.areas_of_one()

    def add_row(self, row: int, look: RowFormat, contents: Mapping[int, Content]) -> None:
        """Write a whole row behind the last, in the format of another one."""
        self.changed = True
        is_1904, openings = self._is_1904, look.openings
        if not contents.keys() <= openings.keys():
            openings = dict(sorted({**{column: _opening(column, "") for column in contents}, **openings}.items()))
        parts = [f'<row r="{_ROW_MARK}"{look.attributes}>']
        for column, opening in openings.items():
            content = contents.get(column, BLANK)
            if type(content) is Formula:
                self._worked_out[column].add(row)
            parts += opening, "/>" if content is BLANK else content_xml(content, is_1904)
        parts.append("</row>")
        self._rows.append(row, "".join(parts).replace(_ROW_MARK, str(row)).encode())

    def has_formula(self, row: int, column: int) -> bool:
        """Whether a cell is calculated."""
        return is_formula(self._rows.cell(row, column))

    def style(self, row: int, column: int) -> str | None:
        """Return a cell's style index, None where it has none."""
        cell = self._rows.cell(row, column)
        match = _STYLE.search(cell, 0, cell.find(b">") + 1)
        return match[1].decode() if match else None

    def put(self, row: int, column: int, content: Content, style: str | None = None) -> None:
        """Write a cell; its own style stays unless one is given."""
        self.put_row(row, {column: content}, style)

    def put_row(self, row: int, contents: Mapping[int, Content], style: str | None = None) -> None:
        """Write cells of one row; their own styles stay unless one is given."""
        self.changed = True
        cells, is_1904 = self._rows.cells(row), self._is_1904
        for column, content in contents.items():
            if content is BLANK and style is None and column not in cells:
                continue
            if type(content) is Formula:
                self._worked_out[column].add(row)
            if style is None and (opening := _STYLED.match(cells.get(column, b""))):
                cells[column] = opening[0] + content_xml(content, is_1904).encode()
                continue
            kept = _style_attribute(cells.get(column, b"")) if style is None else f' s="{style}"'
            cells[column] = cell_xml(address(column, row), kept, content, is_1904).encode()

    def copy_row_format(self, source: int, target: int) -> None:
        """Give a row the height and cell styles of another."""
        if not self._rows.text(source) or source == target:
            return
        self.changed = True
        look = self.row_format(source)
        cells = self._rows.cells(target)
        bare = _ROW_FORMAT.sub(b"", self._rows.opening(target).removesuffix(b">"))
        self._rows.set_opening(target, bare + look.attributes.encode() + b">")
        for column, opening in look.openings.items():
            if column not in cells:
                cells[column] = f"{opening.replace(_ROW_MARK, str(target))}/>".encode()

    def copy_formula(self, source: int, targets: Iterable[int], column: int) -> None:
        """Continue a user's formula into other rows, as filling down does."""
        self.changed = True
        cell, origin = self._rows.cell(source, column), address(column, source)
        formula, style = formula_text(cell, self._formulas.shared()), _style_attribute(cell)
        for target in targets:
            place = address(column, target)
            self._rows.cells(target)[column] = carried_cell(cell, formula, style, origin, place)

    def move_rows(self, moves: RowMoves) -> None:
        """Renumber rows, or remove those that are gone; whatever stands in or points at them moves along.

        Raises EditsError for a formula over several cells whose rows do not stay together.
        """
        self.changed = True
        self._moves.append(moves)
        masters = self._formulas.shared()
        moved: dict[int, bytes] = {}
        for row in self._rows.scan():
            text = self._formulas.moved_arrays(row.text, moves)
            number = moves.of(row.number)
            if number is not None:
                text = unshared(text, masters)
                moved[number] = text if number == row.number else renumbered(text, number)
        self._rows.replace_all(moved)
        self._frame.move_areas(moves, self.name)
        self.follow(moves, self.name)

    def follow(self, moves: RowMoves, moved_sheet: str) -> None:
        """Let every formula of this sheet follow the rows that moved in a sheet."""

        def moved(row: int, formula: str) -> str:
            # What looks along the emptied row from within goes on doing so.
            within = moved_sheet == self.name and row == moves.emptied
            return moved_formula(formula, replace(moves, emptied=None) if within else moves, moved_sheet, self.name)

        def may_lead_there(formula: str) -> bool:
            named = moved_sheet == self.name or moved_sheet.casefold().replace("'", "''") in formula.casefold()
            return named and any(char.isdigit() for char in formula)

        self.changed |= self._formulas.rewrite(moved, may_lead_there)
        self.changed |= self._frame.follow(moves, moved_sheet, self.name)

    def grow_formulas(self, grown: Growth, list_sheet: str) -> None:
        """Let every formula of this sheet that looks at a whole list go on doing so."""

        def grow(row: int, formula: str) -> str:
            beside = list_sheet == self.name and grown.first_row <= row <= grown.last_row
            return grown_formula(formula, grown, list_sheet, self.name, only_fixed=beside)

        self.changed |= self._formulas.rewrite(grow, may_hold_area, holding=b":")
        self.changed |= self._frame.grow_formulas(grown, list_sheet, self.name)

    def stretch(self, grown: Growth) -> None:
        """Make every rule, validation and filter that covered all rows of a list reach the last of the new ones."""
        self.changed = True
        self._frame.stretch(grown)

    def restore_rules(self, validations: Iterable[Validation], colours: Iterable[Colour]) -> None:
        """Put rules back over the whole of their areas."""
        self.changed = True
        for validation in validations:
            restore_validation(self._frame.root, validation)
        for colour in colours:
            restore_colour(self._frame.root, colour)

    def has_validation(self, area: Area) -> bool:
        """Whether anything says what may be typed into an area."""
        return has_validation(self._frame.root, area)

    def has_colour(self, colours: Iterable[Colour]) -> bool:
        """Whether any of these colours stands within its area."""
        return any(has_colour(self._frame.root, colour) for colour in colours)

    def reword_colour(self, before: Colour, after: Colour) -> None:
        """Let a colour rule say something else, where it stands as it was written."""
        self.changed |= reword_colour(self._frame.root, before, after)

    def has_look(self, plain: Collection[str], rows: int) -> bool:
        """Whether anything in the sheet was formatted: frozen, coloured, set up for print; or a cell of its first rows.

        `plain`: the formats, by index, that are none.
        """
        if self._frame.has_look():
            return True
        first = self.row_numbers()[:rows]
        styles = (self.style(row, column) for row in first for column in self.columns_of(row))
        return any(style is not None and style not in plain for style in styles)

    def paint_row(self, row: int, styles: Mapping[int, str], attributes: str) -> None:
        """Format cells of a row by column, and the row itself; what they hold stays."""
        self.changed = True
        cells = self._rows.cells(row)
        bare = _ROW_FORMAT.sub(b"", self._rows.opening(row).removesuffix(b">"))
        self._rows.set_opening(row, bare + attributes.encode() + b">")
        for column, style in styles.items():
            cell = cells.get(column) or f'<c r="{address(column, row)}"/>'.encode()
            end = cell.find(b">")
            opening = _STYLE.sub(b"", cell[:end])
            place = opening.find(b'"', opening.find(b' r="') + 4) + 1
            cells[column] = opening[:place] + f' s="{style}"'.encode() + opening[place:] + cell[end:]

    @property
    def is_frozen(self) -> bool:
        """Whether titles stay in sight while one scrolls."""
        return self._frame.is_frozen()

    def freeze(self, rows: int, columns: int = 0) -> None:
        """Keep the first rows and columns in sight."""
        self._frame.freeze(rows, columns)
        self.changed = True

    def take_frame(self, source: "Sheet", columns: Mapping[int, int]) -> None:
        """Take over how a sheet of a new workbook is frozen, printed, how wide its columns are, what its cells allow.

        `columns`: where each of that sheet's columns is in this one.
        """
        self.changed = True
        self._frame.take_over(source._frame, columns)

    def colour_looks(self) -> list[int]:
        """Return the formats of the sheet's colour rules, as indexes among the workbook's, in order of precedence."""
        return colour_looks(self._frame.root)

    def add_colour(self, colour: Colour, look: int) -> None:
        """Colour an area; `look`: the index of the format among the workbook's."""
        self.changed = True
        add_colour(self._frame.root, colour, look)

    def set_column_look(self, column: int, width: int, hidden: bool) -> None:
        """Set a column's width in characters, and whether it shows."""
        self.changed = True
        self._frame.set_column_look(column, width, hidden)

    def widen_filter(self, column: int) -> None:
        """Let the sheet's filter reach a column that stands right behind it."""
        self.changed = True
        self._frame.widen_filter(column)

    def add_colours(self, colours: Iterable[tuple[Colour, int]]) -> None:
        """Colour areas, each with the index of its format among the workbook's."""
        self.changed = True
        for colour, look in colours:
            add_colour(self._frame.root, colour, look)

    def set_drawing(self, link: str) -> None:
        """Show a drawing, by the id of the link to it."""
        self.changed = True
        self._frame.set_drawing(link)

    def filter_area(self) -> str:
        """Return the area of the sheet's filter, empty where it has none."""
        return self._frame.filter_area()

    def empty_row(self, row: int, kept: Collection[int]) -> None:
        """Leave nothing of a row but its format, and the cells of some columns."""
        cells = {column: cell for column, cell in self._rows.cells(row).items() if column in kept}
        self.add_row(row, self.row_format(row), {})
        self._rows.cells(row).update(cells)

    def set_links(
        self, links: Iterable[Link], column: int, rows: Collection[int], relationships: Relationships
    ) -> None:
        """Replace the hyperlinks of a column in some rows."""
        self._frame.drop_links(column, rows, relationships)
        self.add_links(links, relationships)

    def add_links(self, links: Iterable[Link], relationships: Relationships) -> None:
        """Add hyperlinks to a column."""
        self.changed = True
        self._frame.add_links(((link.row, link.column, link.target) for link in links), relationships)
        relationships.store()

    def formula_cells(self, is_passed: Callable[[int, int], bool]) -> Iterator[FormulaCell]:
        """Yield all calculated cells but those passed over, by row and column, or written with the values of now."""
        worked_out = self._worked_out
        return self._formulas.cells(lambda row, column: row in worked_out.get(column, ()) or is_passed(row, column))

    def changes(self, columns: Collection[int] | None) -> CellChanges:
        """Return which cells hold something else than when the sheet was read; `columns` None: of all columns."""
        if not self.changed:
            return CellChanges()
        return self._rows.changes(columns, self._moves, lambda cell: read_cell(cell, self._shared) if cell else None)

    def forget_value(self, row: int, column: int) -> None:
        """Leave out what a calculated cell was last worked out to be: who opens the sheet works it out."""
        cell = self._rows.cell(row, column)
        bare = without_value(cell)
        if bare != cell:
            self.changed = True
            self._rows.cells(row)[column] = bare

    def filled_columns(self, row: int) -> Iterator[int]:
        """Yield the columns of a row that hold something."""
        text = self._rows.text(row)
        if _may_be_filled(text):
            for column in columns_in(text):
                if self.value(row, column) is not None:
                    yield column

    def chunks(self) -> Iterator[bytes]:
        """Yield the sheet's XML."""
        extent = self._rows.extent()
        if extent is not None:
            self._frame.set_dimension(str(extent))
        head, tail = self._frame.parts()
        yield head + b"<sheetData>"
        yield from self._rows.chunks()
        yield b"</sheetData>" + tail


def _format_of(row: bytes) -> RowFormat:
    opening, cells = taken_apart(row)
    attributes = b"".join(_ROW_FORMAT.findall(opening)).decode()
    return RowFormat(
        attributes, {column: _opening(column, _style_attribute(cell)) for column, cell in sorted(cells.items())}
    )


def _opening(column: int, style: str) -> str:
    return f'<c r="{get_column_letter(column)}{_ROW_MARK}"{style}'


def _may_be_filled(row: bytes) -> bool:
    """Whether a row has any cell that is more than a format."""
    return b"<v" in row or b"<is" in row or b"<f" in row


def _style_attribute(cell: bytes) -> str:
    match = _STYLE.search(cell, 0, cell.find(b">") + 1)
    return match[0].decode() if match else ""
