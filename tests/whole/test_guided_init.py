"""`init` where somebody sits at a terminal: asks, checks each answer, keeps the file's comments, opens the first workbook."""

import os
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance_xl.commands.init import starter_files
from relance_xl.runtime.errors import SettingsError
from relance_xl.settings.filled_in import fill_in
from tests.support.bench import Bench, Outcome
from tests.support.in_process import run_here

SAMPLES = starter_files() / "samples"
COMPANY = ("Menuiserie Roy", "", "3 rue des Lilas", "69003", "Lyon", "732829320", "",
           "FR76 3000 6000 0112 3456 7890 189", "", "compta@roy.fr", "04 78 00 00 00", "", "Mme Roy")  # fmt: skip

pytestmark = pytest.mark.usefixtures("opened")


@pytest.fixture
def new(tmp_path: Path) -> Bench:
    """A folder with nothing but a list and the invoices, as its accounting software left them."""
    bench = Bench(tmp_path / "dossier")
    bench.root.mkdir()
    shutil.copyfile(SAMPLES / "impayes.csv", bench.root / "Export impayés.csv")
    return bench


def _init(bench: Bench, *typed: str) -> Outcome:
    return run_here(bench, "init", day=None, typed="".join(f"{one}\n" for one in typed))


def _settings(bench: Bench) -> dict[str, Any]:
    return tomllib.loads((bench.root / "relance.toml").read_text(encoding="utf-8"))


def test_questions_make_a_dossier_with_its_first_workbook(new: Bench, opened: list[Path]) -> None:
    """Who answers all questions has no workbook, or must write into relance.toml all the same."""
    done = _init(new, *COMPANY, "1", "o")
    assert done.code == 0, done.err
    settings = _settings(new)
    assert settings["company"]["name"] == "Menuiserie Roy"
    assert settings["company"]["iban"] == "FR76 3000 6000 0112 3456 7890 189"
    assert settings["company"]["country"] == "FR"
    assert settings["source"]["file"] == "Export impayés.csv"
    assert opened == [new.workbook]
    assert len(new.rows()) == 40


def test_a_question_back(new: Bench) -> None:
    """Who slipped by one question must begin again, or correct relance.toml."""
    _init(new, *COMPANY[:3], "69000", "Lyon", "<", "<", "69003", *COMPANY[4:], "")
    company = _settings(new)["company"]
    assert (company["postal_code"], company["city"], company["siren"]) == ("69003", "Lyon", "732829320")


def test_the_next_weeks_file_and_the_pdfs_place_are_named(new: Bench) -> None:
    """Nobody says under what name the next list is to be saved, or that the invoices' PDFs are still to come."""
    done = _init(new, *COMPANY, "1", "o")
    assert str(new.root / "Export impayés.csv") in done.out
    assert "par-dessus" in done.out
    assert "à relancer : 0" in done.out.replace("\u00a0", " ")
    assert "faute du PDF de la facture" in done.out
    assert "factures/" in done.out.splitlines()[-1]


def test_the_comments_stay(new: Bench) -> None:
    """The first answer costs relance.toml the comments that say what each key does."""
    assert run_here(new, "init", "--json", day=None).code == 0
    before = (new.root / "relance.toml").read_text(encoding="utf-8")
    _init(new, *COMPANY)
    after = (new.root / "relance.toml").read_text(encoding="utf-8")
    comments = [line.partition("#")[2] for line in before.splitlines()]
    assert [line.partition("#")[2] for line in after.splitlines()] == comments
    assert len([one for one in comments if one]) > 20


@pytest.mark.parametrize(
    ("place", "wrong", "told"),
    [(5, "123456789", "clé de contrôle"), (7, "FR76 3000 6000 0112 3456 7890 188", "clé de contrôle"),
     (9, "compta@roy", "adresse email"), (1, "Nantes", "pas un pays"), (3, "440", "cinq chiffres"), (0, "", "vide"), (0, "Votre société", "viendraient de")],
)  # fmt: skip
def test_a_wrong_answer_is_asked_again(new: Bench, place: int, wrong: str, told: str) -> None:
    """A mistyped IBAN, SIREN or address stands in all letters until somebody reads the first one."""
    done = _init(new, *COMPANY[:place], wrong, *COMPANY[place:], "")
    assert told in done.err
    company = _settings(new)["company"]
    assert (company["siren"], company["email"], company["name"]) == ("732829320", "compta@roy.fr", "Menuiserie Roy")


