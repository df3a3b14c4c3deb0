"""The commands: options in, exit code out. Everything heavy is imported by the command that needs it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import click

from relance_xl import __version__
from relance_xl.runtime import waste
from relance_xl.runtime.errors import RelanceError
from relance_xl.runtime.language import LANGUAGES, _, current_language, set_language

if TYPE_CHECKING:
    from relance_xl.batches.report import Report
    from relance_xl.commands.resolve import Resolution
    from relance_xl.console import Console
    from relance_xl.runtime.run_context import RunContext
    from relance_xl.settings.dossier import Dossier

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Call:
    """What every command is given: the dossier's folder, the language asked for, the output, the day."""

    root: Path
    language: str | None
    as_json: bool = False
    day: date | None = None

    @property
    def console(self) -> "Console":
        """The one place that prints."""
        from relance_xl.console import Console

        return Console(self.as_json)

    def context(self, console: "Console") -> "RunContext":
        """The computer's clock, on the given day where one was given; the console shows how far it is."""
        from relance_xl.runtime.clock import SystemClock
        from relance_xl.runtime.run_context import RunContext

        return RunContext(SystemClock(self.day), console)

    def dossier(self) -> "Dossier":
        """Open the dossier and speak its language, unless another was asked for."""
        from relance_xl.settings.dossier import open_dossier

        # Each command opens it once it has loaded what it needs.
        waste.begin_work()
        dossier = open_dossier(self.root)
        if self.language is None:
            set_language(dossier.settings.language)
        return dossier


class _Day(click.ParamType[date]):
    name = "YYYY-MM-DD"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = date.min
        if not 1980 <= day.year <= 2100:
            self.fail(_("{text} is not a date like 2026-11-24.").format(text=value), param, ctx)
        return day


def _command(function: Callable[Concatenate[Call, P], int]) -> Callable[..., None]:
    """Give a command the options all of them share, and turn its errors into words and exit codes."""

    @wraps(function)
    def run(call: Call, as_json: bool, day: date | None, *args: P.args, **kwargs: P.kwargs) -> None:
        call.as_json, call.day = as_json, day
        click.get_current_context().exit(_guarded(call, lambda: function(call, *args, **kwargs)))

    shared: Callable[..., None] = click.pass_obj(run)
    shared = click.option("--date", "day", type=_Day(), help=_("Today, to replay another day."))(shared)
    return click.option("--json", "as_json", is_flag=True, help=_("One JSON object on stdout, all else on stderr."))(
        shared
    )


_break_lock = click.option(
    "--break-lock",
    is_flag=True,
    help=_("Take the folder over from a command that no longer runs on another computer; one that does run stops."),
)


def _guarded(call: Call, action: Callable[[], int]) -> int:
    try:
        return action()
    except (click.exceptions.Exit, click.ClickException):
        raise
    # The last resort: whatever we did not think of is told in words too.
    except (Exception, KeyboardInterrupt) as error:
        from relance_xl.runtime.endings import ending_of

        failure = ending_of(error)
        call.console.show_error(failure)
        return failure.exit_code


