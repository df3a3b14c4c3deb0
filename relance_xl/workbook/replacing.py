"""Replaces a file so that what somebody saved at the last moment is kept, and a kill in the middle is repaired later.

Four steps, each of which the file system does whole or not at all:

1. the new file is written beside the old one, under a name of ours that ends in `.tmp`;
2. the old one is moved aside; its name then says what it should hold: `.NAME.PID.DIGEST.old`;
3. what was moved is looked at: somebody may have saved it at the last moment;
4. the new one takes the name, unless something has come there meanwhile.

Between 2 and 4 there is no file under the name, for as long as it takes to read it once. Whoever finds that so after a
kill puts back what was moved aside.

Where the name is a symbolic link, as to a shared drive, all of this happens where it leads: the link stays a link.
"""

import errno
import glob
import hashlib
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from relance_xl.runtime.language import _

T = TypeVar("T")

#: How many earlier workbooks are kept.
KEPT_BACKUPS = 10
_ATTEMPTS, _PAUSE_S = 5, 0.4
# How long a run that is at work may have the file between steps 2 and 4, in tries and seconds.
_GAP_ATTEMPTS, _GAP_PAUSE_S = 20, 0.05
# Enough of a SHA-256 to tell two savings of one workbook apart.
_DIGEST_LENGTH = 16
# What systems answer that have no second names for files (FAT, some network drives).
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL}


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found of killed runs: whether the workbook was put back, and what somebody saved meanwhile."""

    put_back: bool = False
    conflicts: tuple[Path, ...] = ()


def real_place(path: Path) -> Path:
    """Return where a file is: the path itself; of a symbolic link, what it leads to at last, be it there or not."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file. Raises OSError."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_beside(path: Path, data: bytes) -> Path:
    """Write what is to take a file's place beside it, on the disk for good; return where. Raises OSError."""
    path = real_place(path)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    return fresh


def keep_rights(path: Path, fresh: Path) -> None:
    """Give a new file the mode of the one it replaces, and its owner and group as far as the system lets us.

    On a shared drive the others could not open it any more. Raises OSError.
    """
    kept = path.stat()
    if hasattr(os, "chown"):
        # Only root may give a file away; a member of its group may leave it to the group.
        for owner in (kept.st_uid, -1):
            with suppress(OSError):
                os.chown(fresh, owner, kept.st_gid)
                break
    shutil.copymode(path, fresh)


def set_aside(path: Path, digest: str) -> Path:
    """Move a file aside that should have a digest; return where it is now. Raises OSError."""
    path = real_place(path)
    aside = path.with_name(f".{path.name}.{os.getpid()}.{digest[:_DIGEST_LENGTH]}.old")
    _patiently(lambda: path.rename(aside))
    return aside


def holds_what_it_should(aside: Path) -> bool:
    """Whether a file that was moved aside is still what its name says. Raises OSError."""
    return digest_of(aside).startswith(aside.name.split(".")[-2])


def move_in(source: Path, target: Path) -> None:
    """Give a file a name that is free. Raises FileExistsError where it is not; OSError."""
    _patiently(lambda: _move_in(source, real_place(target)))


def _move_in(source: Path, target: Path) -> None:
    if os.name == "nt":
        # There a move never replaces.
        source.rename(target)
        return
    try:
        target.hardlink_to(source)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if target.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
        source.rename(target)
    else:
        source.unlink(missing_ok=True)


def _patiently(step: Callable[[], T]) -> T:
    """Do a step that on Windows whoever reads the file blocks for a moment."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return step()
        except PermissionError:
            if attempt == _ATTEMPTS or os.name != "nt":
                raise
            time.sleep(_PAUSE_S)
    raise AssertionError


def keep_backup(aside: Path, path: Path, backups: Path) -> Path | None:
    """Put what was moved aside among the backups of a file, the oldest of which go.

    Where it is not what it should be, somebody saved it at the last moment: it is kept beside the file instead, and
    returned. Raises OSError.
    """
    if not holds_what_it_should(aside):
        return keep_conflict(aside, path)
    backups.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(aside.stat().st_mtime))
    _move(aside, _free_name(backups, f"{path.stem}.{stamp}", path.suffix))
    for old in backups_of(path, backups)[:-KEPT_BACKUPS]:
        old.unlink(missing_ok=True)
    return None


def backups_of(path: Path, backups: Path) -> list[Path]:
    """Return a file's backups, the newest last."""
    return sorted(backups.glob(f"{glob.escape(path.stem)}.*{glob.escape(path.suffix)}"))


def keep_conflict(aside: Path, path: Path) -> Path:
    """Keep a file that was moved aside beside the one in its place, as a conflict; return where. Raises OSError."""
    path = real_place(path)
    moment = time.strftime("%Y-%m-%d %H%M", time.localtime(aside.stat().st_mtime))
    kept = _free_name(path.parent, _("{name} (conflict {moment})").format(name=path.stem, moment=moment), path.suffix)
    _move(aside, kept)
    return kept


def _free_name(folder: Path, stem: str, suffix: str) -> Path:
    path, number = folder / f"{stem}{suffix}", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}{suffix}"
    return path


def _move(source: Path, target: Path) -> None:
    """Move a file; where that is to another drive, it is copied whole first."""
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        partial = target.with_name(f".{target.name}.tmp")
        shutil.copy2(source, partial)
        partial.rename(target)
        source.unlink(missing_ok=True)


def set_aside_by_killed_runs(path: Path) -> list[Path]:
    """Return what lies aside of a file, the newest last."""
    path = real_place(path)
    found = path.parent.glob(f".{glob.escape(path.name)}.*.old")
    return sorted(found, key=lambda one: one.stat().st_mtime_ns)


def put_back(path: Path) -> bool:
    """Put back a file that a killed run had moved aside; return whether that was so. A run at work is waited for."""
    for _attempt in range(_GAP_ATTEMPTS):
        if path.exists() or not set_aside_by_killed_runs(path):
            return False
        time.sleep(_GAP_PAUSE_S)
    try:
        move_in(set_aside_by_killed_runs(path)[-1], path)
    except (FileExistsError, FileNotFoundError, IndexError):
        # Somebody was faster.
        return False
    return True


def recover(path: Path, backups: Path) -> Recovered:
    """Clear away what killed runs left beside a file, for whoever holds the lock. Raises OSError.

    The file is put back where it is missing; what else was moved aside goes to the backups.
    """
    was_put_back = put_back(path)
    place = real_place(path)
    for half in (*place.parent.glob(f".{glob.escape(place.name)}.*.tmp"), *backups.glob(".*.tmp")):
        half.unlink(missing_ok=True)
    kept = [keep_backup(aside, path, backups) for aside in set_aside_by_killed_runs(path)]
    return Recovered(was_put_back, tuple(one for one in kept if one is not None))
