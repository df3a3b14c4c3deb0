"""The two cells of a row that say why its invoice is left alone, and until when."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass

from relance_xl.core.remembered.suspension import Suspension
from relance_xl.core.remembered.suspension_texts import motive_text, read_motive
from relance_xl.core.reminder import ReminderKey
from relance_xl.workbook.ooxml.cells import BLANK, CellError, Content, Day, Text, Value, value_text
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.sheets.typed_cells import read_day

#: The columns of a suspension.
SUSPENSION_FIELDS = ("suspension", "until")


@dataclass(frozen=True, slots=True)
class ShownSuspension:
    """What a row says of a suspension, and whose invoice the row shows.

    `sign`: the same as one text, whatever the language, to compare; None of `suspension`: there is none, or what is
    typed cannot be read (`is_readable`).
    """

    customer_code: str
    customer: str
    suspension: Suspension | None
    is_readable: bool
    sign: str


def sign_of(suspension: Suspension | None) -> str:
    """Return a suspension as the text that it is compared by; empty for none."""
    if suspension is None:
        return ""
    return f"{suspension.motive}|{suspension.until.isoformat() if suspension.until else ''}"


def shown_suspensions(found: RemindersSheet) -> Mapping[str, ShownSuspension]:
    """Return what the rows say that say anything of a suspension, by their invoices' numbers."""
    shown: dict[str, ShownSuspension] = {}
    for row, (motive, until) in found.scan(SUSPENSION_FIELDS):
        number = _invoice_in(found, row)
        if number and number not in shown:
            one = _shown(motive, until, found.spreadsheet.is_1904)
            shown[number] = ShownSuspension(found.text(row, "customer_code"), found.text(row, "customer"), *one)
    return shown


def listed_invoices(found: RemindersSheet) -> Collection[str]:
    """Return the numbers of the invoices that have a row."""
    return {number for row in found.rows("key") if (number := row.text("key").rpartition("/")[0])}


def _invoice_in(found: RemindersSheet, row: int) -> str:
    with suppress(ValueError):
        return ReminderKey.parse(found.text(row, "key")).invoice
    return ""


def _shown(motive: Value, until: Value, is_1904: bool) -> tuple[Suspension | None, bool, str]:
    text = value_text(motive)
    named = None if isinstance(motive, CellError) or not text else read_motive(text)
    try:
        day = read_day(until, is_1904)
    except ValueError:
        return None, False, f"{named or text}|{value_text(until)}"
    sign = f"{named or text}|{day.isoformat() if day else ''}"
    if text and named is None:
        return None, False, sign
    # A day alone says nothing: its motive was taken away.
    return (Suspension(named, day) if named else None), True, sign


def suspension_contents(suspension: Suspension | None) -> dict[str, Content]:
    """Return what stands in the cells of a suspension, in the workbook's language."""
    return {
        "suspension": Text(motive_text(suspension.motive)) if suspension else BLANK,
        "until": Day(suspension.until) if suspension and suspension.until else BLANK,
    }
