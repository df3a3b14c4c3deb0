"""The workbook a user edits: kept whole, refreshed in place, read with care."""

import io
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from lxml import etree
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.table import Table

from relance_xl.workbook.row_moves.references import RowMoves, moved_formula
from tests.support.bench import Bench
from tests.support.calc import type_into
from tests.support.excel_xml import ExcelFile
from tests.support.in_process import run_here
from tests.support.places import CUSTOMER, LAST, LIST, NUMBER, OPEN, OWN_1, OWN_2, OWN_3, POST

_NEW = "FA2026-0500;C030;Nouveau;1 rue A;69001;Lyon;;n@example.com;01/10/2026;31/10/2026;10,00;10,00;EUR;fr;oui;non"


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _replace_part(path: Path, name: str, data: bytes) -> None:
    """Replace or add one part of a workbook, all others kept."""
    parts = {**_parts(path), name: data}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)


def _sheet_part(path: Path, title: str) -> str:
    parts = _parts(path)
    book = parts["xl/workbook.xml"].decode()
    match = re.search(rf'name="{title}"[^>]*?r:id="(\w+)"', book)
    assert match
    link = re.search(rf'<Relationship [^>]*Id="{match[1]}"[^>]*>', parts["xl/_rels/workbook.xml.rels"].decode())
    assert link
    target = re.search(r'Target="([^"]+)"', link[0])
    assert target
    return "xl/" + target[1].removeprefix("/xl/")


def _add_user_content(bench: Bench) -> None:
    """Do what users do to a workbook: own columns with formulas, own sheet, own colours and widths."""
    book = load_workbook(bench.workbook)
    sheet = book["Relances"]
    sheet[f"{OWN_1}5"] = "Mon calcul"
    sheet[f"{OWN_2}5"] = "Responsable"
    for row in bench.rows():
        number = row["#"]
        sheet[f"{OWN_1}{number}"] = f"={OPEN}{number}*2"
        sheet[f"{OWN_2}{number}"] = f"pour {row['N° facture']}"
    sheet[f"{OWN_2}6"].fill = PatternFill("solid", fgColor="FF00FF")
    sheet.column_dimensions[OWN_2].width = 33
    own = book.create_sheet("Mes notes")
    own["A1"] = "à garder"
    own["A2"] = "=SUM(Relances!I:I)"
    book.save(bench.workbook)


def test_a_refresh_changes_only_the_parts_it_must(exported: Bench) -> None:
    """Export or send changes, loses or rewrites a part of the workbook that is not theirs."""
    _add_user_content(exported)
    _replace_part(exported.workbook, "customXml/item1.xml", b"<mine>  kept byte for byte </mine>")
    _replace_part(exported.workbook, "xl/printerSettings/printerSettings1.bin", bytes(range(256)))
    before = _parts(exported.workbook)
    assert exported.run("export").code == 0
    exported.write(("FA2026-0296", "Par courrier", "x"))
    middle = _parts(exported.workbook)
    assert exported.run("send", "--yes").code == 0
    after = _parts(exported.workbook)
    notes = _sheet_part(exported.workbook, "Mes notes")
    for name in ("customXml/item1.xml", "xl/printerSettings/printerSettings1.bin"):
        # The write in between is openpyxl's, which drops them: only our own two writes are judged.
        assert name in before
    ours = {"Relances", "Tableau de bord", "Historique", "Fiche client", "Fiche facture", "Listes"}
    changed = {name for name in middle if middle[name] != after.get(name)}
    expected = {_sheet_part(exported.workbook, title) for title in ours}
    assert notes not in changed
    allowed = {name for name in after if name.endswith(".rels") or name.startswith("xl/charts/")}
    assert changed <= expected | {"xl/workbook.xml"} | allowed
    assert set(middle) <= set(after)


def test_export_keeps_foreign_parts_byte_for_byte(exported: Bench) -> None:
    """An export drops or rewrites custom XML, printer settings, styles, or the user's own sheet."""
    _add_user_content(exported)
    _replace_part(exported.workbook, "customXml/item1.xml", b"<mine>  kept byte for byte </mine>")
    _replace_part(exported.workbook, "xl/printerSettings/printerSettings1.bin", bytes(range(256)))
    before = _parts(exported.workbook)
    assert exported.run("export").code == 0
    after = _parts(exported.workbook)
    kept = {"customXml/item1.xml", "xl/printerSettings/printerSettings1.bin", "xl/styles.xml", "xl/theme/theme1.xml"}
    kept |= {_sheet_part(exported.workbook, "Mes notes")}
    assert {name for name in kept if before[name] != after[name]} == set()
    assert list(before) == list(after)


