"""A batch in the making: letters, joined PDFs and messages, in a folder nobody sees until it is whole."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from relance_xl.core.history import History
from relance_xl.core.planning import Plan, PlannedDelivery
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.record import Prepared, PreparedItem, Via
from relance_xl.core.reminder import Channel, Outcome
from relance_xl.core.wording import LetterWords, letter_words
from relance_xl.dossier import Dossier
from relance_xl.journal.journal import sync_folder
from relance_xl.journal.lock import operator_name
from relance_xl.language import _, translated
from relance_xl.letters.invoice_pdf import InvoicePdf
from relance_xl.letters.libreoffice import convert_letters, require_libreoffice
from relance_xl.letters.print_file import JoinFailedError, PrintEntry, join_reminder, write_print_file
from relance_xl.letters.template import LetterFailedError, render_letter
from relance_xl.mail.message import Attachment, Envelope, ascii_name, build_message, message_id, write_message
from relance_xl.mail.template import MailFailedError, render_mail
from relance_xl.plan import Outlook, invoice_file, letter_template, mail_template, sender_address
from relance_xl.progress import Progress

PRINT_FILE = "courriers.pdf"
MEGABYTE = 1_000_000
DOCUMENTS, MESSAGES = "relances", "emails"


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch's id, its folder once it is whole, and where it is made."""

    id: str
    folder: Path
    making: Path


def batch_named(dossier: Dossier, batch_id: str) -> Batch:
    """Return where a batch is, or would be."""
    return Batch(batch_id, dossier.batches / batch_id, dossier.batches / f".{batch_id}.partial")


def new_batch(dossier: Dossier, history: History, today: date) -> Batch:
    """Return the day's next batch, an id never used in journal or folder."""
    number = 1
    while True:
        batch = batch_named(dossier, f"{today.isoformat()}-{number:03}")
        if batch.id not in history.used_batches and not batch.folder.exists():
            return batch
        number += 1


def discard_abandoned(dossier: Dossier, history: History) -> None:
    """Remove what runs left behind that stopped before committing, or whose every delivery was withdrawn."""
    promised = {one.prepared.batch for one in history.deliveries if one.outcome is not Outcome.WITHDRAWN}
    for folder in dossier.batches.glob(".*.partial"):
        if folder.name[1:].removesuffix(".partial") not in promised:
            shutil.rmtree(folder, ignore_errors=True)
    # A killed run's converter may write on for a while: its work folder is never one that comes into view.
    for folder in dossier.private.glob("work-*"):
        shutil.rmtree(folder, ignore_errors=True)
    # What a run was writing when it died; whoever works here now holds the lock.
    for file in (
        *dossier.workbook.parent.glob(f".{dossier.workbook.name}.*.tmp"),
        *dossier.private.glob("lock.break.*"),
    ):
        file.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """What is ready, in order, and what could not be made, with its reason."""

    deliveries: tuple[Prepared, ...]
    failed: Mapping[PlannedDelivery, Hold]


class _TooLargeError(Exception):
    """A message larger than the settings allow."""


LetterKey = tuple[str, tuple[str, ...], tuple[str, ...]]


def _letter_key(delivery: PlannedDelivery) -> LetterKey:
    """Return what makes two deliveries the same letter: it then travels twice, by post and by email."""
    keys = tuple(str(item.key) for item in delivery.items)
    return delivery.level.id, keys, tuple(invoice.number for invoice in delivery.credits)


@dataclass(slots=True)
class _Making:
    """What a batch under way has: one letter a key, its file names, failures."""

    dossier: Dossier
    batch: Batch
    now: datetime
    words: dict[LetterKey, LetterWords] = field(default_factory=dict)
    names: dict[LetterKey, str] = field(default_factory=dict)
    letters: dict[LetterKey, Path] = field(default_factory=dict)
    invoices: dict[LetterKey, list[InvoicePdf]] = field(default_factory=dict)
    failures: dict[LetterKey, Hold] = field(default_factory=dict)
    unwritten: dict[PlannedDelivery, Hold] = field(default_factory=dict)


def prepare_batch(dossier: Dossier, batch: Batch, outlook: Outlook, now: datetime, progress: Progress) -> PreparedBatch:
    """Make every document of a plan. What fails is held alone. Raises ProgramError (LibreOffice), OSError."""
    making = _Making(dossier, batch, now)
    plan = outlook.plan
    (batch.making / DOCUMENTS).mkdir(parents=True)
    unique = {_letter_key(delivery): delivery for delivery in reversed(plan.deliveries)}
    unique = dict(reversed(unique.items()))
    with tempfile.TemporaryDirectory(dir=dossier.private, prefix="work-", ignore_cleanup_errors=True) as work:
        _write_letters(making, unique, Path(work), progress)
        _join_documents(making, unique, progress)
        prepared = _prepare_deliveries(making, plan, progress)
    _write_print_file(making, prepared, progress)
    failed = {
        delivery: making.failures[_letter_key(delivery)]
        for delivery in plan.deliveries
        if _letter_key(delivery) in making.failures
    }
    return PreparedBatch(tuple(prepared), failed | making.unwritten)


