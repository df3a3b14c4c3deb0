"""The workbook file: read as a snapshot, replaced whole or not at all, with backups; who else has it open."""

import hashlib
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from relance_xl.errors import EditsError
from relance_xl.language import _
from relance_xl.system_faults import cause_words
from relance_xl.workbook.document import Document
from relance_xl.workbook.stale_values import forget_stale_values

#: How many earlier workbooks are kept.
KEPT_BACKUPS = 10
_ATTEMPTS, _PAUSE_S = 5, 0.4


class WorkbookBusyError(Exception):
    """The workbook cannot be replaced just now: somebody has it open, or saved it meanwhile."""


@dataclass(frozen=True, slots=True)
class OpenElsewhere:
    """Who has the workbook open, as their spreadsheet's lock file says."""

    name: str
    lock_file: Path


def opened_by(path: Path) -> OpenElsewhere | None:
    """Return who has the workbook open in Calc or Excel, None where nobody seems to."""
    calc = path.with_name(f".~lock.{path.name}#")
    if calc.exists():
        # ",login,host,date,profile;" (the first field, the full name, may be empty)
        parts = _read(calc).decode("utf-8", "replace").split(",")
        named = [part for part in parts[:2] if part]
        return OpenElsewhere(f"{named[0] if named else '?'} (Calc)", calc)
    excel = path.with_name(f"~${path.name}")
    if excel.exists():
        data = _read(excel)
        # One byte of length, then the name in the ANSI code page; the same again in UTF-16 behind it.
        name = data[1 : 1 + data[0]].decode("cp1252", "replace").strip() if data else ""
        return OpenElsewhere(f"{name or '?'} (Excel)", excel)
    return None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def conflict_copies(path: Path) -> tuple[Path, ...]:
    """Return files beside the workbook that look like copies a sync tool or a hurried user left."""
    own = {path.name, f"~${path.name}"}
    copies = (one for one in path.parent.glob(f"{path.stem}*{path.suffix}") if one.name not in own)
    return tuple(sorted(one for one in copies if one.is_file()))


def write_new(path: Path, data: bytes) -> None:
    """Write a workbook that is not there yet. Raises WorkbookBusyError where one has come meanwhile."""
    if path.exists():
        raise WorkbookBusyError(path.name)
    _put_in_place(path, data)


def replace_workbook(path: Path, document: Document, backups: Path) -> None:
    """Replace the workbook by its changed document, whole or not at all; the old one goes to the backups.

    Raises WorkbookBusyError where the file changed since it was read, or is held open (Windows).
    """
    forget_stale_values(document)
    data = document.packed()
    Document.read_bytes(path, data)
    if opened_by(path) is not None:
        raise WorkbookBusyError(path.name)
    if hashlib.sha256(_read(path)).hexdigest() != document.package.digest:
        raise WorkbookBusyError(path.name)
    _keep_backup(path, backups)
    _put_in_place(path, data)


def _keep_backup(path: Path, backups: Path) -> None:
    backups.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(path.stat().st_mtime))
    shutil.copy2(path, backups / f"{path.stem}.{stamp}{path.suffix}")
    for old in sorted(backups.glob(f"{path.stem}.*{path.suffix}"))[:-KEPT_BACKUPS]:
        old.unlink(missing_ok=True)


def _put_in_place(path: Path, data: bytes) -> None:
    """Write beside the target, make it durable, then take its place."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, fresh)
        _replace(fresh, path)
    except OSError as error:
        if isinstance(error, PermissionError):
            raise WorkbookBusyError(path.name) from error
        raise EditsError(
            _("{file} cannot be written: {why}").format(file=path.name, why=cause_words(error)),
            advice=_("Make room on the disk or check the folder's rights; what is owed is written next time."),
        ) from error
    finally:
        fresh.unlink(missing_ok=True)


def _replace(fresh: Path, path: Path) -> None:
    """Replace the target; on Windows whoever reads it blocks that for a moment."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            fresh.replace(path)
        except PermissionError:
            if attempt == _ATTEMPTS:
                raise
            time.sleep(_PAUSE_S)
        else:
            return
