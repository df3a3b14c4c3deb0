"""What is lost by accident: a list that is empty or much shorter than before, a workbook that was renamed."""

import zipfile
from collections.abc import Collection
from pathlib import Path

from relance_xl.core.invoice import Invoice
from relance_xl.dossier import Dossier
from relance_xl.errors import EditsError, Fault, SourceError
from relance_xl.language import _, ngettext
from relance_xl.workbook.columns import TICK_ALL_NAMES

#: Of so many invoices at least, more than half must not leave at once.
_MANY = 10
# Where a workbook of ours names its cells, by the ending of its file.
_PARTS = {".xlsx": "xl/workbook.xml", ".xlsm": "xl/workbook.xml", ".ods": "content.xml"}


def refuse_losses(dossier: Dossier, listed: Collection[Invoice], shown: Collection[str]) -> None:
    """Refuse a list that has lost all, or most of many, of the invoices that the workbook shows. Raises SourceError."""
    numbers = {invoice.number for invoice in listed}
    lost = set(shown) - numbers
    if not lost or (numbers and (len(shown) < _MANY or 2 * len(lost) <= len(shown))):
        return
    file = dossier.source.name
    summary = (
        ngettext(
            "{file} no longer has {lost} of the {count} invoice that the workbook shows.",
            "{file} no longer has {lost} of the {count} invoices that the workbook shows.",
            len(shown),
        ).format(file=file, lost=len(lost), count=len(shown))
        if numbers
        else _("{file} has no unpaid invoice.").format(file=file)
    )
    raise SourceError(
        summary,
        advice=_(
            "Nothing was changed or sent. Is it the right list, exported whole? If they are really paid: relance-xl export --shorter"
        ),
    )


def refuse_empty(dossier: Dossier, listed: Collection[Invoice]) -> None:
    """Refuse a list without an unpaid invoice, where nothing is known yet. Raises SourceError."""
    if not listed:
        raise SourceError(
            _("{file} has no unpaid invoice.").format(file=dossier.source.name),
            advice=_("Is it the right list, exported whole? If nothing is unpaid: relance-xl export --shorter"),
        )


def refuse_renamed(dossier: Dossier) -> None:
    """Refuse to begin a new workbook beside one of ours: what was typed there would be forgotten. Raises EditsError."""
    copies = [one for one in sorted(dossier.workbook.parent.iterdir()) if _is_ours(one)]
    if copies and not dossier.workbook.exists():
        name = dossier.workbook.name
        raise EditsError(
            _("{file} is not there, but beside it lies a workbook like it, under another name.").format(file=name),
            [Fault(_("is a workbook of reminders"), one.name) for one in copies],
            _(
                "Give the right one the name {file} again, saved as Excel workbook; or move it away to begin anew."
            ).format(file=name),
        )


def _is_ours(path: Path) -> bool:
    """Whether a file is a workbook that export made, under whatever name it was saved."""
    part = _PARTS.get(path.suffix.lower())
    if part is None or path.name.startswith((".", "~$")):
        return False
    try:
        with zipfile.ZipFile(path) as package, package.open(part) as file:
            return TICK_ALL_NAMES["post"].encode() in file.read(10_000_000)
    except (OSError, zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, EOFError, ValueError):
        return False
