"""The documents of a plan: each letter once, with its invoices behind it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

from relance_xl.core.channel import CHANNELS, Channel
from relance_xl.core.planning import PlannedDelivery
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.texts.file_names import ascii_name, unused_name
from relance_xl.core.wording import letter_words
from relance_xl.letters.invoices.pdf import InvoicePdf
from relance_xl.letters.layout import LetterOrder, lay_out_letters
from relance_xl.letters.libreoffice import require_libreoffice
from relance_xl.letters.pages.archival import PARTS
from relance_xl.letters.pages.print_file import JoinFailedError, join_reminder
from relance_xl.letters.pages.ranges import LetterPages
from relance_xl.planning.invoices.invoice_checks import proven_invoice
from relance_xl.planning.outlook import Outlook
from relance_xl.planning.templates import letter_template
from relance_xl.runtime.language import _
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import Dossier
from relance_xl.settings.schema import Settings

# The folder of letters without their invoices.
_ALONE = "alone"

LetterKey = tuple[str, tuple[str, ...], tuple[str, ...]]


def letter_key(delivery: PlannedDelivery) -> LetterKey:
    """Return what makes two deliveries the same letter: it then travels twice, by post and by email."""
    keys = tuple(f"{item.key}:{item.level.id}" for item in delivery.items)
    return delivery.level.id, keys, tuple(invoice.number for invoice in delivery.credits)


@dataclass(frozen=True, slots=True)
class PrintedFile:
    """A PDF as it was checked and printed: where it is, and the SHA-256 of what it held."""

    path: Path
    digest: str

    def read(self) -> bytes:
        """Return what it holds. Raises ValueError where that is no longer what was printed; OSError."""
        data = self.path.read_bytes()
        if hashlib.sha256(data).hexdigest() != self.digest:
            raise ValueError(self.path.name)
        return data


@dataclass(frozen=True, slots=True)
class Document:
    """A reminder's documents, by their name without ending: the letter with its invoices; its invoices, by their numbers.

    `letter`: the letter alone, where an email needs it. `pdf_a`: the part of PDF/A that the letter with its invoices
    claims, 0 for none.
    """

    name: str
    printed: PrintedFile
    invoices: Mapping[str, PrintedFile]
    pdf_a: int
    letter: PrintedFile | None = None

    @property
    def joined(self) -> Path:
        """Where the letter with its invoices is."""
        return self.printed.path


@dataclass(frozen=True, slots=True)
class Documents:
    """What could be made, and why the others could not."""

    made: Mapping[LetterKey, Document]
    failures: Mapping[LetterKey, Hold]

    def not_pdf_a(self) -> list[str]:
        """Return the names of the letters that, with their invoices, do not claim to be PDF/A."""
        return [one.name for one in self.made.values() if not one.pdf_a]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A letter to be made: of which delivery, under which file name."""

    delivery: PlannedDelivery
    name: str


@dataclass(frozen=True, slots=True)
class Folders:
    """Where documents go: letters with their invoices; letters alone, which go with the work."""

    joined: Path
    work: Path


def make_documents(dossier: Dossier, outlook: Outlook, folders: Folders, context: RunContext) -> Documents:
    """Make the documents of a plan.

    What fails is held alone. Raises ProgramError (LibreOffice), OSError.
    """
    drafts: dict[LetterKey, _Draft] = {}
    taken: set[str] = set()
    for delivery in outlook.plan.deliveries:
        key = letter_key(delivery)
        if CHANNELS[delivery.channel].has_documents and key not in drafts:
            drafts[key] = _Draft(delivery, _document_name(delivery, taken))
    if not drafts:
        return Documents({}, {})
    return _make(_Making(dossier, outlook, folders, outlook.today), drafts, context)


@dataclass(slots=True)
class _Making:
    """What is made so far."""

    dossier: Dossier
    outlook: Outlook
    folders: Folders
    day: date
    made: dict[LetterKey, Document] = field(default_factory=dict)
    failures: dict[LetterKey, Hold] = field(default_factory=dict)


