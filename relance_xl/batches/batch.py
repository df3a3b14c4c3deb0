"""Makes a batch: letters, joined PDFs and messages, in a hidden folder that is renamed once all of it is written."""

import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from relance_xl.batches.basis import Bases, file_digest
from relance_xl.batches.documents import Document, Documents, Folders, letter_key, make_documents, tag_values
from relance_xl.core.channel import Channel
from relance_xl.core.history import History
from relance_xl.core.planning import Plan, PlannedDelivery
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.record import Prepared, PreparedCredit, PreparedItem, Via
from relance_xl.core.reminder import Outcome
from relance_xl.core.texts.file_names import distinct_names
from relance_xl.core.wording import some_of
from relance_xl.journal.journal import sync_folder
from relance_xl.journal.lock import lock_lost, operator_name
from relance_xl.letters.pages.print_file import PrintEntry, write_print_file
from relance_xl.mail.message import Attachment, Envelope, build_message, kept_message_id, message_id, write_message
from relance_xl.mail.template import CompiledMail, MailFailedError, MailTemplate, MailText
from relance_xl.planning.outlook import Outlook
from relance_xl.planning.templates import mail_template, sender_address
from relance_xl.runtime.errors import RelanceError
from relance_xl.runtime.language import _, translated
from relance_xl.runtime.run_context import RunContext
from relance_xl.runtime.system_faults import naming
from relance_xl.settings.dossier import Dossier

PRINT_FILE = "courriers.pdf"
MEGABYTE = 1_000_000
DOCUMENTS, MESSAGES = "relances", "emails"
_NAMED_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch's id, its folder once it is whole, and where it is made: a folder that one run alone knows by name."""

    id: str
    folder: Path
    making: Path


def batch_named(dossier: Dossier, batch_id: str) -> Batch:
    """Return where a batch is, or would be."""
    making = dossier.batches / f".{batch_id}.partial"
    others = sorted(dossier.batches.glob(f".{batch_id}.*.partial"))
    return Batch(batch_id, dossier.batches / batch_id, making if making.exists() or not others else others[0])


def take_over(dossier: Dossier, batch_id: str) -> Batch:
    """Return a batch that an earlier run left, in a folder of our own name if nobody has seen it yet.

    Should that run wake up, it can no more bring into view what is judged anew.
    """
    found = batch_named(dossier, batch_id)
    own = replace(found, making=_making_folder(dossier, batch_id))
    if not found.folder.exists():
        with suppress(FileNotFoundError):
            found.making.rename(own.making)
    return own


def _making_folder(dossier: Dossier, batch_id: str) -> Path:
    return dossier.batches / f".{batch_id}.{secrets.token_hex(4)}.partial"


def new_batch(dossier: Dossier, history: History, today: date) -> Batch:
    """Return the day's next batch, an id never used in journal or folder."""
    number = 1
    while True:
        batch = batch_named(dossier, f"{today.isoformat()}-{number:03}")
        if batch.id not in history.used_batches and not batch.folder.exists():
            return replace(batch, making=_making_folder(dossier, batch.id))
        number += 1


def discard_abandoned(dossier: Dossier, history: History) -> None:
    """Remove what runs left behind that stopped before committing, or whose every delivery was withdrawn."""
    promised = {one.prepared.batch for one in history.deliveries if one.outcome is not Outcome.WITHDRAWN}
    for folder in dossier.batches.glob(".*.partial"):
        if folder.name[1:].partition(".")[0] not in promised:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """What is ready, in order; what could not be made, with its reason; what else to tell."""

    deliveries: tuple[Prepared, ...]
    failed: Mapping[PlannedDelivery, Hold]
    warnings: tuple[str, ...]


class _TooLargeError(Exception):
    """A message larger than the settings allow."""


class _InvoiceChangedError(Exception):
    """An invoice's file that is no longer the one behind the letter."""


@dataclass(slots=True)
class _Making:
    """What a batch under way has: its documents, and the deliveries whose message could not be made.

    `mails`: the mail templates met so far; `endless`: those that are not to be tried again.
    """

    dossier: Dossier
    batch: Batch
    now: datetime
    documents: Documents
    bases: Bases
    unwritten: dict[PlannedDelivery, Hold] = field(default_factory=dict)
    mails: dict[MailTemplate, CompiledMail] = field(default_factory=dict)
    endless: dict[MailTemplate, MailFailedError] = field(default_factory=dict)


