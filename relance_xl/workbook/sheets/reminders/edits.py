"""What the user's edits ask for: each row of the list as a decision, and what cannot be understood, with its cell."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from relance_xl.core.decision import NO_TICKS, Decision, TickAll, Ticks
from relance_xl.core.remembered.suspension_texts import MOTIVE_TITLES, read_motive
from relance_xl.core.reminder import ReminderKey
from relance_xl.core.texts.addresses import BadAddressError, read_addresses
from relance_xl.core.texts.typed import Tick, UnreadableError, is_same_number, plain_title, read_tick, without_zeros
from relance_xl.core.wording import unreadable_text
from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.cells import CellError, Value, address, value_text
from relance_xl.workbook.sheets.columns import PREFERRED_FIELD, TICK_ALL_NAMES, TICK_FIELDS
from relance_xl.workbook.sheets.reminders.matching import misfit_text
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.sheets.reminders.shown_invoice import ShownRow, shown_invoice
from relance_xl.workbook.sheets.typed_cells import cell_error_text, lenient_tick, read_day


@dataclass(frozen=True, slots=True)
class DoubtfulRow:
    """A row of which not all can be understood: it matters if the row asks for something. `key` None: not known whose."""

    key: ReminderKey | None
    ticks: Ticks
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class EditedSheet:
    """All that the user's edits say, and what is wrong with them whatever the rows ask for.

    `shown`: by the reminder that a row's hidden id names.
    """

    decisions: tuple[Decision, ...]
    tick_all: TickAll
    shown: Mapping[ReminderKey, ShownRow]
    doubtful: tuple[DoubtfulRow, ...]
    faults: tuple[Fault, ...]
    duplicates: frozenset[ReminderKey] = field(default_factory=frozenset)


def read_edits(found: RemindersSheet, levels: Mapping[str, str]) -> EditedSheet:
    """Read every row's edits and the tick-all cells; each fault names its cell and what was read.

    `levels` gives level ids by what may stand in a level cell, normalised (see level_ids).
    """
    reader = _EditsReader(found, levels)
    for row, values in found.scan(_EditCells._fields):
        reader.read(row, _EditCells._make(values))
    keys = Counter(decision.key for decision in reader.decisions)
    duplicates = frozenset(key for key, count in keys.items() if count > 1)
    return EditedSheet(
        tuple(reader.decisions),
        reader.tick_all(),
        reader.shown,
        tuple(reader.doubtful),
        (*reader.faults, *reader.exchanged()),
        duplicates,
    )


def may_be_invoice(number: str) -> bool:
    """Whether a text in the column of numbers can be one, and not the label of a line of the user's, such as a total."""
    return any(map(str.isdigit, number)) and not plain_title(number).startswith(("total", "sous total", "subtotal"))


#: Stands for a reference that cannot be read.
_NO_KEY = ReminderKey("?", 1)


class _EditCells(NamedTuple):
    """What the cells of a row hold that decide what becomes of it; the names are fields of columns."""

    key: Value
    number: Value
    level: Value
    post: Value
    email_tick: Value
    phone_tick: Value
    email: Value
    comment: Value
    next_date: Value
    customer_code: Value
    customer: Value
    due_date: Value
    open_amount: Value
    suspension: Value
    until: Value


