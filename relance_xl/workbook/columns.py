"""Our columns: their titles, widths and formats; how a user's workbook still tells them apart."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from relance_xl.core.typed import plain_title
from relance_xl.errors import EditsError, Fault
from relance_xl.language import _, in_every_language
from relance_xl.workbook.cells import CellError, address
from relance_xl.workbook.document import Document
from relance_xl.workbook.growth import Growth
from relance_xl.workbook.sheet import MISSING_COLUMN, Sheet


class Kind(StrEnum):
    """How a column's cells look."""

    TEXT = "text"
    CENTRED = "centred"
    WHOLE = "whole"
    MONEY = "money"
    DAY = "day"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Column:
    """One of our columns. `title` is the English source of its translated title; `width` in characters."""

    field: str
    title: str
    width: int
    kind: Kind = Kind.TEXT
    edited: bool = False
    hidden: bool = False


def N_(text: str) -> str:  # noqa: N802 - the usual name of what marks a text for translation later
    """Mark a text for the catalogs; it is translated where it is used."""
    return text


REMINDERS_SHEET = N_("Reminders")
DASHBOARD_SHEET = N_("Dashboard")
LEDGER_SHEET = N_("History")
CUSTOMER_SHEET = N_("Customer card")
INVOICE_SHEET = N_("Invoice card")
HOWTO_SHEET = N_("How to")
LISTS_SHEET = N_("Lists")
#: The name of a cell of that sheet, by which it is found.
LISTS_ANCHOR = "relance_propositions"

REMINDER_COLUMNS = (
    Column("key", N_("Ref."), 14, hidden=True),
    Column("number", N_("Invoice no."), 14),
    Column("customer_code", N_("Customer code"), 11),
    Column("customer", N_("Customer"), 28),
    Column("invoice_date", N_("Invoice date"), 11, Kind.DAY),
    Column("due_date", N_("Due date"), 11, Kind.DAY),
    Column("days_overdue", N_("Overdue (d)"), 9, Kind.WHOLE),
    Column("total", N_("Amount incl. tax"), 13, Kind.MONEY),
    Column("open_amount", N_("Open amount"), 13, Kind.MONEY),
    Column("currency", N_("Currency"), 8, Kind.CENTRED),
    Column("last_date", N_("Last reminder"), 11, Kind.DAY),
    Column("last_level", N_("Last level"), 17),
    Column("last_comment", N_("Last comment"), 22),
    Column("planned", N_("Reminder planned on"), 11, Kind.DAY),
    Column("level", N_("Level"), 17, edited=True),
    Column("post", N_("By post"), 12, Kind.CENTRED, edited=True),
    Column("email_tick", N_("By email"), 11, Kind.CENTRED, edited=True),
    Column("sending", N_("Sending"), 19),
    Column("email", N_("Email"), 30, edited=True),
    Column("comment", N_("Comment"), 26, edited=True),
    Column("next_date", N_("Next reminder"), 11, Kind.DAY, edited=True),
    Column("status", N_("Status"), 46),
    Column("document", N_("Document"), 30, Kind.LINK),
)

LEDGER_COLUMNS = (
    Column("key", N_("Reminder"), 22),
    Column("batch", N_("Batch"), 15),
    Column("day", N_("Date"), 11, Kind.DAY),
    Column("number", N_("Invoice no."), 14),
    Column("customer_code", N_("Customer code"), 11),
    Column("customer", N_("Customer"), 28),
    Column("level", N_("Level"), 17),
    Column("ordinal", N_("No."), 5, Kind.WHOLE),
    Column("channel", N_("Channel"), 10),
    Column("recipient", N_("Recipient"), 30),
    Column("open_amount", N_("Open amount"), 13, Kind.MONEY),
    Column("outcome", N_("Outcome"), 16),
    Column("next_date", N_("Next reminder"), 11, Kind.DAY, edited=True),
    Column("comment", N_("Comment"), 28, edited=True),
    Column("proposed_level", N_("Proposed level"), 17),
    Column("operator", N_("By"), 12),
    Column("document", N_("Document"), 42, Kind.LINK),
    # For the cards: "C012|3" is the third row of customer C012. Written as values: no spreadsheet must count.
    Column("customer_rank", N_("Customer row"), 10, hidden=True),
    Column("invoice_rank", N_("Invoice row"), 10, hidden=True),
)

