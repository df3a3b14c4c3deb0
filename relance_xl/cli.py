"""The commands: options in, exit code out. Everything heavy is imported by the command that needs it."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec

import click

from relance_xl import __version__
from relance_xl.runtime import waste
from relance_xl.runtime.errors import RelanceError
from relance_xl.runtime.language import LANGUAGES, _, current_language, set_language
from relance_xl.runtime.stop import Stop
from relance_xl.runtime.terminal import somebody_sits

if TYPE_CHECKING:
    from relance_xl.commands.acts import Acting
    from relance_xl.commands.resolve import Resolution
    from relance_xl.console import Console
    from relance_xl.runtime.run_context import RunContext
    from relance_xl.settings.dossier import Dossier

P = ParamSpec("P")


@dataclass(slots=True)
class Call:
    """What every command is given: the dossiers' folders, the language asked for, the output, the day."""

    roots: tuple[Path, ...]
    language: str | None
    as_json: bool = False
    day: date | None = None
    #: What Ctrl-C asks of this run, in whichever of the dossiers it is.
    stop: Stop = field(default_factory=Stop)
    #: Where the objects of --json are gathered, if several dossiers give one each.
    answers: list[dict[str, object]] | None = None

    @property
    def root(self) -> Path:
        """The dossier's folder."""
        return self.roots[0]

    @property
    def console(self) -> "Console":
        """The one place that prints."""
        from relance_xl.console import Console

        return Console(self.as_json, self.answers)

    def context(self, console: "Console") -> "RunContext":
        """The computer's clock, on the given day where one was given; the console shows how far it is."""
        from relance_xl.runtime.clock import SystemClock
        from relance_xl.runtime.run_context import RunContext

        return RunContext(SystemClock(self.day), console, self.stop)

    def dossier(self) -> "Dossier":
        """Open the dossier and speak its language, unless another was asked for."""
        from relance_xl.settings.dossier import open_dossier

        # Each command opens it once it has loaded what it needs.
        waste.begin_work()
        dossier = open_dossier(self.root)
        if self.language is None:
            set_language(dossier.settings.language)
        return dossier

    def acting(self, shown: Callable[[str], str] = str) -> "Acting":
        """Return what an act of the week is given; `shown`: how its texts are worded. Raises SettingsError."""
        from relance_xl.commands.acts import Acting
        from relance_xl.console import Console

        dossier, console = self.dossier(), Console(self.as_json, self.answers, shown=shown)
        return Acting(dossier, self.context(console), console, replayed=self.day is not None)


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
        if len(call.roots) == 1 or click.get_current_context().info_name in _OF_ALL_DOSSIERS:
            code = _guarded(call, lambda: function(call, *args, **kwargs))
        else:
            code = _in_each(call, lambda one: function(one, *args, **kwargs))
        click.get_current_context().exit(code)

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


def _in_each(call: Call, action: Callable[[Call], int]) -> int:
    """Do it in each dossier, one after the other; return the highest exit code."""
    from relance_xl.commands.several_dossiers import in_each

    if click.get_current_context().info_name in _OF_ONE_DOSSIER:
        raise click.UsageError(_("This command works in one folder: give -d once."))

    def in_one(root: Path, answers: list[dict[str, object]]) -> int:
        one = replace(call, roots=(root,), answers=answers)
        return _guarded(one, lambda: action(one))

    return in_each(call.roots, call.console, in_one, call.stop)


def _guarded(call: Call, action: Callable[[], int]) -> int:
    try:
        return action()
    except (click.exceptions.Exit, click.ClickException):
        raise
    # The last resort: whatever we did not think of is told in words too.
    except (Exception, KeyboardInterrupt) as error:
        from relance_xl.runtime.endings import ending_of

        failure = ending_of(error)
        if isinstance(error, KeyboardInterrupt):
            call.stop.ask()
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

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options; nothing given at all is a question for who sits at a terminal, and help elsewhere."""
        self.no_args_is_help = not somebody_sits()
        return super().parse_args(ctx, args)


#: What lays out or settles one thing in one folder.
_OF_ONE_DOSSIER = {"init", "resolve"}
#: What goes on in all folders at once.
_OF_ALL_DOSSIERS = {"watch", "calc-menu", "from-calc"}


def _folders(given: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the dossiers' folders, each once; none given: the environment's, else the current one."""
    if not given:
        return (Path(os.environ.get("RELANCE_XL_DOSSIER") or "."),)
    known: dict[Path, Path] = {}
    for one in given:
        known.setdefault(one.resolve(), one)
    return tuple(known.values())


@click.group(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]},
             help=_("Chase unpaid invoices from the spreadsheet you already have open."))  # fmt: skip
