"""What stands over an invoice's number, and lines of the user's below the list: told where nothing is asked for."""

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.support.bench import Bench
from tests.support.in_process import edit, run_here
from tests.support.places import POST

_NUMBER, _OTHER = "FA2026-0309", "FA2026-0343"
_TYPED = f"{_NUMBER} (payé)"


def _column(sheet: Worksheet, title: str) -> int:
    return next(int(cell.column) for cell in sheet[5] if cell.value == title)


@pytest.mark.parametrize("typed", [_TYPED, "à voir", "payé le 12", "999"])
def test_a_note_over_a_number_stops_nothing(exported: Bench, typed: str) -> None:
    """“(payé)” behind one invoice's number keeps all letters from being sent, and the list from being brought up to date."""
    cell = exported.cell(_NUMBER, "N° facture")
    exported.write((_OTHER, "Par courrier", "x"), (_NUMBER, "N° facture", typed), (_NUMBER, "Commentaire", "vu"))
    done = run_here(exported, "check")
    assert (done.code, f"Relances!{cell}" in done.err, typed in done.err) == (0, True, True), done.err
    done = run_here(exported, "export")
    said = " ".join(done.err.split())
    assert (done.code, f"{_NUMBER} : {typed}" in said) == (0, True), said
    assert exported.row(_NUMBER)["Commentaire"] == "vu"
    assert exported.row(_OTHER)["Par courrier"] == "x"
    assert "(payé)" not in run_here(exported, "export").err


def test_a_note_over_a_number_stops_no_letter_of_others(exported: Bench) -> None:
    """A note in one row keeps another row's letter from being made."""
    exported.write((_OTHER, "Par courrier", "x"), (_NUMBER, "N° facture", _TYPED))
    assert run_here(exported, "send", "--yes", "--json").data["counts"] == {"printed": 1}


@pytest.mark.parametrize("ticked", ["row", "all"])
def test_in_a_row_that_asks_for_something_it_is_refused(exported: Bench, ticked: str) -> None:
    """A letter is sent for a row that says “payé” where its number was."""
    cell = exported.cell(_NUMBER, "N° facture")
    if ticked == "row":
        exported.write((_NUMBER, "Par courrier", "x"))
    else:
        edit(exported, lambda book: book["Relances"].__setitem__(f"{POST}4", "x"))
    exported.write((_NUMBER, "N° facture", _TYPED))
    for command in (("check",), ("send", "--yes"), ("export",)):
        done = run_here(exported, *command)
        assert (done.code, f"Relances!{cell}" in done.err) == (4, True), (command, done)
        assert done.err.count(f"Relances!{cell}") == 1


def test_numbers_that_were_exchanged_are_refused(exported: Bench) -> None:
    """A part of the table was sorted, with no tick in it: ticks typed later go to other customers."""
    one, other = exported.cell(_NUMBER, "N° facture"), exported.cell(_OTHER, "N° facture")

    def exchange(book: Workbook) -> None:
        sheet = book["Relances"]
        sheet[one], sheet[other] = _OTHER, _NUMBER

    edit(exported, exchange)
    for command in (("check",), ("send", "--yes"), ("export",)):
        done = run_here(exported, *command)
        assert (done.code, one in done.err, other in done.err) == (4, True, True), (command, done)


@pytest.mark.parametrize("label", ["Total", "Sous-total", "TOTAL 2026", "Nb coches", None])
@pytest.mark.parametrize("typed", [1, "oui"])
def test_a_line_below_the_list_is_not_ticked(exported: Bench, label: object, typed: object) -> None:
    """A count typed below the column of ticks stops every letter as an invoice added by hand."""
    exported.write((_OTHER, "Par courrier", "x"))

    def total(book: Workbook) -> None:
        sheet = book["Relances"]
        row = sheet.max_row + 1
        sheet.cell(row, _column(sheet, "N° facture")).value = label  # type: ignore[assignment]
        sheet.cell(row, _column(sheet, "Par email")).value = typed  # type: ignore[assignment]

    edit(exported, total)
    assert run_here(exported, "check", "--json").data["counts"] == {"planned": 1}
    assert run_here(exported, "export").code == 0


def test_an_invoice_added_by_hand_is_refused(exported: Bench) -> None:
    """A ticked invoice that is in no list is passed over in silence."""

    def add(book: Workbook) -> None:
        sheet = book["Relances"]
        row = sheet.max_row + 1
        sheet.cell(row, _column(sheet, "N° facture")).value = "FA2026-0999"
        sheet.cell(row, _column(sheet, "Par email")).value = "x"

    edit(exported, add)
    assert run_here(exported, "check").code == 4
