"""Calls: a tick puts a line on the sheet of calls; what somebody writes down there becomes history and suspension."""

from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.support.bench import DAY, Bench, pages

# Of Dupont & Fils, who has several invoices.
NUMBER, CODE = "FA2026-0187", "C001"
OTHER = "FA2026-0229"


def _calls(bench: Bench) -> list[dict[str, Any]]:
    """Return the rows of the sheet of calls, with their row numbers as "#"."""
    rows = list(load_workbook(bench.workbook)["Appels"].iter_rows(values_only=True))
    titles = [str(title) for title in rows[0]]
    named = [{**dict(zip(titles, row, strict=True)), "#": number} for number, row in enumerate(rows[1:], start=2)]
    return [row for row in named if row["Réf."]]


def _write_down(
    bench: Bench,
    reached: str,
    result: str = "",
    day: object = None,
    report: str = "",
    row: int = 2,
    called_on: object = None,
) -> None:
    book = load_workbook(bench.workbook)
    sheet = book["Appels"]
    titles = {str(cell.value): int(cell.column or 0) for cell in sheet[1]}
    entries = {"Appelé le": called_on, "Joint": reached, "Suite": result, "Pour le": day, "Compte rendu": report}
    for title, value in entries.items():
        sheet.cell(row, titles[title]).value = value or None  # type: ignore[assignment]
    book.save(bench.workbook)


def _call(bench: Bench, *numbers: str) -> None:
    bench.write(*((number, "Par téléphone", "x") for number in numbers))
    assert bench.json("send", "--yes").code == 0


def _history(bench: Bench) -> list[dict[str, Any]]:
    return [row for row in bench.rows("Historique") if row["Mode"] == "Téléphone"]


def _mine(bench: Bench) -> list[str]:
    return [str(row["N° facture"]) for row in bench.rows() if row["Code client"] == CODE and float(row["Créance"]) > 0]


def test_a_tick_puts_one_line_a_customer_on_the_sheet(shipped: Bench) -> None:
    """A call to make is not on the sheet, is there twice, or makes a letter."""
    first, second, *_others = _mine(shipped)
    _call(shipped, first, second)
    (call,) = _calls(shipped)
    assert (call["Code client"], call["Joint"]) == (CODE, None)
    assert set(call["Factures"].split(", ")) == {first, second}
    # What a caller asks for is what is owed, credit notes taken off.
    notes = sum(float(row["Créance"]) for row in shipped.rows() if row["Code client"] == CODE and row["Créance"] < 0)
    owed = notes + sum(float(shipped.row(number)["Créance"]) for number in (first, second))
    assert notes < 0
    assert round(float(call["Montant"]), 2) == round(owed, 2)
    assert not (shipped.root / "lots" / f"{DAY}-001").exists()
    assert "appeler" in shipped.row(first)["Statut"]
    report = shipped.json("send", "--yes")
    assert {line["outcome"] for line in report.reminders()} == {"already_done"}
    shipped.json("export")
    assert len(_calls(shipped)) == 1
    assert _history(shipped) == []
    # A call that waits keeps no letter from being sent.
    shipped.write((first, "Par courrier", "x"))
    assert shipped.json("send", "--yes").data["counts"]["printed"] == 1


@pytest.mark.parametrize("reader", ["export", "send"])
def test_who_was_reached_and_promised_is_left_alone(shipped: Bench, reader: str) -> None:
    """A promise made on the phone is forgotten, or the call does not count as a reminder."""
    _call(shipped, NUMBER)
    _write_down(shipped, "oui", "promesse", date(2026, 12, 16), "M. Dupont, virement le 16")
    if reader == "send":
        shipped.write((OTHER, "Par courrier", "x"))
    assert shipped.json(reader, *(("--yes",) if reader == "send" else ())).code == 0
    shipped.json("export")
    (row,) = _history(shipped)
    assert (row["N° facture"], row["Résultat"], row["Niveau"]) == (NUMBER, "joint", "Relance simple")
    assert "virement le 16" in row["Commentaire"]
    assert "16/12/2026" in row["Commentaire"]
    mine = shipped.row(NUMBER)
    assert (mine["Suspension"], mine["Jusqu'au"].date(), mine["Niveau"]) == (
        "promesse",
        date(2026, 12, 16),
        "Relance ferme",
    )
    assert _calls(shipped)[0]["Traité le"] is not None
    shipped.write((NUMBER, "Par courrier", "x"))
    held = [line for line in shipped.json("check").reminders() if line["invoice"] == NUMBER]
    assert [line["reason_code"] for line in held] == ["suspended"]
    shipped.write((NUMBER, "Par courrier", None))
    shipped.json("export", day="2026-12-17")
    assert "promesse du 16/12 non tenue" in shipped.row(NUMBER)["Statut"]


