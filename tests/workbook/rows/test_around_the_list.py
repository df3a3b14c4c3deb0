"""What the user put beside, below or around our list: it keeps its reach, follows its rows, and is never cut."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Border, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from tests.support.bench import Bench
from tests.support.places import (
    BY_EMAIL,
    COMMENT,
    CUSTOMER,
    DOCUMENT,
    LAST,
    LEVEL,
    NEXT,
    NUMBER,
    OPEN,
    OWN_1,
    OWN_2,
    OWN_3,
    POST,
    TOTAL,
)


def edit(bench: Bench, change: Callable[[Workbook, Worksheet], None]) -> None:
    """Change the workbook as another program does."""
    book = load_workbook(bench.workbook)
    change(book, book["Relances"])
    book.save(bench.workbook)


def edit_part(path: Path, part: str, change: Callable[[str], str]) -> None:
    """Change the text of one part of the workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    before = parts[part].decode()
    parts[part] = change(before).encode()
    assert parts[part].decode() != before
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def sheet_of(bench: Bench) -> Worksheet:
    sheet: Worksheet = load_workbook(bench.workbook)["Relances"]
    return sheet


def last_row(bench: Bench) -> int:
    return max(int(row["#"]) for row in bench.rows())


def add_table(sheet: Worksheet, name: str, area: str, *, totals: bool = False) -> None:
    table = Table(displayName=name, ref=area, totalsRowCount=1 if totals else None)
    sheet.add_table(table)


def exports(bench: Bench, *options: str) -> None:
    outcome = bench.run("export", *options)
    assert outcome.code == 0, outcome.err


@pytest.mark.parametrize("change", ["none", "paid", "new"])
def test_what_reaches_beyond_the_list_keeps_its_reach(exported: Bench, change: str) -> None:
    """Rules, choices and filters made for a thousand rows are cut to the list's end, not moved with the rows below it."""

    def reach_far(_book: Workbook, sheet: Worksheet) -> None:
        choices = DataValidation("list", formula1='"a,b"')
        choices.add(f"{OWN_1}6:{OWN_1}1000")
        sheet.add_data_validation(choices)
        sheet.conditional_formatting.add(f"{OWN_2}6:{OWN_2}1000", Rule("expression", formula=[f"${OWN_2}6=1"]))
        sheet.auto_filter.ref = f"A5:{LAST}100"

    edit(exported, reach_far)
    if change == "paid":
        exported.pay("FA2026-0309")
    elif change == "new":
        exported.add("FA2026-0500")
    exports(exported)
    sheet = sheet_of(exported)
    shift = {"none": 0, "paid": -1, "new": 1}[change]
    assert sheet.auto_filter.ref == f"A5:{LAST}{100 + shift}"
    assert f"{OWN_1}6:{OWN_1}{1000 + shift}" in {str(rule.sqref) for rule in sheet.data_validations.dataValidation}
    assert f"{OWN_2}6:{OWN_2}{1000 + shift}" in {str(area.sqref) for area in sheet.conditional_formatting}


def test_a_totals_row_below_the_list_goes_down_with_it(exported: Bench) -> None:
    """A table with a totals row loses it, is damaged for Excel, or stops every export once an invoice comes."""
    last = last_row(exported)

    def total(_book: Workbook, sheet: Worksheet) -> None:
        sheet[f"{NUMBER}{last + 1}"] = "Total"
        sheet[f"{OPEN}{last + 1}"] = f"=SUBTOTAL(109,{OPEN}6:{OPEN}{last})"
        sheet.auto_filter.ref = None
        add_table(sheet, "Impayes", f"A5:{LAST}{last + 1}", totals=True)

    edit(exported, total)
    part = "xl/tables/table1.xml"
    edit_part(exported.workbook, part, lambda text: re.sub(rf'(<autoFilter ref="A5:{LAST})\d+', rf"\g<1>{last}", text))
    for paid, new, end in (
        ((), (), last),
        ((), ("FA2026-0500",), last + 1),
        (("FA2026-0500", "FA2026-0309"), (), last - 1),
    ):
        exported.pay(*paid)
        exported.add(*new)
        exports(exported)
        with zipfile.ZipFile(exported.workbook) as archive:
            areas = re.findall(r' ref="([^"]*)"', archive.read(part).decode())
        assert areas == [f"A5:{LAST}{end + 1}", f"A5:{LAST}{end}"]
        sheet = sheet_of(exported)
        assert (sheet[f"{NUMBER}{end + 1}"].value, sheet[f"{OPEN}{end + 1}"].value) == (
            "Total",
            f"=SUBTOTAL(109,{OPEN}6:{OPEN}{end})",
        )