@click.version_option(__version__, "-V", "--version", prog_name="relance-xl", help=_("Show the version and exit."))
@click.option("-d", "--dossier", "folders", type=click.Path(path_type=Path), multiple=True,
              help=_("The folder to work in; this one if not given. Several: one after the other."))  # fmt: skip
@click.option("--lang", "language", type=click.Choice(LANGUAGES), help=_("The language; else the folder's own."))
@click.pass_context
def cli(context: click.Context, folders: tuple[Path, ...], language: str | None) -> None:
    """Begin a call."""
    if language:
        set_language(language)
    context.obj = call = Call(_folders(folders), language)
    if context.invoked_subcommand is None:
        if not somebody_sits() or len(call.roots) > 1:
            context.fail(_("Missing command."))
        context.exit(_guarded(call, lambda: _menu(call)))


def _menu(call: Call) -> int:
    """Offer what can be done in the dossier; where there is none, to make one."""
    from relance_xl.commands.guided.first_steps import wants_dossier
    from relance_xl.commands.guided.menu import run_menu
    from relance_xl.core.texts.acts import naming_acts

    if wants_dossier(call.console, call.root):
        return _init(call, sample=False)
    return run_menu(lambda: call.acting(naming_acts))


@cli.command(help=_("Lay out a new folder; never overwrites what is there."))
@click.option("--sample", is_flag=True, help=_("Fill it with a sample company, to try everything."))
@_command
def init(call: Call, sample: bool) -> int:
    """Lay out a dossier; who sits at a terminal is asked what to fill in."""
    return _init(call, sample)


def _init(call: Call, sample: bool) -> int:
    from relance_xl.commands.init import lay_out, show_layout

    console = call.console
    layout = lay_out(call.root, call.language or current_language(), sample)
    show_layout(console, layout, call.root, sample or console.may_ask())
    if sample or not console.may_ask():
        return 0
    from relance_xl.commands.guided.first_steps import ask_first_steps

    return ask_first_steps(console, call.root, call.acting).exit_code


@cli.command(help=_("Write the workbook: every unpaid invoice, with a proposal. Keeps your edits."))
@click.option("--tick", type=click.Choice(["none", "post", "email", "best"]), default="none",
              help=_("Tick what is due; best: email where there is an address, else post."))  # fmt: skip
@click.option("--shorter", is_flag=True, help=_("Also from an empty list, or one that lost most of its invoices."))
@_break_lock
@_command
def export(call: Call, tick: str, shorter: bool, break_lock: bool) -> int:
    """Write the workbook."""
    from relance_xl.commands import acts
    from relance_xl.planning.proposed_rows import TickChoice

    return acts.export(call.acting(), TickChoice(tick), shorter, break_lock).exit_code


@cli.command(help=_("Show what is understood of the list, and name its columns if it is not right."))
@_command
def columns(call: Call) -> int:
    """Show what is understood of the list."""
    from relance_xl.commands import acts

    return acts.columns(call.acting()).exit_code


@cli.command(help=_("Show what send would do. Sends nothing."))
@_command
def check(call: Call) -> int:
    """Show what would be sent."""
    from relance_xl.commands import acts

    return acts.check(call.acting()).exit_code


@cli.command(help=_("Make the letters of ticked rows into one PDF to look at. Sends and records nothing."))
@click.option("--invoice", default="", help=_("Only this invoice (its number)."))
@_command
def preview(call: Call, invoice: str) -> int:
    """Make the letters to look at."""
    from relance_xl.commands import acts

    return acts.preview(call.acting(), invoice).exit_code


@cli.command(help=_("Make the letters and send the emails. Safe to run again at any time."))
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@click.option("--dry-run", is_flag=True, help=_("Show what would be done, and stop there."))
@click.option("--only", type=click.Choice(["post", "email"]), help=_("Only by post, or only by email."))
@_break_lock
@_command
def send(call: Call, yes: bool, dry_run: bool, only: str | None, break_lock: bool) -> int:
    """Make the letters and send the emails."""
    from relance_xl.commands import acts
    from relance_xl.commands.send import SendOptions
    from relance_xl.core.channel import Channel

    options = SendOptions(Channel(only) if only else None, dry_run, break_lock)
    return acts.send(call.acting(), options, acts.Consent(yes)).exit_code


@cli.command(help=_("List what was sent, with each PDF's path."))
@click.option("--invoice", default="", help=_("Only this invoice (its number)."))
@click.option("--customer", default="", help=_("Only this customer (code or part of the name)."))
@_command
def history(call: Call, invoice: str, customer: str) -> int:
    """List what was sent."""
    from relance_xl.commands import acts

    return acts.history(call.acting(), invoice, customer).exit_code


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
    from relance_xl.commands import acts

    # A wrong settings file is the first finding, not an obstacle; a right one says which language to speak.
    with suppress(RelanceError):
        call.dossier()
    console = call.console
    return acts.examine(call.root, call.context(console), console).exit_code


