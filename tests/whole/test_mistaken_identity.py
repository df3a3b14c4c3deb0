"""What was written of one customer never reaches another, and what is one customer has one row."""

from datetime import date
from typing import Any
from unittest.mock import patch

import pytest
from openpyxl import load_workbook

from tests.support.bench import Bench
from tests.support.pdf_pages import one_page

TITLES = "Numéro;Code client;Client;Adresse;Code postal;Ville;Email;Date;Échéance;Montant TTC;Reste à payer;Devise;Professionnel"


def _list(bench: Bench, *rows: str) -> None:
    """Write the list of unpaid invoices: number, code, name, street, postal code, town, email."""
    tail = ";01/09/2026;30/09/2026;120,00;120,00;EUR;oui"
    text = "\r\n".join([TITLES, *(row + tail for row in rows)]) + "\r\n"
    (bench.root / "impayes.csv").write_bytes(text.encode("cp1252"))
    for row in rows:
        number = row.partition(";")[0]
        (bench.root / "factures" / f"{number}.pdf").write_bytes(one_page(f"Facture {number}"))


def _export(bench: Bench) -> list[str]:
    report = bench.json("export", "--shorter")
    assert report.code == 0, report.out
    told: list[str] = report.data["warnings"]
    return told


def _customers(bench: Bench) -> list[dict[str, Any]]:
    rows = list(load_workbook(bench.workbook)["Clients"].iter_rows(values_only=True))
    titles = [str(title) for title in rows[0]]
    return [dict(zip(titles, row, strict=True)) for row in rows[1:] if row[0] or row[2]]


def _write_down(bench: Bench, name: str, title: str, value: str) -> None:
    book = load_workbook(bench.workbook)
    sheet = book["Clients"]
    titles = {str(cell.value): int(cell.column or 0) for cell in sheet[1]}
    row = next(row for row in range(2, 60) if sheet.cell(row, titles["Client"]).value == name)
    sheet.cell(row, titles[title]).value = value
    book.save(bench.workbook)


def _planned(bench: Bench) -> dict[str, list[str]]:
    return {line["invoice"]: line["recipients"] for line in bench.json("check").reminders("planned")}


def test_a_shared_code_bequeaths_nothing(bench: Bench) -> None:
    """One `DIVERS` leaves the list, another comes: the invoice is emailed to a stranger."""
    for street in (";;", "1 rue A;69001;Lyon"):
        bench.workbook.unlink(missing_ok=True)
        _list(bench, f"F1;DIVERS;Martin;{street};martin@liste.example", "F0;C5;Autre;2 rue B;69002;Lyon;autre@liste.example",
              "F9;DIVERS;Petit;9 rue Z;69009;Lyon;petit@liste.example")  # fmt: skip
        _export(bench)
        _write_down(bench, "Martin", "Emails", "perso@martin.example")
        _export(bench)
        _list(
            bench,
            f"F3;DIVERS;Durand;{street};durand@liste.example",
            "F0;C5;Autre;2 rue B;69002;Lyon;autre@liste.example",
        )
        _export(bench)
        bench.write(("F3", "Par email", "x"))
        assert _planned(bench) == {"F3": ["durand@liste.example"]}
        assert {row["Emails"] for row in _customers(bench) if row["Client"] == "Martin"} == {"perso@martin.example"}


def test_sorting_a_part_of_the_customers_is_refused_without_codes_too(bench: Bench) -> None:
    """Whoever sorts the sheet without its hidden column sends one customer's invoice to another."""
    rows = ("F1;;Alpha;;;Lyon;a@liste.example", "F2;;Beta;;;Lyon;b@liste.example", "F3;;Gamma;;;Lyon;g@liste.example")
    _list(bench, *rows)
    _export(bench)
    _write_down(bench, "Alpha", "Emails", "compta@alpha.example")
    _export(bench)
    book = load_workbook(bench.workbook)
    sheet = book["Clients"]
    first, last = [[cell.value for cell in sheet[row]] for row in (2, 4)]
    for row, values in ((2, last), (4, first)):
        for column, value in enumerate(values[1:], start=2):
            sheet.cell(row, column).value = value
    book.save(bench.workbook)
    bench.write(("F3", "Par email", "x"))
    report = bench.run("check")
    assert report.code == 4
    assert "Clients!" in report.err


