"""Programs that move cells and leave names behind (openpyxl's insert_cols): every edit is still the one of its title."""

from collections.abc import Callable

import pytest
from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from relance_xl.core.channel import Channel
from relance_xl.core.level import level_ids
from relance_xl.core.texts.typed import Tick
from relance_xl.runtime.errors import EditsError
from relance_xl.workbook.sheets.columns import LEDGER_COLUMNS, REMINDER_COLUMNS
from relance_xl.workbook.sheets.history.sheet import LedgerSheet
from relance_xl.workbook.sheets.reminders.edits import EditedSheet, read_edits
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet
from tests.support.bench import Bench
from tests.support.in_process import here
from tests.support.places import BY_EMAIL, COMMENT, CUSTOMER, EMAIL, LAST, LEVEL, OPEN, OWN_2, OWN_3, POST, TOTAL

_NUMBER = "FA2026-0229"
_LEVELS = level_ids(
    {"simple": ("Relance simple",), "ferme": ("Relance ferme",), "mise_en_demeure": ("Mise en demeure",)}
)


def _behind(letter: str) -> str:
    return get_column_letter(column_index_from_string(letter) + 1)


def _edit(bench: Bench, change: Callable[[Worksheet], None], sheet: str = "Relances") -> None:
    book = load_workbook(bench.workbook)
    change(book[sheet])
    book.save(bench.workbook)


def _tick(bench: Bench) -> None:
    bench.write((_NUMBER, "Par email", "x"), (_NUMBER, "Commentaire", "vu"))
    _edit(bench, lambda sheet: sheet.__setitem__(f"{POST}4", "x"))


def _read(bench: Bench) -> EditedSheet:
    return read_edits(RemindersSheet.find(Spreadsheet.read(bench.workbook)), _LEVELS)


def _assert_is_read(bench: Bench) -> None:
    edited = _read(bench)
    assert not edited.faults
    assert edited.tick_all.channels == {Channel.POST}
    (row,) = [row for row in edited.decisions if row.key.invoice == _NUMBER]
    assert (row.level, row.ticks, row.comment) == ("simple", {Channel.EMAIL: Tick.YES}, "vu")
    assert row.recipients


def _insert(sheet: Worksheet, *columns: int) -> None:
    for column in columns:
        sheet.insert_cols(column)


def _delete_row_2(sheet: Worksheet) -> None:
    sheet.delete_rows(2)


def _move_right(sheet: Worksheet) -> None:
    sheet.move_range(f"A4:{LAST}{sheet.max_row}", cols=2)


@pytest.mark.parametrize(
    "change",
    [
        lambda sheet: _insert(sheet, 1),
        lambda sheet: _insert(sheet, 3, 6, column_index_from_string(POST)),
        lambda sheet: _insert(sheet, column_index_from_string(BY_EMAIL)),
        lambda sheet: sheet.delete_cols(column_index_from_string(TOTAL)),
        lambda sheet: sheet.insert_rows(1, 3),
        lambda sheet: sheet.insert_rows(5),
        _delete_row_2,
        _move_right,
    ],
    ids=["first column", "three columns", "before email", "column gone", "rows above", "row below band", "row gone", "moved"],
)  # fmt: skip
def test_titles_outweigh_names_that_were_left_behind(exported: Bench, change: Callable[[Worksheet], None]) -> None:
    """A column put in by openpyxl makes check refuse, or read one column's ticks as another's."""
    _tick(exported)
    _edit(exported, change)
    _assert_is_read(exported)


