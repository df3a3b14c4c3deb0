"""From decisions to deliveries: what would be sent, what is held and why, what is already done."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from relance_xl.core.channel import CHANNELS, Channel, Contact
from relance_xl.core.decision import Decision, TickAll
from relance_xl.core.history import History
from relance_xl.core.invoice import Customer, Invoice
from relance_xl.core.level import Grouping, Level, Policy
from relance_xl.core.money import Money, total_of
from relance_xl.core.proposal import Proposal
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.record import Delivery
from relance_xl.core.reminder import DeliveryKey, Outcome, ReminderKey
from relance_xl.core.typed import Tick, plain_title


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One invoice within a planned delivery."""

    key: ReminderKey
    invoice: Invoice
    proposal: Proposal
    next_date: date
    comment: str
    row: int


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """One letter or mail to make: its invoices, and the credit notes that lower its total."""

    channel: Channel
    level: Level
    customer: Customer
    recipients: tuple[str, ...]
    items: tuple[PlannedItem, ...]
    credits: tuple[Invoice, ...] = ()

    @property
    def invoices(self) -> tuple[Invoice, ...]:
        """All that the letter lists, credit notes last."""
        return tuple(item.invoice for item in self.items) + self.credits

    @property
    def total(self) -> Money:
        """What the letter asks for."""
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

    def without(self, dropped: Mapping[PlannedDelivery, Hold]) -> "Plan":
        """Return the plan with some deliveries held instead, each with its reason."""
        held = [hold for delivery, why in dropped.items() for hold in held_items(delivery, why)]
        kept = tuple(delivery for delivery in self.deliveries if delivery not in dropped)
        return replace(self, deliveries=kept, held=(*self.held, *held))


def held_items(delivery: PlannedDelivery, hold: Hold) -> Iterator[Held]:
    """Yield one held entry for each invoice of a delivery."""
    for item in delivery.items:
        key = DeliveryKey(item.key, delivery.channel)
        yield Held(key, delivery.level.id, hold, item.invoice)


@dataclass(frozen=True, slots=True)
class Situation:
    """All that planning looks at: today's proposals by invoice number, the history, the rules, the day."""

    proposals: Mapping[str, Proposal]
    history: History
    policy: Policy
    today: date


def plan_deliveries(decisions: Iterable[Decision], tick_all: TickAll, situation: Situation) -> Plan:
    """Return what the decisions come to, given how things stand now; credit notes are set against them last.

    See set_credits.
    """
    wanted: list[PlannedDelivery] = []
    held: list[Held] = []
    done: list[AlreadyDone] = []
    for decision in decisions:
        for channel in Channel:
            match _judge(decision, channel, tick_all, situation):
                case PlannedDelivery() as delivery:
                    wanted.append(delivery)
                case Held() as hold:
                    held.append(hold)
                case AlreadyDone() as already:
                    done.append(already)
    plan = Plan(tuple(wanted), tuple(held), tuple(done))
    if situation.policy.grouping is Grouping.CUSTOMER:
        return _grouped_by_customer(plan)
    return plan


def _judge(
    decision: Decision, channel: Channel, tick_all: TickAll, situation: Situation
) -> PlannedDelivery | Held | AlreadyDone | None:
    """Return what becomes of one row by one channel: None where nothing is asked."""
    history, key = situation.history, decision.key
    proposal = situation.proposals.get(key.invoice)
    level = situation.policy.level(decision.level or "")
    pending = history.unsettled(key, Outcome.PENDING)
    if history.is_made(key) and not (pending and pending.prepared.channel is channel):
        if not history.never_left(key, channel):
            return _already_done(decision, channel, tick_all, history)
        # By the other way it was made; by this one it was prepared and never left: it still may.
        proposal = replace(proposal, key=key, last=None, level=level, planned=situation.today) if proposal else None
    if not _is_wanted(decision, channel, tick_all, proposal, situation.today):
        return None
    if pending is not None:
        prepared = pending.prepared
        return Held(
            DeliveryKey(key, channel), prepared.level, Hold(Reason.UNFINISHED), proposal.invoice if proposal else None
        )
    if level is None:
        return None
    if proposal is None:
        return Held(DeliveryKey(key, channel), level.id, Hold(Reason.NOT_IN_SOURCE))
    objection = _objection(decision, channel, proposal, situation.today)
    if objection is not None:
        return Held(DeliveryKey(key, channel), level.id, objection, proposal.invoice)
    next_date = decision.next_date or situation.today + timedelta(days=level.next_days)
    item = PlannedItem(key, proposal.invoice, proposal, next_date, decision.comment, decision.row)
    recipients = decision.recipients if CHANNELS[channel].needs is Contact.EMAIL_ADDRESS else ()
    return PlannedDelivery(channel, level, proposal.invoice.customer, recipients, (item,))


def _is_wanted(decision: Decision, channel: Channel, tick_all: TickAll, proposal: Proposal | None, today: date) -> bool:
    tick = decision.tick(channel)
    if tick is not Tick.BLANK or not tick_all.has(channel):
        return tick is Tick.YES
    if CHANNELS[channel].asks_first and not _has_contact(decision, channel, proposal):
        return False
    return proposal is not None and proposal.is_reached_by_tick_all(today)