def test_tables_below_and_beside_the_list_stay_with_their_cells(exported: Bench) -> None:
    """A table of the user's names other cells than its own once invoices have left: Excel calls the file damaged."""
    last = last_row(exported)

    def own_tables(_book: Workbook, sheet: Worksheet) -> None:
        for row, name in ((last + 4, "Dessous"), (8, "Cote")):
            letter = NUMBER if name == "Dessous" else OWN_3
            for offset in range(3):
                sheet[f"{letter}{row + offset}"] = f"{name}{offset}"
            add_table(sheet, name, f"{letter}{row}:{letter}{row + 2}")

    edit(exported, own_tables)
    first = exported.rows()[0]["N° facture"]
    exported.pay(first)
    exports(exported)
    sheet = sheet_of(exported)
    assert {name: sheet.tables[name].ref for name in ("Dessous", "Cote")} == {
        "Dessous": f"{NUMBER}{last + 3}:{NUMBER}{last + 5}",
        "Cote": f"{OWN_3}7:{OWN_3}9",
    }
    assert (sheet[f"{NUMBER}{last + 3}"].value, sheet[f"{OWN_3}7"].value) == ("Dessous0", "Cote0")


def test_a_table_that_would_lose_its_titles_stops_the_export(exported: Bench) -> None:
    """A table beside the list whose title row leaves with its invoice is silently damaged."""

    def beside(_book: Workbook, sheet: Worksheet) -> None:
        for row in (8, 9):
            sheet[f"{OWN_3}{row}"] = f"x{row}"
        add_table(sheet, "Cote", f"{OWN_3}8:{OWN_3}9")

    edit(exported, beside)
    before = exported.workbook.read_bytes()
    exported.pay(next(row["N° facture"] for row in exported.rows() if row["#"] == 8))
    outcome = exported.run("export")
    assert outcome.code == 4
    assert "Cote" in outcome.err
    assert exported.workbook.read_bytes() == before


def test_totals_survive_a_list_that_shrank_to_nothing(exported: Bench) -> None:
    """Once everything is paid a total sticks to one row, and counts the first of the invoices to come only."""
    formulas = {"A1": f"=SUM(Relances!{OPEN}6:{OPEN}{{last}})", "A2": f"=SUM(Relances!${OPEN}$6:${OPEN}${{last}})",
                "A3": f"=SUM(Relances!{OPEN}6:Relances!{OPEN}{{last}})", "A4": "=ROWS(Relances!$6:${last})"}  # fmt: skip
    last = last_row(exported)

    def total(book: Workbook, _sheet: Worksheet) -> None:
        own = book.create_sheet("Suivi")
        for cell, formula in formulas.items():
            own[cell] = formula.format(last=last)
        own["B1"] = f"=Relances!{OPEN}6"

    edit(exported, total)
    exported.pay(*(row["N° facture"] for row in exported.rows()))
    exports(exported, "--shorter")
    exported.add("FA2026-0500", "FA2026-0501", "FA2026-0502")
    exports(exported, "--shorter")
    own = load_workbook(exported.workbook)["Suivi"]
    assert {cell: own[cell].value for cell in formulas} == {
        cell: formula.format(last=8) for cell, formula in formulas.items()
    }
    assert own["B1"].value == "=Relances!#REF!"


def test_nothing_of_the_last_paid_invoice_clings_to_the_next(exported: Bench) -> None:
    """When all are paid and new ones come, the first new one bears the note and the link of a paid one."""

    def note(_book: Workbook, sheet: Worksheet) -> None:
        sheet[f"{CUSTOMER}6"].comment = Comment("A promis de payer", "moi")
        sheet[f"{OWN_1}6"] = "dossier"
        sheet[f"{OWN_1}6"].hyperlink = "https://example.com/"
        sheet.row_dimensions[6].hidden = True

    edit(exported, note)
    exported.pay(*(row["N° facture"] for row in exported.rows()))
    exported.add("FA2026-0500")
    exports(exported, "--shorter")
    sheet = sheet_of(exported)
    assert sheet[f"{NUMBER}6"].value == "FA2026-0500"
    assert (sheet[f"{CUSTOMER}6"].comment, sheet[f"{OWN_1}6"].value, sheet[f"{OWN_1}6"].hyperlink) == (None, None, None)
    assert not sheet.row_dimensions[6].hidden


