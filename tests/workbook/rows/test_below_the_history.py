"""What the user put below the history: it moves down as rows come, and what cannot is told before anything is made."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart
from openpyxl.chart import Reference as Cells
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from relance_xl.commands.send import Question, SendOptions, send
from relance_xl.console import Console
from relance_xl.runtime.clock import SystemClock
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import open_dossier
from tests.support.bench import DAY, Bench, as_date
from tests.support.calc import type_into
from tests.support.full_workbook import read_parts, sheet_part, write_parts

FIRST, SECOND, THIRD = "FA2026-0296", "FA2026-0187", "FA2026-0338"


def edit(bench: Bench, change: Callable[[Workbook, Worksheet], None]) -> None:
    """Change the history sheet as another program does."""
    book = load_workbook(bench.workbook)
    change(book, book["Historique"])
    book.save(bench.workbook)


def ledger(bench: Bench) -> Worksheet:
    sheet: Worksheet = load_workbook(bench.workbook)["Historique"]
    return sheet


def send_by_post(bench: Bench, *invoices: str) -> None:
    bench.write(*((one, "Par courrier", "x") for one in invoices))
    sent = bench.json("send", "--yes")
    assert (sent.code, sent.data["counts"].get("printed")) == (0, len(invoices)), sent.err


def keys(bench: Bench) -> dict[str, int]:
    return {row["Relance"]: row["#"] for row in bench.rows("Historique")}


@pytest.fixture(scope="module")
def _sent_once(_exported_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Bench(Path(shutil.copytree(_exported_once, tmp_path_factory.mktemp("once") / "dossier")))
    send_by_post(made, FIRST, SECOND)
    return made.root


@pytest.fixture
def sent(_sent_once: Path, tmp_path: Path) -> Bench:
    """Return a dossier whose history has two rows (2 and 3)."""
    return Bench(Path(shutil.copytree(_sent_once, tmp_path / "dossier")))


def test_all_that_stands_below_goes_down_as_rows_come(sent: Bench) -> None:
    """A total, a note, a chart or a table below the history stops the sending, or is written over, or stays behind."""

    def below(book: Workbook, sheet: Worksheet) -> None:
        # No blank row between, and in the column of the keys too.
        sheet["A4"], sheet["K4"] = "Total", "=SUM(K2:K3)"
        sheet["A4"].font = Font(bold=True)
        sheet["B6"], sheet["K6"] = "Imprimés", '=COUNTIF(L$2:L$3,"imprimé")'
        sheet["C7"].comment = Comment("à revoir", "moi")
        sheet.row_dimensions[8].hidden = True
        sheet.merge_cells("B9:F9")
        choices = DataValidation("list", formula1='"a,b"')
        choices.add("B10:B12")
        sheet.add_data_validation(choices)
        sheet.conditional_formatting.add("C10:C12", Rule("expression", formula=["$C10=1"]))
        for row, text in ((14, "Mois"), (15, "nov."), (16, "déc.")):
            sheet.cell(row, 2, text)
            sheet.cell(row, 3, "Nombre" if row == 14 else row)
        sheet.add_table(Table(displayName="ParMois", ref="B14:C16"))
        for place in ("B20", "W2"):
            chart = BarChart()
            chart.add_data(Cells(sheet, min_col=11, min_row=2, max_row=3))
            sheet.add_chart(chart, place)
        own = book.create_sheet("Suivi")
        own["A1"], own["A2"] = "=Historique!K4", "=SUM(Historique!K2:K3)"

    edit(sent, below)
    assert sent.json("check").code == 0
    send_by_post(sent, THIRD)
    assert sent.run("export").code == 0
    sheet = ledger(sent)
    assert keys(sent) == {f"{FIRST}/1/post": 2, f"{SECOND}/1/post": 3, f"{THIRD}/1/post": 4}
    assert (sheet["A5"].value, sheet["K5"].value) == ("Total", "=SUM(K2:K4)")
    assert (sheet["A5"].font.b, sheet["A4"].font.b) == (True, sheet["A3"].font.b)
    assert (sheet["B7"].value, sheet["K7"].value) == ("Imprimés", '=COUNTIF(L$2:L$4,"imprimé")')
    comment = sheet["C8"].comment
    assert comment is not None
    assert comment.text == "à revoir"
    assert (sheet.row_dimensions[9].hidden, sheet.row_dimensions[8].hidden) == (True, False)
    assert [str(area) for area in sheet.merged_cells.ranges] == ["B10:F10"]
    assert "B11:B13" in {str(rule.sqref) for rule in sheet.data_validations.dataValidation}
    assert "C11:C13" in {str(area.sqref) for area in sheet.conditional_formatting}
    assert (sheet.tables["ParMois"].ref, sheet["B15"].value) == ("B15:C17", "Mois")
    # The chart below goes down, the one beside keeps its place and size; both show the new row.
    charts = sheet._charts  # type: ignore[attr-defined]  # the stubs forget it
    anchors = {(one.anchor._from.row + 1, one.anchor.ext.height if one.anchor.ext else None) for one in charts}
    assert {row for row, _height in anchors} == {21, 2}
    assert {one.series[0].val.numRef.f for one in charts} == {"'Historique'!$K$2:$K$4"}
    own = load_workbook(sent.workbook)["Suivi"]
    assert (own["A1"].value, own["A2"].value) == ("=Historique!K5", "=SUM(Historique!K2:K4)")


def test_a_picture_beside_the_history_does_not_grow_with_it(sent: Bench) -> None:
    """A chart beside the history is drawn out by every row that comes, until it fills the screen."""

    def beside(_book: Workbook, sheet: Worksheet) -> None:
        chart = BarChart()
        chart.add_data(Cells(sheet, min_col=11, min_row=2, max_row=3))
        sheet.add_chart(chart, "W2")
        sheet["A4"] = "Total"

    edit(sent, beside)
    parts = read_parts(sent.workbook)
    name = next(one for one in parts if one.startswith("xl/drawings/") and b"oneCellAnchor" in parts[one])
    text = parts[name].decode().replace("oneCellAnchor", "twoCellAnchor")
    end = "<xdr:to><xdr:col>30</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>15</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to>"
    prefix = "xdr:" if "<xdr:" in text else ""
    text = text.replace(f"</{prefix}from>", f"</{prefix}from>" + end.replace("xdr:", prefix))
    text = re.sub(rf"<{prefix}ext [^>]*/>", "", text, count=1)
    write_parts(sent.workbook, {**parts, name: text.encode()})
    send_by_post(sent, THIRD)
    rows = re.findall(rb"row>(\d+)<", read_parts(sent.workbook)[name])
    assert (rows, keys(sent)[f"{THIRD}/1/post"]) == ([b"1", b"15"], 4)


def test_a_line_typed_below_the_titles_of_an_empty_history(exported: Bench) -> None:
    """A total prepared before the first sending is written over, or stops it."""

    def prepare(_book: Workbook, sheet: Worksheet) -> None:
        sheet["A2"], sheet["K2"], sheet["B4"] = "Total", "=SUM(K1:K1)", "vu par Claire"

    edit(exported, prepare)
    send_by_post(exported, FIRST, SECOND)
    sheet = ledger(exported)
    assert keys(exported) == {f"{FIRST}/1/post": 2, f"{SECOND}/1/post": 3}
    assert (sheet["A4"].value, sheet["B6"].value) == ("Total", "vu par Claire")


def test_a_table_over_the_history_keeps_its_totals_row(sent: Bench) -> None:
    """The history made into a table with a totals row stops the sending, or Excel calls the file damaged."""

    def table(_book: Workbook, sheet: Worksheet) -> None:
        sheet["K4"] = "=SUBTOTAL(109,K2:K3)"
        for column in range(1, 20):
            assert sheet.cell(1, column).value
        made = Table(displayName="Envois", ref="A1:S4", totalsRowCount=1)
        sheet.add_table(made)

    edit(sent, table)
    send_by_post(sent, THIRD)
    sheet = ledger(sent)
    assert (sheet.tables["Envois"].ref, sheet["K5"].value) == ("A1:S5", "=SUBTOTAL(109,K2:K4)")
    assert keys(sent)[f"{THIRD}/1/post"] == 4


def array(_book: Workbook, sheet: Worksheet) -> None:
    sheet["U3"] = ArrayFormula("U3:U6", "=K3:K6*2")
    sheet["U6"] = 0


def merged(_book: Workbook, sheet: Worksheet) -> None:
    sheet.merge_cells("N3:N5")


def at_the_end(_book: Workbook, sheet: Worksheet) -> None:
    sheet["B1048570"] = "fin"


def pivot(bench: Bench) -> None:
    """Put a pivot table over the end of the list, as far as our program looks at it."""
    parts = read_parts(bench.workbook)
    name = sheet_part(parts, "Historique").replace("worksheets/", "worksheets/_rels/") + ".rels"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/pivotTable"
    link = f'<Relationship Id="rId900" Type="{kind}" Target="../pivotTables/pivotTable1.xml"/></Relationships>'
    parts[name] = parts[name].replace(b"</Relationships>", link.encode())
    parts["xl/pivotTables/pivotTable1.xml"] = b'<pivotTableDefinition><location ref="U2:W9"/></pivotTableDefinition>'
    write_parts(bench.workbook, parts)


def test_what_cannot_move_is_told_before_anything_is_made(sent: Bench) -> None:
    """Letters are printed though their history cannot be written; check and doctor said that all was well."""
    sent.write((THIRD, "Par courrier", "x"))
    for change in (array, merged, at_the_end):
        edit(sent, change)
    pivot(sent)
    before, journal = sent.workbook.read_bytes(), sent.journal.read_bytes()
    for command in (("check",), ("send", "--yes"), ("export",), ("preview",), ("doctor",)):
        refused = sent.json(*command)
        assert refused.code == 4, (command, refused.out)
        for cell in ("Historique!U3", "Historique!N3:N5", "Historique!U2:W9", "Historique!1048570:1048570"):
            assert cell in refused.out, command
    assert (sent.workbook.read_bytes(), sent.journal.read_bytes()) == (before, journal)
    assert [one.name for one in (sent.root / "lots").iterdir()] == [f"{DAY}-001"]
    assert sent.run("history").code == 0


def test_a_send_whose_history_could_not_be_written_says_so_and_fails(sent: Bench) -> None:
    """Letters are made, their history is not written and cannot be, and the command ends with 0 as if all were well."""
    sent.write((THIRD, "Par courrier", "x"))
    whole = sent.workbook.read_bytes()

    def spoil(_question: Question) -> bool:
        edit(sent, array)
        return True

    context = RunContext(SystemClock(as_date(DAY)), Console(as_json=True))
    report = send(open_dossier(sent.root), context, SendOptions(), spoil)
    assert (report.counts(), report.exit_code()) == ({"already_done": 2, "printed": 1}, 4)
    (told,) = (text for text in report.warnings if "Historique!U3" in text)
    assert "prochaine commande" not in told
    sent.workbook.write_bytes(whole)
    assert sent.json("send", "--yes").code == 0
    assert f"{THIRD}/1/post" in keys(sent)


def test_a_fate_is_settled_though_the_history_cannot_be_written(sent: Bench) -> None:
    """A person's word is taken, then the command fails as if it had not been."""
    sent.workbook.write_bytes(b"")
    settled = sent.json("resolve", f"{FIRST}/1/post", "not-sent")
    assert (settled.code, settled.data["outcome"]) == (4, "refused")
    assert "relances.xlsx" in settled.data["warnings"][0]


