"""A file that keeps room on the disk while emails are sent, so that what became of each can always be recorded."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from relance_xl.runtime.errors import ProgramError
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import NEEDED_ROOM, fault_words


class NoRoomError(ProgramError):
    """There is no room to record what is sent, so nothing may be sent."""

    def __init__(self, error: OSError, size: int) -> None:
        why = fault_words(error)
        super().__init__(
            _("There is no room to record what is sent: {why}").format(why=why),
            advice=_("Nothing more was sent. Make room for at least {size} KB there, then send again.").format(
                size=size // 1024
            ),
        )
        self.why = why


class Reserve:
    """A file that holds room: really written, as free space that is only counted proves nothing of a quota or a share.

    Given up, it lets through the one record that must not be lost.
    """

    def __init__(self, path: Path, size: int = NEEDED_ROOM) -> None:
        self._path = path
        self._size = size

    def lay_in(self) -> None:
        """Make sure that the room is held. Raises NoRoomError."""
        try:
            if self._path.stat().st_size >= self._size:
                return
        except OSError:
            pass
        try:
            self._write()
        except OSError as error:
            error.filename = error.filename or str(self._path)
            self.give_up()
            raise NoRoomError(error, self._size) from error

    def _write(self) -> None:
        # Nothing that a disk could pack: zeros take no room on some.
        rest = memoryview(os.urandom(self._size))
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o644)
        try:
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def give_up(self) -> bool:
        """Give the room back; return whether there was any."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True


@contextmanager
def reserve_in(folder: Path) -> Iterator[Reserve]:
    """Yield a reserve in a folder, which is gone afterwards; one that a run left behind that died, too."""
    reserve = Reserve(folder / "reserve")
    reserve.give_up()
    try:
        yield reserve
    finally:
        with suppress(OSError):
            reserve.give_up()
