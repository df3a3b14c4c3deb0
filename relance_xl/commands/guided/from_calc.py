"""What the menu in Calc asks: read from a file, done, answered in a file beside it, which Calc shows."""

import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

from relance_xl.commands.acts import Acting, Consent, Done, do, history, send
from relance_xl.commands.approve import show_approval
from relance_xl.commands.guided.opened_after import open_made
from relance_xl.commands.guided.trying_again import until_free
from relance_xl.console import Console
from relance_xl.core.remembered.approval import plan_digest
from relance_xl.core.texts.acts import Act, naming_acts
from relance_xl.planning.approval import NotReleasedError, agree
from relance_xl.planning.outlook import look_ahead
from relance_xl.planning.state import open_warning
from relance_xl.runtime.errors import UsageError
from relance_xl.runtime.language import _
from relance_xl.runtime.whole_file import write_whole
from relance_xl.settings.dossier import Dossier

# A dialog is no place to read more (lines).
_LONGEST = 400
# How the key of a send begins that is not released yet.
_NOT_RELEASED = "?"


@dataclass(frozen=True, slots=True)
class Asked:
    """What Calc asks: in which folder, for what; which send is agreed to (and by whom), or whose history."""

    folder: Path
    what: str
    code: str
    customer: str


def read_asked(file: Path) -> Asked:
    """Read what is asked. Raises UsageError, OSError."""
    lines = [*file.read_text(encoding="utf-8-sig").splitlines(), "", "", ""]
    folder, what, code, customer = lines[:4]
    if not folder or what not in {*Act, "question", "agree", "history"}:
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
        return _do(replace(acting, console=_for_calc(acting.dossier)), asked, key)

    with redirect_stdout(said), redirect_stderr(said):
        console = Console(as_json=False, is_dialog=True, shown=naming_acts)
        done = until_free(console, run)
        if asked.what != Act.EXPORT:
            # Calc opens the workbook itself.
            open_made(console, done.made)
    lines = said.getvalue().splitlines()
    shown = lines if len(lines) <= _LONGEST else [*lines[: _LONGEST - 1], "…"]
    text = "\n".join([*(key or [""]), *shown]) + "\n"
    write_whole(file.with_name(f"{file.name}.answer"), text.encode("utf-8"))
    return done.exit_code


def _for_calc(dossier: Dossier) -> Console:
    """Return a console for who has just saved the workbook in Calc: that it is open need not be said."""
    said_by_calc = open_warning(dossier)
    return Console(as_json=False, is_dialog=True, shown=lambda text: "" if text == said_by_calc else naming_acts(text))


def _do(acting: Acting, asked: Asked, key: list[str]) -> Done:
    match asked.what:
        case "question":
            return _question(acting, key)
        case Act.SEND:
            # What was agreed to and nothing else: somebody may have saved the workbook or the list meanwhile.
            return send(acting, consent=Consent(agreed=asked.code))
        case "history":
            return history(acting, customer=asked.code or asked.customer)
        case "agree":
            return _agree(acting, asked)
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
    if isinstance(report.failure, NotReleasedError):
        key.append(f"{_NOT_RELEASED}{report.failure.plan}")
    return Done(report.exit_code())


def _agree(acting: Acting, asked: Asked) -> Done:
    """Let somebody agree to the plan that was shown, and to no other."""
    outlook = look_ahead(acting.dossier, acting.context)
    if f"{_NOT_RELEASED}{plan_digest(outlook.plan)}" != asked.code:
        acting.console.note(_("What would leave has changed meanwhile: nothing was agreed to."))
        return Done(1)
    show_approval(acting.console, agree(acting.dossier, outlook.plan, asked.customer, acting.context))
    return Done(0)
