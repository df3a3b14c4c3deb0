"""What somebody typed into rows of invoices that leave the list: kept, so that it comes back if the invoice does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from relance_xl.core.channel import Channel
from relance_xl.core.reminder import ReminderKey
from relance_xl.core.texts.typed import Tick, plain_title
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.cells import CellError, Content, Day, Number, Text, day_of, value_text
from relance_xl.workbook.sheets.columns import REMINDER_COLUMNS, TICK_FIELDS
from relance_xl.workbook.sheets.lists import ListsSheet
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.sheets.typed_cells import lenient_tick, read_day

_TICK_TITLES = {column.field: column.title for column in REMINDER_COLUMNS if column.field in TICK_FIELDS.values()}
#: What the user's own cells are kept with, to tell a number from a text.
_NUMBER, _TEXT, _DAY = "#", "'", "@"


@dataclass(frozen=True, slots=True)
class TypedEntries:
    """What was typed into a row: for which reminder and whose invoice, and the user's own cells by their column's title.

    `level`: as it stands there; `ticks` by channel, where they say no: what would send is for a person to tick again.
    """

    key: ReminderKey
    customer_code: str
    customer: str
    level: str = ""
    ticks: Mapping[Channel, Tick] = field(default_factory=dict)
    email: str = ""
    comment: str = ""
    next_date: date | None = None
    own: Mapping[str, str] = field(default_factory=dict)

    @property
    def says_anything(self) -> bool:
        """Whether anything was typed but the level, which is proposed anyway."""
        return bool(self.ticks or self.email or self.comment or self.next_date or self.own)

    def of_the_invoice(self) -> "TypedEntries":
        """Return what holds whichever reminder is next."""
        return replace(self, level="", ticks={}, email="", next_date=None)

    def text(self) -> str:
        """Return what was typed in one line."""
        day = self.next_date.strftime("%d/%m/%Y") if self.next_date else ""
        ticks = [f"{_(_TICK_TITLES[TICK_FIELDS[channel]])} : {_('no')}" for channel in self.ticks]
        own = [f"{title} : {text[1:]}" for title, text in self.own.items()]
        return "; ".join(filter(None, (self.comment, self.email, day, *ticks, *own)))


def typed_entries(found: RemindersSheet, row: int, lists: ListsSheet) -> TypedEntries | None:
    """Return what somebody typed into a row; None for a row of no reminder."""
    try:
        key = ReminderKey.parse(found.text(row, "key"))
    except ValueError:
        return None
    email, next_date = found.text(row, "email"), found.value(row, "next_date")
    ticks = {channel: lenient_tick(found.text(row, name)) for channel, name in TICK_FIELDS.items()}
    is_1904 = found.spreadsheet.is_1904
    return TypedEntries(
        key,
        found.text(row, "customer_code"),
        found.text(row, "customer"),
        found.text(row, "level"),
        {channel: tick for channel, tick in ticks.items() if tick is Tick.NO},
        email if email != (lists.proposed_email(key) or "") else "",
        found.text(row, "comment"),
        day_of(next_date, is_1904) if isinstance(next_date, Decimal) else None,
        dict(_own_cells(found, row)),
    )


def _own_cells(found: RemindersSheet, row: int) -> Iterator[tuple[str, str]]:
    """Yield what stands in the user's own columns, by their titles; what is calculated is not typed."""
    ours = set(found.layout.columns.values())
    titles = {
        index: value_text(found.sheet.value(found.layout.header_row, index))
        for index in found.sheet.columns_of(found.layout.header_row)
    }
    for column in found.sheet.columns_of(row):
        value = found.sheet.value(row, column)
        title = titles.get(column, "")
        if column in ours or not title or value is None or found.sheet.has_formula(row, column):
            continue
        if isinstance(value, Decimal):
            shown = found.sheet.note_text(row, column, value)
            # A day is kept as people read it: its number alone would not say so.
            yield title, f"{_DAY}{shown}" if shown != value_text(value) else f"{_NUMBER}{value}"
        elif not isinstance(value, CellError):
            yield title, f"{_TEXT}{_('yes') if value is True else _('no') if value is False else value_text(value)}"


def entry_contents(entries: TypedEntries, today: date, labels: Mapping[str, str]) -> dict[str, Content]:
    """Return what of it comes back into the cells of ours: no tick that would send, no day that has passed.

    `labels`: the levels' present names, by all that may stand in a level cell; a level that is gone is not proposed again.
    """
    contents: dict[str, Content] = {}
    label = labels.get(plain_title(entries.level))
    if label is not None:
        contents["level"] = Text(label)
    if entries.email:
        contents["email"] = Text(entries.email)
    if entries.comment:
        contents["comment"] = Text(entries.comment)
    if entries.next_date is not None and entries.next_date > today:
        contents["next_date"] = Day(entries.next_date)
    for channel, tick in entries.ticks.items():
        if tick is Tick.NO:
            contents[TICK_FIELDS[channel]] = Text(_("no"))
    return contents


def put_own_cells(found: RemindersSheet, row: int, own: Mapping[str, str]) -> None:
    """Write the user's own cells again, where a column of that title is still there."""
    header = found.layout.header_row
    columns = {value_text(found.sheet.value(header, index)): index for index in found.sheet.columns_of(header)}
    ours = set(found.layout.columns.values())
    for title, text in own.items():
        column = columns.get(title)
        if column is not None and column not in ours:
            found.sheet.put(row, column, _own_content(text))


def _own_content(text: str) -> Content:
    if text.startswith(_NUMBER):
        return Number(Decimal(text[1:]))
    day = read_day(text[1:], is_1904=False) if text.startswith(_DAY) else None
    return Day(day) if day is not None else Text(text[1:])
