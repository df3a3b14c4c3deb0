"""Pictures that tags stand for, and how they come along with a letter, alone or among others in one document."""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from docx.opc.part import Part
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from lxml import etree

_EMBED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_OVERRIDE = "{http://schemas.openxmlformats.org/package/2006/content-types}Override"
_IMAGE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a tag stands for: a PNG or JPEG, and how wide it is printed (millimetres)."""

    data: bytes
    width_mm: float


@dataclass(frozen=True, slots=True)
class Medium:
    """A part that a letter's body embeds: by which relationship, its name in the package, its kind, its bytes."""

    relationship: str
    name: str
    kind: str
    data: bytes


class _Shown(InlineImage):  # type: ignore[misc]  # docxtpl has no types
    """A picture that may stand in a letter's text (tags/sandbox.py)."""

    stands_in_text = True


def with_pictures(names: Mapping[str, object], template: DocxTemplate) -> dict[str, object]:
    """Return what tags stand for as the template's library wants it."""
    return {
        name: _Shown(template, io.BytesIO(value.data), width=Mm(value.width_mm))
        if isinstance(value, Picture)
        else value
        for name, value in names.items()
    }


def media_of(body: etree._Element, part: Part, known: frozenset[str]) -> Iterator[Medium]:
    """Yield what a body embeds through the document's part, beside what the template itself does by `known`."""
    wanted = {str(node.get(_EMBED)) for node in body.iter() if node.get(_EMBED)} - known
    for relationship in sorted(wanted):
        target = part.rels[relationship].target_part
        yield Medium(relationship, str(target.partname).lstrip("/"), target.content_type, target.blob)


def with_relationships(links: bytes, media: Iterable[Medium]) -> bytes:
    """Return a document's relationships with those to its media (ECMA-376 part 2, 9.3)."""
    root = etree.fromstring(links)
    for one in media:
        target = one.name.removeprefix("word/")
        etree.SubElement(root, _RELATIONSHIP, {"Id": one.relationship, "Type": _IMAGE, "Target": target})
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def with_kinds(types: bytes, media: Iterable[Medium]) -> bytes:
    """Return a package's content types with those of its media (ECMA-376 part 2, 10.1.2.2)."""
    root = etree.fromstring(types)
    for one in media:
        etree.SubElement(root, _OVERRIDE, {"PartName": f"/{one.name}", "ContentType": one.kind})
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
