"""A new, empty workbook, laid out with openpyxl: the only file it ever writes. Content is spliced in afterwards."""

import io
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Color, Font, PatternFill, Protection
from openpyxl.utils.indexed_list import IndexedList
from openpyxl.worksheet.worksheet import Worksheet

from relance_xl.runtime.language import _
from relance_xl.workbook.new_workbook.dashboard import lay_out_dashboard
from relance_xl.workbook.new_workbook.howto import lay_out_howto
from relance_xl.workbook.ooxml.column_letters import get_column_letter
from relance_xl.workbook.ooxml.package import open_package
from relance_xl.workbook.row_moves.drawings import with_usual_prefix
from relance_xl.workbook.sheets.appearance import (
    ACCENT,
    BOX,
    FONT,
    GRID,
    INK,
    MUTED,
    PAPER,
    define,
    header_cell,
    list_setup,
    title,
)
from relance_xl.workbook.sheets.calls.refresh import call_rules
from relance_xl.workbook.sheets.card_rules import card_area, card_rule
from relance_xl.workbook.sheets.columns import (
    ANSWER_NAME,
    CALL_COLUMNS,
    CALLS_ANCHOR,
    CALLS_SHEET,
    COUNT_NAME,
    CUSTOMER_COLUMNS,
    CUSTOMER_SHEET,
    CUSTOMERS_ANCHOR,
    CUSTOMERS_SHEET,
    DASHBOARD_SHEET,
    HOWTO_SHEET,
    INVOICE_SHEET,
    LEDGER_ANCHOR,
    LEDGER_COLUMNS,
    LEDGER_SHEET,
    LISTS_ANCHOR,
    LISTS_SHEET,
    REMINDER_ANCHOR,
    REMINDER_COLUMNS,
    REMINDERS_SHEET,
    REQUEST_NAME,
    TICK_ALL_NAMES,
    TODAY_NAME,
    Column,
    Kind,
)
from relance_xl.workbook.sheets.customers.rules import customer_rules
from relance_xl.workbook.sheets.fixed_places import (
    BAND_LABEL,
    BAND_ROW,
    CARD_HEADER_ROW,
    CARD_LINES,
    CUSTOMER_CHOICE_NAME,
    CUSTOMERS_HEADER_ROW,
    HOWTO,
    INVOICE_CHOICE_NAME,
    LEDGER_HEADER_ROW,
    PREFERRED_LABEL,
    REMINDERS_HEADER_ROW,
    REMINDERS_TITLE,
    REQUEST_LABEL,
    REQUEST_ROW,
    card_columns,
)
from relance_xl.workbook.sheets.reminders.request_cells import request_rule
from relance_xl.workbook.sheets.reminders.rules import choice_rule, colour_rules, edit_rules, tick_all_rules

#: So that what is written in 10 points is printed in 8 at least.
_PRINTED_PERCENT = 80
_FORMATS = {Kind.MONEY: "#,##0.00", Kind.DAY: "dd/mm/yyyy", Kind.WHOLE: "0"}


def build_skeleton(company: str, minimum_text: str) -> bytes:
    """Return a new workbook's bytes in the current language: all sheets, styles, rules and names, no rows.

    `minimum_text` is the status of invoices below the minimum amount.
    """
    workbook = Workbook()
    # The unit of column widths.
    usual = Font(name=FONT, size=10, family=2, color=Color(theme=1))
    workbook._fonts = IndexedList([usual])  # type: ignore[attr-defined]  # there is no public way
    workbook._named_styles["Normal"].font = usual  # type: ignore[attr-defined]
    reminders = workbook.worksheets[0]
    reminders.title = _(REMINDERS_SHEET)
    customers = workbook.create_sheet(_(CUSTOMERS_SHEET))
    calls = workbook.create_sheet(_(CALLS_SHEET))
    dashboard = workbook.create_sheet(_(DASHBOARD_SHEET))
    ledger = workbook.create_sheet(_(LEDGER_SHEET))
    customer_card = workbook.create_sheet(_(CUSTOMER_SHEET))
    invoice_card = workbook.create_sheet(_(INVOICE_SHEET))
    howto = workbook.create_sheet(_(HOWTO_SHEET))
    lists = workbook.create_sheet(_(LISTS_SHEET))
    lists.sheet_state = "hidden"
    _name_lists(workbook, lists)
    _lay_out_reminders(workbook, reminders, company, minimum_text)
    _lay_out_customers(workbook, customers)
    _lay_out_calls(workbook, calls)
    lay_out_dashboard(workbook, dashboard, company)
    _lay_out_ledger(workbook, ledger)
    _lay_out_card(workbook, customer_card, _("Customer"), "relance_clients", CUSTOMER_CHOICE_NAME)
    _lay_out_card(workbook, invoice_card, _("Invoice"), "relance_factures", INVOICE_CHOICE_NAME)
    lay_out_howto(howto)
    define(workbook, HOWTO.name, howto, "$A$1")
    # The amount owed among each card's facts.
    customer_card["C5"].number_format = invoice_card["C6"].number_format = _FORMATS[Kind.MONEY]
    target = io.BytesIO()
    workbook.save(target)
    return _readable_everywhere(target.getvalue())


