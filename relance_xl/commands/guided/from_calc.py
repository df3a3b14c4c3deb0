"""What the menu in Calc asks: read from a file, done, answered in a file beside it, which Calc shows."""

import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from relance_xl.commands.acts import Acting, Consent, Done, do, history, send
from relance_xl.commands.guided.opened_after import open_made
from relance_xl.commands.guided.trying_again import until_free
from relance_xl.console import Console
from relance_xl.core.texts.acts import Act
from relance_xl.runtime.errors import UsageError
from relance_xl.runtime.language import _
from relance_xl.runtime.whole_file import write_whole

# A dialog is no place to read more (lines).
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Asked:
    """What Calc asks: in which folder, for what; of a send, which one was agreed to, or whose history."""

    folder: Path
    what: str
    code: str
    customer: str


def read_asked(file: Path) -> Asked:
    """Read what is asked. Raises UsageError, OSError."""
    lines = [*file.read_text(encoding="utf-8-sig").splitlines(), "", "", ""]
    folder, what, code, customer = lines[:4]
    if not folder or what not in {*Act, "question", "history"}:
        raise UsageError(_("The menu in Calc is of another version: run relance-xl calc-menu again."))
    return Asked(Path(folder), what, code.strip(), customer.strip())


def answer(file: Path, asked: Asked, begin: Callable[[Console], Acting]) -> int:
    """Do it, and write what Calc shows: a line with what a send is known by, then the text. Return the exit code.

    `begin` opens the dossier. Raises OSError.
    """
    said = io.StringIO()
    key: list[str] = []

    def run() -> Done:
        acting = begin(console)
        return _do(acting, asked, key)

    with redirect_stdout(said), redirect_stderr(said):
        console = Console(as_json=False, is_dialog=True)
        done = until_free(console, run)
        if asked.what != Act.EXPORT:
            # Calc opens the workbook itself.
            open_made(console, done.made)
    lines = said.getvalue().splitlines()
    shown = lines if len(lines) <= _LONGEST else [*lines[: _LONGEST - 1], "…"]
    text = "\n".join([*(key or [""]), *shown]) + "\n"
    write_whole(file.with_name(f"{file.name}.answer"), text.encode("utf-8"))
    return done.exit_code


def _do(acting: Acting, asked: Asked, key: list[str]) -> Done:
    match asked.what:
        case "question":
            return _question(acting, key)
        case Act.SEND:
            # What was agreed to and nothing else: somebody may have saved the workbook or the list meanwhile.
            return send(acting, consent=Consent(agreed=asked.code))
        case "history":
            return history(acting, customer=asked.code or asked.customer)
    return do(Act(asked.what), acting)


def _question(acting: Acting, key: list[str]) -> Done:
    """Show what a send would do, and note what it is known by; send nothing."""
    from relance_xl.commands.send import Question, SendOptions, show_question
    from relance_xl.commands.send import send as run
    from relance_xl.commands.shown_report import show_report

    def note(question: Question) -> bool:
        show_question(acting.console, question, acting.level_label)
        key.append(question.digest)
        return False

    report = run(acting.dossier, acting.context, SendOptions(), note)
    if not key:
        show_report(acting.console, report, acting.level_label)
    return Done(report.exit_code())
