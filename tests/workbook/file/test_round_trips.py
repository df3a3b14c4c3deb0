"""What people do to the workbook, with openpyxl, Calc and Excel's own XML, and what is read of it.

The table of typed forms stands in tests/round_trips.py, which prints it.
"""

import itertools
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from filelock import FileLock
from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string, get_column_letter

from relance_xl.workbook.sheets.columns import REMINDER_COLUMNS
from tests.support import places
from tests.support.bench import Bench, Outcome
from tests.support.calc import type_into
from tests.support.excel_xml import (
    Dress,
    ExcelFile,
    Raw,
    copy_columns,
    hidden_rows,
    hide_rows,
    paste_over,
    shared,
    shift,
    sort_rows,
    validations,
)
from tests.support.round_trips import (
    COMMENT,
    DATE_COMMENT,
    DAY,
    EDITORS,
    EMAIL,
    FORMS,
    LEVEL,
    TICK,
    Stage,
    Trip,
    lay_out,
    travel,
)

# Three of the sample's invoices with their PDF and, the last two, an address.
POSTED, MAILED, FIRM = "FA2026-0296", "FA2026-0229", "FA2026-0187"
NEW = "FA2026-0500;C030;Nouveau;1 rue A;69001;Lyon;;n@example.com;01/10/2026;31/10/2026;10,00;10,00;EUR;fr;oui;non"
CLOSED = "FA2026-0394"
DRESSES = {
    "excel": Dress(),
    "1904": Dress(is_1904=True),
    "odd": Dress(prefix="x", single_quotes=True, no_addresses=True, comments=True, cdata=True),
}


