"""The dashboard: its figures are Calc's own, whatever the user chooses or deletes; its charts show them everywhere."""

import re
import zipfile
from pathlib import Path

import pytest
from lxml import etree
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from relance_xl.core.texts.typed import Tick, read_tick
from relance_xl.workbook.dashboard.aged_balance import AGES, read_balances
from relance_xl.workbook.ooxml.cells import serial_of
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet
from tests.support.bench import Bench
from tests.support.calc import type_into
from tests.support.ooxml import faults

_SHEET = "Tableau de bord"
_CHART_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/chart"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def _dashboard(bench: Bench, values: bool = True) -> Worksheet:
    return load_workbook(bench.workbook, data_only=values)[_SHEET]


def _figures(bench: Bench) -> dict[str, object]:
    """Return what every formula cell shows, blank for none."""
    formulas, shown = _dashboard(bench, values=False), _dashboard(bench)
    return {
        cell.coordinate: "" if shown[cell.coordinate].value is None else shown[cell.coordinate].value
        for row in formulas.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith("=")
    }


def _assert_same(written: dict[str, object], calculated: dict[str, object]) -> None:
    assert written.keys() == calculated.keys()
    for place, value in written.items():
        expected = pytest.approx(value, abs=1e-9) if isinstance(value, int | float) else value
        assert calculated[place] == expected, place


def _send_some(bench: Bench) -> None:
    bench.write(
        ("FA2026-0296", "Par courrier", "x"),
        ("FA2026-0229", "Par email", "x"),
        ("FA2026-0338", "Niveau", "Mise en demeure"),
        ("FA2026-0338", "Par courrier", "x"),
    )
    assert bench.run("send", "--yes").code == 0


def _add_invoices(bench: Bench, *lines: str) -> None:
    path = bench.root / "impayes.csv"
    path.write_bytes(path.read_bytes().rstrip() + "".join(f"\r\n{line}" for line in lines).encode("cp1252") + b"\r\n")


def test_figures_are_what_calc_calculates(exported: Bench) -> None:
    """The dashboard shows one figure when opened in a viewer and another in Excel or Calc."""
    _send_some(exported)
    written = _figures(exported)
    assert len(written) > 150
    type_into(exported.workbook, [])
    _assert_same(written, _figures(exported))


def test_sums_by_age_agree_with_the_list(exported: Bench) -> None:
    """The aged balance loses invoices, puts them into the wrong age, or adds pounds to euros."""
    sheet = _dashboard(exported)
    euros = [row for row in exported.rows() if row["Devise"] == "EUR"]

    def total(first: int, last: int) -> float:
        return float(sum(row["Créance"] for row in euros if first <= row["Retard (j)"] <= last))

    for column, (first, last) in zip("CDEFG", ((-999, 0), (1, 30), (31, 60), (61, 90), (91, 9999)), strict=True):
        assert (sheet[f"{column}6"].value or 0) == pytest.approx(total(first, last))
    assert sheet["H6"].value == pytest.approx(total(-999, 9999))
    assert sheet["H7"].value == pytest.approx(sum(row["Créance"] for row in euros if row["Créance"] < 0))
    assert sheet["H9"].value == sum(row["Créance"] > 0 for row in euros)
    assert sum(sheet[f"H{row}"].value for row in range(12, 25)) == pytest.approx(sheet["H6"].value)


@pytest.mark.parametrize(("overdue", "age"), [(0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4)])
def test_ages_change_on_their_day(exported: Bench, overdue: int, age: int) -> None:
    """An invoice due today counts as overdue, or one thirty days overdue is in the wrong column."""
    row = exported.row("FA2026-0296")
    with_it = RemindersSheet.find(Spreadsheet.read(exported.workbook))
    exported.write(("FA2026-0296", "Devise", None))
    without_it = RemindersSheet.find(Spreadsheet.read(exported.workbook))
    today = serial_of(row["Échéance"].date(), is_1904=False) + overdue
    before, after = (read_balances(found, today)[0].balance.invoices for found in (without_it, with_it))
    assert [index for index in range(AGES) if before[index] != after[index]] == [age]