def test_a_refresh_keeps_unsent_edits_and_the_users_own_columns(exported: Bench) -> None:
    """An edit, an own column, its formula or its colour is lost when paid invoices leave and new ones come."""
    _add_user_content(exported)
    exported.write(
        ("FA2026-0296", "Par courrier", "x"),
        ("FA2026-0187", "Niveau", "Mise en demeure"),
        ("FA2026-0187", "Email", "autre@example.com"),
        ("FA2026-0229", "Commentaire", "à voir"),
    )
    new = "FA2026-0500;C030;Nouveau & Cie;1 rue A;69001;Lyon;;n@example.com;01/10/2026;31/10/2026;10,00;10,00;EUR;fr;oui;non"
    exported.source("\r\nFA2026-0309;", f"\r\n{new}\r\nFA2026-0309;")
    path = exported.root / "impayes.csv"
    paid = ("FA2026-0394", "FA2026-0343")
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join(line for line in lines if not line.startswith(tuple(p.encode() for p in paid))))

    done = exported.json("export")
    assert (done.data["added"], sorted(done.data["closed"])) == (["FA2026-0500"], sorted(paid))
    assert exported.row("FA2026-0296")["Par courrier"] == "x"
    assert exported.row("FA2026-0187")["Niveau"] == "Mise en demeure"
    assert exported.row("FA2026-0187")["Email"] == "autre@example.com"
    assert exported.row("FA2026-0229")["Commentaire"] == "à voir"
    book = load_workbook(exported.workbook)
    sheet = book["Relances"]
    for row in exported.rows():
        number = row["#"]
        assert sheet[f"{OWN_1}{number}"].value == f"={OPEN}{number}*2"
        owner = f"pour {row['N° facture']}" if row["N° facture"] != "FA2026-0500" else None
        assert sheet[f"{OWN_2}{number}"].value == owner
    assert sheet[f"{OWN_2}6"].fill.fgColor.rgb.endswith("FF00FF")
    assert sheet.column_dimensions[OWN_2].width == 33
    added = exported.row_of("FA2026-0500")
    assert sheet[f"{OPEN}{added}"].number_format == sheet[f"{OPEN}6"].number_format
    last = max(row["#"] for row in exported.rows())
    assert sheet.auto_filter.ref.endswith(str(last))
    assert all(str(rule.sqref).endswith(str(last)) for rule in sheet.data_validations.dataValidation[4:])


def test_a_corrected_address_in_the_source_reaches_rows_nobody_edited(exported: Bench) -> None:
    """A new address from the accounting software is ignored, or overwrites one the user typed."""
    exported.write(("FA2026-0187", "Email", "tape-a-la-main@example.com"))
    exported.source("lesgenets@example.org", "nouvelle@example.org")
    assert exported.run("export").code == 0
    assert exported.row("FA2026-0322")["Email"] == "nouvelle@example.org"
    assert exported.row("FA2026-0187")["Email"] == "tape-a-la-main@example.com"


def test_columns_may_be_moved_renamed_hidden_and_deleted(exported: Bench) -> None:
    """A user who moves, renames or deletes a column loses edits, or a needed one missing is not told."""
    book = load_workbook(exported.workbook)
    sheet = book["Relances"]
    sheet[f"{POST}5"] = "Courrier ?"
    sheet[f"{LIST['last_comment']}5"] = None
    book.save(exported.workbook)
    exported_row = {row["N° facture"]: row["#"] for row in exported.rows()}["FA2026-0296"]
    book = load_workbook(exported.workbook)
    book["Relances"][f"{POST}{exported_row}"] = "x"
    book.save(exported.workbook)
    checked = exported.json("check")
    assert [(line["invoice"], line["channel"]) for line in checked.reminders()] == [("FA2026-0296", "post")]

    data = _parts(exported.workbook)["xl/workbook.xml"]
    data = re.sub(rb'(<definedName name="relance_c_post"[^>]*>)[^<]*', rb"\1#REF!", data)
    _replace_part(exported.workbook, "xl/workbook.xml", data)
    missing = exported.json("check")
    assert missing.code == 4
    assert "Par courrier" in missing.data["faults"][0]["problem"]


def test_every_wrong_cell_is_named_at_once(exported: Bench) -> None:
    """A wrong edit is guessed at, stops the list of the others, or is not named by its cell."""
    edits = (
        ("FA2026-0296", "Par courrier", "peut-être"),
        ("FA2026-0187", "Niveau", "Relance molle"),
        ("FA2026-0229", "Email", "pas une adresse"),
        ("FA2026-0338", "Prochaine relance", "31/02/2027"),
        ("FA2026-0236", "N° facture", "FA2026-9999"),
    )
    cells = {f"Relances!{exported.cell(number, title)}" for number, title, _text in edits}
    ticked = [(number, "Par courrier", "x") for number, title, _text in edits if title != "Par courrier"]
    exported.write(*ticked, *edits)
    wrong = exported.json("send", "--yes")
    assert wrong.code == 4
    assert {fault["where"] for fault in wrong.data["faults"]} == cells
    assert not exported.journal.exists()


