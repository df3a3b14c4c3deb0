"""One command in several dossiers: one after the other, one's fault not stopping another, a summary at the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relance_xl.console import Console
from relance_xl.runtime.language import _, current_language, speaking
from relance_xl.runtime.stop import Stop


@dataclass(frozen=True, slots=True)
class _Ended:
    """How the command ended in a dossier; `code`: None where it was not begun."""

    root: Path
    code: int | None
    answers: tuple[dict[str, Any], ...] = ()


def in_each(
    roots: Sequence[Path], console: Console, run: Callable[[Path, list[dict[str, Any]]], int], stop: Stop
) -> int:
    """Run a command in each dossier until somebody asks for an end; return the highest exit code.

    `run` returns the exit code in one dossier, and adds to the list what --json gives of it.
    """
    ended: list[_Ended] = []
    language = ""
    for root in roots:
        if stop.asked:
            ended.append(_Ended(root, None))
            continue
        answers: list[dict[str, Any]] = []
        if not console.as_json:
            console.say(f"── {root.resolve()}", "bold")
        with speaking(current_language()):
            code = run(root, answers)
            language = language or current_language()
        ended.append(_Ended(root, code, tuple(answers)))
        if not console.as_json:
            console.say("")
    with speaking(language):
        _show(console, ended)
    return max((one.code for one in ended if one.code is not None), default=0)


def _show(console: Console, ended: Sequence[_Ended]) -> None:
    if console.as_json:
        dossiers = [
            {"dossier": str(one.root), "exit_code": one.code, "answer": next(iter(one.answers), None)} for one in ended
        ]
        console.answer({"dossiers": dossiers})
        return
    for one in ended:
        line = _("{where}: {problem}").format(where=one.root.resolve(), problem=_ending_words(one.code))
        console.say(line, "green" if one.code == 0 else "yellow")


def _ending_words(code: int | None) -> str:
    """Return in words what an exit code says; None: not begun."""
    return {
        None: _("not begun"),
        0: _("nothing more to see to"),
        1: _("something is held, refused or stopped: see above"),
        2: _("the command was called wrongly"),
        3: _("settings, templates or list are wrong"),
        4: _("what was typed into the workbook is wrong"),
        5: _("somebody else is at work there"),
        6: _("a program is missing or failed"),
        7: _("a person must look at it"),
    }.get(code, str(code))
