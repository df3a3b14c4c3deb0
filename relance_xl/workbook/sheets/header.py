"""Finds our lists in a user's workbook: the sheet, the row of titles, and the column of each field.

A defined name on each title's cell leads there, and titles are known in every language. Programs that move cells
without moving names (openpyxl's insert_cols) leave names on other cells: a title outweighs a name that does not say it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from relance_xl.core.texts.typed import plain_title
from relance_xl.runtime.errors import EditsError, Fault
from relance_xl.runtime.language import _, in_every_language
from relance_xl.workbook.ooxml.cells import address
from relance_xl.workbook.sheets.columns import (
    CALL_COLUMNS,
    CUSTOMER_COLUMNS,
    LEDGER_COLUMNS,
    REMINDER_COLUMNS,
    Column,
    ListLayout,
)
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Place, Spreadsheet

# A header stands in one of so many rows at the top.
_SEARCHED_ROWS = 50
_LISTS = (REMINDER_COLUMNS, CUSTOMER_COLUMNS, CALL_COLUMNS, LEDGER_COLUMNS)


@dataclass(frozen=True, slots=True)
class ListKind:
    """One of our lists: its sheet's title, its columns, and what the names on their titles begin with."""

    title: str
    columns: tuple[Column, ...]
    anchor: str


@dataclass(frozen=True, slots=True)
class FoundList:
    """The sheet of a list, and where its columns are."""

    sheet: Sheet
    layout: ListLayout


def find_list(spreadsheet: Spreadsheet, kind: ListKind) -> FoundList | None:
    """Return the sheet that our names lead to, else the one of that title, else the only one with our titles.

    The last only where a program dropped all names, or renamed the sheet and left them behind (openpyxl): a sheet that
    shows the titles of another list of ours is that list, whatever its own name is and whichever names lead there.
    Raises EditsError where it cannot be told which columns are ours.
    """
    named = Counter(place.sheet for place in _named_places(spreadsheet, kind))
    ours = [name for name, _count in named.most_common(1) if not _is_another_list(spreadsheet.sheet(name), kind)]
    titled = [name for name in spreadsheet.worksheet_names() if name.casefold() in _sheet_titles(kind)]
    for name in dict.fromkeys((*ours, *titled)):
        if name in titled and _is_another_list(spreadsheet.sheet(name), kind):
            continue
        found = _found_in(spreadsheet.sheet(name), spreadsheet, kind)
        if found is not None and _hits(found.sheet, found.layout.header_row, kind.columns):
            return found
    alike = _only_one_alike(spreadsheet, kind)
    return _found_in(spreadsheet.sheet(ours[0]), spreadsheet, kind) if ours and alike is None else alike


def _is_another_list(sheet: Sheet, kind: ListKind) -> bool:
    """Whether a sheet shows another list's titles, and not those of the one looked for."""
    if _header_row_by_titles(sheet, kind.columns) is not None:
        return False
    return any(_header_row_by_titles(sheet, one) is not None for one in _LISTS if one is not kind.columns)


def _named_places(spreadsheet: Spreadsheet, kind: ListKind) -> Iterator[Place]:
    for column in kind.columns:
        place = spreadsheet.named_cell(kind.anchor + column.field)
        if place is not None and place.sheet in spreadsheet.sheet_names():
            yield place


def _sheet_titles(kind: ListKind) -> set[str]:
    return {title.casefold() for title in in_every_language(kind.title)}


def _only_one_alike(spreadsheet: Spreadsheet, kind: ListKind) -> FoundList | None:
    """Return the only sheet that shows most of our titles, else the only one that shows half, as the cards do."""
    sheets = [spreadsheet.sheet(name) for name in spreadsheet.worksheet_names()]
    rows = [(sheet, row) for sheet in sheets if (row := _header_row_by_titles(sheet, kind.columns)) is not None]
    most = [sheet for sheet, row in rows if _hits(sheet, row, kind.columns) * 4 >= len(kind.columns) * 3]
    alike = most or [sheet for sheet, _row in rows]
    return _found_in(alike[0], spreadsheet, kind) if len(alike) == 1 else None


def _found_in(sheet: Sheet, spreadsheet: Spreadsheet, kind: ListKind) -> FoundList | None:
    layout = find_layout(spreadsheet, sheet, kind.columns, kind.anchor)
    return FoundList(sheet, layout) if layout is not None else None


def find_layout(spreadsheet: Spreadsheet, sheet: Sheet, columns: tuple[Column, ...], anchor: str) -> ListLayout | None:
    """Find our columns in a sheet. Returns None where no header row is recognised.

    Raises EditsError where it cannot be told which of two columns is ours: the other may be a copy.
    """
    named = {
        column.field: place
        for column in columns
        if (place := spreadsheet.named_cell(f"{anchor}{column.field}")) is not None and place.sheet == sheet.name
    }
    rows = Counter(place.row for place in named.values())
    named_row = rows.most_common(1)[0][0] if rows else None
    header_row = _header_row(sheet, columns, named_row)
    if header_row is None:
        return None
    names = {field: place.column for field, place in named.items() if place.row == named_row}
    search = _ColumnSearch(sheet, header_row, columns, names)
    found = search.columns()
    if search.faults:
        raise EditsError(
            _("It cannot be told which columns are the program's."),
            search.faults,
            _("Rename or delete those that are copies."),
        )
    return ListLayout(header_row, found)


