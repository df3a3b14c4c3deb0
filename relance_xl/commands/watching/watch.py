"""The command watch: looks every few seconds whether the workbook was saved with a request, and does it once.

Saving alone sends nothing: only what stands in the cell for requests does. What is read is only believed where the file has
not changed since the look before, and has not while it was read.
"""

import os
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from relance_xl.commands.watching.answer import Answer
from relance_xl.commands.watching.answer_page import ANSWER_PAGE, answer_page
from relance_xl.commands.watching.doing import Doing, do_request, refusal
from relance_xl.commands.watching.sight import Watched
from relance_xl.core.history import replay
from relance_xl.core.remembered.notes import Remark
from relance_xl.core.request import Request, RequestKind
from relance_xl.journal.journal import Journal, read_journal
from relance_xl.journal.lock import DossierLock, dossier_lock
from relance_xl.journal.noting import noted
from relance_xl.planning.opening import read_workbook
from relance_xl.planning.requests import (
    Asked,
    Standing,
    WhoseRequest,
    answering,
    batches_since,
    find_asked,
    standing_of,
    taking,
)
from relance_xl.planning.workbook_update import update_workbook
from relance_xl.runtime.endings import ending_of
from relance_xl.runtime.errors import LockedError, RelanceError
from relance_xl.runtime.language import _, speaking
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import Dossier, open_dossier
from relance_xl.workbook.sharing import opened_by

Say = Callable[[str], None]
# After so many tries that came to the same, it stands on the page too; so many looks are passed over at most.
_TOLD_AFTER, _LONGEST_PAUSE = 3, 16


@dataclass(frozen=True, slots=True)
class _Found:
    """A request, and how it stands."""

    asked: Asked
    standing: Standing
    begun: tuple[str, ...]


