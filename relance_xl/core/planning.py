"""From decisions to deliveries: what would be sent, what is held and why, what is already done."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from relance_xl.core.channel import CHANNELS, Channel, Contact
from relance_xl.core.charge import Charge, ChargeKind, charges_on
from relance_xl.core.decision import Decision, TickAll
from relance_xl.core.history import History, PastReminder
from relance_xl.core.invoice import Customer, Invoice, shared_codes
from relance_xl.core.level import Level, Policy
from relance_xl.core.money import Money, total_of
from relance_xl.core.proposal import Proposal
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.record import Delivery
from relance_xl.core.remembered.customer_entry import NO_ENTRY, Grouping
from relance_xl.core.reminder import DeliveryKey, Outcome, ReminderKey
from relance_xl.core.texts.typed import Tick, is_same_code, plain_title

#: Who owes, and a currency: what credit notes are set against.
Account = tuple[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One invoice within a planned delivery: which reminder at which level, what it follows, what was proposed (an id)."""

    key: ReminderKey
    invoice: Invoice
    level: Level
    last: PastReminder | None
    proposed_level: str
    next_date: date
    comment: str
    row: int
    #: Whether somebody typed when the next one is due.
    is_date_typed: bool = False


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """One letter or mail to make: its invoices, the credit notes that lower its total, what lateness is charged with.

    `level`: the highest among its invoices', whose words it has. `open_credits`: credit notes that are only told.
    """

    channel: Channel
    level: Level
    customer: Customer
    recipients: tuple[str, ...]
    items: tuple[PlannedItem, ...]
    credits: tuple[Invoice, ...] = ()
    charges: tuple[Charge, ...] = ()
    open_credits: tuple[Invoice, ...] = ()

    @property
    def copies(self) -> tuple[str, ...]:
        """Who gets a copy of the email."""
        return self.customer.entry.copies if CHANNELS[self.channel].has_message else ()

    def charged(self, kind: ChargeKind) -> Money | None:
        """Return what is charged of a kind, None where nothing is."""
        amounts = [one.amount for one in self.charges if one.kind is kind]
        return total_of(amounts, amounts[0].currency) if amounts else None

    @property
    def invoices(self) -> tuple[Invoice, ...]:
        """All that the letter lists, credit notes last."""
        return tuple(item.invoice for item in self.items) + self.credits

    @property
    def total(self) -> Money:
        """What the letter asks for; charges are told beside it."""
        return total_of((invoice.open for invoice in self.invoices), self.items[0].invoice.open.currency)


@dataclass(frozen=True, slots=True)
class Held:
    """A delivery that is asked for and not made, with the reason; `invoice` None where the source has it no more."""

    key: DeliveryKey
    level: str
    hold: Hold
    invoice: Invoice | None = None


@dataclass(frozen=True, slots=True)
class AlreadyDone:
    """A delivery that is asked for and was made before: by which delivery (its own channel's, if any)."""

    key: DeliveryKey
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Plan:
    """All that one `send` would do, in the workbook's order."""

    deliveries: tuple[PlannedDelivery, ...] = ()
    held: tuple[Held, ...] = ()
    done: tuple[AlreadyDone, ...] = ()
    #: How many rows of the source are wrong, and so no invoices to send.
    wrong_rows: int = 0

    @property
    def reminders(self) -> frozenset[ReminderKey]:
        """The reminders that would be made: one an invoice, whatever ways it goes."""
        return frozenset(item.key for one in self.deliveries for item in one.items)

    def without(self, dropped: Mapping[PlannedDelivery, Hold]) -> "Plan":
        """Return the plan with some deliveries held instead, each with its reason."""
        held = [hold for delivery, why in dropped.items() for hold in held_items(delivery, why)]
        kept = tuple(delivery for delivery in self.deliveries if delivery not in dropped)
        return replace(self, deliveries=kept, held=(*self.held, *held))