def test_export_puts_names_back_where_the_titles_are(exported: Bench) -> None:
    """Export writes customers below a foreign title, and the names stay wrong for good."""
    _tick(exported)
    _edit(exported, lambda sheet: _insert(sheet, column_index_from_string(CUSTOMER)))
    _edit(exported, lambda sheet: sheet.insert_cols(3), "Historique")
    before = {row["N° facture"]: row["Client"] for row in exported.rows()}
    assert exported.run("export").code == 0
    assert {row["N° facture"]: row["Client"] for row in exported.rows()} == before
    book = load_workbook(exported.workbook)
    for sheet, anchor, columns in (
        (book["Relances"], "relance_c_", REMINDER_COLUMNS),
        (book["Historique"], "relance_h_", LEDGER_COLUMNS),
    ):
        titles = {cell.coordinate: cell.value for row in sheet.iter_rows(max_row=5) for cell in row}
        named = {
            column.field: titles[
                book.defined_names[anchor + column.field].attr_text.rpartition("!")[2].replace("$", "")
            ]
            for column in columns
        }
        assert None not in named.values()
        assert len(set(named.values())) == len(columns)
    assert book.defined_names["relance_tous_courriers"].attr_text == f"'Relances'!${_behind(POST)}$4"
    assert book["Relances"][f"{CUSTOMER}6"].value is None
    _assert_is_read(exported)


def _name(bench: Bench, field: str, target: str) -> None:
    book = load_workbook(bench.workbook)
    book.defined_names[field] = DefinedName(field, attr_text=target)
    book.save(bench.workbook)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("relance_c_number", "'Historique'!$D$1"),
        ("relance_c_number", "#REF!"),
        ("relance_c_post", f"'Relances'!${BY_EMAIL}$5"),
        ("relance_c_post", f"'Relances'!${POST}$6"),
        ("relance_c_level", f"'Relances'!${OWN_3}$5"),
        ("relance_tous_courriers", f"'Historique'!${POST}$4"),
        ("relance_tous_emails", f"'Relances'!${POST}$4"),
        ("relance_tous_courriers", "#REF!"),
    ],
)
def test_a_single_wrong_name_misleads_nobody(exported: Bench, name: str, target: str) -> None:
    """A name that leads to another sheet, another of our columns or nowhere makes ticks mean something else."""
    _tick(exported)
    _name(exported, name, target)
    _assert_is_read(exported)


def _rename(sheet: Worksheet) -> None:
    for column, title in ((POST, "La Poste"), (COMMENT, "À nous"), (OPEN, "Solde"), (LEVEL, None)):
        sheet[f"{column}5"] = title


@pytest.mark.parametrize(
    ("sheet", "change"),
    [
        ("Tableau de bord", lambda sheet: sheet.insert_rows(10)),
        ("Tableau de bord", lambda sheet: sheet.insert_rows(1, 2)),
        ("Tableau de bord", lambda sheet: sheet.insert_cols(5)),
        ("Tableau de bord", lambda sheet: sheet.delete_rows(8)),
        ("Fiche client", lambda sheet: sheet.insert_rows(5)),
        ("Fiche facture", lambda sheet: sheet.insert_cols(4)),
    ],
    ids=["row", "rows above", "column", "row gone", "card's row", "card's column"],
)
def test_figures_are_not_written_beside_other_labels(
    exported: Bench, sheet: str, change: Callable[[Worksheet], None]
) -> None:
    """Whoever puts a row into the dashboard or a card reads figures beside the wrong labels after the next export."""
    _edit(exported, change, sheet)
    before = {
        cell.coordinate: cell.value for row in load_workbook(exported.workbook)[sheet].iter_rows() for cell in row
    }
    assert any(sheet in text for text in here(exported, "check").data["warnings"])
    done = here(exported, "export")
    assert done.code == 0
    assert any(sheet in text for text in done.data["warnings"])
    after = {cell.coordinate: cell.value for row in load_workbook(exported.workbook)[sheet].iter_rows() for cell in row}
    assert after == before
    book = load_workbook(exported.workbook)
    del book[sheet]
    book.save(exported.workbook)
    again = here(exported, "export")
    assert not any("laissées telles quelles" in text for text in again.data["warnings"])