@pytest.mark.parametrize("reached", ["non", "message"])
def test_who_was_not_reached_stays_due(shipped: Bench, reached: str) -> None:
    """A call that nobody answered counts as a reminder, or leaves no trace."""
    _call(shipped, NUMBER)
    _write_down(shipped, reached, report="répondeur")
    shipped.json("export")
    (row,) = _history(shipped)
    assert (row["N° facture"], row["Résultat"]) == (NUMBER, "non joint")
    mine = shipped.row(NUMBER)
    assert (mine["Niveau"], mine["Coché avec tous"]) == ("Relance simple", 1)
    # The next call is another line.
    _call(shipped, NUMBER)
    assert [call["Traité le"] is None for call in _calls(shipped)] == [False, True]
    _write_down(shipped, "oui", "litige", report="conteste le prix", row=3)
    shipped.json("export")
    assert [one["Résultat"] for one in _history(shipped)] == ["non joint", "joint"]
    assert shipped.row(NUMBER)["Suspension"] == "litige"


def test_check_counts_what_was_written_down(shipped: Bench) -> None:
    """check would chase who has promised on the phone, until an export has read it."""
    _call(shipped, NUMBER)
    _write_down(shipped, "oui", "promesse", date(2026, 12, 16))
    before = shipped.journal.read_bytes()
    shipped.write((NUMBER, "Par courrier", "x"))
    assert [line["outcome"] for line in shipped.json("check").reminders()] != ["planned"]
    assert shipped.journal.read_bytes() == before


def test_a_call_for_what_was_paid_is_no_longer_to_make(shipped: Bench) -> None:
    """A customer is called for an invoice that they have paid."""
    first, second, *_others = _mine(shipped)
    _call(shipped, first, second)
    shipped.pay(first)
    shipped.json("export")
    (call,) = _calls(shipped)
    assert call["Factures"] == second
    assert call["Traité le"] is None
    shipped.pay(second)
    shipped.json("export")
    assert _calls(shipped)[0]["Traité le"] is not None


def test_what_cannot_be_understood_is_told_and_stops_its_own_invoices(shipped: Bench) -> None:
    """A slip in the sheet of calls is passed over, and who promised is chased; or it stops everybody."""
    _call(shipped, NUMBER)
    _write_down(shipped, "oui", "promesse", "demain matin")
    shipped.write((OTHER, "Par courrier", "x"))
    told = shipped.run("check")
    assert told.code == 0
    assert "demain matin" in told.err
    assert "Appels!" in told.err
    shipped.write((NUMBER, "Par courrier", "x"))
    refused = shipped.run("send", "--yes")
    assert refused.code == 4
    assert "demain matin" in refused.err


def test_the_customers_contact_and_number_stand_beside_the_call(shipped: Bench) -> None:
    """Whoever calls has to look for the number elsewhere; the mode "téléphone" is passed over."""
    book = load_workbook(shipped.workbook)
    sheet = book["Clients"]
    titles = {str(cell.value): int(cell.column or 0) for cell in sheet[1]}
    row = next(row for row in range(2, 99) if sheet.cell(row, titles["Code client"]).value == CODE)
    for title, value in (("Contact", "Mme Lopez"), ("Téléphone", "04 78 00 00 00"), ("Mode", "téléphone")):
        sheet.cell(row, titles[title]).value = value
    place = book.defined_names["relance_tous_preferes"].attr_text.rpartition("!")[2].replace("$", "")
    book["Relances"][place] = "x"
    book.save(shipped.workbook)
    report = shipped.json("send", "--yes")
    mine = {line["invoice"]: line["channel"] for line in report.reminders() if line["invoice"] in _mine(shipped)}
    assert set(mine.values()) == {"phone"}
    (call,) = _calls(shipped)
    assert (call["Contact"], call["Téléphone"]) == ("Mme Lopez", "04 78 00 00 00")


def test_a_partly_sorted_sheet_of_calls_is_refused(shipped: Bench) -> None:
    """Whoever sorts the sheet without its hidden column gives one customer's promise to another."""
    shipped.write((NUMBER, "Par téléphone", "x"), ("FA2026-0309", "Par téléphone", "x"))
    assert shipped.json("send", "--yes").code == 0
    _write_down(shipped, "oui", "promesse", date(2026, 12, 16))
    book = load_workbook(shipped.workbook)
    sheet = book["Appels"]
    first, second = [[cell.value for cell in sheet[row]] for row in (2, 3)]
    for row, values in ((2, second), (3, first)):
        for column, value in enumerate(values[1:], start=2):
            sheet.cell(row, column).value = value
    book.save(shipped.workbook)
    for command in ("check", "export"):
        report = shipped.run(command)
        assert (report.code, report.err.count("Appels!G")) == (4, 2), command


