"""Writes proposals into the sheet of reminders: new rows come, closed ones leave, the user's edits stay."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from relance_xl.core.money import Money
from relance_xl.core.reminder import ReminderKey
from relance_xl.runtime.errors import EditsError
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.ooxml.cells import BLANK, Day, Formula, value_text
from relance_xl.workbook.ooxml.column_letters import get_column_letter
from relance_xl.workbook.sheets.columns import (
    REMINDER_COLUMNS,
    TICK_ALL_NAMES,
    TODAY_NAME,
)
from relance_xl.workbook.sheets.lists import ListsSheet
from relance_xl.workbook.sheets.names import restore_names
from relance_xl.workbook.sheets.reminders.left_rows import TypedEntries, put_own_cells, typed_entries
from relance_xl.workbook.sheets.reminders.matching import make_room, match_rows, own_formulas
from relance_xl.workbook.sheets.reminders.request_cells import (
    request_validations,
    restore_request_cells,
    write_requests,
)
from relance_xl.workbook.sheets.reminders.row import (
    Refresh,
    ReminderRow,
    Writing,
    is_rebooked,
    proposed_contents,
    proposed_state,
    row_templates,
    state_contents,
    write_row,
)
from relance_xl.workbook.sheets.reminders.rules import colour_rules, edit_rules, tick_all_rules
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.sheets.reminders.shown_invoice import ShownRow, shown_invoice
from relance_xl.workbook.sheets.reminders.tick_all import tick_all_of, write_count
from relance_xl.workbook.spreadsheet.rules import Colour, Validation

_A_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class AmountChange:
    """An invoice of which another amount is owed than its row showed."""

    number: str
    before: Money
    now: Money


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """What a refresh did: the invoices that came and those that left; those that are another customer's now.

    What was typed into the rows of the last was meant for somebody else, so it went; their comments are kept here, and what
    was typed into rows that left.
    """

    added: tuple[str, ...]
    closed: tuple[str, ...]
    rebooked: Mapping[str, str]
    left: tuple[TypedEntries, ...]
    #: What was typed over the numbers of invoices, by these.
    overtyped: Mapping[str, str]
    #: The invoices that came back, and with them what had been typed into their rows.
    returned: tuple[str, ...] = ()
    #: Where the invoices that came stand: the first and the last of these rows; 0: none came.
    added_rows: tuple[int, int] = (0, 0)
    amounts: tuple[AmountChange, ...] = ()


def refresh_reminders(found: RemindersSheet, lists: ListsSheet, refresh: Refresh) -> RefreshReport:
    """Bring the sheet up to date with the proposals.

    Unsent edits stay: those of rows whose reminder is still the next one. Raises EditsError for rows that cannot be
    told apart or cannot move.
    """
    restore_names(found.spreadsheet)
    restore_request_cells(found)
    wanted = {row.key.invoice: row for row in refresh.rows}
    shown = _shown(found)
    _refuse_misplaced(found, shown, lists)
    matched = match_rows(found, wanted)
    present, closed = matched.present, matched.closed
    fresh = {number for number, row in present.items() if _key_text(found, row) != str(wanted[number].key)}
    added = [row for row in refresh.rows if row.key.invoice not in present]
    rebooked = {
        key.invoice
        for key, (_row, one) in shown.items()
        if key.invoice in present and is_rebooked(one, wanted[key.invoice], refresh.shared_codes)
    }
    comments = {number: found.text(present[number], "comment") for number in rebooked - fresh}
    left = [one for row in closed if (one := typed_entries(found, row, lists)) is not None]
    places = make_room(found, present, closed, added)
    templates = row_templates(found, refresh.minimum_text)
    if fresh:
        _clear_tick_all(found)
    writing = Writing(found, lists, refresh, tick_all_of(found), templates)
    _write_day(found, refresh)
    lists.say_tick_all(writing.tick_all)
    for row in refresh.rows:
        if row.key.invoice in present:
            number = row.key.invoice
            # Whatever was decided for the customer of then is not for the one of now.
            is_others = number in rebooked
            write_row(writing, places[number], row, is_new=number in fresh or is_others, is_others=is_others)
    _write_added(writing, places, added)
    write_count(found, writing.reached)
    first_added = min(places.values(), default=found.layout.first_row)
    old_last_row = max((places[number] for number in present), default=first_added)
    _finish(found, refresh, places, old_last_row)
    write_requests(found, lists, len(writing.to_send))
    added_numbers = tuple(row.key.invoice for row in added)
    returned = tuple(row.key.invoice for row in added if row.entries is not None)
    return RefreshReport(
        added_numbers,
        tuple(sorted(closed.values())),
        comments,
        tuple(left),
        matched.overtyped,
        returned,
        _span([places[number] for number in added_numbers]),
        tuple(_changed_amounts(shown, wanted, rebooked)),
    )


def _changed_amounts(
    shown: Mapping[ReminderKey, ShownRow], wanted: Mapping[str, ReminderRow], rebooked: Collection[str]
) -> Iterator[AmountChange]:
    """Yield the invoices whose rows showed another amount, but for those that are another customer's now."""
    for key, (_row, one) in shown.items():
        row = wanted.get(key.invoice)
        if row is None or row.open_amount is None or key.invoice in rebooked:
            continue
        with suppress(InvalidOperation):
            before = Decimal(one.open_amount)
            # A spreadsheet keeps a binary fraction, and may write all of its digits.
            if abs(before - row.open_amount.amount) >= _A_CENT / 2:
                yield AmountChange(key.invoice, Money(before, row.open_amount.currency), row.open_amount)


