"""Commands run in the tests' own process, where a process of its own is not what is tested: four times as fast."""

import io
import os
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from click.testing import CliRunner
from openpyxl import Workbook, load_workbook

from relance_xl.cli import cli
from relance_xl.runtime.language import DEFAULT_LANGUAGE, set_language
from tests.support.bench import DAY, Bench, Outcome
from tests.support.schemas import keeping_to_schemas


def here(bench: Bench, *arguments: str, language: str = "") -> Outcome:
    """Run a command with --json; `language`: the one to be spoken to in."""
    set_language(DEFAULT_LANGUAGE)
    spoken = ["--lang", language] if language else []
    with keeping_to_schemas(bench.workbook):
        done = CliRunner().invoke(cli, [*spoken, "-d", str(bench.root), *arguments, "--json", "--date", DAY])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    assert "Traceback" not in done.stderr, done.stderr
    return Outcome(done.exit_code, done.stdout, done.stderr)


def edit(bench: Bench, change: Callable[[Workbook], object]) -> None:
    """Change the workbook with openpyxl."""
    book = load_workbook(bench.workbook)
    change(book)
    book.save(bench.workbook)


def run_here(bench: Bench, *arguments: str, day: str | None = DAY, typed: str | None = None) -> Outcome:
    """Run a command on a day; `typed`: what somebody types at a terminal, None where there is no terminal."""
    out, err = io.StringIO(), io.StringIO()
    given = ["-d", str(bench.root), *arguments, *(("--date", day) if day else ())]
    with (
        keeping_to_schemas(bench.workbook),
        patch.dict(os.environ, {"PYTHONUTF8": "1"}),
        patch("sys.stdin", _Keyboard(typed or "", is_terminal=typed is not None)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = cli.main(given, prog_name="relance-xl", standalone_mode=False)
    set_language("fr")
    assert "Traceback" not in err.getvalue()
    return Outcome(int(code), out.getvalue(), err.getvalue())


class _Keyboard(io.StringIO):
    def __init__(self, typed: str, is_terminal: bool) -> None:
        super().__init__(typed)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        """Whether somebody sits at it."""
        return self._is_terminal
