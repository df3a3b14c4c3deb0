"""Numbered lists that start anew with each letter: a list of its own for each, and styles of its own that number by it.

ECMA-376 part 1, 17.9 (numbering) and 17.7 (styles).
"""

import copy
from dataclasses import dataclass

from lxml import etree

from relance_xl.letters.templates.markup import word
from relance_xl.letters.templates.package import written

# What tells a list from others beside its number (17.9.14, 17.9.29): a copy must not have that of its original.
_IDENTITY = (word("nsid"), word("tmpl"))


@dataclass(frozen=True, slots=True)
class NumberedLists:
    """A template's lists that number, by the numbers under which they are used, and the styles that number by them."""

    numbers: frozenset[str]
    styles: frozenset[str]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.numbers)

    def start_anew(self, body: etree._Element, letter: int) -> None:
        """Let a letter's paragraphs go by its own lists and styles; `letter`: its place among all."""
        self._renumber(body, letter)

    def numbering_of_all(self, numbering: bytes, letters: int) -> bytes:
        """Return the part of lists with those of so many letters."""
        root = etree.fromstring(numbering)
        abstracts = {str(one.get(word("abstractNumId"))): one for one in root.iterchildren(word("abstractNum"))}
        nums = [one for one in root.iterchildren(word("num")) if one.get(word("numId")) in self.numbers]
        used = {_abstract_of(one) for one in nums}
        last_abstract = list(abstracts.values())[-1]
        for letter in range(letters, 0, -1):
            copies = [self._own_abstract(abstracts[one], letter) for one in sorted(used) if one in abstracts]
            for one in reversed(copies):
                last_abstract.addnext(one)
        last_num = nums[-1]
        for letter in range(letters, 0, -1):
            for one in reversed(nums):
                last_num.addnext(_own_num(one, letter))
        return written(root)

    def styles_of_all(self, styles: bytes, letters: int) -> bytes:
        """Return the part of styles with those of so many letters that number by these lists."""
        root = etree.fromstring(styles)
        numbering = [one for one in root.iterchildren(word("style")) if one.get(word("styleId")) in self.styles]
        for letter in range(1, letters + 1):
            root.extend(self._style(one, letter) for one in numbering)
        return written(root)

    def _own_abstract(self, abstract: etree._Element, letter: int) -> etree._Element:
        own = copy.deepcopy(abstract)
        own.set(word("abstractNumId"), _own_number(str(abstract.get(word("abstractNumId"))), letter))
        for node in [*own.iterchildren(*_IDENTITY)]:
            own.remove(node)
        self._renumber(own, letter)
        return own

    def _style(self, style: etree._Element, letter: int) -> etree._Element:
        own = copy.deepcopy(style)
        own.set(word("styleId"), _own_style(str(style.get(word("styleId"))), letter))
        if own.get(word("default")) is not None:
            del own.attrib[word("default")]
        name = own.find(word("name"))
        if name is not None:
            name.set(word("val"), f"{name.get(word('val'))} (relance {letter})")
        self._renumber(own, letter)
        return own

    def _renumber(self, root: etree._Element, letter: int) -> None:
        """Let what goes by these lists and styles go by a letter's own."""
        for node in root.iter(word("numId")):
            if node.get(word("val")) in self.numbers:
                node.set(word("val"), _own_number(str(node.get(word("val"))), letter))
        for node in root.iter(word("pStyle"), word("basedOn")):
            if node.get(word("val")) in self.styles:
                node.set(word("val"), _own_style(str(node.get(word("val"))), letter))


def _own_number(number: str, letter: int) -> str:
    """Return the number of a letter's own list; a template has a few hundred at most."""
    return str(int(number) + 10_000 * letter)


def _own_style(style: str, letter: int) -> str:
    return f"{style}-{letter}"


def _abstract_of(num: etree._Element) -> str:
    return next((str(node.get(word("val"))) for node in num.iter(word("abstractNumId"))), "")


def _own_num(num: etree._Element, letter: int) -> etree._Element:
    own = copy.deepcopy(num)
    own.set(word("numId"), _own_number(str(num.get(word("numId"))), letter))
    for node in own.iterchildren(word("abstractNumId")):
        node.set(word("val"), _own_number(str(node.get(word("val"))), letter))
    return own
