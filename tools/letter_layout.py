"""How a letter looks: paragraphs, tables, rules and colours, in the terms of python-docx."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.enum.table import WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

FONT = "Arial"
ACCENT = "1F4E79"
GREY = "6B7280"
RULE = "C9D1DB"
SHADE = "F2F5F9"
TEXT_WIDTH_MM = 170.0

_ALIGNMENTS = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
}


@dataclass(frozen=True, slots=True)
class Look:
    """What a paragraph looks like. Sizes and spaces are in points, the indent in millimetres."""

    size: float = 10
    bold: bool = False
    colour: str = ""
    align: str = "left"
    before: float = 0
    after: float = 0
    indent: float = 0
    with_next: bool = False


def new_letter(language_tag: str) -> Any:
    """Return an empty A4 letter in the house font, its proofing language set."""
    letter = Document()
    page = letter.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(20)
    page.top_margin, page.bottom_margin = Mm(15), Mm(12)
    page.header_distance = page.footer_distance = Mm(8)
    normal = letter.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(10)
    normal.paragraph_format.space_after = Pt(0)
    normal.paragraph_format.line_spacing = 1.04
    normal.paragraph_format.widow_control = True
    fonts = normal.element.rPr.rFonts
    for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(script), FONT)
    _append(normal.element.rPr, "w:lang", {"w:val": language_tag})
    _lay_out_as_word_2013(letter)
    _show_in_full_size(letter)
    return letter


def _lay_out_as_word_2013(letter: Any) -> None:
    """Have tables start at the margin; older modes let their padding hang outside it."""
    for setting in letter.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")


def _show_in_full_size(letter: Any) -> None:
    """Say how large the letter opens: python-docx's blank document leaves out the percentage that the schema wants."""
    letter.settings.element.find(qn("w:zoom")).set(qn("w:percent"), "100")


#: A law's article, which no line may break: L. 441-10.
_ARTICLE = re.compile(r"\b([LRD])\. (?=\d)")


def write(paragraph: Any, text: str, look: Look) -> Any:
    """Put a text, as one run, into a paragraph that is still empty, and dress it."""
    run = paragraph.add_run(_ARTICLE.sub("\\1.\u00a0", text))
    run.font.size, run.font.bold = Pt(look.size), look.bold or None
    if look.colour:
        run.font.color.rgb = RGBColor.from_string(look.colour)
    style = paragraph.paragraph_format
    style.alignment = _ALIGNMENTS[look.align]
    style.space_before, style.space_after = Pt(look.before), Pt(look.after)
    if look.indent:
        style.left_indent = Mm(look.indent)
    if look.with_next:
        style.keep_with_next = True
    return paragraph


def add_tag(place: Any, tag: str) -> None:
    """Add a paragraph that holds a template tag alone; it vanishes when the letter is made."""
    write(place.add_paragraph(), tag, Look(size=8, colour=GREY))


def write_when(place: Any, condition: str, text: str, look: Look) -> None:
    """Add a paragraph that is left out, with no gap, unless the condition holds."""
    add_tag(place, f"{{%p if {condition} %}}")
    write(place.add_paragraph(), text, look)
    add_tag(place, "{%p endif %}")


def rule(paragraph: Any, side: str, colour: str, space: int = 4) -> None:
    """Draw a thin line above (`top`) or below (`bottom`) a paragraph."""
    borders = _append(paragraph._p.get_or_add_pPr(), "w:pBdr", {})
    _append(borders, f"w:{side}", {"w:val": "single", "w:sz": "6", "w:space": str(space), "w:color": colour})
    # The schema wants borders before spacing and alignment, which python-docx has already written.
    _move_before(borders, ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"))


def add_table(letter: Any, widths_mm: Sequence[float], padding_mm: tuple[float, float] = (0, 0)) -> Any:
    """Add a table of fixed column widths without borders; padding is (beside the text, above and below)."""
    table = letter.add_table(rows=0, cols=len(widths_mm))
    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.LEFT
    for column, width in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width)
    properties = table._tbl.tblPr
    _append(properties, "w:tblW", {"w:w": str(_twips(sum(widths_mm))), "w:type": "dxa"})
    for older in properties.findall(qn("w:tblW"))[:-1]:
        properties.remove(older)
    margins = _append(properties, "w:tblCellMar", {})
    beside, around = padding_mm
    for side, width in (("top", around), ("left", beside), ("bottom", around), ("right", beside)):
        _append(margins, f"w:{side}", {"w:w": str(_twips(width)), "w:type": "dxa"})
    _move_before(properties.find(qn("w:tblW")), ("w:jc", "w:tblLayout", "w:tblCellMar", "w:tblLook"))
    _move_before(margins, ("w:tblLook",))
    return table


def add_row(table: Any, minimum_height_mm: float = 0) -> Any:
    """Add a row that never splits over two pages."""
    row = table.add_row()
    _append(row._tr.get_or_add_trPr(), "w:cantSplit", {})
    if minimum_height_mm:
        row.height, row.height_rule = Mm(minimum_height_mm), WD_ROW_HEIGHT_RULE.AT_LEAST
    return row


def add_tag_row(table: Any, tag: str) -> None:
    """Add a row that holds a template tag alone; it vanishes when the letter is made."""
    row = table.add_row()
    write(row.cells[0].paragraphs[0], tag, Look(size=8, colour=GREY))


def repeat_on_every_page(row: Any) -> None:
    """Mark a row as the table's header."""
    _append(row._tr.get_or_add_trPr(), "w:tblHeader", {})


def shade(row: Any, colour: str) -> None:
    """Fill a row's cells."""
    # Each cell once: python-docx gives a merged one for every column that it spans.
    for cell in row._tr.tc_lst:
        _append(cell.get_or_add_tcPr(), "w:shd", {"w:val": "clear", "w:color": "auto", "w:fill": colour})


def line_row(row: Any, side: str, colour: str, eighths: int = 4) -> None:
    """Draw a line along a side of a row's cells; its weight is in eighths of a point."""
    for cell in row._tr.tc_lst:
        properties = cell.get_or_add_tcPr()
        borders = _append(properties, "w:tcBorders", {})
        _append(borders, f"w:{side}", {"w:val": "single", "w:sz": str(eighths), "w:color": colour})
        _move_before(borders, ("w:shd", "w:vAlign"))


def _append(parent: Any, tag: str, attributes: dict[str, str]) -> Any:
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(name), value)
    parent.append(element)
    return element


def _move_before(element: Any, later_tags: Sequence[str]) -> None:
    names = {qn(tag) for tag in later_tags}
    for sibling in element.getparent():
        if sibling is not element and sibling.tag in names:
            sibling.addprevious(element)
            return


def _twips(millimetres: float) -> int:
    return round(millimetres * 1440 / 25.4)