def _readable_everywhere(data: bytes) -> bytes:
    """Return a workbook as programs beside Excel and Calc can read it too."""
    package = open_package(Path(), data)
    for part in package.names():
        if part.startswith("xl/drawings/drawing"):
            package.replace(part, with_usual_prefix(package.part(part)))
    return package.packed()


def _name_lists(workbook: Workbook, lists: Worksheet) -> None:
    """Name the ranges of the hidden lists; their rows are written, and the names fitted, at each export."""
    names = {"relance_niveaux": "A", "relance_ticks": "B", "relance_oui": "C", "relance_non": "D",
             "relance_clients": "E", "relance_factures": "F", "relance_devises": "K", "relance_motifs": "Q", "relance_niveaux_seuls": "R",
             "relance_demandes": "AA", "relance_cl_debut": "U", "relance_cl_nombre": "V", "relance_cl_notes": "W", "relance_cl_promesses": "X"}  # fmt: skip
    for name, letter in names.items():
        define(workbook, name, lists, f"${letter}$2:${letter}$2")
    define(workbook, "relance_sans_email", lists, "$B$3:$B$3")
    define(workbook, LISTS_ANCHOR, lists, "$H$1")


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
    cell.alignment = Alignment(horizontal=horizontal, vertical="center")


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
        sheet.column_dimensions[letter].hidden = column.hidden or column.folded
        if column.folded:
            sheet.column_dimensions[letter].outlineLevel = 1
        define(workbook, f"{anchor}{column.field}", sheet, f"${letter}${row}")
    sheet.row_dimensions[row].height = 38
    sheet.row_dimensions[row + 1].height = 18
    last = get_column_letter(len(columns))
    sheet.auto_filter.ref = f"A{row}:{last}{row + 1}"
    sheet.sheet_view.showGridLines = False
    return letters


def _lay_out_reminders(workbook: Workbook, sheet: Worksheet, company: str, minimum_text: str) -> None:
    row = REMINDERS_HEADER_ROW
    letters = _lay_out_columns(workbook, sheet, row, REMINDER_COLUMNS, REMINDER_ANCHOR)
    first = row + 1
    title(sheet, "B1", _(REMINDERS_TITLE).format(company=company))
    sheet["B2"] = _("As of")
    sheet["B2"].font = Font(name=FONT, size=10, color=MUTED)
    sheet["C2"].number_format = "dd/mm/yyyy"
    sheet["C2"].font = Font(name=FONT, size=10, bold=True, color=INK)
    sheet["C2"].alignment = Alignment(horizontal="left")
    sheet["B3"] = _(
        "Choose a level, tick “By post” or “By email” with x, save, then check and send. "
        "Only the columns with a green title are yours to edit; “non” (or no) leaves a row out of a tick-all."
    )
    sheet["B3"].font = Font(name=FONT, size=10, italic=True, color=MUTED)
    define(workbook, TODAY_NAME, sheet, "$C$2")
    _lay_out_band(workbook, sheet, letters)
    _lay_out_request(workbook, sheet, letters)
    for field, validation in edit_rules(letters, first).items():
        validation.add(f"{letters[field]}{first}")
        sheet.add_data_validation(validation)
    for field, rule in colour_rules(letters, first, minimum_text):
        sheet.conditional_formatting.add(f"{letters[field]}{first}", rule)
    for field in ("email", "last_level"):
        # Two addresses grow small rather than run over what stands beside them.
        sheet[f"{letters[field]}{first}"].alignment = Alignment(
            horizontal="left", vertical="center", shrink_to_fit=True
        )
    sheet.freeze_panes = f"{letters['due_date']}{first}"
    sheet.sheet_properties.tabColor = ACCENT
    list_setup(sheet, row)
    _print_legibly(sheet, letters["number"], letters["customer"])


def _print_legibly(sheet: Worksheet, first: str, last: str) -> None:
    """Print a wide list at a size that can be read, over pages side by side, its first columns on each of them."""
    sheet.sheet_properties.pageSetUpPr = None
    sheet.page_setup.fitToWidth = sheet.page_setup.fitToHeight = None
    sheet.page_setup.scale = _PRINTED_PERCENT
    sheet.page_setup.pageOrder = None
    sheet.print_title_cols = f"{first}:{last}"