def test_links_of_the_user_stay_in_the_column_of_documents(exported: Bench) -> None:
    """A link the user put above or below the list, in the column Document, vanishes at each export and send."""

    def link(_book: Workbook, sheet: Worksheet) -> None:
        for cell in (f"{DOCUMENT}2", f"{DOCUMENT}60"):
            sheet[cell] = "lien"
            sheet[cell].hyperlink = f"https://example.com/{cell}"

    edit(exported, link)
    row = exported.row_of("FA2026-0187")
    edit(exported, lambda _book, sheet: sheet.__setitem__(f"{POST}{row}", "x"))
    assert exported.run("send", "--yes").code == 0
    exports(exported)
    sheet = sheet_of(exported)
    assert [sheet[cell].hyperlink.target for cell in (f"{DOCUMENT}2", f"{DOCUMENT}60")] == [
        f"https://example.com/{c}" for c in (f"{DOCUMENT}2", f"{DOCUMENT}60")
    ]
    assert sheet[f"{DOCUMENT}{row}"].hyperlink is not None


def test_merged_cells_below_the_list_swallow_no_invoice(exported: Bench) -> None:
    """A new invoice is written into an empty merged row below the list: most of it cannot be seen."""
    last = last_row(exported)
    edit(exported, lambda _book, sheet: sheet.merge_cells(f"{NUMBER}{last + 1}:{TOTAL}{last + 1}"))
    exported.add("FA2026-0500")
    exports(exported)
    sheet = sheet_of(exported)
    assert [str(area) for area in sheet.merged_cells.ranges] == [f"{NUMBER}{last + 2}:{TOTAL}{last + 2}"]
    assert sheet[f"{NUMBER}{last + 1}"].value == "FA2026-0500"


def test_rows_below_the_list_all_go_down(exported: Bench) -> None:
    """Where rows below the list are only formatted or noted, those above them are written over, or land on an invoice."""
    last = last_row(exported)

    def below(_book: Workbook, sheet: Worksheet) -> None:
        sheet[f"{NUMBER}{last + 2}"] = "Total"
        sheet[f"{OPEN}{last + 2}"] = f"=SUM({OPEN}6:{OPEN}{last})"
        sheet[f"{NUMBER}{last + 3}"] = "Règlement promis"
        for row in range(last + 2, last + 60):
            sheet[f"{OWN_1}{row}"].border = Border(left=Side("thin"))
        sheet.cell(last + 4, 3).comment = Comment("à voir", "moi")
        sheet.row_dimensions[last + 1].hidden = True
        sheet[f"{OWN_1}1"] = f"=SUM({OPEN}{last + 2}:{OPEN}{last + 5})"
        choices = DataValidation("list", formula1='"a,b"')
        choices.add(f"{NUMBER}{last + 2}:{NUMBER}{last + 5}")
        sheet.add_data_validation(choices)
        sheet.print_area = f"A1:{LAST}{last + 5}"

    edit(exported, below)
    exported.add("FA2026-0500", "FA2026-0501", "FA2026-0502")
    exports(exported)
    sheet, end = sheet_of(exported), last + 3
    assert [sheet[f"{NUMBER}{end + step}"].value for step in (1, 2, 3)] == [None, "Total", "Règlement promis"]
    assert sheet[f"{OPEN}{end + 2}"].value == f"=SUM({OPEN}6:{OPEN}{end})"
    comment = sheet.cell(end + 4, 3).comment
    assert comment is not None
    assert comment.text == "à voir"
    assert sheet[f"{OWN_1}1"].value == f"=SUM({OPEN}{end + 2}:{OPEN}{end + 5})"
    assert f"{NUMBER}{end + 2}:{NUMBER}{end + 5}" in {str(rule.sqref) for rule in sheet.data_validations.dataValidation}
    assert [row for row in range(6, end + 5) if sheet.row_dimensions[row].hidden] == [end + 1]
    assert str(sheet.print_area).endswith(f"$A$1:${LAST}${end + 5}")


