"""The list of registered letters to bring to the post office: whom each is for, and a column for its tracking number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from relance_xl.runtime.language import N_, _
from relance_xl.workbook.sheets.appearance import FONT, GRID, INK, MUTED, header_cell, page_setup, title
from relance_xl.workbook.sheets.columns import LEDGER_SHEET

_COLUMNS = (
    (N_("No."), 5),
    (N_("Recipient"), 30),
    (N_("Address"), 40),
    (N_("References"), 30),
    (N_("Tracking no."), 24),
)
_HEADER_ROW = 6


@dataclass(frozen=True, slots=True)
class RegisteredLetter:
    """A letter to go by registered post: to whom, where, about which invoices."""

    recipient: str
    address: tuple[str, ...]
    references: tuple[str, ...]


def write_deposit_list(path: Path, sender: Sequence[str], day: date, letters: Sequence[RegisteredLetter]) -> None:
    """Write the list as a workbook, in the language that is spoken. Raises OSError."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = _("Registered letters")
    title(sheet, "A1", _("Registered letters with acknowledgement of receipt"))
    sheet["A2"], sheet["A3"] = _("Sender: {sender}").format(sender=", ".join(filter(None, sender))), f"{day:%d/%m/%Y}"
    sheet["A4"] = _("Copy the numbers into the sheet {sheet} of the workbook.").format(sheet=_(LEDGER_SHEET))
    for cell in (sheet["A2"], sheet["A3"], sheet["A4"]):
        cell.font = Font(name=FONT, size=10, color=MUTED)
        cell.alignment = Alignment(horizontal="left")
    for index, (text, width) in enumerate(_COLUMNS, start=1):
        header_cell(sheet, _HEADER_ROW, index, _(text), edited=False)
        sheet.column_dimensions[get_column_letter(index)].width = width
    for number, letter in enumerate(letters, start=1):
        texts = (str(number), letter.recipient, "\n".join(letter.address), ", ".join(letter.references), "")
        for index, text in enumerate(texts, start=1):
            cell = sheet.cell(_HEADER_ROW + number, index)
            if text:
                # A name that begins like a formula stays a name.
                cell.value = text
                cell.data_type = "s"
            cell.font = Font(name=FONT, size=10, color=INK)
            cell.border = GRID
            cell.alignment = Alignment(vertical="top", wrap_text=True)
        sheet.row_dimensions[_HEADER_ROW + number].height = 14 * max(len(letter.address), 2)
    sheet.print_title_rows = f"{_HEADER_ROW}:{_HEADER_ROW}"
    page_setup(sheet, "landscape", pages_high=0)
    book.save(path)