def without_items(plan: Plan, dropped: Mapping[PlannedDelivery, Mapping[ReminderKey, Hold]], policy: Policy) -> Plan:
    """Return the plan with some invoices of deliveries held, each with its reason; the others go without them."""
    kept: list[PlannedDelivery] = []
    held: list[Held] = []
    for delivery in plan.deliveries:
        holds = dropped.get(delivery, {})
        held += [
            Held(DeliveryKey(item.key, delivery.channel), item.level.id, holds[item.key], item.invoice)
            for item in delivery.items
            if item.key in holds
        ]
        items = tuple(item for item in delivery.items if item.key not in holds)
        if items:
            highest = max((item.level for item in items), key=lambda level: policy.rank(level.id))
            kept.append(replace(delivery, items=items, level=highest) if holds else delivery)
    return replace(plan, deliveries=tuple(kept), held=(*plan.held, *held))


def held_items(delivery: PlannedDelivery, hold: Hold) -> Iterator[Held]:
    """Yield one held entry for each invoice of a delivery."""
    for item in delivery.items:
        key = DeliveryKey(item.key, delivery.channel)
        yield Held(key, item.level.id, hold, item.invoice)


@dataclass(frozen=True)
class Situation:
    """All that planning looks at: today's proposals by invoice number, the history, the rules, the day.

    `deadline` gives the day on which a deadline may fall, from a day on.
    """

    proposals: Mapping[str, Proposal]
    history: History
    policy: Policy
    today: date
    deadline: Callable[[date], date] = lambda day: day
    #: Codes, normalised, under which somebody else stood in the last list.
    unsettled: frozenset[str] = frozenset()
    #: What is wrong with the source's rows that are no invoices for that, by number.
    wrong: Mapping[str, str] = field(default_factory=dict)

    def why_missing(self, number: str) -> Hold:
        """Return why there is no proposal for an invoice."""
        if number in self.wrong:
            return Hold(Reason.WRONG_ROW, self.wrong[number])
        return Hold(Reason.NOT_IN_SOURCE)

    @cached_property
    def shared_codes(self) -> frozenset[str]:
        """The codes, normalised, under which the list has several customers, or another one than the last."""
        customers = {id(one.invoice.customer): one.invoice.customer for one in self.proposals.values()}.values()
        changed = (plain_title(one.code) for one in customers) if self.unsettled else ()
        return shared_codes(customers) | frozenset(code for code in changed if code.lstrip("0") in self.unsettled)


def plan_deliveries(decisions: Iterable[Decision], tick_all: TickAll, situation: Situation) -> Plan:
    """Return what the decisions come to, given how things stand now; credit notes are set against them last.

    See set_credits.
    """
    wanted: list[PlannedDelivery] = []
    held: list[Held] = []
    done: list[AlreadyDone] = []
    for decision in decisions:
        for channel in CHANNELS:
            match _judge(decision, channel, tick_all, situation):
                case PlannedDelivery() as delivery:
                    wanted.append(delivery)
                case Held() as hold:
                    held.append(hold)
                case AlreadyDone() as already:
                    done.append(already)
    plan = Plan(tuple(wanted), tuple(held), tuple(done), len(situation.wrong))
    return _grouped(plan, situation.policy)