def test_a_row_of_the_users_within_the_list_stays_when_all_are_paid(exported: Bench) -> None:
    """The user's subtotal within the list is written over by the first new invoices."""

    def within(_book: Workbook, sheet: Worksheet) -> None:
        sheet.insert_rows(20)
        sheet[f"{NUMBER}20"], sheet[f"{OWN_1}20"] = "Sous-total", "précieux"

    edit(exported, within)
    exported.pay(*(row["N° facture"] for row in exported.rows()))
    exported.add("FA2026-0500", "FA2026-0501", "FA2026-0502")
    exports(exported, "--shorter")
    sheet = sheet_of(exported)
    shown = {str(sheet[f"{NUMBER}{row}"].value): sheet[f"{OWN_1}{row}"].value for row in range(6, 10)}
    assert shown == {"FA2026-0500": None, "FA2026-0501": None, "FA2026-0502": None, "Sous-total": "précieux"}


@pytest.mark.parametrize("at_once", [True, False])
def test_an_empty_list_keeps_totals_tables_and_own_formulas(exported: Bench, at_once: bool) -> None:
    """Once every invoice was paid, totals below count nothing, and the user's own column stays empty for good."""
    last = last_row(exported)

    def own(book: Workbook, sheet: Worksheet) -> None:
        for row in range(6, last + 1):
            sheet[f"{OWN_1}{row}"] = f"={OPEN}{row}*2"
        sheet[f"{OPEN}{last + 2}"] = f"=SUM({OPEN}6:{OPEN}{last})"
        sheet.auto_filter.ref = None
        sheet[f"{OWN_1}5"] = "Double"
        add_table(sheet, "Impayes", f"A5:{OWN_1}{last}")
        book.create_sheet("Suivi")["A1"] = f"=SUM(Relances!${OPEN}$6:${OPEN}${last})"

    edit(exported, own)
    exported.pay(*(row["N° facture"] for row in exported.rows()))
    if not at_once:
        exports(exported, "--shorter")
    exported.add("FA2026-0500", "FA2026-0501", "FA2026-0502")
    exports(exported, "--shorter")
    sheet = sheet_of(exported)
    assert [sheet[f"{NUMBER}{row}"].value for row in range(6, 10)] == [
        "FA2026-0500",
        "FA2026-0501",
        "FA2026-0502",
        None,
    ]
    assert [sheet[f"{OWN_1}{row}"].value for row in range(6, 10)] == [f"={OPEN}6*2", f"={OPEN}7*2", f"={OPEN}8*2", None]
    assert sheet[f"{OPEN}10"].value == f"=SUM({OPEN}6:{OPEN}8)"
    assert load_workbook(exported.workbook)["Suivi"]["A1"].value == f"=SUM(Relances!${OPEN}$6:${OPEN}$8)"
    assert sheet.tables["Impayes"].ref == f"A5:{OWN_1}8"


def test_rules_follow_the_cells_they_name(exported: Bench) -> None:
    """A rule that names a fixed cell below the list looks at another cell once an invoice has left."""
    last = last_row(exported)

    def rules(_book: Workbook, sheet: Worksheet) -> None:
        for step, text in enumerate(("oui", "non", "1000")):
            sheet[f"{OWN_1}{last + 5 + step}"] = text
        choices = DataValidation("list", formula1=f"${OWN_1}${last + 5}:${OWN_1}${last + 6}")
        choices.add(f"{OWN_2}6:{OWN_2}{last}")
        sheet.add_data_validation(choices)
        sheet.conditional_formatting.add(
            f"{OPEN}6:{OPEN}{last}", Rule("expression", formula=[f"${OPEN}6>${OWN_1}${last + 7}"])
        )

    edit(exported, rules)
    exported.pay(exported.rows()[0]["N° facture"])
    exports(exported)
    sheet = sheet_of(exported)
    formulas = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert formulas[f"{OWN_2}6:{OWN_2}{last - 1}"] == f"${OWN_1}${last + 4}:${OWN_1}${last + 5}"
    area = next(area for area in sheet.conditional_formatting if str(area.sqref) == f"{OPEN}6:{OPEN}{last - 1}")
    assert [rule.formula for rule in area.rules] == [[f"${OPEN}6>${OWN_1}${last + 6}"]]


