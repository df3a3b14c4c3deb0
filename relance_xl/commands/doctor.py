"""Looks at everything a week's work needs; says what is missing and how to mend it. Changes nothing."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from rich.markup import escape

from relance_xl.console import Console
from relance_xl.core.history import replay
from relance_xl.core.reminder import Outcome
from relance_xl.core.wording import say_short_date
from relance_xl.journal.journal import read_journal
from relance_xl.journal.lock import old_holder
from relance_xl.letters.libreoffice import libreoffice_version, require_libreoffice
from relance_xl.letters.templates.fonts import substituted_fonts
from relance_xl.letters.together.combinable import combinability
from relance_xl.letters.together.hindrances import hindrance_advice, hindrance_text
from relance_xl.mail.smtp import open_session
from relance_xl.planning.invoices.invoice_checks import lacking_pdf
from relance_xl.planning.invoices.invoice_list import read_invoices
from relance_xl.planning.invoices.newer_list import find_newer_list
from relance_xl.planning.known_past import read_past
from relance_xl.planning.opening import lost_workbook, read_workbook
from relance_xl.planning.templates import check_all_templates, letter_templates, require_company, sender_address
from relance_xl.runtime.errors import (
    EditsError,
    JournalError,
    LockedError,
    RelanceError,
    SettingsError,
    SourceError,
    TemplateError,
)
from relance_xl.runtime.language import _, current_language
from relance_xl.settings.dossier import Dossier, open_dossier
from relance_xl.settings.servers import mail_server
from relance_xl.sources.source import Listing
from relance_xl.workbook.replacing import real_place, set_aside_by_killed_runs
from relance_xl.workbook.workbook import Workbook


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `exit_code` 0: in order, or only worth knowing."""

    subject: str
    detail: str
    advice: str = ""
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class _Visit:
    """What the checks look at; the workbook is opened once, where it can be."""

    dossier: Dossier
    today: date
    _opened: list[Workbook | None] = field(default_factory=list)

    def workbook(self) -> Workbook | None:
        """Return the workbook, None where there is none yet. Raises EditsError."""
        if not self._opened:
            self._opened.append(read_workbook(self.dossier))
        return self._opened[0]


def examine(root: Path, today: date) -> list[Finding]:
    """Return what was found, in the order of a week's work; later checks run though earlier ones failed."""
    try:
        dossier = open_dossier(root)
    except RelanceError as error:
        return [*_failed(_("Settings"), error), *_guarded(_("LibreOffice"), lambda: _libreoffice("", 120))]
    visit = _Visit(dossier, today)
    findings = []
    for subject, check in _checks(visit):
        findings += _guarded(subject, check)
    return findings


def _settings(dossier: Dossier) -> Iterator[Finding]:
    require_company(dossier.settings)
    company = dossier.settings.company
    empty = [key for key in ("address", "city", "iban", "siren", "signatory") if not getattr(company, key)]
    detail = _("in order") if not empty else _("in order, but empty: {keys}").format(keys=", ".join(empty))
    yield Finding(_("Settings"), detail)


def _checks(visit: _Visit) -> list[tuple[str, Callable[[], Iterator[Finding]]]]:
    letters = visit.dossier.settings.letters
    return [
        (_("Settings"), lambda: _settings(visit.dossier)),
        (_("Folder"), lambda: _folder(visit)),
        (_("List of unpaid invoices"), lambda: _source(visit)),
        (_("Workbook"), lambda: _workbook(visit)),
        (_("Journal"), lambda: _journal(visit)),
        (_("Templates"), lambda: _templates(visit)),
        (_("LibreOffice"), lambda: _libreoffice(letters.libreoffice, letters.timeout_s)),
        (_("Fonts"), lambda: _fonts(visit)),
        (_("Mail"), lambda: _mail(visit)),
    ]


