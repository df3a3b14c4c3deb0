"""Letter templates with everything that may make a letter come out differently in company, and what they show."""

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docx import Document
from docx.document import Document as Docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt

from tests.support.schemas import schema_faults

Names = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Awkward:
    """A template: what is awkward, how it is made, and whether letters of it may be laid out together."""

    name: str
    build: Callable[[Docx], None]
    together: bool


def letters(count: int = 7) -> list[Names]:
    """Return what letters show: of one page, and of several."""
    return [
        {
            "customer": f"Client {number} & Cie <{'x' * number}>",
            "lines": [f"Facture {number}-{line}, échue" for line in range((3, 40, 8, 75, 1, 130, 20)[number % 7])],
            "key": f"CLE{number:03}",
        }
        for number in range(count)
    ]


def _heading(document: Docx) -> None:
    document.add_paragraph("Madame, Monsieur {{ customer }},")
    document.add_paragraph("Référence {{ key }}")


def _lines(document: Docx) -> None:
    document.add_paragraph("{%p for line in lines %}")
    document.add_paragraph("{{ line }} : nous vous remercions de la régler sans délai.")
    document.add_paragraph("{%p endfor %}")


def plain(document: Docx) -> None:
    _heading(document)
    _lines(document)
    document.add_paragraph("Salutations.")


def long_table(document: Docx) -> None:
    _heading(document)
    table = document.add_table(rows=4, cols=3)
    table.style = "Table Grid"
    for cell, text in zip(table.rows[0].cells, ("Facture", "Échéance", "Montant"), strict=True):
        cell.text = text
    header = table.rows[0]._tr.get_or_add_trPr()
    header.append(OxmlElement("w:tblHeader"))
    table.rows[1].cells[0].text = "{%tr for line in lines %}"
    for cell, text in zip(table.rows[2].cells, ("{{ line }}", "{{ key }}", "12,00 €"), strict=True):
        cell.text = text
    table.rows[3].cells[0].text = "{%tr endfor %}"
    document.add_paragraph("Total dû.")


def spaced(document: Docx) -> None:
    first = document.add_paragraph("{{ key }}")
    first.paragraph_format.space_before = Pt(90)
    first.paragraph_format.keep_with_next = True
    _lines(document)
    last = document.add_paragraph("Fin")
    last.paragraph_format.space_after = Pt(60)


def _style(document: Docx, name: str, based_on: str) -> Any:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles[based_on]
    return style


def spaced_by_style(document: Docx) -> None:
    _style(document, "Loin", "Normal").paragraph_format.space_before = Pt(70)
    _style(document, "Plus loin", "Loin").paragraph_format.space_after = Pt(10)
    document.add_paragraph("{{ key }}", style="Plus loin")
    _lines(document)
    document.add_paragraph("Fin")


def spaced_in_table(document: Docx) -> None:
    document.add_table(1, 1).cell(0, 0).paragraphs[0].text = "{{ key }}"
    document.tables[0].cell(0, 0).paragraphs[0].paragraph_format.space_before = Pt(60)
    _lines(document)
    document.add_paragraph("Fin")


def numbered_after_table(document: Docx) -> None:
    _field(document.sections[0].footer.paragraphs[0], "PAGE")
    document.add_table(1, 2).cell(0, 0).paragraphs[0].text = "{{ customer }}"
    _lines(document)
    document.add_paragraph("Fin")


def unspaced(document: Docx) -> None:
    _style(document, "Loin", "Normal").paragraph_format.space_before = Pt(70)
    document.add_paragraph("{{ key }}", style="Loin").paragraph_format.space_before = Pt(0)
    _lines(document)
    document.add_paragraph("Fin", style="Loin")


def contextual(document: Docx) -> None:
    for text in ("{{ key }}", "{{ customer }}"):
        paragraph = document.add_paragraph(text)
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(30)
        paragraph._p.get_or_add_pPr().append(OxmlElement("w:contextualSpacing"))
    _lines(document)


def ends_empty(document: Docx) -> None:
    plain(document)
    document.add_paragraph("")


