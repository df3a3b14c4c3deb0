"""Cells of sheet XML (ECMA-376 part 1, 18.3.1.4): what they hold, and how we write them."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from lxml import etree
from openpyxl.utils import get_column_letter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
C, V, F, IS, T, R, ROW = (f"{{{MAIN}}}{name}" for name in ("c", "v", "f", "is", "t", "r", "row"))
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

# Characters XML 1.0 cannot hold, and Excel's own escape of them (ECMA-376 part 1, 22.9.2.19).
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
#: What one cell holds at most, in Excel.
MAX_TEXT = 32_767


@dataclass(frozen=True, slots=True)
class Text:
    """A text, written as text: never taken for a formula."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number, in full precision."""

    value: Decimal | int


@dataclass(frozen=True, slots=True)
class Day:
    """A date, written as the workbook's serial number."""

    day: date


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula with the value it has now, so that viewers that do not calculate show it too."""

    formula: str
    value: str | Decimal | int | date


@dataclass(frozen=True, slots=True)
class Blank:
    """Nothing; the cell's format stays."""


Content = Text | Number | Day | Formula | Blank


@dataclass(frozen=True, slots=True)
class CellError:
    """An error such as #REF!, or a formula whose value was never calculated."""

    text: str


Value = str | Decimal | bool | CellError | None


def serial_of(day: date, is_1904: bool) -> int:
    """Return a date's serial number in the 1900 or 1904 date system (ECMA-376 part 1, 18.17.4.1)."""
    return (day - (date(1904, 1, 1) if is_1904 else date(1899, 12, 30))).days


def day_of(serial: Decimal, is_1904: bool) -> date:
    """Return the date of a serial number. Raises ValueError or OverflowError outside the calendar."""
    return ((datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30)) + timedelta(days=int(serial))).date()  # noqa: DTZ001


def read_cell(cell: etree._Element, shared: list[str]) -> Value:
    """Return what a cell holds, its formula's stored value included."""
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return rich_text(cell.find(IS)) or None
    value = cell.findtext(V)
    if not value and kind in {"n", "s"}:
        value = None
    if value is None:
        return CellError("") if cell.find(F) is not None else None
    if kind == "s":
        return shared[int(value)] or None
    if kind == "str":
        return unescaped(value) or None
    if kind == "b":
        return value.strip().lower() in {"1", "true"}
    if kind == "e":
        return CellError(value)
    if kind == "d":
        return value
    try:
        return Decimal(value)
    except ArithmeticError:
        return CellError(value)


def rich_text(element: etree._Element | None) -> str:
    """Return the text of an `is` or `si` element: plain or in runs, phonetic hints left out."""
    if element is None:
        return ""
    parts = [node.text or "" for node in element.iterchildren(T)]
    parts += [node.text or "" for run in element.iterchildren(R) for node in run.iterchildren(T)]
    return unescaped("".join(parts))


def unescaped(text: str) -> str:
    """Return a text with Excel's _x000D_ escapes resolved."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def escaped(text: str) -> str:
    """Return a text as XML can hold it and Excel reads it back unchanged."""
    kept = _ESCAPED.sub(lambda match: f"_x005F_{match[0][1:]}", text[:MAX_TEXT])
    return _ILLEGAL.sub("", kept)


def write_cell(cell: etree._Element, content: Content, is_1904: bool) -> None:
    """Give a cell new content; its address and style stay."""
    for child in list(cell):
        cell.remove(child)
    for attribute in ("t", "cm", "vm"):
        cell.attrib.pop(attribute, "")
    match content:
        case Text(text):
            _write_text(cell, text)
        case Number(value):
            etree.SubElement(cell, V).text = f"{value:f}" if isinstance(value, Decimal) else str(value)
        case Day(day):
            etree.SubElement(cell, V).text = str(serial_of(day, is_1904))
        case Formula(formula, value):
            _write_formula(cell, formula, value, is_1904)
        case Blank():
            pass


def _write_text(cell: etree._Element, text: str) -> None:
    cell.set("t", "inlineStr")
    node = etree.SubElement(etree.SubElement(cell, IS), T)
    node.text = escaped(text)
    node.set(_XML_SPACE, "preserve")


def _write_formula(cell: etree._Element, formula: str, value: str | Decimal | int | date, is_1904: bool) -> None:
    etree.SubElement(cell, F).text = formula
    if isinstance(value, str):
        cell.set("t", "str")
        value = escaped(value)
    elif isinstance(value, date):
        value = serial_of(value, is_1904)
    etree.SubElement(cell, V).text = str(value)


def address(column: int, row: int) -> str:
    """Return a cell's address: `B7` for column 2, row 7."""
    return f"{get_column_letter(column)}{row}"


def insert_in_order(parent: etree._Element, child: etree._Element, followers: tuple[str, ...]) -> None:
    """Insert a child before the first of those that the schema lets follow it: Excel rejects any other order."""
    tags = {f"{{{MAIN}}}{name}" for name in followers}
    position = next((index for index, node in enumerate(parent) if node.tag in tags), len(parent))
    parent.insert(position, child)