def _judge(
    decision: Decision, channel: Channel, tick_all: TickAll, situation: Situation
) -> PlannedDelivery | Held | AlreadyDone | None:
    """Return what becomes of one row by one channel: None where nothing is asked."""
    history, key = situation.history, decision.key
    proposal = situation.proposals.get(key.invoice)
    pending = history.unfinished(key)
    call = history.call_to_make(key)
    if channel is Channel.PHONE and call is not None:
        return _already_done(decision, channel, ticks_all(tick_all, channel, proposal, decision), history)
    # By the other way it was made; by this one it was prepared and never left: it still may.
    is_retried = history.is_made(key) and not (pending and pending.prepared.channel is channel)
    if is_retried and not history.never_left(key, channel):
        return _already_done(decision, channel, ticks_all(tick_all, channel, proposal, decision), history)
    if not _is_wanted(decision, channel, tick_all, _is_reached(decision, proposal, situation, is_retried), proposal):
        return None
    invoice = proposal.invoice if proposal else None
    if pending is not None:
        return Held(DeliveryKey(key, channel), pending.prepared.level, Hold(Reason.UNFINISHED), invoice)
    policy = situation.policy.policy_of(proposal.invoice.customer) if proposal else situation.policy
    level = policy.level(decision.level or "")
    if level is None:
        return None
    if channel is Channel.PHONE:
        level = policy.level_by_phone(level)
    if proposal is None:
        return Held(DeliveryKey(key, channel), level.id, situation.why_missing(key.invoice))
    if key != proposal.key and not is_retried:
        ahead = proposal.obstacle or Hold(Reason.ROW_AHEAD, str(key))
        return Held(DeliveryKey(key, channel), level.id, ahead, invoice)
    objection = _objection(decision, channel, proposal, situation)
    if objection is not None:
        return Held(DeliveryKey(key, channel), level.id, objection, invoice)
    proposed = proposal.level if not is_retried else level
    item = PlannedItem(
        key=key,
        invoice=proposal.invoice,
        level=level,
        last=None if is_retried else proposal.last,
        proposed_level=proposed.id if proposed else "",
        next_date=decision.next_date or situation.deadline(situation.today + timedelta(days=level.next_days)),
        comment=decision.comment,
        row=decision.row,
        is_date_typed=decision.next_date is not None,
    )
    recipients = decision.recipients if CHANNELS[channel].needs is Contact.EMAIL_ADDRESS else ()
    return PlannedDelivery(channel, level, proposal.invoice.customer, recipients, (item,))


def _is_reached(decision: Decision, proposal: Proposal | None, situation: Situation, is_retried: bool) -> bool:
    """Whether a tick-all may tick a row: its reminder is due, or was made by another channel and may still leave by this."""
    if proposal is None:
        return False
    level = situation.policy.policy_of(proposal.invoice.customer).level(decision.level or "")
    if level is None or not level.tick_all:
        return False
    if is_retried:
        return proposal.obstacle is None and not proposal.below_minimum
    return proposal.is_to_remind(situation.today)


def _is_wanted(
    decision: Decision, channel: Channel, tick_all: TickAll, is_reached: bool, proposal: Proposal | None
) -> bool:
    tick = decision.tick(channel)
    if tick is not Tick.BLANK or not ticks_all(tick_all, channel, proposal, decision):
        return tick is Tick.YES
    if CHANNELS[channel].asks_first and not _has_contact(decision, channel, proposal):
        return False
    return is_reached


def ticks_all(tick_all: TickAll, channel: Channel, proposal: Proposal | None, decision: Decision) -> bool:
    """Whether the tick-all cells tick a row for a channel, as far as its customer's mode lets them."""
    entry = proposal.invoice.customer.entry if proposal is not None else NO_ENTRY
    return channel in tick_all.ticked(entry, bool(decision.recipients))


def _objection(decision: Decision, channel: Channel, proposal: Proposal, situation: Situation) -> Hold | None:
    """Return why a wanted reminder cannot be made."""
    if proposal.obstacle is not None:
        return proposal.obstacle
    customer = proposal.invoice.customer
    if not shows(decision, customer, situation.shared_codes):
        return Hold(Reason.CUSTOMER_CHANGED, _change_of(decision, customer))
    # It is also the deadline that the letter names.
    if decision.next_date is not None and decision.next_date <= situation.today:
        return Hold(Reason.DATE_PASSED, f"{decision.next_date:%d/%m/%Y}")
    traits = CHANNELS[channel]
    if not _has_contact(decision, channel, proposal):
        return Hold(traits.lacking)
    if traits.needs is Contact.EMAIL_ADDRESS and decision.is_uncertain:
        listed = "; ".join(proposal.invoice.emails)
        return Hold(Reason.ADDRESS_UNCERTAIN, f"{'; '.join(decision.recipients)} / {listed or '-'}")
    return None


