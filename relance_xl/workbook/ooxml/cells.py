"""Cells of sheet XML (ECMA-376 part 1, 18.3.1.4): what they hold, and how we write them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from lxml import etree

from relance_xl.core.texts.typed import plain
from relance_xl.workbook.ooxml.column_letters import get_column_letter
from relance_xl.workbook.ooxml.markup import MAIN, marked_up, resolved

_VALUE = re.compile(rb"<v(?:\s[^>]*?)?(?:/>|>([^<]*)</v>)")
_TEXT = re.compile(rb"<t(?:\s[^>]*)?>([^<]*)</t>")
# How we write a text, and most of what there is to read.
_PLAIN_TEXT, _PLAIN_TEXT_END = b"<is><t>", b"</t></is>"
_PLAIN_NUMBER, _PLAIN_NUMBER_END = b"<v>", b"</v>"
_UNPLAIN = re.compile(rb"[&<\r]|_x")
_FORMULA, _KIND = re.compile(rb"<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)"), re.compile(rb' t="\w+"')
_PHONETIC = re.compile(rb"<rPh\b.*?</rPh>", re.DOTALL)

# Characters XML 1.0 cannot hold. Excel's own escape of them (ECMA-376 part 1, 22.9.2.19) is _xHHHH_; a text that looks
# like one has its first character escaped, wherever in the text that is.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# All that a text needs to be looked at for more closely.
_SPECIAL = re.compile(r"[&<>\x00-\x1f\ud800-\udfff\ufffe\uffff]|_x|^\s|\s$")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# What cannot be held is written as an escape, which begins with the mark that ends one.
_LIKE_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}[_\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff])")
_SURROGATES = re.compile("[\ud800-\udfff]+")
_MAX_EXPONENT = 308
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


#: The one to use: rows of it are told from others by identity.
BLANK = Blank()

Content = Text | Number | Day | Formula | Blank


@dataclass(frozen=True, slots=True)
class CellError:
    """An error such as #REF!, or a formula whose value was never calculated."""

    text: str


Value = str | Decimal | bool | CellError | None


def value_text(value: Value) -> str:
    """Return a cell's value as the text a person reads: whole numbers without decimals."""
    # Nearly all are: the order is for speed.
    if isinstance(value, str):
        return plain(value)
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case Decimal():
            return str(int(value)) if value == value.to_integral_value() else f"{value:f}"
        case CellError(text):
            return text or "?"


def serial_of(day: date, is_1904: bool) -> int:
    """Return a date's serial number in the 1900 or 1904 date system (ECMA-376 part 1, 18.17.4.1)."""
    return (day - (date(1904, 1, 1) if is_1904 else date(1899, 12, 30))).days


# A column of dates holds few different ones.
@lru_cache(maxsize=4096)
def day_of(serial: Decimal, is_1904: bool) -> date:
    """Return the date of a serial number. Raises ValueError or OverflowError outside the calendar."""
    return ((datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30)) + timedelta(days=int(serial))).date()  # noqa: DTZ001


def read_cell(cell: bytes, shared: Sequence[str]) -> Value:
    """Return what a cell's XML holds, its formula's stored value included. Raises ValueError."""
    head, _end, body = cell.partition(b">")
    return None if head.endswith(b"/") else read_content(head, body.removesuffix(b"</c>"), shared)


def read_content(head: bytes, body: bytes, shared: Sequence[str]) -> Value:
    """Return what a cell holds by its opening tag, without its end, and by what stands before its closing tag."""
    at = head.find(b' t="')
    kind = head[at + 4 : head.find(b'"', at + 4)] if at >= 0 else b"n"
    if kind == b"inlineStr":
        return _plain_text(body) or None
    if body.startswith(_PLAIN_NUMBER) and body.endswith(_PLAIN_NUMBER_END):
        value: str | None = resolved(body[len(_PLAIN_NUMBER) : -len(_PLAIN_NUMBER_END)])
    else:
        match = _VALUE.search(body)
        value = resolved(match[1] or b"") if match else None
    if not value and kind in {b"n", b"s"}:
        value = None
    if value is None:
        return CellError("") if is_formula(body) else None
    return _typed_value(kind, value, shared)


def _typed_value(kind: bytes, value: str, shared: Sequence[str]) -> Value:
    match kind:
        case b"s":
            return shared[int(value) if value.strip().isdecimal() else -1] or None
        case b"str":
            return unescaped(value) or None
        case b"b":
            return value.strip().lower() in {"1", "true"}
        case b"e":
            return CellError(value)
        case b"d":
            # ISO 8601: of what is a date with a time, the date.
            return value.partition("T")[0] or value
    try:
        number = Decimal(value)
    except ArithmeticError:
        return CellError(value)
    # What no spreadsheet's numbers hold (IEEE 754 doubles) is no number, and would take for ever to write out.
    return number if number.is_finite() and number.adjusted() <= _MAX_EXPONENT else CellError(value)


