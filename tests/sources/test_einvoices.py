"""Electronic invoices: what they say, what they fill in, whom they hold; hostile ones end soon."""

import io
import json
import os
import subprocess
import sys
import time
import zlib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pikepdf import AttachedFileSpec, Dictionary, Name, Pdf
from reportlab.pdfgen.canvas import Canvas

from relance_xl.letters.invoices.attached import attached_einvoice
from relance_xl.sources.einvoices.reading import read_einvoice
from relance_xl.sources.einvoices.xml import NotEInvoiceError

_CII = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocument><ram:ID>{number}</ram:ID><ram:TypeCode>{kind}</ram:TypeCode>
<ram:IssueDateTime><udt:DateTimeString format="102">20260801</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction><ram:ApplicableHeaderTradeAgreement>
<ram:SellerTradeParty><ram:Name>Nous</ram:Name></ram:SellerTradeParty>
<ram:BuyerTradeParty><ram:Name>{buyer}</ram:Name><ram:PostalTradeAddress><ram:PostcodeCode>35000</ram:PostcodeCode>
<ram:LineOne>4 rue Haute</ram:LineOne><ram:LineTwo>Bât. B</ram:LineTwo><ram:CityName>Rennes</ram:CityName>
<ram:CountryID>FR</ram:CountryID></ram:PostalTradeAddress>
<ram:URIUniversalCommunication><ram:URIID schemeID="EM">compta@ferrand.example</ram:URIID></ram:URIUniversalCommunication>
</ram:BuyerTradeParty></ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>{currency}</ram:InvoiceCurrencyCode>
<ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime><udt:DateTimeString format="102">20260831</udt:DateTimeString>
</ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms><ram:SpecifiedTradeSettlementHeaderMonetarySummation>
<ram:GrandTotalAmount>{total}</ram:GrandTotalAmount><ram:DuePayableAmount>{total}</ram:DuePayableAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"""
_UBL = """<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"><cbc:ID>F1</cbc:ID>
<cbc:IssueDate>2026-08-01</cbc:IssueDate><cbc:DueDate>2026-08-31</cbc:DueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode><cac:AccountingCustomerParty><cac:Party>
<cac:PartyName><cbc:Name>Ferrand SARL</cbc:Name></cac:PartyName><cac:PostalAddress><cbc:StreetName>4 rue Haute</cbc:StreetName>
<cbc:CityName>Rennes</cbc:CityName><cbc:PostalZone>35000</cbc:PostalZone><cac:Country><cbc:IdentificationCode>FR</cbc:IdentificationCode>
</cac:Country></cac:PostalAddress><cac:Contact><cbc:ElectronicMail>compta@ferrand.example</cbc:ElectronicMail></cac:Contact>
</cac:Party></cac:AccountingCustomerParty><cac:LegalMonetaryTotal><cbc:TaxInclusiveAmount currencyID="EUR">120.00</cbc:TaxInclusiveAmount>
<cbc:PayableAmount currencyID="EUR">20.00</cbc:PayableAmount></cac:LegalMonetaryTotal></Invoice>"""


def _cii(
    number: str = "F1", buyer: str = "Ferrand SARL", total: str = "120.00", currency: str = "EUR", kind: str = "380"
) -> bytes:
    return _CII.format(number=number, buyer=buyer, total=total, currency=currency, kind=kind).encode()


def _pdf(path: Path, text: str, attached: bytes = b"", name: str = "factur-x.xml") -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(72, 720, text)
    canvas.save()
    with Pdf.open(buffer) as pdf:
        if attached:
            pdf.attachments[name] = AttachedFileSpec(pdf, attached, filename=name)
        pdf.save(path)


@pytest.mark.parametrize("form", ["cii", "ubl"])
def test_what_an_electronic_invoice_says(form: str) -> None:
    """An address, an email or a due date is read from the wrong place."""
    said = read_einvoice(_cii() if form == "cii" else _UBL.encode())
    assert (said.number, said.buyer, said.issued, said.due) == (
        "F1",
        "Ferrand SARL",
        date(2026, 8, 1),
        date(2026, 8, 31),
    )
    assert (said.email, said.address[0], said.postal_code, said.city, said.country) == (
        "compta@ferrand.example", "4 rue Haute", "35000", "Rennes", "FR",
    )  # fmt: skip
    assert (said.currency, said.total, said.is_credit) == ("EUR", Decimal("120.00"), False)
    assert read_einvoice(_cii(kind="381")).is_credit


_BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "'
    + b"a" * 1000
    + b'">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + step, b"&%c;" % (97 + step) * 10) for step in range(9))
    + b"]><Invoice>&j;</Invoice>"
)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<a/>", b"<Invoice/>", _BOMB, b"\xff\xfe", b"<Invoice>" * 5000, b"<Invoice>" + b"x" * 20_000_000,
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Invoice><ID>&e;</ID></Invoice>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY e "y">]><Invoice><ID>&e;</ID></Invoice>'.encode("utf-16"),
    ],
    ids=lambda data: f"{len(data)} bytes",
)  # fmt: skip
def test_what_is_no_electronic_invoice_ends_soon(data: bytes) -> None:
    """A hostile attachment eats the computer, or brings a file of it into a letter."""
    begun = time.monotonic()
    with pytest.raises(NotEInvoiceError):
        read_einvoice(data)
    assert time.monotonic() - begun < 5


def test_an_attachment_that_unpacks_to_a_gigabyte_is_none(tmp_path: Path) -> None:
    """A PDF of a megabyte takes all of the memory."""
    path = tmp_path / "F1.pdf"
    _pdf(path, "F1", _cii())
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(b"\0" * 10_000_000) for _part in range(100)) + packer.flush()
    with Pdf.open(path, allow_overwriting_input=True) as pdf:
        spec = pdf.attachments["factur-x.xml"].obj
        stream = pdf.make_stream(bomb)
        stream[Name.Filter] = Name.FlateDecode
        spec.EF = Dictionary(F=stream)
        pdf.save(path, stream_decode_level=None, compress_streams=False)
    begun = time.monotonic()
    assert attached_einvoice(path.read_bytes()) is None
    assert time.monotonic() - begun < 5


def _run(root: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "relance_xl", "-d", str(root), "--lang", "fr", *words],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False, env=dict(os.environ),
    )  # fmt: skip


@pytest.fixture
def dossier(tmp_path: Path) -> Path:
    """Return a folder with a list of one invoice without address, email or PDF."""
    _run(tmp_path, "init", "--sample")
    (tmp_path / "impayes.csv").write_text(
        "N° facture;Client;Échéance;Montant TTC;Solde\nF1;Ferrand;31/08/2026;120,00;20,00\n", encoding="utf-8"
    )
    (tmp_path / "factures").mkdir(exist_ok=True)
    return tmp_path


def _cell(root: Path, title: str) -> object:
    sheet = load_workbook(root / "relances.xlsx")["Relances"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    (titles,) = [row for row in rows if "N° facture" in row]
    (row,) = [row for row in rows if "F1" in row]
    return row[titles.index(title)]


def test_an_electronic_invoice_fills_in_what_the_list_lacks(dossier: Path) -> None:
    """The invoice's own paper says where to write to, and the reminder is held for lack of an address."""
    _pdf(dossier / "factures" / "F1.pdf", "Facture F1", _cii())
    assert _run(dossier, "export", "--tick", "post", "--date", "2026-11-24").returncode == 0
    assert _cell(dossier, "Email") == "compta@ferrand.example"
    found = json.loads(_run(dossier, "check", "--json", "--date", "2026-11-24").stdout)
    assert [one["outcome"] for one in found["reminders"]] == ["planned"]


