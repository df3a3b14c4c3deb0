"""Headers and footers that say something of their letter: a part for each, or one where several say the same."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from relance_xl.letters.templates.markup import RELATIONSHIP_ID, word

_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_OVERRIDE = "{http://schemas.openxmlformats.org/package/2006/content-types}Override"


@dataclass(frozen=True, slots=True)
class MarginPart:
    """A header or footer of a template: by which relationship the document has it, and its name in the package."""

    relationship: str
    kind: str
    content_type: str
    name: str


@dataclass(frozen=True, slots=True)
class Margin:
    """A header or footer as a letter has it."""

    part: MarginPart
    root: etree._Element


@dataclass(slots=True)
class MarginParts:
    """The headers and footers of all letters of a document, each kept once."""

    _known: dict[tuple[str, bytes], str] = field(default_factory=dict)
    _parts: dict[str, tuple[MarginPart, bytes]] = field(default_factory=dict)

    def take_up(self, body: etree._Element, margins: Iterable[Margin]) -> None:
        """Let a letter's sections have its own headers and footers."""
        own = {one.part.relationship: self._relationship(one) for one in margins}
        for node in body.iter(word("headerReference"), word("footerReference")):
            relationship = str(node.get(RELATIONSHIP_ID))
            if relationship in own:
                node.set(RELATIONSHIP_ID, own[relationship])

    def _relationship(self, margin: Margin) -> str:
        text = etree.tostring(margin.root, xml_declaration=True, encoding="UTF-8", standalone=True)
        place = margin.part.name, hashlib.sha256(text).digest()
        if place not in self._known:
            self._known[place] = f"relanceMargin{len(self._known) + 1}"
            self._parts[self._known[place]] = margin.part, text
        return self._known[place]

    def add_to(self, parts: dict[str, bytes], links: str, kinds: str) -> None:
        """Add them to a package's parts, with the relationships and kinds by which it knows them."""
        if not self._parts:
            return
        relations, types = etree.fromstring(parts[links]), etree.fromstring(parts[kinds])
        for relationship, (part, text) in self._parts.items():
            name = f"word/{relationship}.xml"
            parts[name] = text
            own_links = _links_of(part.name)
            if own_links in parts:
                parts[_links_of(name)] = parts[own_links]
            attributes = {"Id": relationship, "Type": part.kind, "Target": f"{relationship}.xml"}
            etree.SubElement(relations, _RELATIONSHIP, attributes)
            etree.SubElement(types, _OVERRIDE, {"PartName": f"/{name}", "ContentType": part.content_type})
        for name, root in ((links, relations), (kinds, types)):
            parts[name] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _links_of(name: str) -> str:
    folder, _slash, file = name.rpartition("/")
    return f"{folder}/_rels/{file}.rels"