def figures(bench: Bench) -> dict[str, float]:
    """Return the dashboard's figures and the customer card's, as stored."""
    book = load_workbook(bench.workbook, data_only=True)
    cells = [cell for title in ("Tableau de bord", "Fiche client") for row in book[title].iter_rows() for cell in row]
    values = {f"{cell.parent.title}!{cell.coordinate}": cell.value for cell in cells}
    return {place: round(value, 6) for place, value in values.items() if isinstance(value, int | float)}


def test_lines_below_a_list_are_not_counted_as_ours(sent: Bench) -> None:
    """A line of the user's below a list, in its columns, is counted as an invoice owed, or as a reminder sent."""
    before = figures(sent)
    last = max(row["#"] for row in sent.rows())
    invoice = sent.rows()[0]

    def lines(book: Workbook, sheet: Worksheet) -> None:
        for title, value in (("Code client", invoice["Code client"]), ("Devise", "EUR"), ("Créance", 1000),
                             ("Client", "Total"), ("Échéance", invoice["Échéance"])):  # fmt: skip
            book["Relances"][f"{sent.column(title)}{last + 1}"] = value
        sheet["A5"], sheet["G5"], sheet["L5"] = "Total", "Relance simple", "imprimé"

    edit(sent, lines)
    assert sent.run("export").code == 0
    assert figures(sent) == before
    type_into(sent.workbook, [])
    assert figures(sent) == before
