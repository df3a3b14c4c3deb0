"""What would be sent now, what is held and why, by the workbook and the list as they are. Sends and changes nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from relance_xl.core.channel import CHANNELS, Channel
from relance_xl.core.decision import Decision, TickAll
from relance_xl.core.level import Policy
from relance_xl.core.planning import (
    Plan,
    PlannedDelivery,
    plan_deliveries,
    set_charges,
    set_credits,
    without_items,
)
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.reminder import ReminderKey
from relance_xl.core.wording import country_code
from relance_xl.planning.decisions import not_understood, read_decisions
from relance_xl.planning.invoices.invoice_checks import InvoiceChecks
from relance_xl.planning.invoices.invoice_list import refuse_stale
from relance_xl.planning.invoices.list_losses import refuse_losses
from relance_xl.planning.state import DossierState, doubts_told, read_state
from relance_xl.planning.templates import check_templates
from relance_xl.planning.warnings.plan import credits_not_joined, one_way_only, plan_warnings
from relance_xl.runtime.language import _
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import Dossier


@dataclass(frozen=True, slots=True)
class Outlook:
    """A plan and what it rests on: the situation it was made for, and what the user should know."""

    plan: Plan
    state: DossierState
    decisions: Mapping[ReminderKey, Decision]
    tick_all: TickAll
    warnings: tuple[str, ...]
    today: date
    #: The SHA-256 of the invoices' PDFs that were read and found right, by number.
    proven: Mapping[str, str] = field(default_factory=dict)


def look_ahead(dossier: Dossier, context: RunContext, only: Channel | None = None) -> Outlook:
    """Return what `send` would do now.

    Raises SourceError, EditsError, JournalError, TemplateError or SettingsError.
    """
    today = context.today
    state = read_state(dossier, context)
    refuse_stale(dossier.settings.source, state.source, today)
    state.gap.refuse_without_any_history(state.history)
    asked = read_decisions(dossier, state, today)
    decisions, tick_all = asked.decisions, asked.tick_all
    refuse_losses(dossier, state.source.numbers, {decision.key.invoice for decision in decisions})
    situation = state.situation(dossier.settings, today)
    plan = plan_deliveries(decisions, tick_all, situation)
    _refuse_doubts(dossier, state, plan)
    if state.newer_list is not None:
        state.newer_list.refuse(item.invoice for delivery in plan.deliveries for item in delivery.items)
    left_out = one_way_only(plan, only)
    plan = _only(plan, only)
    plan = _hold_copies(plan, decisions)
    checks = InvoiceChecks(dossier, (proposal.invoice for proposal in state.proposals.values()))
    plan = _hold_without_invoice(plan, checks, context, situation.policy)
    plan = set_credits(plan, situation)
    if plan.deliveries:
        plan = set_charges(plan, country_code(dossier.settings.company.country), today)
    notes = {one.number: one for delivery in plan.deliveries for one in delivery.credits}.values()
    # No reason to hold the letter: one whose PDF is not right is only not joined.
    not_joined = [one.number for one in notes if checks.objection(one) is not None]
    check_templates(dossier, plan.deliveries)
    return Outlook(
        plan,
        state,
        {decision.key: decision for decision in decisions},
        tick_all,
        (
            *state.warnings,
            *asked.warnings,
            *doubts_told(state.customers.doubts, _("in the sheet of customers")),
            *left_out,
            *credits_not_joined(not_joined),
            *plan_warnings(plan, decisions, state, situation, dossier.settings.company),
        ),
        today,
        checks.proven,
    )


def _refuse_doubts(dossier: Dossier, state: DossierState, plan: Plan) -> None:
    """Refuse to chase an invoice whose history holds what cannot be read. Raises EditsError.

    A line that says no longer which reminder it is of matters where nothing but the sheet knows of all.
    """
    chased = {item.key.invoice for delivery in plan.deliveries for item in delivery.items}
    faults = [one.fault for one in state.doubts if one.invoice in chased or (not one.invoice and state.gap)]
    faults += state.customers.doubts_of(delivery.customer for delivery in plan.deliveries)
    if faults and chased:
        raise not_understood(dossier, faults)


def _only(plan: Plan, only: Channel | None) -> Plan:
    """Leave the other channel out; calls are of neither, and put down whatever else is made."""
    if only is None:
        return plan
    kept = {only, Channel.PHONE}
    return replace(
        plan,
        deliveries=tuple(one for one in plan.deliveries if one.channel in kept),
        held=tuple(one for one in plan.held if one.key.channel in kept),
        done=tuple(one for one in plan.done if one.key.channel in kept),
    )


def _hold_copies(plan: Plan, decisions: Iterable[Decision]) -> Plan:
    """Hold invoices that stand in two rows: which one the user means cannot be known, so neither acts."""
    counts = Counter(decision.key for decision in decisions)
    copied = {key for key, count in counts.items() if count > 1}
    dropped = {
        delivery: Hold(Reason.DUPLICATE_ROW, key.invoice)
        for delivery in plan.deliveries
        for key in copied & {item.key for item in delivery.items}
    }
    return plan.without(dropped)


def _hold_without_invoice(plan: Plan, checks: InvoiceChecks, context: RunContext, policy: Policy) -> Plan:
    """Hold invoices whose PDF is missing, unreadable or another's; the customer's others go without them."""
    numbers = [item.key for one in plan.deliveries if CHANNELS[one.channel].has_documents for item in one.items]
    dropped: dict[PlannedDelivery, dict[ReminderKey, Hold]] = {}
    with context.progress.step(_("Checking the invoices"), len(numbers)) as advance:
        for delivery in plan.deliveries:
            if not CHANNELS[delivery.channel].has_documents:
                continue
            holds = {item.key: hold for item in delivery.items if (hold := checks.objection(item.invoice))}
            if holds:
                dropped[delivery] = holds
            advance(len(delivery.items))
    return without_items(plan, dropped, policy)
