"""Our columns: their titles, widths and formats, and where they are in a sheet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from relance_xl.core.channel import Channel
from relance_xl.runtime.language import N_
from relance_xl.workbook.row_moves.grown_lists import Growth
from relance_xl.workbook.spreadsheet.sheet import MISSING_COLUMN


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
    """One of our columns. `title` is the English source of its translated title; `width` in characters.

    `folded`: in a group that is closed until somebody opens it.
    """

    field: str
    title: str
    width: int
    kind: Kind = Kind.TEXT
    edited: bool = False
    hidden: bool = False
    folded: bool = False


REMINDERS_SHEET = N_("Reminders")
CUSTOMERS_SHEET = N_("Customers")
CALLS_SHEET = N_("Calls")
DASHBOARD_SHEET = N_("Dashboard")
LEDGER_SHEET = N_("History")
CUSTOMER_SHEET = N_("Customer card")
INVOICE_SHEET = N_("Invoice card")
HOWTO_SHEET = N_("How to")
LISTS_SHEET = N_("Lists")
#: The name of a cell of that sheet, by which it is found.
LISTS_ANCHOR = "relance_propositions"

#: What one decides by, the ticks and the suspension come first: they stand on a screen of 1,366 pixels, all that is
#: filled in on one of 1,920. What is looked up now and then is folded away behind.
REMINDER_COLUMNS = (
    Column("key", N_("Ref."), 14, hidden=True),
    Column("number", N_("Invoice no."), 11),
    Column("customer", N_("Customer"), 18),
    Column("due_date", N_("Due date"), 9, Kind.DAY),
    Column("days_overdue", N_("Overdue (d)"), 7, Kind.WHOLE),
    Column("open_amount", N_("Open amount"), 10, Kind.MONEY),
    Column("currency", N_("Currency"), 5, Kind.CENTRED),
    Column("last_level", N_("Last level"), 10),
    Column("planned", N_("Reminder planned on"), 9, Kind.DAY),
    Column("level", N_("Level"), 13, edited=True),
    Column("post", N_("By post"), 8, Kind.CENTRED, edited=True),
    Column("email_tick", N_("By email"), 7, Kind.CENTRED, edited=True),
    Column("phone_tick", N_("By phone"), 10, Kind.CENTRED, edited=True),
    Column("sending", N_("Sending"), 10),
    Column("suspension", N_("Suspension"), 10, edited=True),
    Column("until", N_("Until"), 9, Kind.DAY, edited=True),
    Column("email", N_("Email"), 28, edited=True),
    Column("comment", N_("Comment"), 24, edited=True),
    Column("next_date", N_("Next reminder"), 10, Kind.DAY, edited=True),
    Column("status", N_("Status"), 40),
    Column("document", N_("Document"), 26, Kind.LINK),
    Column("customer_code", N_("Customer code"), 11, folded=True),
    Column("invoice_date", N_("Invoice date"), 11, Kind.DAY, folded=True),
    Column("total", N_("Amount incl. tax"), 13, Kind.MONEY, folded=True),
    Column("last_date", N_("Last reminder"), 11, Kind.DAY, folded=True),
    Column("last_comment", N_("Last comment"), 22, folded=True),
    Column("mode", N_("Customer's mode"), 16, folded=True),
    # 1 where a tick-all cell may tick the row: what the column Sending and the count above the list go by.
    Column("reached", N_("Within tick-all"), 10, Kind.WHOLE, folded=True),
)

#: One row a customer: what a person writes there outweighs the list of invoices.
CUSTOMER_COLUMNS = (
    Column("key", N_("Ref."), 14, hidden=True),
    Column("customer_code", N_("Customer code"), 11),
    Column("customer", N_("Customer"), 28),
    Column("open_amount", N_("Outstanding"), 13, Kind.MONEY),
    Column("overdue", N_("Overdue amount"), 13, Kind.MONEY),
    Column("count", N_("Invoices"), 9, Kind.WHOLE),
    Column("last_date", N_("Last reminder"), 11, Kind.DAY),
    Column("reminders", N_("Reminders"), 10, Kind.CENTRED, edited=True),
    Column("mode", N_("Mode"), 17, edited=True),
    Column("emails", N_("Emails"), 30, edited=True),
    Column("copies", N_("Copy to"), 24, edited=True),
    Column("contact", N_("Contact"), 18, edited=True),
    Column("phone", N_("Phone"), 15, edited=True),
    Column("kind", N_("Type"), 12, edited=True),
    Column("language", N_("Language"), 9, Kind.CENTRED, edited=True),
    Column("grouping", N_("Grouping"), 13, edited=True),
    Column("terms", N_("Terms (d)"), 9, Kind.CENTRED, edited=True),
    Column("address", N_("Address"), 34, edited=True),
    Column("notes", N_("Notes"), 34, edited=True),
)

#: One row a call: whom to call about what, and what came of it.
CALL_COLUMNS = (
    Column("key", N_("Ref."), 20, hidden=True),
    Column("day", N_("Date"), 11, Kind.DAY),
    Column("customer_code", N_("Customer code"), 11),
    Column("customer", N_("Customer"), 26),
    Column("contact", N_("Contact"), 18),
    Column("phone", N_("Phone"), 15),
    Column("invoices", N_("Invoices"), 26),
    Column("amount", N_("Amount"), 14, Kind.MONEY),
    Column("currency", N_("Currency"), 8, Kind.CENTRED),
    Column("last_reminders", N_("Last reminders"), 28),
    Column("called_on", N_("Called on"), 11, Kind.DAY, edited=True),
    Column("reached", N_("Reached"), 11, Kind.CENTRED, edited=True),
    Column("result", N_("Outcome of the call"), 18, edited=True),
    Column("result_day", N_("For the"), 11, Kind.DAY, edited=True),
    Column("report", N_("Report"), 40, edited=True),
    Column("read_on", N_("Taken up on"), 11, Kind.DAY),
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
    Column("tracking", N_("Tracking no."), 18, edited=True),
    Column("received", N_("Received on"), 11, Kind.DAY, edited=True),
    # Where the document is, which reads as its name alone.
    Column("path", N_("Path"), 20, hidden=True),
    # For the cards: "C012|3" is the third row of customer C012. Written as values: no spreadsheet must count.
    Column("customer_rank", N_("Customer row"), 10, hidden=True),
    Column("invoice_rank", N_("Invoice row"), 10, hidden=True),
)

#: The column in which each channel is ticked.
TICK_FIELDS: Mapping[Channel, str] = {
    Channel.POST: "post",
    Channel.EMAIL: "email_tick",
    Channel.PHONE: "phone_tick",
}
#: Above this column stands the cell that ticks each row as its customer prefers.
PREFERRED_FIELD = "sending"
#: The names of the tick-all cells, by the column above whose title they stand.
TICK_ALL_NAMES = {
    "post": "relance_tous_courriers",
    "email_tick": "relance_tous_emails",
    PREFERRED_FIELD: "relance_tous_preferes",
}
#: The name of the cell that counts what the tick-all cells reach.
COUNT_NAME = "relance_compte"
COUNT_TEXT = N_("Due: {count}")
#: The names of the cells in which one asks for something, and finds the answer.
REQUEST_NAME, ANSWER_NAME = "relance_demande", "relance_reponse"
#: The name of the cell that shows today.
TODAY_NAME = "relance_aujourdhui"

#: What a key looks like to a formula: a line of the user's below the list has none, and must not be counted.
REMINDER_KEYS, LEDGER_KEYS = '"*/*"', '"*/*/*"'

REMINDER_ANCHOR = "relance_c_"
LEDGER_ANCHOR = "relance_h_"
CUSTOMERS_ANCHOR = "relance_k_"
CALLS_ANCHOR = "relance_a_"


@dataclass(frozen=True, slots=True)
class ListLayout:
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
