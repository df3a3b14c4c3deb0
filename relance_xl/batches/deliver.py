"""Everything that cannot be undone: a batch's folder is shown, then each email is sent; each step is in the journal first.

Before each step the lock is checked: a computer that slept while another took over must stop.
"""

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from relance_xl.batches.disk_room import NoRoomError, Reserve
from relance_xl.batches.folder import Batch, present_path, put_in_place
from relance_xl.batches.report import Conclusion
from relance_xl.core.history import attempts_on
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.record import Begun, Delivery, Prepared, Record, Settled, Via
from relance_xl.core.reminder import DeliveryKey, Outcome
from relance_xl.journal.journal import Journal, read_journal
from relance_xl.journal.lock import DossierLock
from relance_xl.mail.message import sender_of
from relance_xl.mail.replies import Reply, Verdict
from relance_xl.mail.smtp import BrokenOffError, Session, StoppedError, open_session
from relance_xl.planning.outlook import Outlook
from relance_xl.runtime.errors import ProgramError
from relance_xl.runtime.language import _
from relance_xl.runtime.run_context import RunContext
from relance_xl.runtime.system_faults import fault_words, is_full, naming
from relance_xl.settings.dossier import Dossier
from relance_xl.settings.servers import mail_server

#: Each wait before another try is so many times the one before, up to a quarter of an hour (seconds).
_BACKOFF, _LONGEST_WAIT = 3, 900
#: How often a wait looks whether the user wants to stop (seconds).
_GLANCE = 0.2
#: Nothing of it has left yet; as long as nobody knows better, the run ended before.
_NOT_REACHED = Hold(Reason.INTERRUPTED)


@dataclass(slots=True)
class Course:
    """How a run goes, noted as it happens: whatever ends the run, this is told.

    `told`: what the user should know of earlier runs; `stop`: why no more emails are sent in this run; `interrupted`: the user wants it to end.
    """

    told: tuple[str, ...] = ()
    outlook: Outlook | None = None
    batch: str = ""
    stop: Hold | None = None
    interrupted: bool = False
    _concluded: dict[str, Conclusion] = field(default_factory=dict)

    def conclude(self, prepared: Prepared, outcome: Outcome, hold: Hold | None = None, detail: str = "") -> None:
        """Note what became of a delivery, instead of what was noted before."""
        self._concluded[prepared.id] = Conclusion(Delivery(prepared, outcome, detail), hold)

    @property
    def concluded(self) -> tuple[Conclusion, ...]:
        """What became of each delivery so far, in the order they were taken up."""
        return tuple(self._concluded.values())

    @property
    def has_done_something(self) -> bool:
        """Whether anything was made, refused or may have left."""
        return any(
            one.delivery.outcome is not Outcome.PENDING or one.delivery.is_call_to_make for one in self.concluded
        )

    @property
    def refused(self) -> frozenset[DeliveryKey]:
        """What a server refused: not to be offered to it again at once."""
        lost = [one.delivery for one in self.concluded if one.delivery.outcome is Outcome.REFUSED]
        return frozenset(key for delivery in lost for key in delivery.keys)

    def explain_not_reached(self, emails: Iterable[Prepared]) -> None:
        """Give what was not reached the reason why no more emails are sent."""
        for one in emails:
            now = self._concluded[one.id]
            if self.stop is not None and now.hold == _NOT_REACHED and now.delivery.outcome is Outcome.PENDING:
                self.conclude(one, Outcome.PENDING, self.stop)


@dataclass(frozen=True, slots=True)
class Run:
    """What every step of one run is given."""

    dossier: Dossier
    lock: DossierLock
    journal: Journal
    reserve: Reserve
    context: RunContext
    course: Course

    @property
    def today(self) -> date:
        """The day of the run."""
        return self.context.today

    def now(self) -> datetime:
        """Return this moment."""
        return self.context.now()

    def record(self, records: Iterable[Record]) -> None:
        """Append to the journal; on a full disk the room held for it is given up. Raises OSError, LockedError."""
        lines = list(records)
        with naming(self.dossier.journal):
            try:
                self.journal.append(lines)
            except OSError as error:
                if not (is_full(error) and self.reserve.give_up()):
                    raise
                self.journal.append(lines)


