"""Whose invoice a PDF is: no letter goes with another's, whatever name its file has and whenever it came."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance_xl.letters.invoices.text import invoice_text, others_named, spelt_numbers
from tests.support.bench import Bench, Outcome, pages
from tests.support.pdf_pages import one_page

NUMBER, OTHER = "FA2026-0187", "FA2026-0229"


def _held(report: Outcome) -> dict[str, str]:
    return {line["invoice"]: line["reason"] for line in report.reminders("held")}


def _file(bench: Bench, number: str) -> Path:
    return bench.root / "factures" / f"{number}.pdf"


@pytest.mark.parametrize("tick_other", [True, False])
def test_a_copy_under_another_name_is_the_sameone_page(exported: Bench, tick_other: bool) -> None:
    """Two customers get the same invoice, as its file was copied under the other's name."""
    _file(exported, OTHER).write_bytes(_file(exported, NUMBER).read_bytes())
    ticked = (NUMBER, OTHER) if tick_other else (NUMBER,)
    exported.write(*((number, "Par courrier", "x") for number in ticked), ("FA2026-0338", "Par courrier", "x"))
    for command in (("check",), ("send", "--yes")):
        report = exported.json(*command)
        assert report.code == 1
        assert _held(report).keys() == set(ticked)
        assert all(NUMBER in why and OTHER in why for why in _held(report).values())


def test_a_pdf_that_names_another_invoice_is_held(exported: Bench) -> None:
    """The accounts exported an invoice under a wrong number, and it goes to the wrong customer."""
    _file(exported, NUMBER).write_bytes(one_page(f"Facture {OTHER}", "NordLog Transports SAS", "2 284,20 EUR"))
    exported.write((NUMBER, "Par courrier", "x"), (NUMBER, "Par email", "x"))
    for command in (("check",), ("send", "--yes")):
        report = exported.json(*command)
        assert report.code == 1
        assert OTHER in _held(report)[NUMBER]


def test_a_pdf_of_a_scan_goes(exported: Bench) -> None:
    """An invoice that was scanned, or says no number, can no longer be sent."""
    _file(exported, NUMBER).write_bytes(one_page("Prestation de mai"))
    exported.write((NUMBER, "Par courrier", "x"))
    assert exported.json("send", "--yes").data["counts"] == {"printed": 1}
    assert "Prestation de mai" in exported.print_file()[1]


def test_a_pdf_replaced_while_letters_are_made_is_held(exported: Bench, tmp_path: Path) -> None:
    """An invoice's file that changed after it was checked stands behind the letter."""
    changed = one_page(f"Facture {NUMBER}", "une autre version")
    (tmp_path / "changed.pdf").write_bytes(changed)
    soffice = tmp_path / "soffice"
    soffice.write_text(
        f'#!/bin/sh\ncp "{tmp_path}/changed.pdf" "{_file(exported, NUMBER)}"\nexec soffice "$@"\n', encoding="utf-8"
    )
    soffice.chmod(0o755)
    exported.setting("[letters]", f'[letters]\nlibreoffice = "{soffice}"')
    exported.write((NUMBER, "Par courrier", "x"), (OTHER, "Par courrier", "x"))
    sent = exported.json("send", "--yes")
    assert sent.data["counts"] == {"printed": 1, "held": 1}
    assert f"{NUMBER}.pdf" in _held(sent)[NUMBER]
    assert not any("une autre version" in text for text in exported.print_file())
    again = exported.json("send", "--yes")
    assert again.data["counts"] == {"printed": 1, "already_done": 1}


def test_a_credit_note_that_is_another_paper_is_left_out(exported: Bench) -> None:
    """Behind a letter stands, as a credit note, the invoice of somebody else."""
    exported.setting('grouping = "invoice"', 'grouping = "customer"')
    (credit,) = (row["N° facture"] for row in exported.rows() if row["N° facture"].startswith("AV"))
    customer = exported.row(credit)["Code client"]
    rows = [row for row in exported.rows() if row["Code client"] == customer and row["N° facture"] != credit]
    _file(exported, credit).write_bytes(one_page(f"Facture {OTHER}"))
    exported.write(*((row["N° facture"], "Par courrier", "x") for row in rows))
    sent = exported.json("send", "--yes")
    assert sent.data["counts"].get("printed")
    texts = [" ".join(pages(exported.root / line["document"])) for line in sent.reminders("printed")]
    assert any(credit in text for text in texts)
    assert not any(OTHER in text for text in texts)


