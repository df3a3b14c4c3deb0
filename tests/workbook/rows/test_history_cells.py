"""Cells of the history sheet that cannot be read: they matter for the invoices to be chased, and stop nothing else."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.bench import Bench
from tests.support.in_process import edit, here

_SENT, _OTHER = "FA2026-0296", "FA2026-0229"
_LATER = "2027-01-20"


@pytest.fixture
def sent(exported: Bench) -> Bench:
    """Return a dossier in which one invoice was reminded of."""
    exported.write((_SENT, "Par courrier", "x"))
    assert here(exported, "send", "--yes").code == 0
    return exported


def _spoil(bench: Bench, title: str, value: str | int) -> str:
    letter = bench.column(title, "Historique")
    edit(bench, lambda book: book["Historique"].__setitem__(f"{letter}2", value))
    return f"Historique!{letter}2"


@pytest.mark.parametrize("value", ["fin mars", "#N/A", 7])
def test_a_bad_date_stops_only_the_invoice_that_it_is_of(sent: Bench, value: str | int) -> None:
    """One slip in the history keeps every other invoice from being chased, or is passed over when its own is."""
    cell = _spoil(sent, "Prochaine relance", value)
    sent.write((_OTHER, "Par email", "x"))
    check = here(sent, "check")
    assert check.code == 0
    assert any(cell in text for text in check.data["warnings"])
    export = here(sent, "export")
    assert export.code == 0
    assert any(cell in text for text in export.data["warnings"])
    assert here(sent, "send", "--yes").data["counts"] == {"accepted": 1}
    sent.write((_SENT, "Par courrier", "x"))
    refused = sent.run("send", "--yes", day=_LATER)
    assert (refused.code, cell in refused.err) == (4, True)


def test_a_damaged_reference_in_the_history_is_told(sent: Bench) -> None:
    """An error in a hidden cell of the history stops all commands, or new lines are written over that row."""
    cell = _spoil(sent, "Relance", "#N/A")
    sent.write((_OTHER, "Par email", "x"))
    check = here(sent, "check")
    assert check.code == 0
    assert any(cell in text for text in check.data["warnings"])
    assert here(sent, "send", "--yes").data["counts"]["accepted"] == 1
    assert here(sent, "export").code == 0
    assert {row["N° facture"] for row in sent.rows("Historique")} == {_SENT, _OTHER}


def test_a_damaged_reference_in_the_list_is_written_anew(exported: Bench) -> None:
    """An error in a hidden cell of the list stops export for good."""
    exported.write((_SENT, "Par email", "x"), (_SENT, "Commentaire", "vu"))
    letter, row = exported.column("Réf."), exported.row_of(_SENT)
    edit(exported, lambda book: book["Relances"].__setitem__(f"{letter}{row}", "#N/A"))
    assert here(exported, "check").code == 4
    assert here(exported, "export").code == 0
    now: dict[str, Any] = exported.row(_SENT)
    assert (now["Réf."], now["Par email"], now["Commentaire"]) == (f"{_SENT}/1", "x", "vu")


def test_a_number_that_a_spreadsheet_made_of_a_text_is_still_the_invoice(bench: Bench, tmp_path: Path) -> None:
    """Invoices numbered 0309 can no longer be chased once a program took the zero away."""
    bench.source(f"{_SENT};", "0309;")
    (bench.root / "factures" / f"{_SENT}.pdf").rename(bench.root / "factures" / "0309.pdf")
    assert here(bench, "export").code == 0
    bench.write(("0309", "Par courrier", "x"))
    letter, row = bench.column("N° facture"), bench.row_of("0309")
    edit(bench, lambda book: book["Relances"].__setitem__(f"{letter}{row}", 309))
    assert [line["invoice"] for line in here(bench, "check").reminders()] == ["0309"]
    assert here(bench, "export").code == 0
    now = bench.row("0309")
    assert now["Par courrier"] == "x"
