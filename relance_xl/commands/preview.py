"""The command preview: the letters of ticked rows in one PDF, their emails on a page. Sends and records nothing."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from relance_xl.batches.documents import Documents, Folders, letter_key, make_documents
from relance_xl.batches.mails import Mails
from relance_xl.batches.report import Report, plan_report
from relance_xl.commands.previewed_mails import PreviewedMail, mails_page
from relance_xl.commands.shown_report import report_data
from relance_xl.console import Console
from relance_xl.core.channel import Channel
from relance_xl.core.planning import Plan
from relance_xl.core.reminder import Outcome
from relance_xl.letters.pages.print_file import PrintEntry, write_print_file
from relance_xl.letters.pages.watermark import write_watermark
from relance_xl.mail.template import MailFailedError
from relance_xl.planning.outlook import Outlook, look_ahead
from relance_xl.planning.templates import sender_address
from relance_xl.runtime.errors import UsageError
from relance_xl.runtime.language import _
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import Dossier

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Preview:
    """The files to look at, None where there was no letter, or email, to make; how many are in them; what was held."""

    file: Path | None
    letters: int
    report: Report
    mails: Path | None = None
    mail_count: int = 0


def preview(dossier: Dossier, context: RunContext, invoice: str) -> Preview:
    """Make the letters of ticked rows, or of one invoice's, into one PDF with a watermark.

    Raises UsageError (no such invoice), SourceError, EditsError, TemplateError, ProgramError, OSError.
    """
    outlook = look_ahead(dossier, context)
    plan = _of_invoice(outlook.plan, _known(invoice, outlook)) if invoice else outlook.plan
    # Apart from the dossier: a send that runs meanwhile clears what it finds there.
    with tempfile.TemporaryDirectory(prefix="relance-preview-", ignore_cleanup_errors=True) as folder:
        folders = Folders(Path(folder) / "joined", Path(folder) / "work")
        folders.joined.mkdir()
        folders.work.mkdir()
        documents = make_documents(dossier, replace(outlook, plan=plan), folders, context)
        failed = {
            one: documents.failures[letter_key(one)] for one in plan.deliveries if letter_key(one) in documents.failures
        }
        report = plan_report(plan.without(failed), outlook.warnings, outlook.today)
        file = dossier.root / f"{_('preview')}.pdf"
        mails = tuple(_mails(Mails(dossier, context.now()), plan, documents))
        page = _show_mails(dossier, mails, Path(folder))
        if not documents.made:
            # An earlier one would be taken for this.
            file.unlink(missing_ok=True)
            return Preview(None, 0, report, page, len(mails))
        entries = [PrintEntry(one.name, one.joined) for one in documents.made.values()]
        fresh = Path(folder) / file.name
        write_print_file(entries, fresh, _("Preview"))
        write_watermark(fresh, _("PREVIEW"))
        _show(fresh, file)
    return Preview(file, len(documents.made), report, page, len(mails))


def _mails(mails: Mails, plan: Plan, documents: Documents) -> Iterator[PreviewedMail]:
    """Yield the mails of a plan; one that its template cannot render is left out: a send holds it."""
    for delivery in plan.deliveries:
        document = documents.made.get(letter_key(delivery))
        if delivery.channel is Channel.EMAIL and document is not None:
            with suppress(MailFailedError):
                names = tuple(mails.attachment_names(delivery, document))
                yield PreviewedMail(delivery, mails.preview(delivery), names)


def _show_mails(dossier: Dossier, mails: tuple[PreviewedMail, ...], folder: Path) -> Path | None:
    """Write the page of mails where it is looked for; an earlier one that would be taken for it goes. Raises OSError."""
    page = dossier.root / f"{_('preview')}-emails.html"
    if not mails:
        page.unlink(missing_ok=True)
        return None
    sender = f"{dossier.settings.company.name} <{sender_address(dossier.settings)}>"
    fresh = folder / page.name
    fresh.write_text(mails_page(mails, sender), encoding="utf-8")
    _show(fresh, page)
    return page


def _show(fresh: Path, file: Path) -> None:
    """Put the finished file where it is looked for, whole or not at all. Raises OSError."""
    for attempt in range(1, _ATTEMPTS + 1):
        beside = file.with_name(f".{file.name}.{os.getpid()}.tmp")
        try:
            shutil.copyfile(fresh, beside)
            beside.replace(file)
        except FileNotFoundError:
            # A preview holds no lock: whoever does took this for what a killed one left.
            if attempt == _ATTEMPTS:
                raise
        except OSError:
            beside.unlink(missing_ok=True)
            raise
        else:
            return


def _known(invoice: str, outlook: Outlook) -> str:
    """Return an invoice's number as the workbook has it. Raises UsageError where it has none such."""
    for key in outlook.decisions:
        if key.invoice.casefold() == invoice.strip().casefold():
            return key.invoice
    raise UsageError(
        _("The workbook has no row for the invoice {number}.").format(number=invoice),
        advice=_("Look for its number in the workbook; relance-xl export brings new invoices in."),
    )


def _of_invoice(plan: Plan, number: str) -> Plan:
    """Return what of a plan concerns an invoice."""
    return Plan(
        tuple(one for one in plan.deliveries if any(item.key.invoice == number for item in one.items)),
        tuple(one for one in plan.held if one.key.reminder.invoice == number),
        tuple(one for one in plan.done if one.key.reminder.invoice == number),
    )


def show_preview(console: Console, preview: Preview) -> None:
    """Tell where the letters to look at are, and what would be held."""
    file = str(preview.file) if preview.file else None
    if console.as_json:
        mails = {"preview_emails": str(preview.mails) if preview.mails else None, "emails": preview.mail_count}
        console.answer({"preview": file, "letters": preview.letters, **mails, **report_data(preview.report)})
        return
    console.warn(preview.report.warnings)
    for line in preview.report.lines:
        if line.outcome is Outcome.HELD:
            held = _("held: {reason}").format(reason=line.reason)
            console.say(_("{where}: {problem}").format(where=line.key.reminder.invoice, problem=held))
        elif line.outcome is Outcome.ALREADY_DONE and file is None:
            console.say(_("{where}: {problem}").format(where=line.key.reminder.invoice, problem=line.reason))
    if file is None and preview.report.lines:
        console.say(_("There is no letter to look at."))
        return
    if file is None:
        console.say(_("There is no letter to look at: tick “By post” or “By email” in the workbook, and save it."))
        return
    console.say(_("Preview: {file} (letters: {count})").format(file=file, count=preview.letters), "bold")
    if preview.mails is not None:
        console.say(
            _("The emails: {file} (emails: {count})").format(file=preview.mails, count=preview.mail_count), "bold"
        )
    console.say(_("Nothing was sent or recorded."))
