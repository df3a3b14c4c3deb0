"""The rows of the list as they are proposed: one for each unpaid invoice, in the order people look for them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from relance_xl.core.channel import Channel
from relance_xl.core.decision import TickAll
from relance_xl.core.history import History
from relance_xl.core.level import Policy
from relance_xl.core.money import Money, total_of
from relance_xl.core.planning import Account, account_of
from relance_xl.core.proposal import Proposal
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.remembered.customer_entry import CustomerEntry, Grouping
from relance_xl.core.remembered.customer_refs import CustomerRef
from relance_xl.core.remembered.suspension_texts import over_text
from relance_xl.core.texts.signs import TOLD_SIGN
from relance_xl.core.texts.typed import plain_title, sort_name
from relance_xl.core.wording import minimum_text, reason_text, say_money
from relance_xl.core.wrong_row import WrongRow
from relance_xl.letters.invoices.files import InvoiceFiles
from relance_xl.planning.invoices.invoice_checks import invoice_obstacle
from relance_xl.planning.remembered.customer_notes import noted_text
from relance_xl.planning.remembered.promises import count_promises, promises_text
from relance_xl.planning.state import DossierState
from relance_xl.runtime.language import _, current_language
from relance_xl.workbook.sheets.cards import customer_choice
from relance_xl.workbook.sheets.lists import Choices
from relance_xl.workbook.sheets.reminders.left_rows import TypedEntries
from relance_xl.workbook.sheets.reminders.row import ReminderRow


class TickChoice(StrEnum):
    """What `export --tick` ticks on the rows that are due and have no tick yet."""

    NONE = "none"
    POST = "post"
    EMAIL = "email"
    BEST = "best"


def in_order(proposals: Iterable[Proposal]) -> list[Proposal]:
    """Sort by customer, as people read names, then by due date."""

    def place(proposal: Proposal) -> tuple[str, str, date, str]:
        customer = proposal.invoice.customer
        return sort_name(customer.name), customer.code, proposal.invoice.due, proposal.invoice.number

    return sorted(proposals, key=place)


@dataclass(frozen=True, slots=True)
class RowsBasis:
    """What the rows of proposals rest on besides these; `credits`: the open credit notes of each account, in all; `covered`:
    the accounts whose credit notes leave nothing to ask for.
    """

    policy: Policy
    today: date
    tick: TickChoice
    files: InvoiceFiles
    credits: Mapping[Account, Money]
    covered: frozenset[Account]
    #: What was typed before into rows that are not there, by invoice number.
    entries: Mapping[str, TypedEntries]


def proposed_rows(proposals: Iterable[Proposal], basis: RowsBasis) -> tuple[ReminderRow, ...]:
    """Return what rows show of proposals, in the language that is spoken."""
    return tuple(_proposed_row(one, basis) for one in proposals)


def open_credits(proposals: Iterable[Proposal]) -> Mapping[Account, Money]:
    """Return what each customer has in open credit notes, by currency."""
    notes: dict[Account, Money] = {}
    for one in proposals:
        if one.invoice.is_credit:
            account = account_of(one.invoice)
            before = notes.get(account)
            amounts = [one.invoice.open] if before is None else [before, one.invoice.open]
            notes[account] = total_of(amounts, one.invoice.open.currency)
    return notes


def _proposed_row(proposal: Proposal, basis: RowsBasis) -> ReminderRow:
    invoice, last, language = proposal.invoice, proposal.last, current_language()
    policy, today, tick = basis.policy, basis.today, basis.tick
    reached = proposal.is_reached_by_tick_all(today)
    entry = invoice.customer.entry
    return ReminderRow(
        key=proposal.key,
        customer_code=invoice.customer.code,
        customer=invoice.customer.name,
        invoice_date=invoice.issued,
        due_date=invoice.due,
        total=invoice.total,
        open_amount=invoice.open,
        planned=proposal.planned if proposal.level else None,
        level=proposal.level.label(language) if proposal.level else "",
        email="; ".join(invoice.emails),
        last_date=last.day if last else None,
        last_level=policy.label(last.level, language) if last else "",
        last_comment=last.comment if last else "",
        ticks=_ticked(tick, entry, bool(invoice.emails)) if reached else frozenset(),
        status=_status(proposal, basis),
        document=last.deliveries[0].prepared.document if last else "",
        mode=entry.mode,
        suspension=proposal.suspension,
        entries=basis.entries.get(invoice.number),
    )


def wrong_rows(wrong: Iterable[WrongRow], history: History) -> tuple[ReminderRow, ...]:
    """Return what rows show of what is wrong in the source: what can be read, and what is wrong."""
    return tuple(
        ReminderRow(
            key=history.next_reminder(one.number),
            customer_code=one.customer_code,
            customer=one.customer,
            invoice_date=one.issued,
            due_date=one.due,
            total=one.total,
            open_amount=one.open,
            planned=None,
            level="",
            email="",
            status=reason_text(Hold(Reason.WRONG_ROW, one.text)),
        )
        for one in wrong
    )


def saying_suspensions(rows: tuple[ReminderRow, ...], rewritten: Collection[str]) -> tuple[ReminderRow, ...]:
    """Let the rows of some invoices say what is known of their suspension, though their cells say something else."""
    if not rewritten:
        return rows
    return tuple(replace(row, says_suspension=row.key.invoice in rewritten) for row in rows)


_TICK_ALL = {
    TickChoice.NONE: TickAll(),
    TickChoice.POST: TickAll(frozenset({Channel.POST})),
    TickChoice.EMAIL: TickAll(frozenset({Channel.EMAIL})),
    TickChoice.BEST: TickAll(preferred=True),
}


def _ticked(choice: TickChoice, entry: CustomerEntry, has_email: bool) -> frozenset[Channel]:
    """Return by which channels a row that is due is ticked, as the tick-all cell of that name would."""
    return _TICK_ALL[choice].ticked(entry, has_email) - (frozenset() if has_email else {Channel.EMAIL})


def _status(proposal: Proposal, basis: RowsBasis) -> str:
    """Return why a row cannot be sent, or what else is to be known of it; files are looked for only where one is due."""
    obstacle = proposal.obstacle
    if obstacle is not None and obstacle.reason is Reason.SUSPENDED:
        # Its own two cells say so, and go on saying what is typed there.
        return ""
    if obstacle is None and proposal.is_to_remind(basis.today):
        obstacle = _obstacle_today(proposal, basis)
    if obstacle is not None:
        return reason_text(obstacle)
    if proposal.below_minimum:
        return minimum_text()
    told = tuple(_told(proposal, basis))
    return f"{TOLD_SIGN} {' · '.join(told)}" if told else ""


def _obstacle_today(proposal: Proposal, basis: RowsBasis) -> Hold | None:
    """Return what keeps a row that is due from being sent: nothing is owed in all, or the invoice's PDF is not there."""
    if account_of(proposal.invoice) in basis.covered:
        return Hold(Reason.CREDITS_COVER)
    return invoice_obstacle(basis.files, proposal.invoice)


