"""The command send: plan, letters, print file, emails, journal, workbook. Safe to run again at any time."""

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from relance_xl.batches.deliver import Course, Run, deliver
from relance_xl.batches.disk_room import reserve_in
from relance_xl.batches.earlier import finish_earlier, still_ticked, unfinished_deliveries
from relance_xl.batches.folder import MESSAGES, PRINT_FILE, REGISTERED_FILE, batch_named, discard_abandoned, new_batch
from relance_xl.batches.mailbox_evidence import keep_copies, settle_from_mailbox
from relance_xl.batches.prepare import prepare_batch
from relance_xl.batches.report import Report, not_reached, plan_report, row_statuses, run_lines, trouble_of
from relance_xl.batches.unwritten import Unwritten, unwritten_for_now, unwritten_until_mended
from relance_xl.commands.check import check, earlier_runs
from relance_xl.commands.shown_report import level_summary, show_lines
from relance_xl.console import Console
from relance_xl.core.channel import Channel
from relance_xl.core.delivery_line import DeliveryLine
from relance_xl.core.history import replay
from relance_xl.core.planning import Plan
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.record import Committed, Prepared, Settled
from relance_xl.core.remembered.approval import Approval, plan_digest
from relance_xl.core.remembered.notes import Remark
from relance_xl.core.reminder import DeliveryKey, Outcome, ReminderKey
from relance_xl.journal.journal import Journal, read_journal
from relance_xl.journal.lock import dossier_lock
from relance_xl.journal.noting import noted
from relance_xl.mail.login import find_password
from relance_xl.planning.approval import NotReleasedError, require_release
from relance_xl.planning.leftovers import clear_leftovers, conflict_texts
from relance_xl.planning.outlook import Outlook, look_ahead
from relance_xl.planning.state import DossierState
from relance_xl.planning.workbook_update import Known, update_workbook
from relance_xl.runtime.endings import ending_of
from relance_xl.runtime.errors import LockedError, ProgramError, RelanceError
from relance_xl.runtime.language import _, ngettext, speaking
from relance_xl.runtime.run_context import RunContext
from relance_xl.runtime.system_faults import naming
from relance_xl.settings.dossier import Dossier
from relance_xl.settings.servers import mail_account
from relance_xl.workbook.workbook import Workbook


