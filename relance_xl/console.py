"""All that is printed: progress, tables, questions, errors. Plain lines where nobody watches a terminal."""

import json
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console as RichConsole
from rich.markup import escape

from relance_xl.batches.report import TO_SEND, Report, ReportLine, channel_word, held_line, made_word
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.reminder import Outcome
from relance_xl.core.wording import reason_text, say_money, say_short_date
from relance_xl.runtime.errors import RelanceError
from relance_xl.runtime.language import _, current_language, ngettext

if TYPE_CHECKING:
    # Of all commands' results only the running one's is loaded.
    from relance_xl.commands.doctor import Finding
    from relance_xl.commands.export import ExportReport
    from relance_xl.commands.history import PastLine, PastReport
    from relance_xl.commands.init import LaidOut
    from relance_xl.commands.preview import Preview
    from relance_xl.commands.resolve import Resolution
    from relance_xl.commands.send import Question
    from relance_xl.journal.lock import OldLockError

#: More lines than this are not read on a screen: only what needs attention is listed then.
_LISTED = 80
_PRINTED_TOGETHER = 100
_COLOURS = {Outcome.PRINTED: "green", Outcome.ACCEPTED: "green", Outcome.PLANNED: "cyan", Outcome.ALREADY_DONE: "dim",
            Outcome.HELD: "yellow", Outcome.REFUSED: "red", Outcome.UNKNOWN: "bold red"}  # fmt: skip
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


