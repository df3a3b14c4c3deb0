"""What one should know of a plan before it is sent: rows that ask for nothing, letters too early, addresses that changed."""

from collections.abc import Iterable, Sequence
from datetime import date

from relance_xl.core.channel import Channel
from relance_xl.core.decision import Decision
from relance_xl.core.planning import Plan, Situation, is_too_early
from relance_xl.core.reminder import Outcome
from relance_xl.core.texts.typed import Tick
from relance_xl.core.wording import some_of
from relance_xl.planning.state import DossierState
from relance_xl.planning.templates import PLACEHOLDER_ADDRESSES
from relance_xl.runtime.language import _, ngettext
from relance_xl.settings.schema import CompanySettings

# More invoices than this are not read in one line.
_NAMED_AT_MOST = 20
#: Who was reminded so few days ago is told of: a week's rhythm is not.
_LATELY = 6


def plan_warnings(
    plan: Plan, decisions: Iterable[Decision], state: DossierState, situation: Situation, company: CompanySettings
) -> tuple[str, ...]:
    """Return what to tell of a plan, of the rows it was made of, and of whom its letters are from."""
    decisions = tuple(decisions)
    return (
        *_without_level(decisions, state),
        *_company_gaps(company, plan),
        *_not_due_yet(plan, situation),
        *_before_deadline(plan, situation),
        *_lately_reminded(plan, situation),
        *_address_warnings(plan, decisions),
        *_hidden_warning(plan, state),
        *_without_way(plan, decisions, situation),
    )


def _company_gaps(company: CompanySettings, plan: Plan) -> tuple[str, ...]:
    """Say what of the company the letters lack: its own address, a bank account to pay to."""
    if not plan.deliveries:
        return ()
    address = company.address.strip()
    example = _("The company's address in relance.toml is still the example's: “{address}”.").format(address=address)
    no_account = _("relance.toml has no iban: the letters say nowhere where to pay to.")
    return (*([example] if address in PLACEHOLDER_ADDRESSES else []), *([] if company.iban else [no_account]))


def credits_not_joined(numbers: Sequence[str]) -> tuple[str, ...]:
    """Say which credit notes letters take off, but cannot join: their PDF is missing, or is not theirs."""
    text = _("Credit notes that lower a letter's total, but have no right PDF to join: {numbers}")
    return (text.format(numbers=some_of(numbers, _NAMED_AT_MOST)),) if numbers else ()


def one_way_only(plan: Plan, only: Channel | None) -> tuple[str, ...]:
    """Say which reminders lose their other way: the batch that first makes a reminder makes all of it."""
    if only is None:
        return ()
    chosen = {item.key for one in plan.deliveries if one.channel is only for item in one.items}
    # A call is none: it goes beside either.
    other = {item.key for one in plan.deliveries if one.channel not in {only, Channel.PHONE} for item in one.items}
    both = sorted(key.invoice for key in chosen & other)
    if not both:
        return ()
    text = _("Ticked for both ways, these are made this way only, not later by the other: {invoices}")
    return (text.format(invoices=", ".join(both)),)


def _without_level(decisions: Iterable[Decision], state: DossierState) -> tuple[str, ...]:
    """Say which ticked rows ask for nothing: they have no level, or owe nothing."""
    ticked = [one.key.invoice for one in decisions if one.level is None and Tick.YES in one.ticks.values()]
    notes = [one for one in ticked if one in state.proposals and state.proposals[one].invoice.is_credit]
    others = [one for one in ticked if one not in notes]
    told = (
        (_("Ticked, but without a level, so nothing is made; choose one: {invoices}"), others),
        (_("Ticked, but credit notes, of which nothing is owed, so nothing is made: {invoices}"), notes),
    )
    return tuple(text.format(invoices=", ".join(numbers)) for text, numbers in told if numbers)


