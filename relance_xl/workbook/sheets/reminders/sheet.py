"""The sheet of unpaid invoices: rows written from proposals, and the user's edits read back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from relance_xl.core.reminder import ReminderKey
from relance_xl.runtime.errors import EditsError, Fault
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.cells import Value, address, value_text
from relance_xl.workbook.ooxml.column_letters import get_column_letter
from relance_xl.workbook.ooxml.scanning import ScannedRow
from relance_xl.workbook.sheets.columns import (
    REMINDER_ANCHOR,
    REMINDER_COLUMNS,
    REMINDERS_SHEET,
    TICK_ALL_NAMES,
    ListLayout,
)
from relance_xl.workbook.sheets.header import ListKind, find_list
from relance_xl.workbook.sheets.reminders.shown_invoice import ShownInvoice, ShownRow, misplaced
from relance_xl.workbook.spreadsheet.sheet import Link, Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Place, Spreadsheet

REMINDERS = ListKind(REMINDERS_SHEET, REMINDER_COLUMNS, REMINDER_ANCHOR)
# Without these nothing can be decided; any other column the user may delete.
_NEEDED = ("key", "number", "level", "post", "email_tick", "email")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row's number, and what it holds by field."""

    number: int
    values: Mapping[str, Value]

    def text(self, name: str) -> str:
        """Return a cell as text; an error cell as its error."""
        return value_text(self.values[name])