_DOUBTS = (("Niveau", "Relance molle"), ("Email", "pas une adresse"), ("Email", "#N/A"), ("Commentaire", "#REF!"),
           ("Prochaine relance", "31/02/2027"), ("Prochaine relance", "#VALUE!"), ("N° facture", "#N/A"))  # fmt: skip


@pytest.mark.parametrize(("title", "value"), _DOUBTS)
def test_what_cannot_be_understood_matters_where_something_is_asked_for(
    exported: Bench, title: str, value: str
) -> None:
    """A broken formula in a row that nobody ticked stops everything; or a ticked row is sent without what it says."""
    due, not_due = "FA2026-0187", "FA2026-0405"
    places = {number: f"Relances!{exported.cell(number, title)}" for number in (due, not_due)}
    exported.write((due, title, value), (not_due, title, value), ("FA2026-0296", "Par courrier", "x"))
    checked = run_here(exported, "check", "--json")
    assert checked.code == 0
    assert [line["invoice"] for line in checked.reminders("planned")] == ["FA2026-0296"]
    told = " ".join(checked.data["warnings"])
    assert all(place in told for place in places.values())
    assert run_here(exported, "export").code == 0
    if title == "N° facture":
        # It is ours to write: the hidden id says which it is.
        assert exported.cell(due, title) == places[due].partition("!")[2]
        return
    assert exported.row(due)[title] == value

    exported.write((not_due, "Par email", "x"))
    assert _wrong_cells(exported) == [places[not_due]]
    exported.write((not_due, "Par email", None))
    book = load_workbook(exported.workbook)
    book["Relances"][f"{exported.column('Par courrier')}4"] = "x"
    book.save(exported.workbook)
    assert _wrong_cells(exported) == [places[due]]
    exported.write((due, "Par courrier", "non"))
    assert run_here(exported, "check").code != 4


def _wrong_cells(bench: Bench) -> list[str]:
    """Return the cells for which send refuses the workbook."""
    refused = run_here(bench, "send", "--yes", "--json")
    assert refused.code == 4
    return [fault["where"] for fault in refused.data["faults"]]


def test_an_error_in_a_tick_cell_is_never_passed_over(exported: Bench) -> None:
    """Whether a row whose tick is an error asks for something cannot be known, and nobody is asked."""
    exported.write(("FA2026-0187", "Par email", "#N/A"))
    assert _wrong_cells(exported) == [f"Relances!{exported.cell('FA2026-0187', 'Par email')}"]


