"""A workbook as Excel's own hand writes it: shared texts, spans, 1904 dates, and the oddities XML allows."""

import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

from lxml import etree
from openpyxl.formula.translate import Translator
from openpyxl.utils import column_index_from_string, get_column_letter

from tests.support.places import NEXT

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_AC = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"
_XR = "http://schemas.microsoft.com/office/spreadsheetml/2014/revision"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_STRINGS = "xl/sharedStrings.xml"
_BETWEEN_1900_AND_1904 = 1462
_FIRST_OF_1904 = date(1904, 1, 1)
_FIRST_OF_1900 = date(1899, 12, 30)
_ADDRESS = re.compile(r"([A-Z]{1,3})(\d+)")
_AREA = re.compile(
    r"(?<![A-Za-z_.\d$])(\$?)([A-Z]{1,3})(\$?)(\d+)(?::(\$?)([A-Z]{1,3})(\$?)(\d+))?(?![\d(A-Za-z_])",
)

Move = Callable[[int], int | None]


def _tag(name: str) -> str:
    return f"{{{MAIN}}}{name}"


@dataclass(frozen=True, slots=True)
class Raw:
    """A cell's XML, part by part. `item`: what stands within its shared text's `si`; `day`: a date's serial."""

    kind: str = "n"
    value: str | None = None
    formula: str | None = None
    item: str | None = None
    day: date | None = None


def shared(text: str) -> Raw:
    """Return a text cell as Excel writes it; line ends and Excel's own escapes included."""
    kept = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    space = ' xml:space="preserve"' if kept != kept.strip() or "\n" in kept else ""
    return Raw("s", item=f"<t{space}>{escape(kept)}</t>")


def typed(value: object) -> Raw:
    """Return what Excel writes for a value of Python's."""
    match value:
        case Raw():
            return value
        case bool():
            return Raw("b", "1" if value else "0")
        case int() | float():
            return Raw("n", str(value))
        case date():
            return Raw("n", day=value)
        case None:
            return Raw()
        case _:
            return shared(str(value))


@dataclass(frozen=True, slots=True)
class Dress:
    """How the XML looks: the date system, and what only other programs than Excel would write."""

    is_1904: bool = False
    prefix: str | None = None
    single_quotes: bool = False
    no_addresses: bool = False
    comments: bool = False
    cdata: bool = False


