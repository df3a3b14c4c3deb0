"""The customer's and the invoice's card: choose one in a dropdown, see its reminders with links to their PDFs.

Formulas that Excel 2016 and Calc 7 share, each written with the value it has now.
"""

from dataclasses import dataclass
from decimal import Decimal

from relance_xl.core.texts.typed import plain
from relance_xl.runtime.language import N_, _
from relance_xl.workbook.ooxml.cells import CellError, Formula, Text, Value, day_of, value_text
from relance_xl.workbook.ooxml.scanning import ScannedRow
from relance_xl.workbook.sheets.columns import REMINDER_KEYS, Kind
from relance_xl.workbook.sheets.fixed_places import (
    CARD_CHOICE_CELL,
    CARD_HEADER_ROW,
    CARD_LINES,
    CUSTOMER_CARD,
    INVOICE_CARD,
    card_columns,
)
from relance_xl.workbook.sheets.fixed_sheets import FixedSheet, unmoved_sheet
from relance_xl.workbook.sheets.header import FoundList, find_list
from relance_xl.workbook.sheets.history.sheet import LEDGER
from relance_xl.workbook.sheets.lists import ListsSheet
from relance_xl.workbook.sheets.reminders.row import document_name
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet, SheetRow
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet, whole_column

#: Between a customer's code and name in the dropdown.
CHOICE_MARK = " — "


def customer_choice(code: str, name: str) -> str:
    """Return a customer as the dropdown shows it."""
    return f"{code}{CHOICE_MARK}{name}"


_INVOICE_FACTS = (
    ("customer", N_("Customer")),
    ("due_date", N_("Due date")),
    ("open_amount", N_("Open amount")),
    ("planned", N_("Reminder planned on")),
)


@dataclass(frozen=True, slots=True)
class _Card:
    sheet: Sheet
    choice: str
    rank_field: str
    chosen: str


def write_cards(spreadsheet: Spreadsheet, first_customer: str, first_invoice: str) -> None:
    """Write both cards' formulas with their present values; what the user chose stays chosen.

    `first_customer` and `first_invoice` are shown where nothing was chosen yet.
    """
    reminders, ledger = RemindersSheet.find(spreadsheet), find_list(spreadsheet, LEDGER)
    customer = _card(spreadsheet, CUSTOMER_CARD, "customer_rank", first_customer)
    if customer is not None:
        _write_customer_facts(customer, reminders)
        lists = ListsSheet(spreadsheet)
        unpaid = _unpaid(customer, reminders, lists)
        _write_noted(customer, lists)
        _write_lines(customer, ledger, reminders, unpaid)
    invoice = _card(spreadsheet, INVOICE_CARD, "invoice_rank", first_invoice)
    if invoice is not None:
        _write_invoice_facts(invoice, reminders)
        _write_lines(invoice, ledger, reminders, _Unpaid())


def _card(spreadsheet: Spreadsheet, kind: FixedSheet, rank_field: str, first: str) -> _Card | None:
    """Return a card, None where the user did away with it or moved its cells."""
    sheet = unmoved_sheet(spreadsheet, kind)
    if sheet is None:
        return None
    choice = value_text(sheet.value(*CARD_CHOICE_CELL))
    if not choice and first:
        choice = first
        sheet.put(*CARD_CHOICE_CELL, Text(first))
    chosen = choice.split(CHOICE_MARK)[0] if kind == CUSTOMER_CARD else choice
    return _Card(sheet, choice, rank_field, chosen)


_CODE = f'IF(ISNUMBER(FIND("{CHOICE_MARK}",$C$3)),LEFT($C$3,FIND("{CHOICE_MARK}",$C$3)-1),$C$3)'


def _write_customer_facts(card: _Card, reminders: RemindersSheet) -> None:
    """Show how many invoices the customer has open, and what is owed of them."""
    # A line of the user's below the list has no key.
    rows = [row for row in reminders.rows("customer_code", "open_amount", "key") if "/" in row.text("key")]
    amounts = [_number(row.values["open_amount"]) for row in rows if row.text("customer_code") == card.chosen]
    card.sheet.put(4, 2, Text(_("Open invoices")))
    card.sheet.put(5, 2, Text(_("Total owed")))
    card.sheet.put(CARD_CHOICE_CELL[0], 1, Formula(_CODE, card.chosen))
    columns = reminders.layout.columns
    if {"customer_code", "open_amount"} <= set(columns):
        codes = _whole_column(reminders, "customer_code")
        # Credit notes are no invoices; what they take off is.
        owing = _whole_column(reminders, "open_amount")
        count = sum(amount > 0 for amount in amounts)
        ours = f"{_whole_column(reminders, 'key')},{REMINDER_KEYS},{codes},$A$3"
        card.sheet.put(4, 3, Formula(f'COUNTIFS({ours},{owing},">0")', count))
        owed = f"SUMIFS({owing},{ours})"
        card.sheet.put(5, 3, Formula(owed, sum(amounts, Decimal(0))))


