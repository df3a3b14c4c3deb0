"""Commands run in the tests' own process, where a process of its own is not what is tested: four times as fast."""

from collections.abc import Callable

from click.testing import CliRunner
from openpyxl import Workbook, load_workbook

from relance_xl.cli import cli
from relance_xl.language import DEFAULT_LANGUAGE, set_language
from tests.bench import DAY, Bench, Outcome


def here(bench: Bench, *arguments: str, language: str = "") -> Outcome:
    """Run a command with --json; `language`: the one to be spoken to in."""
    set_language(DEFAULT_LANGUAGE)
    spoken = ["--lang", language] if language else []
    done = CliRunner().invoke(cli, [*spoken, "-d", str(bench.root), *arguments, "--json", "--date", DAY])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    assert "Traceback" not in done.stderr, done.stderr
    return Outcome(done.exit_code, done.stdout, done.stderr)


def edit(bench: Bench, change: Callable[[Workbook], object]) -> None:
    """Change the workbook with openpyxl."""
    book = load_workbook(bench.workbook)
    change(book)
    book.save(bench.workbook)