def test_what_was_answered_before_the_end_is_kept(new: Bench) -> None:
    """Who closes the window in the middle begins again at the first question."""
    done = _init(new, *COMPANY[:5])
    assert done.code == 1
    assert _settings(new)["company"]["city"] == "Lyon"
    again = _init(new, *[""] * 13, "")
    assert "[Lyon]" in again.err
    assert _settings(new)["company"]["city"] == "Lyon"


def test_filled_in_settings_are_not_asked_for_again(new: Bench) -> None:
    """Who runs init to bring templates back must go through all questions."""
    _init(new, *COMPANY, "1", "o")
    before = (new.root / "relance.toml").read_bytes()
    done = _init(new, "")
    assert (done.code, (new.root / "relance.toml").read_bytes()) == (0, before)
    assert "SIREN" not in done.err


def test_nobody_is_asked_where_nobody_sits(new: Bench) -> None:
    """A script that lays out a dossier waits for an answer for ever."""
    done = run_here(new, "init", day=None, typed=None)
    assert (done.code, done.err) == (0, "")
    assert "relance-xl -d" in done.out


def test_a_list_without_known_titles_is_understood_with_help(new: Bench) -> None:
    """A list whose titles are not known must be described in a file, by keys that nobody knows."""
    path = new.root / "Export impayés.csv"
    text = path.read_text(encoding="cp1252")
    path.write_text(text.replace("Reste à payer", "Encours").replace("Numéro", "Code pièce"), encoding="cp1252")
    done = _init(new, *COMPANY, "1", "1", "99", "12", "o")
    assert done.code == 0, done.err
    assert _settings(new)["source"]["columns"] == {"number": "Code pièce", "open_amount": "Encours"}
    assert len(new.rows()) == 40


def test_a_list_from_elsewhere_is_copied(new: Bench, tmp_path: Path) -> None:
    """A list that is dragged into the window from another folder is refused, or moved away from there."""
    elsewhere = tmp_path / "mes téléchargements" / "Export impayés.csv"
    elsewhere.parent.mkdir()
    shutil.move(new.root / "Export impayés.csv", elsewhere)
    (new.root / "Export impayés.csv").write_text("à moi", encoding="utf-8")
    done = _init(new, *COMPANY, f"'{elsewhere}'", "o")
    assert done.code == 0, done.err
    assert elsewhere.exists()
    assert (new.root / "Export impayés.csv").read_text(encoding="utf-8") == "à moi"
    assert _settings(new)["source"]["file"] == "Export impayés 2.csv"


def test_what_is_no_list_is_asked_again(new: Bench) -> None:
    """A path that leads nowhere, or to a picture, ends the questions."""
    (new.root / "photo.png").write_bytes(b"")
    (new.root / "vide.csv").write_bytes(b"")
    os.utime(new.root / "vide.csv", (0, 0))
    done = _init(new, *COMPANY, "nulle part", "photo.png", str(new.root / "photo.png"), "2", "1", "o")
    assert done.code == 0, done.err
    assert _settings(new)["source"]["file"] == "Export impayés.csv"


def test_relance_xl_alone_offers_to_begin(new: Bench) -> None:
    """Who starts the program in a new folder is told of a command, not asked whether to begin there."""
    refused = run_here(new, day=None, typed="n\n")
    assert (refused.code, (new.root / "relance.toml").exists()) == (3, False)
    done = run_here(new, day=None, typed="".join(f"{one}\n" for one in ("o", *COMPANY, "1", "o")))
    assert (done.code, len(new.rows())) == (0, 40)


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1), st.sampled_from(["\n", "\r\n"]))
def test_any_text_is_read_as_it_was_typed(tmp_path_factory: pytest.TempPathFactory, typed: str, ends: str) -> None:
    """A name with quotation marks or a backslash makes relance.toml one that cannot be read."""
    path = tmp_path_factory.mktemp("réglages") / "relance.toml"
    text = (starter_files() / "templates" / "relance.fr.toml").read_text(encoding="utf-8")
    path.write_bytes(text.replace("\n", ends).encode("utf-8"))
    name = f"A{typed}"
    fill_in(path, "company", {"name": name})
    written = path.read_bytes().decode("utf-8")
    assert tomllib.loads(written)["company"]["name"] == name
    assert written.count(ends) == text.count("\n")
    assert list(path.parent.iterdir()) == [path]


def test_what_would_break_the_settings_is_not_written(new: Bench) -> None:
    """A wrong value is written into relance.toml: no command starts any more."""
    run_here(new, "init", "--json", day=None)
    path = new.root / "relance.toml"
    before = path.read_bytes()
    with pytest.raises(SettingsError):
        fill_in(path, "company", {"iban": "FR76"})
    assert path.read_bytes() == before
