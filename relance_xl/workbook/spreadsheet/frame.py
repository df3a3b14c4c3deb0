"""What stands around a sheet's rows: rules, validations, filter, merged cells, links (ECMA-376 part 1, 18.3.1.99)."""

import copy
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from lxml import etree

from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.ooxml.cells import address, insert_in_order
from relance_xl.workbook.ooxml.column_letters import get_column_letter
from relance_xl.workbook.ooxml.markup import elements_in, main_tag
from relance_xl.workbook.ooxml.package import Relationships, parse_xml, serialise
from relance_xl.workbook.row_moves.drawings import landed
from relance_xl.workbook.row_moves.grown_lists import Growth, grown_formula
from relance_xl.workbook.row_moves.references import (
    RowMoves,
    carried_formula,
    first_that_stays,
    moved_areas,
    moved_formula,
    moved_place,
)

_RELATIONSHIP_SPACE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HYPERLINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
_EXCEL = "{http://schemas.microsoft.com/office/excel/2006/main}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_LINK_PLACE = re.compile(rb' ref="(([A-Z]{1,3})(\d+)(?::[A-Z]{1,3}\d+)?)"')
_LINK_ID = re.compile(rb' [A-Za-z0-9]+:id="([^"]*)"')
_LINKS = re.compile(rb"<hyperlinks(?:\s[^>]*)?>(.*?)</hyperlinks>", re.DOTALL)
# A colour rule's formula; those of a validation.
_RULE_FORMULAS = ("formula", "formula1", "formula2")
_NO_ROWS, _NO_LINKS = b"<sheetData/>", b"<hyperlinks/>"
#: More links than this in one sheet Excel refuses to open (65,530).
MAX_LINKS = 65_000
#: The children of a worksheet that follow its hyperlinks: order is binding.
AFTER_HYPERLINKS = (
    "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks", "customProperties",
    "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF",
    "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
)  # fmt: skip


# The children of a worksheet in their order, as far as they say how it looks.
_SHEET_ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
    "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", *AFTER_HYPERLINKS,
)  # fmt: skip
_PROPERTIES = ("tabColor", "outlinePr", "pageSetUpPr")
# How a sheet is shown and printed; what its cells allow and which are one, where that is gone.
_LOOKS = ("sheetPr", "sheetViews", "printOptions", "pageMargins", "pageSetup", "headerFooter")
_WHERE_GONE = ("mergeCells", "dataValidations")