class ExcelFile:
    """A workbook's parts, changed as Excel would and written back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        self._sheets = {name: etree.fromstring(self.parts[part]) for name, part in self._sheet_parts().items()}
        self._items = self._present_strings()
        self._is_1904 = False

    def _sheet_parts(self) -> dict[str, str]:
        links = {
            link.get("Id"): str(link.get("Target")).removeprefix("/xl/")
            for link in etree.fromstring(self.parts["xl/_rels/workbook.xml.rels"])
        }
        book = etree.fromstring(self.parts["xl/workbook.xml"])
        return {str(one.get("name")): f"xl/{links[one.get(f'{{{_OFFICE}}}id')]}" for one in book.iter(_tag("sheet"))}

    def _present_strings(self) -> list[str]:
        if _STRINGS not in self.parts:
            return []
        return [_inner_xml(item) for item in etree.fromstring(self.parts[_STRINGS]).iter(_tag("si"))]

    def sheet(self, name: str = "Relances") -> etree._Element:
        """Return a sheet's XML."""
        return self._sheets[name]

    def book(self, change: Callable[[str], str]) -> None:
        """Change the XML of the workbook part."""
        self.parts["xl/workbook.xml"] = change(self.parts["xl/workbook.xml"].decode()).encode()

    def cells(self, sheet: str = "Relances") -> dict[str, etree._Element]:
        """Return a sheet's cells by address."""
        return {str(cell.get("r")): cell for cell in self.sheet(sheet).iter(_tag("c"))}

    def put(self, cells: Mapping[str, Raw], sheet: str = "Relances") -> None:
        """Write cells that are there already, in their styles."""
        present = self.cells(sheet)
        for place, raw in cells.items():
            cell = present[place]
            cell[:] = []
            cell.attrib.pop("t", "")
            if raw.kind != "n":
                # Texts become shared when the file is dressed; without a dress they stay where they are.
                cell.set("t", "inlineStr" if raw.item is not None else raw.kind)
            if raw.formula is not None:
                etree.SubElement(cell, _tag("f")).text = raw.formula
            if raw.day is not None:
                cell.set("s", str(present[f"{NEXT}{place[1:]}"].get("s")))
            value = raw.value
            if raw.item is not None:
                cell.append(etree.fromstring(f'<is xmlns="{MAIN}">{raw.item}</is>'))
            if raw.day is not None:
                value = str((raw.day - (_FIRST_OF_1904 if self._is_1904 else _FIRST_OF_1900)).days)
            if value is not None:
                etree.SubElement(cell, _tag("v")).text = value

    def clear(self, addresses: Iterable[str], sheet: str = "Relances") -> None:
        """Empty cells."""
        present = self.cells(sheet)
        for place in addresses:
            present[place][:] = []
            present[place].attrib.pop("t", "")

    def give_addresses(self) -> None:
        """Write out the addresses of all rows and cells: where none stands, it follows on the one before."""
        for sheet in self._sheets.values():
            last_row = 0
            for row in sheet.iter(_tag("row")):
                last_row = int(row.get("r", last_row + 1))
                row.set("r", str(last_row))
                last_column = 0
                for cell in row.iterchildren(_tag("c")):
                    letters = str(cell.get("r", "")).rstrip("0123456789")
                    last_column = column_index_from_string(letters) if letters else last_column + 1
                    cell.set("r", f"{get_column_letter(last_column)}{last_row}")

    def count_from_1904(self) -> None:
        """Turn to the 1904 date system: every date there is gets its other serial number."""
        self._is_1904 = True
        styles = etree.fromstring(self.parts["xl/styles.xml"])
        own = {one.get("numFmtId") for one in styles.iter(_tag("numFmt")) if "yy" in str(one.get("formatCode"))}
        formats = styles.find(_tag("cellXfs"))
        assert formats is not None
        dates = {str(index) for index, one in enumerate(formats) if one.get("numFmtId") in own | {"14"}}
        for sheet in self._sheets.values():
            for cell in sheet.iter(_tag("c")):
                value = cell.find(_tag("v"))
                if cell.get("s") in dates and cell.get("t", "n") == "n" and value is not None and value.text:
                    value.text = str(int(value.text) - _BETWEEN_1900_AND_1904)
        self.book(lambda text: text.replace("<workbookPr/>", '<workbookPr date1904="1" defaultThemeVersion="124226"/>'))

    def save(self, dress: Dress | None = None) -> None:
        """Write the file back; with a dress, every sheet as Excel, or whoever, writes it."""
        for name, part in self._sheet_parts().items():
            root = self._sheets[name]
            self.parts[part] = self._dressed(root, dress) if dress else etree.tostring(root, encoding="UTF-8")
        if dress:
            self._add_strings(dress)
            self.book(_with_alternate_content)
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.parts.items():
                archive.writestr(name, data)

    def _add_strings(self, dress: Dress) -> None:
        name = f"{dress.prefix}:" if dress.prefix else ""
        xmlns = f"xmlns:{dress.prefix}" if dress.prefix else "xmlns"
        items = "".join(f"<si>{item}</si>" for item in self._items)
        if name:
            items = re.sub(r"<(/?)(\w)", rf"<\1{name}\2", items)
        head = f'<{name}sst {xmlns}="{MAIN}" count="{len(self._items)}" uniqueCount="{len(self._items)}">'
        xml = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n{head}{items}</{name}sst>'
        known = _STRINGS in self.parts
        self.parts[_STRINGS] = xml.encode()
        if known:
            return
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
        self._add("[Content_Types].xml", "</Types>", f'<Override PartName="/{_STRINGS}" ContentType="{kind}"/>')
        link = f'<Relationship Id="rIdStrings" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        self._add("xl/_rels/workbook.xml.rels", "</Relationships>", link)

    def _add(self, part: str, end: str, xml: str) -> None:
        self.parts[part] = self.parts[part].replace(end.encode(), (xml + end).encode())

    def _dressed(self, root: etree._Element, dress: Dress) -> bytes:
        self._share_texts(root)
        for row in root.iter(_tag("row")):
            columns = [column_index_from_string(str(cell.get("r")).rstrip("0123456789")) for cell in row]
            if columns:
                row.set("spans", f"{min(columns)}:{max(columns)}")
            row.set(f"{{{_AC}}}dyDescent", "0.25")
        if dress.no_addresses:
            _leave_addresses_out(root)
        if dress.cdata:
            for node in [*root.iter(_tag("v")), *root.iter(_tag("f"))]:
                if node.text and "]]>" not in node.text:
                    node.text = etree.CDATA(node.text)
        new = etree.Element(
            root.tag, nsmap={dress.prefix: MAIN, "r": _OFFICE, "mc": _MC, "x14ac": _AC, "xr": _XR}  # type: ignore[dict-item]  # the stubs forget the default namespace
        )  # fmt: skip
        new.set(f"{{{_MC}}}Ignorable", "x14ac xr")
        new.set(f"{{{_XR}}}uid", "{00000000-0001-0000-0000-000000000000}")
        new.extend(list(root))
        _add_head(new)
        if dress.comments:
            _strew_comments(new)
        text = etree.tostring(new, encoding="unicode")
        if dress.single_quotes:
            text = re.sub(r"<[^<>!]+>", lambda tag: re.sub(r'="([^"\']*)"', r"='\1'", tag[0]), text)
        return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n{text}'.encode()

    def _share_texts(self, root: etree._Element) -> None:
        """Move texts to the shared ones; every third in runs of rich text, with a hint of how to say it."""
        for cell in root.iter(_tag("c")):
            holder = cell.find(_tag("is"))
            if holder is None:
                continue
            text = "".join(str(part) for node in holder.iter(_tag("t")) for part in node.itertext(_tag("t")))
            has_comment = any(len(node) for node in holder.iter(_tag("t")))
            plain = len(holder) == 1 and not has_comment and len(text) > 3 and "_x" not in text
            index = len(self._items)
            self._items.append(_rich(text) if plain and index % 3 == 0 else _inner_xml(holder))
            cell[:] = []
            cell.set("t", "s")
            etree.SubElement(cell, _tag("v")).text = str(index)