def test_one_customer_at_two_addresses_has_one_row(bench: Bench) -> None:
    """ "Never" in one of a customer's two rows does not stop the reminders of the other."""
    _list(bench, "F1;C1;Dupont;1 rue A;69001;Lyon;d@liste.example", "F2;C1;Dupont;Zone B;69009;Lyon;d@liste.example")
    _export(bench)
    assert [row["Client"] for row in _customers(bench)] == ["Dupont"]
    _write_down(bench, "Dupont", "Relances", "jamais")
    bench.write(("F1", "Par courrier", "x"), ("F2", "Par courrier", "x"))
    assert _planned(bench) == {}


def test_who_moved_paid_and_comes_back_has_one_row(bench: Bench) -> None:
    """A customer who moved gets a second row, and every command ends with a fault that nobody made."""
    other = "F0;C5;Autre;2 rue B;69002;Lyon;autre@liste.example"
    _list(bench, "F1;C1;Dupont;1 rue A;69001;Lyon;d@liste.example", other)
    _export(bench)
    bench.write(("F1", "Par courrier", "x"))
    bench.json("send", "--yes")
    _list(bench, "F1;C1;Dupont;Zone B;69009;Lyon;d@liste.example", other)
    _export(bench)
    _list(bench, other)
    _export(bench)
    assert sum(row["Client"] == "Dupont" for row in _customers(bench)) == 1
    _list(bench, "F11;C1;Dupont;Zone C;69008;Lyon;d@liste.example", other)
    _export(bench)
    assert sum(row["Client"] == "Dupont" for row in _customers(bench)) == 1


def test_comments_and_own_cells_come_back_after_a_send_too(bench: Bench) -> None:
    """In the normal week (send, then export) whatever was typed beside an invoice that leaves is lost for good."""
    other = "F0;C5;Autre;2 rue B;69002;Lyon;autre@liste.example"
    rows = ("F1;C1;Dupont;1 rue A;69001;Lyon;d@liste.example", other)
    _list(bench, *rows)
    _export(bench)
    book = load_workbook(bench.workbook)
    sheet = book["Relances"]
    column = sheet.max_column + 1
    sheet.cell(5, column).value = "Mon suivi"
    row = next(one for one in range(6, 20) if sheet.cell(one, 2).value == "F1")
    sheet.cell(row, column).value = "=> voir Paul"
    sheet.cell(row, column).data_type = "s"
    book.save(bench.workbook)
    bench.write(("F1", "Commentaire", "Ne pas tutoyer"), ("F1", "Par courrier", "x"))
    assert bench.json("send", "--yes").data["counts"] == {"printed": 1}
    _list(bench, other)
    _export(bench)
    _list(bench, *rows)
    told = _export(bench)
    assert any("F1" in one for one in told)
    assert (bench.row("F1")["Commentaire"], bench.row("F1")["Mon suivi"]) == ("Ne pas tutoyer", "=> voir Paul")
    assert bench.row("F1")["Niveau"] == "Relance ferme"


def test_a_mistyped_year_and_a_day_alone_are_told(exported: Bench) -> None:
    """A promise for last year suspends nothing, vanishes, and nobody hears of it."""
    exported.write(
        ("FA2026-0187", "Suspension", "promesse"),
        ("FA2026-0187", "Jusqu'au", date(2025, 12, 16)),
        ("FA2026-0229", "Jusqu'au", date(2026, 12, 16)),
    )
    for command in ("check", "export"):
        told = exported.json(command).data["warnings"]
        assert any("FA2026-0187" in one and "16/12/2025" in one for one in told), command
        assert any("FA2026-0229" in one and "motif" in one for one in told), command
    assert exported.row("FA2026-0187")["Suspension"] == "promesse"


