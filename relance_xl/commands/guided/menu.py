"""`relance-xl` alone: what can be done now in this dossier, in the order of the week, with what waits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from relance_xl.commands.acts import Acting, Done, do, examine, history
from relance_xl.commands.guided.marking_sent import ask_whether_sent
from relance_xl.commands.guided.opened_after import open_made
from relance_xl.commands.guided.trying_again import until_free
from relance_xl.commands.guided.week import Week, how_the_week_stands
from relance_xl.console import Console
from relance_xl.core.reminder import DeliveryKey
from relance_xl.core.texts.acts import Act, act_name
from relance_xl.runtime.language import _, ngettext

_END = "q"


@dataclass(frozen=True, slots=True)
class _Choice:
    """One line of the menu: what it is called, what is said beside it, what it does."""

    name: str
    beside: str
    run: Callable[[], Done]


def run_menu(begin: Callable[[], Acting]) -> int:
    """Offer what can be done until the user has done; return the exit code of the last thing done.

    `begin` opens the dossier anew, as its settings may change meanwhile. Raises SettingsError.
    """
    code = 0
    while True:
        acting = begin()
        console, dossier = acting.console, acting.dossier
        week = how_the_week_stands(dossier, acting.context)
        console.say("")
        console.say(f"{dossier.settings.company.name} - {dossier.root}", "bold")
        for line, style in _standing(week, dossier.settings.source.max_age_days):
            console.say(f"  {line}", style)
        if week.obstacle is not None:
            console.print_error(week.obstacle)
        console.say("")
        choices = dict(_choices(week, acting))
        _show(console, choices)
        answer = _chosen(console, choices)
        if answer is None:
            return code
        console.say("")
        done = until_free(console, choices[answer].run)
        open_made(console, done.made)
        code = done.exit_code


def _standing(week: Week, oldest_days: int) -> Iterator[tuple[str, str]]:
    """Yield what waits, each with its colour."""
    if week.list_age is not None:
        age = _list_age(week.list_age)
        if week.list_age > oldest_days:
            yield _("{age}: export it again from your accounting software.").format(age=age), "yellow"
        else:
            yield f"{age}.", ""
    if week.due is not None:
        yield ngettext("{count} invoice is due for a reminder.", "{count} invoices are due for a reminder.",
                       week.due).format(count=week.due), ""  # fmt: skip
    if week.without_pdf:
        yield ngettext("{count} more is due, but its invoice's PDF is missing.",
                       "{count} more are due, but their invoices' PDFs are missing.",
                       week.without_pdf).format(count=week.without_pdf), "yellow"  # fmt: skip
    if week.wrong_rows:
        yield ngettext("{count} row of the list is wrong: its Status says what.",
                       "{count} rows of the list are wrong: their Status says what.",
                       week.wrong_rows).format(count=week.wrong_rows), "red"  # fmt: skip
    if week.planned or week.held:
        yield (
            _("Ticked - to send: {planned}, held: {held}.").format(planned=week.planned, held=week.held),
            "",
        )
    if week.calls:
        yield ngettext("{count} call to make (sheet Calls).", "{count} calls to make (sheet Calls).",
                       week.calls).format(count=week.calls), ""  # fmt: skip
    if week.unfinished:
        yield (
            ngettext(
                "{count} delivery of an earlier send is not finished: send again.",
                "{count} deliveries of an earlier send are not finished: send again.",
                week.unfinished,
            ).format(count=week.unfinished),
            "yellow",
        )
    if week.unknown:
        yield (
            ngettext(
                "{count} delivery of unknown fate: a person must look.",
                "{count} deliveries of unknown fate: a person must look.",
                week.unknown,
            ).format(count=week.unknown),
            "bold red",
        )


def _list_age(days: int) -> str:
    if days <= 0:
        return _("The list of unpaid invoices is of today")
    text = ngettext(
        "The list of unpaid invoices is {days} day old", "The list of unpaid invoices is {days} days old", days
    )
    return text.format(days=days)


def _choices(week: Week, acting: Acting) -> Iterator[tuple[str, _Choice]]:
    """Yield what can be done now, by what one types for it."""
    # The same numbers as on the files to double-click.
    for number, act in enumerate(Act, start=1):
        if act is Act.EXPORT or week.has_workbook:
            yield str(number), _Choice(act_name(act), _beside(act, week), partial(do, act, acting))
    for number, choice in enumerate(_other_choices(week, acting), start=len(Act) + 1):
        yield str(number), choice
    yield _END, _Choice(_("Leave"), "", lambda: Done(0))


def _other_choices(week: Week, acting: Acting) -> Iterator[_Choice]:
    if week.has_workbook:
        yield _Choice(_("Open the workbook"), "", partial(_workbook, acting))
        yield _Choice(_("History of a customer"), "", partial(_history, acting))
    if week.to_send:
        batch = week.to_send[-1]
        beside = _("batch {batch}, once you have sent them from your mail program").format(batch=batch)
        yield _Choice(_("Mark emails as sent"), beside, partial(ask_whether_sent, acting))
    if week.unknown:
        yield _Choice(_("Settle unknown deliveries"), "", partial(_settle_unknown, acting))
    yield _Choice(
        _("Look for what is missing"), "", partial(examine, acting.dossier.root, acting.context, acting.console)
    )


def _beside(act: Act, week: Week) -> str:
    """Return what is said beside an act."""
    match act:
        case Act.EXPORT:
            return _("brings the list of unpaid invoices into the workbook")
        case Act.CHECK:
            return _("shows what would leave, to whom")
        case Act.PREVIEW:
            return _("the letters and emails, to look at")
        case Act.SEND if week.planned == 0 and not week.unfinished:
            return _("nothing is ticked")
    return _("prints and sends, after a question")


def _show(console: Console, choices: dict[str, _Choice]) -> None:
    width = max(len(one.name) for one in choices.values())
    for key, one in choices.items():
        console.say(f"  {key}  {one.name:<{width}}  {one.beside}".rstrip())


def _chosen(console: Console, choices: dict[str, _Choice]) -> str | None:
    """Return what was chosen; None to end. An empty line or the end of what is typed ends too."""
    while True:
        answer = console.ask(_("What shall be done? "))
        if answer in {"", _END}:
            return None
        if answer in choices:
            return answer
        console.note(_("Type one of these: {keys}").format(keys=", ".join(choices)))


def _workbook(acting: Acting) -> Done:
    return Done(0, (acting.dossier.workbook,))


def _history(acting: Acting) -> Done:
    return history(acting, customer=acting.console.ask(_("Which customer (code or part of the name; empty: all)? ")))


def _settle_unknown(acting: Acting) -> Done:
    """Ask of each delivery whose fate is unknown what became of it; no answer leaves it as it is."""
    from relance_xl.commands.history import past_deliveries
    from relance_xl.commands.resolve import Fate, resolve, show_resolution
    from relance_xl.core.reminder import Outcome

    console, code, settled = acting.console, 0, set[DeliveryKey]()
    for line in past_deliveries(acting.dossier).lines:
        # The other invoices of a letter are settled with it.
        if line.outcome is not Outcome.UNKNOWN or line.key in settled:
            continue
        console.say(f"{line.key.reminder.invoice} - {line.customer} - {'; '.join(line.recipients)}", "bold")
        arrived = console.ask_yes_or_no(_("Did it arrive? [y/n, empty: not known yet] "))
        if arrived is None:
            continue
        fate = Fate.SENT if arrived else Fate.NOT_SENT
        resolution = resolve(acting.dossier, str(line.key), fate, acting.context.now())
        show_resolution(console, resolution)
        settled |= {key for one in resolution.deliveries for key in one.keys}
        code = max(code, resolution.unwritten.exit_code)
    return Done(code)
