"""A new, empty workbook, laid out with openpyxl: the only file it ever writes. Content is spliced in afterwards."""

import io
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from relance_xl.language import _
from relance_xl.workbook.columns import (
    CUSTOMER_SHEET,
    DASHBOARD_SHEET,
    HOWTO_SHEET,
    INVOICE_SHEET,
    LEDGER_ANCHOR,
    LEDGER_COLUMNS,
    LEDGER_SHEET,
    LISTS_SHEET,
    REMINDER_ANCHOR,
    REMINDER_COLUMNS,
    REMINDERS_SHEET,
    Column,
    Kind,
)
from relance_xl.workbook.dashboard_skeleton import lay_out_dashboard
from relance_xl.workbook.howto_skeleton import lay_out_howto
from relance_xl.workbook.look import (
    ACCENT,
    BOX,
    FONT,
    GRID,
    INK,
    MUTED,
    PAPER,
    define,
    explain,
    header_cell,
    list_setup,
    title,
)

BAND_ROW = 4
REMINDERS_HEADER_ROW = 5
LEDGER_HEADER_ROW = 1
CARD_CHOICE_ROW = 3
CARD_HEADER_ROW = 9
CARD_LINES = 40

_FORMATS = {Kind.MONEY: "#,##0.00", Kind.DAY: "dd/mm/yyyy", Kind.WHOLE: "0"}


@dataclass(frozen=True, slots=True)
class CardColumn:
    """A column of the customer and invoice cards; `field` names the ledger column it shows."""

    field: str
    title: str
    width: int
    kind: Kind = Kind.TEXT


CARD_FIELDS = ("day", "number", "level", "ordinal", "channel", "recipient", "open_amount", "outcome", "next_date",
               "comment", "document")  # fmt: skip


def card_columns() -> tuple[CardColumn, ...]:
    """Return the columns of both cards, from the second sheet column on (the first is a hidden helper)."""
    by_field = {column.field: column for column in LEDGER_COLUMNS}
    return tuple(
        CardColumn(name, by_field[name].title, by_field[name].width, by_field[name].kind) for name in CARD_FIELDS
    )


def build_skeleton(company: str, minimum_text: str) -> bytes:
    """Return a new workbook's bytes in the current language: all sheets, styles, rules and names, no rows.

    `minimum_text` is the status of invoices below the minimum amount.
    """
    workbook = Workbook()
    reminders = workbook.worksheets[0]
    reminders.title = _(REMINDERS_SHEET)
    dashboard = workbook.create_sheet(_(DASHBOARD_SHEET))
    ledger = workbook.create_sheet(_(LEDGER_SHEET))
    customer_card = workbook.create_sheet(_(CUSTOMER_SHEET))
    invoice_card = workbook.create_sheet(_(INVOICE_SHEET))
    howto = workbook.create_sheet(_(HOWTO_SHEET))
    lists = workbook.create_sheet(_(LISTS_SHEET))
    lists.sheet_state = "hidden"
    _name_lists(workbook, lists)
    _lay_out_reminders(workbook, reminders, company, minimum_text)
    lay_out_dashboard(workbook, dashboard, company)
    _lay_out_ledger(workbook, ledger)
    _lay_out_card(workbook, customer_card, _("Customer"), "relance_clients", "relance_fiche_client")
    _lay_out_card(workbook, invoice_card, _("Invoice"), "relance_factures", "relance_fiche_facture")
    lay_out_howto(howto)
    # The amount owed among each card's facts.
    customer_card["C5"].number_format = invoice_card["C6"].number_format = _FORMATS[Kind.MONEY]
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def _name_lists(workbook: Workbook, lists: Worksheet) -> None:
    """Name the ranges of the hidden lists; their rows are written, and the names fitted, at each export."""
    names = {"relance_niveaux": "A", "relance_ticks": "B", "relance_oui": "C", "relance_non": "D",
             "relance_clients": "E", "relance_factures": "F", "relance_devises": "K"}  # fmt: skip
    for name, letter in names.items():
        define(workbook, name, lists, f"${letter}$2:${letter}$2")
    define(workbook, "relance_sans_email", lists, "$B$3:$B$3")
    define(workbook, "relance_propositions", lists, "$H$1")


def _style_body_cell(sheet: Worksheet, row: int, index: int, kind: Kind, edited: bool) -> None:
    cell = sheet.cell(row, index)
    cell.font = Font(
        name=FONT,
        size=10,
        color="1D4ED8" if kind is Kind.LINK else INK,
        underline="single" if kind is Kind.LINK else None,
    )
    cell.border = GRID
    cell.number_format = _FORMATS.get(kind, "@" if not edited and kind is Kind.TEXT else "General")
    cell.protection = Protection(locked=not edited)
    if edited:
        cell.fill = PatternFill("solid", fgColor=PAPER)
    horizontal = {Kind.CENTRED: "center", Kind.DAY: "center", Kind.WHOLE: "center", Kind.MONEY: "right"}.get(
        kind, "left"
    )
    cell.alignment = Alignment(horizontal=horizontal, vertical="center", indent=1 if horizontal == "left" else 0)