def picture(shade: int = 150) -> io.BytesIO:
    width, height = 60, 24
    rows = b"".join(
        b"\0" + b"".join(bytes((x * 4 % 256, y * 9 % 256, shade)) for x in range(width)) for y in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return io.BytesIO(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


def images(document: Docx) -> None:
    document.sections[0].header.paragraphs[0].add_run().add_picture(picture(), width=Cm(4))
    document.add_paragraph().add_run().add_picture(picture(), width=Cm(5))
    plain(document)


def pictured(document: Docx) -> None:
    _heading(document)
    document.add_paragraph("{{ picture }}")
    _lines(document)
    document.add_paragraph("Salutations.")


def floating_image(document: Docx) -> None:
    _heading(document)
    run = document.add_paragraph("à côté ").add_run()
    run.add_picture(picture(), width=Cm(5))
    inline = run._r.find(f".//{qn('wp:inline')}")
    anchor = parse_xml(
        f'<wp:anchor {nsdecls("wp", "a", "pic", "r")} distT="0" distB="0" distL="114300" distR="114300" simplePos="0" '
        'relativeHeight="2" behindDoc="0" locked="0" layoutInCell="1" allowOverlap="1"><wp:simplePos x="0" y="0"/>'
        '<wp:positionH relativeFrom="page"><wp:posOffset>4000000</wp:posOffset></wp:positionH>'
        '<wp:positionV relativeFrom="page"><wp:posOffset>5000000</wp:posOffset></wp:positionV></wp:anchor>'
    )
    for child in list(inline):
        anchor.append(child)
    anchor.insert(4, parse_xml(f'<wp:wrapSquare {nsdecls("wp")} wrapText="bothSides"/>'))
    inline.getparent().replace(inline, anchor)
    _lines(document)


def _field(paragraph: Any, instruction: str) -> None:
    for kind, text in (("begin", ""), ("", instruction), ("separate", ""), ("text", "1"), ("end", "")):
        run = paragraph.add_run()._r
        if kind in {"begin", "separate", "end"}:
            node = OxmlElement("w:fldChar")
            node.set(qn("w:fldCharType"), kind)
        elif kind == "text":
            node = OxmlElement("w:t")
            node.text = text
        else:
            node = OxmlElement("w:instrText")
            node.text = text
        run.append(node)


def page_numbers(document: Docx) -> None:
    section = document.sections[0]
    section.different_first_page_header_footer = True
    section.first_page_header.paragraphs[0].text = "Papier à en-tête"
    section.header.paragraphs[0].text = "Suite"
    for footer in (section.footer, section.first_page_footer):
        footer.paragraphs[0].add_run("Page ")
        _field(footer.paragraphs[0], " PAGE ")
    plain(document)


def page_count(document: Docx) -> None:
    footer = document.sections[0].footer.paragraphs[0]
    _field(footer, " PAGE ")
    footer.add_run(" / ")
    _field(footer, " NUMPAGES ")
    plain(document)


def tag_in_header(document: Docx) -> None:
    document.sections[0].header.paragraphs[0].text = "{{ customer }}"
    plain(document)


def columns(document: Docx) -> None:
    node = document.sections[0]._sectPr.find(qn("w:cols"))
    node.set(qn("w:num"), "2")
    plain(document)


def paper_and_landscape(document: Docx) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.59), Cm(27.94)
    plain(document)
    wide = document.add_section(WD_SECTION.NEW_PAGE)
    wide.orientation = WD_ORIENT.LANDSCAPE
    wide.page_width, wide.page_height = Cm(27.94), Cm(21.59)
    document.add_paragraph("Relevé de {{ customer }}")


def right_to_left(document: Docx) -> None:
    paragraph = document.add_paragraph("السيد {{ customer }} المحترم ، الفاتورة {{ key }}")
    paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
    paragraph.runs[0]._r.get_or_add_rPr().append(OxmlElement("w:rtl"))
    _lines(document)


def bullets(document: Docx) -> None:
    _heading(document)
    document.add_paragraph("{%p for line in lines %}")
    document.add_paragraph("{{ line }}", style="List Bullet")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("Fin")


def numbered(document: Docx) -> None:
    _heading(document)
    document.add_paragraph("{%p for line in lines %}")
    document.add_paragraph("{{ line }}", style="List Number")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("Fin")


def _text_box(text: str, wrap: str = "wrapNone", top: int = 1_400_000, box_id: str = "") -> Any:
    """Return a run with a text box at a place of the page (in EMU)."""
    return parse_xml(
        f'<w:r {nsdecls("w", "wp", "a")} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><mc:AlternateContent>'
        '<mc:Choice Requires="wps"><w:drawing><wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" '
        'relativeHeight="3" behindDoc="0" locked="0" layoutInCell="1" allowOverlap="1"><wp:simplePos x="0" y="0"/>'
        '<wp:positionH relativeFrom="page"><wp:posOffset>4100000</wp:posOffset></wp:positionH>'
        f'<wp:positionV relativeFrom="page"><wp:posOffset>{top}</wp:posOffset></wp:positionV>'
        f'<wp:extent cx="2600000" cy="900000"/><wp:{wrap}/><wp:docPr id="77" name="Adresse"/><a:graphic>'
        '<a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp>'
        '<wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="2600000" cy="900000"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:ln w="9525"><a:solidFill><a:srgbClr val="336699"/>'
        f"</a:solidFill></a:ln></wps:spPr><wps:txbx{box_id}><w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
        "</w:txbxContent></wps:txbx><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing>"
        "</mc:Choice></mc:AlternateContent></w:r>"
    )


def text_box(document: Docx) -> None:
    _heading(document)
    document.add_paragraph()._p.append(_text_box("{{ customer }}"))
    _lines(document)
    document.add_paragraph("Fin")


def pushing_header(document: Docx) -> None:
    header = document.sections[0].header.paragraphs[0]
    header.text = "Société"
    header._p.append(_text_box("Société", "wrapTopAndBottom", 900_000))
    plain(document)


def numbered_boxes(document: Docx) -> None:
    document.sections[0].header.paragraphs[0]._p.append(_text_box("Société", top=300_000, box_id=' id="1"'))
    plain(document)


def framed_header(document: Docx) -> None:
    header = document.sections[0].header.paragraphs[0]
    header.text = "Société"
    frame = parse_xml(
        f'<w:framePr {nsdecls("w")} w:w="3000" w:h="2600" w:hRule="exact" w:wrap="around" w:vAnchor="page" '
        'w:hAnchor="page" w:x="1400" w:y="600"/>'
    )
    # Behind the style and before all else.
    header._p.get_or_add_pPr().insert(1, frame)
    plain(document)


def floating_table(document: Docx) -> None:
    plain(document)
    table = document.add_table(2, 2)
    table.cell(0, 0).text = "{{ key }}"
    place = f'<w:tblpPr {nsdecls("w")} w:vertAnchor="text" w:horzAnchor="margin" w:tblpX="200" w:tblpY="100"/>'
    table._tbl.tblPr.insert(0, parse_xml(place))
    document.add_paragraph("Fin")


def kept_at_the_end(document: Docx) -> None:
    document.add_paragraph("{{ key }}")
    for _number in range(3):
        document.add_paragraph("Une ligne.")
    _lines(document)
    document.add_paragraph("avant").paragraph_format.keep_with_next = True
    document.add_paragraph("Fin " * 60)


def ends_in_break(document: Docx) -> None:
    plain(document)
    document.add_paragraph("Fin").add_run().add_break()


def inner_link(document: Docx) -> None:
    plain(document)
    _field(document.add_paragraph("Voir "), r'HYPERLINK \l "plus_haut"')
    document.add_paragraph("Fin")


def continuous(document: Docx) -> None:
    _heading(document)
    document.add_section(WD_SECTION.CONTINUOUS)
    document.sections[-1]._sectPr.find(qn("w:cols")).set(qn("w:num"), "2")
    _lines(document)


def even_pages(document: Docx) -> None:
    document.settings.odd_and_even_pages_header_footer = True
    document.sections[0].header.paragraphs[0].text = "impaire"
    document.sections[0].even_page_header.paragraphs[0].text = "paire"
    plain(document)


def ends_in_table(document: Docx) -> None:
    _heading(document)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text = "{{ key }}"
    table.rows[0].cells[1].text = "{{ lines|length }} factures"


def content_control(document: Docx) -> None:
    plain(document)
    control = (
        f"<w:sdt {nsdecls('w')}><w:sdtPr><w:text/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>{{{{ key }}}}</w:t></w:r></w:p>"
        "</w:sdtContent></w:sdt>"
    )
    document.element.body.insert(1, parse_xml(control))


def counted(document: Docx) -> None:
    paragraph = document.add_paragraph("Lettre ")
    _field(paragraph, " SEQ lettre ")
    plain(document)


def breaks_first(document: Docx) -> None:
    document.add_paragraph("{{ key }}").paragraph_format.page_break_before = True
    plain(document)


def breaks_inside(document: Docx) -> None:
    _heading(document)
    document.add_page_break()
    _lines(document)
    document.add_paragraph("Fin").paragraph_format.page_break_before = True


def styled(document: Docx) -> None:
    document.add_heading("Relance {{ key }}", level=1)
    document.styles["Normal"].font.name = "Liberation Serif"
    document.add_paragraph("{{ customer }}", style="Intense Quote")
    _lines(document)
    document.add_paragraph("Fin", style="Title")


def lower_case_count(document: Docx) -> None:
    _field(document.sections[0].footer.paragraphs[0], " numpages ")
    plain(document)


def nested_count(document: Docx) -> None:
    _field(document.sections[0].footer.paragraphs[0], ' IF PAGE > 0 "sur NUMPAGES" "" ')
    plain(document)


def numbered_footer(document: Docx) -> None:
    for text in ("Condition", "Condition encore"):
        document.sections[0].footer.add_paragraph(text, style="List Number")
    plain(document)


def automatic_spacing(document: Docx) -> None:
    paragraph = document.add_paragraph("{{ key }}")
    paragraph._p.get_or_add_pPr().append(
        parse_xml(f'<w:spacing {nsdecls("w")} w:before="100" w:beforeAutospacing="1" w:after="0"/>')
    )
    plain(document)


def even_start(document: Docx) -> None:
    document.sections[0].start_type = WD_SECTION.EVEN_PAGE
    plain(document)


def kept_together(document: Docx) -> None:
    plain(document)
    for paragraph in document.paragraphs:
        if "{%p" not in paragraph.text:
            paragraph.paragraph_format.keep_with_next = True


def bordered(document: Docx) -> None:
    plain(document)
    sides = "".join(
        f'<w:{side} w:val="single" w:sz="8" w:space="1" w:color="AA0000"/>' for side in ("top", "bottom", "between")
    )
    for paragraph in document.paragraphs:
        paragraph._p.get_or_add_pPr().append(parse_xml(f"<w:pBdr {nsdecls('w')}>{sides}</w:pBdr>"))


def section_of_some(document: Docx) -> None:
    document.sections[0].header.paragraphs[0].text = "Papier du siège"
    document.add_paragraph("{%p if lines|length > 5 %}")
    document.add_paragraph("Couverture {{ key }}")
    second = document.add_section(WD_SECTION.NEW_PAGE)
    second.header.is_linked_to_previous = True
    document.add_paragraph("{%p endif %}")
    plain(document)


def two_lists(document: Docx) -> None:
    _heading(document)
    document.add_paragraph("d’abord", style="List Number")
    document.add_paragraph("{%p for line in lines %}")
    document.add_paragraph("{{ line }}", style="List Number 2")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("puis", style="List Number")
    document.add_paragraph("Fin")


def numbered_headings(document: Docx) -> None:
    numbering = document.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Heading{level + 1}"/>'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="600" w:hanging="600"/></w:pPr></w:lvl>'
        for level, text in enumerate(("%1.", "%1.%2"))
    )
    abstract = f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
    numbering.insert(0, parse_xml(abstract))
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    for level in (0, 1):
        properties = document.styles[f"Heading {level + 1}"].element.get_or_add_pPr()
        place = f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>'
        # Behind what keeps lines and paragraphs together, before all else.
        properties.insert(2, parse_xml(place))
    document.add_heading("Ce que vous devez", 1)
    document.add_heading("{{ key }}", 2)
    _lines(document)
    document.add_heading("Ce que nous proposons", 1)
    document.add_paragraph("Fin")


