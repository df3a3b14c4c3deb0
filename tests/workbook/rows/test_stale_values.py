"""What formulas and charts of the user's keep from their last calculation is true, or it is left out."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.chart import BarChart
from openpyxl.chart import Reference as Cells
from openpyxl.utils import column_index_from_string
from python_calamine import CalamineWorkbook

from relance_xl.letters.libreoffice import find_libreoffice
from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.row_moves.formula_reach import Looked, Reach, Setting, reach_of
from tests.support.bench import Bench
from tests.support.full_workbook import read_parts, sheet_part, write_parts
from tests.support.places import CUSTOMER, LEDGER_OWN, NUMBER, OPEN, OVERDUE, OWN_2, OWN_3, POST, SENDING

FIRST, SECOND, PAID = "FA2026-0296", "FA2026-0187", "FA2026-0309"
#: What a spreadsheet kept: no formula below is worth it.
OLD = "618"


def put_cells(bench: Bench, title: str, cells: Mapping[str, str]) -> None:
    """Put cells, as their XML without place and end, into rows of their own or behind the last cell of a row."""
    parts = read_parts(bench.workbook)
    part = sheet_part(parts, title)
    text = parts[part].decode()
    for place, content in cells.items():
        row = re.sub(r"\D", "", place)
        cell = f'<c r="{place}"{content}</c>'
        if f'<row r="{row}"' in text:
            text = re.sub(rf'(<row r="{row}"(?:(?!</row>).)*)</row>', rf"\g<1>{cell}</row>", text)
        else:
            text = text.replace("</sheetData>", f'<row r="{row}">{cell}</row></sheetData>')
    write_parts(bench.workbook, {**parts, part: text.encode()})


def number(formula: str, attributes: str = "") -> str:
    return f"><f{attributes}>{formula}</f><v>{OLD}</v>"


def cells_of(bench: Bench, title: str) -> dict[str, str]:
    parts = read_parts(bench.workbook)
    found = re.findall(r'<c r="([A-Z]+\d+)"((?:[^>]*/>)|.*?</c>)', parts[sheet_part(parts, title)].decode())
    return dict(found)


def kept(bench: Bench, title: str, *cells: str) -> list[str]:
    """Return those of some cells that still hold a value."""
    found = cells_of(bench, title)
    return [cell for cell in cells if "<v>" in found[cell]]


def calculated_by_calc(workbook: Path, folder: Path) -> CalamineWorkbook:
    """Return the workbook as Calc shows it: opened and saved, nothing typed, nothing asked to be calculated anew."""
    program = find_libreoffice()
    assert program is not None
    profile = (folder / "profile").as_uri()
    order = ["--headless", "--convert-to", "ods", "--outdir", str(folder), str(workbook)]
    subprocess.run([str(program), f"-env:UserInstallation={profile}", *order], check=True, capture_output=True)
    return CalamineWorkbook.from_path(folder / f"{workbook.stem}.ods")


@pytest.fixture
def sent(exported: Bench) -> Bench:
    """Return a dossier whose history has one row, its workbook with two further ticks."""
    exported.write((FIRST, "Par courrier", "x"))
    assert exported.run("send", "--yes").code == 0
    exported.write((SECOND, "Par courrier", "x"))
    return exported


def test_totals_show_what_they_add_after_a_send(sent: Bench, tmp_path: Path) -> None:
    """Calc, and whoever reads the file without calculating, shows the total of before the sending."""
    put_cells(sent, "Historique", {"K4": number("SUM(K2:K2)"), "K6": number("K4*2"), f"{LEDGER_OWN}2": number("K2*2")})
    put_cells(
        sent,
        "Mode d'emploi",
        {
            "H1": number("SUM(Historique!K2:K2)"),
            "H2": number("H1+1"),
            "H3": ' t="str"' + number('"total "&amp;Historique!K4'),
            "H4": number("COUNTA(Historique!K:K)"),
            "H5": number('SUM(INDIRECT("Historique!K2:K9"))'),
            "H6": number("Historique!K2+1"),
            "H7": number("1+2"),
        },
    )
    assert sent.run("send", "--yes").code == 0
    assert kept(sent, "Historique", "K5", "K7", f"{LEDGER_OWN}2") == [f"{LEDGER_OWN}2"]
    assert kept(sent, "Mode d'emploi", *(f"H{row}" for row in range(1, 8))) == ["H6", "H7"]
    read = CalamineWorkbook.from_path(sent.workbook).get_sheet_by_name("Historique").to_python(skip_empty_area=False)
    assert float(OLD) not in [value for row in read for value in row[:20]]
    amounts = [row["Créance"] for row in sent.rows("Historique")]
    shown = calculated_by_calc(sent.workbook, tmp_path)
    history = shown.get_sheet_by_name("Historique").to_python(skip_empty_area=False)
    own = shown.get_sheet_by_name("Mode d'emploi").to_python(skip_empty_area=False)
    assert (history[4][10], history[6][10]) == pytest.approx((sum(amounts), 2 * sum(amounts)))
    assert [own[row][7] for row in (0, 1, 4)] == pytest.approx([sum(amounts), sum(amounts) + 1, 4 * sum(amounts)])
    assert str(own[2][7]).startswith(f"total {sum(amounts):.1f}"[:10])


def test_totals_over_the_list_show_what_they_add_after_an_export(exported: Bench, tmp_path: Path) -> None:
    """A total over the open invoices stays what it was, though one was paid and another changed its amount."""
    rows = exported.rows()
    last = max(row["#"] for row in rows)
    paid, other = exported.row_of(PAID), exported.row_of(FIRST)
    put_cells(
        exported,
        "Relances",
        {
            f"{OPEN}{last + 2}": number(f"SUM({OPEN}6:{OPEN}{last})"),
            f"{SENDING}{last + 2}": number(f'COUNTIF({SENDING}6:{SENDING}{last},"courrier")'),
            f"{OWN_2}{other}": number(f"{OPEN}{other}*2"),
            f"{OWN_2}{last}": number(f"{OPEN}{last}*2"),
            f"{OWN_3}{other}": number(f"{OWN_2}{other}*2"),
            f"{OWN_3}{last}": number(f"{CUSTOMER}{last}&amp;{OVERDUE}{last}"),
        },
    )
    put_cells(
        exported, "Mode d'emploi", {"H1": number(f"Relances!{OPEN}{paid}"), "H2": number("ROWS(Relances!$6:$45)")}
    )
    exported.pay(PAID)
    exported.source("153,60;153,60", "100,00;100,00")
    assert exported.run("export").code == 0
    other, end = exported.row_of(FIRST), last - 1
    assert kept(
        exported, "Relances", f"{OPEN}{end + 2}", f"{OWN_2}{other}", f"{OWN_2}{end}", f"{OWN_3}{other}", f"{OWN_3}{end}"
    ) == [
        f"{OWN_2}{end}",
        f"{OWN_3}{end}",
    ]
    assert kept(exported, "Mode d'emploi", "H1", "H2") == []
    shown = calculated_by_calc(exported.workbook, tmp_path)
    list_ = shown.get_sheet_by_name("Relances").to_python(skip_empty_area=False)
    assert list_[end + 1][column_index_from_string(OPEN) - 1] == pytest.approx(
        sum(row["Créance"] for row in exported.rows())
    )
    assert list_[other - 1][column_index_from_string(OWN_3) - 1] == pytest.approx(400)


def test_formulas_over_several_cells_lose_all_they_filled(sent: Bench, tmp_path: Path) -> None:
    """An array formula's lower cells keep old figures: they have no formula of their own."""
    put_cells(
        sent,
        "Mode d'emploi",
        {
            "H1": number("Historique!K2:K3*2", ' t="array" ref="H1:H2"'),
            "H2": f"><v>{OLD}</v>",
            "H3": number("H2+1"),
            "I1": number("Historique!K3*1", ' t="shared" ref="I1:I2" si="7"'),
            "I2": f'><f t="shared" si="7"/><v>{OLD}</v>',
        },
    )
    assert sent.run("send", "--yes").code == 0
    cells = cells_of(sent, "Mode d'emploi")
    assert [cell for cell in ("H1", "H2", "H3", "I1", "I2") if OLD in cells[cell]] == ["I2"]
    one, two = (row["Créance"] for row in sent.rows("Historique"))
    own = (
        calculated_by_calc(sent.workbook, tmp_path).get_sheet_by_name("Mode d'emploi").to_python(skip_empty_area=False)
    )
    assert [own[row][7] for row in range(3)] == pytest.approx([one * 2, two * 2, two * 2 + 1])


def test_what_looks_at_nothing_changed_keeps_its_bytes(exported: Bench) -> None:
    """Each export rewrites sheets of the user's, though nothing that they look at changed."""
    put_cells(exported, "Mode d'emploi", {"H1": number(f"SUM(Relances!{OPEN}6:{OPEN}45)"), "H2": number("H1*2")})
    before = read_parts(exported.workbook)
    assert exported.run("export").code == 0
    part = sheet_part(before, "Mode d'emploi")
    assert read_parts(exported.workbook)[part] == before[part]


def test_a_tick_that_has_to_be_calculated_anew_does_not_act(exported: Bench) -> None:
    """A tick worked out from an amount of before sends a letter, though by today's amount it would not."""
    row = exported.row_of(FIRST)
    parts = read_parts(exported.workbook)
    part = sheet_part(parts, "Relances")
    tick = f'<c r="{POST}{row}" t="str"><f>IF({OPEN}{row}&gt;150,"x","")</f><v>x</v></c>'
    text = re.sub(rf'<c r="{POST}{row}"[^>]*/>', tick, parts[part].decode())
    write_parts(exported.workbook, {**parts, part: text.encode()})
    assert exported.json("check").data["counts"] == {"planned": 1}
    assert exported.run("export").code == 0
    assert exported.json("check").data["counts"] == {"planned": 1}
    exported.source("153,60;153,60", "100,00;100,00")
    assert exported.run("export").code == 0
    refused = exported.json("send", "--yes")
    (fault,) = refused.data["faults"]
    assert (refused.code, fault["where"]) == (4, f"Relances!{POST}{row}")
    assert "enregistrez-le" in fault["problem"]
    assert kept(exported, "Relances", exported.cell(FIRST, "Envoi")) == []