def _told(proposal: Proposal, basis: RowsBasis) -> Iterator[str]:
    """Yield what is to be known of a row that can be sent all the same."""
    suspension, last, invoice = proposal.suspension, proposal.last, proposal.invoice
    if proposal.has_call_to_make:
        yield _("to call: sheet Calls")
    if suspension is not None and suspension.until is not None:
        yield over_text(suspension)
    if proposal.is_exhausted(basis.today) and last is not None:
        level = basis.policy.label(last.level, current_language())
        text = _("litigation: {level} of {day} went unanswered, nothing more is proposed")
        yield text.format(level=level, day=f"{last.day:%d/%m/%Y}")
    credit = basis.credits.get(account_of(invoice))
    if credit is not None and basis.policy.policy_of(invoice.customer).grouping is Grouping.INVOICE:
        yield _("open credit notes: {amount}").format(amount=say_money(credit, current_language()))


def dropdown_choices(policy: Policy, rows: tuple[ReminderRow, ...], state: DossierState, today: date) -> Choices:
    """Return what the dropdowns offer: what is open, then what only the history knows."""
    customers = {row.customer_code: row.customer for row in rows}
    invoices = dict.fromkeys(row.key.invoice for row in rows)
    places = _places(rows)
    addresses: dict[str, tuple[str, ...]] = {}
    for delivery in state.history.deliveries:
        prepared = delivery.prepared
        customers.setdefault(prepared.customer_code, prepared.customer_name)
        addresses.setdefault(prepared.customer_code, prepared.customer_address or ())
        invoices.update(dict.fromkeys(item.reminder.invoice for item in prepared.items))
    # As the list has it, where it has the customer.
    addresses |= {one.customer.code: one.customer.postal_lines for one in state.source.invoices}
    promises = count_promises(state.history.notes, state.suspensions.remarks, state.proposals)
    refs = [
        state.customers.people.whose(CustomerRef.of(code, name, addresses.get(code, ())))
        for code, name in customers.items()
    ]
    return Choices(
        tuple(policy.labels(current_language()).values()),
        tuple(level.label(current_language()) for level in policy.levels if not level.tick_all),
        tuple(customer_choice(code, name) for code, name in customers.items()),
        tuple(invoices),
        tuple(places.get(code, (0, 0)) for code in customers),
        tuple(noted_text(ref, state.customers, state.history, today) for ref in refs),
        tuple(promises_text(promises.by_customer.get(plain_title(code), {})) for code in customers),
    )


def _places(rows: Iterable[ReminderRow]) -> dict[str, tuple[int, int]]:
    """Return where the invoices of each customer's code begin among all, and how many follow: those of one name."""
    places: dict[str, tuple[int, int]] = {}
    for position, row in enumerate(rows, start=1):
        first, count = places.get(row.customer_code, (position, 0))
        if first + count == position:
            places[row.customer_code] = first, count + 1
    return places
