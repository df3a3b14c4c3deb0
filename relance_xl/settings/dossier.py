"""The folder one company works in: where everything is, and that nothing reaches outside of it."""

from dataclasses import dataclass
from pathlib import Path

from relance_xl.settings.schema import SETTINGS_FILE, Settings, read_settings


@dataclass(frozen=True, slots=True)
class Dossier:
    """A company's folder with its settings."""

    root: Path
    settings: Settings

    @property
    def workbook(self) -> Path:
        """The workbook the user edits."""
        return self.root / self.settings.paths.workbook

    @property
    def source(self) -> Path:
        """The list of unpaid invoices."""
        return self.root / self.settings.source.file

    @property
    def templates(self) -> Path:
        """The letter and mail templates."""
        return self.root / self.settings.paths.templates

    @property
    def batches(self) -> Path:
        """The folder with a folder for each batch."""
        return self.root / self.settings.paths.batches

    @property
    def private(self) -> Path:
        """Our own records: the journal, the lock, backups."""
        return self.root / ".relance"

    @property
    def journal(self) -> Path:
        """The record of all that was prepared, sent and refused."""
        return self.private / "journal.jsonl"

    @property
    def exported_mark(self) -> Path:
        """An empty file that says that a workbook was made here, though there may be no backup of it yet."""
        return self.private / "exported"

    @property
    def identity(self) -> Path:
        """What tells this dossier from all others."""
        return self.private / "id"

    @property
    def backups(self) -> Path:
        """The last workbooks, as they were before each write."""
        return self.private / "backups"

    def relative(self, path: Path) -> str:
        """Return a path as links and the journal write it: from the dossier, with forward slashes."""
        return path.relative_to(self.root).as_posix()


def open_dossier(root: Path) -> Dossier:
    """Return the dossier at a folder. Raises SettingsError."""
    root = root.resolve()
    return Dossier(root, read_settings(root / SETTINGS_FILE))