def _write_letters(
    making: _Making, unique: Mapping[LetterKey, PlannedDelivery], work: Path, progress: Progress
) -> None:
    """Render every letter, then convert them all."""
    settings = making.dossier.settings
    office = require_libreoffice(settings.letters.libreoffice, settings.letters.timeout_s, settings.letters.workers)
    sources: dict[Path, LetterKey] = {}
    with progress.step(_("Writing the letters"), len(unique)) as advance:
        for number, (key, delivery) in enumerate(unique.items(), start=1):
            making.words[key] = _words(making, delivery)
            making.names[key] = _document_name(making, delivery)
            source = work / f"{number:05}.docx"
            try:
                template = letter_template(making.dossier, delivery.level.id, delivery.customer.language)
                source.write_bytes(render_letter(template, making.words[key].names()))
                sources[source] = key
            except LetterFailedError as error:
                making.failures[key] = Hold(Reason.LETTER_FAILED, str(error))
            advance(1)
    with progress.step(_("Converting to PDF"), len(sources)) as advance:
        converted = convert_letters(office, tuple(sources), work / "pdf", advance)
    for source, key in sources.items():
        if source in converted:
            making.letters[key] = converted[source]
        else:
            making.failures[key] = Hold(Reason.LETTER_FAILED, "LibreOffice")


def _words(making: _Making, delivery: PlannedDelivery) -> LetterWords:
    settings = making.dossier.settings
    return letter_words(delivery, settings.company_words(), making.now.date(), settings.policy_rules().level)


def _document_name(making: _Making, delivery: PlannedDelivery) -> str:
    """Return a file name of its own for a reminder's PDF, telling what it is."""
    first = delivery.items[0]
    what = f"{first.key.invoice}-{first.key.ordinal}" if len(delivery.items) == 1 else delivery.customer.code
    base = f"{ascii_name(what)[:80]}-{delivery.level.id}"
    taken = {name.casefold() for name in making.names.values()}
    name, number = base, 2
    while name.casefold() in taken:
        name, number = f"{base}-{number}", number + 1
    return name


def _join_documents(making: _Making, unique: Mapping[LetterKey, PlannedDelivery], progress: Progress) -> None:
    """Put each letter's invoices behind it."""
    with progress.step(_("Adding the invoices"), len(making.letters)) as advance:
        for key, letter in making.letters.items():
            delivery = unique[key]
            found = [invoice_file(making.dossier, one) for one in delivery.invoices]
            # A credit note's own PDF is welcome behind the letter, and no reason to hold it.
            holds = [one for one in found[: len(delivery.items)] if isinstance(one, Hold)]
            making.invoices[key] = [one for one in found if isinstance(one, InvoicePdf)]
            if holds:
                making.failures[key] = holds[0]
            else:
                _join(making, key, letter)
            advance(1)


def _join(making: _Making, key: LetterKey, letter: Path) -> None:
    target = making.batch.making / DOCUMENTS / f"{making.names[key]}.pdf"
    try:
        join_reminder(letter, making.invoices[key], target, making.names[key])
    except JoinFailedError as error:
        making.failures[key] = Hold(Reason.INVOICE_UNREADABLE, str(error))
        target.unlink(missing_ok=True)


def _prepare_deliveries(making: _Making, plan: Plan, progress: Progress) -> list[Prepared]:
    """Build the messages, and describe every delivery for the journal."""
    prepared: list[Prepared] = []
    with progress.step(_("Preparing the deliveries"), len(plan.deliveries)) as advance:
        for delivery in plan.deliveries:
            key = _letter_key(delivery)
            if key not in making.failures:
                delivery_id = f"{making.batch.id}/{len(prepared) + 1:04}"
                try:
                    prepared.append(_prepare(making, delivery, key, delivery_id))
                except _TooLargeError as error:
                    making.unwritten[delivery] = Hold(Reason.TOO_LARGE, str(error))
                except (MailFailedError, ValueError) as error:
                    making.unwritten[delivery] = Hold(Reason.LETTER_FAILED, str(error))
            advance(1)
    return prepared


