"""Word files of others as letters: their own tags neutral, lines of ours within, so that letters have one page or several."""

import re
import zipfile
from pathlib import Path

from lxml import etree

from relance_xl.letters.templates.markup import word
from tests.support.letter_templates import Names

_TEXTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml|docProps/.*\.xml")
_LOOP = ("{%p for line in lines %}", "{{ line }}", "{%p endfor %}")
# How many lines the seven copies have: of one page, and of up to four.
_LINES = (0, 20, 40, 60, 90, 5, 1)


def static_names() -> list[Names]:
    """Return what the copies show."""
    return [
        {"lines": [f"Facture {copy}-{line}, échue : merci de la régler sans délai." for line in range(count)]}
        for copy, count in enumerate(_LINES)
    ]


def make_static(source: Path, target: Path, place: int | None) -> Path:
    """Make a template of a Word file; `place`: where the lines go, as an index of its blocks, None for none at all."""
    with zipfile.ZipFile(source) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    for name, data in parts.items():
        if _TEXTS.fullmatch(name):
            parts[name] = (
                data.replace(b"{", b"(").replace(b"}", b")") if name.startswith("docProps") else _neutral(data)
            )
    if place is not None:
        parts["word/document.xml"] = _with_lines(parts["word/document.xml"], place)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target


def _neutral(data: bytes) -> bytes:
    root = etree.fromstring(data)
    for node in root.iter(word("t"), word("instrText")):
        node.text = (node.text or "").replace("{", "(").replace("}", ")")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _with_lines(data: bytes, place: int) -> bytes:
    root = etree.fromstring(data)
    body = root.find(word("body"))
    assert body is not None
    blocks = [one for one in body if one.tag != word("sectPr")]
    at = list(body).index(blocks[place % len(blocks)]) if blocks else 0
    for number, text in enumerate(_LOOP):
        paragraph = etree.Element(word("p"))
        etree.SubElement(etree.SubElement(paragraph, word("r")), word("t")).text = text
        body.insert(at + number, paragraph)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