class Frame:
    """A worksheet without its rows: a small tree, and the links, which may be as many as the rows, as text."""

    def __init__(self, head: bytes, tail: bytes) -> None:
        links = _LINKS.search(tail)
        self._links = list(elements_in(links[1])) if links else []
        if links:
            tail = tail[: links.start()] + _NO_LINKS + tail[links.end() :]
        self.root = parse_xml(head + _NO_ROWS + tail)

    def parts(self) -> tuple[bytes, bytes]:
        """Return what stands before the rows' element and what follows it."""
        container = self.root.find(main_tag("hyperlinks"))
        if self._links and container is None:
            insert_in_order(self.root, etree.Element(main_tag("hyperlinks")), AFTER_HYPERLINKS)
        elif container is not None and not self._links:
            self.root.remove(container)
        _put_in_order(self.root.find(main_tag("sheetPr")))
        head, _rows, tail = serialise(self.root).partition(_NO_ROWS)
        if self._links:
            text = b"<hyperlinks>" + b"".join(self._links) + b"</hyperlinks>"
            before, _none, after = tail.partition(_NO_LINKS)
            tail = before + text + after
        return head, tail

    def has_look(self) -> bool:
        """Whether anything is frozen, coloured, set up for print."""
        looks = ("pane", "conditionalFormatting", "pageSetUpPr", "pageSetup", "tabColor")
        return any(next(self.root.iter(main_tag(name)), None) is not None for name in looks)

    def is_frozen(self) -> bool:
        """Whether titles stay in sight while one scrolls."""
        return next(self.root.iter(main_tag("pane")), None) is not None

    def freeze(self, rows: int, columns: int) -> None:
        """Keep the first rows and columns in sight, in every view of the sheet (18.3.1.66)."""
        for view in self.root.iter(main_tag("sheetView")):
            corner = "bottomRight" if columns else "bottomLeft"
            pane = etree.Element(main_tag("pane"))
            if columns:
                pane.set("xSplit", str(columns))
            pane.set("ySplit", str(rows))
            pane.set("topLeftCell", address(columns + 1, rows + 1))
            pane.set("activePane", corner)
            pane.set("state", "frozen")
            view.insert(0, pane)
            for selection in view.iterchildren(main_tag("selection")):
                selection.set("pane", corner)

    def take_over(self, source: "Frame", columns: Mapping[int, int]) -> None:
        """Take over how another sheet is shown and printed, and its columns' widths, for `columns` where those are here."""
        for name in (*_LOOKS, *_WHERE_GONE):
            wanted, present = source.root.find(main_tag(name)), self.root.find(main_tag(name))
            if wanted is None or (present is not None and name in _WHERE_GONE):
                continue
            if present is not None:
                self.root.remove(present)
            self._insert(copy.deepcopy(wanted))
        for view in self.root.iter(main_tag("sheetView")):
            # Two sheets that are selected are edited together.
            if view.get("tabSelected") is not None:
                del view.attrib["tabSelected"]
        if self.root.find(main_tag("cols")) is None:
            self._insert(_columns_moved(source.root, columns))

    def set_drawing(self, link: str) -> None:
        """Show a drawing, by the id of the link to it."""
        self._insert(etree.Element(main_tag("drawing"), {f"{{{_RELATIONSHIP_SPACE}}}id": link}))

    def _insert(self, node: etree._Element) -> None:
        name = etree.QName(node).localname
        insert_in_order(self.root, node, _SHEET_ORDER[_SHEET_ORDER.index(name) + 1 :])

    def move_areas(self, moves: RowMoves, own_sheet: str) -> None:
        """Move merged cells, links, rules and validations; what covered only removed rows goes with them."""
        places = {
            "mergeCell": "ref",
            "dataValidation": "sqref",
            "conditionalFormatting": "sqref",
            "protectedRange": "sqref",
            "ignoredError": "sqref",
            "cellWatch": "r",
        }
        for tag, attribute in places.items():
            for node in list(self.root.iter(main_tag(tag))):
                before = str(node.get(attribute))
                areas = moved_areas(before, moves)
                if areas:
                    node.set(attribute, areas)
                    _move_formulas(node.iter(*map(main_tag, _RULE_FORMULAS)), before, moves, own_sheet)
                else:
                    _remove(node)
        for tag in ("mergeCells", "dataValidations", "protectedRanges", "ignoredErrors", "cellWatches"):
            container = self.root.find(main_tag(tag))
            if container is not None and not len(container):
                self.root.remove(container)
            elif container is not None and container.get("count"):
                container.set("count", str(len(container)))
        self._move_extended_areas(moves, own_sheet)
        for node in self.root.iterchildren(main_tag("autoFilter")):
            move_filter(node, moves)
        self._move_breaks(moves)
        self._move_controls(moves)
        self._links = [moved for link in self._links if (moved := _moved_link(link, moves))]

    def _move_extended_areas(self, moves: RowMoves, own_sheet: str) -> None:
        """Move what Excel 2010 added: its rules, validations and sparklines name their areas in an element of its own."""
        for node in list(self.root.iter(f"{_EXCEL}sqref")):
            before = node.text or ""
            areas = moved_areas(before, moves)
            owner = node.getparent()
            if owner is None:
                continue
            if not areas:
                remove_with_empty_parents(owner)
                continue
            node.text = areas
            # What a sparkline shows, of any sheet, follows the rows by itself.
            if etree.QName(owner).localname != "sparkline":
                _move_formulas(owner.iter(f"{_EXCEL}f"), before, moves, own_sheet)

    def _move_breaks(self, moves: RowMoves) -> None:
        """Let page breaks stay behind their rows (18.3.1.1)."""
        for container in self.root.iterchildren(main_tag("rowBreaks")):
            for node in list(container):
                row = moves.of(int(node.get("id", "0")))
                if row is None:
                    container.remove(node)
                else:
                    node.set("id", str(row))
            container.set("count", str(len(container)))
            container.set("manualBreakCount", str(sum(node.get("man") in {"1", "true"} for node in container)))
            if not len(container):
                self.root.remove(container)

    def _move_controls(self, moves: RowMoves) -> None:
        """Let form controls stay beside their rows, unless they are fixed to the page (18.3.1.19)."""
        for anchor in self.root.iter(main_tag("anchor")):
            if {anchor.get("moveWithCells"), anchor.get("sizeWithCells")} & {"1", "true"}:
                for row in anchor.iter(f"{_DRAWING}row"):
                    row.text = str(landed(int(row.text or "0"), moves))

    def areas(self) -> Iterator[Area]:
        """Yield the areas of merged cells, rules and validations."""
        named = self.root.iter(main_tag("dataValidation"), main_tag("conditionalFormatting"))
        texts = [
            *(str(node.get("sqref")) for node in named),
            *(node.text or "" for node in self.root.iter(f"{_EXCEL}sqref")),
        ]
        yield from self.merged_areas()
        yield from filter(None, map(Area.parse, " ".join(texts).split()))

    def merged_areas(self) -> Iterator[Area]:
        """Yield the areas of merged cells."""
        texts = (str(node.get("ref")) for node in self.root.iter(main_tag("mergeCell")))
        return filter(None, map(Area.parse, texts))

    def follow(self, moves: RowMoves, moved_sheet: str, own_sheet: str) -> bool:
        """Let the formulas of rules and sparklines follow rows that moved; return whether any changed."""
        changed = False
        for node in self.root.iter(f"{_EXCEL}f", *map(main_tag, _RULE_FORMULAS)):
            parent = node.getparent()
            is_sparkline = parent is not None and etree.QName(parent).localname == "sparkline"
            # A rule's own formulas moved with its area.
            if not node.text or (moved_sheet == own_sheet and not is_sparkline):
                continue
            text = moved_formula(node.text, moves, moved_sheet, own_sheet)
            changed |= text != node.text
            node.text = text
        return changed

    def grow_formulas(self, grown: Growth, list_sheet: str, own_sheet: str) -> bool:
        """Let the formulas of rules that look at a whole list go on doing so; return whether any changed."""
        changed = False
        for node in self.root.iter(f"{_EXCEL}f", *map(main_tag, _RULE_FORMULAS)):
            text = grown_formula(node.text or "", grown, list_sheet, own_sheet, only_fixed=list_sheet == own_sheet)
            if node.text and text != node.text:
                node.text, changed = text, True
        return changed

    def stretch(self, grown: Growth) -> None:
        """Make every rule, validation and filter that covered all rows of a list reach the last of the new ones."""

        def stretched(areas: str) -> str:
            return " ".join(grown.stretched(one) for one in areas.split())

        for node in self.root.iter(main_tag("dataValidation"), main_tag("conditionalFormatting")):
            node.set("sqref", stretched(str(node.get("sqref"))))
        for node in self.root.iter(f"{_EXCEL}sqref"):
            owner = node.getparent()
            # A sparkline stands in one cell only.
            if owner is not None and etree.QName(owner).localname != "sparkline":
                node.text = stretched(node.text or "")
        for node in self.root.iterchildren(main_tag("autoFilter")):
            stretch_filter(node, grown)
        dimension = self.root.find(main_tag("dimension"))
        known = Area.parse(str(dimension.get("ref"))) if dimension is not None else None
        columns, rows = (known.last_column, known.last_row) if known else (1, 1)
        self.set_dimension(f"A1:{address(max(grown.last_column, columns), max(grown.last_row, rows))}")

    def set_dimension(self, area: str) -> None:
        """Say how far the cells reach, if the sheet says it at all."""
        dimension = self.root.find(main_tag("dimension"))
        if dimension is not None:
            dimension.set("ref", area)

    def widen_filter(self, column: int) -> None:
        """Let the sheet's filter reach a column that stands right behind it."""
        node = self.root.find(main_tag("autoFilter"))
        area = Area.parse(str(node.get("ref"))) if node is not None else None
        if node is not None and area is not None and area.last_column == column - 1:
            node.set("ref", str(replace(area, last_column=column)))

    def set_column_look(self, column: int, width: int, hidden: bool) -> None:
        """Set a column's width in characters, and whether it shows (18.3.1.13); other columns keep theirs."""
        container = self.root.find(main_tag("cols"))
        if container is None:
            container = etree.Element(main_tag("cols"))
            rows = self.root.find(main_tag("sheetData"))
            if rows is not None:
                rows.addprevious(container)
        for node in list(container):
            first, last = int(str(node.get("min"))), int(str(node.get("max")))
            if first <= column <= last:
                for start, end in ((first, column - 1), (column + 1, last)):
                    if start <= end:
                        part = copy.deepcopy(node)
                        part.set("min", str(start))
                        part.set("max", str(end))
                        node.addprevious(part)
                container.remove(node)
        own = etree.Element(main_tag("col"), {"min": str(column), "max": str(column), "width": str(width)})
        own.set("customWidth", "1")
        if hidden:
            own.set("hidden", "1")
        place = sum(int(str(node.get("max"))) < column for node in container)
        container.insert(place, own)

    def filter_area(self) -> str:
        """Return the area of the sheet's filter, empty where it has none."""
        node = self.root.find(main_tag("autoFilter"))
        return "" if node is None else str(node.get("ref"))

    def drop_links(self, column: int, rows: Collection[int], relationships: Relationships) -> None:
        """Remove the links of a column in some rows."""
        letters = get_column_letter(column).encode()
        kept, gone = [], set()
        for link in self._links:
            place = _LINK_PLACE.search(link)
            if place is not None and place[2] == letters and int(place[3]) in rows:
                gone.add(_link_id(link))
            else:
                kept.append(link)
        self._links = kept
        relationships.remove(gone - {_link_id(link) for link in kept})

    def add_links(self, links: Iterator["tuple[int, int, str]"], relationships: Relationships) -> None:
        """Add links, as row, column and target; where there would be too many for Excel, the oldest go."""
        prefix = next((name for name, uri in self.root.nsmap.items() if uri == _RELATIONSHIP_SPACE), None)
        attribute = f"{prefix}:id" if prefix else f'xmlns:r="{_RELATIONSHIP_SPACE}" r:id'
        for row, column, target in links:
            link_id = relationships.external_id(_HYPERLINK, target)
            self._links.append(f'<hyperlink ref="{address(column, row)}" {attribute}="{link_id}"/>'.encode())
        self._links = self._links[-MAX_LINKS:]


