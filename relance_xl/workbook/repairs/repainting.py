"""Gives our sheets their look again, where a program that keeps no formats has saved the workbook (SheetJS, ExcelJS).

A user takes a colour away here, a width there; such a program drops all of them at once. A sheet in which no cell has
a font, fill or border, nothing is frozen, coloured or set up for print is one that it wrote: there all that a new
workbook has comes back. In any other sheet everything stays as it is.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.ooxml.cells import BLANK
from relance_xl.workbook.ooxml.column_letters import get_column_letter
from relance_xl.workbook.ooxml.markup import main_tag
from relance_xl.workbook.ooxml.package import serialise
from relance_xl.workbook.repairs.chart_grafting import graft_drawing
from relance_xl.workbook.repairs.style_grafting import StyleGraft
from relance_xl.workbook.sheets.calls.sheet import CALLS
from relance_xl.workbook.sheets.card_rules import card_area, card_rule
from relance_xl.workbook.sheets.columns import DASHBOARD_SHEET, REMINDER_COLUMNS, Column, ListLayout
from relance_xl.workbook.sheets.customers.sheet import CUSTOMERS
from relance_xl.workbook.sheets.dashboard_places import (
    CUSTOMERS_HEADER_ROW,
    DASHBOARD,
    LEVELS_HEADER_ROW,
    LOOKUP_COLUMN,
)
from relance_xl.workbook.sheets.fixed_places import CARD_HEADER_ROW, CUSTOMER_CARD, HOWTO, INVOICE_CARD
from relance_xl.workbook.sheets.fixed_sheets import find_fixed_sheet
from relance_xl.workbook.sheets.header import find_list
from relance_xl.workbook.sheets.history.sheet import LEDGER
from relance_xl.workbook.sheets.reminders.rules import colour_rules
from relance_xl.workbook.sheets.reminders.sheet import REMINDERS
from relance_xl.workbook.spreadsheet.rules import Colour
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet

#: What a sheet without a look is looked for in: its first rows.
_LOOKED_AT = 60
_LISTS = (REMINDERS, CUSTOMERS, CALLS, LEDGER)
_FIXED = (DASHBOARD, CUSTOMER_CARD, INVOICE_CARD, HOWTO)
# ExcelJS 4 names itself nowhere, but by a mix of versions that no Excel has.
_EXCELJS = ({"lastEdited": "5", "rupBuild": "9303"}, {"defaultThemeVersion": "164011"})


@dataclass(frozen=True, slots=True)
class Repainted:
    """The workbook with its looks; the sheets that got theirs back, and those of which only the titles stay in sight again."""

    spreadsheet: Spreadsheet
    sheets: tuple[str, ...]
    frozen: tuple[str, ...] = ()


def repaint(spreadsheet: Spreadsheet, make_new: Callable[[], Spreadsheet], minimum_text: str) -> Repainted:
    """Give back looks and charts that a program dropped; begin with a spreadsheet in which nothing was changed yet.

    `make_new` gives a new workbook in the language to write; it is asked for only where something is to come back.
    """
    plain = _plain_styles(spreadsheet)
    bare = [(title, sheet) for title, sheet in _ours(spreadsheet) if not sheet.has_look(plain, _LOOKED_AT)]
    charted = _lost_charts(spreadsheet, {title for title, _sheet in bare})
    frozen = _freeze(spreadsheet, {title for title, _sheet in bare})
    if not bare and charted is None:
        return Repainted(spreadsheet.stored() if frozen else spreadsheet, (), frozen)
    new = make_new()
    painter = _Painter(spreadsheet, new, minimum_text)
    for title, sheet in bare:
        painter.paint(title, sheet)
    if charted is not None:
        graft_drawing(spreadsheet, charted, new, new.sheet(_(DASHBOARD_SHEET)))
        # How far the charts that are gone reached; the new ones are to be stretched.
        for row in (CUSTOMERS_HEADER_ROW, LEVELS_HEADER_ROW):
            charted.put(row, LOOKUP_COLUMN, BLANK)
    painter.store()
    names = dict.fromkeys([sheet.name for _title, sheet in bare] + ([charted.name] if charted else []))
    return Repainted(spreadsheet.stored(), tuple(names), tuple(name for name in frozen if name not in names))


def _ours(spreadsheet: Spreadsheet) -> Iterator[tuple[str, Sheet]]:
    """Yield our sheets that are there, with their titles' English sources."""
    for kind in _LISTS:
        found = find_list(spreadsheet, kind)
        if found is not None:
            yield kind.title, found.sheet
    for fixed in _FIXED:
        sheet = find_fixed_sheet(spreadsheet, fixed)
        if sheet is not None:
            yield fixed.title, sheet


def _freeze(spreadsheet: Spreadsheet, bare: set[str]) -> tuple[str, ...]:
    """Let the titles stay in sight again where they no longer do in any of our sheets; return these.

    A user lets go of one sheet's titles; LibreOffice, converting without a window, of all of them.
    """
    reminders, ledger = (find_list(spreadsheet, kind) for kind in (REMINDERS, LEDGER))
    others = [found for kind in (CUSTOMERS, CALLS) if (found := find_list(spreadsheet, kind)) is not None]
    cards = [
        sheet for kind in (CUSTOMER_CARD, INVOICE_CARD) if (sheet := find_fixed_sheet(spreadsheet, kind)) is not None
    ]
    if reminders is None or ledger is None or not cards:
        return ()
    sheets = [reminders.sheet, *(one.sheet for one in others), ledger.sheet, *cards]
    if any(sheet.is_frozen for sheet in sheets) or bare & {REMINDERS.title, LEDGER.title}:
        return ()
    reminders.sheet.freeze(reminders.layout.header_row, reminders.layout.column("customer") or 0)
    ledger.sheet.freeze(ledger.layout.header_row)
    for one in others:
        one.sheet.freeze(one.layout.header_row, one.layout.column("customer") or 0)
    for sheet in cards:
        sheet.freeze(CARD_HEADER_ROW)
    return tuple(sheet.name for sheet in sheets)


