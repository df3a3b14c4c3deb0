"""A double-click on a screen, for real: a window with what was done, which stays, and what was made is opened."""

import os
import subprocess
from pathlib import Path

import pytest
from click import UsageError

from relance_xl.core.texts.acts import Act, naming_acts
from tests.support.bench import Bench
from tests.support.in_process import run_here
from tests.support.screen import hidden_screen, wait_until


@pytest.fixture
def dossier(tmp_path: Path) -> Bench:
    """A new dossier whose path has a space, an accent and an apostrophe."""
    bench = Bench(tmp_path / "Comptabilité d'été (50 %)")
    assert run_here(bench, "init", "--sample", day=None).code == 0
    return bench


def _opener(folder: Path) -> Path:
    """Put what opens files on a desktop into a folder: one that writes down what it was asked to open."""
    folder.mkdir()
    opened = folder / "opened"
    opener = folder / "xdg-open"
    opener.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >> "{opened}"\n', encoding="utf-8")
    opener.chmod(0o755)
    return opened


def test_a_double_click_on_a_screen(dossier: Bench, tmp_path: Path) -> None:
    """On Linux a double-click does nothing, its window closes at once, or the workbook that it made is not opened."""
    opened = _opener(tmp_path / "bin")
    with hidden_screen() as screen:
        env = {**screen.env, "PATH": f"{opened.parent}:{screen.env['PATH']}"}
        subprocess.run(["gio", "launch", str(dossier.root / "1 Mettre à jour.desktop")], env=env, check=True)
        wait_until("the workbook is opened", opened.exists)
        assert opened.read_text(encoding="utf-8") == f"{dossier.workbook}\n"
        assert screen.windows()
        screen.press("Return")
        wait_until("the window closes", lambda: not screen.windows())


def test_init_makes_the_four_files(dossier: Bench) -> None:
    """Who does not know what a terminal is finds nothing to double-click in a new dossier."""
    names = {one.stem for one in dossier.root.iterdir() if "double-click" in _text(one)}
    assert names == {"1 Mettre à jour", "2 Vérifier", "3 Aperçu", "4 Envoyer"}


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


def test_shortcuts_makes_them_in_a_dossier_of_before(dossier: Bench) -> None:
    """A dossier of an earlier version never gets the files to double-click; a deleted one never comes back."""
    for file in dossier.root.glob("[1-4] *"):
        file.unlink()
    done = run_here(dossier, "shortcuts", "--json", day=None)
    assert done.code == 0
    assert len(done.data["made"]) == len(list(dossier.root.glob("[1-4] *"))) == 4
    english = run_here(Bench(dossier.root), "shortcuts", day=None)
    assert "2 Vérifier" in english.out


def test_every_act_is_known_to_the_files(exported: Bench, opened: list[Path]) -> None:
    """A double-click on check, preview or send does something else than the command of that name."""
    for act in Act:
        plain = run_here(exported, act.value, typed="")
        clicked = run_here(exported, "double-click", act.value, typed="")
        assert clicked.code == plain.code, act
        assert naming_acts(plain.out.strip()) in clicked.out
    assert [one.name for one in opened] == ["relances.xlsx"]


def test_an_unknown_act_is_told(exported: Bench) -> None:
    """A file to double-click of another version ends in a traceback."""
    with pytest.raises(UsageError, match="balayer"):
        run_here(exported, "double-click", "balayer", typed="")


def test_an_open_workbook_is_waited_for(exported: Bench) -> None:
    """Who left the workbook open must start anew instead of closing it and pressing Enter."""
    lock = exported.root / ".~lock.relances.xlsx#"
    lock.write_text(",Mme Roy,poste,,;", encoding="utf-8")
    done = run_here(exported, "double-click", "export", typed="\nq\n")
    assert done.code == 5
    assert done.err.count("relances.xlsx est ouvert") == 2


def test_a_folder_whose_name_is_no_text(tmp_path: Path) -> None:
    """On an old disk a folder whose name is not UTF-8 stops init half-way."""
    bench = Bench(tmp_path / os.fsdecode(b"caf\xe9"))
    for command in (("init", "--sample"), ("shortcuts",)):
        assert run_here(bench, *command, day=None).code == 0
    entry = (bench.root / "1 Mettre à jour.desktop").read_bytes()
    assert b"caf\xe9" in entry
