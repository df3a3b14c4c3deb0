"""XML handled as text: a tree of a sheet of 50,000 rows would take twenty times its size in memory."""

import re
from collections.abc import Iterable, Iterator
from xml.parsers import expat

from lxml import etree

from relance_xl.workbook.ooxml.column_letters import column_index_from_string, get_column_letter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

_REFERENCE = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_XML_DECLARATION = re.compile(rb"\s*<\?xml[^>]*\?>\s*")
_DECLARED_ENCODING = re.compile(rb"encoding=[\"']([^\"']*)")
# A comment, CDATA or instruction; an end tag with blanks; an element of rows with attributes; a row or cell that does not name its place first, or is written with other blanks or
# quotes than usual; such a link, or one with content.
_NOT_PLAIN = re.compile(
    rb'<(?:[!?]|/[\w:.-]+\s|sheetData(?!/?>)[\s>/]|(?:c|row)(?! r="[A-Z0-9]+"(?: [\w:]++="[^"]*+")*/?>)[\s>/]|hyperlink(?! ref="| [A-Za-z]+:id=")[\s>]'
    rb"|/hyperlink>)"
)
_ROW_NUMBER = re.compile(rb'<row r="(\d+)"')
#: The longest stretch of a sheet between two tags, or of one row (bytes): none that is honest comes near.
MAX_PIECE = 1 << 25
_CLEANING = etree.XMLParser(
    resolve_entities=False, no_network=True, huge_tree=True, load_dtd=False, remove_comments=True, remove_pis=True
)


def main_tag(name: str) -> str:
    """Return an element's name in the main namespace of spreadsheets."""
    return f"{{{MAIN}}}{name}"


def resolved(raw: bytes) -> str:
    """Return the text that a piece of XML text stands for (XML 1.0, 2.11 and 4.6)."""
    text = raw.decode()
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _REFERENCE.sub(_referred, text) if "&" in text else text


def _referred(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name:
        return _NAMED[name]
    return chr(int(hexadecimal, 16) if hexadecimal else int(decimal))


def marked_up(text: str) -> str:
    """Return a text as it stands between XML tags."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\r", "&#13;") if "\r" in text else text


class Plainness:
    """Finds out whether rows and cells of a sheet, which comes chunk by chunk, can be told apart as text.

    They can if its main namespace has no prefix, rows ascend, each row and cell names its place first (as Excel, Calc
    and openpyxl write it), and no comment, CDATA section or instruction stands between.
    """

    def __init__(self) -> None:
        # With a separator it looks at prefixes too: one that is not declared is damage.
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._pending = b""
        self._is_plain = self._is_first = True
        self._last_row = 0

    def feed(self, chunk: bytes) -> None:
        """Take in the next chunk. Raises ValueError for what is no XML at all."""
        try:
            self._parser.Parse(chunk)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from error
        # A tag is never cut: what follows the last ">" waits for the next chunk.
        cut = chunk.rfind(b">") + 1
        if not cut:
            self._pending += chunk
            refuse_endless(self._pending)
            return
        block, self._pending = self._pending + chunk[:cut], chunk[cut:]
        self._is_plain = self._is_plain and _is_plain_block(block, self._is_first) and self._rows_ascend(block)
        self._is_first = False

    def is_plain(self) -> bool:
        """Return what was found, at the end. Raises ValueError for what is no XML at all."""
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from error
        return self._is_plain

    def _rows_ascend(self, block: bytes) -> bool:
        for text in _ROW_NUMBER.findall(block):
            number = int(text)
            if number <= self._last_row:
                return False
            self._last_row = number
        return True


def is_plain(chunks: Iterable[bytes]) -> bool:
    """Whether a whole text, which comes chunk by chunk, is as Plainness says. Raises ValueError for no XML at all."""
    plainness = Plainness()
    for chunk in chunks:
        plainness.feed(chunk)
    return plainness.is_plain()


def refuse_endless(piece: bytes) -> None:
    """Raise ValueError for a piece of a sheet that goes on for ever."""
    if len(piece) > MAX_PIECE:
        raise ValueError(len(piece))


def _is_plain_block(block: bytes, is_first: bool) -> bool:
    if is_first:
        declaration = _XML_DECLARATION.match(block)
        encoding = _DECLARED_ENCODING.search(declaration[0]) if declaration else None
        if encoding and encoding[1].lower() != b"utf-8":
            return False
        block = block[declaration.end() :] if declaration else block
        if not block.startswith(b"<worksheet"):
            return False
    return _NOT_PLAIN.search(block) is None


def plain_sheet(data: bytes) -> bytes:
    """Return a worksheet part in the form that is_plain asks for.

    Raises lxml.etree.XMLSyntaxError; ValueError where rows or cells stand twice.
    """
    root = plain_root(data)
    if root.tag != main_tag("worksheet"):
        raise ValueError(root.tag)
    _name_places(root)
    for rows in root.iter(main_tag("sheetData")):
        rows.attrib.clear()
    for link in root.iter(main_tag("hyperlink")):
        _put_first(link, "ref", str(link.get("ref")))
        link.text = None
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def plain_root(data: bytes) -> etree._Element:
    """Return a part's tree with the main namespace unprefixed and no comments. Raises lxml.etree.XMLSyntaxError."""
    root = etree.fromstring(data, _CLEANING)
    prefix = root.prefix
    if prefix is None or None in root.nsmap:
        return root
    # Moving the nodes under a new root costs their number squared; serialised, "<" only ever opens a tag.
    text = etree.tostring(root, encoding="UTF-8")
    for old, new in (("<{}:", "<"), ("</{}:", "</"), (" xmlns:{}=", " xmlns=")):
        text = text.replace(old.format(prefix).encode(), new.encode())
    return etree.fromstring(text, _CLEANING)


def _name_places(root: etree._Element) -> None:
    """Write each row's and cell's place first: it may be left out (18.3.1.73), then it follows on."""
    last_row = 0
    for row in root.iterfind(f"{{{MAIN}}}sheetData/{{{MAIN}}}row"):
        number = int(row.get("r", last_row + 1))
        if number <= last_row:
            raise ValueError(number)
        last_row = number
        _put_first(row, "r", str(last_row))
        last_column = 0
        for cell in row.iterchildren(main_tag("c")):
            letters = str(cell.get("r", "")).rstrip("0123456789")
            column = column_index_from_string(letters) if letters else last_column + 1
            if column <= last_column:
                raise ValueError(column)
            last_column = column
            _put_first(cell, "r", f"{get_column_letter(last_column)}{last_row}")


def _put_first(node: etree._Element, name: str, value: str) -> None:
    others = [(other, text) for other, text in node.attrib.items() if other != name]
    node.attrib.clear()
    node.set(name, value)
    for other, text in others:
        node.set(other, text)


def elements_in(text: bytes) -> Iterator[bytes]:
    """Yield the elements of a flat list of empty elements, `<a …/><a …/>`."""
    for piece in text.split(b"/>"):
        if piece.strip():
            yield piece.strip() + b"/>"
