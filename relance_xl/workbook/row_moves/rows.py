"""The rows of a sheet: kept as text; only the row at hand is taken apart into cells."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache, cached_property
from itertools import chain

from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.ooxml.cells import Value
from relance_xl.workbook.ooxml.column_letters import column_index_from_string, get_column_letter
from relance_xl.workbook.ooxml.scanning import ScannedRow, Scanner
from relance_xl.workbook.ooxml.sheet_text import Row, SheetText, rows_in
from relance_xl.workbook.row_moves.references import RowMoves
from relance_xl.workbook.row_moves.touched_cells import CellChanges, Seam

_ROWS_A_CHUNK = 100
# Up to so many cells are found in a row faster than it is taken apart.
_FEW = 8
_CELL_PLACE = re.compile(rb'<c r="([A-Z]+)\d+"')
_CELL = b'<c r="'
_ROW_START = re.compile(rb'<row r="(\d+)"')
_ROW_PLACE = re.compile(rb'<row r="\d+"')
_HIDDEN_ROW = re.compile(rb'<row r="(\d+)"(?=[^>]* (?:hidden="(?:1|true)"|ht="0(?:\.0+)?"))')
_SPANS = re.compile(rb' spans="[^"]*"')


class Rows:
    """Rows by number. A sheet that is only scanned or appended to never has all of its text in memory."""

    def __init__(self, text: SheetText) -> None:
        self._text = text
        self._loaded: dict[int, bytes] | None = None
        self._appended: dict[int, bytes] = {}
        # The row at hand: its number, its opening tag, its cells by column.
        self._open: int | None = None
        self._opening = b""
        self._cells: dict[int, bytes] = {}

    def scan(self) -> Iterator[Row]:
        """Yield all rows in order, without keeping them."""
        self._close()
        if self._loaded is None:
            rows = chain(self._text.rows(), (Row(number, text) for number, text in self._appended.items()))
        else:
            loaded = self._loaded
            rows = chain(Row(number, loaded[number]) for number in sorted(loaded))
        yield from rows

    def scan_cells(self, scanner: Scanner, held: bytes) -> Iterator[ScannedRow]:
        """Yield the rows, those at least that hold something in a scanner's columns, without keeping them.

        Rows far from any in which the text `held` stands may be left out. Raises CellTwiceError.
        """
        if self._loaded is None and not self._appended and not self._text.is_proven:
            yield from self._text.scan(scanner)
            return
        for block in self.chunks():
            # Texts that cells share do not stand in the rows themselves.
            if held in block or b't="s"' in block:
                yield from scanner.read(block)

    def scan_holding(self, text: bytes) -> Iterator[Row]:
        """Yield the rows in which a text stands; other text is passed over, not taken apart."""
        for block in self.chunks():
            if text in block:
                yield from (row for row in rows_in(block) if text in row.text)

    def hidden_numbers(self) -> frozenset[int]:
        """Return the numbers of the rows that nobody sees: filtered out, folded, or of no height."""
        return frozenset(int(found[1]) for block in self.chunks() for found in _HIDDEN_ROW.finditer(block))

    def may_have_formulas(self, holding: bytes) -> bool:
        """Whether any block of rows has a formula, and somewhere a text that it may hold."""
        none_in_text = self._loaded is None and not self._text.has_formulas()
        blocks = self._appended.values() if none_in_text else self.chunks()
        return any(b"<f" in block and holding in block for block in blocks)

    def rows_from(self, number: int) -> Iterator[Row]:
        """Yield the rows from a number on; text before them is passed over, not taken apart."""
        last_block = self._text.last_block()
        first = _ROW_START.search(last_block)
        # Most often the last rows are wanted, and they are at hand.
        near_end = self._loaded is None and not self._appended and first is not None and int(first[1]) <= number
        for block in (last_block,) if near_end else self.chunks():
            last = _ROW_START.match(block, max(block.rfind(b"<row "), 0))
            if last is not None and int(last[1]) >= number:
                yield from (row for row in rows_in(block) if row.number >= number)

    def numbers(self) -> list[int]:
        """Return the numbers of the rows that exist, ascending."""
        self._close()
        return sorted(self._all())

    def text(self, number: int) -> bytes:
        """Return a row's text, empty where there is none."""
        if number == self._open:
            self._close()
        return self._row(number)

    def append(self, number: int, text: bytes) -> None:
        """Add a row behind the last, or write one that is there anew."""
        self._close()
        if self._loaded is None and number <= self._last_in_text:
            self._all()
        (self._appended if self._loaded is None else self._loaded)[number] = text

    def replace(self, number: int, text: bytes) -> None:
        """Set a row's text."""
        self._close()
        self._all()[number] = text

    def replace_all(self, rows: dict[int, bytes]) -> None:
        """Set all rows."""
        self._close()
        self._loaded, self._appended = rows, {}

    def cell(self, number: int, column: int) -> bytes:
        """Return a cell's text, empty where there is none."""
        if number == self._open:
            return self._cells.get(column, b"")
        return cell_in(self._row(number), number, get_column_letter(column).encode())

    def cells(self, number: int) -> dict[int, bytes]:
        """Return a row's cells by column, to read and to change: the row is put together again when another is at hand."""
        if number != self._open:
            self._close()
            text = self._all().get(number) or b'<row r="%d"/>' % number
            self._opening, self._cells = taken_apart(text)
            self._open = number
        return self._cells

    def set_opening(self, number: int, opening: bytes) -> None:
        """Set a row's opening tag."""
        self.cells(number)
        self._opening = opening

    def opening(self, number: int) -> bytes:
        """Return a row's opening tag."""
        self.cells(number)
        return self._opening

    def extent(self) -> Area | None:
        """Return the area in which cells are; None while the rows were never all in memory, and without cells."""
        self._close()
        if self._loaded is None:
            return None
        ends = {row: match[1] for row, text in self._loaded.items() if (match := _last_cell(text))}
        starts = {match[1] for row in ends if (match := _CELL_PLACE.search(self._loaded[row]))}
        if not ends:
            return None
        columns = [column_index_from_string(letters.decode()) for letters in {*starts, *ends.values()}]
        return Area(min(columns), min(ends), max(columns), max(ends))

    def changes(
        self, columns: Collection[int] | None, moves: Sequence[RowMoves], read: Callable[[bytes], Value]
    ) -> CellChanges:
        """Return which cells of some columns (None: of all) hold something else than in the part, once rows have moved.

        `read` gives what a cell holds by its text, "" for one that is not there.
        """
        self._close()
        changed: dict[int, list[int]] = {}
        seams: list[Seam] = []
        new = dict(self._appended if self._loaded is None else self._loaded)

        def compare(number: int, before: bytes, after: bytes) -> None:
            for column in _differing(before, after, columns, read) if before != after else ():
                changed.setdefault(column, []).append(number)

        # What was only appended to has changed nowhere else.
        for row in _moved(self._text.rows() if self._loaded is not None else (), moves, seams):
            compare(row.number, row.text, new.pop(row.number, b""))
        for number, text in new.items():
            compare(number, b"", text)
        return CellChanges(changed, tuple(seams))

    def chunks(self) -> Iterator[bytes]:
        """Yield the text of all rows, cut between rows only."""
        self._close()
        if self._loaded is None:
            yield from self._text.blocks()
            yield b"".join(self._appended.values())
        else:
            numbers = sorted(self._loaded)
            for start in range(0, len(numbers), _ROWS_A_CHUNK):
                yield b"".join([self._loaded[number] for number in numbers[start : start + _ROWS_A_CHUNK]])

    def _row(self, number: int) -> bytes:
        """Return a row's text; the titles and what stands around them do not need all rows in memory."""
        if self._loaded is None and number <= self._last_at_top:
            return self._at_top.get(number, b"")
        return self._all().get(number, b"")

    @cached_property
    def _last_in_text(self) -> int:
        """The number of the last row that the part came with."""
        return max((row.number for row in rows_in(self._text.last_block())), default=0)

    @cached_property
    def _at_top(self) -> dict[int, bytes]:
        return {row.number: row.text for row in self._text.top()}

    @cached_property
    def _last_at_top(self) -> int:
        return max(self._at_top, default=0)

    def _all(self) -> dict[int, bytes]:
        if self._loaded is None:
            self._loaded = {row.number: row.text for row in self._text.rows()} | self._appended
            self._appended = {}
        return self._loaded

    def _close(self) -> None:
        """Put the row at hand together again."""
        if self._open is not None:
            number, self._open = self._open, None
            rows = self._all()
            if self._cells or number in rows:
                rows[number] = put_together(self._opening, self._cells)


