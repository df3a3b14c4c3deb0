"""Paragraphs that stay with the next one (17.3.1.15): where a page ends near them, LibreOffice breaks it otherwise in company.

So each chain of them is marked at both its ends: on one page, and away from where that begins and ends, it changes nothing.
"""

from dataclasses import dataclass

from lxml import etree

from relance_xl.letters.templates.markup import word
from relance_xl.letters.templates.styles import Styles

# So many rows of a table below a chain are far enough.
_ROWS = 3


@dataclass(frozen=True, slots=True)
class Chain:
    """Where what is kept together must lie on one page: from a paragraph before it to one behind; None: to the letter's end."""

    start: etree._Element
    end: etree._Element | None


def chains_of(body: etree._Element, styles: Styles) -> tuple[Chain, ...] | None:
    """Return a letter's chains; None where what is kept stands in tables or controls, of which nobody knows."""
    blocks = [one for one in body if one.tag != word("sectPr")]
    if any(one.tag != word("p") and any(map(styles.keeps_next, one.iter(word("p")))) for one in blocks):
        return None
    keeps = [one.tag == word("p") and styles.keeps_next(one) for one in blocks]
    starts = [place for place, kept in enumerate(keeps) if kept and not (place and keeps[place - 1])]
    return tuple(_chain(blocks, keeps, place) for place in starts)


def _chain(blocks: list[etree._Element], keeps: list[bool], first: int) -> Chain:
    behind = first
    while behind < len(blocks) and keeps[behind]:
        behind += 1
    start = blocks[first] if first == 0 else _last_paragraph(blocks[first - 1], blocks[first])
    return Chain(start, _end(blocks, behind))


def _end(blocks: list[etree._Element], behind: int) -> etree._Element | None:
    """Return the paragraph behind the block with which a chain is kept; of a long table, one some rows down."""
    if behind < len(blocks):
        rows = list(blocks[behind].iterchildren(word("tr")))
        if len(rows) > _ROWS:
            return next(rows[_ROWS].iter(word("p")), None)
    return next(blocks[behind + 1].iter(word("p")), None) if behind + 1 < len(blocks) else None


def _last_paragraph(block: etree._Element, otherwise: etree._Element) -> etree._Element:
    paragraphs = list(block.iter(word("p")))
    return paragraphs[-1] if paragraphs else otherwise