@dataclass(frozen=True, slots=True)
class SendOptions:
    """What the user said: one channel only, only to look, and that whoever holds the folder is gone."""

    only: Channel | None = None
    dry_run: bool = False
    break_lock: bool = False
    #: Only what an earlier send left unfinished: nothing that is ticked since.
    unfinished_only: bool = False
    #: What is to be recorded with a batch, by its id: for whom it is made.
    noting: Callable[[str], Remark] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is about to happen, for the one question before it."""

    plan: Plan
    unfinished: tuple[Prepared, ...]
    today: date
    warnings: tuple[str, ...] = ()
    #: The workbook that it was planned from.
    workbook: Workbook | None = None
    #: Of what is not finished: the reminders that the workbook still asks for; the others are withdrawn.
    still_ticked: frozenset[ReminderKey] = frozenset()

    @property
    def rows(self) -> frozenset[ReminderKey]:
        """The reminders that would leave, as the workbook shows them: one a row."""
        return self.plan.reminders | self.still_ticked

    @property
    def reminders(self) -> frozenset[ReminderKey]:
        """The reminders that it is about: those planned, and those of an earlier send that are not finished."""
        return self.plan.reminders | {item.reminder for one in self.unfinished for item in one.items}

    @property
    def digest(self) -> str:
        """What it is known by: a digest of who would get what, by which way, for how much."""
        unfinished = "".join(f"{one.id} {one.digest}\n" for one in self.unfinished)
        return hashlib.sha256(f"{plan_digest(self.plan)}\n{unfinished}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Agreed:
    """A question that was answered by yes, and who had decided and released it."""

    question: Question
    approval: Approval

    def by(self, operator: str) -> str:
        """Return who is behind a delivery, as the history says it; `operator`: who ran the program."""
        if not self.approval.released:
            return operator
        return _("{decided}, released by {released}").format(
            decided=self.approval.decided, released=self.approval.released
        )


def send(dossier: Dossier, context: RunContext, options: SendOptions, confirm: Callable[[Question], bool]) -> Report:
    """Do what the workbook asks for, after one question; finish what an earlier run left.

    Whatever ends it early is in the report, with all that was done until then.
    """
    if options.dry_run:
        return check(dossier, context, options.only)
    course, now = Course(), context.now()
    try:
        with (
            # What fails without saying where, fails here: our own records come first.
            naming(dossier.private),
            dossier_lock(dossier.private, now, options.break_lock) as lock,
            reserve_in(dossier.private) as reserve,
        ):
            run = Run(dossier, lock, Journal(dossier.journal, lock.check), reserve, context, course)
            return _send_held(run, options, confirm)
    # Whatever it is, what was sent until then must be told.
    except (Exception, KeyboardInterrupt) as error:
        return _broken_off(dossier, course, ending_of(error))


def _send_held(run: Run, options: SendOptions, confirm: Callable[[Question], bool]) -> Report:
    """Do it, now that nobody else is at work in the folder."""
    # Before anything is read that decides what is sent: what an earlier run, asleep, writes later must not slip by.
    run.journal.look()
    told = run.course.told = (*clear_leftovers(run.dossier), *_settle_broken_off(run))
    told += settle_from_mailbox(run.dossier, run.journal, run.now())
    run.course.told = told
    try:
        return _send(run, options, confirm).with_warnings(told)
    except (ProgramError, OSError) as error:
        # Whoever took over removes what we had begun to make: say so, not that a file is missing.
        run.lock.check()
        report = _broken_off(run.dossier, run.course, ending_of(error))
        if not run.course.has_done_something:
            return report
        # What was done is shown in the workbook too, while the folder is still held.
        return report.with_warnings((*_write_workbook(run, report.lines).told, *_copies(run)))


def _settle_broken_off(run: Run) -> tuple[str, ...]:
    """Record as unknown what a run that died had begun; say what the runs that did not finish had done."""
    deliveries = replay(read_journal(run.dossier.journal)).deliveries
    told = earlier_runs(deliveries)
    left_open = [one.prepared for one in deliveries if one.outcome is Outcome.UNKNOWN and one.at is None]
    if left_open:
        happened = _("the program or the computer stopped while it was being sent")
        run.record(Settled(one.id, Outcome.UNKNOWN, run.now(), happened) for one in left_open)
    return told


def _broken_off(dossier: Dossier, course: Course, failure: RelanceError) -> Report:
    """Return the report of a run that ended early: what was done until then, what was not reached."""
    plan = course.outlook.plan if course.outlook else Plan()
    why = Reason.NOT_RELEASED if isinstance(failure, NotReleasedError) else Reason.INTERRUPTED
    late = not_reached(plan, course.outlook.today, why) if course.outlook else ()
    lines = run_lines(plan, course.concluded, late)
    warnings = course.outlook.warnings if course.outlook else ()
    return replace(_report(dossier, course, lines, (*course.told, *warnings)), failure=failure, trouble="")


def _send(run: Run, options: SendOptions, confirm: Callable[[Question], bool]) -> Report:
    dossier = run.dossier
    outlook = run.course.outlook = _look_ahead(run, options)
    discard_abandoned(dossier.batches, outlook.state.history)
    warnings = (*run.course.told, *outlook.warnings)
    unfinished = unfinished_deliveries(dossier, outlook.state, options.only)
    ticked = frozenset(still_ticked(outlook, unfinished))
    question = Question(outlook.plan, unfinished, run.today, warnings, outlook.state.workbook, ticked)
    _require_login(dossier, question)
    approval = require_release(dossier, question.plan, outlook.state.history.notes)
    is_anything = bool(question.plan.deliveries or question.unfinished)
    if is_anything and not confirm(question):
        return plan_report(outlook.plan, outlook.warnings, run.today)
    run.record(outlook.state.calls_made(run.now(), dossier.settings.language))
    if not is_anything:
        return _conclude(run, outlook)
    return _carry_on(run, options, outlook, Agreed(question, approval))


def _look_ahead(run: Run, options: SendOptions) -> Outlook:
    outlook = look_ahead(run.dossier, run.context, options.only)
    return replace(outlook, plan=replace(outlook.plan, deliveries=())) if options.unfinished_only else outlook


def _require_login(dossier: Dossier, question: Question) -> None:
    """Ask for the mail account's password before hours of letters, not after. Raises ProgramError."""
    mail = dossier.settings.mail
    channels = {one.channel for one in question.plan.deliveries} | {one.channel for one in question.unfinished}
    if Channel.EMAIL in channels and mail.transport == "smtp" and mail.user and mail.auth == "password":
        find_password(mail_account(mail))


