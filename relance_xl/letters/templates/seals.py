"""Seals: bookmarks by which a letter's pages prove whose they are; LibreOffice makes named destinations of them.

A seal is made anew for each letter of each document that is written: neither yesterday's PDF nor another letter's has it.
"""

import copy
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from relance_xl.letters.templates.keeping import Chain
from relance_xl.letters.templates.markup import TRUE, bookmark, word

#: Bookmarks that one letter may have.
BOOKMARKS_A_LETTER = 100
#: Chains of paragraphs that stay together, of one letter, at most.
MOST_CHAINS = 40
# A bookmark's name: its seal, and its number or the chain that it begins or ends. Word allows 40 characters.
_SEALED = re.compile(r"(relance[0-9a-f]{16})(?:x(\d{1,2})|k(\d{1,2})[se])")

# Of what stands first and last in a letter alone: LibreOffice may drop a paragraph, or move it to another page.
_CANDIDATES = 4
# Of a letter among others, how many of the last paragraphs: one of them is on its last page.
_LAST = 2
# The bookmark that Word itself makes.
_LAST_PLACE = "_GoBack"
# Where LibreOffice looks for no bookmark, or loses it: what other programs read, text boxes.
_OUT_OF_SIGHT = ("{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback", word("txbxContent"))
# Characters from which on a paragraph may be cut by the end of a page.
_A_LINE = 80
# Of two bookmarks with less than so much text between them it keeps only one at the end of a document.
_ENOUGH_TEXT = 2


@dataclass(frozen=True, slots=True)
class Mark:
    """What a bookmark of ours says: whose page it is on (`seal`); whether its letter begins there; of which chain it is an end."""

    seal: str
    is_start: bool = False
    chain: int | None = None


def read_mark(name: str) -> Mark | None:
    """Return what a bookmark's name says; None for any other's."""
    found = _SEALED.fullmatch(name)
    if found is None:
        return None
    seal, number, chain = found.groups()
    return Mark(seal, number == "0", None if chain is None else int(chain))


def new_seal() -> str:
    """Return a seal that no letter had before."""
    return f"relance{secrets.token_hex(8)}"


def seal_among_others(body: etree._Element, chains: Sequence[Chain], seal: str, first_id: int) -> None:
    """Seal the first and the last paragraphs of a letter that others can follow, and the ends of its chains.

    `first_id`: of its bookmarks. Behind the text of the last one, where its section ends, a bookmark would move the last
    letter of it.
    """
    paragraphs = _paragraphs(body)
    places = list(dict.fromkeys((paragraphs[0], *paragraphs[-_LAST:])))
    marks = [(one, f"x{number}") for number, one in enumerate(places)]
    marks += [(one.start, f"k{number}s") for number, one in enumerate(chains)]
    marks += [(one.end, f"k{number}e") for number, one in enumerate(chains) if one.end is not None]
    for number, (paragraph, mark) in enumerate(marks):
        _insert(paragraph, f"{seal}{mark}", first_id + number)


def seal_alone(body: etree._Element, notes: Sequence[etree._Element], seal: str) -> None:
    """Seal the first and the last page of a letter of any shape; `notes`: its footnotes and endnotes, which may end it."""
    if next(body.iter(word("p")), None) is None:
        # LibreOffice would put an empty paragraph there by itself.
        body.insert(0, etree.Element(word("p")))
    drop_last_place(body)
    *others, last = _paragraphs(body)
    kept = [paragraph for number, paragraph in enumerate(others) if number == 0 or _is_long(paragraph)]
    # All that was once at the beginning of a letter may be at the end of it, too.
    places = dict.fromkeys((*kept[:_CANDIDATES], *kept[-_CANDIDATES:]))
    first_id = 1 + max((_number(node) for node in body.iter(word("bookmarkStart"))), default=0)
    for number, paragraph in enumerate(places):
        _insert(paragraph, f"{seal}x{number}", first_id + number)
    number = len(places)
    _insert(last, f"{seal}x{number}", first_id + number)
    if _is_long(last):
        # It may end on a later page than it begins; where a bookmark of its own ends it too, LibreOffice keeps only that.
        _append(last, f"{seal}x{number + 1}", first_id + number + 1)
    ends = [
        paragraph for root in notes for note in root if _is_note(note) for paragraph in list(note.iter(word("p")))[-1:]
    ]
    for place, paragraph in enumerate(ends[-2 * _CANDIDATES :], start=number + 2):
        _append_to_note(paragraph, f"{seal}x{place}", first_id + place)


