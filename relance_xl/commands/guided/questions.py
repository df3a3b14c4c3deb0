"""Questions that are asked until the answer is right; what stands already is kept by an empty one."""

from collections.abc import Callable

from relance_xl.console import Console
from relance_xl.runtime.errors import RelanceError
from relance_xl.runtime.language import _


class NothingMoreTypedError(RelanceError):
    """Nobody answers any more: the terminal was closed."""

    def __init__(self) -> None:
        super().__init__(_("Nothing more was typed: what was answered until then is kept. To go on: relance-xl init"))


def ask_text(console: Console, question: str, now: str, fault: Callable[[str], str]) -> str:
    """Ask until `fault` finds nothing wrong, and return the answer; empty keeps what is `now`, `-` removes it.

    Raises NothingMoreTypedError.
    """
    asked = _("{question} [{now}]: ") if now else _("{question}: ")
    while True:
        answer = _typed(console, asked.format(question=question, now=now))
        value = {"": now, "-": ""}.get(answer, answer)
        problem = fault(value)
        if not problem:
            return value
        console.note(f"  {problem}")


def _typed(console: Console, question: str) -> str:
    """Ask once. Raises NothingMoreTypedError, on Ctrl-C too."""
    try:
        answer = console.ask_text(question)
    except KeyboardInterrupt:
        console.note("")
        answer = None
    if answer is None:
        raise NothingMoreTypedError
    return answer


def ask_number(console: Console, question: str, most: int) -> int:
    """Ask for a number from 1 to `most`; 0: an empty answer. Raises NothingMoreTypedError."""

    def fault(text: str) -> str:
        if not text or (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
            return ""
        return _("a number from 1 to {most}, or nothing").format(most=most)

    return int(ask_text(console, question, "", fault) or 0)


def ask_yes_or_no(console: Console, question: str) -> bool:
    """Ask until the answer is yes or no; empty is yes. Raises NothingMoreTypedError."""
    while True:
        answer = _typed(console, question)
        if not answer:
            return True
        said = console.meant(answer)
        if said is not None:
            return said