def deliver(run: Run, batch: Batch, deliveries: tuple[Prepared, ...]) -> None:
    """Bring a batch into view and send its emails, unless what was sent before ended the sending.

    What was not reached stays pending, for the next run. What became of each is noted in the run's course.
    """
    for one in deliveries:
        run.course.conclude(one, Outcome.PENDING, _NOT_REACHED)
    run.lock.check()
    if any(one.document for one in deliveries):
        put_in_place(batch)
    else:
        # Calls leave no paper.
        shutil.rmtree(batch.making, ignore_errors=True)
    outcomes = {Via.PRINT: Outcome.PRINTED, Via.FOLDER: Outcome.ACCEPTED}
    in_folder = [one for one in deliveries if one.via in outcomes]
    if in_folder:
        run.record(Settled(one.id, outcomes[one.via], run.now()) for one in in_folder)
    for one in in_folder:
        run.course.conclude(one, outcomes[one.via])
    for one in deliveries:
        if one.via is Via.CALL:
            run.course.conclude(one, Outcome.PENDING)
    _send_emails(run, batch, [one for one in deliveries if one.via is Via.SMTP])


def _send_emails(run: Run, batch: Batch, emails: list[Prepared]) -> None:
    """Send every message; those that a server put off are tried again, a few times, after the others."""
    mail, course, stop = run.dossier.settings.mail, run.course, run.context.stop
    waiting = emails
    # Breaking off in the middle of a message would leave its fate unknown.
    with stop.counting_interrupts():
        for attempt in range(mail.retries + 1):
            if not waiting or course.stop or stop.asked:
                break
            if attempt:
                seconds = min(mail.retry_s * _BACKOFF ** (attempt - 1), _LONGEST_WAIT)
                _wait(run, seconds, _("Waiting to try again what the mail server put off"))
                if stop.asked:
                    break
            waiting = _within_the_day(run, waiting)
            if waiting:
                waiting = _send_round(run, batch, waiting)
        if stop.asked:
            course.interrupted, course.stop = True, course.stop or _NOT_REACHED
    course.explain_not_reached(emails)


def _within_the_day(run: Run, emails: list[Prepared]) -> list[Prepared]:
    """Return the emails that the day's limit lets through; the others wait for tomorrow."""
    limit = run.dossier.settings.mail.per_day
    if not limit:
        return emails
    room = max(limit - attempts_on(read_journal(run.dossier.journal), run.today), 0)
    for one in emails[room:]:
        run.course.conclude(one, Outcome.PENDING, Hold(Reason.DAILY_LIMIT))
    return emails[:room]


def _send_round(run: Run, batch: Batch, emails: list[Prepared]) -> list[Prepared]:
    """Send messages over one login; return those that may be tried again."""
    mail, course, stop = run.dossier.settings.mail, run.course, run.context.stop
    again: list[Prepared] = []
    for one in emails:
        course.conclude(one, Outcome.PENDING, _NOT_REACHED)
    try:
        with (
            open_session(mail_server(mail), stop) as session,
            run.context.progress.step(_("Sending the emails"), len(emails)) as advance,
        ):
            for number, prepared in enumerate(emails):
                if number and mail.per_minute:
                    _wait(run, 60 / mail.per_minute)
                if stop.asked or course.stop:
                    break
                if _send_email(run, session, batch, prepared):
                    again.append(prepared)
                advance(1)
    except BrokenOffError:
        course.stop = _NOT_REACHED
    except StoppedError as error:
        course.stop = Hold(Reason.SERVER_STOPPED, _("the mail server stopped: {why}").format(why=error.why))
    except NoRoomError as error:
        course.stop = Hold(Reason.SYSTEM_REFUSED, error.why)
    except ProgramError as error:
        course.stop = Hold(Reason.SERVER_STOPPED, error.summary)
    except OSError as error:
        # Whoever took over removes what was to be sent: say so, not that a file is missing.
        run.lock.check()
        # The journal, or the message's own file: without either no email may leave.
        course.stop = Hold(Reason.SYSTEM_REFUSED, fault_words(error))
    return again


