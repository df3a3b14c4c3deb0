"""The sheet of customers: what people wrote there, read back; rows of customers come, none ever leaves."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from relance_xl.core.remembered.customer_refs import CustomerRef
from relance_xl.core.remembered.customer_texts import ENTRY_FIELDS, BadEntryError, read_entry
from relance_xl.runtime.errors import Fault
from relance_xl.workbook.ooxml.cells import CellError, Value, address, value_text
from relance_xl.workbook.sheets.columns import CUSTOMER_COLUMNS, CUSTOMERS_ANCHOR, CUSTOMERS_SHEET, ListLayout
from relance_xl.workbook.sheets.header import ListKind, find_list
from relance_xl.workbook.sheets.typed_cells import cell_error_text
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet

CUSTOMERS = ListKind(CUSTOMERS_SHEET, CUSTOMER_COLUMNS, CUSTOMERS_ANCHOR)


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """A row that is there: whose it is, what it says as it is kept, and what of it cannot be read.

    `ref` None: a row that somebody added; `code` and `name`: what it shows. `was_listed`: whether the last list had any
    invoice of theirs. `merged`: what was said in another row of theirs.
    """

    row: int
    ref: CustomerRef | None
    code: str
    name: str
    said: Mapping[str, str]
    faults: Mapping[str, Fault]
    was_listed: bool = False
    merged: frozenset[str] = frozenset()

    def shows_another(self, known: Collection[tuple[str, str]], names: Collection[str]) -> bool:
        """Whether the row shows another customer than it is of, who is known: by code and name, else by the name alone.

        `known`: the identities of all; `names`: of those who have a row.
        """
        shown = CustomerRef.of(self.code or self.name, self.name, ())
        if self.ref is None or not self.name or (shown.name == self.ref.name and shown.code in {"", self.ref.code}):
            return False
        return shown.identity in known if shown.code else shown.name in names


@dataclass(frozen=True, slots=True)
class CustomersSheet:
    """The sheet, where its columns are, and its rows."""

    spreadsheet: Spreadsheet
    sheet: Sheet
    layout: ListLayout
    lines: tuple[CustomerLine, ...]

    @classmethod
    def find_if_there(cls, spreadsheet: Spreadsheet) -> "CustomersSheet | None":
        """Find and read the sheet; None where it was deleted. Without the column of ids, code and name tell its rows apart."""
        found = find_list(spreadsheet, CUSTOMERS)
        if found is None:
            return None
        return cls(spreadsheet, found.sheet, found.layout, tuple(_read_lines(found.sheet, found.layout)))

    def place(self, row: int, field: str) -> str:
        """Name a cell as the user knows it: `Clients!H12`."""
        return _place(self.sheet, self.layout, row, field)

    @property
    def fields(self) -> frozenset[str]:
        """The fields that people fill in, as far as their columns are there."""
        return frozenset(ENTRY_FIELDS) & self.layout.columns.keys()


def _read_lines(sheet: Sheet, layout: ListLayout) -> Iterator[CustomerLine]:
    fields = ("key", "customer_code", "customer", "count", *ENTRY_FIELDS)
    for row in sheet.scan(layout.scanned(fields)):
        if row.number < layout.first_row:
            continue
        key, code, name, count, *values = row.values
        if not (value_text(key) or value_text(code) or value_text(name)):
            continue
        said, faults = {}, {}
        for field, value in zip(ENTRY_FIELDS, values, strict=True):
            try:
                text = _read(sheet, layout, row.number, field, value)
            except BadEntryError as error:
                faults[field] = Fault(error.problem, _place(sheet, layout, row.number, field))
                text = value_text(value)
            if text:
                said[field] = text
        yield CustomerLine(
            row.number,
            CustomerRef.parse(value_text(key)),
            value_text(code),
            value_text(name),
            said,
            faults,
            was_listed=value_text(count) not in {"", "0"},
        )


def _read(sheet: Sheet, layout: ListLayout, row: int, field: str, value: Value) -> str:
    """Return what a cell says as it is kept. Raises BadEntryError."""
    if value is None:
        return ""
    if isinstance(value, CellError):
        raise BadEntryError(cell_error_text(value))
    if isinstance(value, str):
        # Its lines stay lines.
        return read_entry(field, value)
    is_number = field in {"contact", "phone", "notes", "address"}
    return read_entry(field, sheet.note_text(row, layout.columns[field], value) if is_number else value_text(value))


def _place(sheet: Sheet, layout: ListLayout, row: int, field: str) -> str:
    return f"{sheet.name}!{address(layout.columns.get(field, 1), row)}"