def _lay_out_columns(
    workbook: Workbook, sheet: Worksheet, row: int, columns: tuple[Column, ...], anchor: str
) -> dict[str, str]:
    """Write the header and the styled first row; return each field's column letter."""
    letters = {}
    for index, column in enumerate(columns, start=1):
        letter = letters[column.field] = get_column_letter(index)
        header_cell(sheet, row, index, _(column.title), column.edited)
        _style_body_cell(sheet, row + 1, index, column.kind, column.edited)
        sheet.column_dimensions[letter].width = column.width + 1
        sheet.column_dimensions[letter].hidden = column.hidden
        define(workbook, f"{anchor}{column.field}", sheet, f"${letter}${row}")
    sheet.row_dimensions[row].height = 32
    sheet.row_dimensions[row + 1].height = 18
    last = get_column_letter(len(columns))
    sheet.auto_filter.ref = f"A{row}:{last}{row + 1}"
    sheet.sheet_view.showGridLines = False
    return letters


def _lay_out_reminders(workbook: Workbook, sheet: Worksheet, company: str, minimum_text: str) -> None:
    row = REMINDERS_HEADER_ROW
    letters = _lay_out_columns(workbook, sheet, row, REMINDER_COLUMNS, REMINDER_ANCHOR)
    first = row + 1
    title(sheet, "B1", _("Reminders — {company}").format(company=company))
    sheet["B2"] = _("As of")
    sheet["B2"].font = Font(name=FONT, size=10, color=MUTED)
    sheet["C2"].number_format = "dd/mm/yyyy"
    sheet["C2"].font = Font(name=FONT, size=10, bold=True, color=INK)
    sheet["C2"].alignment = Alignment(horizontal="left")
    sheet["B3"] = _(
        "Choose a level, tick “By post” or “By email” with x, then: relance-xl check, relance-xl send. "
        "Only the columns with a green title are yours to edit; “non” (or no) leaves a row out of a tick-all."
    )
    sheet["B3"].font = Font(name=FONT, size=10, italic=True, color=MUTED)
    define(workbook, "relance_aujourdhui", sheet, "$C$2")
    _lay_out_band(workbook, sheet, letters)
    _validate_edits(sheet, letters, first)
    _colour_rows(sheet, letters, first, minimum_text)
    sheet.freeze_panes = f"{letters['invoice_date']}{first}"
    sheet.sheet_properties.tabColor = ACCENT
    list_setup(sheet, row)


def _lay_out_band(workbook: Workbook, sheet: Worksheet, letters: dict[str, str]) -> None:
    """Lay out the two tick-all cells, right above the columns they tick."""
    label = sheet[f"{letters['level']}{BAND_ROW}"]
    label.value = _("Tick all that is due →")
    label.font = Font(name=FONT, size=10, bold=True, color=ACCENT)
    label.alignment = Alignment(horizontal="right", vertical="center")
    sheet.row_dimensions[BAND_ROW].height = 20
    prompts = {
        "post": _("An x here: a letter for every row that is due for a reminder, has a level and no “non”."),
        "email_tick": _(
            "An x here: an email for every row that is due for a reminder, has a level, an address and no “non”."
        ),
    }
    names = {"post": "relance_tous_courriers", "email_tick": "relance_tous_emails"}
    for field, name in names.items():
        address = f"{letters[field]}{BAND_ROW}"
        cell = sheet[address]
        cell.font = Font(name=FONT, size=12, bold=True, color=ACCENT)
        cell.fill = PatternFill("solid", fgColor=PAPER)
        cell.border = BOX
        cell.alignment = Alignment(horizontal="center", vertical="center")
        cell.protection = Protection(locked=False)
        define(workbook, name, sheet, f"${letters[field]}${BAND_ROW}")
        rule = DataValidation("list", formula1="relance_ticks", allow_blank=True)
        rule.promptTitle, rule.prompt, rule.showInputMessage = _("Tick all"), prompts[field], True
        rule.add(address)
        sheet.add_data_validation(rule)


def _validate_edits(sheet: Worksheet, letters: dict[str, str], first: int) -> None:
    level = DataValidation("list", formula1="relance_niveaux", allow_blank=True)
    explain(level, _("Level"), _("How firm the reminder is. Empty: no reminder."), _("Choose a level from the list."))
    post = DataValidation("list", formula1="relance_ticks", allow_blank=True)
    explain(post, _("By post"), _("x: a letter. non: left out of “tick all”."), _("Type x, non, or nothing."))
    # Not "ignore blank": the rule looks at the address cell, and a blank one would let anything pass.
    email = DataValidation(
        "list", allow_blank=False, formula1=f"IF(LEN(${letters['email']}{first})>0,relance_ticks,relance_sans_email)"
    )
    explain(
        email,
        _("By email"),
        _("x: an email. Needs an address in the column Email."),
        _("There is no email address on this row: type one into the column Email first."),
    )
    day = DataValidation("date", operator="greaterThan", formula1="relance_aujourdhui", allow_blank=True)
    explain(day, _("Next reminder"), _("Empty: as the level says."), _("A date after today."))
    for field, rule in (("level", level), ("post", post), ("email_tick", email), ("next_date", day)):
        rule.add(f"{letters[field]}{first}:{letters[field]}{first}")
        sheet.add_data_validation(rule)


