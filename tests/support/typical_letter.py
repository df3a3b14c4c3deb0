"""A letter as a company really writes it in Word: what most people's own template looks like.

Logo and company in the header, "Page x / y" and company in the footer, a numbered list, a table of invoices that may take two
pages, an empty last paragraph; cut into runs, with revision numbers, spelling marks and bookmarks, as Word leaves them.
"""

import io
import zlib
from pathlib import Path
from struct import pack
from typing import Any

from docx import Document
from docx.document import Document as Docx
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

from tests.support.schemas import schema_faults

_REVISION = "00A77B3E"


def build_typical_letter(path: Path) -> Path:
    """Write the template."""
    document = Document()
    # The library's blank document leaves it out.
    document.settings.element.find(qn("w:zoom")).set(qn("w:percent"), "100")
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(11)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin, section.bottom_margin = Cm(3.4), Cm(2.4)
    _header(section.header)
    _footer(section.footer)
    _opening(document)
    _table(document)
    _closing(document)
    for number, paragraph in enumerate(document.element.body.iter(qn("w:p"))):
        paragraph.set(qn("w:rsidR"), _REVISION)
        paragraph.set(qn("w:rsidRDefault"), f"00{0x5B21F0 + number:06X}")
    document.save(str(path))
    assert schema_faults(path) == []
    return path


def build_plain_letter(path: Path) -> Path:
    """Write a letter of one page that ends in a table, with nothing else to it."""
    document = Document()
    document.settings.element.find(qn("w:zoom")).set(qn("w:percent"), "100")
    document.add_paragraph("{{ customer.name }}")
    document.add_paragraph("Objet : relance, {{ reference }}")
    document.add_paragraph("Madame, Monsieur,")
    for _paragraph in range(3):
        document.add_paragraph(
            "Sauf erreur ou omission de notre part, ce qui suit ne nous a pas été réglé. Nous vous remercions de bien "
            "vouloir régulariser votre situation sous huit jours."
        )
    _table(document)
    document.save(str(path))
    assert schema_faults(path) == []
    return path


def build_lonely_letter(path: Path) -> Path:
    """Write the typical letter with a field that counts over a whole document, so that each must be laid out alone."""
    build_typical_letter(path)
    document = Document(str(path))
    line = document.paragraphs[0].insert_paragraph_before("Pièce n° ")
    _field(line, " SEQ piece ")
    document.save(str(path))
    return path


def _header(header: Any) -> None:
    first = header.paragraphs[0]
    first.add_run().add_picture(_logo(), height=Cm(1.1))
    first.add_run("   ")
    name = first.add_run("{{ company.name }}")
    name.bold, name.font.size, name.font.color.rgb = True, Pt(15), RGBColor(0x1F, 0x4E, 0x79)
    second = header.add_paragraph(
        "{{ company.address_lines|join(' · ') }} · {{ company.postal_code }} {{ company.city }}"
    )
    second.runs[0].font.size = Pt(8.5)


def _footer(footer: Any) -> None:
    line = footer.paragraphs[0]
    line.paragraph_format.tab_stops.add_tab_stop(Cm(16.6), WD_TAB_ALIGNMENT.RIGHT)
    line.add_run("{{ company.name }} — {{ company.legal }}\tPage ")
    _field(line, " PAGE   \\* MERGEFORMAT ")
    line.add_run(" / ")
    _field(line, " NUMPAGES   \\* MERGEFORMAT ")
    for run in line.runs:
        run.font.size = Pt(8)


def _field(paragraph: Any, instruction: str) -> None:
    for content in (
        '<w:fldChar w:fldCharType="begin"/>',
        f'<w:instrText xml:space="preserve">{instruction}</w:instrText>',
        '<w:fldChar w:fldCharType="separate"/>',
        "<w:t>1</w:t>",
        '<w:fldChar w:fldCharType="end"/>',
    ):
        paragraph._p.append(parse_xml(f"<w:r {nsdecls('w')}>{content}</w:r>"))


def _opening(document: Docx) -> None:
    to = document.add_paragraph()
    to.paragraph_format.left_indent, to.paragraph_format.space_before = Cm(9), Pt(18)
    # As Word cuts a text that somebody corrected.
    _cut(to, "{{ customer", ".name }}")
    for tag in ("{{ customer.address_lines|join(', ') }}", "{{ customer.postal_code }} {{ customer.city|upper }}"):
        document.add_paragraph(tag).paragraph_format.left_indent = Cm(9)
    document.add_paragraph("{{ company.city }}, le {{ today }}").paragraph_format.space_before = Pt(14)
    document.add_heading("Facture{% if count > 1 %}s{% endif %} impayée{% if count > 1 %}s{% endif %}", level=2)
    document.add_paragraph("Madame, Monsieur,")
    document.add_paragraph(
        "Sauf erreur de notre part, nous n’avons pas reçu le règlement de ce qui suit, pour un total de {{ total }}. "
        "Nous vous prions de bien vouloir :"
    )
    for step in ("vérifier que ces factures vous sont parvenues ;", "nous dire ce qui, le cas échéant, vous arrête ;",
                 "régler la somme avant le {{ deadline }}, par virement sur le compte {{ company.iban }}."):  # fmt: skip
        document.add_paragraph(step, style="List Number")


def _cut(paragraph: Any, first: str, second: str) -> None:
    paragraph._p.append(parse_xml(f'<w:proofErr {nsdecls("w")} w:type="spellStart"/>'))
    paragraph.add_run(first)
    paragraph._p.append(parse_xml(f'<w:proofErr {nsdecls("w")} w:type="spellEnd"/>'))
    paragraph.add_run(second)


def _table(document: Docx) -> None:
    table = document.add_table(rows=4, cols=4)
    table.style = "Light Grid Accent 1"
    for cell, text in zip(table.rows[0].cells, ("Facture", "Échéance", "Retard", "Reste dû"), strict=True):
        cell.text = text
    table.rows[0]._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
    table.rows[1].cells[0].text = "{%tr for invoice in invoices %}"
    tags = (
        "{{ invoice.number }}",
        "{{ invoice.due_date }}",
        "{{ invoice.days_overdue }} j",
        "{{ invoice.open_amount }}",
    )
    for cell, text in zip(table.rows[2].cells, tags, strict=True):
        cell.text = text
    table.rows[3].cells[0].text = "{%tr endfor %}"


def _closing(document: Docx) -> None:
    document.add_paragraph("Une copie de chaque facture impayée est jointe.").paragraph_format.space_before = Pt(10)
    end = document.add_paragraph("Veuillez agréer, Madame, Monsieur, nos salutations ")
    end._p.append(parse_xml(f'<w:bookmarkStart {nsdecls("w")} w:id="0" w:name="_GoBack"/>'))
    end._p.append(parse_xml(f'<w:bookmarkEnd {nsdecls("w")} w:id="0"/>'))
    end.add_run("distinguées.")
    document.add_paragraph("{{ company.signatory }}").paragraph_format.left_indent = Cm(9)
    document.add_paragraph("")


def _logo() -> io.BytesIO:
    width, height = 48, 48
    rows = b"".join(
        b"\0"
        + b"".join(
            bytes((31, 78 + 2 * y, 121 + x)) if (x - 24) ** 2 + (y - 24) ** 2 < 500 else b"\xff\xff\xff"
            for x in range(width)
        )
        for y in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    head = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return io.BytesIO(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )
