"""One operator at a time: a lock file that names its holder, safe on NFS and SMB (exclusive creation)."""

import getpass
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from relance_xl.runtime.errors import LockedError
from relance_xl.runtime.language import _

if TYPE_CHECKING:
    from filelock import SoftFileLock

# Longer than any command runs.
_LONGEST_RUN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who works in the dossier, where and since when (local time, ISO 8601)."""

    name: str
    host: str
    since: str


def operator_name() -> str:
    """Return the name of whoever runs the program, for the record."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return str(os.getuid()) if hasattr(os, "getuid") else "?"


class OldLockError(LockedError):
    """The dossier has been held for longer than any command runs: a person may know that its holder is gone."""

    def __init__(self, summary: str, holder: Holder, advice: str) -> None:
        super().__init__(summary, advice=advice)
        self.holder = holder


class DossierLock:
    """The dossier, held."""

    def __init__(self, lock: "SoftFileLock") -> None:
        self._lock = lock

    def check(self) -> None:
        """Raise LockedError if somebody took the lock away: a computer that slept must not go on as if it had it."""
        if not self._lock.is_lock_held_by_us:
            raise lock_lost()


@contextmanager
def dossier_lock(folder: Path, now: datetime, break_it: bool = False) -> Iterator[DossierLock]:
    """Hold the dossier while the block runs.

    A dead holder on this computer is taken over (filelock checks its process); any other only where `break_it` says
    so: only a person can know that another computer is off or asleep. Raises LockedError, naming the holder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    card = folder / "lock.holder"
    # Commands that only look take no lock.
    from filelock import SoftFileLock, Timeout

    lock = SoftFileLock(folder / "lock", timeout=0)
    if break_it:
        lock.break_lock()
    try:
        lock.acquire()
    except Timeout as error:
        raise _locked(folder) from error
    held = DossierLock(lock)
    try:
        holder = Holder(operator_name(), socket.gethostname(), now.isoformat(timespec="seconds"))
        card.write_text(json.dumps(asdict(holder)), encoding="utf-8")
        yield held
    finally:
        # Whoever broke the lock has put a card of their own there.
        if lock.is_lock_held_by_us:
            card.unlink(missing_ok=True)
        lock.release()


def old_holder(folder: Path) -> Holder | None:
    """Return who has held the dossier for longer than any command runs, None where nobody has."""
    holder = _holder(folder) if (folder / "lock").exists() else None
    return holder if holder is not None and _is_old(holder) else None


def _is_old(holder: Holder) -> bool:
    return datetime.now().astimezone() - datetime.fromisoformat(holder.since).astimezone() >= _LONGEST_RUN


def lock_lost() -> LockedError:
    """Return the error of a run that somebody else took over."""
    return LockedError(
        _("Somebody else has taken over this folder while this command was at work: it stopped."),
        advice=_("Nothing is sent twice. When they have finished, run the command again."),
    )


def _locked(folder: Path) -> LockedError:
    advice = _(
        "Wait until they have finished. If you are certain that this command no longer runs there (computer off or "
        "restarted), run yours again with --break-lock; if it does run, it stops before its next step."
    )
    holder = _holder(folder)
    if holder is None:
        return LockedError(_("Somebody else is at work in this folder."), advice=advice)
    since = datetime.fromisoformat(holder.since)
    summary = _("{name} is at work in this folder, on {host}, since {since}.").format(
        name=holder.name, host=holder.host, since=since.strftime("%d/%m/%Y %H:%M")
    )
    return OldLockError(summary, holder, advice) if _is_old(holder) else LockedError(summary, advice=advice)


def _holder(folder: Path) -> Holder | None:
    """Return who holds the dossier: as they said, else as the lock itself does (process, computer)."""
    try:
        return _checked(Holder(**json.loads((folder / "lock.holder").read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError):
        pass
    try:
        lines = (folder / "lock").read_text(encoding="utf-8").split()
        since = datetime.fromtimestamp((folder / "lock").stat().st_mtime).astimezone()
    except (OSError, ValueError):
        return None
    return Holder("?", lines[1] if len(lines) > 1 else "?", since.isoformat(timespec="seconds"))


def _checked(holder: Holder) -> Holder:
    """Return a holder whose moment can be read. Raises ValueError or TypeError."""
    datetime.fromisoformat(holder.since)
    return holder
