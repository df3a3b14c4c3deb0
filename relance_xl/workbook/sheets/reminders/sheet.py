"""The sheet of unpaid invoices: rows written from proposals, and the user's edits read back."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from relance_xl.core.addresses import BadAddressError, read_addresses
from relance_xl.core.decision import TickAll
from relance_xl.core.planning import is_same_number
from relance_xl.core.reminder import ReminderKey
from relance_xl.core.typed import Tick, UnreadableError, plain, plain_title, read_date, read_tick
from relance_xl.core.wording import unreadable_text
from relance_xl.runtime.errors import EditsError, Fault
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.cells import CellError, Value, address, day_of, value_text
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
from relance_xl.workbook.sheets.reminders.shown_invoice import ShownInvoice, misplaced, shown_invoice
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Place, Spreadsheet

REMINDERS = ListKind(REMINDERS_SHEET, REMINDER_COLUMNS, REMINDER_ANCHOR)
# Without these nothing can be decided; any other column the user may delete.
_NEEDED = ("key", "number", "level", "post", "email_tick", "email")


class RowEdits(NamedTuple):
    """What one row says now. `key` None: the user's own row. `level` is a level's id, None: no reminder."""

    row: int
    key: ReminderKey | None
    number: str
    level: str | None = None
    post: Tick = Tick.BLANK
    email_tick: Tick = Tick.BLANK
    recipients: tuple[str, ...] = ()
    comment: str = ""
    next_date: date | None = None
    shown: ShownInvoice = ShownInvoice()
    #: What cannot be understood: it matters if the row acts.
    doubts: tuple[Fault, ...] = ()

    def acts(self, tick_all: TickAll, is_reached: bool) -> bool:
        """Whether the row asks for something; `is_reached`: by the cells that tick all, as far as is known."""
        ticks = ((self.post, tick_all.post), (self.email_tick, tick_all.email))
        return any(tick is Tick.YES or (tick is Tick.BLANK and is_reached and ticked) for tick, ticked in ticks)


@dataclass(frozen=True, slots=True)
class EditedSheet:
    """All that the user's edits say, and what is wrong with them whatever the rows ask for."""

    rows: tuple[RowEdits, ...]
    tick_all: TickAll
    faults: tuple[Fault, ...]
    duplicates: frozenset[ReminderKey] = field(default_factory=frozenset)


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

    document: Spreadsheet
    sheet: Sheet
    layout: ListLayout

    @classmethod
    def find(cls, document: Spreadsheet) -> "RemindersSheet":
        """Find the sheet in a workbook. Raises EditsError where it, or a column that is needed, is gone."""
        listed = find_list(document, REMINDERS)
        file = document.package.path.name
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
        found = cls(document, sheet, layout)
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
        self, shown: Mapping[ReminderKey, tuple[int, ShownInvoice]], written: Mapping[ReminderKey, ShownInvoice]
    ) -> list[Fault]:
        """Return a fault for each row that shows what the last export wrote into another one, whole columns apart."""
        return [
            Fault(
                _("what stands here is not of invoice {number}: was only a part of the table sorted or pasted?").format(
                    number=key.invoice
                ),
                self.place(shown[key][0], self._changed_field(shown[key][1], written[key])),
            )
            for key in misplaced({key: one for key, (_row, one) in shown.items()}, written)
        ]

    def _changed_field(self, now: ShownInvoice, before: ShownInvoice) -> str:
        """Return the column that shows another invoice's: the customer's, where that is one of several."""
        fields = ("customer", "customer_code", "due_date", "open_amount", "email")
        changed = (one for one in fields if one in self.layout.columns and getattr(now, one) != getattr(before, one))
        return next(changed, "number")

    def tick_all_place(self, name: str) -> Place | None:
        """Return a tick-all cell: by its name, else the one above its column's title; None where that is gone too."""
        named = self.document.named_cell(TICK_ALL_NAMES[name])
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
        return self.document.named_cell(f"{REMINDER_ANCHOR}{name}") in {None, title}

    def data_rows(self) -> list[int]:
        """Return the rows below the header in which anything at all is written."""
        return [
            row
            for row in self.sheet.row_numbers()
            if row >= self.layout.first_row and next(self.sheet.filled_columns(row), None) is not None
        ]


