"""One worksheet's XML: cells by row and column, rows added, removed and moved, ranges grown with them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree
from openpyxl.utils import column_index_from_string, get_column_letter

from relance_xl.errors import EditsError
from relance_xl.language import _
from relance_xl.workbook.cells import MAIN, ROW, C, Content, F, Value, address, insert_in_order, read_cell, write_cell
from relance_xl.workbook.package import Relationships, parse_xml, serialise
from relance_xl.workbook.references import RowMoves, carried_formula, moved_areas, moved_formula

_RELATIONSHIP_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_HYPERLINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
_ADDRESS = re.compile(r"([A-Z]{1,3})(\d+)")
_RANGE = re.compile(r"([A-Z]{1,3})(\d+)(?::([A-Z]{1,3})(\d+))?")
# The children of a worksheet that follow its hyperlinks (ECMA-376 part 1, 18.3.1.99): order is binding.
_AFTER_HYPERLINKS = (
    "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks", "customProperties",
    "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF",
    "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
)  # fmt: skip


def _tag(name: str) -> str:
    return f"{{{MAIN}}}{name}"


@dataclass(frozen=True, slots=True)
class Link:
    """A hyperlink from a cell to a file, by its path relative to the workbook."""

    row: int
    column: int
    target: str


@dataclass(frozen=True, slots=True)
class SharedFormula:
    """A formula that other cells refer to, and the cell it is written for."""

    text: str
    origin: str


class Sheet:
    """A worksheet that can be read, changed in places, and written back."""

    def __init__(self, name: str, data: bytes, shared: list[str], is_1904: bool) -> None:
        self.name = name
        self._root = parse_xml(data)
        self._shared = shared
        self._is_1904 = is_1904
        #: Whether anything was written: an unchanged sheet keeps its bytes.
        self.changed = False
        body = self._root.find(_tag("sheetData"))
        self._body = body if body is not None else etree.SubElement(self._root, _tag("sheetData"))
        self._rows: dict[int, etree._Element] = {}
        self._cells: dict[int, dict[int, etree._Element]] = {}
        self._index()

    def _index(self) -> None:
        """Give every row and cell its address: both may be left out in XML (18.3.1.73), then they follow on."""
        self._last_row = last_row = 0
        for row in self._body.iterchildren(ROW):
            last_row = int(row.get("r", last_row + 1))
            self._last_row = max(self._last_row, last_row)
            row.set("r", str(last_row))
            self._rows[last_row] = row
            self._cells[last_row] = {}
            last_column = 0
            for cell in row.iterchildren(C):
                match = _ADDRESS.match(cell.get("r", ""))
                last_column = column_index_from_string(match[1]) if match else last_column + 1
                cell.set("r", address(last_column, last_row))
                self._cells[last_row][last_column] = cell

    @property
    def last_row(self) -> int:
        """The number of the last row that exists; 0 in an empty sheet."""
        return self._last_row

    def row_numbers(self) -> list[int]:
        """Return the numbers of the rows that exist, ascending."""
        return sorted(self._rows)

    def columns_of(self, row: int) -> list[int]:
        """Return the columns of a row that have a cell."""
        return sorted(self._cells.get(row, {}))

    def value(self, row: int, column: int) -> Value:
        """Return what a cell holds; None where there is nothing."""
        cell = self._cells.get(row, {}).get(column)
        return None if cell is None else read_cell(cell, self._shared)

    def has_formula(self, row: int, column: int) -> bool:
        """Whether a cell is calculated."""
        cell = self._cells.get(row, {}).get(column)
        return cell is not None and cell.find(F) is not None

    def style(self, row: int, column: int) -> str | None:
        """Return a cell's style index, None where it has none."""
        cell = self._cells.get(row, {}).get(column)
        return None if cell is None else cell.get("s")

    def put(self, row: int, column: int, content: Content, style: str | None = None) -> None:
        """Write a cell; its own style stays unless one is given."""
        cell = self._cell(row, column)
        if style is not None:
            cell.set("s", style)
        write_cell(cell, content, self._is_1904)

    def _cell(self, row: int, column: int) -> etree._Element:
        """Return a cell to write to, made if it is not there."""
        self.changed = True
        cells = self._cells.setdefault(row, {})
        if column not in cells:
            element = self._row(row)
            cell = etree.Element(C, {"r": address(column, row)})
            element.insert(sum(1 for other in cells if other < column), cell)
            cells[column] = cell
        return cells[column]

    def _row(self, number: int) -> etree._Element:
        if number not in self._rows:
            element = etree.Element(ROW, {"r": str(number)})
            if number > self._last_row:
                self._body.append(element)
                self._last_row = number
            else:
                self._body.insert(sum(1 for other in self._rows if other < number), element)
            self._rows[number] = element
            self._cells.setdefault(number, {})
        return self._rows[number]

    def copy_row_format(self, source: int, target: int) -> None:
        """Give a row the height and cell styles of another."""
        if source not in self._rows or source == target:
            return
        row = self._row(target)
        for attribute in ("ht", "customHeight", "s", "customFormat"):
            value = self._rows[source].get(attribute)
            if value is not None:
                row.set(attribute, value)
        for column in self.columns_of(source):
            style = self.style(source, column)
            if style is not None:
                self._cell(target, column).set("s", style)

    def copy_formula(self, source: int, target: int, column: int) -> None:
        """Continue a user's formula into another row, as filling down does."""
        cell = self._cells[source][column]
        formula = self._formula_text(cell, self._shared_formulas())
        moved = carried_formula(formula, str(cell.get("r")), address(column, target))
        new = self._cell(target, column)
        for child in list(new):
            new.remove(child)
        new.attrib.pop("t", "")
        etree.SubElement(new, F).text = moved

    def _formula_text(self, cell: etree._Element, masters: Mapping[str, SharedFormula]) -> str:
        """Return a formula's own text, also where it is only a reference to a shared one (18.3.1.40)."""
        formula = cell.find(F)
        if formula is None:
            return ""
        if formula.get("t") != "shared" or formula.text:
            return formula.text or ""
        master = masters.get(str(formula.get("si")))
        return carried_formula(master.text, master.origin, str(cell.get("r"))) if master else ""

    def _shared_formulas(self) -> dict[str, SharedFormula]:
        """Return the shared formulas by their index."""
        return {
            str(node.get("si")): SharedFormula(node.text, str(_parent(node).get("r")))
            for node in self._body.iter(F)
            if node.get("t") == "shared" and node.text
        }

    def unshare_formulas(self) -> None:
        """Give every cell its own formula text, so that rows can move one by one."""
        masters = self._shared_formulas()
        for node in self._body.iter(F):
            if node.get("t") == "shared":
                node.text = self._formula_text(_parent(node), masters)
                for attribute in ("t", "si", "ref"):
                    node.attrib.pop(attribute, "")

    def move_rows(self, moves: RowMoves) -> None:
        """Renumber rows, or remove those that are gone; whatever stands in or points at them moves along.

        Raises EditsError for a formula over several cells, which cannot move with its row.
        """
        self._refuse_moving_arrays(moves)
        self.changed = True
        self.unshare_formulas()
        for row in [row for row in self.row_numbers() if moves.of(row) is None]:
            self._body.remove(self._rows.pop(row))
            del self._cells[row]
        moved = {moves.of(row) or row: (self._rows[row], self._cells[row]) for row in self.row_numbers()}
        self._rows = {number: row for number, (row, _cells) in moved.items()}
        self._cells = {number: cells for number, (_row, cells) in moved.items()}
        for number, element in self._rows.items():
            element.set("r", str(number))
            for column, cell in self._cells[number].items():
                cell.set("r", address(column, number))
        self._body[:] = [self._rows[number] for number in self.row_numbers()]
        self._last_row = max(self._rows, default=0)
        self._move_areas(moves)
        self.follow(moves, self.name)

    def _refuse_moving_arrays(self, moves: RowMoves) -> None:
        for formula in self._body.iter(F):
            place = _parent(formula).get("r")
            row = int(str(place).lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
            if formula.get("t") == "array" and formula.get("ref") != place and moves.of(row) != row:
                raise EditsError(
                    _("{sheet}!{cell} holds a formula over several cells, which cannot move with its row.").format(
                        sheet=self.name, cell=place
                    ),
                    advice=_("Move it above the table or to a sheet of its own."),
                )

    def _move_areas(self, moves: RowMoves) -> None:
        """Move merged cells, links, rules and validations; what covered only removed rows goes with them."""
        places = {"mergeCell": "ref", "hyperlink": "ref", "dataValidation": "sqref", "conditionalFormatting": "sqref"}
        for tag, attribute in places.items():
            for node in list(self._root.iter(_tag(tag))):
                before = str(node.get(attribute))
                areas = moved_areas(before, moves)
                if areas:
                    node.set(attribute, areas)
                    _carry_rule(node, before, areas)
                else:
                    _parent(node).remove(node)
        for tag in ("mergeCells", "hyperlinks", "dataValidations"):
            container = self._root.find(_tag(tag))
            if container is not None and not len(container):
                self._root.remove(container)
            elif container is not None and container.get("count"):
                container.set("count", str(len(container)))

    def follow(self, moves: RowMoves, moved_sheet: str) -> None:
        """Let every formula of this sheet follow the rows that moved in a sheet."""
        rules = () if moved_sheet == self.name else (_tag("formula"), _tag("formula1"), _tag("formula2"))
        for node in self._root.iter(F, *rules):
            if node.text and any(char.isdigit() for char in node.text):
                text = moved_formula(node.text, moves, moved_sheet, self.name)
                self.changed |= text != node.text
                node.text = text
            if node.get("t") == "array" and ":" not in str(node.get("ref")):
                # An array formula of one cell names its own place.
                node.set("ref", str(_parent(node).get("r")))

    def stretch(self, first_row: int, last_row: int) -> None:
        """Make every rule, validation and filter that starts at the first data row reach the last."""
        self.changed = True
        for node in self._root.iter(_tag("dataValidation"), _tag("conditionalFormatting")):
            node.set(
                "sqref", " ".join(stretched_area(one, first_row, last_row) for one in str(node.get("sqref")).split())
            )
        for node in self._root.iter("{http://schemas.microsoft.com/office/excel/2006/main}sqref"):
            node.text = " ".join(stretched_area(one, first_row, last_row) for one in (node.text or "").split())
        for node in self._root.iterchildren(_tag("autoFilter")):
            node.set("ref", stretched_area(str(node.get("ref")), first_row - 1, last_row))
        dimension = self._root.find(_tag("dimension"))
        if dimension is not None:
            width = max((max(cells) for cells in self._cells.values() if cells), default=1)
            dimension.set("ref", f"A1:{get_column_letter(width)}{max(self.last_row, 1)}")

    def set_links(self, links: list[Link], column: int, relationships: Relationships) -> None:
        """Replace all hyperlinks of a column."""
        self.changed = True
        container = self._root.find(_tag("hyperlinks"))
        gone: set[str] = set()
        for node in list(container) if container is not None else []:
            match = _RANGE.fullmatch(str(node.get("ref")))
            if match and column_index_from_string(match[1]) == column:
                gone.add(str(node.get(_RELATIONSHIP_ID)))
                _parent(node).remove(node)
        relationships.remove(gone)
        known = {str(one.get("Target")): str(one.get("Id")) for one in relationships.root}
        for link in links:
            link_id = known.get(link.target) or relationships.add_external(_HYPERLINK, link.target)
            known[link.target] = link_id
            container = self._hyperlinks()
            etree.SubElement(
                container, _tag("hyperlink"), {"ref": address(link.column, link.row), _RELATIONSHIP_ID: link_id}
            )
        container = self._root.find(_tag("hyperlinks"))
        if container is not None and not len(container):
            self._root.remove(container)
        relationships.store()

    def _hyperlinks(self) -> etree._Element:
        container = self._root.find(_tag("hyperlinks"))
        if container is None:
            container = etree.Element(_tag("hyperlinks"))
            insert_in_order(self._root, container, _AFTER_HYPERLINKS)
        return container

    def filled_columns(self, row: int) -> Iterator[int]:
        """Yield the columns of a row that hold something."""
        for column in self.columns_of(row):
            if self.value(row, column) is not None:
                yield column

    def to_bytes(self) -> bytes:
        """Return the sheet's XML."""
        return serialise(self._root)


def _carry_rule(node: etree._Element, before: str, after: str) -> None:
    """Let a rule's formulas start from its area's new first cell: that is what they are relative to."""
    origin, target = (areas.split()[0].split(":")[0] for areas in (before, after))
    for formula in node.iter(_tag("formula"), _tag("formula1"), _tag("formula2")):
        if formula.text and origin != target:
            formula.text = carried_formula(formula.text, origin, target)


def _parent(node: etree._Element) -> etree._Element:
    parent = node.getparent()
    if parent is None:
        raise ValueError(node.tag)
    return parent


def stretched_area(reference: str, first_row: int, last_row: int) -> str:
    """Return a range with its end at the last row, if it starts at the first one; whole columns stay whole."""
    match = _RANGE.fullmatch(reference)
    if match is None or int(match[2]) != first_row:
        return reference
    return f"{match[1]}{match[2]}:{match[3] or match[1]}{max(last_row, first_row)}"
