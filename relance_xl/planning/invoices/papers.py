"""Each invoice's own paper, looked at once: an electronic invoice in it or beside it, or whether its number stands there.

What was seen is kept in .relance by the file's size, time and SHA-256: a second export opens no PDF.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from relance_xl.core.einvoice import EInvoice
from relance_xl.core.invoice import Customer, Invoice
from relance_xl.core.wording import some_of
from relance_xl.letters.invoices.attached import attached_einvoice, beside
from relance_xl.letters.invoices.files import InvoiceFiles
from relance_xl.letters.invoices.pdf import MAX_SIZE
from relance_xl.letters.invoices.text import invoice_text, names_invoice
from relance_xl.runtime.language import _
from relance_xl.runtime.progress import Progress
from relance_xl.runtime.whole_file import write_whole
from relance_xl.settings.dossier import Dossier
from relance_xl.sources.einvoices.reading import read_einvoice
from relance_xl.sources.einvoices.xml import NotEInvoiceError

#: Changed where what is kept would be read otherwise.
_FORM = 1
_FILE = "papers.json"


@dataclass(frozen=True, slots=True)
class Paper:
    """What was seen of an invoice's PDF: the electronic invoice, or whether the number stands in its text (None: no text)."""

    number: str
    einvoice: EInvoice | None = None
    is_named: bool | None = None


@dataclass(frozen=True, slots=True)
class _Mark:
    """By what a file is known to be the one that was looked at: size (bytes), time (ns), SHA-256; of the XML beside it too."""

    size: int
    time: int
    digest: str
    beside: str = ""


@dataclass(slots=True)
class Papers:
    """The papers of a list's invoices, by the numbers that these bear."""

    found: dict[str, Paper] = field(default_factory=dict)

    def of(self, invoice: Invoice) -> Paper | None:
        """Return an invoice's paper; None where there is none."""
        return self.found.get(invoice.paper_number)

    def filled(self, invoice: Invoice) -> Invoice:
        """Return an invoice with what its list lacks and its electronic invoice says."""
        paper = self.of(invoice)
        said = paper.einvoice if paper else None
        if said is None or said.differs_in(invoice) is not None:
            return invoice
        by_terms = invoice.is_due_by_terms and said.due is not None
        return replace(
            invoice,
            customer=_with_address(invoice.customer, said),
            issued=invoice.issued or said.issued,
            due=said.due if by_terms and said.due else invoice.due,
            is_due_by_terms=invoice.is_due_by_terms and not by_terms,
            emails=invoice.emails or ((said.email,) if said.email else ()),
        )

    def difference(self, invoice: Invoice) -> str:
        """Return in words in what an invoice's electronic invoice is not the list's; "" where it may be the same."""
        paper = self.of(invoice)
        found = paper.einvoice.differs_in(invoice) if paper and paper.einvoice else None
        if found is None:
            return ""
        text = _("{field} {paper}, in the list {listed}")
        return text.format(field=_field_word(found.field), paper=found.paper, listed=found.listed)

    def told(self, invoices: Iterable[Invoice], *, is_checked: bool) -> Iterator[str]:
        """Say which PDFs do not name their invoice, and which electronic invoices say otherwise, where nothing is held."""
        unnamed = [number for number, one in self.found.items() if one.is_named is False]
        if unnamed:
            text = _("The PDF does not name the invoice, is it the right one? {numbers}")
            yield text.format(numbers=some_of(unnamed))
        differing = [f"{one.number} ({text})" for one in invoices if not is_checked and (text := self.difference(one))]
        if differing:
            yield _("The electronic invoice says otherwise: {invoices}").format(
                invoices=some_of(differing, between="; ")
            )


def _field_word(field: str) -> str:
    words = {
        "number": _("number"),
        "customer": _("customer"),
        "currency": _("currency"),
        "total": _("total"),
        "open_amount": _("total"),
    }
    return words[field]


def _with_address(customer: Customer, said: EInvoice) -> Customer:
    if customer.has_postal_address or not said.city:
        return customer
    return replace(
        customer,
        address=said.address,
        postal_code=said.postal_code,
        city=said.city,
        country=customer.country or said.country,
    )