_SPACED = ' xml:space="preserve"'


def _inner_xml(element: etree._Element) -> str:
    text = "".join(etree.tostring(child, encoding="unicode", with_tail=False) for child in element)
    return re.sub(r' xmlns(:\w+)?="[^"]*"', "", text)


def _rich(text: str) -> str:
    middle = len(text) // 2
    return (
        f"<r><t{_SPACED}>{escape(text[:middle])}</t></r>"
        f'<r><rPr><b/><sz val="10"/><rFont val="Calibri"/></rPr><t{_SPACED}>{escape(text[middle:])}</t></r>'
        '<rPh sb="0" eb="1"><t>カナ</t></rPh><phoneticPr fontId="1"/>'
    )


def _leave_addresses_out(root: etree._Element) -> None:
    """Leave out the addresses of all rows and cells that follow on the one before."""
    last_row = 0
    for row in root.iter(_tag("row")):
        last_column = 0
        for cell in row:
            column = column_index_from_string(str(cell.get("r")).rstrip("0123456789"))
            if column == last_column + 1:
                del cell.attrib["r"]
            last_column = column
        number = int(str(row.get("r")))
        if number == last_row + 1:
            del row.attrib["r"]
        last_row = number


def _add_head(root: etree._Element) -> None:
    body = root.find(_tag("sheetData"))
    assert body is not None
    choice = etree.fromstring(
        f'<mc:AlternateContent xmlns:mc="{_MC}"><mc:Choice xmlns:x14="urn:x" Requires="x14"><x14:thing/>'
        f"</mc:Choice><mc:Fallback/></mc:AlternateContent>"
    )
    root.insert(list(root).index(body), choice)