def test_a_suspension_makes_nothing_due_that_is_not(exported: Bench) -> None:
    """An invoice that is not due yet is chased, as its suspension ended."""
    number = next(row["N° facture"] for row in exported.rows() if row["Échéance"].date() > date(2026, 12, 10))
    for motive in ("attente", "promesse"):
        exported.write((number, "Suspension", motive), (number, "Jusqu'au", date(2026, 11, 26)))
        exported.json("export", day="2026-11-25")
        exported.json("export", day="2026-11-28")
        assert exported.row(number)["Coché avec tous"] == 0, motive


def test_what_is_taken_back_after_a_no_is_taken_back(bench: Bench) -> None:
    """ "Never" is cleared, the question is answered with no, the word is typed again: and the customer is written to."""
    _list(bench, "F1;C1;Alpha;1 rue A;69001;Lyon;a@liste.example", "F2;C2;Beta;2 rue B;69002;Lyon;b@liste.example",
          "F3;C3;Gamma;3 rue C;69003;Lyon;c@liste.example")  # fmt: skip
    _export(bench)
    _write_down(bench, "Alpha", "Emails", "bonne@alpha.example")
    _write_down(bench, "Beta", "Relances", "jamais")
    _export(bench)
    _write_down(bench, "Alpha", "Emails", "fausse@autre.example")
    _write_down(bench, "Beta", "Relances", "")
    bench.write(*((number, "Par email", "x") for number in ("F1", "F2", "F3")), ("F3", "Suspension", "litige"))
    assert bench.run("send").code == 1
    _write_down(bench, "Alpha", "Emails", "bonne@alpha.example")
    _write_down(bench, "Beta", "Relances", "jamais")
    bench.write(("F3", "Suspension", None))
    sent = bench.json("send", "--yes")
    made = {line["invoice"]: line["recipients"] for line in sent.reminders("accepted")}
    assert made == {"F1": ["bonne@alpha.example"], "F3": ["c@liste.example"]}
    # What held when it was sent is noted, and an old copy takes none of it back.
    assert [line["invoice"] for line in sent.reminders("held")] == ["F2"]


def test_what_was_typed_beside_an_invoice_that_left_comes_back(bench: Bench) -> None:
    """A promise typed on Monday is forgotten, as the list of Tuesday lacked the invoice; so is the address."""
    other = "F0;C5;Autre;2 rue B;69002;Lyon;autre@liste.example"
    rows = ("F1;C1;Alpha;1 rue A;69001;Lyon;", other)
    _list(bench, *rows)
    _export(bench)
    bench.write(
        ("F1", "Suspension", "promesse"), ("F1", "Jusqu'au", date(2026, 12, 16)), ("F1", "Email", "a@moi.example")
    )
    _list(bench, other)
    _export(bench)
    assert {row["Client"]: row["Emails"] for row in _customers(bench)}["Alpha"] == "a@moi.example"
    _list(bench, *rows, "F7;C1;Alpha;1 rue A;69001;Lyon;")
    _export(bench)
    assert (bench.row("F1")["Suspension"], bench.row("F1")["Jusqu'au"].date()) == ("promesse", date(2026, 12, 16))
    assert bench.row("F7")["Email"] == "a@moi.example"


def test_entries_wait_for_the_same_person_of_a_shared_code(bench: Bench) -> None:
    """An invoice comes back booked to another `DIVERS`: the letter goes to the address of the first."""
    durand = "F3;DIVERS;Durand;9 rue D;69009;Lyon;d@liste.example"
    other = "F0;C5;Autre;2 rue B;69002;Lyon;autre@liste.example"
    _list(bench, "F1;DIVERS;Martin;3 rue M;69003;Lyon;m@liste.example", durand, other)
    _export(bench)
    bench.write(
        ("F1", "Email", "a-moi@martin.example"), ("F1", "Commentaire", "Martin"), ("F1", "Suspension", "litige")
    )
    _list(bench, other)
    _export(bench)
    _list(bench, "F1;DIVERS;Durand;9 rue D;69009;Lyon;d@liste.example", other)
    _export(bench)
    row = bench.row("F1")
    assert (row["Email"], row["Commentaire"], row["Suspension"]) == ("d@liste.example", None, None)


