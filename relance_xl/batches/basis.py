"""A digest of all that a prepared delivery shows (templates, company, dates, PDFs): if it changes, it is made anew."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from relance_xl.core.channel import CHANNELS, Channel
from relance_xl.core.invoice import Invoice
from relance_xl.core.remembered.customer_entry import NO_ENTRY
from relance_xl.letters.invoices.pdf import invoice_path
from relance_xl.planning.templates import letter_template, mail_template
from relance_xl.settings.dossier import Dossier


class Bases:
    """Tells the basis of deliveries; what many have in common, templates and settings, is looked at once."""

    def __init__(self, dossier: Dossier, proven: Mapping[str, str] | None = None) -> None:
        """`proven`: the SHA-256 of invoices' PDFs that were read just now, by number; others are read."""
        self._dossier = dossier
        self._proven = proven or {}
        self._templates: dict[tuple[Channel, str, str], str] = {}
        self._company = repr(dossier.settings.company_words())

    def of(self, channel: Channel, level_id: str, language: str, invoices: Iterable[Invoice]) -> str:
        """Return a digest of all that a delivery shows: company, templates, dates and totals, the invoices' PDFs."""
        invoices = tuple(invoices)
        parts = [self._company, self._template_part(channel, level_id, language)]
        # Of these the letter shows the contact, and words by the kind.
        parts += sorted(
            {
                repr((one.customer.entry.contact, one.customer.entry.kind))
                for one in invoices
                if one.customer.entry != NO_ENTRY
            }
        )
        parts += [
            repr((one.number, one.due, one.issued, one.total, self._pdf_digest(one)))
            for one in sorted(invoices, key=lambda invoice: invoice.number)
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _template_part(self, channel: Channel, level_id: str, language: str) -> str:
        key = channel, level_id, language
        if key not in self._templates:
            paths = [letter_template(self._dossier, level_id, language)]
            said = repr(self._dossier.settings.level_settings(level_id))
            if CHANNELS[channel].has_message:
                said += mail_template(self._dossier, level_id, language).subject
                # Mail templates build on one another.
                paths += [path for kind in ("*.txt", "*.html") for path in sorted(self._dossier.templates.glob(kind))]
            self._templates[key] = said + "".join(map(_digest, paths))
        return self._templates[key]

    def _pdf_digest(self, invoice: Invoice) -> str:
        if invoice.number in self._proven:
            return self._proven[invoice.number]
        path = invoice_path(
            self._dossier.root, self._dossier.settings.paths.invoices, invoice.paper_number, invoice.customer.code
        )
        return _digest(path) if isinstance(path, Path) else ""


def _digest(path: Path) -> str:
    """Return a file's SHA-256, empty where it cannot be read."""
    try:
        return file_digest(path)
    except OSError:
        return ""


def file_digest(path: Path) -> str:
    """Return a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
