"""One row of the list of reminders: what it shows of a proposal, and what it keeps of the user's edits."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from relance_xl.core.channel import Channel
from relance_xl.core.decision import TickAll, Ticks
from relance_xl.core.money import Money
from relance_xl.core.remembered.customer_texts import mode_text, read_mode
from relance_xl.core.remembered.suspension import Suspension
from relance_xl.core.reminder import ReminderKey
from relance_xl.core.texts.addresses import BadAddressError, present_addresses, read_addresses
from relance_xl.core.texts.typed import Tick, is_same_code, plain_title
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.cells import BLANK, Content, Day, Formula, Number, Text, serial_of
from relance_xl.workbook.sheets.columns import TICK_FIELDS
from relance_xl.workbook.sheets.fixed_sheets import find_fixed_sheet
from relance_xl.workbook.sheets.lists import LISTS, ListsSheet
from relance_xl.workbook.sheets.reminders.left_rows import TypedEntries, entry_contents
from relance_xl.workbook.sheets.reminders.sending import (
    CHANNEL_WORDS,
    RowState,
    reached_template,
    row_formula,
    sending_template,
    sending_text,
)
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.sheets.reminders.shown_invoice import ShownInvoice, shown_invoice
from relance_xl.workbook.sheets.reminders.suspensions import SUSPENSION_FIELDS, suspension_contents
from relance_xl.workbook.sheets.reminders.tick_all import tick_all_of
from relance_xl.workbook.sheets.typed_cells import lenient_tick


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """What one row shows; texts are in the workbook's language. `planned` None: never due."""

    key: ReminderKey
    customer_code: str
    customer: str
    invoice_date: date | None
    due_date: date | None
    total: Money | None
    open_amount: Money | None
    planned: date | None
    level: str
    email: str
    last_date: date | None = None
    last_level: str = ""
    last_comment: str = ""
    #: The channels by which it is ticked for its user.
    ticks: frozenset[Channel] = frozenset()
    status: str = ""
    document: str = ""
    #: The channels that its customer prefers; none: as the row is ticked.
    mode: frozenset[Channel] = frozenset()
    #: What is known of why it is left alone.
    suspension: Suspension | None = None
    #: Whether its cells are to say so: they say something else, and nobody typed that.
    says_suspension: bool = False
    #: What was typed into its row before the invoice left the list for a while.
    entries: TypedEntries | None = None


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
    #: The levels' present names, by all that may stand in a level cell, normalised.
    level_labels: Mapping[str, str] = field(default_factory=dict)
    #: The columns that were deleted and came back: what was proposed stands there, nothing is kept.
    returned: frozenset[str] = frozenset()
    #: The names of the levels that no cell ticks for all.
    levels_apart: frozenset[str] = frozenset()
    #: The customers' codes, normalised, that several share.
    shared_codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Prospect:
    """What decides about a row besides its own cells: its status, the day, the levels that no cell ticks for all."""

    status: str
    today: date
    levels_apart: frozenset[str]


@dataclass(frozen=True, slots=True)
class RowTemplates:
    """The formulas of the columns Sending and Within tick-all; empty where the columns that they need are gone."""

    sending: str
    reached: str


@dataclass(frozen=True, slots=True)
class Writing:
    """What writing any row needs."""

    found: RemindersSheet
    lists: ListsSheet
    refresh: Refresh
    tick_all: TickAll
    templates: RowTemplates
    #: The rows written so far that a tick-all cell may tick.
    reached: set[int] = field(default_factory=set)
    #: Those of which the column Sending says that something would be sent.
    to_send: set[int] = field(default_factory=set)

    def is_suspended(self, wanted: ReminderRow) -> bool:
        """Whether a row's suspension stands today, in a sheet that can show it."""
        can_show = set(SUSPENSION_FIELDS) <= self.found.layout.columns.keys()
        return can_show and wanted.suspension is not None and wanted.suspension.stands(self.refresh.today)


def proposed_contents(writing: Writing, row: int, wanted: ReminderRow) -> dict[str, Content]:
    """Return what stands in the row of a reminder nobody has edited yet, but for the column Sending."""
    contents = _computed_contents(writing.found, row, wanted, writing.refresh)
    refresh = writing.refresh
    returned = entry_contents(wanted.entries, refresh.today, refresh.level_labels) if wanted.entries is not None else {}
    return contents | {
        "level": text_or_blank(wanted.level),
        **{name: text_or_blank("x" if channel in wanted.ticks else "") for channel, name in TICK_FIELDS.items()},
        "email": text_or_blank(wanted.email),
        "comment": BLANK,
        "next_date": BLANK,
        **suspension_contents(wanted.suspension),
        **returned,
    }


