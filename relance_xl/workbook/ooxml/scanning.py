"""Reads the cells of some columns from the text of rows, and checks that the text can be read this way."""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from relance_xl.workbook.ooxml.cells import Value, read_content
from relance_xl.workbook.ooxml.column_letters import get_column_letter

# Possessive quantifiers are a third faster than atomic groups; Python before 3.11.5 fails with those of more than a
# character (gh-106052).
_OPTIONAL, _REPEATED = (
    (rb"(?:%b)?+", rb"(?:%b)*+") if sys.version_info >= (3, 11, 5) else (rb"(?>(?:%b)?)", rb"(?>(?:%b)*)")
)


def _optional(pattern: bytes) -> bytes:
    """Return what matches a pattern or nothing, in one way only."""
    return _OPTIONAL % pattern


def _repeated(pattern: bytes) -> bytes:
    """Return what matches a pattern as often as it comes, in one way only."""
    return _REPEATED % pattern


# Cells as Excel, Calc, openpyxl and we write them (18.3.1.4): place, then style, type and metadata; formula, then value.
# No part can match in two ways: a pattern that fails does so at once.
_STYLE = _optional(rb' s="\d++"')
_KIND = _optional(rb' t="\w++"') + _optional(rb' cm="\d++"')
_FORMULA_KIND = b"".join(
    map(_optional, (rb' aca="\w++"', rb' t="(?:shared|array)"', rb' ref="[A-Z0-9:]++"', rb' si="\d++"'))
)
_FORMULA = rb'<f(?: t="array" ref="[A-Z0-9:]++" aca="\w++"|%b)(?:/>|>[^<]*+</f>)' % _FORMULA_KIND
# A row's attributes: of prefixed ones Excel's own only.
_ATTRIBUTES = _repeated(rb' (?:x14ac:)?[A-Za-z]++="[^"<]*+"')
_INLINE = rb"<is><t%b>[^<]*+</t></is>" % _optional(rb' xml:space="preserve"')
_CONTENT = _optional(_FORMULA) + _optional(rb"<v>[^<]*+</v>|" + _INLINE)
_CELL = rb"%b%b(?:/>|>%b</c>)" % (_STYLE, _KIND, _CONTENT)
# A text as we write it, which needs nothing done to it.
_TEXT = rb' t="inlineStr"><is><t>([^<&\r_]++%b)</t></is>' % _repeated(rb"_(?!x)[^<&\r_]*+")
_NO_ATTRIBUTE_TWICE = re.compile(_repeated(rb' ([\w:]++)="[^"]*+"(?!.* \1=")'), re.DOTALL)
# A reference other than the five named ones and the numbers of characters that XML allows (XML 1.0, 2.2 and 4.1).
_DOUBTFUL_REFERENCE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#(?:9|10|13|3[2-9]|[4-9]\d|[1-9]\d\d\d?|[1-4]\d{4}));)")
# What XML cannot hold, in UTF-8: control characters; U+FFFE and U+FFFF.
_ILLEGAL = bytes([*range(9), 11, 12, *range(14, 32)])
_NO_CHARACTER = re.compile(rb"\xef\xbf[\xbe\xbf]")


#: Below so many bytes the pattern of whole rows costs more to make, 10 ms for each choice of columns, than it saves.
SMALL = 600_000


class ScannedRow(NamedTuple):
    """A row as a scan sees it: its values in the columns that were asked for.

    A named tuple, which is made three times as fast as a frozen dataclass: there is one for every row of every scan.
    """

    number: int
    values: tuple[Value, ...]


class CellTwiceError(ValueError):
    """A cell that a sheet gives twice, by its address."""


