"""The history sheet: a view of the journal, appended to only, in which the user may edit comments and dates."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, lru_cache

from relance_xl.core.channel import Channel
from relance_xl.core.delivery_line import DeliveryLine
from relance_xl.core.history import LedgerEdit
from relance_xl.core.reminder import DeliveryKey, Outcome
from relance_xl.runtime.errors import EditsError, Fault
from relance_xl.runtime.language import N_, _, in_every_language
from relance_xl.workbook.ooxml.cells import BLANK, CellError, Content, Day, Number, Text, Value, address, value_text
from relance_xl.workbook.ooxml.scanning import ScannedRow
from relance_xl.workbook.sheets.columns import LEDGER_ANCHOR, LEDGER_COLUMNS, LEDGER_SHEET, ListLayout
from relance_xl.workbook.sheets.header import ListKind, find_list
from relance_xl.workbook.sheets.reminders.row import document_name, text_or_blank
from relance_xl.workbook.sheets.typed_cells import cell_error_text, read_day
from relance_xl.workbook.spreadsheet.list_end import ListEnd
from relance_xl.workbook.spreadsheet.sheet import Link, Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet

LEDGER = ListKind(LEDGER_SHEET, LEDGER_COLUMNS, LEDGER_ANCHOR)
OUTCOME_TITLES = {
    Outcome.PRINTED: N_("printed"),
    Outcome.ACCEPTED: N_("sent"),
    Outcome.REFUSED: N_("refused"),
    Outcome.UNKNOWN: N_("unknown"),
}
#: An email that is a file for the user to send: the program cannot know that it left.
TO_SEND_TITLE = N_("prepared")
#: A letter or an email file that never left, by a person's word: nobody refused it.
NOT_SENT_TITLE = N_("not sent")
RANK_FIELDS = ("customer_rank", "invoice_rank")
CHANNEL_TITLES = {"post": N_("Post"), "email": N_("Email"), "phone": N_("Phone")}
#: What came of a call.
REACHED_TITLE, NOT_REACHED_TITLE = N_("reached"), N_("not reached")


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A row that is there: what it is, and what the user made of it.

    `title`: the English source of what it says of the outcome; "" where that is blank, None where it is not our word.
    """

    row: int
    key: DeliveryKey
    batch: str
    outcome: Outcome | None
    edit: LedgerEdit
    title: str | None = None
    #: What the post office gave, and when the letter was received, as they stand there.
    post: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LedgerDoubt:
    """A cell that cannot be read, and the invoice whose row it is in; empty where that cannot be read either."""

    invoice: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class LedgerSheet:
    """The sheet, where its columns are, and its rows."""

    spreadsheet: Spreadsheet
    sheet: Sheet
    layout: ListLayout
    lines: tuple[LedgerLine, ...]
    last_row: int
    #: How many rows each customer and invoice has.
    ranks: Mapping[str, int]
    #: What cannot be read: it matters where the invoice is to be chased.
    doubts: tuple[LedgerDoubt, ...] = ()

    @classmethod
    def find(cls, spreadsheet: Spreadsheet) -> "LedgerSheet":
        """Find and read the sheet. Raises EditsError where it is gone, or rows hold what cannot be read."""
        found = cls.find_if_there(spreadsheet)
        if found is None:
            raise EditsError(
                _("{file} has no sheet “{sheet}” with its column titles.").format(
                    file=spreadsheet.package.path.name, sheet=_(LEDGER_SHEET)
                ),
                advice=_("relance-xl export brings it back."),
            )
        return found

    @classmethod
    def find_if_there(cls, spreadsheet: Spreadsheet) -> "LedgerSheet | None":
        """Find and read the sheet; None where it, or a column that tells its rows apart, was deleted. Raises EditsError."""
        found = find_list(spreadsheet, LEDGER)
        if found is None or not {"key", "batch"} <= set(found.layout.columns):
            return None
        return _read_ledger(spreadsheet, found.sheet, found.layout)

    def require_room(self) -> None:
        """Raise EditsError for what stands at the end of the list and cannot move down, each with its cell."""
        self._end().require_room()

    def restate(self, rows: Mapping[tuple[DeliveryKey, str], DeliveryLine]) -> bool:
        """Let each row say what has become of its delivery since; return whether any changed.

        `rows`: what the journal knows, by key and batch. Words that are not ours stay; so do rows of which there is more
        than one for a delivery, as earlier versions wrote them.
        """
        column = self.layout.column("outcome")
        times = Counter((line.key, line.batch) for line in self.lines)
        changed = False
        for line in self.lines if column is not None else ():
            row = rows.get((line.key, line.batch))
            if row is None or column is None or line.title is None or times[line.key, line.batch] > 1:
                continue
            if line.title != outcome_title(row):
                self.sheet.put(line.row, column, Text(_(outcome_title(row))))
                changed = True
        return changed

    def fill_in_post(self, said: Mapping[int, Mapping[str, str]]) -> None:
        """Write what is known of registered letters into cells that are empty, by row and field."""
        for row, fields in said.items():
            for name, text in fields.items():
                column = self.layout.column(name)
                if column is not None:
                    self.sheet.put(row, column, _received(text) if name == "received" else Text(text))

    def append(self, rows: tuple[DeliveryLine, ...], labels: Mapping[str, str]) -> None:
        """Append rows below the last, in its formats; what stands below moves down. Raises EditsError as require_room.

        `labels`: the levels' names in the workbook's language, by id.
        """
        if not rows:
            return
        self.require_room()
        ranks = Counter(self.ranks)
        end = self._end()
        look = self.sheet.row_format_near_end(max(self.last_row, self.layout.first_row))
        end.move_down(self.last_row + len(rows) - end.last_row)
        for row_number, row in enumerate(rows, start=self.last_row + 1):
            contents = {
                column: content
                for field, content in row_contents(row, ranks, labels).items()
                if (column := self.layout.column(field)) is not None
            }
            self.sheet.add_row(row_number, look, contents)
        self._stretch(self.last_row + len(rows))
        self._link(rows)

    def _stretch(self, end: int) -> None:
        self.spreadsheet.grow(self.sheet, self.layout.growth(max(self.last_row, self.layout.first_row), end))

    def _end(self) -> ListEnd:
        first = self.layout.first_row
        # The first row of a new sheet is there, empty, with the formats of all to come.
        is_laid_out = self.last_row < first and first in self.sheet.row_numbers()
        is_free = is_laid_out and not any(self.sheet.filled_columns(first))
        columns = self.layout.columns.values()
        return ListEnd(self.spreadsheet, self.sheet, first if is_free else self.last_row, min(columns), max(columns))

    def _link(self, rows: tuple[DeliveryLine, ...]) -> None:
        column = self.layout.column("document")
        if column is None:
            return
        links = [
            Link(self.last_row + index, column, row.document) for index, row in enumerate(rows, start=1) if row.document
        ]
        self.sheet.add_links(links, self.spreadsheet.relationships(self.sheet))


