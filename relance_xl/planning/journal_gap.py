"""What the history sheet and the batches' folders know and the journal does not: it was lost, emptied, cut or mixed up."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from relance_xl.core.history import History
from relance_xl.core.reminder import ReminderKey
from relance_xl.core.wording import say_short_date, some_of
from relance_xl.runtime.errors import JournalError
from relance_xl.runtime.language import _, current_language, ngettext
from relance_xl.settings.dossier import Dossier
from relance_xl.workbook.sheets.history.sheet import LedgerLine

_BATCH = re.compile(r"(\d{4}-\d\d-\d\d)-\d{3,}")


@dataclass(frozen=True, slots=True)
class JournalGap:
    """What the journal lacks: reminders that the history sheet shows as made, and batches by their folders or lines.

    `copies` are files that may be earlier journals.
    """

    journal: Path
    reminders: frozenset[ReminderKey] = frozenset()
    batches: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    copies: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.reminders or self.folders)

    def text(self) -> str:
        """Return what is missing, in one sentence or two."""
        parts = []
        if self.reminders:
            text = ngettext(
                "The history sheet has {count} reminder that the journal does not know{since}; it is held.",
                "The history sheet has {count} reminders that the journal does not know{since}; they are held.",
                len(self.reminders),
            )
            parts.append(text.format(count=len(self.reminders), since=self._since()))
        if self.folders:
            named = some_of(self.folders)
            text = _("Batches that the journal does not know lie in their folders: {batches}.")
            parts.append(text.format(batches=named))
        return " ".join(parts)

    def _since(self) -> str:
        days = sorted(match[1] for batch in self.batches if (match := _BATCH.fullmatch(batch)))
        if not days:
            return ""
        return _(" (since {day})").format(day=say_short_date(date.fromisoformat(days[0]), current_language()))

    def advice(self) -> str:
        """Return what to do about it."""
        if self.copies:
            return _("Before you send anything, put the journal back: {copy} may be a copy of {journal}.").format(
                copy=", ".join(map(str, self.copies)), journal=self.journal
            )
        return _("Before you send anything, restore {journal} from a backup.").format(journal=self.journal)

    def refuse_without_any_history(self, history: History) -> None:
        """Refuse to send where batches were made and neither journal nor history sheet knows of what. Raises JournalError."""
        if self.folders and not (self.reminders or history.deliveries):
            begin_anew = _("If this is a new beginning, move these folders away.")
            raise JournalError(self.text(), advice=f"{self.advice()} {begin_anew}")

    def warnings(self) -> tuple[str, ...]:
        """Return what to tell, nothing where the journal knows all."""
        return (f"{self.text()} {self.advice()}",) if self else ()


def find_gap(
    dossier: Dossier, history: History, lines: Collection[LedgerLine], unknown: Collection[LedgerLine]
) -> JournalGap:
    """Return what the journal lacks. `lines`: those of the history sheet; `unknown`: those that it shows as made.

    Raises JournalError where the journal is another dossier's: it knows none of the sheet's lines, and none of what it
    knows is here.
    """
    folders = _batch_folders(dossier.batches)
    if unknown and history.deliveries:
        _refuse_foreign(dossier, history, lines, folders)
    gap = JournalGap(
        dossier.journal,
        frozenset(line.key.reminder for line in unknown),
        tuple(sorted({line.batch for line in unknown})),
        tuple(sorted(set(folders) - history.used_batches)),
    )
    return JournalGap(gap.journal, gap.reminders, gap.batches, gap.folders, _copies(dossier)) if gap else gap


def _refuse_foreign(dossier: Dossier, history: History, lines: Iterable[LedgerLine], folders: Iterable[str]) -> None:
    known = {(key, one.prepared.batch) for one in history.deliveries for key in one.keys}
    batches = {one.prepared.batch for one in history.deliveries}
    if known.isdisjoint((line.key, line.batch) for line in lines) and batches.isdisjoint(folders):
        raise JournalError(
            _(
                "{journal} seems to be another folder's: it knows none of the reminders in the history sheet, and none "
                "of its batches is here."
            ).format(journal=dossier.journal),
            advice=_("Nothing was changed or sent. Put this folder's own journal back, from a backup."),
        )


def _batch_folders(batches: Path) -> list[str]:
    """Return the batches whose folders are there: they come into view only once the journal has them."""
    if not batches.is_dir():
        return []
    return [one.name for one in batches.iterdir() if _BATCH.fullmatch(one.name) and one.is_dir()]


def _copies(dossier: Dossier) -> tuple[Path, ...]:
    """Return files beside the journal, or among the backups, that may be earlier ones: what a sync tool or a user left."""
    stem = dossier.journal.stem
    found = (*dossier.private.glob(f"*{stem}*"), *dossier.backups.glob(f"*{stem}*"))
    return tuple(sorted(one for one in found if one != dossier.journal and one.is_file() and one.stat().st_size))
