"""File names that every system and every mail program takes, no two of them alike."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

#: Characters of a name without its ending: folders before it, and the ending, find room on any system.
LONGEST = 100
# What Windows keeps for devices, whatever follows a dot.
_RESERVED = re.compile(r"(?:CON|PRN|AUX|NUL|COM\d|LPT\d)(?:\.|$)", re.IGNORECASE)


def ascii_name(text: str, between: str = "-") -> str:
    """Return a text as a file name every mail program shows: ASCII letters, digits, dots, dashes, and what is `between`."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", between, letters).strip("-. ") or "document"


def file_name(text: str, blanks: bool = False) -> str:
    """Return a text as a file name without its ending; of a long one the beginning and the end, which often differ.

    `blanks`: words stay apart by blanks, as people name files.
    """
    name = ascii_name(text, " " if blanks else "-")
    if _RESERVED.match(name):
        name = f"document-{name}"
    return _shortened(name, LONGEST)


def unused_name(text: str, taken: set[str], blanks: bool = False) -> str:
    """Return a text as a file name unlike those taken, and take it; upper and lower case are alike."""
    base = name = file_name(text, blanks)
    number = 2
    while name.casefold() in taken:
        ending = f"-{number}"
        name, number = _shortened(base, LONGEST - len(ending)) + ending, number + 1
    taken.add(name.casefold())
    return name


def distinct_names(texts: Sequence[str], details: Sequence[str], blanks: bool = False) -> list[str]:
    """Return texts as file names; those that would be alike with what tells them apart, where that is not empty."""
    names = [file_name(text, blanks) for text in texts]
    counts = Counter(name.casefold() for name in names)
    taken: set[str] = set()
    return [
        unused_name(f"{name}-{detail}" if detail and counts[name.casefold()] > 1 else name, taken, blanks)
        for name, detail in zip(names, details, strict=True)
    ]


def _shortened(name: str, most: int) -> str:
    if len(name) <= most:
        return name
    half = (most - 1) // 2
    return f"{name[:half].rstrip('-.')}-{name[-half:].lstrip('-.')}".rstrip("-.")