def _strew_comments(root: etree._Element) -> None:
    body = root.find(_tag("sheetData"))
    assert body is not None
    for row in list(body):
        row.insert(min(2, len(row)), etree.Comment(" by another program "))
        row.addprevious(etree.Comment(" row "))
        for cell in row.iterchildren(_tag("c")):
            if len(cell):
                cell.insert(0, etree.Comment("cell"))
    root.insert(0, etree.ProcessingInstruction("writer", "v1"))


def _with_alternate_content(text: str) -> str:
    path = (
        f'<mc:AlternateContent xmlns:mc="{_MC}"><mc:Choice Requires="x15"><x15ac:absPath url="C:\\compta\\" '
        'xmlns:x15ac="http://schemas.microsoft.com/office/spreadsheetml/2010/11/ac"/></mc:Choice></mc:AlternateContent>'
    )
    return re.sub(r"(<workbookPr[^>]*/>)", lambda match: match[1] + path, text, count=1)


def shift(path: Path, rows: Move = lambda row: row, columns: Move = lambda column: column) -> None:
    """Insert, delete or move whole rows or columns of the sheet Relances as Excel does: all that points there follows."""
    file = ExcelFile(path)
    root = file.sheet()
    body = root.find(_tag("sheetData"))
    assert body is not None
    for row in list(body):
        number = rows(int(str(row.get("r"))))
        if number is None:
            body.remove(row)
            continue
        row.set("r", str(number))
        for cell in list(row):
            match = _ADDRESS.fullmatch(str(cell.get("r")))
            assert match
            column = columns(column_index_from_string(match[1]))
            if column is None:
                row.remove(cell)
            else:
                cell.set("r", f"{get_column_letter(column)}{number}")
        row[:] = sorted(row, key=lambda cell: column_index_from_string(str(cell.get("r")).rstrip("0123456789")))
    body[:] = sorted(body, key=lambda row: int(str(row.get("r"))))
    for node in root.iter(_tag("f"), _tag("formula"), _tag("formula1")):
        node.text = _follow(node.text or "", rows, columns)
    for node in list(root.iter(_tag("dataValidation"), _tag("conditionalFormatting"), _tag("autoFilter"))):
        attribute = "ref" if node.get("ref") else "sqref"
        areas = _follow(str(node.get(attribute)), rows, columns)
        if "#REF!" in areas:
            parent = node.getparent()
            assert parent is not None
            parent.remove(node)
        else:
            node.set(attribute, areas)
    _shift_widths(root, columns)

    def names(text: str) -> str:
        return re.sub(
            r"(>'Relances'!)([^<]*)(<)", lambda match: match[1] + _follow(match[2], rows, columns) + match[3], text
        )

    file.book(names)
    file.save()


def _shift_widths(root: etree._Element, columns: Move) -> None:
    container = root.find(_tag("cols"))
    if container is None:
        return
    for node in list(container):
        column = columns(int(str(node.get("min"))))
        if column is None:
            container.remove(node)
        else:
            node.set("min", str(column))
            node.set("max", str(column))
    container[:] = sorted(container, key=lambda node: int(str(node.get("min"))))


