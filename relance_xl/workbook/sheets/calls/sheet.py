"""The sheet of calls: what people wrote down, read back; calls to make come at the end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from openpyxl.worksheet.datavalidation import DataValidation

from relance_xl.core.money import Money
from relance_xl.core.remembered.call_result import (
    REACHED_WORDS,
    SAID_WORDS,
    CallResult,
    Said,
    read_reached,
    read_said,
)
from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.ooxml.cells import BLANK, CellError, Content, Day, Number, Text, Value, address, value_text
from relance_xl.workbook.sheets.appearance import explain
from relance_xl.workbook.sheets.appended_list import append_rows
from relance_xl.workbook.sheets.columns import CALL_COLUMNS, CALLS_ANCHOR, CALLS_SHEET, ListLayout
from relance_xl.workbook.sheets.header import ListKind, find_list
from relance_xl.workbook.sheets.reminders.row import text_or_blank
from relance_xl.workbook.sheets.typed_cells import cell_error_text, read_day
from relance_xl.workbook.spreadsheet.rules import Validation
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet

CALLS = ListKind(CALLS_SHEET, CALL_COLUMNS, CALLS_ANCHOR)


@dataclass(frozen=True, slots=True)
class CallLine:
    """A row that is there: of which call, what came of it (None: nothing yet), and what cannot be understood."""

    row: int
    id: str
    result: CallResult | None
    faults: tuple[Fault, ...]
    is_read: bool


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call to make, as its row shows it: about which invoices, how much in all, and what was sent before."""

    id: str
    day: date
    customer_code: str
    customer: str
    contact: str
    phone: str
    invoices: tuple[str, ...]
    amount: Money | None
    last_reminders: str


@dataclass(frozen=True, slots=True)
class CallsSheet:
    """The sheet, where its columns are, and its rows."""

    spreadsheet: Spreadsheet
    sheet: Sheet
    layout: ListLayout
    lines: tuple[CallLine, ...]

    @classmethod
    def find_if_there(cls, spreadsheet: Spreadsheet) -> "CallsSheet | None":
        """Find and read the sheet; None where it, or the column that tells its rows apart, was deleted."""
        found = find_list(spreadsheet, CALLS)
        if found is None or "key" not in found.layout.columns:
            return None
        reader = _Reader(found.sheet, found.layout, spreadsheet.is_1904)
        return cls(spreadsheet, found.sheet, found.layout, tuple(reader.lines()))

    def refresh(self, rows: Iterable[CallRow], read_on: date, done: Iterable[str]) -> bool:
        """Add the calls that are missing, show those to make as they are now, mark the `done`; return whether it changed.

        Raises EditsError for what stands at the end of the list and cannot move down.
        """
        columns, places = self.layout.columns, {line.id: line for line in self.lines}
        added, changed = [], False
        for one in rows:
            contents = _contents(one)
            line = places.get(one.id)
            if line is None:
                added.append(contents)
            elif value_text(self.sheet.value(line.row, columns.get("invoices", 0))) != ", ".join(one.invoices):
                written = {columns[name]: what for name, what in contents.items() if name in columns}
                self.sheet.put_row(line.row, written)
                changed = True
        marked = [line for key in done if (line := places.get(key)) is not None and not line.is_read]
        for line in marked if "read_on" in columns else ():
            self.sheet.put(line.row, columns["read_on"], Day(read_on))
        last = append_rows(
            self.spreadsheet,
            self.sheet,
            self.layout,
            max((line.row for line in self.lines), default=self.layout.header_row),
            added,
        )
        if added:
            self._restore_rules(max(last, self.layout.first_row))
        return bool(added) or changed or bool(marked)

    def _restore_rules(self, last: int) -> None:
        columns, first = self.layout.columns, self.layout.first_row
        rules = call_rules(columns)
        areas = {field: Area(columns[field], first, columns[field], last) for field in rules}
        self.sheet.restore_rules([Validation(areas[field], rule) for field, rule in rules.items()], [])