def test_a_chart_keeps_no_figures_of_before(exported: Bench) -> None:
    """A chart of the user's over our list shows old amounts in whatever draws it without reading the cells."""
    book = load_workbook(exported.workbook)
    chart = BarChart()
    chart.add_data(Cells(book["Relances"], min_col=column_index_from_string(OPEN), min_row=6, max_row=45))
    chart.set_categories(Cells(book["Relances"], min_col=column_index_from_string(NUMBER), min_row=6, max_row=45))
    book.create_sheet("Suivi").add_chart(chart, "B2")
    book.save(exported.workbook)
    parts = read_parts(exported.workbook)
    name = next(one for one in parts if f"${OPEN}$6:${OPEN}$45".encode() in parts[one] and one.startswith("xl/charts/"))
    cache = rb'<\1Cache><ptCount val="1"/><pt idx="0"><v>618</v></pt></\1Cache></\1Ref>'
    drawn = re.sub(rb"</(num|str)Ref>", cache, parts[name])
    write_parts(exported.workbook, {**parts, name: drawn})
    assert exported.run("export").code == 0
    assert read_parts(exported.workbook)[name] == drawn
    exported.source("153,60;153,60", "100,00;100,00")
    assert exported.run("export").code == 0
    text = read_parts(exported.workbook)[name]
    # The amounts changed, the invoices' numbers did not.
    found = re.findall(r"<f>[^<]*\$([A-Z]+)\$\d+</f>(<numCache>)?", text.decode())
    assert found == [(NUMBER, "<numCache>"), (OPEN, "")]


def test_excel_calculates_all_anew(sent: Bench) -> None:
    """Excel opens the workbook without calculating, and shows blanks where values were left out."""
    assert sent.run("send", "--yes").code == 0
    (calculation,) = re.findall(rb"<calcPr[^>]*>", read_parts(sent.workbook)["xl/workbook.xml"])
    assert b'fullCalcOnLoad="1"' in calculation


SETTING = Setting(
    frozenset({"relances", "l'été"}), {"creances": (Looked("relances", Area(9, 6, 9, 45), False),), "flou": None}
)


def looked(*area: int, sheet: str = "relances") -> Looked:
    return Looked(sheet, Area(*area), area[:2] == area[2:])


@pytest.mark.parametrize(
    ("formula", "reach"),
    [
        ("SUM(K2:K33)*-1.5E3%", (Looked("relances", Area(11, 2, 11, 33), False),)),
        ("'Relances'!$I$6:Relances!$J45", (Looked("relances", Area(9, 6, 10, 45), False),)),
        ("'L''été'!B3&\"C4\"", (looked(2, 3, 2, 3, sheet="l'été"),)),
        ("SUM(I:I)", (Looked("relances", Area(9, 1, 9, 1048576), False),)),
        ("COUNTA(11:$12)", (Looked("relances", Area(1, 11, 16384, 12), False),)),
        ("LOG10(A1)", (looked(1, 1, 1, 1),)),
        ("SUM(Creances)", SETTING.names["creances"]),
        ("{1,2;3}+TRUE+#N/A", ()),
        ("'[1]Ailleurs'!A1+[2]Feuil1!B2", ()),
        ('SUMIF(A1:A5,"x",B1)', tuple(Looked("relances", Area(one, 1, one, 1048576), False) for one in (1, 2))),
        *(
            (text, None)
            for text in ("flou", "Inconnu", "YTD12", "INDIRECT(A1)", "OFFSET(A1,1,1)", "ROW()", "MaMacro(A1)")
        ),
        *((text, None) for text in ("I1:INDEX(I:I,3)", "SUM(Tab[Créance])", "Relances!#REF!", "Jan:Mar!A1", "A1#")),
        *((text, None) for text in ("Absente!A1", "Relances!Total", "_xlfn.LET(_xlpm.x,1,_xlpm.x)")),
    ],
)
def test_what_a_formula_looks_at(formula: str, reach: Reach) -> None:
    """A formula is taken for one that looks elsewhere, and keeps a value that is no longer true."""
    assert reach_of(formula, "relances", SETTING) == reach


def test_a_shared_formula_looks_from_where_it_stands() -> None:
    """A formula filled down, which Excel writes once, is taken to look at the first row's cells in every row."""
    assert reach_of("A1+$A1+A$1+$A$1", "relances", SETTING, down=2, right=1) == (
        looked(2, 3, 2, 3), looked(1, 3, 1, 3), looked(2, 1, 2, 1), looked(1, 1, 1, 1)
    )  # fmt: skip