def is_too_early(delivery: PlannedDelivery, item: PlannedItem, situation: Situation) -> bool:
    """Whether a letter says that a debt is still unpaid which is not due yet; the first level's words fit both."""
    levels = situation.policy.policy_of(delivery.customer).levels
    is_late_level = item.level.after_days >= 0 and item.level != levels[0]
    return is_late_level and situation.today <= item.invoice.due


def _has_contact(decision: Decision, channel: Channel, proposal: Proposal | None) -> bool:
    """Whether all is known of a customer that a channel needs."""
    match CHANNELS[channel].needs:
        case Contact.EMAIL_ADDRESS:
            return bool(decision.recipients)
        case Contact.POSTAL_ADDRESS:
            return proposal is not None and proposal.invoice.customer.has_postal_address
        case Contact.NOTHING:
            return True


def _change_of(decision: Decision, customer: Customer) -> str:
    before = decision.customer_name or decision.customer_code
    if plain_title(before) != plain_title(customer.name):
        return f"{before} → {customer.name}"
    # Of one name: only the codes tell them apart.
    return f"{before} ({decision.customer_code}) → {customer.name} ({customer.code})"


def shows(decision: Decision, customer: Customer, shared_codes: Collection[str] = ()) -> bool:
    """Whether a row shows that customer: by its code, else by its name.

    A customer with a code may be renamed, unless several customers share it.
    """
    if decision.customer_code and plain_title(decision.customer_code) not in shared_codes:
        return is_same_code(decision.customer_code, customer.code)
    return not decision.customer_name or plain_title(decision.customer_name) == plain_title(customer.name)


def _already_done(
    decision: Decision, channel: Channel, is_ticked_with_all: bool, history: History
) -> AlreadyDone | None:
    """Say that a row's reminder was made: for what its user ticked, and for what a tick-all had reached."""
    made = [one for one in history.deliveries_of(decision.key) if one.outcome is not Outcome.WITHDRAWN]
    # The last one says what holds: a call is made again where nobody was reached.
    same = next((one for one in reversed(made) if one.prepared.channel is channel), None)
    tick = decision.tick(channel)
    if tick is Tick.YES or (tick is Tick.BLANK and is_ticked_with_all and same is not None):
        return AlreadyDone(DeliveryKey(decision.key, channel), same or made[0])
    return None


GroupKey = tuple[str, tuple[str, ...], str, Channel, str, tuple[str, ...]]


def _group_key(delivery: PlannedDelivery, grouping: Grouping) -> GroupKey:
    """Return what deliveries that share a letter have in common."""
    item = delivery.items[0]
    alone = str(item.key) if grouping is Grouping.INVOICE else ""
    level = delivery.level.id if grouping is Grouping.LEVEL else ""
    currency = item.invoice.open.currency
    return alone, delivery.customer.party, level, delivery.channel, currency, delivery.recipients


def _grouped(plan: Plan, policy: Policy) -> Plan:
    """Merge deliveries of one customer, channel and currency as the settings, or the customer's entry, say."""
    groups: dict[GroupKey, list[PlannedDelivery]] = defaultdict(list)
    for delivery in plan.deliveries:
        groups[_group_key(delivery, policy.policy_of(delivery.customer).grouping)].append(delivery)
    return replace(plan, deliveries=tuple(_merged(members, policy) for members in groups.values()))


def _merged(members: list[PlannedDelivery], policy: Policy) -> PlannedDelivery:
    """Make one delivery of several, with the words of the highest level; what is of that level stands first.

    Its deadline is that level's, also for what is milder: a letter names one day.
    """
    if len(members) == 1:
        return members[0]
    highest = max((member.level for member in members), key=lambda level: policy.rank(level.id))
    items = [item for member in members for item in member.items]
    items.sort(key=lambda item: item.level != highest)
    deadline = min(item.next_date for item in items if item.level == highest)
    return replace(
        members[0],
        level=highest,
        items=tuple(
            item if item.is_date_typed else replace(item, next_date=max(item.next_date, deadline)) for item in items
        ),
    )


