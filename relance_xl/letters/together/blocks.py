"""What a letter begins and ends with: paragraphs and tables, past what only marks a place, within content controls."""

from collections.abc import Iterable

from lxml import etree

from relance_xl.letters.templates.markup import word

_TEXT = frozenset(map(word, ("p", "tbl")))
_CONTROL, _CONTENT = word("sdt"), word("sdtContent")


def first_block(body: etree._Element) -> etree._Element | None:
    """Return the paragraph or table that a letter begins with; None where it has none."""
    return _first_of(body)


def last_block(body: etree._Element) -> etree._Element | None:
    """Return the paragraph or table that a letter ends with; None where it has none."""
    return _first_of(reversed(body), backwards=True)


def is_table(block: etree._Element | None) -> bool:
    """Return whether it is a table."""
    return block is not None and block.tag == word("tbl")


def ends_in_nested_table(body: etree._Element) -> bool:
    """Return whether a letter ends in a table with another in its last row: in company LibreOffice adds a line to it."""
    block = last_block(body)
    rows = list(block.iterchildren(word("tr"))) if block is not None and is_table(block) else []
    return bool(rows) and next(rows[-1].iter(word("tbl")), None) is not None


def is_table_alone(body: etree._Element) -> bool:
    """Return whether a letter is one table: LibreOffice 7.4 lets the next letter follow on the same page."""
    block = first_block(body)
    return is_table(block) and block is last_block(body)


def _first_of(nodes: Iterable[etree._Element], *, backwards: bool = False) -> etree._Element | None:
    for node in nodes:
        if node.tag in _TEXT:
            return node
        content = node.find(_CONTENT) if node.tag == _CONTROL else None
        if content is not None:
            found = _first_of(reversed(content) if backwards else content, backwards=backwards)
            if found is not None:
                return found
    return None
