"""The command export: a proposal for each unpaid invoice, written into the workbook; what the user typed stays."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from relance_xl.batches.mailbox_evidence import settle_from_mailbox
from relance_xl.console import Console
from relance_xl.core.level import Policy
from relance_xl.core.planning import covered_accounts
from relance_xl.core.record import Settled
from relance_xl.core.remembered.notes import Noted
from relance_xl.core.wording import minimum_text, say_money, say_short_date, some_of
from relance_xl.journal.journal import Journal
from relance_xl.journal.lock import DossierLock, dossier_lock
from relance_xl.journal.noting import noted
from relance_xl.planning.invoices.invoice_checks import due_with_pdf, invoice_files
from relance_xl.planning.invoices.list_losses import refuse_empty, refuse_losses, refuse_renamed
from relance_xl.planning.invoices.source_kinds import source_name
from relance_xl.planning.leftovers import clear_leftovers, conflict_texts
from relance_xl.planning.opening import lost_workbook, read_workbook
from relance_xl.planning.proposed_rows import (
    RowsBasis,
    TickChoice,
    dropdown_choices,
    in_order,
    open_credits,
    proposed_rows,
    saying_suspensions,
    wrong_rows,
)
from relance_xl.planning.remembered.calls import call_rows, refresh_calls
from relance_xl.planning.remembered.customer_rows import customer_rows
from relance_xl.planning.remembered.left_rows import kept_entries, left_remarks, returned_remarks
from relance_xl.planning.remembered.promises import count_promises, promises_text
from relance_xl.planning.remembered.registered_post import post_remarks, restore_post
from relance_xl.planning.requests import let_ask, settle_request
from relance_xl.planning.state import DossierState, Returned, state_with
from relance_xl.planning.templates import PLACEHOLDER_COMPANIES
from relance_xl.planning.warnings.refreshed import (
    new_workbook_warning,
    refresh_warnings,
    repair_warnings,
    unreadable_warnings,
)
from relance_xl.planning.workbook_update import journal_lines, write_missing_rows
from relance_xl.runtime.errors import Fault, LockedError
from relance_xl.runtime.language import _, current_language, ngettext, speaking
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import Dossier
from relance_xl.workbook.blank import blank_workbook
from relance_xl.workbook.overviews import say_promises, write_overviews
from relance_xl.workbook.repaired import OwnWords, Repaired, repair
from relance_xl.workbook.replacing import put_back
from relance_xl.workbook.sharing import opened_by
from relance_xl.workbook.sheets.calls.refresh import restore_call_rules
from relance_xl.workbook.sheets.customers.refresh import refresh_customers
from relance_xl.workbook.sheets.history.sheet import LedgerSheet
from relance_xl.workbook.sheets.lists import Proposed
from relance_xl.workbook.sheets.reminders.refresh import AmountChange, RefreshReport, refresh_reminders
from relance_xl.workbook.sheets.reminders.row import Refresh, ReminderRow, shown_of
from relance_xl.workbook.store import WorkbookBusyError, WorkbookSavedError, replace_workbook, write_new
from relance_xl.workbook.workbook import Workbook

# How often an export begins anew because somebody saved the workbook meanwhile.
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What the user said. `replayed`: the day was given, so the sheet keeps it; `break_lock`: its holder is gone.

    `shorter`: that the list is empty, or has lost most of its invoices, is right.
    """

    tick: TickChoice = TickChoice.NONE
    replayed: bool = False
    break_lock: bool = False
    shorter: bool = False


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export did, in numbers and invoice numbers."""

    invoices: int
    due: int
    #: Of these, those that only a tick of their own reaches: their level is ticked with no others.
    due_apart: int
    added: tuple[str, ...]
    closed: tuple[str, ...]
    created: bool
    warnings: tuple[str, ...]
    #: The list that was read, and of which day it is.
    source: str = ""
    exported: date | None = None
    amounts: tuple[AmountChange, ...] = ()
    #: Invoices that are due, but cannot be sent for lack of their PDF.
    without_pdf: tuple[str, ...] = ()
    #: Where the invoices' PDFs belong, from the dossier.
    invoice_folder: str = ""
    #: Where the invoices that came stand in their sheet, from row to row; 0: none came.
    added_rows: tuple[int, int] = (0, 0)
    #: How many rows of the list are wrong, and the titles of the columns that are not understood.
    wrong_rows: int = 0
    unread: tuple[str, ...] = ()


def export(dossier: Dossier, context: RunContext, options: ExportOptions) -> ExportReport:
    """Write the proposals into the workbook; unsent edits and all that is the user's stay.

    Raises SourceError, EditsError, LockedError, JournalError.
    """
    now = context.now()
    with dossier_lock(dossier.private, now, options.break_lock) as lock:
        told = clear_leftovers(dossier)
        _refuse_open_workbook(dossier)
        journal = Journal(dossier.journal, lock.check)
        told += settle_from_mailbox(dossier, journal, now)
        for _attempt in range(_ATTEMPTS):
            try:
                report = _export(dossier, context, options, lock, journal)
            except WorkbookSavedError as error:
                # What they saved is in place: all is done again from it.
                told += conflict_texts(dossier, error.conflicts)
            else:
                return replace(report, warnings=(*told, *report.warnings))
    raise LockedError(
        _("{file} was opened or saved by somebody while it was being written.").format(file=dossier.workbook.name),
        [Fault(text) for text in told],
        advice=_("Nothing was changed. Close it and export again."),
    )


def _refuse_losses(dossier: Dossier, state: DossierState) -> None:
    refuse_empty(dossier, state.source.numbers)
    if state.workbook is not None:
        # By the id: a spreadsheet may have made a number of what stands in the column beside it.
        shown = {row.text("key").rpartition("/")[0] for row in state.workbook.reminders.rows("key") if row.text("key")}
        refuse_losses(dossier, state.source.numbers, shown)


def _repaired(dossier: Dossier) -> Repaired | None:
    """Read the workbook, and put back what of ours was deleted from it, or lost with its formats; None: none yet."""
    workbook = read_workbook(dossier)
    if workbook is None:
        return None
    # Before anything is looked at or changed: what is damaged is named, not met halfway.
    workbook.prove()
    words = OwnWords(
        dossier.settings.company.name,
        PLACEHOLDER_COMPANIES,
        dossier.settings.policy_rules().labels(current_language()),
    )
    return repair(workbook, lambda: _new_workbook(dossier), words, journal_lines(dossier))


def _refresh(
    policy: Policy, rows: tuple[ReminderRow, ...], repaired: Repaired | None, today: date, replayed: bool
) -> Refresh:
    return Refresh(
        rows,
        today,
        replayed,
        minimum_text(),
        level_texts=frozenset(policy.ids_by_label()),
        level_labels=policy.labels_by_label(current_language()),
        returned=repaired.reminder_fields if repaired is not None else frozenset(),
        levels_apart=frozenset(one.label(current_language()) for one in policy.levels if not one.tick_all),
    )


def _export(
    dossier: Dossier, context: RunContext, options: ExportOptions, lock: DossierLock, journal: Journal
) -> ExportReport:
    """Do it from what is in place now. Raises WorkbookSavedError where something else is, by the time it is written."""
    today = context.today
    was_put_back = put_back(dossier.workbook)
    # The workbook speaks the dossier's language, whatever the user is spoken to in.
    with speaking(dossier.settings.language):
        repaired = _repaired(dossier)
    returned = Returned(repaired.reminder_fields, repaired.customer_fields) if repaired is not None else Returned()
    state = state_with(dossier, repaired.workbook if repaired is not None else None, context, was_put_back, returned)
    if state.workbook is None:
        refuse_renamed(dossier)
    if not options.shorter:
        _refuse_losses(dossier, state)
    files, policy = invoice_files(dossier), dossier.settings.policy_rules()
    lost = lost_workbook(dossier) if state.workbook is None else None
    with context.progress.step(_("Writing the workbook"), 1) as advance:
        with speaking(dossier.settings.language):
            workbook = state.workbook or _new_workbook(dossier)
            proposals = in_order(state.proposals.values())
            kept = kept_entries(state.history, state.proposals, state.customers.people)
            covered = covered_accounts(proposals)
            basis = RowsBasis(policy, today, options.tick, files, open_credits(proposals), covered, kept)
            rows = saying_suspensions(proposed_rows(proposals, basis), state.suspensions.rewritten)
            rows += wrong_rows(state.source.wrong, state.history)
            shared = state.situation(dossier.settings, today).shared_codes
            refresh = replace(_refresh(policy, rows, repaired, today, options.replayed), shared_codes=shared)
            post = post_remarks(workbook.ledger, state.history)
            now = context.now()
            calls = state.calls_made(now, dossier.settings.language)
            report = _fill(policy, workbook, state, refresh, {one.id for one in calls if isinstance(one, Settled)})
            # Rows that came back have been appended just now.
            restore_post(LedgerSheet.find_if_there(workbook.spreadsheet), state.history, post)
        told = repair_warnings(dossier, repaired, rows) if repaired is not None else ()
        let_ask(dossier, workbook)
        answered = settle_request(dossier, workbook, state.history.notes)
        lock.check()
        left = left_remarks(report.left, state.customers.people)
        back = returned_remarks(report.returned, left, state.history)
        before, after = (
            [*calls, *noted(left, now), *state.entries_left(now)],
            [*noted((*back, *post, *([answered] if answered else [])), now), *state.entries_typed(now)],
        )
        workbook.lists.remember_noted(state.noted + sum(isinstance(one, Noted) for one in (*before, *after)))
        # What leaves the workbook must be known before it does; what stands in it, once it remembers having told.
        journal.append(before)
        conflicts = _store(dossier, workbook, is_new=state.workbook is None)
        journal.append(after)
        advance(1)
    warnings = (
        *told,
        *(new_workbook_warning(lost) if lost else ()),
        *state.warnings,
        *unreadable_warnings(state),
        *refresh_warnings(report, state.history),
        *conflict_texts(dossier, conflicts),
    )
    due = due_with_pdf(state.proposals.values(), covered, files, today)
    return ExportReport(
        len(rows),
        len(due.ready),
        sum(not one.is_reached_by_tick_all(today) for one in due.ready),
        report.added,
        report.closed,
        state.workbook is None,
        warnings,
        source_name(dossier),
        state.source.exported,
        report.amounts,
        tuple(one.invoice.number for one in due.without_pdf),
        dossier.settings.paths.invoice_folder,
        report.added_rows,
        len(state.source.wrong),
        state.source.unread,
    )


def _refuse_open_workbook(dossier: Dossier) -> None:
    holder = opened_by(dossier.workbook)
    if holder is not None:
        raise LockedError(
            _("{file} is open: {name}.").format(file=dossier.workbook.name, name=holder.name),
            advice=_("Close it and export again. If nobody has it open, delete {lock}.").format(lock=holder.lock_file),
        )


def _new_workbook(dossier: Dossier) -> Workbook:
    return blank_workbook(dossier.workbook, dossier.settings.company.name)


def _fill(
    policy: Policy, workbook: Workbook, state: DossierState, refresh: Refresh, withdrawn: Collection[str]
) -> RefreshReport:
    """Write all sheets of the workbook. `withdrawn`: the calls that nobody need make any more."""
    report = refresh_reminders(workbook.reminders, workbook.lists, refresh)
    write_missing_rows(policy, workbook.ledger, state.history)
    if workbook.calls is not None:
        restore_call_rules(workbook.calls)
        listed = {number: one.invoice for number, one in state.proposals.items()}
        # Those that nobody need make any more are settled once the workbook is written.
        to_make = [one for one in call_rows(state.history, listed, state.customers, policy) if one.id not in withdrawn]
        refresh_calls(workbook.calls, to_make, state.history, refresh.today)
    choices = dropdown_choices(policy, refresh.rows, state, refresh.today)
    proposed = {row.key: Proposed(row.email, shown_of(row, workbook.is_1904)) for row in refresh.rows}
    workbook.lists.write(choices, proposed, state.suspensions.signs, state.customers.signs)
    if workbook.customers is not None:
        rows = customer_rows(state.source.invoices, state.customers, state.history, refresh.today)
        refresh_customers(workbook.customers, rows, state.customers.double_rows)
    promises = count_promises(state.history.notes, state.suspensions.remarks, state.proposals)
    told = promises_text(promises.all)
    write_overviews(workbook, choices.levels, refresh.today, choices)
    say_promises(workbook, told)
    return report


def _store(dossier: Dossier, workbook: Workbook, is_new: bool) -> tuple[Path, ...]:
    """Write the workbook; return what somebody saved at the last moment, kept as a conflict."""
    try:
        if is_new:
            write_new(workbook)
            dossier.exported_mark.touch()
            return ()
        return replace_workbook(workbook, dossier.backups)
    except WorkbookSavedError:
        raise
    except WorkbookBusyError as error:
        raise LockedError(
            _("{file} was opened or saved by somebody while it was being written.").format(file=dossier.workbook.name),
            advice=_("Nothing was changed. Close it and export again."),
        ) from error


def show_export(console: Console, report: ExportReport, workbook: Path) -> None:
    """Tell what an export did."""
    if console.as_json:
        console.answer({
            "workbook": str(workbook), "invoices": report.invoices, "due": report.due,
            "added": list(report.added), "closed": list(report.closed), "created": report.created,
            "wrong_rows": report.wrong_rows, "columns_not_read": list(report.unread), "warnings": list(report.warnings),
        })  # fmt: skip
        return
    console.warn(report.warnings)
    console.say(
        _("{file} - unpaid invoices: {invoices}, due for a reminder: {due}.").format(
            file=workbook, invoices=report.invoices, due=report.due
        ),
        "bold",
    )
    for line in export_lines(report):
        console.say(line)


def export_lines(report: ExportReport) -> Iterator[str]:
    """Yield what is to be read of an export besides its sums and warnings: a line each."""
    if report.exported is not None:
        text = _("List read: {file}, of {day}.")
        yield text.format(file=report.source, day=say_short_date(report.exported, current_language()))
    if report.due_apart:
        text = ngettext(
            "{count} of them has a level that no cell ticks for all: tick it itself.",
            "{count} of them have a level that no cell ticks for all: tick them one by one.",
            report.due_apart,
        )
        yield text.format(count=report.due_apart)
    if report.without_pdf:
        text = _(
            "Due, but held as the invoice's PDF is missing: {numbers}. Put the PDFs into {folder}, then: relance-xl export"
        )
        yield text.format(numbers=some_of(report.without_pdf), folder=report.invoice_folder)
    if report.unread:
        yield _("Columns not read: {titles}").format(titles=some_of(report.unread))
    if report.created:
        return
    first, last = report.added_rows
    where = _(" (rows {first} to {last}: sort the list again if you like)").format(first=first, last=last)
    numbers = ", ".join(report.added) or _("none")
    yield _("New: {numbers}").format(numbers=numbers) + (where if report.added else "")
    yield _("No longer unpaid, removed: {numbers}").format(numbers=", ".join(report.closed) or _("none"))
    if report.amounts:
        language = current_language()
        named = [
            f"{one.number} ({say_money(one.before, language)} → {say_money(one.now, language)})"
            for one in report.amounts
        ]
        yield _("Another amount is owed: {invoices}").format(invoices=some_of(named, between="; "))
