"""Writes proposals into the sheet of reminders: new rows come, closed ones leave, the user's edits stay."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from openpyxl.utils import get_column_letter

from relance_xl.core.decision import TickAll
from relance_xl.core.money import Money
from relance_xl.core.reminder import ReminderKey
from relance_xl.core.typed import Tick, plain_title
from relance_xl.errors import EditsError, Fault
from relance_xl.language import _
from relance_xl.workbook.areas import Area
from relance_xl.workbook.cells import BLANK, Content, Day, Formula, Number, Text, value_text
from relance_xl.workbook.columns import REMINDER_COLUMNS, TICK_ALL_NAMES
from relance_xl.workbook.growth import Growth
from relance_xl.workbook.list_rules import colour_rules, edit_rules, tick_all_rules
from relance_xl.workbook.lists_sheet import ListsSheet
from relance_xl.workbook.references import RowMoves
from relance_xl.workbook.reminders_sheet import RemindersSheet, lenient_tick
from relance_xl.workbook.restoring import Colour, Validation
from relance_xl.workbook.sending import RowState, sending_formula, sending_template, sending_text
from relance_xl.workbook.sheet import Link


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """What one row shows; texts are in the workbook's language. `planned` None: never due."""

    key: ReminderKey
    customer_code: str
    customer: str
    invoice_date: date | None
    due_date: date
    total: Money | None
    open_amount: Money
    planned: date | None
    level: str
    email: str
    last_date: date | None = None
    last_level: str = ""
    last_comment: str = ""
    post: bool = False
    email_tick: bool = False
    status: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a refresh is given: the rows, today, whether TODAY() or a fixed day stands in the sheet.

    `level_texts`: all that may stand in a level cell, normalised.
    """

    rows: tuple[ReminderRow, ...]
    today: date
    replayed: bool
    minimum_text: str
    level_texts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """What a refresh did: the invoices that came and those that left."""

    added: tuple[str, ...]
    closed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prospect:
    """What decides about a row besides its own edits: its status, whether it is due, the tick-all cells."""

    status: str
    due: bool
    tick_all: TickAll


@dataclass(frozen=True, slots=True)
class _Writing:
    """What writing any row needs."""

    found: RemindersSheet
    lists: ListsSheet
    refresh: Refresh
    tick_all: TickAll
    #: The formula of the column Sending; empty where the columns that it needs are gone.
    sending: str


def refresh_reminders(found: RemindersSheet, lists: ListsSheet, refresh: Refresh) -> RefreshReport:
    """Bring the sheet up to date with the proposals.

    Unsent edits stay: those of rows whose reminder is still the next one. Raises EditsError for rows that cannot be
    told apart or cannot move.
    """
    wanted = {row.key.invoice: row for row in refresh.rows}
    present, closed = _match_rows(found, wanted)
    fresh = {number for number, row in present.items() if _key_text(found, row) != str(wanted[number].key)}
    added = [row for row in refresh.rows if row.key.invoice not in present]
    places = _make_room(found, present, closed, added)
    template = sending_template(found.letter, refresh.minimum_text) if _can_say_sending(found) else ""
    writing = _Writing(found, lists, refresh, _tick_all(found, clear=bool(fresh)), template)
    _write_day(found, refresh)
    lists.say_tick_all(writing.tick_all)
    for row in refresh.rows:
        if row.key.invoice in present:
            _write_row(writing, places[row.key.invoice], row, is_new=row.key.invoice in fresh)
    _write_added(writing, places, added)
    first_added = min(places.values(), default=found.layout.first_row)
    old_last_row = max((places[number] for number in present), default=first_added)
    _finish(found, refresh, places, old_last_row)
    return RefreshReport(tuple(row.key.invoice for row in added), tuple(sorted(closed.values())))


def _key_text(found: RemindersSheet, row: int) -> str:
    return found.text(row, "key")


def _match_rows(found: RemindersSheet, wanted: Mapping[str, ReminderRow]) -> tuple[dict[str, int], dict[int, str]]:
    """Tell which rows show which invoice (by id, else by number), and which rows' invoices are gone."""
    present: dict[str, int] = {}
    closed: dict[int, str] = {}
    faults: list[Fault] = []
    for row in found.data_rows():
        key_text, number = found.text(row, "key"), found.text(row, "number")
        try:
            invoice = ReminderKey.parse(key_text).invoice if key_text else ""
        except ValueError:
            faults.append(
                Fault(_("“{text}” is not a Relance XL reference").format(text=key_text), found.place(row, "key"))
            )
            continue
        if invoice and number and invoice != number:
            faults.append(
                Fault(
                    _(
                        "“{number}” does not fit its hidden reference {key}: was only a part of the table sorted or pasted?"
                    ).format(number=number, key=key_text),
                    found.place(row, "number"),
                )
            )
        elif (invoice or number) in wanted:
            present.setdefault(invoice or number, row)
        elif invoice:
            closed[row] = invoice
    if faults:
        raise EditsError(
            _("The workbook cannot be brought up to date."),
            faults,
            _("Correct these cells, or take back an earlier copy (.relance/backups)."),
        )
    return present, closed


