"""PDF/A (ISO 19005): what a file says of itself, and what one that is joined from several may say."""

import zlib
from html import escape

from lxml import etree
from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, PdfError, Stream

from relance_xl.letters.pages.content_streams import is_deflated

#: Parts of the standard by the names that settings give them; `b`: that it looks the same for ever, no more.
PARTS = {"1b": 1, "2b": 2, "3b": 3}

# Prefixes are declared where validators look for them.
_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>{part}</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""
# Of an honest file metadata and profile are a few kilobytes (bytes, unpacked).
_LARGEST = 4_000_000
# The longest array of the first part (ISO 19005-1, 6.1.12).
_LONGEST_ARRAY = 8191
# A colour profile's header, the table of its tags after it, and their names (ICC.1, 7.2 and 7.3).
_HEADER, _TAG_SIZE, _DESCRIPTION, _RGB = 128, 12, b"desc", b"RGB "
# In a profile's description, as both versions of profiles write it.
_SRGB = ("sRGB".encode("ascii"), "sRGB".encode("utf-16-be"))


class JoinedClaim:
    """The claim of a file that is being joined: the part that its first document claims, if all others allow it."""

    def __init__(self, joined: Pdf) -> None:
        self._joined = joined
        self._part: int | None = None

    @property
    def part(self) -> int:
        """The part of the standard that may be claimed so far; 0 for none."""
        return self._part or 0

    def add(self, document: Pdf) -> bool:
        """Reckon with a document whose pages are taken; return whether the claim stands."""
        if self._part is None:
            self._part = claimed_part(document)
            if self._part:
                self._take_colours(document)
        elif self._part and not _fits(document, self._part):
            self._part = 0
        return bool(self._part)

    def write(self, title: str) -> None:
        """Write the title, and the claim if there is one."""
        self._joined.docinfo[Name.Title] = title
        if self._part == 1 and len(self._joined.Root.Pages.Kids) > _LONGEST_ARRAY:
            self._part = 0
        if self._part:
            metadata = self._joined.make_stream(_metadata(title, self._part))
            metadata[Name.Type], metadata[Name.Subtype] = Name.Metadata, Name.XML
            self._joined.Root[Name.Metadata] = metadata

    def _take_colours(self, document: Pdf) -> None:
        """Let the file mean the same colours as the document does (ISO 19005-1, 6.2.2)."""
        profile = next(iter(_profiles(document)), None)
        if profile is not None:
            intent = Dictionary(
                Type=Name.OutputIntent,
                S=Name.GTS_PDFA1,
                OutputConditionIdentifier="sRGB IEC61966-2.1",
                DestOutputProfile=self._joined.copy_foreign(profile),
            )
            self._joined.Root[Name.OutputIntents] = Array([self._joined.make_indirect(intent)])


def claimed_part(document: Pdf) -> int:
    """Return the part of ISO 19005 that a file says it follows; 0 where it says nothing, or cannot be understood."""
    metadata = document.Root.get(Name.Metadata)
    if not isinstance(metadata, Stream) or _unpacked(metadata) is None:
        return 0
    try:
        part = document.open_metadata().get("pdfaid:part", "")
    except (ValueError, PdfError, etree.XMLSyntaxError):
        return 0
    return int(part) if part in {"1", "2", "3"} else 0


def _unpacked(stream: Stream) -> bytes | None:
    """Return what a stream holds; None where it is far too large, damaged, or packed as nobody does."""
    data = stream.read_raw_bytes()
    if is_deflated(stream):
        try:
            data = zlib.decompressobj().decompress(data, _LARGEST + 1)
        except zlib.error:
            return None
    elif stream.get(Name.Filter) is not None:
        return None
    return data if len(data) <= _LARGEST else None


def _fits(document: Pdf, part: int) -> bool:
    """Whether a document's pages may stand in a file that claims a part.

    The third part is the second but for what may be attached (ISO 19005-3, introduction); the first has other rules.
    """
    if claimed_part(document) not in ({2, 3} if part == 3 else {part}):
        return False
    # What stands in the file, not in its pages, is not taken along: layers that are hidden would show.
    if Name.OCProperties in document.Root:
        return False
    return all(map(is_srgb, _profiles(document))) and not any(map(_has_attachments, document.pages))


def _profiles(document: Pdf) -> list[Object | None]:
    """Return the colour profiles that a PDF/A file means its colours by; none where it means none."""
    return [
        intent.get(Name.DestOutputProfile)
        for intent in output_intents(document)
        if intent.get(Name.S) == Name.GTS_PDFA1
    ]


def output_intents(document: Pdf) -> list[Dictionary]:
    """Return what a file says of its colours (ISO 32000-1, 14.11.5)."""
    intents = document.Root.get(Name.OutputIntents)
    return [one for one in (intents if isinstance(intents, Array) else []) if isinstance(one, Dictionary)]


def is_srgb(profile: Object | None) -> bool:
    """Return whether a colour profile says by its name that it is sRGB."""
    data = _unpacked(profile) if isinstance(profile, Stream) else None
    if data is None or data[16:20] != _RGB:
        return False
    count = int.from_bytes(data[_HEADER : _HEADER + 4])
    for at in range(_HEADER + 4, min(_HEADER + 4 + count * _TAG_SIZE, len(data)), _TAG_SIZE):
        if data[at : at + 4] == _DESCRIPTION:
            start, size = int.from_bytes(data[at + 4 : at + 8]), int.from_bytes(data[at + 8 : at + 12])
            return any(name in data[start : start + size] for name in _SRGB)
    return False


def _has_attachments(page: Page) -> bool:
    notes = page.obj.get(Name.Annots)
    return isinstance(notes, Array) and any(
        isinstance(note, Dictionary) and note.get(Name.Subtype) == Name.FileAttachment for note in notes
    )


def _metadata(title: str, part: int) -> bytes:
    """Return the packet that says so (XMP, ISO 16684-1)."""
    return _PACKET.format(title=escape(title, quote=False), part=part).encode()
