"""What of ours is gone from a user's workbook: sheets, columns, names, rules. The next export brings it back."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from relance_xl.core.texts.typed import plain_title
from relance_xl.runtime.language import _, in_every_language, ngettext
from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.ooxml.cells import value_text
from relance_xl.workbook.sheets.calls.sheet import CALLS
from relance_xl.workbook.sheets.columns import (
    CALLS_SHEET,
    COUNT_NAME,
    CUSTOMER_SHEET,
    CUSTOMERS_SHEET,
    DASHBOARD_SHEET,
    HOWTO_SHEET,
    INVOICE_SHEET,
    LEDGER_SHEET,
    LISTS_SHEET,
    PREFERRED_FIELD,
    REMINDERS_SHEET,
    REQUEST_NAME,
    TICK_ALL_NAMES,
    Column,
)
from relance_xl.workbook.sheets.customers.sheet import CUSTOMERS
from relance_xl.workbook.sheets.dashboard_places import DASHBOARD
from relance_xl.workbook.sheets.fixed_places import BAND_LABEL, CUSTOMER_CARD, INVOICE_CARD
from relance_xl.workbook.sheets.fixed_sheets import find_fixed_sheet, is_moved
from relance_xl.workbook.sheets.header import FoundList, ListKind, find_list
from relance_xl.workbook.sheets.history.sheet import LEDGER
from relance_xl.workbook.sheets.lists import LIST_NAMES, LISTS, NEW_LIST_NAMES
from relance_xl.workbook.sheets.names import FIXED_SHEETS, day_place, misplaced_names
from relance_xl.workbook.sheets.reminders.sheet import REMINDERS, RemindersSheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet

#: Our sheets' titles, in the order of a new workbook.
SHEET_ORDER = (
    REMINDERS_SHEET, CUSTOMERS_SHEET, CALLS_SHEET, DASHBOARD_SHEET, LEDGER_SHEET, CUSTOMER_SHEET, INVOICE_SHEET, HOWTO_SHEET, LISTS_SHEET,
)  # fmt: skip
#: Our lists, whose rows come and go.
LIST_KINDS = (REMINDERS, CUSTOMERS, CALLS, LEDGER)
#: The sheets of a fixed layout that every export calculates.
_CALCULATED = (DASHBOARD, CUSTOMER_CARD, INVOICE_CARD)
#: The columns with a rule for what may be typed into them.
_MAX_ROW = 1_048_576
_RULED = ("level", "post", "email_tick", "phone_tick", "suspension", "until", "next_date")


@dataclass(frozen=True, slots=True)
class MissingColumn:
    """A column of ours that one of our lists no longer has, or the title of which is gone.

    `is_new`: it never had it, as an earlier version of the program made the workbook.
    """

    kind: ListKind
    column: Column
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """What is gone. `sheets` are titles' English sources, `rules` columns by title, `band` the tick-all cells' row.

    `day`: the cell that shows today, which formulas look at.
    """

    sheets: tuple[str, ...] = ()
    #: Of these, what an earlier version of the program did not have.
    new_sheets: tuple[str, ...] = ()
    columns: tuple[MissingColumn, ...] = ()
    names: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    band: bool = False
    day: bool = False
    #: The cell in which one asks for something.
    request: bool = False

    def texts(self) -> tuple[str, ...]:
        """Return each thing in words."""
        return tuple(self._texts())

    def _texts(self) -> Iterator[str]:
        for title in self.sheets:
            if title in self.new_sheets:
                continue
            yield _("the sheet “{title}”").format(title=_(title))
        for one in self.columns:
            if one.is_new:
                continue
            yield _("the column “{title}” of the sheet “{sheet}”").format(
                title=_(one.column.title), sheet=_(one.kind.title)
            )
        if self.band:
            yield _("the cells that tick all")
        if self.day:
            yield _("the cell that shows today")
        if self.request:
            yield _("the cell for requests")
        for title in self.rules:
            yield _("the rule for what may be typed into “{title}”").format(title=_(title))
        if self.names:
            yield ngettext("a name of a cell ({names})", "{count} names of cells ({names}, …)", len(self.names)).format(
                count=len(self.names), names=self.names[0]
            )

    def new_texts(self) -> tuple[str, ...]:
        """Return in words the sheets and columns that an earlier version of the program did not have."""
        sheets = (_("the sheet “{title}”").format(title=_(title)) for title in self.new_sheets)
        return (*sheets, *(_(one.column.title) for one in self.columns if one.is_new))


def present_sheets(spreadsheet: Spreadsheet) -> dict[str, str]:
    """Return the present names of our sheets that are there, by their titles' English sources."""
    return _sheets_by_title(spreadsheet, _present_lists(spreadsheet))


def _present_lists(spreadsheet: Spreadsheet) -> dict[str, FoundList]:
    """Return our lists that are there, by their titles' English sources: each is looked for once."""
    return {kind.title: listed for kind in LIST_KINDS if (listed := find_list(spreadsheet, kind)) is not None}


