"""What to tell of a workbook that was brought up to date: what came back, what left with its row, what is not as it was."""

from collections.abc import Iterable, Iterator, Mapping

from relance_xl.core.history import History
from relance_xl.core.wording import some_of
from relance_xl.planning.state import DossierState, doubts_told
from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import _
from relance_xl.settings.dossier import Dossier
from relance_xl.workbook.repaired import Repaired
from relance_xl.workbook.sheets.columns import LISTS_SHEET
from relance_xl.workbook.sheets.reminders.left_rows import TypedEntries
from relance_xl.workbook.sheets.reminders.refresh import RefreshReport
from relance_xl.workbook.sheets.reminders.row import ReminderRow
from relance_xl.workbook.workbook import Workbook


def repair_warnings(dossier: Dossier, repaired: Repaired, rows: Iterable[ReminderRow]) -> tuple[str, ...]:
    """Return what to tell of a workbook of which something had been deleted, moved or lost its looks.

    `rows`: as they are proposed now.
    """
    return (*_repair_texts(dossier, repaired, rows), *_repainted_texts(repaired))


def refresh_warnings(report: RefreshReport, history: History) -> tuple[str, ...]:
    """Return what to tell of rows whose entries were cleared, overwritten, or left with their invoice."""
    return (
        *_rebooked_warning(report.rebooked),
        *_overtyped_warning(report),
        *_closed_warning(history, report.left),
        *_returned_warning(report.returned),
    )


def new_workbook_warning(lost: Fault) -> tuple[str, ...]:
    """Return what to tell where there should have been a workbook. `lost`: what there was, and where its backup is."""
    return (_("A new workbook was made, without what was typed and not sent. {lost}").format(lost=lost),)


def _repainted_texts(repaired: Repaired) -> Iterator[str]:
    """Say which sheets got their looks back, and which lacked only that their titles stay in sight."""
    text = _("A program that keeps no formats or charts saved the workbook; these sheets have theirs again: {sheets}")
    if repaired.repainted:
        yield text.format(sheets=", ".join(repaired.repainted))
    text = _("The titles went out of sight when scrolling; they stay in sight again in these sheets: {sheets}")
    if repaired.frozen:
        yield text.format(sheets=", ".join(repaired.frozen))


def unreadable_warnings(state: DossierState) -> tuple[str, ...]:
    """Say which cells count for nothing, as they cannot be read: a send would refuse what they concern."""
    told = doubts_told(state.customers.doubts, _("in the sheet of customers"))
    if state.suspensions.unreadable:
        text = _("A suspension that cannot be read suspends nothing: {invoices}")
        told += (text.format(invoices=some_of(state.suspensions.unreadable)),)
    return told


def _repair_texts(dossier: Dossier, repaired: Repaired, rows: Iterable[ReminderRow]) -> Iterator[str]:
    """Say what came back, and what is not as it was."""
    if moved := repaired.workbook.moved_text():
        yield moved
    if texts := repaired.missing.texts():
        yield _("Deleted from the workbook, and brought back: {things}.").format(things="; ".join(texts))
    if things := repaired.missing.new_texts():
        text = _("New in this version, columns at the end of their sheets; move them where you like: {things}")
        yield text.format(things=", ".join(things))
    if lost := tuple(repaired.lost_titles()):
        yield _(
            "What was typed there is gone with it ({places}); the workbook as it was before is in {folder}."
        ).format(places=", ".join(map(_, lost)), folder=dossier.relative(dossier.backups))
    typed = _other_addresses(repaired.workbook, rows) if repaired.has_new_lists else []
    if typed:
        yield _(
            "These rows have another address than the list of unpaid invoices; as the sheet “{sheet}” was gone, it is "
            "taken as typed by you: {invoices}"
        ).format(sheet=_(LISTS_SHEET), invoices=", ".join(typed))


def _other_addresses(workbook: Workbook, rows: Iterable[ReminderRow]) -> list[str]:
    proposed = {str(row.key): row.email for row in rows}
    shown = workbook.reminders.rows("key", "email")
    return [
        row.text("key").rpartition("/")[0]
        for row in shown
        if row.text("key") in proposed and row.text("email") != proposed[row.text("key")]
    ]


def _closed_warning(history: History, left: Iterable[TypedEntries]) -> tuple[str, ...]:
    """Say what was typed for reminders that were never made, into rows of invoices that are no longer in the list."""
    gone = sorted((one for one in left if one.says_anything and not history.is_made(one.key)), key=lambda one: one.key)
    text = _("No longer unpaid, so their rows went; what was typed there comes back if they do: {invoices}")
    return (text.format(invoices=", ".join(f"{one.key.invoice} ({one.text()})" for one in gone)),) if gone else ()


def _returned_warning(returned: Iterable[str]) -> tuple[str, ...]:
    numbers = ", ".join(returned)
    text = _("Unpaid again, with what had been typed into their rows, but for ticks to send: {invoices}")
    return (text.format(invoices=numbers),) if numbers else ()


def _rebooked_warning(comments: Mapping[str, str]) -> tuple[str, ...]:
    if not comments:
        return ()
    text = _("Another customer's in the list now, so what was typed into these rows was cleared: {invoices}")
    named = (f"{number} ({comment})" if comment else number for number, comment in sorted(comments.items()))
    return (text.format(invoices=", ".join(named)),)


def _overtyped_warning(report: RefreshReport) -> tuple[str, ...]:
    if not report.overtyped:
        return ()
    text = _("Something else stood where these invoices' numbers are, which were written anew: {invoices}")
    line = _("{where}: {problem}")
    named = (line.format(where=number, problem=typed) for number, typed in sorted(report.overtyped.items()))
    return (text.format(invoices="; ".join(named)),)
