"""The currencies that a workbook's cells only show: their number formats (ECMA-376 part 1, 18.8.30) say `$`, no cell does."""

import html
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from relance_xl.sources.currency_signs import FOREIGN

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# `[$$-409]` shows a sign, and says a language; `[$-409]` says a language only.
_SIGN_OF_LANGUAGE, _OTHER_BRACKETS = re.compile(r"\[\$([^\]-]*)[^\]]*\]"), re.compile(r"\[[^\]]*\]")
_FORMAT = re.compile(r"<(?:\w+:)?numFmt\b[^>]*>")


def shown_currencies(path: Path) -> Mapping[str, Mapping[int, str]]:
    """Return, by sheet and column (0 for the first), the signs that its cells show, but for the euro's.

    Of an ODS file, whose cells have theirs beside the value: the same signs for all, as sheet "" and column -1.
    Nothing for a file that is damaged: the reader of its cells says so.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if "content.xml" in archive.namelist():
                return _of_ods(archive.read("content.xml"))
            formats = _foreign_formats(archive)
            return {name: _columns(archive, part, formats) for name, part in _sheets(archive)} if formats else {}
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, NotImplementedError, RuntimeError, SyntaxError):
        return {}


def _of_ods(content: bytes) -> Mapping[str, Mapping[int, str]]:
    codes = sorted({one.decode() for one in re.findall(rb'office:currency="([A-Z]{3})"', content)})
    signs = " ".join(code for code in codes if FOREIGN.fullmatch(code))
    return {"": {-1: signs}} if signs else {}


def _foreign_formats(archive: zipfile.ZipFile) -> Mapping[str, str]:
    """Return the signs by a cell's style, where it has any.

    Formats that have a number and no text are shown as the reader's own country has them: they say nothing.
    """
    content = archive.read("xl/styles.xml")
    if not any(_signs(html.unescape(one)) for one in _FORMAT.findall(content.decode("utf-8", "replace"))):
        return {}
    root = _parse(content)
    texts = {one.get("numFmtId"): one.get("formatCode") or "" for one in root.iter(f"{_MAIN}numFmt")}
    styles = root.find(f"{_MAIN}cellXfs")
    signs = (_signs(texts.get(one.get("numFmtId"), "")) for one in (() if styles is None else styles))
    return {str(place): one for place, one in enumerate(signs) if one}


def _signs(text: str) -> str:
    """Return the signs in a number format, but for the euro's."""
    rest = _OTHER_BRACKETS.sub("", _SIGN_OF_LANGUAGE.sub(r" \1 ", text))
    return " ".join(dict.fromkeys(FOREIGN.findall(rest)))


def _sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield each sheet's name and its part."""
    links = _parse(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {one.get("Id"): one.get("Target") or "" for one in links}
    for sheet in _parse(archive.read("xl/workbook.xml")).iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_LINK), "")
        yield sheet.get("name") or "", posixpath.join("/xl", target).removeprefix("/")


def _columns(archive: zipfile.ZipFile, part: str, formats: Mapping[str, str]) -> Mapping[int, str]:
    from lxml import etree

    found: dict[int, dict[str, None]] = {}
    with archive.open(part) as file:
        for _event, row in etree.iterparse(file, tag=f"{_MAIN}row", resolve_entities=False):
            for place, cell in enumerate(row):
                shown = formats.get(cell.get("s") or "0")
                if shown and len(cell):
                    found.setdefault(_place(cell.get("r") or "", place), {}).update(dict.fromkeys(shown.split()))
            row.clear()
    return {place: " ".join(signs) for place, signs in found.items()}


def _place(reference: str, place: int) -> int:
    """Return the column of a cell called `reference`, as `AB12`; `place`: where it has no name (it may have none)."""
    letters = reference.rstrip("0123456789")
    if not letters:
        return place
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _parse(content: bytes) -> Any:
    # Lists are read by every command, and few have such formats.
    from lxml import etree

    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
