"""Makes a batch: letters, joined PDFs and messages, in a hidden folder that is renamed once all of it is written."""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from relance_xl.batches.basis import Bases
from relance_xl.batches.documents import Document, Documents, Folders, letter_key, make_documents
from relance_xl.batches.folder import DOCUMENTS, MESSAGES, Batch, sync_file
from relance_xl.batches.mails import InvoiceChangedError, Mails, TooLargeError
from relance_xl.batches.print_file import make_print_files
from relance_xl.core.channel import CHANNELS, Channel
from relance_xl.core.planning import Plan, PlannedDelivery
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.record import Prepared, PreparedCredit, PreparedItem, Via
from relance_xl.core.wording import some_of
from relance_xl.journal.lock import operator_name
from relance_xl.mail.message import write_message
from relance_xl.mail.template import MailFailedError
from relance_xl.planning.outlook import Outlook
from relance_xl.runtime.language import _
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import Dossier

_NAMED_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """What is ready, in order; what could not be made, with its reason; what else to tell."""

    deliveries: tuple[Prepared, ...]
    failed: Mapping[PlannedDelivery, Hold]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Making:
    """What a batch under way has: its documents and mails, and the deliveries whose message could not be made."""

    dossier: Dossier
    batch: Batch
    documents: Documents
    mails: Mails
    bases: Bases
    unwritten: dict[PlannedDelivery, Hold] = field(default_factory=dict)


def prepare_batch(dossier: Dossier, batch: Batch, outlook: Outlook, context: RunContext) -> PreparedBatch:
    """Make every document of a plan. What fails is held alone. Raises ProgramError (LibreOffice), OSError."""
    plan, folder = outlook.plan, batch.making / DOCUMENTS
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=dossier.private, prefix="work-", ignore_cleanup_errors=True) as work:
        documents = make_documents(dossier, outlook, Folders(folder, Path(work)), context)
        making = _Making(dossier, batch, documents, Mails(dossier, context.now()), Bases(dossier, outlook.proven))
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
            delivery_id = f"{making.batch.id}/{len(prepared) + 1:04}"
            if not CHANNELS[delivery.channel].has_documents:
                prepared.append(_prepared(making, delivery, delivery_id, _NO_PAPERS))
            elif document is not None:
                try:
                    prepared.append(_prepare(making, delivery, document, delivery_id))
                except TooLargeError as error:
                    making.unwritten[delivery] = Hold(Reason.TOO_LARGE, str(error))
                except InvoiceChangedError as error:
                    making.unwritten[delivery] = Hold(Reason.INVOICE_UNREADABLE, str(error))
                except (MailFailedError, ValueError) as error:
                    making.unwritten[delivery] = Hold(Reason.LETTER_FAILED, str(error))
            advance(1)
    return prepared


@dataclass(frozen=True, slots=True)
class _Papers:
    """Where a delivery's document and message are, relative to the dossier, and the digest of what leaves."""

    document: str = ""
    message: str = ""
    digest: str = ""
    via: Via = Via.CALL


_NO_PAPERS = _Papers()


def _prepare(making: _Making, delivery: PlannedDelivery, document: Document, delivery_id: str) -> Prepared:
    message, digest = None, document.printed.digest
    if delivery.channel is Channel.EMAIL:
        message = making.batch.making / MESSAGES / f"{document.name}.eml"
        data = making.mails.message(delivery, document, delivery_id)
        write_message(message, data)
        digest = hashlib.sha256(data).hexdigest()
        sync_file(message)
    sync_file(document.joined)
    folder = making.dossier.relative(making.batch.folder)
    papers = _Papers(
        f"{folder}/{DOCUMENTS}/{document.joined.name}",
        f"{folder}/{MESSAGES}/{message.name}" if message else "",
        digest,
        Via.PRINT if delivery.channel is Channel.POST else Via(making.dossier.settings.mail.transport),
    )
    return _prepared(making, delivery, delivery_id, papers)


def _prepared(making: _Making, delivery: PlannedDelivery, delivery_id: str, papers: _Papers) -> Prepared:
    """Describe a delivery for the journal."""
    return Prepared(
        id=delivery_id,
        batch=making.batch.id,
        day=making.mails.now.date(),
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
                item.level.id if item.level != delivery.level else "",
            )
            for item in delivery.items
        ),
        document=papers.document,
        message=papers.message,
        digest=papers.digest,
        operator=operator_name(),
        via=papers.via,
        customer_address=delivery.customer.postal_lines,
        credits=tuple(PreparedCredit(one.number, one.open) for one in delivery.credits),
        copies=delivery.copies,
        registered=delivery.channel is Channel.POST and delivery.level.registered,
        basis=_basis(making, delivery) if papers.document else "",
    )


def _basis(making: _Making, delivery: PlannedDelivery) -> str:
    return making.bases.of(delivery.channel, delivery.level.id, delivery.customer.language, delivery.invoices)


def _write_print_file(making: _Making, prepared: list[Prepared], context: RunContext) -> int | None:
    """Write the file to print; return the part of PDF/A that it claims, None where there is no such file."""
    posted = [one for one in prepared if one.channel is Channel.POST]
    with context.progress.step(_("Making the file to print"), 1) as advance:
        part = make_print_files(making.batch.making, making.batch.id, posted, making.dossier.settings)
        advance(1)
    return part