def test_another_name_and_address_under_one_code_is_told(bench: Bench) -> None:
    """A customer who sold the firm and moved is reminded again in spite of "never", and nobody is told."""
    _list(bench, "F1;C1;Alpha;1 rue A;69001;Lyon;a@liste.example")
    _export(bench)
    _write_down(bench, "Alpha", "Relances", "jamais")
    bench.write(("F1", "Suspension", "litige"))
    _export(bench)
    _list(bench, "F1;C1;Holding;8 rue H;75008;Paris;a@liste.example")
    told = _export(bench)
    assert any("Alpha → Holding (C1)" in one for one in told)
    # The invoice is the same, and so is its dispute.
    assert bench.row("F1")["Suspension"] == "litige"
    bench.write(("F1", "Suspension", None), ("F1", "Par courrier", "x"))
    assert _planned(bench) == {}
    # Whoever says that it is another customer is believed.
    _write_down(bench, "Holding", "Notes", "racheté")
    assert not any("Holding" in one for one in _export(bench))
    bench.write(("F1", "Par courrier", "x"))
    assert set(_planned(bench)) == {"F1"}


def test_without_its_hidden_column_the_sheet_is_read_by_code_and_name(bench: Bench) -> None:
    """Whoever deletes the column of ids has what is typed then ignored: "never" does not hold."""
    _list(bench, "F1;C1;Alpha;1 rue A;69001;Lyon;a@liste.example", "F2;C2;Beta;2 rue B;69002;Lyon;b@liste.example")
    _export(bench)
    book = load_workbook(bench.workbook)
    book["Clients"].delete_cols(1)
    book.save(bench.workbook)
    book = load_workbook(bench.workbook)
    sheet = book["Clients"]
    titles = {str(cell.value): int(cell.column or 0) for cell in sheet[1]}
    row = next(row for row in range(2, 9) if sheet.cell(row, titles["Client"]).value == "Beta")
    sheet.cell(row, titles["Relances"]).value = "jamais"
    book.save(bench.workbook)
    bench.write(("F1", "Par email", "x"), ("F2", "Par email", "x"))
    assert set(_planned(bench)) == {"F1"}
    _export(bench)
    assert {one["Client"]: one["Relances"] for one in _customers(bench)} == {"Alpha": None, "Beta": "jamais"}


def test_an_export_tells_of_cells_that_it_cannot_read(exported: Bench) -> None:
    """A suspension that is mistyped suspends nothing until somebody sends."""
    exported.write(("FA2026-0187", "Suspension", "litije"))
    _write_down(exported, "Agence Bleu Pétrole", "Emails", "pas une adresse")
    told = exported.json("export").data["warnings"]
    assert any("FA2026-0187" in one and "illisible" in one for one in told)
    assert any("pas une adresse" in one and "Clients!" in one for one in told)


def test_a_renamed_workbook_is_named_by_check_too(exported: Bench) -> None:
    """Check says that there is no workbook and to make one: the export that follows refuses."""
    exported.workbook.rename(exported.root / "relances (1).xlsx")
    for command in (("check",), ("send", "--yes")):
        report = exported.run(*command)
        assert (report.code, "relances (1).xlsx" in report.err) == (4, True), command


OTHER = "F0;C5;Autre;2 rue B;69002;Lyon;autre@liste.example"


