"""How the dossier's week stands, in a few figures: what waits, and what keeps it from going on."""

from dataclasses import dataclass, replace

from relance_xl.core.history import History
from relance_xl.core.planning import covered_accounts
from relance_xl.core.reminder import Outcome
from relance_xl.planning.invoices.invoice_checks import due_with_pdf, invoice_files
from relance_xl.planning.outlook import look_ahead
from relance_xl.planning.state import DossierState, read_state
from relance_xl.runtime.errors import RelanceError
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import Dossier


@dataclass(frozen=True, slots=True)
class Week:
    """What waits for somebody: counts of invoices or deliveries; None where it is not known.

    `obstacle`: why it cannot be said what would be sent, or even what is due.
    """

    has_workbook: bool
    #: The list's age in days.
    list_age: int | None = None
    due: int | None = None
    #: Invoices that are due besides, and lack their PDF.
    without_pdf: int = 0
    #: Invoices that a send would remind of now, and deliveries that it would hold.
    planned: int | None = None
    held: int | None = None
    #: Deliveries of which nobody knows whether they left, or which an earlier send could not finish.
    unknown: int = 0
    unfinished: int = 0
    calls: int = 0
    #: Batches with emails that lie in files, for somebody to send and to say so.
    to_send: tuple[str, ...] = ()
    obstacle: RelanceError | None = None
    #: Rows of the list that are wrong, and so never reminded.
    wrong_rows: int = 0


def how_the_week_stands(dossier: Dossier, context: RunContext) -> Week:
    """Return what waits. What is wrong with the dossier is part of the answer."""
    try:
        outlook = look_ahead(dossier, context)
    except RelanceError as error:
        return _without_plan(dossier, context, error)
    return replace(
        _week(dossier, outlook.state, context), planned=len(outlook.plan.reminders), held=len(outlook.plan.held)
    )


def _without_plan(dossier: Dossier, context: RunContext, obstacle: RelanceError) -> Week:
    has_workbook = dossier.workbook.exists()
    # Without a workbook there is nothing to plan, which is no obstacle to the first export.
    told = obstacle if has_workbook else None
    try:
        state = read_state(dossier, context)
    except RelanceError as error:
        return Week(has_workbook, obstacle=error)
    return replace(_week(dossier, state, context), obstacle=told)


def _week(dossier: Dossier, state: DossierState, context: RunContext) -> Week:
    today, history = context.today, state.history
    proposals = state.proposals.values()
    due = due_with_pdf(proposals, covered_accounts(proposals), invoice_files(dossier), today)
    return Week(
        dossier.workbook.exists(),
        list_age=(today - state.source.exported).days,
        due=len(due.ready),
        without_pdf=len(due.without_pdf),
        unknown=_count(history, Outcome.UNKNOWN),
        unfinished=_count(history, Outcome.PENDING),
        wrong_rows=len(state.source.wrong),
        calls=sum(one.is_call_to_make for one in history.deliveries),
        to_send=history.batches_in_files(),
    )


def _count(history: History, outcome: Outcome) -> int:
    """Return how many deliveries have an outcome; calls that wait are counted apart."""
    return sum(one.outcome is outcome and not one.is_call_to_make for one in history.deliveries)
