"""What is attached to an invoice's PDF: the electronic invoice of Factur-X and ZUGFeRD, in bounded time and memory."""

import io
import zlib
from pathlib import Path
from typing import Any

#: As Factur-X, ZUGFeRD 1 and 2, and XRechnung call it.
_NAMES = frozenset(("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml"))
_LARGEST = 10_000_000


def attached_einvoice(data: bytes) -> bytes | None:
    """Return the electronic invoice that a PDF carries; None where it carries none, or cannot be read."""
    # Most invoices have nothing attached, and need not be opened for it; but names may be packed.
    if b"EmbeddedFile" not in data and b"ObjStm" not in data:
        return None
    # What was looked at before is known, and the library need not be loaded.
    from pikepdf import PasswordError, Pdf, PdfError

    try:
        with Pdf.open(io.BytesIO(data)) as pdf:
            for name in pdf.attachments:
                if name.lower() in _NAMES:
                    return _unpacked(pdf.attachments[name].obj)
    except (PdfError, PasswordError, ValueError, TypeError, KeyError, RuntimeError, zlib.error):
        return None
    return None


def _unpacked(attachment: Any) -> bytes | None:
    """Return an attachment's bytes; None where it is far too large: a bomb need not be unpacked to be known."""
    from pikepdf import Dictionary, Name, Stream

    files = attachment.get(Name.EF)
    stream = files.get(Name.F, files.get(Name.UF)) if isinstance(files, Dictionary) else None
    if not isinstance(stream, Stream):
        return None
    raw, packing = stream.read_raw_bytes(), stream.get(Name.Filter)
    if packing is None:
        return raw if len(raw) <= _LARGEST else None
    if packing != Name.FlateDecode:
        return None
    found = zlib.decompressobj().decompress(raw, _LARGEST + 1)
    return found if len(found) <= _LARGEST else None


def beside(path: Path) -> Path:
    """Return where the electronic invoice of a PDF lies that has it beside it."""
    return path.with_suffix(".xml")
