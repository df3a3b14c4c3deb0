"""One email, complete: built once, kept as the exact bytes that leave (RFC 5322)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser, HeaderParser
from email.policy import SMTP, SMTPUTF8
from pathlib import Path

from relance_xl.core.texts.file_names import ascii_name
from relance_xl.mail.template import MailText
from relance_xl.runtime.system_faults import naming


@dataclass(frozen=True, slots=True)
class Attachment:
    """A PDF to attach, and the name the customer sees."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom, and what identifies the message.

    `key` is the delivery's key; `answers` the Message-ID of the reminder before, for threading.
    """

    sender_name: str
    sender: str
    reply_to: str
    recipients: tuple[str, ...]
    copies: tuple[str, ...]
    message_id: str
    key: str
    answers: str
    date: datetime
    language: str
    unsent: bool


def message_id(delivery_id: str, sender: str) -> str:
    """Return a delivery's Message-ID: always the same, so that no retry makes a new message (RFC 5322 3.6.4)."""
    domain = sender.rpartition("@")[2] or "localhost"
    digest = hashlib.sha256(f"{delivery_id} {sender}".encode()).hexdigest()[:16]
    return f"<relance.{digest}.{ascii_name(delivery_id)}@{domain}>"


def kept_message_id(path: Path) -> str:
    """Return the Message-ID that a kept message has. Raises OSError where the file is gone."""
    with path.open("rb") as file:
        # A long one is folded behind its name.
        return str(BytesHeaderParser(policy=SMTP).parse(file)["Message-ID"]).strip()


def build_message(envelope: Envelope, text: MailText, attachments: Iterable[Attachment]) -> bytes:
    """Return the message's bytes, CRLF line ends. Raises ValueError for addresses no header can hold."""
    addresses = (envelope.sender, envelope.reply_to, *envelope.recipients, *envelope.copies)
    # An address with an accent before the @ stands in a header only as UTF-8 (RFC 6532).
    message = EmailMessage(policy=SMTP if all(map(str.isascii, addresses)) else SMTPUTF8)
    message["From"] = _address(envelope.sender, _one_line(envelope.sender_name))
    message["To"] = [_address(address) for address in envelope.recipients]
    if envelope.copies:
        message["Cc"] = [_address(address) for address in envelope.copies]
    if envelope.reply_to:
        message["Reply-To"] = _address(envelope.reply_to)
    message["Subject"] = text.subject
    message["Date"] = envelope.date
    message["Message-ID"] = envelope.message_id
    if envelope.answers:
        message["In-Reply-To"] = envelope.answers
        message["References"] = envelope.answers
    # RFC 3834: keeps out-of-office replies from answering.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Relance-Key"] = _one_line(envelope.key).encode("ascii", "replace").decode()
    if envelope.unsent:
        # Outlook opens such a file as a draft with a Send button.
        message["X-Unsent"] = "1"
    message.set_content(text.text, cte="quoted-printable")
    message.add_alternative(text.html, subtype="html", cte="quoted-printable")
    for attachment in attachments:
        message.add_attachment(attachment.data, maintype="application", subtype="pdf", filename=attachment.name)
    # Content headers last: setting the content clears them.
    message["Content-Language"] = envelope.language
    # Boundaries must not be random: the same delivery is the same bytes.
    _fix_boundaries(message, envelope.message_id)
    return message.as_bytes()


def _address(address: str, name: str = "") -> Address:
    if address.isascii():
        return Address(name, addr_spec=address)
    # The library's parser knows addresses of ASCII only (RFC 5322); they were checked when they were read (RFC 6531).
    local_part, _at, domain = address.rpartition("@")
    return Address(name, local_part, domain)


def sender_of(message: bytes) -> str:
    """Return the address a message comes from, by its own header. Raises ValueError for one that has none."""
    head = message.partition(b"\r\n\r\n")[0].decode("utf-8")
    found = HeaderParser(policy=SMTPUTF8).parsestr(head, headersonly=True)["From"]
    addresses = found.addresses if found is not None else ()
    if not addresses:
        raise ValueError(head[:80])
    return str(addresses[0].addr_spec)


def _fix_boundaries(message: EmailMessage, seed: str) -> None:
    digest = hashlib.sha256(seed.encode()).hexdigest()[:24]
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_relance_{digest}_{number}")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def write_message(path: Path, data: bytes) -> None:
    """Write a message file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with naming(path):
        path.write_bytes(data)