def _moved(rows: Iterable[Row], moves: Sequence[RowMoves], seams: list[Seam]) -> Iterator[Row]:
    """Yield rows by where they are now; note where rows between them came or went."""
    old_last = new_last = 0
    is_gap = False
    for row in rows:
        number: int | None = row.number
        for one in moves:
            number = None if number is None else one.of(number)
        if number is None:
            is_gap = True
            continue
        if is_gap:
            seams.append(Seam(number, number - 1))
        elif number - new_last > row.number - old_last:
            seams.append(Seam(new_last, number))
        old_last, new_last, is_gap = row.number, number, False
        yield Row(number, row.text)
    if is_gap:
        seams.append(Seam(new_last + 1, new_last))


def _differing(
    old: bytes, new: bytes, columns: Collection[int] | None, read: Callable[[bytes], Value]
) -> Iterator[int]:
    """Yield the columns, of some or of all, in which two rows do not hold the same."""
    cells = [taken_apart(row)[1] if columns is None or len(columns) > _FEW else None for row in (old, new)]
    one, two = cells
    if one is None or two is None:
        one, two = ({column: _cell_of(row, column) for column in columns or ()} for row in (old, new))
    for column in sorted({*one, *two}):
        if columns is None or column in columns:
            was, now = one.get(column, b""), two.get(column, b"")
            if was != now and read(was) != read(now):
                yield column