def test_a_copied_row_counts_once(shipped: Bench) -> None:
    """Who copies a row to write down a second attempt has what they wrote ignored, or counted twice."""
    _call(shipped, NUMBER)
    book = load_workbook(shipped.workbook)
    sheet = book["Appels"]
    for column, cell in enumerate(list(sheet[2]), start=1):
        sheet.cell(3, column).value = cell.value
    book.save(shipped.workbook)
    _write_down(shipped, "oui", "promesse", date(2026, 12, 16))
    _write_down(shipped, "oui", "promesse", date(2026, 12, 20), row=3)
    told = shipped.json("export").data["warnings"]
    assert any("Appels!N2" in one and "Appels!N3" in one for one in told)
    assert _history(shipped) == []
    _write_down(shipped, "", row=2)
    shipped.json("export")
    assert shipped.row(NUMBER)["Jusqu'au"].date() == date(2026, 12, 20)
    assert len(_history(shipped)) == 1
    assert all(row["Traité le"] for row in _calls(shipped))


def test_what_is_changed_in_a_settled_call_is_told(shipped: Bench) -> None:
    """The day of a promise is corrected in the sheet of calls, nothing happens, and nobody is told."""
    _call(shipped, NUMBER)
    _write_down(shipped, "oui", "promesse", date(2026, 12, 1))
    shipped.json("export")
    _write_down(shipped, "oui", "promesse", date(2026, 12, 15))
    told = shipped.json("export", day="2026-11-25").data["warnings"]
    assert any("Appels!N2" in one for one in told)
    assert shipped.row(NUMBER)["Jusqu'au"].date() == date(2026, 12, 1)


def test_a_call_is_of_the_day_on_which_it_was_made(shipped: Bench) -> None:
    """A call that waited for two weeks makes the next level due on the very day on which it was made."""
    _call(shipped, NUMBER)
    _write_down(shipped, "oui", "autre")
    shipped.json("export", day="2026-12-10")
    (row,) = _history(shipped)
    assert row["Date"].date() == date(2026, 12, 10)
    assert shipped.row(NUMBER)["Relance prévue le"].date() > date(2026, 12, 20)


def test_a_call_beside_a_letter_leaves_the_credit_on_the_letter(shipped: Bench) -> None:
    """A call that is ticked beside a letter takes the credit notes off it: too much is asked for."""
    first, second, *_others = _mine(shipped)
    shipped.write((first, "Par courrier", "x"))
    assert shipped.run("preview").code == 0
    alone = pages(shipped.root / "apercu.pdf")
    shipped.write((first, "Par téléphone", "x"), (second, "Par téléphone", "x"))
    assert shipped.run("preview").code == 0
    assert pages(shipped.root / "apercu.pdf") == alone
    assert any("(avoir)" in page for page in alone)


def test_a_call_is_settled_in_its_sheet(shipped: Bench) -> None:
    """Resolve says of a call to make that the next send finishes it, or does not know its word."""
    _call(shipped, NUMBER)
    for key in (f"{NUMBER}/1/téléphone", f"{NUMBER}/1/phone"):
        report = shipped.run("resolve", key, "sent")
        assert (report.code, "Appels" in report.err) == (2, True), key


def test_nobody_gives_formal_notice_by_phone(shipped: Bench) -> None:
    """A call counts as formal notice, and the invoice goes to litigation without any letter."""
    shipped.write((NUMBER, "Niveau", "Mise en demeure"))
    _call(shipped, NUMBER)
    _write_down(shipped, "oui", "autre")
    shipped.json("export")
    (row,) = _history(shipped)
    assert row["Niveau"] == "Relance ferme"
    assert shipped.row(NUMBER)["Niveau"] == "Mise en demeure"


def test_a_call_has_the_day_that_was_written_down(shipped: Bench) -> None:
    """A letter says "our reminder of the 10th", the day of an export, where the call was on the 3rd."""
    _call(shipped, NUMBER)
    _write_down(shipped, "oui", "autre", called_on=date(2026, 12, 24))
    told = shipped.json("export", day="2026-12-10").data["warnings"]
    assert any("Appels!K2" in one for one in told)
    assert _history(shipped) == []
    _write_down(shipped, "oui", "autre", called_on=date(2026, 12, 3))
    shipped.json("export", day="2026-12-10")
    (row,) = _history(shipped)
    assert row["Date"].date() == date(2026, 12, 3)
    assert shipped.row(NUMBER)["Dernière relance"].date() == date(2026, 12, 3)


