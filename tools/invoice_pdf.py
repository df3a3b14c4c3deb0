"""Draw a sample invoice as a PDF."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from tools.sample_company import COMPANY
from tools.sample_invoices import SampleInvoice

ACCENT, GREY, RULE, SHADE = HexColor("#1F4E79"), HexColor("#6B7280"), HexColor("#C9D1DB"), HexColor("#F2F5F9")
FRAME_PADDING = 6  # points, ReportLab's own around all that it lays out

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=9, leading=12)
RIGHT = ParagraphStyle("right", BODY, alignment=TA_RIGHT)
SMALL = ParagraphStyle("small", BODY, fontSize=7.5, leading=10, textColor=GREY)
TITLE = ParagraphStyle("title", BODY, fontName="Helvetica-Bold", fontSize=15, leading=20, textColor=ACCENT)
NAME = ParagraphStyle("name", TITLE, fontSize=16)
ADDRESS = ParagraphStyle("address", BODY, fontSize=10.5, leading=13)


@dataclass(frozen=True, slots=True)
class Words:
    """What an invoice says in one language."""

    invoice: str
    credit: str
    details: tuple[str, str, str]
    columns: tuple[str, str, str, str]
    net: str
    vat: str
    total: str
    paid: str
    open: str
    payment: str
    late: str


WORDS = {
    "fr": Words(
        invoice="Facture",
        credit="Avoir",
        details=("Date : {issued}", "Code client : {code}", "Échéance : {due}"),
        columns=("Désignation", "Quantité", "Prix unitaire HT", "Montant HT"),
        net="Total HT",
        vat="TVA 20 %",
        total="Total TTC",
        paid="Règlement reçu",
        open="Reste à payer",
        payment="Règlement par virement avant le {due} : IBAN {iban}, BIC {bic}, référence {number}.",
        late=(
            "Retard de paiement entre professionnels : pénalités au taux de refinancement de la BCE majoré "
            "de dix "
            "points, et indemnité forfaitaire pour frais de recouvrement de 40 €. Pas d'escompte pour "
            "règlement anticipé."
        ),
    ),
    "en": Words(
        invoice="Invoice",
        credit="Credit note",
        details=("Date: {issued}", "Customer code: {code}", "Due date: {due}"),
        columns=("Description", "Quantity", "Unit price", "Amount"),
        net="Total before VAT",
        vat="VAT 20%",
        total="Total payable",
        paid="Payment received",
        open="Balance due",
        payment="Payment by bank transfer by {due}: IBAN {iban}, BIC {bic}, reference {number}.",
        late=(
            "Late payment between businesses: penalties at the ECB refinancing rate plus ten percentage "
            "points, and "
            "a fixed indemnity of EUR 40 for recovery costs. No discount for early payment."
        ),
    ),
}


def draw(invoice: SampleInvoice) -> bytes:
    """Return the invoice as a PDF whose bytes depend on its content alone."""
    words = WORDS[invoice.customer.language]
    written = BytesIO()
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=20 * mm - FRAME_PADDING,
        rightMargin=20 * mm - FRAME_PADDING,
        topMargin=15 * mm,
        bottomMargin=24 * mm,
        title=f"{_kind(invoice, words)} {invoice.number}",
        author=COMPANY.name,
        invariant=1,
    )
    money = partial(say_amount, currency=invoice.currency, language=invoice.customer.language)
    parts = [
        *_heading(invoice, words),
        _lines(invoice, words, money),
        Spacer(0, 4 * mm),
        _totals(invoice, words, money),
    ]
    document.build([*parts, *_terms(invoice, words)], onFirstPage=_legal_line, onLaterPages=_legal_line)
    return written.getvalue()


def say_amount(amount: Decimal, currency: str, language: str) -> str:
    """Return an amount as the invoice writes it."""
    figures = f"{abs(amount):,.2f}"
    sign = "-" if amount < 0 else ""
    symbol = {"EUR": "€", "GBP": "£"}[currency]
    if language == "en":
        return f"{sign}{symbol}{figures}"
    spaced = figures.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")
    return f"{sign}{spaced}\N{NO-BREAK SPACE}{symbol}"


def _kind(invoice: SampleInvoice, words: Words) -> str:
    return words.credit if invoice.is_credit else words.invoice


def _heading(invoice: SampleInvoice, words: Words) -> list[Any]:
    customer = invoice.customer
    town = f"{customer.postal_code} {customer.city}"
    if customer.postal_code[0].isalpha():
        town = f"{customer.city} {customer.postal_code}"
    address = [customer.name, *customer.address.split("\n"), town, customer.country.upper()]
    # A credit note falls due on no day: the last detail is left out.
    details = "<br/>".join(words.details[:2] if invoice.is_credit else words.details).format(
        issued=f"{invoice.issued:%d/%m/%Y}", due=f"{invoice.due:%d/%m/%Y}", code=customer.code
    )
    left = [
        Paragraph(f"{_kind(invoice, words)} {invoice.number}", TITLE),
        Spacer(0, 2 * mm),
        Paragraph(details, BODY),
    ]
    right = [Paragraph(escape(line), ADDRESS) for line in address if line]
    sender = [*COMPANY.address.split("\n"), f"{COMPANY.postal_code} {COMPANY.city}"]
    parts: list[Any] = [
        Paragraph(escape(COMPANY.name), NAME),
        Paragraph(" · ".join(sender), SMALL),
        Paragraph(f"{COMPANY.phone} · {COMPANY.email}", SMALL),
        Spacer(0, 18 * mm),
        Table([[left, right]], (92 * mm, 78 * mm), style=_UNPADDED),
        Spacer(0, 12 * mm),
    ]
    return parts


def _lines(invoice: SampleInvoice, words: Words, money: Callable[[Decimal], str]) -> Table:
    rows: list[list[Any]] = [list(words.columns)]
    for line in invoice.lines:
        name = line.product.english if invoice.customer.language == "en" else line.product.french
        text = f"{name}, {line.detail}" if line.detail else name
        rows.append([Paragraph(escape(text), BODY), str(line.quantity), money(line.product.price), money(line.amount)])
    return Table(rows, (94 * mm, 18 * mm, 29 * mm, 29 * mm), style=_LINES, repeatRows=1)


def _totals(invoice: SampleInvoice, words: Words, money: Callable[[Decimal], str]) -> Table:
    rows = [[words.net, money(invoice.net)]]
    if not invoice.customer.vat_exemption:
        rows.append([words.vat, money(invoice.vat)])
    rows.append([words.total, money(invoice.total)])
    bold = len(rows) - 1
    if invoice.paid:
        rows += [[words.paid, money(-invoice.paid)], [words.open, money(invoice.open)]]
    emphasis: list[Any] = [
        ("FONT", (0, bold), (-1, bold), "Helvetica-Bold", 9.5),
        ("LINEABOVE", (0, bold), (-1, bold), 0.6, ACCENT),
    ]
    return Table(rows, (41 * mm, 29 * mm), hAlign="RIGHT", style=TableStyle([*_AMOUNTS, *emphasis]))


def _terms(invoice: SampleInvoice, words: Words) -> list[Any]:
    """Return what stands under the totals; a credit note asks for no payment."""
    parts: list[Any] = [Spacer(0, 8 * mm)]
    if invoice.customer.vat_exemption:
        parts.append(Paragraph(invoice.customer.vat_exemption, BODY))
    if invoice.is_credit:
        return parts
    payment = words.payment.format(
        due=f"{invoice.due:%d/%m/%Y}", iban=COMPANY.iban, bic=COMPANY.bic, number=invoice.number
    )
    parts.append(Paragraph(payment, BODY))
    if invoice.customer.professional:
        parts += [Spacer(0, 3 * mm), Paragraph(words.late, SMALL)]
    return parts


def _legal_line(canvas: Any, document: Any) -> None:
    canvas.saveState()
    canvas.setStrokeColor(RULE)
    canvas.line(20 * mm, 17 * mm, 190 * mm, 17 * mm)
    canvas.setFillColor(GREY)
    canvas.setFont("Helvetica", 7.5)
    legal = f"{COMPANY.name} · {COMPANY.legal} · SIREN {COMPANY.siren} · TVA {COMPANY.vat}"
    canvas.drawCentredString(105 * mm, 13 * mm, legal)
    canvas.drawRightString(190 * mm, 8 * mm, f"{document.page}")
    canvas.restoreState()


_UNPADDED = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ]
)
_AMOUNTS: list[Any] = [
    ("FONT", (0, 0), (-1, -1), "Helvetica", 9),
    ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
    ("TOPPADDING", (0, 0), (-1, -1), 3),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
]
_LINES = TableStyle(
    [
        *_AMOUNTS,
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 8.5),
        ("TEXTCOLOR", (0, 0), (-1, 0), ACCENT),
        ("BACKGROUND", (0, 0), (-1, 0), SHADE),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, ACCENT),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, RULE),
    ]
)