def _send_email(run: Run, session: Session, batch: Batch, prepared: Prepared) -> bool:
    """Send one message; the journal knows before its first byte leaves, and after the server's answer.

    Returns whether it may be tried again in this run.
    """
    run.reserve.lay_in()
    path = present_path(batch, Path(prepared.message))
    with naming(path):
        data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != prepared.digest:
        # Another's message, for all that is known; the next send looks at it anew.
        run.course.conclude(prepared, Outcome.PENDING, Hold(Reason.DOCUMENT_LOST, path.name))
        return False
    key, begun = str(Delivery(prepared, Outcome.UNKNOWN).keys[0]), False

    def begin() -> None:
        nonlocal begun
        # The journal checks the lock: right before the first byte, not before the talk that leads to it.
        with naming(run.dossier.journal):
            run.journal.append([Begun(prepared.id)])
        begun = True
        run.course.conclude(prepared, Outcome.UNKNOWN, Hold(Reason.FATE_UNKNOWN, key, _("the sending broke off")))

    reply = session.send(sender_of(data), (*prepared.recipients, *prepared.copies), data, begin)
    now = run.now()
    if reply.verdict is Verdict.UNKNOWN:
        happened = _("on {moment}, {what}").format(moment=f"{now:%d/%m/%Y %H:%M}", what=reply.detail)
        _note_unknown(run, prepared, key, happened, now)
        return False
    outcome, hold = _outcome_of(reply, now)
    if begun:
        said = _("the server answered “{words}”, which could not be recorded").format(words=reply.detail)
        run.course.conclude(prepared, Outcome.UNKNOWN, Hold(Reason.FATE_UNKNOWN, key, said))
    run.record([Settled(prepared.id, outcome, now, reply.detail)])
    run.course.conclude(prepared, outcome, hold, reply.detail)
    if reply.verdict in {Verdict.QUOTA, Verdict.LOGIN, Verdict.STOPPED}:
        run.course.stop = hold
    return reply.verdict is Verdict.LATER


def _note_unknown(run: Run, prepared: Prepared, key: str, happened: str, now: datetime) -> None:
    """Note what happened to a message of unknown fate; the line is broken, the next might be lost likewise."""
    run.course.conclude(prepared, Outcome.UNKNOWN, Hold(Reason.FATE_UNKNOWN, key, happened), happened)
    run.course.stop = _NOT_REACHED
    run.record([Settled(prepared.id, Outcome.UNKNOWN, now, happened)])


def _outcome_of(reply: Reply, now: datetime) -> tuple[Outcome, Hold | None]:
    """Return what a verdict comes to, except of an unknown fate."""
    match reply.verdict:
        case Verdict.ACCEPTED:
            return Outcome.ACCEPTED, None
        case Verdict.REFUSED:
            return Outcome.REFUSED, Hold(Reason.SERVER_REFUSED, reply.detail)
        case Verdict.LATER:
            return Outcome.PENDING, Hold(Reason.TRY_LATER, reply.detail)
        case Verdict.UNFIT:
            return Outcome.PENDING, Hold(Reason.ADDRESS_NOT_TAKEN, reply.detail)
        case Verdict.QUOTA:
            resume = now + timedelta(minutes=reply.minutes)
            return Outcome.PENDING, Hold(Reason.QUOTA, f"{resume:%d/%m/%Y %H:%M} ({reply.detail})")
        case Verdict.LOGIN:
            return Outcome.PENDING, Hold(Reason.LOGIN_ENDED, reply.detail)
        case _:
            words = _("the mail server stopped: {why}").format(why=reply.detail)
            return Outcome.PENDING, Hold(Reason.SERVER_STOPPED, words)


def _wait(run: Run, seconds: float, label: str = "") -> None:
    """Let time pass, unless the user wants to stop; a long wait is shown."""
    if label and seconds:
        with run.context.progress.step(label, round(seconds)) as advance:
            for _second in range(round(seconds)):
                _wait(run, 1)
                advance(1)
        return
    while seconds > 0 and not run.context.stop.asked:
        run.context.clock.wait(min(seconds, _GLANCE))
        seconds -= _GLANCE
