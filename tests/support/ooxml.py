"""What Excel repairs or refuses a workbook for (ECMA-376 parts 1 and 2), found without Excel: `faults`."""

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from lxml import etree
from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token
from openpyxl.utils import column_index_from_string

from tests.support.schemas import schema_faults

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!"}
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?")
_SHEET_PREFIX = re.compile(r"('(?:[^']|'')+'|[^'!:\s(),+\-*/^&<>=;{}]+)!")
_NAME = re.compile(r"[A-Za-z_\\\u00c0-\uffff][\w.\\?\u00c0-\uffff]*")

_COUNTED = {"dataValidations", "mergeCells", "tableParts", "tableColumns", "numFmts", "fonts", "fills", "borders",
            "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "rowBreaks", "colBreaks"}  # fmt: skip

Box = tuple[int, int, int, int]


def tag(name: str) -> str:
    """Return an element's name in the main namespace."""
    return f"{{{MAIN}}}{name}"


def local(node: etree._Element) -> str:
    """Return an element's name without its namespace; empty for comments and processing instructions."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def box(reference: str) -> Box | None:
    """Return an area as first column, first row, last column, last row; None where it is no area."""
    match = _AREA.fullmatch(reference)
    if match is None:
        return None
    left, top = column_index_from_string(match[1]), int(match[2])
    right, bottom = column_index_from_string(match[3] or match[1]), int(match[4] or match[2])
    fits = 1 <= left <= right <= LAST_COLUMN and 1 <= top <= bottom <= LAST_ROW
    return (left, top, right, bottom) if fits else None


def overlap(one: Box, other: Box) -> bool:
    """Whether two areas share a cell."""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def faults(path: Path) -> list[str]:
    """Return all that Excel would repair or refuse, each with its part; empty for a sound workbook.

    What the schemas say, as far as they are here, and beyond them what must be true of one place because of another.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            parts = {name: archive.read(name) for name in names}
    except zipfile.BadZipFile as error:
        return [f"not a zip file: {error}"]
    doubled = [name for name, count in Counter(name.casefold() for name in names).items() if count > 1]
    found = [f"{name}: stands twice in the zip" for name in doubled]
    package = Package(parts)
    found += [*_well_formed(package), *_content_types(package), *_relationships(package)]
    if any("not well-formed" in fault for fault in found) or package.workbook is None:
        return [*found, *([] if package.workbook else ["no workbook part"])]
    for check in (_everywhere, _workbook, _names, _styles, _sheets, _tables, _calculation_chain, _comments):
        found += check(package)
    return [*found, *schema_faults(path)]


@dataclass
class Package:
    """The parts of a file, parsed when first asked for."""

    parts: dict[str, bytes]
    _roots: dict[str, etree._Element | None] = field(default_factory=dict)

    def root(self, name: str) -> etree._Element | None:
        """Return a part's root element; None where it is missing or no XML."""
        if name not in self._roots:
            try:
                self._roots[name] = etree.fromstring(self.parts[name])
            except (KeyError, etree.XMLSyntaxError):
                self._roots[name] = None
        return self._roots[name]

    def links(self, part: str) -> dict[str, tuple[str, str]]:
        """Return a part's relationships by id: the end of the type, and the part they lead to (empty: outside)."""
        folder, name = posixpath.split(part)
        root = self.root(posixpath.join(folder, "_rels", f"{name}.rels"))
        found = {}
        for link in root if root is not None else ():
            target = str(link.get("Target"))
            inside = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            kind = str(link.get("Type")).rpartition("/")[2]
            found[str(link.get("Id"))] = (kind, "" if link.get("TargetMode") == "External" else inside)
        return found

    def linked(self, part: str, kind: str) -> list[str]:
        """Return the parts that a part leads to by a type of relationship."""
        return [target for one, target in self.links(part).values() if one == kind]

    @cached_property
    def workbook(self) -> str | None:
        """The name of the workbook part."""
        return next(iter(self.linked("", "officeDocument")), None)

    @cached_property
    def book(self) -> etree._Element:
        """The root of the workbook part."""
        root = self.root(self.workbook or "")
        assert root is not None
        return root

    @cached_property
    def sheets(self) -> list[tuple[str, str]]:
        """The sheets' names and parts, in order."""
        links = self.links(self.workbook or "")
        nodes = self.book.iter(tag("sheet"))
        return [(str(n.get("name")), links.get(str(n.get(f"{{{RELATION}}}id")), ("", ""))[1]) for n in nodes]

    @cached_property
    def worksheets(self) -> list[tuple[str, str, etree._Element]]:
        """The names, parts and roots of sheets of cells."""
        roots = [(name, part, self.root(part)) for name, part in self.sheets]
        return [(name, part, root) for name, part, root in roots if root is not None and local(root) == "worksheet"]

    @cached_property
    def shared(self) -> list[etree._Element]:
        """The shared texts."""
        parts = self.linked(self.workbook or "", "sharedStrings")
        root = self.root(parts[0]) if parts else None
        return list(root.iterchildren(tag("si"))) if root is not None else []

    def style_count(self, name: str) -> int:
        """Return how many `cellXfs`, `dxfs` and so on the styles hold."""
        parts = self.linked(self.workbook or "", "styles")
        root = self.root(parts[0]) if parts else None
        node = root.find(tag(name)) if root is not None else None
        return len(node) if node is not None else 0


def _is_xml(name: str) -> bool:
    return name.endswith((".xml", ".rels", ".vml"))


def _well_formed(package: Package) -> Iterator[str]:
    for name, data in package.parts.items():
        if not _is_xml(name) or name.endswith("/"):
            continue
        try:
            etree.fromstring(data)
        except etree.XMLSyntaxError as error:
            yield f"{name}: not well-formed: {error}"


def _content_types(package: Package) -> Iterator[str]:
    root = package.root("[Content_Types].xml")
    if root is None:
        yield "[Content_Types].xml: missing"
        return
    defaults = Counter(str(n.get("Extension")).casefold() for n in root.iterchildren(f"{{{TYPES}}}Default"))
    overrides = Counter(str(n.get("PartName")).casefold() for n in root.iterchildren(f"{{{TYPES}}}Override"))
    yield from (f"[Content_Types].xml: {name} twice" for name, count in (defaults + overrides).items() if count > 1)
    present = {f"/{name}".casefold() for name in package.parts}
    yield from (f"[Content_Types].xml: {name} is no part" for name in overrides if name not in present)
    for name in package.parts:
        extension = posixpath.basename(name).rpartition(".")[2].casefold()
        known = f"/{name}".casefold() in overrides or extension in defaults
        # Some programs enter the folders too: they are no parts.
        if name != "[Content_Types].xml" and not name.endswith("/") and not known:
            yield f"{name}: has no content type"


def _relationships(package: Package) -> Iterator[str]:
    for name in package.parts:
        root = package.root(name) if name.endswith(".rels") else None
        if root is None:
            continue
        folder, file = posixpath.split(name)
        source = posixpath.join(posixpath.dirname(folder), file.removesuffix(".rels"))
        if source and source not in package.parts:
            yield f"{name}: relationships of a part that is not there"
        ids = Counter(str(link.get("Id")) for link in root)
        yield from (f"{name}: id {one} twice" for one, count in ids.items() if count > 1)
        for one, (_kind, target) in package.links(source).items():
            if target and target not in package.parts:
                yield f"{name}: {one} leads to {target}, which is not there"


def _everywhere(package: Package) -> Iterator[str]:
    """Check what holds for every XML part: one extLst, true counts, links that exist, prefixes that are declared."""
    for name in package.parts:
        root = package.root(name) if _is_xml(name) else None
        if root is None or name.endswith(".rels") or name == "[Content_Types].xml":
            continue
        ids = package.links(name)
        prefixes = str(root.get(f"{{{COMPATIBILITY}}}Ignorable") or "").split()
        yield from (f"{name}: prefix {one} is not declared" for one in prefixes if one not in root.nsmap)
        for node in root.iter():
            if not isinstance(node.tag, str):
                continue
            if sum(local(child) == "extLst" for child in node) > 1:
                yield f"{name}: {local(node)} has two extLst"
            for key, value in ((str(key), str(value)) for key, value in node.attrib.items()):
                is_link = key.startswith(f"{{{RELATION}}}") or key.endswith("office:office}relid")
                if is_link and value and value not in ids:
                    yield f"{name}: {local(node)} names {value}, a relationship that is not there"
            if local(node) == "dLbls" and any(local(one) != "dLbl" for one in list(node)[: len(_points(node))]):
                yield f"{name}: labels of single points stand out of order"
            if etree.QName(node).namespace == MAIN:
                yield from _counted(name, node)


def _points(labels: etree._Element) -> list[etree._Element]:
    return [one for one in labels if local(one) == "dLbl"]


def _effective(node: etree._Element) -> Iterator[etree._Element]:
    """Yield the children that Excel sees: of alternatives the content of the first choice; foreign ones not."""
    for child in node:
        if not isinstance(child.tag, str):
            continue
        if child.tag == f"{{{COMPATIBILITY}}}AlternateContent":
            choice = child.find(f"{{{COMPATIBILITY}}}Choice")
            yield from (one for one in (choice if choice is not None else ()) if etree.QName(one).namespace == MAIN)
        elif etree.QName(child).namespace == MAIN:
            yield child


def _counted(name: str, node: etree._Element) -> Iterator[str]:
    count = node.get("count")
    if local(node) in _COUNTED and count is not None and count != str(sum(1 for _ in _effective(node))):
        yield f"{name}: {local(node)} counts {count}, holds {sum(1 for _ in _effective(node))}"


def _workbook(package: Package) -> Iterator[str]:
    part = package.workbook or ""
    nodes = list(package.book.iter(tag("sheet")))
    names = [str(node.get("name")) for node in nodes]
    for name in names:
        if not 1 <= len(name) <= 31 or re.search(r"[\[\]:*?/\\]", name) or name.startswith("'") or name.endswith("'"):
            yield f"{part}: sheet name {name!r}"
    yield from _unique(part, "sheet name", (name.casefold() for name in names))
    yield from _unique(part, "sheetId", (str(node.get("sheetId")) for node in nodes))
    if all(node.get("state") in {"hidden", "veryHidden"} for node in nodes):
        yield f"{part}: no sheet is visible"
    for view in package.book.iter(tag("workbookView")):
        if int(view.get("activeTab") or 0) >= len(nodes):
            yield f"{part}: activeTab {view.get('activeTab')}"


def _unique(part: str, what: str, values: Iterable[str]) -> Iterator[str]:
    yield from (f"{part}: {what} {value} twice" for value, count in Counter(values).items() if count > 1)


def _names(package: Package) -> Iterator[str]:
    part = package.workbook or ""
    sheets = {name.casefold() for name, _part in package.sheets}
    nodes = list(package.book.iter(tag("definedName")))
    yield from _unique(
        part, "defined name", (f"{str(n.get('name')).casefold()} of {n.get('localSheetId', 'all')}" for n in nodes)
    )
    for node in nodes:
        name, text = str(node.get("name")), node.text or ""
        if not _NAME.fullmatch(name) or len(name) > 255 or _AREA.fullmatch(name.upper()):
            yield f"{part}: defined name {name!r} is no name"
        if int(node.get("localSheetId") or 0) >= len(package.sheets):
            yield f"{part}: defined name {name} of a sheet that is not there"
        if not text or "#REF!" in text:
            yield f"{part}: defined name {name} leads nowhere ({text})"
        yield from (f"{part}: defined name {name} names the sheet {one}" for one in _foreign_sheets(text, sheets))


def _foreign_sheets(formula: str, sheets: Set[str]) -> Iterator[str]:
    """Yield the sheets of this workbook that a formula names and that are not there."""
    without_texts = re.sub(r'"(?:[^"]|"")*"', '""', formula)
    for match in _SHEET_PREFIX.finditer(without_texts):
        name = match[1].strip("'").replace("''", "'").casefold()
        if "[" not in name and name not in sheets and not name.startswith("#"):
            yield name


def _styles(package: Package) -> Iterator[str]:
    for part in package.linked(package.workbook or "", "styles"):
        root = package.root(part)
        if root is None:
            continue
        limits = {"fontId": "fonts", "fillId": "fills", "borderId": "borders", "xfId": "cellStyleXfs"}
        for node in root.iter(tag("xf"), tag("cellStyle")):
            for attribute, container in limits.items():
                value = node.get(attribute)
                if value is not None and int(value) >= package.style_count(container):
                    yield f"{part}: {attribute} {value} of {package.style_count(container)}"
        formats = {str(node.get("numFmtId")) for node in root.iter(tag("numFmt"))}
        for node in root.iter(tag("xf")):
            number = node.get("numFmtId") or "0"
            if int(number) >= 164 and number not in formats:
                yield f"{part}: number format {number} is not defined"
        yield from _unique(
            part, "number format", (str(n.get("numFmtId")) for n in root.iterfind(f"{tag('numFmts')}/{tag('numFmt')}"))
        )


def _sheets(package: Package) -> Iterator[str]:
    checks: tuple[Callable[[Package, etree._Element], Iterator[str]], ...] = (
        _cells, _formulas, _areas, _columns, _validations, _rules, _hyperlinks, _filter,
    )  # fmt: skip
    for name, part, root in package.worksheets:
        for check in checks:
            yield from (f"{part} ({name}): {fault}" for fault in check(package, root))


def _cells(package: Package, root: etree._Element) -> Iterator[str]:
    dimension = root.find(tag("dimension"))
    bounds = box(str(dimension.get("ref"))) if dimension is not None else None
    if dimension is not None and bounds is None:
        yield f"dimension {dimension.get('ref')}"
    styles, last_row = package.style_count("cellXfs"), 0
    outside: list[str] = []
    for row in root.iter(tag("row")):
        number = int(row.get("r") or last_row + 1)
        if not last_row < number <= LAST_ROW:
            yield f"row {number} behind row {last_row}"
        last_row, last_column = number, 0
        if int(row.get("s") or 0) >= styles:
            yield f"row {number}: style {row.get('s')} of {styles}"
        for cell in row.iterchildren(tag("c")):
            place = box(str(cell.get("r")))
            if place is None or place[1] != number or place[0] <= last_column:
                yield f"cell {cell.get('r')} in row {number} behind column {last_column}"
                continue
            last_column = place[0]
            if int(cell.get("s") or 0) >= styles:
                yield f"{cell.get('r')}: style {cell.get('s')} of {styles}"
            if bounds and not overlap(place, bounds):
                outside.append(str(cell.get("r")))
            yield from (f"{cell.get('r')}: {fault}" for fault in _content(package, cell))
    if dimension is not None and outside:
        yield f"{outside[0]} and others outside the dimension {dimension.get('ref')}"


def _content(package: Package, cell: etree._Element) -> Iterator[str]:
    kind, value, inline = cell.get("t", "n"), cell.findtext(tag("v")), cell.find(tag("is"))
    if (kind == "inlineStr") != (inline is not None):
        yield f"type {kind} {'with' if inline is not None else 'without'} inline text"
    if inline is not None and (value is not None or not len(inline)):
        yield "inline text beside a value, or empty"
    shared = package.shared
    if inline is not None and len(_text(inline)) > 32_767:
        yield "a text of more than 32,767 characters"
    if value is None or kind == "inlineStr":
        return
    wrong = {
        "n": lambda: bool(value) and not _is_number(value),
        "s": lambda: not value.isdigit() or int(value) >= len(shared) or len(_text(shared[int(value)])) > 32_767,
        "str": lambda: len(value) > 32_767,
        "b": lambda: value not in {"0", "1"},
        "e": lambda: value not in _ERRORS,
        "d": lambda: not re.match(r"\d{4}-\d\d-\d\d|\d\d:\d\d", value),
    }
    if kind not in wrong:
        yield f"type {kind}"
    elif wrong[kind]():
        yield f"value {value[:40]!r} of type {kind}"


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text.strip()))


