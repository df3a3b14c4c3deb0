"""The parts of a Word file (ECMA-376 part 2): read, written anew, pictures put in."""

import io
import re
import zipfile
from pathlib import Path

from relance_xl.letters.templates.media import Medium, with_kinds, with_relationships

#: The parts with a document's properties; beside them lies its picture.
PROPERTIES = re.compile(r"docProps/[^/]+\.xml")
DOCUMENT, LINKS, KINDS = "word/document.xml", "word/_rels/document.xml.rels", "[Content_Types].xml"


def package_parts(path: Path) -> dict[str, bytes]:
    """Return a file's parts by their names. Raises OSError, zipfile.BadZipFile."""
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def add_media(parts: dict[str, bytes], media: tuple[Medium, ...]) -> None:
    """Put pictures in that the document embeds."""
    if media:
        parts[LINKS] = with_relationships(parts[LINKS], media)
        parts[KINDS] = with_kinds(parts[KINDS], media)
        parts |= {one.name: one.data for one in media}


def packed(parts: dict[str, bytes]) -> bytes:
    """Return a file of parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target.getvalue()
