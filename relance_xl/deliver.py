"""All that is irreversible: a batch's folder comes into view, then each of its emails leaves; the journal knows first.

Before each step the lock is checked: a computer that slept while another took over must stop.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from relance_xl.batch import Batch, present_path, put_in_place
from relance_xl.clock import Clock
from relance_xl.core.history import replay
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.record import Begun, Delivery, Prepared, Settled, Via
from relance_xl.core.reminder import DeliveryKey, Outcome
from relance_xl.dossier import Dossier
from relance_xl.errors import ProgramError
from relance_xl.journal.journal import Journal, read_journal
from relance_xl.journal.lock import DossierLock
from relance_xl.language import _
from relance_xl.mail.replies import Reply, Verdict
from relance_xl.mail.smtp import Session, open_session
from relance_xl.plan import sender_address
from relance_xl.progress import Progress
from relance_xl.report import Conclusion
from relance_xl.settings_servers import mail_server

#: Each wait before another try is so many times the one before, up to a quarter of an hour (seconds).
_BACKOFF, _LONGEST_WAIT = 3, 900
#: How often a wait looks whether the user wants to stop (seconds).
_GLANCE = 0.2


@dataclass(frozen=True, slots=True)
class Run:
    """What every step of one run is given."""

    dossier: Dossier
    lock: DossierLock
    journal: Journal
    clock: Clock
    progress: Progress

    @property
    def today(self) -> date:
        """The day of the run."""
        return self.clock.now().date()


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of deliveries, and why no more emails are sent in this run, if so."""

    concluded: tuple[Conclusion, ...] = ()
    stop: Hold | None = None

    @property
    def refused(self) -> frozenset[DeliveryKey]:
        """What a server refused: not to be offered to it again at once."""
        lost = [one.delivery for one in self.concluded if one.delivery.outcome is Outcome.REFUSED]
        return frozenset(key for delivery in lost for key in delivery.keys)


def deliver(run: Run, batch: Batch, deliveries: tuple[Prepared, ...], before: Delivered) -> Delivered:
    """Bring a batch into view and send its emails, unless what was sent before ended the sending.

    What was not reached stays pending, for the next run. Returns all of it, with what was before.
    """
    run.lock.check()
    put_in_place(batch)
    outcomes = {Via.PRINT: Outcome.PRINTED, Via.FOLDER: Outcome.ACCEPTED}
    in_folder = [one for one in deliveries if one.via in outcomes]
    if in_folder:
        run.journal.append(Settled(one.id, outcomes[one.via], run.clock.now()) for one in in_folder)
    concluded = [Conclusion(Delivery(one, outcomes[one.via])) for one in in_folder]
    emails = [one for one in deliveries if one.via is Via.SMTP]
    sent = _send_emails(run, batch, emails, before.stop)
    return Delivered((*before.concluded, *concluded, *sent.concluded), sent.stop)


@dataclass(slots=True)
class _Sending:
    """Emails on their way: what is concluded, what is to be tried again, and why the rest is not tried now."""

    concluded: list[Conclusion] = field(default_factory=list)
    again: list[Conclusion] = field(default_factory=list)
    stop: Hold | None = None


def _send_emails(run: Run, batch: Batch, emails: list[Prepared], stop: Hold | None) -> Delivered:
    """Send every message; those that a server put off are tried again, a few times, after the others."""
    mail = run.dossier.settings.mail
    waiting, tomorrow = _within_the_day(run, emails)
    sending = _Sending(stop=stop)
    with _interrupts_held() as interrupted:
        for attempt in range(mail.retries + 1):
            if not waiting or sending.stop or interrupted():
                break
            if attempt:
                seconds = min(mail.retry_s * _BACKOFF ** (attempt - 1), _LONGEST_WAIT)
                _wait(run, seconds, interrupted, _("Waiting to try again what the mail server put off"))
            sending.again = []
            waiting = _send_round(run, batch, waiting, sending, interrupted)
    left = {one.delivery.prepared.id: one for one in sending.again}
    rest = [one for one in emails if one in waiting]
    stopped = sending.stop or Hold(Reason.INTERRUPTED)
    put_off = [left.get(one.id, Conclusion(Delivery(one, Outcome.PENDING), stopped)) for one in rest]
    limited = [Conclusion(Delivery(one, Outcome.PENDING), Hold(Reason.DAILY_LIMIT)) for one in tomorrow]
    return Delivered((*sending.concluded, *put_off, *limited), sending.stop)


