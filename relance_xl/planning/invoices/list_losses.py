"""What is lost by accident: a list that is empty or much shorter than before, a workbook that was renamed."""

import os
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

from relance_xl.planning.invoices.source_kinds import source_name
from relance_xl.runtime.errors import EditsError, Fault, SourceError
from relance_xl.runtime.language import _, ngettext
from relance_xl.settings.dossier import Dossier
from relance_xl.workbook.sheets.columns import TICK_ALL_NAMES

#: Of so many invoices at least, more than half must not leave at once.
_MANY = 10
# Where a workbook names its cells: Excel's two formats, and Calc's. Older ones (.xls, .fods) are one piece.
_PARTS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
_OTHER_FILES = frozenset({".pdf", ".docx", ".eml", ".csv", ".txt", ".toml", ".png", ".jpg"})
_READ_AT_MOST = 10_000_000
# How many folders below the dossier a workbook is looked for.
_DEPTH = 3


def refuse_losses(dossier: Dossier, numbers: Collection[str], shown: Collection[str]) -> None:
    """Refuse a list that has lost all, or most of many, of the invoices that the workbook shows. Raises SourceError.

    `numbers`: of all that it has.
    """
    lost = set(shown) - set(numbers)
    if not lost or (numbers and (len(shown) < _MANY or 2 * len(lost) <= len(shown))):
        return
    file = source_name(dossier)
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


def refuse_empty(dossier: Dossier, listed: Collection[str]) -> None:
    """Refuse a list without an unpaid invoice, where nothing is known yet. Raises SourceError."""
    if not listed:
        raise SourceError(
            _("{file} has no unpaid invoice.").format(file=source_name(dossier)),
            advice=_("Is it the right list, exported whole? If nothing is unpaid: relance-xl export --shorter"),
        )


def refuse_renamed(dossier: Dossier) -> None:
    """Refuse to begin a new workbook where one of ours lies: what was typed there would be forgotten. Raises EditsError."""
    if dossier.workbook.exists():
        return
    copies = [one for one in _files_of(dossier) if is_workbook_of_ours(one)]
    if copies:
        name = dossier.workbook.name
        raise EditsError(
            _("{file} is not there, but a workbook like it is, under another name or in another folder.").format(
                file=name
            ),
            [Fault(_("is a workbook of reminders"), _shown(dossier, one)) for one in copies],
            _(
                "Give the right one the name {file} again, saved as Excel workbook, beside relance.toml; or move it out of "
                "this folder to begin anew."
            ).format(file=name),
        )


def _shown(dossier: Dossier, path: Path) -> str:
    return dossier.relative(path) if path.is_relative_to(dossier.root) else str(path)


def _files_of(dossier: Dossier) -> Iterator[Path]:
    """Yield the files in which the workbook may be found again: beside its place, and in the dossier's own folders."""
    yield from sorted(one for one in dossier.workbook.parent.iterdir() if one.is_file())
    folders = [dossier.root] if dossier.workbook.parent == dossier.root else [dossier.root, dossier.workbook.parent]
    passed_over = {dossier.private, dossier.batches, dossier.templates}
    for folder in folders:
        for root, below, names in os.walk(folder):
            here = Path(root)
            below[:] = sorted(name for name in below if not name.startswith(".") and here / name not in passed_over)
            if here.relative_to(folder).parts:
                yield from (here / name for name in sorted(names))
            if len(here.relative_to(folder).parts) >= _DEPTH:
                below.clear()


def is_workbook_of_ours(path: Path) -> bool:
    """Return whether a file is a workbook that export made, under whatever name and in whatever format it was saved."""
    if path.name.startswith((".", "~$")) or path.suffix.lower() in _OTHER_FILES:
        return False
    mark = TICK_ALL_NAMES["post"]
    marks = (mark.encode(), mark.encode("utf-16-le"))
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as package:
                texts = [_text_in(package, part) for part in _PARTS if part in package.namelist()]
        else:
            with path.open("rb") as file:
                texts = [file.read(_READ_AT_MOST)]
    except (OSError, zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, EOFError, ValueError, zlib.error):
        return False
    return any(mark in text for text in texts for mark in marks)


def _text_in(package: zipfile.ZipFile, part: str) -> bytes:
    with package.open(part) as file:
        return file.read(_READ_AT_MOST)