def proposed_state(writing: Writing, wanted: ReminderRow) -> RowState:
    """Return what the column Sending looks at in the row of a reminder nobody has edited yet."""
    ticks = dict.fromkeys(wanted.ticks, Tick.YES)
    if wanted.entries is not None:
        ticks |= {channel: tick for channel, tick in wanted.entries.ticks.items() if tick is Tick.NO}
    is_due, is_suspended = _is_due(writing, wanted), writing.is_suspended(wanted)
    return RowState(
        bool(wanted.level),
        ticks,
        bool(wanted.email),
        is_due,
        wanted.status,
        is_suspended,
        wanted.level in writing.refresh.levels_apart,
        wanted.mode,
    )


def _is_due(writing: Writing, wanted: ReminderRow) -> bool:
    return wanted.planned is not None and wanted.planned <= writing.refresh.today


def state_contents(writing: Writing, row: int, state: RowState) -> dict[str, Content]:
    """Return the cells that say what will happen to a row, and whether a tick-all cell may tick it."""
    text, templates = sending_text(state, writing.tick_all, writing.refresh.minimum_text), writing.templates
    reached = int(state.is_reached)
    if reached:
        writing.reached.add(row)
    if text.startswith(tuple(map(_, CHANNEL_WORDS.values()))):
        writing.to_send.add(row)
    return {
        "sending": row_formula(templates.sending, row, text) if templates.sending else text_or_blank(text),
        "reached": row_formula(templates.reached, row, reached) if templates.reached else Number(reached),
    }


def is_rebooked(shown: ShownInvoice, wanted: ReminderRow, shared_codes: Collection[str]) -> bool:
    """Whether a row shows another customer than its invoice has now.

    One with a code may be renamed, unless it is one of the `shared_codes`, normalised.
    """
    if shown.customer_code and plain_title(shown.customer_code) not in shared_codes:
        return not is_same_code(shown.customer_code, wanted.customer_code)
    return bool(shown.customer) and plain_title(shown.customer) != plain_title(wanted.customer)


def shown_of(wanted: ReminderRow, is_1904: bool) -> ShownInvoice:
    """Return what a row shows of its invoice once it is written."""
    due = Decimal(serial_of(wanted.due_date, is_1904)) if wanted.due_date else None
    owed = wanted.open_amount.amount if wanted.open_amount else None
    return shown_invoice(wanted.customer_code, wanted.customer, due, owed)


def write_row(writing: Writing, row: int, wanted: ReminderRow, is_new: bool, is_others: bool = False) -> None:
    """Write a row that is there: what is computed anew, and what the user left as it was proposed.

    `is_new`: for a reminder that nobody has decided of yet; `is_others`: what was typed was meant for another customer.
    """
    found = writing.found
    contents = proposed_contents(writing, row, wanted)
    state = proposed_state(writing, wanted)
    # A suspension outlasts the reminder for which it was typed.
    kept = set() if is_others or wanted.says_suspension else set(SUSPENSION_FIELDS)
    if not is_others and "comment" not in writing.refresh.returned:
        # What is to be known of an invoice is not said of one reminder alone.
        kept.add("comment")
    if not is_new:
        kept.add("next_date")
        # A level that was renamed in the settings is written anew: nobody could correct this row by row. A slip is left
        # for its user to see.
        typed = {name: found.text(row, name) for name in ("level", *TICK_FIELDS.values(), "email")}
        level = typed["level"]
        if plain_title(level) in writing.refresh.level_texts or not writing.lists.was_level(level):
            kept.add("level")
        label = writing.refresh.level_labels.get(plain_title(level))
        if label is not None and not found.is_formula(row, "level"):
            # The same level, as it is called now.
            kept.discard("level")
            contents["level"] = Text(label)
        email = _present_email(typed["email"], writing.lists.proposed_email(wanted.key), wanted.email)
        if email is None:
            kept.add("email")
        else:
            contents["email"] = text_or_blank(email)
        kept |= {name for channel, name in TICK_FIELDS.items() if channel not in wanted.ticks or typed[name]}
        kept -= writing.refresh.returned - set(SUSPENSION_FIELDS)
        state = replace(
            state,
            level=bool(level if "level" in kept or label is not None else wanted.level),
            apart=(label or level if "level" in kept or label is not None else wanted.level)
            in writing.refresh.levels_apart,
            ticks=_shown_ticks(state.ticks, typed, kept),
            address=bool(typed["email"] if email is None else email),
        )
    contents |= state_contents(writing, row, state)
    columns = found.layout.columns
    written = {columns[name]: content for name, content in contents.items() if name in columns and name not in kept}
    found.sheet.put_row(row, written)


def _present_email(typed: str, proposed: str | None, listed: str) -> str | None:
    """Return what to write into a row's cell of addresses, None where what stands there is the user's own."""
    if typed == proposed:
        return listed
    try:
        shown, before, now = map(read_addresses, (typed, proposed or "", listed))
    except BadAddressError:
        return None
    # Whoever takes all addresses away wants none.
    if proposed is None or not before or not shown:
        return None
    present = present_addresses(shown, before, now)
    return None if present == shown else "; ".join(present)


