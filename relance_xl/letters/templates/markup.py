"""Names of WordprocessingML (ECMA-376 part 1, 17)."""

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

#: What an attribute that says yes, or no, may hold (22.9.2.7).
TRUE = frozenset(("1", "true", "on"))
FALSE = frozenset(("0", "false", "off"))


def word(name: str) -> str:
    """Return an element's or attribute's full name."""
    return f"{{{WORD}}}{name}"