def _not_due_yet(plan: Plan, situation: Situation) -> tuple[str, ...]:
    """Say which letters call unpaid what is not due yet."""
    early = {
        item.key.invoice: item.invoice.due
        for delivery in plan.deliveries
        for item in delivery.items
        if is_too_early(delivery, item, situation)
    }
    if not early:
        return ()
    text = _("Not due yet, though the level's letter says that it is unpaid: {invoices}")
    named = [f"{number} ({due:%d/%m/%Y})" for number, due in early.items()]
    return (text.format(invoices=some_of(named, _NAMED_AT_MOST)),)


def _before_deadline(plan: Plan, situation: Situation) -> tuple[str, ...]:
    """Say which letters repeat a level before the deadline that its last letter gave."""
    early = {
        item.key.invoice: item.last.next_date
        for delivery in plan.deliveries
        for item in delivery.items
        if item.last is not None and item.last.level == item.level.id and situation.today < item.last.next_date
    }
    if not early:
        return ()
    text = _("The same level again before the deadline of its last letter has passed: {invoices}")
    named = [f"{number} ({deadline:%d/%m/%Y})" for number, deadline in early.items()]
    return (text.format(invoices=some_of(named, _NAMED_AT_MOST)),)


def _lately_reminded(plan: Plan, situation: Situation) -> tuple[str, ...]:
    """Say which customers were reminded in the last days already, whichever of their invoices it was."""
    last: dict[str, date] = {}
    for one in situation.history.deliveries:
        if one.outcome in {Outcome.PRINTED, Outcome.ACCEPTED}:
            last[one.prepared.customer_code] = one.prepared.day
    named = {
        f"{one.customer.name} ({last[one.customer.code]:%d/%m/%Y})": None
        for one in plan.deliveries
        if one.customer.code in last and 0 <= (situation.today - last[one.customer.code]).days < _LATELY
    }
    text = _("Reminded less than {days} days ago already: {customers}")
    return (text.format(days=_LATELY, customers=some_of(list(named), _NAMED_AT_MOST)),) if named else ()


def _address_warnings(plan: Plan, decisions: Iterable[Decision]) -> tuple[str, ...]:
    """Say whose address is the list's of now and not what the row shows."""
    outdated = {one.key: one for one in decisions if one.outdated is not None}
    text = _(
        "{invoice}: the address is another now, in the list or the sheet Customers, and is used: {address}, instead of {before}"
    )
    return tuple(
        text.format(
            invoice=item.key.invoice,
            address="; ".join(delivery.recipients),
            before="; ".join(outdated[item.key].outdated or ()) or _("none"),
        )
        for delivery in plan.deliveries
        if delivery.channel is Channel.EMAIL
        for item in delivery.items
        if item.key in outdated
    )


def _without_way(plan: Plan, decisions: Iterable[Decision], situation: Situation) -> tuple[str, ...]:
    """Say who is due and is to be reminded by email alone, without an address: no cell that ticks all reaches them."""
    if not plan.deliveries:
        return ()
    stuck = [
        one.key.invoice
        for one in decisions
        if not one.ticks
        and not one.recipients
        and (proposal := situation.proposals.get(one.key.invoice)) is not None
        and proposal.invoice.customer.entry.mode == {Channel.EMAIL}
        and proposal.is_to_remind(situation.today)
    ]
    text = _("To be reminded by email alone, but without an address: {invoices}")
    return (text.format(invoices=some_of(stuck, _NAMED_AT_MOST)),) if stuck else ()


def _hidden_warning(plan: Plan, state: DossierState) -> tuple[str, ...]:
    """Say which of the reminders stand in rows that a filter, or somebody, has hidden: their ticks are easily forgotten."""
    rows = {item.row: item.key.invoice for delivery in plan.deliveries for item in delivery.items}
    hidden = rows.keys() & state.workbook.reminders.sheet.hidden_rows() if state.workbook and rows else ()
    if not hidden:
        return ()
    text = ngettext(
        "{count} of the {total} invoices to be chased stands in a row that a filter hides: {invoices}",
        "{count} of the {total} invoices to be chased stand in rows that a filter hides: {invoices}",
        len(hidden),
    )
    named = [rows[row] for row in sorted(hidden)]
    return (text.format(count=len(hidden), total=len(rows), invoices=some_of(named, _NAMED_AT_MOST)),)