def _write_invoice_facts(card: _Card, reminders: RemindersSheet) -> None:
    """Show whose invoice it is, when it was due and what is open."""
    fields = ("number", *(field for field, _label in _INVOICE_FACTS))
    row = next((row for row in reminders.rows(*fields) if row.text("number") == card.chosen), None)
    card.sheet.put(CARD_CHOICE_CELL[0], 1, Formula('$C$3&""', card.chosen))
    for line, (field, label) in enumerate(_INVOICE_FACTS, start=4):
        card.sheet.put(line, 2, Text(_(label)))
        if field not in reminders.layout.columns:
            continue
        found = f"INDEX({_whole_column(reminders, field)},MATCH($A$3,{_whole_column(reminders, 'number')},0))"
        formula = f'TEXT({found},"dd/mm/yyyy")' if field in {"due_date", "planned"} else found
        value = _shown(
            row.values[field] if row else None,
            reminders.spreadsheet.is_1904,
            is_day=field in {"due_date", "planned"},
        )
        card.sheet.put(line, 3, Formula(f'IFERROR({formula},"")', value))


def _whole_column(found: RemindersSheet | FoundList, field: str) -> str:
    return whole_column(found.sheet.name, found.layout.columns[field])


def _number(value: Value) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(0)


def _shown(value: Value, is_1904: bool, is_day: bool) -> str | Decimal:
    """Return what a fact's formula gives: dates as text, so that the cell needs no format of its own."""
    match value:
        case Decimal() if is_day:
            return day_of(value, is_1904).strftime("%d/%m/%Y")
        case Decimal():
            return value
        case None | bool() | CellError():
            return ""
        case str():
            return plain(value)


@dataclass(frozen=True, slots=True)
class _Unpaid:
    """A customer's unpaid invoices on the card: where they begin in the list of invoices, and their rows; none on others."""

    first: int = 0
    rows: tuple[SheetRow, ...] = ()
    can_be_listed: bool = False


#: Where the card keeps how many unpaid invoices it lists first, and where these begin; hidden with the first column.
_COUNT_CELL, _FIRST_CELL = "$A$4", "$A$5"
#: What the card shows of an unpaid invoice, by the column of the history beside which it stands.
_UNPAID_FIELDS = {
    "day": "due_date",
    "number": "number",
    "level": "level",
    "recipient": "email",
    "open_amount": "open_amount",
    "outcome": "status",
    "next_date": "planned",
    "comment": "comment",
}


def _unpaid(card: _Card, reminders: RemindersSheet, lists: ListsSheet) -> _Unpaid:
    """Find a customer's unpaid invoices, and let the card find them when another one is chosen."""
    if not lists.can_place_customers or not {"number", "key", "due_date"} <= reminders.layout.columns.keys():
        return _Unpaid()
    first, numbers = lists.unpaid_of(card.choice)
    shown = ("key", "suspension", *dict.fromkeys(_UNPAID_FIELDS.values()))
    wanted = [name for name in shown if name in reminders.layout.columns]
    by_number = (
        {row.text("number"): row for row in reminders.rows(*wanted) if row.text("number") in numbers} if numbers else {}
    )
    rows = tuple(by_number[number] for number in numbers if number in by_number)
    place = "MATCH($C$3,relance_clients,0)"
    for cell, name, value in ((4, "relance_cl_nombre", len(numbers)), (5, "relance_cl_debut", first)):
        card.sheet.put(cell, 1, Formula(f"IFERROR(VALUE(INDEX({name},{place})),0)", value))
    return _Unpaid(first, rows, can_be_listed=True)


def _write_noted(card: _Card, lists: ListsSheet) -> None:
    """Show what was noted of a customer, and what became of promises."""
    if not lists.can_place_customers:
        return
    place = "MATCH($C$3,relance_clients,0)"
    noted, promises = lists.noted_of(card.choice)
    for row, label, name, value in (
        (6, N_("Noted"), "relance_cl_notes", noted),
        (7, N_("Promises"), "relance_cl_promesses", promises),
    ):
        card.sheet.put(row, 2, Text(_(label)))
        card.sheet.put(row, 3, Formula(f'IFERROR(INDEX({name},{place})&"","")', value))


