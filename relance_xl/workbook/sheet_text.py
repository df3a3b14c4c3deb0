"""A worksheet part as text: what stands before its rows, the rows block by block, and what follows them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from relance_xl.workbook.markup import is_plain, plain_sheet

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
            for piece in block.split(_ROW_END):
                yield from _rows_in(piece)

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
            cut = pending.rfind(_ROW_END) + len(_ROW_END)
            if cut >= len(_ROW_END):
                yield pending[:cut]
                pending = pending[cut:]


def read_sheet_text(chunks: Chunks) -> SheetText:
    """Take a worksheet part apart, put into plain form if it is not. Raises ValueError or lxml's XMLSyntaxError."""
    if not is_plain(chunks()):
        data = plain_sheet(b"".join(chunks()))
        return _taken_apart(lambda: iter((data,)))
    return _taken_apart(chunks)


def _taken_apart(chunks: Chunks) -> SheetText:
    head, pending, tail = b"", b"", b""
    place, has_rows = "head", False
    for chunk in chunks():
        pending += chunk
        if place == "head":
            start = pending.find(_OPEN)
            end = pending.find(b">", start)
            if start < 0 or end < 0:
                continue
            head = pending[:start]
            opening, pending = pending[start : end + 1], pending[end + 1 :]
            has_rows = opening == _OPEN + b">"
            if not has_rows and not opening.endswith(b"/>"):
                raise ValueError(opening)
            place = "rows" if has_rows else "tail"
        if place == "rows":
            end = pending.find(_CLOSE)
            if end < 0:
                pending = pending[-len(_CLOSE) :]
                continue
            pending = pending[end + len(_CLOSE) :]
            place = "tail"
        tail += pending
        pending = b""
    if place != "tail":
        raise ValueError(place)
    return SheetText(chunks, head, tail, has_rows)


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
