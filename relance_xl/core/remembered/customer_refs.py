"""Which customer a row or a note is of: codes stand for several (`DIVERS`), names are spelt anew, lists have no codes."""

import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable
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
    """Return the codes under which several are known (`DIVERS`): nobody is known by such a code."""
    names: dict[str, set[str]] = defaultdict(set)
    places: dict[str, set[str]] = defaultdict(set)
    for one in refs:
        names[one.code].add(one.name)
        places[one.code].add(one.place)
    return frozenset(code for code in names if len(names[code]) > 1 and len(places[code]) != 1)


class CustomerRefs:
    """Customers, asked which of them somebody noted earlier is.

    One with a code of their own is the same while name or address stays. One without a code is known by the name, and by
    the address where several bear it.
    """

    def __init__(self, refs: Iterable[CustomerRef], shared: Collection[str] = ()) -> None:
        """`shared`: the codes that several have, of whom some may have left the list."""
        first: dict[tuple[str, str], CustomerRef] = {}
        for one in refs:
            first.setdefault(one.identity, one)
        self.all = tuple(first.values())
        self._by_identity = first
        self._named: dict[str, list[CustomerRef]] = defaultdict(list)
        self._placed: dict[tuple[str, str], list[CustomerRef]] = defaultdict(list)
        for one in self.all:
            if not one.code:
                self._named[one.name].append(one)
            elif one.place and one.code not in shared:
                self._placed[one.code, one.place].append(one)

    def guess(self, code: str, name: str) -> CustomerRef | None:
        """Return the customer whom somebody means by code or name alone, None where it may be several or none."""
        typed = CustomerRef.of(code or name, name, ())
        if code and name:
            return self.find(typed)
        alike = [
            one for one in self.all if (typed.name == one.name if name else plain_title(code).lstrip("0") == one.code)
        ]
        return alike[0] if len(alike) == 1 else None

    def find(self, earlier: CustomerRef) -> CustomerRef | None:
        """Return the customer that an earlier reference is of, None where it is none of them."""
        known = self._by_identity.get(earlier.identity)
        if known is not None:
            return known
        alike = (
            self._placed.get((earlier.code, earlier.place), []) if earlier.code else self._named.get(earlier.name, [])
        )
        return alike[0] if len(alike) == 1 else None


class KnownPeople(NamedTuple):
    """All of whom anything is known: those of the list, and with them those of whom something was noted.

    `shared`: the codes that several have, normalised: nobody is known by such a code; `shared_now`: those of the list.
    """

    listed: CustomerRefs
    everyone: CustomerRefs
    shared: frozenset[str] = frozenset()
    shared_now: frozenset[str] = frozenset()

    @classmethod
    def of(cls, listed: Collection[CustomerRef], earlier: Collection[CustomerRef]) -> "KnownPeople":
        """`earlier`: references in the sheet and in the journal."""
        shared = shared_codes((*listed, *earlier))
        refs = CustomerRefs(listed, shared)
        return cls(
            refs,
            CustomerRefs((*refs.all, *(refs.find(one) or one for one in earlier)), shared),
            shared,
            shared_codes(listed),
        )

    def own_code(self, code: str) -> str:
        """Return a code that stands for one customer alone, empty for any other: what is noted must not be another's."""
        return "" if plain_title(code).lstrip("0") in self.shared else code

    def whose(self, earlier: CustomerRef) -> CustomerRef:
        """Return the customer that a reference is of: one of the list, else one who is known, else itself."""
        return self.listed.find(earlier) or self.everyone.find(earlier) or earlier


NOBODY = KnownPeople.of((), ())
