"""All that is printed: progress, tables, questions, errors. Plain lines where nobody watches a terminal."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

from rich.console import Console as RichConsole
from rich.markup import escape

from relance_xl.runtime.errors import RelanceError
from relance_xl.runtime.language import _
from relance_xl.runtime.terminal import somebody_sits

_PRINTED_TOGETHER = 100


class Console:
    """Speaks to the user; with `as_json`, results are one object on stdout and all else goes to stderr.

    `gathered`: where that object goes instead, if it is one of several to be printed as one. `is_dialog`: what is said is read
    from its beginning, in a window that shows a few lines, so sums come before what they sum up. `shown`: how texts are
    worded for who reads them; "" for what need not be said.
    """

    def __init__(
        self,
        as_json: bool,
        gathered: list[dict[str, Any]] | None = None,
        is_dialog: bool = False,
        shown: Callable[[str], str] = str,
    ) -> None:
        self.as_json = as_json
        self.is_dialog = is_dialog
        self._shown = shown
        self._gathered = gathered
        self._stream: TextIO = sys.stderr if as_json else sys.stdout
        self._rich = RichConsole(file=self._stream, highlight=False)
        self._errors = RichConsole(file=sys.stderr, highlight=False)

    @contextmanager
    def step(self, label: str, total: int) -> Iterator[Callable[[int], None]]:
        """Show a long step: a bar on a terminal, else one line."""
        if not total:
            yield lambda _units: None
        elif self._errors.is_terminal:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            with Progress(*columns, console=self._errors, transient=True) as bars:
                task = bars.add_task(label, total=total)
                yield lambda units: bars.advance(task, units)
        else:
            self._errors.print(f"{label} ({total})", markup=False)
            yield lambda _units: None

    @property
    def is_terminal(self) -> bool:
        """Whether results are looked at on a terminal."""
        return self._rich.is_terminal

    def say(self, text: str, style: str = "") -> None:
        """Print a line."""
        text = self._shown(text)
        self._rich.print(f"[{style}]{escape(text)}[/]" if style else escape(text), soft_wrap=True)

    def answer(self, data: Mapping[str, Any]) -> None:
        """Print the one object of --json."""
        if self._gathered is not None:
            self._gathered.append(dict(data))
            return
        sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")
        sys.stdout.flush()

    def print(self, markup: str) -> None:
        """Print a line with rich's markup."""
        self._rich.print(self._shown(markup), soft_wrap=True)

    def note(self, text: str) -> None:
        """Print a line beside the results, where questions and errors go."""
        self._errors.print(escape(self._shown(text)), soft_wrap=True)

    def ask(self, question: str) -> str:
        """Ask something; return the answer in small letters, empty for none."""
        return (self.ask_text(question) or "").casefold()

    def ask_text(self, question: str) -> str | None:
        """Ask something; return the answer as it was typed, None where nothing more will be typed."""
        self._errors.print(escape(question), end="", soft_wrap=True)
        self._errors.file.flush()
        line = sys.stdin.readline()
        return line.strip() if line else None

    def ask_yes_or_no(self, question: str) -> bool | None:
        """Ask something that is answered by yes or no; None for any other answer, or none."""
        return self.meant(self.ask(question))

    def meant(self, answer: str) -> bool | None:
        """Return whether an answer says yes or no; None: neither."""
        if answer.casefold() in {"y", "yes", "o", "oui"}:
            return True
        return False if answer.casefold() in {"n", "no", "non"} else None

    def may_ask(self) -> bool:
        """Whether somebody sits at a terminal to answer."""
        return not self.as_json and somebody_sits()

    def warn(self, warnings: Iterable[str]) -> None:
        """Print what the user should know."""
        for warning in filter(None, map(self._shown, warnings)):
            self._errors.print(f"[yellow]{escape(_('Warning: {text}').format(text=warning))}[/]", soft_wrap=True)

    def show_error(self, error: RelanceError) -> None:
        """Print what is wrong, where, and what to do; with --json also as the one object."""
        if self.as_json:
            self.answer(error_data(error))
        self.print_error(error)

    def print_error(self, error: RelanceError) -> None:
        """Print what is wrong, where, and what to do, for people."""
        self._tell(f"[bold red]{escape(error.summary)}[/]")
        for fault in error.faults:
            self._tell(f"  - {escape(str(fault))}")
            if fault.advice:
                self._tell(f"    → {escape(fault.advice)}")
        if error.advice:
            self._tell(f"→ {escape(error.advice)}")

    def _tell(self, markup: str) -> None:
        self._errors.print(self._shown(markup), soft_wrap=True)

    def table(self, titles: list[str], rows: list[list[str]]) -> None:
        """Draw a table on a terminal; elsewhere one line a row, which scripts and files keep whole."""
        if not rows:
            return
        widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)] if titles else []
        # What does not fit stands in lines: numbers and paths that are cut in pieces lead nowhere.
        if self._rich.is_terminal and sum(widths) + 3 * len(widths) + 1 <= self._rich.width:
            from rich.table import Table

            table = Table(*titles, header_style="bold")
            for row in rows:
                table.add_row(*row)
            self._rich.print(table)
            return
        lines = [" | ".join(cell for cell in row if cell) for row in rows]
        # Together: printed one by one, tens of thousands of lines take a third of a check.
        for start in range(0, len(lines), _PRINTED_TOGETHER):
            self._rich.print(self._shown("\n".join(lines[start : start + _PRINTED_TOGETHER])), soft_wrap=True)


def error_data(error: RelanceError) -> dict[str, Any]:
    """Return an error as --json gives it."""
    faults = [{"problem": one.problem, "where": one.where, "advice": one.advice} for one in error.faults]
    return {"error": error.summary, "faults": faults, "advice": error.advice, "exit_code": error.exit_code}
