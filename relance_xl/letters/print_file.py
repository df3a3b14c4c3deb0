"""Letters and invoices joined: one PDF a reminder, and one a batch to print, with an outline."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from relance_xl.letters.invoice_pdf import InvoicePdf


class JoinFailedError(Exception):
    """A letter and its invoices that cannot be joined."""


@dataclass(frozen=True, slots=True)
class PrintEntry:
    """One reminder's PDF in the file to print, and its line in the outline."""

    title: str
    path: Path


def join_reminder(letter: Path, invoices: Sequence[InvoicePdf], target: Path, title: str) -> None:
    """Write a reminder's PDF: its letter, then each invoice. Raises JoinFailedError."""
    try:
        writer = PdfWriter()
        for source in (letter.read_bytes(), *(invoice.data for invoice in invoices)):
            reader = PdfReader(io.BytesIO(source))
            if reader.is_encrypted:
                reader.decrypt("")
            for page in reader.pages:
                writer.add_page(page)
        writer.add_metadata({"/Title": title})
        writer.write(target)
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        NotImplementedError,
    ) as error:
        raise JoinFailedError(str(error)) from error


def write_print_file(entries: Iterable[PrintEntry], target: Path, title: str) -> None:
    """Write the file to print: every reminder's PDF in order, with an outline entry for each."""
    writer = PdfWriter()
    for entry in entries:
        writer.append(entry.path, outline_item=entry.title, import_outline=False)
    writer.add_metadata({"/Title": title})
    writer.write(target)
