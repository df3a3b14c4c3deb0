"""Workbooks that web tools and converters saved (ExcelJS, SheetJS): they open ours, and what is ours comes back."""

import shutil
import subprocess
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from relance_xl.letters.libreoffice import find_libreoffice, libreoffice_version
from relance_xl.workbook.ooxml.cells import Text
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet
from tests.support.bench import Bench
from tests.support.calc import saved_as, type_into
from tests.support.in_process import run_here
from tests.support.ooxml import faults
from tests.workbook.test_dashboard import charts_of

_FOLDER = Path(__file__).parents[2] / "support"
_SHEETS = ("Relances", "Tableau de bord", "Historique", "Fiche client", "Fiche facture", "Mode d'emploi")


def _save_again(bench: Bench, library: str) -> None:
    """Open the workbook with a library and save it; it must be installed (make ready-tests)."""
    node = shutil.which("node")
    assert node is not None, "Node.js is missing: sh tools/prepare.sh --for-tests"
    target = bench.root / "saved.xlsx"
    command = [node, str(_FOLDER / "save_again.js"), library, str(bench.workbook), str(target)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    target.replace(bench.workbook)


def _looks(sheet: Worksheet) -> dict[str, tuple[object, ...]]:
    """Return how each cell looks that holds something, or is there to be filled in."""
    return {
        cell.coordinate: (cell.number_format, cell.font.b, cell.font.color and cell.font.color.rgb, cell.fill.fgColor.rgb,
                          cell.fill.patternType, cell.border.left and cell.border.left.style, cell.alignment.horizontal)
        for row in sheet.iter_rows(max_row=45, max_col=23)
        for cell in row
    }  # fmt: skip


def _frame(sheet: Worksheet) -> tuple[object, ...]:
    widths = {
        column: (one.width, one.hidden)
        for one in sheet.column_dimensions.values()
        for column in range(one.min or 1, (one.max or 1) + 1)
        # ExcelJS leaves out what is its own default.
        if one.customWidth and one.width != 9
    }
    rules = [(str(area.sqref), [rule.formula for rule in area.rules]) for area in sheet.conditional_formatting]
    return (
        sheet.freeze_panes, sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.sheet_properties.tabColor,
        sheet.sheet_properties.pageSetUpPr, sheet.sheet_view.showGridLines, sheet.print_title_rows, widths, sorted(rules),
        sheet.row_dimensions[1].height, sorted(str(one.sqref) for one in sheet.data_validations.dataValidation),
    )  # fmt: skip


def _texts(book: Workbook) -> dict[tuple[str, str], object]:
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value not in {None, ""} and not str(cell.value).startswith("=")
    }


def _type(bench: Bench, *edits: tuple[str, str, str]) -> None:
    """Type into cells, and leave all else as the program wrote it."""
    spreadsheet = Spreadsheet.read(bench.workbook)
    found = RemindersSheet.find(spreadsheet)
    for number, field, text in edits:
        found.sheet.put(bench.row_of(number), found.layout.columns[field], Text(text))
    bench.workbook.write_bytes(spreadsheet.packed())


@pytest.fixture
def used(exported: Bench) -> Bench:
    """Return a dossier with something sent and something typed."""
    _type(exported, ("FA2026-0296", "post", "x"), ("FA2026-0187", "email_tick", "x"))
    assert exported.run("send", "--yes").code == 0
    _type(exported, ("FA2026-0338", "post", "x"), ("FA2026-0229", "comment", "à rappeler"))
    assert run_here(exported, "export").code == 0
    return exported


@pytest.mark.parametrize("library", ["exceljs", "xlsx"])
def test_what_is_ours_and_was_dropped_comes_back(used: Bench, library: str) -> None:
    """After a web tool saved the workbook it has no colours, dates are numbers, nothing is frozen, charts are gone: for good."""
    before = load_workbook(used.workbook)
    typed = _texts(before)
    _save_again(used, library)
    told = run_here(used, "export", "--json")
    assert told.code == 0
    assert any("Tableau de bord" in text for text in told.data["warnings"])
    assert faults(used.workbook) == []
    after = load_workbook(used.workbook)
    assert _texts(after) == typed
    for name in _SHEETS:
        assert _looks(after[name]) == _looks(before[name]), name
        assert _frame(after[name]) == _frame(before[name]), name
    assert len(charts_of(used.workbook)) > 5
    # Once is enough: what stands is not touched again.
    assert not any("Tableau de bord" in text for text in run_here(used, "export", "--json").data["warnings"])
    type_into(used.workbook, [("Relances", "AB1", "0")])
    assert [line["invoice"] for line in run_here(used, "check", "--json").reminders("planned")] == ["FA2026-0338"]


def test_what_exceljs_writes_wrongly_is_put_right(used: Bench) -> None:
    """Excel repairs a workbook that Calc, then ExcelJS, then we wrote."""
    type_into(used.workbook, [("Relances", "AB1", "0")])
    _save_again(used, "exceljs")
    # What Calc 24.2 and later write comes through as it should.
    program = find_libreoffice()
    assert program
    assert faults(used.workbook) != [] or " 7." not in libreoffice_version(program)
    assert run_here(used, "export").code == 0
    assert faults(used.workbook) == []


def test_charts_reach_over_all_their_lines_again(used: Bench) -> None:
    """Charts that came back show one customer instead of twelve."""
    areas = set(charts_of(used.workbook))
    _save_again(used, "exceljs")
    assert not charts_of(used.workbook)
    assert run_here(used, "export").code == 0
    assert set(charts_of(used.workbook)) == areas


def test_what_a_user_took_away_stays_away(used: Bench) -> None:
    """Colours, widths, frozen panes or charts that the user removed come back at every export."""
    book = load_workbook(used.workbook)
    sheet = book["Relances"]
    sheet.freeze_panes = None
    sheet.conditional_formatting = type(sheet.conditional_formatting)()
    for row in sheet.iter_rows():
        for cell in row:
            cell.fill = PatternFill()
    book["Tableau de bord"]._charts.clear()  # type: ignore[attr-defined]
    book.save(used.workbook)
    before = load_workbook(used.workbook)
    assert run_here(used, "export").code == 0
    after = load_workbook(used.workbook)
    assert _looks(after["Relances"]) == _looks(before["Relances"])
    assert after["Relances"].freeze_panes is None
    assert not charts_of(used.workbook)


def test_titles_stay_in_sight_again_after_a_conversion(exported: Bench, tmp_path: Path) -> None:
    """LibreOffice without a window lets go of all frozen titles, and nobody finds a column any more."""
    frozen = {sheet.title: sheet.freeze_panes for sheet in load_workbook(exported.workbook)}
    shutil.copy(saved_as(exported.workbook, "xlsx", tmp_path / "calc"), exported.workbook)
    assert run_here(exported, "export").code == 0
    assert {sheet.title: sheet.freeze_panes for sheet in load_workbook(exported.workbook)} == frozen
    assert faults(exported.workbook) == []


def test_titles_that_a_user_let_go_of_stay_so(exported: Bench) -> None:
    """Whoever does not want frozen titles in one sheet gets them back each week."""
    book = load_workbook(exported.workbook)
    book["Relances"].freeze_panes = None
    book.save(exported.workbook)
    assert run_here(exported, "export").code == 0
    assert load_workbook(exported.workbook)["Relances"].freeze_panes is None