def without_value(cell: bytes) -> bytes:
    """Return a cell's XML with its format and formula, but without the value that it holds."""
    head, end, body = cell.partition(b">")
    if head.endswith(b"/"):
        return cell
    formula = _FORMULA.search(body)
    if _VALUE.search(body) is None and b"<is" not in body:
        return cell
    head = _KIND.sub(b"", head)
    return head + b"/>" if formula is None else head + end + formula[0] + b"</c>"


def is_formula(cell: bytes) -> bool:
    """Whether a cell is calculated."""
    return b"<f>" in cell or b"<f " in cell or b"<f/" in cell


def _plain_text(raw: bytes) -> str:
    """Return the text of an inline string; most are as plain as we write them."""
    text = raw[len(_PLAIN_TEXT) : -len(_PLAIN_TEXT_END)]
    if raw.startswith(_PLAIN_TEXT) and raw.endswith(_PLAIN_TEXT_END) and not _UNPLAIN.search(text):
        return text.decode()
    return rich_text(raw)


def rich_text(raw: bytes) -> str:
    """Return the text of an `is` or `si` element: plain or in runs, phonetic hints left out."""
    if b"<rPh" in raw:
        raw = _PHONETIC.sub(b"", raw)
    return unescaped("".join(resolved(text) for text in _TEXT.findall(raw)))


def unescaped(text: str) -> str:
    """Return a text with Excel's _x000D_ escapes resolved."""
    if "_x" not in text:
        return text
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return _SURROGATES.sub(_joined, text)


def _joined(halves: re.Match[str]) -> str:
    """Return the characters that pairs of escapes stand for; half a pair stands for none."""
    return halves[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def escaped(text: str) -> str:
    """Return a text as XML can hold it and Excel reads it back unchanged."""
    text = text[:MAX_TEXT]
    if "_x" in text:
        text = _LIKE_ESCAPED.sub("_x005F_", text)
    return _ILLEGAL.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def cell_xml(place: str, style: str, content: Content, is_1904: bool) -> str:
    """Return a cell's XML. `style` is the attribute ` s="5"`, or nothing."""
    return f'<c r="{place}"{style}{content_xml(content, is_1904)}'


def content_xml(content: Content, is_1904: bool) -> str:
    """Return the rest of a cell's XML after its place and style: its type, what it holds, its end."""
    # Told apart by type, not by pattern, and the most frequent first: this runs for every cell of every row.
    kind = type(content)
    if kind is Blank:
        return "/>"
    if kind is Text:
        return f' t="inlineStr"><is>{_text_xml(content.text)}</is></c>'  # type: ignore[union-attr]
    if kind is Number:
        return f"><v>{_number_text(content.value)}</v></c>"  # type: ignore[union-attr, arg-type]
    if kind is Day:
        return f"><v>{serial_of(content.day, is_1904)}</v></c>"  # type: ignore[union-attr]
    if kind is Formula:
        return _formula_xml(content, is_1904)  # type: ignore[arg-type]
    raise TypeError(kind)


def _formula_xml(content: Formula, is_1904: bool) -> str:
    formula, value = marked_up(content.formula), content.value
    if isinstance(value, str):
        return f' t="str"><f>{formula}</f><v>{marked_up(escaped(value))}</v></c>'
    number = serial_of(value, is_1904) if isinstance(value, date) else _number_text(value)
    return f"><f>{formula}</f><v>{number}</v></c>"


def _text_xml(text: str) -> str:
    if len(text) <= MAX_TEXT and not _SPECIAL.search(text):
        return f"<t>{text}</t>"
    text = escaped(text)
    # Readers drop outer white space unless told to keep it.
    keep = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    return f"<t{keep}>{marked_up(text)}</t>"


def _number_text(value: Decimal | int) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def address(column: int, row: int) -> str:
    """Return a cell's address: `B7` for column 2, row 7."""
    return f"{get_column_letter(column)}{row}"


def insert_in_order(parent: etree._Element, child: etree._Element, followers: tuple[str, ...]) -> None:
    """Insert a child before the first of those that the schema lets follow it: Excel rejects any other order."""
    tags = {f"{{{MAIN}}}{name}" for name in followers}
    position = next((index for index, node in enumerate(parent) if node.tag in tags), len(parent))
    parent.insert(position, child)
