"""The command watch: looks every few seconds whether somebody asks for something, in one dossier or several.

No message of the system is waited for: shares send none.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from relance_xl.commands.watching.watcher import Watcher
from relance_xl.journal.lock import DossierLock, dossier_lock
from relance_xl.runtime.errors import LockedError
from relance_xl.runtime.language import _
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import Dossier

#: How often `--once` looks at most: a workbook that is saved all the time is for the next start.
_LOOKS_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """How often to look (seconds); `once`: until nothing is left to do now; `break_lock`: another watcher is gone."""

    seconds: float = 3.0
    once: bool = False
    break_lock: bool = False


def watch(dossiers: list[Dossier], context: RunContext, options: WatchOptions, say: Callable[[str], None]) -> int:
    """Watch dossiers until somebody asks for an end; return the exit code.

    Raises LockedError where another watcher is at work, or takes over; OSError.
    """
    with ExitStack() as held, context.stop.counting_interrupts():
        watchers = [
            Watcher(one, context, _Right(one, context, options.break_lock, held).check, say) for one in dossiers
        ]
        looks = 0
        for one in dossiers:
            text = _("{folder} is watched: every {seconds} s, until Ctrl-C.")
            say(
                _("{folder} is looked at.").format(folder=one.root)
                if options.once
                else text.format(folder=one.root, seconds=f"{options.seconds:g}")
            )
        while not context.stop.asked:
            idle = [one.look() for one in watchers]
            looks += 1
            if options.once and ((all(idle) and looks > 1) or looks >= _LOOKS_AT_MOST):
                break
            _pause(context, options.seconds)
    say(_("The watch has ended."))
    return 0


class _Right:
    """The right to watch a dossier: two watchers would both take up what is asked for. Held until the block's end."""

    def __init__(self, dossier: Dossier, context: RunContext, break_it: bool, held: ExitStack) -> None:
        self._dossier, self._context, self._held = dossier, context, held
        self._lock = self._take(break_it)

    def check(self) -> None:
        """Raise LockedError where another watcher took over; where the lock's file is merely gone, take it anew."""
        try:
            self._lock.check()
        except LockedError:
            self._lock = self._take(break_it=False)

    def _take(self, break_it: bool) -> DossierLock:
        folder = self._dossier.private / "watch"
        return self._held.enter_context(dossier_lock(folder, self._context.now(), break_it))


def _pause(context: RunContext, seconds: float) -> None:
    """Wait, but not long once somebody asks for an end."""
    while seconds > 0 and not context.stop.asked:
        context.clock.wait(min(seconds, 0.2))
        seconds -= 0.2