@pytest.mark.parametrize("part", ["xl/theme/theme1.xml", "xl/charts/chart2.xml", "xl/styles.xml", "docProps/core.xml"])
def test_a_damaged_part_is_told_before_anything_is_made(exported: Bench, part: str) -> None:
    """A part that nobody reads is damaged: letters are printed first, then the workbook cannot be written; or it is copied on."""
    exported.write(("FA2026-0296", "Par courrier", "x"))
    data = bytearray(exported.workbook.read_bytes())
    with zipfile.ZipFile(exported.workbook) as archive:
        info = archive.getinfo(part)
    data[info.header_offset + 30 + len(part) + info.compress_size // 2] ^= 0xFF
    exported.workbook.write_bytes(data)
    for command in (("check",), ("send", "--yes"), ("export",), ("preview",)):
        refused = run_here(exported, *command, "--json")
        assert refused.code == 4
        assert part in str(refused.data)
    assert part in run_here(exported, "doctor").out
    assert exported.workbook.read_bytes() == data
    assert not (exported.root / "lots").exists() or not list((exported.root / "lots").iterdir())


@pytest.mark.parametrize("typed", ["x", "X", "oui", "Oui ", "1", "yes", "✓", "\u00a0x", 1, True, "vrai"])
def test_usual_ways_to_say_yes(exported: Bench, typed: object) -> None:
    """A tick as people type it is not understood."""
    exported.write(("FA2026-0296", "Par courrier", typed))
    assert len(exported.json("check").reminders("planned")) == 1


def test_a_pasted_copy_of_a_row_acts_on_neither(exported: Bench) -> None:
    """Two rows of one invoice make a reminder: which of them the user means cannot be known."""
    exported.write(("FA2026-0296", "Par courrier", "x"), ("FA2026-0187", "Par courrier", "x"))
    book = load_workbook(exported.workbook)
    sheet = book["Relances"]
    source, target = exported.row_of("FA2026-0296"), exported.row_of("FA2026-0394")
    for column in range(1, 24):
        sheet.cell(target, column).value = sheet.cell(source, column).value
    book.save(exported.workbook)
    checked = exported.json("check")
    outcomes = {line["invoice"]: (line["outcome"], line["reason_code"]) for line in checked.reminders()}
    assert outcomes["FA2026-0296"] == ("held", "duplicate_row")
    assert outcomes["FA2026-0187"][0] == "planned"


def test_text_is_text(bench: Bench) -> None:
    """A customer's name or a number that looks like a formula or a number becomes one."""
    name = '"=HYPERLINK(""http://evil.example"";""cliquez"")"'
    bench.source("Agence Bleu Pétrole", name)
    bench.source("FA2026-0394", "00123")
    assert bench.run("export").code == 0
    book = load_workbook(bench.workbook)
    cell = book["Relances"][bench.cell("FA2026-0309", "Client")]
    assert (cell.value, cell.data_type) == ('=HYPERLINK("http://evil.example";"cliquez")', "s")
    type_into(bench.workbook, [])
    assert bench.row("00123")["N° facture"] == "00123"
    bench.write(("00123", "Par courrier", "x"))
    assert bench.json("check").reminders()[0]["invoice"] == "00123"


def test_an_old_copy_saved_over_the_workbook_sends_nothing_again(exported: Bench) -> None:
    """Rows of history are lost for good, or reminders go out a second time, after somebody restores an old copy."""
    exported.write(("FA2026-0296", "Par courrier", "x"), ("FA2026-0229", "Par email", "x"))
    old = exported.workbook.read_bytes()
    assert exported.json("send", "--yes").data["counts"] == {"printed": 1, "accepted": 1}
    exported.workbook.write_bytes(old)
    assert exported.rows("Historique") == []
    again = exported.json("send", "--yes")
    assert again.data["counts"] == {"already_done": 2}
    assert len(exported.rows("Historique")) == 2


def test_a_workbook_open_in_calc_is_owed_its_rows(exported: Bench) -> None:
    """An open workbook stops the send, is written under the user's hands, or never gets its rows."""
    exported.write(("FA2026-0296", "Par courrier", "x"))
    lock = exported.root / ".~lock.relances.xlsx#"
    lock.write_text(",claire,poste-3,24.11.2026 09:00,file:///home/claire/.config;", encoding="utf-8")
    before = exported.workbook.read_bytes()
    refused = exported.json("export")
    assert refused.code == 5
    assert "claire" in refused.data["error"]
    sent = exported.json("send", "--yes")
    assert sent.data["counts"] == {"printed": 1}
    assert any("claire" in warning for warning in sent.data["warnings"])
    assert exported.workbook.read_bytes() == before
    lock.unlink()
    assert exported.json("send", "--yes").data["counts"] == {"already_done": 1}
    assert [row["Relance"] for row in exported.rows("Historique")] == ["FA2026-0296/1/post"]


def test_edits_of_the_history_sheet_are_read_by_the_next_export(exported: Bench) -> None:
    """A comment or a promised date written into the history is ignored."""
    exported.write(("FA2026-0296", "Par courrier", "x"))
    assert exported.run("send", "--yes").code == 0
    day, comment = exported.column("Prochaine relance", "Historique"), exported.column("Commentaire", "Historique")
    type_into(exported.workbook, [("Historique", f"{day}2", "2027-01-15"), ("Historique", f"{comment}2", "promis")])
    assert exported.run("export", day="2026-12-20").code == 0
    row = exported.row("FA2026-0296")
    assert (row["Dernier commentaire"], row["Relance prévue le"].date().isoformat()) == ("promis", "2027-01-15")


def test_cards_follow_the_dropdown_in_calc(exported: Bench) -> None:
    """Choosing another customer or invoice in its card does not show its reminders and their PDFs."""
    exported.write(("FA2026-0296", "Par courrier", "x"), ("FA2026-0229", "Par email", "x"))
    assert exported.run("send", "--yes").code == 0
    type_into(
        exported.workbook,
        [("Fiche client", "C3", "C002 — Boulangerie Éloïse Lefèvre"), ("Fiche facture", "C3", "FA2026-0229")],
    )
    book = load_workbook(exported.workbook, data_only=True)
    customer, invoice = book["Fiche client"], book["Fiche facture"]
    assert (customer["C10"].value, customer["C4"].value, customer["C5"].value) == ("FA2026-0296", 1, 153.6)
    # The unpaid invoice first, then its reminder.
    assert (customer["F10"].value, customer["F11"].value) == ("échéance", "Courrier")
    assert str(customer["L11"].value) == "Boulangerie-Eloise-Lefevre-FA2026-0296-1.pdf"
    assert customer["C12"].value in {None, ""}
    assert (invoice["C10"].value, invoice["D10"].value) == ("FA2026-0229", "Relance simple")


def _ole() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096)


