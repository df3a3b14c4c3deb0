"""A list of ours to whose end rows are added, in the formats of the last one; what stands below moves down."""

from collections.abc import Mapping, Sequence

from relance_xl.workbook.ooxml.cells import Content
from relance_xl.workbook.sheets.columns import ListLayout
from relance_xl.workbook.spreadsheet.list_end import ListEnd
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet


def append_rows(
    spreadsheet: Spreadsheet, sheet: Sheet, layout: ListLayout, last_row: int, rows: Sequence[Mapping[str, Content]]
) -> int:
    """Write rows below the last one, by field; return the last row then.

    `last_row`: the header's, where there is none yet. Raises EditsError for what stands there and cannot move down.
    """
    if not rows:
        return last_row
    columns, first = layout.columns, layout.first_row
    is_laid_out = last_row < first and first in sheet.row_numbers()
    is_free = is_laid_out and not any(sheet.filled_columns(first))
    end = ListEnd(spreadsheet, sheet, first if is_free else last_row, min(columns.values()), max(columns.values()))
    end.require_room()
    look = sheet.row_format_near_end(max(last_row, first))
    end.move_down(last_row + len(rows) - end.last_row)
    for number, contents in enumerate(rows, start=last_row + 1):
        sheet.add_row(number, look, {columns[name]: what for name, what in contents.items() if name in columns})
    spreadsheet.grow(sheet, layout.growth(max(last_row, first), last_row + len(rows)))
    return last_row + len(rows)