def _carry_on(run: Run, options: SendOptions, outlook: Outlook, agreed: Agreed) -> Report:
    """Finish the earlier batches, then make the new one."""
    question = agreed.question
    # Before hours of letters: what leaves must find its place in the journal.
    run.reserve.lay_in()
    finish_earlier(run, outlook, question.unfinished)
    if question.unfinished:
        # What was given up there (paid meanwhile, amount changed) is judged anew.
        outlook = _look_ahead(run, options)
        plan = _as_asked(_without_refused(outlook.plan, run.course), question)
        outlook = replace(outlook, plan=plan)
        run.course.outlook = outlook
    if run.course.interrupted:
        raise KeyboardInterrupt
    if not outlook.plan.deliveries:
        return _conclude(run, outlook)
    batch = new_batch(run.dossier.batches, outlook.state.history, run.today)
    ready = prepare_batch(run.dossier, batch, outlook, run.context)
    plan, warnings = outlook.plan.without(ready.failed), (*outlook.warnings, *ready.warnings)
    outlook = run.course.outlook = replace(outlook, plan=plan, warnings=warnings)
    if not ready.deliveries:
        discard_abandoned(run.dossier.batches, outlook.state.history)
        return _conclude(run, outlook)
    with speaking(run.dossier.settings.language):
        deliveries = tuple(replace(one, operator=agreed.by(one.operator)) for one in ready.deliveries)
    # Once this is on the disk, the batch's deliveries are the only ones of their reminders, whatever happens next.
    try:
        remarks = [options.noting(batch.id)] if options.noting is not None else []
        run.record([*deliveries, *noted(remarks, run.now()), Committed(batch.id)])
    except LockedError:
        # It is nobody's now: whoever took over makes its own.
        shutil.rmtree(batch.making, ignore_errors=True)
        raise
    run.course.batch = batch.id
    deliver(run, batch, deliveries)
    return _conclude(run, outlook)


def _as_asked(plan: Plan, question: Question) -> Plan:
    """Leave out what somebody ticked since the question was answered: nobody was asked about it."""
    asked = question.reminders
    return replace(plan, deliveries=tuple(one for one in plan.deliveries if {item.key for item in one.items} <= asked))


def _without_refused(plan: Plan, course: Course) -> Plan:
    """Leave out what a server refused just now: it is for a person to look at, not to be offered again at once."""
    hold = Hold(Reason.SERVER_REFUSED)
    return plan.without(
        {one: hold for one in plan.deliveries if course.refused & {DeliveryKey(i.key, one.channel) for i in one.items}}
    )


def _conclude(run: Run, outlook: Outlook) -> Report:
    """Write the workbook, or say that this is owed; return the report of the whole run."""
    lines = run_lines(outlook.plan, run.course.concluded)
    unwritten = _write_workbook(run, lines)
    report = _report(run.dossier, run.course, lines, (*outlook.warnings, *unwritten.told, *_copies(run)))
    return replace(report, unwritten_code=unwritten.exit_code, wrong_rows=outlook.plan.wrong_rows)