def _bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for number in range(11):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", bytes(100_000_000))
    return target.getvalue()


@pytest.mark.parametrize("damage", ["ole", "truncated", "text", "empty", "bomb", "no_sheet", "broken_xml"])
def test_a_workbook_that_cannot_be_kept_whole_is_refused(exported: Bench, damage: str) -> None:
    """An encrypted, damaged or hostile workbook crashes the program, hangs it, or is written over."""
    whole = exported.workbook.read_bytes()
    if damage in {"no_sheet", "broken_xml"}:
        content = b"<worksheet><sheetData><row" if damage == "broken_xml" else b"<sst/>"
        part = "xl/workbook.xml" if damage == "no_sheet" else _sheet_part(exported.workbook, "Relances")
        _replace_part(exported.workbook, part, content)
    else:
        made = {
            "ole": _ole,
            "truncated": lambda: whole[:-2000],
            "text": lambda: b"bonjour",
            "empty": bytes,
            "bomb": _bomb,
        }
        exported.workbook.write_bytes(made[damage]())
    before = exported.workbook.read_bytes()
    for command in (("export",), ("check",), ("send", "--yes")):
        assert exported.json(*command).code == 4
    assert exported.workbook.read_bytes() == before


def test_backups_are_kept_before_each_write(exported: Bench) -> None:
    """The workbook as it was before an export cannot be had back."""
    before = exported.workbook.read_bytes()
    assert exported.run("export").code == 0
    (backup,) = (exported.root / ".relance" / "backups").iterdir()
    assert backup.read_bytes() == before


def test_a_lost_journal_holds_what_the_history_shows(exported: Bench) -> None:
    """Deleting the program's own folder lets it send everything a second time."""
    exported.write(("FA2026-0296", "Par courrier", "x"))
    assert exported.run("send", "--yes").code == 0
    shutil.rmtree(exported.root / ".relance")
    (line,) = exported.json("send", "--yes").reminders()
    assert (line["outcome"], line["reason_code"]) == ("held", "ledger_ahead")


def test_formulas_and_notes_follow_rows_that_move(exported: Bench) -> None:
    """When a paid invoice leaves, a lookup into another sheet shifts, a note lands on another customer, or export dies."""
    book = load_workbook(exported.workbook)
    sheet = book["Relances"]
    contacts = book.create_sheet("Contacts")
    contacts["A1"], contacts["B1"] = "C014", "Sophie"
    target, above = exported.row_of("FA2026-0195"), exported.row_of("FA2026-0309")
    sheet[f"{OWN_1}{target}"] = f"=VLOOKUP({CUSTOMER}{target},Contacts!A1:B60,2,FALSE)"
    sheet[f"{OWN_2}{target}"] = f"={OPEN}{target}*{OPEN}$1+SUM({OPEN}6:{OPEN}{target})"
    sheet[f"{CUSTOMER}{target}"].comment = Comment("A promis de payer", "Claire")
    contacts["C1"] = f"=Relances!{OPEN}{target}"
    contacts["C2"] = f"=Relances!{OPEN}{above}"
    book.save(exported.workbook)
    path = exported.root / "impayes.csv"
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join(line for line in lines if not line.startswith(b"FA2026-0309;")))
    assert exported.json("export").data["closed"] == ["FA2026-0309"]
    book = load_workbook(exported.workbook)
    sheet, moved = book["Relances"], exported.row_of("FA2026-0195")
    assert moved == target - 1
    assert sheet[f"{OWN_1}{moved}"].value == f"=VLOOKUP({CUSTOMER}{moved},Contacts!A1:B60,2,FALSE)"
    assert sheet[f"{OWN_2}{moved}"].value == f"={OPEN}{moved}*{OPEN}$1+SUM({OPEN}6:{OPEN}{moved})"
    assert sheet[f"{CUSTOMER}{moved}"].comment.text == "A promis de payer"
    assert sheet[f"{CUSTOMER}{target}"].comment is None
    assert book["Contacts"]["C1"].value == f"=Relances!{OPEN}{moved}"
    assert book["Contacts"]["C2"].value == "=Relances!#REF!"


