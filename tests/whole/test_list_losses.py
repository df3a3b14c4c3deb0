"""A list that is empty or cut short, a workbook under another name: nothing typed is lost without a word."""

import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.support.bench import Bench
from tests.support.calc import saved_as

NUMBER = "FA2026-0187"


def _lines(bench: Bench) -> list[bytes]:
    return (bench.root / "impayes.csv").read_bytes().split(b"\r\n")


def _keep(bench: Bench, count: int) -> None:
    """Cut the list behind so many invoices."""
    (bench.root / "impayes.csv").write_bytes(b"\r\n".join([*_lines(bench)[: count + 1], b""]))


@pytest.mark.parametrize("kept", [0, 1, 15])
def test_a_list_that_lost_most_of_its_invoices_stops_everything(exported: Bench, kept: int) -> None:
    """An empty or half written list wipes every row that was not sent yet, without a word."""
    exported.write((NUMBER, "Par email", "x"), (NUMBER, "Commentaire", "appeler"))
    before = exported.workbook.read_bytes()
    _keep(exported, kept)
    for command in ("export", "check", "send --yes"):
        done = exported.run(*command.split())
        assert (done.code, "impayes.csv" in done.err) == (3, True), command
        assert "--shorter" in done.err
    assert exported.workbook.read_bytes() == before
    assert exported.run("export", "--shorter").code == 0
    assert len(exported.rows()) == kept


def test_a_list_that_lost_less_than_half_goes_on(exported: Bench) -> None:
    """A good week, in which many have paid, is refused."""
    _keep(exported, 25)
    assert exported.run("export").code == 0
    assert len(exported.rows()) == 25


def test_a_few_invoices_may_all_be_paid_but_one(exported: Bench) -> None:
    """A small company whose customers pay cannot go on."""
    _keep(exported, 9)
    assert exported.run("export", "--shorter").code == 0
    _keep(exported, 1)
    assert exported.run("export").code == 0
    assert len(exported.rows()) == 1


def test_a_first_list_without_invoices_is_refused(bench: Bench) -> None:
    """A list that holds nothing but titles is taken for good news."""
    _keep(bench, 0)
    done = bench.run("export")
    assert (done.code, bench.workbook.exists()) == (3, False)
    assert bench.run("export", "--shorter").code == 0


@pytest.mark.parametrize("rest", ["0,00", "0", "-0,00", "0,000", "0,004", "-0,004"])
def test_a_row_with_nothing_left_to_pay_is_no_unpaid_invoice(exported: Bench, rest: str) -> None:
    """A paid invoice that the list still has is told as a credit note, counted as unpaid, or chased."""
    exported.write((NUMBER, "Par email", "x"))
    exported.source("2 380,80;2380,80;EUR", f"2 380,80;{rest};EUR")
    check = exported.json("check")
    assert {line["invoice"]: line["outcome"] for line in check.reminders()} == {NUMBER: "held"}
    assert "avoir" not in check.reminders()[0]["reason"]
    assert exported.json("export").data["closed"] == [NUMBER]
    assert NUMBER not in {row["N° facture"] for row in exported.rows()}


def test_what_is_wrong_with_a_paid_row_stops_nobody(bench: Bench) -> None:
    """A paid row with a bad address keeps all others from being chased."""
    bench.source(
        "compta@dupont.example;28/05/2026;27/06/2026;2 380,80;2380,80", "personne;28/05/2026;27/06/2026;2 380,80;0"
    )
    assert bench.run("export").code == 0


@pytest.mark.parametrize(
    "name",
    [
        "relances (1).xlsx",
        "Ma liste.xlsx",
        "relances.ods",
        "relances.xls",
        "relances.old",
        "archives/2026/relances.xlsx",
    ],
)
def test_a_workbook_under_another_name_is_noticed(exported: Bench, name: str, tmp_path: Path) -> None:
    """A workbook that was renamed, or saved in Calc's own format, is forgotten with all that was typed into it."""
    exported.write((NUMBER, "Commentaire", "appeler"))
    (exported.root / name).parent.mkdir(parents=True, exist_ok=True)
    kind = name.rpartition(".")[2]
    if kind in {"ods", "xls"}:
        shutil.copy(saved_as(exported.workbook, kind, tmp_path / kind), exported.root / name)
        exported.workbook.unlink()
    else:
        exported.workbook.rename(exported.root / name)
    done = exported.run("export")
    assert (done.code, exported.workbook.exists()) == (4, False)
    assert name in done.err
    (exported.root / name).rename(tmp_path / "elsewhere")
    assert exported.run("export").code == 0


def test_a_workbook_that_is_gone_before_its_first_backup_is_told(exported: Bench, tmp_path: Path) -> None:
    """A workbook moved out of the folder is made anew without a word of what was typed into it."""
    exported.workbook.rename(tmp_path / "relances.xlsx")
    for command in ("check", "doctor"):
        done = exported.run(command)
        assert "n'est plus là" in done.out + done.err, command
    assert "n'est plus là" in exported.run("export").err


def test_a_first_export_alarms_nobody(bench: Bench) -> None:
    """Whoever begins is told that a workbook was lost, and learns to pass over the warning."""
    done = bench.json("export")
    assert (done.data["created"], done.data["warnings"]) == (True, [])


def test_any_other_workbook_beside_it_is_no_matter(bench: Bench) -> None:
    """The accountant's own spreadsheets in the folder keep the first export from being made."""
    assert bench.run("export").code == 0
    book = load_workbook(bench.workbook)
    for sheet in book.sheetnames[1:]:
        del book[sheet]
    for name in list(book.defined_names):
        del book.defined_names[name]
    book.save(bench.root / "budget.xlsx")
    (bench.root / "broken.xlsx").write_bytes(b"PK")
    bench.workbook.unlink()
    assert bench.run("export").code == 0


def test_letters_that_lack_what_the_company_is_are_told(exported: Bench) -> None:
    """A company half filled in sends letters with the example's address, and without a word of where to pay."""
    exported.write((NUMBER, "Par courrier", "x"))
    assert exported.json("check").data["warnings"] == []
    text = (exported.root / "relance.toml").read_text(encoding="utf-8")
    lines = [
        'iban = ""'
        if line.startswith("iban")
        else 'address = "1 rue de l\'Exemple"'
        if line.startswith("address")
        else line
        for line in text.splitlines()
    ]
    (exported.root / "relance.toml").write_text("\n".join(lines), encoding="utf-8")
    told = exported.json("check").data["warnings"]
    assert len(told) == 2
    assert "Exemple" in told[0]
    assert "iban" in told[1]