def _within_the_day(run: Run, emails: list[Prepared]) -> tuple[list[Prepared], list[Prepared]]:
    """Split emails into those the day's limit lets through and those that wait for tomorrow."""
    limit = run.dossier.settings.mail.per_day
    if not limit or not emails:
        return emails, []
    history = replay(read_journal(run.dossier.journal))
    today = [
        one for one in history.deliveries if one.prepared.via is Via.SMTP and one.at and one.at.date() == run.today
    ]
    room = max(limit - sum(one.outcome is Outcome.ACCEPTED for one in today), 0)
    return emails[:room], emails[room:]


def _send_round(
    run: Run, batch: Batch, emails: list[Prepared], sending: _Sending, interrupted: Callable[[], bool]
) -> list[Prepared]:
    """Send messages over one login; return those that did not go, for now."""
    mail = run.dossier.settings.mail
    waiting = list(emails)
    try:
        with (
            open_session(mail_server(mail)) as session,
            run.progress.step(_("Sending the emails"), len(emails)) as advance,
        ):
            for number, prepared in enumerate(emails):
                if number and mail.per_minute:
                    _wait(run, 60 / mail.per_minute, interrupted)
                if interrupted() or sending.stop:
                    break
                conclusion = _send_email(run, session, batch, prepared, sending)
                if conclusion.delivery.outcome is Outcome.PENDING:
                    sending.again.append(conclusion)
                else:
                    sending.concluded.append(conclusion)
                    waiting.remove(prepared)
                advance(1)
    except ProgramError as error:
        sending.stop = Hold(Reason.SERVER_STOPPED, error.summary)
    return waiting


def _send_email(run: Run, session: Session, batch: Batch, prepared: Prepared, sending: _Sending) -> Conclusion:
    """Send one message; the journal knows before its first byte leaves, and after the server's answer."""
    data = present_path(batch, Path(prepared.message)).read_bytes()

    def begin() -> None:
        # The journal checks the lock: right before the first byte, not before the talk that leads to it.
        run.journal.append([Begun(prepared.id)])

    reply = session.send(sender_address(run.dossier), prepared.recipients, data, begin)
    outcome, hold = _outcome_of(reply, run.clock.now())
    if reply.verdict is Verdict.UNKNOWN:
        # An unknown fate needs no record: begun without an end is what it is. The line is broken: no more now.
        sending.stop = Hold(Reason.INTERRUPTED)
        hold = Hold(Reason.FATE_UNKNOWN, str(Delivery(prepared, outcome).keys[0]))
        return Conclusion(Delivery(prepared, outcome), hold)
    if reply.verdict in {Verdict.QUOTA, Verdict.STOPPED}:
        sending.stop = hold
    run.journal.append([Settled(prepared.id, outcome, run.clock.now(), reply.detail)])
    return Conclusion(Delivery(prepared, outcome, reply.detail), hold)


def _outcome_of(reply: Reply, now: datetime) -> tuple[Outcome, Hold | None]:
    match reply.verdict:
        case Verdict.ACCEPTED:
            return Outcome.ACCEPTED, None
        case Verdict.REFUSED:
            return Outcome.REFUSED, Hold(Reason.SERVER_REFUSED, reply.detail)
        case Verdict.LATER:
            return Outcome.PENDING, Hold(Reason.TRY_LATER, reply.detail)
        case Verdict.QUOTA:
            resume = now + timedelta(minutes=reply.minutes)
            return Outcome.PENDING, Hold(Reason.QUOTA, f"{resume:%d/%m/%Y %H:%M} ({reply.detail})")
        case Verdict.STOPPED:
            return Outcome.PENDING, Hold(Reason.SERVER_STOPPED, reply.detail)
        case Verdict.UNKNOWN:
            return Outcome.UNKNOWN, Hold(Reason.FATE_UNKNOWN, reply.detail)


def _wait(run: Run, seconds: float, interrupted: Callable[[], bool], label: str = "") -> None:
    """Let time pass, unless the user wants to stop; a long wait is shown."""
    if label and seconds:
        with run.progress.step(label, round(seconds)) as advance:
            for _second in range(round(seconds)):
                _wait(run, 1, interrupted)
                advance(1)
        return
    while seconds > 0 and not interrupted():
        run.clock.wait(min(seconds, _GLANCE))
        seconds -= _GLANCE


@contextmanager
def _interrupts_held() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C wait for the message under way: stopping in the middle of it would leave its fate unknown."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = signal.signal(signal.SIGINT, lambda _number, _frame: asked.set())
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