@cli.command(help=_("Make files to double-click: update, check, preview, send."))
@_command
def shortcuts(call: Call) -> int:
    """Make files to double-click."""
    from relance_xl.commands.guided.shortcuts import make_shortcuts, show_shortcuts

    made, console = make_shortcuts(call.root, call.dossier().settings.language), call.console
    if console.as_json:
        console.answer({"made": list(made.made), "taken": list(made.taken)})
    else:
        show_shortcuts(console, made)
    return 0 if made.made else 1


@cli.command("double-click", hidden=True)
@click.argument("act")
@_command
def double_click(call: Call, act: str) -> int:
    """What the files to double-click call: do it, and open what it made."""
    from relance_xl.commands.guided.double_click import do_and_open
    from relance_xl.core.texts.acts import Act, naming_acts

    if act not in set(Act):
        raise click.UsageError(
            _("There is no such thing to do: {name}. Run relance-xl shortcuts again.").format(name=act)
        )
    return do_and_open(Act(act), call.acting(naming_acts)).exit_code


@cli.command(
    help=_("Agree to what send would do: one person decides, another one releases ([approval] in relance.toml).")
)
@click.option("--by", "name", default="", help=_("Who agrees; else who is logged in."))
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@_command
def approve(call: Call, name: str, yes: bool) -> int:
    """Agree to what would leave."""
    from relance_xl.commands.approve import ApproveOptions, show_approval
    from relance_xl.commands.approve import approve as run
    from relance_xl.journal.lock import operator_name

    acting = call.acting()
    options = ApproveOptions(name or operator_name(), yes)
    approval = run(acting.dossier, acting.context, options, acting.console, acting.level_label)
    show_approval(acting.console, approval)
    return 0 if approval is not None else 1


@cli.command("calc-menu", help=_("Put a menu into LibreOffice Calc: update, check, preview, send, history."))
@click.option("--remove", is_flag=True, help=_("Take it out again."))
@_command
def calc_menu(call: Call, remove: bool) -> int:
    """Put a menu into Calc."""
    from relance_xl.commands.guided.calc_menu import install_calc_menu, remove_calc_menu

    console = call.console
    if remove:
        remove_calc_menu()
    else:
        install_calc_menu()
    if console.as_json:
        console.answer({"installed": not remove})
    else:
        console.say(_("The menu is out.") if remove else _("Calc has a menu “Relance XL” when it is started next."))
    return 0


@cli.command("from-calc", hidden=True)
@click.argument("file", type=click.Path(path_type=Path))
@_command
def from_calc(call: Call, file: Path) -> int:
    """What Calc's menu calls."""
    from relance_xl.commands.acts import Acting
    from relance_xl.commands.guided.from_calc import answer, read_asked
    from relance_xl.runtime.progress import Silent

    asked = read_asked(file)

    def begin(console: "Console") -> Acting:
        there = replace(call, roots=(asked.folder,))
        # How far it is would only stand in the way of what is read.
        context = replace(there.context(console), progress=Silent())
        return Acting(there.dossier(), context, console, replayed=call.day is not None)

    return answer(file, asked, begin)


@cli.command(help=_("Watch over folders: do what people ask for in the workbook, and answer there. Ends with Ctrl-C."))
@click.option("--once", is_flag=True, help=_("Do what is asked for now, and end: for a scheduler."))
@click.option("--interval", "seconds", type=click.FloatRange(0.2, 3600), default=3.0,
              help=_("Seconds between two looks; 3 if not given."))  # fmt: skip
@click.option("--install", "at_login", flag_value="install", help=_("Let the system start it at each login instead."))
@click.option("--remove", "at_login", flag_value="remove", help=_("Let the system start it no more."))
@_break_lock
@_command
def watch(call: Call, once: bool, seconds: float, at_login: str | None, break_lock: bool) -> int:
    """Do what is asked for in the workbooks."""
    from relance_xl.commands.watching.watch import WatchOptions
    from relance_xl.commands.watching.watch import watch as run
    from relance_xl.settings.dossier import open_dossier

    if at_login == "remove":
        from relance_xl.commands.watching.installing import remove_watch, show_removed

        return show_removed(call.console, remove_watch(call.roots))
    call.dossier()
    dossiers, console = [open_dossier(root) for root in call.roots], call.console
    if at_login == "install":
        from relance_xl.commands.watching.installing import install_watch, show_installed

        return show_installed(console, install_watch(call.roots, seconds))
    return run(dossiers, call.context(console), WatchOptions(seconds, once, break_lock), console.note)