def _lost_charts(spreadsheet: Spreadsheet, bare: set[str]) -> Sheet | None:
    """Return the dashboard, if a program dropped its charts: one that drops all looks, or ExcelJS."""
    sheet = find_fixed_sheet(spreadsheet, DASHBOARD)
    if sheet is None or spreadsheet.relationships(sheet).targets_of_type("/drawing"):
        return None
    return sheet if DASHBOARD_SHEET in bare or spreadsheet.says(*_EXCELJS) else None


def _plain_styles(spreadsheet: Spreadsheet) -> frozenset[str]:
    """Return the cell formats without a font, fill or border of their own."""
    styles = spreadsheet.styles()
    formats = None if styles is None else styles.find(main_tag("cellXfs"))
    looks = ("fontId", "fillId", "borderId")
    return frozenset(
        str(index)
        for index, node in enumerate(() if formats is None else formats)
        if all(node.get(look, "0") == "0" for look in looks)
    )


class _Painter:
    """Brings looks from a new workbook."""

    def __init__(self, spreadsheet: Spreadsheet, new: Spreadsheet, minimum_text: str) -> None:
        self._spreadsheet, self._new, self._minimum_text = spreadsheet, new, minimum_text
        styles, source = spreadsheet.styles(), new.styles()
        self._styles = etree.Element(main_tag("styleSheet")) if styles is None else styles
        self._graft = StyleGraft(self._styles, copy.deepcopy(source) if source is not None else self._styles)

    def paint(self, title: str, sheet: Sheet) -> None:
        source = self._new.sheet(_(title))
        kind = next((one for one in _LISTS if one.title == title), None)
        found = None if kind is None else find_list(self._spreadsheet, kind)
        if kind is None:
            sheet.take_frame(source, {column: column for column in range(1, 100)})
            self._paint_cells(sheet, source)
            if title in {CUSTOMER_CARD.title, INVOICE_CARD.title}:
                sheet.add_colours(
                    [(Colour(card_area(), card_rule()), self._graft.rule(look)) for look in source.colour_looks()]
                )
        elif found is not None:
            self._paint_list(sheet, source, found.layout, kind.columns)

    def store(self) -> None:
        """Write the styles into the package."""
        self._spreadsheet.put_styles(serialise(self._styles))

    def _looks(self, source: Sheet, row: int) -> dict[int, str]:
        """Return the formats of a row's cells in the new workbook, as indexes in the user's."""
        styles = {column: source.style(row, column) for column in source.columns_of(row)}
        return {column: str(self._graft.cell(int(style))) for column, style in styles.items() if style is not None}

    def _paint_cells(self, sheet: Sheet, source: Sheet) -> None:
        """Paint a sheet of a fixed layout; lines below the new one's last look like that one."""
        rows = source.row_numbers()
        for row in rows:
            sheet.paint_row(row, self._looks(source, row), source.row_format(row).attributes)
        for row in sheet.row_numbers():
            if row > rows[-1]:
                sheet.paint_row(row, self._looks(source, rows[-1]), source.row_format(rows[-1]).attributes)

    def _paint_list(self, sheet: Sheet, source: Sheet, layout: ListLayout, columns: tuple[Column, ...]) -> None:
        """Paint a list: titles and rows by their columns, wherever these are; what stands above, by its cells."""
        home = {index: layout.columns[one.field] for index, one in enumerate(columns, 1) if one.field in layout.columns}
        header = max(source.row_numbers()) - 1
        sheet.take_frame(source, home)
        for row in range(1, header):
            place = row + layout.header_row - header
            if place > 0:
                looks = self._looks(source, row)
                # The tick-all cells and their label belong to columns, the title's lines to the sheet's first ones.
                moved = home if row == header - 1 else {column: column for column in looks}
                self._paint(sheet, place, source, row, _moved(looks, moved))
        self._paint(sheet, layout.header_row, source, header, _moved(self._looks(source, header), home))
        body = _moved(self._looks(source, header + 1), home)
        numbers = [row for row in sheet.row_numbers() if row > layout.header_row] or [layout.first_row]
        for row in numbers:
            self._paint(sheet, row, source, header + 1, body)
        if columns is REMINDER_COLUMNS and len(layout.columns) == len(columns):
            sheet.add_colours(self._colours(source, layout, numbers[-1]))

    @staticmethod
    def _paint(sheet: Sheet, row: int, source: Sheet, source_row: int, looks: Mapping[int, str]) -> None:
        sheet.paint_row(row, looks, source.row_format(source_row).attributes)

    def _colours(self, source: Sheet, layout: ListLayout, last: int) -> list[tuple[Colour, int]]:
        letters = {field: get_column_letter(column) for field, column in layout.columns.items()}
        rules = colour_rules(letters, layout.first_row, self._minimum_text)
        return [
            (
                Colour(Area(layout.columns[field], layout.first_row, layout.columns[field], last), rule),
                self._graft.rule(look),
            )
            for (field, rule), look in zip(rules, source.colour_looks(), strict=True)
        ]


def _moved(looks: Mapping[int, str], home: Mapping[int, int]) -> dict[int, str]:
    return {home[column]: look for column, look in looks.items() if column in home}