def _colour_rows(sheet: Worksheet, letters: dict[str, str], first: int, minimum_text: str) -> None:
    def area(field: str) -> str:
        return f"{letters[field]}{first}:{letters[field]}{first}"

    ages = ((90, "F8B4B4", "7F1D1D"), (60, "FBD0C4", "7C2D12"), (30, "FDE3C8", "7C2D12"), (1, "FEF6DD", INK))
    for days, fill, ink in ages:
        look = DifferentialStyle(fill=PatternFill(bgColor=fill), font=Font(color=ink))
        rule = Rule("cellIs", operator="greaterThanOrEqual", formula=[str(days)], stopIfTrue=True, dxf=look)
        sheet.conditional_formatting.add(area("days_overdue"), rule)
    row = {field: f"${letter}{first}" for field, letter in letters.items()}
    rules = {
        "planned": (f"AND(LEN({row['planned']})>0,{row['planned']}<=relance_aujourdhui)", "DDEFE9", "115E59"),
        "sending": (
            f'AND(LEN({row["sending"]})>0,LEFT({row["sending"]},1)<>"⊘",{row["sending"]}<>"{_("see Status")}")',
            "CFEBDD",
            "14532D",
        ),
        "email_tick": (f"AND(LEN({row['number']})>0,LEN({row['email']})=0)", "E5E7EB", "6B7280"),
        "status": (f'AND(LEN({row["status"]})>0,{row["status"]}<>"{minimum_text}")', "FDECC8", "78350F"),
    }
    done = " ".join(
        f'LEFT({row["status"]},{len(text)})="{text}",'
        for text in (_("letter ready to print"), _("email ready to send"), _("email sent"))
    ).removesuffix(",")
    look = DifferentialStyle(fill=PatternFill(bgColor="CFEBDD"), font=Font(color="14532D"))
    sheet.conditional_formatting.add(
        area("status"), Rule("expression", formula=[f"OR({done})"], dxf=look, stopIfTrue=True)
    )
    for field, (formula, fill, ink) in rules.items():
        look = DifferentialStyle(fill=PatternFill(bgColor=fill), font=Font(color=ink))
        sheet.conditional_formatting.add(area(field), Rule("expression", formula=[formula], dxf=look))


def _lay_out_ledger(workbook: Workbook, sheet: Worksheet) -> None:
    _lay_out_columns(workbook, sheet, LEDGER_HEADER_ROW, LEDGER_COLUMNS, LEDGER_ANCHOR)
    sheet.freeze_panes = f"A{LEDGER_HEADER_ROW + 1}"
    list_setup(sheet, LEDGER_HEADER_ROW)


def _lay_out_card(workbook: Workbook, sheet: Worksheet, label: str, choices: str, name: str) -> None:
    title(sheet, "B1", sheet.title)
    sheet["B3"] = label
    sheet["B3"].font = Font(name=FONT, bold=True, size=11, color=INK)
    choice = sheet["C3"]
    choice.font = Font(name=FONT, size=12, bold=True, color=ACCENT)
    choice.fill = PatternFill("solid", fgColor=PAPER)
    sheet.merge_cells("C3:F3")
    for letter in "CDEF":
        sheet[f"{letter}3"].border = BOX
    choice.protection = Protection(locked=False)
    rule = DataValidation("list", formula1=choices, allow_blank=True)
    explain(rule, label, _("Choose from the list."), _("Choose from the list."))
    rule.add("C3")
    sheet.add_data_validation(rule)
    define(workbook, name, sheet, "$C$3")
    for row in range(4, CARD_HEADER_ROW - 1):
        sheet.cell(row, 2).font = Font(name=FONT, size=10, color=MUTED)
        sheet.cell(row, 3).font = Font(name=FONT, size=11, color=INK)
        sheet.cell(row, 3).alignment = Alignment(horizontal="left")
    for index, column in enumerate(card_columns(), start=2):
        letter = get_column_letter(index)
        header_cell(sheet, CARD_HEADER_ROW, index, _(column.title), edited=False)
        # The first one also holds the labels of the facts above.
        sheet.column_dimensions[letter].width = max(column.width + 1, 19 if index == 2 else 0)
        for row in range(CARD_HEADER_ROW + 1, CARD_HEADER_ROW + 1 + CARD_LINES):
            _style_body_cell(sheet, row, index, column.kind, edited=False)
            # A text format would show the formula instead of its value when retyped.
            if column.kind in {Kind.TEXT, Kind.LINK}:
                sheet.cell(row, index).number_format = "General"
    sheet.column_dimensions["A"].hidden = True
    sheet.row_dimensions[CARD_HEADER_ROW].height = 24
    sheet.freeze_panes = f"A{CARD_HEADER_ROW + 1}"
    sheet.sheet_view.showGridLines = False
    list_setup(sheet, CARD_HEADER_ROW)