def _make_room(
    found: RemindersSheet, present: Mapping[str, int], closed: Mapping[int, str], added: list[ReminderRow]
) -> dict[str, int]:
    """Remove closed rows, close the gaps, make room for new rows behind the last of ours; return each one's row."""
    ours = set(present.values()) | set(closed)
    last_ours = max(ours, default=found.layout.header_row)
    # Where every row leaves, one stays, emptied: its formats are what the rows to come continue.
    emptied = min(closed) if closed and not present else None
    rows = found.data_rows()
    new_row: dict[int, int | None] = {}
    shift = 0
    for row in range(found.layout.first_row, max(rows, default=last_ours) + 1):
        if row == last_ours + 1:
            shift += max(len(added) - (emptied is not None), 0)
        if row in closed and row != emptied:
            new_row[row] = None
            shift -= 1
        else:
            new_row[row] = row + shift
    _refuse_moving_formulas(found, [row for row in rows if row not in ours and new_row[row] != row])
    if any(old != new for old, new in new_row.items()):
        _empty_own_formulas(found, present.values())
    found.document.move_rows(found.sheet, RowMoves(new_row))
    places = {number: new_row[row] or row for number, row in present.items()}
    if emptied is not None:
        _empty_row(found, emptied)
    behind = emptied - 1 if emptied is not None else last_ours - len(closed)
    return places | {row.key.invoice: behind + index for index, row in enumerate(added, start=1)}


def _empty_own_formulas(found: RemindersSheet, rows: Iterable[int]) -> None:
    """Clear the formulas that every refresh writes anew: taking them apart to follow the move would cost most of it."""
    columns = [column for name in ("sending", "days_overdue") if (column := found.layout.column(name)) is not None]
    for row in rows:
        for column in columns:
            found.sheet.put(row, column, BLANK)


def _empty_row(found: RemindersSheet, row: int) -> None:
    for column in found.sheet.columns_of(row):
        found.sheet.put(row, column, BLANK)


def _refuse_moving_formulas(found: RemindersSheet, rows: list[int]) -> None:
    faults = [
        Fault(_("cells below the list that hold formulas would have to move"), f"{found.sheet.name}!A{row}")
        for row in rows
        if any(found.sheet.has_formula(row, column) for column in found.sheet.columns_of(row))
    ]
    if faults:
        raise EditsError(
            _("The list of reminders has no room to grow."),
            faults,
            _("Move these cells above the list or to another sheet."),
        )


def _write_added(writing: _Writing, places: Mapping[str, int], added: list[ReminderRow]) -> None:
    """Write new rows in the format of the one above the first, and continue the user's own formulas."""
    found = writing.found
    existing = set(found.sheet.row_numbers())
    above = min((places[row.key.invoice] for row in added), default=1) - 1
    is_first = above <= found.layout.header_row
    look = found.sheet.row_format(found.layout.first_row if is_first else above)
    own = [] if is_first else _own_formulas(found, above)
    for row in added:
        number = places[row.key.invoice]
        if number in existing:
            found.sheet.copy_row_format(above if not is_first else number, number)
            _write_row(writing, number, row, is_new=True)
        else:
            contents = _proposed_contents(writing, number, row)
            contents["sending"] = _sending_content(writing, number, _proposed_state(writing, row))
            columns = found.layout.columns
            cells = {columns[name]: content for name, content in contents.items() if name in columns}
            found.sheet.add_row(number, look, cells)
    for column in own:
        numbers = [places[row.key.invoice] for row in added]
        bare = [number for number in numbers if not found.sheet.has_formula(number, column)]
        found.sheet.copy_formula(above, bare, column)


