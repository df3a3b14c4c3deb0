"""Which customer a row or a note is of: codes stand for several (`DIVERS`), names are spelt anew, lists have no codes."""

import zlib
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from relance_xl.core.texts.typed import plain_title

_SEPARATOR = "¦"


class CustomerRef(NamedTuple):
    """Code and name, normalised (no code where it is the name), and a checksum of the postal address.

    As text `c012¦dupont fils¦5f3a9c21`: the hidden id of a customer's row.
    """

    code: str
    name: str
    place: str

    @classmethod
    def of(cls, code: str, name: str, postal_lines: Iterable[str]) -> "CustomerRef":
        """Return the reference of a customer."""
        place = " ".join(plain_title(line) for line in postal_lines)
        own_code = plain_title(code).lstrip("0") if code != name else ""
        return cls(own_code, plain_title(name), f"{zlib.crc32(place.encode()):08x}")

    @classmethod
    def parse(cls, text: str) -> "CustomerRef | None":
        """Read the text form; None for any other text."""
        parts = text.split(_SEPARATOR)
        return cls(*parts) if len(parts) == len(cls._fields) else None

    def __str__(self) -> str:
        return _SEPARATOR.join(self)


class CustomerRefs:
    """The customers of the list, asked which of them somebody noted earlier is.

    One with a code is the same while name or address stays: a list that has only one `DIVERS` left does not make that one
    of another. One without a code is known by the name, and by the address where several bear it.
    """

    def __init__(self, refs: Iterable[CustomerRef]) -> None:
        self.all = tuple(dict.fromkeys(refs))
        self._known = frozenset(self.all)
        self._named: dict[tuple[str, str], list[CustomerRef]] = defaultdict(list)
        self._placed: dict[tuple[str, str], list[CustomerRef]] = defaultdict(list)
        for one in self.all:
            self._named[one.code, one.name].append(one)
            if one.code:
                self._placed[one.code, one.place].append(one)

    def same(self, earlier: CustomerRef) -> CustomerRef:
        """Return the customer of the list that an earlier reference is of; itself where it is none of them."""
        if earlier in self._known:
            return earlier
        for alike in (self._named.get(earlier[:2], []), self._placed.get((earlier.code, earlier.place), [])):
            if len(alike) == 1:
                return alike[0]
        return earlier
