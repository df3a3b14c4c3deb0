"""The space above a paragraph, given by itself or its styles (ECMA-376 part 1, 17.3.1.33 and 17.7.2)."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from relance_xl.letters.markup import TRUE, word

_STYLES = "word/styles.xml"
# In lines or in twentieths of a point; lines count where both are given.
_ABOVE = ("beforeLines", "before")


class Spacing:
    """What a template's styles say of the space above paragraphs."""

    def __init__(self, template: Path) -> None:
        """Raises OSError, zipfile.BadZipFile, lxml.etree.XMLSyntaxError."""
        with zipfile.ZipFile(template) as archive:
            has_styles = _STYLES in archive.namelist()
            root = etree.fromstring(archive.read(_STYLES)) if has_styles else etree.Element(word("styles"))
        styles = [node for node in root.iter(word("style")) if node.get(word("type")) == "paragraph"]
        self._styles = {node.get(word("styleId")): node for node in styles}
        self._usual = next((node.get(word("styleId")) for node in styles if node.get(word("default")) in TRUE), None)
        self._defaults = root.find(f"{word('docDefaults')}/{word('pPrDefault')}/{word('pPr')}")

    def is_above(self, paragraph: etree._Element) -> bool:
        """Whether there is space above a paragraph."""
        return any(self._amount(paragraph, name) not in {None, "0"} for name in _ABOVE)

    def _amount(self, paragraph: etree._Element, name: str) -> str | None:
        """Return what the nearest says that says anything."""
        for properties in self._properties(paragraph):
            spacing = properties.find(word("spacing"))
            amount = None if spacing is None else spacing.get(word(name))
            if amount is not None:
                return amount
        return None

    def _properties(self, paragraph: etree._Element) -> Iterator[etree._Element]:
        """Yield the paragraph's own properties, those of its style and of what that is based on, the document's."""
        own = paragraph.find(word("pPr"))
        style_id = _value(own, "pStyle") or self._usual
        seen = set[str | None]()
        found = [own]
        while style_id in self._styles and style_id not in seen:
            seen.add(style_id)
            style = self._styles[style_id]
            found.append(style.find(word("pPr")))
            style_id = _value(style, "basedOn")
        yield from (one for one in (*found, self._defaults) if one is not None)


def _value(parent: etree._Element | None, name: str) -> str | None:
    child = None if parent is None else parent.find(word(name))
    return None if child is None else child.get(word("val"))
