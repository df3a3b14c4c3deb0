"""Sheets whose names were exchanged by a program that leaves formulas and names behind: each is known by what it shows."""

import pytest
from openpyxl import Workbook, load_workbook

from tests.support.bench import Bench
from tests.support.in_process import edit, run_here


def _exchange(book: Workbook, one: str, other: str) -> None:
    first, second = book[one], book[other]
    first.title = "…"
    second.title = one
    first.title = other


@pytest.mark.parametrize("ledger_title", ["Historique", "Historique 2026"])
def test_lists_with_each_others_names_are_told_apart(exported: Bench, ledger_title: str) -> None:
    """The list and the history bear each other's name: columns are called missing, or export ends “unexpectedly”."""
    exported.write(("FA2026-0343", "Par courrier", "x"))
    assert run_here(exported, "send", "--yes").code == 0
    assert run_here(exported, "export").code == 0
    exported.write(("FA2026-0309", "Par courrier", "x"))

    def rename(book: Workbook) -> None:
        _exchange(book, "Relances", "Historique")
        book["Historique"].title = ledger_title

    edit(exported, rename)
    assert run_here(exported, "check", "--json").data["counts"]["planned"] == 1
    assert run_here(exported, "doctor").out.count("✗") == 0
    assert run_here(exported, "export").code == 0
    assert run_here(exported, "check", "--json").data["counts"]["planned"] == 1
    done = run_here(exported, "send", "--yes")
    assert done.code == 0
    assert sorted(row["N° facture"] for row in exported.rows("Relances")) == ["FA2026-0309", "FA2026-0343"]
    assert len(exported.rows(ledger_title)) == 40
    assert len(load_workbook(exported.workbook).sheetnames) == 9
    done = run_here(exported, "export")
    assert (done.code, "rétabli" in done.err) == (0, False), done.err


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Fiche client", "Fiche facture"), ("Tableau de bord", "Listes"), ("Tableau de bord", "Fiche client"),
        ("Relances", "Tableau de bord"), ("Historique", "Listes"), ("Mode d'emploi", "Fiche facture"),
    ],
)  # fmt: skip
def test_any_two_sheets_with_each_others_names_are_told_apart(exported: Bench, one: str, other: str) -> None:
    """Two sheets bear each other's name: figures are written over the wrong one, or a third sheet is added."""
    exported.write(("FA2026-0309", "Par courrier", "x"))
    edit(exported, lambda book: _exchange(book, one, other))
    titles = _titles(exported)
    for command in (("check",), ("export",), ("send", "--yes"), ("export",)):
        assert run_here(exported, *command).code == 0, command
    assert _titles(exported) == titles


def _titles(bench: Bench) -> dict[str, object]:
    return {sheet.title: sheet["B1"].value for sheet in load_workbook(bench.workbook).worksheets}
