"""Many letters of one template as one document: a section each, sealed, its page numbers its own."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from relance_xl.letters.templates.keeping import Chain
from relance_xl.letters.templates.margins import Margin
from relance_xl.letters.templates.markup import word
from relance_xl.letters.templates.package import DOCUMENT, Part, add_parts, package_parts, packed, written
from relance_xl.letters.templates.page_counts import say_count
from relance_xl.letters.templates.seals import BOOKMARKS_A_LETTER, MOST_CHAINS, drop_last_place, seal_among_others
from relance_xl.letters.together.blocks import ends_in_nested_table, first_block, is_table, last_block
from relance_xl.letters.together.combinable import Combinability
from relance_xl.letters.together.margin_parts import MarginParts

_NUMBERING, _STYLES = "word/numbering.xml", "word/styles.xml"
# Where the numbers of the bookmarks beside counts begin.
_COUNTS = 1_000_000
# Where the numbers of the letters' own bookmarks begin: behind those of seals.
_BOOKMARKS = 10_000
# The children of a section that may stand before its type, and before its page numbers (17.6.17).
_BEFORE_TYPE = ("headerReference", "footerReference", "footnotePr", "endnotePr")
_BEFORE_NUMBERS = (*_BEFORE_TYPE, "type", "pgSz", "pgMar", "paperSrc", "pgBorders", "lnNumType")
# The lowest line (twentieths of a point).
_LOWEST = 1
# What hangs on a paragraph (20.4.2.3; VML).
_ANCHORED = ("{*}anchor", word("pict"), word("object"))
# The children of a paragraph's properties that may stand before one of them (17.3.1.26).
_BEFORE_BREAK = ("pStyle", "keepNext", "keepLines")
_BEFORE_SPACING = (
    *_BEFORE_BREAK, "pageBreakBefore", "framePr", "widowControl", "numPr", "suppressLineNumbers", "pBdr", "shd", "tabs",
    "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct", "autoSpaceDE", "autoSpaceDN", "bidi",
    "adjustRightInd", "snapToGrid",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RenderedLetter:
    """A letter's body, the seal by which its pages are found again, and the pictures that its tags brought.

    `margins`: its own headers and footers; `count`: how many pages it says that it has, where it does; `chains`: the
    paragraphs that stay together, None where these are not known.
    """

    seal: str
    body: etree._Element
    media: tuple[Part, ...] = ()
    margins: tuple[Margin, ...] = ()
    count: int = 1
    chains: tuple[Chain, ...] | None = ()

    def can_stand_among_others(self, sections: int, found: Combinability) -> bool:
        """Whether it looks the same behind another letter, and what follows leaves its end as it is.

        `sections`: how many its template has; a letter without one of them would take over a header of the letter before.
        `found`: what else was found in the template.
        """
        if len(self.body) < 2 or self.body[-1].tag != word("sectPr"):
            return False
        first, last = next(self.body.iter(word("p")), None), last_block(self.body)
        if first is None or last is None:
            return False
        begins_with_paragraph = first is first_block(self.body)
        # LibreOffice joins borders over the page. Where a table begins a page, it lets page numbers run on.
        return (
            sum(1 for _section in self.body.iter(word("sectPr"))) == sections
            and (begins_with_paragraph or not found.numbers_pages or not _has_header(self.body))
            and not (begins_with_paragraph and _is_start_fixed(self.body, first, found))
            and len(self.chains or ()) <= MOST_CHAINS
            and not ends_in_nested_table(self.body)
            and not _has(last, "sectPr")
            and not (_has(first, "pBdr") and _has(last, "pBdr"))
        )


def _is_start_fixed(body: etree._Element, first: etree._Element, found: Combinability) -> bool:
    """Return whether the space above a first paragraph must stay its own.

    It is in lines; what hangs on the paragraph goes by it; or columns do, which end otherwise.
    """
    space = found.styles.space_above(first)
    columns = next(body.iter(word("sectPr"))).find(word("cols"))
    has_columns = columns is not None and columns.get(word("num"), "1") != "1"
    return space is None or (space > 0 and (has_columns or next(first.iter(*_ANCHORED), None) is not None))


def _has_header(body: etree._Element) -> bool:
    """Return whether a letter has a header, which may push its text; or no top margin that is known."""
    return any(
        next(one.iterchildren(word("headerReference")), None) is not None
        or not str(margins.get(word("top")) if (margins := one.find(word("pgMar"))) is not None else "").isdecimal()
        for one in body.iter(word("sectPr"))
    )


def _has(paragraph: etree._Element, name: str) -> bool:
    return paragraph.find(f"{word('pPr')}/{word(name)}") is not None


def combined_document(template: Path, letters: Sequence[RenderedLetter], found: Combinability) -> bytes:
    """Return one DOCX with all letters, which must be such that others can follow, each from a page of its own on."""
    parts = package_parts(template)
    document = etree.fromstring(parts[DOCUMENT])
    body = document.find(word("body"))
    if body is None:
        raise ValueError(template)
    body[:] = []
    margins = MarginParts()
    for number, letter in enumerate(letters, start=1):
        _make_its_own(letter, number, found, margins)
        body.extend(_section(letter, is_last=number == len(letters)))
    parts[DOCUMENT] = written(document)
    # Letters that show the same picture share it.
    media = {one.name: one for letter in letters for one in letter.media}
    add_parts(parts, media.values())
    margins.add_to(parts)
    if found.lists:
        parts[_NUMBERING] = found.lists.numbering_of_all(parts[_NUMBERING], len(letters))
        if found.lists.styles:
            parts[_STYLES] = found.lists.styles_of_all(parts[_STYLES], len(letters))
    return packed(parts)


def _make_its_own(letter: RenderedLetter, number: int, found: Combinability, margins: MarginParts) -> None:
    """Give a letter what must be no other's: seal, lists, headers and footers, number of pages, first page number."""
    body = letter.body
    drop_last_place(body)
    _name_bookmarks(body, number)
    numbers = itertools.count(_COUNTS + number * BOOKMARKS_A_LETTER)
    for root in (body, *(one.root for one in letter.margins)):
        say_count(root, letter.count, numbers)
    margins.take_up(body, letter.margins)
    found.lists.start_anew(body, number)
    seal_among_others(body, letter.chains or (), letter.seal, number * BOOKMARKS_A_LETTER)
    _keep_start(body, found)
    # Nothing follows it in its letter.
    if body[-2].tag == word("p") and found.styles.keeps_next(body[-2]):
        _set(body[-2], "keepNext", {"val": "0"}, ("pStyle",))
    _start_anew(next(body.iter(word("sectPr"))))


