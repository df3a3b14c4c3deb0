"""What one decides by is on the screen, and can be read on paper; what is counted above the list is right."""

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from relance_xl.workbook.sheets.columns import REMINDER_COLUMNS
from tests.support.bench import Bench
from tests.support.calc import type_into

#: What Calc's window takes at its sides: row numbers, scroll bar, side bar (pixels).
_FRAME = 100
#: How wide Calc draws a figure of the workbook's font at 100 % (pixels); Excel takes 7, and 5 a column.
_FIGURE = 7.85


def _right_edge(bench: Bench, title: str) -> int:
    """Return where a column ends (pixels), at 100 %."""
    sheet = load_workbook(bench.workbook)["Relances"]
    edge = 0
    for index in range(1, sheet.max_column + 1):
        dimension = sheet.column_dimensions[get_column_letter(index)]
        if not dimension.hidden:
            edge += round(dimension.width * _FIGURE)
        if sheet.cell(5, index).value == title:
            return edge
    raise AssertionError(title)


def test_what_one_decides_by_is_on_the_first_screen(exported: Bench) -> None:
    """Ticks or the suspension are off a screen of 1,366 pixels, or what is filled in off one of 1,920."""
    assert _right_edge(exported, "Jusqu'au") <= 1366 - _FRAME
    assert _right_edge(exported, "Prochaine relance") <= 1920 - _FRAME


def test_what_is_looked_up_now_and_then_is_folded(exported: Bench) -> None:
    """Columns that nobody needs every week take the screen, or cannot be unfolded."""
    sheet = load_workbook(exported.workbook)["Relances"]
    for index, column in enumerate(REMINDER_COLUMNS, start=1):
        dimension = sheet.column_dimensions[get_column_letter(index)]
        assert dimension.hidden == (column.folded or column.hidden), column.field
        assert dimension.outlineLevel == int(column.folded), column.field


def test_the_list_is_printed_in_eight_points_at_least(exported: Bench) -> None:
    """The printed list cannot be read, or its second page does not say whose rows they are."""
    sheet = load_workbook(exported.workbook)["Relances"]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    sizes = {cell.font.sz for row in sheet.iter_rows(min_row=6, max_row=10, max_col=21) for cell in row}
    assert min(sizes) * float(sheet.page_setup.scale or 0) / 100 >= 8
    assert not sheet.sheet_properties.pageSetUpPr or not sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_cols == "$B:$C"


def test_the_count_above_the_list_tells_what_a_filter_hides(exported: Bench) -> None:
    """A tick-all reaches rows that a filter hides, and nobody is told how many."""
    reached = [row for row in exported.rows() if row["Coché avec tous"] == 1]
    # Of the sample's invoices two have no PDF.
    lacking = ", sans PDF\u00a0: 2"
    count = load_workbook(exported.workbook, data_only=True)["Relances"]["B4"].value
    assert count == f"À relancer\u00a0: {len(reached)}{lacking}"
    book = load_workbook(exported.workbook)
    for row in reached[:2]:
        book["Relances"].row_dimensions[row["#"]].hidden = True
    book.save(exported.workbook)
    expected = f"À relancer\u00a0: {len(reached)}, dont 2 masquées{lacking}"
    type_into(exported.workbook, [("Relances", "R6", "vu")])
    assert load_workbook(exported.workbook, data_only=True)["Relances"]["B4"].value == expected
    assert exported.run("export").code == 0
    assert load_workbook(exported.workbook, data_only=True)["Relances"]["B4"].value == expected
