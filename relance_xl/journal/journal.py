"""The journal file: records appended and made durable before anything depends on them."""

import os
from collections.abc import Iterable
from pathlib import Path

from relance_xl.core.record import Begun, Prepared, Record, Settled
from relance_xl.errors import JournalError
from relance_xl.journal.codec import DamagedLineError, NewerVersionError, decode, encode
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
    records = tuple(_decoded(path, number, line) for number, line in enumerate(whole.splitlines(True), start=1))
    _check_whole(path, records)
    return records


def _check_whole(path: Path, records: tuple[Record, ...]) -> None:
    """Make sure that no record tells of a delivery whose own record is gone."""
    prepared: set[str] = set()
    for number, record in enumerate(records, start=1):
        if isinstance(record, Prepared):
            prepared.add(record.id)
        elif isinstance(record, Begun | Settled) and record.id not in prepared:
            raise _damaged(path, number)


def _decoded(path: Path, number: int, line: bytes) -> Record:
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
    """The journal, open for appending; only whoever holds the dossier's lock has one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, records: Iterable[Record]) -> None:
        """Append records in one write and return when they are on the disk.

        Raises OSError (disk full, no permission); then none of the records may be relied on.
        """
        lines = b"".join(encode(record) for record in records)
        is_new = not self._path.exists()
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        try:
            end = self._end_of_whole_lines(descriptor)
            os.ftruncate(descriptor, end)
            os.lseek(descriptor, end, os.SEEK_SET)
            try:
                self._write_all(descriptor, lines)
            except OSError:
                # A full disk must not leave half a batch that a later commit would bring to life.
                os.ftruncate(descriptor, end)
                raise
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            sync_folder(self._path.parent)

    @staticmethod
    def _end_of_whole_lines(descriptor: int) -> int:
        """Return where the last whole line ends: what stands behind it is a torn write of a run that died."""
        size = os.lseek(descriptor, 0, os.SEEK_END)
        step = 65536
        for start in range(max(size - step, 0), -step, -step):
            os.lseek(descriptor, max(start, 0), os.SEEK_SET)
            newline = os.read(descriptor, step).rfind(b"\n")
            if newline >= 0:
                return max(start, 0) + newline + 1
        return 0

    @staticmethod
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
