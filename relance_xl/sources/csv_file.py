"""CSV as accounting software writes it: any separator, UTF-8, UTF-16 or Windows-1252."""

import codecs
import csv
import io
from collections import Counter
from pathlib import Path

from relance_xl.sources.table import TableRow

_SEPARATORS = ";\t,|"
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_csv(path: Path, encoding: str = "", separator: str = "") -> tuple[TableRow, ...]:
    """Return all rows. Raises OSError, UnicodeDecodeError (a given encoding that does not fit) or csv.Error."""
    text = _decoded(path.read_bytes(), encoding)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator or _separator_of(text), strict=True)
    rows: list[TableRow] = []
    first_line = 1
    for cells in reader:
        # A quoted field may hold line breaks: name the line where the row begins.
        rows.append(TableRow(first_line, tuple(cells)))
        first_line = reader.line_num + 1
    return tuple(rows)


def _decoded(data: bytes, encoding: str) -> str:
    if encoding:
        return data.decode(encoding)
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.decode(name)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # What Excel and most French accounting software write on Windows. Bytes it leaves undefined are refused.
        return data.decode("cp1252")


def _separator_of(text: str) -> str:
    """Return the separator under which most of the first rows have the same number of columns, then the most."""
    head = text.splitlines(keepends=True)[:30]

    def regularity(separator: str) -> tuple[int, int]:
        try:
            widths = Counter(len(row) for row in csv.reader(head, delimiter=separator) if len(row) > 1)
        except csv.Error:
            return 0, 0
        return max(((count, width) for width, count in widths.items()), default=(0, 0))

    return max(_SEPARATORS, key=regularity)
