"""Notes and comments on cells: they belong to their row, and move with it."""

import re
from collections.abc import Callable

from lxml import etree

from relance_xl.workbook.ooxml.package import parse_xml, serialise
from relance_xl.workbook.row_moves.drawings import landed
from relance_xl.workbook.row_moves.references import RowMoves, moved_place

_NOTE = "{urn:schemas-microsoft-com:vml}shape"
_CLIENT_DATA = "{urn:schemas-microsoft-com:office:excel}ClientData"
_NOTE_ROW = "{urn:schemas-microsoft-com:office:excel}Row"
_IS_FIXED = "{urn:schemas-microsoft-com:office:excel}MoveWithCells"
_ANCHOR = "{urn:schemas-microsoft-com:office:excel}Anchor"


def moved_comments(data: bytes, moves: RowMoves) -> bytes:
    """Return a comments part (18.7.3, or threaded comments) with each comment on its cell's new place."""
    root = parse_xml(data)
    for node in [node for node in root.iter() if isinstance(node.tag, str) and node.get("ref")]:
        place = moved_place(str(node.get("ref")), moves)
        parent = node.getparent()
        if place:
            node.set("ref", place)
        elif parent is not None:
            parent.remove(node)
    return serialise(root)


def moved_notes(data: bytes, moves: RowMoves) -> bytes:
    """Return the drawing behind notes and form controls (VML, ECMA-376 part 4) with each box on its new rows."""
    # Calc and old Excel leave <br> open in VML: what does not parse is better left as it is.
    try:
        root = parse_xml(data)
    except etree.XMLSyntaxError:
        return data
    for shape in list(root.iter(_NOTE)):
        row = shape.find(f"{_CLIENT_DATA}/{_NOTE_ROW}")
        if row is None or not (row.text or "").strip().isdigit():
            _move_control(shape, moves)
            continue
        old = int(row.text or "0")
        new = moves.of_content(old + 1)
        parent = shape.getparent()
        if new is None and parent is not None:
            parent.remove(shape)
        elif new is not None:
            row.text = str(new - 1)
            _shift_anchor(shape.find(f"{_CLIENT_DATA}/{_ANCHOR}"), new - 1 - old)
    return etree.tostring(root, encoding="UTF-8")


def _move_control(shape: etree._Element, moves: RowMoves) -> None:
    """Let a control stay beside its rows, unless it is fixed to the page: that is what MoveWithCells means in Excel."""
    if shape.find(f"{_CLIENT_DATA}/{_IS_FIXED}") is None:
        _change_rows(shape.find(f"{_CLIENT_DATA}/{_ANCHOR}"), lambda row: landed(row, moves))


def _shift_anchor(anchor: "etree._Element | None", rows: int) -> None:
    _change_rows(anchor, lambda row: max(row + rows, 0))


def _change_rows(anchor: "etree._Element | None", change: Callable[[int], int]) -> None:
    """Change where a box begins and ends: the third and seventh of its eight numbers are rows."""
    numbers = re.findall(r"-?\d+", anchor.text or "") if anchor is not None else []
    if anchor is not None and len(numbers) == 8:
        for index in (2, 6):
            numbers[index] = str(change(int(numbers[index])))
        anchor.text = ", ".join(numbers)
