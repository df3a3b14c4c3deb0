"""Our sheets of a fixed layout (cards, dashboard, instructions, lists): how a user's workbook still tells them apart."""

from collections.abc import Iterator
from dataclasses import dataclass

from relance_xl.core.texts.typed import plain_title
from relance_xl.runtime.language import in_every_language
from relance_xl.workbook.ooxml.cells import value_text
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Place, Spreadsheet

#: As many rows or columns as somebody may have put in.
_MOVED_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Sign:
    """A text of ours that stands in a sheet from the start; `text` is its English source."""

    row: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class FixedSheet:
    """A sheet: its title, the name of a cell in it, where that is, and the texts that tell it from a user's sheet.

    The first sign must stand, and half of them all.
    """

    title: str
    name: str
    cell: tuple[int, int]
    signs: tuple[Sign, ...]

    def anchor(self, sheet: Sheet) -> Place:
        """Return the cell that bears the name."""
        return Place(sheet.name, *self.cell)

    def is_shown_by(self, sheet: Sheet) -> bool:
        """Whether a sheet shows the signs."""
        stand = [_says(sheet, sign) for sign in self.signs]
        return stand[0] and sum(stand) * 2 >= len(stand)

    def is_moved_in(self, sheet: Sheet) -> bool:
        """Whether rows or columns came or went since, so that figures would be written beside the wrong labels.

        A sign then stands elsewhere in its row or column; one that stands nowhere was only renamed.
        """
        return any(not _says(sheet, sign) and _says_elsewhere(sheet, sign) for sign in self.signs)


def _says(sheet: Sheet, sign: Sign) -> bool:
    return _is_text_at(sheet, sign.row, sign.column, sign.text)


def _says_elsewhere(sheet: Sheet, sign: Sign) -> bool:
    below = ((row, sign.column) for row in range(1, sign.row + _MOVED_AT_MOST))
    beside = ((sign.row, column) for column in range(1, sign.column + _MOVED_AT_MOST))
    return any(_is_text_at(sheet, row, column, sign.text) for row, column in (*below, *beside))


def _is_text_at(sheet: Sheet, row: int, column: int, text: str) -> bool:
    shown = plain_title(value_text(sheet.value(row, column)))
    return shown in {plain_title(one) for one in in_every_language(text)}


def find_fixed_sheet(spreadsheet: Spreadsheet, kind: FixedSheet) -> Sheet | None:
    """Return the sheet that our name leads to, else one that shows the signs; None where it is gone.

    A user's own sheet of the same title is not ours. Sheets of any title are looked at only where a program dropped our
    names, or renamed sheets and left the names behind (openpyxl): these lead to the same cell of another sheet then.
    """
    place = spreadsheet.named_cell(kind.name)
    if place is not None and place.sheet in spreadsheet.sheet_names():
        named = spreadsheet.sheet(place.sheet)
        if place != kind.anchor(named) or kind.is_shown_by(named):
            return named
        others = (spreadsheet.sheet(name) for name in spreadsheet.worksheet_names() if name != place.sheet)
        return next(filter(kind.is_shown_by, others), named)
    return next((sheet for sheet in _candidates(spreadsheet, kind) if kind.is_shown_by(sheet)), None)


def is_moved(spreadsheet: Spreadsheet, kind: FixedSheet, sheet: Sheet) -> bool:
    """Whether the cell that bears the sheet's name, or any of its texts, is no longer where it was laid out."""
    return spreadsheet.named_cell(kind.name) not in {None, kind.anchor(sheet)} or kind.is_moved_in(sheet)


def unmoved_sheet(spreadsheet: Spreadsheet, kind: FixedSheet) -> Sheet | None:
    """Return the sheet that our name leads to; None where it is gone, or its cells are no longer where they were."""
    place = spreadsheet.named_cell(kind.name)
    if place is None or place.sheet not in spreadsheet.sheet_names():
        return None
    sheet = spreadsheet.sheet(place.sheet)
    return None if is_moved(spreadsheet, kind, sheet) else sheet


def _candidates(spreadsheet: Spreadsheet, kind: FixedSheet) -> Iterator[Sheet]:
    titles = {title.casefold() for title in in_every_language(kind.title)}
    names = spreadsheet.worksheet_names()
    titled = [name for name in names if name.casefold() in titles]
    lost = [] if spreadsheet.has_name(kind.name) else [name for name in names if name not in titled]
    return (spreadsheet.sheet(name) for name in (*titled, *lost))