class Watcher:
    """Watches one dossier. `say` tells whoever looks at its window what it does."""

    def __init__(self, dossier: Dossier, context: RunContext, lock: DossierLock, say: Say) -> None:
        self._root = dossier.root
        self._context = context
        self._lock = lock
        self._say = say
        self._dossier = dossier
        self._watched = Watched(dossier.workbook)
        #: What is to be tried again though nobody saves: an update that waits, an answer that is owed.
        self._is_waiting = self._is_for_closing = False
        self._told = ""
        #: How many looks are passed over before the next try, and how many tries have come to the same.
        self._looks_to_pass = self._tries = 0
        #: What was answered on the page alone, as it cannot be recorded: said once.
        self._turned_away: set[str] = set()

    def look(self) -> bool:
        """Look once, and do what is asked for; return whether there is nothing left to wait for.

        Raises LockedError where another watcher took over.
        """
        if not self._watched.look():
            if self._watched.is_away:
                self._tell(_("The workbook is not there: waiting for it."))
            return False
        if not self._is_time():
            return not self._is_waiting
        told = self._told
        try:
            self._deal_with()
        except (RelanceError, OSError) as error:
            # It is tried again: whatever it was may pass.
            self._is_waiting = True
            self._fail(ending_of(error))
        self._tries = self._tries + 1 if self._is_waiting and self._told == told else 0
        self._looks_to_pass = min(2**self._tries, _LONGEST_PAUSE) if self._is_waiting else 0
        return not self._is_waiting

    def _is_time(self) -> bool:
        """Whether there is something to deal with now: reading a large workbook every few seconds would wear it out."""
        if self._watched.is_new:
            return True
        if not self._is_waiting:
            return False
        self._looks_to_pass -= 1
        if self._looks_to_pass > 0:
            return False
        # Who waits for the workbook to be closed need not read it.
        return not (self._is_for_closing and opened_by(self._dossier.workbook) is not None)

    def _fail(self, error: RelanceError) -> None:
        """Tell what went wrong; where it stays so, on the page too: whoever asked looks there."""
        words = _words(error)
        if self._tries == _TOLD_AFTER and words == self._told and not isinstance(error, LockedError):
            with suppress(OSError), speaking(self._dossier.settings.language):
                self._publish(self._dossier, _("Watching"), refusal(error))
        self._tell(words)

    def _deal_with(self) -> None:
        dossier = self._dossier = open_dossier(self._root)
        self._is_for_closing = False
        with speaking(dossier.settings.language):
            self._lock.check()
            found = self._find(dossier)
            if not self._watched.is_as_seen():
                return
            self._is_waiting = False
            self._watched.deal_with()
            if found is None:
                self._tell("")
            elif found.standing is Standing.ANSWERED:
                self._bring_up_to_date(dossier)
            elif found.asked.request is None or found.asked.whose is not WhoseRequest.OURS:
                self._turn_away(dossier, found.asked)
            else:
                self._do(dossier, found, found.asked.request)

    def _find(self, dossier: Dossier) -> _Found | None:
        """Return what is asked for. Raises EditsError for a workbook that cannot be read, as one that is being copied."""
        workbook = read_workbook(dossier)
        asked = find_asked(dossier, workbook) if workbook is not None else None
        if asked is None:
            return None
        records = read_journal(dossier.journal)
        return _Found(asked, standing_of(replay(records).notes, asked.key), batches_since(records, asked.key))

    def _do(self, dossier: Dossier, found: _Found, request: Request) -> None:
        """Take a request up, do it, answer it; what somebody is in the way of is tried again later."""
        asked, now = found.asked, self._context.now()
        if request.kind is RequestKind.UPDATE and opened_by(dossier.workbook) is not None:
            self._is_for_closing = True
            self._wait(dossier, asked, _("Waits until the workbook is closed."))
            return
        if found.standing is Standing.NEW:
            self._record(dossier, asked, taking(asked, socket.gethostname()))
        self._tell(_("{request}: begun").format(request=asked.typed))
        try:
            answer = do_request(Doing(dossier, self._context, request, found.begun))
        except LockedError as error:
            self._wait(dossier, asked, _words(error))
            return
        except (Exception, KeyboardInterrupt) as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            answer = refusal(ending_of(error))
        if self._context.stop.asked and request.kind is RequestKind.SEND:
            # The next start finishes it, and answers then.
            return
        moment = f"{now:%d/%m/%Y %H:%M}"
        page = self._publish(dossier, asked.typed, answer)
        said = _("{moment} - {request}: {answer}").format(moment=moment, request=asked.typed, answer=answer.summary)
        self._record(dossier, asked, answering(asked, said, page))
        self._tell(said)
        self._bring_up_to_date(dossier)

    def _wait(self, dossier: Dossier, asked: Asked, why: str) -> None:
        """Say on the page what a request waits for, once, and try again later."""
        self._is_waiting = True
        if self._told != why:
            self._publish(dossier, asked.typed, Answer(why, exit_code=1))
        self._tell(why)

    def _turn_away(self, dossier: Dossier, asked: Asked) -> None:
        """Answer on the page what cannot be taken up: the workbook is another folder's, or it asks for nothing known."""
        if asked.key in self._turned_away:
            return
        self._turned_away.add(asked.key)
        why = {
            WhoseRequest.ANOTHERS: _(
                "This workbook was made in another folder: nothing was done. Run relance-xl export here first."
            ),
            WhoseRequest.NOBODYS: _("This workbook cannot ask yet: run relance-xl export in its folder first."),
        }.get(
            asked.whose,
            _("Not understood: “{request}”. Choose from the list in that cell.").format(request=asked.typed),
        )
        self._publish(dossier, asked.typed, Answer(why, exit_code=4))
        self._tell(why)

    def _record(self, dossier: Dossier, asked: Asked, remark: Remark) -> None:
        """Record what becomes of a request, unless another computer did meanwhile. Raises LockedError, OSError."""
        now = self._context.now()
        with dossier_lock(dossier.private, now) as lock:
            journal = Journal(dossier.journal, lock.check)
            journal.look()
            if standing_of(replay(read_journal(dossier.journal)).notes, asked.key) is Standing.ANSWERED:
                raise LockedError(_("This request was answered meanwhile."))
            journal.append(noted([remark], now))

    def _publish(self, dossier: Dossier, request: str, answer: Answer) -> str:
        """Write the page beside the batches, and into the batch that was made; return where it is, from the dossier."""
        batch = answer.report.batch if answer.report else ""
        folders = [dossier.batches, *([dossier.batches / batch] if batch else [])]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            text = answer_page(dossier, request, answer, self._context.now(), folder)
            _write_whole(folder / ANSWER_PAGE, text)
        return dossier.relative(folders[-1] / ANSWER_PAGE)

    def _bring_up_to_date(self, dossier: Dossier) -> None:
        """Write what the workbook lacks, the answer too; while it is open, that is owed."""
        if opened_by(dossier.workbook) is not None:
            self._is_waiting = self._is_for_closing = True
            return
        with dossier_lock(dossier.private, self._context.now()):
            update = update_workbook(dossier, {}, self._context.today)
        self._is_waiting = not update.is_done
        if update.is_done:
            self._watched.deal_with_own()

    def _tell(self, text: str) -> None:
        """Tell something, once as long as it stays so."""
        if text and text != self._told:
            self._say(f"{self._context.now():%H:%M:%S}  {self._root.name}: {text}")
        self._told = text


def _words(error: RelanceError) -> str:
    return " ".join(filter(None, (error.summary, *map(str, error.faults[:3]), error.advice)))


def _write_whole(path: Path, text: str) -> None:
    """Write a file that may be looked at meanwhile. Raises OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """How often to look (seconds); `once`: until nothing is left to do now; `break_lock`: another watcher is gone."""

    seconds: float = 3.0
    once: bool = False
    break_lock: bool = False


#: How often `--once` looks at most: a workbook that is saved all the time is for the next start.
_LOOKS_AT_MOST = 20


def watch(dossiers: list[Dossier], context: RunContext, options: WatchOptions, say: Say) -> int:
    """Watch dossiers until somebody asks for an end; return the exit code. Raises LockedError, OSError."""
    with ExitStack() as held, context.stop.counting_interrupts():
        watchers = [
            Watcher(one, context, held.enter_context(_watch_lock(one, context, options)), say) for one in dossiers
        ]
        looks = 0
        while not context.stop.asked:
            idle = [one.look() for one in watchers]
            looks += 1
            if options.once and ((all(idle) and looks > 1) or looks >= _LOOKS_AT_MOST):
                break
            _pause(context, options.seconds)
    return 0


def _watch_lock(dossier: Dossier, context: RunContext, options: WatchOptions) -> AbstractContextManager[DossierLock]:
    """Hold the right to watch a dossier: two watchers would both take up what is asked for."""
    return dossier_lock(dossier.private / "watch", context.now(), options.break_lock)


def _pause(context: RunContext, seconds: float) -> None:
    """Wait, but not long once somebody asks for an end."""
    while seconds > 0 and not context.stop.asked:
        context.clock.wait(min(seconds, 0.2))
        seconds -= 0.2
