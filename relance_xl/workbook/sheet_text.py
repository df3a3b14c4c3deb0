"""A worksheet part as text: what stands before its rows, the rows block by block, and what follows them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from relance_xl.workbook.markup import Plainness, plain_sheet, refuse_endless

_OPEN, _CLOSE, _ROW_END = b"<sheetData", b"</sheetData>", b"</row>"
_ROW_NUMBER = re.compile(rb'<row r="(\d+)"')

Chunks = Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Row:
    """A row as text, from `<row` to its end."""

    number: int
    text: bytes


@dataclass(frozen=True, slots=True)
class SheetText:
    """`chunks` gives the part's text from its start, as often as it is asked."""

    chunks: Chunks
    head: bytes
    tail: bytes
    has_rows: bool

    def rows(self) -> Iterator[Row]:
        """Yield the rows in the part's order."""
        for block in self.blocks():
            yield from rows_in(block)

    def blocks(self) -> Iterator[bytes]:
        """Yield the text between `<sheetData>` and `</sheetData>`, cut behind ends of rows only."""
        if not self.has_rows:
            return
        skipped, pending = len(self.head) + len(_OPEN) + 1, b""
        for chunk in self.chunks():
            if skipped >= len(chunk):
                skipped -= len(chunk)
                continue
            pending += chunk[skipped:] if skipped else chunk
            skipped = 0
            end = pending.find(_CLOSE)
            if end >= 0:
                yield pending[:end]
                return
            refuse_endless(pending)
            cut = pending.rfind(_ROW_END) + len(_ROW_END)
            if cut >= len(_ROW_END):
                yield pending[:cut]
                pending = pending[cut:]


def read_sheet_text(chunks: Chunks) -> SheetText:
    """Take a worksheet part apart, put into plain form if it is not. Raises ValueError or lxml's XMLSyntaxError."""
    plainness, parts = Plainness(), _Parts()
    for chunk in chunks():
        plainness.feed(chunk)
        parts.feed(chunk)
    if plainness.is_plain():
        return parts.sheet_text(chunks)
    data = plain_sheet(b"".join(chunks()))
    parts = _Parts()
    parts.feed(data)
    return parts.sheet_text(lambda: iter((data,)))


class _Parts:
    """What stands before and behind the rows of a part that comes chunk by chunk."""

    def __init__(self) -> None:
        self._head, self._tail = b"", b""
        self._pending = b""
        self._place = "head"
        self._opening = b""

    def feed(self, chunk: bytes) -> None:
        """Take in the next chunk."""
        self._pending += chunk
        if self._place == "head":
            self._look_for_rows()
        if self._place == "rows":
            self._look_for_their_end()
        if self._place == "tail":
            self._tail += self._pending
            self._pending = b""

    def _look_for_rows(self) -> None:
        start = self._pending.find(_OPEN)
        end = self._pending.find(b">", start)
        if start >= 0 and end >= 0:
            self._head = self._pending[:start]
            self._opening, self._pending = self._pending[start : end + 1], self._pending[end + 1 :]
            self._place = "tail" if self._opening.endswith(b"/>") else "rows"
        else:
            refuse_endless(self._pending)

    def _look_for_their_end(self) -> None:
        end = self._pending.find(_CLOSE)
        if end >= 0:
            self._pending = self._pending[end + len(_CLOSE) :]
            self._place = "tail"
        else:
            self._pending = self._pending[-len(_CLOSE) :]

    def sheet_text(self, chunks: Chunks) -> SheetText:
        """Return the part taken apart. Raises ValueError where it has no rows' element as sheets in plain form do."""
        has_rows = self._opening == _OPEN + b">"
        if self._place != "tail" or not (has_rows or self._opening.endswith(b"/>")):
            raise ValueError(self._opening)
        return SheetText(chunks, self._head, self._tail, has_rows)


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