def _name_bookmarks(body: etree._Element, number: int) -> None:
    """Give a letter's bookmarks, and the links to them, names of their own: of the same ones LibreOffice keeps only one.

    They must not go: where one stands within a text, the letters on both its sides stand a little farther apart.
    """
    for node in body.iter(word("bookmarkStart"), word("bookmarkEnd")):
        node.set(word("id"), f"{_BOOKMARKS + number}{node.get(word('id'), '0')[-4:]:0>4}")
        if node.tag == word("bookmarkStart"):
            node.set(word("name"), f"{node.get(word('name'))}-{number}")
    for node in body.iter(word("hyperlink")):
        if node.get(word("anchor")):
            node.set(word("anchor"), f"{node.get(word('anchor'))}-{number}")


def _section(letter: RenderedLetter, *, is_last: bool) -> list[etree._Element]:
    """Return a letter's content, closed by its own section.

    The section hangs on a paragraph without any text: LibreOffice lets it go, and so leaves the letter's own end alone.
    """
    *content, section = letter.body
    if is_last:
        return [*content, section]
    closing = etree.Element(word("p"))
    properties = _properties(closing)
    etree.SubElement(properties, word("spacing"), {word(name): "0" for name in ("before", "after")})
    properties.append(section)
    return [*content, closing]


def _keep_start(body: etree._Element, found: Combinability) -> None:
    """Keep what stands above the first paragraph as it is at the start of a document.

    LibreOffice knows no page break there; the space above it newer versions keep there, and drop on later pages.
    """
    first = first_block(body)
    if first is None:
        return
    if is_table(first):
        if found.numbers_pages:
            _begin_with_line(body)
        return
    if found.styles.breaks_before(first):
        _set(first, "pageBreakBefore", {"val": "0"}, _BEFORE_BREAK)
    space = found.styles.space_above(first)
    if space:
        _set(first, "spacing", {"before": "0"}, _BEFORE_SPACING)
        body.insert(0, _empty_line(space))


def _begin_with_line(body: etree._Element) -> None:
    """Put a line above a table that begins a letter, as low as can be, and the text area as much higher.

    On later pages that would show: letters of several pages are laid out alone.
    """
    line = _empty_line(_LOWEST)
    etree.SubElement(etree.SubElement(line[0], word("rPr")), word("sz"), {word("val"): "2"})
    body.insert(0, line)
    margins = next(body.iter(word("sectPr"))).find(word("pgMar"))
    if margins is not None:
        margins.set(word("top"), str(int(margins.get(word("top"), "0")) - _LOWEST))


def _set(paragraph: etree._Element, name: str, values: dict[str, str], before: Sequence[str]) -> None:
    properties = _properties(paragraph)
    node = properties.find(word(name))
    if node is None:
        node = etree.Element(word(name))
        earlier = {word(one) for one in before}
        properties.insert(sum(one.tag in earlier for one in properties), node)
    for key, value in values.items():
        node.set(word(key), value)


def _properties(paragraph: etree._Element) -> etree._Element:
    properties = paragraph.find(word("pPr"))
    if properties is None:
        properties = etree.Element(word("pPr"))
        paragraph.insert(0, properties)
    return properties


def _empty_line(height: int) -> etree._Element:
    """Return an empty paragraph of a height (twentieths of a point)."""
    paragraph = etree.Element(word("p"))
    properties = etree.SubElement(paragraph, word("pPr"))
    etree.SubElement(properties, word("snapToGrid"), {word("val"): "0"})
    spacing = {"before": "0", "after": "0", "line": str(height), "lineRule": "exact"}
    etree.SubElement(properties, word("spacing"), {word(name): value for name, value in spacing.items()})
    return paragraph


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