@pytest.mark.parametrize("inserted", [(), (1,), (3, 12)])
def test_renamed_titles_stay_found(exported: Bench, inserted: tuple[int, ...]) -> None:
    """Whoever renames a title, and later has a column put in by a program, loses what is typed there."""
    _tick(exported)
    _edit(exported, _rename)
    if inserted:
        _edit(exported, lambda sheet: sheet.__setitem__(f"{LEVEL}5", "Fermeté"))
    _edit(exported, lambda sheet: _insert(sheet, *inserted))
    _assert_is_read(exported)


@pytest.mark.parametrize(
    ("title", "mine"),
    [
        ("Email", "commercial@nous.example"),
        ("Par email", "x"),
        ("Commentaire", "mauvais payeur"),
        ("Statut", "à moi"),
        ("Client", "à moi"),
        ("Document", "à moi"),
    ],
)
def test_a_column_of_ones_own_under_an_old_title_stays_ones_own(exported: Bench, title: str, mine: str) -> None:
    """Whoever renames a title and gives the old one to a column of their own has that column read, and overwritten."""
    exported.write((_NUMBER, "Par email", "x"), (_NUMBER, "Commentaire", "vu"))
    letter = exported.column(title)

    def change(sheet: Worksheet) -> None:
        sheet[f"{letter}5"] = "Autrement dit"
        sheet[f"{OWN_2}5"] = title
        for row in range(6, sheet.max_row + 1):
            sheet[f"{OWN_2}{row}"] = mine

    _edit(exported, change)
    edited = _read(exported)
    assert [row.key.invoice for row in edited.decisions if row.ticks] == [_NUMBER]
    (row,) = [row for row in edited.decisions if row.key.invoice == _NUMBER]
    assert row.comment == "vu"
    assert mine not in (*row.recipients, row.customer_name)
    assert here(exported, "export").code == 0
    sheet = load_workbook(exported.workbook)["Relances"]
    assert {sheet[f"{OWN_2}{row}"].value for row in range(6, 46)} == {mine}


def test_a_column_that_a_program_moved_away_keeps_its_title(exported: Bench) -> None:
    """A program moves a column and puts another title in its place: that one is read and written as ours."""
    exported.write((_NUMBER, "Par email", "x"))

    def change(sheet: Worksheet) -> None:
        far = column_index_from_string(OWN_3) - column_index_from_string(EMAIL)
        sheet.move_range(f"{EMAIL}5:{EMAIL}{sheet.max_row}", cols=far)
        sheet[f"{EMAIL}5"] = "Notes"
        for row in range(6, sheet.max_row + 1):
            sheet[f"{EMAIL}{row}"] = "commercial@nous.example"

    _edit(exported, change)
    (row,) = [row for row in _read(exported).decisions if row.key.invoice == _NUMBER]
    assert "commercial@nous.example" not in row.recipients
    assert row.recipients


def test_what_cannot_be_told_is_refused(exported: Bench) -> None:
    """Where a renamed title and a foreign one stand where a name may lead, one is taken by chance."""
    _tick(exported)

    def change(sheet: Worksheet) -> None:
        sheet[f"{POST}5"] = "La Poste"
        sheet.insert_cols(column_index_from_string(POST))
        sheet[f"{POST}5"] = "À moi"

    _edit(exported, change)
    with pytest.raises(EditsError) as refused:
        _read(exported)
    assert f"Relances!{POST}5, Relances!{_behind(POST)}5" in str(refused.value.faults[0])


def test_the_history_is_read_by_its_titles(exported: Bench) -> None:
    """A column put into the history sheet makes comments of another column count, or stops every command."""
    exported.write((_NUMBER, "Par email", "x"))
    assert exported.run("send", "--yes").code == 0
    _edit(exported, lambda sheet: sheet.__setitem__("N2", "promis"), "Historique")
    _edit(exported, lambda sheet: sheet.insert_cols(3, 2), "Historique")
    _edit(exported, lambda sheet: sheet.insert_rows(1), "Historique")
    (line,) = LedgerSheet.find(Spreadsheet.read(exported.workbook)).lines
    assert (str(line.key), line.edit.comment) == (f"{_NUMBER}/1/email", "promis")