def test_one_that_lies_beside_its_pdf_counts_too(dossier: Path) -> None:
    """UBL is no attachment, and is not looked at."""
    _pdf(dossier / "factures" / "F1.pdf", "Facture F1")
    (dossier / "factures" / "F1.xml").write_text(_UBL, encoding="utf-8")
    assert _run(dossier, "export", "--date", "2026-11-24").returncode == 0
    assert _cell(dossier, "Email") == "compta@ferrand.example"


@pytest.mark.parametrize(
    ("differing", "said"),
    [
        (_cii(number="F2"), "F2"),
        (_cii(buyer="Lemoine et fils"), "Lemoine"),
        (_cii(total="240.00"), "240.00"),
        (_cii(currency="USD"), "USD"),
    ],
    ids=["number", "customer", "total", "currency"],
)
def test_one_that_says_otherwise_holds_the_reminder(dossier: Path, differing: bytes, said: str) -> None:
    """A customer gets another one's invoice, or one of another amount, behind a letter."""
    _pdf(dossier / "factures" / "F1.pdf", "Facture F1", differing)
    _run(dossier, "export", "--tick", "post", "--date", "2026-11-24")
    assert said in str(_cell(dossier, "Statut"))
    assert _cell(dossier, "Email") is None
    settings = dossier / "relance.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[source]", "[source]\ncross_check = false"), encoding="utf-8")
    done = _run(dossier, "export", "--date", "2026-11-24")
    assert said in done.stderr
    assert said not in str(_cell(dossier, "Statut"))


def test_a_pdf_that_does_not_name_its_invoice_is_told(dossier: Path) -> None:
    """A delivery note under the invoice's name goes out behind the letter, and nobody was told."""
    _pdf(dossier / "factures" / "F1.pdf", "Bon de livraison 8841")
    told = _run(dossier, "export", "--date", "2026-11-24").stderr
    assert "F1" in next(line for line in told.splitlines() if "PDF" in line)


def test_a_second_export_opens_no_pdf(dossier: Path) -> None:
    """Each export reads thousands of PDFs anew."""
    path = dossier / "factures" / "F1.pdf"
    _pdf(path, "Facture F1", _cii())
    assert _run(dossier, "export", "--date", "2026-11-24").returncode == 0
    kept = json.loads((dossier / ".relance" / "papers.json").read_text(encoding="utf-8"))
    assert len(kept["papers"]) == 1
    # What it was read as is known by size and time: so the same bytes elsewhere, of that time, are not looked at.
    status = path.stat()
    path.write_bytes(b"x" * status.st_size)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert _run(dossier, "export", "--date", "2026-11-24").returncode == 0
    assert _cell(dossier, "Email") == "compta@ferrand.example"
    os.utime(path)
    assert _run(dossier, "export", "--date", "2026-11-24").returncode == 0
    assert json.loads((dossier / ".relance" / "papers.json").read_text(encoding="utf-8")) != kept