class _EditsReader:
    """Reads row after row and gathers what is wrong."""

    def __init__(self, found: RemindersSheet, levels: Mapping[str, str]) -> None:
        self.decisions: list[Decision] = []
        self.shown: dict[ReminderKey, ShownRow] = {}
        self.doubtful: list[DoubtfulRow] = []
        self.faults: list[Fault] = []
        # Those of the row at hand that matter only if it acts.
        self._doubts: list[Fault] = []
        # What stands where a row's number should, and that it does not fit.
        self._misfits: list[tuple[str, Fault]] = []
        self._found = found
        self._levels = levels

    def read(self, row: int, cells: _EditCells) -> None:
        """Read a row; one that shows no invoice says nothing."""
        key_text, number = value_text(cells.key), value_text(cells.number)
        if not key_text:
            if number:
                self._refuse_ticked(row, cells)
            return
        key = self._key(row, key_text, number, cells)
        ticks = self._ticks(row, cells)
        shown = shown_invoice(cells.customer_code, cells.customer, cells.due_date, cells.open_amount, cells.email)
        # By place, which is twice as fast as by name; a key that is not known goes no further than its doubts.
        decision = Decision(
            key or _NO_KEY,
            row,
            self._level(row, cells.level),
            ticks,
            self._addresses(row, cells.email),
            self._comment(row, cells.comment),
            self._day(row, cells.next_date),
            shown.customer_code,
            shown.customer,
        )
        if key is not None:
            self.decisions.append(decision)
            self.shown[key] = ShownRow(row, shown)
        if cells.suspension is not None or cells.until is not None:
            self._check_suspension(row, cells)
        if self._doubts:
            self.doubtful.append(DoubtfulRow(key, ticks, tuple(self._doubts)))
            self._doubts = []

    def _check_suspension(self, row: int, cells: _EditCells) -> None:
        """Doubt a motive that is none, and a day that is none: nobody can know whether the row is to be left alone."""
        motive = self._text(row, "suspension", cells.suspension)
        if motive and read_motive(motive) is None:
            known = ", ".join(map(_, MOTIVE_TITLES.values()))
            problem = _("“{text}” is no reason to suspend; these are: {known}").format(text=motive, known=known)
            self._doubt(row, "suspension", problem)
        self._day(row, cells.until, "until")

    def _refuse_ticked(self, row: int, cells: _EditCells) -> None:
        """Refuse an x beside an invoice that the user typed in; what counts ticks below the list is no tick."""
        if not may_be_invoice(value_text(cells.number)):
            return
        for name, value in ((one, getattr(cells, one)) for one in TICK_FIELDS.values()):
            typed = value_text(value)
            if typed and not self._found.is_formula(row, name) and lenient_tick(typed) is Tick.YES:
                problem = _("a row added by hand cannot be sent: its invoice must come from an export")
                self._fault(row, "number", problem)
                return

    def _ticks(self, row: int, cells: _EditCells) -> Ticks:
        if cells.post is None and cells.email_tick is None and cells.phone_tick is None:
            return NO_TICKS
        ticks = {
            channel: self._tick(row, name, value)
            for channel, name in TICK_FIELDS.items()
            if (value := getattr(cells, name)) is not None
        }
        return {channel: tick for channel, tick in ticks.items() if tick is not Tick.BLANK}

    def _key(self, row: int, text: str, number: str, cells: _EditCells) -> ReminderKey | None:
        try:
            key = ReminderKey.parse(text)
        except ValueError:
            self._doubt(row, "key", _("“{text}” is not a Relance XL reference").format(text=text))
            return None
        if isinstance(cells.number, CellError):
            self._doubt(row, "number", cell_error_text(cells.number))
        elif not is_same_number(key.invoice, number):
            self._doubt(row, "number", misfit_text(number, text))
            self._misfits.append((number, self._doubts[-1]))
        return key

    def exchanged(self) -> tuple[Fault, ...]:
        """Return the faults of rows that show another row's number, whatever they ask for: ticks may have moved too."""
        known = {without_zeros(one.key.invoice) for one in self.decisions} if self._misfits else set()
        return tuple(fault for number, fault in self._misfits if without_zeros(number) in known)

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

    def _day(self, row: int, value: Value, name: str = "next_date") -> date | None:
        if value is None or isinstance(value, CellError):
            self._text(row, name, value)
            return None
        try:
            return read_day(value, self._found.spreadsheet.is_1904)
        except ValueError:
            self._doubt(row, name, _("“{text}” is not a date (day/month/year)").format(text=value_text(value)))
            return None

    def tick_all(self) -> TickAll:
        """Return what the tick-all cells say."""
        channels = (channel for channel, name in TICK_FIELDS.items() if name in TICK_ALL_NAMES and self._tick_all(name))
        return TickAll(frozenset(channels), self._tick_all(PREFERRED_FIELD))

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