def _text(node: etree._Element) -> str:
    """Return the text of a shared or inline text, without phonetic hints."""
    runs = [
        *node.iterchildren(tag("t")),
        *(t for run in node.iterchildren(tag("r")) for t in run.iterchildren(tag("t"))),
    ]
    return "".join(one.text or "" for one in runs)


def _formulas(package: Package, root: etree._Element) -> Iterator[str]:
    sheets = frozenset(name.casefold() for name, _part in package.sheets)
    masters: set[str] = set()
    used: dict[str, str] = {}
    for node in root.iter(tag("f")):
        cell = node.getparent()
        place = str(cell.get("r")) if cell is not None else "?"
        text = node.text or ""
        area = box(str(node.get("ref"))) if node.get("ref") else None
        if node.get("ref") and (area is None or not overlap(area, box(place) or (0, 0, 0, 0))):
            yield f"{place}: formula for {node.get('ref')}, which is elsewhere"
        if node.get("t") == "shared" and not text:
            used[str(node.get("si"))] = place
        elif node.get("t") == "shared":
            masters.add(str(node.get("si")))
        if not text and node.get("t") in {None, "normal", "array"}:
            yield f"{place}: an empty formula"
        yield from (f"{place}: {fault}" for fault in _known_formula(text, sheets))
    yield from (f"{place}: shared formula {si} has no master" for si, place in used.items() if si not in masters)


