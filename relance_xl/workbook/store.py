"""The workbook file: replaced whole or not at all, with backups, never over what somebody saved meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from relance_xl.runtime.errors import EditsError
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import cause_words
from relance_xl.workbook.replacing import (
    holds_what_it_should,
    keep_backup,
    keep_rights,
    move_in,
    set_aside,
    write_beside,
)
from relance_xl.workbook.sharing import opened_by
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet
from relance_xl.workbook.stale_values import forget_stale_values
from relance_xl.workbook.workbook import Workbook


class WorkbookBusyError(Exception):
    """The workbook cannot be replaced just now: somebody has it open, or saved it meanwhile."""


class WorkbookSavedError(WorkbookBusyError):
    """Somebody saved the workbook since it was read: the work is to be done again from what they saved.

    `conflicts`: what they saved before that, kept beside it.
    """

    def __init__(self, name: str, conflicts: tuple[Path, ...] = ()) -> None:
        super().__init__(name)
        self.conflicts = conflicts


def write_new(workbook: Workbook) -> None:
    """Write a workbook that is not there yet. Raises WorkbookSavedError where one has come meanwhile, EditsError."""
    path = workbook.path
    with _told(path):
        fresh = write_beside(path, workbook.spreadsheet.packed())
        try:
            move_in(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)


def replace_workbook(workbook: Workbook, backups: Path) -> tuple[Path, ...]:
    """Write a changed workbook in place of what it was read from, whole or not at all; the old one goes to the backups.

    Returns what somebody saved into the old one at the last moment, kept as a conflict: most often nothing. Raises
    WorkbookSavedError where somebody saved it since it was read, what they saved being in place; WorkbookBusyError
    where it is open; EditsError where it cannot be written.
    """
    path, spreadsheet = workbook.path, workbook.spreadsheet
    forget_stale_values(spreadsheet)
    data = spreadsheet.packed()
    Spreadsheet.read_bytes(path, data)
    if opened_by(path) is not None:
        raise WorkbookBusyError(path.name)
    if not workbook.is_in(path):
        raise WorkbookSavedError(path.name)
    with _told(path):
        backups.mkdir(parents=True, exist_ok=True)
        fresh = write_beside(path, data)
        try:
            keep_rights(path, fresh)
            aside = set_aside(path, spreadsheet.package.digest)
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
            advice=_("Make room on the disk or check the folder's rights; the next command writes what is missing."),
        ) from error
