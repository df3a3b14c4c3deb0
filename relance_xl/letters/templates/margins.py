"""Headers and footers that say something of their letter."""

from dataclasses import dataclass

from lxml import etree


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
