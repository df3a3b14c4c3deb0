"""Which rows of the list show which invoice, and where each one's row is once some have left and some have come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from relance_xl.core.reminder import ReminderKey
from relance_xl.core.texts.typed import Tick, is_same_number, without_zeros
from relance_xl.runtime.errors import EditsError, Fault
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.cells import BLANK, CellError, Value, value_text
from relance_xl.workbook.row_moves.references import RowMoves
from relance_xl.workbook.sheets.columns import TICK_ALL_NAMES, TICK_FIELDS
from relance_xl.workbook.sheets.reminders.row import ReminderRow
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.sheets.typed_cells import lenient_tick


@dataclass(frozen=True, slots=True)
class MatchedRows:
    """The row of each invoice that is wanted; the rows of those that are gone; what was typed over an invoice's number."""

    present: Mapping[str, int]
    closed: Mapping[int, str]
    overtyped: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Misfit:
    """A row whose number does not fit its hidden id."""

    row: int
    key: str
    shown: str
    asks: bool


def match_rows(found: RemindersSheet, wanted: Mapping[str, ReminderRow]) -> MatchedRows:
    """Tell which rows show which invoice (by id, else by number), and which rows' invoices are gone.

    What was typed over the number of a row that asks for nothing is given back: the number is written anew. Raises
    EditsError where a row that asks for something, or shows another row's number, cannot be told.
    """
    present: dict[str, int] = {}
    closed: dict[int, str] = {}
    faults: list[Fault] = []
    known: set[str] = set()
    misfits: dict[str, _Misfit] = {}
    all_ticked = any(_says_yes(_tick_all_value(found, name)) for name in TICK_ALL_NAMES)
    for row, (key_value, shown, *ticks) in found.scan(("key", "number", *TICK_FIELDS.values())):
        # An error says nothing against the hidden id: the number is written anew.
        key_text, number = value_text(key_value), "" if isinstance(shown, CellError) else value_text(shown)
        try:
            invoice = ReminderKey.parse(key_text).invoice if key_text else ""
        except ValueError:
            faults.append(
                Fault(_("“{text}” is not a Relance XL reference").format(text=key_text), found.place(row, "key"))
            )
            continue
        known.add(without_zeros(invoice))
        if invoice and number and not is_same_number(invoice, number):
            misfits[invoice] = _Misfit(row, key_text, number, all_ticked or any(map(_says_yes, ticks)))
        if (invoice or number) in wanted:
            present.setdefault(invoice or number, row)
        elif invoice:
            closed[row] = invoice
    faults += [
        Fault(misfit_text(one.shown, one.key), found.place(one.row, "number"))
        for one in misfits.values()
        if one.asks or without_zeros(one.shown) in known
    ]
    if faults:
        raise EditsError(
            _("The workbook cannot be brought up to date."),
            faults,
            _("Correct these cells, or take back an earlier copy (.relance/backups)."),
        )
    return MatchedRows(present, closed, {invoice: one.shown for invoice, one in misfits.items()})


def misfit_text(number: str, key: str) -> str:
    """Say that what stands where a row's number should does not fit its hidden id."""
    return _(
        "“{number}” does not fit its hidden reference {key}: was only a part of the table sorted or pasted?"
    ).format(number=number, key=key)


def _tick_all_value(found: RemindersSheet, name: str) -> Value:
    place = found.tick_all_place(name)
    return found.sheet.value(place.row, place.column) if place is not None else None


def _says_yes(value: Value) -> bool:
    return value is not None and lenient_tick(value_text(value)) is Tick.YES


def make_room(
    found: RemindersSheet, present: Mapping[str, int], closed: Mapping[int, str], added: list[ReminderRow]
) -> dict[str, int]:
    """Remove closed rows, close the gaps, make room for new rows behind the last of ours; return each one's row."""
    ours = set(present.values()) | set(closed)
    last_ours = max(ours, default=found.layout.header_row)
    # Where every row leaves, one stays, emptied: its formats are what the rows to come continue.
    emptied = min(closed) if closed and not present else None
    kept = emptied if closed or present else _empty_first_row(found)
    last_ours = max(last_ours, kept or 0)
    new_row: dict[int, int | None] = {}
    removed = 0
    for row in range(found.layout.first_row, last_ours + 1):
        if row in closed and row != emptied:
            new_row[row] = None
            removed += 1
        else:
            new_row[row] = row - removed
    shift = max(len(added) - (kept is not None), 0) - removed
    if shift or any(old != new for old, new in new_row.items()):
        _empty_own_formulas(found, present.values())
    found.spreadsheet.move_rows(found.sheet, RowMoves(new_row, emptied, shift, beyond=last_ours + 1))
    places = {number: new_row[row] or row for number, row in present.items()}
    if emptied is not None:
        found.sheet.empty_row(emptied, own_formulas(found, emptied))
    room = [
        *([kept] if kept is not None else []),
        *range(last_ours - removed + 1, last_ours - removed + 1 + len(added)),
    ]
    return places | {row.key.invoice: place for row, place in zip(added, room, strict=False)}


def own_formulas(found: RemindersSheet, row: int) -> list[int]:
    """Return the columns of the user's own formulas in a row."""
    ours = set(found.layout.columns.values())
    return [
        column for column in found.sheet.columns_of(row) if column not in ours and found.sheet.has_formula(row, column)
    ]


def _empty_first_row(found: RemindersSheet) -> int | None:
    """Return the row that was kept when the last invoice left, or laid out for the first one to come."""
    row = found.layout.first_row
    if row not in found.sheet.row_numbers():
        return None
    filled = set(found.sheet.filled_columns(row))
    return row if filled <= set(own_formulas(found, row)) else None


def _empty_own_formulas(found: RemindersSheet, rows: Iterable[int]) -> None:
    """Clear the formulas that every refresh writes anew: taking them apart to follow the move would cost most of it."""
    columns = [
        column for name in ("sending", "reached", "days_overdue") if (column := found.layout.column(name)) is not None
    ]
    for row in rows:
        for column in columns:
            found.sheet.put(row, column, BLANK)