#: What is filled in of a registered letter.
POST_FIELDS = ("tracking", "received")


def _received(text: str) -> Content:
    """Return a day as a day, so that it stays one, and any other text as it is."""
    with suppress(ValueError):
        day = read_day(text, is_1904=False)
        if day is not None:
            return Day(day)
    return Text(text)


_READ_FIELDS = ("key", "batch", "outcome", "comment", "next_date", *RANK_FIELDS, *POST_FIELDS)


def _read_ledger(spreadsheet: Spreadsheet, sheet: Sheet, layout: ListLayout) -> LedgerSheet:
    """Read all rows in one pass."""
    reader = _LedgerReader(spreadsheet, sheet, layout)
    for row in sheet.scan(layout.scanned(_READ_FIELDS)):
        if row.number >= layout.first_row:
            reader.read(row)
    return LedgerSheet(
        spreadsheet, sheet, layout, tuple(reader.lines), reader.last_row, reader.ranks, tuple(reader.doubts)
    )


class _LedgerReader:
    """Reads row after row and gathers what is wrong."""

    def __init__(self, spreadsheet: Spreadsheet, sheet: Sheet, layout: ListLayout) -> None:
        self.lines: list[LedgerLine] = []
        self.doubts: list[LedgerDoubt] = []
        self.ranks: dict[str, int] = {}
        self._bare_edits: dict[Value, LedgerEdit] = {None: LedgerEdit("", None)}
        self.last_row = layout.header_row
        self._is_1904 = spreadsheet.is_1904
        self._sheet = sheet
        self._layout = layout

    def read(self, row: ScannedRow) -> None:
        """Read a row; one without a key, or without a batch and with what is no key, is the user's own."""
        key_value, batch, outcome, comment, next_date, customer_rank, invoice_rank, *post = row.values
        key_text = value_text(key_value)
        if not key_text:
            return
        try:
            key = DeliveryKey.parse(key_text)
        except ValueError:
            # A row of ours has a batch: “Total” in the column of keys is a line of the user's.
            if value_text(batch):
                self.last_row = row.number
                self._doubt("", row, "key", _("“{text}” is not a Relance XL reference").format(text=key_text))
            return
        self.last_row = row.number
        edit = self._edit(key.reminder.invoice, row, comment, next_date)
        said = _outcome(outcome)
        line = LedgerLine(row.number, key, _shared_text(batch), said.outcome, edit, said.title)
        if any(value is not None for value in post):
            line = replace(line, post=self._post(row, post))
        self.lines.append(line)
        self._count("customer_rank", customer_rank)
        self._count("invoice_rank", invoice_rank)

    def _post(self, row: ScannedRow, values: Sequence[Value]) -> dict[str, str]:
        """Return what is filled in of a registered letter, as text; a day as people write it."""
        said = {}
        for name, value in zip(POST_FIELDS, values, strict=True):
            if value is not None and not isinstance(value, CellError):
                said[name] = self._sheet.note_text(row.number, self._layout.columns[name], value)
        return said

    def _count(self, name_of: str, rank: Value) -> None:
        if isinstance(rank, str):
            name = name_of + rank[: rank.rfind("|")]
            self.ranks[name] = self.ranks.get(name, 0) + 1

    def _edit(self, invoice: str, row: ScannedRow, comment: Value, next_date: Value) -> LedgerEdit:
        if comment is not None:
            return LedgerEdit(self._comment(row, comment), self._day(invoice, row, next_date))
        # Most rows say nothing but a date that many share.
        edit = self._bare_edits.get(next_date)
        if edit is None:
            edit = LedgerEdit("", self._day(invoice, row, next_date))
            # What cannot be read is a fault in every row that holds it.
            if edit.next_date is not None:
                self._bare_edits[next_date] = edit
        return edit

    def _comment(self, row: ScannedRow, value: Value) -> str:
        if value is None or isinstance(value, CellError):
            return ""
        return self._sheet.note_text(row.number, self._layout.columns["comment"], value)

    def _day(self, invoice: str, row: ScannedRow, value: Value) -> date | None:
        try:
            return read_day(value, self._is_1904)
        except ValueError:
            problem = (
                cell_error_text(value)
                if isinstance(value, CellError)
                else _("“{text}” is not a date (day/month/year)").format(text=value_text(value))
            )
            self._doubt(invoice, row, "next_date", problem)
            return None

    def _doubt(self, invoice: str, row: ScannedRow, name: str, problem: str) -> None:
        place = f"{self._sheet.name}!{address(self._layout.columns[name], row.number)}"
        self.doubts.append(LedgerDoubt(invoice, Fault(problem, place)))


