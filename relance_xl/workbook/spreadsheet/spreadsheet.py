"""A workbook as a whole: its sheets, shared texts, defined names and calculation flags."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lxml import etree

from relance_xl.runtime.errors import EditsError, Fault
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import cause_words
from relance_xl.workbook.ooxml.cells import insert_in_order
from relance_xl.workbook.ooxml.column_letters import column_index_from_string, get_column_letter
from relance_xl.workbook.ooxml.markup import main_tag
from relance_xl.workbook.ooxml.number_formats import date_styles
from relance_xl.workbook.ooxml.package import TYPES, Package, Relationships, damaged, open_package, parse_xml, serialise
from relance_xl.workbook.ooxml.shared_texts import SharedTexts
from relance_xl.workbook.row_moves.comments import moved_comments, moved_notes
from relance_xl.workbook.row_moves.drawings import (
    moved_anchors,
    with_control_formulas,
    with_location,
    with_references,
    with_source,
    with_table_formulas,
)
from relance_xl.workbook.row_moves.grown_lists import Growth, grown_formula
from relance_xl.workbook.row_moves.references import RowMoves, moved_areas, moved_formula
from relance_xl.workbook.spreadsheet.sheet import Setting, Sheet
from relance_xl.workbook.spreadsheet.tables import moved_table, stretched_table, table_holds, table_name

_RELATIONSHIP_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_MAIN_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACRO_TYPE = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_ROWS_BEFORE_COLUMNS = re.compile(r"(.+!\$\d+:\$\d+),(.+!\$[A-Z]+:\$[A-Z]+)")
_CORNER = re.compile(r"([A-Z]+)(\d+)")
_DRAWN = re.compile(r"xl/(?:charts/chart|drawings/drawing)[^/]*\.xml", re.IGNORECASE)
_CONTROLS = re.compile(r"xl/(?:ctrlProps/[^/]*\.xml|drawings/[^/]*\.vml)", re.IGNORECASE)
_TABLES = re.compile(r"xl/tables/.*", re.IGNORECASE)
# What a sheet's parts that move with its rows are linked by, besides what is drawn over it.
_COMMENTS, _TABLE = ("/comments", "/threadedComment"), "/table"
_TYPES_ROOT = "{http://schemas.openxmlformats.org/package/2006/content-types}Types"
_SINGLE_CELL = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!\$?([A-Z]{1,3})\$?(\d+)(?::\$?\3\$?\4)?")
#: The children of a workbook that follow its defined names (ECMA-376 part 1, 18.2.27).
AFTER_NAMES = (
    "calcPr", "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr", "smartTagTypes", "webPublishing",
    "fileRecoveryPr", "webPublishObjects", "extLst",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A cell: its sheet's name, row and column."""

    sheet: str
    row: int
    column: int


