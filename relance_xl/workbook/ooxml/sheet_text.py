"""A worksheet part as text: what stands before its rows, the rows block by block, and what follows them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lxml import etree

from relance_xl.workbook.ooxml.markup import is_plain, plain_sheet, refuse_endless
from relance_xl.workbook.ooxml.package import damaged
from relance_xl.workbook.ooxml.scanning import SMALL, ScannedRow, Scanner, is_sound

_OPEN, _CLOSE, _ROW_END = b"<sheetData", b"</sheetData>", b"</row>"
_END = b"</worksheet>"
_NO_ROWS, _FORMULA = b"<sheetData/>", b"<f"
_ROW_NUMBER = re.compile(rb'<row r="(\d+)"')

Chunks = Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Row:
    """A row as text, from `<row` to its end."""

    number: int
    text: bytes


class SheetText:
    """A worksheet part, whose rows are never all in memory. Any method raises EditsError where it is damaged.

    The first pass over it proves that it is well-formed, and that rows and cells can be told apart as text: the pattern
    that reads the rows does so where they are many, and written as Excel, Calc, openpyxl and we do; else a parser does,
    which takes twice as long; and what is still not plain is written anew as a tree.
    """

    def __init__(self, chunks: Chunks, path: Path, part: str = "") -> None:
        """`chunks` gives the part's text from its start, as often as it is asked.

        `path` and `part` name the file and the part in errors.
        """
        self._chunks = chunks
        self._path = path
        self._part = part
        self._frame = b"", b""
        self.is_proven = False
        # Known once all is proven: a pass that ends early sees others last.
        self._has_formulas, self._last_block = False, b""

    def frame(self) -> tuple[bytes, bytes]:
        """Return what stands before the rows' element and what follows it."""
        self._prove()
        return self._frame

    def has_formulas(self) -> bool:
        """Whether any cell is calculated."""
        self._prove()
        return self._has_formulas

    def last_block(self) -> bytes:
        """Return the text of the last rows."""
        self._prove()
        return self._last_block

    def top(self) -> Iterator[Row]:
        """Yield the first rows, without a pass over all of them."""
        block = None if self._is_small else self._plain_top()
        if block is None:
            self._prove()
            block = next(self.blocks(), b"")
        yield from rows_in(block)

    def rows(self) -> Iterator[Row]:
        """Yield the rows in the part's order."""
        for block in self.blocks():
            yield from rows_in(block)

    def blocks(self) -> Iterator[bytes]:
        """Yield the text of the rows, cut between rows only."""
        self._prove()
        yield from _Pass(self._chunks()).blocks()

    def scan(self, scanner: Scanner) -> Iterator[ScannedRow]:
        """Yield the rows, those at least that hold something in a scanner's columns. Raises CellTwiceError too."""
        last = 0
        if not self.is_proven and self._is_small:
            self._settle()
        if not self.is_proven:
            for row in self._scan_proving(scanner):
                last = row.number
                yield row
            if self.is_proven:
                return
            self._settle()
        for block in self.blocks():
            yield from (row for row in scanner.read(block) if row.number > last)

    def _prove(self) -> None:
        if not self.is_proven:
            for _row in self.scan(_NO_COLUMNS):
                pass

    def _scan_proving(self, scanner: Scanner) -> Iterator[ScannedRow]:
        """Yield rows as long as all is surely plain; at the end note whether all of the part was."""
        try:
            part = _Pass(self._chunks())
            for block, rows in _plain_blocks(part, scanner):
                self._note(block)
                yield from rows
            self._frame = part.head, part.tail
            self.is_proven = is_plain([part.head, _NO_ROWS, part.tail])
        except ValueError:
            return

    @cached_property
    def _is_small(self) -> bool:
        """Whether a parser looks at the part sooner than the pattern of its rows is made."""
        first = next(self._chunks(), b"")
        return len(first) <= SMALL and first.endswith(_END)

    def _note(self, block: bytes) -> None:
        self._has_formulas |= _FORMULA in block
        self._last_block = block

    def _settle(self) -> None:
        """Have a parser look at the part, and write it anew if rows and cells in it cannot be told apart as text."""
        try:
            if not is_plain(self._chunks()):
                data = plain_sheet(b"".join(self._chunks()))
                self._chunks = lambda: iter((data,))
            part = _Pass(self._chunks())
            for block in part.blocks():
                self._note(block)
        except (ValueError, etree.XMLSyntaxError) as error:
            raise damaged(self._path, [self._part] if self._part else []) from error
        self._frame = part.head, part.tail
        self.is_proven = True

    def _plain_top(self) -> bytes | None:
        """Return the first block if it is surely plain, whatever follows."""
        try:
            return next((block for block, _rows in _plain_blocks(_Pass(self._chunks()), _NO_COLUMNS)), b"")
        except ValueError:
            return None


