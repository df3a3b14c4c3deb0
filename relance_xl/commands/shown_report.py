"""The answer of check, send and preview: a table on a terminal, lines elsewhere, one object with --json."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from rich.markup import escape

from relance_xl.batches.report import TO_CALL, TO_SEND, Report, channel_word
from relance_xl.console import Console, error_data
from relance_xl.core.delivery_line import DeliveryLine
from relance_xl.core.money import total_of
from relance_xl.core.reminder import Outcome
from relance_xl.core.wording import made_word, say_money
from relance_xl.runtime.language import _, current_language, ngettext
from relance_xl.settings.dossier import Dossier

#: More lines than this are not read on a screen: only what needs attention is listed then.
_LISTED = 80
OUTCOME_COLOURS = {Outcome.PRINTED: "green", Outcome.ACCEPTED: "green", Outcome.PLANNED: "cyan", Outcome.ALREADY_DONE: "dim",
            Outcome.HELD: "yellow", Outcome.REFUSED: "red", Outcome.UNKNOWN: "bold red"}  # fmt: skip
_MADE = {Outcome.PRINTED, Outcome.ACCEPTED}
_NEED_ATTENTION = {Outcome.HELD, Outcome.REFUSED, Outcome.UNKNOWN}


def outcome_word(outcome: Outcome, by_hand: bool = False) -> str:
    """Return an outcome as the user reads it; `by_hand`: of what a person posts, or sends from a file."""
    made = made_word(outcome, by_hand)
    if made:
        return made
    if by_hand and outcome is Outcome.REFUSED:
        return _("not sent")
    return {
        Outcome.REFUSED: _("refused"),
        Outcome.UNKNOWN: _("fate unknown"),
        Outcome.HELD: _("held"),
        Outcome.ALREADY_DONE: _("already done"),
        Outcome.PLANNED: _("planned"),
        Outcome.PENDING: _("not finished"),
        Outcome.WITHDRAWN: _("withdrawn"),
    }[outcome]


def counted_outcomes(lines: Iterable[DeliveryLine]) -> str:
    """Return in a sentence what lines came to: how many letters and emails were made, how many invoices of the rest."""
    by_word: dict[str, list[DeliveryLine]] = {}
    for line in lines:
        by_word.setdefault(_line_word(line), []).append(line)
    return ", ".join(_counted(word, ones) for word, ones in by_word.items())


def _counted(word: str, lines: Sequence[DeliveryLine]) -> str:
    """Return how often something came out; an email of several invoices is one email."""
    text = _("{outcome}: {count}")
    letters = {line.document for line in lines if line.outcome in _MADE}
    if not letters or len(letters) == len(lines):
        return text.format(outcome=word, count=len(lines))
    return text.format(outcome=word, count=f"{len(letters)} ({_invoices(len(lines))})")


def level_label_of(dossier: Dossier) -> Callable[[str], str]:
    """Return what names a level by its id, in the language that is spoken."""
    return partial(dossier.settings.policy_rules().label, language=current_language())


def show_report(console: Console, report: Report, level_label: Callable[[str], str]) -> None:
    """Tell what was, or would be, sent."""
    if console.as_json:
        console.answer(report_data(report))
        _print_failure(console, report)
        return
    console.warn(report.warnings)
    if not console.is_dialog:
        show_lines(console, report.lines, level_label)
    for text in level_summary(report.lines, level_label):
        console.say(text)
    if report.lines or report.failure is None:
        _summary(console, report)
    _print_failure(console, report)
    if console.is_dialog:
        show_lines(console, report.lines, level_label)


def show_lines(console: Console, lines: Collection[DeliveryLine], level_label: Callable[[str], str]) -> None:
    """List reminders: what needs attention first, and all if that can be read on a screen."""
    attention = [line for line in lines if line.outcome in _NEED_ATTENTION]
    others = [line for line in lines if line.outcome not in _NEED_ATTENTION]
    # What was done before is one line of the summary, unless it is all there is to say.
    news = [line for line in others if line.outcome is not Outcome.ALREADY_DONE] or others
    listed = attention + news if len(lines) <= _LISTED else attention
    # A copied row has the key of its original: told once.
    rows = [row for line in {one.key: one for one in listed}.values() for row in _report_rows(line, level_label)]
    if not console.is_terminal:
        console.table([], rows)
        return
    widths = [max((len(row[index]) for row in rows), default=0) for index in (0, 2, 3)]
    for heading, ones in groupby(rows, key=_heading):
        console.print(heading)
        for number, _customer, amount, late, level, *_others in ones:
            console.print(f"  {number:<{widths[0]}}  {amount:>{widths[1]}}  {late:>{widths[2]}}  {level}")


def _heading(row: list[str]) -> str:
    """Return what invoices of one letter have in common: whose they are, how and to whom it goes, or why not."""
    return f"[bold]{row[1]}[/] - {row[5]} - {row[6]}"


def level_summary(lines: Iterable[DeliveryLine], level_label: Callable[[str], str]) -> Iterator[str]:
    """Yield how many of each level would leave by which way, registered ones apart, and how much they ask for."""
    planned = [line for line in lines if line.outcome is Outcome.PLANNED and line.reason_code != TO_CALL]
    if not planned:
        return
    for level in dict.fromkeys(line.level for line in planned):
        mine = [line for line in planned if line.level == level]
        ways = Counter(_way(line) for line in mine)
        counted = ", ".join(
            _("{outcome}: {count}").format(outcome=way, count=_invoices(count)) for way, count in ways.items()
        )
        text = _("{level} - {ways}; {amount}")
        yield text.format(level=level_label(level), ways=counted, amount=_asked_for(mine))
    count = len({line.key.reminder for line in planned})
    yield _("In all, {invoices}, {amount}").format(invoices=_invoices(count), amount=_asked_for(planned))


def _invoices(count: int) -> str:
    return ngettext("{count} invoice", "{count} invoices", count).format(count=count)


def _way(line: DeliveryLine) -> str:
    return _("registered post") if line.is_registered else channel_word(line.key.channel)


def _asked_for(lines: Iterable[DeliveryLine]) -> str:
    """Return what reminders ask for in all, by currency, less credit notes; an invoice that goes two ways counts once."""
    lines = list(lines)
    owed = {line.key.reminder: line.open for line in lines if line.open is not None}
    notes = {note.number: note.open for line in lines for note in line.credits}
    amounts = [*owed.values(), *notes.values()]
    currencies = dict.fromkeys(money.currency for money in amounts)
    sums = (total_of((one for one in amounts if one.currency == code), code) for code in currencies)
    return " + ".join(say_money(one, current_language()) for one in sums)


def _print_failure(console: Console, report: Report) -> None:
    if report.failure is not None:
        console.print_error(report.failure)


def _report_rows(line: DeliveryLine, level_label: Callable[[str], str]) -> Iterator[list[str]]:
    """Yield the row of a reminder, and one for each credit note that its letter takes off."""
    row = _report_row(line, level_label)
    yield row
    for note in line.credits:
        amount = say_money(note.open, current_language())
        yield [escape(note.number), row[1], amount, "", escape(_("credit note")), *row[5:]]


def _report_row(line: DeliveryLine, level_label: Callable[[str], str]) -> list[str]:
    return [
        escape(line.key.reminder.invoice),
        escape(line.customer or line.customer_code),
        say_money(line.open, current_language()) if line.open else "",
        _("{days} d").format(days=line.days_overdue) if line.days_overdue is not None else "",
        escape(level_label(line.level)),
        _way(line),
        _last_cell(line),
    ]


def _last_cell(line: DeliveryLine) -> str:
    """Return to whom a reminder would go, or what became of it and why."""
    colour = OUTCOME_COLOURS[line.outcome]
    if line.outcome is Outcome.PLANNED and line.reason_code != TO_CALL:
        return f"[{colour}]{escape('; '.join(line.recipients) or line.town)}[/]"
    outcome = _line_word(line)
    if line.outcome is Outcome.ALREADY_DONE and line.reason:
        # It says so itself.
        return f"[{colour}]{escape(line.reason)}[/]"
    reason = line.reason if line.reason_code not in {TO_SEND, TO_CALL} else ""
    text = _("{where}: {problem}").format(where=outcome, problem=reason) if reason else outcome
    return f"[{colour}]{escape(text)}[/]"


def _line_word(line: DeliveryLine) -> str:
    return line.reason if line.reason_code == TO_CALL else outcome_word(line.outcome, line.reason_code == TO_SEND)


def _summary(console: Console, report: Report) -> None:
    if not report.lines:
        console.say(_("Nothing is ticked: nothing to send."))
        return
    console.say(_("In all - {counts}").format(counts=counted_outcomes(report.lines)), "bold")
    if report.trouble:
        console.say(_("Not finished: {why}").format(why=report.trouble), "red")
    if report.print_file:
        console.say(_("To print: {file}").format(file=report.print_file))
    if report.registered_file:
        console.say(
            _("Registered letters, with the list for the post office: {file}").format(file=report.registered_file)
        )
    if report.email_folder:
        by_hand = _("Emails, to be sent from your mail program: {folder}")
        text = by_hand if report.is_to_send_by_hand else _("Emails: {folder}")
        console.say(text.format(folder=report.email_folder))
    if any(line.outcome is Outcome.PLANNED and line.reason_code != TO_CALL for line in report.lines):
        console.say(_("Nothing was sent."))


def report_data(report: Report) -> dict[str, Any]:
    """Return a report as --json gives it."""
    return {
        "batch": report.batch or None,
        "reminders": [_line_data(line) for line in report.lines],
        "counts": report.counts(),
        "warnings": list(report.warnings),
        "print_file": report.print_file or None,
        "registered_file": report.registered_file or None,
        "trouble": report.trouble or None,
        **(error_data(report.failure) if report.failure else {}),
    }


def _line_data(line: DeliveryLine) -> dict[str, Any]:
    return {
        "invoice": line.key.reminder.invoice,
        "customer": line.customer_code,
        "ordinal": line.key.reminder.ordinal,
        "level": line.level,
        "channel": str(line.key.channel),
        "outcome": str(line.outcome),
        "recipients": list(line.recipients),
        "days_overdue": line.days_overdue,
        "reason": line.reason or None,
        "reason_code": str(line.reason_code) or None,
        "document": line.document or None,
        "key": str(line.key),
    }