def prepare_batch(dossier: Dossier, batch: Batch, outlook: Outlook, context: RunContext) -> PreparedBatch:
    """Make every document of a plan. What fails is held alone. Raises ProgramError (LibreOffice), OSError."""
    plan, folder = outlook.plan, batch.making / DOCUMENTS
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=dossier.private, prefix="work-", ignore_cleanup_errors=True) as work:
        documents = make_documents(dossier, outlook, Folders(folder, Path(work)), context)
        making = _Making(dossier, batch, context.now(), documents, Bases(dossier, outlook.proven))
        prepared = _prepare_deliveries(making, plan, context)
    print_part = _write_print_file(making, prepared, context)
    failures = documents.failures
    failed = {one: failures[letter_key(one)] for one in plan.deliveries if letter_key(one) in failures}
    wanted = dossier.settings.letters.pdf_a
    warnings = _pdf_a_warnings(wanted, documents, print_part) if wanted else ()
    return PreparedBatch(tuple(prepared), failed | making.unwritten, warnings)


def _pdf_a_warnings(wanted: str, documents: Documents, print_part: int | None) -> tuple[str, ...]:
    """Say which letters with their invoices are not PDF/A as they were wanted to be (`3b`)."""
    others = documents.not_pdf_a()
    if not others:
        return ()
    named = some_of(others, _NAMED_AT_MOST)
    text = _(
        "{count} of {total} PDFs are not PDF/A-{part}, as an invoice in them is not, or means other colours than sRGB; "
        "they can be sent all the same: {names}."
    ).format(part=wanted, count=len(others), total=len(documents.made), names=named)
    return (text,) if print_part != 0 else (text, _("So the file to print is not PDF/A-{part}.").format(part=wanted))


def _prepare_deliveries(making: _Making, plan: Plan, context: RunContext) -> list[Prepared]:
    """Build the messages, and describe every delivery for the journal."""
    prepared: list[Prepared] = []
    with context.progress.step(_("Preparing the deliveries"), len(plan.deliveries)) as advance:
        for delivery in plan.deliveries:
            document = making.documents.made.get(letter_key(delivery))
            if document is not None:
                delivery_id = f"{making.batch.id}/{len(prepared) + 1:04}"
                try:
                    prepared.append(_prepare(making, delivery, document, delivery_id))
                except _TooLargeError as error:
                    making.unwritten[delivery] = Hold(Reason.TOO_LARGE, str(error))
                except _InvoiceChangedError as error:
                    making.unwritten[delivery] = Hold(Reason.INVOICE_UNREADABLE, str(error))
                except (MailFailedError, ValueError) as error:
                    making.unwritten[delivery] = Hold(Reason.LETTER_FAILED, str(error))
            advance(1)
    return prepared


def _prepare(making: _Making, delivery: PlannedDelivery, document: Document, delivery_id: str) -> Prepared:
    message, digest = None, document.printed.digest
    if delivery.channel is Channel.EMAIL:
        message = making.batch.making / MESSAGES / f"{document.name}.eml"
        data = _message(making, delivery, document, delivery_id)
        if len(data) > making.dossier.settings.mail.max_mb * MEGABYTE:
            raise _TooLargeError(f"{len(data) / MEGABYTE:.1f} MB")
        write_message(message, data)
        digest = hashlib.sha256(data).hexdigest()
        _sync(message)
    _sync(document.joined)
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
                item.proposed_level,
            )
            for item in delivery.items
        ),
        document=f"{folder}/{DOCUMENTS}/{document.joined.name}",
        message=f"{folder}/{MESSAGES}/{message.name}" if message else "",
        digest=digest,
        operator=operator_name(),
        via=_via(making.dossier, delivery.channel),
        customer_address=delivery.customer.postal_lines,
        credits=tuple(PreparedCredit(one.number, one.open) for one in delivery.credits),
        basis=making.bases.of(delivery.channel, delivery.level.id, delivery.customer.language, delivery.invoices),
    )


def _via(dossier: Dossier, channel: Channel) -> Via:
    if channel is Channel.POST:
        return Via.PRINT
    return Via(dossier.settings.mail.transport)


def _message(making: _Making, delivery: PlannedDelivery, document: Document, delivery_id: str) -> bytes:
    settings, language = making.dossier.settings, delivery.customer.language
    sender = sender_address(making.dossier)
    envelope = Envelope(
        sender_name=settings.company.name,
        sender=sender,
        reply_to=settings.mail.reply_to,
        recipients=delivery.recipients,
        message_id=message_id(delivery_id, sender),
        key=", ".join(f"{item.key}/{delivery.channel}" for item in delivery.items),
        answers=_earlier_message(making.dossier, delivery, sender),
        date=making.now,
        language=language,
        unsent=settings.mail.transport == "folder",
    )
    return build_message(envelope, _mail_text(making, delivery), _attachments(document, language))


