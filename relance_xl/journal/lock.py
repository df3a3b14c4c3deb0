"""One operator at a time: a lock file that names its holder, safe on NFS and SMB (exclusive creation)."""

import getpass
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from filelock import SoftFileLock, Timeout

from relance_xl.errors import LockedError
from relance_xl.language import _


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


@contextmanager
def dossier_lock(folder: Path, now: datetime) -> Iterator[None]:
    """Hold the dossier while the block runs.

    A dead holder on this computer is taken over (filelock checks its process). Raises LockedError, naming the holder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    card = folder / "lock.holder"
    lock = SoftFileLock(folder / "lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise _locked(card, folder / "lock") from error
    try:
        holder = Holder(operator_name(), socket.gethostname(), now.isoformat(timespec="seconds"))
        card.write_text(json.dumps(asdict(holder)), encoding="utf-8")
        yield
    finally:
        card.unlink(missing_ok=True)
        lock.release()


def _locked(card: Path, lock: Path) -> LockedError:
    try:
        holder = Holder(**json.loads(card.read_text(encoding="utf-8")))
        since = datetime.fromisoformat(holder.since).strftime("%d/%m/%Y %H:%M")
        summary = _("{name} is at work in this folder, on {host}, since {since}.").format(
            name=holder.name, host=holder.host, since=since
        )
    except (OSError, ValueError, TypeError):
        summary = _("Somebody else is at work in this folder.")
    return LockedError(
        summary,
        advice=_("Wait until they have finished. If nobody is, delete {lock} and run the command again.").format(
            lock=lock
        ),
    )
