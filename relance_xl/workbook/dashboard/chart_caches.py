"""The figures kept inside charts: viewers that do not calculate draw these (ECMA-376 part 1, 21.2.2.121 and 21.2.2.200)."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from html import unescape

from lxml import etree

from relance_xl.core.texts.typed import legible
from relance_xl.runtime.errors import EditsError
from relance_xl.workbook.ooxml.cells import CellError, Value
from relance_xl.workbook.ooxml.column_letters import column_index_from_string, get_column_letter
from relance_xl.workbook.ooxml.package import Package, Relationships, parse_xml, serialise
from relance_xl.workbook.sheets.dashboard_places import CURRENCY_NAME
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet, sheet_reference

_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_AREA = re.compile(r"(?:'((?:[^']|'')+)'|([^'!(),:]+))!\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?")

# A reference of a chart, and the figures or texts kept for it (21.2.2.123, 21.2.2.201).
_CACHED = re.compile(
    rb"(?P<kept><(?:\w+:)?f>([^<]*)</(?:\w+:)?f>)\s*<((?:\w+:)?(?:num|str|multiLvlStr)Cache)>.*?</\3>", re.DOTALL
)


def _tag(name: str) -> str:
    return f"{{{_CHART}}}{name}"


@dataclass(frozen=True, slots=True)
class RowSpan:
    """RowSpan from the first to the last."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Area:
    """What a chart refers to: a range of one sheet."""

    sheet: str
    first_column: int
    last_column: int
    rows: RowSpan

    @classmethod
    def parse(cls, text: str) -> "_Area | None":
        """Return the area a reference names, None where it is something else."""
        match = _AREA.fullmatch(text.strip())
        if match is None:
            return None
        sheet = match[1].replace("''", "'") if match[1] else match[2]
        first = column_index_from_string(match[3])
        last = column_index_from_string(match[5]) if match[5] else first
        return cls(sheet, first, last, RowSpan(int(match[4]), int(match[6] or match[4])))

    def __str__(self) -> str:
        first, last = get_column_letter(self.first_column), get_column_letter(self.last_column)
        corners = f"${first}${self.rows.first}:${last}${self.rows.last}"
        return f"{sheet_reference(self.sheet)}!{corners}"

    def values(self, sheet: Sheet) -> list[Value]:
        """Return what its cells hold, row by row."""
        columns = range(self.first_column, self.last_column + 1)
        return [sheet.value(row, column) for row in range(self.rows.first, self.rows.last + 1) for column in columns]


def refill_charts(spreadsheet: Spreadsheet, sheet: Sheet, stretched: Mapping[RowSpan, RowSpan]) -> None:
    """Bring the figures inside a sheet's charts up to its cells.

    A chart over rows that were `stretched` reaches over the new ones; one that the user made to show others stays.
    """
    for part in _chart_parts(spreadsheet, sheet):
        _refill(spreadsheet.package, part, sheet, stretched)


def charts_elsewhere(spreadsheet: Spreadsheet) -> Iterator[tuple[str, list[str]]]:
    """Yield the parts of all charts but those of the dashboard, whose figures are brought up to date; what they show."""
    dashboard = spreadsheet.named_cell(CURRENCY_NAME)
    kept: set[str] = set()
    if dashboard is not None and dashboard.sheet in spreadsheet.sheet_names():
        kept = set(_chart_parts(spreadsheet, spreadsheet.sheet(dashboard.sheet)))
    for part in spreadsheet.package.names():
        if part.casefold().startswith("xl/charts/chart") and part not in kept:
            yield (
                part,
                [unescape(text.decode()) for _whole, text, _cache in _CACHED.findall(spreadsheet.package.part(part))],
            )


def without_caches(data: bytes, references: Collection[str]) -> bytes:
    """Return a chart's part without the figures kept for some references: who draws it takes them from the cells."""

    def without(match: re.Match[bytes]) -> bytes:
        is_gone = unescape(match[2].decode()) in references
        return match[0][: match.end("kept") - match.start()] if is_gone else match[0]

    return _CACHED.sub(without, data)


def _chart_parts(spreadsheet: Spreadsheet, sheet: Sheet) -> Iterator[str]:
    """Yield the parts of a sheet's charts, whatever the last program to save the workbook called them."""
    for drawing in spreadsheet.relationships(sheet).targets_of_type("/drawing"):
        try:
            yield from Relationships.of(spreadsheet.package, drawing).targets_of_type("/chart")
        except EditsError:
            continue


def _refill(package: Package, part: str, sheet: Sheet, stretched: Mapping[RowSpan, RowSpan]) -> None:
    try:
        root = parse_xml(package.part(part))
    except (KeyError, etree.XMLSyntaxError):
        # A chart that cannot be read is the drawing program's to complain of; our figures do not depend on it.
        return
    before = serialise(root)
    shows_ours = False
    for formula in root.iter(_tag("f")):
        area = _Area.parse(formula.text or "")
        if area is not None and area.sheet == sheet.name:
            shows_ours = True
            if area.rows in stretched:
                area = replace(area, rows=stretched[area.rows])
                formula.text = str(area)
            _cache(formula, area.values(sheet))
    if shows_ours:
        _put_points_first(root)
    after = serialise(root)
    if after != before:
        package.replace(part, after)


def _put_points_first(root: etree._Element) -> None:
    """Put the labels of single points before what holds for all, as the schema wants it (21.2.2.49): Calc does not."""
    for labels in root.iter(_tag("dLbls")):
        points = labels.findall(_tag("dLbl"))
        if any(labels.index(point) != place for place, point in enumerate(points)):
            labels[:0] = points


def _cache(formula: etree._Element, values: list[Value]) -> None:
    """Write the values beside the reference to them, as its kind says: numbers or texts."""
    reference = formula.getparent()
    if reference is None or reference.tag not in {_tag("numRef"), _tag("strRef")}:
        return
    is_number = reference.tag == _tag("numRef")
    kind = _tag("numCache" if is_number else "strCache")
    old = reference.find(kind)
    cache = etree.Element(kind)
    if is_number:
        code = old.findtext(_tag("formatCode")) if old is not None else None
        etree.SubElement(cache, _tag("formatCode")).text = code or "General"
    etree.SubElement(cache, _tag("ptCount"), {"val": str(len(values))})
    for index, value in enumerate(values):
        text = _number(value) if is_number else _text(value)
        if text:
            point = etree.SubElement(cache, _tag("pt"), {"idx": str(index)})
            etree.SubElement(point, _tag("v")).text = text
    if old is not None:
        reference.remove(old)
    formula.addnext(cache)


def _number(value: Value) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else ""


def _text(value: Value) -> str:
    match value:
        case None | bool() | CellError():
            return ""
        case Decimal():
            return f"{value:f}"
        case str():
            # A cell may hold what a chart's part cannot.
            return legible(value)
