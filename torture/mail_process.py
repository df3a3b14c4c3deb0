"""A mail server in a process of its own that writes down what it accepts, on the disk before it says so.

`python -m torture.mail_process FOLDER [--seed N]`: FOLDER gets authority.pem, events.jsonl and, once it listens, port.
With a seed it is slow and refuses now and then.
"""

import argparse
import asyncio
import hashlib
import json
import logging
import os
import random
import signal
import ssl
import threading
import time
from email import message_from_bytes
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.mail_server import PASSWORD, USER, free_port

EVENTS, PORT, AUTHORITY = "events.jsonl", "port", "authority.pem"


class EventFile:
    """What happened, one JSON object a line."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, event: str, **details: object) -> None:
        """Append an event; an acceptance is on the disk when this returns."""
        line = json.dumps({"event": event, "at": time.monotonic(), **details}) + "\n"
        os.write(self._descriptor, line.encode())
        if event == "accepted":
            os.fsync(self._descriptor)


class Moods:
    """How long the server takes, and whether it refuses: all dice, none without a seed."""

    def __init__(self, seed: int | None) -> None:
        self._dice = random.Random(seed) if seed is not None else None  # noqa: S311 - a test's dice

    async def pause(self) -> None:
        """Take a while, often none."""
        if self._dice is not None and self._dice.random() < 0.2:
            await asyncio.sleep(self._dice.uniform(0, 0.06))

    def refusal(self) -> str:
        """Return a refusal, "" mostly."""
        if self._dice is None or self._dice.random() >= 0.01:
            return ""
        return self._dice.choice(["550 5.7.1 refused", "451 4.3.2 try again later"])


class Handler:
    """Answers each phase of a message."""

    def __init__(self, events: EventFile, moods: Moods) -> None:
        self._events, self._moods = events, moods

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's own names
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a sender."""
        self._events.write("mail")
        await self._moods.pause()
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient."""
        await self._moods.pause()
        refusal = self._moods.refusal()
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message: on the disk first, then the answer."""
        await self._moods.pause()
        refusal = self._moods.refusal()
        if refusal:
            return refusal
        content = bytes(envelope.content or b"")
        message = message_from_bytes(content)
        self._events.write(
            "accepted",
            key=message["X-Relance-Key"],
            message_id=message["Message-ID"],
            recipients=envelope.rcpt_tos,
            digest=hashlib.sha256(content).hexdigest(),
        )
        await self._moods.pause()
        return "250 2.0.0 accepted"


class Connection(SMTP):  # type: ignore[misc]  # aiosmtpd ships no types
    """One client's connection, with its beginning and its end in the events."""

    def __init__(self, events: EventFile, *args: Any, **kwargs: Any) -> None:
        self._events, self._is_open = events, False
        super().__init__(*args, **kwargs)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; STARTTLS comes here a second time."""
        if not self._is_open:
            self._is_open = True
            self._events.write("connected")
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """End: whatever the handler was about to do is cancelled."""
        super().connection_lost(error)
        if self._is_open:
            self._is_open = False
            self._events.write("closed")


class Server(Controller):  # type: ignore[misc]  # aiosmtpd ships no types
    """STARTTLS and login on loopback."""

    def __init__(self, events: EventFile, moods: Moods, context: ssl.SSLContext) -> None:
        self._events = events
        self._authority = context
        super().__init__(Handler(events, moods), hostname="127.0.0.1", port=free_port())

    def factory(self) -> Connection:
        """Make a connection."""
        return Connection(
            self._events,
            self.handler,
            tls_context=self._authority,
            require_starttls=True,
            auth_required=True,
            auth_require_tls=True,
            authenticator=self._authenticate,
        )

    @staticmethod
    def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right)


def main() -> None:
    """Serve until terminated."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    # Clients die all the time here.
    logging.disable()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(given.folder / AUTHORITY))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = Server(EventFile(given.folder / EVENTS), Moods(given.seed), context)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: ended.set())
    server.start()
    port = given.folder / PORT
    port.with_suffix(".new").write_text(str(server.port), encoding="ascii")
    port.with_suffix(".new").replace(port)
    ended.wait()
    server.stop()


if __name__ == "__main__":
    main()
