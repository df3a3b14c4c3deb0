"""A delivery whose fate changes: its one row in the history says so, and the dashboard counts it once."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from relance_xl.core.record import Settled
from relance_xl.core.reminder import Outcome
from relance_xl.journal.journal import Journal, read_journal
from tests.support.bench import Bench
from tests.support.calc import type_into
from tests.support.in_process import edit, here, run_here

_POSTED, _MAILED = "FA2026-0296", "FA2026-0229"


@pytest.fixture(scope="module")
def _sent_once(_exported_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Bench(Path(shutil.copytree(_exported_once, tmp_path_factory.mktemp("once") / "dossier")))
    made.write((_POSTED, "Par courrier", "x"), (_MAILED, "Par email", "x"))
    assert run_here(made, "send", "--yes").code == 0
    return made.root


@pytest.fixture
def sent(_sent_once: Path, tmp_path: Path) -> Bench:
    """Return the dossier with a letter and an email file made."""
    return Bench(Path(shutil.copytree(_sent_once, tmp_path / "dossier")))


def _rows(bench: Bench) -> list[tuple[object, object]]:
    return [(row["Relance"], row["Résultat"]) for row in bench.rows("Historique")]


def _counts(bench: Bench) -> list[object]:
    """Return the dashboard's counts: printed, sent, prepared, refused, unknown, all."""
    sheet = load_workbook(bench.workbook, data_only=True)["Tableau de bord"]
    return [sheet.cell(27, column).value for column in range(3, 9)]


def _note(book: Workbook) -> None:
    """Type a comment and a date into both rows."""
    sheet = book["Historique"]
    columns = {cell.value: int(cell.column or 0) for cell in sheet[1]}
    for row in (2, 3):
        sheet.cell(row, columns["Commentaire"]).value = "vu avec Claire"
        sheet.cell(row, columns["Prochaine relance"]).value = date(2026, 12, 24)


def test_what_never_left_is_called_so_in_its_own_row(sent: Bench) -> None:
    """A letter that was never posted stands twice in the history, once as printed; it counts twice, or as refused."""
    assert _counts(sent) == [1, 0, 1, 0, 0, 2]
    edit(sent, _note)
    before = len(_rows(sent))
    for key in (f"{_POSTED}/1/post", f"{_MAILED}/1/email"):
        assert here(sent, "resolve", key, "not-sent").code == 0
    assert sorted(_rows(sent)) == [(f"{_MAILED}/1/email", "non envoyé"), (f"{_POSTED}/1/post", "non envoyé")]
    assert len(_rows(sent)) == before
    assert _counts(sent) == [0, 0, 0, 2, 0, 2]
    assert {row["Commentaire"] for row in sent.rows("Historique")} == {"vu avec Claire"}
    assert {row["Prochaine relance"].date() for row in sent.rows("Historique")} == {date(2026, 12, 24)}
    told = run_here(sent, "history").out
    assert told.count("non envoyé") == 2
    # What a spreadsheet calculates is what was written.
    type_into(sent.workbook, [])
    assert _counts(sent) == [0, 0, 0, 2, 0, 2]
    # Neither export nor send adds to it, but what is made again has a row of its own.
    assert run_here(sent, "export").code == 0
    assert len(_rows(sent)) == before
    sent.write((_POSTED, "Par courrier", "x"))
    assert run_here(sent, "send", "--yes").code == 0
    assert _rows(sent)[:before] == [(key, "non envoyé") for key, _said in _rows(sent)[:before]]
    assert sorted(str(said) for _key, said in _rows(sent)[before:]) == ["imprimé", "préparé"]
    assert _counts(sent) == [1, 0, 1, 2, 0, 4]


@pytest.mark.parametrize(("outcome", "said"), [(Outcome.UNKNOWN, "inconnu"), (Outcome.REFUSED, "non envoyé")])
def test_a_fate_that_is_settled_later_is_written_into_the_row(sent: Bench, outcome: Outcome, said: str) -> None:
    """What is known only later stands in a second row, and the first says the contrary for ever."""
    settled = [one for one in read_journal(sent.journal) if isinstance(one, Settled)]
    journal = Journal(sent.journal, lambda: None)
    journal.look()
    journal.append([Settled(settled[0].id, outcome, settled[0].at)])
    before = _rows(sent)
    assert run_here(sent, "export").code == 0
    after = _rows(sent)
    assert len(after) == len(before)
    changed = [now for now, then in zip(after, before, strict=True) if now != then]
    assert [word for _key, word in changed] == [said]


def test_the_words_change_with_the_language(sent: Bench) -> None:
    """“Non envoyé” stays in a workbook that speaks English, and is counted nowhere."""
    assert here(sent, "resolve", f"{_POSTED}/1/post", "not-sent").code == 0
    sent.setting('language = "fr"', 'language = "en"')
    assert run_here(sent, "export").code == 0
    book = load_workbook(sent.workbook)
    column = next(cell.column for cell in book["Historique"][1] if cell.value == "Outcome")
    said = {book["Historique"].cell(row, column).value for row in (2, 3)}
    assert said == {"not sent", "prepared"}
    assert _counts(sent) == [0, 0, 1, 1, 0, 2]


def test_two_rows_of_an_earlier_version_stay(sent: Bench) -> None:
    """Rows that an earlier version wrote twice are rewritten, or a third one comes with each export."""

    def double(book: Workbook) -> None:
        sheet = book["Historique"]
        outcome = next(cell.column for cell in sheet[1] if cell.value == "Résultat")
        for column in range(1, sheet.max_column + 1):
            sheet.cell(4, column).value = sheet.cell(2, column).value
        sheet.cell(4, outcome).value = "refusé"

    edit(sent, double)
    before = _rows(sent)
    assert len(before) == 3
    for command in (("export",), ("resolve", str(before[0][0]), "not-sent"), ("export",)):
        assert here(sent, *command).code == 0
    assert _rows(sent) == before


@pytest.mark.parametrize(("typed", "stays"), [("réglé par virement", True), (None, False)])
def test_words_of_the_users_stay(sent: Bench, typed: str | None, stays: bool) -> None:
    """What somebody typed over an outcome is written over, or comes with a second row; an empty cell stays empty."""

    def write(book: Workbook) -> None:
        sheet = book["Historique"]
        outcome = next(cell.column for cell in sheet[1] if cell.value == "Résultat")
        sheet.cell(2, outcome).value = typed

    before = _rows(sent)
    edit(sent, write)
    assert run_here(sent, "export").code == 0
    assert _rows(sent) == ([(before[0][0], typed), *before[1:]] if stays else before)


def _without_outcomes(book: Workbook) -> None:
    sheet = book["Historique"]
    sheet.delete_cols(next(cell.column for cell in sheet[1] if cell.value == "Résultat"))


def test_without_the_column_no_rows_come(sent: Bench) -> None:
    """The user deleted the outcomes' column: each row comes a second time."""
    keys = [key for key, _said in _rows(sent)]
    edit(sent, _without_outcomes)
    sent.write(("FA2026-0187", "Par courrier", "x"))
    assert run_here(sent, "send", "--yes").code == 0
    assert [row["Relance"] for row in sent.rows("Historique")] == [*keys, "FA2026-0187/1/post"]
