"""Letters and invoices joined: one PDF a reminder, and one a batch to print, with an outline."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject

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
                writer.add_page(_without_loose_ends(page))
        writer.add_metadata({"/Title": title})
        writer.write(target)
    except Exception as error:  # whatever a broken PDF provokes in the library concerns this reminder alone
        raise JoinFailedError(str(error)) from error


def _without_loose_ends(page: PageObject) -> PageObject:
    """Leave out what points at nothing: null or dangling annotations, article threads; form fields stay."""
    page.pop("/B", None)
    if "/Annots" in page:
        annotations = page["/Annots"].get_object()
        entries = annotations if isinstance(annotations, ArrayObject) else []
        whole = [entry for entry in entries if isinstance(entry.get_object(), DictionaryObject)]
        page[NameObject("/Annots")] = ArrayObject(whole)
    return page


def write_print_file(entries: Iterable[PrintEntry], target: Path, title: str) -> None:
    """Write the file to print: every reminder's PDF in order, with an outline entry for each."""
    writer = PdfWriter()
    for entry in entries:
        first_page = len(writer.pages)
        for page in PdfReader(entry.path).pages:
            writer.add_page(page)
        writer.add_outline_item(title=entry.title, page_number=first_page)
    writer.add_metadata({"/Title": title})
    writer.write(target)
