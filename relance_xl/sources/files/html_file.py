"""Web pages that are named as if they were spreadsheets: their tables."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from relance_xl.sources.files.encoding import decoded
from relance_xl.sources.table import Table, TableRow

# How much of a file shows whether it is a web page (bytes).
_HEAD = 2048
# A cell over more columns than these is none of a list.
_MOST_COLUMNS, _MOST_FIGURES = 50, 4
# What may stand in the middle of a word or an amount.
_WITHIN_WORDS = frozenset(
    ("a", "abbr", "b", "bdi", "bdo", "em", "font", "i", "mark", "small", "span", "strong", "u", "wbr")
)
_SIGNS = (b"<html", b"<!doctype html", b"<table", b"<meta")


def is_web_page(path: Path) -> bool:
    """Return whether a file is a web page, whatever its name says. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(_HEAD).lower()
    return any(sign in head for sign in _SIGNS) and not head.startswith(b"PK")


def read_web_page(path: Path, encoding: str = "") -> tuple[Table, ...]:
    """Return the tables of a page that hold anything. Raises OSError, UnicodeDecodeError, MixedEncodingError, ValueError."""
    text = decoded(path.read_bytes(), encoding)
    if not text.strip():
        return ()
    # Few lists need it, and each command would load it.
    from lxml import etree, html

    try:
        root = html.fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8", no_network=True))
    except etree.ParserError:
        return ()
    return tuple(Table(rows) for one in root.iter("table") if (rows := tuple(_rows(one))))


def _rows(table: Any) -> list[TableRow]:
    """Return the rows of a table that is in no other; a cell over several columns stands in the first of them."""
    rows = list[TableRow]()
    for line, row in enumerate(table.iter("tr"), start=1):
        cells = list[str]()
        for cell in row.iterchildren("td", "th"):
            cells.append(" ".join("".join(_shown(cell)).split()))
            span = str(cell.get("colspan") or "1")
            cells += [""] * (
                min(int(span), _MOST_COLUMNS) - 1
                if span.isascii() and span.isdecimal() and len(span) < _MOST_FIGURES
                else 0
            )
        rows.append(TableRow(line, tuple(cells)))
    return rows


def _shown(element: Any) -> Iterator[str]:
    """Yield the texts that a reader sees in a cell: nothing hidden, a space where a line or a block ends."""
    if not isinstance(element.tag, str):
        yield element.tail or ""
        return
    style = "".join((element.get("style") or "").split()).lower()
    is_hidden = element.tag in {"script", "style", "template"} or element.get("hidden") is not None
    space = "" if element.tag in _WITHIN_WORDS else " "
    yield space
    if not is_hidden and "display:none" not in style and "visibility:hidden" not in style:
        yield element.text or ""
        for child in element:
            yield from _shown(child)
            yield child.tail or "" if isinstance(child.tag, str) else ""
    yield space
