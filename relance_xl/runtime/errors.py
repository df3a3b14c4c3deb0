"""What can go wrong for a user: one small family, each kind with its exit code.

An error lists all faults of its kind at once; a fault says what is wrong, where, and what to do next.
Texts are already in the user's language when an error is raised.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from relance_xl.runtime.language import _


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where it is (file, sheet and cell, or line and field), and what to do."""

    problem: str
    where: str = ""
    advice: str = ""

    def __str__(self) -> str:
        if not self.where:
            return self.problem
        return _("{where}: {problem}").format(where=self.where, problem=self.problem)


class RelanceError(Exception):
    """The base of all errors a user may meet.

    `summary` is one sentence, `faults` the list of what is wrong, `advice` what to do about it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, summary: str, faults: Iterable[Fault] = (), advice: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.faults = tuple(faults)
        self.advice = advice


class UsageError(RelanceError):
    """The command was called wrongly."""

    exit_code = 2


class SettingsError(RelanceError):
    """relance.toml or what it names is wrong."""

    exit_code = 3


class TemplateError(SettingsError):
    """A letter or mail template is missing or wrong."""


class SourceError(SettingsError):
    """The list of unpaid invoices cannot be read, or has wrong rows."""


class EditsError(RelanceError):
    """The workbook, or what was typed into it, is wrong."""

    exit_code = 4


class LockedError(RelanceError):
    """Somebody else is at work in this dossier."""

    exit_code = 5


class ProgramError(RelanceError):
    """A program that is needed is missing or failed: LibreOffice, the mail server."""

    exit_code = 6


class JournalError(RelanceError):
    """The journal cannot be trusted, or a delivery's fate is unknown: a person must look."""

    exit_code = 7
