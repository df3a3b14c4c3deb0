"""The sheet of calls: what people wrote down, read back; calls to make come at the end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

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
from relance_xl.workbook.ooxml.cells import CellError, Value, address, value_text
from relance_xl.workbook.sheets.columns import CALL_COLUMNS, CALLS_ANCHOR, CALLS_SHEET, ListLayout
from relance_xl.workbook.sheets.header import ListKind, find_list
from relance_xl.workbook.sheets.typed_cells import cell_error_text, read_day
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet

CALLS = ListKind(CALLS_SHEET, CALL_COLUMNS, CALLS_ANCHOR)


@dataclass(frozen=True, slots=True)
class CallLine:
    """A row that is there: of which call, about which invoices, when it was made (None: not said), what came of it.

    `result` None: nothing yet. `faults`: what cannot be understood.
    """

    row: int
    id: str
    invoices: str
    called_on: date | None
    result: CallResult | None
    faults: tuple[Fault, ...]
    is_read: bool


@dataclass(frozen=True, slots=True)
class CallsSheet:
    """The sheet, where its columns are, and its rows."""

    spreadsheet: Spreadsheet
    sheet: Sheet
    layout: ListLayout
    lines: tuple[CallLine, ...]
    #: The rows that somebody added, which are of no call that is known.
    own_rows: tuple[int, ...] = ()

    @classmethod
    def find_if_there(cls, spreadsheet: Spreadsheet) -> "CallsSheet | None":
        """Find and read the sheet; None where it, or the column that tells its rows apart, was deleted."""
        found = find_list(spreadsheet, CALLS)
        if found is None or "key" not in found.layout.columns:
            return None
        reader = _Reader(found.sheet, found.layout, spreadsheet.is_1904)
        lines = tuple(reader.lines())
        return cls(spreadsheet, found.sheet, found.layout, lines, tuple(reader.own_rows))

    def place(self, row: int, field: str = "result_day") -> str:
        """Name a cell of a row: `Appels!M2`."""
        return f"{self.sheet.name}!{address(self.layout.columns.get(field, 1), row)}"


_READ = ("key", "invoices", "called_on", "reached", "result", "result_day", "report", "read_on")


class _Reader:
    """Reads row after row."""

    def __init__(self, sheet: Sheet, layout: ListLayout, is_1904: bool) -> None:
        self._sheet, self._layout, self._is_1904 = sheet, layout, is_1904
        self.own_rows: list[int] = []

    def lines(self) -> Iterator[CallLine]:
        for row in self._sheet.scan(self._layout.scanned(_READ)):
            if row.number < self._layout.first_row:
                continue
            if value_text(row.values[0]):
                yield self._line(row.number, *row.values)
            elif any(map(value_text, row.values)):
                self.own_rows.append(row.number)

    def _line(  # noqa: PLR0913, PLR0917 - the cells of a row, in their order
        self,
        row: int,
        key: Value,
        invoices: Value,
        called_on: Value,
        reached: Value,
        result: Value,
        day: Value,
        report: Value,
        read_on: Value,
    ) -> CallLine:
        faults: list[Fault] = []
        cells = (
            ("called_on", called_on), ("reached", reached), ("result", result), ("result_day", day), ("report", report),
        )  # fmt: skip
        for name, value in cells:
            if isinstance(value, CellError):
                faults.append(self._fault(row, name, cell_error_text(value)))
        found, said = read_reached(value_text(reached)), read_said(value_text(result))
        if value_text(reached) and found is None:
            faults.append(self._fault(row, "reached", _unknown(value_text(reached), REACHED_WORDS.values())))
        if value_text(result) and said is None:
            faults.append(self._fault(row, "result", _unknown(value_text(result), SAID_WORDS.values())))
        named = self._day(row, "result_day", day, faults)
        made_on = self._day(row, "called_on", called_on, faults)
        if said is Said.PROMISE and value_text(day) == "":
            faults.append(self._fault(row, "result_day", _("a promise needs its day")))
        if value_text(result) and not value_text(reached):
            faults.append(self._fault(row, "reached", _("was anybody reached? yes, no or message")))
        text = "" if isinstance(report, CellError) else value_text(report)
        is_told = found is not None and not faults
        return CallLine(
            row,
            value_text(key),
            value_text(invoices),
            made_on,
            CallResult(found, said, named, text) if is_told and found is not None else None,
            tuple(faults),
            read_on is not None,
        )

    def _day(self, row: int, field: str, value: Value, faults: list[Fault]) -> date | None:
        try:
            return None if isinstance(value, CellError) else read_day(value, self._is_1904)
        except ValueError:
            problem = _("“{text}” is not a date (day/month/year)").format(text=value_text(value))
            faults.append(self._fault(row, field, problem))
            return None

    def _fault(self, row: int, field: str, problem: str) -> Fault:
        return Fault(problem, f"{self._sheet.name}!{address(self._layout.columns[field], row)}")


def _unknown(text: str, words: Iterable[str]) -> str:
    return _("“{text}” is none of these: {known}").format(text=text, known=", ".join(map(_, words)))