def _lay_out_band(workbook: Workbook, sheet: Worksheet, letters: dict[str, str]) -> None:
    """Lay out the two tick-all cells, right above the columns they tick."""
    label = sheet[f"{letters['level']}{BAND_ROW}"]
    label.value = _(BAND_LABEL)
    label.font = Font(name=FONT, size=10, bold=True, color=ACCENT)
    label.alignment = Alignment(horizontal="right", vertical="center")
    sheet.row_dimensions[BAND_ROW].height = 20
    count = sheet[f"{letters['number']}{BAND_ROW}"]
    count.font = Font(name=FONT, size=10, bold=True, color=INK)
    count.alignment = Alignment(horizontal="left", vertical="center")
    define(workbook, COUNT_NAME, sheet, f"${letters['number']}${BAND_ROW}")
    beside = sheet[f"{letters['suspension']}{BAND_ROW}"]
    beside.value = _(PREFERRED_LABEL)
    beside.font = Font(name=FONT, size=10, bold=True, color=ACCENT)
    beside.alignment = Alignment(horizontal="left", vertical="center")
    for field, name in TICK_ALL_NAMES.items():
        address = f"{letters[field]}{BAND_ROW}"
        cell = sheet[address]
        cell.font = Font(name=FONT, size=12, bold=True, color=ACCENT)
        cell.fill = PatternFill("solid", fgColor=PAPER)
        cell.border = BOX
        cell.alignment = Alignment(horizontal="center", vertical="center")
        cell.protection = Protection(locked=False)
        define(workbook, name, sheet, f"${letters[field]}${BAND_ROW}")
        rule = tick_all_rules()[field]
        rule.add(address)
        sheet.add_data_validation(rule)


def _lay_out_request(workbook: Workbook, sheet: Worksheet, letters: dict[str, str]) -> None:
    """Lay out the cell in which one asks for something; the answer goes to its right."""
    label, request = (sheet[f"{letters[field]}{REQUEST_ROW}"] for field in ("planned", "level"))
    label.value = _(REQUEST_LABEL)
    label.font = Font(name=FONT, size=10, bold=True, color=ACCENT)
    label.alignment = Alignment(horizontal="right", vertical="center")
    request.font = Font(name=FONT, size=10, bold=True, color=ACCENT)
    request.fill = PatternFill("solid", fgColor=PAPER)
    request.border = BOX
    request.alignment = Alignment(horizontal="left", vertical="center")
    request.protection = Protection(locked=False)
    answer = sheet[f"{letters['post']}{REQUEST_ROW}"]
    answer.font = Font(name=FONT, size=10, color=INK)
    for name, field in ((REQUEST_NAME, "level"), (ANSWER_NAME, "post")):
        define(workbook, name, sheet, f"${letters[field]}${REQUEST_ROW}")
    rule = request_rule()
    rule.add(f"{letters['level']}{REQUEST_ROW}")
    sheet.add_data_validation(rule)


def _lay_out_customers(workbook: Workbook, sheet: Worksheet) -> None:
    row, first = CUSTOMERS_HEADER_ROW, CUSTOMERS_HEADER_ROW + 1
    letters = _lay_out_columns(workbook, sheet, row, CUSTOMER_COLUMNS, CUSTOMERS_ANCHOR)
    for field, validation in customer_rules(letters).items():
        validation.add(f"{letters[field]}{first}")
        sheet.add_data_validation(validation)
    sheet.freeze_panes = f"{letters['open_amount']}{first}"
    sheet.sheet_properties.tabColor = ACCENT
    list_setup(sheet, row)
    _print_legibly(sheet, letters["customer_code"], letters["customer"])


def _lay_out_calls(workbook: Workbook, sheet: Worksheet) -> None:
    row, first = CUSTOMERS_HEADER_ROW, CUSTOMERS_HEADER_ROW + 1
    letters = _lay_out_columns(workbook, sheet, row, CALL_COLUMNS, CALLS_ANCHOR)
    for field, validation in call_rules(letters).items():
        validation.add(f"{letters[field]}{first}")
        sheet.add_data_validation(validation)
    sheet.freeze_panes = f"{letters['contact']}{first}"
    sheet.sheet_properties.tabColor = ACCENT
    list_setup(sheet, row)


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
    rule = choice_rule(label, choices)
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
            # Lines stand only where something is shown.
            sheet.cell(row, index).border = Border()
            # A text format would show the formula instead of its value when retyped.
            if column.kind in {Kind.TEXT, Kind.LINK}:
                sheet.cell(row, index).number_format = "General"
    sheet.conditional_formatting.add(str(card_area()), card_rule())
    sheet.column_dimensions["A"].hidden = True
    sheet.row_dimensions[CARD_HEADER_ROW].height = 26
    sheet.freeze_panes = f"A{CARD_HEADER_ROW + 1}"
    sheet.sheet_view.showGridLines = False
    list_setup(sheet, CARD_HEADER_ROW)