class _Command(click.Command):
    """A command that says where options stand which are the program's own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options. Raises click.UsageError."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name not in {"-d", "--dossier", "--lang"}:
                raise
            text = _("{option} stands before the command: relance-xl {option} … {command}")
            raise click.UsageError(text.format(option=error.option_name, command=ctx.info_name), ctx) from error


class _Commands(click.Group):
    command_class = _Command


def _level_labels(dossier: "Dossier") -> Callable[[str], str]:
    """Return what names a level by its id, in the language that is spoken."""
    return partial(dossier.settings.policy_rules().label, language=current_language())


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]},
             help=_("Chase unpaid invoices from the spreadsheet you already have open."))  # fmt: skip
@click.version_option(__version__, "-V", "--version", prog_name="relance-xl", help=_("Show the version and exit."))
@click.option("-d", "--dossier", "root", type=click.Path(path_type=Path), default=Path(),
              envvar="RELANCE_XL_DOSSIER", help=_("The folder to work in; this one if not given."))  # fmt: skip
@click.option("--lang", "language", type=click.Choice(LANGUAGES), help=_("The language; else the folder's own."))
@click.pass_context
def cli(context: click.Context, root: Path, language: str | None) -> None:
    """Begin a call."""
    if language:
        set_language(language)
    context.obj = Call(root, language)


@cli.command(help=_("Lay out a new folder; never overwrites what is there."))
@click.option("--sample", is_flag=True, help=_("Fill it with a sample company, to try everything."))
@_command
def init(call: Call, sample: bool) -> int:
    """Lay out a dossier."""
    from relance_xl.commands.init import lay_out, show_layout

    layout = lay_out(call.root, call.language or current_language(), sample)
    show_layout(call.console, layout, call.root, sample)
    return 0


@cli.command(help=_("Write the workbook: every unpaid invoice, with a proposal. Keeps your edits."))
@click.option("--tick", type=click.Choice(["none", "post", "email", "best"]), default="none",
              help=_("Tick what is due; best: email where there is an address, else post."))  # fmt: skip
@click.option("--shorter", is_flag=True, help=_("Also from an empty list, or one that lost most of its invoices."))
@_break_lock
@_command
def export(call: Call, tick: str, shorter: bool, break_lock: bool) -> int:
    """Write the workbook."""
    from relance_xl.commands.export import ExportOptions, ExportReport, show_export
    from relance_xl.commands.export import export as run
    from relance_xl.commands.taking_over import taking_over
    from relance_xl.planning.proposed_rows import TickChoice

    dossier, console = call.dossier(), call.console

    def export_it(break_it: bool) -> ExportReport:
        options = ExportOptions(TickChoice(tick), call.day is not None, break_it, shorter)
        return run(dossier, call.context(console), options)

    report = taking_over(console, break_lock, export_it)
    show_export(console, report, dossier.workbook)
    return 0


@cli.command(help=_("Show what send would do. Sends nothing."))
@_command
def check(call: Call) -> int:
    """Show what would be sent."""
    from relance_xl.commands.check import check as run
    from relance_xl.commands.shown_report import show_report

    dossier, console = call.dossier(), call.console
    report = run(dossier, call.context(console))
    show_report(console, report, _level_labels(dossier))
    return report.exit_code()


@cli.command(help=_("Make the letters of ticked rows into one PDF to look at. Sends and records nothing."))
@click.option("--invoice", default="", help=_("Only this invoice (its number)."))
@_command
def preview(call: Call, invoice: str) -> int:
    """Make the letters to look at."""
    from relance_xl.commands.preview import preview as run
    from relance_xl.commands.preview import show_preview

    dossier, console = call.dossier(), call.console
    made = run(dossier, call.context(console), invoice)
    show_preview(console, made)
    return made.report.exit_code()


@cli.command(help=_("Make the letters and send the emails. Safe to run again at any time."))
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@click.option("--dry-run", is_flag=True, help=_("Show what would be done, and stop there."))
@click.option("--only", type=click.Choice(["post", "email"]), help=_("Only by post, or only by email."))
@_break_lock
@_command
def send(call: Call, yes: bool, dry_run: bool, only: str | None, break_lock: bool) -> int:
    """Make the letters and send the emails."""
    from relance_xl.commands.send import SendOptions, ask
    from relance_xl.commands.send import send as run
    from relance_xl.commands.shown_report import show_report
    from relance_xl.commands.taking_over import taking_over
    from relance_xl.core.channel import Channel
    from relance_xl.journal.lock import OldLockError

    dossier, console = call.dossier(), call.console

    def send_it(break_it: bool) -> "Report":
        options = SendOptions(Channel(only) if only else None, dry_run, break_it)
        report = run(
            dossier,
            call.context(console),
            options,
            lambda question: yes or ask(console, question, _level_labels(dossier)),
        )
        if isinstance(report.failure, OldLockError) and not yes and console.may_ask():
            raise report.failure
        return report

    report = taking_over(console, break_lock, send_it, may_ask=not yes)
    show_report(console, report, _level_labels(dossier))
    return report.exit_code()


@cli.command(help=_("List what was sent, with each PDF's path."))
@click.option("--invoice", default="", help=_("Only this invoice (its number)."))
@click.option("--customer", default="", help=_("Only this customer (code or part of the name)."))
@_command
def history(call: Call, invoice: str, customer: str) -> int:
    """List what was sent."""
    from relance_xl.commands.history import past_deliveries, show_history

    dossier = call.dossier()
    past = past_deliveries(dossier, invoice, customer)
    labels = _level_labels(dossier)
    show_history(call.console, past, labels, filtered=bool(invoice or customer))
    return 0


_FATES = click.Choice(["sent", "not-sent"])


@cli.command(
    help=_("Settle a delivery whose fate is unknown, or that you sent from a file: KEY as send and doctor name it.")
)
@click.argument("key", metavar=_("[KEY]"), required=False, default="")
@click.argument("fate", metavar="sent|not-sent", type=_FATES, required=False)
@click.option("--batch", default="", help=_("All email files of this batch instead of one delivery: --batch B sent."))
@_break_lock
@_command
def resolve(call: Call, key: str, fate: str | None, batch: str, break_lock: bool) -> int:
    """Settle an unknown delivery, or what a person sent of a batch."""
    from relance_xl.commands.resolve import Fate, resolve_batch, show_resolution
    from relance_xl.commands.resolve import resolve as run
    from relance_xl.commands.taking_over import taking_over

    if batch and key and fate:
        raise click.UsageError(_("Either a KEY or --batch, not both."))
    if batch and fate is None:
        key, fate = "", _FATES.convert(key, None, None) if key else None
    if fate is None or not (key or batch):
        raise click.UsageError(_("What became of it? sent or not-sent."))
    dossier, console, settled = call.dossier(), call.console, Fate(fate)

    def settle(break_it: bool) -> "Resolution":
        now = call.context(console).now()
        if batch:
            return resolve_batch(dossier, batch, settled, now, break_it)
        return run(dossier, key, settled, now, break_it)

    resolution = taking_over(console, break_lock, settle)
    show_resolution(console, resolution)
    return resolution.unwritten.exit_code


@cli.command(help=_("Look for what is missing, and say how to mend it."))
@_command
def doctor(call: Call) -> int:
    """Examine the dossier and the computer."""
    from relance_xl.commands.doctor import examine, show_findings

    # A wrong settings file is the first finding, not an obstacle; a right one says which language to speak.
    with suppress(RelanceError):
        call.dossier()
    findings = examine(call.root, call.context(call.console).today)
    show_findings(call.console, findings)
    return next((one.exit_code for one in findings if one.exit_code), 0)
