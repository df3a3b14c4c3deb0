"""A dossier whose language, or a level's name, changed between two runs: its workbook says all in one language."""

import pytest
from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.worksheet import Worksheet

from tests.support.bench import Bench
from tests.support.calc import type_into
from tests.support.in_process import edit, here
from tests.support.ooxml import faults
from tests.support.places import LEVEL, LIST

_POSTED, _MAILED, _LATER = "FA2026-0296", "FA2026-0229", "FA2026-0187"


def _switch(bench: Bench, before: str, after: str) -> None:
    bench.setting(f'language = "{before}"', f'language = "{after}"')


def _send(bench: Bench, *edits: tuple[str, str, object]) -> None:
    bench.write(*edits)
    assert here(bench, "send", "--yes").code == 0


def _words(bench: Bench, sheet: str = "Historique") -> list[tuple[object, ...]]:
    """Return what the history says of level, channel, outcome, comment."""
    rows = load_workbook(bench.workbook)[sheet].iter_rows(min_row=2, values_only=True)
    return [(row[6], row[8], row[11], row[13], row[14]) for row in rows if row[0]]


def _counts(sheet: Worksheet) -> dict[object, list[object]]:
    return {sheet.cell(row, 2).value: [sheet.cell(row, at).value for at in range(3, 9)] for row in range(27, 32)}


def _dashboard(bench: Bench) -> Worksheet:
    return load_workbook(bench.workbook, data_only=True)["Tableau de bord"]


@pytest.mark.parametrize("by_send", [True, False])
def test_a_change_of_language_leaves_one_language(exported: Bench, by_send: bool) -> None:
    """The history mixes languages, and the dashboard counts only the rows of one."""
    _send(exported, (_POSTED, "Par courrier", "x"), (_MAILED, "Par email", "x"))
    edit(exported, lambda book: book["Historique"].__setitem__("N2", "promis"))
    edit(exported, lambda book: book["Relances"].__setitem__(f"{LIST['status']}5", "À voir"))
    _switch(exported, "fr", "en")
    if by_send:
        _send(exported, (_LATER, "Par courrier", "x"))
    else:
        assert here(exported, "export").code == 0
    said = [("Reminder", "Post", "printed", "promis", "Reminder"), ("Reminder", "Email", "prepared", None, "Reminder")]
    assert [(level, *rest) for level, *rest in _words(exported)][:2] == said
    assert len({row[:2] + row[4:] for row in _words(exported)} - {("Reminder", "Email", "Reminder")}) == 1
    counts = _counts(_dashboard(exported))
    assert counts["Reminder"] == [1 + by_send, 0, 1, 0, 0, 2 + by_send]
    assert here(exported, "export").code == 0
    book = load_workbook(exported.workbook)
    titles = [cell.value for cell in book["Relances"][5]]
    assert titles[:4] == ["Ref.", "Invoice no.", "Customer", "Due date"]
    assert titles[column_index_from_string(LIST["status"]) - 1] == "À voir"
    assert [cell.value for cell in book["Historique"][1]][:4] == ["Reminder", "Batch", "Date", "Invoice no."]
    assert str(book["Relances"]["B1"].value).startswith("Reminders —")
    assert book["Relances"][f"{LEVEL}4"].value == "Tick all that is due →"
    assert (book["Fiche client"]["B3"].value, book["Tableau de bord"]["C26"].value) == ("Customer", "Printed")
    assert not {row["Statut" if "Statut" in row else "À voir"] for row in _list(exported)} & {"lettre prête à imprimer"}
    assert {cell.value for cell in book["Relances"][LEVEL][5:]} <= {"Reminder", "Firm reminder", "Formal notice", None}
    texts = [str(rule.formula) for area in book["Relances"].conditional_formatting for rule in area.rules]
    assert any("letter ready" in text for text in texts)
    assert not any("lettre" in text for text in texts)
    written = _counts(_dashboard(exported))
    type_into(exported.workbook, [])
    assert _counts(_dashboard(exported)) == written
    assert faults(exported.workbook) == []


def _list(bench: Bench) -> list[dict[object, object]]:
    cells = list(load_workbook(bench.workbook)["Relances"].iter_rows(min_row=5, values_only=True))
    return [dict(zip(cells[0], row, strict=True)) for row in cells[1:]]


def test_there_and_back_is_as_before(exported: Bench) -> None:
    """After a change of language and back, texts of the other one are left."""
    _send(exported, (_POSTED, "Par courrier", "x"))
    assert here(exported, "export").code == 0

    def texts() -> dict[str, object]:
        return {
            f"{sheet.title}!{cell.coordinate}": cell.value
            for sheet in load_workbook(exported.workbook).worksheets for row in sheet.iter_rows() for cell in row
            if cell.value is not None
        }  # fmt: skip

    before = texts()
    for one, other in (("fr", "en"), ("en", "fr")):
        _switch(exported, one, other)
        assert here(exported, "export").code == 0
    assert texts() == before


def test_the_workbook_speaks_the_dossiers_language(exported: Bench) -> None:
    """Whoever asks for messages in English writes English rows into a French workbook."""
    exported.write((_POSTED, "Par courrier", "x"))
    assert here(exported, "send", "--yes", language="en").code == 0
    assert here(exported, "export", language="en").code == 0
    assert _words(exported)[0][:3] == ("Relance simple", "Courrier", "imprimé")


def test_a_level_that_was_renamed_is_counted_on(exported: Bench) -> None:
    """Reminders of a level that has another name now are no longer counted as that level's."""
    _send(exported, (_POSTED, "Par courrier", "x"), (_LATER, "Niveau", "Relance ferme"), (_LATER, "Par courrier", "x"))
    # Each takes the other's old name: only the journal knows which row is whose.
    for before, after in (("Relance simple", "@"), ("Relance ferme", "Relance simple"), ("@", "Relance ferme")):
        exported.setting(f'fr = "{before}"', f'fr = "{after}"')
    assert here(exported, "export").code == 0
    labels = {row["N° facture"]: row["Niveau"] for row in exported.rows("Historique")}
    assert labels == {_POSTED: "Relance ferme", _LATER: "Relance simple"}
    counts = _counts(_dashboard(exported))
    assert (counts["Relance ferme"][0], counts["Relance simple"][0]) == (1, 1)


def test_rows_the_journal_lacks_are_told_by_what_they_say(exported: Bench) -> None:
    """Where the journal was lost, a change of language leaves the history's rows in the old one, uncounted."""
    _send(exported, (_POSTED, "Par courrier", "x"))
    exported.journal.unlink()
    edit(exported, lambda book: book["Historique"].__setitem__("G3", "à moi"))
    _switch(exported, "fr", "en")
    assert here(exported, "export").code == 0
    assert _words(exported)[0][:3] == ("Reminder", "Post", "printed")
    assert load_workbook(exported.workbook)["Historique"]["G3"].value == "à moi"