@lru_cache(maxsize=50_000)
def _known_formula(text: str, sheets: frozenset[str]) -> tuple[str, ...]:
    """Return what is wrong with a formula: the same ones stand in most of the workbooks looked at."""
    return tuple(_formula(text, sheets))


def _formula(text: str, sheets: Set[str]) -> Iterator[str]:
    if text.startswith("=") or len(text) > 8192:
        yield "a formula that starts with = or is too long"
    # Excel refuses a text of more than 255 characters within any formula.
    if any(len(one) > 257 for one in re.findall(r'"(?:[^"]|"")*"', text)):
        yield "a text of more than 255 characters in a formula"
    tokens = Tokenizer(f"={text}").items if text else []
    if sum(one.subtype == Token.OPEN for one in tokens) != sum(one.subtype == Token.CLOSE for one in tokens):
        yield f"brackets do not match in {text[:40]}"
    yield from (f"formula names the sheet {one}" for one in _foreign_sheets(text, sheets))


def _areas(package: Package, root: etree._Element) -> Iterator[str]:
    for node in root.iter(tag("dataValidation"), tag("conditionalFormatting"), tag("ignoredError"), tag("selection")):
        for one in str(node.get("sqref") or "A1").split():
            if box(one) is None and not re.fullmatch(r"\$?[A-Z]+:\$?[A-Z]+|\d+:\d+", one):
                yield f"{local(node)} over {one!r}"
    for node in root.iter("{http://schemas.microsoft.com/office/spreadsheetml/2009/9/main}sparkline"):
        cell = node.findtext("{http://schemas.microsoft.com/office/excel/2006/main}sqref") or ""
        if box(cell) is None or ":" in cell:
            yield f"a sparkline in {cell!r}, which is no single cell"
    merges = [(str(node.get("ref")), box(str(node.get("ref")))) for node in root.iter(tag("mergeCell"))]
    yield from (f"merge {ref} is no area of cells" for ref, area in merges if area is None or ":" not in ref)
    areas = [(ref, area) for ref, area in merges if area]
    for index, (ref, area) in enumerate(areas):
        yield from (f"merges {ref} and {other} overlap" for other, at in areas[index + 1 :] if overlap(area, at))
    for node in root.iter(tag("pane")):
        if box(str(node.get("topLeftCell") or "A1")) is None:
            yield f"pane at {node.get('topLeftCell')}"


