"""Where our columns stand in a new workbook: their letters, by the field that they show."""

from collections.abc import Mapping, Sequence

from openpyxl.utils import get_column_letter

from relance_xl.workbook.sheets.columns import CUSTOMER_COLUMNS, LEDGER_COLUMNS, REMINDER_COLUMNS, Column


def _letters(columns: Sequence[Column]) -> Mapping[str, str]:
    return {column.field: get_column_letter(place) for place, column in enumerate(columns, start=1)}


#: The letters of the sheets Relances, Clients and Historique.
LIST, CUSTOMERS, LEDGER = (_letters(columns) for columns in (REMINDER_COLUMNS, CUSTOMER_COLUMNS, LEDGER_COLUMNS))

# Those of Relances that tests need most.
NUMBER, CUSTOMER, DUE, OVERDUE = LIST["number"], LIST["customer"], LIST["due_date"], LIST["days_overdue"]
OPEN, CURRENCY, TOTAL = LIST["open_amount"], LIST["currency"], LIST["total"]
LEVEL, POST, BY_EMAIL, SENDING = LIST["level"], LIST["post"], LIST["email_tick"], LIST["sending"]
EMAIL, COMMENT, NEXT, DOCUMENT = LIST["email"], LIST["comment"], LIST["next_date"], LIST["document"]

#: The last column of ours in Relances, and in Historique.
LAST, LEDGER_LAST = get_column_letter(len(REMINDER_COLUMNS)), get_column_letter(len(LEDGER_COLUMNS))


def own(place: int, columns: Sequence[Column] = REMINDER_COLUMNS) -> str:
    """Return the letter of a column of the user's behind ours, the first being 1."""
    return get_column_letter(len(columns) + place)


#: The first columns of the user's own behind ours in Relances, and in Historique.
OWN_1, OWN_2, OWN_3 = own(1), own(2), own(3)
LEDGER_OWN = own(1, LEDGER_COLUMNS)
