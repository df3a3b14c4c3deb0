"""The headers and footers of many letters in one document: a part for each, or one where several say the same."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from relance_xl.letters.templates.margins import Margin, MarginPart
from relance_xl.letters.templates.markup import RELATIONSHIP_ID, word
from relance_xl.letters.templates.package import Part, add_parts, written


@dataclass(slots=True)
class MarginParts:
    """The headers and footers of all letters of a document: the relationship of each, by its part and its text."""

    _relationships: dict[tuple[MarginPart, bytes], str] = field(default_factory=dict)

    def take_up(self, body: etree._Element, margins: Iterable[Margin]) -> None:
        """Let a letter's sections have its own headers and footers."""
        own = {one.part.relationship: self._relationship(one) for one in margins}
        for node in body.iter(word("headerReference"), word("footerReference")):
            relationship = str(node.get(RELATIONSHIP_ID))
            if relationship in own:
                node.set(RELATIONSHIP_ID, own[relationship])

    def _relationship(self, margin: Margin) -> str:
        new = f"relanceMargin{len(self._relationships) + 1}"
        return self._relationships.setdefault((margin.part, written(margin.root)), new)

    def add_to(self, parts: dict[str, bytes]) -> None:
        """Add them to a package's parts; each leads to what the template's own leads to."""
        added = [
            Part(relationship, part.kind, f"word/{relationship}.xml", part.content_type, text)
            for (part, text), relationship in self._relationships.items()
        ]
        add_parts(parts, added)
        for one, (part, _text) in zip(added, self._relationships, strict=True):
            if _links_of(part.name) in parts:
                parts[_links_of(one.name)] = parts[_links_of(part.name)]


def _links_of(name: str) -> str:
    folder, _slash, file = name.rpartition("/")
    return f"{folder}/_rels/{file}.rels"