class Console:
    """Speaks to the user; with `as_json`, results are one object on stdout and all else goes to stderr."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._stream: TextIO = sys.stderr if as_json else sys.stdout
        self._rich = RichConsole(file=self._stream, highlight=False)
        self._errors = RichConsole(file=sys.stderr, highlight=False)

    @contextmanager
    def step(self, label: str, total: int) -> Iterator[Callable[[int], None]]:
        """Show a long step: a bar on a terminal, else one line."""
        if not total:
            yield lambda _units: None
        elif self._errors.is_terminal:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            with Progress(*columns, console=self._errors, transient=True) as bars:
                task = bars.add_task(label, total=total)
                yield lambda units: bars.advance(task, units)
        else:
            self._errors.print(f"{label} ({total})", markup=False)
            yield lambda _units: None

    def say(self, text: str, style: str = "") -> None:
        """Print a line."""
        self._rich.print(f"[{style}]{escape(text)}[/]" if style else escape(text), soft_wrap=True)

    def answer(self, data: Mapping[str, Any]) -> None:
        """Print the one object of --json."""
        sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")
        sys.stdout.flush()

    def ask(self, question: "Question") -> bool:
        """Ask the one question before anything irreversible; no answer is a no."""
        self.warn(question.warnings)
        self._show_planned(question)
        self._errors.print(escape(_("Send now? [y/N] ")), end="")
        self._errors.file.flush()
        reply = sys.stdin.readline().strip().casefold()
        return reply in {"y", "yes", "o", "oui"}

    def may_ask(self) -> bool:
        """Whether somebody sits at a terminal to answer."""
        return not self._as_json and sys.stdin is not None and sys.stdin.isatty()

    def ask_whether_gone(self, error: "OldLockError") -> bool:
        """Ask whether whoever has held the dossier for so long is gone; no answer is a no."""
        self._errors.print(escape(error.summary), soft_wrap=True)
        question = _("Is that command still running on {host}? If not, this one takes over. [y/n] ")
        self._errors.print(escape(question.format(host=error.holder.host)), end="")
        self._errors.file.flush()
        return sys.stdin.readline().strip().casefold() in {"n", "no", "non"}

    def _show_planned(self, question: "Question") -> None:
        plan = question.plan
        for held in map(held_line, plan.held):
            place = f"{held.key.reminder.invoice} ({held.name})" if held.name else held.key.reminder.invoice
            text = _("held: {reason}").format(reason=held.reason)
            self._errors.print(escape(_("{where}: {problem}").format(where=place, problem=text)), soft_wrap=True)
        letters = sum(delivery.channel == "post" for delivery in plan.deliveries)
        emails = len(plan.deliveries) - letters
        self._errors.print(
            escape(
                ngettext("{count} letter", "{count} letters", letters).format(count=letters)
                + ", "
                + ngettext("{count} email", "{count} emails", emails).format(count=emails)
                + ", "
                + _("held: {count}").format(count=len(plan.held))
            )
        )
        if question.unfinished:
            self._errors.print(
                escape(
                    ngettext(
                        "and {count} delivery of an earlier send to finish",
                        "and {count} deliveries of an earlier send to finish",
                        len(question.unfinished),
                    ).format(count=len(question.unfinished))
                )
            )

    def show_export(self, report: "ExportReport", workbook: Path) -> None:
        """Tell what an export did."""
        if self._as_json:
            self.answer({
                "workbook": str(workbook), "invoices": report.invoices, "due": report.due,
                "added": list(report.added), "closed": list(report.closed), "created": report.created,
                "warnings": list(report.warnings),
            })  # fmt: skip
            return
        self.warn(report.warnings)
        self.say(
            _("{file} - unpaid invoices: {invoices}, due for a reminder: {due}.").format(
                file=workbook, invoices=report.invoices, due=report.due
            ),
            "bold",
        )
        if not report.created:
            self.say(_("New: {numbers}").format(numbers=", ".join(report.added) or _("none")))
            self.say(_("No longer unpaid, removed: {numbers}").format(numbers=", ".join(report.closed) or _("none")))

    def show_report(self, report: Report, level_label: Callable[[str], str]) -> None:
        """Tell what was, or would be, sent."""
        if self._as_json:
            self.answer(report_data(report))
            self._print_failure(report)
            return
        self.warn(report.warnings)
        attention = [line for line in report.lines if line.outcome in _NEED_ATTENTION]
        others = [line for line in report.lines if line.outcome not in _NEED_ATTENTION]
        # What was done before is one line of the summary, unless it is all there is to say.
        news = [line for line in others if line.outcome is not Outcome.ALREADY_DONE] or others
        listed = attention + news if len(report.lines) <= _LISTED else attention
        titles = [
            _("Invoice"),
            _("Customer"),
            _("Open amount"),
            _("No."),
            _("Level"),
            _("Channel"),
            _("Outcome"),
            _("Reason"),
        ]
        self._table(titles, [self._report_row(line, level_label) for line in listed])
        if report.lines or report.failure is None:
            self._summary(report)
        self._print_failure(report)

    def _print_failure(self, report: Report) -> None:
        if report.failure is not None:
            self._print_error(report.failure)

    def _report_row(self, line: ReportLine, level_label: Callable[[str], str]) -> list[str]:
        colour = _COLOURS[line.outcome]
        outcome = outcome_word(line.outcome, line.reason_code == TO_SEND)
        return [
            escape(line.key.reminder.invoice),
            escape(line.name or line.customer),
            say_money(line.open, current_language()) if line.open else "",
            str(line.key.reminder.ordinal),
            escape(level_label(line.level)),
            channel_word(line.key.channel),
            f"[{colour}]{escape(outcome)}[/]",
            escape("" if line.reason_code == TO_SEND else line.reason),
        ]

    def _summary(self, report: Report) -> None:
        if not report.lines:
            self.say(_("Nothing is ticked: nothing to send."))
            return
        words = Counter(outcome_word(line.outcome, line.reason_code == TO_SEND) for line in report.lines)
        counts = ", ".join(_("{outcome}: {count}").format(outcome=word, count=count) for word, count in words.items())
        self.say(_("In all - {counts}").format(counts=counts), "bold")
        if report.trouble:
            self.say(_("Not finished: {why}").format(why=report.trouble), "red")
        if report.print_file:
            self.say(_("To print: {file}").format(file=report.print_file))
        if report.email_folder:
            by_hand = any(line.reason_code == TO_SEND for line in report.lines)
            text = _("Emails, to be sent from your mail program: {folder}") if by_hand else _("Emails: {folder}")
            self.say(text.format(folder=report.email_folder))
        if any(line.outcome is Outcome.PLANNED for line in report.lines):
            self.say(_("Nothing was sent."))

    def show_preview(self, preview: "Preview") -> None:
        """Tell where the letters to look at are, and what would be held."""
        file = str(preview.file) if preview.file else None
        if self._as_json:
            self.answer({"preview": file, "letters": preview.letters, **report_data(preview.report)})
            return
        self.warn(preview.report.warnings)
        for line in preview.report.lines:
            if line.outcome is Outcome.HELD:
                held = _("held: {reason}").format(reason=line.reason)
                self.say(_("{where}: {problem}").format(where=line.key.reminder.invoice, problem=held))
            elif line.outcome is Outcome.ALREADY_DONE and file is None:
                self.say(_("{where}: {problem}").format(where=line.key.reminder.invoice, problem=line.reason))
        if file is None and preview.report.lines:
            self.say(_("There is no letter to look at."))
            return
        if file is None:
            self.say(_("There is no letter to look at: tick “By post” or “By email” in the workbook, and save it."))
            return
        self.say(_("Preview: {file} (letters: {count})").format(file=file, count=preview.letters), "bold")
        self.say(_("Nothing was sent or recorded."))

    def show_history(self, report: "PastReport", filtered: bool) -> None:
        """List what was sent; `filtered`: of one invoice or customer only."""
        lines, warnings = report.lines, report.warnings
        if self._as_json:
            told = {"warnings": list(warnings)} if warnings else {}
            self.answer({"deliveries": [_past_data(line) for line in lines], **told})
            return
        self.warn(warnings)
        language = current_language()
        rows = [
            [say_short_date(line.day, language), line.key.reminder.invoice, line.customer,
             str(line.key.reminder.ordinal), line.level, channel_word(line.key.channel),
             say_money(line.open, language), outcome_word(line.outcome, line.by_hand), line.document]
            for line in lines
        ]  # fmt: skip
        titles = [
            _("Date"),
            _("Invoice"),
            _("Customer"),
            _("No."),
            _("Level"),
            _("Channel"),
            _("Open amount"),
            _("Outcome"),
            _("Document"),
        ]
        self._table(titles, [[escape(cell) for cell in row] for row in rows])
        for line in lines:
            if line.outcome is Outcome.UNKNOWN:
                hold = Hold(Reason.FATE_UNKNOWN, str(line.key), line.detail)
                self.say(
                    _("{where}: {problem}").format(where=line.key, problem=reason_text(hold)), _COLOURS[line.outcome]
                )
        if not lines:
            nothing = _("The journal knows of nothing sent.") if warnings else _("Nothing has been sent yet.")
            self.say(_("Nothing found.") if filtered else nothing)

    def show_resolution(self, resolution: "Resolution", key: str) -> None:
        """Tell what was settled."""
        outcome = resolution.delivery.outcome
        if self._as_json:
            told = [*resolution.warnings, *resolution.unwritten.told]
            self.answer({"key": key, "outcome": str(outcome), **({"warnings": told} if told else {})})
            return
        self.warn(resolution.warnings)
        # By a person's word it was sent or it was not: nobody refused it.
        word = _("not sent") if outcome is Outcome.REFUSED else outcome_word(outcome)
        self.say(_("{key}: {outcome}").format(key=key, outcome=word))
        self.warn(resolution.unwritten.told)

    def show_layout(self, layout: "LaidOut", root: Path, sample: bool) -> None:
        """Tell what was laid out, and what comes next."""
        if self._as_json:
            self.answer({"dossier": str(root), "made": list(layout.made), "kept": list(layout.kept)})
            return
        self.say(
            _("{folder} is ready (files made: {made}, kept as they were: {kept}).").format(
                folder=root, made=len(layout.made), kept=len(layout.kept)
            ),
            "bold",
        )
        if not sample:
            self.say(
                _(
                    "Next: fill in relance.toml; put the list of unpaid invoices and the invoices' PDFs into this folder; then:"
                )
            )
        self.say(shlex.join(["relance-xl", "-d", str(root), "export"]))

    def show_findings(self, findings: "Sequence[Finding]") -> None:
        """List what `doctor` found."""
        if self._as_json:
            self.answer(
                {
                    "findings": [
                        {"subject": one.subject, "detail": one.detail, "advice": one.advice, "ok": not one.exit_code}
                        for one in findings
                    ]
                }
            )
            return
        for one in findings:
            mark = "[red]✗[/]" if one.exit_code else "[yellow]![/]" if one.advice else "[green]✓[/]"
            line = _("{where}: {problem}").format(where=f"[bold]{escape(one.subject)}[/]", problem=escape(one.detail))
            self._rich.print(f"{mark} {line}", soft_wrap=True)
            if one.advice:
                self._rich.print(f"    → {escape(one.advice)}", soft_wrap=True)

    def warn(self, warnings: Iterable[str]) -> None:
        """Print what the user should know."""
        for warning in warnings:
            self._errors.print(f"[yellow]{escape(_('Warning: {text}').format(text=warning))}[/]", soft_wrap=True)

    def show_error(self, error: RelanceError) -> None:
        """Print what is wrong, where, and what to do; with --json also as the one object."""
        if self._as_json:
            self.answer(_error_data(error))
        self._print_error(error)

    def _print_error(self, error: RelanceError) -> None:
        self._errors.print(f"[bold red]{escape(error.summary)}[/]", soft_wrap=True)
        for fault in error.faults:
            self._errors.print(f"  - {escape(str(fault))}", soft_wrap=True)
            if fault.advice:
                self._errors.print(f"    → {escape(fault.advice)}", soft_wrap=True)
        if error.advice:
            self._errors.print(f"→ {escape(error.advice)}", soft_wrap=True)

    def _table(self, titles: list[str], rows: list[list[str]]) -> None:
        """Draw a table on a terminal; elsewhere one line a row, which scripts and files keep whole."""
        if not rows:
            return
        if self._rich.is_terminal:
            from rich.table import Table

            table = Table(*titles, header_style="bold")
            for row in rows:
                table.add_row(*row)
            self._rich.print(table)
            return
        lines = [" | ".join(cell for cell in row if cell) for row in rows]
        # Together: printed one by one, tens of thousands of lines take a third of a check.
        for start in range(0, len(lines), _PRINTED_TOGETHER):
            self._rich.print("\n".join(lines[start : start + _PRINTED_TOGETHER]), soft_wrap=True)


def report_data(report: Report) -> dict[str, Any]:
    """Return a report as --json gives it."""
    return {
        "batch": report.batch or None,
        "reminders": [_line_data(line) for line in report.lines],
        "counts": report.counts(),
        "warnings": list(report.warnings),
        "print_file": report.print_file or None,
        "trouble": report.trouble or None,
        **(_error_data(report.failure) if report.failure else {}),
    }


def _error_data(error: RelanceError) -> dict[str, Any]:
    faults = [{"problem": one.problem, "where": one.where, "advice": one.advice} for one in error.faults]
    return {"error": error.summary, "faults": faults, "advice": error.advice, "exit_code": error.exit_code}


def _line_data(line: ReportLine) -> dict[str, Any]:
    return {
        "invoice": line.key.reminder.invoice,
        "customer": line.customer,
        "ordinal": line.key.reminder.ordinal,
        "level": line.level,
        "channel": str(line.key.channel),
        "outcome": str(line.outcome),
        "reason": line.reason or None,
        "reason_code": str(line.reason_code) or None,
        "document": line.document or None,
        "key": str(line.key),
    }


def _past_data(line: "PastLine") -> dict[str, Any]:
    return {
        "key": str(line.key), "batch": line.batch, "date": line.day.isoformat(),
        "invoice": line.key.reminder.invoice, "customer": line.customer_code, "customer_name": line.customer,
        "ordinal": line.key.reminder.ordinal, "level": line.level, "channel": str(line.key.channel),
        "recipients": list(line.recipients), "open_amount": str(line.open.amount), "currency": line.open.currency,
        "outcome": str(line.outcome), "detail": line.detail, "document": line.document,
    }  # fmt: skip
