"""What was noted of a customer, in one line: what holds, since when, and who wrote it down."""

from collections.abc import Iterator
from datetime import date

from relance_xl.core.history import History
from relance_xl.core.remembered.customer_refs import CustomerRef
from relance_xl.core.remembered.customer_texts import ENTRY_FIELDS, shown_entry
from relance_xl.core.remembered.notes import Subject
from relance_xl.planning.remembered.customers import Customers
from relance_xl.runtime.language import _
from relance_xl.workbook.sheets.columns import CUSTOMER_COLUMNS

_TITLES = {column.field: column.title for column in CUSTOMER_COLUMNS}


def noted_text(ref: CustomerRef, customers: Customers, history: History, today: date) -> str:
    """Return what holds of a customer, empty where nothing was written down."""
    return " · ".join(_noted(ref, customers, history, today))


def _noted(ref: CustomerRef, customers: Customers, history: History, today: date) -> Iterator[str]:
    known = customers.known.get(ref)
    said = known.said if known is not None else {}
    for field in ENTRY_FIELDS:
        if not said.get(field):
            continue
        text = _("{title}: {text}").format(
            title=_(_TITLES[field]), text=shown_entry(field, said[field]).replace("\n", ", ")
        )
        note = history.notes.last(Subject.CUSTOMER, str(ref), field)
        is_known = note is not None and note.remark.said.get(field) == said[field]
        # What was typed since is noted by this very export.
        since = note.at.astimezone().date() if note is not None and is_known else today
        yield _("{text} (since {day})").format(text=text, day=f"{since:%d/%m/%Y}")