def _columns_moved(root: etree._Element, columns: Mapping[int, int]) -> etree._Element:
    """Return a sheet's column widths for another one; that of a column is given for it alone."""
    moved = {}
    for node in root.iter(main_tag("col")):
        for column in range(int(str(node.get("min"))), int(str(node.get("max"))) + 1):
            if column in columns:
                own = moved[columns[column]] = copy.deepcopy(node)
                own.set("min", str(columns[column]))
                own.set("max", str(columns[column]))
    container = etree.Element(main_tag("cols"))
    container.extend(moved[column] for column in sorted(moved))
    return container


def _put_in_order(properties: etree._Element | None) -> None:
    """Put a sheet's properties into the order that the schema wants (18.3.1.82): ExcelJS does not."""
    if properties is not None:
        places = {main_tag(name): place for place, name in enumerate(_PROPERTIES)}
        properties[:] = sorted(properties, key=lambda node: places.get(str(node.tag), len(places)))


def _link_id(link: bytes) -> str:
    match = _LINK_ID.search(link)
    return match[1].decode() if match else ""


def _moved_link(link: bytes, moves: RowMoves) -> bytes:
    place = _LINK_PLACE.search(link)
    if place is None:
        return link
    areas = moved_place(place[1].decode(), moves)
    return link[: place.start()] + b' ref="' + areas.encode() + b'"' + link[place.end() :] if areas else b""