def _copies(run: Run) -> tuple[str, ...]:
    return keep_copies(run, (one.delivery for one in run.course.concluded))


def _report(dossier: Dossier, course: Course, lines: tuple[DeliveryLine, ...], warnings: tuple[str, ...]) -> Report:
    batch = batch_named(dossier.batches, course.batch)
    print_file, email_folder = batch.folder / PRINT_FILE, batch.folder / MESSAGES
    registered_file = batch.folder / REGISTERED_FILE
    return Report(
        batch=batch.id,
        lines=lines,
        warnings=warnings,
        print_file=str(print_file) if batch.id and print_file.exists() else "",
        registered_file=str(registered_file) if batch.id and registered_file.exists() else "",
        email_folder=str(email_folder) if batch.id and email_folder.exists() else "",
        trouble=trouble_of(course.concluded),
    )


def _write_workbook(run: Run, lines: tuple[DeliveryLine, ...]) -> Unwritten:
    """Write rows and statuses; return what to tell where that could not be done: it is owed, nothing is lost."""
    try:
        run.lock.check()
        with speaking(run.dossier.settings.language):
            statuses = row_statuses(lines)
        state = run.course.outlook.state if run.course.outlook else None
        typed = state.entries_typed(run.now()) if state else []
        known = _known(state, len(typed)) if state else None
        update = update_workbook(run.dossier, statuses, run.today, state.workbook if state else None, known)
        if update.is_done:
            run.record([*typed, *noted(update.remarks, run.now())])
    except LockedError as error:
        return unwritten_for_now(str(error))
    except (RelanceError, OSError) as error:
        return unwritten_until_mended(error)
    owed = Unwritten() if update.is_done else unwritten_for_now(_("it is open, or was being saved"))
    return replace(owed, told=(*owed.told, *conflict_texts(run.dossier, update.conflicts)))


def _known(state: DossierState, new_notes: int) -> Known:
    """Return what the workbook is to remember, and needs to show calls."""
    listed = {number: one.invoice for number, one in state.proposals.items()}
    return Known(state.suspensions.signs_before, state.customers.signs_before, listed, state.customers, new_notes)


def ask(console: Console, question: Question, level_label: Callable[[str], str]) -> bool:
    """Ask the one question before anything irreversible; no answer is a no."""
    show_question(console, question, level_label)
    return bool(console.ask_yes_or_no(_("Send now? [y/N] ")))


def show_question(console: Console, question: Question, level_label: Callable[[str], str]) -> None:
    """Show what is about to happen."""
    console.warn(question.warnings)
    plan = question.plan
    report = plan_report(plan, (), question.today)
    if not console.is_dialog:
        show_lines(console, report.lines, level_label)
    _show_counts(console, question, report, level_label)
    if console.is_dialog:
        show_lines(console, report.lines, level_label)


def _show_counts(console: Console, question: Question, report: Report, level_label: Callable[[str], str]) -> None:
    plan = question.plan
    for line in level_summary(report.lines, level_label):
        console.note(line)
    by_channel = Counter(delivery.channel for delivery in plan.deliveries)
    letters, emails, calls = (by_channel[one] for one in (Channel.POST, Channel.EMAIL, Channel.PHONE))
    counts = (
        ngettext("{count} letter", "{count} letters", letters).format(count=letters),
        ngettext("{count} email", "{count} emails", emails).format(count=emails),
        *([ngettext("{count} call", "{count} calls", calls).format(count=calls)] if calls else []),
        _("held: {count}").format(count=len(plan.held)),
    )
    console.note(", ".join(counts))
    if question.unfinished:
        text = ngettext(
            "and {count} delivery of an earlier send to finish",
            "and {count} deliveries of an earlier send to finish",
            len(question.unfinished),
        )
        console.note(text.format(count=len(question.unfinished)))
