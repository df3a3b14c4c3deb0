"""The cells in which one asks for something, above the list: what is asked, and the answer beside it."""

from dataclasses import dataclass

from openpyxl.worksheet.datavalidation import DataValidation

from relance_xl.core.texts.acts import Act
from relance_xl.core.texts.request import request_word
from relance_xl.core.texts.typed import plain_title
from relance_xl.runtime.language import _, in_every_language
from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.ooxml.cells import BLANK, Formula, Text, value_text
from relance_xl.workbook.ooxml.column_letters import get_column_letter
from relance_xl.workbook.sheets.columns import ANSWER_NAME, REQUEST_NAME, TICK_ALL_NAMES
from relance_xl.workbook.sheets.fixed_places import REMINDERS_HEADER_ROW, REQUEST_LABEL, REQUEST_ROW
from relance_xl.workbook.sheets.lists import REQUESTS_NAME, ListsSheet
from relance_xl.workbook.sheets.reminders.sending import CHANNEL_WORDS
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.spreadsheet.rules import Validation
from relance_xl.workbook.spreadsheet.sheet import Link
from relance_xl.workbook.spreadsheet.spreadsheet import Place, sheet_reference

# How far above the titles the cells stand.
_ROWS_ABOVE = REMINDERS_HEADER_ROW - REQUEST_ROW


@dataclass(frozen=True, slots=True)
class RequestCells:
    """Where one asks, and where the answer goes; None: no such cell."""

    found: RemindersSheet
    request: Place | None
    answer: Place | None

    @property
    def typed(self) -> str:
        """What is asked for, as it was typed."""
        if self.request is None:
            return ""
        return value_text(self.found.sheet.value(self.request.row, self.request.column)).strip()

    def say(self, text: str, page: str) -> None:
        """Take the request away and answer it; `page`: where the whole answer is, from the workbook's folder."""
        sheet = self.found.sheet
        if self.request is not None:
            sheet.put(self.request.row, self.request.column, BLANK)
        if self.answer is not None:
            row, column = self.answer.row, self.answer.column
            sheet.put(row, column, Text(text))
            links = [Link(row, column, page)] if page else []
            sheet.set_links(links, column, [row], self.found.spreadsheet.relationships(sheet))


def find_request_cells(found: RemindersSheet) -> RequestCells:
    """Return the cells: by their names, else beside their label, which some programs leave where they drop names."""
    request, answer = (found.spreadsheet.named_cell(name) for name in (REQUEST_NAME, ANSWER_NAME))
    mine = found.sheet.name
    if request is None or request.sheet != mine:
        request = _beside_label(found)
    if answer is None or answer.sheet != mine:
        answer = Place(mine, request.row, request.column + 1) if request is not None else None
    return RequestCells(found, request, answer)


def _beside_label(found: RemindersSheet) -> Place | None:
    labels = set(map(plain_title, in_every_language(REQUEST_LABEL)))
    for row in range(1, found.layout.header_row):
        for column in found.sheet.columns_of(row):
            if plain_title(value_text(found.sheet.value(row, column))) in labels:
                return Place(found.sheet.name, row, column + 1)
    return None


def restore_request_cells(found: RemindersSheet) -> None:
    """Lay the cells out where they are not there, as in a workbook of an earlier version, and nothing else stands there."""
    request, row = find_request_cells(found).request, found.layout.header_row - _ROWS_ABOVE
    if request is not None:
        _name(found, request)
    elif _is_free(found, row):
        # As the tick-all cells and their label look.
        column, tick = found.layout.columns["level"], found.tick_all_place("post")
        label = found.sheet.style(found.layout.header_row - 1, column)
        lay_out_request(found, row, label, found.sheet.style(tick.row, tick.column) if tick is not None else None)


def request_row(found: RemindersSheet) -> int:
    """Return a row above the titles with room for the cells, 0 where there is none."""
    rows = (found.layout.header_row - _ROWS_ABOVE, *range(found.layout.header_row - 1, 0, -1))
    return next((row for row in rows if _is_free(found, row)), 0)


def _is_free(found: RemindersSheet, row: int) -> bool:
    column = found.layout.column("level")
    if column is None or column < 2 or not 0 < row < found.layout.header_row:
        return False
    label = value_text(found.sheet.value(row, column - 1))
    is_ours = plain_title(label) in map(plain_title, in_every_language(REQUEST_LABEL))
    places = {place for name in TICK_ALL_NAMES if (place := found.tick_all_place(name)) is not None}
    beside = {Place(found.sheet.name, row, one) for one in (column - 1, column, column + 1)}
    return (
        (not label or is_ours)
        and not any(value_text(found.sheet.value(row, one)) for one in (column, column + 1))
        and not places & beside
    )


def lay_out_request(found: RemindersSheet, row: int, label: str | None, look: str | None) -> None:
    """Lay the cells out in a row that has room for them, and name them; `label`, `look`: their formats, None: as they are."""
    sheet, column = found.sheet, found.layout.columns["level"]
    if not value_text(sheet.value(row, column - 1)):
        sheet.put(row, column - 1, Text(_(REQUEST_LABEL)), label)
        sheet.put(row, column, BLANK, look)
    _name(found, Place(sheet.name, row, column))


def _name(found: RemindersSheet, request: Place) -> None:
    """Name the cells again that have no name of ours, or one that leads nowhere."""
    answer = Place(request.sheet, request.row, request.column + 1)
    for name, place in ((REQUEST_NAME, request), (ANSWER_NAME, answer)):
        named = found.spreadsheet.named_cell(name)
        if named is None or named.sheet != request.sheet:
            reference = f"${get_column_letter(place.column)}${place.row}"
            found.spreadsheet.set_name(name, f"{sheet_reference(place.sheet)}!{reference}")


def write_requests(found: RemindersSheet, lists: ListsSheet, rows: int) -> None:
    """Write what may be asked for in the cell for it, a send with as many `rows` as the sheet shows to be sent."""
    column = found.layout.column("sending")
    if column is None:
        return
    letter = get_column_letter(column)
    cells = f"{sheet_reference(found.sheet.name)}!${letter}${found.layout.first_row}:${letter}$1048576"
    counted = "+".join(f'COUNTIF({cells},"{_(word)}*")' for word in CHANNEL_WORDS.values())
    send = request_word(Act.SEND)
    words = [request_word(one) for one in Act if one is not Act.SEND]
    # Where nothing is to be sent, that is not offered.
    lists.say_requests(words, Formula(f'IF({counted}=0,"","{send} "&({counted}))', f"{send} {rows}" if rows else ""))


def request_rule() -> DataValidation:
    """Return what is offered in the cell; another number than the sheet counts may be typed."""
    rule = DataValidation("list", formula1=REQUESTS_NAME, allow_blank=True)
    rule.promptTitle, rule.showInputMessage = _("Request"), True
    rule.prompt = _(
        "Choose, then save: the computer that watches this folder does it once\n"
        "and answers beside. To ask the same again, save with\nthis cell empty first."
    )
    rule.showErrorMessage = False
    return rule


def request_validations(found: RemindersSheet) -> list[Validation]:
    """Return the rule of the cell, where there is one."""
    place = find_request_cells(found).request
    if place is None:
        return []
    return [Validation(Area(place.column, place.row, place.column, place.row), request_rule())]
