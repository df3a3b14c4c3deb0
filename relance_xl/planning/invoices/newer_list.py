"""A list saved later than the one that is read, beside it: who exports under another name must not chase from the old one."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from relance_xl.core.invoice import Invoice
from relance_xl.core.money import Money
from relance_xl.core.wording import some_of
from relance_xl.planning.invoices.known_numbers import with_known_spelling
from relance_xl.planning.invoices.list_losses import is_workbook_of_ours
from relance_xl.planning.invoices.source_kinds import is_from_file, list_file, may_be_list
from relance_xl.runtime.errors import SourceError
from relance_xl.runtime.language import _
from relance_xl.settings.dossier import Dossier
from relance_xl.sources.lists.list_file import ListFile

# More files than this are not read: a folder of them is an archive.
_READ_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class NewerList:
    """A later list: its file's name, and what is still owed of each invoice by its number. `read`: the file that counts."""

    name: str
    open: Mapping[str, Money]
    read: str

    def warning(self) -> str:
        """Say that it is there, and is not what is read."""
        return _("{newer} was saved after {file}, and is not read.").format(newer=self.name, file=self.read)

    def refuse(self, reminded: Iterable[Invoice]) -> None:
        """Refuse to remind of what it has no more, or with another amount. Raises SourceError."""
        changed = sorted({one.number for one in reminded if self.open.get(one.number) != one.open})
        if changed:
            text = _(
                "{newer}, saved after {file}, no longer has what would be reminded of, or for another amount: {invoices}"
            )
            raise SourceError(
                text.format(newer=self.name, file=self.read, invoices=some_of(changed)), advice=self.advice
            )

    @property
    def advice(self) -> str:
        """What to do about it."""
        return _(
            "Is it the new list? Then save it over {file}, or name it in relance.toml, [source] file. Else move it out of this folder."
        ).format(file=self.read)


def find_newer_list(dossier: Dossier, listed: Iterable[Invoice]) -> NewerList | None:
    """Return the latest list that was saved after the one that is read; None where there is none, or it says the same."""
    if not is_from_file(dossier):
        return None
    known = {one.number: one.open for one in listed}
    for path in _saved_later(dossier):
        with suppress(SourceError, OSError):
            read = ListFile(path, list_file(dossier).how).read().invoices
            newer = {one.number: one.open for one in with_known_spelling(read, known)}
            if newer:
                return NewerList(path.name, newer, dossier.source.name) if newer != known else None
    return None


def _saved_later(dossier: Dossier) -> list[Path]:
    """Return the files beside the list that may be one and were written after it, the latest first."""
    try:
        moment = dossier.source.stat().st_mtime_ns
        beside = (one for one in dossier.source.parent.iterdir() if one != dossier.source)
        written = {one: one.stat().st_mtime_ns for one in beside if may_be_list(one, dossier)}
    except OSError:
        return []
    later = sorted((one for one in written if written[one] > moment), key=lambda one: -written[one])
    return [one for one in later[:_READ_AT_MOST] if not is_workbook_of_ours(one)]