def section_count(document: Docx) -> None:
    line = document.add_paragraph("Ce courrier a ")
    _field(line, " SECTIONPAGES ")
    line.add_run(" page(s).")
    footer = document.sections[0].footer.paragraphs[0]
    _field(footer, " PAGE ")
    footer.add_run(" sur ")
    _field(footer, " NUMPAGES  \\* MERGEFORMAT ")
    plain(document)


def mirrored(document: Docx) -> None:
    document.settings.element.insert(1, OxmlElement("w:mirrorMargins"))
    document.sections[0].left_margin = Cm(5)
    plain(document)


def heading_above_table(document: Docx) -> None:
    _heading(document)
    document.add_heading("Détail", 2)
    table = document.add_table(rows=3, cols=2)
    table.style = "Table Grid"
    table.rows[0].cells[0].text = "{%tr for line in lines %}"
    table.rows[1].cells[0].text = "{{ line }}"
    table.rows[2].cells[0].text = "{%tr endfor %}"
    document.add_paragraph("Fin")


def box_on_spaced(document: Docx) -> None:
    first = document.add_paragraph("{{ key }}")
    first.paragraph_format.space_before = Pt(40)
    first._p.append(_text_box("{{ customer }}"))
    plain(document)


def two_headers(document: Docx) -> None:
    section = document.sections[0]
    section.different_first_page_header_footer = True
    section.first_page_header.paragraphs[0].text = "{{ customer }}, {{ key }}"
    section.header.paragraphs[0].add_run("{{ key }} ").add_picture(picture(), width=Cm(3))
    plain(document)