def drop_last_place(body: etree._Element) -> None:
    """Take out Word's note of where somebody last typed, from paragraphs without text: at one place one bookmark is kept."""
    for start in [one for one in body.iter(word("bookmarkStart")) if one.get(word("name")) == _LAST_PLACE]:
        paragraph = start.getparent()
        if paragraph is None or paragraph.tag != word("p") or any(_own_text(paragraph)):
            continue
        for node in list(paragraph.iterchildren(word("bookmarkStart"), word("bookmarkEnd"))):
            if node.get(word("id")) == start.get(word("id")):
                paragraph.remove(node)


def _is_note(node: etree._Element) -> bool:
    """Whether it is a footnote or an endnote, and not the line above them (17.18.33)."""
    return node.get(word("type"), "normal") == "normal"


def _paragraphs(body: etree._Element) -> list[etree._Element]:
    """Return the paragraphs of the text itself, in order; those beside it where there are no others."""
    seen = [one for one in body.iter(word("p")) if next(one.iterancestors(*_OUT_OF_SIGHT), None) is None]
    return [one for one in seen if not _floats(one) and not _is_hidden(one)] or seen or list(body.iter(word("p")))


def _floats(paragraph: etree._Element) -> bool:
    """Whether it stands in a table that floats: LibreOffice loses the bookmarks there."""
    return any(
        table.find(f"{word('tblPr')}/{word('tblpPr')}") is not None for table in paragraph.iterancestors(word("tbl"))
    )


def _is_hidden(paragraph: etree._Element) -> bool:
    """Whether its end is hidden text: LibreOffice finds the bookmarks there on no certain page."""
    hidden = paragraph.find(f"{word('pPr')}/{word('rPr')}/{word('vanish')}")
    return hidden is not None and hidden.get(word("val"), "true") in TRUE


def _is_long(paragraph: etree._Element) -> bool:
    return sum(len(text) for text in _own_text(paragraph)) >= _ENOUGH_TEXT


def _own_text(paragraph: etree._Element) -> Iterator[str]:
    for node in paragraph.iter(word("t")):
        if next(node.iterancestors(word("p")), None) is paragraph:
            yield node.text or ""


def _number(bookmark: etree._Element) -> int:
    text = str(bookmark.get(word("id")))
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _insert(paragraph: etree._Element, name: str, bookmark_id: int) -> None:
    """Put a bookmark before a paragraph's text: before the paragraph it would be on the page before.

    Behind content controls, with which newer LibreOffice would lose it.
    """
    position = 1 if len(paragraph) and paragraph[0].tag == word("pPr") else 0
    while position < len(paragraph) and paragraph[position].tag == word("sdt"):
        position += 1
    paragraph[position:position] = bookmark(name, bookmark_id)


def _append(paragraph: etree._Element, name: str, bookmark_id: int) -> None:
    """Put a bookmark behind a paragraph's text, which may begin on an earlier page."""
    paragraph.extend(bookmark(name, bookmark_id))


def _append_to_note(paragraph: etree._Element, name: str, bookmark_id: int) -> None:
    """Put a bookmark behind a note's text; behind it a blank that nobody sees, or LibreOffice loses the bookmark."""
    if sum(len(text) for text in _own_text(paragraph)) < _A_LINE:
        _insert(paragraph, name, bookmark_id)
        return
    blank = etree.Element(word("r"))
    properties = next((node.find(word("rPr")) for node in reversed(paragraph) if node.tag == word("r")), None)
    if properties is not None:
        blank.append(copy.deepcopy(properties))
        for node in list(blank.iter(*map(word, ("u", "strike", "dstrike", "shd", "highlight", "bdr")))):
            blank[0].remove(node)
    text = etree.SubElement(blank, word("t"))
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    text.text = " "
    paragraph.extend([*bookmark(name, bookmark_id), blank])