def _own_formulas(found: RemindersSheet, row: int) -> list[int]:
    """Return the columns of the user's own formulas in a row."""
    ours = set(found.layout.columns.values())
    return [
        column for column in found.sheet.columns_of(row) if column not in ours and found.sheet.has_formula(row, column)
    ]


def _tick_all(found: RemindersSheet, clear: bool) -> TickAll:
    return TickAll(_tick_all_of(found, "post", clear), _tick_all_of(found, "email_tick", clear))


def _tick_all_of(found: RemindersSheet, name: str, clear: bool) -> bool:
    """Return a tick-all cell's state; after a send it is cleared: the next decision starts clean."""
    place = found.document.named_cell(TICK_ALL_NAMES[name])
    if place is None or place.sheet != found.sheet.name:
        return False
    if clear:
        found.sheet.put(place.row, place.column, BLANK)
        return False
    return lenient_tick(value_text(found.sheet.value(place.row, place.column))) is Tick.YES


def _write_day(found: RemindersSheet, refresh: Refresh) -> None:
    place = found.document.named_cell("relance_aujourdhui")
    if place is not None and place.sheet == found.sheet.name:
        # A replay of another day shows that day; a normal workbook follows the calendar.
        content = Day(refresh.today) if refresh.replayed else Formula("TODAY()", refresh.today)
        found.sheet.put(place.row, place.column, content)


def _proposed_contents(writing: _Writing, row: int, wanted: ReminderRow) -> dict[str, Content]:
    """Return what stands in the row of a reminder nobody has edited yet, but for the column Sending."""
    contents = _computed_contents(writing.found, row, wanted, writing.refresh)
    return contents | {
        "level": text_or_blank(wanted.level),
        "post": text_or_blank("x" if wanted.post else ""),
        "email_tick": text_or_blank("x" if wanted.email_tick else ""),
        "email": text_or_blank(wanted.email),
        "comment": BLANK,
        "next_date": BLANK,
    }


def _proposed_state(writing: _Writing, wanted: ReminderRow) -> RowState:
    """Return what the column Sending looks at in the row of a reminder nobody has edited yet."""
    post, email_tick = (Tick.YES if ticked else Tick.BLANK for ticked in (wanted.post, wanted.email_tick))
    due = _is_due(writing, wanted)
    return RowState(bool(wanted.level), post, email_tick, bool(wanted.email), due, wanted.status)


def _is_due(writing: _Writing, wanted: ReminderRow) -> bool:
    return wanted.planned is not None and wanted.planned <= writing.refresh.today


def _sending_content(writing: _Writing, row: int, state: RowState) -> Content:
    value = sending_text(state, writing.tick_all, writing.refresh.minimum_text)
    return sending_formula(writing.sending, row, value) if writing.sending else text_or_blank(value)


def _write_row(writing: _Writing, row: int, wanted: ReminderRow, is_new: bool) -> None:
    """Write a row that is there: what is computed anew, and what the user left as it was proposed."""
    found = writing.found
    contents = _proposed_contents(writing, row, wanted)
    state = _proposed_state(writing, wanted)
    kept: set[str] = set()
    if not is_new:
        kept = {"comment", "next_date"}
        if plain_title(found.text(row, "level")) in writing.refresh.level_texts | {""}:
            kept.add("level")
        # A level that was renamed in the settings is written anew: nobody could correct this row by row.
        if found.text(row, "email") != writing.lists.proposed_email(wanted.key):
            kept.add("email")
        kept |= {
            name
            for name, ticked in (("post", wanted.post), ("email_tick", wanted.email_tick))
            if not ticked or found.text(row, name)
        }
        state = replace(
            state,
            level=bool(found.text(row, "level") if "level" in kept else wanted.level),
            post=lenient_tick(found.text(row, "post")) if "post" in kept else Tick.YES,
            email_tick=lenient_tick(found.text(row, "email_tick")) if "email_tick" in kept else Tick.YES,
            address=bool(found.text(row, "email") if "email" in kept else wanted.email),
        )
    contents["sending"] = _sending_content(writing, row, state)
    columns = found.layout.columns
    written = {columns[name]: content for name, content in contents.items() if name in columns and name not in kept}
    found.sheet.put_row(row, written)


def text_or_blank(text: str) -> Content:
    """Return a text cell, blank for no text."""
    return Text(text) if text else BLANK


