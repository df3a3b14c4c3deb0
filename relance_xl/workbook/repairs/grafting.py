"""Puts sheets of a new, empty workbook into a user's: with their formats, charts and names; every other part stays."""

import copy
import re
from collections.abc import Collection, Iterable

from lxml import etree

from relance_xl.workbook.ooxml.cells import insert_in_order
from relance_xl.workbook.ooxml.markup import main_tag
from relance_xl.workbook.ooxml.package import TYPES, Package, Relationships, parse_xml, rels_name, serialise
from relance_xl.workbook.repairs.style_grafting import StyleGraft
from relance_xl.workbook.row_moves.drawings import with_references
from relance_xl.workbook.row_moves.references import Reference, rewritten
from relance_xl.workbook.spreadsheet.spreadsheet import AFTER_NAMES, sheet_reference

_SPACE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ID = f"{{{_SPACE}}}id"
_WORKSHEET, _STYLES = f"{_SPACE}/worksheet", f"{_SPACE}/styles"
_TYPES_SPACE = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_NUMBERED = re.compile(r"\d*(\.\w+)$")
#: The longest name of a sheet.
_MAX_NAME = 31


class _Book:
    """A workbook's package, and its main part as a tree."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.part = Relationships.of(package, "").targets_of_type("/officeDocument")[0]
        self.root = parse_xml(package.part(self.part))
        self.links = Relationships.of(package, self.part)
        self.types = parse_xml(package.part(TYPES))

    def sheets(self) -> list[etree._Element]:
        return list(self.root.iter(main_tag("sheet")))

    def names(self) -> etree._Element:
        names = self.root.find(main_tag("definedNames"))
        if names is None:
            names = etree.Element(main_tag("definedNames"))
            insert_in_order(self.root, names, AFTER_NAMES)
        return names

    def content_type(self, part: str) -> str | None:
        return next((node.get("ContentType") for node in self.types if node.get("PartName") == f"/{part}"), None)

    def add_part(self, part: str, data: bytes, content_type: str | None) -> None:
        self.package.replace(part, data)
        if content_type is not None:
            etree.SubElement(
                self.types, f"{_TYPES_SPACE}Override", {"PartName": f"/{part}", "ContentType": content_type}
            )

    def store(self) -> None:
        self.links.store()
        self.package.replace(self.part, serialise(self.root))
        self.package.replace(TYPES, serialise(self.types))


class Grafting:
    """Brings what a user's workbook lacks from a new one. Begin before any sheet is changed; `store` ends it."""

    def __init__(self, package: Package, skeleton: Package) -> None:
        self._target, self._source = _Book(package), _Book(skeleton)
        self._styles_part = self._find_styles()
        self._styles = parse_xml(package.part(self._styles_part))
        source_styles = skeleton.part(self._source.links.targets_of_type("/styles")[0])
        #: Brings cell formats of the new workbook into the user's.
        self.styles = StyleGraft(self._styles, parse_xml(source_styles))

    def _find_styles(self) -> str:
        """Return the part of the user's styles; a workbook without any is given the new one's."""
        parts = self._target.links.targets_of_type("/styles")
        if parts:
            return parts[0]
        source = self._source.links.targets_of_type("/styles")[0]
        part = self._free_part(source)
        self._target.add_part(part, self._source.package.part(source), self._source.content_type(source))
        self._target.links.internal_id(_STYLES, part)
        return part

    def add_sheet(self, title: str, behind: Collection[str]) -> str:
        """Add a sheet of the new workbook, with all that belongs to it, behind the last of some of the user's.

        Returns its name, another one where that is taken.
        """
        names = [str(node.get("name")) for node in self._target.sheets()]
        name = _free_name(title, names)
        source = next(node for node in self._source.sheets() if node.get("name") == title)
        part = self._copied(self._source.links.target(str(source.get(_ID))), title, name)
        index = max((names.index(one) + 1 for one in behind), default=0)
        self._enter_sheet(source, name, part, index)
        self._add_names(self._source.sheets().index(source), title, name, index)
        return name

    def store(self) -> None:
        """Write all of it into the package."""
        self._target.store()
        self._target.package.replace(self._styles_part, serialise(self._styles))

    def _copied(self, part: str, old: str, new: str) -> str:
        """Copy a part and all that it leads to; return its name. What refers to the sheet `old` then does to `new`."""
        data = self._source.package.part(part)
        if b"<sheetData" in data:
            data = self._with_styles(data)
        elif old != new:
            data = with_references(data, lambda formula: _renamed(formula, old, new))
        copied = self._free_part(part)
        self._target.add_part(copied, data, self._source.content_type(part))
        links = Relationships.of(self._source.package, part)
        for link in links.root:
            link.set("Target", f"/{self._copied(links.target(str(link.get('Id'))), old, new)}")
        if len(links.root):
            self._target.package.replace(rels_name(copied), serialise(links.root))
        return copied

    def _with_styles(self, data: bytes) -> bytes:
        """Return a sheet whose cells, rows, columns and rules have the user's workbook's formats."""
        root = parse_xml(data)
        for tag, attribute in (("c", "s"), ("row", "s"), ("col", "style")):
            for node in root.iter(main_tag(tag)):
                if node.get(attribute) is not None:
                    node.set(attribute, str(self.styles.cell(int(str(node.get(attribute))))))
        for node in root.iter(main_tag("cfRule")):
            if node.get("dxfId") is not None:
                node.set("dxfId", str(self.styles.rule(int(str(node.get("dxfId"))))))
        for node in root.iter(main_tag("sheetView")):
            # Two sheets that are selected are edited together.
            if node.get("tabSelected") is not None:
                del node.attrib["tabSelected"]
        return serialise(root)

    def _free_part(self, part: str) -> str:
        number = 1
        while self._target.package.has(name := _NUMBERED.sub(rf"{number}\1", part)):
            number += 1
        return name

    def _enter_sheet(self, source: etree._Element, name: str, part: str, index: int) -> None:
        """Enter a sheet at a place; what counts the sheets counts it too."""
        book = self._target
        ids = [int(str(node.get("sheetId"))) for node in book.sheets()]
        node = etree.Element(main_tag("sheet"), nsmap={"r": _SPACE})
        node.set("name", name)
        node.set("sheetId", str(max(ids, default=0) + 1))
        if source.get("state") not in {None, "visible"}:
            node.set("state", str(source.get("state")))
        node.set(_ID, book.links.internal_id(_WORKSHEET, part))
        container = book.root.find(main_tag("sheets"))
        if container is not None:
            container.insert(index, node)
        for local in book.root.iter(main_tag("definedName")):
            _count_on(local, "localSheetId", index)
        for view in book.root.iter(main_tag("workbookView")):
            _count_on(view, "activeTab", index)
            _count_on(view, "firstSheet", index)

    def _add_names(self, source_index: int, old: str, new: str, index: int) -> None:
        """Define what the new workbook names in a sheet; names for something that is gone give way."""
        names = self._target.names()
        for source in self._source.root.iter(main_tag("definedName")):
            local = source.get("localSheetId")
            if local is not None and int(local) != source_index:
                continue
            if local is None and not (source.text or "").startswith(f"{sheet_reference(old)}!"):
                continue
            node = copy.deepcopy(source)
            node.text = _renamed(source.text or "", old, new)
            if local is not None:
                node.set("localSheetId", str(index))
            else:
                for stale in list(names):
                    if stale.get("localSheetId") is None and _same(stale.get("name"), source.get("name")):
                        names.remove(stale)
            names.append(node)


def _same(one: str | None, other: str | None) -> bool:
    return str(one).casefold() == str(other).casefold()


def _count_on(node: etree._Element, attribute: str, index: int) -> None:
    value = node.get(attribute)
    if value is not None and int(value) >= index:
        node.set(attribute, str(int(value) + 1))


def _renamed(formula: str, old: str, new: str) -> str:
    """Return a formula that leads to another sheet wherever it led to one."""
    if old == new:
        return formula

    def changed(reference: Reference) -> str:
        text = reference.with_rows(reference.first_row, reference.last_row)
        if not reference.leads_to(old, ""):
            return text
        return f"{sheet_reference(new)}!{text.removeprefix(reference.sheet)}"

    return rewritten(formula, changed)


def _free_name(name: str, taken: Iterable[str]) -> str:
    """Return a sheet's name that is not taken: the same, or with a number behind it."""
    others = {one.casefold() for one in taken}
    number, free = 1, name
    while free.casefold() in others:
        number += 1
        suffix = f" ({number})"
        free = name[: _MAX_NAME - len(suffix)] + suffix
    return free