def test_a_table_made_of_the_list_grows_with_it(exported: Bench) -> None:
    """A user's Excel table leaves new rows out, and sorting it tears rows apart."""
    book = load_workbook(exported.workbook)
    last = max(row["#"] for row in exported.rows())
    book["Relances"].auto_filter.ref = None
    book["Relances"].add_table(Table(displayName="Impayes", ref=f"A5:{LAST}{last}"))
    book.save(exported.workbook)
    exported.source("\r\nFA2026-0309;", f"\r\n{_NEW}\r\nFA2026-0309;")
    assert exported.run("export").code == 0
    assert load_workbook(exported.workbook)["Relances"].tables["Impayes"].ref == f"A5:{LAST}{last + 1}"


def test_a_renamed_level_is_written_anew(exported: Bench) -> None:
    """Renaming a level in the settings leaves every row wrong until each is corrected by hand."""
    exported.setting('fr = "Relance simple"', 'fr = "Rappel amical"')
    # Nothing is asked for yet, so it is told; a row that is ticked is refused.
    checked = exported.json("check")
    assert checked.code == 0
    assert "Relance simple" in " ".join(checked.data["warnings"])
    before = exported.workbook.read_bytes()
    exported.write(("FA2026-0296", "Par courrier", "x"))
    assert exported.json("check").code == 4
    exported.workbook.write_bytes(before)
    assert exported.run("export").code == 0
    assert exported.row("FA2026-0187")["Niveau"] == "Rappel amical"
    assert exported.json("check").code == 0


def test_an_uncalculated_formula_in_a_tick_cell_is_named(exported: Bench) -> None:
    """A formula without a stored value stops the program, or is taken for no tick."""
    exported.write(("FA2026-0296", "Par courrier", '=IF(1,"x","")'))
    wrong = exported.json("check")
    assert (wrong.code, len(wrong.data["faults"])) == (4, 1)


def test_a_date_in_the_past_is_held(exported: Bench) -> None:
    """A slip in the year prints a deadline that has passed."""
    exported.write(("FA2026-0187", "Par courrier", "x"), ("FA2026-0187", "Prochaine relance", "01/12/2025"))
    (line,) = exported.json("check").reminders()
    assert (line["outcome"], line["reason_code"]) == ("held", "date_passed")


def test_nobody_writes_in_the_name_of_the_placeholder(exported: Bench) -> None:
    """Letters leave with the placeholder company that `init` wrote."""
    exported.setting('name = "Imprimerie Morvaneau"', 'name = "Votre société"')
    exported.write(("FA2026-0187", "Par courrier", "x"))
    assert exported.json("send", "--yes").code == 3
    assert exported.json("doctor").code == 3


def test_a_hopeless_number_holds_its_own_reminder(bench: Bench) -> None:
    """An invoice number longer than any file name stops the whole batch."""
    bench.source("FA2026-0309;", f"{'9' * 300};")
    assert bench.run("export", "--tick", "post").code == 0
    checked = bench.json("check")
    assert checked.code == 1
    assert checked.data["counts"]["planned"] >= 30


def test_rules_survive_when_the_first_row_leaves(exported: Bench) -> None:
    """When the topmost invoice is paid, colours and the email validation of the whole sheet break for good."""
    first, *others = [row["N° facture"] for row in exported.rows()]
    rules = _rules(exported)
    exported.pay(first)
    assert exported.run("export").code == 0
    assert _rules(exported) == rules
    type_into(exported.workbook, [])
    exported.pay(*others[:3])
    assert exported.run("export").code == 0
    assert "REF" not in "".join(_rules(exported)).upper()
    assert len(exported.rows()) == 36


def _rules(bench: Bench) -> list[str]:
    sheet = load_workbook(bench.workbook)["Relances"]
    formulas = [str(text) for area in sheet.conditional_formatting for rule in area.rules for text in rule.formula]
    return sorted([*formulas, *(str(rule.formula1) for rule in sheet.data_validations.dataValidation)])


def test_a_renamed_sheet_is_still_followed(exported: Bench) -> None:
    """Formulas of other sheets lose their row when our sheet's name has an apostrophe, or a formula is odd."""
    book = load_workbook(exported.workbook)
    book["Relances"].title = "Suivi d'hiver"
    own = book.create_sheet("Mes notes")
    own["A1"] = f"='Suivi d''hiver'!{OPEN}11"
    own["A2"] = "=Tab['[x]+1"
    for name in book.defined_names.values():
        name.attr_text = str(name.attr_text).replace("'Relances'", "'Suivi d''hiver'")
    book.save(exported.workbook)
    sheet = load_workbook(exported.workbook)["Suivi d'hiver"]
    exported.pay(str(sheet[f"{NUMBER}7"].value))
    assert exported.run("export").code == 0
    assert load_workbook(exported.workbook)["Mes notes"]["A1"].value == f"='Suivi d''hiver'!{OPEN}10"


