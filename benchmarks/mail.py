"""Sending with journal and fsync against a plain smtplib loop: the same messages, one connection each, one run."""

import smtplib
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from email import message_from_bytes
from multiprocessing import Event, Process, Queue
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from relance_xl.batches.basis import file_digest
from relance_xl.batches.deliver import Course, Run, deliver
from relance_xl.batches.disk_room import reserve_in
from relance_xl.batches.folder import batch_named
from relance_xl.commands.init import lay_out
from relance_xl.core.channel import Channel
from relance_xl.core.money import Money
from relance_xl.core.record import Committed, Prepared, PreparedItem, Via
from relance_xl.core.reminder import Outcome, ReminderKey
from relance_xl.journal.journal import Journal, read_journal
from relance_xl.journal.lock import dossier_lock
from relance_xl.mail.message import Attachment, Envelope, build_message, message_id
from relance_xl.mail.template import MailText
from relance_xl.runtime.clock import SystemClock
from relance_xl.runtime.language import set_language
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import Dossier, open_dossier

MESSAGES, ROUNDS = 400, 5
#: Of the plain loop's messages a second, at least.
TARGET = 0.80
_SENDER = "compta@imprimerie.example"


class _Counting:
    """Takes every message and notes its key."""

    def __init__(self, keys: Any) -> None:
        self._keys = keys

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's own name
        head = bytes(envelope.content).partition(b"\r\n\r\n")[0]
        self._keys.put((str(message_from_bytes(head)["X-Relance-Key"]), len(envelope.content)))
        return "250 OK"


def _serve(port: int, ready: Any, keys: Any, stop: Any) -> None:
    controller = Controller(_Counting(keys), hostname="127.0.0.1", port=port)
    controller.start()
    ready.set()
    stop.wait()
    controller.stop()


@contextmanager
def _server() -> Iterator[tuple[int, Any]]:
    """Run a mail server in a process of its own; yield its port and the queue of what it took."""
    keys: Any = Queue()
    ready, stop = Event(), Event()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = Process(target=_serve, args=(port, ready, keys, stop))
    process.start()
    try:
        if not ready.wait(20):
            raise TimeoutError
        yield port, keys
    finally:
        stop.set()
        process.join(20)


def _message(number: int) -> bytes:
    key = f"FA-{number:05}/1/email"
    envelope = Envelope(
        "Imprimerie", _SENDER, "", (f"client{number}@exemple.example",), (), message_id(key, _SENDER), key, "",
        SystemClock().now(), "fr", unsent=False,
    )  # fmt: skip
    text = MailText("Facture échue", "Bonjour,\n" * 40, "<p>Bonjour</p>" * 40)
    return build_message(envelope, text, [Attachment("lettre.pdf", b"%PDF" + bytes(range(256)) * 80),
                                          Attachment("facture.pdf", b"%PDF" + bytes(range(256)) * 400)])  # fmt: skip


def _prepared(dossier: Dossier, batch_id: str, number: int, path: Path) -> Prepared:
    item = PreparedItem(ReminderKey(f"FA-{number:05}", 1), Money(Decimal(10), "EUR"), date(2026, 12, 9), "", "simple")
    relative = dossier.relative(path)
    return Prepared(
        f"{batch_id}/{number:04}", batch_id, date(2026, 11, 24), Channel.EMAIL, "simple", "C1", "Client",
        (f"client{number}@exemple.example",), (item,), relative, relative, file_digest(path), "compta", Via.SMTP,
    )  # fmt: skip


def _dossier(folder: Path, port: int) -> Dossier:
    lay_out(folder, "fr", sample=True)
    settings = folder / "relance.toml"
    text = settings.read_text(encoding="utf-8")
    mail = f'transport = "smtp"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n# '
    settings.write_text(text.replace('transport = "folder"', mail, 1), encoding="utf-8")
    return open_dossier(folder)


def send_ours(dossier: Dossier, batch_id: str, messages: list[bytes]) -> float:
    """Send a batch as `relance-xl send` does once it is prepared; return the seconds from its commit on."""
    batch = batch_named(dossier.batches, batch_id)
    folder = batch.folder / "emails"
    folder.mkdir(parents=True)
    prepared = []
    for number, data in enumerate(messages, start=1):
        path = folder / f"{number:05}.eml"
        path.write_bytes(data)
        prepared.append(_prepared(dossier, batch_id, number, path))
    context = RunContext(SystemClock())
    with dossier_lock(dossier.private, context.now()) as lock, reserve_in(dossier.private) as reserve:
        journal = Journal(dossier.journal, lock.check)
        journal.append([*prepared, Committed(batch_id)])
        start = time.perf_counter()
        course = Course()
        deliver(Run(dossier, lock, journal, reserve, context, course), batch, tuple(prepared))
        seconds = time.perf_counter() - start
    assert {one.delivery.outcome for one in course.concluded} == {Outcome.ACCEPTED}
    assert len(read_journal(dossier.journal)) >= 3 * len(messages)
    return seconds


def send_plainly(port: int, messages: list[bytes]) -> float:
    """Send the same messages by smtplib's own loop, nothing written down; return the seconds."""
    start = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        for number, data in enumerate(messages, start=1):
            client.sendmail(_SENDER, [f"client{number}@exemple.example"], data)
    return time.perf_counter() - start


def _check_taken(keys: Any, sent: list[tuple[str, int]]) -> None:
    """Raise AssertionError unless the server took each message once."""
    taken = sorted(keys.get(timeout=20) for _one in sent)
    assert [key for key, _size in taken] == [key for key, _size in sent]


def compare() -> bool:
    """Send in turn, several times; print messages a second of each and the ratio of the best; return if it is met."""
    messages = [_message(number) for number in range(1, MESSAGES + 1)]
    sent = sorted((str(message_from_bytes(one)["X-Relance-Key"]), len(one)) for one in messages)
    ours: list[float] = []
    plain: list[float] = []
    with _server() as (port, keys), tempfile.TemporaryDirectory() as name:
        dossier = _dossier(Path(name) / "dossier", port)
        for round_number in range(1, ROUNDS + 1):
            plain.append(send_plainly(port, messages))
            _check_taken(keys, sent)
            ours.append(send_ours(dossier, f"2026-11-24-{round_number:03}", messages))
            _check_taken(keys, sent)
    ratio = min(plain) / min(ours)
    size = sum(map(len, messages)) / len(messages) / 1e3
    print(f"{MESSAGES} messages of {size:.0f} KB, best of {ROUNDS} rounds")
    print(f"plain smtplib loop  {MESSAGES / min(plain):7.0f} messages/s")
    print(f"send, with journal  {MESSAGES / min(ours):7.0f} messages/s")
    print(f"ratio {ratio:.0%} (target at least {TARGET:.0%})")
    return bool(ratio >= TARGET)


if __name__ == "__main__":
    set_language("en")
    sys.exit(0 if compare() else 1)
