"""The journal file: records appended and made durable before anything depends on them."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from relance_xl.core.record import Begun, Prepared, Record, Settled
from relance_xl.errors import JournalError
from relance_xl.journal.codec import (
    NO_LINE,
    DamagedLineError,
    Line,
    NewerVersionError,
    crc_of,
    decode,
    encode_chain,
)
from relance_xl.journal.lock import lock_lost
from relance_xl.language import _


def read_journal(path: Path) -> tuple[Record, ...]:
    """Return all whole records, oldest first; none where there is no journal yet.

    A torn last line (the machine stopped while it was written) never counted and is passed over. Raises JournalError
    for a damaged line elsewhere: what was sent is then no longer certain.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ()
    whole = data[: data.rfind(b"\n") + 1]
    lines = [_decoded(path, number, line) for number, line in enumerate(whole.split(b"\n")[:-1], start=1)]
    _check_chain(path, lines)
    records = tuple(line.record for line in lines)
    _check_whole(path, records)
    return records


def _check_chain(path: Path, lines: Sequence[Line]) -> None:
    """Make sure that no line is gone, moved or put in: each names the CRC of the one before."""
    before, chained = NO_LINE, False
    for number, line in enumerate(lines, start=1):
        if line.previous != before if line.previous is not None else chained:
            raise _damaged(path, number)
        before, chained = line.crc, line.previous is not None


def _check_whole(path: Path, records: tuple[Record, ...]) -> None:
    """Make sure that no record tells of a delivery whose own record is gone."""
    prepared: set[str] = set()
    for number, record in enumerate(records, start=1):
        if isinstance(record, Prepared):
            prepared.add(record.id)
        elif isinstance(record, Begun | Settled) and record.id not in prepared:
            raise _damaged(path, number)


def _decoded(path: Path, number: int, line: bytes) -> Line:
    try:
        return decode(line)
    except NewerVersionError as error:
        raise JournalError(
            _("{file}, line {line}: written by a newer version of Relance XL.").format(file=path, line=number),
            advice=_("Update Relance XL on this computer."),
        ) from error
    except (DamagedLineError, ValueError) as error:
        raise _damaged(path, number) from error


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
        #: Where this run's last write ended: if the file has grown since, somebody else works here too.
        self._end: int | None = None

    def append(self, records: Iterable[Record]) -> None:
        """Append records in one write and return when they are on the disk.

        Raises OSError (disk full, no permission); then none of the records may be relied on. Raises LockedError where
        another run has written meanwhile.
        """
        self._guard()
        is_new = not self._path.exists()
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        try:
            end = _end_of_whole_lines(descriptor)
            if self._end is not None and self._end != end:
                raise lock_lost()
            self._write_at(descriptor, end, b"".join(encode_chain(records, _last_crc(descriptor, end))))
        finally:
            os.close(descriptor)
        if is_new:
            sync_folder(self._path.parent)

    def _write_at(self, descriptor: int, end: int, lines: bytes) -> None:
        os.ftruncate(descriptor, end)
        os.lseek(descriptor, end, os.SEEK_SET)
        try:
            _write_all(descriptor, lines)
        except OSError:
            # A full disk must not leave half a batch that a later commit would bring to life.
            os.ftruncate(descriptor, end)
            raise
        os.fsync(descriptor)
        self._end = end + len(lines)


def _end_of_whole_lines(descriptor: int) -> int:
    """Return where the last whole line ends: what stands behind it is a torn write of a run that died."""
    return _behind_newline(descriptor, os.lseek(descriptor, 0, os.SEEK_END))


def _last_crc(descriptor: int, end: int) -> str:
    """Return the CRC of the line that ends there, NO_LINE for none."""
    start = _behind_newline(descriptor, end - 1) if end else 0
    os.lseek(descriptor, start, os.SEEK_SET)
    return crc_of(os.read(descriptor, end - start)) if end else NO_LINE


def _behind_newline(descriptor: int, end: int) -> int:
    """Return where the line begins that an offset lies in or ends."""
    step = 65536
    while end > 0:
        start = max(end - step, 0)
        os.lseek(descriptor, start, os.SEEK_SET)
        newline = os.read(descriptor, end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


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