def test_totals_over_the_whole_list_hold_its_new_rows_too(exported: Bench) -> None:
    """A user's total, name or print area over the list leaves out the invoices that came since."""
    book = load_workbook(exported.workbook)
    own = book.create_sheet("Suivi")
    last = max(row["#"] for row in exported.rows())
    own["A1"] = f"=SUM(Relances!{OPEN}6:{OPEN}{last})"
    own["A2"] = f"=SUM(Relances!${OPEN}$6:${OPEN}${last - 1})"
    own["A3"] = f"=Relances!{OPEN}{last}"
    book["Relances"][f"{OWN_1}3"] = f"=SUM({OPEN}6:{OPEN}{last})"
    # Beside the list: a share of the whole, and a running total, whose last one must not run ahead.
    book["Relances"][f"{OWN_3}{last}"] = f"={OPEN}{last}/SUM({OPEN}$6:{OPEN}${last})"
    book["Relances"][f"{OWN_2}{last}"] = f"=SUM({OPEN}$6:{OPEN}{last})"
    book.defined_names.add(DefinedName("MesCreances", attr_text=f"Relances!${OPEN}$6:${OPEN}${last}"))
    book["Relances"].print_area = f"A1:{LAST}{last}"
    book.save(exported.workbook)
    exported.source("\r\nFA2026-0309;", f"\r\n{_NEW}\r\nFA2026-0309;")
    assert exported.run("export").code == 0
    book = load_workbook(exported.workbook)
    assert [book["Suivi"][place].value for place in ("A1", "A2", "A3")] == [
        f"=SUM(Relances!{OPEN}6:{OPEN}{last + 1})",
        f"=SUM(Relances!${OPEN}$6:${OPEN}${last - 1})",
        f"=Relances!{OPEN}{last}",
    ]
    sheet = book["Relances"]
    assert sheet[f"{OWN_1}3"].value == f"=SUM({OPEN}6:{OPEN}{last + 1})"
    assert sheet[f"{OWN_3}{last}"].value == f"={OPEN}{last}/SUM({OPEN}$6:{OPEN}${last + 1})"
    assert sheet[f"{OWN_2}{last}"].value == f"=SUM({OPEN}$6:{OPEN}{last})"
    assert book.defined_names["MesCreances"].attr_text == f"Relances!${OPEN}$6:${OPEN}${last + 1}"
    assert str(sheet.print_area) == f"'Relances'!$A$1:${LAST}${last + 1}"


@pytest.mark.parametrize(
    ("formula", "moved"),
    [
        ("SUM(Relances!12:12)", "SUM(Relances!11:11)"),
        ("SUM(Relances!$11:$13)", "SUM(Relances!$11:$12)"),
        ("Relances!11:11", "Relances!#REF!"),
        ("COUNTA(12:12)+Relances!$B12", "COUNTA(12:12)+Relances!$B11"),
        ('IF(Relances!B11="12:12",1,2)', 'IF(Relances!#REF!="12:12",1,2)'),
    ],
)
def test_formulas_over_whole_rows_follow_them(formula: str, moved: str) -> None:
    """A formula over whole rows of the list looks at another invoice once one above has left."""
    assert moved_formula(formula, RowMoves({11: None, 12: 11, 13: 12}), "Relances", "Suivi") == moved


def test_a_column_filled_down_survives_a_total_that_grows_beside_it(exported: Bench) -> None:
    """Excel stores a formula filled down once; a total in its first row grows, and the whole column loses its formula."""
    last = max(row["#"] for row in exported.rows())
    file = ExcelFile(exported.workbook)
    rows = {int(str(row.get("r"))): row for row in file.sheet().iter("{*}row")}
    for number in range(6, last + 1):
        shared = (
            f'<f t="shared" ref="{OWN_1}6:{OWN_1}{last}" si="0">{OPEN}6*2</f>'
            if number == 6
            else '<f t="shared" si="0"/>'
        )
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        rows[number].append(etree.fromstring(f'<c xmlns="{space}" r="{OWN_1}{number}">{shared}<v>1</v></c>'))
    rows[6].append(
        etree.fromstring(f'<c xmlns="{space}" r="{OWN_3}6"><f>SUM(${OPEN}$6:${OPEN}${last})</f><v>1</v></c>')
    )
    file.save()
    exported.source("\r\nFA2026-0309;", f"\r\n{_NEW}\r\nFA2026-0309;")
    assert exported.run("export").code == 0
    sheet = load_workbook(exported.workbook)["Relances"]
    assert [sheet[f"{OWN_1}{row}"].value for row in range(6, last + 2)] == [
        f"={OPEN}{row}*2" for row in range(6, last + 2)
    ]
    assert sheet[f"{OWN_3}6"].value == f"=SUM(${OPEN}$6:${OPEN}${last + 1})"


