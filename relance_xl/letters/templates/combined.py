"""Many letters of one template as one document: a section each, sealed, its page numbers its own."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from relance_xl.letters.templates.combinable import Combinability
from relance_xl.letters.templates.markup import word
from relance_xl.letters.templates.media import Medium, with_kinds, with_relationships
from relance_xl.letters.templates.seals import BOOKMARKS_A_LETTER, seal_among_others

_DOCUMENT, _LINKS, _KINDS = "word/document.xml", "word/_rels/document.xml.rels", "[Content_Types].xml"
# The children of a section that may stand before its type, and before its page numbers (17.6.17).
_BEFORE_TYPE = ("headerReference", "footerReference", "footnotePr", "endnotePr")
_BEFORE_NUMBERS = (*_BEFORE_TYPE, "type", "pgSz", "pgMar", "paperSrc", "pgBorders", "lnNumType")

# What stands in a line (17.3.3), as far as letters in company have it.
_SHOWN = tuple(map(word, ("t", "br", "cr", "tab", "sym", "noBreakHyphen", "softHyphen", "drawing", "pict")))


@dataclass(frozen=True, slots=True)
class RenderedLetter:
    """A letter's body, the seal by which its pages are found again, and the pictures that its tags brought."""

    seal: str
    body: etree._Element
    media: tuple[Medium, ...] = ()

    def can_stand_among_others(self, sections: int, found: Combinability) -> bool:
        """Whether it looks the same behind another letter, and what follows leaves its end as it is.

        `sections`: how many its template has; a letter without one of them would take over a header of the letter before.
        `found`: what else was found in the template.
        """
        if len(self.body) < 2 or self.body[-1].tag != word("sectPr") or self.body[-2].tag != word("p"):
            return False
        first, last = next(self.body.iter(word("p"))), self.body[-2]
        begins_with_paragraph = first.getparent() is self.body
        # LibreOffice drops an empty paragraph that holds a section, keeps lines with the next page's, joins borders;
        # from some version after 7.4 on it drops the space above a page's first paragraph, but not a document's, and
        # lets page numbers run on where a table begins a page.
        return (
            sum(1 for _section in self.body.iter(word("sectPr"))) == sections
            and not (begins_with_paragraph and found.styles.is_spaced_above(first))
            and (begins_with_paragraph or not found.numbers_pages)
            and not _has(last, "sectPr")
            and not _has(last, "keepNext")
            and not (_has(first, "pBdr") and _has(last, "pBdr"))
            and any(node.text for node in last.iter(word("t")))
            # A line that is empty but for its break takes no room there if the page is full.
            and list(last.iter(*_SHOWN))[-1].tag not in {word("br"), word("cr")}
        )


def _has(paragraph: etree._Element, name: str) -> bool:
    return paragraph.find(f"{word('pPr')}/{word(name)}") is not None


def combined_document(template: Path, letters: Sequence[RenderedLetter]) -> bytes:
    """Return one DOCX with all letters, which must be such that others can follow, each from a page of its own on."""
    with zipfile.ZipFile(template) as archive:
        document = etree.fromstring(archive.read(_DOCUMENT))
        body = document.find(word("body"))
        if body is None:
            raise ValueError(template)
        body[:] = []
        for number, letter in enumerate(letters, start=1):
            body.extend(_section(letter, number, is_last=number == len(letters)))
        text = etree.tostring(document, xml_declaration=True, encoding="UTF-8", standalone=True)
        # Letters that show the same picture share it.
        media = {one.name: one for letter in letters for one in letter.media}
        return _with_document(archive, text, tuple(media.values()))


def _section(letter: RenderedLetter, number: int, *, is_last: bool) -> list[etree._Element]:
    """Return a letter's content, closed by its own section."""
    body = letter.body
    # What points at bookmarks is never combined: of the same names LibreOffice keeps only one.
    for node in list(body.iter(word("bookmarkStart"), word("bookmarkEnd"))):
        parent = node.getparent()
        if parent is not None:
            parent.remove(node)
    seal_among_others(body, letter.seal, number * BOOKMARKS_A_LETTER)
    _start_anew(next(body.iter(word("sectPr"))))
    *content, section = body
    if is_last:
        return [*content, section]
    properties = content[-1].find(word("pPr"))
    if properties is None:
        properties = etree.Element(word("pPr"))
        content[-1].insert(0, properties)
    change = properties.find(word("pPrChange"))
    properties.insert(len(properties) if change is None else properties.index(change), section)
    return content


def _start_anew(section: etree._Element) -> None:
    """Let a letter's first section start on a page of its own, with page number 1 unless it says another one."""
    for node in section.findall(word("type")):
        section.remove(node)
    numbers = section.find(word("pgNumType"))
    if numbers is None:
        numbers = etree.Element(word("pgNumType"))
        before = {word(name) for name in _BEFORE_NUMBERS}
        section.insert(sum(node.tag in before for node in section), numbers)
    if numbers.get(word("start")) is None:
        numbers.set(word("start"), "1")


def _with_document(template: zipfile.ZipFile, document: bytes, media: tuple[Medium, ...]) -> bytes:
    parts = {info.filename: template.read(info) for info in template.infolist()}
    parts[_DOCUMENT] = document
    if media:
        parts[_LINKS] = with_relationships(parts[_LINKS], media)
        parts[_KINDS] = with_kinds(parts[_KINDS], media)
        parts |= {one.name: one.data for one in media}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target.getvalue()
