"""A workbook with everything a user may put into one, written by hand as Excel writes it, around our sheets.

`python -m tests.support.full_workbook` shows what each part is, and which of them an export and a send change.
"""

import io
import posixpath
import re
import struct
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lxml import etree
from openpyxl.utils import column_index_from_string

from tests.support.bench import Bench
from tests.support.ooxml import MAIN, RELATION, tag
from tests.support.places import (
    BY_EMAIL,
    CURRENCY,
    CUSTOMER,
    DUE,
    LAST,
    LEDGER_LAST,
    LEDGER_OWN,
    LEVEL,
    LIST,
    NUMBER,
    OPEN,
    OVERDUE,
    POST,
    TOTAL,
    own,
)

FIRST = 6
PAID, NEW, POSTED, MAILED = "FA2026-0343", "FA2026-0500", "FA2026-0296", "FA2026-0187"
FILTERED = "FA2026-0214"
NEW_LINE = (
    f"{NEW};C030;Nouveau & Cie;1 rue A;69001;Lyon;;n@example.com;01/10/2026;31/10/2026;10,00;10,00;EUR;fr;oui;non"
)
OWN_COLUMNS = tuple(own(place) for place in range(1, 6))
#: Behind them: a column of sparklines, and one whose second row a form control is linked to.
SPARKLINES, CONTROL = own(6), own(7)
DASHBOARD = "Tableau de bord"
OUR_SHEETS = (
    "Relances",
    "Clients",
    "Appels",
    DASHBOARD,
    "Historique",
    "Fiche client",
    "Fiche facture",
    "Mode d'emploi",
    "Listes",
)
#: The ids of the user's two sheets.
ANALYSIS_ID, FOLLOW_UP_ID = 91, 92
NOTED, THREADED = "FA2026-0195", "FA2026-0366"

_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_MICROSOFT = "http://schemas.microsoft.com/office"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_X14 = f"{_MICROSOFT}/spreadsheetml/2009/9/main"
_XM = f"{_MICROSOFT}/excel/2006/main"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"