@dataclass(frozen=True, slots=True)
class RemindersSheet:
    """The sheet and where its columns are."""

    spreadsheet: Spreadsheet
    sheet: Sheet
    layout: ListLayout

    @classmethod
    def find(cls, spreadsheet: Spreadsheet) -> "RemindersSheet":
        """Find the sheet in a workbook. Raises EditsError where it, or a column that is needed, is gone."""
        listed = find_list(spreadsheet, REMINDERS)
        file = spreadsheet.package.path.name
        if listed is None:
            raise EditsError(
                _("{file} has no sheet “{sheet}” with its column titles.").format(file=file, sheet=_(REMINDERS_SHEET)),
                advice=_(
                    "relance-xl export makes it anew, without what was typed there and not sent; the workbook as it was "
                    "before is in .relance/backups."
                ),
            )
        sheet, layout = listed.sheet, listed.layout
        gone = [column for column in REMINDER_COLUMNS if column.field in _NEEDED and column.field not in layout.columns]
        if gone:
            raise EditsError(
                _("Columns that are needed are missing."),
                [
                    Fault(_("the column “{title}” is missing").format(title=_(column.title)), f"{file}: {sheet.name}")
                    for column in gone
                ],
                _(
                    "Undo the deletion, or take back an earlier copy (.relance/backups); relance-xl export brings the "
                    "columns back, without what was typed there."
                ),
            )
        found = cls(spreadsheet, sheet, layout)
        if found._shows_invoice(layout.header_row):
            raise EditsError(
                _("{file} has no sheet “{sheet}” with its column titles.").format(file=file, sheet=_(REMINDERS_SHEET)),
                [
                    Fault(
                        _("an invoice stands where the titles were"),
                        f"{sheet.name}!{layout.header_row}:{layout.header_row}",
                    )
                ],
                _("Put the row of titles back, as it is in the earlier copies (.relance/backups)."),
            )
        return found

    def _shows_invoice(self, row: int) -> bool:
        try:
            ReminderKey.parse(self.text(row, "key"))
        except ValueError:
            return False
        return True

    def value(self, row: int, name: str) -> Value:
        """Return what a row holds in one of our columns."""
        column = self.layout.column(name)
        return None if column is None else self.sheet.value(row, column)

    def text(self, row: int, name: str) -> str:
        """Return a cell as text; an error cell as its error."""
        return value_text(self.value(row, name))

    def is_formula(self, row: int, name: str) -> bool:
        """Whether one of our columns is calculated in a row."""
        column = self.layout.column(name)
        return column is not None and self.sheet.has_formula(row, column)

    def place(self, row: int, name: str) -> str:
        """Name a cell as the user knows it: `Relances!Q12`."""
        return f"{self.sheet.name}!{address(self.layout.columns[name], row)}"

    def letter(self, name: str) -> str:
        """Return a field's column letter. Raises KeyError for a deleted column."""
        return get_column_letter(self.layout.columns[name])

    def rows(self, *fields: str) -> Iterator[SheetRow]:
        """Yield the rows below the header that hold something in some columns, and what."""
        for row in self.scan(fields):
            yield SheetRow(row.number, dict(zip(fields, row.values, strict=True)))

    def scan(self, fields: Sequence[str]) -> Iterator[ScannedRow]:
        """Yield the same rows, their values in the order of the columns asked for."""
        first_row = self.layout.first_row
        return (row for row in self.sheet.scan(self.layout.scanned(fields)) if row.number >= first_row)

    def misplaced_faults(
        self, shown: Mapping[ReminderKey, ShownRow], written: Mapping[ReminderKey, ShownInvoice]
    ) -> list[Fault]:
        """Return a fault for each row that shows what the last export wrote into another one, whole columns apart."""
        return [
            Fault(
                _("what stands here is not of invoice {number}: was only a part of the table sorted or pasted?").format(
                    number=key.invoice
                ),
                self.place(shown[key].row, self._changed_field(shown[key].invoice, written[key])),
            )
            for key in misplaced({key: one.invoice for key, one in shown.items()}, written)
        ]

    def _changed_field(self, now: ShownInvoice, before: ShownInvoice) -> str:
        """Return the column that shows another invoice's: the customer's, where that is one of several."""
        fields = ("customer", "customer_code", "due_date", "open_amount", "email")
        changed = (one for one in fields if one in self.layout.columns and getattr(now, one) != getattr(before, one))
        return next(changed, "number")

    def tick_all_place(self, name: str) -> Place | None:
        """Return a tick-all cell: by its name, else the one above its column's title; None where that is gone too."""
        named = self.spreadsheet.named_cell(TICK_ALL_NAMES[name])
        if named is not None and named.sheet != self.sheet.name:
            named = None
        column, row = self.layout.column(name), self.layout.header_row - 1
        usual = None if column is None or row < 1 else Place(self.sheet.name, row, column)
        if named is None or usual is None or named == usual:
            return named or usual
        return usual if self._is_stale(name, named, usual) else named

    def _is_stale(self, name: str, named: Place, usual: Place) -> bool:
        """Whether a tick-all cell's name was left behind where a program moved cells without their names.

        So it is where the other one belongs; or, where its column's own name is elsewhere than the title, it is above
        another title of ours or says nothing. Else the user moved it.
        """
        others = {column for field in TICK_ALL_NAMES if (column := self.layout.column(field)) != usual.column}
        if named.row >= self.layout.header_row or (named.row == usual.row and named.column in others):
            return True
        if self._titles_are_named(name):
            return False
        is_ours = named.column != usual.column and named.column in self.layout.columns.values()
        return is_ours or self.sheet.value(named.row, named.column) is None

    def _titles_are_named(self, name: str) -> bool:
        title = Place(self.sheet.name, self.layout.header_row, self.layout.columns[name])
        return self.spreadsheet.named_cell(f"{REMINDER_ANCHOR}{name}") in {None, title}

    def link_documents(self, documents: Mapping[int, str]) -> None:
        """Make the document cells of rows lead to their files, or nowhere; links of other rows are the user's own."""
        column = self.layout.column("document")
        if column is not None:
            links = [Link(row, column, target) for row, target in documents.items() if target]
            self.sheet.set_links(links, column, documents, self.spreadsheet.relationships(self.sheet))

    def data_rows(self) -> list[int]:
        """Return the rows below the header in which anything at all is written."""
        return [
            row
            for row in self.sheet.row_numbers()
            if row >= self.layout.first_row and next(self.sheet.filled_columns(row), None) is not None
        ]
