"""Emails that came back: what a delivery status notification says (RFC 3464), nothing guessed from other mail."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message


@dataclass(frozen=True, slots=True)
class Bounce:
    """The Message-ID of what came back, the addresses it did not reach, and why."""

    message_id: str
    addresses: tuple[str, ...]
    reason: str


def read_bounce(data: bytes) -> Bounce | None:
    """Return what a message says came back; None for one that is no such notification, or tells of a delay only."""
    message = message_from_bytes(data, policy=policy.default)
    if message.get_content_type() != "multipart/report":
        return None
    fields = [block for part in message.walk() if part.get_content_type() == "message/delivery-status"
              for block in _blocks(part)]  # fmt: skip
    failed = [block for block in fields if str(block.get("Action", "")).strip().lower() == "failed"]
    message_id = next(_original_ids(message), "")
    if not (failed and message_id):
        return None
    addresses = tuple(_address(block) for block in failed)
    return Bounce(message_id, addresses, _reason(failed[0]))


def _blocks(part: Message) -> Iterator[Message]:
    """Yield the groups of fields: the first is of the message, the others of a recipient each."""
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (block for block in payload if isinstance(block, Message))


def _address(block: Message) -> str:
    """Return the address we wrote to, as far as the notification knows it (RFC 3464 2.3.1, 2.3.2)."""
    field = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
    return field.partition(";")[2].strip().strip("<>").lower()


def _reason(block: Message) -> str:
    diagnostic = str(block.get("Diagnostic-Code", "")).partition(";")[2]
    return " ".join((diagnostic or str(block.get("Status", ""))).split())[:300]


def _original_ids(message: EmailMessage | Message) -> Iterator[str]:
    """Yield the Message-ID of the message that came back, whole or as its headers only."""
    for part in message.walk():
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            if isinstance(inner, list) and isinstance(inner[0], Message) and inner[0]["Message-ID"]:
                yield str(inner[0]["Message-ID"]).strip()
        elif part.get_content_type() == "text/rfc822-headers":
            raw = part.get_payload(decode=True)
            if isinstance(raw, bytes):
                headers = message_from_bytes(raw, policy=policy.default)
                if headers["Message-ID"]:
                    yield str(headers["Message-ID"]).strip()
