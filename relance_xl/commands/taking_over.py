"""The dossier's lock, taken long ago by a command that may be gone: somebody at a terminal is asked."""

from collections.abc import Callable
from typing import TypeVar

from relance_xl.console import Console
from relance_xl.journal.lock import OldLockError
from relance_xl.runtime.language import _

T = TypeVar("T")


def taking_over(console: Console, break_lock: bool, run: Callable[[bool], T], may_ask: bool = True) -> T:
    """Do what needs the lock, given whether to break it; where it was taken long ago, ask whether its holder is gone."""
    try:
        return run(break_lock)
    except OldLockError as error:
        if not (may_ask and console.may_ask() and _is_gone(console, error)):
            raise
        holder = error.holder
    try:
        return run(False)
    except OldLockError as error:
        # Meanwhile somebody else may have taken it: the answer was not of them.
        if error.holder != holder:
            raise
    return run(True)


def _is_gone(console: Console, error: OldLockError) -> bool:
    """Ask whether whoever has held the dossier for so long is gone; no answer is a no."""
    console.note(error.summary)
    question = _("Is that command still running on {host}? If not, this one takes over. [y/n] ")
    return console.ask_yes_or_no(question.format(host=error.holder.host)) is False
