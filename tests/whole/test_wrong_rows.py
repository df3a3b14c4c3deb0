"""A row of the list that cannot be read: shown, never reminded, told by every command; all others go on."""

import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.bench import Bench
from tests.support.in_process import run_here

WRONG, OTHER = "FA2026-0296", "FA2026-0229"


EMAIL, OWED = 7, 11


def _cells(bench: Bench) -> tuple[list[str], int]:
    lines = (bench.root / "impayes.csv").read_bytes().decode("cp1252").splitlines(keepends=True)
    (place,) = [number for number, line in enumerate(lines) if line.startswith(f"{WRONG};")]
    return lines, place


def _set(bench: Bench, column: int, text: str) -> str:
    """Write a cell of the list; return what stood there."""
    lines, place = _cells(bench)
    cells = lines[place].split(";")
    before, cells[column] = cells[column], text
    lines[place] = ";".join(cells)
    (bench.root / "impayes.csv").write_bytes("".join(lines).encode("cp1252"))
    return before


def _said(bench: Bench, *command: str) -> tuple[int, str]:
    done = run_here(bench, *command)
    return done.code, (done.out + done.err).replace("\u00a0", " ")


@pytest.mark.parametrize(
    "command", [("export",), ("check",), ("send", "--yes"), ("doctor",), ("columns",), ("preview",)]
)
def test_every_command_names_it_and_goes_on(exported: Bench, command: tuple[str, ...]) -> None:
    """One bad amount stops the week of a whole company, or is passed over in silence."""
    _set(exported, OWED, "abc")
    exported.write((OTHER, "Par courrier", "x"))
    code, said = _said(exported, *command)
    assert code == 1, said
    assert "abc" in said
    assert "Reste à payer" in said


def test_it_is_shown_and_never_reminded_and_comes_back(exported: Bench) -> None:
    """A wrong row vanishes with what was typed beside it, is chased for nothing, or for an amount that nobody could read."""
    exported.write((WRONG, "Par courrier", "x"), (WRONG, "Commentaire", "appelé mardi"), (OTHER, "Par courrier", "x"))
    owed = _set(exported, OWED, "abc")
    assert _said(exported, "export")[0] == 1
    row = exported.row(WRONG)
    assert row["Statut"].startswith("à corriger dans la liste")
    assert "abc" in row["Statut"]
    assert row["Créance"] is None
    assert row["Commentaire"] == "appelé mardi"
    report = exported.json("send", "--yes")
    assert report.code == 1
    outcomes = {one["invoice"]: (one["outcome"], one["reason_code"]) for one in report.data["reminders"]}
    assert outcomes[WRONG] == ("held", "wrong_row")
    assert outcomes[OTHER][0] == "printed"
    _set(exported, OWED, owed)
    assert _said(exported, "export")[0] == 0
    row = exported.row(WRONG)
    assert row["Commentaire"] == "appelé mardi"
    assert f"{row['Créance']:.2f}".replace(".", ",") == owed.replace(" ", "")
    assert exported.json("send", "--yes").reminders("printed")[0]["invoice"] == WRONG


def test_one_bad_address_holds_its_own_row_alone(exported: Bench) -> None:
    """An address that was typed wrong stops forty others."""
    _set(exported, EMAIL, "compta@@client")
    code, said = _said(exported, "export", "--tick", "best")
    assert code == 1
    assert "compta@@client" in said
    report = exported.json("check")
    assert report.code == 1
    assert WRONG not in {one["invoice"] for one in report.reminders("planned")}
    assert len(report.reminders("planned")) > 20


def test_a_delivery_prepared_before_its_row_went_wrong_does_not_leave(exported: Bench) -> None:
    """What an interrupted send had prepared goes out though nobody can say any more what is owed."""
    exported.write((WRONG, "Par courrier", "x"))
    _set(exported, OWED, "abc")
    report = exported.json("send", "--yes")
    assert not report.reminders("printed")
    assert [one["reason_code"] for one in report.reminders("held")] == ["wrong_row"]


def test_at_a_terminal_columns_are_named(tmp_path: Path) -> None:
    """Somebody whose titles are unknown must find out by themselves what to write into the settings."""
    subprocess.run(
        [sys.executable, "-m", "relance_xl", "-d", str(tmp_path), "--lang", "en", "init"],
        check=True,
        capture_output=True,
    )
    (tmp_path / "impayes.csv").write_text("Number;Customer;Due date;Zorg\nF1;Ferrand;13/09/2026;12,50\n")
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "relance_xl", "-d", str(tmp_path), "--lang", "en", "columns"],
        stdin=slave, stdout=slave, stderr=slave, close_fds=True, env={**os.environ, "TERM": "dumb"},
    )  # fmt: skip
    os.close(slave)
    for answer in (b"4\n", b"y\n"):
        time.sleep(1.5)
        os.write(master, answer)
    process.wait(30)
    os.close(master)
    assert 'open_amount = "Zorg"' in (tmp_path / "relance.toml").read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "relance_xl", "-d", str(tmp_path), "columns", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["first"][0]["open"] == "12.50"
