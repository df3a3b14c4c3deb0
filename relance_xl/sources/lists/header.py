"""The row of titles: where it is, and which column holds which field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from relance_xl.core.texts.typed import plain_title
from relance_xl.sources.lists.titles import currency_of, field_of, is_age_group, is_status, may_be_age_group
from relance_xl.sources.table import TableRow, as_text

#: Without these nothing can be proposed.
REQUIRED = ("number", "customer", "due_date", "open_amount")
# What must not be guessed among several columns.
_ONE_ONLY = (*REQUIRED, "currency")
#: How far down titles are looked for: software prints its name, the day and more above them (rows).
_LEADING = 30
# Of these an aged list has at least so many columns.
_AGE_GROUPS = 3
# So many columns that are understood make a row one of titles where the names stand in rows of their own.
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Header:
    """The header row: where it is, its titles as written, and which column holds which field.

    `statuses`: the columns that say how things stand; `ages`: those of an aged list; `given`: the fields that the
    settings name; `beside`: the columns that seem to hold a field too, less surely; `told_elsewhere`: the fields that need no
    column: customers in rows of their own above their invoices, due dates by terms of payment; `shown`: the currencies that cells of a column show without holding them.
    """

    line: int
    titles: tuple[str, ...]
    columns: Mapping[str, int]
    statuses: tuple[int, ...] = ()
    ages: tuple[int, ...] = ()
    given: frozenset[str] = frozenset()
    beside: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    told_elsewhere: frozenset[str] = frozenset()
    shown: Mapping[int, str] = field(default_factory=dict)

    def title(self, field: str) -> str:
        """Return the title under which the user knows a field; "" where it has none."""
        place = self.columns.get(field)
        return self.titles[place] if place is not None and place < len(self.titles) else ""

    def missing(self) -> tuple[str, ...]:
        """Return the fields without which nothing can be proposed and which have no column."""
        has_sides = {"debit", "credit"} <= self.columns.keys()
        is_aged = len(self.ages) >= _AGE_GROUPS
        found = {*self.columns, *self.told_elsewhere, *(("open_amount",) if has_sides or is_aged else ())}
        if not {"customer", "number"} & self.columns.keys() and self._is_first_untitled():
            # An outline: customers in rows of their own, the numbers below them, under no title.
            found |= {"customer", "number"}
        return tuple(one for one in REQUIRED if one not in found)

    def _is_first_untitled(self) -> bool:
        return bool(self.titles) and not self.titles[0] and len(self.columns) >= _ENOUGH

    @property
    def has_untitled_numbers(self) -> bool:
        """Whether numbers can only stand in the first column, which has no title."""
        return "number" not in self.columns and self._is_first_untitled()

    @property
    def has_sides(self) -> bool:
        """Whether amounts stand in two columns, debit and credit."""
        return {"debit", "credit"} <= self.columns.keys()

    @property
    def is_aged(self) -> bool:
        """Whether what is owed stands in columns by its age."""
        return len(self.ages) >= _AGE_GROUPS

    def unread(self) -> tuple[str, ...]:
        """Return the titles of which nothing is understood."""
        used = {
            *self.columns.values(),
            *self.statuses,
            *self.ages,
            *(one for ones in self.beside.values() for one in ones),
        }
        return tuple(title for place, title in enumerate(self.titles) if title and place not in used)


class DuplicateColumnError(ValueError):
    """Two columns seem to hold one field."""

    def __init__(self, field: str, titles: tuple[str, str]) -> None:
        super().__init__(f"{field}: {titles}")
        self.field = field
        self.titles = titles


def find_header(rows: Sequence[TableRow], given: Mapping[str, str]) -> Header | None:
    """Return the first of the leading rows in which all that is needed is named, else nearly all; None: there is none.

    `given` are the user's own titles by field, from [source.columns]. Raises DuplicateColumnError.
    """
    nearly: tuple[Header, DuplicateColumnError | None] | None = None
    for header, twice in _headers(rows[:_LEADING], given):
        missing = header.missing()
        if not missing:
            return _settled(header, twice)
        is_near = len(missing) == 1 or (set(missing) <= {"customer", "open_amount"} and len(header.columns) >= _ENOUGH)
        if nearly is None and is_near:
            nearly = header, twice
    return _settled(*nearly) if nearly else None


def _settled(header: Header, twice: DuplicateColumnError | None) -> Header:
    if twice is not None:
        raise twice
    return header


def likely_header(rows: Sequence[TableRow], given: Mapping[str, str]) -> Header | None:
    """Return of the leading rows the one that looks most like titles, for a person to say what its columns hold.

    None: nothing is written there.
    """
    headers = [header for header, _twice in _headers(rows[:_LEADING], given)]
    return max(headers, key=lambda one: (len(one.columns), sum(map(bool, one.titles))), default=None)


def _headers(
    rows: Sequence[TableRow], given: Mapping[str, str]
) -> Iterator[tuple[Header, DuplicateColumnError | None]]:
    """Yield each row as a header, alone and below the one above it, whose titles reach over several columns."""
    above: tuple[str, ...] = ()
    for row in rows:
        if row.is_blank():
            continue
        titles = tuple(as_text(cell).strip() for cell in row.cells)
        alone = _header_of(row.line, titles, given)
        both = _header_of(row.line, _below(above, titles), given) if above else alone
        yield both if len(both[0].missing()) < len(alone[0].missing()) else alone
        above = titles


def _below(above: tuple[str, ...], titles: tuple[str, ...]) -> tuple[str, ...]:
    """Return titles with those above them, each of which holds up to the next."""
    joined, last = list[str](), ""
    for place, title in enumerate(titles):
        last = above[place] if place < len(above) and above[place] else last
        joined.append(f"{title} {last}".strip() if title else "")
    return tuple(joined)


def _header_of(
    line: int, titles: tuple[str, ...], given: Mapping[str, str]
) -> tuple[Header, DuplicateColumnError | None]:
    """Return a row as a header, and the error of its first field found twice: it counts only in the real header."""
    own = {plain_title(title): name for name, title in given.items()}
    found: dict[str, list[tuple[int, int]]] = {}
    statuses, ages = list[int](), list[int]()
    for place, title in enumerate(titles):
        name = plain_title(title)
        if not name:
            continue
        known = (-1, own[name]) if name in own else field_of(name) or currency_of(name)
        if known is not None and not (known[1] in given and name not in own):
            found.setdefault(known[1], []).append((known[0], place))
        elif known is None and is_status(name):
            statuses.append(place)
        elif known is None and is_age_group(name):
            ages.append(place)
    twice: DuplicateColumnError | None = None
    columns, beside = dict[str, int](), dict[str, tuple[int, ...]]()
    for name, places in found.items():
        (rank, first), *others = sorted(places)
        columns[name] = first
        same = next((place for other, place in others if other == rank), None)
        if same is not None and name in _ONE_ONLY:
            twice = twice or DuplicateColumnError(name, (titles[first], titles[same]))
        elif same is not None and name == "total":
            # Which of them is the invoice's nobody knows, and it is only told.
            beside[name] = (columns.pop(name), *(place for _rank, place in others))
            continue
        beside[name] = tuple(place for _rank, place in others)
    if len(ages) > 1:
        used = {*columns.values(), *statuses, *ages}
        lost = [
            place for place, title in enumerate(titles) if place not in used and may_be_age_group(plain_title(title))
        ]
        ages = sorted({*ages, *lost})
    given_there = frozenset(name for name in given if name in columns)
    return Header(line, titles, columns, tuple(statuses), tuple(ages), given_there, beside), twice