@pytest.fixture
def trip(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Trip:
    """Return what was read after an editor: each travels once, whichever process of pytest asks first."""
    editor: str = request.param
    base = tmp_path_factory.getbasetemp()
    shared_folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "round_trips"
    shared_folder.mkdir(exist_ok=True)
    told = shared_folder / f"{editor}.json"
    with FileLock(shared_folder / "stage.lock"):
        rows = shared_folder / "rows.json"
        if not rows.exists():
            rows.write_text(json.dumps(lay_out(shared_folder / "stage").row))
    with FileLock(told.with_suffix(".lock")):
        if not told.exists():
            stage = Stage(shared_folder / "stage", json.loads(rows.read_text()))
            told.write_text(json.dumps(asdict(travel(stage, editor, shared_folder / editor))))
    return Trip(**json.loads(told.read_text()))


def test_every_form_has_its_own_name() -> None:
    """Two forms of one name hide each other in the table."""
    names = [form.name for form in FORMS]
    assert len(set(names)) == len(names)


def by_each_editor() -> pytest.MarkDecorator:
    """Run a test after each editor."""
    return pytest.mark.parametrize("trip", EDITORS, indirect=True)


@by_each_editor()
@pytest.mark.parametrize("title", [TICK, DAY, EMAIL, LEVEL, COMMENT])
def test_each_form_is_read_as_it_is_meant(trip: Trip, title: str) -> None:
    """A form that people type is misread, not understood, or guessed at, after it went through an editor."""
    assert trip.wrong(title) == {}


@by_each_editor()
def test_each_refused_form_is_named_by_its_cell(trip: Trip) -> None:
    """A refused cell is not named with its address and with what was read there, or does not stop the program."""
    refused = [form for form in FORMS if form.is_refused and form.name in trip.cells]
    lines = trip.errors.splitlines()
    assert trip.code == 4
    for form in refused:
        text = form.expected.removeprefix("refused: ")
        assert [line for line in lines if f"Relances!{trip.cells[form.name]}\u00a0:" in line and text in line], (
            form.name
        )


@by_each_editor()
def test_a_date_alone_in_a_comment_stays_a_date(trip: Trip) -> None:
    """A comment that is just a date goes into the history as its serial number: 46380, and another one in 1904."""
    assert trip.read[DATE_COMMENT.name] == DATE_COMMENT.expected


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the sample company's dossier with its workbook, nothing ticked: every test works in a copy."""
    made = Bench(tmp_path_factory.mktemp("sample") / "dossier")
    assert made.run("init", "--sample").code == 0
    assert made.run("export").code == 0
    return made.root


@pytest.fixture
def exported(sample: Path, tmp_path: Path) -> Bench:
    """Return a copy of the exported dossier."""
    return Bench(Path(shutil.copytree(sample, tmp_path / "dossier")))


def _ticked(bench: Bench) -> None:
    """Tick by post, by email, and with another level."""
    row = {line["N° facture"]: line["#"] for line in bench.rows()}
    file = ExcelFile(bench.workbook)
    file.put({
        f"{places.POST}{row[POSTED]}": shared("x"), f"{places.BY_EMAIL}{row[MAILED]}": shared("oui"), f"{places.LEVEL}{row[FIRM]}": shared("Relance ferme"),
        f"{places.POST}{row[FIRM]}": shared("x"), f"{places.COMMENT}{row[FIRM]}": shared("à voir"),
    })  # fmt: skip
    file.save()


PLANNED = {(POSTED, "post", "simple"), (MAILED, "email", "simple"), (FIRM, "post", "ferme")}


def _planned(bench: Bench) -> set[tuple[str, str, str]]:
    checked = bench.json("check")
    assert checked.code == 0, checked.err + checked.out
    return {(line["invoice"], line["channel"], line["level"]) for line in checked.reminders("planned")}


def _renew_source(bench: Bench) -> None:
    """One invoice is paid, another comes."""
    path = bench.root / "impayes.csv"
    lines = [line for line in path.read_bytes().split(b"\r\n") if not line.startswith(CLOSED.encode())]
    path.write_bytes(b"\r\n".join([*lines[:5], NEW.encode("cp1252"), *lines[5:]]))


def _faults(outcome: Outcome) -> dict[str, str]:
    assert outcome.code == 4, outcome.err
    problems: dict[str, str] = {}
    for fault in outcome.data["faults"]:
        problems[fault["where"]] = f"{problems.get(fault['where'], '')} {fault['problem']}"
    return problems


@pytest.mark.parametrize("dress", DRESSES)
def test_a_workbook_that_excel_saved_is_refreshed_whole(exported: Bench, dress: str) -> None:
    """An export into another program's XML loses edits, writes wrong dates, or leaves what nobody can open."""
    _ticked(exported)
    before = {row["N° facture"]: row for row in exported.rows()}
    look = DRESSES[dress]
    file = ExcelFile(exported.workbook)
    if look.is_1904:
        file.count_from_1904()
    file.save(look)
    _renew_source(exported)
    done = exported.json("export")
    assert (done.code, done.data["added"], done.data["closed"]) == (0, ["FA2026-0500"], [CLOSED])
    assert _planned(exported) == PLANNED
    sheet = ExcelFile(exported.workbook).sheet()
    assert [node.tag for node in sheet if str(node.tag).endswith("}AlternateContent")]
    after = {row["N° facture"]: row for row in exported.rows()}
    for number in set(before) & set(after):
        for title in ("Échéance", "Date facture", "Créance", "Niveau", "Email", "Commentaire", "Relance prévue le"):
            assert after[number][title] == before[number][title], (number, title)
    assert after["FA2026-0500"]["Échéance"].date().isoformat() == "2026-10-31"
    assert exported.run("send", "--yes").code == 0
    assert {row["N° facture"] for row in exported.rows("Historique")} == {POSTED, MAILED, FIRM}


def test_calc_reads_what_was_written_into_another_programs_xml(exported: Bench) -> None:
    """After a refresh of a prefixed, address-less, 1904 workbook, Calc shows other dates or loses rows."""
    before = {row["N° facture"]: row["Échéance"] for row in exported.rows()}
    _ticked(exported)
    file = ExcelFile(exported.workbook)
    file.count_from_1904()
    file.save(Dress(is_1904=True, prefix="x", no_addresses=True, cdata=True, comments=True))
    assert exported.run("export").code == 0
    type_into(exported.workbook, [])
    assert {row["N° facture"]: row["Échéance"] for row in exported.rows()} == before
    assert _planned(exported) == PLANNED


@pytest.mark.parametrize("dressed", [False, True])
def test_a_comment_within_a_text_does_not_cut_it(exported: Bench, dressed: bool) -> None:
    """A text with an XML comment in its midst is read up to there: an address is lost, silently."""
    place, tick = exported.cell(MAILED, "Email"), exported.cell(MAILED, "Par email")
    file = ExcelFile(exported.workbook)
    file.put({place: Raw("s", item="<t>a@example.com;<!-- here -->b@example.com</t>"), tick: shared("x")})
    file.save(Dress() if dressed else None)
    assert exported.run("send", "--yes").code == 0
    (line,) = exported.rows("Historique")
    assert (line["N° facture"], line["Destinataire"]) == (MAILED, "a@example.com; b@example.com")


def _with_own_columns(bench: Bench) -> None:
    book = load_workbook(bench.workbook)
    sheet = book["Relances"]
    sheet[f"{places.OWN_1}5"], sheet[f"{places.OWN_2}5"] = "Mon calcul", "Responsable"
    for row in bench.rows():
        sheet[f"{places.OWN_1}{row['#']}"] = f"={places.OPEN}{row['#']}*2"
        sheet[f"{places.OWN_2}{row['#']}"] = f"pour {row['N° facture']}"
    book.save(bench.workbook)


@pytest.mark.parametrize("dressed", [False, True])
def test_a_sorted_sheet_keeps_the_users_order(exported: Bench, dressed: bool) -> None:
    """After sorting, ticks reach other invoices; or the next export undoes the order, edits or own columns."""
    _ticked(exported)
    _with_own_columns(exported)
    rows = [row["#"] for row in exported.rows()]
    sort_rows(exported.workbook, dict(zip(rows, reversed(rows), strict=True)))
    if dressed:
        ExcelFile(exported.workbook).save(Dress())
    assert _planned(exported) == PLANNED
    order = [row["N° facture"] for row in exported.rows()]
    _renew_source(exported)
    assert exported.run("export").code == 0
    assert [row["N° facture"] for row in exported.rows()] == [*(one for one in order if one != CLOSED), "FA2026-0500"]
    assert _planned(exported) == PLANNED
    assert exported.row(FIRM)["Commentaire"] == "à voir"
    sheet = load_workbook(exported.workbook)["Relances"]
    for row in exported.rows():
        number = row["N° facture"]
        assert sheet[f"{places.OWN_1}{row['#']}"].value == f"={places.OPEN}{row['#']}*2"
        assert sheet[f"{places.OWN_2}{row['#']}"].value == (f"pour {number}" if number != "FA2026-0500" else None)


def test_a_sort_of_some_columns_only_is_refused(exported: Bench) -> None:
    """Invoice numbers that were sorted without the rest of their rows send reminders to other customers."""
    _ticked(exported)
    other = exported.cell(MAILED, "N° facture")
    exported.write((POSTED, "N° facture", MAILED), (MAILED, "N° facture", POSTED))
    for command in (("check",), ("export",), ("send", "--yes")):
        refused = exported.json(*command)
        faults = _faults(refused)
        assert POSTED in faults[f"Relances!{other}"]
        # Once each: that the row was "added by hand" is not so.
        assert len(refused.data["faults"]) == len(faults) == 2
    assert not exported.journal.exists()


def test_a_filter_hides_rows_and_changes_nothing_else(exported: Bench) -> None:
    """Rows that a filter hides lose their ticks, or an export shows them, hides others or drops the filter."""
    _ticked(exported)
    hide_rows(exported.workbook, [exported.row_of(FIRM), exported.row_of(MAILED)], 3, "Boulangerie Éloïse Lefèvre")
    assert _planned(exported) == PLANNED
    _renew_source(exported)
    assert exported.run("export").code == 0
    assert _planned(exported) == PLANNED
    assert hidden_rows(exported.workbook) == {exported.row_of(FIRM), exported.row_of(MAILED)}
    assert load_workbook(exported.workbook)["Relances"].auto_filter.filterColumn[0].colId == 3


def _without(gone: int) -> Callable[[int], int | None]:
    """Return where rows or columns are once one is deleted."""
    return lambda place: None if place == gone else place - (place > gone)


def test_a_deleted_row_is_not_taken_for_paid(exported: Bench) -> None:
    """Deleting a row stops the others, or the next export does not bring the unpaid invoice back."""
    _ticked(exported)
    gone = exported.row_of(MAILED)
    shift(exported.workbook, rows=_without(gone))
    assert _planned(exported) == {one for one in PLANNED if one[0] != MAILED}
    assert exported.json("export").data["added"] == [MAILED]
    assert _planned(exported) == {one for one in PLANNED if one[0] != MAILED}


def test_rows_inserted_blank_are_passed_over(exported: Bench) -> None:
    """A blank row ends the list, or an export that adds and removes rows tears the rest apart."""
    _ticked(exported)
    first, middle = exported.row_of(exported.rows()[0]["N° facture"]), exported.row_of(MAILED)
    shift(exported.workbook, rows=lambda row: row + (row >= first) + (row >= middle))
    assert _planned(exported) == PLANNED
    _renew_source(exported)
    assert exported.run("export").code == 0
    assert _planned(exported) == PLANNED
    assert len(exported.rows()) == 40


def test_a_copy_pasted_below_the_list_acts_on_neither(exported: Bench) -> None:
    """Of a row and its copy the program picks one, before or after an export."""
    _ticked(exported)
    source = exported.row_of(POSTED)
    target = max(row["#"] for row in exported.rows()) + 1
    book = load_workbook(exported.workbook)
    sheet = book["Relances"]
    for column in range(1, len(REMINDER_COLUMNS) + 1):
        sheet.cell(target, column).value = sheet.cell(source, column).value
    sheet[f"{places.POST}{source}"] = None
    book.save(exported.workbook)
    for _again in range(2):
        checked = exported.json("check")
        held = {(line["invoice"], line["reason_code"]) for line in checked.reminders("held")}
        assert (checked.code, held) == (1, {(POSTED, "duplicate_row")})
        assert len(checked.reminders("planned")) == 2
        assert exported.run("export").code == 0


def test_columns_may_be_moved_renamed_hidden_and_inserted(exported: Bench) -> None:
    """A column that was moved, renamed or hidden is no longer read or written; one inserted is written over."""
    _ticked(exported)
    before = {row["N° facture"]: row for row in exported.rows()}
    # Niveau goes before Client, all between moves on by one; then a column of the user's own before Devise.
    client, devise, level, post = (
        column_index_from_string(letter) for letter in (places.CUSTOMER, places.CURRENCY, places.LEVEL, places.POST)
    )
    moved = {level: client, **{column: column + 1 for column in range(client, level)}}
    shift(exported.workbook, columns=lambda column: moved.get(column, column))
    own = devise + 1
    shift(exported.workbook, columns=lambda column: column + (column >= own))
    book = load_workbook(exported.workbook)
    sheet = book["Relances"]
    sheet.cell(5, own).value, sheet.cell(6, own).value, sheet[f"{places.CUSTOMER}5"] = (
        "À moi",
        "note",
        "Fermeté choisie",
    )
    sheet.column_dimensions[get_column_letter(post + 1)].hidden = True
    book.save(exported.workbook)
    assert _planned(exported) == PLANNED
    _renew_source(exported)
    assert exported.run("export").code == 0
    assert _planned(exported) == PLANNED
    after = {row["N° facture"]: row for row in exported.rows()}
    for number in set(before) & set(after):
        for title in ("Client", "Devise", "Échéance", "Créance", "Email", "Relance prévue le"):
            assert after[number][title] == before[number][title]
        assert after[number]["Fermeté choisie"] == before[number]["Niveau"]
    assert load_workbook(exported.workbook)["Relances"].cell(6, own).value == "note"
    assert _validated(exported.workbook, places.CUSTOMER) == "relance_niveaux"
    wrong = exported.cell(MAILED, "Fermeté choisie")
    exported.write((MAILED, "Fermeté choisie", "molle"))
    assert list(_faults(exported.json("check"))) == [f"Relances!{wrong}"]


def test_a_column_that_is_not_needed_may_be_deleted(exported: Bench) -> None:
    """Deleting the comments, the dates, the debt or the status stops the program or shifts what is written."""
    _ticked(exported)
    for title in ("Statut", "Prochaine relance", "Commentaire", "Créance", "Retard (j)", "Échéance"):
        shift(exported.workbook, columns=_without(column_index_from_string(exported.column(title))))
    assert _planned(exported) == PLANNED
    _renew_source(exported)
    assert exported.run("export").code == 0
    assert _planned(exported) == PLANNED
    row = exported.row("FA2026-0500")
    assert (row["Client"], row["Devise"], row["Niveau"]) == ("Nouveau", "EUR", "Relance simple")
    assert exported.run("send", "--yes").code == 0


@pytest.mark.parametrize("title", ["Réf.", "N° facture", "Niveau", "Par courrier", "Par email", "Email"])
def test_a_deleted_column_that_is_needed_is_named(exported: Bench, title: str) -> None:
    """Without a column that decides, the program goes on and guesses, or does not say which one is missing."""
    _ticked(exported)
    gone = load_workbook(exported.workbook)["Relances"][f"{exported.column(title)}5"].column
    shift(exported.workbook, columns=_without(gone))
    before = exported.workbook.read_bytes()
    for command in (("check",), ("send", "--yes")):
        assert title in "".join(_faults(exported.json(*command)).values())
    assert exported.workbook.read_bytes() == before
    # The next export brings it back, and says so.
    assert title in " ".join(exported.json("export").data["warnings"])
    assert exported.column(title)


def test_a_copy_of_a_column_does_not_act(exported: Bench) -> None:
    """A copied tick column takes the place of the true one, which its named header tells apart."""
    _ticked(exported)
    copy_columns(exported.workbook, {places.POST: places.OWN_2, places.LEVEL: places.OWN_3})
    file = ExcelFile(exported.workbook)
    file.put(
        {
            f"{places.OWN_2}{exported.row_of(CLOSED)}": shared("x"),
            f"{places.OWN_3}{exported.row_of(POSTED)}": shared("n'importe quoi"),
        }
    )
    file.save()
    assert _planned(exported) == PLANNED


def test_two_columns_of_one_title_without_names_are_refused(exported: Bench) -> None:
    """Where defined names were lost, the first of two columns "Par courrier" is taken, and it may be the copy."""
    _ticked(exported)
    # Room before the true column, and a copy of it there, as it was before anything was ticked.
    post = column_index_from_string(places.POST)
    shift(exported.workbook, columns=lambda column: column + (column >= post))
    copy_columns(exported.workbook, {get_column_letter(post + 1): places.POST})
    file = ExcelFile(exported.workbook)
    file.clear([f"P{row['#']}" for row in exported.rows()])
    file.book(lambda text: etree.tostring(_without_anchors(text), encoding="unicode"))
    file.save()
    assert "Par courrier" in "".join(_faults(exported.json("check")).values())


def _without_anchors(text: str) -> etree._Element:
    root = etree.fromstring(text.encode())
    for node in list(root.iter("{*}definedName")):
        parent = node.getparent()
        if str(node.get("name")).startswith("relance_c_") and parent is not None:
            parent.remove(node)
    return root


def _validated(workbook: Path, letter: str) -> str:
    """Return what validates all data rows of a column, "" where some are without or some are validated twice."""
    last = max(row["#"] for row in Bench(workbook.parent).rows())
    whole = f"{letter}6:{letter}{last}"
    found = validations(workbook)
    others = [
        area
        for areas in found
        for area in areas.split()
        if area.startswith(letter) and area not in {whole, f"{letter}4", f"{letter}2"}
    ]
    return "" if others else found.get(whole, "")


_CHOSEN = (places.LEVEL, places.POST, places.BY_EMAIL, places.NEXT)
#: What is left of the validation of each of those columns, by the cells that somebody pasted over.
_LEFT = {"all": None, "one": "{0}6:{0}10 {0}12:{0}45", "first": "{0}7:{0}45", "last": "{0}6:{0}44"}
PASTED: dict[str, dict[str, str | None]] = {
    pasted: {f"{letter}6:{letter}45": left and left.format(letter) for letter in _CHOSEN}
    for pasted, left in _LEFT.items()
}


@pytest.mark.parametrize("pasted", PASTED)
def test_validations_that_pasting_erased_are_back_after_export(exported: Bench, pasted: str) -> None:
    """Once somebody pasted over cells, their dropdowns and rules are gone for good."""
    paste_over(exported.workbook, PASTED[pasted])
    assert exported.run("export").code == 0
    assert {letter: _validated(exported.workbook, letter) for letter in _CHOSEN} == {
        places.LEVEL: "relance_niveaux",
        places.POST: "relance_ticks",
        places.BY_EMAIL: f"IF(LEN(${places.EMAIL}6)>0,relance_ticks,relance_sans_email)",
        places.NEXT: "relance_aujourdhui",
    }


def test_colours_that_pasting_cut_are_whole_after_export(exported: Bench) -> None:
    """Rows somebody pasted into stay without the colours that say late, held or sent."""

    def colours() -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for node in ExcelFile(exported.workbook).sheet().iter("{*}conditionalFormatting"):
            found.setdefault(str(node.get("sqref")), set()).update(str(f.text) for f in node.iter("{*}formula"))
        return found

    whole = colours()
    file = ExcelFile(exported.workbook)
    for node in list(file.sheet().iter("{*}conditionalFormatting")):
        column = re.split(r"\d", str(node.get("sqref")))[0]
        # As Excel leaves it where the first row and one further down were pasted over.
        node.set("sqref", f"{column}7:{column}9 {column}11:{column}45")
        for formula in node.iter("{*}formula"):
            formula.text = re.sub(r"(\$[A-Z]+)6", r"\g<1>7", formula.text or "")
    file.save()
    assert colours() != whole
    assert exported.run("export").code == 0
    assert colours() == whole


def test_a_pasted_rule_leaves_our_columns_and_stays_elsewhere(exported: Bench) -> None:
    """A dropdown that came with pasted cells stays over the ticks, or is lost in the user's own column too."""
    file = ExcelFile(exported.workbook)
    (container,) = file.sheet().iter("{*}dataValidations")
    foreign = etree.SubElement(
        container,
        container[0].tag,
        {
            "type": "list",
            "sqref": f"{places.POST}8:{places.POST}9 {places.OWN_1}8:{places.OWN_1}9 {places.LEVEL}30:{places.BY_EMAIL}31",
        },
    )
    etree.SubElement(foreign, f"{container[0].tag}".replace("dataValidation", "formula1")).text = "$Z$1:$Z$5"
    container.set("count", str(len(container)))
    file.save()
    assert exported.run("export").code == 0
    found = validations(exported.workbook)
    assert [areas for areas, formula in found.items() if formula == "$Z$1:$Z$5"] == [f"{places.OWN_1}8:{places.OWN_1}9"]
    assert {letter: bool(_validated(exported.workbook, letter)) for letter in _CHOSEN} == dict.fromkeys(_CHOSEN, True)


def test_tick_all_cells_are_read_as_other_ticks(exported: Bench) -> None:
    """A tick-all is not understood as people type it, ticks what said no, or takes an unclear word for a yes."""
    due = {row["N° facture"] for row in exported.rows() if row["Relance prévue le"] and not row["Statut"]}
    exported.write((POSTED, "Par courrier", "NON"))
    file = ExcelFile(exported.workbook)
    for raw in (shared("Oui "), Raw("b", "1"), Raw("n", "1"), Raw("str", "x", formula='"x"'), shared("\u00a0x")):
        file.put({f"{places.POST}4": raw})
        file.save()
        checked = exported.json("check")
        reached = {line["invoice"] for line in checked.reminders("planned") if line["channel"] == "post"}
        assert POSTED not in reached
        assert len(reached) > 25
        assert reached <= due
    file.put({f"{places.POST}4": shared("tous"), f"{places.BY_EMAIL}4": Raw("n", "2")})
    file.save()
    faults = _faults(exported.json("check"))
    assert "tous" in faults[f"Relances!{places.POST}4"]
    assert "2" in faults[f"Relances!{places.BY_EMAIL}4"]
    file.put({f"{places.POST}4": shared("non"), f"{places.BY_EMAIL}4": Raw("n", "0")})
    file.save()
    assert _planned(exported) == set()


def _beneath(bench: Bench, cells: dict[str, object]) -> int:
    """Write cells two rows below the list; return that row."""
    row: int = max(one["#"] for one in bench.rows()) + 2
    book = load_workbook(bench.workbook)
    for letter, value in cells.items():
        book["Relances"][f"{letter}{row}"] = value  # type: ignore[assignment]
    book.save(bench.workbook)
    return row


def test_a_row_of_the_users_own_beneath_the_list_stays(exported: Bench) -> None:
    """A note below the list stops the program, is written over by new rows, or goes with those that leave."""
    _ticked(exported)
    _beneath(exported, {places.CUSTOMER: "Pensez à appeler la mairie", places.COMMENT: "moi"})
    assert _planned(exported) == PLANNED
    for change in (_renew_source, lambda bench: bench.source("\r\nFA2026-0309;", "\r\n" + NEW.replace("0500", "0501") + "\r\nFA2026-0309;")):  # fmt: skip
        change(exported)
        assert exported.run("export").code == 0
    sheet = load_workbook(exported.workbook)["Relances"]
    found = [cell.row for cell in sheet[places.CUSTOMER] if cell.value == "Pensez à appeler la mairie"]
    assert len(found) == 1
    assert found[0] > max(row["#"] for row in exported.rows())
    assert sheet[f"{places.COMMENT}{found[0]}"].value == "moi"
    assert _planned(exported) == PLANNED


def test_a_total_below_the_list_is_never_torn(exported: Bench) -> None:
    """A total is written over, moved without its formula, or the export that cannot move it does not name its cell."""
    _ticked(exported)
    last = max(one["#"] for one in exported.rows())
    row = _beneath(exported, {places.CUSTOMER: "Total", places.OPEN: f"=SUM({places.OPEN}6:{places.OPEN}{last})"})
    assert exported.run("export").code == 0
    assert (
        load_workbook(exported.workbook)["Relances"][f"{places.OPEN}{row}"].value
        == f"=SUM({places.OPEN}6:{places.OPEN}{last})"
    )
    exported.source("\r\nFA2026-0309;", f"\r\n{NEW}\r\nFA2026-0309;")
    before = exported.workbook.read_bytes()
    done = exported.json("export")
    if done.code == 0:
        sheet = load_workbook(exported.workbook)["Relances"]
        assert sheet[f"{places.OPEN}{row + 1}"].value == f"=SUM({places.OPEN}6:{places.OPEN}{last + 1})"
    else:
        assert any(place.endswith(str(row)) for place in _faults(done))
        assert exported.workbook.read_bytes() == before


def test_a_count_of_ticks_below_the_list_is_no_tick(exported: Bench) -> None:
    """A row of totals with a count below the ticks is taken for an edit: nothing can be sent any more."""
    _ticked(exported)
    row = max(one["#"] for one in exported.rows()) + 2
    _beneath(exported, {places.NUMBER: "Total", places.POST: 0, places.OPEN: 0})
    file = ExcelFile(exported.workbook)
    file.put(
        {
            f"{places.POST}{row}": Raw("n", "2", formula=f'COUNTIF({places.POST}6:{places.POST}45,"x")'),
            f"{places.OPEN}{row}": Raw("n", "1", formula=f"SUM({places.OPEN}6:{places.OPEN}45)"),
        }
    )
    file.save()
    assert _planned(exported) == PLANNED


def test_a_number_with_zeros_in_front_stays_text(bench: Bench) -> None:
    """Zeros in front of an invoice number are lost in an editor, and the reminder goes to another number or to none."""
    bench.source(POSTED, "00123")
    (bench.root / "factures" / f"{POSTED}.pdf").rename(bench.root / "factures" / "00123.pdf")
    assert bench.run("export").code == 0
    type_into(bench.workbook, [("Relances", bench.cell("00123", "Par courrier"), "x")])
    ExcelFile(bench.workbook).save(Dress())
    assert _planned(bench) == {("00123", "post", "simple")}
    assert bench.run("export").code == 0
    assert _planned(bench) == {("00123", "post", "simple")}

    # Excel's "convert to number": the hidden reference still says which it is, and the next export writes it anew.
    place = bench.cell("00123", "N° facture")
    file = ExcelFile(bench.workbook)
    file.put({place: Raw("n", "123")})
    file.save()
    assert _planned(bench) == {("00123", "post", "simple")}
    assert bench.run("export").code == 0
    assert bench.row("00123")["N° facture"] == "00123"
    assert _planned(bench) == {("00123", "post", "simple")}


def test_a_text_number_beyond_the_shared_texts_is_damage(exported: Bench) -> None:
    """A cell that points behind the last shared text ends in "an unexpected error" that nobody can mend."""
    file = ExcelFile(exported.workbook)
    file.put({exported.cell(POSTED, "Email"): Raw("s", "99999")})
    file.save(Dress())
    for command in (("check",), ("export",), ("send", "--yes")):
        assert exported.json(*command).code == 4


def test_no_two_rows_share_an_invoice_after_any_of_this(exported: Bench) -> None:
    """Sorting, deleting and refreshing again and again doubles a row or loses one."""
    _ticked(exported)
    for turn in range(2):
        rows = [row["#"] for row in exported.rows()]
        sort_rows(exported.workbook, dict(zip(rows, rows[7:] + rows[:7], strict=True)))
        gone = rows[3 + turn]
        shift(exported.workbook, rows=_without(gone))
        ExcelFile(exported.workbook).save(Dress() if turn == 0 else None)
        assert exported.run("export").code == 0
    numbers = sorted(row["N° facture"] for row in exported.rows())
    assert len(numbers) == 40
    assert all(one != other for one, other in itertools.pairwise(numbers))