def bookmarked(document: Docx) -> None:
    line = document.add_paragraph("Av")
    for kind, more in (("bookmarkStart", ' w:name="_GoBack"'), ("bookmarkEnd", "")):
        line._p.append(parse_xml(f'<w:{kind} {nsdecls("w")} w:id="7"{more}/>'))
    line.add_run("Te WAVE {{ key }}")
    plain(document)


def spaced_columns(document: Docx) -> None:
    document.sections[0]._sectPr.find(qn("w:cols")).set(qn("w:num"), "2")
    document.add_paragraph("{{ key }}").paragraph_format.space_before = Pt(30)
    plain(document)


def boxed_header(document: Docx) -> None:
    document.sections[0].header.paragraphs[0]._p.append(_text_box("Société", top=300_000))
    plain(document)


def tabled_margins(document: Docx) -> None:
    section = document.sections[0]
    for margin in (section.header, section.footer):
        table = margin.add_table(1, 2, Cm(15))
        table.cell(0, 0).text = "{{ customer }}"
        right = table.cell(0, 1).paragraphs[0]
        _field(right, " PAGE ")
        right.add_run("/")
        _field(right, " NUMPAGES ")
    plain(document)
    document.add_paragraph("")


def kept_rows(document: Docx) -> None:
    _heading(document)
    table = document.add_table(rows=4, cols=1)
    for row, text in zip(
        table.rows, ("Titre", "{%tr for line in lines %}", "{{ line }}", "{%tr endfor %}"), strict=True
    ):
        row.cells[0].text = text
    for place in (0, 2):
        table.rows[place].cells[0].paragraphs[0].paragraph_format.keep_with_next = True
    document.add_paragraph("Fin")


