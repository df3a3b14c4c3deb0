"""The mail server's process, started and asked for its own list of what it accepted."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torture.mail_process import AUTHORITY, EVENTS, PORT


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that the server took."""

    key: str
    message_id: str
    recipients: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class MailLog:
    """A running server: where it is, and what it wrote down, from a place in its file on."""

    folder: Path
    start: int = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        return int((self.folder / PORT).read_text(encoding="ascii"))

    @property
    def authority(self) -> Path:
        """The certificate authority to trust."""
        return self.folder / AUTHORITY

    @property
    def size(self) -> int:
        """How long its file is."""
        return (self.folder / EVENTS).stat().st_size

    def from_here(self) -> "MailLog":
        """Return the same log, of what comes after this moment."""
        return MailLog(self.folder, self.size)

    def events(self) -> list[dict[str, Any]]:
        """Return what happened, in order."""
        data = (self.folder / EVENTS).read_bytes()[self.start :]
        return [json.loads(line) for line in data.splitlines(keepends=True) if line.endswith(b"\n")]

    def count(self, event: str) -> int:
        """Return how often something happened."""
        return sum(one["event"] == event for one in self.events())

    def accepted(self) -> list[Accepted]:
        """Return the messages that the server took, in order."""
        return [
            Accepted(one["key"], one["message_id"], tuple(one["recipients"]), one["digest"])
            for one in self.events()
            if one["event"] == "accepted"
        ]

    def wait_until_idle(self) -> None:
        """Return once no connection is open: from then on the list only changes by another run."""
        deadline = time.monotonic() + 30
        # A connection that a killed client just made may not be in the file yet.
        time.sleep(0.02)
        while self.count("connected") != self.count("closed"):
            if time.monotonic() > deadline:
                raise TimeoutError("a connection of a dead client stays open")
            time.sleep(0.01)


@contextmanager
def mail_process(folder: Path, seed: int | None = None) -> Iterator[MailLog]:
    """Run the server in a process of its own."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "torture.mail_process", str(folder.absolute())]
    command += ["--seed", str(seed)] if seed is not None else []
    process = subprocess.Popen(command, cwd=Path(__file__).parent.parent)
    try:
        deadline = time.monotonic() + 60
        while not (folder / PORT).exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the mail server does not start")
            time.sleep(0.02)
        # It tries itself once.
        MailLog(folder).wait_until_idle()
        yield MailLog(folder)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