def _make(making: _Making, drafts: Mapping[LetterKey, _Draft], context: RunContext) -> Documents:
    """Lay the letters out, and put its invoices behind each as soon as it is there."""
    dossier, settings = making.dossier, making.dossier.settings.letters
    pdf_a = PARTS.get(settings.pdf_a, 0)
    office = require_libreoffice(settings.libreoffice, settings.timeout_s, settings.workers, pdf_a)
    keys, orders = {}, []
    for number, (key, draft) in enumerate(drafts.items(), start=1):
        template = letter_template(dossier, draft.delivery.level.id, draft.delivery.customer.language)
        orders.append(
            LetterOrder(f"{number:05}", template, partial(tag_values, dossier.settings, draft.delivery, making.day))
        )
        keys[f"{number:05}"] = key
    emailed = _emailed(making.outlook)
    (making.folders.work / _ALONE).mkdir()
    with context.progress.step(_("Making the letters"), len(orders)) as advance:

        def done(order: LetterOrder, letter: LetterPages) -> None:
            key = keys[order.mark]
            outcome = _join(drafts[key], letter, _invoices(dossier, making.outlook, drafts[key]), making.folders)
            if isinstance(outcome, Hold):
                making.failures[key] = outcome
            else:
                if key in emailed:
                    alone = making.folders.work / _ALONE / f"{outcome.name}.pdf"
                    outcome = replace(outcome, letter=PrintedFile(alone, letter.save(alone)))
                making.made[key] = outcome
            advance(1)

        failures = lay_out_letters(office, orders, making.folders.work, done)
    held = {keys[mark]: Hold(Reason.LETTER_FAILED, why) for mark, why in failures.items()}
    # In the plan's order, whichever came first.
    return Documents({key: making.made[key] for key in drafts if key in making.made}, making.failures | held)


def tag_values(settings: Settings, delivery: PlannedDelivery, day: date) -> dict[str, object]:
    """Return what the tags of a delivery's letter and mail stand for, by their names."""
    return letter_words(delivery, settings.company_words(), day, settings.policy_rules().level).names()


def _document_name(delivery: PlannedDelivery, taken: set[str]) -> str:
    """Return a file name of its own for a reminder's PDF, telling what it is."""
    first = delivery.items[0]
    what = f"{first.key.invoice}-{first.key.ordinal}" if len(delivery.items) == 1 else delivery.customer.code
    return unused_name(f"{ascii_name(delivery.customer.name)}-{what}", taken)


def _invoices(dossier: Dossier, outlook: Outlook, draft: _Draft) -> dict[str, InvoicePdf] | Hold:
    """Return a letter's invoices as they are now, by their numbers, or why one of them holds it."""
    # A credit note's own PDF is welcome behind the letter, and no reason to hold it.
    wanted = [one for one in draft.delivery.invoices if one.number in outlook.proven or not one.is_credit]
    found = [(one, proven_invoice(dossier, one, outlook.proven.get(one.number, ""))) for one in wanted]
    holds = [read for invoice, read in found if isinstance(read, Hold) and not invoice.is_credit]
    # Instalments of one invoice have one PDF.
    return holds[0] if holds else {one.paper_number: read for one, read in found if isinstance(read, InvoicePdf)}


def _emailed(outlook: Outlook) -> set[LetterKey]:
    """Return the letters that are attached to emails: these are needed without their invoices, too."""
    return {letter_key(one) for one in outlook.plan.deliveries if one.channel is Channel.EMAIL}


def _join(
    draft: _Draft, letter: LetterPages, invoices: Mapping[str, InvoicePdf] | Hold, folders: Folders
) -> Document | Hold:
    """Put a letter's invoices behind it."""
    if isinstance(invoices, Hold):
        return invoices
    joined = folders.joined / f"{draft.name}.pdf"
    try:
        made = join_reminder(letter, list(invoices.values()), joined, draft.name)
    except JoinFailedError as error:
        joined.unlink(missing_ok=True)
        return Hold(Reason.INVOICE_UNREADABLE, str(error))
    files = {number: PrintedFile(one.path, one.digest) for number, one in invoices.items()}
    return Document(draft.name, PrintedFile(joined, made.digest), files, made.pdf_a)
