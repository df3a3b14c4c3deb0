"""What lies over the cells or looks at them from another part: pictures, charts, pivot tables.

Only the numbers and references that must change are written; all other bytes of such a part stay.
"""

import re
from collections.abc import Callable
from html import unescape

from lxml import etree

from relance_xl.workbook.ooxml.markup import marked_up
from relance_xl.workbook.ooxml.package import parse_xml, serialise
from relance_xl.workbook.row_moves.references import RowMoves

_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
_ANCHOR = re.compile(rb"<(?:\w+:)?(twoCellAnchor|oneCellAnchor)\b([^>]*)>.*?</(?:\w+:)?\1>", re.DOTALL)
_CORNER = re.compile(rb"<(?:\w+:)?(from|to)>.*?<(?:\w+:)?row>(\d+)<", re.DOTALL)
# A chart's series, categories and titles (21.2.2.65); a text box that shows a cell (20.5.2.29).
_REFERENCES = re.compile(rb'(<(?:\w+:)?f(?:\s[^>]*)?>)([^<]+)(?=<)|( textlink=")([^"]+)(?=")')
# What a table's column is calculated by, and its total (18.5.1.1, 18.5.1.6).
_TABLE_FORMULAS = re.compile(rb"(<(?:\w+:)?(?:calculatedColumnFormula|totalsRowFormula)(?:\s[^>]*)?>)([^<]+)(?=<)()()")
# The cell that a form control writes to, the list that it shows (MS-XLSX, CT_FormControlPr), and the same in its VML.
_CONTROL_FORMULAS = re.compile(
    rb'( fmla(?:Link|Range|Txbx|Group)=")([^"]+)(?=")|(<x:Fmla(?:Link|Range|Txbx|Pict)>)([^<]+)(?=<)'
)
# Where a pivot table stands in its sheet (18.10.1.49).
_LOCATION = re.compile(rb'(<(?:\w+:)?location\b[^>]*? ref=")([^"]*)(")')
_START_COLUMN = re.compile(rb"<(?:\w+:)?from>.*?<(?:\w+:)?col>(\d+)<", re.DOTALL)
_SOURCE = re.compile(rb"<worksheetSource\b[^>]*>")
_REF, _SHEET = re.compile(rb' ref="([^"]*)"'), re.compile(rb' sheet="([^"]*)"')


def with_usual_prefix(data: bytes) -> bytes:
    """Return a drawing with its elements written as Excel and Calc do, `xdr:wsDr`: some readers know no other way."""
    root = parse_xml(data)
    written = etree.Element(root.tag, nsmap={"xdr": _DRAWING})
    written.extend(root)
    etree.cleanup_namespaces(written)
    return serialise(written)


def moved_anchors(data: bytes, moves: RowMoves) -> bytes:
    """Let a sheet's pictures, shapes and charts stay at their rows, unless they are fixed to the page (20.5.2.33)."""
    return _ANCHOR.sub(lambda match: _moved_anchor(match, moves), data)


def _moved_anchor(match: re.Match[bytes], moves: RowMoves) -> bytes:
    text, offset = match[0], 0
    if b'editAs="absolute"' in match[2]:
        return text
    corners = {corner[1]: corner for corner in _CORNER.finditer(text)}
    shift = landed(int(corners[b"from"][2]), moves) - int(corners[b"from"][2]) if b"from" in corners else 0
    resizes = moves.stretches and b'editAs="oneCell"' not in match[2]
    for name, corner in corners.items():
        row = int(corner[2])
        place = landed(row, moves) if resizes or name == b"from" else row + shift
        number = b"%d" % place
        text = text[: corner.start(2) + offset] + number + text[corner.end(2) + offset :]
        offset += len(number) - len(corner[2])
    return text


def last_row_over(data: bytes, last_column: int) -> int:
    """Return the last row over which anything of a sheet's drawing lies that starts in some column or before; else 0."""
    last = 0
    for anchor in _ANCHOR.finditer(data):
        start = _START_COLUMN.search(anchor[0])
        if start is not None and int(start[1]) < last_column:
            last = max(last, *(int(corner[2]) + 1 for corner in _CORNER.finditer(anchor[0])))
    return last


def with_location(data: bytes, change: Callable[[str], str]) -> bytes:
    """Return a pivot table's part with the area where it stands changed."""
    return _LOCATION.sub(lambda match: match[1] + change(match[2].decode()).encode() + match[3], data)


def location_of(data: bytes) -> str:
    """Return the area where a pivot table stands, empty where its part does not say."""
    match = _LOCATION.search(data)
    return match[2].decode() if match else ""


def landed(row: int, moves: RowMoves) -> int:
    """Return where a row, counted from 0, is now; one that is gone is where the next one is."""
    number = row + 1
    while (now := moves.of(number)) is None:
        number += 1
    return now - 1


def with_references(data: bytes, change: Callable[[str], str]) -> bytes:
    """Return a drawing's or chart's part with its references changed."""
    return _with_formulas(_REFERENCES, data, change)


def with_table_formulas(data: bytes, change: Callable[[str], str]) -> bytes:
    """Return a table's part with its formulas changed."""
    return _with_formulas(_TABLE_FORMULAS, data, change)


def with_control_formulas(data: bytes, change: Callable[[str], str]) -> bytes:
    """Return a form control's part, or a sheet's VML, with its references changed."""
    return _with_formulas(_CONTROL_FORMULAS, data, change)


def _with_formulas(pattern: re.Pattern[bytes], data: bytes, change: Callable[[str], str]) -> bytes:
    def changed(match: re.Match[bytes]) -> bytes:
        opening, formula = (match[1], match[2]) if match[1] else (match[3], match[4])
        old = unescape(formula.decode())
        new = change(old)
        return match[0] if new == old else opening + marked_up(new).replace('"', "&quot;").encode()

    return pattern.sub(changed, data)


def with_source(data: bytes, sheet: str, change: Callable[[str], str]) -> bytes:
    """Return a pivot table's part with its source area changed, if that is in a sheet (18.10.1.95)."""

    def changed(match: re.Match[bytes]) -> bytes:
        name, area = _SHEET.search(match[0]), _REF.search(match[0])
        if name is None or area is None or unescape(name[1].decode()) != sheet:
            return match[0]
        return match[0][: area.start(1)] + change(area[1].decode()).encode() + match[0][area.end(1) :]

    return _SOURCE.sub(changed, data)
