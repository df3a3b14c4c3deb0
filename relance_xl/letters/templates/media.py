"""Pictures that tags stand for, and how they come along with a letter, alone or among others in one document."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from docx.opc.part import Part
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from lxml import etree

from relance_xl.letters.templates.package import Part as PackagePart

_EMBED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"
_IMAGE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a tag stands for: a PNG or JPEG, and how wide it is printed (millimetres)."""

    data: bytes
    width_mm: float


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


def media_of(body: etree._Element, part: Part, known: frozenset[str]) -> Iterator[PackagePart]:
    """Yield what a body embeds through the document's part, beside what the template itself does by `known`."""
    wanted = {str(node.get(_EMBED)) for node in body.iter() if node.get(_EMBED)} - known
    for relationship in sorted(wanted):
        target = part.rels[relationship].target_part
        name = str(target.partname).lstrip("/")
        yield PackagePart(relationship, _IMAGE, name, target.content_type, target.blob)