def call_rules(fields: Iterable[str]) -> dict[str, DataValidation]:
    """Return what may be typed into the columns to edit, by field. `fields`: the columns that are there."""
    rules = {
        "reached": DataValidation("list", formula1=_choices(REACHED_WORDS.values()), allow_blank=True),
        "result": DataValidation("list", formula1=_choices(SAID_WORDS.values()), allow_blank=True),
        "result_day": DataValidation("date", operator="greaterThan", formula1="36526", allow_blank=True),
    }
    explain(
        rules["reached"],
        _("Reached"),
        _("yes: the reminder counts. no, message: it stays due."),
        _("Choose from the list."),
    )
    explain(
        rules["result"],
        _("Outcome of the call"),
        _("A promise or a dispute suspends the invoices, up to the day beside it."),
        _("Choose from the list."),
    )
    explain(rules["result_day"], _("For the"), _("The day that was named: 16/12/2026."), _("A date: 16/12/2026."))
    return {field: rule for field, rule in rules.items() if field in set(fields)}


def _choices(words: Iterable[str]) -> str:
    return '"' + ",".join(map(_, words)) + '"'


def _contents(one: CallRow) -> dict[str, Content]:
    return {
        "key": Text(one.id),
        "day": Day(one.day),
        "customer_code": text_or_blank(one.customer_code),
        "customer": text_or_blank(one.customer),
        "contact": text_or_blank(one.contact),
        "phone": text_or_blank(one.phone),
        "invoices": text_or_blank(", ".join(one.invoices)),
        "amount": Number(one.amount.amount) if one.amount else BLANK,
        "currency": text_or_blank(one.amount.currency if one.amount else ""),
        "last_reminders": text_or_blank(one.last_reminders),
    }


_READ = ("key", "reached", "result", "result_day", "report", "read_on")


class _Reader:
    """Reads row after row."""

    def __init__(self, sheet: Sheet, layout: ListLayout, is_1904: bool) -> None:
        self._sheet, self._layout, self._is_1904 = sheet, layout, is_1904

    def lines(self) -> Iterator[CallLine]:
        for row in self._sheet.scan(self._layout.scanned(_READ)):
            if row.number >= self._layout.first_row and value_text(row.values[0]):
                yield self._line(row.number, *row.values)

    def _line(  # noqa: PLR0913, PLR0917 - the cells of a row, in their order
        self, row: int, key: Value, reached: Value, result: Value, day: Value, report: Value, read_on: Value
    ) -> CallLine:
        faults: list[Fault] = []
        for name, value in (("reached", reached), ("result", result), ("result_day", day), ("report", report)):
            if isinstance(value, CellError):
                faults.append(self._fault(row, name, cell_error_text(value)))
        found, said = read_reached(value_text(reached)), read_said(value_text(result))
        if value_text(reached) and found is None:
            faults.append(self._fault(row, "reached", _unknown(value_text(reached), REACHED_WORDS.values())))
        if value_text(result) and said is None:
            faults.append(self._fault(row, "result", _unknown(value_text(result), SAID_WORDS.values())))
        try:
            named = None if isinstance(day, CellError) else read_day(day, self._is_1904)
        except ValueError:
            named = None
            problem = _("“{text}” is not a date (day/month/year)").format(text=value_text(day))
            faults.append(self._fault(row, "result_day", problem))
        if said is Said.PROMISE and value_text(day) == "":
            faults.append(self._fault(row, "result_day", _("a promise needs its day")))
        if value_text(result) and not value_text(reached):
            faults.append(self._fault(row, "reached", _("was anybody reached? yes, no or message")))
        text = "" if isinstance(report, CellError) else value_text(report)
        is_told = found is not None and not faults
        return CallLine(
            row,
            value_text(key),
            CallResult(found, said, named, text) if is_told and found is not None else None,
            tuple(faults),
            read_on is not None,
        )

    def _fault(self, row: int, field: str, problem: str) -> Fault:
        return Fault(problem, f"{self._sheet.name}!{address(self._layout.columns[field], row)}")


def _unknown(text: str, words: Iterable[str]) -> str:
    return _("“{text}” is none of these: {known}").format(text=text, known=", ".join(map(_, words)))
