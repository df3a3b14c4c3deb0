"""Tables the user made of cells (ECMA-376 part 1, 18.5.1.2): they follow rows that move, and lists that grow."""

from lxml import etree

from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.ooxml.markup import main_tag
from relance_xl.workbook.ooxml.package import parse_xml, serialise
from relance_xl.workbook.row_moves.grown_lists import Growth
from relance_xl.workbook.row_moves.references import RowMoves, moved_areas
from relance_xl.workbook.spreadsheet.frame import move_filter, stretch_filter


def table_name(data: bytes) -> str:
    """Return the name under which the user knows a table."""
    root = parse_xml(data)
    return str(root.get("displayName") or root.get("name"))


def table_holds(data: bytes, row: int) -> bool:
    """Whether a table holds cells of a row."""
    area = Area.parse(str(parse_xml(data).get("ref")))
    return area is not None and area.first_row <= row <= area.last_row


def moved_table(data: bytes, moves: RowMoves) -> bytes | None:
    """Return a table's part once rows have moved; None where its titles, its totals or all of its rows would go."""
    root = parse_xml(data)
    before = Area.parse(str(root.get("ref")))
    if before is None:
        return data
    titles, totals = int(root.get("headerRowCount", "1")), int(root.get("totalsRowCount", "0"))
    first_total = before.last_row - totals + 1
    needed = (*range(before.first_row, before.first_row + titles), *range(first_total, before.last_row + 1))
    after = Area.parse(moved_areas(str(before), moves))
    if after is None or any(moves.of(row) is None for row in needed):
        return None
    if after.last_row - after.first_row < titles + totals:
        return None
    for node in _filters(root):
        move_filter(node, moves)
    root.set("ref", str(after))
    return data if after == before else serialise(root)


def stretched_table(data: bytes, grown: Growth) -> bytes:
    """Return the part of a table that held a whole list, made to reach its last row; any other as it is."""
    root = parse_xml(data)
    before = etree.tostring(root)
    root.set("ref", grown.stretched_table(str(root.get("ref"))))
    for node in _filters(root):
        stretch_filter(node, grown)
    return data if etree.tostring(root) == before else serialise(root)


def _filters(root: etree._Element) -> list[etree._Element]:
    # A table without a filter may be sorted all the same.
    return [*root.iterchildren(main_tag("autoFilter"), main_tag("sortState"))]