def _columns(package: Package, root: etree._Element) -> Iterator[str]:
    last = 0
    for node in root.iter(tag("col")):
        first, end = int(node.get("min") or 0), int(node.get("max") or 0)
        if not last < first <= end <= LAST_COLUMN:
            yield f"columns {first} to {end} behind {last}"
        if float(node.get("width") or 0) > 255 or int(node.get("style") or 0) >= package.style_count("cellXfs"):
            yield f"columns {first} to {end}: width or style"
        last = end
    for node in root.iter(tag("row")):
        if float(node.get("ht") or 0) > 409.5:
            yield f"row {node.get('r')}: height {node.get('ht')}"


def _validations(package: Package, root: etree._Element) -> Iterator[str]:
    limits = {"promptTitle": 32, "errorTitle": 32, "prompt": 255, "error": 255}
    for node in root.iter(tag("dataValidation")):
        place = node.get("sqref")
        for attribute, limit in limits.items():
            if len(node.get(attribute) or "") > limit:
                yield f"validation {place}: {attribute} of more than {limit} characters"
        first, second = node.findtext(tag("formula1")), node.findtext(tag("formula2"))
        if node.get("type", "none") != "none" and not first:
            yield f"validation {place}: no formula1"
        if node.get("operator", "between") in {"between", "notBetween"} and node.get("type") not in {
            None, "none", "list", "custom",
        } and not second:  # fmt: skip
            yield f"validation {place}: no formula2"
        for text in (first or "", second or ""):
            if "#REF!" in text or (text.startswith('"') and len(text) > 257) or len(text) > 8192:
                yield f"validation {place}: formula {text[:40]!r}"