def test_an_older_word_of_the_journal_undoes_nothing(bench: Bench) -> None:
    """A name is spelt anew and back: what was noted under the first spelling outweighs what was corrected since."""
    spelt = {name: f"F1;C1;{name};1 rue A;69001;Lyon;" for name in ("Alpha", "Alpha SA")}
    for name, emails in (("Alpha", "ancienne@alpha.example"), ("Alpha SA", "nouvelle@alpha.example")):
        _list(bench, spelt[name], OTHER)
        _export(bench)
        _write_down(bench, name, "Emails", emails)
        _export(bench)
    _list(bench, spelt["Alpha"], OTHER)
    bench.write(("F1", "Par email", "x"))
    assert _planned(bench) == {"F1": ["nouvelle@alpha.example"]}
    _export(bench)
    # Cleared in the very week in which the customer moves.
    _write_down(bench, "Alpha", "Emails", "")
    _list(bench, "F1;C1;Alpha;8 rue H;75008;Paris;juste@alpha.example", OTHER)
    _export(bench)
    bench.write(("F1", "Par email", "x"))
    assert _planned(bench) == {"F1": ["juste@alpha.example"]}


def test_an_address_beside_an_invoice_is_taken_up_once(bench: Bench) -> None:
    """The customer's address is corrected in their sheet, and the one that stood beside an invoice comes back."""
    rows = [f"F{number};C1;Alpha;1 rue A;69001;Lyon;" for number in (1, 2)]
    _list(bench, *rows, OTHER)
    _export(bench)
    bench.write(("F1", "Email", "fausse@autre.example"), ("F1", "Par email", "x"))
    assert bench.json("send", "--yes").data["counts"] == {"accepted": 1}
    _write_down(bench, "Alpha", "Emails", "bonne@alpha.example")
    bench.write(("F0", "Par email", "x"))
    assert bench.json("send", "--yes").data["counts"]["accepted"] == 1
    _export(bench)
    assert bench.row("F2")["Email"] == "bonne@alpha.example"
    bench.write(("F2", "Par email", "x"))
    assert _planned(bench) == {"F2": ["bonne@alpha.example"]}


@pytest.mark.parametrize("codes", [("", "C1"), ("C1", ""), ("C1", "411C1")])
def test_codes_that_come_go_or_change_lose_nothing(bench: Bench, codes: tuple[str, str]) -> None:
    """The accounts get new codes, and all that was written of customers is lost."""
    before, after = (f"F1;{code};Alpha;1 rue A;69001;Lyon;a@liste.example" for code in codes)
    _list(bench, before, OTHER)
    _export(bench)
    _write_down(bench, "Alpha", "Relances", "jamais")
    _export(bench)
    _list(bench, after, OTHER)
    _export(bench)
    bench.write(("F1", "Par email", "x"))
    assert _planned(bench) == {}
    assert [(row["Client"], row["Relances"]) for row in _customers(bench) if row["Client"] == "Alpha"] == [
        ("Alpha", "jamais")
    ]


def test_two_people_of_one_code_at_one_address_stay_two(bench: Bench) -> None:
    """In a block of flats the neighbour gets the invoices of who has moved out."""
    durand = "F2;DIVERS;Durand;1 rue A;69001;Lyon;durand@liste.example"
    _list(bench, "F1;DIVERS;Martin;1 rue A;69001;Lyon;", durand, OTHER)
    _export(bench)
    _write_down(bench, "Martin", "Emails", "perso@martin.example")
    _export(bench)
    _list(bench, durand, OTHER)
    bench.write(("F2", "Par email", "x"))
    assert _planned(bench) == {"F2": ["durand@liste.example"]}
    _export(bench)
    assert {row["Client"]: row["Emails"] for row in _customers(bench)}["Martin"] == "perso@martin.example"