def test_column_formulas_of_tables_elsewhere_follow(exported: Bench) -> None:
    """A calculated column of a table on another sheet gives new rows another invoice's figures."""
    last = last_row(exported)

    def elsewhere(book: Workbook, _sheet: Worksheet) -> None:
        own = book.create_sheet("Suivi")
        for row, values in enumerate(
            (("N", "Part"), (1, f"=A2*Relances!${OPEN}$9"), (2, f"=A3*Relances!${OPEN}$9")), start=1
        ):
            for column, value in enumerate(values, start=1):
                own.cell(row, column).value = value
        add_table(own, "Parts", "A1:B3")

    edit(exported, elsewhere)
    formula = (
        f"<calculatedColumnFormula>SUM(Relances!${OPEN}$6:${OPEN}${last})/Relances!${OPEN}$9</calculatedColumnFormula>"
    )
    edit_part(
        exported.workbook,
        "xl/tables/table1.xml",
        lambda text: re.sub(r'(<tableColumn id="2" name="Part")\s*/>', rf"\1>{formula}</tableColumn>", text),
    )
    exported.pay(exported.rows()[0]["N° facture"])
    exports(exported)
    with zipfile.ZipFile(exported.workbook) as archive:
        text = archive.read("xl/tables/table1.xml").decode()
    assert f">SUM(Relances!${OPEN}$6:${OPEN}${last - 1})/Relances!${OPEN}$8<" in text
    assert load_workbook(exported.workbook)["Suivi"]["B2"].value == f"=A2*Relances!${OPEN}$8"


def test_an_array_formula_filled_down_stays_one(exported: Bench) -> None:
    """The user's array formula is continued as a plain one: the new row shows another figure."""
    last = last_row(exported)

    def fill(_book: Workbook, sheet: Worksheet) -> None:
        for row in range(6, last + 1):
            sheet[f"{OWN_1}{row}"].value = ArrayFormula(
                f"{OWN_1}{row}", f"=SUM(({NUMBER}$6:{NUMBER}${last}={NUMBER}{row})*1)"
            )

    edit(exported, fill)
    exported.add("FA2026-0500")
    exports(exported)
    cell = sheet_of(exported)[f"{OWN_1}{last + 1}"].value
    assert isinstance(cell, ArrayFormula)
    assert (cell.ref, cell.text) == (
        f"{OWN_1}{last + 1}",
        f"=SUM(({NUMBER}$6:{NUMBER}${last + 1}={NUMBER}{last + 1})*1)",
    )


def test_a_formula_over_many_rows_is_not_torn(exported: Bench) -> None:
    """A formula that fills several cells names rows that have moved: Excel repairs the file."""
    last = last_row(exported)
    whole = ArrayFormula(f"{OWN_1}6:{OWN_1}{last}", f"={OPEN}6:{OPEN}{last}*2")
    edit(exported, lambda _book, sheet: sheet.__setitem__(f"{OWN_1}6", whole))
    exports(exported)
    before = exported.workbook.read_bytes()
    exported.pay("FA2026-0309")
    outcome = exported.run("export")
    assert outcome.code == 4
    assert f"Relances!{OWN_1}6" in outcome.err
    assert exported.workbook.read_bytes() == before


@pytest.mark.parametrize("names", ["gone", "broken"])
def test_tick_all_works_without_its_names_and_gets_them_back(exported: Bench, names: str) -> None:
    """A program that drops or breaks defined names makes a ticked tick-all cell mean nothing, and nobody says so."""
    edit(exported, lambda _book, sheet: sheet.__setitem__(f"{POST}4", "x"))
    planned = len(exported.json("check").reminders("planned"))
    assert planned > 30

    def lose(text: str) -> str:
        if names == "gone":
            return re.sub(r"<definedNames>.*</definedNames>", "", text, flags=re.DOTALL)
        return re.sub(r"'?Relances'?!\$[A-Z]+\$\d+<", "#REF!<", text)

    edit_part(exported.workbook, "xl/workbook.xml", lose)
    assert len(exported.json("check").reminders("planned")) == planned
    exports(exported)
    restored = load_workbook(exported.workbook).defined_names
    for name, cell in (
        ("relance_tous_courriers", f"${POST}$4"),
        ("relance_c_level", f"${LEVEL}$5"),
        ("relance_aujourdhui", "$C$2"),
    ):
        assert restored[name].attr_text == f"'Relances'!{cell}"
    assert restored["relance_fiche_client"].attr_text.endswith("$C$3")
    assert len(exported.json("check").reminders("planned")) == planned


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    "cell",
    [
        f"<c r='{POST}6' t='inlineStr'><is><t>x</t></is></c>",
        f'<c\nr="{POST}6" t="inlineStr"><is><t>x</t></is></c>',
        f'<c r="{POST}6"\n t="inlineStr"><is><t>x</t></is></c>',
        f'<c r="{POST}6" t = "inlineStr"><is><t>x</t></is></c>',
        f"<c r=\"{POST}6\" t='str'><v>x</v></c>",
        f"<c r=\"{POST}6\" t='b'><v>1</v></c>",
    ],
)
def test_xml_with_other_blanks_and_quotes_is_read(exported: Bench, cell: str) -> None:
    """A program that writes XML its own way has its ticks read as nothing, or as something else."""
    edit_part(exported.workbook, SHEET, lambda text: re.sub(rf'<c r="{POST}6"[^>]*/>', lambda _match: cell, text))
    (planned,) = exported.json("check").reminders("planned")
    assert planned["invoice"] == exported.rows()[0]["N° facture"]