def test_another_currency_shows_its_own_customers(exported: Bench) -> None:
    """Choosing pounds in Calc shows the customers who owe euros, or the choice is lost at the next export."""
    assert _dashboard(exported)["C3"].value == "EUR"
    type_into(exported.workbook, [(_SHEET, "C3", "GBP")])
    sheet = _dashboard(exported)
    pounds = [row for row in exported.rows() if row["Devise"] == "GBP"]
    owed = sum(row["Créance"] for row in pounds)
    assert sheet["H6"].value == pytest.approx(owed)
    assert {sheet[f"B{row}"].value for row in range(12, 24)} - {None, ""} == {row["Client"] for row in pounds}
    calculated = _figures(exported)
    assert exported.run("export").code == 0
    assert _dashboard(exported)["C3"].value == "GBP"
    _assert_same(_figures(exported), calculated)


def test_a_currency_that_is_gone_is_chosen_no_longer(exported: Bench) -> None:
    """Once all invoices in pounds are paid the dashboard stays at zero."""
    type_into(exported.workbook, [(_SHEET, "C3", "GBP")])
    path = exported.root / "impayes.csv"
    path.write_bytes(b"\r\n".join(line for line in path.read_bytes().split(b"\r\n") if b";GBP;" not in line))
    assert exported.run("export").code == 0
    sheet = _dashboard(exported)
    assert sheet["C3"].value == "EUR"
    assert sheet["H6"].value > 0


def test_odd_codes_and_credit_notes_are_summed_as_calc_does(bench: Bench) -> None:
    """A customer code with a wildcard or a number's look sums other customers; a credit note counts as an invoice."""
    tail = "1 rue A;69001;Lyon;;n@example.com;01/10/2026;31/10/2026"
    odd = ("C*", "C01?", "00012", "<5", "a~b", "=x")
    _add_invoices(
        bench,
        *(f"Z{number};{code};Client {number};{tail};{90000 + number},10;{90000 + number},10;EUR;fr;oui;non"
          for number, code in enumerate(odd)),
        f"AVZ;C*;Client 0;{tail};-500,05;-500,05;EUR;fr;oui;non",
        f"ZCHF;00012;Client 2;{tail};7,00;7,00;CHF;fr;oui;non",
    )  # fmt: skip
    assert bench.run("export").code == 0
    written = _figures(bench)
    sheet = _dashboard(bench)
    lines = {sheet[f"B{row}"].value: (sheet[f"H{row}"].value, sheet[f"J{row}"].value) for row in range(12, 24)}
    assert lines["Client 0"] == (pytest.approx(89500.05), 1)
    assert lines["Client 2"] == (pytest.approx(90002.10), 1)
    type_into(bench.workbook, [])
    _assert_same(written, _figures(bench))


def test_reminders_are_counted_by_level_and_outcome(exported: Bench) -> None:
    """The third table misses letters, emails, or those of a level that was renamed since."""
    _send_some(exported)
    sheet = _dashboard(exported)
    counts = {sheet[f"B{row}"].value: [sheet.cell(row, column).value for column in range(3, 9)] for row in (27, 28, 30)}
    assert counts["Relance simple"] == [1, 0, 1, 0, 0, 2]
    assert counts["Mise en demeure"] == [1, 0, 0, 0, 0, 1]
    assert counts["Tous les niveaux"] == [2, 0, 1, 0, 0, 3]
    exported.setting('fr = "Relance simple"', 'fr = "Rappel amical"')
    assert exported.run("export").code == 0
    sheet = _dashboard(exported)
    assert (sheet["B28"].value, sheet["H28"].value) == ("Rappel amical", 2)
    assert sheet["B31"].value is None
    written = _figures(exported)
    type_into(exported.workbook, [])
    _assert_same(written, _figures(exported))


