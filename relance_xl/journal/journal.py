"""The journal file: only ever appended to, made durable before anything depends on it, read again behind each write.

Two runs may write at once: one was stopped (a laptop that slept) while a person let another take its place. The first
line of each run says that it opened the journal. Whoever writes reads what came before its own line: a run that finds
there that another one has opened the journal stops, before anything leaves.
"""

import os
import secrets
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from relance_xl.core.record import Record, Settled
from relance_xl.journal.chain import TORN_END, BrokenChainError, Chain
from relance_xl.journal.codec import NOBODY, NewerVersionError, Opened, Writer, encode_chain
from relance_xl.journal.lock import lock_lost, operator_name
from relance_xl.runtime.errors import JournalError, LockedError
from relance_xl.runtime.language import _

#: How often a run tries to open the journal while the one that it takes over from writes on.
_ATTEMPTS = 5


def read_journal(path: Path) -> tuple[Record, ...]:
    """Return all records that count, oldest first; none where there is no journal yet.

    A torn last line (the machine stopped while it was written) never counted and is passed over. Raises JournalError
    for a damaged line elsewhere: what was sent is then no longer certain.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ()
    reading = _Reading(path)
    reading.take(data)
    return tuple(reading.chain.records)


class _Reading:
    """A journal as far as it was read."""

    def __init__(self, path: Path) -> None:
        self.chain = Chain()
        #: What stands behind the last newline: a line that was never finished.
        self.fragment = b""
        #: How many bytes were read.
        self.end = 0
        self._path = path
        self._lines = 0

    def take(self, data: bytes) -> None:
        """Read on. Raises JournalError for a line that is damaged, or does not follow the one before."""
        *lines, self.fragment = (self.fragment + data).split(b"\n")
        self.end += len(data)
        try:
            for line in lines:
                self._lines += 1
                self.chain.add(line)
        except NewerVersionError as error:
            raise JournalError(
                _("{file}, line {line}: written by a newer version of Relance XL.").format(
                    file=self._path, line=self._lines
                ),
                advice=_("Update Relance XL on this computer."),
            ) from error
        except (BrokenChainError, ValueError) as error:
            raise _damaged(self._path, self._lines) from error


def _damaged(path: Path, number: int) -> JournalError:
    return JournalError(
        _("{file}, line {line}: the journal is damaged, so what was sent is no longer certain.").format(
            file=path, line=number
        ),
        advice=_("Nothing was sent. Restore {file} from a backup, then run the command again.").format(file=path),
    )


class Journal:
    """The journal, open for appending; only whoever holds the dossier's lock has one.

    `guard` is called before each write: it raises LockedError where the lock was lost.
    """

    def __init__(self, path: Path, guard: Callable[[], None]) -> None:
        self._path = path
        self._guard = guard
        self._reading = _Reading(path)
        self._writer = NOBODY
        #: How many records there were when the run began to look at them.
        self._looked_at: int | None = None

    def look(self) -> None:
        """Note what is there now: what this run decides rests on it, so nothing may come in between. Writes nothing.

        Raises JournalError, OSError.
        """
        if self._path.exists():
            with _opened(self._path) as descriptor:
                self._catch_up(descriptor)
        self._looked_at = len(self._reading.chain.records)

    def open(self) -> None:
        """Take the journal over: no other run's later lines count.

        Raises LockedError where something has been written since this run looked; OSError, JournalError.
        """
        if self._writer != NOBODY:
            return
        for _attempt in range(_ATTEMPTS):
            self._guard()
            with _opened(self._path) as descriptor:
                self._catch_up(descriptor)
                writer = Writer(secrets.token_hex(8), self._reading.chain.writer.epoch + 1)
                self._write(descriptor, [Opened(operator_name(), socket.gethostname())], writer)
            if self._reading.chain.writer == writer:
                break
        if self._reading.chain.writer != writer or self._looked_at not in {None, len(self._reading.chain.records)}:
            raise lock_lost()
        self._writer = writer

    def append(self, records: Iterable[Record]) -> None:
        """Append records in one write and return when they are on the disk and count.

        Raises OSError (disk full, no permission); then none of the records may be relied on. Raises LockedError where
        another run has taken over.
        """
        records = tuple(records)
        if not records:
            return
        try:
            self._guard()
            self.open()
            with _opened(self._path) as descriptor:
                self._catch_up(descriptor)
                self._write(descriptor, records, self._writer)
        except LockedError:
            self._tell_late(records)
            raise

    def _tell_late(self, records: tuple[Record, ...]) -> None:
        """Write what became of a message after all, though another run has taken over: it knows only that it began."""
        if self._writer != NOBODY and records and all(isinstance(one, Settled) for one in records):
            with suppress(LockedError), _opened(self._path) as descriptor:
                self._write(descriptor, records, self._writer)

    def _write(self, descriptor: int, records: Iterable[Record | Opened], writer: Writer) -> None:
        """Write lines behind all that is there, and read what has come before them meanwhile."""
        data = b"".join(encode_chain(records, self._reading.chain.crc, writer))
        # A torn line is closed, never cut off: whoever cuts may cut what another run has just written.
        _write_all(descriptor, TORN_END + data if self._reading.fragment else data)
        os.fsync(descriptor)
        self._catch_up(descriptor, data)

    def _catch_up(self, descriptor: int, ours: bytes = b"") -> None:
        """Read what was written since; raise LockedError if another run took over, or our own lines are not there."""
        size = os.lseek(descriptor, 0, os.SEEK_END)
        if size < self._reading.end:
            raise lock_lost()
        os.lseek(descriptor, self._reading.end, os.SEEK_SET)
        data = _read(descriptor, size - self._reading.end)
        self._reading.take(data)
        is_whole = ours in data and not (ours and self._reading.fragment)
        if not is_whole or self._writer not in {NOBODY, self._reading.chain.writer}:
            raise lock_lost()


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open the journal to read and append; a new one is there for good when the block ends."""
    is_new = not path.exists()
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o644)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
    if is_new:
        sync_folder(path.parent)


def _read(descriptor: int, count: int) -> bytes:
    """Return so many bytes, or as many as there are."""
    parts = []
    while count > 0 and (part := os.read(descriptor, count)):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(folder: Path) -> None:
    """Make a folder's new entries durable, where the system can (Windows does it by itself)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
