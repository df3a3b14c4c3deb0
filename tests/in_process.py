"""Commands run within the tests' own process, which is quick: what a process of its own adds is tested elsewhere."""

import io
import os
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from relance_xl.cli import cli
from relance_xl.language import set_language
from tests.bench import DAY, Bench, Outcome


def run_here(bench: Bench, *arguments: str, day: str | None = DAY, typed: str | None = None) -> Outcome:
    """Run a command on a day; `typed`: what somebody types at a terminal, None where there is no terminal."""
    out, err = io.StringIO(), io.StringIO()
    given = ["-d", str(bench.root), *arguments, *(("--date", day) if day else ())]
    with (
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
