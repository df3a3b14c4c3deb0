"""Whether each invoice's PDF may stand behind its letter: there, whole, its own and nobody else's."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from relance_xl.core.invoice import Invoice
from relance_xl.core.planning import Account, account_of
from relance_xl.core.proposal import Proposal
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.wording import some_of
from relance_xl.letters.invoices.files import InvoiceFiles
from relance_xl.letters.invoices.pdf import InvoicePdf, invoice_path, read_invoice
from relance_xl.letters.invoices.text import invoice_text, is_named, names_invoice, others_named, spelt_numbers
from relance_xl.settings.dossier import Dossier

_NAMED_AT_MOST = 5


class InvoiceChecks:
    """Checks each invoice's PDF once; that no two of the list have the same, under one name or two."""

    def __init__(self, dossier: Dossier, listed: Iterable[Invoice]) -> None:
        #: The SHA-256 of each PDF that was read and found right, by its invoice's number.
        self.proven: dict[str, str] = {}
        self._checked: dict[str, Hold | None] = {}
        self._files = invoice_files(dossier)
        #: Which invoices lead to one file, by what makes it the same: also where FA1.pdf and fa1.pdf are one.
        self._owners: dict[tuple[int, int], list[str]] = defaultdict(list)
        self._identities: dict[str, tuple[int, int]] = {}
        #: Whose files are of one size (bytes): only these can be alike.
        self._of_size: dict[int, dict[str, Path]] = defaultdict(dict)
        self._digests: dict[Path, str] = {}
        self._by_digest: dict[int, dict[str, list[str]]] = {}
        numbers, owned = [], set()
        for invoice in listed:
            number = invoice.paper_number
            numbers.append(number)
            path = self._files.path(number, invoice.customer.code)
            if isinstance(path, Path) and number not in self._identities:
                self._note(number, path)
                owned.add(path.stem)
        # What lies there for invoices that were paid since may be taken for one of these as well.
        self._numbers = spelt_numbers((*(stem for stem in self._files.stems() if stem not in owned), *numbers))

    def _note(self, number: str, path: Path) -> None:
        try:
            status = path.stat()
        except OSError:
            # Gone since its folder was listed: reading it tells.
            return
        identity = status.st_dev, status.st_ino
        self._owners[identity].append(number)
        self._identities[number] = identity
        self._of_size[status.st_size][number] = path

    def objection(self, invoice: Invoice) -> Hold | None:
        """Return why an invoice cannot stand behind its letter, None where it can."""
        if invoice.number not in self._checked:
            self._checked[invoice.number] = self._check(invoice)
        return self._checked[invoice.number]

    def _check(self, invoice: Invoice) -> Hold | None:
        number = invoice.paper_number
        path = self._files.path(number, invoice.customer.code)
        if isinstance(path, Hold):
            return path
        read = read_invoice(path)
        if isinstance(read, Hold):
            return read
        alike = self._alike(number, read)
        if alike:
            return Hold(Reason.INVOICE_SHARED, f"{_named([number, *alike])}: {path.name}")
        text = invoice_text(read.data)
        others = others_named(text, number, self._numbers)
        if others:
            return Hold(Reason.INVOICE_OF_ANOTHER, f"{path.name}: {_named(others)}")
        copies = [] if is_named(text, number, self._numbers) else self._copies(number, path, read)
        if copies:
            return Hold(Reason.INVOICE_SHARED, f"{path.name}, {_named(copies)}")
        self.proven[invoice.number] = read.digest
        return None

    def _copies(self, number: str, path: Path, read: InvoicePdf) -> list[str]:
        """Return the files beside it that are copies under a name of another invoice, though the list has it no more."""
        beside = (one for one in self._files.beside(path) if not names_invoice(one.stem, number))
        return [one.name for one in beside if self._digest(one) == read.digest]

    def _alike(self, number: str, read: InvoicePdf) -> list[str]:
        """Return the other invoices of the list whose PDF is this file, or a copy of it."""
        identity = self._identities.get(number)
        same_file = self._owners[identity] if identity else []
        return sorted({*same_file, *self._numbers_of(len(read.data)).get(read.digest, ())} - {number})

    def _numbers_of(self, size: int) -> Mapping[str, list[str]]:
        """Return the numbers of the invoices whose PDFs have a size (bytes), by the PDFs' digests."""
        if size not in self._by_digest:
            numbers = self._by_digest[size] = defaultdict(list)
            for number, path in self._of_size[size].items():
                numbers[self._digest(path)].append(number)
        return self._by_digest[size]

    def _digest(self, path: Path) -> str:
        if path not in self._digests:
            try:
                self._digests[path] = hashlib.sha256(path.read_bytes()).hexdigest()
            except OSError:
                self._digests[path] = ""
        return self._digests[path]


def _named(numbers: list[str]) -> str:
    """Name invoices; of many the first ones."""
    return some_of(numbers, _NAMED_AT_MOST)


def invoice_files(dossier: Dossier) -> InvoiceFiles:
    """Return where the PDFs of a list's invoices are, as their folders are now."""
    return InvoiceFiles(dossier.root, dossier.settings.paths.invoices)


@dataclass(frozen=True, slots=True)
class DueInvoices:
    """What a reminder is proposed for today: what can be sent, and what waits for its invoice's PDF."""

    ready: tuple[Proposal, ...]
    without_pdf: tuple[Proposal, ...]


def due_with_pdf(
    proposals: Iterable[Proposal], covered: Collection[Account], files: InvoiceFiles, today: date
) -> DueInvoices:
    """Return what is due, told apart by whether the invoice's PDF is there.

    `covered`: the accounts whose credit notes leave nothing to ask for.
    """
    due = [one for one in proposals if one.is_to_remind(today) and account_of(one.invoice) not in covered]
    lacking = {one.invoice.number for one in due if invoice_obstacle(files, one.invoice)}
    return DueInvoices(
        tuple(one for one in due if one.invoice.number not in lacking),
        tuple(one for one in due if one.invoice.number in lacking),
    )


def lacking_pdf(dossier: Dossier, invoices: Iterable[Invoice]) -> list[Invoice]:
    """Return the invoices that have no PDF."""
    files = invoice_files(dossier)
    return [one for one in invoices if invoice_obstacle(files, one)]


def invoice_obstacle(files: InvoiceFiles, invoice: Invoice) -> Hold | None:
    """Return why an invoice's PDF cannot be found, without reading it; None where it is there."""
    path = files.path(invoice.paper_number, invoice.customer.code)
    return path if isinstance(path, Hold) else None


def proven_invoice(dossier: Dossier, invoice: Invoice, digest: str) -> InvoicePdf | Hold:
    """Return an invoice's PDF, the very one that was checked (`digest`: its SHA-256), or why it is held."""
    path = invoice_path(dossier.root, dossier.settings.paths.invoices, invoice.paper_number, invoice.customer.code)
    if isinstance(path, Hold):
        return path
    read = read_invoice(path, {digest})
    if isinstance(read, InvoicePdf) and read.digest != digest:
        return Hold(Reason.INVOICE_REPLACED, path.name)
    return read