def _prepare(making: _Making, delivery: PlannedDelivery, key: LetterKey, delivery_id: str) -> Prepared:
    name = making.names[key]
    document = making.batch.making / DOCUMENTS / f"{name}.pdf"
    message = None
    if delivery.channel is Channel.EMAIL:
        message = making.batch.making / MESSAGES / f"{name}.eml"
        data = _message(making, delivery, key, delivery_id)
        if len(data) > making.dossier.settings.mail.max_mb * MEGABYTE:
            raise _TooLargeError(f"{len(data) / MEGABYTE:.1f} MB")
        write_message(message, data)
        _sync(message)
    _sync(document)
    folder = making.dossier.relative(making.batch.folder)
    return Prepared(
        id=delivery_id,
        batch=making.batch.id,
        day=making.now.date(),
        channel=delivery.channel,
        level=delivery.level.id,
        customer_code=delivery.customer.code,
        customer_name=delivery.customer.name,
        recipients=delivery.recipients,
        items=tuple(
            PreparedItem(
                item.key,
                item.invoice.open,
                item.next_date,
                item.comment,
                item.proposal.level.id if item.proposal.level else "",
            )
            for item in delivery.items
        ),
        document=f"{folder}/{DOCUMENTS}/{document.name}",
        message=f"{folder}/{MESSAGES}/{message.name}" if message else "",
        digest=file_digest(message or document),
        operator=operator_name(),
        via=_via(making.dossier, delivery.channel),
    )


def _via(dossier: Dossier, channel: Channel) -> Via:
    if channel is Channel.POST:
        return Via.PRINT
    return Via(dossier.settings.mail.transport)


def _message(making: _Making, delivery: PlannedDelivery, key: LetterKey, delivery_id: str) -> bytes:
    settings, language = making.dossier.settings, delivery.customer.language
    sender = sender_address(making.dossier)
    envelope = Envelope(
        sender_name=settings.company.name,
        sender=sender,
        reply_to=settings.mail.reply_to,
        recipients=delivery.recipients,
        message_id=message_id(delivery_id, sender),
        key=", ".join(f"{item.key}/{delivery.channel}" for item in delivery.items),
        answers=_earlier_message(delivery, sender),
        date=making.now,
        language=language,
        unsent=settings.mail.transport == "folder",
    )
    text = render_mail(mail_template(making.dossier, delivery.level.id, language), making.words[key].names())
    return build_message(envelope, text, _attachments(making, key, language))


def _earlier_message(delivery: PlannedDelivery, sender: str) -> str:
    """Return the Message-ID of the invoice's reminder before, so that mail programs show one conversation."""
    for item in delivery.items:
        last = item.proposal.last
        for past in last.deliveries if last else ():
            if past.prepared.channel is Channel.EMAIL and past.outcome is Outcome.ACCEPTED:
                return message_id(past.prepared.id, sender)
    return ""


def _attachments(making: _Making, key: LetterKey, language: str) -> Iterator[Attachment]:
    yield Attachment(f"{translated('letter', language)}-{making.names[key]}.pdf", making.letters[key].read_bytes())
    for invoice in making.invoices[key]:
        yield Attachment(f"{ascii_name(invoice.path.stem)}.pdf", invoice.data)


def _write_print_file(making: _Making, prepared: list[Prepared], progress: Progress) -> None:
    posted = [one for one in prepared if one.channel is Channel.POST]
    with progress.step(_("Making the file to print"), 1) as advance:
        make_print_file(making.batch, making.batch.making, posted)
        advance(1)


def make_print_file(batch: Batch, folder: Path, posted: list[Prepared]) -> None:
    """Write the file to print into a batch's folder; none where nothing is posted."""
    target = folder / PRINT_FILE
    if not posted:
        target.unlink(missing_ok=True)
        return
    entries = [PrintEntry(_outline_title(one), folder / DOCUMENTS / Path(one.document).name) for one in posted]
    write_print_file(entries, target, batch.id)
    _sync(target)


def _outline_title(prepared: Prepared) -> str:
    numbers = ", ".join(item.reminder.invoice for item in prepared.items)
    return f"{prepared.customer_name} - {numbers}"


def put_in_place(batch: Batch) -> None:
    """Give a whole batch its final name: from here on a person may print and send what is in it."""
    if not batch.folder.exists():
        batch.making.rename(batch.folder)
        sync_folder(batch.folder.parent)


def present_path(batch: Batch, recorded: Path) -> Path:
    """Return where a document of a batch is now: in its folder, or still in the one it was made in."""
    folder = batch.folder if batch.folder.exists() else batch.making
    return folder / recorded.parent.name / recorded.name


def file_digest(path: Path) -> str:
    """Return a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