#: The formulas of the user's own columns; {row} is the invoice's row, {last} the last that was there at first.
OWN_FORMULAS = {
    OWN_COLUMNS[2]: f"{OPEN}{{row}}*0.1",
    OWN_COLUMNS[3]: f"{OPEN}{{row}}/SUM({OPEN}$6:{OPEN}${{last}})",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A formula on the user's sheet Suivi; {0} is the row of its invoice, {last} the end of the list."""

    cell: str
    formula: str
    invoice: str = ""


REFERENCES = (
    Reference("B3", f"Relances!{OPEN}{{0}}", "FA2026-0309"),
    Reference("B4", f"Relances!${OPEN}${{0}}", POSTED),
    Reference("B5", f"Relances!{OPEN}{{0}}*2", PAID),
    Reference("B6", f"'Relances'!{CUSTOMER}{{0}}&\" doit \"&Relances!{OPEN}{{0}}", "FA2026-0366"),
    Reference("B7", f'COUNTIF(Relances!{LEVEL}$6:{LEVEL}${{last}},"Relance simple")'),
    Reference("B8", f"SUM(Relances!${OPEN}$6:${OPEN}${{last}})"),
    Reference("B9", f"SUM(Relances!{OPEN}:{OPEN})"),
    Reference("B10", f'IF(Relances!{CURRENCY}{{0}}="EUR","Relances!{OPEN}9","")', MAILED),
    Reference("B11", "SUM(MesCreances)"),
)
#: Suivi!D3:D8 is one formula shared down the rows: the open amounts of rows 7, 8, and so on, when it is written.
SHARED_ROWS, SHARED_START = range(3, 9), 7

#: What each foreign part is, by the beginning of its name.
KINDS = {
    "xl/media/": "image",
    "xl/charts/": "chart",
    "xl/drawings/drawing": "pictures, shapes, charts, slicer",
    "xl/drawings/vmlDrawing": "notes' boxes and form control",
    "xl/pivotTables/": "pivot table",
    "xl/pivotCache/": "pivot cache",
    "xl/slicerCaches/": "slicer cache",
    "xl/slicers/": "slicer",
    "xl/ctrlProps/": "form control",
    "xl/threadedComments/": "threaded comments",
    "xl/persons/": "who wrote threaded comments",
    "xl/comments": "notes",
    "xl/sharedStrings": "shared and rich texts",
    "customXml/": "custom XML",
    "docProps/": "properties",
    "xl/printerSettings/": "printer settings",
    "xl/vbaProject": "macros",
    "xl/connections": "connections",
    "xl/queryTables/": "query",
    "xl/tables/": "table",
    "xl/externalLinks/": "link to another workbook",
    "xl/theme/": "theme",
    "xl/styles": "styles",
    "xl/calcChain": "calculation chain",
    "xl/workbook.xml": "workbook",
    "xl/future/": "a part nobody knows",
    "[Content_Types]": "content types",
}


def read_parts(path: Path) -> dict[str, bytes]:
    """Return a zip file's parts in their order."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_parts(path: Path, parts: Mapping[str, bytes]) -> None:
    """Write a zip file, parts in the order given."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 24, 9, 0, 0)), data, zipfile.ZIP_DEFLATED)
    path.write_bytes(target.getvalue())


def sheet_part(parts: Mapping[str, bytes], title: str) -> str:
    """Return the part of a sheet."""
    book = etree.fromstring(parts["xl/workbook.xml"])
    (node,) = (one for one in book.iter(tag("sheet")) if one.get("name") == title)
    for link in etree.fromstring(parts["xl/_rels/workbook.xml.rels"]):
        if link.get("Id") == node.get(f"{{{RELATION}}}id"):
            target = str(link.get("Target"))
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise AssertionError(title)


def rows_by_invoice(parts: Mapping[str, bytes]) -> dict[str, int]:
    """Return the row of each invoice in Relances, read from the XML itself."""
    root = etree.fromstring(parts[sheet_part(parts, "Relances")])
    found = {}
    for cell in root.iter(tag("c")):
        match = re.fullmatch(rf"{NUMBER}(\d+)", str(cell.get("r")))
        text = "".join(str(one) for one in cell.itertext()) if match and cell.get("t") == "inlineStr" else ""
        if match and text.startswith(("FA", "AV")):
            found[text] = int(match[1])
    return found


def expected_formula(reference: Reference, rows: Mapping[str, int], last: int) -> str:
    """Return a formula of Suivi as Excel would show it, given where the invoices are now."""
    if reference.invoice and reference.invoice not in rows:
        return re.sub(r"('?Relances'?!)\$?[A-Z]+\$?\{0\}", r"\1#REF!", reference.formula)
    return reference.formula.replace("{0}", str(rows.get(reference.invoice, 0))).replace("{last}", str(last))


class _Builder:
    """Adds parts, relationships and content types to a workbook's parts."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        self.parts = parts
        self.rows = rows_by_invoice(parts)
        self.last = max(self.rows.values())
        self.shared: list[str] = []

    def add(self, name: str, data: str | bytes, content_type: str = "") -> None:
        """Add a part; its content type too where its extension does not tell it."""
        assert name not in self.parts, f"{name} is ours"
        self.parts[name] = data if isinstance(data, bytes) else (_DECLARATION + data).encode()
        if content_type:
            self._type(f'<Override PartName="/{name}" ContentType="{content_type}"/>')

    def extension(self, extension: str, content_type: str) -> None:
        """Tell the content type of all parts with an extension."""
        self._type(f'<Default Extension="{extension}" ContentType="{content_type}"/>')

    def _type(self, node: str) -> None:
        types = self.parts["[Content_Types].xml"].decode()
        place = "</Types>" if node.startswith("<Override") else "<Override"
        self.parts["[Content_Types].xml"] = types.replace(place, node + place, 1).encode()

    def link(self, part: str, kind: str, target: str, *, outside: bool = False) -> str:
        """Add a relationship and return its id; `kind` is the end of an official type, or a whole type."""
        folder, _slash, name = part.rpartition("/")
        rels = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
        empty = f'{_DECLARATION}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        text = self.parts.get(rels, (empty + "</Relationships>").encode()).decode()
        one = f"rId{len(re.findall('<Relationship ', text)) + 1}"
        full = kind if "://" in kind else f"{_OFFICE}/relationships/{kind}"
        mode = ' TargetMode="External"' if outside else ""
        node = f'<Relationship Id="{one}" Type="{full}" Target="{target}"{mode}/>'
        self.parts[rels] = text.replace("</Relationships>", node + "</Relationships>").encode()
        return one

    def edit(self, part: str, change: Callable[[str], str]) -> None:
        """Change a part as text."""
        self.parts[part] = change(self.parts[part].decode()).encode()

    def text(self, content: str) -> int:
        """Return the index of a new shared text; `content` is its XML."""
        self.shared.append(f"<si>{content}</si>")
        return len(self.shared) - 1


def build(path: Path, *, macros: bool = False) -> None:
    """Turn a freshly exported workbook into the torture workbook, in place."""
    builder = _Builder(read_parts(path))
    _styles_and_theme(builder)
    relances = sheet_part(builder.parts, "Relances")
    _own_columns(builder, relances)
    _around_relances(builder, relances)
    _on_the_ledger(builder, sheet_part(builder.parts, "Historique"))
    _follow_up_sheet(builder)
    _analysis_sheet(builder)
    _workbook(builder, macros=macros)
    write_parts(path, builder.parts)


def _insert(text: str, before: tuple[str, ...], node: str) -> str:
    """Insert a node before the first of those elements that is there: the schema's order."""
    places = [match.start() for name in before if (match := re.search(rf"<{name}[ />]", text))]
    place = min(places, default=text.rindex("</worksheet>"))
    return text[:place] + node + text[place:]


def _styles_and_theme(builder: _Builder) -> None:
    """Add a number format and three styles of the user's, and a colour of the theme."""

    def add_styles(text: str) -> str:
        text = re.sub(r'<numFmts count="(\d+)">', lambda match: f'<numFmts count="{int(match[1]) + 1}">', text)
        text = text.replace("</numFmts>", '<numFmt numFmtId="170" formatCode="0.0%;[Red]-0.0%"/></numFmts>', 1)
        count = int(re.findall(r'<cellXfs count="(\d+)"', text)[0])
        own = '<xf numFmtId="170" fontId="1" fillId="3" borderId="1" xfId="0" applyNumberFormat="1"/>' * 2
        text = text.replace(f'<cellXfs count="{count}"', f'<cellXfs count="{count + 2}"')
        return text.replace("</cellXfs>", own + "</cellXfs>")

    builder.edit("xl/styles.xml", add_styles)
    builder.edit("xl/theme/theme1.xml", lambda text: text.replace("4F81BD", "C0FFEE").replace("Office Theme", "Maison"))


def own_style(parts: Mapping[str, bytes]) -> str:
    """Return the index of the user's own style."""
    return str(int(re.findall(rb'<cellXfs count="(\d+)"', parts["xl/styles.xml"])[0]) - 1)


def _own_columns(builder: _Builder, part: str) -> None:
    """Add the user's columns behind ours: text, number with a style, shared formula, formula, rich text."""
    style = own_style(builder.parts)
    owner, priority, margin, share, opinion = OWN_COLUMNS
    titles = ("Responsable", "Priorité", "Marge", "Part", "Avis")
    rich = builder.text(
        '<r><t>à </t></r><r><rPr><b/><color rgb="FFFF0000"/></rPr><t>surveiller</t></r>'
        '<rPh sb="0" eb="1"><t>A</t></rPh><phoneticPr fontId="1"/>'
    )
    shared_titles = {column: builder.text(f"<t>{title}</t>") for column, title in zip(OWN_COLUMNS, titles, strict=True)}
    owners = {row: builder.text(f"<t>pour {number}</t>") for number, row in builder.rows.items()}

    def cells(row: int) -> str:
        if row == FIRST - 1:
            return "".join(f'<c r="{c}{row}" s="7" t="s"><v>{i}</v></c>' for c, i in shared_titles.items())
        master = f'<f t="shared" ref="{margin}{FIRST}:{margin}{builder.last}" si="0">{OPEN}{row}*0.1</f>'
        shared = master if row == FIRST else '<f t="shared" si="0"/>'
        part = OWN_FORMULAS[share].format(row=row, last=builder.last)
        return (
            f'<c r="{owner}{row}" t="s"><v>{owners[row]}</v></c><c r="{priority}{row}" s="{style}"><v>0.{row}</v></c>'
            f'<c r="{margin}{row}" s="{style}">{shared}<v>{row}</v></c><c r="{share}{row}"><f>{part}</f><v>0.5</v></c>'
            f'<c r="{opinion}{row}" t="s"><v>{rich}</v></c>'
        )

    def change(text: str) -> str:
        for row in range(FIRST - 1, builder.last + 1):
            text = re.sub(rf'(?<=<row r="{row}")((?:(?!</row>).)*)', rf"\g<1>{cells(row)}", text, count=1)
        text = re.sub(r'(<row r="2"(?:(?!</row>).)*)</row>', rf'\1<c r="{CONTROL}2" t="b"><v>1</v></c></row>', text)
        hidden = builder.rows[FILTERED]
        text = text.replace(f'<row r="{hidden}"', f'<row r="{hidden}" hidden="1"')
        for row in range(20, 23):
            text = text.replace(f'<row r="{row}"', f'<row r="{row}" outlineLevel="1"')
        return re.sub(r'<dimension ref="[^"]+"/>', f'<dimension ref="A1:{CONTROL}{builder.last}"/>', text)

    builder.edit(part, change)


def _around_relances(builder: _Builder, part: str) -> None:
    """Add what stands around the cells of Relances."""
    last = builder.last
    drawing = _drawing(builder, 901)
    vml = _notes(builder, part)
    settings = _printer_settings(builder, 1)
    links = {
        "drawing": builder.link(part, "drawing", f"../drawings/{drawing}"),
        "vml": builder.link(part, "vmlDrawing", f"../drawings/{vml}"),
        "printer": builder.link(part, "printerSettings", f"../printerSettings/{settings}"),
        "own": builder.link(part, "hyperlink", "https://example.com/suivi", outside=True),
        "control": builder.link(part, "ctrlProp", "../ctrlProps/ctrlProp1.xml"),
    }
    builder.add(
        "xl/ctrlProps/ctrlProp1.xml",
        f'<formControlPr xmlns="{_X14}" objectType="CheckBox" checked="Checked" fmlaLink="${CONTROL}$2" lockText="1"/>',
        "application/vnd.ms-excel.controlproperties+xml",
    )
    linked_row = builder.rows["FA2026-0195"]

    def change(text: str) -> str:
        text = text.replace("<worksheet ", f'<worksheet xmlns:r="{RELATION}" xmlns:mc="{_MC}" '
                            f'mc:Ignorable="x14ac" xmlns:x14ac="{_X14}/ac" ', 1)  # fmt: skip
        text = text.replace('xSplit="3" ySplit="5" topLeftCell="D6"', 'xSplit="2" ySplit="5" topLeftCell="C6"')
        text = re.sub(r'<sheetFormatPr [^>]*/>', '<sheetFormatPr baseColWidth="8" defaultRowHeight="15" '
                      'outlineLevelRow="1" outlineLevelCol="1" x14ac:dyDescent="0.25"/>', text)  # fmt: skip
        first = column_index_from_string(OWN_COLUMNS[0])
        text = text.replace("</cols>", f'<col min="{first}" max="{first}" width="33.5" customWidth="1"/><col min="{first + 1}" '
                            f'max="{first + 2}" width="9" hidden="1" outlineLevel="1"/></cols>')  # fmt: skip
        reminded = column_index_from_string(LIST["last_date"]) - 1
        filtered = (
            f'<autoFilter ref="A5:{OWN_COLUMNS[-1]}{last}"><filterColumn colId="{reminded}"><filters blank="1"/></filterColumn>'
            f'<sortState ref="A6:{OWN_COLUMNS[-1]}{last}"><sortCondition ref="{DUE}6:{DUE}{last}"/></sortState></autoFilter>'
        )
        text = re.sub(r"<autoFilter [^>]*/>", '<sheetProtection sheet="1" objects="1" scenarios="1"/>' + filtered, text)
        rules = (
            f'<conditionalFormatting sqref="{OWN_COLUMNS[0]}6:{OWN_COLUMNS[0]}{last}"><cfRule type="expression" dxfId="0" priority="40"><formula>'
            f'${OPEN}6&gt;1000</formula></cfRule></conditionalFormatting><conditionalFormatting sqref="{TOTAL}6:{TOTAL}{last}">'
            '<cfRule type="dataBar" priority="41"><dataBar><cfvo type="min"/><cfvo type="max"/><color '
            f'rgb="FF638EC6"/></dataBar><extLst><ext uri="{{B025F937-C7B1-47D3-B67F-A62EFF666E3E}}" '
            f'xmlns:x14="{_X14}"><x14:id>{{11111111-2222-3333-4444-555555555555}}</x14:id></ext></extLst></cfRule>'
            "</conditionalFormatting>"
        )
        text = _insert(text, ("conditionalFormatting", "dataValidations"), rules)
        own_link = f'<hyperlinks><hyperlink ref="{OWN_COLUMNS[0]}{linked_row}" r:id="{links["own"]}" tooltip="à moi"/></hyperlinks>'
        text = _insert(text, ("pageMargins",), own_link)
        text = re.sub(r"<pageSetup ([^>]*)/>", rf'<pageSetup \1 r:id="{links["printer"]}"/>', text)
        control = column_index_from_string(CONTROL) - 1
        tail = (
            '<rowBreaks count="1" manualBreakCount="1"><brk id="25" max="16383" man="1"/></rowBreaks>'
            '<colBreaks count="1" manualBreakCount="1"><brk id="14" max="1048575" man="1"/></colBreaks>'
            f'<drawing r:id="{links["drawing"]}"/><legacyDrawing r:id="{links["vml"]}"/>'
            f'<mc:AlternateContent xmlns:mc="{_MC}"><mc:Choice Requires="x14" xmlns:x14="{_X14}"><controls>'
            f'<mc:AlternateContent><mc:Choice Requires="x14"><control shapeId="1099" r:id="{links["control"]}" '
            'name="Case 1"><controlPr defaultSize="0" autoFill="0" autoLine="0" autoPict="0"><anchor moveWithCells="1">'
            f'<from xmlns:xdr="{_DRAWING}/spreadsheetDrawing"><xdr:col>{control}</xdr:col><xdr:colOff>0</xdr:colOff>'
            "<xdr:row>2</xdr:row><xdr:rowOff>0</xdr:rowOff></from>"
            f'<to xmlns:xdr="{_DRAWING}/spreadsheetDrawing"><xdr:col>{control + 2}</xdr:col><xdr:colOff>0</xdr:colOff>'
            "<xdr:row>3</xdr:row><xdr:rowOff>0</xdr:rowOff></to></anchor></controlPr></control></mc:Choice>"
            "</mc:AlternateContent></controls></mc:Choice></mc:AlternateContent>"
        )
        return text.replace("</worksheet>", tail + _extensions(last, builder.rows[THREADED]) + "</worksheet>")

    builder.edit(part, change)


def _extensions(last: int, checked: int) -> str:
    """Return the sheet's extensions: data bar, validation by another sheet's list, sparklines."""
    lines = "".join(
        f"<x14:sparkline><xm:f>Relances!{OVERDUE}{row}:{OPEN}{row}</xm:f><xm:sqref>{SPARKLINES}{row}</xm:sqref></x14:sparkline>"
        for row in range(FIRST, last + 1)
    )
    space = f'xmlns:x14="{_X14}" xmlns:xm="{_XM}"'
    return (
        f'<extLst><ext uri="{{78C0D931-6437-407d-A8EE-F0AAD7539E65}}" {space}><x14:conditionalFormattings>'
        '<x14:conditionalFormatting><x14:cfRule type="dataBar" id="{11111111-2222-3333-4444-555555555555}">'
        '<x14:dataBar minLength="0" maxLength="100" gradient="0"><x14:cfvo type="autoMin"/><x14:cfvo type="autoMax"/>'
        f'<x14:negativeFillColor rgb="FFFF0000"/><x14:axisColor rgb="FF000000"/></x14:dataBar></x14:cfRule>'
        f"<xm:sqref>{TOTAL}6:{TOTAL}{last}</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings></ext>"
        f'<ext uri="{{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}}" {space}><x14:dataValidations count="2">'
        '<x14:dataValidation type="list" allowBlank="1"><x14:formula1><xm:f>Suivi!$A$3:$A$9</xm:f></x14:formula1>'
        f"<xm:sqref>{OWN_COLUMNS[0]}6:{OWN_COLUMNS[0]}{last}</xm:sqref></x14:dataValidation>"
        '<x14:dataValidation type="list" allowBlank="1"><x14:formula1><xm:f>Suivi!$B$3:$B$9</xm:f></x14:formula1>'
        f"<xm:sqref>{OWN_COLUMNS[1]}{checked}</xm:sqref></x14:dataValidation></x14:dataValidations></ext>"
        f'<ext uri="{{05C60535-1F16-4fd2-B633-F4F36F0B64E0}}" {space}><x14:sparklineGroups><x14:sparklineGroup '
        'type="column" displayEmptyCellsAs="gap"><x14:colorSeries rgb="FF376092"/><x14:sparklines>'
        f"{lines}</x14:sparklines></x14:sparklineGroup></x14:sparklineGroups></ext></extLst>"
    )


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress(b"\0\xff\0\0\0\xff\0" * 2)
    head = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _printer_settings(builder: _Builder, number: int) -> str:
    if number == 1:
        builder.extension("bin", f"{_SPREADSHEET}.printerSettings")
    builder.add(f"xl/printerSettings/printerSettings{number}.bin", bytes(range(256)) * number)
    return f"printerSettings{number}.bin"


def _drawing(builder: _Builder, number: int) -> str:
    """Add a drawing: a picture, a chart, a text box; the first with the slicer too."""
    part = f"xl/drawings/drawing{number}.xml"
    if number == 901:
        builder.extension("png", "image/png")
    builder.add(f"xl/media/image{number}.png", _png() + str(number).encode())
    picture = builder.link(part, "image", f"../media/image{number}.png")
    chart = builder.link(part, "chart", f"../charts/chart{number}.xml")
    builder.add(
        f"xl/charts/chart{number}.xml",
        f'<c:chartSpace xmlns:c="{_DRAWING}/chart" xmlns:a="{_DRAWING}/main"><c:chart><c:plotArea><c:layout/><c:barChart>'
        '<c:barDir val="col"/><c:grouping val="clustered"/><c:ser><c:idx val="0"/><c:order val="0"/><c:val><c:numRef>'
        f"<c:f>Relances!${OPEN}$6:${OPEN}${builder.last}</c:f></c:numRef></c:val></c:ser>"
        '<c:axId val="1"/><c:axId val="2"/></c:barChart>'
        '<c:catAx><c:axId val="1"/><c:scaling/><c:delete val="0"/><c:axPos val="b"/><c:crossAx val="2"/></c:catAx><c:valAx>'
        '<c:axId val="2"/><c:scaling/><c:delete val="0"/><c:axPos val="l"/><c:crossAx val="1"/></c:valAx></c:plotArea>'
        '<c:plotVisOnly val="1"/></c:chart></c:chartSpace>',
        "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
    )

    place = column_index_from_string(CONTROL) + 1

    def anchor(row: int, content: str) -> str:
        ends = "".join(
            f"<xdr:{name}><xdr:col>{column}</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{at}</xdr:row>"
            f"<xdr:rowOff>0</xdr:rowOff></xdr:{name}>"
            for name, column, at in (("from", place, row), ("to", place + 4, row + 5))
        )
        return f"<xdr:twoCellAnchor>{ends}{content}<xdr:clientData/></xdr:twoCellAnchor>"

    def frame(one: int, name: str, graphic: str) -> str:
        return (
            f'<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr><xdr:cNvPr id="{one}" name="{name}"/>'
            '<xdr:cNvGraphicFramePr/></xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm>'
            f"<a:graphic>{graphic}</a:graphic></xdr:graphicFrame>"
        )

    shape = '<a:xfrm><a:off x="0" y="0"/><a:ext cx="9525" cy="9525"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
    pic = (
        '<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="Logo"/><xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill>'
        f'<a:blip r:embed="{picture}"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill>'
        f"<xdr:spPr>{shape}</xdr:spPr></xdr:pic>"
    )
    box_text = (
        '<xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="3" name="Zone de texte"/><xdr:cNvSpPr txBox="1"/>'
        f"</xdr:nvSpPr><xdr:spPr>{shape}</xdr:spPr><xdr:txBody><a:bodyPr/><a:p><a:r><a:t>À lire &amp; garder</a:t></a:r>"
        "</a:p></xdr:txBody></xdr:sp>"
    )
    chart_frame = frame(
        4, "Graphique",
        f'<a:graphicData uri="{_DRAWING}/chart"><c:chart xmlns:c="{_DRAWING}/chart" r:id="{chart}"/></a:graphicData>',
    )  # fmt: skip
    slicer_space = "http://schemas.microsoft.com/office/drawing/2010/slicer"
    slicer = (
        f'<mc:AlternateContent xmlns:mc="{_MC}"><mc:Choice Requires="sle" xmlns:sle="{slicer_space}">'
        + frame(5, "Devise", f'<a:graphicData uri="{slicer_space}"><sle:slicer name="Devise"/></a:graphicData>')
        + f'</mc:Choice><mc:Fallback><xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="0" name=""/><xdr:cNvSpPr/>'
        f"</xdr:nvSpPr><xdr:spPr>{shape}</xdr:spPr></xdr:sp></mc:Fallback></mc:AlternateContent>"
    )
    anchors = [anchor(2, pic), anchor(12, box_text), anchor(30, chart_frame)]
    anchors += [anchor(40, slicer)] if number == 903 else []
    builder.add(
        part,
        f'<xdr:wsDr xmlns:xdr="{_DRAWING}/spreadsheetDrawing" xmlns:a="{_DRAWING}/main" xmlns:r="{RELATION}">'
        f"{''.join(anchors)}</xdr:wsDr>",
        "application/vnd.openxmlformats-officedocument.drawing+xml",
    )
    return part.rpartition("/")[2]


def _notes(builder: _Builder, part: str) -> str:
    """Add an old note and a threaded comment with an answer, their boxes, and a form control's box."""
    noted, threaded = builder.rows[NOTED], builder.rows[THREADED]
    person, thread, answer = (f"{{AAAAAAAA-0000-0000-0000-00000000000{n}}}" for n in (1, 2, 3))
    builder.add(
        "xl/comments901.xml",
        f'<comments xmlns="{MAIN}"><authors><author>Claire</author><author>tc={thread}</author></authors><commentList>'
        f'<comment ref="{CUSTOMER}{noted}" authorId="0" shapeId="0"><text><r><rPr><b/><sz val="9"/></rPr><t>A promis</t></r></text>'
        f'</comment><comment ref="{CUSTOMER}{threaded}" authorId="1" shapeId="0"><text><t>[Threaded comment] Relancer ?</t></text>'
        "</comment></commentList></comments>",
        f"{_SPREADSHEET}.comments+xml",
    )
    builder.link(part, "comments", "../comments901.xml")
    builder.add(
        "xl/threadedComments/threadedComment1.xml",
        f'<ThreadedComments xmlns="{_MICROSOFT}/spreadsheetml/2018/threadedcomments"><threadedComment ref="{CUSTOMER}{threaded}" '
        f'dT="2026-11-20T10:00:00.00" personId="{person}" id="{thread}"><text>Relancer ?</text></threadedComment>'
        f'<threadedComment ref="{CUSTOMER}{threaded}" dT="2026-11-20T11:00:00.00" personId="{person}" id="{answer}" '
        f'parentId="{thread}"><text>Oui</text></threadedComment></ThreadedComments>',
        "application/vnd.ms-excel.threadedcomments+xml",
    )
    builder.link(
        part, f"{_MICROSOFT}/2017/10/relationships/threadedComment", "../threadedComments/threadedComment1.xml"
    )
    builder.add(
        "xl/persons/person.xml",
        f'<personList xmlns="{_MICROSOFT}/spreadsheetml/2018/threadedcomments"><person displayName="Claire" id="{person}" '
        'userId="claire" providerId="None"/></personList>',
        "application/vnd.ms-excel.person+xml",
    )
    builder.link("xl/workbook.xml", f"{_MICROSOFT}/2017/10/relationships/person", "persons/person.xml")
    builder.extension("vml", "application/vnd.openxmlformats-officedocument.vmlDrawing")
    column = column_index_from_string(CUSTOMER) - 1
    boxes = "".join(
        f'<v:shape id="_x0000_s{1025 + index}" type="#_x0000_t202" style="position:absolute;visibility:hidden" '
        'fillcolor="infoBackground [80]" o:insetmode="auto"><v:textbox/><x:ClientData ObjectType="Note"><x:MoveWithCells/>'
        f"<x:Anchor>{column + 1}, 15, {row - 1}, 2, {column + 3}, 31, {row + 3}, 1</x:Anchor><x:AutoFill>False</x:AutoFill>"
        f"<x:Row>{row - 1}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
        for index, row in enumerate((noted, threaded))
    )
    place = column_index_from_string(CONTROL) - 1
    control = (
        '<v:shape id="_x0000_s1099" type="#_x0000_t201" style="position:absolute"><x:ClientData ObjectType="Checkbox">'
        f"<x:Anchor>{place}, 0, 2, 0, {place + 2}, 0, 3, 0</x:Anchor><x:AutoFill>False</x:AutoFill><x:Checked>1</x:Checked>"
        f"<x:FmlaLink>${CONTROL}$2</x:FmlaLink></x:ClientData></v:shape>"
    )
    builder.parts["xl/drawings/vmlDrawing901.vml"] = (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/>'
        '</o:shapelayout><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"/>'
        '<v:shapetype id="_x0000_t201" coordsize="21600,21600" o:spt="201" path="m,l,21600r21600,l21600,xe"/>'
        f"{boxes}{control}</xml>"
    ).encode()
    return "vmlDrawing901.vml"


def _on_the_ledger(builder: _Builder, part: str) -> None:
    """Add an own column, a rule and a picture to Historique."""
    drawing = builder.link(part, "drawing", f"../drawings/{_drawing(builder, 902)}")
    title = builder.text("<t>Suivi interne</t>")
    style = own_style(builder.parts)

    def change(text: str) -> str:
        text = re.sub(r"</row>", f'<c r="{LEDGER_OWN}1" s="7" t="s"><v>{title}</v></c></row>', text, count=1)
        text = re.sub(r"</row></sheetData>", f'<c r="{LEDGER_OWN}2" s="{style}"/></row></sheetData>', text, count=1)
        text = text.replace(f'<dimension ref="A1:{LEDGER_LAST}2"/>', f'<dimension ref="A1:{LEDGER_OWN}2"/>')
        rule = (
            '<conditionalFormatting sqref="L2:L500"><cfRule type="containsText" dxfId="1" priority="1" '
            'operator="containsText" text="refus"><formula>NOT(ISERROR(SEARCH("refus",L2)))</formula></cfRule>'
            "</conditionalFormatting>"
        )
        text = _insert(text, ("dataValidations", "hyperlinks", "pageMargins"), rule)
        return text.replace("</worksheet>", f'<drawing xmlns:r="{RELATION}" r:id="{drawing}"/></worksheet>')

    builder.edit(part, change)


def _follow_up_sheet(builder: _Builder) -> None:
    """Add the sheet Suivi: formulas that lead to ours, protected, filtered, grouped, with a table."""
    part = "xl/worksheets/sheet906.xml"
    lines = []
    formulas = {int(one.cell[1:]): expected_formula(one, builder.rows, builder.last) for one in REFERENCES}
    for row in range(3, 12):
        escaped = formulas[row].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        text = builder.text(f"<t>ligne {row}</t>")
        start = SHARED_START
        master = f'<f t="shared" ref="D{SHARED_ROWS[0]}:D{SHARED_ROWS[-1]}" si="0">Relances!{OPEN}{start}</f>'
        shared = master if row == SHARED_ROWS[0] else '<f t="shared" si="0"/>'
        cell = f'<c r="D{row}">{shared}<v>1</v></c>' if row in SHARED_ROWS else ""
        attributes = ' hidden="1"' if row == 7 else ' outlineLevel="1"' if row in {8, 9} else ""
        lines.append(
            f'<row r="{row}"{attributes}><c r="A{row}" t="s"><v>{text}</v></c>'
            f'<c r="B{row}" t="str"><f>{escaped}</f><v>0</v></c>{cell}</row>'
        )
    titles = [builder.text(f"<t>{title}</t>") for title in ("Mois", "Total")]
    head = f'<row r="14"><c r="A14" t="s"><v>{titles[0]}</v></c><c r="B14" t="s"><v>{titles[1]}</v></c></row>'
    body = '<row r="15"><c r="A15"><v>1</v></c><c r="B15"><f>A15*2</f><v>2</v></c></row>'
    table = builder.link(part, "table", "../tables/table1.xml")
    printer = builder.link(part, "printerSettings", f"../printerSettings/{_printer_settings(builder, 2)}")
    header = builder.text("<t>Libellé</t>")
    second = builder.text("<t>Valeur</t>")
    builder.add(
        part,
        f'<worksheet xmlns="{MAIN}" xmlns:r="{RELATION}" xmlns:mc="{_MC}" mc:Ignorable="x14ac xr" '
        f'xmlns:x14ac="{_X14}/ac" xmlns:xr="{_MICROSOFT}/spreadsheetml/2014/revision" '
        'xr:uid="{00000000-0001-0000-0500-000000000000}"><sheetPr filterMode="1"/><dimension ref="A2:D15"/>'
        '<sheetViews><sheetView workbookViewId="0"/></sheetViews><sheetFormatPr defaultRowHeight="15" outlineLevelRow="1" '
        'x14ac:dyDescent="0.25"/><cols><col min="1" max="1" width="44.7109375" customWidth="1"/><col min="3" max="3" '
        f'width="0" hidden="1" customWidth="1"/></cols><sheetData><row r="2"><c r="A2" t="s"><v>{header}</v></c><c r="B2" '
        f't="s"><v>{second}</v></c></row>{"".join(lines)}{head}{body}</sheetData>'
        '<sheetProtection sheet="1" objects="1" scenarios="1"/><autoFilter ref="A2:B11"><filterColumn colId="0"><filters>'
        '<filter val="ligne 3"/></filters></filterColumn><sortState ref="A3:B11"><sortCondition descending="1" '
        f'ref="B3:B11"/></sortState></autoFilter><conditionalFormatting sqref="B3:B11"><cfRule type="expression" dxfId="2" '
        f'priority="1"><formula>Relances!${OPEN}${builder.rows[POSTED]}&gt;0</formula></cfRule></conditionalFormatting>'
        '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
        f'<pageSetup paperSize="9" r:id="{printer}"/><rowBreaks count="1" manualBreakCount="1"><brk id="8" max="16383" '
        f'man="1"/></rowBreaks><tableParts count="1"><tablePart r:id="{table}"/></tableParts><extLst>'
        f'<ext uri="{{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}}" xmlns:x14="{_X14}" xmlns:xm="{_XM}"><x14:dataValidations '
        'count="1"><x14:dataValidation type="list" allowBlank="1"><x14:formula1><xm:f>'
        f"Relances!${CUSTOMER}$6:${CUSTOMER}${builder.last}</xm:f></x14:formula1><xm:sqref>A3:A11</xm:sqref></x14:dataValidation>"
        "</x14:dataValidations></ext></extLst></worksheet>",
        f"{_SPREADSHEET}.worksheet+xml",
    )
    builder.add(
        "xl/tables/table1.xml",
        f'<table xmlns="{MAIN}" id="1" name="Mois" displayName="Mois" ref="A14:B15" totalsRowShown="0"><autoFilter '
        'ref="A14:B15"/><tableColumns count="2"><tableColumn id="1" name="Mois"/><tableColumn id="2" name="Total">'
        "<calculatedColumnFormula>A15*2</calculatedColumnFormula></tableColumn></tableColumns><tableStyleInfo "
        'name="TableStyleMedium2" showRowStripes="1"/></table>',
        f"{_SPREADSHEET}.table+xml",
    )


def _analysis_sheet(builder: _Builder) -> None:
    """Add the sheet Analyse: pivot table, slicer, chart, the result of a query."""
    part = "xl/worksheets/sheet907.xml"
    drawing = builder.link(part, "drawing", f"../drawings/{_drawing(builder, 903)}")
    builder.link(part, "pivotTable", "../pivotTables/pivotTable1.xml")
    builder.link(part, "queryTable", "../queryTables/queryTable1.xml")
    slicer = builder.link(part, f"{_MICROSOFT}/2007/relationships/slicer", "../slicers/slicer1.xml")
    title = builder.text("<t>Devise</t>")
    value = builder.text("<t>EUR</t>")
    builder.add(
        part,
        f'<worksheet xmlns="{MAIN}" xmlns:r="{RELATION}"><dimension ref="A1:F4"/><sheetViews><sheetView '
        'workbookViewId="0"/></sheetViews><sheetFormatPr defaultRowHeight="15"/><sheetData><row r="1"><c r="F1" t="s">'
        f'<v>{title}</v></c></row><row r="2"><c r="F2"><f>[1]Feuil1!$A$1+Relances!{OPEN}{builder.rows[THREADED]}</f><v>3</v></c>'
        f'</row><row r="3"><c r="A3" t="s"><v>{title}</v></c></row><row r="4"><c r="A4" t="s"><v>{value}</v></c></row>'
        '</sheetData><pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
        f'<drawing r:id="{drawing}"/><extLst><ext uri="{{A8765BA9-456A-4dab-B4F3-ACF838C121DE}}" xmlns:x14="{_X14}">'
        f'<x14:slicerList><x14:slicer r:id="{slicer}"/></x14:slicerList></ext></extLst></worksheet>',
        f"{_SPREADSHEET}.worksheet+xml",
    )
    builder.add(
        "xl/pivotTables/pivotTable1.xml",
        f'<pivotTableDefinition xmlns="{MAIN}" name="TCD1" cacheId="7" dataCaption="Valeurs" updatedVersion="6" '
        'createdVersion="6"><location ref="A3:A4" firstHeaderRow="1" firstDataRow="1" firstDataCol="1"/><pivotFields '
        'count="1"><pivotField axis="axisRow" showAll="0"><items count="2"><item x="0"/><item t="default"/></items>'
        '</pivotField></pivotFields><rowFields count="1"><field x="0"/></rowFields><rowItems count="1"><i><x/></i>'
        '</rowItems><colItems count="1"><i/></colItems><pivotTableStyleInfo name="PivotStyleLight16"/>'
        "</pivotTableDefinition>",
        f"{_SPREADSHEET}.pivotTable+xml",
    )
    cache = "xl/pivotCache/pivotCacheDefinition1.xml"
    builder.link("xl/pivotTables/pivotTable1.xml", "pivotCacheDefinition", "../pivotCache/pivotCacheDefinition1.xml")
    records = builder.link(cache, "pivotCacheRecords", "pivotCacheRecords1.xml")
    builder.add(
        cache,
        f'<pivotCacheDefinition xmlns="{MAIN}" xmlns:r="{RELATION}" r:id="{records}" refreshedBy="Claire" '
        f'recordCount="1"><cacheSource type="worksheet"><worksheetSource ref="{CURRENCY}5:{CURRENCY}{builder.last}" sheet="Relances"/>'
        '</cacheSource><cacheFields count="1"><cacheField name="Devise" numFmtId="0"><sharedItems count="1"><s v="EUR"/>'
        "</sharedItems></cacheField></cacheFields></pivotCacheDefinition>",
        f"{_SPREADSHEET}.pivotCacheDefinition+xml",
    )
    builder.add(
        "xl/pivotCache/pivotCacheRecords1.xml",
        f'<pivotCacheRecords xmlns="{MAIN}" count="1"><r><x v="0"/></r></pivotCacheRecords>',
        f"{_SPREADSHEET}.pivotCacheRecords+xml",
    )
    builder.add(
        "xl/slicers/slicer1.xml",
        f'<slicers xmlns="{_X14}"><slicer name="Devise" cache="Segment_Devise" caption="Devise" rowHeight="241300"/></slicers>',
        "application/vnd.ms-excel.slicer+xml",
    )
    builder.add(
        "xl/slicerCaches/slicerCache1.xml",
        f'<slicerCacheDefinition xmlns="{_X14}" name="Segment_Devise" sourceName="Devise"><pivotTables><pivotTable '
        f'tabId="{ANALYSIS_ID}" name="TCD1"/></pivotTables><data><tabular pivotCacheId="7"><items count="1"><i x="0" s="1"/></items>'
        "</tabular></data></slicerCacheDefinition>",
        "application/vnd.ms-excel.slicerCache+xml",
    )
    builder.add(
        "xl/queryTables/queryTable1.xml",
        f'<queryTable xmlns="{MAIN}" name="Requete" connectionId="1" autoFormatId="16"/>',
        f"{_SPREADSHEET}.queryTable+xml",
    )


def _workbook(builder: _Builder, *, macros: bool) -> None:
    """Add what belongs to the whole workbook, the user's two sheets among ours."""
    part = "xl/workbook.xml"
    link = builder.link
    analysis, follow_up = (link(part, "worksheet", f"worksheets/sheet{n}.xml") for n in (907, 906))
    external = link(part, "externalLink", "externalLinks/externalLink1.xml")
    cache = link(part, "pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml")
    slicers = link(part, f"{_MICROSOFT}/2007/relationships/slicerCache", "slicerCaches/slicerCache1.xml")
    link(part, "connections", "connections.xml")
    link(part, "sharedStrings", "sharedStrings.xml")
    link(part, "customXml", "../customXml/item1.xml")
    link(part, "calcChain", "calcChain.xml")
    link(part, "https://example.com/relationships/2031/future", "future/part1.dat")
    builder.extension("dat", "application/x-future")
    builder.add("xl/future/part1.dat", b"\x00\x01 nobody knows this \xff" * 20)
    builder.add(
        "xl/externalLinks/externalLink1.xml",
        f'<externalLink xmlns="{MAIN}"><externalBook xmlns:r="{RELATION}" r:id="rId1"><sheetNames><sheetName '
        'val="Feuil1"/></sheetNames></externalBook></externalLink>',
        f"{_SPREADSHEET}.externalLink+xml",
    )
    link("xl/externalLinks/externalLink1.xml", "externalLinkPath", "budget.xlsx", outside=True)
    builder.add(
        "xl/connections.xml",
        f'<connections xmlns="{MAIN}"><connection id="1" name="Requete" type="5" refreshedVersion="6"><dbPr '
        'connection="Provider=Microsoft.Mashup.OleDb.1" command="Requete"/></connection></connections>',
        f"{_SPREADSHEET}.connections+xml",
    )
    builder.add("customXml/item1.xml", "<mine xmlns='urn:mine'>  kept  byte for byte </mine>")
    builder.add(
        "customXml/itemProps1.xml",
        f'<ds:datastoreItem ds:itemID="{{99999999-0000-0000-0000-000000000000}}" xmlns:ds="{_OFFICE}/customXml"/>',
        "application/vnd.openxmlformats-officedocument.customXmlProperties+xml",
    )
    link("customXml/item1.xml", "customXmlProps", "itemProps1.xml")
    builder.add(
        "docProps/custom.xml",
        f'<Properties xmlns="{_OFFICE}/custom-properties" xmlns:vt="{_OFFICE}/docPropsVTypes"><property '
        'fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="Service"><vt:lpwstr>Compta</vt:lpwstr></property>'
        "</Properties>",
        "application/vnd.openxmlformats-officedocument.custom-properties+xml",
    )
    link("", "custom-properties", "docProps/custom.xml")
    count = len(builder.shared)
    builder.add(
        "xl/sharedStrings.xml",
        f'<sst xmlns="{MAIN}" count="{count}" uniqueCount="{count}">{"".join(builder.shared)}</sst>',
        f"{_SPREADSHEET}.sharedStrings+xml",
    )
    chain = (
        "".join(f'<c r="{OWN_COLUMNS[2]}{row}" i="1"/>' for row in range(FIRST, builder.last + 1))
        + f'<c r="B3" i="{FOLLOW_UP_ID}"/>'
    )
    builder.add("xl/calcChain.xml", f'<calcChain xmlns="{MAIN}">{chain}</calcChain>', f"{_SPREADSHEET}.calcChain+xml")
    if macros:
        builder.add("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + bytes(512), "application/vnd.ms-office.vbaProject")
        link(part, f"{_MICROSOFT}/2006/relationships/vbaProject", "vbaProject.bin")
        before, after = f"{_SPREADSHEET}.sheet.main+xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
        builder.edit("[Content_Types].xml", lambda text: text.replace(before, after))

    def change(text: str) -> str:
        # Analyse stands first: every name that belongs to one sheet counts one further.
        text = re.sub(r'localSheetId="(\d+)"', lambda match: f'localSheetId="{int(match[1]) + 1}"', text)
        text = text.replace(
            "<workbookPr/>",
            f'<fileVersion appName="xl" lastEdited="7"/><workbookPr codeName="ThisWorkbook"/><mc:AlternateContent '
            f'xmlns:mc="{_MC}"><mc:Choice Requires="x15" xmlns:x15="{_MICROSOFT}/spreadsheetml/2010/11/main"><x15ac:absPath '
            f'url="C:\\compta\\" xmlns:x15ac="{_MICROSOFT}/spreadsheetml/2010/11/ac"/></mc:Choice></mc:AlternateContent>',
        )
        own = '<sheet xmlns:r="{0}" name="{1}" sheetId="{2}" r:id="{3}"/>'
        text = text.replace("<sheets>", "<sheets>" + own.format(RELATION, "Analyse", ANALYSIS_ID, analysis))
        text = text.replace("</sheets>", own.format(RELATION, "Suivi", FOLLOW_UP_ID, follow_up) + "</sheets><externalReferences>"
                            f'<externalReference xmlns:r="{RELATION}" r:id="{external}"/></externalReferences>')  # fmt: skip
        last = builder.last
        text = re.sub(rf"('Relances'!\$A\$5:\$){LAST}(\$\d+</definedName>)", rf"\1{OWN_COLUMNS[-1]}\2", text)
        names = (
            f'<definedName name="MesCreances" comment="à moi">Relances!${OPEN}$6:${OPEN}${last}</definedName>'
            f'<definedName name="_xlnm._FilterDatabase" localSheetId="{len(OUR_SHEETS) + 1}" hidden="1">Suivi!$A$2:$B$11</definedName>'
            f'<definedName name="_xlnm.Print_Area" localSheetId="1">Relances!$A$1:${LAST}${last}</definedName>'
            '<definedName name="Segment_Devise">#N/A</definedName>'
        )
        text = text.replace("</definedNames>", names + "</definedNames>")
        extension = (
            f'<pivotCaches><pivotCache xmlns:r="{RELATION}" cacheId="7" r:id="{cache}"/></pivotCaches><extLst>'
            f'<ext uri="{{BBE1A952-AA13-448e-AADC-164F8A28A991}}" xmlns:x14="{_X14}"><x14:slicerCaches><x14:slicerCache '
            f'xmlns:r="{RELATION}" r:id="{slicers}"/></x14:slicerCaches></ext></extLst>'
        )
        return text.replace("</workbook>", extension + "</workbook>")

    builder.edit(part, change)


def type_ticks(path: Path, ticks: Mapping[str, str]) -> None:
    """Type an x as Excel stores it: {invoice: column}; nothing else of the file changes."""
    parts = read_parts(path)
    rows, part = rows_by_invoice(parts), sheet_part(parts, "Relances")
    root = etree.fromstring(parts[part])
    for invoice, column in ticks.items():
        (cell,) = (one for one in root.iter(tag("c")) if one.get("r") == f"{column}{rows[invoice]}")
        cell.set("t", "str")
        etree.SubElement(cell, tag("v")).text = "x"
    parts[part] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    write_parts(path, parts)


def pay_and_add(bench: Bench) -> None:
    """Let one invoice be paid and another come."""
    path = bench.root / "impayes.csv"
    lines = path.read_bytes().split(b"\r\n")
    kept = [line for line in lines if line and not line.startswith(f"{PAID};".encode())]
    path.write_bytes(b"\r\n".join([*kept, NEW_LINE.encode("cp1252"), b""]))


def kind_of(part: str, parts: Mapping[str, bytes]) -> str:
    """Return what a part is, in words."""
    for title in (*OUR_SHEETS, "Suivi", "Analyse"):
        if sheet_part(parts, title) == part:
            return f"sheet {title}" + ("" if title in OUR_SHEETS else " (the user's)")
    if part.endswith(".rels"):
        return "relationships"
    return next((kind for beginning, kind in KINDS.items() if part.startswith(beginning)), "?")


#: What a write may change of ours, and of what leads to our rows or stands on them, in words.
_OUR_CHANGES = {
    "Relances": "ours: rows",
    "Historique": "ours: rows",
    "Clients": "ours: rows",
    "Listes": "ours: lists",
    DASHBOARD: "ours: figures",
}
_FOLLOWING = ("xl/comments", "xl/threadedComments/", "xl/drawings/vmlDrawing")


def linked_parts(parts: Mapping[str, bytes], part: str, kind: str) -> list[str]:
    """Return the parts that a part leads to by a type of relationship, given by its end."""
    folder, _slash, name = part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels"
    found = []
    for link in etree.fromstring(parts[rels]) if rels in parts else ():
        if str(link.get("Type")).endswith(f"/{kind}"):
            found.append(posixpath.normpath(posixpath.join("/", folder, str(link.get("Target")))).lstrip("/"))
    return found


def our_charts(parts: Mapping[str, bytes]) -> set[str]:
    """Return the charts of our dashboard: they hold the figures they show."""
    drawings = linked_parts(parts, sheet_part(parts, DASHBOARD), "drawing")
    return {chart for drawing in drawings for chart in linked_parts(parts, drawing, "chart")}


#: What holds a formula or a place as its text, and what holds a place as an attribute.
_TEXTS = {"f", "formula", "row", "rowOff", "Row", "Anchor"}
_ATTRIBUTES = {"worksheetSource", "comment", "threadedComment", "dimension"}


def without_references(data: bytes) -> bytes:
    """Return a part of the user's without its formulas and places: all that may follow rows which moved."""
    root = etree.fromstring(data)
    for node in root.iter():
        name = etree.QName(node).localname if isinstance(node.tag, str) else ""
        if name in _TEXTS and not len(node):
            node.text = ""
            node.attrib.clear()
        elif name in _ATTRIBUTES:
            node.attrib.pop("ref", "")
    return etree.tostring(root, method="c14n", exclusive=True)


def forgotten(before: bytes, after: bytes) -> set[str]:
    """Return the calculated cells of a sheet that lost the value they kept."""
    valued: set[str] = set()
    bare: set[str] = set()
    for data, found, wanted in ((before, valued, True), (after, bare, False)):
        for cell in etree.fromstring(data).iter(tag("c")):
            if cell.find(tag("f")) is not None and (cell.find(tag("v")) is not None) is wanted:
                found.add(str(cell.get("r")))
    return valued & bare


def without_values(data: bytes, cells: set[str]) -> bytes:
    """Return a sheet without the values of some calculated cells."""
    root = etree.fromstring(data)
    for cell in root.iter(tag("c")):
        value = cell.find(tag("v"))
        if str(cell.get("r")) in cells and value is not None:
            cell.remove(value)
            cell.attrib.pop("t", "")
    return etree.tostring(root)


def _is_kept(before: bytes, after: bytes) -> bool:
    """Whether all of a part is there but for references, and values that formulas kept of what changed."""
    gone = forgotten(before, after)
    return without_references(without_values(before, gone)) == without_references(after)


def change_of(part: str, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    """Return in words what a write did to a part; what it may not do is in capitals."""
    if part not in after:
        return "removed: Excel makes it anew" if part == "xl/calcChain.xml" else "REMOVED"
    if part not in before:
        return "NEW"
    if before[part] == after[part]:
        return "unchanged"
    ours = {sheet_part(before, title): change for title, change in _OUR_CHANGES.items()}
    ours |= dict.fromkeys(our_charts(before), "ours: figures")
    ours |= {
        f"{part.rpartition('/')[0]}/_rels/{part.rpartition('/')[2]}.rels": "ours: links to letters"
        for part, change in ours.items()
        if change == "ours: rows"
    }
    ours["xl/workbook.xml"] = "names, calculation"
    if "xl/calcChain.xml" in before and "xl/calcChain.xml" not in after:
        ours |= dict.fromkeys(("xl/_rels/workbook.xml.rels", "[Content_Types].xml"), "calculation chain taken out")
    if part in ours:
        return ours[part]
    if not part.endswith((".xml", ".vml")) or not _is_kept(before[part], after[part]):
        return "CHANGED"
    if _canonical(before[part]) == _canonical(after[part]):
        return "REWRITTEN FOR NOTHING"
    return "moved with its row" if part.startswith(_FOLLOWING) else "references followed"


def _canonical(data: bytes) -> bytes:
    return etree.tostring(etree.fromstring(data), method="c14n", exclusive=True)


def table(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[tuple[str, str, str]]:
    """Return each part, what it is, and how it changed."""
    every = [*before, *(name for name in after if name not in before)]
    return [(part, kind_of(part, before), change_of(part, before, after)) for part in every]


def main() -> None:
    """Build the workbook, refresh and send it, and show what became of every part."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder) / "dossier")
        assert bench.run("init", "--sample").code == 0
        assert bench.run("export").code == 0
        build(bench.workbook)
        before = read_parts(bench.workbook)
        pay_and_add(bench)
        assert bench.run("export").code == 0
        middle = read_parts(bench.workbook)
        type_ticks(bench.workbook, {POSTED: POST, MAILED: BY_EMAIL})
        ticked = read_parts(bench.workbook)
        sent = bench.run("send", "--yes")
        assert sent.code == 0, sent
        after = read_parts(bench.workbook)
    exported, delivered = table(before, middle), {part: how for part, _kind, how in table(ticked, after)}
    width = max(len(part) for part, _kind, _how in exported)
    sys.stdout.write(f"{'part':{width}}  {'what it is':32}  {'by export':28}  by send\n")
    for part, kind, how in exported:
        sys.stdout.write(f"{part:{width}}  {kind:32}  {how:28}  {delivered.get(part, '')}\n")


if __name__ == "__main__":
    main()
