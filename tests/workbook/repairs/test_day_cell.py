"""The cell that shows today: found again whatever program saved the workbook, and never written twice."""

from collections.abc import Callable
from datetime import datetime

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from relance_xl.workbook.sheets.dashboard_places import DAY_CELL
from tests.support.bench import Bench
from tests.support.in_process import edit, run_here

_LABEL = "Situation au"


def _list(book: Workbook) -> Worksheet:
    sheet: Worksheet = book["Relances"]
    return sheet


def _labels(bench: Bench) -> int:
    rows = _list(load_workbook(bench.workbook)).iter_rows(max_row=10, values_only=True)
    return sum(value == _LABEL for row in rows for value in row)


def _leave(_book: Workbook) -> None:
    """Change nothing: openpyxl drops the values of all formulas as it saves."""


def _as_text(book: Workbook) -> None:
    _list(book)["C2"] = "24/11/2026"


def _without_names(book: Workbook) -> None:
    for name in list(book.defined_names):
        del book.defined_names[name]


@pytest.mark.parametrize("change", [_leave, _as_text, _without_names])
def test_a_formula_without_a_value_is_the_day_cell_all_the_same(
    bench: Bench, change: Callable[[Workbook], None]
) -> None:
    """The cell of today is called missing, and each export writes another one beside it."""
    assert run_here(bench, "export", day=None).code == 0
    for _again in range(3):
        edit(bench, change)
        done = run_here(bench, "check", day=None)
        assert "aujourd'hui" not in done.err
        done = run_here(bench, "export", day=None)
        assert (done.code, "date du jour" in done.err, _labels(bench)) == (0, False, 1), done.err
        book = load_workbook(bench.workbook, data_only=True)
        assert isinstance(_list(book)["C2"].value, datetime)
        assert _list(load_workbook(bench.workbook))["C2"].value == "=TODAY()"


def test_a_send_after_openpyxl_keeps_the_dashboards_figures(bench: Bench) -> None:
    """A program that drops formulas' values leaves the dashboard without figures from a send to the next export."""
    assert run_here(bench, "export", day=None).code == 0
    bench.write(("FA2026-0296", "Par courrier", "x"))
    edit(bench, _leave)
    assert run_here(bench, "send", "--yes", day=None).code == 0
    board = load_workbook(bench.workbook, data_only=True)["Tableau de bord"]
    assert isinstance(board.cell(*DAY_CELL).value, datetime)
    assert sum(isinstance(cell.value, int | float) for row in board.iter_rows(min_row=5, max_row=9) for cell in row) > 5


def test_what_else_stands_there_is_no_day(exported: Bench) -> None:
    """A note that stands in the cell of today is written over."""
    edit(exported, lambda book: _list(book).__setitem__("C2", "voir avec Claire"))
    assert run_here(exported, "export").code == 0
    sheet = _list(load_workbook(exported.workbook))
    assert sheet["C2"].value == "voir avec Claire"
