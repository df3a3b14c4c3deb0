"""Does what was asked for, with the same acts as the commands, and says what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from relance_xl.batches.folder import MESSAGES, PRINT_FILE, REGISTERED_FILE, batch_named
from relance_xl.batches.report import Report, plan_report, settled_lines
from relance_xl.commands.check import check
from relance_xl.commands.export import ExportOptions, export, export_lines
from relance_xl.commands.preview import preview
from relance_xl.commands.send import Question, SendOptions, send
from relance_xl.commands.shown_report import counted_outcomes
from relance_xl.commands.watching.answer import Answer
from relance_xl.core.history import replay
from relance_xl.core.texts.acts import Act
from relance_xl.core.texts.request import RELEASED_BY, Request, request_word
from relance_xl.journal.journal import read_journal
from relance_xl.planning.approval import agree
from relance_xl.planning.outlook import look_ahead
from relance_xl.planning.requests import Asked, making
from relance_xl.runtime.errors import LockedError, RelanceError
from relance_xl.runtime.language import _, ngettext
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import Dossier


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request as somebody made it: what was typed, what that asks for, the digest of the workbook that asks.

    Of one that was taken up before: the digest as it was then.
    """

    asked: Asked
    request: Request
    digest: str


@dataclass(frozen=True, slots=True)
class Doing:
    """What is to be done. `begun`: the batch that an earlier try of the same request committed before it died."""

    dossier: Dossier
    context: RunContext
    wanted: Wanted
    begun: str = ""

    @property
    def request(self) -> Request:
        """What is asked for."""
        return self.wanted.request


def do_request(doing: Doing) -> Answer:
    """Do it. Raises LockedError where somebody else is at work, or has the workbook open: it can be done later."""
    acts: dict[Act, Callable[[Doing], Answer]] = {
        Act.EXPORT: _update,
        Act.CHECK: _check,
        Act.PREVIEW: _preview,
        Act.SEND: _send,
    }
    return acts[doing.request.act](doing)


def refusal(error: RelanceError) -> Answer:
    """Return the answer to what could not be done."""
    return Answer(error.summary, failure=error, exit_code=error.exit_code)


def _update(doing: Doing) -> Answer:
    done = export(doing.dossier, doing.context, ExportOptions())
    summary = _("unpaid invoices: {invoices}, due for a reminder: {due}").format(invoices=done.invoices, due=done.due)
    return Answer(summary, warnings=done.warnings, told=tuple(export_lines(done)))


def _check(doing: Doing) -> Answer:
    report = check(doing.dossier, doing.context)
    return Answer(_counted(report) or _("nothing is ticked"), report, exit_code=report.exit_code())


def _preview(doing: Doing) -> Answer:
    made = preview(doing.dossier, doing.context, "")
    named = ((_("Letters"), made.file), (_("Emails"), made.mails))
    files = tuple((name, path) for name, path in named if path is not None)
    summary = _("letters: {letters}, emails: {emails}").format(letters=made.letters, emails=made.mail_count)
    return Answer(summary, made.report, files, exit_code=made.report.exit_code())


def _send(doing: Doing) -> Answer:
    """Send exactly as many rows as were asked for, or nothing."""
    if doing.begun:
        return _finished(doing)
    if doing.dossier.settings.approval.required:
        waiting = _agreed(doing)
        if waiting is not None:
            return waiting
    counted: list[int] = []
    was_saved: list[bool] = []

    def is_as_asked(question: Question) -> bool:
        counted.append(len(question.rows))
        # What is planned must be what the very workbook says that asked: somebody may have saved another meanwhile.
        was_saved.append(not _is_asking(doing, question))
        return counted[-1] == doing.request.count and not was_saved[-1]

    options = SendOptions(noting=lambda batch: making(doing.wanted.asked, batch))
    report = send(doing.dossier, doing.context, options, is_as_asked)
    if report.failure is not None:
        return _broken_off(doing, report, report.failure)
    if any(was_saved):
        return Answer(_("Nothing was sent: the workbook was saved again meanwhile. Ask again."), report, exit_code=1)
    found = counted[-1] if counted else 0
    if not found or found != doing.request.count:
        return _recount(doing, report, found)
    return _sent(doing, report)