def lenient_tick(text: str) -> Tick:
    """Read a tick; what cannot be read is blank, where others report it."""
    try:
        return read_tick(text)
    except UnreadableError:
        return Tick.BLANK


def read_edits(found: RemindersSheet, levels: Mapping[str, str]) -> EditedSheet:
    """Read every row's edits and the tick-all cells; each fault names its cell and what was read.

    `levels` gives level ids by what may stand in a level cell, normalised (see level_ids).
    """
    reader = _EditsReader(found, levels)
    scanned = found.scan(_EditCells._fields)
    rows = tuple(edits for row, values in scanned if (edits := reader.row(row, _EditCells._make(values))) is not None)
    keys = Counter(row.key for row in rows if row.key)
    duplicates = frozenset(key for key, count in keys.items() if count > 1)
    return EditedSheet(rows, reader.tick_all(), tuple(reader.faults), duplicates)


class _EditCells(NamedTuple):
    """What the cells of a row hold that decide what becomes of it; the names are fields of columns."""

    key: Value
    number: Value
    level: Value
    post: Value
    email_tick: Value
    email: Value
    comment: Value
    next_date: Value
    customer_code: Value
    customer: Value
    due_date: Value
    open_amount: Value


class _EditsReader:
    """Reads cell after cell and gathers what is wrong."""

    def __init__(self, found: RemindersSheet, levels: Mapping[str, str]) -> None:
        self.faults: list[Fault] = []
        # Those of the row at hand that matter only if it acts.
        self._doubts: list[Fault] = []
        self._found = found
        self._levels = levels

    def row(self, row: int, cells: _EditCells) -> RowEdits | None:
        """Return what a row says, None for one that shows no invoice."""
        key_text, number = value_text(cells.key), value_text(cells.number)
        if not key_text:
            return self._own_row(row, number, cells) if number else None
        if self._doubts:
            self._doubts = []
        # By place, which is twice as fast as by name.
        return RowEdits(
            row,
            self._key(row, key_text, number, cells),
            number,
            self._level(row, cells.level),
            self._tick(row, "post", cells.post),
            self._tick(row, "email_tick", cells.email_tick),
            self._addresses(row, cells.email),
            self._comment(row, cells.comment),
            self._day(row, cells.next_date),
            shown_invoice(cells.customer_code, cells.customer, cells.due_date, cells.open_amount, cells.email),
            tuple(self._doubts),
        )

    def _own_row(self, row: int, number: str, cells: _EditCells) -> RowEdits:
        """Return a row of the user's: what counts ticks below the list is no tick, an x beside an invoice would be."""
        for name, value in (("post", cells.post), ("email_tick", cells.email_tick)):
            typed = value_text(value)
            if typed and not self._found.is_formula(row, name) and lenient_tick(typed) is Tick.YES:
                problem = _("a row added by hand cannot be sent: its invoice must come from an export")
                self._fault(row, "number", problem)
                break
        return RowEdits(row, None, number)

    def _key(self, row: int, text: str, number: str, cells: _EditCells) -> ReminderKey | None:
        try:
            key = ReminderKey.parse(text)
        except ValueError:
            self._doubt(row, "key", _("“{text}” is not a Relance XL reference").format(text=text))
            return None
        if isinstance(cells.number, CellError):
            self._doubt(row, "number", cell_error_text(cells.number))
        elif not is_same_number(key.invoice, number):
            self._fault(
                row,
                "number",
                _(
                    "“{number}” does not fit its hidden reference {key}: was only a part of the table sorted or pasted?"
                ).format(number=number, key=text),
            )
            return None
        return key

    def _text(self, row: int, name: str, value: Value) -> str:
        if isinstance(value, CellError):
            self._doubt(row, name, cell_error_text(value))
            return ""
        return value_text(value)

    def _comment(self, row: int, value: Value) -> str:
        if isinstance(value, Decimal):
            return self._found.sheet.note_text(row, self._found.layout.columns["comment"], value)
        return self._text(row, "comment", value) if value is not None else ""

    def _level(self, row: int, value: Value) -> str | None:
        text = self._text(row, "level", value) if value is not None else ""
        if not text:
            return None
        level = self._levels.get(plain_title(text))
        if level is None:
            self._doubt(row, "level", _("“{text}” is not one of the levels").format(text=text))
        return level

    def _tick(self, row: int, name: str, value: Value) -> Tick:
        if value is None:
            return Tick.BLANK
        if isinstance(value, CellError):
            # Whether the row acts cannot be known.
            self._fault(row, name, cell_error_text(value))
            return Tick.BLANK
        try:
            return read_tick(value_text(value))
        except UnreadableError as error:
            self._fault(row, name, unreadable_text(error))
            return Tick.BLANK

    def _addresses(self, row: int, value: Value) -> tuple[str, ...]:
        if value is None:
            return ()
        try:
            return read_addresses(self._text(row, "email", value))
        except BadAddressError as error:
            self._doubt(row, "email", _("“{text}” is not an email address").format(text=error.text))
            return ()

    def _day(self, row: int, value: Value) -> date | None:
        if value is None or isinstance(value, CellError):
            self._text(row, "next_date", value)
            return None
        try:
            return read_day(value, self._found.document.is_1904)
        except ValueError:
            self._doubt(row, "next_date", _("“{text}” is not a date (day/month/year)").format(text=value_text(value)))
            return None

    def tick_all(self) -> TickAll:
        return TickAll(self._tick_all("post"), self._tick_all("email_tick"))

    def _tick_all(self, name: str) -> bool:
        place = self._found.tick_all_place(name)
        if place is None:
            return False
        text = value_text(self._found.sheet.value(place.row, place.column))
        try:
            return read_tick(text) is Tick.YES
        except UnreadableError as error:
            where = f"{place.sheet}!{address(place.column, place.row)}"
            self.faults.append(Fault(unreadable_text(error), where))
            return False

    def _doubt(self, row: int, name: str, problem: str) -> None:
        self._doubts.append(Fault(problem, self._found.place(row, name)))

    def _fault(self, row: int, name: str, problem: str) -> None:
        self.faults.append(Fault(problem, self._found.place(row, name)))


def cell_error_text(error: CellError) -> str:
    """Return what is wrong with a cell that holds an error, or a formula whose value was left out or never known."""
    if error.text:
        return _("holds an error or an uncalculated formula ({text})").format(text=error.text)
    return _(
        "holds a formula that is to be calculated anew: open the workbook in your spreadsheet and save it ({text})"
    ).format(text=value_text(error))


def read_day(value: Value, is_1904: bool) -> date | None:
    """Read a date cell: a serial number or a typed date. Raises ValueError for anything else."""
    match value:
        case None:
            return None
        case bool() | CellError():
            raise ValueError(value)
        case Decimal():
            try:
                day = day_of(value, is_1904)
            except OverflowError as error:
                raise ValueError(value) from error
            # A small number is a count of days or a slip, not a date of 1900.
            if not 1980 <= day.year <= 2100:
                raise ValueError(value)
            return day
        case str():
            return read_date(value) if plain(value) else None


def level_ids(labels: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return level ids by each normalised label, and by the id itself."""
    ids = {plain_title(level_id): level_id for level_id in labels}
    return ids | {plain_title(text): level_id for level_id, texts in labels.items() for text in texts}
