"""A real SMTP server on loopback, with STARTTLS and login, that can be told to misbehave at any phase."""

import asyncio
import base64
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "compta", "s3cret-de-test"


@dataclass
class Script:
    """What the server answers: by default it accepts all. `close_after_data` drops the line after the final dot.

    `token`: the access token it wants instead of a password; `delay` (seconds) before it answers a message;
    `smtputf8`: whether it offers to take addresses with accents.
    """

    refuse_recipients: dict[str, str] = field(default_factory=dict)
    refuse_sender: str = ""
    data_reply: str = ""
    close_after_data: bool = False
    reply_after_acceptance: str = "250 2.0.0 accepted"
    token: str = ""
    delay: float = 0
    smtputf8: bool = True


@dataclass
class Mailbox:
    """What the server accepted, in order: its own truth."""

    script: Script
    accepted: list[Envelope] = field(default_factory=list)
    logins: int = 0

    def messages(self) -> list[bytes]:
        """Return the accepted messages' bytes."""
        return [bytes(envelope.content or b"") for envelope in self.accepted]


class _Handler:
    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's own names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._mailbox.script.refuse_sender:
            return self._mailbox.script.refuse_sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self._mailbox.script.refuse_recipients:
            return self._mailbox.script.refuse_recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        self._mailbox.logins += 1
        said = base64.b64decode(args[1]).decode()
        return _answer(said == f"user={USER}\x01auth=Bearer {self._mailbox.script.token}\x01\x01")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self._mailbox.script.delay)
        if self._mailbox.script.data_reply:
            return self._mailbox.script.data_reply
        self._mailbox.accepted.append(envelope)
        if self._mailbox.script.close_after_data:
            # The worst moment: accepted, and the client never hears of it.
            assert server.transport is not None
            server.transport.abort()
            await asyncio.sleep(0)
        return self._mailbox.script.reply_after_acceptance


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answer(is_right: bool) -> AuthResult:
    # Of what counts as handled the server says no more: a refusal would never come.
    return AuthResult(success=is_right, handled=is_right)


class _Server(Controller):  # type: ignore[misc]  # aiosmtpd ships no types
    def __init__(self, mailbox: Mailbox, context: ssl.SSLContext, from_the_start: bool) -> None:
        self._mailbox = mailbox
        super().__init__(
            _Handler(mailbox),
            hostname="127.0.0.1",
            port=free_port(),
            ssl_context=context if from_the_start else None,
            tls_context=None if from_the_start else context,
            auth_required=True,
            auth_require_tls=not from_the_start,
            authenticator=self._authenticate,
            require_starttls=not from_the_start,
            enable_SMTPUTF8=mailbox.script.smtputf8,
        )

    def _authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self._mailbox.logins += 1
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return _answer(right)


@dataclass(frozen=True)
class Running:
    """A server that runs: where, what it took, and the certificate authority to trust."""

    port: int
    mailbox: Mailbox
    authority_file: str


@contextmanager
def mail_server(authority_file: str, script: Script | None = None, from_the_start: bool = False) -> Iterator[Running]:
    """Run a server whose certificate is for localhost, signed by an authority written to a file.

    `from_the_start`: TLS as soon as one connects, not by STARTTLS.
    """
    authority = trustme.CA()
    authority.cert_pem.write_to_path(authority_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    mailbox = Mailbox(script or Script())
    server = _Server(mailbox, context, from_the_start)
    server.start()
    try:
        yield Running(server.port, mailbox, authority_file)
    finally:
        server.stop()