def set_credits(plan: Plan, situation: Situation) -> Plan:
    """Set customers' credit notes against what is left to send once all else is held; told only, where invoices go alone.

    A customer whose credit notes leave nothing to ask for is held.
    """
    siblings: dict[Account, list[PlannedDelivery]] = defaultdict(list)
    for delivery in plan.deliveries:
        # A call has no letter that notes could lower.
        if CHANNELS[delivery.channel].has_documents:
            siblings[_account(delivery)].append(delivery)
    notes, covered = _credit_notes(situation), covered_accounts(situation.proposals.values())
    settled: list[PlannedDelivery] = []
    for delivery in plan.deliveries:
        account = _account(delivery)
        mine, policy = notes.get(account, []), situation.policy.policy_of(delivery.customer)
        if policy.grouping is Grouping.INVOICE:
            settled.append(replace(delivery, open_credits=tuple(mine)))
            continue
        is_call = not CHANNELS[delivery.channel].has_documents
        lowered = (
            replace(delivery, credits=tuple(mine))
            if is_call
            else _with_credits(delivery, siblings[account], mine, policy)
        )
        # Notes that are more than this part of what is owed are only told.
        is_too_much = lowered.total.amount <= 0 and account not in covered
        settled.append(replace(delivery, open_credits=tuple(mine)) if is_too_much else lowered)
    hold = Hold(Reason.CREDITS_COVER)
    with_credits = replace(plan, deliveries=tuple(settled))
    return with_credits.without({delivery: hold for delivery in settled if _account(delivery) in covered})


def covered_accounts(proposals: Iterable[Proposal]) -> frozenset[Account]:
    """Return the accounts whose credit notes leave nothing to ask for."""
    left: dict[Account, Decimal] = defaultdict(Decimal)
    for one in proposals:
        left[account_of(one.invoice)] += one.invoice.open.amount
    return frozenset(account for account, amount in left.items() if amount <= 0)


def set_charges(plan: Plan, country: str, today: date) -> Plan:
    """Let each delivery carry what its invoices are charged with; `country`: the creditor's, as ISO 3166 code."""
    charged = [
        replace(
            one,
            charges=tuple(
                charge for item in one.items for charge in charges_on(item.invoice, one.customer, country, today)
            ),
        )
        for one in plan.deliveries
    ]
    return replace(plan, deliveries=tuple(charged))


def account_of(invoice: Invoice) -> Account:
    """Return whose account an invoice is on."""
    return invoice.customer.party, invoice.open.currency


def _account(delivery: PlannedDelivery) -> Account:
    return account_of(delivery.items[0].invoice)


def _with_credits(
    delivery: PlannedDelivery, siblings: list[PlannedDelivery], notes: list[Invoice], policy: Policy
) -> PlannedDelivery:
    """Set an account's credit notes against one of its letters only: the largest, so that none is counted twice."""
    largest = max(siblings, key=lambda one: (one.total.amount, policy.rank(one.level.id)))
    # The same reminders by post and by email are one letter that travels twice.
    if {item.key for item in delivery.items} != {item.key for item in largest.items}:
        return delivery
    return replace(delivery, credits=tuple(notes))


def _credit_notes(situation: Situation) -> Mapping[Account, list[Invoice]]:
    """Return the credit notes of each account, gathered once: there may be as many accounts as invoices."""
    notes: dict[Account, list[Invoice]] = defaultdict(list)
    for proposal in situation.proposals.values():
        invoice = proposal.invoice
        if invoice.is_credit:
            notes[account_of(invoice)].append(invoice)
    return notes