def _header_row(sheet: Sheet, columns: tuple[Column, ...], named_row: int | None) -> int | None:
    """Return the row of titles: where the names lead, unless none of our titles stands there but in another row."""
    if named_row is not None and _hits(sheet, named_row, columns):
        return named_row
    return _header_row_by_titles(sheet, columns) or named_row


class _ColumnSearch:
    """Finds each field's column in a header row."""

    def __init__(self, sheet: Sheet, row: int, columns: tuple[Column, ...], names: Mapping[str, int]) -> None:
        self.faults: list[Fault] = []
        self._sheet, self._row, self._columns, self._names = sheet, row, columns, names
        self._texts = sheet.titles_in(row)
        self._ours = {title for column in columns for title in _titles(column.title)}
        self._found: dict[str, int] = {}

    def columns(self) -> dict[str, int]:
        """Return what was found, in our columns' order."""
        for column in self._columns:
            index = self._names.get(column.field)
            if index is not None and self._texts.get(index) in _titles(column.title):
                self._found[column.field] = index
        for column in self._columns:
            if column.field not in self._found and not self._may_be_renamed_in_place(column):
                self._find_by_title(column)
        # Where the titles around it are still at their names, nothing was moved: a column of our title is the user's own.
        for column in self._left():
            if self._is_renamed_in_place(column):
                self._found[column.field] = self._names[column.field]
        for column in self._left():
            self._find_by_title(column)
        renamed = {column.field: self._renamed(column) for column in self._left()}
        shared = Counter(index for index in renamed.values() if index is not None)
        self._found |= {field: index for field, index in renamed.items() if index is not None and shared[index] == 1}
        return {column.field: self._found[column.field] for column in self._columns if column.field in self._found}

    def _left(self) -> list[Column]:
        return [] if self.faults else [column for column in self._columns if column.field not in self._found]

    def _may_be_renamed_in_place(self, column: Column) -> bool:
        """Whether a title's name leads to a cell that nothing else of ours claims, with a title of the user's or none."""
        index = self._names.get(column.field)
        if index is None or index in self._found.values() or self._texts.get(index) in self._ours:
            return False
        return index in self._texts or self._looks_like_ours(index)

    def _is_renamed_in_place(self, column: Column) -> bool:
        """Whether the user renamed a title, and nothing was moved: then it counts, whatever else bears the old title.

        A title that a program put in, or that stands where a column was moved away, has no look of ours.
        """
        if not self._may_be_renamed_in_place(column):
            return False
        index = self._names[column.field]
        shifts = {self._shift_beside(index, step) for step in (-1, 1)} - {None}
        return shifts == {0} and self._looks_like_ours(index)

    def _looks_like_ours(self, index: int) -> bool:
        looks = {self._sheet.style(self._row, found) for found in self._found.values()} - {None, "0"}
        return self._sheet.style(self._row, index) in looks

    def _find_by_title(self, column: Column) -> None:
        titles = _titles(column.title)
        places = [index for index, text in self._texts.items() if text in titles and index not in self._found.values()]
        if len(places) == 1:
            self._found[column.field] = places[0]
        elif places:
            problem = _("the title “{title}” stands more than once").format(title=_(column.title))
            self._fault(problem, places)

    def _renamed(self, column: Column) -> int | None:
        """Return the column of a title that the user renamed, or cleared: where its name leads, and beside it.

        Where the titles beside it are no longer at their names, cells were moved without their names: it moved as they
        did, and a title that was cleared is not told from a column that was put in.
        """
        index = self._names.get(column.field)
        if index is None:
            return None
        shifts = {shift for step in (-1, 1) if (shift := self._shift_beside(index, step)) is not None} or {0}
        free = [index + shift for shift in sorted(shifts) if self._may_be_renamed(index + shift)]
        titled = [place for place in free if place in self._texts]
        if len(titled) > 1:
            self._fault(_("one of these was “{title}”: which?").format(title=_(column.title)), titled)
        # A title that was cleared keeps its look; where it has none, a deleted column left its name to the next one.
        if not titled and shifts == {0} and free and self._sheet.style(self._row, index) not in {None, "0"}:
            return index
        return titled[0] if titled else None

    def _may_be_renamed(self, index: int) -> bool:
        return index not in self._found.values() and self._texts.get(index) not in self._ours

    def _shift_beside(self, index: int, step: int) -> int | None:
        """Return how far the nearest title on one side stands from its name, None where there is none."""
        beside = [
            (abs(name - index), self._found[field] - name)
            for field, name in self._names.items()
            if field in self._found and (name - index) * step > 0
        ]
        return min(beside)[1] if beside else None

    def _fault(self, problem: str, places: list[int]) -> None:
        where = ", ".join(f"{self._sheet.name}!{address(index, self._row)}" for index in places)
        self.faults.append(Fault(problem, where))


@cache
def _titles(source: str) -> frozenset[str]:
    """Return a title as it may stand in a sheet, normalised, in every language."""
    return frozenset(plain_title(title) for title in in_every_language(source))


def _hits(sheet: Sheet, row: int, columns: tuple[Column, ...]) -> int:
    """Count the titles of ours that stand in a row."""
    texts = set(sheet.titles_in(row).values())
    return sum(not texts.isdisjoint(_titles(column.title)) for column in columns)


def _header_row_by_titles(sheet: Sheet, columns: tuple[Column, ...]) -> int | None:
    """Return the first row that shows at least half of our titles."""
    rows = sheet.row_numbers()[:_SEARCHED_ROWS]
    return next((row for row in rows if _hits(sheet, row, columns) * 2 >= len(columns)), None)