def _span(rows: list[int]) -> tuple[int, int]:
    return (min(rows), max(rows)) if rows else (0, 0)


def _shown(found: RemindersSheet) -> dict[ReminderKey, ShownRow]:
    """Return each row's number and what it shows of its invoice, by the reminder that its hidden id names."""
    shown: dict[ReminderKey, ShownRow] = {}
    for row, (key_text, *cells) in found.scan(("key", "customer_code", "customer", "due_date", "open_amount", "email")):
        with suppress(ValueError):
            shown.setdefault(ReminderKey.parse(value_text(key_text)), ShownRow(row, shown_invoice(*cells)))
    return shown


def _refuse_misplaced(found: RemindersSheet, shown: Mapping[ReminderKey, ShownRow], lists: ListsSheet) -> None:
    faults = found.misplaced_faults(shown, lists.shown)
    if faults:
        raise EditsError(
            _("The workbook cannot be brought up to date."),
            faults,
            _(
                "Undo the sorting, or take back an earlier copy (.relance/backups): ticks stand beside other invoices now."
            ),
        )


def _key_text(found: RemindersSheet, row: int) -> str:
    return found.text(row, "key")


def _write_added(writing: Writing, places: Mapping[str, int], added: list[ReminderRow]) -> None:
    """Write new rows in the format of the one above the first, and continue the user's own formulas."""
    found = writing.found
    existing = set(found.sheet.row_numbers())
    above = min((places[row.key.invoice] for row in added), default=1) - 1
    is_first = above <= found.layout.header_row
    pattern = found.layout.first_row if is_first else above
    look, own = found.sheet.row_format(pattern), own_formulas(found, pattern)
    for row in added:
        number = places[row.key.invoice]
        if number in existing:
            found.sheet.copy_row_format(pattern, number)
            write_row(writing, number, row, is_new=True)
        else:
            contents = proposed_contents(writing, number, row)
            contents |= state_contents(writing, number, proposed_state(writing, row))
            columns = found.layout.columns
            cells = {columns[name]: content for name, content in contents.items() if name in columns}
            found.sheet.add_row(number, look, cells)
        if row.entries is not None:
            put_own_cells(found, number, row.entries.own)
    for column in own:
        numbers = [places[row.key.invoice] for row in added]
        bare = [number for number in numbers if not found.sheet.has_formula(number, column)]
        found.sheet.copy_formula(pattern, bare, column)


def _clear_tick_all(found: RemindersSheet) -> None:
    """Clear the tick-all cells after a send: the next decision starts clean."""
    for name in TICK_ALL_NAMES:
        place = found.tick_all_place(name)
        if place is not None:
            found.sheet.put(place.row, place.column, BLANK)


def _write_day(found: RemindersSheet, refresh: Refresh) -> None:
    place = found.spreadsheet.named_cell(TODAY_NAME)
    if place is not None and place.sheet == found.sheet.name:
        # A replay of another day shows that day; a normal workbook follows the calendar.
        content = Day(refresh.today) if refresh.replayed else Formula("TODAY()", refresh.today)
        found.sheet.put(place.row, place.column, content)


def _restore_rules(found: RemindersSheet, minimum_text: str, last: int) -> None:
    """Re-assert the rules of the list: pasting takes them away, and Calc shortens them."""
    columns, first = found.layout.columns, found.layout.first_row
    letters = {field: get_column_letter(column) for field, column in columns.items()}

    def area(field: str) -> Area:
        return Area(columns[field], first, columns[field], last)

    validations = [Validation(area(field), rule) for field, rule in edit_rules(letters, first).items()]
    for field, rule in tick_all_rules().items():
        place = found.tick_all_place(field)
        if place is not None:
            validations.append(Validation(Area(place.column, place.row, place.column, place.row), rule))
    validations += request_validations(found)
    has_all = len(columns) == len(REMINDER_COLUMNS)
    colours = (
        [Colour(area(field), rule) for field, rule in colour_rules(letters, first, minimum_text)] if has_all else []
    )
    found.sheet.restore_rules(validations, colours)


def _finish(found: RemindersSheet, refresh: Refresh, places: Mapping[str, int], old_last_row: int) -> None:
    """Stretch rules and filter over all rows, and lead the document cells to their files."""
    last = max(places.values(), default=found.layout.first_row)
    found.spreadsheet.grow(found.sheet, found.layout.growth(old_last_row, last))
    _restore_rules(found, refresh.minimum_text, last)
    found.link_documents({places[row.key.invoice]: row.document for row in refresh.rows})
