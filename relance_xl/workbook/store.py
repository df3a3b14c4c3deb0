"""The workbook file: read as a snapshot, replaced whole or not at all, with backups; who else has it open."""

import glob
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from relance_xl.runtime.errors import EditsError
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import cause_words
from relance_xl.workbook.replacing import (
    holds_what_it_should,
    keep_backup,
    keep_rights,
    move_in,
    real_place,
    set_aside,
    write_beside,
)
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet
from relance_xl.workbook.stale_values import forget_stale_values


class WorkbookBusyError(Exception):
    """The workbook cannot be replaced just now: somebody has it open, or saved it meanwhile."""


class WorkbookSavedError(WorkbookBusyError):
    """Somebody saved the workbook since it was read: the work is to be done again from what they saved.

    `conflicts`: what they saved before that, kept beside it.
    """

    def __init__(self, name: str, conflicts: tuple[Path, ...] = ()) -> None:
        super().__init__(name)
        self.conflicts = conflicts


@dataclass(frozen=True, slots=True)
class OpenElsewhere:
    """Who has the workbook open, as their spreadsheet's lock file says."""

    name: str
    lock_file: Path


def opened_by(path: Path) -> OpenElsewhere | None:
    """Return who has the workbook open in Calc or Excel, None where nobody seems to.

    Of a symbolic link, lock files may lie beside it, or beside the file that others open on their shared drive.
    """
    return next(filter(None, map(_opened_at, dict.fromkeys((path, real_place(path))))), None)


def _opened_at(path: Path) -> OpenElsewhere | None:
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
    places = dict.fromkeys((path, real_place(path)))
    own = {one for place in places for one in (place, place.with_name(f"~${place.name}"))}
    alike = {one for place in places for one in place.parent.glob(f"{glob.escape(place.stem)}*{place.suffix}")}
    return tuple(sorted(one for one in alike - own if one.is_file()))


def write_new(path: Path, data: bytes) -> None:
    """Write a workbook that is not there yet. Raises WorkbookSavedError where one has come meanwhile, EditsError."""
    with _told(path):
        fresh = write_beside(path, data)
        try:
            move_in(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)


def replace_workbook(path: Path, document: Spreadsheet, backups: Path) -> tuple[Path, ...]:
    """Replace the workbook by its changed document, whole or not at all; the old one goes to the backups.

    Returns what somebody saved into the old one at the last moment, kept as a conflict: most often nothing. Raises
    WorkbookSavedError where somebody saved it since it was read, what they saved being in place; WorkbookBusyError
    where it is open; EditsError where it cannot be written.
    """
    forget_stale_values(document)
    data = document.packed()
    Spreadsheet.read_bytes(path, data)
    if opened_by(path) is not None:
        raise WorkbookBusyError(path.name)
    if hashlib.sha256(_read(path)).hexdigest() != document.package.digest:
        raise WorkbookSavedError(path.name)
    with _told(path):
        backups.mkdir(parents=True, exist_ok=True)
        fresh = write_beside(path, data)
        try:
            keep_rights(path, fresh)
            aside = set_aside(path, document.package.digest)
            _take_the_place_of(aside, fresh, path, backups)
        finally:
            fresh.unlink(missing_ok=True)
        return _keep_backup(aside, path, backups)


def _take_the_place_of(aside: Path, fresh: Path, path: Path, backups: Path) -> None:
    """Put the new workbook where the old one was, which was moved aside; else the old one is put back."""
    try:
        _refuse_saved(aside, path)
        move_in(fresh, path)
    except BaseException as error:
        try:
            move_in(aside, path)
        except FileExistsError:
            # Saved in this very moment: what stands there now counts, what was moved aside is kept.
            raise WorkbookSavedError(path.name, _keep_backup(aside, path, backups)) from error
        except FileNotFoundError:
            # Put back by another command already, which took this one for dead.
            raise WorkbookSavedError(path.name) from error
        except OSError as failure:
            raise EditsError(
                _("{file} could neither be written nor put back: {why}").format(
                    file=path.name, why=cause_words(failure)
                ),
                advice=_("It lies beside its place as {name}; the next command puts it back.").format(name=aside.name),
            ) from error
        raise


def _refuse_saved(aside: Path, path: Path) -> None:
    if not holds_what_it_should(aside):
        raise WorkbookSavedError(path.name)


def _keep_backup(aside: Path, path: Path, backups: Path) -> tuple[Path, ...]:
    """Keep the old workbook; what cannot be kept just now lies where it is until the next command."""
    try:
        conflict = keep_backup(aside, path, backups)
    except OSError:
        return ()
    return () if conflict is None else (conflict,)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in the errors of this module what the system refuses."""
    try:
        yield
    except (FileExistsError, FileNotFoundError) as error:
        raise WorkbookSavedError(path.name) from error
    except PermissionError as error:
        raise WorkbookBusyError(path.name) from error
    except OSError as error:
        raise EditsError(
            _("{file} cannot be written: {why}").format(file=path.name, why=cause_words(error)),
            advice=_("Make room on the disk or check the folder's rights; what is owed is written next time."),
        ) from error
