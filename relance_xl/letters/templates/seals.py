"""Seals: bookmarks by which a letter's pages prove whose they are; LibreOffice makes named destinations of them.

A seal is made anew for each letter of each document that is written: neither yesterday's PDF nor another letter's has it.
"""

import copy
import re
import secrets
from collections.abc import Iterator, Sequence

from lxml import etree

from relance_xl.letters.templates.markup import TRUE, word

#: A bookmark's name, of which the first group is its seal; Word allows 40 characters.
SEALED = re.compile(r"(relance[0-9a-f]{16})x\d{1,2}")
#: Bookmarks that one letter may have.
BOOKMARKS_A_LETTER = 20

# Of what stands first and last in a letter alone: LibreOffice may drop a paragraph, or move it to another page.
_CANDIDATES = 4
# Where LibreOffice looks for no bookmark, or loses it: what other programs read, text boxes.
_OUT_OF_SIGHT = ("{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback", word("txbxContent"))
# Characters from which on a paragraph may be cut by the end of a page.
_A_LINE = 80
# Of two bookmarks with less than so much text between them it keeps only one at the end of a document.
_ENOUGH_TEXT = 2


def new_seal() -> str:
    """Return a seal that no letter had before."""
    return f"relance{secrets.token_hex(8)}"


def seal_among_others(body: etree._Element, seal: str, first_id: int) -> None:
    """Seal the first and the last paragraph of a letter that others can follow; `first_id`: of its bookmarks.

    Behind the text of the last one, where its section ends, a bookmark would move the last letter of it.
    """
    first, last = next(body.iter(word("p"))), body[-2]
    for number, paragraph in enumerate(dict.fromkeys((first, last))):
        _insert(paragraph, seal, number, first_id + number)


def seal_alone(body: etree._Element, notes: Sequence[etree._Element], seal: str) -> None:
    """Seal the first and the last page of a letter of any shape; `notes`: its footnotes and endnotes, which may end it."""
    if next(body.iter(word("p")), None) is None:
        # LibreOffice would put an empty paragraph there by itself.
        body.insert(0, etree.Element(word("p")))
    *others, last = _paragraphs(body)
    kept = [paragraph for number, paragraph in enumerate(others) if number == 0 or _is_long(paragraph)]
    # All that was once at the beginning of a letter may be at the end of it, too.
    places = dict.fromkeys((*kept[:_CANDIDATES], *kept[-_CANDIDATES:]))
    first_id = 1 + max((_number(node) for node in body.iter(word("bookmarkStart"))), default=0)
    for number, paragraph in enumerate(places):
        _insert(paragraph, seal, number, first_id + number)
    number = len(places)
    if _is_long(last):
        _append(last, seal, number, first_id + number)
    else:
        _insert(last, seal, number, first_id + number)
    if not others and _is_long(last):
        _insert(last, seal, number + 1, first_id + number + 1)
    ends = [
        paragraph for root in notes for note in root if _is_note(note) for paragraph in list(note.iter(word("p")))[-1:]
    ]
    for place, paragraph in enumerate(ends[-2 * _CANDIDATES :], start=number + 2):
        _append_to_note(paragraph, seal, place, first_id + place)


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


def _insert(paragraph: etree._Element, seal: str, number: int, bookmark_id: int) -> None:
    """Put a bookmark before a paragraph's text: before the paragraph it would be on the page before."""
    position = 1 if len(paragraph) and paragraph[0].tag == word("pPr") else 0
    paragraph[position:position] = _bookmark(seal, number, bookmark_id)


def _append(paragraph: etree._Element, seal: str, number: int, bookmark_id: int) -> None:
    """Put a bookmark behind a paragraph's text, which may begin on an earlier page."""
    paragraph.extend(_bookmark(seal, number, bookmark_id))


def _append_to_note(paragraph: etree._Element, seal: str, number: int, bookmark_id: int) -> None:
    """Put a bookmark behind a note's text; behind it a blank that nobody sees, or LibreOffice loses the bookmark."""
    if sum(len(text) for text in _own_text(paragraph)) < _A_LINE:
        _insert(paragraph, seal, number, bookmark_id)
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
    paragraph.extend([*_bookmark(seal, number, bookmark_id), blank])


def _bookmark(seal: str, number: int, bookmark_id: int) -> list[etree._Element]:
    return [
        etree.Element(word("bookmarkStart"), {word("id"): str(bookmark_id), word("name"): f"{seal}x{number}"}),
        etree.Element(word("bookmarkEnd"), {word("id"): str(bookmark_id)}),
    ]
