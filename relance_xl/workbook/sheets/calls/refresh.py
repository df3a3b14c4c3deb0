"""Writes the calls: those to make come at the end, those that were made are marked; what people wrote stays."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from openpyxl.worksheet.datavalidation import DataValidation

from relance_xl.core.money import Money
from relance_xl.core.remembered.call_result import REACHED_WORDS, SAID_WORDS
from relance_xl.core.texts.typed import plain
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.ooxml.cells import BLANK, Content, Day, Number, Text, value_text
from relance_xl.workbook.sheets.appearance import explain
from relance_xl.workbook.sheets.appended_list import append_rows
from relance_xl.workbook.sheets.calls.sheet import CallsSheet
from relance_xl.workbook.sheets.reminders.row import text_or_blank
from relance_xl.workbook.spreadsheet.rules import Validation


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


def write_calls(found: CallsSheet, rows: Iterable[CallRow], read_on: date, done: Iterable[str]) -> bool:
    """Add the calls that are missing, show those to make as they are now, mark the `done`; return whether it changed.

    Raises EditsError for what stands at the end of the list and cannot move down.
    """
    columns, places = found.layout.columns, {line.id: line for line in found.lines}
    added, changed = [], False
    for one in rows:
        contents = _contents(one)
        line = places.get(one.id)
        if line is None:
            added.append(contents)
        elif _differs(found, line.row, contents):
            found.sheet.put_row(line.row, {columns[name]: what for name, what in contents.items() if name in columns})
            changed = True
    settled = set(done)
    marked = [line for line in found.lines if line.id in settled and not line.is_read]
    for line in marked if "read_on" in columns else ():
        found.sheet.put(line.row, columns["read_on"], Day(read_on))
    append_rows(found.spreadsheet, found.sheet, found.layout, _last_row(found), added)
    return bool(added) or changed or bool(marked)


def _differs(found: CallsSheet, row: int, contents: Mapping[str, Content]) -> bool:
    """Whether a row shows something else than it is to show, its day apart, which is that of the first time."""
    for name, content in contents.items():
        column = found.layout.column(name)
        shown = found.sheet.value(row, column) if column is not None else None
        match content:
            case Day():
                is_same = True
            case Number(value):
                is_same = shown == value
            case Text(text):
                is_same = value_text(shown) == plain(text)
            case _:
                is_same = not value_text(shown)
        if column is not None and not is_same:
            return True
    return False


def restore_call_rules(found: CallsSheet) -> None:
    """Re-assert what may be typed into the list: pasting takes rules away."""
    columns, first = found.layout.columns, found.layout.first_row
    last = max(found.sheet.last_row, first)
    rules = call_rules(columns)
    areas = {field: Area(columns[field], first, columns[field], last) for field in rules}
    found.sheet.restore_rules([Validation(areas[field], rule) for field, rule in rules.items()], [])


def _last_row(found: CallsSheet) -> int:
    return max((line.row for line in found.lines), default=found.layout.header_row)


def call_rules(fields: Iterable[str]) -> dict[str, DataValidation]:
    """Return what may be typed into the columns to edit, by field. `fields`: the columns that are there."""
    rules = {
        "reached": DataValidation("list", formula1=_choices(REACHED_WORDS.values()), allow_blank=True),
        "result": DataValidation("list", formula1=_choices(SAID_WORDS.values()), allow_blank=True),
        "called_on": DataValidation("date", operator="greaterThan", formula1="36526", allow_blank=True),
        "result_day": DataValidation("date", operator="greaterThan", formula1="36526", allow_blank=True),
    }
    explain(
        rules["called_on"],
        _("Called on"),
        _("The day of the call. Empty: the day on which it is taken up."),
        _("A date: 16/12/2026."),
    )
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