def _is_asking(doing: Doing, question: Question) -> bool:
    planned = question.workbook
    return planned is not None and planned.digest == doing.wanted.digest and planned.is_in(doing.dossier.workbook)


def _agreed(doing: Doing) -> Answer | None:
    """Record that who is named agrees to what would leave; return what is to be answered as long as that is not enough."""
    outlook = look_ahead(doing.dossier, doing.context)
    plan, found = outlook.plan, len(outlook.plan.reminders)
    report = plan_report(plan, outlook.warnings, outlook.today)
    if not plan.deliveries or found != doing.request.count:
        return _recount(doing, report, found)
    asked = f"{request_word(Act.SEND)} {found} {_(RELEASED_BY)}"
    if not doing.request.released_by:
        text = _("Nothing was sent: two persons must agree to it. Ask with your name: {request} NAME")
        return Answer(text.format(request=asked), report, exit_code=1)
    approval = agree(doing.dossier, plan, doing.request.released_by, doing.context)
    if approval.released:
        return None
    people = doing.dossier.settings.approval.people
    if len(people) == 1:
        text = _("Decided by {name}. Nothing was sent: {person} must release it, and ask: {request} {person}")
        return Answer(text.format(name=approval.decided, request=asked, person=people[0]), report, exit_code=1)
    text = _("Decided by {name}. Nothing was sent: another person must release it, and ask: {request} NAME")
    return Answer(text.format(name=approval.decided, request=asked), report, exit_code=1)


def _recount(doing: Doing, report: Report, found: int) -> Answer:
    """Say that nothing was sent, since another number would have left than its author saw."""
    if found == 0:
        summary = _("Nothing was sent: nothing is left to send.")
    else:
        asked_again = f"{request_word(Act.SEND)} {found}"
        summary = ngettext(
            "Nothing was sent: {found} row would leave, not {count}. If that is right, ask: {request}",
            "Nothing was sent: {found} rows would leave, not {count}. If that is right, ask: {request}",
            found,
        ).format(found=found, count=doing.request.count, request=asked_again)
    return Answer(summary, report, exit_code=1)


def _finished(doing: Doing) -> Answer:
    """Finish what an earlier try began, and tell of all of it; nothing that was ticked since."""
    report = send(doing.dossier, doing.context, SendOptions(unfinished_only=True), lambda _question: True)
    if report.failure is not None:
        return _broken_off(doing, report, report.failure)
    history = replay(read_journal(doing.dossier.journal))
    mine = [one for one in history.deliveries if one.prepared.batch == doing.begun]
    lines = tuple(line for one in mine for line in settled_lines(one, one.detail))
    return _sent(doing, Report(doing.begun, lines, report.warnings))


def _broken_off(doing: Doing, report: Report, failure: RelanceError) -> Answer:
    """Say what ended a send early, and what it had done. Raises LockedError where it can simply be done later."""
    if isinstance(failure, LockedError) and not report.batch:
        raise failure
    files = _batch_files(doing.dossier, report.batch) if report.batch else ()
    return Answer(failure.summary, report, files, failure=failure, exit_code=report.exit_code())


def _sent(doing: Doing, report: Report) -> Answer:
    files = _batch_files(doing.dossier, report.batch) if report.batch else ()
    return Answer(_counted(report), report, files, exit_code=report.exit_code())


def _counted(report: Report) -> str:
    """Return how many rows came to what."""
    return counted_outcomes(report.lines)


def _batch_files(dossier: Dossier, batch_id: str) -> tuple[tuple[str, Path], ...]:
    folder = batch_named(dossier.batches, batch_id).folder
    named = (
        (_("Letters to print"), folder / PRINT_FILE),
        (_("Registered letters"), folder / REGISTERED_FILE),
        (_("Emails"), folder / MESSAGES),
    )
    return tuple((name, path) for name, path in named if path.exists())
