"""The hidden sheet behind the dropdowns, and what was proposed: so that an edit is told from a proposal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from relance_xl.core.reminder import ReminderKey
from relance_xl.core.typed import NO_WORDS, YES_WORDS
from relance_xl.language import _
from relance_xl.workbook.cells import Blank, Text
from relance_xl.workbook.columns import LISTS_SHEET
from relance_xl.workbook.document import Document, sheet_reference
from relance_xl.workbook.reminders_sheet import value_text
from relance_xl.workbook.sheet import Sheet

_KEY_COLUMN, _EMAIL_COLUMN = 8, 9


@dataclass(frozen=True, slots=True)
class Choices:
    """What the dropdowns offer."""

    levels: tuple[str, ...]
    customers: tuple[str, ...]
    invoices: tuple[str, ...]


class ListsSheet:
    """The lists as they were last written. A workbook that lost the sheet goes on without."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._sheet = document.find_sheet(LISTS_SHEET, "relance_propositions")
        self._emails = self._read_emails(self._sheet) if self._sheet else {}

    @staticmethod
    def _read_emails(sheet: Sheet) -> dict[str, str]:
        return {
            key: value_text(sheet.value(row, _EMAIL_COLUMN))
            for row in sheet.row_numbers()
            if row > 1 and (key := value_text(sheet.value(row, _KEY_COLUMN)))
        }

    def proposed_email(self, key: ReminderKey) -> str | None:
        """Return the addresses that the last export proposed for a reminder, None where it proposed none."""
        return self._emails.get(str(key))

    def write(self, choices: Choices, proposed_emails: Mapping[ReminderKey, str]) -> None:
        """Write all lists anew and fit their names."""
        sheet = self._sheet
        if sheet is None:
            return
        for row in sheet.row_numbers():
            for column in sheet.columns_of(row):
                sheet.put(row, column, Blank())
        self._write_list(sheet, 1, "relance_niveaux", _("Levels"), choices.levels)
        self._write_list(sheet, 2, "relance_ticks", _("Ticks"), ("x", _("no")))
        self._write_list(sheet, 3, "relance_oui", _("Yes"), YES_WORDS)
        self._write_list(sheet, 4, "relance_non", _("No"), NO_WORDS)
        self._write_list(sheet, 5, "relance_clients", _("Customers"), choices.customers)
        self._write_list(sheet, 6, "relance_factures", _("Invoices"), choices.invoices)
        self._document.set_name("relance_sans_email", f"{sheet_reference(sheet.name)}!$B$3")
        sheet.put(1, _KEY_COLUMN, Text(_("Proposed")))
        for row, (key, email) in enumerate(proposed_emails.items(), start=2):
            sheet.put(row, _KEY_COLUMN, Text(str(key)))
            if email:
                sheet.put(row, _EMAIL_COLUMN, Text(email))

    def _write_list(self, sheet: Sheet, column: int, name: str, title: str, entries: Iterable[str]) -> None:
        sheet.put(1, column, Text(title))
        row = 1
        for row, entry in enumerate(entries, start=2):
            sheet.put(row, column, Text(entry))
        letter = "ABCDEF"[column - 1]
        self._document.set_name(name, f"{sheet_reference(sheet.name)}!${letter}$2:${letter}${max(row, 2)}")