class Scanner:
    """Reads the cells of some columns from blocks of rows."""

    def __init__(self, columns: Sequence[int], shared: Sequence[str]) -> None:
        self._letters = tuple(get_column_letter(column).encode() for column in columns)
        # The columns as they stand in a row, and back.
        self._order = tuple(sorted(range(len(columns)), key=columns.__getitem__))
        self._places = tuple(self._order.index(index) for index in range(len(columns)))
        self._is_ascending = self._places == tuple(range(len(columns)))
        # Dates, levels and outcomes are few, rows are many.
        self._read_content = lru_cache(maxsize=4096)(partial(read_content, shared=shared))

    def read(self, block: bytes) -> Iterable[ScannedRow]:
        """Return the rows of a block of which is known that rows and cells can be told apart as text.

        Rows that hold nothing in the columns may be among them or not. Raises CellTwiceError.
        """
        rows = self.read_plain(block, 0) if len(block) > SMALL else None
        return self._read_loosely(block) if rows is None else rows

    def read_plain(self, block: bytes, after: int) -> list[ScannedRow] | None:
        """Return all rows of a block; None unless all of it is rows in plain form, ascending after a number.

        What text stands between the tags is not looked at: see is_sound.
        """
        pattern = _plain_rows(tuple(self._letters[index] for index in self._order))
        rows, places, read = [], self._places, self._read_content
        for found in pattern.findall(block):
            number = int(found[0] or 0)
            if found[-1] or number <= after or not _are_attributes(found[1]):
                return None
            after = number
            values = [
                text.decode() if text else read(head, body) if body else None
                for text, head, body in zip(found[2:-1:3], found[3:-1:3], found[4:-1:3], strict=True)
            ]
            arranged = values if self._is_ascending else [values[place] for place in places]
            rows.append(ScannedRow(number, tuple(arranged)))
        return rows

    def _read_loosely(self, block: bytes) -> Iterator[ScannedRow]:
        index_of = {letters: index for index, letters in enumerate(self._letters)}
        number, values = b"", list[Value]()
        for letters, digits, text, head, body in _filled_cells(self._letters).findall(block) if index_of else ():
            if digits != number:
                if values:
                    yield ScannedRow(int(number), tuple(values))
                number, values = digits, [None] * len(self._letters)
            if values[index_of[letters]] is not None:
                raise CellTwiceError((letters + digits).decode())
            values[index_of[letters]] = text.decode() if text else self._read_content(head, body)
        if values:
            yield ScannedRow(int(number), tuple(values))


def is_sound(text: bytes, head: bytes) -> bool:
    """Whether text that is tags and what stands between them is surely well-formed as far as characters go.

    `head`: what stands before the rows, and declares prefixes.
    """
    # A single character is found ten times as fast as a few: it is looked for first, and most often is not there.
    if b":" in text and b" x14ac:" in text and b" xmlns:x14ac=" not in head:
        return False
    if len(text.translate(None, _ILLEGAL)) != len(text) or (b"]" in text and b"]]>" in text):
        return False
    if not text.isascii():
        try:
            text.decode()
        except UnicodeDecodeError:
            return False
        if b"\xef" in text and _NO_CHARACTER.search(text):
            return False
    return _DOUBTFUL_REFERENCE.search(text) is None


@lru_cache(maxsize=64)
def _plain_rows(letters: tuple[bytes, ...]) -> re.Pattern[bytes]:
    """Return what finds rows in plain form, and the cells of some columns, given in their order.

    It gives the row's number and other attributes; for each column the text of a cell as plain as we write it, or else
    its attributes and content; and last whatever is no such row.
    """
    but = rb"(?!(?:%b)\d)" % b"|".join(letters) if letters else b""
    others = _repeated(rb'<c r="%b[A-Z]++\1"%b' % (but, _CELL))
    wanted = [
        _optional(rb'<c r="%b\1"%b(?:/>|%b</c>|(%b)>(%b)</c>)' % (one, _STYLE, _TEXT, _KIND, _CONTENT)) + others
        for one in letters
    ]
    return re.compile(
        rb'<row r="(\d++)"(%b)(?:/>|>%b%b</row>)|(.+)' % (_ATTRIBUTES, others, b"".join(wanted)), re.DOTALL
    )


@lru_cache(maxsize=1024)
def _are_attributes(text: bytes) -> bool:
    """Whether no attribute stands twice in a row's tag, after its number (XML 1.0, 3.1)."""
    return _NO_ATTRIBUTE_TWICE.fullmatch(b' r=""' + text) is not None


@lru_cache(maxsize=64)
def _filled_cells(letters: tuple[bytes, ...]) -> re.Pattern[bytes]:
    """Return what finds the cells of some columns that are more than a format, wherever they stand.

    It gives column, row, and the text of a cell as plain as we write it, or else its attributes and content.
    """
    return re.compile(
        rb'<c r="(%b)(\d+)"(?:%b%b|([^>]*)(?<!/)>(.*?))</c>' % (b"|".join(letters), _STYLE, _TEXT), re.DOTALL
    )