#: The names of the two tick-all cells, by the field they tick.
TICK_ALL_NAMES = {"post": "relance_tous_courriers", "email_tick": "relance_tous_emails"}
#: The name of the cell that shows today.
TODAY_NAME = "relance_aujourdhui"

#: What a key looks like to a formula: a line of the user's below the list has none, and must not be counted.
REMINDER_KEYS, LEDGER_KEYS = '"*/*"', '"*/*/*"'

REMINDER_ANCHOR = "relance_c_"
LEDGER_ANCHOR = "relance_h_"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where our columns are in a sheet: the header's row, and the column of each field that is there."""

    header_row: int
    columns: Mapping[str, int]

    @property
    def first_row(self) -> int:
        """The first row below the header."""
        return self.header_row + 1

    def growth(self, old_last_row: int, last_row: int) -> Growth:
        """Return how a list under this header grew."""
        columns = self.columns.values()
        return Growth(min(columns), max(columns), self.first_row, old_last_row, last_row)

    def scanned(self, fields: Iterable[str]) -> list[int]:
        """Return the columns of fields for a scan; a column that was deleted holds nothing in any row."""
        return [self.columns.get(field, MISSING_COLUMN) for field in fields]

    def column(self, field: str) -> int | None:
        """Return a field's column, None where the user deleted it."""
        return self.columns.get(field)


def find_layout(document: Document, sheet: Sheet, columns: tuple[Column, ...], anchor: str) -> Layout | None:
    """Find our columns: by the defined name on each header cell, else by title in any language.

    Returns None where no header row is recognised. Raises EditsError where a title stands twice and no name tells which
    one is ours: the other may be a copy.
    """
    found: dict[str, int] = {}
    rows: list[int] = []
    for column in columns:
        place = document.named_cell(f"{anchor}{column.field}")
        if place is not None and place.sheet == sheet.name and place.column not in found.values():
            found[column.field] = place.column
            rows.append(place.row)
    header_row = max(set(rows), key=rows.count) if rows else _header_row_by_titles(sheet, columns)
    if header_row is None:
        return None
    faults: list[Fault] = []
    for column in columns:
        if column.field in found:
            continue
        by_title = [index for index in _columns_by_title(sheet, header_row, column) if index not in found.values()]
        if len(by_title) > 1:
            places = ", ".join(f"{sheet.name}!{address(index, header_row)}" for index in by_title)
            faults.append(Fault(_("the title “{title}” stands more than once").format(title=_(column.title)), places))
        elif by_title:
            found[column.field] = by_title[0]
    if faults:
        raise EditsError(
            _("It cannot be told which columns are the program's."),
            faults,
            _("Rename or delete those that are copies."),
        )
    return Layout(header_row, found)


def _titles(column: Column) -> set[str]:
    return {plain_title(title) for title in in_every_language(column.title)}


def _columns_by_title(sheet: Sheet, row: int, column: Column) -> Iterator[int]:
    for index in sheet.columns_of(row):
        value = sheet.value(row, index)
        if value is not None and not isinstance(value, CellError) and plain_title(str(value)) in _titles(column):
            yield index


def _header_row_by_titles(sheet: Sheet, columns: tuple[Column, ...]) -> int | None:
    """Return the first row that shows at least half of our titles."""
    for row in sheet.row_numbers()[:50]:
        hits = sum(any(True for _index in _columns_by_title(sheet, row, column)) for column in columns)
        if hits * 2 >= len(columns):
            return row
    return None
