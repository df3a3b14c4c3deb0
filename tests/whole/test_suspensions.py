"""An invoice is left alone while somebody says so, and comes back by itself: through exports, sends, old copies."""

import shutil
from datetime import date

import pytest
from openpyxl import load_workbook

from tests.support.bench import DAY, Bench

NUMBER, OTHER = "FA2026-0187", "FA2026-0229"
TOLD = "promesse du 12/12 non tenue"


def _tick_all(bench: Bench, name: str = "relance_tous_courriers", text: str | None = "x") -> None:
    book = load_workbook(bench.workbook)
    place = book.defined_names[name].attr_text.rpartition("!")[2].replace("$", "")
    book["Relances"][place] = text
    book.save(bench.workbook)


def _outcomes(bench: Bench, command: str = "check", day: str = DAY) -> dict[str, str]:
    lines = bench.json(command, *(("--yes",) if command == "send" else ()), day=day).reminders()
    return {line["invoice"]: line["outcome"] for line in lines}


def _suspend(bench: Bench, motive: str, until: object = None, number: str = NUMBER) -> None:
    bench.write((number, "Suspension", motive), (number, "Jusqu'au", until))


@pytest.mark.parametrize("motive", ["litige", "Promesse", "échéancier", "attente", "irrecouvrable", "payment plan"])
def test_a_suspended_invoice_is_left_alone(exported: Bench, motive: str) -> None:
    """A customer who disputes, promises or pays by instalments is chased all the same."""
    _suspend(exported, motive)
    exported.write((NUMBER, "Par courrier", "x"))
    lines = exported.json("check").reminders()
    assert [(line["invoice"], line["outcome"]) for line in lines] == [(NUMBER, "held")]
    assert (
        motive.casefold()[:5] in lines[0]["reason"].casefold()
        or motive == "payment plan"
        or "irr" in lines[0]["reason"]
    )
    exported.write((NUMBER, "Par courrier", None))
    _tick_all(exported)
    assert NUMBER not in _outcomes(exported)


def test_a_promise_holds_to_the_end_of_its_day_and_is_then_told(exported: Bench) -> None:
    """A promise for the 12th is called broken on the 12th, or nobody hears of it on the 13th."""
    _suspend(exported, "promesse", date(2026, 12, 12))
    assert exported.json("export", day="2026-12-12").code == 0
    row = exported.row(NUMBER)
    assert (row["Suspension"], row["Jusqu'au"].date(), row["Envoi"], row["Statut"]) == (
        "promesse", date(2026, 12, 12), "suspendue", None,
    )  # fmt: skip
    _tick_all(exported)
    assert NUMBER not in _outcomes(exported, day="2026-12-12")
    # From the next day on the row is due, without an export in between, too.
    assert _outcomes(exported, day="2026-12-13")[NUMBER] == "planned"
    exported.json("export", day="2026-12-13")
    assert TOLD in exported.row(NUMBER)["Statut"]
    assert exported.row(NUMBER)["Envoi"].startswith("courrier")
    assert _outcomes(exported, "send", day="2026-12-13")[NUMBER] == "printed"
    # It has had its consequence: the next reminder is not its matter.
    exported.json("export", day="2026-12-14")
    row = exported.row(NUMBER)
    assert (row["Suspension"], row["Jusqu'au"]) == (None, None)
    assert TOLD not in str(row["Statut"])


def test_a_suspension_outlasts_exports_sends_and_sorting(exported: Bench) -> None:
    """A promise is forgotten with the next export, or once the invoice was reminded."""
    exported.write((NUMBER, "Par courrier", "x"))
    assert _outcomes(exported, "send")[NUMBER] == "printed"
    _suspend(exported, "échéancier", date(2027, 1, 15))
    for day in ("2026-11-25", "2026-12-02"):
        exported.json("export", day=day)
        row = exported.row(NUMBER)
        assert (row["Suspension"], row["Jusqu'au"].date()) == ("échéancier", date(2027, 1, 15))
    exported.type((OTHER, "Par courrier", "x"))
    assert _outcomes(exported, "send", day="2026-12-02") == {OTHER: "printed"}
    exported.json("export", day="2026-12-03")
    assert exported.row(NUMBER)["Suspension"] == "échéancier"


@pytest.mark.parametrize("noted_by", ["export", "send"])
def test_an_old_copy_does_not_take_a_promise_back(exported: Bench, noted_by: str) -> None:
    """Whoever saves an old copy over the workbook lets a customer be chased who has promised."""
    old = exported.root.parent / "copy.xlsx"
    shutil.copy(exported.workbook, old)
    _suspend(exported, "promesse", date(2026, 12, 12))
    exported.write((OTHER, "Par courrier", "x"))
    exported.json(noted_by, *(("--yes",) if noted_by == "send" else ()))
    shutil.copy(old, exported.workbook)
    exported.write((NUMBER, "Par courrier", "x"))
    held = [line for line in exported.json("check").reminders() if line["invoice"] == NUMBER]
    assert held[0]["reason_code"] == "suspended" if "reason_code" in held[0] else "12/12/2026" in held[0]["reason"]
    report = exported.json("export")
    assert any(NUMBER in one and "promesse" in one for one in report.data["warnings"])
    assert exported.row(NUMBER)["Suspension"] == "promesse"