def _rules(package: Package, root: etree._Element) -> Iterator[str]:
    priorities = []
    for node in root.iter(tag("cfRule")):
        kind, priority = node.get("type"), node.get("priority")
        if kind is None or priority is None or not priority.isdigit() or int(priority) < 1:
            yield f"rule {kind} of priority {priority}"
        priorities.append(str(priority))
        if int(node.get("dxfId") or 0) >= max(package.style_count("dxfs"), 1):
            yield f"rule: dxfId {node.get('dxfId')} of {package.style_count('dxfs')}"
        formulas = [text.text or "" for text in node.iterchildren(tag("formula"))]
        if kind in {"expression", "cellIs"} and not formulas:
            yield f"rule {priority}: no formula"
        if kind == "cellIs" and node.get("operator") is None:
            yield f"rule {priority}: no operator"
        if any("#REF!" in text or not text for text in formulas):
            yield f"rule {priority}: formula {formulas}"
    yield from (f"rule priority {one} twice" for one, count in Counter(priorities).items() if count > 1)
    for node in root.iter(tag("conditionalFormatting")):
        if node.find(tag("cfRule")) is None:
            yield f"conditional formatting of {node.get('sqref')} without a rule"


def _hyperlinks(package: Package, root: etree._Element) -> Iterator[str]:
    nodes = list(root.iter(tag("hyperlink")))
    if len(nodes) > 65_530:
        yield f"{len(nodes)} hyperlinks"
    for container in root.iter(tag("hyperlinks"), tag("mergeCells"), tag("dataValidations"), tag("tableParts")):
        if not len(container):
            yield f"an empty {local(container)}"
    for node in nodes:
        if box(str(node.get("ref"))) is None:
            yield f"hyperlink at {node.get('ref')}"
        if node.get(f"{{{RELATION}}}id") is None and node.get("location") is None:
            yield f"hyperlink at {node.get('ref')} leads nowhere"