def _follow(formula: str, rows: Move, columns: Move) -> str:
    """Return a formula or areas with each place where it is now; texts within are left alone."""

    def follow(match: re.Match[str]) -> str:
        wide, tall = match[6] or match[2], match[8] or match[4]
        across = range(column_index_from_string(match[2]), column_index_from_string(wide) + 1)
        kept_columns = [new for old in across if (new := columns(old)) is not None]
        kept_rows = [new for old in range(int(match[4]), int(tall) + 1) if (new := rows(old)) is not None]
        if not kept_columns or not kept_rows:
            return "#REF!"
        start = f"{match[1]}{get_column_letter(min(kept_columns))}{match[3]}{min(kept_rows)}"
        if match[6] is None:
            return start
        return f"{start}:{match[5]}{get_column_letter(max(kept_columns))}{match[7]}{max(kept_rows)}"

    pieces = formula.split('"')
    return '"'.join(piece if index % 2 else _AREA.sub(follow, piece) for index, piece in enumerate(pieces))


def sort_rows(path: Path, order: Mapping[int, int]) -> None:
    """Sort rows of the sheet Relances as Excel does: {old row: new row}; formulas follow their own row."""
    file = ExcelFile(path)
    body = file.sheet().find(_tag("sheetData"))
    assert body is not None
    for row in body:
        old = int(str(row.get("r")))
        new = order.get(old, old)
        row.set("r", str(new))
        for cell in row:
            before = str(cell.get("r"))
            after = before.replace(str(old), str(new))
            cell.set("r", after)
            formula = cell.find(_tag("f"))
            if formula is not None and formula.text:
                formula.text = Translator(f"={formula.text}", origin=before).translate_formula(after)[1:]
    body[:] = sorted(body, key=lambda row: int(str(row.get("r"))))
    file.save()


def copy_columns(path: Path, copies: Mapping[str, str]) -> None:
    """Copy whole columns of the sheet Relances to free places, as pasting does: {from: to}, by letter."""
    file = ExcelFile(path)
    for row in file.sheet().iter(_tag("row")):
        for cell in list(row):
            letters = str(cell.get("r")).rstrip("0123456789")
            if letters in copies:
                copy = deepcopy(cell)
                copy.set("r", f"{copies[letters]}{row.get('r')}")
                row.append(copy)
    file.save()


def validations(path: Path) -> dict[str, str]:
    """Return what validates the cells of the sheet Relances: formulas by area."""
    nodes = ExcelFile(path).sheet().iter(_tag("dataValidation"))
    return {str(node.get("sqref")): str(node.findtext(_tag("formula1"))) for node in nodes}


def paste_over(path: Path, areas: Mapping[str, str | None]) -> None:
    """Leave validations only on what pasting spared: {area: what is left of it}; None: nothing."""
    file = ExcelFile(path)
    root = file.sheet()
    for node in list(root.iter(_tag("dataValidation"))):
        area = str(node.get("sqref"))
        left = areas.get(area, area)
        if left is None:
            parent = node.getparent()
            assert parent is not None
            parent.remove(node)
        else:
            node.set("sqref", left)
    container = root.find(_tag("dataValidations"))
    if container is not None:
        container.set("count", str(len(container)))
        if not len(container):
            root.remove(container)
    file.save()


def hide_rows(path: Path, hidden: Iterable[int], column: int, shown: str) -> None:
    """Filter the list by a column's value as Excel does: the other rows are hidden."""
    file = ExcelFile(path)
    root = file.sheet()
    numbers = {str(row) for row in hidden}
    for row in root.iter(_tag("row")):
        if row.get("r") in numbers:
            row.set("hidden", "1")
    only = root.find(_tag("autoFilter"))
    assert only is not None
    criteria = etree.SubElement(etree.SubElement(only, _tag("filterColumn"), {"colId": str(column)}), _tag("filters"))
    etree.SubElement(criteria, _tag("filter"), {"val": shown})
    file.save()


def hidden_rows(path: Path) -> set[int]:
    """Return the rows of the sheet Relances that a filter hides."""
    return {int(str(row.get("r"))) for row in ExcelFile(path).sheet().iter(_tag("row")) if row.get("hidden") == "1"}
