"""The styles that a letter needs: LibreOffice takes half of a short letter's time to set up those that it does not.

Word leaves dozens of them in every file (ECMA-376 part 1, 17.7).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lxml import etree

from relance_xl.letters.templates.fields import fields_of
from relance_xl.letters.templates.markup import TRUE, word

STYLES = "word/styles.xml"
# What names a style by its id, in texts, lists and settings; what one style says of others.
_NAMING = tuple(
    map(word, ("pStyle", "rStyle", "tblStyle", "styleLink", "numStyleLink", "defaultTableStyle", "clickAndTypeStyle"))
)
_LEADING = tuple(map(word, ("basedOn", "link", "next")))
# Fields that look for styles by their names.
_LOOKING = ("STYLEREF", "TOC", "INDEX")


@dataclass(frozen=True, slots=True)
class SlimStyles:
    """A template's styles without those that nothing leads to, and the ids of those that are left."""

    part: bytes
    left: frozenset[str]

    def suffice(self, body: etree._Element) -> bool:
        """Return whether a letter needs no others: tags may bring text in any style."""
        return named_styles([body]) <= self.left


def slim_styles(parts: Mapping[str, bytes]) -> SlimStyles | None:
    """Return the styles that a template needs; None where all are to stay. Raises lxml.etree.XMLSyntaxError."""
    if STYLES not in parts:
        return None
    texts = [
        etree.fromstring(data)
        for name, data in parts.items()
        if name.startswith("word/") and name.endswith(".xml") and name != STYLES
    ]
    if any(
        one.instruction.split()[:1] and one.instruction.split()[0] in _LOOKING
        for root in texts
        for one in fields_of(root)
    ):
        return None
    root = etree.fromstring(parts[STYLES])
    styles = {str(one.get(word("styleId"))): one for one in root.iterchildren(word("style"))}
    usual = {name for name, one in styles.items() if one.get(word("default")) in TRUE}
    left = _reached(styles, usual | named_styles(texts))
    for name, one in styles.items():
        if name not in left:
            root.remove(one)
    return SlimStyles(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True), frozenset(left))


def named_styles(roots: Iterable[etree._Element]) -> set[str]:
    """Return the ids of the styles that texts name."""
    return {str(node.get(word("val"))) for root in roots for node in root.iter(*_NAMING)}


def _reached(styles: Mapping[str, etree._Element], named: set[str]) -> set[str]:
    """Return styles and all that they lead to, one by the other."""
    reached, waiting = set(named), list(named)
    while waiting:
        style = styles.get(waiting.pop())
        for node in style.iter(*_LEADING) if style is not None else ():
            name = str(node.get(word("val")))
            if name not in reached:
                reached.add(name)
                waiting.append(name)
    return reached