def _forget(bench: Bench, *names: str) -> None:
    """Do to defined names what deleting their cells does."""
    with zipfile.ZipFile(bench.workbook) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in names:
        pattern = rf'(<definedName name="{name}"[^>]*>)[^<]*'.encode()
        parts["xl/workbook.xml"], count = re.subn(pattern, rb"\1#REF!", parts["xl/workbook.xml"])
        assert count == 1
    with zipfile.ZipFile(bench.workbook, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in parts.items():
            archive.writestr(part, data)


@pytest.mark.parametrize("lost", ["Tableau de bord", "Listes", "Mode d'emploi"])
def test_a_deleted_sheet_stops_nothing(exported: Bench, lost: str) -> None:
    """Whoever deletes the dashboard, its lists or the instructions can no longer send or export; or they stay away."""
    book = load_workbook(exported.workbook)
    del book[lost]
    book.save(exported.workbook)
    _send_some(exported)
    assert lost not in load_workbook(exported.workbook).sheetnames
    assert exported.run("export").code == 0
    assert lost in load_workbook(exported.workbook).sheetnames


@pytest.mark.parametrize(
    ("title", "field"), [("Devise", "currency"), ("Échéance", "due_date"), ("Code client", "customer_code")]
)
def test_a_deleted_column_is_named(exported: Bench, title: str, field: str) -> None:
    """Whoever deletes a column the dashboard needs can no longer send or export, or sees wrong figures."""
    book = load_workbook(exported.workbook)
    column = exported.column(title)
    for row in range(1, 60):
        book["Relances"][f"{column}{row}"] = None
    book.save(exported.workbook)
    _forget(exported, f"relance_c_{field}")
    _send_some(exported)
    sheet = _dashboard(exported)
    assert title in str(sheet["D3"].value)
    assert sheet["H6"].value is None
    assert sheet["H27"].value == 3
    assert exported.run("export").code == 0
    sheet = _dashboard(exported)
    assert exported.column(title) == column
    assert title not in str(sheet["D3"].value)
    assert sheet["H6"].value > 0


def charts_of(path: Path) -> dict[str, list[str | None]]:
    """Return what the charts keep of each area they show: value by value, None for nothing."""
    found: dict[str, list[str | None]] = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if "/charts/chart" not in f"/{name}" or not name.endswith(".xml"):
                continue
            for formula in etree.fromstring(archive.read(name)).iter(f"{_C}f"):
                reference = formula.getparent()
                assert reference is not None
                (size,) = reference.iter(f"{_C}ptCount")
                values: list[str | None] = [None] * int(str(size.get("val")))
                for point in reference.iter(f"{_C}pt"):
                    values[int(str(point.get("idx")))] = point.findtext(f"{_C}v")
                found[str(formula.text)] = values
    return found


def _assert_charts_show_the_cells(bench: Bench, lines: int) -> None:
    sheet, charts = _dashboard(bench), charts_of(bench.workbook)
    assert f"'{_SHEET}'!$H$12:$H${11 + lines}" in charts
    assert f"'{_SHEET}'!$C$28:$C$30" in charts
    for area, values in charts.items():
        name, _mark, cells = area.rpartition("!")
        assert name == f"'{_SHEET}'"
        found = sheet[cells.replace("$", "")]
        shown = [cell.value for row in found for cell in row] if isinstance(found, tuple) else [found.value]
        kept = [
            value if isinstance(cell, str) else float(value or 0) for value, cell in zip(values, shown, strict=True)
        ]
        assert kept == [pytest.approx(cell) if isinstance(cell, int | float) else cell for cell in shown], area


def test_charts_show_the_figures_without_calculation(exported: Bench) -> None:
    """A viewer that does not calculate draws empty charts, or last week's."""
    _assert_charts_show_the_cells(exported, 12)
    _send_some(exported)
    _assert_charts_show_the_cells(exported, 12)
    assert charts_of(exported.workbook)[f"'{_SHEET}'!$C$28:$C$30"] == ["1", "0", "1"]


def test_charts_that_calc_saved_are_kept_up(exported: Bench) -> None:
    """Once Calc has saved the workbook its charts stay as they were."""
    type_into(exported.workbook, [])
    _send_some(exported)
    assert ["1", "0", "1"] in charts_of(exported.workbook).values()


_POINT = b'<c:dLbl><c:idx val="0"/><c:showVal val="1"/></c:dLbl>'


def test_calc_is_given_no_chart_that_it_writes_wrongly(exported: Bench) -> None:
    """Excel repairs a workbook once Calc has saved it: the chart of ages breaks its schema."""
    assert faults(exported.workbook) == []
    exported.type(("FA2026-0296", "Par courrier", "x"))
    assert exported.run("send", "--yes").code == 0
    type_into(exported.workbook, [])
    assert not [fault for fault in faults(exported.workbook) if "chart" in fault]


def test_what_calc_wrote_wrongly_in_our_charts_is_put_right(exported: Bench) -> None:
    """A chart of ours that Calc broke (an older workbook's) stays broken; or one of the user's is rewritten."""
    type_into(exported.workbook, [])
    with zipfile.ZipFile(exported.workbook) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    ours = next(name for name, data in parts.items() if "/charts/chart" in name and b"$C$6:$G$6" in data)
    # As Calc 7.4 writes bars with colours and labels of their own.
    parts[ours] = re.sub(rb"(<c:dLbls>)(<c:numFmt [^>]*/>)", rb"\1\2" + _POINT, parts[ours], count=1)
    theirs = "xl/charts/chart91.xml"
    parts[theirs] = parts[ours].replace(b"Tableau de bord", b"Fiche client")
    drawing = next(name for name in parts if re.fullmatch(r"xl/drawings/_rels/drawing\d\.xml\.rels", name))
    link = f'<Relationship Id="rId99" Type="{_CHART_LINK}" Target="/{theirs}"/></Relationships>'
    parts[drawing] = parts[drawing].replace(b"</Relationships>", link.encode())
    parts["[Content_Types].xml"] = re.sub(
        rb'(<Override PartName="/)%b("[^>]*>)' % ours.encode(),
        rb"\g<0>\g<1>%b\g<2>" % theirs.encode(),
        parts["[Content_Types].xml"],
    )
    with zipfile.ZipFile(exported.workbook, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in parts.items():
            archive.writestr(part, data)
    assert len([fault for fault in faults(exported.workbook) if "single points" in fault]) == 2
    assert exported.run("export").code == 0
    assert [fault for fault in faults(exported.workbook) if "single points" in fault] == [
        f"{theirs}: labels of single points stand out of order"
    ]
    with zipfile.ZipFile(exported.workbook) as archive:
        assert archive.read(theirs) == parts[theirs]


def test_a_chart_that_the_user_narrowed_stays_so(exported: Bench) -> None:
    """A chart that the user made to show the five largest customers shows twelve again after each export."""
    with zipfile.ZipFile(exported.workbook) as archive:
        parts = {name: archive.read(name).replace(b"$23<", b"$16<") for name in archive.namelist()}
    with zipfile.ZipFile(exported.workbook, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in parts.items():
            archive.writestr(part, data)
    assert exported.run("export").code == 0
    charts = charts_of(exported.workbook)
    assert len(charts[f"'{_SHEET}'!$H$12:$H$16"]) == 5


def test_a_damaged_chart_stops_nothing(exported: Bench) -> None:
    """A chart that cannot be read stops export and send."""
    with zipfile.ZipFile(exported.workbook) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/charts/chart1.xml"] = b"<chartSpace"
    del parts["xl/charts/chart2.xml"]
    with zipfile.ZipFile(exported.workbook, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in parts.items():
            archive.writestr(part, data)
    assert exported.run("export").code == 0


def test_the_sheets_stand_in_order(exported: Bench) -> None:
    """The list of reminders does not open first, or hidden lists stand between the sheets."""
    book = load_workbook(exported.workbook)
    assert book.sheetnames == [
        "Relances", "Clients", "Appels", "Tableau de bord", "Historique", "Fiche client", "Fiche facture", "Mode d'emploi", "Listes",
    ]  # fmt: skip
    assert book["Listes"].sheet_state == "hidden"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_instructions_name_what_is_there(bench: Bench, language: str) -> None:
    """The instructions name a column or a tick that the workbook does not have, or show a placeholder."""
    bench.setting('language = "fr"', f'language = "{language}"')
    assert bench.run("export").code == 0
    book = load_workbook(bench.workbook)
    sheet = book[book.sheetnames[7]]
    texts = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
    assert len(texts) > 40
    assert not any("{" in text for text in texts)
    marks = {str(sheet.cell(row, 1).value): str(sheet.cell(row, 2).value) for row in range(1, sheet.max_row + 1)}
    titles = {cell.value for cell in book.worksheets[0][5]}
    no = "non" if language == "fr" else "no"
    assert {"1", "2", "3", "4", "5", "x", no, "⊘"} <= marks.keys()
    assert len(titles & marks.keys()) == 5
    for mark, tick in (("x", Tick.YES), (no, Tick.NO)):
        words = re.split(r"[:.]", marks[mark])[2].split(",")
        assert {read_tick(word) for word in words} == {tick}