def _objection(decision: Decision, channel: Channel, proposal: Proposal, today: date) -> Hold | None:
    """Return why a wanted reminder cannot be made."""
    if proposal.obstacle is not None:
        return proposal.obstacle
    if decision.key != proposal.key:
        return Hold(Reason.ROW_AHEAD, str(decision.key))
    customer = proposal.invoice.customer
    if not shows(decision, customer):
        return Hold(Reason.CUSTOMER_CHANGED, _change_of(decision, customer))
    # It is also the deadline that the letter names.
    if decision.next_date is not None and decision.next_date <= today:
        return Hold(Reason.DATE_PASSED, f"{decision.next_date:%d/%m/%Y}")
    traits = CHANNELS[channel]
    if not _has_contact(decision, channel, proposal):
        return Hold(traits.lacking)
    if traits.needs is Contact.EMAIL_ADDRESS and decision.is_uncertain:
        listed = "; ".join(proposal.invoice.emails)
        return Hold(Reason.ADDRESS_UNCERTAIN, f"{'; '.join(decision.recipients)} / {listed or '-'}")
    return None


def _has_contact(decision: Decision, channel: Channel, proposal: Proposal | None) -> bool:
    """Whether all is known of a customer that a channel needs."""
    match CHANNELS[channel].needs:
        case Contact.EMAIL_ADDRESS:
            return bool(decision.recipients)
        case Contact.POSTAL_ADDRESS:
            return proposal is not None and proposal.invoice.customer.has_postal_address


def _change_of(decision: Decision, customer: Customer) -> str:
    before = decision.customer_name or decision.customer_code
    if plain_title(before) != plain_title(customer.name):
        return f"{before} → {customer.name}"
    # Of one name: only the codes tell them apart.
    return f"{before} ({decision.customer_code}) → {customer.name} ({customer.code})"


def shows(decision: Decision, customer: Customer) -> bool:
    """Whether a row shows that customer: by its code, else by its name; a customer with a code may be renamed."""
    if decision.customer_code:
        return is_same_code(decision.customer_code, customer.code)
    return not decision.customer_name or plain_title(decision.customer_name) == plain_title(customer.name)


def is_same_code(one: str, two: str) -> bool:
    """Whether two texts are one customer's code: spreadsheets take the zeros before a number away."""
    return plain_title(one).lstrip("0") == plain_title(two).lstrip("0")


def is_same_number(one: str, two: str) -> bool:
    """Whether two texts are one invoice's number: spreadsheets take the zeros before a number away."""
    return one == two or (one.lstrip("0") == two.lstrip("0") and one.isdecimal() and two.isdecimal())


def without_zeros(number: str) -> str:
    """Return what all texts that are one invoice's number have in common."""
    return number.lstrip("0") if number.isdecimal() else number


def _already_done(decision: Decision, channel: Channel, tick_all: TickAll, history: History) -> AlreadyDone | None:
    """Say that a row's reminder was made: for what its user ticked, and for what a tick-all had reached."""
    made = [one for one in history.deliveries_of(decision.key) if one.outcome is not Outcome.WITHDRAWN]
    same = next((one for one in made if one.prepared.channel is channel), None)
    tick = decision.tick(channel)
    if tick is Tick.YES or (tick is Tick.BLANK and tick_all.has(channel) and same is not None):
        return AlreadyDone(DeliveryKey(decision.key, channel), same or made[0])
    return None


GroupKey = tuple[str, str, Channel, str, tuple[str, ...]]


def _group_key(delivery: PlannedDelivery) -> GroupKey:
    currency = delivery.items[0].invoice.open.currency
    return (delivery.customer.code, delivery.level.id, delivery.channel, currency, delivery.recipients)


def _grouped_by_customer(plan: Plan) -> Plan:
    """Merge deliveries of one customer, level, channel and currency."""
    groups: dict[GroupKey, list[PlannedDelivery]] = defaultdict(list)
    for delivery in plan.deliveries:
        groups[_group_key(delivery)].append(delivery)
    merged = [
        replace(members[0], items=tuple(item for member in members for item in member.items))
        for members in groups.values()
    ]
    return replace(plan, deliveries=tuple(merged))


def set_credits(plan: Plan, situation: Situation) -> Plan:
    """Set customers' credit notes against what is left to send once all else is held; only when grouped by customer.

    A customer whose credit notes leave nothing to ask for is held.
    """
    if situation.policy.grouping is not Grouping.CUSTOMER:
        return plan
    siblings: dict[Account, list[PlannedDelivery]] = defaultdict(list)
    for delivery in plan.deliveries:
        siblings[_account(delivery)].append(delivery)
    notes = _credit_notes(situation)
    settled = [
        _with_credits(delivery, siblings[_account(delivery)], notes.get(_account(delivery), []), situation.policy)
        for delivery in plan.deliveries
    ]
    covered = _covered_customers(settled)
    hold = Hold(Reason.CREDITS_COVER)
    with_credits = replace(plan, deliveries=tuple(settled))
    return with_credits.without({delivery: hold for delivery in settled if _account(delivery) in covered})


#: A customer's code and a currency: what credit notes are set against.
Account = tuple[str, str]


def _account(delivery: PlannedDelivery) -> Account:
    return delivery.customer.code, delivery.items[0].invoice.open.currency


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
            notes[invoice.customer.code, invoice.open.currency].append(invoice)
    return notes


def _covered_customers(deliveries: list[PlannedDelivery]) -> set[Account]:
    return {_account(delivery) for delivery in deliveries if delivery.total.amount <= 0}