class Spreadsheet:
    """An open workbook. Only sheets that were asked for are parsed; only changed ones are written back."""

    def __init__(self, package: Package) -> None:
        self.package = package
        try:
            root_links = Relationships.of(package, "")
            self._part = root_links.targets_of_type("/officeDocument")[0]
            self._root = parse_xml(package.part(self._part))
            self._links = Relationships.of(package, self._part)
            self._refuse_missing(self._links.targets_of_type("/sharedStrings"))
            shared = self._read_shared()
            self._sheet_parts = {
                str(node.get("name")): self._links.target(str(node.get(_RELATIONSHIP_ID)))
                for node in self._root.iter(main_tag("sheet"))
            }
        except (KeyError, IndexError, etree.XMLSyntaxError) as error:
            raise damaged(package.path) from error
        self._refuse_missing(self._sheet_parts.values())
        properties = self._root.find(main_tag("workbookPr"))
        self.is_1904 = properties is not None and properties.get("date1904") in {"1", "true"}
        self._setting = Setting(package.path, shared, self.is_1904, lambda: self._date_styles)
        self._sheets: dict[str, Sheet] = {}
        # The names of the whole workbook, without case, as long as none has come or gone.
        self._name_nodes: dict[str, etree._Element] = {}
        self._name_count = 0

    @classmethod
    def read(cls, path: Path) -> "Spreadsheet":
        """Open a workbook file. Raises EditsError; FileNotFoundError where there is none."""
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise
        except OSError as error:
            raise EditsError(
                _("{file} cannot be read: {why}").format(file=path.name, why=cause_words(error))
            ) from error
        return cls.read_bytes(path, data)

    @classmethod
    def read_bytes(cls, path: Path, data: bytes) -> "Spreadsheet":
        """Open a workbook's bytes; `path` only names it in errors. Raises EditsError."""
        return cls(open_package(path, data))

    def prove(self, ours: Collection[str], lists: Collection[str]) -> None:
        """Raise EditsError for every part that is damaged or missing of those without which it cannot be written later.

        `ours`: the present names of our sheets; `lists`: of those whose rows come and go. Whatever is packed must unpack whole; formats, kinds of parts, links,
        our sheets, those that look at them, and what moves with their rows must be as they are read. What the user drew,
        and sheets of theirs that have nothing to do with ours, may be cut short: they are carried on as they are.
        """
        self.package.prove()
        broken = [*self._unlike(TYPES, _TYPES_ROOT)]
        for part in self._links.targets_of_type("/styles"):
            broken += self._unlike(part, main_tag("styleSheet"))
        for name in self.sheet_names():
            # Raises by itself for links that cannot be read.
            links = Relationships.of(self.package, self._sheet_parts[name])
            for kind in (*_COMMENTS, _TABLE) if name in lists else ():
                broken += [part for one in links.targets_of_type(kind) for part in self._unlike(one)]
        if broken:
            raise damaged(self.package.path, broken)
        for name, part in self._sheet_parts.items():
            if name in ours or self._may_refer(name, part, lists):
                self.sheet(name).prove()

    def _unlike(self, part: str, root: str = "") -> Iterator[str]:
        """Yield a part if it is missing, is no XML, or has another root than it should."""
        try:
            tag = parse_xml(self.package.part(part)).tag
        except (KeyError, etree.XMLSyntaxError):
            yield part
        else:
            if root not in {"", tag}:
                yield part

    def _refuse_missing(self, parts: Iterable[str]) -> None:
        missing = [part for part in parts if not self.package.has(part)]
        if missing:
            raise damaged(self.package.path, missing)

    def _read_shared(self) -> Sequence[str]:
        parts = self._links.targets_of_type("/sharedStrings")
        return SharedTexts(self.package.part(parts[0]) if parts else b"", self.package.path)

    @cached_property
    def _date_styles(self) -> frozenset[str]:
        parts = self._links.targets_of_type("/styles")
        return date_styles(self.package.part(parts[0])) if parts else frozenset()

    def styles(self) -> etree._Element | None:
        """Return the tree of the cell formats; None where there are none at all."""
        parts = self._links.targets_of_type("/styles")
        return parse_xml(self.package.part(parts[0])) if parts else None

    def put_styles(self, data: bytes) -> None:
        """Replace the cell formats, of a workbook that has some."""
        for part in self._links.targets_of_type("/styles"):
            self.package.replace(part, data)

    def says(self, *signs: Mapping[str, str]) -> bool:
        """Whether the workbook part has, among its first level's elements, ones with these attributes."""
        return all(
            any(all(node.get(name) == text for name, text in sign.items()) for node in self._root) for sign in signs
        )

    def stored(self) -> "Spreadsheet":
        """Return the workbook read again from itself, with all changes so far: formats may be others now."""
        for name, sheet in self._sheets.items():
            if sheet.changed:
                self.package.replace(self._sheet_parts[name], b"".join(sheet.chunks()))
        self.package.replace(self._part, serialise(self._root))
        return Spreadsheet(self.package)

    def sheet_names(self) -> tuple[str, ...]:
        """Return the sheets' names, in order."""
        return tuple(self._sheet_parts)

    def worksheet_names(self) -> tuple[str, ...]:
        """Return the names of the sheets that have cells: charts may be sheets too."""
        worksheets = set(self._links.targets_of_type("/worksheet"))
        return tuple(name for name, part in self._sheet_parts.items() if part in worksheets)

    def sheet(self, name: str) -> Sheet:
        """Return a sheet by its present name. Raises EditsError for a damaged one."""
        if name not in self._sheets:
            try:
                part = self._sheet_parts[name]
                self._sheets[name] = Sheet(name, lambda: self.package.chunks(part), self._setting, part)
            except (KeyError, etree.XMLSyntaxError, ValueError, IndexError) as error:
                raise damaged(self.package.path) from error
        return self._sheets[name]

    def changed_sheets(self) -> list[Sheet]:
        """Return the sheets that were written to."""
        return [sheet for sheet in self._sheets.values() if sheet.changed]

    def sheets_with_formulas(self) -> Iterator[Sheet]:
        """Yield the worksheets that may have calculated cells."""
        for name, part in self._sheet_parts.items():
            if name in self._sheets or _may_calculate(self.package.part(part)):
                yield self.sheet(name)

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield the defined names, those of single sheets too, and what they stand for."""
        for node in self._root.iter(main_tag("definedName")):
            yield str(node.get("name")), node.text or ""

    def move_rows(self, sheet: Sheet, moves: RowMoves) -> None:
        """Move a sheet's rows, and all that points at them: comments, other sheets' formulas, defined names."""
        if not moves.moves_any():
            return
        self._move_tables(sheet, moves)
        sheet.move_rows(moves)
        for part in self.parts_of(sheet, *_COMMENTS):
            self.package.replace(part, moved_comments(self.package.part(part), moves))
        for part in self.parts_of(sheet, "/vmlDrawing"):
            self.package.replace(part, moved_notes(self.package.part(part), moves))
        for part in self.parts_of(sheet, "/drawing"):
            self._rewrite(part, lambda data: moved_anchors(data, moves))
        for part in self.parts_of(sheet, "/pivotTable"):
            self._rewrite(part, lambda data: with_location(data, lambda area: moved_areas(area, moves) or area))
        for other in self._sheets_that_refer_to(sheet):
            other.follow(moves, sheet.name)
        self._rewrite_references(
            sheet,
            lambda formula, own_sheet: moved_formula(formula, moves, sheet.name, own_sheet),
            lambda area: moved_areas(area, moves) or area,
        )

    def _move_tables(self, sheet: Sheet, moves: RowMoves) -> None:
        """Let the user's tables follow; raise EditsError for those that would lose their titles or all their rows."""
        parts = {part: self.package.part(part) for part in self.parts_of(sheet, _TABLE)}
        moved = {part: moved_table(data, moves) for part, data in parts.items()}
        if torn := [table_name(parts[part]) for part, data in moved.items() if data is None]:
            raise EditsError(
                _("Tables beside the list stand in rows that would leave with their invoices."),
                [
                    Fault(_("the table “{name}” would lose its titles or all its rows").format(name=name), sheet.name)
                    for name in torn
                ],
                _("Move them above the list or to another sheet."),
            )
        for part, data in moved.items():
            if data is not None and data != parts[part]:
                self.package.replace(part, data)

    def _sheets_that_refer_to(self, sheet: Sheet) -> Iterator[Sheet]:
        """Yield the other worksheets with formulas that may lead to a sheet."""
        for name, part in self._sheet_parts.items():
            if name != sheet.name and self._may_refer(name, part, (sheet.name,)):
                yield self.sheet(name)

    def _rewrite_references(
        self, sheet: Sheet, change: Callable[[str, str], str], change_source: Callable[[str], str]
    ) -> None:
        """Change what leads to a sheet from outside of all sheets: charts, drawings, pivot tables, names.

        `change` is given a formula and the sheet that it stands in, "" for none; `change_source` a pivot's source area.
        """
        for part in filter(_DRAWN.fullmatch, self.package.names()):
            self._rewrite(part, lambda data: with_references(data, lambda formula: change(formula, "")))
        # A column's formula in a table on the list's own sheet is written for its rows: it has no place of its own.
        ours = self.parts_of(sheet, _TABLE)
        for part in self.package.names():
            if _TABLES.fullmatch(part) and part not in ours:
                self._rewrite(part, lambda data: with_table_formulas(data, lambda formula: change(formula, "")))
        self._rewrite_controls(sheet, change)
        for part in filter(self.package.has, self._links.targets_of_type("/pivotCacheDefinition")):
            self._rewrite(part, lambda data: with_source(data, sheet.name, change_source))
        for node in self._root.iter(main_tag("definedName")):
            if node.text and "!" in node.text:
                node.text = change(node.text, sheet.name)

    def _rewrite_controls(self, sheet: Sheet, change: Callable[[str, str], str]) -> None:
        """Change the cells that form controls write to: a tick box beside an invoice would tick another's row."""
        ours = self.parts_of(sheet, "/ctrlProp", "/vmlDrawing")
        for part in filter(_CONTROLS.fullmatch, self.package.names()):
            self._rewrite(part, _with_controls(change, sheet.name if part in ours else ""))

    def _rewrite(self, part: str, change: Callable[[bytes], bytes]) -> None:
        """Change a part, if there is anything to change."""
        before = self.package.part(part)
        after = change(before)
        if after != before:
            self.package.replace(part, after)

    def grow(self, sheet: Sheet, grown: Growth) -> None:
        """Let all that held a whole list hold its new rows too: rules, filter, tables, and what looks at it."""
        sheet.stretch(grown)
        for part in self.parts_of(sheet, _TABLE):
            self._rewrite(part, lambda data: stretched_table(data, grown))
        self._grow_references(sheet, grown)
        self._fit_filter_name(sheet)

    def _grow_references(self, sheet: Sheet, grown: Growth) -> None:
        """Let what looks at a whole list from anywhere, such as a total or a print area, look at its new rows too."""
        if grown.last_row <= grown.old_last_row:
            return
        for one in (sheet, *self._sheets_that_refer_to(sheet)):
            one.grow_formulas(grown, sheet.name)
        self._rewrite_references(
            sheet,
            lambda formula, own_sheet: grown_formula(formula, grown, sheet.name, own_sheet),
            grown.stretched_table,
        )

    def _may_refer(self, name: str, part: str, others: Collection[str]) -> bool:
        """Whether a sheet is a worksheet with formulas that may lead to one of some others."""
        if name in self._sheets:
            return True
        data = self.package.part(part)
        if b"sheetData" not in data:
            return False
        # A name in quotes may be written in more than one way; letters and digits stand as they are.
        if not all(other.isascii() and other.isalnum() for other in others):
            return b"!" in data
        data = data.lower()
        return any(other.encode().lower() in data for other in others)

    def declare_macros(self) -> None:
        """Declare a new workbook as one that may hold macros: what the name .xlsm promises, or Excel refuses it."""
        self.package.replace(TYPES, self.package.part(TYPES).replace(_MAIN_TYPE, _MACRO_TYPE))

    def is_in_table(self, sheet: Sheet, row: int) -> bool:
        """Whether any of the user's tables holds cells of a row."""
        return any(table_holds(self.package.part(part), row) for part in self.parts_of(sheet, _TABLE))

    def widen_filter(self, sheet: Sheet, column: int) -> None:
        """Let a sheet's filter reach a column that stands right behind it."""
        sheet.widen_filter(column)
        self._fit_filter_name(sheet)

    def relationships(self, sheet: Sheet) -> Relationships:
        """Return a sheet's links."""
        return Relationships.of(self.package, self._sheet_parts[sheet.name])

    def parts_of(self, sheet: Sheet, *kinds: str) -> tuple[str, ...]:
        """Return the parts that a sheet's links of some kinds (`/drawing`) lead to; one that is missing is passed over."""
        links = self.relationships(sheet)
        return tuple(part for kind in kinds for part in links.targets_of_type(kind) if self.package.has(part))

    def named_cell(self, name: str) -> Place | None:
        """Return the single cell a defined name stands for; None where it is gone or something else."""
        node = self._name_node(name)
        match = _SINGLE_CELL.fullmatch(node.text or "") if node is not None else None
        if match is None:
            return None
        sheet = match[1].replace("''", "'") if match[1] else match[2]
        return Place(sheet, int(match[4]), column_index_from_string(match[3]))

    def has_name(self, name: str) -> bool:
        """Whether a name is defined for the whole workbook, be it for something that is gone."""
        return self._name_node(name) is not None

    def is_broken(self, name: str) -> bool:
        """Whether a name is gone, or what it stood for."""
        node = self._name_node(name)
        text = (node.text or "") if node is not None else ""
        sheet = text.rpartition("!")[0].strip("'").replace("''", "'")
        return "#REF!" in text or sheet not in self._sheet_parts

    def set_name(self, name: str, reference: str) -> None:
        """Define a name for the whole workbook."""
        node = self._name_node(name)
        if node is None:
            node = etree.SubElement(self._names(), main_tag("definedName"), {"name": name})
        node.text = reference

    def tidy_print_titles(self) -> None:
        """Name the repeated columns before the repeated rows, and each sheet's once, as Excel does.

        openpyxl writes the other order, of which LibreOffice makes two names; Excel repairs such a workbook.
        """
        seen: set[str | None] = set()
        for node in list(self._names()) if self._root.find(main_tag("definedNames")) is not None else ():
            if str(node.get("name")).casefold() != "_xlnm.print_titles":
                continue
            if node.get("localSheetId") in seen:
                self._names().remove(node)
                continue
            seen.add(node.get("localSheetId"))
            parts = _ROWS_BEFORE_COLUMNS.fullmatch(node.text or "")
            if parts is not None:
                node.text = f"{parts[2]},{parts[1]}"

    def _fit_filter_name(self, sheet: Sheet) -> None:
        """Keep the hidden name behind a sheet's filter in step with the filter itself."""
        first, _colon, last = sheet.filter_area().partition(":")
        if not last:
            return
        index = list(self._sheet_parts).index(sheet.name)
        for node in self._root.iter(main_tag("definedName")):
            if node.get("name") == "_xlnm._FilterDatabase" and node.get("localSheetId") == str(index):
                corners = ":".join(_CORNER.sub(r"$\1$\2", corner) for corner in (first, last))
                node.text = f"{sheet_reference(sheet.name)}!{corners}"

    def _name_node(self, name: str) -> etree._Element | None:
        names = self._root.find(main_tag("definedNames"))
        if names is None:
            return None
        if len(names) != self._name_count:
            # Of two names alike the first counts.
            everywhere = (one for one in reversed(names) if one.get("localSheetId") is None)
            self._name_nodes = {str(one.get("name")).casefold(): one for one in everywhere}
            self._name_count = len(names)
        return self._name_nodes.get(name.casefold())

    def _names(self) -> etree._Element:
        names = self._root.find(main_tag("definedNames"))
        if names is None:
            names = etree.Element(main_tag("definedNames"))
            insert_in_order(self._root, names, AFTER_NAMES)
        return names

    def packed(self) -> bytes:
        """Return the workbook's bytes with all changes: recalculated when next opened."""
        for name, sheet in self._sheets.items():
            if sheet.changed:
                self.package.write_later(self._sheet_parts[name], sheet.chunks)
        self._request_calculation()
        self._drop_dead_links()
        self.package.replace(self._part, serialise(self._root))
        return self.package.packed()

    def _drop_dead_links(self) -> None:
        """Drop what leads to parts that are not there (ExcelJS names a theme where there is none): Excel repairs it."""
        dead = {str(link.get("Id")) for link in self._links.root if not self._links.leads_somewhere(link)}
        if dead:
            self._links.remove(dead)
            self._links.store()
        self._drop_types(lambda part: not self.package.has(part))

    def _drop_types(self, is_gone: Callable[[str], bool]) -> None:
        """Say no longer of what kind parts are that are gone."""
        types = parse_xml(self.package.part(TYPES))
        gone = [node for node in types if node.get("PartName") and is_gone(str(node.get("PartName"))[1:])]
        for node in gone:
            types.remove(node)
        if gone:
            self.package.replace(TYPES, serialise(types))

    def _request_calculation(self) -> None:
        """Ask for a full calculation on load, and drop the chain that lists formula cells: loaders rebuild it."""
        calculation = self._root.find(main_tag("calcPr"))
        if calculation is None:
            names = self._names()
            calculation = etree.Element(main_tag("calcPr"))
            names.addnext(calculation)
        calculation.set("fullCalcOnLoad", "1")
        chains = self._links.targets_of_type("/calcChain")
        if not chains:
            return
        self._links.remove_type("/calcChain")
        self._links.store()
        for chain in chains:
            self.package.remove(chain)


def _may_calculate(part: bytes) -> bool:
    # Some programs write a prefix before each tag.
    return b"sheetData" in part and (b"<f" in part or b":f" in part)


def _with_controls(change: Callable[[str, str], str], own_sheet: str) -> Callable[[bytes], bytes]:
    return lambda data: with_control_formulas(data, lambda formula: change(formula, own_sheet))


def sheet_reference(name: str) -> str:
    """Return a sheet's name as formulas write it."""
    return "'" + name.replace("'", "''") + "'"


def whole_column(sheet: str, column: int) -> str:
    """Return a column of a sheet as formulas write it: rows may come and go."""
    letter = get_column_letter(column)
    return f"{sheet_reference(sheet)}!${letter}:${letter}"
