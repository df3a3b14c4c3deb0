"""What was noted of a customer, in one line: what holds, since when, and who wrote it down."""

from collections.abc import Iterator

from relance_xl.core.history import History
from relance_xl.core.remembered.customer_refs import CustomerRef
from relance_xl.core.remembered.customer_texts import ENTRY_FIELDS, shown_entry
from relance_xl.core.remembered.notes import Subject
from relance_xl.planning.remembered.customers import Customers
from relance_xl.runtime.language import _
from relance_xl.workbook.sheets.columns import CUSTOMER_COLUMNS

_TITLES = {column.field: column.title for column in CUSTOMER_COLUMNS}


def noted_text(ref: CustomerRef, customers: Customers, history: History) -> str:
    """Return what holds of a customer, empty where nothing was written down."""
    return " · ".join(_noted(ref, customers, history))


def _noted(ref: CustomerRef, customers: Customers, history: History) -> Iterator[str]:
    known = customers.known.get(ref)
    said = known.said if known is not None else {}
    for field in ENTRY_FIELDS:
        if not said.get(field):
            continue
        text = _("{title}: {text}").format(
            title=_(_TITLES[field]), text=shown_entry(field, said[field]).replace("\n", ", ")
        )
        note = history.notes.last(Subject.CUSTOMER, str(ref), field)
        # What was typed since is noted by this very export.
        yield text if note is None else _("{text} (since {day})").format(text=text, day=f"{note.at:%d/%m/%Y}")