def _filter(package: Package, root: etree._Element) -> Iterator[str]:
    node = root.find(tag("autoFilter"))
    if node is None:
        return
    area = box(str(node.get("ref")))
    if area is None:
        yield f"filter over {node.get('ref')}"
        return
    for column in node.iterchildren(tag("filterColumn")):
        if int(column.get("colId") or 0) > area[2] - area[0]:
            yield f"filter of column {column.get('colId')}, outside"
    for sort in node.iter(tag("sortState"), tag("sortCondition")):
        inner = box(str(sort.get("ref")))
        if inner is None or not (area[0] <= inner[0] and inner[2] <= area[2] and area[1] <= inner[1] <= area[3]):
            yield f"{local(sort)} over {sort.get('ref')}, outside the filter"
        elif inner[3] > area[3]:
            yield f"{local(sort)} over {sort.get('ref')} reaches below the filter"
    index = next((at for at, (_name, part) in enumerate(package.sheets) if package.root(part) is root), -1)
    for name in package.book.iter(tag("definedName")):
        if name.get("name") == "_xlnm._FilterDatabase" and name.get("localSheetId") == str(index):
            hidden = (name.text or "").rpartition("!")[2].replace("$", "")
            if hidden != node.get("ref"):
                yield f"filter over {node.get('ref')}, its hidden name over {hidden}"


def _tables(package: Package) -> Iterator[str]:
    ids: list[str] = []
    names = [str(node.get("name")).casefold() for node in package.book.iter(tag("definedName"))]
    for _name, part, sheet in package.worksheets:
        areas: list[tuple[str, Box]] = []
        for table_part in package.linked(part, "table"):
            root = package.root(table_part)
            area = box(str(root.get("ref"))) if root is not None else None
            if root is None or area is None:
                yield f"{table_part}: no area"
                continue
            ids.append(str(root.get("id")))
            names.append(str(root.get("displayName")).casefold())
            yield from (f"{table_part}: overlaps {other}" for other, at in areas if overlap(area, at))
            areas.append((table_part, area))
            yield from (f"{table_part}: {fault}" for fault in _table(package, root, area, sheet))
        listed = len(sheet.findall(f"{tag('tableParts')}/{tag('tablePart')}"))
        if listed != len(package.linked(part, "table")):
            yield f"{part}: lists {listed} tables, is linked to {len(package.linked(part, 'table'))}"
    yield from _unique("tables", "id", ids)
    yield from _unique("tables", "name", (name for name in names if not name.startswith("_xlnm.")))


