"""What killed commands left behind: cleared away by the next one that holds the dossier's lock."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from relance_xl.planning.opening import put_back_text
from relance_xl.runtime.language import _, in_every_language
from relance_xl.settings.dossier import Dossier
from relance_xl.workbook.replacing import recover

#: What a preview is called, before it is translated.
PREVIEW_NAME = "preview"
# Work folders outside of the dossier, which any of the user's commands may have in use: none is for longer (seconds).
_WORK_FOLDERS, _LONGEST_RUN = ("relance-preview-*", "relance-lo-*"), 24 * 3600


def clear_leftovers(dossier: Dossier) -> tuple[str, ...]:
    """Remove half-written files and work folders, put back a workbook that was being replaced; return what to tell.

    Only for whoever holds the lock. Batches that were never committed are another matter: see discard_abandoned.
    """
    recovered = recover(dossier.workbook, dossier.backups)
    for file in (*_half_written_previews(dossier), *dossier.private.glob("lock.break.*")):
        file.unlink(missing_ok=True)
    # A killed run's converter may write on for a while: its work folder is never one that comes into view.
    for folder in (*dossier.private.glob("work-*"), *_old_work_folders()):
        shutil.rmtree(folder, ignore_errors=True)
    put_back = (put_back_text(dossier),) if recovered.put_back else ()
    return (*put_back, *conflict_texts(dossier, recovered.conflicts))


def _half_written_previews(dossier: Dossier) -> Iterator[Path]:
    for name in in_every_language(PREVIEW_NAME):
        yield from dossier.root.glob(f".{name}.pdf.*.tmp")


def _old_work_folders() -> Iterator[Path]:
    long_ago = time.time() - _LONGEST_RUN
    for pattern in _WORK_FOLDERS:
        for folder in Path(tempfile.gettempdir()).glob(pattern):
            with suppress(OSError):
                if folder.stat().st_mtime < long_ago:
                    yield folder


def conflict_texts(dossier: Dossier, conflicts: tuple[Path, ...]) -> tuple[str, ...]:
    """Say of each file that somebody saved while a command wrote the workbook that it was kept, and what to do."""
    text = _(
        "Somebody saved {file} while it was being written. What they saved is kept as “{copy}”: look whether anything "
        "in it must be typed into {file} again, then delete it."
    )
    return tuple(text.format(file=dossier.workbook.name, copy=one.name) for one in conflicts)