def look_at_papers(dossier: Dossier, invoices: Iterable[Invoice], files: InvoiceFiles, progress: Progress) -> Papers:
    """Look at the PDFs of invoices that are there; what was looked at before is known."""
    known, papers, seen = _kept(dossier), Papers(), dict[str, tuple[_Mark, Paper]]()
    wanted = [(os.path.relpath(path, dossier.root), number, path) for number, path in _present(invoices, files)]
    fresh = [one for one in wanted if not _is_known(known.get(one[0]), *one[1:])]
    with progress.step(_("Looking at invoices"), len(fresh)) as advance:
        for key, number, path in fresh:
            with suppress(OSError):
                known[key] = _looked_at(number, path)
            advance(1)
    for key, number, _path in wanted:
        kept = known.get(key)
        if kept is not None:
            papers.found[number] = kept[1]
            seen[key] = kept
    if fresh:
        _keep(dossier, seen)
    return papers


def _present(invoices: Iterable[Invoice], files: InvoiceFiles) -> Iterator[tuple[str, Path]]:
    found = set[str]()
    for one in invoices:
        path = files.path(one.paper_number, one.customer.code)
        if isinstance(path, Path) and one.paper_number not in found:
            found.add(one.paper_number)
            yield one.paper_number, path


def _is_known(kept: "tuple[_Mark, Paper] | None", number: str, path: Path) -> bool:
    """Whether a file is the one that was looked at for this number: of its size and time."""
    if kept is None or kept[1].number != number:
        return False
    try:
        status = path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns, _mark_of(beside(path))) == (kept[0].size, kept[0].time, kept[0].beside)


def _mark_of(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_size}-{status.st_mtime_ns}"


def _looked_at(number: str, path: Path) -> tuple[_Mark, Paper]:
    """Open a PDF. Raises OSError."""
    status = path.stat()
    mark = _Mark(status.st_size, status.st_mtime_ns, "", _mark_of(beside(path)))
    if status.st_size > MAX_SIZE:
        return mark, Paper(number)
    data = path.read_bytes()
    mark = replace(mark, digest=hashlib.sha256(data).hexdigest())
    einvoice = _einvoice(data, beside(path))
    if einvoice is not None:
        return mark, Paper(number, einvoice)
    text = invoice_text(data)
    return mark, Paper(number, None, names_invoice(text, number) if text.strip() else None)


def _einvoice(data: bytes, other: Path) -> EInvoice | None:
    found = attached_einvoice(data)
    if found is None:
        try:
            found = other.read_bytes() if other.stat().st_size <= MAX_SIZE else None
        except OSError:
            return None
    with suppress(NotEInvoiceError):
        return read_einvoice(found) if found is not None else None
    return None


def _kept(dossier: Dossier) -> dict[str, tuple[_Mark, Paper]]:
    """Return what was seen before; nothing where it cannot be read: it is only looked at again."""
    try:
        kept = json.loads((dossier.private / _FILE).read_text(encoding="utf-8"))
        if kept["form"] != _FORM:
            return {}
        return {path: (_Mark(**one["mark"]), _paper(one["paper"])) for path, one in kept["papers"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _paper(kept: Mapping[str, Any]) -> Paper:
    said = kept["einvoice"]
    if said is None:
        return Paper(kept["number"], None, kept["is_named"])
    days = {name: date.fromisoformat(said[name]) if said[name] else None for name in ("issued", "due")}
    amounts = {name: Decimal(said[name]) if said[name] else None for name in ("total", "payable")}
    return Paper(kept["number"], EInvoice(**{**said, "address": tuple(said["address"]), **days, **amounts}))


def _keep(dossier: Dossier, seen: Mapping[str, tuple[_Mark, Paper]]) -> None:
    papers = {path: {"mark": asdict(mark), "paper": asdict(paper)} for path, (mark, paper) in seen.items()}
    text = json.dumps({"form": _FORM, "papers": papers}, ensure_ascii=False, default=str)
    # Nothing is lost where it cannot be kept.
    with suppress(OSError):
        dossier.private.mkdir(exist_ok=True)
        write_whole(dossier.private / _FILE, text.encode())
