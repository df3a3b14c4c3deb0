"""What a request came to: a few words for the sheet, and the page that says all of it."""

from dataclasses import dataclass
from pathlib import Path

from relance_xl.batches.report import Report
from relance_xl.runtime.errors import RelanceError


@dataclass(frozen=True, slots=True)
class Answer:
    """What was done, in a sentence (`summary`), and what else is to be told of it.

    `report`: of check, preview and send; `files`: what was made to be looked at, each with what it is called;
    `told`: what else is to be read, a line each.
    """

    summary: str
    report: Report | None = None
    files: tuple[tuple[str, Path], ...] = ()
    told: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    failure: RelanceError | None = None
    exit_code: int = 0
