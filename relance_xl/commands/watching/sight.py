"""Whether a file was saved, and its saving is over: looked at every few seconds, since shares tell nothing by themselves.

Excel saves by a temporary file, a deletion and a renaming: the file is gone for a moment, then another one. A copy onto a share
grows for as long as it takes. Moments are only compared for being the same: the clocks of two computers differ.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sight:
    """What a file looked like from outside."""

    size: int
    modified: int
    inode: int


def sight_of(path: Path) -> Sight | None:
    """Return how a file looks now, None where it is not there or the share is away."""
    try:
        status = path.stat()
    except OSError:
        return None
    return Sight(status.st_size, status.st_mtime_ns, status.st_ino)


class Watched:
    """A file that is looked at again and again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: Sight | None = None
        self._done: Sight | None = None

    def look(self) -> bool:
        """Look once; return whether the file is there and has stood still since the look before."""
        now = sight_of(self._path)
        is_still = now is not None and now == self._last
        self._last = now
        return is_still

    @property
    def is_new(self) -> bool:
        """Whether it was saved since it was last dealt with."""
        return self._last is not None and self._last != self._done

    @property
    def is_away(self) -> bool:
        """Whether it was not there at the last look."""
        return self._last is None

    def is_as_seen(self) -> bool:
        """Whether it is still what the last look saw: what was read since is whole."""
        return sight_of(self._path) == self._last

    def deal_with(self) -> None:
        """Remember that what was last seen has been dealt with."""
        self._done = self._last
