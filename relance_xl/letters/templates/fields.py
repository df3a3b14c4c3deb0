"""Fields of a text: what each asks for, and the elements that it is made of (ECMA-376 part 1, 17.16)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from relance_xl.letters.templates.markup import word


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its instruction in capitals, with those of the fields within it.

    `nodes`: its elements, where these stand side by side with no other field within, else none; `look`: the element
    whose formatting its result has.
    """

    instruction: str
    nodes: Sequence[etree._Element]
    look: etree._Element


@dataclass(slots=True)
class _Open:
    """A field that has begun."""

    begin: etree._Element
    instruction: str = ""
    look: etree._Element | None = None
    is_in_result: bool = False
    is_nested: bool = False


@dataclass(slots=True)
class _Reading:
    """What was read of a text until now: the fields that have begun and not ended, innermost last."""

    open: list[_Open] = field(default_factory=list)

    def take(self, node: etree._Element) -> Iterator[Field]:
        """Take up a part of a field; yield the field that it ends."""
        run = node.getparent()
        kind = str(node.get(word("fldCharType")))
        if node.tag == word("fldChar") and kind == "begin":
            if self.open:
                self.open[-1].is_nested = True
            self.open.append(_Open(node if run is None else run, is_nested=bool(self.open)))
        elif not self.open:
            return
        elif node.tag == word("instrText"):
            self.open[-1].instruction += (node.text or "").upper()
        elif node.tag == word("fldChar") and kind == "separate":
            self.open[-1].is_in_result = True
        elif node.tag == word("fldChar") and kind == "end":
            yield self._end(self.open.pop(), run)
        elif node.tag == word("r") and self.open[-1].is_in_result and self.open[-1].look is None:
            self.open[-1].look = node

    def _end(self, one: _Open, run: "etree._Element | None") -> Field:
        if self.open and not self.open[-1].is_in_result:
            self.open[-1].instruction += f" {one.instruction} "
        nodes = [] if one.is_nested or run is None else _side_by_side(one.begin, run)
        return Field(one.instruction, nodes, one.begin if one.look is None else one.look)


def fields_of(root: etree._Element) -> Iterator[Field]:
    """Yield the fields of a text; those that are never ended too."""
    reading = _Reading()
    for node in root.iter(word("fldSimple"), word("fldChar"), word("instrText"), word("r")):
        if node.tag == word("fldSimple"):
            result = node.find(word("r"))
            yield Field(str(node.get(word("instr"))).upper(), [node], node if result is None else result)
        else:
            yield from reading.take(node)
    yield from (Field(one.instruction, [], one.begin) for one in reading.open)


def _side_by_side(begin: etree._Element, end: etree._Element) -> list[etree._Element]:
    """Return the elements from one to another, none where they are not under one element."""
    nodes = [begin]
    for node in begin.itersiblings():
        nodes.append(node)
        if node is end:
            return nodes
    return nodes if begin is end else []