_NO_COLUMNS = Scanner((), ())


def _plain_blocks(part: "_Pass", scanner: Scanner) -> Iterator[tuple[bytes, list[ScannedRow]]]:
    """Yield a part's blocks with their rows. Raises ValueError at the first that is not surely plain."""
    # What stands in a comment before the rows must not be taken for them.
    if not is_plain([part.head, _NO_ROWS, _END]):
        raise ValueError(part.head)
    last = 0
    for block in part.blocks():
        rows = scanner.read_plain(block, last) if is_sound(block, part.head) else None
        if rows is None:
            raise ValueError(last)
        last = rows[-1].number if rows else last
        yield block, rows


class _Pass:
    """One pass over a part: what stands before its rows at once, the rows as they are asked for, and then the rest."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        """Raises ValueError where there is no element of rows, or not as sheets in plain form have it."""
        self._chunks = chunks
        pending, start, end = b"", -1, -1
        while start < 0 or end < 0:
            pending += _next(chunks)
            refuse_endless(pending)
            start = pending.find(_OPEN)
            end = pending.find(b">", start)
        opening = pending[start : end + 1]
        if opening not in {_OPEN + b">", _NO_ROWS}:
            raise ValueError(opening)
        self.head, self._pending = pending[:start], pending[end + 1 :]
        self.tail = b""
        self._has_rows = opening != _NO_ROWS

    def blocks(self) -> Iterator[bytes]:
        """Yield the text of the rows, cut between rows only. Raises ValueError for a part that ends before they do."""
        if self._has_rows:
            yield from self._rows()
        self.tail = self._pending
        for chunk in self._chunks:
            self.tail += chunk
            refuse_endless(self.tail[self.tail.rfind(b">") + 1 :])

    def _rows(self) -> Iterator[bytes]:
        pending = self._pending
        while (end := pending.find(_CLOSE)) < 0:
            refuse_endless(pending)
            cut = pending.rfind(_ROW_END) + len(_ROW_END)
            if cut >= len(_ROW_END):
                yield pending[:cut]
                pending = pending[cut:]
            pending += _next(self._chunks)
        if end:
            yield pending[:end]
        self._pending = pending[end + len(_CLOSE) :]


def _next(chunks: Iterator[bytes]) -> bytes:
    try:
        return next(chunks)
    except StopIteration as error:
        raise ValueError from error


def rows_in(block: bytes) -> Iterator[Row]:
    """Yield the rows in a text that is cut between rows only."""
    for piece in block.split(_ROW_END):
        yield from _rows_in(piece)


def _rows_in(piece: bytes) -> Iterator[Row]:
    """Yield the rows in a piece that ends where a row's end tag stood; empty rows may stand before that row."""
    starts = (
        [match.start() for match in _ROW_NUMBER.finditer(piece)]
        if piece.count(b"<row ") != 1
        else [piece.find(b"<row ")]
    )
    for index, start in enumerate(starts):
        text = piece[start : starts[index + 1]] if index + 1 < len(starts) else piece[start:]
        text = text.strip()
        first_tag = text[: text.find(b">") + 1]
        match = _ROW_NUMBER.match(text)
        if match is None:
            raise ValueError(text[:40])
        yield Row(int(match[1]), text if first_tag.endswith(b"/>") else text + _ROW_END)
