"""Whatever of ours is deleted from the workbook comes back at the next export, told; nothing else changes for it."""

import re
import shutil
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import column_index_from_string

from relance_xl.runtime.language import _
from relance_xl.workbook.sheets.columns import LEDGER_COLUMNS, REMINDER_COLUMNS, Column, Kind
from tests.support.bench import DAY, Bench
from tests.support.calc import type_into
from tests.support.in_process import edit, here
from tests.support.ooxml import faults
from tests.support.places import COMMENT, DOCUMENT, EMAIL, LIST, OWN_1, POST

_ALL = (
    "Relances",
    "Clients",
    "Tableau de bord",
    "Historique",
    "Fiche client",
    "Fiche facture",
    "Mode d'emploi",
    "Listes",
)
_POSTED, _MAILED, _EDITED = "FA2026-0296", "FA2026-0229", "FA2026-0187"


@pytest.fixture(scope="session")
def _sent_once(_exported_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Bench(tmp_path_factory.mktemp("sent") / "dossier")
    shutil.copytree(_exported_once, made.root)
    made.write((_POSTED, "Par courrier", "x"), (_MAILED, "Par email", "x"))
    assert here(made, "send", "--yes").code == 0
    made.write((_EDITED, "Par courrier", "x"), (_EDITED, "Commentaire", "vu"), (_EDITED, "Email", "moi@example.com"))
    edit(made, lambda book: book["Historique"].__setitem__("N2", "promis"))
    return made.root


@pytest.fixture
def sent(_sent_once: Path, tmp_path: Path) -> Bench:
    """Return the sample's dossier after a sending, with an unsent edit and an edited line of history."""
    return Bench(Path(shutil.copytree(_sent_once, tmp_path / "dossier")))


@pytest.fixture(scope="session")
def _refreshed_once(_sent_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Bench(Path(shutil.copytree(_sent_once, tmp_path_factory.mktemp("refreshed") / "dossier")))
    _exported(made)
    return made.root


@pytest.fixture(scope="session")
def _edited_once(_refreshed_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Bench(Path(shutil.copytree(_refreshed_once, tmp_path_factory.mktemp("edited") / "dossier")))
    made.write((_EDITED, "Par courrier", "x"), (_EDITED, "Commentaire", "vu"), (_EDITED, "Email", "moi@example.com"))
    edit(made, lambda book: book["Relances"].__setitem__(f"{OWN_1}6", "à moi"))
    return made.root


@pytest.fixture
def refreshed(_refreshed_once: Path, tmp_path: Path) -> Bench:
    """Return the sample's dossier after a sending and an export."""
    return Bench(Path(shutil.copytree(_refreshed_once, tmp_path / "dossier")))


@pytest.fixture
def edited(_edited_once: Path, tmp_path: Path) -> Bench:
    """Return the same with unsent edits, and a text in a column of the user's own."""
    return Bench(Path(shutil.copytree(_edited_once, tmp_path / "dossier")))


def _assert_is_valid(path: Path) -> None:
    assert faults(path) == []


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _exported(bench: Bench) -> list[str]:
    done = here(bench, "export")
    assert done.code == 0, done.err
    warnings: list[str] = done.data["warnings"]
    return warnings


def _look(bench: Bench, sheet: str) -> list[tuple[object, ...]]:
    """Return what a sheet's cells hold and how they look."""
    return [
        (cell.coordinate, cell.value, cell.font.b, cell.font.color.rgb if cell.font.color else None,
         cell.fill.fgColor.rgb, cell.number_format, cell.border.left and cell.border.left.style, cell.alignment.horizontal)
        for row in load_workbook(bench.workbook)[sheet].iter_rows() for cell in row
    ]  # fmt: skip


@pytest.mark.parametrize("lost", _ALL)
def test_a_deleted_sheet_comes_back(sent: Bench, lost: str) -> None:
    """A sheet that the user, or Excel's Document Inspector, deleted stays away: dropdowns dead, history gone."""
    assert here(sent, "export").code == 0
    sent.write((_EDITED, "Par courrier", "x"))
    before, order = _look(sent, lost), load_workbook(sent.workbook).sheetnames
    edit(sent, lambda book: book.create_sheet("À moi").__setitem__("A1", "précieux"))
    edit(sent, lambda book: book.__delitem__(lost))
    found = [one for one in here(sent, "doctor").data["findings"] if f"«\u00a0{lost}\u00a0»" in one["detail"]]
    assert found
    assert "export" in found[0]["advice"]
    checked = here(sent, "check")
    assert checked.code == (4 if lost == "Relances" else 0)
    assert "export" in str(checked.data)
    warning = " ".join(_exported(sent))
    assert f"la feuille «\u00a0{lost}\u00a0»" in warning
    book = load_workbook(sent.workbook)
    assert book.sheetnames == [*order, "À moi"]
    assert book["À moi"]["A1"].value == "précieux"
    assert book["Listes"].sheet_state == "hidden"
    # How many notes the journal has may change with every export; what requests are known by is drawn by lot.
    edits = {"N2", POST, EMAIL, COMMENT, DOCUMENT} if lost in {"Relances", "Historique"} else {"Y2", "Z2"}
    after = _look(sent, lost)
    changed = {old[0] for old, new in zip(before, after, strict=True) if old != new}
    assert {
        place for place in changed if place not in edits and re.split(r"\d", str(place))[0] not in edits
    } == set(), warning
    assert not any("#REF!" in str(name.attr_text) for name in book.defined_names.values())
    _assert_is_valid(sent.workbook)
    assert _exported(sent) == []
    assert len(here(sent, "check").reminders("planned")) == (0 if lost == "Relances" else 1)


def test_sending_goes_on_without_history_and_lists(sent: Bench) -> None:
    """With the history sheet deleted nothing can be sent, or what is sent never gets into the history."""
    edit(sent, lambda book: book.__delitem__("Historique"))
    edit(sent, lambda book: book.__delitem__("Listes"))
    # What Excel makes of names for sheets that are deleted.
    parts = _parts(sent.workbook)
    names = re.sub(rb"'(Listes|Historique)'!", b"#REF!", parts["xl/workbook.xml"])
    with zipfile.ZipFile(sent.workbook, "w") as archive:
        for name, data in {**parts, "xl/workbook.xml": names}.items():
            archive.writestr(name, data)
    done = here(sent, "send", "--yes")
    assert done.data["counts"] == {"printed": 1, "already_done": 2}
    assert any("Historique" in one for one in done.data["warnings"])
    _exported(sent)
    assert [row["N° facture"] for row in sent.rows("Historique")] == [_POSTED, _MAILED, _EDITED]
    assert here(sent, "check").code == 0


def test_what_was_proposed_is_told_from_what_was_typed_without_the_lists(sent: Bench) -> None:
    """With the lists deleted, a typed address is replaced by the list's, or a corrected one never arrives again."""
    edit(sent, lambda book: book.__delitem__("Listes"))
    (warning,) = [one for one in _exported(sent) if _EDITED in one]
    assert "Listes" in warning
    sent.source("compta@nordlog.example", "neuve@nordlog.example")
    _exported(sent)
    assert sent.row(_EDITED)["Email"] == "moi@example.com"
    assert any("neuve@nordlog.example" in str(row["Email"]) for row in sent.rows())


# What an export works out or decides anew in any case, so that it may differ once the column was away.
_ANEW = {"Retard (j)", "Envoi", "Statut", "Document", "Coché avec tous"}


@pytest.mark.parametrize("column", REMINDER_COLUMNS, ids=lambda column: column.field)
def test_a_deleted_column_of_the_list_comes_back(edited: Bench, column: Column) -> None:
    """A deleted column stays away, and with it its dropdown, its colours or the identity of the rows."""
    title, before = _(column.title), edited.rows()
    edit(edited, lambda book: book["Relances"].delete_cols(REMINDER_COLUMNS.index(column) + 1))
    assert any(f"la colonne «\u00a0{title}\u00a0»" in one for one in _exported(edited))
    # A typed address is the customer's since the export before, and stays.
    typed = {"post": {"Par courrier": None}, "comment": {"Commentaire": None}}
    for old, new in zip(before, edited.rows(), strict=True):
        # openpyxl leaves links where they were, and writes their targets there: into the user's column without a title.
        anew = {name: new.get(name) for name in (*_ANEW, "None") if name in old} | {title: 0}
        assert {**new, "None": anew.get("None"), title: 0} == {**old, "None": anew.get("None"), **anew}
        gone = old["N° facture"] == _EDITED and column.field in typed
        assert gone or title in _ANEW or new[title] == old[title], title
        assert not gone or new[title] != old[title]
    shown = load_workbook(edited.workbook)["Relances"]
    assert "à moi" in [cell.value for cell in shown[6]]
    (index,) = [cell.column for cell in shown[5] if cell.value == title]
    assert shown.cell(6, index).number_format == _format_of(edited, column)
    assert faults(edited.workbook) == []
    assert _exported(edited) == []


def _format_of(bench: Bench, column: Column) -> str:
    return {Kind.DAY: "dd/mm/yyyy", Kind.MONEY: "#,##0.00", Kind.WHOLE: "0", Kind.TEXT: "@"}.get(
        Kind.TEXT
        if column.kind is Kind.TEXT and not column.edited
        else column.kind
        if column.kind is not Kind.TEXT
        else Kind.LINK,
        "General",
    )


@pytest.mark.parametrize("field", [column.field for column in LEDGER_COLUMNS])
def test_a_deleted_column_of_the_history_comes_back(refreshed: Bench, field: str) -> None:
    """A column deleted from the history stays away or comes back empty; all reminders are written a second time."""
    before = [[cell.value for cell in row] for row in load_workbook(refreshed.workbook)["Historique"].iter_rows()]
    index = next(number for number, one in enumerate(LEDGER_COLUMNS, start=1) if one.field == field)
    edit(refreshed, lambda book: book["Historique"].delete_cols(index))
    assert here(refreshed, "check").code == 0
    assert any("la colonne" in one for one in _exported(refreshed))
    after = [[cell.value for cell in row] for row in load_workbook(refreshed.workbook)["Historique"].iter_rows()]
    if field == "comment":
        before[1][index - 1] = None
    # openpyxl leaves links where they were, and writes their targets there: into the column behind Document.
    tracking = after[0].index(_("Tracking no."))
    for row in after[1:]:
        row[tracking] = None if str(row[tracking]).startswith("lots/") else row[tracking]
    assert {tuple(sorted(map(str, row))) for row in after} == {tuple(sorted(map(str, row))) for row in before}
    assert _exported(refreshed) == []


def test_lost_names_come_back(sent: Bench) -> None:
    """A program that drops all names, as pandas does, leaves formulas of the cards and dropdowns dead."""
    _exported(sent)
    before = {name: one.attr_text for name, one in load_workbook(sent.workbook).defined_names.items()}
    parts = _parts(sent.workbook)
    bare = re.sub(rb"<definedNames>.*</definedNames>", b"", parts["xl/workbook.xml"], flags=re.DOTALL)
    with zipfile.ZipFile(sent.workbook, "w") as archive:
        for name, data in {**parts, "xl/workbook.xml": bare}.items():
            archive.writestr(name, data)
    assert any("noms" in one for one in _exported(sent))
    after = {name: one.attr_text for name, one in load_workbook(sent.workbook).defined_names.items()}
    assert {name: text.replace("'", "") for name, text in after.items()} == {
        name: text.replace("'", "") for name, text in before.items()
    }


@pytest.mark.parametrize("rows", [(4, 1), (1, 4), (2, 1), (3, 2)])
def test_deleted_rows_above_the_list_come_back_where_needed(sent: Bench, rows: tuple[int, int]) -> None:
    """Whoever deletes the row of the tick-all cells in Excel has no way any more to tick everything."""
    edit(sent, lambda book: book["Relances"].delete_rows(*rows))
    parts = _parts(sent.workbook)
    header = 5 - rows[1]
    fixed = re.sub(rb"('Relances'!\$[A-Z]+\$)5<", rb"\g<1>%d<" % header, parts["xl/workbook.xml"])
    for row in range(1, 5):
        gone = rows[0] <= row < rows[0] + rows[1]
        place = b"#REF!<" if gone else rb"\g<1>%d<" % (row if row < rows[0] else row - rows[1])
        fixed = re.sub(rb"('Relances'!\$[A-Z]+\$)%d<" % row, place, fixed)
    with zipfile.ZipFile(sent.workbook, "w") as archive:
        for name, data in {**parts, "xl/workbook.xml": fixed}.items():
            archive.writestr(name, data)
    _exported(sent)
    book = load_workbook(sent.workbook)
    (sheet, place) = next(book.defined_names["relance_tous_courriers"].destinations)
    assert "#REF!" not in book.defined_names["relance_aujourdhui"].attr_text
    cell = book[sheet][place.replace("$", "")]
    assert cell.fill.fgColor.rgb == "00FFFBEB"
    assert book[sheet].cell(cell.row + 1, cell.column).value == "Par courrier"
    assert any(cell.coordinate in str(rule.sqref) for rule in book[sheet].data_validations.dataValidation)
    edit(sent, lambda book: book[sheet].__setitem__(cell.coordinate, "x"))
    assert len(here(sent, "check").reminders("planned")) >= 30
    assert sent.row(_EDITED)["Commentaire"] == "vu"
    _assert_is_valid(sent.workbook)


def test_rules_for_typing_come_back(sent: Bench) -> None:
    """A program that drops all validations leaves no dropdown, on the list or on the cards."""
    _exported(sent)

    def rules() -> dict[str, set[tuple[str, str]]]:
        book = load_workbook(sent.workbook)
        return {
            sheet.title: {(str(one.sqref), str(one.formula1)) for one in sheet.data_validations.dataValidation}
            for sheet in book.worksheets
        }

    def drop(book: Workbook) -> None:
        for sheet in book.worksheets:
            sheet.data_validations.dataValidation = []

    before = rules()
    edit(sent, drop)
    assert any("règle" in one for one in _exported(sent))
    assert rules() == before


def test_hidden_and_renamed_sheets_are_not_deleted(sent: Bench) -> None:
    """Whoever hides or renames a sheet finds a second one at each export."""
    _exported(sent)
    renamed = {
        "Tableau de bord": "Chiffres",
        "Mode d''emploi": "Aide",
        "Mode d'emploi": "Aide",
        "Historique": "Registre",
    }
    parts = _parts(sent.workbook)
    for name, data in parts.items():
        text = data.replace(b"&apos;", b"'") if name.endswith(".xml") else data
        for before, after in renamed.items():
            text = text.replace(before.encode(), after.encode())
        parts[name] = text
    with zipfile.ZipFile(sent.workbook, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    edit(sent, lambda book: setattr(book["Aide"], "sheet_state", "hidden"))
    names = load_workbook(sent.workbook).sheetnames
    assert {"Chiffres", "Aide", "Registre"} <= set(names)
    assert _exported(sent) == []
    assert load_workbook(sent.workbook).sheetnames == names
    assert load_workbook(sent.workbook)["Aide"].sheet_state == "hidden"


def test_a_users_sheet_of_the_same_title_is_left_alone(sent: Bench) -> None:
    """The lists, or a card, are written over a sheet of the user's that has the title of a deleted one of ours."""

    def change(book: Workbook) -> None:
        for title in ("Listes", "Fiche client", "Tableau de bord"):
            del book[title]
            del book.defined_names[
                {"Listes": "relance_propositions", "Fiche client": "relance_fiche_client"}.get(title, "relance_devise")
            ]
            book.create_sheet(title)["A1"] = "à moi"

    edit(sent, change)
    _exported(sent)
    book = load_workbook(sent.workbook)
    for title in ("Listes", "Fiche client", "Tableau de bord"):
        assert [[cell.value for cell in row] for row in book[title].iter_rows()] == [["à moi"]]
        assert f"{title} (2)" in book.sheetnames
    # Only with the lists back it can be told that an address was typed.
    assert ["Clients" in one and "moi@example.com" in one for one in _exported(sent)] == [True]
    assert _exported(sent) == []
    _assert_is_valid(sent.workbook)
    charts = [data.decode() for name, data in _parts(sent.workbook).items() if name.startswith("xl/charts/chart")]
    assert len(charts) == 3
    assert all("'Tableau de bord (2)'!" in text and "'Tableau de bord'!" not in text for text in charts)


def test_removed_colours_stay_removed(sent: Bench) -> None:
    """Colours that the user did away with come back with a column."""
    from openpyxl.formatting.formatting import ConditionalFormattingList

    edit(sent, lambda book: setattr(book["Relances"], "conditional_formatting", ConditionalFormattingList()))
    edit(sent, lambda book: book["Relances"].delete_cols(column_index_from_string(LIST["status"])))
    _exported(sent)
    assert not list(load_workbook(sent.workbook)["Relances"].conditional_formatting)


def test_other_parts_stay_byte_for_byte(sent: Bench) -> None:
    """Bringing a sheet back rewrites other sheets, or the formats that the user's cells have."""
    _exported(sent)
    edit(sent, lambda book: book.create_sheet("À moi").__setitem__("A1", "=1+1"))
    edit(sent, lambda book: book.__delitem__("Mode d'emploi"))
    before = _parts(sent.workbook)
    own = next(name for name, data in before.items() if b"<f>1+1</f>" in data)
    _exported(sent)
    after = _parts(sent.workbook)
    assert after[own] == before[own]
    assert after["xl/theme/theme1.xml"] == before["xl/theme/theme1.xml"]
    formats = re.compile(rb"<cellXfs[^>]*>(.*)</cellXfs>", re.DOTALL)
    old, new = (formats.search(parts["xl/styles.xml"]) for parts in (before, after))
    assert old is not None
    assert new is not None
    assert new[1].count(b"<xf ") >= old[1].count(b"<xf ")


def test_calc_shows_what_came_back(sent: Bench) -> None:
    """What came back is not what Calc calculates: formulas of cards and dashboard lead nowhere."""
    for title in ("Listes", "Historique", "Fiche client", "Tableau de bord"):
        edit(sent, lambda book, title=title: book.__delitem__(title))  # type: ignore[misc]
    _exported(sent)

    def shown() -> dict[str, object]:
        book = load_workbook(sent.workbook, data_only=True)
        return {
            f"{title}!{cell.coordinate}": cell.value
            for title in ("Fiche client", "Tableau de bord") for row in book[title].iter_rows() for cell in row
            if cell.value not in {None, ""}
        }  # fmt: skip

    before = shown()
    type_into(sent.workbook, [])
    after = shown()
    assert before.keys() == after.keys()
    for place, value in before.items():
        assert after[place] == (pytest.approx(value) if isinstance(value, int | float) else value), place


def test_a_cell_of_today_that_was_typed_over_comes_back_once(sent: Bench) -> None:
    """A text in the cell of today makes every due date wrong, or a new cell of today appears at each export."""
    edit(sent, lambda book: book["Relances"].__setitem__("C2", "novembre"))
    assert any("date du jour" in one for one in _exported(sent))
    assert _exported(sent) == []
    book = load_workbook(sent.workbook, data_only=True)
    assert book["Relances"]["C2"].value == "novembre"
    (sheet, place) = next(book.defined_names["relance_aujourdhui"].destinations)
    assert f"{book[sheet][place.replace('$', '')].value:%Y-%m-%d}" == DAY
