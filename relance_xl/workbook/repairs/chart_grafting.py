"""Puts a sheet's drawing with its charts into another workbook's sheet that has none."""

import re

from lxml import etree

from relance_xl.workbook.ooxml.package import TYPES, Package, Relationships, parse_xml, rels_name, serialise
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet, sheet_reference

_OVERRIDE = "{http://schemas.openxmlformats.org/package/2006/content-types}Override"
_LINK = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_DRAWING = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing"
_NUMBER = re.compile(r"\d+(?=\.xml$)")


def graft_drawing(spreadsheet: Spreadsheet, sheet: Sheet, new: Spreadsheet, source: Sheet) -> None:
    """Give a sheet the drawing of one in a new workbook; its charts look at the sheet by its own name."""
    old, wanted = sheet_reference(source.name), sheet_reference(sheet.name)
    for drawing in new.relationships(source).targets_of_type("/drawing"):
        part = _copy(spreadsheet.package, new.package, drawing, old.encode(), wanted.encode())
        links = spreadsheet.relationships(sheet)
        link = f"rIdDrawing{len(links.root) + 1}"
        etree.SubElement(links.root, _LINK, {"Id": link, "Type": _DRAWING, "Target": f"/{part}"})
        links.store()
        sheet.set_drawing(link)


def _copy(target: Package, source: Package, part: str, old: bytes, new: bytes) -> str:
    """Copy a part and all that it leads to under names that are free; return its own."""
    name = _free_name(target, part)
    target.replace(name, source.part(part).replace(old, new))
    _declare(target, name, _content_type(source, part))
    links = Relationships.of(source, part)
    for link in links.root:
        link.set("Target", f"/{_copy(target, source, links.target(str(link.get('Id'))), old, new)}")
    if len(links.root):
        target.replace(rels_name(name), serialise(links.root))
    return name


def _free_name(target: Package, part: str) -> str:
    number, name = 1, part
    while target.has(name):
        number += 1
        name = _NUMBER.sub(str(number), part)
    return name


def _content_type(source: Package, part: str) -> str:
    types = parse_xml(source.part(TYPES))
    return next(str(node.get("ContentType")) for node in types if node.get("PartName") == f"/{part}")


def _declare(target: Package, part: str, content_type: str) -> None:
    types = parse_xml(target.part(TYPES))
    for node in list(types):
        if node.get("PartName") == f"/{part}":
            types.remove(node)
    etree.SubElement(types, _OVERRIDE, {"PartName": f"/{part}", "ContentType": content_type})
    target.replace(TYPES, serialise(types))
