"""Whole commands from the shell, in CPU seconds, against openpyxl's read-only reading of the same sheets and `--help`."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from openpyxl import load_workbook

from benchmarks.dossiers import TODAY, lay_out_dossier, tick, write_journal
from relance_xl.runtime.language import set_language

INVOICES, FEW_INVOICES, HISTORY, SMALL = 50_000, 400, 30_000, 5
#: Every tenth invoice has a PDF, every 97th is disputed: of 200 rows 20 are ticked.
TICKED = range(0, 200, 10)
ROUNDS = 2
#: What the program promises of itself: a command's time by what it is compared with, at most.
CHECK_TARGET, EXPORT_TARGET, HISTORY_TARGET, SMALL_TARGET = 1.5, 3.0, 1.5, 6.0
_SHEETS = {"list": ("Relances",), "history": ("Relances", "Historique")}


@dataclass(frozen=True, slots=True)
class Case:
    """A command, what its time is compared with (a key of the measures), and the ratio that it may have."""

    title: str
    command: str
    compared: str
    target: float


CASES = (
    Case("check, 50,000 invoices", "check large", "read large", CHECK_TARGET),
    Case("check, 50,000 ticked, grouped", "check ticked", "read large", EXPORT_TARGET),
    Case("first export, 50,000 invoices", "first export", "read large", EXPORT_TARGET),
    Case("refresh, 50,000 invoices", "refresh", "read large", EXPORT_TARGET),
    Case("check, 30,000 rows of history", "check history", "read history", HISTORY_TARGET),
    Case("check, 5 invoices", "check small", "help", SMALL_TARGET),
)


def read_with_openpyxl(path: Path, sheets: Iterable[str]) -> None:
    """Read all values of sheets in openpyxl's read-only mode, nothing made of them; print how many rows."""
    book = load_workbook(path, read_only=True)
    counts = []
    for name in sheets:
        page = book[name]
        page.reset_dimensions()
        rows = page.iter_rows(values_only=True)
        counts.append(sum(any(value is not None for value in row) for row in rows))
    print(json.dumps(counts))


@dataclass(frozen=True, slots=True)
class _Run:
    seconds: float
    out: str


def _run(*command: str) -> _Run:
    """Run a process; return its CPU seconds, its own and the system's for it, and what it printed."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([sys.executable, "-m", *command], stdout=out, stderr=subprocess.DEVNULL)
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode in {0, 1}, command
        out.seek(0)
        return _Run(usage.ru_utime + usage.ru_stime, out.read().decode())


def _relance(dossier: Path, *arguments: str) -> _Run:
    return _run("relance_xl", "-d", str(dossier), *arguments, "--json", "--date", TODAY.isoformat())


def _read(dossier: Path, sheets: str) -> _Run:
    return _run("benchmarks.commands", sheets, str(dossier / "relances.xlsx"))


def prepare(folder: Path) -> None:
    """Make the dossiers, with workbooks as users leave them: exported, ticked a bit."""
    for name, invoices in (("large", INVOICES), ("history", FEW_INVOICES), ("small", SMALL)):
        lay_out_dossier(folder / name, invoices)
    write_journal(folder / "history", HISTORY, FEW_INVOICES)
    shutil.copytree(folder / "large", folder / "ticked")
    settings = folder / "ticked" / "relance.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('grouping = "invoice"', 'grouping = "customer"'), encoding="utf-8")
    for name, ticks in (("large", "none"), ("ticked", "best"), ("history", "none"), ("small", "none")):
        _relance(folder / name, "export", "--tick", ticks)
    for name in ("large", "history"):
        tick(folder / name, TICKED)
    shutil.copytree(folder / "large", folder / "new")
    shutil.copytree(folder / "large", folder / "refreshed")


def measure(folder: Path) -> dict[str, _Run]:
    """Run every command once, and what it is compared with; return the runs by name."""
    (folder / "new" / "relances.xlsx").unlink()
    return {
        "read large": _read(folder / "large", "list"),
        "read history": _read(folder / "history", "history"),
        "help": _run("relance_xl", "--help"),
        "check large": _relance(folder / "large", "check"),
        "check ticked": _relance(folder / "ticked", "check"),
        "first export": _relance(folder / "new", "export"),
        "refresh": _relance(folder / "refreshed", "export"),
        "check history": _relance(folder / "history", "check"),
        "check small": _relance(folder / "small", "check"),
    }


def check_same(folder: Path, runs: dict[str, _Run]) -> None:
    """Raise AssertionError unless all saw the same rows, and the refresh kept the edits."""
    (rows,) = json.loads(runs["read large"].out)
    listed, history = json.loads(runs["read history"].out)
    assert rows - INVOICES == listed - FEW_INVOICES < 10
    assert history == HISTORY + 1
    for name in ("new", "refreshed"):
        assert json.loads(_read(folder / name, "list").out) == [rows]
    ticked = [len(json.loads(runs[name].out)["reminders"]) for name in ("check large", "check history", "check small")]
    assert ticked == [len(TICKED), len(TICKED), 0]
    kept = json.loads(_relance(folder / "refreshed", "check").out)["reminders"]
    assert kept == json.loads(runs["check large"].out)["reminders"]


def compare(folder: Path) -> bool:
    """Measure all, check that they did the same, print the ratios; return whether all targets are met."""
    prepare(folder)
    # Each ratio is of one round's own runs: a machine that others share is slower in some minutes than in others.
    rounds = [measure(folder) for _round in range(ROUNDS)]
    check_same(folder, rounds[-1])
    met = []
    for case in CASES:
        runs = min(rounds, key=lambda one: one[case.command].seconds / one[case.compared].seconds)
        ours, theirs = runs[case.command].seconds, runs[case.compared].seconds
        print(
            f"{case.title:32} {ours:6.2f} s   {case.compared:14} {theirs:6.2f} s   {ours / theirs:5.2f} x (target {case.target})"
        )
        met.append(ours / theirs <= case.target)
    return all(met)


if __name__ == "__main__":
    set_language("fr")
    if len(sys.argv) > 1:
        read_with_openpyxl(Path(sys.argv[2]), _SHEETS[sys.argv[1]])
    else:
        with tempfile.TemporaryDirectory() as name:
            sys.exit(0 if compare(Path(name)) else 1)
