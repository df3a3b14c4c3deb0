"""The acts of the week, each done and shown: the same ones by a command, a double-click or the menu."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from relance_xl.commands.taking_over import taking_over
from relance_xl.console import Console
from relance_xl.core.texts.acts import Act
from relance_xl.runtime.language import _
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import Dossier, open_dossier

if TYPE_CHECKING:
    from relance_xl.batches.report import Report
    from relance_xl.commands.export import ExportReport
    from relance_xl.commands.send import SendOptions
    from relance_xl.planning.proposed_rows import TickChoice


@dataclass(frozen=True, slots=True)
class Acting:
    """Where an act is done and who sees it. `replayed`: the day was given."""

    dossier: Dossier
    context: RunContext
    console: Console
    replayed: bool = False

    @property
    def level_label(self) -> Callable[[str], str]:
        """What names a level by its id, in the language that is spoken."""
        from relance_xl.commands.shown_report import level_label_of

        return level_label_of(self.dossier)


@dataclass(frozen=True, slots=True)
class Done:
    """How an act ended: its exit code, and the files to look at that it made."""

    exit_code: int
    made: tuple[Path, ...] = ()


def export(acting: Acting, tick: "TickChoice | None" = None, shorter: bool = False, break_lock: bool = False) -> Done:
    """Write the workbook. `shorter`, `break_lock`: as ExportOptions says. Raises RelanceError."""
    from relance_xl.commands.export import ExportOptions, show_export
    from relance_xl.commands.export import export as run
    from relance_xl.planning.proposed_rows import TickChoice

    dossier = acting.dossier

    def export_it(break_it: bool) -> "ExportReport":
        options = ExportOptions(tick or TickChoice.NONE, acting.replayed, break_it, shorter)
        return run(dossier, acting.context, options)

    report = taking_over(acting.console, break_lock, export_it)
    show_export(acting.console, report, dossier.workbook)
    return Done(1 if report.wrong_rows else 0, (dossier.workbook,))


def columns(acting: Acting) -> Done:
    """Show what is understood of the list; who sits at a terminal may name its columns. Raises RelanceError."""
    from relance_xl.commands.columns import show_understood, understand
    from relance_xl.planning.invoices.source_kinds import is_from_file

    if acting.console.may_ask() and is_from_file(acting.dossier):
        from relance_xl.commands.guided.list_questions import confirm_columns

        confirm_columns(acting.console, acting.dossier.root)
    found = understand(open_dossier(acting.dossier.root), acting.context.today)
    show_understood(acting.console, found)
    return Done(found.exit_code)


def check(acting: Acting) -> Done:
    """Show what would be sent. Raises RelanceError."""
    from relance_xl.commands.check import check as run
    from relance_xl.commands.shown_report import show_report

    report = run(acting.dossier, acting.context)
    show_report(acting.console, report, acting.level_label)
    return Done(report.exit_code())


def preview(acting: Acting, invoice: str = "") -> Done:
    """Make the letters and mails to look at; `invoice`: of this one alone. Raises RelanceError, OSError."""
    from relance_xl.commands.preview import preview as run
    from relance_xl.commands.preview import show_preview

    shown = run(acting.dossier, acting.context, invoice)
    show_preview(acting.console, shown)
    return Done(shown.report.exit_code(), tuple(one for one in (shown.file, shown.mails) if one is not None))


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether a send was agreed to before it is asked about: to all (`yes`), or to the question of this digest alone."""

    yes: bool = False
    agreed: str | None = None


NOT_ASKED_YET = Consent()


def send(acting: Acting, options: "SendOptions | None" = None, consent: Consent = NOT_ASKED_YET) -> Done:
    """Make the letters and send the emails, after a question unless that was agreed to. Raises RelanceError."""
    from relance_xl.commands.send import Question, SendOptions, ask
    from relance_xl.commands.send import send as run
    from relance_xl.commands.shown_report import show_report
    from relance_xl.journal.lock import OldLockError

    console, wanted = acting.console, options or SendOptions()
    may_ask = not consent.yes and consent.agreed is None

    def confirm(question: Question) -> bool:
        if consent.agreed is None:
            return consent.yes or ask(console, question, acting.level_label)
        is_agreed = question.digest == consent.agreed
        if not is_agreed:
            console.note(_("What would leave has changed meanwhile: nothing was sent."))
        return is_agreed

    def send_it(break_it: bool) -> "Report":
        report = run(acting.dossier, acting.context, replace(wanted, break_lock=break_it), confirm)
        if isinstance(report.failure, OldLockError) and may_ask and console.may_ask():
            raise report.failure
        return report

    if may_ask and console.may_ask() and acting.dossier.settings.approval.required and not wanted.dry_run:
        from relance_xl.commands.approve import is_released_here

        if not is_released_here(acting.dossier, acting.context, console, acting.level_label):
            return Done(1)
    report = taking_over(console, wanted.break_lock, send_it, may_ask=may_ask)
    show_report(console, report, acting.level_label)
    return Done(report.exit_code(), _to_look_at(report))


def history(acting: Acting, invoice: str = "", customer: str = "") -> Done:
    """List what was sent: all of it, of one invoice, or of a customer by code or part of the name. Raises RelanceError."""
    from relance_xl.commands.history import past_deliveries, show_history

    past = past_deliveries(acting.dossier, invoice, customer)
    show_history(acting.console, past, acting.level_label, filtered=bool(invoice or customer))
    return Done(0)


def examine(root: Path, context: RunContext, console: Console) -> Done:
    """Look for what is missing in a folder, though its settings cannot be read. The first fault says the exit code."""
    from relance_xl.commands.doctor import examine as run
    from relance_xl.commands.doctor import show_findings

    findings = run(root, context.today)
    show_findings(console, findings)
    return Done(next((one.exit_code for one in findings if one.exit_code), 0))


def _to_look_at(report: "Report") -> tuple[Path, ...]:
    """Return what a person does something with after a send: prints, brings to the post office, sends by hand."""
    by_hand = report.email_folder if report.is_to_send_by_hand else ""
    return tuple(Path(one) for one in (report.print_file, report.registered_file, by_hand) if one)


def do(act: Act, acting: Acting) -> Done:
    """Do an act as it is done without options. Raises RelanceError, OSError."""
    return {Act.EXPORT: export, Act.CHECK: check, Act.PREVIEW: preview, Act.SEND: send}[act](acting)
