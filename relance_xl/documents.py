"""The documents of a plan: each letter once, with its invoices behind it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from relance_xl.core.planning import PlannedDelivery
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.wording import LetterWords, letter_words
from relance_xl.dossier import Dossier
from relance_xl.language import _
from relance_xl.letters.invoice_pdf import InvoicePdf
from relance_xl.letters.layout import LetterOrder, convert_letters, write_letters
from relance_xl.letters.libreoffice import require_libreoffice
from relance_xl.letters.print_file import JoinFailedError, join_reminder
from relance_xl.mail.message import ascii_name
from relance_xl.plan import invoice_file, letter_template
from relance_xl.progress import Progress

LetterKey = tuple[str, tuple[str, ...], tuple[str, ...]]


def letter_key(delivery: PlannedDelivery) -> LetterKey:
    """Return what makes two deliveries the same letter: it then travels twice, by post and by email."""
    keys = tuple(str(item.key) for item in delivery.items)
    return delivery.level.id, keys, tuple(invoice.number for invoice in delivery.credits)


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """An invoice's PDF as it was checked and printed: where it is, and the SHA-256 of what it held."""

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
    """A reminder's documents: its words, its file name without ending, the letter alone, the letter with its invoices."""

    words: LetterWords
    name: str
    letter: Path
    joined: Path
    invoices: tuple[InvoiceFile, ...]


@dataclass(frozen=True, slots=True)
class Documents:
    """What could be made, and why the others could not."""

    made: Mapping[LetterKey, Document]
    failures: Mapping[LetterKey, Hold]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A letter to be made: of which delivery, in which words, under which file name."""

    delivery: PlannedDelivery
    words: LetterWords
    name: str


@dataclass(frozen=True, slots=True)
class Folders:
    """Where documents go: letters with their invoices; letters alone, which go with the work."""

    joined: Path
    work: Path


def make_documents(
    dossier: Dossier, deliveries: Iterable[PlannedDelivery], folders: Folders, day: date, progress: Progress
) -> Documents:
    """Make the documents of deliveries.

    What fails is held alone. Raises ProgramError (LibreOffice), OSError.
    """
    drafts: dict[LetterKey, _Draft] = {}
    taken: set[str] = set()
    for delivery in deliveries:
        key = letter_key(delivery)
        if key not in drafts:
            drafts[key] = _Draft(delivery, _words(dossier, delivery, day), _document_name(delivery, taken))
    letters, failures = _lay_out(dossier, drafts, folders.work, progress)
    made: dict[LetterKey, Document] = {}
    with progress.step(_("Adding the invoices"), len(letters)) as advance:
        for key, letter in letters.items():
            outcome = _join(dossier, drafts[key], letter, folders.joined)
            if isinstance(outcome, Hold):
                failures[key] = outcome
            else:
                made[key] = outcome
            advance(1)
    return Documents(made, failures)


def _words(dossier: Dossier, delivery: PlannedDelivery, day: date) -> LetterWords:
    settings = dossier.settings
    return letter_words(delivery, settings.company_words(), day, settings.policy_rules().level)


def _document_name(delivery: PlannedDelivery, taken: set[str]) -> str:
    """Return a file name of its own for a reminder's PDF, telling what it is."""
    first = delivery.items[0]
    what = f"{first.key.invoice}-{first.key.ordinal}" if len(delivery.items) == 1 else delivery.customer.code
    base = f"{ascii_name(what)[:80]}-{delivery.level.id}"
    name, number = base, 2
    while name.casefold() in taken:
        name, number = f"{base}-{number}", number + 1
    taken.add(name.casefold())
    return name


def _lay_out(
    dossier: Dossier, drafts: Mapping[LetterKey, _Draft], work: Path, progress: Progress
) -> tuple[dict[LetterKey, Path], dict[LetterKey, Hold]]:
    """Return each letter's PDF, and why the others have none."""
    settings = dossier.settings.letters
    office = require_libreoffice(settings.libreoffice, settings.timeout_s, settings.workers)
    keys, orders = {}, []
    for number, (key, draft) in enumerate(drafts.items(), start=1):
        template = letter_template(dossier, draft.delivery.level.id, draft.delivery.customer.language)
        orders.append(LetterOrder(f"{number:05}", template, draft.words.names()))
        keys[f"{number:05}"] = key
    with progress.step(_("Writing the letters"), len(orders)) as advance:
        layout = write_letters(office, orders, work, advance)
    with progress.step(_("Converting to PDF"), len(orders)) as advance:
        laid_out = convert_letters(layout, advance)
    letters = {keys[mark]: path for mark, path in sorted(laid_out.letters.items())}
    return letters, {keys[mark]: Hold(Reason.LETTER_FAILED, why) for mark, why in laid_out.failures.items()}


def _join(dossier: Dossier, draft: _Draft, letter: Path, folder: Path) -> Document | Hold:
    """Put a letter's invoices behind it."""
    found = [invoice_file(dossier, one) for one in draft.delivery.invoices]
    # A credit note's own PDF is welcome behind the letter, and no reason to hold it.
    holds = [one for one in found[: len(draft.delivery.items)] if isinstance(one, Hold)]
    if holds:
        return holds[0]
    invoices = [one for one in found if isinstance(one, InvoicePdf)]
    joined = folder / f"{draft.name}.pdf"
    try:
        join_reminder(letter, invoices, joined, draft.name)
    except JoinFailedError as error:
        joined.unlink(missing_ok=True)
        return Hold(Reason.INVOICE_UNREADABLE, str(error))
    files = tuple(InvoiceFile(one.path, hashlib.sha256(one.data).hexdigest()) for one in invoices)
    return Document(draft.words, draft.name, letter, joined, files)