def _sheets_by_title(spreadsheet: Spreadsheet, lists: Mapping[str, FoundList]) -> dict[str, str]:
    found = {title: listed.sheet for title, listed in lists.items()}
    found |= {kind.title: sheet for kind in FIXED_SHEETS if (sheet := find_fixed_sheet(spreadsheet, kind)) is not None}
    return {title: sheet.name for title, sheet in found.items()}


def find_missing(spreadsheet: Spreadsheet, with_rules: bool = True) -> Missing:
    """Return what is gone. Raises EditsError where it cannot be told which columns are ours.

    `with_rules`: look for rules too, which stand behind all rows of a sheet.
    """
    lists = _present_lists(spreadsheet)
    present, reminders = _sheets_by_title(spreadsheet, lists), lists.get(REMINDERS.title)
    return Missing(
        tuple(title for title in SHEET_ORDER if title not in present),
        tuple(_new_sheets(spreadsheet, present)),
        tuple(_columns(spreadsheet, lists)),
        tuple(_names(spreadsheet)),
        tuple(_rules(reminders)) if with_rules and reminders else (),
        reminders is not None and _lacks_band(spreadsheet, reminders),
        reminders is not None and _lacks_day(spreadsheet, reminders),
        # A workbook of an earlier version never had it: no name of it is left.
        reminders is not None and spreadsheet.has_name(REQUEST_NAME) and spreadsheet.is_broken(REQUEST_NAME),
    )


def _new_sheets(spreadsheet: Spreadsheet, present: Collection[str]) -> Iterator[str]:
    """Yield the lists that a workbook of an earlier version never had: no name of theirs is left, but names of others."""
    if any(spreadsheet.has_name(REMINDERS.anchor + column.field) for column in REMINDERS.columns):
        for kind in LIST_KINDS:
            has_names = any(spreadsheet.has_name(kind.anchor + column.field) for column in kind.columns)
            if kind.title not in present and not has_names:
                yield kind.title


def moved_text(spreadsheet: Spreadsheet) -> str:
    """Say which sheets of a fixed layout are left as they are, as rows or columns came or went in them; empty: none."""
    moved = [
        sheet.name
        for kind in _CALCULATED
        if (sheet := find_fixed_sheet(spreadsheet, kind)) and is_moved(spreadsheet, kind, sheet)
    ]
    if not moved:
        return ""
    text = _(
        "Rows or columns were put into or taken out of these sheets, so they are left as they are: {sheets}. Delete "
        "such a sheet, and relance-xl export makes it anew."
    )
    return text.format(sheets=", ".join(moved))


def _columns(spreadsheet: Spreadsheet, lists: Mapping[str, FoundList]) -> Iterator[MissingColumn]:
    for kind in LIST_KINDS:
        found = lists.get(kind.title)
        has_names = any(spreadsheet.has_name(kind.anchor + column.field) for column in kind.columns)
        for column in kind.columns if found is not None else ():
            # A program that deletes the last column leaves its name where it was.
            index = found.layout.column(column.field) if found is not None else None
            if index is None or found is None or found.sheet.value(found.layout.header_row, index) is None:
                # A column that was deleted leaves its name behind, which leads nowhere.
                is_new = has_names and not spreadsheet.has_name(kind.anchor + column.field)
                yield MissingColumn(kind, column, is_new)


def _names(spreadsheet: Spreadsheet) -> Iterator[str]:
    # What an earlier version of the program did not name is not missed.
    new = {COUNT_NAME, TICK_ALL_NAMES[PREFERRED_FIELD]}
    yield from (name for name in misplaced_names(spreadsheet) if name not in new or spreadsheet.has_name(name))
    if find_fixed_sheet(spreadsheet, LISTS) is not None:
        known = (name for name in LIST_NAMES if name not in NEW_LIST_NAMES or spreadsheet.has_name(name))
        yield from (name for name in known if spreadsheet.is_broken(name))


def _rules(found: FoundList) -> Iterator[str]:
    for column in REMINDERS.columns:
        index = found.layout.column(column.field)
        if index is None or column.field not in _RULED:
            continue
        if not found.sheet.has_validation(Area(index, found.layout.first_row, index, _MAX_ROW)):
            yield column.title


def _lacks_day(spreadsheet: Spreadsheet, found: FoundList) -> bool:
    return day_place(RemindersSheet(spreadsheet, found.sheet, found.layout)) is None


def _lacks_band(spreadsheet: Spreadsheet, listed: FoundList) -> bool:
    """Whether the row of the tick-all cells was deleted: its names are broken, and its label is gone too."""
    if any(not spreadsheet.is_broken(name) for name in TICK_ALL_NAMES.values()):
        return False
    found = RemindersSheet(spreadsheet, listed.sheet, listed.layout)
    labels = {plain_title(text) for text in in_every_language(BAND_LABEL)}
    above = range(1, listed.layout.header_row)
    texts = (value_text(found.sheet.value(row, column)) for row in above for column in found.sheet.columns_of(row))
    return labels.isdisjoint(map(plain_title, texts))
