"""The history sheet: a view of the journal, appended to only, in which the user may edit comments and dates."""

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from relance_xl.core.history import LedgerEdit
from relance_xl.core.money import Money
from relance_xl.core.reminder import DeliveryKey, Outcome
from relance_xl.errors import EditsError, Fault
from relance_xl.language import _, in_every_language
from relance_xl.workbook.cells import CellError, Content, Day, Number, Text, Value, address
from relance_xl.workbook.columns import LEDGER_ANCHOR, LEDGER_COLUMNS, LEDGER_SHEET, N_, Layout, find_layout
from relance_xl.workbook.document import Document
from relance_xl.workbook.frame import Growth
from relance_xl.workbook.refresh import text_or_blank
from relance_xl.workbook.reminders_sheet import read_day, value_text
from relance_xl.workbook.sheet import Link, Sheet

OUTCOME_TITLES = {
    Outcome.PRINTED: N_("printed"),
    Outcome.ACCEPTED: N_("sent"),
    Outcome.REFUSED: N_("refused"),
    Outcome.UNKNOWN: N_("unknown"),
}
#: An email that is a file for the user to send: the program cannot know that it left.
TO_SEND_TITLE = N_("prepared")
RANK_FIELDS = ("customer_rank", "invoice_rank")
CHANNEL_TITLES = {"post": N_("Post"), "email": N_("Email")}


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row: an invoice and a delivery. Texts are in the workbook's language."""

    key: DeliveryKey
    batch: str
    day: date
    customer_code: str
    customer: str
    level: str
    recipient: str
    open_amount: Money
    outcome: Outcome
    next_date: date
    comment: str
    proposed_level: str
    operator: str
    document: str
    to_send: bool = False


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A row that is there: what it is, and what the user made of it."""

    row: int
    key: DeliveryKey
    batch: str
    outcome: Outcome | None
    edit: LedgerEdit


@dataclass(frozen=True, slots=True)
class LedgerSheet:
    """The sheet, where its columns are, and its rows."""

    document: Document
    sheet: Sheet
    layout: Layout
    lines: tuple[LedgerLine, ...]
    last_row: int
    #: How many rows each customer and invoice has.
    ranks: Mapping[str, int]
    #: Rows below the last line in which something may stand.
    rows_below: tuple[int, ...]

    @classmethod
    def find(cls, document: Document) -> "LedgerSheet":
        """Find and read the sheet. Raises EditsError where it is gone, or rows hold what cannot be read."""
        sheet = document.find_sheet(LEDGER_SHEET, f"{LEDGER_ANCHOR}key")
        layout = find_layout(document, sheet, LEDGER_COLUMNS, LEDGER_ANCHOR) if sheet else None
        if sheet is None or layout is None or not {"key", "batch"} <= set(layout.columns):
            raise EditsError(
                _("{file} has no sheet “{sheet}” with its column titles.").format(
                    file=document.package.path.name, sheet=_(LEDGER_SHEET)
                ),
                advice=_("Take back an earlier copy (.relance/backups), or move this file away and export anew."),
            )
        return _read_ledger(document, sheet, layout)

    def append(self, rows: tuple[LedgerRow, ...]) -> None:
        """Append rows below the last, in its formats. Raises EditsError where something stands below the list."""
        if not rows:
            return
        self._refuse_below()
        ranks = Counter(self.ranks)
        # The first row of a new sheet is there, empty, with the formats of all to come.
        is_first = self.last_row == self.layout.header_row
        look = self.sheet.row_format(self.layout.first_row) if is_first else self.sheet.last_scanned_format()
        for row_number, row in enumerate(rows, start=self.last_row + 1):
            contents = {
                column: content
                for field, content in _contents(row, ranks).items()
                if (column := self.layout.column(field)) is not None
            }
            self.sheet.add_row(row_number, look, contents)
        self._stretch(self.last_row + len(rows))
        self._link(rows)

    def _stretch(self, end: int) -> None:
        grown = Growth(self.layout.first_row, max(self.last_row, self.layout.first_row), end)
        self.sheet.stretch(grown, max(self.layout.columns.values()))
        self.document.stretch_tables(self.sheet, grown)
        self.document.fit_filter_name(self.sheet)

    def _refuse_below(self) -> None:
        below = [row for row in self.rows_below if next(self.sheet.filled_columns(row), None) is not None]
        if below:
            raise EditsError(
                _("Something stands below the history list, where new rows must go."),
                [Fault(_("not empty"), f"{self.sheet.name}!{row}:{row}") for row in below[:20]],
                _("Move it to another sheet or beside the list."),
            )

    def _link(self, rows: tuple[LedgerRow, ...]) -> None:
        column = self.layout.column("document")
        if column is None:
            return
        links = [
            Link(self.last_row + index, column, row.document) for index, row in enumerate(rows, start=1) if row.document
        ]
        self.sheet.add_links(links, self.document.relationships(self.sheet))


_READ_FIELDS = ("key", "batch", "outcome", "comment", "next_date", *RANK_FIELDS)


def _read_ledger(document: Document, sheet: Sheet, layout: Layout) -> LedgerSheet:
    """Read all rows in one pass. Raises EditsError for rows that hold what cannot be read."""
    lines: list[LedgerLine] = []
    faults: list[Fault] = []
    ranks: Counter[str] = Counter()
    below: list[int] = []
    last_row = layout.header_row
    for row in sheet.scan(layout.scanned(_READ_FIELDS)):
        if row.number < layout.first_row:
            continue
        values = dict(zip(_READ_FIELDS, row.values, strict=True))
        key_text = value_text(values["key"])
        if not key_text:
            if row.may_be_filled:
                below.append(row.number)
            continue
        last_row, below = row.number, []
        try:
            key = DeliveryKey.parse(key_text)
        except ValueError:
            place = f"{sheet.name}!{address(layout.columns['key'], row.number)}"
            faults.append(Fault(_("“{text}” is not a Relance XL reference").format(text=key_text), place))
            continue
        edit, wrong = _edit(document, sheet, layout, row.number, values)
        faults += wrong
        batch = sys.intern(value_text(values["batch"]))
        lines.append(LedgerLine(row.number, key, batch, _outcome(value_text(values["outcome"])), edit))
        for field in RANK_FIELDS:
            name, _bar, _number = value_text(values[field]).rpartition("|")
            ranks[f"{field}:{name}"] += 1
    if faults:
        raise EditsError(_("The history sheet holds what cannot be read."), faults)
    return LedgerSheet(document, sheet, layout, tuple(lines), last_row, ranks, tuple(below))


def _edit(
    document: Document, sheet: Sheet, layout: Layout, row: int, values: Mapping[str, Value]
) -> tuple[LedgerEdit, list[Fault]]:
    day_column, comment, value = layout.column("next_date"), values["comment"], values["next_date"]
    faults = []
    try:
        day = read_day(value, document.is_1904)
    except ValueError:
        day = None
        faults.append(
            Fault(
                _("“{text}” is not a date (day/month/year)").format(text=value_text(value)),
                f"{sheet.name}!{address(day_column or 1, row)}",
            )
        )
    return LedgerEdit("" if isinstance(comment, CellError) else value_text(comment), day), faults


@cache
def _outcomes() -> Mapping[str, Outcome]:
    """Return the outcomes by their names in every language."""
    titles = (*OUTCOME_TITLES.items(), (Outcome.ACCEPTED, TO_SEND_TITLE))
    return {text.casefold(): outcome for outcome, title in titles for text in in_every_language(title)}


def _outcome(text: str) -> Outcome | None:
    return _outcomes().get(text.casefold())


def _next_rank(ranks: Counter[str], field: str, name: str) -> str:
    """Count a row of a customer or an invoice, for the cards."""
    ranks[f"{field}:{name}"] += 1
    return f"{name}|{ranks[f'{field}:{name}']}"


def _contents(row: LedgerRow, ranks: Counter[str]) -> dict[str, Content]:
    invoice = row.key.reminder.invoice
    return {
        "key": Text(str(row.key)),
        "batch": Text(row.batch),
        "day": Day(row.day),
        "number": Text(invoice),
        "customer_code": Text(row.customer_code),
        "customer": Text(row.customer),
        "level": Text(row.level),
        "ordinal": Number(row.key.reminder.ordinal),
        "channel": Text(_(CHANNEL_TITLES[row.key.channel])),
        "recipient": text_or_blank(row.recipient),
        "open_amount": Number(row.open_amount.amount),
        "outcome": Text(_(TO_SEND_TITLE if row.to_send else OUTCOME_TITLES[row.outcome])),
        "next_date": Day(row.next_date),
        "comment": text_or_blank(row.comment),
        "proposed_level": text_or_blank(row.proposed_level),
        "operator": text_or_blank(row.operator),
        "document": text_or_blank(row.document),
        "customer_rank": Text(_next_rank(ranks, "customer_rank", row.customer_code)),
        "invoice_rank": Text(_next_rank(ranks, "invoice_rank", invoice)),
    }
