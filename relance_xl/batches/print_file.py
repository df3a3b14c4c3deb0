"""The file to print: every letter of a batch, each followed by its invoices."""

from collections.abc import Sequence
from pathlib import Path

from relance_xl.batches.basis import file_digest
from relance_xl.batches.folder import DOCUMENTS, PRINT_FILE, sync_file
from relance_xl.core.record import Prepared
from relance_xl.letters.pages.print_file import PrintEntry, write_print_file
from relance_xl.runtime.errors import RelanceError
from relance_xl.runtime.language import _

_NAMED_AT_MOST = 20


def make_print_file(folder: Path, batch_id: str, posted: Sequence[Prepared], *, odd_pages: bool) -> int | None:
    """Write the file to print into a batch's folder; none where nothing is posted.

    Returns the part of PDF/A that it claims, 0 for none; None where there is no file. Raises RelanceError where a document
    is no longer the one that was prepared.
    """
    target = folder / PRINT_FILE
    if not posted:
        target.unlink(missing_ok=True)
        return None
    entries = [PrintEntry(_outline_title(one), folder / DOCUMENTS / Path(one.document).name) for one in posted]
    part = write_print_file(entries, target, batch_id, odd_pages=odd_pages)
    changed = [
        entry.path.name for one, entry in zip(posted, entries, strict=True) if file_digest(entry.path) != one.digest
    ]
    if changed:
        # What is in it is not known to be these letters.
        target.unlink()
        raise RelanceError(
            _("Documents were changed while the file to print was made of them: {names}.").format(
                names=", ".join(changed[:_NAMED_AT_MOST])
            ),
            advice=_("See that no other program writes to {folder}, then send again.").format(folder=folder),
        )
    sync_file(target)
    return part


def _outline_title(prepared: Prepared) -> str:
    numbers = ", ".join(item.reminder.invoice for item in prepared.items)
    return f"{prepared.customer_name} - {numbers}"
