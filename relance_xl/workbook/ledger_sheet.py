"""The history sheet: a view of the journal, appended to only, in which the user may edit comments and dates."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from relance_xl.core.history import LedgerEdit
from relance_xl.core.money import Money
from relance_xl.core.reminder import DeliveryKey, Outcome
from relance_xl.errors import EditsError, Fault
from relance_xl.language import _, in_every_language
from relance_xl.workbook.cells import CellError, Content, Day, Number, Text, address
from relance_xl.workbook.columns import LEDGER_ANCHOR, LEDGER_COLUMNS, LEDGER_SHEET, N_, Layout, find_layout
from relance_xl.workbook.document import Document, sheet_reference
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
        return cls(document, sheet, layout, _read_lines(document, sheet, layout))

    def append(self, rows: tuple[LedgerRow, ...]) -> None:
        """Append rows below the last, in its formats. Raises EditsError where something stands below the list."""
        if not rows:
            return
        last = max((line.row for line in self.lines), default=self.layout.header_row)
        self._refuse_below(last)
        ranks = _Ranks(self)
        for row_number, row in enumerate(rows, start=last + 1):
            if row_number - 1 > self.layout.header_row:
                self.sheet.copy_row_format(row_number - 1, row_number)
            for field, content in _contents(row, ranks).items():
                column = self.layout.column(field)
                if column is not None:
                    self.sheet.put(row_number, column, content)
        end = last + len(rows)
        self.sheet.stretch(self.layout.first_row, end, max(self.layout.columns.values()))
        self.document.stretch_tables(self.sheet, self.layout.header_row, end)
        width = max(self.layout.columns.values())
        corner = address(width, end).removesuffix(str(end))
        self.document.stretch_filter_name(
            self.sheet, f"{sheet_reference(self.sheet.name)}!$A${self.layout.header_row}:${corner}${end}"
        )
        self._link(rows, last)

    def _refuse_below(self, last: int) -> None:
        below = [
            row
            for row in self.sheet.row_numbers()
            if row > last and next(self.sheet.filled_columns(row), None) is not None
        ]
        if below:
            raise EditsError(
                _("Something stands below the history list, where new rows must go."),
                [Fault(_("not empty"), f"{self.sheet.name}!{row}:{row}") for row in below[:20]],
                _("Move it to another sheet or beside the list."),
            )

    def _link(self, rows: tuple[LedgerRow, ...], last: int) -> None:
        column = self.layout.column("document")
        if column is None:
            return
        old = [(line.row, value_text(self.sheet.value(line.row, column))) for line in self.lines]
        new = [(last + index, row.document) for index, row in enumerate(rows, start=1)]
        links = [Link(row, column, target) for row, target in old + new if target]
        self.sheet.set_links(links, column, self.document.relationships(self.sheet))


def _read_lines(document: Document, sheet: Sheet, layout: Layout) -> tuple[LedgerLine, ...]:
    lines: list[LedgerLine] = []
    faults: list[Fault] = []

    def text(row: int, field: str) -> str:
        column = layout.column(field)
        return value_text(sheet.value(row, column)) if column else ""

    for row in sheet.row_numbers():
        if row < layout.first_row or not text(row, "key"):
            continue
        try:
            key = DeliveryKey.parse(text(row, "key"))
        except ValueError:
            place = f"{sheet.name}!{address(layout.columns['key'], row)}"
            faults.append(Fault(_("“{text}” is not a Relance XL reference").format(text=text(row, "key")), place))
            continue
        edit, wrong = _edit(document, sheet, layout, row)
        faults += wrong
        lines.append(LedgerLine(row, key, text(row, "batch"), _outcome(text(row, "outcome")), edit))
    if faults:
        raise EditsError(_("The history sheet holds what cannot be read."), faults)
    return tuple(lines)


def _edit(document: Document, sheet: Sheet, layout: Layout, row: int) -> tuple[LedgerEdit, list[Fault]]:
    comment_column, day_column = layout.column("comment"), layout.column("next_date")
    comment = sheet.value(row, comment_column) if comment_column else None
    value = sheet.value(row, day_column) if day_column else None
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


def _outcome(text: str) -> Outcome | None:
    for outcome, title in (*OUTCOME_TITLES.items(), (Outcome.ACCEPTED, TO_SEND_TITLE)):
        if text.casefold() in {one.casefold() for one in in_every_language(title)}:
            return outcome
    return None


class _Ranks:
    """Counts the rows of each customer and invoice, for the cards."""

    def __init__(self, ledger: LedgerSheet) -> None:
        self._counts: Counter[str] = Counter()
        for field in ("customer_rank", "invoice_rank"):
            column = ledger.layout.column(field)
            for line in ledger.lines if column is not None else ():
                name, _bar, _number = value_text(ledger.sheet.value(line.row, column or 0)).rpartition("|")
                self._counts[f"{field}:{name}"] += 1

    def next(self, field: str, name: str) -> str:
        self._counts[f"{field}:{name}"] += 1
        return f"{name}|{self._counts[f'{field}:{name}']}"


def _contents(row: LedgerRow, ranks: _Ranks) -> dict[str, Content]:
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
        "customer_rank": Text(ranks.next("customer_rank", row.customer_code)),
        "invoice_rank": Text(ranks.next("invoice_rank", invoice)),
    }