def _computed_contents(found: RemindersSheet, row: int, wanted: ReminderRow, refresh: Refresh) -> dict[str, Content]:
    """Return what stands in the columns that are not the user's to edit."""

    def day(value: date | None) -> Content:
        return Day(value) if value else BLANK

    overdue = (refresh.today - wanted.due_date).days
    has_due_column = found.layout.column("due_date") is not None
    return {
        "key": Text(str(wanted.key)),
        "number": Text(wanted.key.invoice),
        "customer_code": Text(wanted.customer_code),
        "customer": Text(wanted.customer),
        "invoice_date": day(wanted.invoice_date),
        "due_date": Day(wanted.due_date),
        "days_overdue": Formula(f"relance_aujourdhui-${found.letter('due_date')}{row}", overdue)
        if has_due_column else Number(overdue),
        "total": Number(wanted.total.amount) if wanted.total else BLANK,
        "open_amount": Number(wanted.open_amount.amount),
        "currency": Text(wanted.open_amount.currency),
        "last_date": day(wanted.last_date),
        "last_level": text_or_blank(wanted.last_level),
        "last_comment": text_or_blank(wanted.last_comment),
        "planned": day(wanted.planned),
        "status": text_or_blank(wanted.status),
        "document": text_or_blank(wanted.document),
    }  # fmt: skip


def write_sending(found: RemindersSheet, row: int, prospect: Prospect, minimum_text: str) -> None:
    """Write the words that say what will happen to a row, as a formula with its present value."""
    column = found.layout.column("sending")
    if column is None:
        return
    state = RowState(
        level=bool(found.text(row, "level")),
        post=lenient_tick(found.text(row, "post")),
        email_tick=lenient_tick(found.text(row, "email_tick")),
        address=bool(found.text(row, "email")),
        due=prospect.due,
        status=prospect.status,
    )
    value = sending_text(state, prospect.tick_all, minimum_text)
    if _can_say_sending(found):
        template = sending_template(found.letter, minimum_text)
        found.sheet.put(row, column, sending_formula(template, row, value))
    else:
        found.sheet.put(row, column, text_or_blank(value))


def _can_say_sending(found: RemindersSheet) -> bool:
    """Whether the columns are there that the formula of the column Sending looks at."""
    return {"planned", "status"} <= set(found.layout.columns)


def link_documents(found: RemindersSheet, documents: Iterable[tuple[int, str]]) -> None:
    """Make the document cells of these rows lead to their files; the column's other links go."""
    column = found.layout.column("document")
    if column is not None:
        links = [Link(row, column, target) for row, target in documents if target]
        found.sheet.set_links(links, column, found.document.relationships(found.sheet))


def _restore_rules(found: RemindersSheet, minimum_text: str, last: int) -> None:
    """Re-assert the rules of the list: pasting takes them away, and Calc shortens them."""
    columns, first = found.layout.columns, found.layout.first_row
    letters = {field: get_column_letter(column) for field, column in columns.items()}

    def area(field: str) -> Area:
        return Area(columns[field], first, columns[field], last)

    validations = [Validation(area(field), rule) for field, rule in edit_rules(letters, first).items()]
    for field, rule in tick_all_rules().items():
        place = found.document.named_cell(TICK_ALL_NAMES[field])
        if place is not None and place.sheet == found.sheet.name:
            validations.append(Validation(Area(place.column, place.row, place.column, place.row), rule))
    has_all = len(columns) == len(REMINDER_COLUMNS)
    colours = (
        [Colour(area(field), rule) for field, rule in colour_rules(letters, first, minimum_text)] if has_all else []
    )
    found.sheet.restore_rules(validations, colours)


def _finish(found: RemindersSheet, refresh: Refresh, places: Mapping[str, int], old_last_row: int) -> None:
    """Stretch rules and filter over all rows, and lead the document cells to their files."""
    last = max(places.values(), default=found.layout.first_row)
    grown = Growth(found.layout.first_row, old_last_row, last)
    found.sheet.stretch(grown, max(found.layout.columns.values()))
    found.document.stretch_tables(found.sheet, grown)
    if old_last_row > found.layout.first_row:
        found.document.grow_references(found.sheet, grown)
    found.document.fit_filter_name(found.sheet)
    _restore_rules(found, refresh.minimum_text, last)
    link_documents(found, ((places[row.key.invoice], row.document) for row in refresh.rows))