def restarted(document: Docx) -> None:
    numbering = document.part.numbering_part.element
    usual = document.styles["List Number"].element.find(f".//{qn('w:numId')}").get(qn("w:val"))
    (num,) = (one for one in numbering.findall(qn("w:num")) if one.get(qn("w:numId")) == usual)
    abstract = num.find(qn("w:abstractNumId")).get(qn("w:val"))
    start = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    numbering.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="91"><w:abstractNumId w:val="{abstract}"/>{start}</w:num>')
    )
    _heading(document)
    document.add_paragraph("un", style="List Number")
    five = document.add_paragraph("cinq", style="List Number")
    place = f'<w:numPr {nsdecls("w")}><w:ilvl w:val="0"/><w:numId w:val="91"/></w:numPr>'
    five._p.get_or_add_pPr().append(parse_xml(place))
    _lines(document)
    document.add_paragraph("suite", style="List Number")
    document.add_paragraph("Fin")


def controlled_ends(document: Docx) -> None:
    plain(document)
    body = document.element.body
    for number, place in ((4711, 0), (4712, len(body) - 2)):
        within = body[place]
        control = parse_xml(f'<w:sdt {nsdecls("w")}><w:sdtPr><w:id w:val="{number}"/></w:sdtPr><w:sdtContent/></w:sdt>')
        within.addprevious(control)
        control[1].append(within)


def control_first(document: Docx) -> None:
    spaced(document)
    first = document.paragraphs[0]._p
    control = parse_xml(f"<w:sdt {nsdecls('w')}><w:sdtPr><w:id w:val='77'/></w:sdtPr><w:sdtContent/></w:sdt>")
    first.addprevious(control)
    control[1].append(first)


