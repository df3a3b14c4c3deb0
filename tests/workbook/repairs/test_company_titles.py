"""The titles that say whose workbook it is: they follow the settings, until the user types their own."""

import pytest
from openpyxl import load_workbook

from tests.support.bench import Bench
from tests.support.in_process import edit, run_here

_SHEETS = ("Relances", "Tableau de bord")


def _titles(bench: Bench) -> list[object]:
    book = load_workbook(bench.workbook)
    return [book[name]["B1"].value for name in _SHEETS]


def _name(bench: Bench, name: str) -> None:
    path = bench.root / "relance.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("name = "))
    path.write_text("\n".join([*lines[:at], f'name = "{name}"', *lines[at + 1 :], ""]), encoding="utf-8")


@pytest.mark.parametrize("before", ["Votre société", "Your company", "Dupont SARL"])
def test_the_titles_name_the_company_of_now(bench: Bench, before: str) -> None:
    """The settings are filled in, or the company renamed, and the workbook says the old name for ever."""
    _name(bench, before)
    assert run_here(bench, "export").code == 0
    assert _titles(bench) == [f"Relances — {before}", f"Tableau de bord — {before}"]
    _name(bench, "Éts Martin & Fils")
    assert run_here(bench, "export").code == 0
    assert _titles(bench) == ["Relances — Éts Martin & Fils", "Tableau de bord — Éts Martin & Fils"]


def test_the_titles_follow_language_and_name_at_once(bench: Bench) -> None:
    """Language and name change between two exports, and the titles keep both."""
    _name(bench, "Votre société")
    assert run_here(bench, "export").code == 0
    _name(bench, "Martin")
    bench.setting('language = "fr"', 'language = "en"')
    assert run_here(bench, "export").code == 0
    assert _titles(bench) == ["Reminders — Martin", "Dashboard — Martin"]


def test_a_title_in_a_row_that_was_moved_down_is_found(bench: Bench) -> None:
    """Rows above the list keep its title from following the settings."""
    _name(bench, "Votre société")
    assert run_here(bench, "export").code == 0
    edit(bench, lambda book: book["Relances"].insert_rows(1, 2))
    _name(bench, "Martin")
    assert run_here(bench, "export").code == 0
    assert load_workbook(bench.workbook)["Relances"]["B3"].value == "Relances — Martin"


@pytest.mark.parametrize("typed", ["Suivi des impayés", "Relances — agence de Lyon", "=1+1", None])
def test_a_title_of_the_users_stays(exported: Bench, typed: str | None) -> None:
    """A title that somebody typed is written over."""
    edit(exported, lambda book: book["Relances"].__setitem__("B1", typed))
    _name(exported, "Martin")
    assert run_here(exported, "export").code == 0
    assert _titles(exported)[0] == typed
