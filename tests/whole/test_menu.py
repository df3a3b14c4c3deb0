"""`relance-xl` alone at a terminal: what can be done now, with what waits; elsewhere all stays as scripts know it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bench import DAY, Bench
from tests.support.in_process import run_here

NUMBER = "FA2026-0309"

pytestmark = pytest.mark.usefixtures("opened")


def _menu(bench: Bench, *typed: str) -> str:
    done = run_here(bench, typed="".join(f"{one}\n" for one in typed), day=None)
    return done.out.replace("\u00a0", " ") + done.err.replace("\u00a0", " ")


def _lines(shown: str) -> list[str]:
    return [" ".join(line.split()) for line in shown.splitlines()]


def test_a_new_dossier_offers_only_what_can_be_done(bench: Bench) -> None:
    """The menu of a new dossier offers to send what there is not, or does not say how to begin."""
    bench.workbook.unlink(missing_ok=True)
    shown = _lines(_menu(bench, "q"))
    keys = [line.split()[0] for line in shown if re.match(r"\d [A-Z]", line)]
    assert keys == ["1", "5"]
    assert any(line.startswith("1 Mettre à jour") for line in shown)


def test_the_menu_says_what_waits(exported: Bench) -> None:
    """Who opens the menu does not see how old the list is, how many are due, or what is ticked."""
    os.utime(exported.root / "impayes.csv", (0, 0))
    exported.write((NUMBER, "Par email", "x"))
    shown = _menu(exported, "q")
    assert "exportez-la de nouveau depuis votre logiciel" in shown
    assert "sont à relancer" in shown
    assert "Coché - à envoyer : 1" in shown


def test_the_menu_goes_on_until_one_leaves(exported: Bench, opened: list[Path]) -> None:
    """The menu ends after one thing, or with an error instead of saying it; what was made is not opened."""
    exported.workbook.with_name("relance.toml").touch()
    shown = _menu(exported, "2", "99", "5", "1", "q")
    assert "rien à envoyer" in shown
    assert "Tapez l'un de ceux-ci" in shown
    assert shown.count("Que faire ?") == 5
    assert [one.name for one in opened] == ["relances.xlsx", "relances.xlsx"]


def test_the_end_of_what_is_typed_ends_the_menu(exported: Bench) -> None:
    """A terminal that is closed leaves a menu that asks for ever."""
    assert _menu(exported).count("Que faire ?") == 1


def test_a_double_click_on_update_asks_for_emails_sent(exported: Bench) -> None:
    """Who only double-clicks has no way to say that the emails in files were sent."""
    exported.write((NUMBER, "Par email", "x"))
    assert run_here(exported, "send", "--yes").code in {0, 1}
    done = run_here(exported, "double-click", "export", typed="o\n")
    assert (done.code, "Avez-vous envoyé" in done.err) == (0, True)
    again = run_here(exported, "double-click", "export", typed="")
    assert "Avez-vous envoyé" not in again.err
    assert [row["Résultat"] for row in exported.rows("Historique")] == ["envoyé"]


def test_windows_speak_of_files_and_not_of_commands(exported: Bench) -> None:
    """A window tells somebody to run a command who has four files to double-click."""
    (exported.root / "factures" / f"{NUMBER}.pdf").unlink()
    done = run_here(exported, "double-click", "export", typed="")
    assert NUMBER in done.out
    assert "« Mettre à jour »" in done.out.replace("\u00a0", " ")
    assert "relance-xl export" not in done.out
    assert "relance-xl export" in run_here(exported, "export").out


def test_an_obstacle_is_told_and_the_menu_stays(exported: Bench) -> None:
    """A cell that cannot be understood closes the menu, or is not told."""
    exported.write((NUMBER, "Par email", "peut-être"))
    shown = _menu(exported, "6", "", "q")
    assert shown.count("peut-être") >= 1
    assert shown.count("Que faire ?") == 2


def test_emails_in_files_are_marked_from_the_menu(exported: Bench) -> None:
    """Who sent the emails of a batch from their own program must know a command to say so."""
    exported.write((NUMBER, "Par email", "x"))
    assert run_here(exported, "send", "--yes").code in {0, 1}
    mark = next(line for line in _lines(_menu(exported, "q")) if "Marquer des emails" in line)
    shown = _menu(exported, mark.split()[0], "o", "q")
    assert shown.count("Marquer des emails comme envoyés") == 1
    history = run_here(exported, "history", "--json", day=None).data["deliveries"]
    assert [one["outcome"] for one in history] == ["accepted"]


def test_wrong_settings_are_told(exported: Bench) -> None:
    """The menu of a dossier with a mistake in its settings is a traceback, or says nothing."""
    with (exported.root / "relance.toml").open("a", encoding="utf-8") as file:
        file.write("\nsurprise = 1\n")
    done = run_here(exported, typed="q\n", day=None)
    assert (done.code, "surprise" in done.err) == (3, True)


def _bare(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "relance_xl", *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", cwd=cwd, check=False, timeout=60,
    )  # fmt: skip


def test_a_script_is_asked_nothing(exported: Bench) -> None:
    """A script that forgets the command waits for an answer for ever."""
    bare, with_folder = _bare(cwd=exported.root), _bare("-d", ".", cwd=exported.root)
    assert (bare.returncode, with_folder.returncode) == (2, 2)
    assert "Commandes" in bare.stderr + bare.stdout
    assert "Commande manquante" in with_folder.stderr


@pytest.fixture
def companies(exported: Bench, tmp_path: Path) -> Iterator[tuple[Bench, Bench, Bench]]:
    """Three dossiers, the second with a mistake in its settings."""
    broken, other = Bench(tmp_path / "faulty"), Bench(tmp_path / "other")
    for one in (broken, other):
        run_here(one, "init", "--sample", day=None)
    with (broken.root / "relance.toml").open("a", encoding="utf-8") as file:
        file.write("\nsurprise = 1\n")
    yield exported, broken, other


def test_ones_fault_does_not_stop_another(companies: tuple[Bench, Bench, Bench]) -> None:
    """Of several companies only those before the first with a mistake are done, or nobody says which was not."""
    first, broken, last = companies
    given = [word for one in (first, broken, last, first) for word in ("-d", str(one.root))]
    done = _bare(*given, "export", "--date", DAY, cwd=first.root)
    assert done.returncode == 3
    assert last.workbook.exists()
    summary = done.stdout.splitlines()[-3:]
    assert [line.split("\u00a0:")[0] for line in summary] == [str(one.root) for one in companies]
    assert ["rien à signaler" in line for line in summary] == [True, False, True]


def test_several_dossiers_are_one_object(companies: tuple[Bench, Bench, Bench]) -> None:
    """A script that checks several companies gets several objects, or one that says not which company it is of."""
    given = [word for one in companies for word in ("-d", str(one.root))]
    done = _bare(*given, "check", "--json", "--date", DAY, cwd=companies[0].root)
    dossiers = json.loads(done.stdout)["dossiers"]
    assert [one["exit_code"] for one in dossiers] == [0, 3, 4]
    assert dossiers[0]["answer"]["reminders"] == []
    assert done.returncode == 4


@pytest.mark.parametrize("command", [("init",), ("resolve", "X", "sent")])
def test_what_is_of_one_dossier_is_refused_for_two(
    companies: tuple[Bench, Bench, Bench], command: tuple[str, ...]
) -> None:
    """Two folders are laid out, or two deliveries settled, where one was meant."""
    given = [word for one in companies for word in ("-d", str(one.root))]
    assert _bare(*given, *command, cwd=companies[0].root).returncode == 2