@pytest.mark.parametrize(
    ("text", "own", "others"),
    [
        ("Facture FA2026-0187 du 3 mai", "FA2026-0187", []),
        ("Facture FA 2026 0187 du 3 mai", "FA2026-0187", []),
        ("Facture n° FA2026/187", "FA2026-0187", []),
        ("Facture FA2026-0229", "FA2026-0187", ["FA2026-0229"]),
        ("FACTURE : fa2026-0229.", "FA2026-0187", ["FA2026-0229"]),
        ("Facture FA2026-0229 annule FA2026-0187", "FA2026-0187", []),
        ("Facture FA2026-02291", "FA2026-0187", []),
        ("69007 Lyon, 20 000 €", "FA2026-0187", []),
        ("Facture n° 69007", "FA2026-0187", ["69007"]),
        ("Invoice 10234", "10233", ["10234"]),
        ("Prestation 10234", "10233", []),
        ("", "FA2026-0187", []),
        ("Facture FA2026-0229, total 1 020,26 EUR-0187", "FA2026-1", ["FA2026-0229"]),
        ("Invoice 10234, 10 233,00 EUR", "10233", ["10234"]),
        ("Facture FA2026-0229 du 11/12/1999", "12-1", ["FA2026-0229"]),
    ],
)
def test_what_names_an_invoice(text: str, own: str, others: list[str]) -> None:
    """A postal code is taken for an invoice, or another's invoice for the right one."""
    listed = spelt_numbers(["FA2026-0187", "FA2026-0229", "69007", "10233", "10234"])
    assert others_named(text, own, listed) == others


_LISTED = ("2026-010", "2026-025", "10-2026", "1249", "1250", "1251", "F12", "F13", "12", "FA-12", "FA-12-2", "FA2026-0187",
           "FA2026-0229")  # fmt: skip


@pytest.mark.parametrize(
    ("text", "own", "other"),
    [
        ("Facture 2026-025\nDate 2026-10-14", "2026-010", "2026-025"),
        ("Facture 2026-025\nDate 14-10-2026", "10-2026", "2026-025"),
        ("Facture 2026-025\nPériode 10/2026", "10-2026", "2026-025"),
        ("Facture n° 1251\nTotal TTC 1250,00 EUR", "1250", "1251"),
        ("Facture n°1251\nTotal 1250 EUR", "1250", "1251"),
        ("Facture n° 1251\nTotal : 1250", "1250", "1251"),
        ("Code client 1250\nFacture n° 1251", "1250", "1251"),
        ("Client n° 1250 - Facture n° 1251", "1250", "1251"),
        ("1250 rue de la Gare\nImprimerie de la Gare - Facture n° 1251", "1250", "1251"),
        ("FACTURE\r\n1251\r\n1250 pièces", "1250", "1251"),
        ("Rechnungs-Nr.: 1251\nBetrag 1250.00", "1250", "1251"),
        ("Invoice number: 1251 / 1250 items", "1250", "1251"),
        ("Facture d'acompte n° 1251 pour 1250 pièces", "1250", "1251"),
        ("Facture du 14/10/2026 n° 1251 pour 1250 pièces", "1250", "1251"),
        ("Facture F13\nClient C7", "F12", "F13"),
        ("Facture F13\nbâtiment F 12", "F12", "F13"),
        ("Facture n° 12\nTotal 100,00", "F13", "12"),
        ("Facture FA-12-2", "FA-12", "FA-12-2"),
        ("Facture FA 2026 0229", "FA2026-0187", "FA2026-0229"),
        ("Facture n° FA 2026/229", "FA2026-0187", "FA2026-0229"),
    ],
)
def test_a_date_or_an_amount_does_not_make_it_the_right_one(text: str, own: str, other: str) -> None:
    """A customer gets somebody else's invoice, as a date, an amount or a house number looks like the right number."""
    assert others_named(text, own, spelt_numbers(_LISTED)) == [other]


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Facture n° 1251\nAvoir sur facture n° 1250", "1251"),
        ("Avoir sur facture n° 1250\nFacture n° 1251", "1251"),
        ("Numéro Date\n1251 14/10/2026\nAvoir sur facture n° 1250", "1251"),
        ("N° facture Date Client\n1251 14/10/2026 C5\nvoir facture n° 1250", "1251"),
        ("1251\nFactures précédentes\nFacture 1249 12,00\nFacture 1250 13,00", "1251"),
        ("Numéro : 1251\nFacture 1250", "1251"),
        ("Numéro de facture : 01251\nFacture 1250", "1251"),
        ("Facture n°1251\nFacture 1250", "1251"),
        ("Facture 2026/10\nannule la facture 2026-025", "2026-010"),
        ("Facture n° 2026 - 010, remplace la facture n° 2026-025", "2026-010"),
        ("FA 2026 187\nFacture FA2026-0229 annulée", "FA2026-0187"),
        ("Facture : F 12\nsolde de la facture F13", "F12"),
        ("F12 14/10/2026\nacompte facture F13", "F12"),
        ("Facture 1/2\nPrestation", "F13"),
        ("Montant facture : 1250,00", "1251"),
        ("Total facture 1 250,00", "1251"),
        ("Client n° 1250", "1251"),
        ("Facture FA-12 - 2 pages", "FA-12"),
        ("", "1251"),
    ],
)
def test_an_invoice_that_names_others_beside_its_own_number_goes(text: str, own: str) -> None:
    """An invoice that tells of a credit note or of earlier ones can no longer be sent."""
    assert others_named(text, own, spelt_numbers(_LISTED)) == []