def _table(package: Package, root: etree._Element, area: Box, sheet: etree._Element) -> Iterator[str]:
    titles = [str(node.get("name")) for node in root.iter(tag("tableColumn"))]
    if len(titles) != area[2] - area[0] + 1:
        yield f"{len(titles)} columns over {root.get('ref')}"
    yield from _unique("columns", "title", (title.casefold() for title in titles))
    yield from _unique("columns", "id", (str(node.get("id")) for node in root.iter(tag("tableColumn"))))
    totals = int(root.get("totalsRowCount") or 0)
    own_filter = root.find(tag("autoFilter"))
    expected = (area[0], area[1], area[2], area[3] - totals)
    if own_filter is not None and box(str(own_filter.get("ref"))) != expected:
        yield f"filter over {own_filter.get('ref')}, table over {root.get('ref')}"
    if root.get("headerRowCount", "1") == "1":
        texts = _row_texts(package, sheet, area[1])
        for index, title in enumerate(titles, start=area[0]):
            # In the column's name a line break of the cell is written as an escape.
            if texts.get(index) != title.replace("_x000a_", "\n"):
                yield f"title {title!r}, cell {texts.get(index)!r}"
    for node in sheet.iter(tag("mergeCell")):
        merged = box(str(node.get("ref")))
        if merged and overlap(merged, area):
            yield f"merge {node.get('ref')} inside"
    for node in sheet.iterchildren(tag("autoFilter")):
        filtered = box(str(node.get("ref")))
        if filtered and overlap(filtered, area):
            yield f"the sheet's filter {node.get('ref')} overlaps"


def _row_texts(package: Package, sheet: etree._Element, row: int) -> dict[int, str]:
    texts = {}
    for node in sheet.iter(tag("row")):
        for cell in node.iterchildren(tag("c")) if node.get("r") == str(row) else ():
            place, inline, value = box(str(cell.get("r"))), cell.find(tag("is")), cell.findtext(tag("v"))
            if place and inline is not None:
                texts[place[0]] = _text(inline)
            elif place and value and cell.get("t") == "s":
                texts[place[0]] = _text(package.shared[int(value)])
            elif place and value and cell.get("t") == "str":
                texts[place[0]] = value
    return texts


def _calculation_chain(package: Package) -> Iterator[str]:
    """Check that every cell of the chain holds a formula: one that does not is a repair in Excel."""
    nodes = list(package.book.iter(tag("sheet")))
    parts = dict(zip((str(node.get("sheetId")) for node in nodes), (part for _n, part in package.sheets), strict=True))
    formulas = {part: {str(cell.get("r")) for cell in root.iter(tag("c")) if cell.find(tag("f")) is not None}
                for _name, part, root in package.worksheets}  # fmt: skip
    for chain in package.linked(package.workbook or "", "calcChain"):
        root, sheet = package.root(chain), ""
        for node in root if root is not None else ():
            sheet = node.get("i") or sheet
            if str(node.get("r")) not in formulas.get(parts.get(sheet, ""), set()):
                yield f"{chain}: {node.get('r')} of sheet {sheet} holds no formula"


def _comments(package: Package) -> Iterator[str]:
    people = {
        str(node.get("id"))
        for part in package.linked(package.workbook or "", "person")
        for node in _children(package.root(part))
    }
    for _name, part, sheet in package.worksheets:
        noted: set[str] = set()
        for notes in package.linked(part, "comments"):
            root = package.root(notes)
            authors = len(root.findall(f"{tag('authors')}/{tag('author')}")) if root is not None else 0
            places = [str(n.get("ref")) for n in root.iter(tag("comment"))] if root is not None else []
            noted |= set(places)
            yield from _unique(notes, "comment", places)
            yield from (f"{notes}: comment at {one}" for one in places if box(one) is None)
            for node in root.iter(tag("comment")) if root is not None else ():
                if int(node.get("authorId") or 0) >= authors:
                    yield f"{notes}: author {node.get('authorId')} of {authors}"
            if sheet.find(tag("legacyDrawing")) is None:
                yield f"{notes}: no drawing holds its notes"
        for threads in package.linked(part, "threadedComment"):
            nodes = _children(package.root(threads))
            ids = {str(node.get("id")) for node in nodes}
            for node in nodes:
                if node.get("ref") not in noted or node.get("personId") not in people:
                    yield f"{threads}: {node.get('ref')} has no note, or nobody wrote it"
                if node.get("parentId") is not None and node.get("parentId") not in ids:
                    yield f"{threads}: {node.get('ref')} answers nothing"


def _children(root: etree._Element | None) -> list[etree._Element]:
    return list(root) if root is not None else []
