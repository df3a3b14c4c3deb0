"""The number of pages where a letter says it: a field counts all letters of a document, so each letter says its own.

NUMPAGES and SECTIONPAGES (ECMA-376 part 1, 17.16.5.42 and 17.16.5.58), in the text, in headers and in footers.
"""

from collections.abc import Iterable, Iterator

from lxml import etree

from relance_xl.letters.templates.fields import Field, fields_of
from relance_xl.letters.templates.markup import bookmark, word

_COUNTS = frozenset(("NUMPAGES", "SECTIONPAGES"))
# What may follow a field's name: formatted as it is now, or as plain figures, which it is anyway.
_PLAIN = frozenset(("\\*", "MERGEFORMAT", "ARABIC", "CHARFORMAT"))


def is_count(field: Field) -> bool:
    """Return whether a field asks for a number of pages and nothing else, and stands where it can be replaced."""
    name, *others = field.instruction.split() or [""]
    return name in _COUNTS and set(others) <= _PLAIN and bool(field.nodes)


def has_count(root: etree._Element) -> bool:
    """Return whether a text says how many pages there are."""
    return any(map(is_count, fields_of(root)))


def say_count(root: etree._Element, count: int, numbers: Iterator[int]) -> None:
    """Let a text say how many pages its letter has, instead of its fields; `numbers`: of no other bookmarks.

    Each count stands between bookmarks: as beside a field, its first figure is not drawn nearer to the letter before it.
    """
    for one in list(filter(is_count, fields_of(root))):
        first, *others = one.nodes
        parent = first.getparent()
        if parent is not None:
            before, behind = (bookmark(f"relanceCount{number}", number) for number in (next(numbers), next(numbers)))
            place = parent.index(first)
            for node in (first, *others):
                parent.remove(node)
            parent[place:place] = [*before, _run_saying(one.look, count), *behind]


def ask_of_whole(body: etree._Element, margins: Iterable[etree._Element]) -> None:
    """Let a letter of one section ask for the pages of the document: LibreOffice does not know those of a section."""
    if sum(1 for _section in body.iter(word("sectPr"))) > 1:
        return
    for root in (body, *margins):
        for node in root.iter(word("instrText")):
            node.text = (node.text or "").replace("SECTIONPAGES", "NUMPAGES")
        for node in root.iter(word("fldSimple")):
            node.set(word("instr"), str(node.get(word("instr"))).replace("SECTIONPAGES", "NUMPAGES"))


def _run_saying(look: etree._Element, count: int) -> etree._Element:
    run = etree.Element(word("r"))
    properties = look.find(word("rPr"))
    if properties is not None:
        run.append(properties)
    etree.SubElement(run, word("t")).text = str(count)
    return run