def test_a_row_of_ones_own_is_merged_with_the_customers(bench: Bench) -> None:
    """Somebody writes "never" into a row of their own, of a customer who has one: it is gone after the next export."""
    beta = "F2;C2;Beta;3 rue C;69003;Lyon;b@liste.example"
    _list(bench, beta, OTHER)
    _export(bench)
    _write_down(bench, "Beta", "Notes", "connu")
    _list(bench, OTHER)
    _export(bench)
    book = load_workbook(bench.workbook)
    sheet = book["Clients"]
    titles = {str(cell.value): int(cell.column or 0) for cell in sheet[1]}
    for title, value in {"Code client": "C2", "Client": "Beta", "Relances": "jamais"}.items():
        sheet.cell(9, titles[title]).value = value
    book.save(bench.workbook)
    _export(bench)
    _list(bench, beta, OTHER)
    _export(bench)
    assert [(row["Relances"], row["Notes"]) for row in _customers(bench) if row["Client"] == "Beta"] == [
        ("jamais", "connu")
    ]
    bench.write(("F2", "Par email", "x"))
    assert _planned(bench) == {}


def test_a_run_that_ended_in_between_undoes_nothing(bench: Bench) -> None:
    """An export dies before it writes the workbook; what is put back into a cell then counts as if nobody had touched it."""
    _list(bench, "F2;C2;Beta;3 rue C;69003;Lyon;b@liste.example", OTHER)
    _export(bench)
    _write_down(bench, "Beta", "Relances", "jamais")
    bench.write(("F0", "Suspension", "litige"))
    _export(bench)
    _write_down(bench, "Beta", "Relances", "")
    bench.write(("F0", "Suspension", None))
    with patch("relance_xl.commands.export._store", side_effect=OSError("disk full")):
        assert bench.run("export").code != 0
    _write_down(bench, "Beta", "Relances", "jamais")
    bench.write(("F0", "Suspension", "litige"), ("F0", "Par email", "x"), ("F2", "Par email", "x"))
    assert _planned(bench) == {}


def test_an_older_journal_undoes_nothing_that_is_to_be_seen(bench: Bench) -> None:
    """The journal is taken back from a backup, and the "never" that stands in the sheet is erased."""
    _list(bench, "F2;C2;Beta;3 rue C;69003;Lyon;b@liste.example", OTHER)
    _export(bench)
    for value in ("jamais", ""):
        _write_down(bench, "Beta", "Relances", value)
        bench.write(("F0", "Suspension", "litige" if value else None))
        _export(bench)
    old = bench.journal.read_bytes()
    _write_down(bench, "Beta", "Relances", "jamais")
    bench.write(("F0", "Suspension", "litige"))
    _export(bench)
    bench.journal.write_bytes(old)
    bench.write(("F0", "Par email", "x"), ("F2", "Par email", "x"))
    assert _planned(bench) == {}
    _export(bench)
    assert bench.row("F0")["Suspension"] == "litige"
    assert {row["Client"]: row["Relances"] for row in _customers(bench)}["Beta"] == "jamais"


def test_a_number_that_lost_its_zeros_finds_its_suspension(bench: Bench) -> None:
    """A disputed invoice 0012 leaves, comes back as 12, and is chased."""
    row = ";C1;Alpha;1 rue A;69001;Lyon;a@liste.example"
    _list(bench, f"0012{row}", OTHER)
    _export(bench)
    bench.write(("0012", "Suspension", "litige"))
    _list(bench, OTHER)
    _export(bench)
    _list(bench, f"12{row}", OTHER)
    _export(bench)
    assert bench.row("0012")["Suspension"] == "litige"


def test_customers_without_their_codes_column_are_known_by_name(bench: Bench) -> None:
    """Who deletes the column of codes can do nothing any more: each command says that the table was sorted."""
    _list(bench, "F2;C2;Beta;3 rue C;69003;Lyon;b@liste.example", OTHER)
    _export(bench)
    _write_down(bench, "Beta", "Relances", "jamais")
    book = load_workbook(bench.workbook)
    book["Clients"].delete_cols(2)
    book.save(bench.workbook)
    bench.write(("F2", "Par email", "x"))
    assert _planned(bench) == {}
    _export(bench)
    assert {row["Client"]: row["Code client"] for row in _customers(bench)}["Beta"] == "C2"