def move_filter(node: etree._Element, moves: RowMoves) -> None:
    """Let a filter, and how it is sorted (18.3.1.92), follow its rows."""
    for one in (node, *node.iter(main_tag("sortState"), main_tag("sortCondition"))):
        one.set("ref", moved_areas(str(one.get("ref")), moves) or str(one.get("ref")))


def stretch_filter(node: etree._Element, grown: Growth) -> None:
    """Let a filter over a whole list, and how it is sorted, reach the last row."""
    node.set("ref", grown.stretched_table(str(node.get("ref"))))
    for one in node.iter(main_tag("sortState"), main_tag("sortCondition")):
        one.set("ref", grown.stretched(str(one.get("ref"))))


def carry_rule(node: etree._Element, before: str, after: str) -> None:
    """Let a rule's formulas start from its area's new first cell: that is what they are relative to."""
    carry_formulas(node.iter(*map(main_tag, _RULE_FORMULAS)), before, after)


def carry_formulas(formulas: Iterable[etree._Element], before: str, after: str) -> None:
    """Let formulas that start from the first cell of some areas start from that of others."""
    origin, target = (areas.split()[0].split(":")[0] for areas in (before, after))
    for formula in formulas:
        if formula.text and origin != target:
            formula.text = carried_formula(formula.text, origin, target)


def _move_formulas(formulas: Iterable[etree._Element], areas: str, moves: RowMoves, own_sheet: str) -> None:
    """Let a rule's formulas, which start from the first cell of its areas, follow rows that moved."""
    origin, target = areas.split(maxsplit=1)[0].split(":", maxsplit=1)[0], first_that_stays(areas, moves)
    for formula in formulas:
        if formula.text:
            carried = carried_formula(formula.text, origin, target) if origin != target else formula.text
            formula.text = moved_formula(carried, moves, own_sheet, own_sheet)


def _remove(node: etree._Element) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def remove_with_empty_parents(node: etree._Element) -> None:
    """Remove an element, and what would be left around it with nothing in it."""
    parent = node.getparent()
    if parent is None:
        return
    parent.remove(node)
    if parent.get("count"):
        parent.set("count", str(len(parent)))
    if not len(parent):
        remove_with_empty_parents(parent)
