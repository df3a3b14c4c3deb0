"""The parts of a Word file (ECMA-376 part 2): read, written anew, others put in."""

import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

#: The parts with a document's properties; beside them lies its picture.
PROPERTIES = re.compile(r"docProps/[^/]+\.xml")
DOCUMENT = "word/document.xml"
_FOLDER, _LINKS, _KINDS = "word/", "word/_rels/document.xml.rels", "[Content_Types].xml"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_OVERRIDE = "{http://schemas.openxmlformats.org/package/2006/content-types}Override"


@dataclass(frozen=True, slots=True)
class Part:
    """A part that the document leads to: by which relationship and as what, its name in the package, its kind, its bytes."""

    relationship: str
    role: str
    name: str
    kind: str
    data: bytes


def package_parts(path: Path) -> dict[str, bytes]:
    """Return a file's parts by their names. Raises OSError, zipfile.BadZipFile."""
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def add_parts(parts: dict[str, bytes], added: Iterable[Part]) -> None:
    """Put parts in, with the relationships and kinds by which the package knows them (9.3, 10.1.2.2)."""
    new = list(added)
    if not new:
        return
    links, kinds = etree.fromstring(parts[_LINKS]), etree.fromstring(parts[_KINDS])
    for one in new:
        target = one.name.removeprefix(_FOLDER)
        etree.SubElement(links, _RELATIONSHIP, {"Id": one.relationship, "Type": one.role, "Target": target})
        etree.SubElement(kinds, _OVERRIDE, {"PartName": f"/{one.name}", "ContentType": one.kind})
        parts[one.name] = one.data
    parts |= {_LINKS: written(links), _KINDS: written(kinds)}


def written(root: etree._Element) -> bytes:
    """Return an XML part as the package has it."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def packed(parts: dict[str, bytes]) -> bytes:
    """Return a file of parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target.getvalue()
