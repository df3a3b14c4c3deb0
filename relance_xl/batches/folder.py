"""Where a batch stands: hidden while it is made, in the batches' folder once all of it is written."""

import os
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from relance_xl.core.history import History
from relance_xl.core.reminder import Outcome
from relance_xl.journal.journal import sync_folder
from relance_xl.journal.lock import lock_lost
from relance_xl.runtime.system_faults import naming

#: What is to print; what is to print and bring to the post office, registered; the list to go with it.
PRINT_FILE, REGISTERED_FILE, DEPOSIT_LIST = "courriers.pdf", "recommandes.pdf", "recommandes.xlsx"
DOCUMENTS, MESSAGES = "relances", "emails"


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch's id, its folder once it is whole, and where it is made: a folder that one run alone knows by name."""

    id: str
    folder: Path
    making: Path


def batch_named(batches: Path, batch_id: str) -> Batch:
    """Return where a batch is, or would be."""
    making = batches / f".{batch_id}.partial"
    others = sorted(batches.glob(f".{batch_id}.*.partial"))
    return Batch(batch_id, batches / batch_id, making if making.exists() or not others else others[0])


def take_over(batches: Path, batch_id: str) -> Batch:
    """Return a batch that an earlier run left, in a folder of our own name if nobody has seen it yet.

    Should that run wake up, it can no more bring into view what is judged anew.
    """
    found = batch_named(batches, batch_id)
    own = replace(found, making=_making_folder(batches, batch_id))
    if not found.folder.exists():
        with suppress(FileNotFoundError):
            found.making.rename(own.making)
    return own


def _making_folder(batches: Path, batch_id: str) -> Path:
    return batches / f".{batch_id}.{secrets.token_hex(4)}.partial"


def new_batch(batches: Path, history: History, today: date) -> Batch:
    """Return the day's next batch, an id never used in journal or folder."""
    number = 1
    while True:
        batch = batch_named(batches, f"{today.isoformat()}-{number:03}")
        if batch.id not in history.used_batches and not batch.folder.exists():
            return replace(batch, making=_making_folder(batches, batch.id))
        number += 1


def discard_abandoned(batches: Path, history: History) -> None:
    """Remove what runs left behind that stopped before committing, or whose every delivery was withdrawn."""
    promised = {one.prepared.batch for one in history.deliveries if one.outcome is not Outcome.WITHDRAWN}
    for folder in batches.glob(".*.partial"):
        if folder.name[1:].partition(".")[0] not in promised:
            shutil.rmtree(folder, ignore_errors=True)


def put_in_place(batch: Batch) -> None:
    """Give a whole batch its final name: from here on a person may print and send what is in it.

    Raises LockedError where another run has taken it over.
    """
    if batch.folder.exists():
        return
    try:
        batch.making.rename(batch.folder)
    except FileNotFoundError as error:
        # Whoever took over has given it another name, to judge again what is in it.
        raise lock_lost() from error
    sync_folder(batch.folder.parent)


def present_path(batch: Batch, recorded: Path) -> Path:
    """Return where a document of a batch is now: in its folder, or still in the one it was made in."""
    folder = batch.folder if batch.folder.exists() else batch.making
    return folder / recorded.parent.name / recorded.name


def sync_file(path: Path) -> None:
    """Wait until a file's bytes are on the disk. Raises OSError, which names it."""
    with naming(path), path.open("rb+") as file:
        os.fsync(file.fileno())