def _mail_text(making: _Making, delivery: PlannedDelivery) -> MailText:
    """Return what a delivery's mail says. Raises MailFailedError."""
    template = mail_template(making.dossier, delivery.level.id, delivery.customer.language)
    if template in making.endless:
        raise making.endless[template]
    if template not in making.mails:
        making.mails[template] = CompiledMail(template)
    try:
        return making.mails[template].render(tag_values(making.dossier, delivery, making.now.date()))
    except MailFailedError as error:
        if error.endless:
            making.endless[template] = error
        raise


def _earlier_message(dossier: Dossier, delivery: PlannedDelivery, sender: str) -> str:
    """Return the Message-ID of the invoice's reminder before, so that mail programs show one conversation."""
    for item in delivery.items:
        last = item.last
        for past in last.deliveries if last else ():
            if past.prepared.channel is Channel.EMAIL and past.outcome is Outcome.ACCEPTED:
                try:
                    return kept_message_id(
                        present_path(batch_named(dossier, past.prepared.batch), Path(past.prepared.message))
                    )
                except OSError:
                    # As it was, if the sender has not changed since.
                    return message_id(past.prepared.id, sender)
    return ""


def _attachments(document: Document, language: str) -> Iterator[Attachment]:
    """Yield the letter and its invoices as they were printed, each under a name of its own."""
    letter = document.letter
    if letter is None:
        raise ValueError(document.name)
    stems = [
        f"{translated('letter', language)}-{document.name}",
        *(one.path.stem for one in document.invoices.values()),
    ]
    first, *names = distinct_names(stems, ["", *document.invoices])
    yield Attachment(f"{first}.pdf", letter.read())
    for name, invoice in zip(names, document.invoices.values(), strict=True):
        try:
            yield Attachment(f"{name}.pdf", invoice.read())
        except (OSError, ValueError) as error:
            raise _InvoiceChangedError(invoice.path.name) from error


def _write_print_file(making: _Making, prepared: list[Prepared], context: RunContext) -> int | None:
    """Write the file to print; return the part of PDF/A that it claims, None where there is no such file."""
    posted = [one for one in prepared if one.channel is Channel.POST]
    with context.progress.step(_("Making the file to print"), 1) as advance:
        part = make_print_file(making.dossier, making.batch, making.batch.making, posted)
        advance(1)
    return part


def make_print_file(dossier: Dossier, batch: Batch, folder: Path, posted: list[Prepared]) -> int | None:
    """Write the file to print into a batch's folder; none where nothing is posted.

    Returns the part of PDF/A that it claims, 0 for none; None where there is no file. Raises RelanceError where a document
    is no longer the one that was prepared.
    """
    target = folder / PRINT_FILE
    if not posted:
        target.unlink(missing_ok=True)
        return None
    entries = [PrintEntry(_outline_title(one), folder / DOCUMENTS / Path(one.document).name) for one in posted]
    part = write_print_file(entries, target, batch.id, odd_pages=dossier.settings.letters.duplex)
    changed = [
        entry.path.name for one, entry in zip(posted, entries, strict=True) if file_digest(entry.path) != one.digest
    ]
    if changed:
        # What is in it is not known to be these letters.
        target.unlink()
        raise RelanceError(
            _("Documents were changed while the file to print was made of them: {names}.").format(
                names=", ".join(changed[:_NAMED_AT_MOST])
            ),
            advice=_("See that no other program writes to {folder}, then send again.").format(folder=folder),
        )
    _sync(target)
    return part


def _outline_title(prepared: Prepared) -> str:
    numbers = ", ".join(item.reminder.invoice for item in prepared.items)
    return f"{prepared.customer_name} - {numbers}"


def put_in_place(batch: Batch) -> None:
    """Give a whole batch its final name: from here on a person may print and send what is in it.

    Raises LockedError where another run has taken it over.
    """
    if batch.folder.exists():
        return
    try:
        batch.making.rename(batch.folder)
    except FileNotFoundError as error:
        # Whoever took over has given it another name, to judge again what is in it.
        raise lock_lost() from error
    sync_folder(batch.folder.parent)


def present_path(batch: Batch, recorded: Path) -> Path:
    """Return where a document of a batch is now: in its folder, or still in the one it was made in."""
    folder = batch.folder if batch.folder.exists() else batch.making
    return folder / recorded.parent.name / recorded.name


def _sync(path: Path) -> None:
    with naming(path), path.open("rb+") as file:
        os.fsync(file.fileno())
