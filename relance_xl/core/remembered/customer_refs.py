"""Which customer a row or a note is of: codes stand for several (`DIVERS`), names are spelt anew, lists have no codes."""

import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from relance_xl.core.texts.typed import plain_title

_SEPARATOR = "¦"


class CustomerRef(NamedTuple):
    """Code and name, normalised (no code where it is the name), and a checksum of the postal address, empty for none.

    As text `c012¦dupont fils¦5f3a9c21`: the hidden id of a customer's row.
    """

    code: str
    name: str
    place: str

    @classmethod
    def of(cls, code: str, name: str, postal_lines: Iterable[str]) -> "CustomerRef":
        """Return the reference of a customer."""
        return _ref_of(code, name, tuple(postal_lines))

    @classmethod
    def parse(cls, text: str) -> "CustomerRef | None":
        """Read the text form; None for any other text."""
        parts = text.split(_SEPARATOR)
        return cls(*parts) if len(parts) == len(cls._fields) else None

    def __str__(self) -> str:
        return _SEPARATOR.join(self)

    @property
    def identity(self) -> tuple[str, str]:
        """What is the same for all invoices of one customer: code and name; without a code, name and address."""
        return (self.code, self.name) if self.code else (self.name, self.place)


@lru_cache(maxsize=1 << 15)
def _ref_of(code: str, name: str, postal_lines: tuple[str, ...]) -> CustomerRef:
    place = " ".join(plain_title(line) for line in postal_lines)
    own_code = plain_title(code).lstrip("0") if code != name else ""
    return CustomerRef(own_code, plain_title(name), f"{zlib.crc32(place.encode()):08x}" if place else "")


def shared_codes(refs: Iterable[CustomerRef]) -> frozenset[str]:
    """Return the codes under which several are known at once (`DIVERS`): nobody is known by such a code."""
    names: dict[str, set[str]] = defaultdict(set)
    for one in refs:
        names[one.code].add(one.name)
    return frozenset(code for code in names if code and len(names[code]) > 1)


class CustomerRefs:
    """Customers, told apart by code and name, or name and address; asked for those that have something in common."""

    def __init__(self, refs: Iterable[CustomerRef]) -> None:
        first: dict[tuple[str, str], CustomerRef] = {}
        for one in refs:
            first.setdefault(one.identity, one)
        self.all = tuple(first.values())
        self._by_identity = first
        self._coded, self._named, self._placed = (defaultdict[str, list[CustomerRef]](list) for _index in range(3))
        for one in self.all:
            self._coded[one.code].append(one)
            self._named[one.name].append(one)
            self._placed[one.place].append(one)

    def same_as(self, other: CustomerRef) -> CustomerRef | None:
        """Return the one of the same identity."""
        return self._by_identity.get(other.identity)

    def of_code(self, code: str) -> list[CustomerRef]:
        """Return those of a code; none for no code."""
        return self._coded.get(code, []) if code else []

    def of_name(self, name: str) -> list[CustomerRef]:
        """Return those of a name."""
        return self._named.get(name, [])

    def at_place(self, place: str) -> list[CustomerRef]:
        """Return those at an address; none for no address."""
        return self._placed.get(place, []) if place else []

    def guess(self, code: str, name: str) -> CustomerRef | None:
        """Return the customer whom somebody means by code or name alone, None where it may be several or none."""
        typed = CustomerRef.of(code or name, name, ())
        if code and name:
            return self.same_as(typed)
        alike = self.of_name(typed.name) if name else self.of_code(plain_title(code).lstrip("0"))
        return alike[0] if len(alike) == 1 else None


class KnownPeople:
    """Those of the list, and those of whom a row or a note is: who of them is the same as before.

    Whoever keeps two of code, name and address is the same, where nobody else could be meant. Whoever keeps one only may be:
    nothing of theirs is taken over, but who was never to be reminded is not, until somebody has said who it is.
    """

    def __init__(
        self,
        listed: Collection[CustomerRef],
        earlier: Collection[CustomerRef] = (),
        rows: Collection[CustomerRef] = (),
        at_once: Collection[CustomerRef] = (),
    ) -> None:
        """`earlier`: all of whom anything is known; `rows`: those who have a row; `at_once`: who were in the last list."""
        #: The codes, normalised, that several have: nobody is known by such a code.
        self.shared = shared_codes(listed) | shared_codes(at_once)
        self.listed = CustomerRefs(listed)
        # A row is renamed with its customer, a note never is: it counts for another namesake only where there are no rows.
        self._earlier = CustomerRefs(rows or earlier)
        self._rows = CustomerRefs(rows)
        self.everyone = CustomerRefs((*self.listed.all, *(self._found(one) or one for one in earlier)))
        #: The codes of the list under which somebody else has a row, who is not known to be the same.
        self.unsettled = frozenset(
            one.code for one in rows if self.listed.of_code(one.code) and self._found(one) is None
        )

    def own_code(self, code: str) -> str:
        """Return a code that stands for one customer alone, empty for any other: what is noted must not be another's."""
        return "" if plain_title(code).lstrip("0") in self.shared else code

    def whose(self, earlier: CustomerRef) -> CustomerRef:
        """Return the customer that a reference is of: one of the list, else one who is known, else itself."""
        return self._found(earlier) or self.everyone.same_as(earlier) or earlier

    def _found(self, earlier: CustomerRef) -> CustomerRef | None:
        """Return who of the list somebody is: of the same identity, or the only one who has as much in common."""
        known = self.listed.same_as(earlier)
        if known is not None:
            return known
        # Two who have a row each are not one under two names; a note may be of whoever has the row by now.
        has_row = self._rows.same_as(earlier) is not None
        alike = (
            [one for one in ones if not has_row or self._rows.same_as(one) is None] for ones in self._alike(earlier)
        )
        return next((ones[0] for ones in alike if len(ones) == 1), None)

    def _alike(self, earlier: CustomerRef) -> Iterator[list[CustomerRef]]:
        """Yield, from the surest on, who of the list is somebody whose code, name or address changed."""
        there = self.listed.at_place(earlier.place)
        if earlier.code and earlier.code not in self.shared:
            # Renamed: code and address are the same.
            yield [one for one in there if one.code == earlier.code]
        others = [one for one in self._earlier.of_name(earlier.name) if one.identity != earlier.identity]
        if not any(one.place == earlier.place for one in others):
            # The code came, went or changed: name and address are the same.
            yield [one for one in there if one.name == earlier.name]
        namesakes = self.listed.of_name(earlier.name)
        if not earlier.code and not others and len(namesakes) == 1:
            # Moved, in a list without codes: nobody else has or had that name.
            yield [one for one in namesakes if not one.code]

    def perhaps(self, earlier: CustomerRef) -> list[CustomerRef]:
        """Return who of the list may be somebody who is none of them for sure."""
        if self._found(earlier) is not None:
            return []
        there = self.listed.at_place(earlier.place)
        of_code = self.listed.of_code(earlier.code)
        if earlier.code in self.shared:
            of_code = [one for one in of_code if one in there]
        new_there = [one for one in there if self._rows.same_as(one) is None]
        neighbours = new_there if not earlier.code and len(new_there) == 1 else []
        return list(dict.fromkeys((*of_code, *self.listed.of_name(earlier.name), *neighbours)))


NOBODY = KnownPeople(())
