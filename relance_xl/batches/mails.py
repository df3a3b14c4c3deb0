"""The mails of a batch: what each says, whom it is for, and the documents that go with it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from relance_xl.batches.documents import Document, tag_values
from relance_xl.batches.folder import batch_named, present_path
from relance_xl.core.channel import Channel
from relance_xl.core.planning import PlannedDelivery
from relance_xl.core.reminder import Outcome
from relance_xl.core.texts.file_names import distinct_names
from relance_xl.mail.message import Attachment, Envelope, build_message, kept_message_id, message_id
from relance_xl.mail.template import CompiledMail, MailFailedError, MailTemplate, MailText
from relance_xl.planning.templates import mail_template, sender_address
from relance_xl.runtime.language import translated
from relance_xl.settings.dossier import Dossier

MEGABYTE = 1_000_000


class TooLargeError(Exception):
    """A message larger than the settings allow."""


class InvoiceChangedError(Exception):
    """An invoice's file that is no longer the one behind the letter."""


@dataclass(frozen=True, slots=True)
class Mails:
    """What the mails of one batch share: templates met so far, and those that are not to be tried again."""

    dossier: Dossier
    now: datetime
    _compiled: dict[MailTemplate, CompiledMail] = field(default_factory=dict)
    _endless: dict[MailTemplate, MailFailedError] = field(default_factory=dict)

    def message(self, delivery: PlannedDelivery, document: Document, delivery_id: str) -> bytes:
        """Return a delivery's message. Raises MailFailedError, InvoiceChangedError, TooLargeError, ValueError."""
        settings, language = self.dossier.settings, delivery.customer.language
        sender = sender_address(settings)
        envelope = Envelope(
            sender_name=settings.company.name,
            sender=sender,
            reply_to=settings.mail.reply_to,
            recipients=delivery.recipients,
            copies=delivery.copies,
            message_id=message_id(delivery_id, sender),
            key=", ".join(f"{item.key}/{delivery.channel}" for item in delivery.items),
            answers=_earlier_message(self.dossier.batches, delivery, sender),
            date=self.now,
            language=language,
            unsent=settings.mail.transport == "folder",
        )
        data = build_message(envelope, self._text(delivery), _attachments(self._letter_name(delivery), document))
        if len(data) > settings.mail.max_mb * MEGABYTE:
            raise TooLargeError(f"{len(data) / MEGABYTE:.1f} MB")
        return data

    def preview(self, delivery: PlannedDelivery) -> MailText:
        """Return what a delivery's mail would say. Raises MailFailedError."""
        return self._text(delivery)

    def attachment_names(self, delivery: PlannedDelivery, document: Document) -> list[str]:
        """Return what the customer would see attached."""
        return _attachment_names(self._letter_name(delivery), document)

    def _letter_name(self, delivery: PlannedDelivery) -> str:
        """Return what the customer sees the letter called: what it is, from whom, about what."""
        reference = delivery.items[0].invoice.number if len(delivery.items) == 1 else delivery.customer.code
        parts = translated("Reminder", delivery.customer.language), self.dossier.settings.company.name, reference
        return " ".join(filter(None, parts))

    def _text(self, delivery: PlannedDelivery) -> MailText:
        """Return what a delivery's mail says. Raises MailFailedError."""
        template = mail_template(self.dossier, delivery.level.id, delivery.customer.language)
        if template in self._endless:
            raise self._endless[template]
        if template not in self._compiled:
            self._compiled[template] = CompiledMail(template)
        try:
            return self._compiled[template].render(tag_values(self.dossier.settings, delivery, self.now.date()))
        except MailFailedError as error:
            if error.endless:
                self._endless[template] = error
            raise


def _earlier_message(batches: Path, delivery: PlannedDelivery, sender: str) -> str:
    """Return the Message-ID of the invoice's reminder before, so that mail programs show one conversation."""
    for item in delivery.items:
        last = item.last
        for past in last.deliveries if last else ():
            if past.prepared.channel is Channel.EMAIL and past.outcome is Outcome.ACCEPTED:
                try:
                    return kept_message_id(
                        present_path(batch_named(batches, past.prepared.batch), Path(past.prepared.message))
                    )
                except OSError:
                    # As it was, if the sender has not changed since.
                    return message_id(past.prepared.id, sender)
    return ""


def _attachments(letter_name: str, document: Document) -> Iterator[Attachment]:
    """Yield the letter and its invoices as they were printed, each under a name of its own."""
    letter = document.letter
    if letter is None:
        raise ValueError(document.name)
    first, *names = _attachment_names(letter_name, document)
    yield Attachment(first, letter.read())
    for name, invoice in zip(names, document.invoices.values(), strict=True):
        try:
            yield Attachment(name, invoice.read())
        except (OSError, ValueError) as error:
            raise InvoiceChangedError(invoice.path.name) from error


def _attachment_names(letter_name: str, document: Document) -> list[str]:
    """Return the names of a mail's attachments: the letter first, then its invoices."""
    stems = [letter_name, *(one.path.stem for one in document.invoices.values())]
    return [f"{name}.pdf" for name in distinct_names(stems, ["", *document.invoices], blanks=True)]