def _guarded(subject: str, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    findings: list[Finding] = []
    try:
        findings.extend(check())
    except RelanceError as error:
        findings += _failed(subject, error)
    return findings


def _failed(subject: str, error: RelanceError) -> list[Finding]:
    faults = [Finding(subject, str(fault), fault.advice, error.exit_code) for fault in error.faults]
    return [Finding(subject, error.summary, error.advice, error.exit_code), *faults]


# What a wrong row makes the exit code of any command.
_WRONG_ROWS = 1


def _folder(visit: _Visit) -> Iterator[Finding]:
    subject = _("Folder")
    unwritable = [
        path for path in dict.fromkeys(_folders(visit.dossier)) if path.exists() and not os.access(path, os.W_OK)
    ]
    for path in unwritable:
        yield Finding(
            subject,
            _("{folder} cannot be written to").format(folder=path),
            _("Ask for the right to write there."),
            SettingsError.exit_code,
        )
    holder = old_holder(visit.dossier.private)
    if holder is not None:
        since = say_short_date(date.fromisoformat(holder.since[:10]), current_language())
        yield Finding(
            subject,
            _("{name} has held it since {since}, on {host}").format(name=holder.name, since=since, host=holder.host),
            _("If no command runs there any more: relance-xl send --break-lock"),
            LockedError.exit_code,
        )
    if not unwritable:
        yield Finding(subject, _("{folder} can be written").format(folder=visit.dossier.root))


def _folders(dossier: Dossier) -> tuple[Path, ...]:
    """Return the folders that commands write to."""
    return dossier.root, dossier.batches, dossier.private, real_place(dossier.workbook).parent


def _source(visit: _Visit) -> Iterator[Finding]:
    source = read_invoices(visit.dossier, visit.today)
    detail = _("invoices: {count}, exported on {day}").format(
        count=len(source.invoices), day=say_short_date(source.exported, current_language())
    )
    old = (visit.today - source.exported).days > visit.dossier.settings.source.max_age_days
    if not source.numbers:
        yield Finding(
            _("List of unpaid invoices"), _("no unpaid invoice"), _("Is it the right list, exported whole?"),
            SourceError.exit_code,
        )  # fmt: skip
    yield Finding(_("List of unpaid invoices"), detail, _("Export it again: it is old.") if old else "")
    for fault in source.faults:
        yield Finding(_("List of unpaid invoices"), str(fault), _("Correct it where it comes from."), _WRONG_ROWS)
    for text in source.told:
        yield Finding(_("List of unpaid invoices"), text)
    if source.unread:
        titles = _("columns not read: {titles}").format(titles=", ".join(source.unread))
        yield Finding(_("List of unpaid invoices"), titles)
    newer = find_newer_list(visit.dossier, source.invoices)
    if newer is not None:
        yield Finding(_("List of unpaid invoices"), newer.warning(), newer.advice)
    yield from _invoices(visit.dossier, source)


def _invoices(dossier: Dossier, source: Listing) -> Iterator[Finding]:
    lacking = lacking_pdf(dossier, source.invoices)
    missing = [one.number for one in lacking if not one.is_credit]
    notes = [one.number for one in lacking if one.is_credit]
    found = _("PDFs missing: {numbers}")
    if missing:
        advice = _("Their reminders will be held until the PDFs are there.")
        yield Finding(_("Invoices"), found.format(numbers=", ".join(missing)), advice)
    if notes:
        advice = _("Letters take these credit notes off their total all the same, without joining them.")
        yield Finding(_("Invoices"), found.format(numbers=", ".join(notes)), advice)
    if not missing and not notes:
        yield Finding(_("Invoices"), _("every invoice has its PDF"))


def _workbook(visit: _Visit) -> Iterator[Finding]:
    if set_aside_by_killed_runs(visit.dossier.workbook) and not visit.dossier.workbook.exists():
        yield Finding(
            _("Workbook"),
            _("a command was stopped while it replaced it"),
            _("The next command puts it back as it was: relance-xl check"),
            EditsError.exit_code,
        )
        return
    workbook = visit.workbook()
    lost = lost_workbook(visit.dossier) if workbook is None else None
    if lost is not None:
        yield Finding(_("Workbook"), lost.problem, lost.advice, EditsError.exit_code)
        return
    if workbook is None:
        yield Finding(_("Workbook"), _("not there yet"), _("Make it: relance-xl export"))
        return
    for text in workbook.missing_texts():
        yield Finding(_("Workbook"), _("missing: {thing}").format(thing=text), _("Bring it back: relance-xl export"))
    rows, ledger = len(workbook.reminders.data_rows()), workbook.ledger
    if ledger is not None:
        ledger.require_room()
    lines = len(ledger.lines) if ledger is not None else 0
    workbook.prove()
    yield Finding(_("Workbook"), _("invoices: {rows}, lines of history: {lines}").format(rows=rows, lines=lines))


def _journal(visit: _Visit) -> Iterator[Finding]:
    deliveries = replay(read_journal(visit.dossier.journal)).deliveries
    gap = read_past(visit.dossier, visit.workbook()).gap
    if gap:
        yield Finding(_("Journal"), gap.text(), gap.advice())
    unknown = [(str(key), one.detail) for one in deliveries if one.outcome is Outcome.UNKNOWN for key in one.keys]
    waiting = sum(one.outcome is Outcome.PENDING and not one.is_call_to_make for one in deliveries)
    yield Finding(_("Journal"), _("deliveries: {count}").format(count=len(deliveries)))
    if waiting:
        yield Finding(
            _("Journal"),
            _("deliveries not finished: {count}").format(count=waiting),
            _("Finish them: relance-xl send"),
        )
    for key, happened in unknown:
        text = _("the fate of {key} is unknown ({happened})") if happened else _("the fate of {key} is unknown")
        yield Finding(
            _("Journal"),
            text.format(key=key, happened=happened),
            _("Look whether it arrived, then: relance-xl resolve {key} sent (or not-sent)").format(key=key),
            JournalError.exit_code,
        )


def _templates(visit: _Visit) -> Iterator[Finding]:
    faults = check_all_templates(visit.dossier)
    for fault in faults:
        yield Finding(_("Templates"), str(fault), fault.advice, TemplateError.exit_code)
    if not faults:
        yield Finding(_("Templates"), _("in order, for every level and language"))
        yield from _ways(visit.dossier)


def _ways(dossier: Dossier) -> Iterator[Finding]:
    """Say of each letter template whether its letters are laid out together, and if not what stands in the way."""
    together = []
    for path in letter_templates(dossier):
        hindrances = combinability(path).hindrances
        if not hindrances:
            together.append(path.name)
            continue
        why = "; ".join(dict.fromkeys(map(hindrance_text, hindrances)))
        text = _("{file}: each letter is laid out by itself, which takes several times as long, for {why}")
        advice = " ".join(dict.fromkeys(map(hindrance_advice, hindrances)))
        yield Finding(_("Templates"), text.format(file=path.name, why=why), advice)
    if together:
        yield Finding(
            _("Templates"), _("letters laid out together, quickly: {files}").format(files=", ".join(together))
        )


def _libreoffice(configured: str, timeout_s: int) -> Iterator[Finding]:
    office = require_libreoffice(configured, timeout_s, 1)
    yield Finding(_("LibreOffice"), f"{libreoffice_version(office.program)} ({office.program})")


def _fonts(visit: _Visit) -> Iterator[Finding]:
    substitutes = substituted_fonts(sorted(visit.dossier.templates.glob("*.docx")))
    for one in substitutes:
        yield Finding(
            _("Fonts"), _("{wanted} is not installed; {used} stands in").format(wanted=one.wanted, used=one.used)
        )
    if not substitutes:
        yield Finding(_("Fonts"), _("all that the templates name, as far as this system can tell"))


def _mail(visit: _Visit) -> Iterator[Finding]:
    mail = visit.dossier.settings.mail
    sender = sender_address(visit.dossier.settings)
    if mail.transport == "folder":
        yield Finding(_("Mail"), _("emails are written to files, from {sender}").format(sender=sender))
        return
    with open_session(mail_server(mail)):
        yield Finding(_("Mail"), _("{host} answers and lets {sender} in").format(host=mail.host, sender=sender))


def show_findings(console: Console, findings: Sequence[Finding]) -> None:
    """List what `doctor` found."""
    if console.as_json:
        console.answer(
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
        console.print(f"{mark} {line}")
        if one.advice:
            console.print(f"    → {escape(one.advice)}")
