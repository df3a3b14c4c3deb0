"""Watches one dossier: sees whether its workbook was saved with a request, takes it up once, does it, answers it.

Saving alone sends nothing: only what stands in the cell for requests does. What is read is only believed where the file has
not changed since the look before, and has not while it was read.
"""

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from relance_xl.commands.watching.answer import Answer
from relance_xl.commands.watching.answer_page import ANSWER_PAGE, answer_page
from relance_xl.commands.watching.doing import Doing, Wanted, do_request, refusal
from relance_xl.commands.watching.sight import Watched, sight_of
from relance_xl.core.history import replay
from relance_xl.core.remembered.notes import Notes, Remark
from relance_xl.core.texts.acts import Act
from relance_xl.core.texts.request import said_request
from relance_xl.journal.journal import Journal, read_journal
from relance_xl.journal.lock import dossier_lock
from relance_xl.journal.noting import noted
from relance_xl.planning.leftovers import clear_leftovers
from relance_xl.planning.opening import read_workbook
from relance_xl.planning.requests import (
    Asked,
    Standing,
    WhoseRequest,
    answering,
    batch_of,
    broken_off,
    find_asked,
    giving_up,
    lifting,
    standing_of,
    taken_from,
    taking,
)
from relance_xl.planning.workbook_update import update_workbook
from relance_xl.runtime.endings import ending_of
from relance_xl.runtime.errors import LockedError, RelanceError
from relance_xl.runtime.language import _, speaking
from relance_xl.runtime.run_context import RunContext
from relance_xl.runtime.whole_file import write_whole
from relance_xl.settings.dossier import Dossier, open_dossier
from relance_xl.settings.schema import SETTINGS_FILE
from relance_xl.workbook.replacing import set_aside_by_killed_runs
from relance_xl.workbook.sharing import opened_by

Say = Callable[[str], None]
# After so many tries that came to the same, it stands on the page too; so many looks are passed over at most.
_TOLD_AFTER, _LONGEST_PAUSE = 3, 16


@dataclass(frozen=True, slots=True)
class _Found:
    """What the workbook says: what is asked for, if anything; what tells its requests from others; the file's digest."""

    asked: Asked | None
    token: str
    digest: str


