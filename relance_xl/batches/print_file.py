"""The files to print: every letter of a batch, each followed by its invoices; registered ones apart, with a list."""

from collections.abc import Sequence
from pathlib import Path

from relance_xl.batches.basis import file_digest
from relance_xl.batches.folder import DEPOSIT_LIST, DOCUMENTS, PRINT_FILE, REGISTERED_FILE, sync_file
from relance_xl.core.record import Prepared
from relance_xl.letters.pages.print_file import PrintEntry, write_print_file
from relance_xl.runtime.errors import RelanceError
from relance_xl.runtime.language import _, speaking
from relance_xl.settings.schema import Settings
from relance_xl.workbook.deposit_list import RegisteredLetter, write_deposit_list

_NAMED_AT_MOST = 20


def make_print_files(folder: Path, batch_id: str, posted: Sequence[Prepared], settings: Settings) -> int | None:
    """Write the files to print into a batch's folder, and the list of registered letters; none where nothing is posted.

    Returns the least part of PDF/A that they claim, 0 for none; None where there is no file. Raises RelanceError where a
    document is no longer the one that was prepared.
    """
    registered = [one for one in posted if one.registered]
    usual = [one for one in posted if not one.registered]
    odd_pages = settings.letters.duplex
    parts = [
        _make_print_file(folder / PRINT_FILE, batch_id, usual, odd_pages=odd_pages),
        _make_print_file(folder / REGISTERED_FILE, batch_id, registered, odd_pages=odd_pages),
    ]
    _write_deposit_list(folder / DEPOSIT_LIST, registered, settings)
    return min((part for part in parts if part is not None), default=None)


def _write_deposit_list(target: Path, registered: Sequence[Prepared], settings: Settings) -> None:
    """Write the list of registered letters, in the dossier's language; none where there are none."""
    if not registered:
        target.unlink(missing_ok=True)
        return
    company = settings.company_words()
    sender = (company.name, *company.address_lines, f"{company.postal_code} {company.city}".strip())
    letters = [
        RegisteredLetter(
            one.customer_name, one.customer_address or (), tuple(item.reminder.invoice for item in one.items)
        )
        for one in registered
    ]
    with speaking(settings.language):
        write_deposit_list(target, sender, registered[0].day, letters)
    sync_file(target)


def _make_print_file(target: Path, batch_id: str, posted: Sequence[Prepared], *, odd_pages: bool) -> int | None:
    if not posted:
        target.unlink(missing_ok=True)
        return None
    entries = [PrintEntry(_outline_title(one), target.parent / DOCUMENTS / Path(one.document).name) for one in posted]
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
            advice=_("See that no other program writes to {folder}, then send again.").format(folder=target.parent),
        )
    sync_file(target)
    return part


def _outline_title(prepared: Prepared) -> str:
    numbers = ", ".join(item.reminder.invoice for item in prepared.items)
    return f"{prepared.customer_name} - {numbers}"