def test_a_tick_without_a_level_is_told(exported: Bench) -> None:
    """A ticked row whose level was emptied is passed over, and nobody says so."""
    exported.write(("FA2026-0208", "Niveau", None), ("FA2026-0208", "Par courrier", "x"))
    type_into(exported.workbook, [])
    assert exported.row("FA2026-0208")["Envoi"] == "choisir un niveau"
    for command in (("check",), ("send", "--yes")):
        outcome = exported.json(*command)
        assert not outcome.reminders()
        assert any("FA2026-0208" in warning for warning in outcome.data["warnings"])


def test_what_will_happen_is_said_of_what_is_typed(exported: Bench) -> None:
    """A question mark in a tick cell shows as a letter to come; a pasted x shows nothing, and its letter leaves."""
    words = {
        "?": "",
        "*": "",
        "<>x": "",
        "x\u202f": "courrier",
        "\tx": "courrier",
        " X ": "courrier",
        "oui": "courrier",
    }
    plain = [row["N° facture"] for row in exported.rows() if row["Niveau"] and not row["Statut"] and not row["Envoi"]]
    spaced, *due = plain[: len(words) + 1]
    assert len(due) == len(words)
    exported.write(*((number, "Par courrier", word) for number, word in zip(due, words, strict=True)))
    exported.write((spaced, "Par courrier", "x"), (spaced, "Niveau", " "))
    type_into(exported.workbook, [])
    assert {word: exported.row(number)["Envoi"] or "" for word, number in zip(words, due, strict=True)} == words
    assert exported.row(spaced)["Envoi"] == "choisir un niveau"
    exported.write(
        *((number, "Par courrier", None) for number, word in zip(due, words, strict=True) if not words[word])
    )
    planned = {line["invoice"] for line in exported.json("check").reminders("planned")}
    assert planned == {number for number, word in zip(due, words, strict=True) if words[word]}


def test_without_the_hidden_lists_what_will_happen_is_still_said(exported: Bench) -> None:
    """The hidden sheet is deleted, and the column Envoi shows #NAME? in every row."""
    book = load_workbook(exported.workbook)
    del book["Listes"]
    book["Relances"][exported.cell("FA2026-0187", "Par courrier")] = "x"
    book.save(exported.workbook)
    assert exported.run("export").code == 0
    type_into(exported.workbook, [])
    assert exported.row("FA2026-0187")["Envoi"] == "courrier"
    assert not [row for row in exported.rows() if "#" in str(row["Envoi"])]


def test_a_slip_in_a_level_is_left_to_be_seen(exported: Bench) -> None:
    """What the user typed as a level is replaced by the proposal without a word, and a letter of it leaves."""
    exported.write(("FA2026-0187", "Niveau", "Relance fermme"), ("FA2026-0187", "Par courrier", "x"))
    assert exported.run("export").code == 0
    assert exported.row("FA2026-0187")["Niveau"] == "Relance fermme"
    checked = exported.json("check")
    assert checked.code == 4
    assert "Relance fermme" in checked.out


def test_lost_titles_are_told(exported: Bench) -> None:
    """Where the row of titles was deleted, export writes an invoice in its place, and another one twice."""
    book = load_workbook(exported.workbook)
    book["Relances"].delete_rows(5)
    book.save(exported.workbook)
    before = exported.workbook.read_bytes()
    outcome = exported.run("export")
    assert outcome.code == 4
    assert "Relances!5" in outcome.err
    assert exported.workbook.read_bytes() == before


def test_a_customers_card_counts_invoices_not_credit_notes(exported: Bench) -> None:
    """The card and the dashboard count a customer's open invoices differently."""
    book = load_workbook(exported.workbook)
    book["Fiche client"]["C3"] = next(
        str(book["Listes"].cell(row, 5).value)
        for row in range(2, 40)
        if str(book["Listes"].cell(row, 5).value).startswith("C001")
    )
    book.save(exported.workbook)
    type_into(exported.workbook, [])
    mine = [row for row in exported.rows() if row["Code client"] == "C001"]
    card = load_workbook(exported.workbook, data_only=True)["Fiche client"]
    assert any(row["Créance"] < 0 for row in mine)
    assert card["C4"].value == sum(row["Créance"] > 0 for row in mine)
    assert round(card["C5"].value, 2) == round(sum(row["Créance"] for row in mine), 2)