class Watcher:
    """Watches one dossier. `check` raises LockedError where another watcher took over; `say` tells who looks at the window."""

    def __init__(self, dossier: Dossier, context: RunContext, check: Callable[[], None], say: Say) -> None:
        self._dossier = dossier
        self._context = context
        self._check = check
        self._say = say
        self._watched = Watched(dossier.workbook)
        self._settings = sight_of(dossier.root / SETTINGS_FILE)
        #: What is to be tried again though nobody saves: an update that waits, an answer that is owed.
        self._is_waiting = self._is_for_closing = False
        self._told = self._waits_for = ""
        #: How many looks are passed over before the next try, and how many tries have come to the same.
        self._looks_to_pass = self._tries = 0
        #: What was answered on the page alone, as it cannot be recorded: said once.
        self._turned_away: set[str] = set()
        #: The tokens under which nothing is to be lifted.
        self._lifted: set[str] = set()
        self._mend()

    def look(self) -> bool:
        """Look once, and do what is asked for; return whether there is nothing left to wait for.

        Raises LockedError where another watcher took over.
        """
        self._follow_settings()
        if not self._watched.look():
            if self._watched.is_away and not self._mend():
                self._tell(_("The workbook is not there: waiting for it."))
            return False
        if not self._is_time():
            return not self._is_waiting
        self._check()
        told = self._told
        try:
            self._deal_with()
        except (RelanceError, OSError) as error:
            # It is tried again: whatever it was may pass.
            self._is_waiting = True
            self._fail(ending_of(error))
        # A fault of ours in one dossier must not end the watch of others; the same would happen again until it is saved.
        except Exception as error:
            self._is_waiting = False
            self._watched.deal_with()
            self._fail(ending_of(error))
        self._tries = self._tries + 1 if self._is_waiting and self._told == told else 0
        self._looks_to_pass = min(2**self._tries, _LONGEST_PAUSE) if self._is_waiting else 0
        return not self._is_waiting

    def _follow_settings(self) -> None:
        """Watch the workbook that the settings name now."""
        now = sight_of(self._dossier.root / SETTINGS_FILE)
        if now is None or now == self._settings:
            return
        with suppress(RelanceError, OSError):
            dossier = open_dossier(self._dossier.root)
            self._settings = now
            if dossier.workbook != self._dossier.workbook:
                self._watched = Watched(dossier.workbook)
            self._dossier = dossier

    def _mend(self) -> bool:
        """Put back what a run that was killed had set aside, the workbook above all; return whether there was anything."""
        dossier = self._dossier
        with suppress(RelanceError, OSError):
            if not set_aside_by_killed_runs(dossier.workbook):
                return False
            with dossier_lock(dossier.private, self._context.now()), speaking(dossier.settings.language):
                for text in clear_leftovers(dossier):
                    self._tell(text)
                return True
        return False

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
        if self._tries == _TOLD_AFTER and words == self._told:
            with suppress(OSError), speaking(self._dossier.settings.language):
                self._publish(self._dossier, _("Watching"), refusal(error))
        self._tell(words)

    def _deal_with(self) -> None:
        dossier = self._dossier = open_dossier(self._dossier.root)
        with speaking(dossier.settings.language):
            found = self._find(dossier)
            if not self._watched.is_as_seen():
                return
            self._watched.deal_with()
            self._is_waiting = self._is_for_closing = False
            if found is None:
                return
            asked = found.asked
            if asked is not None and asked.whose is not WhoseRequest.OURS:
                self._turn_away(dossier, asked)
            elif asked is not None:
                self._take_up(dossier, found, asked)
            else:
                self._told = self._waits_for = ""
                if found.token and found.token not in self._lifted:
                    self._lift(dossier, found, _notes(dossier))

    def _take_up(self, dossier: Dossier, found: _Found, asked: Asked) -> None:
        """Do what is asked for, unless it was answered before."""
        notes = _notes(dossier)
        if found.token not in self._lifted:
            self._lift(dossier, found, notes)
        if standing_of(notes, asked.key) is Standing.ANSWERED:
            self._bring_up_to_date(dossier)
        elif asked.request is None:
            text = _("Not understood: “{request}”. Choose from the list in that cell.")
            self._conclude(dossier, asked, Answer(text.format(request=asked.typed), exit_code=4))
        else:
            self._do(dossier, Wanted(asked, asked.request, found.digest), notes)

    def _find(self, dossier: Dossier) -> _Found | None:
        """Return what is asked for; None: no workbook. Raises EditsError where it cannot be read, as while it is copied."""
        workbook = read_workbook(dossier)
        if workbook is None:
            return None
        return _Found(find_asked(dossier, workbook), workbook.lists.token, workbook.digest)

    def _lift(self, dossier: Dossier, found: _Found, notes: Notes) -> None:
        """Let be asked again what the cell asked for before, and does no more."""
        self._give_up(dossier, broken_off(notes, found.asked.key if found.asked is not None else ""))
        answered = lifting(notes, found.token)
        others = [one for one in answered if found.asked is None or one.key != found.asked.key]
        if others:
            self._record(dossier, others)
        if others == answered:
            self._lifted.add(found.token)

    def _give_up(self, dossier: Dossier, keys: list[str]) -> None:
        """Tell of sends that were broken off and are no longer asked for: what they left waits for the next one."""
        for key in keys:
            request = said_request(key.partition("/")[2])
            why = _(
                "“{request}” was broken off, and the workbook no longer asks for it. Ask again: the rest is sent then."
            )
            text = why.format(request=request)
            with suppress(OSError):
                self._publish(dossier, request, Answer(text, exit_code=1))
            self._record(dossier, [giving_up(key, text)])
            self._tell(text)

    def _do(self, dossier: Dossier, wanted: Wanted, notes: Notes) -> None:
        """Take a request up, do it, answer it; what somebody is in the way of is tried again later."""
        asked = wanted.asked
        holder = opened_by(dossier.workbook) if wanted.request.act is Act.EXPORT else None
        if holder is not None:
            self._is_for_closing = True
            text = _("“{request}” waits until the workbook is closed: {name}.")
            self._wait(dossier, asked, text.format(request=asked.typed, name=holder.name))
            return
        try:
            answer = self._answer(dossier, wanted, notes)
        except LockedError as error:
            self._wait(dossier, asked, _words(error))
            return
        if self._context.stop.asked and wanted.request.act is Act.SEND:
            # The next start finishes it, and answers then.
            return
        self._conclude(dossier, asked, answer)

    def _conclude(self, dossier: Dossier, asked: Asked, answer: Answer) -> None:
        """Answer on the page, in the journal and, once it is closed, in the workbook."""
        said = _("{moment} - {request}: {answer}").format(
            moment=f"{self._context.now():%d/%m/%Y %H:%M}", request=asked.typed, answer=answer.summary
        )
        page = ""
        # Without a page, the answer still reaches the sheet.
        with suppress(OSError):
            page = self._publish(dossier, asked.typed, answer)
        self._record(dossier, [answering(asked, said, page, bool(answer.report and answer.report.batch))])
        self._lifted.discard(asked.token)
        self._waits_for = ""
        self._tell(said)
        self._bring_up_to_date(dossier)

    def _answer(self, dossier: Dossier, wanted: Wanted, notes: Notes) -> Answer:
        """Do what is asked for, once it is recorded that this is begun. Raises LockedError, OSError (nothing was begun)."""
        asked = wanted.asked
        if standing_of(notes, asked.key) is Standing.NEW:
            self._record(dossier, [taking(asked, socket.gethostname(), wanted.digest)])
            self._tell(_("{request}: begun").format(request=asked.typed))
        try:
            wanted = replace(wanted, digest=taken_from(notes, asked.key) or wanted.digest)
            return do_request(Doing(dossier, self._context, wanted, batch_of(notes, asked.key)))
        except LockedError:
            raise
        # Whatever it was, whoever asked is told.
        except Exception as error:
            return refusal(ending_of(error))

    def _wait(self, dossier: Dossier, asked: Asked, why: str) -> None:
        """Say on the page what a request waits for, once, and try again later."""
        self._is_waiting = True
        if self._waits_for != f"{asked.key} {why}":
            self._waits_for = f"{asked.key} {why}"
            with suppress(OSError):
                self._publish(dossier, asked.typed, Answer(why, exit_code=1))
            self._tell(why)

    def _turn_away(self, dossier: Dossier, asked: Asked) -> None:
        """Answer on the page what a workbook asks for that is another folder's: nothing is written into it."""
        if asked.key in self._turned_away:
            return
        self._turned_away.add(asked.key)
        why = {
            WhoseRequest.ANOTHERS: _(
                "This workbook was made in another folder: nothing was done. Run relance-xl export here first."
            ),
            WhoseRequest.NOBODYS: _("This workbook cannot ask yet: run relance-xl export in its folder first."),
        }[asked.whose]
        with suppress(OSError):
            self._publish(dossier, asked.typed, Answer(why, exit_code=4))
        self._tell(why)

    def _record(self, dossier: Dossier, remarks: list[Remark]) -> None:
        """Record what becomes of requests. Raises LockedError, JournalError, OSError."""
        now = self._context.now()
        with dossier_lock(dossier.private, now) as lock:
            journal = Journal(dossier.journal, lock.check)
            journal.look()
            journal.append(noted(remarks, now))

    def _publish(self, dossier: Dossier, request: str, answer: Answer) -> str:
        """Write the page beside the batches, and into the batch that was made; return where it is, from the dossier."""
        batch = answer.report.batch if answer.report else ""
        dossier.batches.mkdir(parents=True, exist_ok=True)
        folders = [dossier.batches]
        # A batch that has not come into view yet must not have a folder of its name.
        if batch and (dossier.batches / batch).is_dir():
            folders.append(dossier.batches / batch)
        for folder in folders:
            text = answer_page(dossier, request, answer, self._context.now(), folder)
            write_whole(folder / ANSWER_PAGE, text.encode("utf-8"))
        page = folders[-1] / ANSWER_PAGE
        # The settings may put batches elsewhere: no link leads there.
        return dossier.relative(page) if page.is_relative_to(dossier.root) else ""

    def _bring_up_to_date(self, dossier: Dossier) -> None:
        """Write what the workbook lacks, the answer too; while it is open, that is owed.

        What stands there afterwards is looked at again: somebody may have saved in the same moment.
        """
        if opened_by(dossier.workbook) is not None:
            self._is_waiting = self._is_for_closing = True
            return
        now = self._context.now()
        with dossier_lock(dossier.private, now) as lock:
            update = update_workbook(dossier, {}, self._context.today)
            if update.remarks:
                journal = Journal(dossier.journal, lock.check)
                journal.append(noted(update.remarks, now))
        self._is_waiting = not update.is_done

    def _tell(self, text: str) -> None:
        """Tell something, once as long as it stays so."""
        if text and text != self._told:
            self._say(f"{self._context.now():%H:%M:%S}  {self._dossier.root.name}: {text}")
        self._told = text


def _notes(dossier: Dossier) -> Notes:
    return replay(read_journal(dossier.journal)).notes


def _words(error: RelanceError) -> str:
    return " ".join(filter(None, (error.summary, *map(str, error.faults[:3]), error.advice)))