def _cell_of(row: bytes, column: int) -> bytes:
    number = _ROW_START.match(row)
    return cell_in(row, int(number[1]), get_column_letter(column).encode()) if number else b""


def _last_cell(row: bytes) -> re.Match[bytes] | None:
    return _CELL_PLACE.match(row, max(row.rfind(b"<c r="), 0))


def cell_in(row: bytes, number: int, letters: bytes) -> bytes:
    """Return the text of one cell of a row, empty where there is none."""
    start = row.find(b'<c r="%b%d"' % (letters, number))
    if start < 0:
        return b""
    end = row.find(b"<c r=", start + 5)
    return row[start : end if end >= 0 else len(row)]


def taken_apart(row: bytes) -> tuple[bytes, dict[int, bytes]]:
    """Return a row's opening tag, as of a row that is not empty, and its cells by column."""
    end = row.find(b">") + 1
    opening = row[:end].removesuffix(b"/>").removesuffix(b">") + b">"
    body = row[end:].removesuffix(b"</row>") if row.endswith(b"</row>") else b""
    cells = {}
    for piece in body.split(_CELL)[1:]:
        place, quote, _rest = piece.partition(b'"')
        letters = place.rstrip(b"0123456789")
        if quote and letters.isalpha() and len(letters) < len(place):
            cells[_column(letters)] = _CELL + piece.rstrip()
    return opening, cells


@cache
def _column(letters: bytes) -> int:
    return column_index_from_string(letters.decode())


def put_together(opening: bytes, cells: dict[int, bytes]) -> bytes:
    """Return a row's text."""
    # What Excel noted of the first and last column may no longer be true; it is a hint that may be left out.
    return _SPANS.sub(b"", opening) + b"".join(cells[column] for column in sorted(cells)) + b"</row>"


def renumbered(row: bytes, number: int) -> bytes:
    """Return a row with its own and its cells' places in another row."""
    place = b"%d" % number
    row = _ROW_PLACE.sub(b'<row r="%b"' % place, row, count=1)
    return _CELL_PLACE.sub(rb'<c r="\g<1>' + place + b'"', row)


def columns_in(row: bytes) -> Sequence[int]:
    """Return the columns of a row that have a cell, ascending."""
    return sorted(map(_column, _CELL_PLACE.findall(row)))