def mark_before_table(document: Docx) -> None:
    numbered_after_table(document)
    table = document.tables[0]._tbl
    for name in ("bookmarkStart", "bookmarkEnd"):
        kept = " w:name='Debut'" if name == "bookmarkStart" else ""
        table.addprevious(parse_xml(f"<w:{name} {nsdecls('w')} w:id='7'{kept}/>"))


def ends_in_nested_table(document: Docx) -> None:
    _heading(document)
    cell = document.add_table(1, 2).cell(0, 0)
    cell.add_table(1, 1).cell(0, 0).paragraphs[0].text = "{{ key }}"
    cell.add_paragraph()


def only_a_table(document: Docx) -> None:
    table = document.add_table(rows=3, cols=1)
    for row, text in zip(
        table.rows, ("{%tr for line in lines %}", "{{ key }} : {{ line }}", "{%tr endfor %}"), strict=True
    ):
        row.cells[0].text = text


def hidden_first(document: Docx) -> None:
    _style(document, "Cache", "Normal").font.hidden = True
    document.add_paragraph("Note pour nous", style="Cache")
    plain(document)


def adorned(document: Docx) -> None:
    shade = parse_xml(f"<w:shd {nsdecls('w')} w:val='clear' w:fill='DDDDDD'/>")
    document.styles["Normal"].element.get_or_add_pPr().append(shade)
    spaced(document)


def numbered_usual(document: Docx) -> None:
    numbers = document.styles["List Number"].element.pPr.numPr.numId.val
    number = parse_xml(f"<w:numPr {nsdecls('w')}><w:numId w:val='{numbers}'/></w:numPr>")
    document.styles["Normal"].element.get_or_add_pPr().append(number)
    plain(document)


def listed_by_style(document: Docx) -> None:
    plain(document)
    numbering = document.part.numbering_part.element
    style = parse_xml(
        f"<w:style {nsdecls('w')} w:type='numbering' w:styleId='Liste'><w:name w:val='Liste'/>"
        "<w:pPr><w:numPr><w:numId w:val='90'/></w:numPr></w:pPr></w:style>"
    )
    document.styles.element.append(style)
    level = "<w:lvl w:ilvl='0'><w:start w:val='1'/><w:numFmt w:val='decimal'/><w:lvlText w:val='%1.'/></w:lvl>"
    for abstract, link, content in ((90, "styleLink", level), (91, "numStyleLink", "")):
        made = f"<w:abstractNum {nsdecls('w')} w:abstractNumId='{abstract}'><w:{link} w:val='Liste'/>{content}</w:abstractNum>"
        numbering.insert(0, parse_xml(made))
        numbering.append(
            parse_xml(f"<w:num {nsdecls('w')} w:numId='{abstract}'><w:abstractNumId w:val='{abstract}'/></w:num>")
        )
    for text in ("un", "deux"):
        properties = document.add_paragraph(text)._p.get_or_add_pPr()
        properties.append(parse_xml(f"<w:numPr {nsdecls('w')}><w:ilvl w:val='0'/><w:numId w:val='91'/></w:numPr>"))


def counted_in_roman(document: Docx) -> None:
    page_count(document)
    _number_pages(document.sections[0], "w:fmt='lowerRoman'")


def counted_again(document: Docx) -> None:
    page_count(document)
    section = document.add_section(WD_SECTION.NEW_PAGE)
    document.add_paragraph("Annexe {{ key }}")
    _number_pages(section, "w:start='1'")


def _number_pages(section: Any, how: str) -> None:
    section._sectPr.find(qn("w:pgMar")).addnext(parse_xml(f"<w:pgNumType {nsdecls('w')} {how}/>"))


