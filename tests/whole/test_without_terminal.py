"""A week in which nobody types a command: double-clicks on a screen, Calc for the edits, a watch for what is asked in it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openpyxl import load_workbook

from tests.support.bench import Bench
from tests.support.calc import type_into
from tests.support.in_process import run_here
from tests.support.screen import Screen, hidden_screen, wait_until

POSTED, MAILED = "FA2026-0296", "FA2026-0309"


class _Desktop:
    """A screen with the folder on it; what double-clicks open is noted, not opened."""

    def __init__(self, screen: Screen, bench: Bench, folder: Path) -> None:
        self._screen, self._bench = screen, bench
        self.opened = folder / "opened"
        opener = folder / "xdg-open"
        opener.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >> "{self.opened}"\n', encoding="utf-8")
        opener.chmod(0o755)
        self._env = {**screen.env, "PATH": f"{folder}:{screen.env['PATH']}"}

    def double_click(self, name: str, *keys: str) -> None:
        """Double-click a file; press keys in its window once it is there, and close it by Enter."""
        subprocess.run(["gio", "launch", str(self._bench.root / f"{name}.desktop")], env=self._env, check=True)
        wait_until(f"a window for {name}", self._screen.windows)
        for key in keys:
            self._screen.press(key)
        before = len(self._screen.windows())
        assert before == 1
        # What is typed ahead waits for the end of the act.
        self._screen.press("Return")
        wait_until(f"the window of {name} closes", lambda: not self._screen.windows(), 90)


@contextmanager
def _watching(bench: Bench) -> Iterator[None]:
    command = [sys.executable, "-m", "relance_xl", "-d", str(bench.root), "watch", "--interval", "0.3"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def _answer(bench: Bench) -> str:
    """Return the answer beside the cell, "" as long as the request stands."""
    sheet = load_workbook(bench.workbook)["Relances"]
    return "" if sheet["J2"].value else str(sheet["K2"].value or "").replace("\u00a0", " ")


def _ask(bench: Bench, request: str) -> str:
    """Type a request in Calc, save, and wait for the answer in the sheet."""
    type_into(bench.workbook, [("Relances", "J2", request)])
    wait_until(f"{request} is answered", lambda: request in _answer(bench), 90)
    return _answer(bench)


def test_a_week_without_any_terminal(tmp_path: Path) -> None:
    """Somewhere in the week a person who knows no commands cannot go on, or something leaves that they did not ask for."""
    bench = Bench(tmp_path / "Relances de l'été")
    (tmp_path / "bin").mkdir()
    assert run_here(bench, "init", "--sample", day=None).code == 0
    with hidden_screen() as screen:
        desktop = _Desktop(screen, bench, tmp_path / "bin")
        desktop.double_click("1 Mettre à jour")
        assert desktop.opened.read_text(encoding="utf-8") == f"{bench.workbook}\n"
        row = bench.row_of(POSTED)
        type_into(bench.workbook, [("Relances", f"{bench.column('Par courrier')}{row}", "x")])
        desktop.double_click("2 Vérifier")
        desktop.double_click("3 Aperçu")
        assert desktop.opened.read_text(encoding="utf-8").splitlines()[-1].endswith("apercu.pdf")
        # No answer is a no.
        desktop.double_click("4 Envoyer", "Return")
        assert not list(bench.root.glob("lots/2*"))
        with _watching(bench):
            assert "prévu : 1" in _ask(bench, "vérifier")
            assert "1 ligne partirait" in _ask(bench, "envoyer 2")
            assert "courrier prêt à imprimer : 1" in _ask(bench, "envoyer 1")
            bench.pay(MAILED)
            assert "factures impayées : 39" in _ask(bench, "mettre à jour")
        desktop.double_click("4 Envoyer")
    assert len(list(bench.root.glob("lots/*/courriers.pdf"))) == 1
    assert [line["N° facture"] for line in bench.rows("Historique")] == [POSTED]