@pytest.mark.parametrize("noted_by", ["export", "send"])
def test_a_suspension_that_is_cleared_is_gone(exported: Bench, noted_by: str) -> None:
    """A dispute that was settled comes back by itself, so the debt is never chased."""
    _suspend(exported, "litige")
    exported.write((OTHER, "Par courrier", "x"))
    exported.json(noted_by, *(("--yes",) if noted_by == "send" else ()))
    _suspend(exported, "", None)
    exported.write((NUMBER, "Par courrier", "x"))
    assert _outcomes(exported)[NUMBER] == "planned"
    exported.json("export")
    assert exported.row(NUMBER)["Suspension"] in {None, ""}
    assert _outcomes(exported)[NUMBER] == "planned"


def test_a_suspension_comes_back_with_its_invoice_column_and_workbook(exported: Bench) -> None:
    """A promise is lost with a deleted column, an invoice that leaves the list for a week, or a new workbook."""
    _suspend(exported, "promesse", date(2026, 12, 20))
    exported.json("export")
    book = load_workbook(exported.workbook)
    book["Relances"].delete_cols(book["Relances"][exported.cell(NUMBER, "Suspension")].column, 2)
    book.save(exported.workbook)
    exported.json("export")
    assert exported.row(NUMBER)["Jusqu'au"].date() == date(2026, 12, 20)
    list_of_then = (exported.root / "impayes.csv").read_bytes()
    exported.pay(NUMBER)
    exported.json("export")
    (exported.root / "impayes.csv").write_bytes(list_of_then)
    exported.json("export")
    assert exported.row(NUMBER)["Suspension"] == "promesse"
    exported.workbook.unlink()
    exported.json("export")
    assert exported.row(NUMBER)["Suspension"] == "promesse"


def test_a_lost_journal_does_not_take_a_suspension_away(exported: Bench) -> None:
    """A deleted .relance folder clears what the sheet still shows."""
    _suspend(exported, "litige")
    exported.json("export")
    shutil.rmtree(exported.root / ".relance")
    exported.json("export")
    assert exported.row(NUMBER)["Suspension"] == "litige"


def test_another_customers_invoice_of_that_number_is_not_suspended(exported: Bench) -> None:
    """A promise protects somebody else's debt, as the number was given again."""
    _suspend(exported, "promesse", date(2026, 12, 20))
    exported.json("export")
    exported.source(f"{NUMBER};C001;Dupont & Fils <SARL>", f"{NUMBER};C099;Autre SA")
    exported.json("export")
    assert exported.row(NUMBER)["Suspension"] is None
    exported.write((NUMBER, "Par courrier", "x"))
    assert _outcomes(exported)[NUMBER] == "planned"


def test_what_is_no_motive_or_no_day_is_named_where_it_matters(exported: Bench) -> None:
    """A slip in the column Suspension lets a customer be chased, or stops everything though its row asks for nothing."""
    _suspend(exported, "promise tenue ?", "demain")
    report = exported.run("check")
    assert report.code == 0
    assert "promise tenue ?" in report.err
    exported.write((NUMBER, "Par courrier", "x"))
    report = exported.run("send", "--yes")
    assert report.code == 4
    assert exported.cell(NUMBER, "Suspension") in report.err
    assert "demain" in report.err
    exported.write((NUMBER, "Par courrier", None))
    assert exported.json("export").code == 0
    assert exported.row(NUMBER)["Suspension"] == "promise tenue ?"


def test_calc_says_at_once_what_is_suspended(exported: Bench) -> None:
    """The column Sending promises a letter to whom the next send leaves alone, until an export says otherwise."""
    exported.type(
        (NUMBER, "Par courrier", "x"),
        (NUMBER, "Suspension", "promesse"),
        (NUMBER, "Jusqu'au", "31/12/2099"),
        (OTHER, "Par courrier", "x"),
        (OTHER, "Suspension", "promesse"),
        (OTHER, "Jusqu'au", "01/11/2026"),
    )
    assert exported.row(NUMBER)["Envoi"] == "suspendue"
    assert exported.row(OTHER)["Envoi"].startswith("courrier")


def _promises(bench: Bench) -> str:
    rows = load_workbook(bench.workbook)["Tableau de bord"].iter_rows(max_row=4, values_only=True)
    return next((str(value) for row in rows for value in row if str(value).startswith("Promesses")), "")


def test_the_dashboard_counts_promises_as_they_are_on_its_day(exported: Bench) -> None:
    """The dashboard calls a promise running that was broken, or says it a week late."""
    _suspend(exported, "promesse", date(2026, 12, 12))
    _suspend(exported, "promesse", date(2026, 12, 20), OTHER)
    exported.json("export")
    assert _promises(exported).endswith("en cours\u00a0: 2")
    exported.json("export", day="2026-12-13")
    assert _promises(exported).endswith("en cours\u00a0: 1, non tenues\u00a0: 1")
    exported.pay(OTHER)
    exported.json("export", day="2026-12-14")
    assert _promises(exported).endswith("tenues\u00a0: 1, non tenues\u00a0: 1")
    assert "en cours" not in _promises(exported)