AWKWARD = (
    Awkward("letters of one to four pages", plain, together=True),
    Awkward("a long table, its header row repeated", long_table, together=True),
    Awkward("space before the first, after the last paragraph", spaced, together=True),
    Awkward("contextual spacing", contextual, together=True),
    Awkward("space above the first paragraph by a style of a style", spaced_by_style, together=True),
    Awkward("space within a table at the top", spaced_in_table, together=True),
    Awkward("a table at the top, page numbers", numbered_after_table, together=True),
    Awkward("no space above the first paragraph, though its style gives some", unspaced, together=True),
    Awkward("an empty paragraph at the end", ends_empty, together=True),
    Awkward("images in header and text", images, together=True),
    Awkward("a floating image", floating_image, together=True),
    Awkward("another first page, page numbers", page_numbers, together=True),
    Awkward("two columns", columns, together=True),
    Awkward("Letter paper, a landscape page", paper_and_landscape, together=True),
    Awkward("text from right to left", right_to_left, together=False),
    Awkward("bullets", bullets, together=True),
    Awkward("headings, quotes, titles", styled, together=True),
    Awkward("page breaks within the letter", breaks_inside, together=True),
    Awkward("a text box", text_box, together=True),
    Awkward("a paragraph kept with the next at the end of a page", kept_at_the_end, together=True),
    Awkward("a box in the header that pushes the text", pushing_header, together=False),
    Awkward("a frame in the header that the text flows around", framed_header, together=False),
    Awkward("boxes with numbers in the header", numbered_boxes, together=False),
    Awkward("a floating table at the end", floating_table, together=False),
    Awkward("a line break at the very end", ends_in_break, together=True),
    Awkward("a link within the letter", inner_link, together=False),
    Awkward("a page break before the first paragraph", breaks_first, together=True),
    Awkward("the number of pages", page_count, together=True),
    Awkward("a tag in the header", tag_in_header, together=True),
    Awkward("a numbered list", numbered, together=True),
    Awkward("columns on a part of the page", continuous, together=True),
    Awkward("other headers on even pages", even_pages, together=True),
    Awkward("a table at the very end", ends_in_table, together=True),
    Awkward("a content control", content_control, together=True),
    Awkward("a counting field", counted, together=False),
    Awkward("the number of pages in small letters", lower_case_count, together=True),
    Awkward("the number of pages within a field", nested_count, together=False),
    Awkward("a numbered list in the footer", numbered_footer, together=False),
    Awkward("automatic spacing", automatic_spacing, together=False),
    Awkward("a start on an even page", even_start, together=False),
    Awkward("all paragraphs kept with the next", kept_together, together=True),
    Awkward("the same borders throughout", bordered, together=False),
    Awkward("a section that only some letters have", section_of_some, together=True),
    Awkward("two numbered lists, one of several levels", two_lists, together=True),
    Awkward("numbered headings", numbered_headings, together=False),
    Awkward("the number of pages of the section, in the text too", section_count, together=True),
    Awkward("mirrored margins", mirrored, together=True),
    Awkward("a heading kept with a long table", heading_above_table, together=True),
    Awkward("a box that hangs on a first paragraph with space above", box_on_spaced, together=False),
    Awkward("a tag in the header of the first page, a picture in the others", two_headers, together=True),
    Awkward("bookmarks within a word", bookmarked, together=True),
    Awkward("columns below a first paragraph with space above", spaced_columns, together=False),
    Awkward("a text box in the header", boxed_header, together=False),
    Awkward("tables with tags and counts in header and footer", tabled_margins, together=True),
    Awkward("rows that stay together", kept_rows, together=True),
    Awkward("a list that begins with five, and goes on", restarted, together=True),
    Awkward("controls around the first and the last paragraph", controlled_ends, together=True),
    Awkward("a control around a first paragraph with space above", control_first, together=True),
    Awkward("a bookmark before a first table, page numbers", mark_before_table, together=True),
    Awkward("a table within the last row of the table at the end", ends_in_nested_table, together=False),
    Awkward("a table and nothing else", only_a_table, together=False),
    Awkward("a first paragraph that its style hides", hidden_first, together=False),
    Awkward("a usual style with a shading", adorned, together=False),
    Awkward("a usual style that is numbered", numbered_usual, together=False),
    Awkward("a list by a list style", listed_by_style, together=False),
    Awkward("page numbers in roman figures, and their number", counted_in_roman, together=False),
    Awkward("page numbers that start again, and their number", counted_again, together=False),
)


def build(awkward: Awkward, path: Path) -> Path:
    """Write a template, one that keeps to the schemas: what comes out of any other proves little."""
    document = Document()
    # The library's blank document leaves it out.
    document.settings.element.find(qn("w:zoom")).set(qn("w:percent"), "100")
    awkward.build(document)
    document.save(str(path))
    assert schema_faults(path) == []
    return path