@pytest.mark.parametrize("what", ["cell", "row"])
def test_what_stands_twice_is_refused(exported: Bench, what: str) -> None:
    """A file that gives a cell or a row twice is read by chance: what the user sees may be the other one."""
    if what == "cell":
        twice = "".join(f'<c r="{POST}6" t="inlineStr"><is><t>{text}</t></is></c>' for text in ("non", "x"))
        edit_part(exported.workbook, SHEET, lambda text: re.sub(rf'<c r="{POST}6"[^>]*/>', twice, text))
    else:
        edit_part(exported.workbook, SHEET, lambda text: text.replace("</sheetData>", '<row r="7"></row></sheetData>'))
    for command in (("check",), ("send", "--yes")):
        assert exported.json(*command).code == 4


@pytest.mark.parametrize("number", ["1E5000", "1E99999999", "INF", "1E400"])
@pytest.mark.parametrize("cell", [f"{POST}6", f"{NEXT}6", f"{COMMENT}6"])
def test_numbers_no_spreadsheet_can_hold_are_named(exported: Bench, cell: str, number: str) -> None:
    """A number beyond all bounds hangs the program or ends it with an internal error."""
    written, ticked = f'<c r="{cell}"><v>{number}</v></c>', f'<c r="{BY_EMAIL}6" t="inlineStr"><is><t>x</t></is></c>'

    def put(text: str) -> str:
        text, count = re.subn(rf'<c r="{cell}"[^>]*?(?:/>|></c>)', written, text)
        assert count == 1
        return re.sub(rf'<c r="{BY_EMAIL}6"[^>]*/>', ticked, text)

    edit_part(exported.workbook, SHEET, put)
    outcome = exported.run("check")
    assert outcome.code == 4
    assert f"Relances!{cell}" in outcome.err


def test_formats_that_were_cut_short_are_found_before_letters(exported: Bench) -> None:
    """A workbook whose formats lost their end is noticed once the letters are printed."""
    part = "xl/styles.xml"
    edit_part(exported.workbook, part, lambda text: text[: len(text) // 2])
    before = exported.workbook.read_bytes()
    for command in (("check",), ("send", "--yes"), ("export",)):
        outcome = exported.run(*command)
        assert (outcome.code, part in outcome.err) == (4, True), command
    assert exported.workbook.read_bytes() == before


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/worksheets/sheet3.xml", "xl/charts/chart1.xml"])
def test_a_part_that_cannot_be_unpacked_is_damage(exported: Bench, part: str) -> None:
    """A workbook damaged on the disk ends the program with an internal error, or is written over."""
    data = bytearray(exported.workbook.read_bytes())
    with zipfile.ZipFile(exported.workbook) as archive:
        info = archive.getinfo(part)
    names, extra = (
        int.from_bytes(data[info.header_offset + at : info.header_offset + at + 2], "little") for at in (26, 28)
    )
    data[info.header_offset + 30 + names + extra + info.compress_size // 2] ^= 0xFF
    exported.workbook.write_bytes(bytes(data))
    assert exported.json("export").code == 4
    assert exported.workbook.read_bytes() == bytes(data)


@pytest.mark.parametrize("place", ["<sheetData>", "</sheetData>"])
def test_an_endless_run_of_blanks_is_refused_in_time(exported: Bench, place: str) -> None:
    """A small file that unpacks into 300 MB of blanks keeps the program busy for minutes."""
    edit_part(exported.workbook, SHEET, lambda text: text.replace(place, " " * 300_000_000 + place))
    outcome = exported.json("check")
    assert outcome.code == 4