def test_two_invoices_of_short_numbers_that_were_swapped_are_held(exported: Bench) -> None:
    """Two customers get each other's invoice, as their numbers are too short to be looked for."""
    exported.add("F12", "F13")
    for number, said in (("F12", "F13"), ("F13", "F12")):
        _file(exported, number).write_bytes(one_page(f"Facture {said}", f"Total 100,00 {said}"))
    exported.run("export")
    exported.write(("F12", "Par courrier", "x"), ("F13", "Par courrier", "x"))
    held = _held(exported.json("check"))
    assert held.keys() == {"F12", "F13"}


def test_an_invoice_whose_file_is_named_after_its_customer_too_goes(exported: Bench) -> None:
    """An invoice that says the name of its own file is held as another's."""
    exported.setting('invoices = "factures/{number}.pdf"', 'invoices = "factures/{number}-{customer}.pdf"')
    name = f"{NUMBER}-{exported.row(NUMBER)['Code client']}"
    _file(exported, name).write_bytes(one_page(f"Facture {name}"))
    exported.write((NUMBER, "Par courrier", "x"))
    assert _held(exported.json("check")) == {}


@given(st.text(), st.text(min_size=1))
def test_a_text_with_its_own_number_is_its_own(text: str, own: str) -> None:
    """Some text around the number hides it."""
    assert others_named(f"{text} {own} {text}", own, spelt_numbers([own, "FA2026-0229"])) == []


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4\n", b"nothing"])
def test_what_cannot_be_read_says_nothing(data: bytes) -> None:
    """A damaged file stops the program with a foreign error."""
    assert invoice_text(data) == ""


def _of_a_paid_invoice(bench: Bench, *lines: str) -> None:
    paid = one_page(*lines)
    (bench.root / "factures" / "FA2025-0911.pdf").write_bytes(paid)
    _file(bench, NUMBER).write_bytes(paid)


@pytest.mark.parametrize("lines", [("Prestation de mai",), ("Facture FA2025-0911", "12 rue des Lilas")])
def test_the_pdf_of_an_invoice_that_was_paid_is_held(exported: Bench, lines: tuple[str, ...]) -> None:
    """A customer gets the invoice of somebody who has paid, as its file was copied under the wrong name."""
    _of_a_paid_invoice(exported, *lines)
    exported.write((NUMBER, "Par courrier", "x"))
    assert "FA2025-0911" in _held(exported.json("check"))[NUMBER]


def test_an_invoice_kept_under_two_names_goes(exported: Bench) -> None:
    """Who keeps a copy of an invoice beside it can no longer send it."""
    _of_a_paid_invoice(exported, f"Facture {NUMBER}")
    scan = one_page("Prestation de juin")
    for name in (OTHER, f"{OTHER} signée", f"copie de {OTHER}"):
        _file(exported, name).write_bytes(scan)
    exported.write((NUMBER, "Par courrier", "x"), (OTHER, "Par courrier", "x"))
    assert _held(exported.json("check")) == {}
