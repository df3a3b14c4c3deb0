"""CSV as accounting software writes it: any separator, UTF-8, UTF-16 or Windows-1252."""

import csv
import io
import re
from collections import Counter
from contextlib import suppress
from pathlib import Path

from relance_xl.sources.files.encoding import decoded
from relance_xl.sources.table import Table, TableRow

#: How the names of such files end.
ENDINGS = frozenset((".csv", ".txt", ".tsv"))
_SEPARATORS = ";\t,|"
# How Excel is told the separator, in a first line of its own.
_TOLD = re.compile(r"\ufeff?\"?sep=([;,|\t])\"?[\r\n]", re.IGNORECASE)


class QuotingError(ValueError):
    """Quotes that do not fit, in the row that begins in `line`; `is_open`: one is opened and never closed."""

    def __init__(self, line: int, is_open: bool) -> None:
        super().__init__(f"line {line}")
        self.line = line
        self.is_open = is_open


def read_csv(path: Path, encoding: str = "", separator: str = "") -> Table:
    """Return all rows; of the last one whether its line has an end.

    Raises OSError, UnicodeDecodeError (an encoding that does not fit), MixedEncodingError or QuotingError.
    """
    text = decoded(path.read_bytes(), encoding)
    told = _TOLD.match(text)
    separator = separator or (told[1] if told else _separator_of(text))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[TableRow] = []
    first_line = 1
    try:
        for cells in reader:
            # A quoted field may hold line breaks: name the line where the row begins.
            rows.append(TableRow(first_line, tuple(cells)))
            first_line = reader.line_num + 1
    except csv.Error as error:
        # The reader's words are English; what it can meet besides a quote is a field without end.
        raise QuotingError(first_line, "expected after" not in str(error)) from error
    if rows and not text.endswith(("\n", "\r")):
        rows[-1] = TableRow(rows[-1].line, rows[-1].cells, is_ended=False)
    return Table(tuple(rows[1:] if told else rows))


def _separator_of(text: str) -> str:
    """Return the separator under which most of the first rows have the same number of columns, then the most."""
    head = text.splitlines(keepends=True)[:30]

    def regularity(separator: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in _split(head, separator) if len(row) > 1)
        return max(((count, width) for width, count in widths.items()), default=(0, 0))

    return max(_SEPARATORS, key=regularity)


def _split(lines: list[str], separator: str) -> list[list[str]]:
    """Return the cells of some lines; where their quotes do not fit, as if these were letters."""
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        with suppress(csv.Error):
            return list(csv.reader(lines, delimiter=separator, quoting=quoting, strict=True))
    return []
