"""The sheet that says how to: one page, for whoever opens the workbook for the first time."""

from dataclasses import dataclass
from textwrap import wrap

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

from relance_xl.core.texts.acts import Act, numbered_name
from relance_xl.runtime.language import N_, _
from relance_xl.workbook.sheets.appearance import ACCENT, FONT, INK, RULE, SLATE, page_setup, title
from relance_xl.workbook.sheets.columns import (
    CALLS_SHEET,
    CUSTOMER_SHEET,
    CUSTOMERS_SHEET,
    DASHBOARD_SHEET,
    INVOICE_SHEET,
    LEDGER_SHEET,
    REMINDER_COLUMNS,
    REMINDERS_SHEET,
)
from relance_xl.workbook.sheets.fixed_places import HOWTO_FIRST_MARK, HOWTO_HEADING
from relance_xl.workbook.sheets.reminders.sending import NO_EMAIL_SYMBOL

_MARK_WIDTH, _TEXT_WIDTH = 22, 92
# How many characters of running text a line takes at 11 points, in a wide font too.
_LINE_LENGTH = 104
_LINE_HEIGHT = 15.5
_YES_EXAMPLES, _NO_EXAMPLES = ("X", "oui", "yes", "1", "✓"), ("non", "no", "n", "0")


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """A text and the mark before it: a step's number, a word, a sign."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class _Section:
    heading: str
    paragraphs: tuple[_Paragraph, ...]


_SECTIONS = (
    _Section(
        HOWTO_HEADING,
        (
            _Paragraph(
                HOWTO_FIRST_MARK,
                N_(
                    "Export the unpaid invoices from your accounting software, over last week's file. Close this "
                    "workbook, then double-click “{update}” in its folder. Paid invoices leave, new ones come, what you typed "
                    "stays."
                ),
            ),
            _Paragraph(
                "2",
                N_(
                    "In the sheet “{reminders}”, look at “{level}”: one firmer than the last reminder is proposed. "
                    "Choose another from the list, or empty the cell: no reminder."
                ),
            ),
            _Paragraph(
                "3",
                N_(
                    "Tick “{post}”, “{email_tick}” or “{phone_tick}” with an x. The framed cells above the titles tick "
                    "everything that is due at one stroke; the last one each as the customer prefers."
                ),
            ),
            _Paragraph(
                "4",
                N_("Save, then double-click “{check}”. It shows what would leave and what is held, and sends nothing."),
            ),
            _Paragraph(
                "5",
                N_(
                    "Double-click “{send}”. It asks before it does anything. Print the file of letters that it opens; "
                    "the emails leave, or wait as files to open in your mail program if your settings say so."
                ),
            ),
        ),
    ),
    _Section(
        N_("In the sheet “{reminders}”"),
        (
            _Paragraph(
                N_("Green titles"),
                N_(
                    "Yours to fill in: {edited}. All other columns are written anew at each export. Columns, colours "
                    "and sheets of your own are kept."
                ),
            ),
            _Paragraph("x", N_("Makes the reminder. Just as good: {yes}. An empty cell: no reminder.")),
            _Paragraph("{no}", N_("Leaves a row out when everything is ticked at one stroke. Just as good: {no_words}.")),
            _Paragraph(
                N_("The framed cells"),
                N_(
                    "An x there reaches the rows that are due, with a level and without “{no}”; neither disputes, nor "
                    "credit notes, nor amounts below the minimum. Your own tick on a row that is not due counts too."
                ),
            ),
            _Paragraph(
                NO_EMAIL_SYMBOL,
                N_("There is no address, so no email is possible. Type one into “{email}”: it is kept for the customer."),
            ),
            _Paragraph("{sending}", N_("Says in words what will happen to the row at the next sending.")),
            _Paragraph(
                "{request}",
                N_(
                    "Where a computer watches this folder: choose there, and save. It is done once; the answer stands beside "
                    "it once the workbook is closed, and at once in {page}. Calc's menu “Relance XL” does the same."
                ),
            ),
            _Paragraph(
                "{status}",
                N_(
                    "Before sending, why a row is left alone: dispute, credit note, amount below the minimum. After "
                    "sending, what became of it: ready to print, sent, held and why."
                ),
            ),
            _Paragraph("{next_date}", N_("After this reminder: the letter asks for payment by then. Empty: as the level says.")),
            _Paragraph(
                "{suspension}",
                N_(
                    "Leaves an invoice alone, up to the day in “{until}” or until you clear it: a dispute, a promise, a "
                    "payment plan. The day after a promise that was not kept it is due, and “{status}” says so."
                ),
            ),
        ),
    ),
    _Section(
        N_("What is remembered"),
        (
            _Paragraph(
                "{customers}",
                N_(
                    "What you write beside a customer holds for every invoice, now and later: never remind, by post "
                    "only, other addresses, a copy, a contact, public body or private person."
                ),
            ),
            _Paragraph(
                "{calls}",
                N_(
                    "Ticked “{phone_tick}” and sent, a customer stands there. After the call fill in who was reached and "
                    "what was said: the next export or send reads it. A promise suspends the invoices."
                ),
            ),
        ),
    ),
    _Section(
        N_("Where to find what was done"),
        (
            _Paragraph("{document}", N_("Opens the letter with its invoice. All letters of one sending are one file to print.")),
            _Paragraph(
                "{ledger}",
                N_("Every letter and every email ever made. The green columns may be corrected: the next export reads them."),
            ),
            _Paragraph(
                N_("The cards"),
                N_("“{customer_card}” and “{invoice_card}”: choose from the list, all its reminders appear."),
            ),
            _Paragraph("{dashboard}", N_("What is owed by age and by customer, and the reminders made. Choose the currency.")),
        ),
    ),
    _Section(
        N_("When in doubt"),
        (
            _Paragraph(
                N_("Send again?"),
                N_("Running relance-xl send twice never sends a reminder twice, from any copy of this workbook."),
            ),
            _Paragraph(
                "{unknown}",
                N_(
                    "The connection broke before the mail server said whether it took the email. It is not sent again "
                    "by itself: look among your sent messages, then run: relance-xl resolve, as the message says."
                ),
            ),
            _Paragraph(
                N_("A mistake?"),
                N_("The workbook as it was before each export and each sending is kept in .relance/backups."),
            ),
        ),
    ),
)  # fmt: skip


def lay_out_howto(sheet: Worksheet) -> None:
    """Write the page, in the current language and with the titles that the other sheets have in it."""
    words = _words()
    title(sheet, "A1", sheet.title)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = _MARK_WIDTH, _TEXT_WIDTH
    row = 1
    for section in _SECTIONS:
        sheet.row_dimensions[row + 1].height = 9
        row += 2
        _write_heading(sheet, row, _(section.heading).format(**words))
        for paragraph in section.paragraphs:
            row += 1
            _write_paragraph(sheet, row, _(paragraph.mark).format(**words), _(paragraph.text).format(**words))
    sheet.sheet_view.showGridLines = False
    page_setup(sheet, "portrait", pages_high=1)
    sheet.print_options.horizontalCentered = True


def _words() -> dict[str, str]:
    """Return what the texts name: titles as they stand on the sheets, words as they may be typed."""
    titles = {column.field: _(column.title) for column in REMINDER_COLUMNS}
    edited = [_(column.title) for column in REMINDER_COLUMNS if column.edited]
    sheets = {
        "reminders": REMINDERS_SHEET,
        "ledger": LEDGER_SHEET,
        "customers": CUSTOMERS_SHEET,
        "calls": CALLS_SHEET,
        "customer_card": CUSTOMER_SHEET,
        "invoice_card": INVOICE_SHEET,
        "dashboard": DASHBOARD_SHEET,
    }
    own = {
        "edited": ", ".join(edited),
        "yes": ", ".join(_YES_EXAMPLES),
        "no": _("no"),
        "no_words": ", ".join(word for word in _NO_EXAMPLES if word != _("no")),
        "unknown": _("unknown"),
        # As the files to double-click are called.
        "update": numbered_name(Act.EXPORT),
        "check": numbered_name(Act.CHECK),
        "send": numbered_name(Act.SEND),
        "request": _("Request"),
        "page": "lots/compte-rendu.html",
    }
    return titles | {name: _(text) for name, text in sheets.items()} | own


def _write_heading(sheet: Worksheet, row: int, text: str) -> None:
    cell = sheet.cell(row, 1, text)
    cell.font = Font(name=FONT, size=12, bold=True, color="FFFFFF")
    for column in (1, 2):
        sheet.cell(row, column).fill = PatternFill("solid", fgColor=SLATE)
        sheet.cell(row, column).alignment = Alignment(horizontal="left", vertical="center", indent=1)
    sheet.row_dimensions[row].height = 22


def _write_paragraph(sheet: Worksheet, row: int, mark: str, text: str) -> None:
    is_step = mark.isdigit()
    first, second = sheet.cell(row, 1, mark), sheet.cell(row, 2, text)
    first.font = Font(name=FONT, size=18 if is_step else 11, bold=True, color=ACCENT)
    first.alignment = Alignment(
        horizontal="center" if is_step else "left", vertical="center", indent=0 if is_step else 1, wrap_text=True
    )
    second.font = Font(name=FONT, size=11, color=INK)
    second.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True, indent=1)
    for cell in (first, second):
        cell.border = Border(bottom=Side(style="thin", color=RULE))
    # Written down: not every program fits the height of wrapped text by itself.
    sheet.row_dimensions[row].height = 8 + _LINE_HEIGHT * len(wrap(text, _LINE_LENGTH))