def _shown_ticks(proposed: Ticks, typed: Mapping[str, str], kept: Collection[str]) -> Ticks:
    """Return the ticks that a row has once it is written: what stays of its user's, else what is proposed."""
    new = {channel: tick for channel, tick in proposed.items() if TICK_FIELDS[channel] not in kept}
    return {**new, **_typed_ticks({name: text for name, text in typed.items() if name in kept})}


def _typed_ticks(texts: Mapping[str, str]) -> Ticks:
    """Return what ticks say, by their columns' texts; what cannot be read is left for its user to see."""
    ticks = {channel: lenient_tick(texts[name]) for channel, name in TICK_FIELDS.items() if name in texts}
    return {channel: tick for channel, tick in ticks.items() if tick is not Tick.BLANK}


def document_name(path: str) -> str:
    """Return what a link to a document reads: its file's name."""
    return path.rpartition("/")[2]


def text_or_blank(text: str) -> Content:
    """Return a text cell, blank for no text."""
    return Text(text) if text else BLANK


def _computed_contents(found: RemindersSheet, row: int, wanted: ReminderRow, refresh: Refresh) -> dict[str, Content]:
    """Return what stands in the columns that are not the user's to edit."""

    def day(value: date | None) -> Content:
        return Day(value) if value else BLANK

    overdue = (refresh.today - wanted.due_date).days if wanted.due_date else None
    has_due_column = found.layout.column("due_date") is not None

    def late() -> Content:
        if overdue is None:
            return BLANK
        formula = f"relance_aujourdhui-${found.letter('due_date')}{row}"
        return Formula(formula, overdue) if has_due_column else Number(overdue)

    return {
        "key": Text(str(wanted.key)),
        "number": Text(wanted.key.invoice),
        "customer_code": Text(wanted.customer_code),
        "customer": Text(wanted.customer),
        "invoice_date": day(wanted.invoice_date),
        "due_date": day(wanted.due_date),
        "days_overdue": late(),
        "total": Number(wanted.total.amount) if wanted.total else BLANK,
        "open_amount": Number(wanted.open_amount.amount) if wanted.open_amount else BLANK,
        "currency": text_or_blank(wanted.open_amount.currency if wanted.open_amount else ""),
        "last_date": day(wanted.last_date),
        "last_level": text_or_blank(wanted.last_level),
        "last_comment": text_or_blank(wanted.last_comment),
        "planned": day(wanted.planned),
        "status": text_or_blank(wanted.status),
        "mode": text_or_blank(mode_text(wanted.mode)),
        "document": text_or_blank(document_name(wanted.document)),
    }  # fmt: skip


def write_sending(found: RemindersSheet, row: int, prospect: Prospect, minimum_text: str) -> None:
    """Write what will happen to a row, and whether a tick-all cell may tick it, as formulas with their present values."""
    level, planned = found.text(row, "level"), found.value(row, "planned")
    state = RowState(
        level=bool(level),
        ticks=_typed_ticks({name: found.text(row, name) for name in TICK_FIELDS.values()}),
        address=bool(found.text(row, "email")),
        due=isinstance(planned, Decimal) and planned <= serial_of(prospect.today, found.spreadsheet.is_1904),
        status=prospect.status,
        suspended=_shows_suspension(found, row, prospect.today),
        apart=level in prospect.levels_apart,
        mode=read_mode(found.text(row, "mode")),
    )
    templates, text = row_templates(found, minimum_text), sending_text(state, tick_all_of(found), minimum_text)
    contents: dict[str, Content] = {
        "sending": row_formula(templates.sending, row, text) if templates.sending else text_or_blank(text),
        "reached": row_formula(templates.reached, row, int(state.is_reached)) if templates.reached else Number(0),
    }
    columns = found.layout.columns
    found.sheet.put_row(row, {columns[name]: content for name, content in contents.items() if name in columns})


def _shows_suspension(found: RemindersSheet, row: int, today: date) -> bool:
    """Whether the cells of a row say that it is suspended, as the formula of the column Sending understands them."""
    if not set(SUSPENSION_FIELDS) <= found.layout.columns.keys() or not found.text(row, "suspension"):
        return False
    until = found.value(row, "until")
    # To a formula any text is greater than any day.
    return not isinstance(until, Decimal) or until >= serial_of(today, found.spreadsheet.is_1904)


def row_templates(found: RemindersSheet, minimum_text: str) -> RowTemplates:
    """Return the formulas of a row, as far as all is there that they look at: columns, and the hidden lists."""
    columns = found.layout.columns.keys() if find_fixed_sheet(found.spreadsheet, LISTS) is not None else frozenset()
    can_say_reached = {"planned", "status", "level"} <= columns
    can_say_sending = can_say_reached and {"phone_tick", "mode", "reached"} <= columns
    return RowTemplates(
        sending_template(found.letter, minimum_text) if can_say_sending else "",
        reached_template(found.letter) if can_say_reached else "",
    )
