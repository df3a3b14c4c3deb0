"""Names of WordprocessingML (ECMA-376 part 1, 17)."""

from lxml import etree

_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#: The attribute by which an element leads to another part (22.8).
RELATIONSHIP_ID = f"{{{_RELATIONSHIPS}}}id"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

#: What an attribute that says yes, or no, may hold (22.9.2.7).
TRUE = frozenset(("1", "true", "on"))
FALSE = frozenset(("0", "false", "off"))


def word(name: str) -> str:
    """Return an element's or attribute's full name."""
    return f"{{{WORD}}}{name}"


def bookmark(name: str, number: int) -> list[etree._Element]:
    """Return the elements of a bookmark at one place (17.13.6); `number`: by which its end is found."""
    return [
        etree.Element(word("bookmarkStart"), {word("id"): str(number), word("name"): name}),
        etree.Element(word("bookmarkEnd"), {word("id"): str(number)}),
    ]
