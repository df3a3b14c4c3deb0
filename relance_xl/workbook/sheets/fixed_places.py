"""Where things stand in our sheets of a fixed layout. Apart from what lays them out: every command looks there."""

from dataclasses import dataclass

from relance_xl.runtime.language import N_
from relance_xl.workbook.sheets.columns import CUSTOMER_SHEET, HOWTO_SHEET, INVOICE_SHEET, LEDGER_COLUMNS, Kind
from relance_xl.workbook.sheets.fixed_sheets import FixedSheet, Sign

#: Where today stands, and what is chosen on a card: row, column.
DAY_CELL = (2, 3)
CARD_CHOICE_CELL = (3, 3)
CUSTOMER_CHOICE_NAME, INVOICE_CHOICE_NAME = "relance_fiche_client", "relance_fiche_facture"
BAND_ROW, BAND_LABEL = 4, N_("Tick all that is due →")
#: What stands beside the cell that ticks each row as its customer prefers.
PREFERRED_LABEL = N_("← each as the customer prefers")
REMINDERS_HEADER_ROW = 5
#: What stands before the cell in which one asks for something, and its row in a new workbook.
REQUEST_LABEL, REQUEST_ROW = N_("Request →"), 2
#: What the list of reminders is headed by.
REMINDERS_TITLE = N_("Reminders — {company}")
LEDGER_HEADER_ROW = CUSTOMERS_HEADER_ROW = 1
CARD_HEADER_ROW = 9
CARD_LINES = 40

#: What the page that says how to begins with, by which it is known.
HOWTO_HEADING, HOWTO_FIRST_MARK = N_("Every week, in five steps"), "1"
HOWTO = FixedSheet(
    HOWTO_SHEET, "relance_mode_emploi", (1, 1), (Sign(3, 1, HOWTO_HEADING), Sign(4, 1, HOWTO_FIRST_MARK))
)


@dataclass(frozen=True, slots=True)
class CardColumn:
    """A column of the customer and invoice cards; `field` names the ledger column it shows."""

    field: str
    title: str
    width: int
    kind: Kind = Kind.TEXT


CARD_FIELDS = ("day", "number", "level", "ordinal", "channel", "recipient", "open_amount", "outcome", "next_date",
               "comment", "document")  # fmt: skip


def card_columns() -> tuple[CardColumn, ...]:
    """Return the columns of both cards, from the second sheet column on (the first is a hidden helper)."""
    by_field = {column.field: column for column in LEDGER_COLUMNS}
    return tuple(
        CardColumn(name, by_field[name].title, by_field[name].width, by_field[name].kind) for name in CARD_FIELDS
    )


def _card_sheet(title: str, name: str, label: str) -> FixedSheet:
    titles = (Sign(CARD_HEADER_ROW, index, column.title) for index, column in enumerate(card_columns(), start=2))
    return FixedSheet(title, name, CARD_CHOICE_CELL, (Sign(CARD_CHOICE_CELL[0], 2, label), *titles))


CUSTOMER_CARD = _card_sheet(CUSTOMER_SHEET, CUSTOMER_CHOICE_NAME, N_("Customer"))
INVOICE_CARD = _card_sheet(INVOICE_SHEET, INVOICE_CHOICE_NAME, N_("Invoice"))