def _write_lines(card: _Card, ledger: FoundList | None, reminders: RemindersSheet, unpaid: _Unpaid) -> None:
    """List the unpaid invoices of what is chosen, then its reminders; the hidden first column holds each one's row."""
    rank_column = ledger.layout.column(card.rank_field) if ledger is not None else None
    if ledger is None or rank_column is None:
        return
    rows = _rows_of(ledger, rank_column, card.chosen)
    ranks = whole_column(ledger.sheet.name, rank_column)
    code = f"$A${CARD_CHOICE_CELL[0]}"
    for line in range(1, CARD_LINES + 1):
        row = CARD_HEADER_ROW + line
        if unpaid.can_be_listed:
            numbers = _whole_column(reminders, "number")
            invoice = f"MATCH(INDEX(relance_factures,{_FIRST_CELL}+{line - 1}),{numbers},0)"
            reminder = f'MATCH({code}&"|"&({line}-{_COUNT_CELL}),{ranks},0)'
            match = f'IFERROR(IF({line}<={_COUNT_CELL},{invoice},{reminder}),"")'
        else:
            match = f'IFERROR(MATCH({code}&"|"&{line},{ranks},0),"")'
        shown = unpaid.rows[line - 1] if line <= len(unpaid.rows) else None
        found = rows.get(f"{card.chosen}|{line - len(unpaid.rows)}") if shown is None else None
        number = shown.number if shown is not None else found.number if found is not None else ""
        card.sheet.put(row, 1, Formula(match, number))
        for index, column in enumerate(card_columns(), start=2):
            if column.field not in ledger.layout.columns:
                continue
            formula = _line_formula(ledger, column.field, column.kind, row)
            if unpaid.can_be_listed:
                of_invoice = _unpaid_formula(reminders, column.field, column.kind, row)
                formula = f'IF($A{row}="","",IF({line}<={_COUNT_CELL},{of_invoice},{formula}))'
            else:
                formula = f'IF($A{row}="","",{formula})'
            value = (
                _unpaid_value(shown, column.field) if shown is not None else found.values[index - 1] if found else None
            )
            is_none = value is None or isinstance(value, bool | CellError)
            said = document_name(str(value)) if column.kind is Kind.LINK and not is_none else value
            card.sheet.put(
                row,
                index,
                Formula(formula, "" if is_none or said is None or isinstance(said, bool | CellError) else said),
            )


def _unpaid_formula(reminders: RemindersSheet, field: str, kind: Kind, row: int) -> str:
    """Return what stands in a column of the card in the line of an unpaid invoice."""
    name = _UNPAID_FIELDS.get(field)
    if field == "channel":
        return f'"{_("due date")}"'
    if name is None or name not in reminders.layout.columns:
        return '""'
    found = f"INDEX({_whole_column(reminders, name)},$A{row})"
    if field == "outcome" and "suspension" in reminders.layout.columns:
        # Why it is left alone stands in cells of its own.
        return f'TRIM({found}&" "&INDEX({_whole_column(reminders, "suspension")},$A{row}))'
    if kind in {Kind.DAY, Kind.MONEY, Kind.WHOLE}:
        return f'IF({found}="","",{found})'
    return f'{found}&""'


def _unpaid_value(shown: SheetRow, field: str) -> Value:
    if field == "channel":
        return _("due date")
    if field == "outcome":
        texts = (value_text(shown.values.get(name)) for name in ("status", "suspension"))
        return " ".join(filter(None, texts))
    name = _UNPAID_FIELDS.get(field)
    return shown.values.get(name) if name else None


def _rows_of(ledger: FoundList, rank_column: int, chosen: str) -> dict[str, ScannedRow]:
    """Return the ledger's rows of a customer or an invoice by their rank; each row's first value is the rank."""
    columns = ledger.layout.scanned(column.field for column in card_columns())
    scanned = ledger.sheet.scan([rank_column, *columns], holding=f"{chosen}|")
    return {value_text(row.values[0]): row for row in scanned}


def _line_formula(ledger: FoundList, field: str, kind: Kind, row: int) -> str:
    """Return what stands in a column of the card in the line of a reminder."""
    found = f"INDEX({_whole_column(ledger, field)},$A{row})"
    if kind is Kind.LINK:
        # Rows of earlier versions have the path itself there.
        path = f"INDEX({_whole_column(ledger, 'path')},$A{row})" if "path" in ledger.layout.columns else '""'
        name = f'TRIM(RIGHT(SUBSTITUTE({found},"/",REPT(" ",250)),250))'
        return f'IF({found}="","",HYPERLINK(IF({path}="",{found},{path}),{name}))'
    if kind in {Kind.DAY, Kind.MONEY, Kind.WHOLE}:
        return found
    # An empty text cell would show as 0.
    return f'{found}&""'