@dataclass(frozen=True, slots=True)
class _Said:
    """What an outcome's cell says."""

    outcome: Outcome | None
    title: str | None


@cache
def _outcomes() -> Mapping[str, _Said]:
    """Return the outcomes by their names in every language, and what stands for none yet."""
    titles = (
        *OUTCOME_TITLES.items(),
        (Outcome.ACCEPTED, TO_SEND_TITLE),
        (Outcome.REFUSED, NOT_SENT_TITLE),
        (Outcome.ACCEPTED, REACHED_TITLE),
        (Outcome.REFUSED, NOT_REACHED_TITLE),
    )
    said = {text.casefold(): _Said(outcome, title) for outcome, title in titles for text in in_every_language(title)}
    return {**said, "": _Said(None, "")}


@lru_cache(maxsize=1024, typed=True)
def _outcome(value: Value) -> _Said:
    return _outcomes().get(value_text(value).casefold(), _Said(None, None))


@lru_cache(maxsize=16_384, typed=True)
def _shared_text(value: Value) -> str:
    """Return a value as text, one object for all rows that hold the same."""
    return value_text(value)


def next_rank(ranks: Counter[str], field: str, name: str) -> str:
    """Count a row of a customer or an invoice, for the cards."""
    ranks[field + name] += 1
    return f"{name}|{ranks[field + name]}"


def outcome_title(line: DeliveryLine) -> str:
    """Return the English source of what a row says of a delivery's outcome."""
    if line.key.channel is Channel.PHONE:
        return REACHED_TITLE if line.outcome is Outcome.ACCEPTED else NOT_REACHED_TITLE
    if line.is_file_to_send:
        return TO_SEND_TITLE
    return NOT_SENT_TITLE if line.is_by_hand and line.outcome is Outcome.REFUSED else OUTCOME_TITLES[line.outcome]


def row_contents(line: DeliveryLine, ranks: Counter[str], labels: Mapping[str, str]) -> dict[str, Content]:
    """Return what stands in a row, by field; `ranks` count the rows of each customer and invoice.

    `labels`: the levels' names by id; a level that the settings no longer have is called by its id.
    """
    invoice = line.key.reminder.invoice
    return {
        "key": Text(str(line.key)),
        "batch": Text(line.batch),
        "day": _day(line.day),
        "number": Text(invoice),
        "customer_code": Text(line.customer_code),
        "customer": Text(line.customer),
        "level": Text(labels.get(line.level, line.level)),
        "ordinal": Number(line.key.reminder.ordinal),
        "channel": Text(_(CHANNEL_TITLES[line.key.channel])),
        "recipient": text_or_blank("; ".join(line.recipients)),
        "open_amount": Number(line.open.amount) if line.open else BLANK,
        "outcome": Text(_(outcome_title(line))),
        "next_date": _day(line.next_date),
        "comment": text_or_blank(line.comment),
        "proposed_level": text_or_blank(labels.get(line.proposed_level, line.proposed_level)),
        "operator": text_or_blank(line.operator),
        "document": text_or_blank(document_name(line.document)),
        "path": text_or_blank(line.document),
        "customer_rank": Text(next_rank(ranks, "customer_rank", line.customer_code)),
        "invoice_rank": Text(next_rank(ranks, "invoice_rank", invoice)),
    }


def _day(day: date | None) -> Content:
    return Day(day) if day else BLANK