def test_who_asks_to_be_called_again_is_due_on_that_day(shipped: Bench) -> None:
    """Somebody asks to be called again on the 1st, and is due two weeks later, or before that day."""
    _call(shipped, NUMBER)
    _write_down(shipped, "oui", "à rappeler", date(2026, 12, 1))
    shipped.json("export")
    assert shipped.row(NUMBER)["Coché avec tous"] == 0
    shipped.json("export", day="2026-12-01")
    row = shipped.row(NUMBER)
    assert (row["Relance prévue le"].date(), row["Coché avec tous"]) == (date(2026, 12, 1), 1)


def test_an_announced_payment_is_a_promise(shipped: Bench) -> None:
    """A payment announced for the 1st does not come, and nobody hears of it."""
    _call(shipped, NUMBER)
    _write_down(shipped, "oui", "paiement annoncé", date(2026, 12, 1))
    shipped.json("export")
    assert shipped.row(NUMBER)["Suspension"] == "promesse"
    shipped.json("export", day="2026-12-02")
    assert "non tenue" in shipped.row(NUMBER)["Statut"]


def test_a_row_of_ones_own_among_the_calls_is_told(shipped: Bench) -> None:
    """Who writes down a call that came in believes that it is taken up."""
    book = load_workbook(shipped.workbook)
    titles = {str(cell.value): int(cell.column or 0) for cell in book["Appels"][1]}
    for title, value in {"Client": "Dupont & Fils <SARL>", "Joint": "oui", "Suite": "litige"}.items():
        book["Appels"].cell(2, titles[title]).value = value
    book.save(shipped.workbook)
    assert any("Appels!B2" in one for one in shipped.json("export").data["warnings"])


def test_what_was_said_on_the_phone_outlasts_a_cleared_cell(shipped: Bench) -> None:
    """The old suspension is cleared and a promise written down in one go: the customer is chased."""
    shipped.write((NUMBER, "Suspension", "attente"), (NUMBER, "Jusqu'au", date(2026, 11, 30)))
    shipped.json("export")
    shipped.write((NUMBER, "Suspension", None), (NUMBER, "Jusqu'au", None))
    _call(shipped, NUMBER)
    shipped.write((NUMBER, "Suspension", "attente"), (NUMBER, "Jusqu'au", date(2026, 11, 26)))
    _write_down(shipped, "oui", "promesse", date(2026, 12, 16))
    shipped.json("export")
    row = shipped.row(NUMBER)
    assert (row["Suspension"], row["Jusqu'au"].date()) == ("promesse", date(2026, 12, 16))


def test_calls_that_wait_say_what_is_so_now(shipped: Bench) -> None:
    """The caller asks for what was paid meanwhile, or calls somebody whom nobody is to remind."""
    _call(shipped, NUMBER, "FA2026-0309")
    book = load_workbook(shipped.workbook)
    sheet = book["Clients"]
    titles = {str(cell.value): int(cell.column or 0) for cell in sheet[1]}
    row = next(row for row in range(2, 60) if sheet.cell(row, titles["Code client"]).value == CODE)
    sheet.cell(row, titles["Téléphone"]).value = "04 78 00 00 00"
    book.save(shipped.workbook)
    shipped.write(("FA2026-0309", "Suspension", "litige"))
    shipped.json("export")
    calls = {str(one["Factures"]): one for one in _calls(shipped)}
    assert calls[NUMBER]["Téléphone"] == "04 78 00 00 00"
    assert calls["FA2026-0309"]["Traité le"] is not None


def test_a_letter_and_a_call_of_one_reminder_count_from_the_later(shipped: Bench) -> None:
    """A call that is made weeks after the letter beside it makes the next level due on the same day."""
    shipped.write((NUMBER, "Par courrier", "x"))
    _call(shipped, NUMBER)
    _write_down(shipped, "oui", "autre")
    shipped.json("export", day="2026-12-20")
    assert shipped.row(NUMBER)["Relance prévue le"].date() > date(2026, 12, 30)


def test_calls_go_beside_one_way_too_and_doctor_knows_them(shipped: Bench) -> None:
    """`--only` forgets the calls, or doctor asks for ever to finish a call by a send."""
    shipped.write((NUMBER, "Par téléphone", "x"))
    assert shipped.json("send", "--yes", "--only", "post").code == 0
    assert len(_calls(shipped)) == 1
    assert "relance-xl send" not in shipped.run("doctor", day=None).out
