"""The rules of dunning, on plain records: history, proposals, planning, money, wording."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relance_xl.core.channel import Channel
from relance_xl.core.decision import Decision, TickAll
from relance_xl.core.history import History, LedgerEdit, replay
from relance_xl.core.invoice import Customer, Invoice
from relance_xl.core.level import Level, Policy
from relance_xl.core.money import Money, rounded, total_of
from relance_xl.core.planning import (
    AlreadyDone,
    Held,
    Plan,
    PlannedDelivery,
    PlannedItem,
    Situation,
    is_too_early,
    plan_deliveries,
    set_charges,
    set_credits,
)
from relance_xl.core.proposal import Circumstances, Proposal, propose
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.record import Begun, Committed, Prepared, PreparedItem, Record, Settled, Via
from relance_xl.core.remembered.customer_entry import Grouping
from relance_xl.core.reminder import DeliveryKey, Outcome, ReminderKey
from relance_xl.core.texts.typed import Tick, TypedFault, UnreadableError
from relance_xl.core.wording import Company, LetterWords, letter_words, reason_text, say_money, unreadable_text
from relance_xl.runtime.language import LANGUAGES, set_language

POST, EMAIL = Channel.POST, Channel.EMAIL
YES, NO, BLANK = Tick.YES, Tick.NO, Tick.BLANK
TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

SIMPLE = Level("simple", {"fr": "Relance simple", "en": "Reminder"}, after_days=8, next_days=12)
FIRM = Level("ferme", {"fr": "Relance ferme", "en": "Firm reminder"}, after_days=20, next_days=15)
NOTICE = Level("mise_en_demeure", {"fr": "Mise en demeure", "en": "Formal notice"}, after_days=35, next_days=20)
POLICY = Policy((SIMPLE, FIRM, NOTICE))
BY_CUSTOMER = replace(POLICY, grouping=Grouping.LEVEL)

DUPONT = Customer("C1", "Dupont", ("8 quai du Commerce",), "69009", "Lyon")
MARTIN = Customer("C2", "Martin", ("1 rue du Lac",), "74000", "Annecy")


def euros(amount: str) -> Money:
    """Return an amount in euros."""
    return Money(Decimal(amount), "EUR")


def an_invoice(
    number: str = "F1",
    amount: str = "100.00",
    customer: Customer = DUPONT,
    *,
    due: date = date(2026, 10, 1),
    currency: str = "EUR",
    disputed: bool = False,
) -> Invoice:
    """Return an invoice long overdue."""
    return Invoice(number, customer, due, Money(Decimal(amount), currency), disputed=disputed)


def prepared(
    *keys: ReminderKey,
    channel: Channel = POST,
    level: str = "simple",
    batch: str = "B1",
    number: int = 1,
    day: date = date(2026, 11, 3),
    comment: str = "",
    next_date: date = date(2026, 11, 15),
) -> Prepared:
    """Return a prepared delivery of these reminders."""
    items = tuple(PreparedItem(key, euros("100.00"), next_date, comment, level) for key in keys)
    return Prepared(
        id=f"{batch}/{number}",
        batch=batch,
        day=day,
        channel=channel,
        level=level,
        customer_code="C1",
        customer_name="Dupont",
        recipients=("a@b.example",) if channel is EMAIL else (),
        items=items,
        document=f"lots/{batch}/{number}.pdf",
        message="",
        digest="0" * 64,
        operator="claire",
        via=Via.PRINT if channel is POST else Via.SMTP,
    )


def settled(record: Prepared, outcome: Outcome, detail: str = "") -> Settled:
    """Return the end of a delivery."""
    return Settled(record.id, outcome, NOW, detail)


def made(*deliveries: Prepared) -> list[Record]:
    """Return the records of deliveries that were made, each in its batch."""
    records: list[Record] = list(deliveries)
    records += [Committed(batch) for batch in dict.fromkeys(one.batch for one in deliveries)]
    outcomes = {POST: Outcome.PRINTED, EMAIL: Outcome.ACCEPTED}
    return records + [settled(one, outcomes[one.channel]) for one in deliveries]


F1, F1_SECOND, F1_THIRD, F2 = ReminderKey("F1", 1), ReminderKey("F1", 2), ReminderKey("F1", 3), ReminderKey("F2", 1)

# --- Keys


@pytest.mark.parametrize("text", ["", "F1", "F1/", "/1", "F1/0", "F1/-1", "F1/x", "F1/²", "F1/١", "F1/1.0"])
def test_text_that_is_no_key_is_refused(text: str) -> None:
    """A damaged hidden id is taken for a reminder's."""
    with pytest.raises(ValueError, match=r".*"):
        ReminderKey.parse(text)
    with pytest.raises(ValueError, match=r".*"):
        DeliveryKey.parse(f"{text}/post")


@given(st.text(min_size=1), st.integers(1, 10**6), st.sampled_from(list(Channel)))
def test_keys_read_back_equal(invoice: str, ordinal: int, channel: Channel) -> None:
    """A reminder's key is not that of its text, slashes in the invoice's number included."""
    key = DeliveryKey(ReminderKey(invoice, ordinal), channel)
    assert DeliveryKey.parse(str(key)) == key
    assert ReminderKey.parse(str(key.reminder)) == key.reminder


# --- History


def outcomes(records: Iterable[Record]) -> dict[str, Outcome]:
    """Return what became of each delivery, by id."""
    return {one.prepared.id: one.outcome for one in replay(records).deliveries}


def test_uncommitted_batch_never_was() -> None:
    """A batch whose preparation was interrupted counts as prepared."""
    whole = prepared(F1, batch="B1")
    torn = prepared(F2, batch="B2")
    assert outcomes([whole, Committed("B1"), torn]) == {"B1/1": Outcome.PENDING}
    assert replay([torn]).next_reminder("F2") == F2
    assert replay([torn]).deliveries_of(F2) == ()


def test_begun_without_an_end_is_unknown() -> None:
    """An email that may have left counts as not sent, or as sent."""
    record = prepared(F1, channel=EMAIL)
    history = replay([record, Committed("B1"), Begun("B1/1")])
    (delivery,) = history.deliveries
    assert delivery.outcome is Outcome.UNKNOWN
    assert history.unsettled(F1, Outcome.UNKNOWN) == delivery
    assert history.unsettled(F1, Outcome.PENDING) is None
    assert not history.is_made(F1)
    assert history.next_reminder("F1") == F1
    assert history.last_reminder("F1") is None


def test_last_settlement_wins() -> None:
    """What an operator settled later is overruled by an earlier record."""
    record = prepared(F1, channel=EMAIL)
    start: list[Record] = [record, Committed("B1"), Begun("B1/1")]
    refused, accepted = settled(record, Outcome.REFUSED, "550"), settled(record, Outcome.ACCEPTED, "250 ok")
    assert outcomes([*start, refused, accepted]) == {"B1/1": Outcome.ACCEPTED}
    assert outcomes([*start, accepted, refused]) == {"B1/1": Outcome.REFUSED}
    (delivery,) = replay([*start, refused, accepted]).deliveries
    assert (delivery.detail, delivery.at) == ("250 ok", NOW)


def test_email_put_off_and_begun_again_is_unknown() -> None:
    """A second attempt that was cut off counts by the first attempt's answer."""
    record = prepared(F1, channel=EMAIL)
    put_off: list[Record] = [record, Committed("B1"), Begun("B1/1"), settled(record, Outcome.PENDING, "451")]
    assert outcomes(put_off) == {"B1/1": Outcome.PENDING}
    assert outcomes([*put_off, Begun("B1/1")]) == {"B1/1": Outcome.UNKNOWN}


@pytest.mark.parametrize(
    ("outcome", "ordinal"),
    [
        (Outcome.PRINTED, 2),
        (Outcome.ACCEPTED, 2),
        (Outcome.REFUSED, 1),
        (Outcome.WITHDRAWN, 1),
        (Outcome.PENDING, 1),
        (Outcome.UNKNOWN, 1),
    ],
)
def test_only_what_was_made_counts(outcome: Outcome, ordinal: int) -> None:
    """A delivery that was refused or withdrawn moves the invoice one level on, or a made one does not."""
    record = prepared(F1)
    history = replay([record, Committed("B1"), settled(record, outcome)])
    assert history.next_reminder("F1") == ReminderKey("F1", ordinal)
    assert history.is_made(F1) == (ordinal == 2)
    assert history.next_reminder("F9") == ReminderKey("F9", 1)


def test_group_counts_for_each_of_its_invoices() -> None:
    """One letter for two invoices is a reminder of only one of them."""
    history = replay(made(prepared(F1, F2)))
    assert (history.next_reminder("F1"), history.next_reminder("F2")) == (F1_SECOND, ReminderKey("F2", 2))
    assert history.last_reminder("F2") is not None


def test_last_reminder_is_the_highest_made() -> None:
    """The last reminder shown is not the last one made."""
    first = prepared(F1, batch="B1", day=date(2026, 10, 1))
    second = prepared(F1_SECOND, batch="B2", level="ferme", day=date(2026, 11, 3), comment="vu")
    refused = prepared(F1_THIRD, batch="B3", channel=EMAIL, level="mise_en_demeure")
    records = [*made(first, second), refused, Committed("B3"), settled(refused, Outcome.REFUSED)]
    last = replay(records).last_reminder("F1")
    assert last is not None
    assert (last.key, last.level, last.day, last.comment) == (F1_SECOND, "ferme", date(2026, 11, 3), "vu")
    assert [one.prepared.id for one in last.deliveries] == ["B2/1"]


Edits = dict[tuple[DeliveryKey, str], LedgerEdit]
SAID, PLANNED = "promis", date(2026, 11, 15)
LATER = date(2026, 12, 24)


@pytest.mark.parametrize(
    ("post", "email", "comment", "next_date"),
    [
        (None, None, SAID, PLANNED),
        (LedgerEdit(SAID, PLANNED), LedgerEdit(SAID, PLANNED), SAID, PLANNED),
        (LedgerEdit("payé lundi", PLANNED), LedgerEdit(SAID, PLANNED), "payé lundi", PLANNED),
        (LedgerEdit(SAID, PLANNED), LedgerEdit("payé lundi", PLANNED), "payé lundi", PLANNED),
        (LedgerEdit(SAID, LATER), LedgerEdit(SAID, PLANNED), SAID, LATER),
        (LedgerEdit(SAID, PLANNED), LedgerEdit(SAID, LATER), SAID, LATER),
        (LedgerEdit("payé", PLANNED), LedgerEdit(SAID, LATER), "payé", LATER),
        (LedgerEdit("", PLANNED), LedgerEdit(SAID, PLANNED), "", PLANNED),
        (LedgerEdit(SAID, None), LedgerEdit(SAID, None), SAID, PLANNED),
        (None, LedgerEdit("payé", LATER), "payé", LATER),
    ],
)
def test_edited_row_of_a_reminder_wins(
    post: LedgerEdit | None, email: LedgerEdit | None, comment: str, next_date: date
) -> None:
    """What the user wrote into one of a reminder's two rows of the history is lost to its untouched twin."""
    records = made(
        prepared(F1, comment=SAID, next_date=PLANNED),
        prepared(F1, channel=EMAIL, number=2, comment=SAID, next_date=PLANNED),
    )
    edits: Edits = {(DeliveryKey(F1, POST), "B1"): post} if post else {}
    edits |= {(DeliveryKey(F1, EMAIL), "B1"): email} if email else {}
    last = replay(records).with_edits(edits).last_reminder("F1")
    assert last is not None
    assert (last.comment, last.next_date) == (comment, next_date)


def test_edit_belongs_to_its_own_batch_and_reminder() -> None:
    """An edit of another reminder's or another batch's row changes this one."""
    history = replay(made(prepared(F1, comment=SAID, next_date=PLANNED)))
    edits: Edits = {
        (DeliveryKey(F1, POST), "B0"): LedgerEdit("autre lot", LATER),
        (DeliveryKey(F2, POST), "B1"): LedgerEdit("autre facture", LATER),
        (DeliveryKey(F1_SECOND, POST), "B1"): LedgerEdit("autre relance", LATER),
    }
    last = history.with_edits(edits).last_reminder("F1")
    assert last is not None
    assert (last.comment, last.next_date) == (SAID, PLANNED)


# --- Proposals


def proposal_of(invoice: Invoice, records: Sequence[Record] = (), policy: Policy = POLICY) -> Proposal:
    """Return an invoice's proposal."""
    return propose(invoice, replay(records), Circumstances(policy, TODAY))


def test_first_proposal_is_the_first_level_after_its_days() -> None:
    """A never reminded invoice is proposed too early, too late or too firmly."""
    proposal = proposal_of(an_invoice(due=date(2026, 11, 16)))
    assert (proposal.key, proposal.level, proposal.planned) == (F1, SIMPLE, date(2026, 11, 24))
    assert (proposal.last, proposal.obstacle) == (None, None)
    assert proposal.is_due(TODAY)
    assert not proposal.is_due(TODAY - timedelta(days=1))


def test_first_level_may_come_before_the_due_date() -> None:
    """A level with negative days is not proposed before the due date."""
    early = Policy((replace(SIMPLE, after_days=-5), FIRM))
    proposal = proposal_of(an_invoice(due=date(2026, 11, 29)), policy=early)
    assert proposal.planned == TODAY
    assert proposal.is_reached_by_tick_all(TODAY)


@pytest.mark.parametrize(
    ("last", "proposed"),
    [("simple", FIRM), ("ferme", NOTICE), ("mise_en_demeure", None), ("no longer a level", FIRM)],
)
def test_next_proposal_is_one_level_up(last: str, proposed: Level | None) -> None:
    """The next reminder is not one step firmer, skips a level, or climbs beyond the last."""
    proposal = proposal_of(an_invoice(), made(prepared(F1, level=last, next_date=date(2026, 11, 20))))
    assert (proposal.key, proposal.level, proposal.planned) == (F1_SECOND, proposed, date(2026, 11, 20))
    assert proposal.last is not None


def test_a_reminder_never_gets_softer_for_a_level_that_is_gone() -> None:
    """Whoever renames a level in the settings sends the mildest letter to customers who had a formal notice."""
    records = made(prepared(F1, level="a"), prepared(F1_SECOND, level="b", batch="B2"))
    assert proposal_of(an_invoice(), records).level == NOTICE


@pytest.mark.parametrize(
    ("customer", "issued", "level"),
    [
        (DUPONT, None, FIRM),
        (replace(DUPONT, name="Dupont & Fils", address=("2 quai Neuf",)), None, SIMPLE),
        (replace(DUPONT, code="0815"), None, FIRM),
        (MARTIN, None, SIMPLE),
        (DUPONT, date(2026, 11, 10), SIMPLE),
        (DUPONT, date(2026, 11, 3), FIRM),
    ],
    ids=["same", "another under its code", "another code", "another customer", "a later invoice", "issued that day"],
)
def test_what_somebody_else_was_reminded_of_does_not_count(
    customer: Customer, issued: date | None, level: Level
) -> None:
    """An invoice that is booked to another customer, or has last year's number, gets a letter about reminders never had."""
    records = made(replace(prepared(F1), customer_address=DUPONT.postal_lines))
    proposal = proposal_of(replace(an_invoice(customer=customer), issued=issued), records)
    assert (proposal.key, proposal.level) == (F1_SECOND, level)
    assert (proposal.last is None) == bool(proposal.was_of) == (level is SIMPLE)


def test_no_second_level_before_the_due_date() -> None:
    """A customer reads "still unpaid" of an invoice that is not due yet."""
    early = Policy((replace(SIMPLE, after_days=-15), FIRM))
    due = date(2026, 12, 20)
    records = made(prepared(F1, next_date=date(2026, 11, 20)))
    assert proposal_of(an_invoice(due=due), records, early).planned == date(2026, 12, 21)
    rows = [a_decision(post=YES), a_decision(F2, post=YES, level="ferme")]
    invoices = [an_invoice(due=due), an_invoice("F2", due=due)]
    situation = Situation(
        {one.number: propose(one, replay([]), Circumstances(POLICY, TODAY)) for one in invoices},
        replay([]),
        POLICY,
        TODAY,
    )
    plan = plan_deliveries(rows, NOT_ALL, situation)
    untimely = [is_too_early(one, one.items[0], situation) for one in plan.deliveries]
    assert untimely == [False, True]


def test_next_proposal_follows_the_edited_date() -> None:
    """The user puts a reminder off in the history, and it comes all the same."""
    history = replay(made(prepared(F1))).with_edits({(DeliveryKey(F1, POST), "B1"): LedgerEdit("", LATER)})
    proposal = propose(an_invoice(), history, Circumstances(POLICY, TODAY))
    assert proposal.planned == LATER
    assert not proposal.is_reached_by_tick_all(TODAY)


def test_disputed_invoice_is_held() -> None:
    """A disputed invoice may be reminded."""
    proposal = proposal_of(an_invoice(disputed=True))
    assert proposal.obstacle == Hold(Reason.DISPUTED)
    assert not proposal.is_reached_by_tick_all(TODAY)


@pytest.mark.parametrize(("amount", "reason"), [("-12.50", Reason.CREDIT_NOTE), ("0.00", Reason.NOT_IN_SOURCE)])
def test_nothing_owed_is_held(amount: str, reason: Reason) -> None:
    """A credit note or a settled invoice may be reminded, or a settled invoice is told as a credit note."""
    proposal = proposal_of(an_invoice(amount=amount))
    assert proposal.obstacle == Hold(reason)
    assert not proposal.is_reached_by_tick_all(TODAY)


def test_credit_note_has_no_level() -> None:
    """A credit note is proposed a level."""
    assert proposal_of(an_invoice(amount="-12.50")).level is None


def test_unknown_fate_is_an_obstacle_and_names_the_delivery() -> None:
    """An invoice whose email may have left can be reminded again, or the advice names another delivery."""
    record = prepared(F1, channel=EMAIL)
    proposal = proposal_of(an_invoice(), [record, Committed("B1"), Begun("B1/1")])
    assert proposal.obstacle == Hold(Reason.FATE_UNKNOWN, "F1/1/email")
    assert DeliveryKey.parse("F1/1/email") in replay([record, Committed("B1")]).deliveries[0].keys


def test_reminder_that_only_the_ledger_knows_is_an_obstacle() -> None:
    """With its journal lost, the program sends again what the history sheet shows as sent."""
    proposal = propose(an_invoice(), replay([]), Circumstances(POLICY, TODAY, ledger_only={F1}))
    assert proposal.obstacle == Hold(Reason.LEDGER_AHEAD, "F1/1")
    assert propose(an_invoice("F2"), replay([]), Circumstances(POLICY, TODAY, ledger_only={F1})).obstacle is None


@pytest.mark.parametrize(("amount", "reached"), [("14.99", False), ("15.00", True), ("15.01", True)])
def test_minimum_keeps_small_amounts_out_of_a_tick_all(amount: str, reached: bool) -> None:
    """A tick-all chases an amount below the minimum, or leaves out one that reaches it."""
    policy = replace(POLICY, minimum=Decimal("15.00"))
    proposal = proposal_of(an_invoice(amount=amount), policy=policy)
    assert proposal.is_reached_by_tick_all(TODAY) is reached
    assert proposal.obstacle is None


# --- Planning


def a_decision(
    key: ReminderKey = F1,
    *,
    post: Tick = BLANK,
    email: Tick = BLANK,
    level: str | None = "simple",
    recipients: tuple[str, ...] = ("a@b.example",),
    next_date: date | None = None,
) -> Decision:
    """Return a row as the user edited it."""
    ticks = {one: tick for one, tick in ((POST, post), (EMAIL, email)) if tick is not BLANK}
    return Decision(key, 7, level, ticks, recipients, "vu", next_date)


NOT_ALL, ALL_BY_POST, ALL_BY_EMAIL = TickAll(), TickAll(frozenset({POST})), TickAll(frozenset({EMAIL}))


def plan_of(
    decisions: Iterable[Decision],
    invoices: Iterable[Invoice],
    records: Sequence[Record] = (),
    policy: Policy = POLICY,
    tick_all: TickAll = NOT_ALL,
) -> Plan:
    """Return what the decisions come to."""
    history = replay(records)
    proposals = {invoice.number: propose(invoice, history, Circumstances(policy, TODAY)) for invoice in invoices}
    situation = Situation(proposals, history, policy, TODAY)
    return set_credits(plan_deliveries(decisions, tick_all, situation), situation)


def sent(plan: Plan) -> list[tuple[str, Channel]]:
    """Return each delivery as its invoices and channel."""
    return [(" ".join(item.key.invoice for item in one.items), one.channel) for one in plan.deliveries]


def held(plan: Plan) -> dict[str, Reason]:
    """Return why each held delivery is held."""
    return {str(one.key): one.hold.reason for one in plan.held}


def test_own_tick_makes_a_delivery_with_all_it_needs() -> None:
    """A ticked row's delivery has another level, day, customer, comment or recipient than the row says."""
    plan = plan_of([a_decision(post=YES, email=YES, level="ferme")], [an_invoice()])
    assert (plan.held, plan.done) == ((), ())
    by_post, by_email = plan.deliveries
    assert (by_post.channel, by_post.recipients) == (POST, ())
    assert (by_email.channel, by_email.recipients) == (EMAIL, ("a@b.example",))
    for one in plan.deliveries:
        (item,) = one.items
        assert (one.level, one.customer, one.total) == (FIRM, DUPONT, euros("100.00"))
        assert (item.key, item.comment, item.row, item.next_date) == (F1, "vu", 7, TODAY + timedelta(days=15))


def test_customers_who_share_a_code_share_no_letter() -> None:
    """Grouped by customer, one of the many under the code DIVERS gets the invoices and credit notes of the others."""
    durand = Customer("DIVERS", "M. Durand", ("1 rue A",), "69001", "Lyon")
    petit = Customer("DIVERS", "Mme Petit", ("2 rue B",), "75001", "Paris")
    autre = Customer("DIVERS", "Mme Autre", ("3 rue C",), "13001", "Marseille")
    invoices = [an_invoice("F1", customer=durand), an_invoice("F2", customer=petit), an_invoice("F3", "-50.00", autre)]
    plan = plan_of([a_decision(post=YES), a_decision(F2, post=YES)], invoices, policy=BY_CUSTOMER)
    assert [(one.customer, one.credits) for one in plan.deliveries] == [(durand, ()), (petit, ())]


def test_people_of_one_name_without_a_code_share_no_letter() -> None:
    """Two people of one name get each other's invoices, as the list has no codes."""
    here = Customer("M. Martin", "M. Martin", ("1 rue A",), "69001", "Lyon")
    there = Customer("M. Martin", "M. Martin", ("2 rue B",), "75001", "Paris")
    invoices = [an_invoice("F1", customer=here), an_invoice("F2", customer=there)]
    plan = plan_of([a_decision(post=YES), a_decision(F2, post=YES)], invoices, policy=BY_CUSTOMER)
    assert [one.customer for one in plan.deliveries] == [here, there]


def test_a_row_that_shows_another_of_a_shared_code_is_held() -> None:
    """An invoice booked to another of the customers DIVERS goes to the address typed for the first one."""
    durand = Customer("DIVERS", "M. Durand", ("1 rue A",), "69001", "Lyon")
    petit = Customer("DIVERS", "Mme Petit", ("2 rue B",), "75001", "Paris")
    row = a_decision(email=YES)._replace(customer_code="DIVERS", customer_name="M. Durand")
    plan = plan_of([row], [an_invoice(customer=petit), an_invoice("F2", customer=durand)])
    assert held(plan) == {"F1/1/email": Reason.CUSTOMER_CHANGED}
    renamed = plan_of([row], [an_invoice(customer=petit)])
    assert sent(renamed) == [("F1", EMAIL)]


def test_next_date_of_the_row_wins() -> None:
    """The date typed for the next reminder is replaced by the level's."""
    plan = plan_of([a_decision(post=YES, next_date=LATER)], [an_invoice()])
    assert plan.deliveries[0].items[0].next_date == LATER


def test_no_tick_or_no_level_is_nothing() -> None:
    """A row without a tick, with a no, or without a level is acted on."""
    rows = [a_decision(), a_decision(F2, post=NO, email=NO), a_decision(ReminderKey("F3", 1), post=YES, level=None)]
    assert plan_of(rows, [an_invoice("F1"), an_invoice("F2"), an_invoice("F3")]) == Plan()


def test_own_tick_reaches_what_is_not_due_or_below_the_minimum() -> None:
    """A user's own tick is overruled by the policy."""
    policy = replace(POLICY, minimum=Decimal(1000))
    plan = plan_of([a_decision(post=YES)], [an_invoice(due=date(2027, 1, 1))], policy=policy)
    assert sent(plan) == [("F1", POST)]


def test_tick_all_reaches_its_channel_only() -> None:
    """A tick-all by post sends emails, or the other way round."""
    rows, invoices = [a_decision(), a_decision(F2)], [an_invoice("F1"), an_invoice("F2")]
    assert sent(plan_of(rows, invoices, tick_all=ALL_BY_POST)) == [("F1", POST), ("F2", POST)]
    assert sent(plan_of(rows, invoices, tick_all=ALL_BY_EMAIL)) == [("F1", EMAIL), ("F2", EMAIL)]
    assert len(sent(plan_of(rows, invoices, tick_all=TickAll(frozenset({POST, EMAIL}))))) == 4


@pytest.mark.parametrize(
    ("row", "invoice"),
    [
        (a_decision(post=NO), an_invoice()),
        (a_decision(level=None), an_invoice()),
        (a_decision(), an_invoice(due=TODAY)),
        (a_decision(), an_invoice(disputed=True)),
        (a_decision(), an_invoice(amount="-5.00")),
        (a_decision(), an_invoice(amount="0.00")),
        (a_decision(), an_invoice(amount="9.99")),
        (a_decision(), an_invoice("F9")),
    ],
    ids=["no", "no level", "not due", "disputed", "credit", "settled", "below minimum", "paid"],
)
def test_tick_all_leaves_alone(row: Decision, invoice: Invoice) -> None:
    """A tick-all reaches a row that it must leave alone, or reports it as held."""
    policy = replace(POLICY, minimum=Decimal(10))
    assert plan_of([row], [invoice], policy=policy, tick_all=ALL_BY_POST) == Plan()


def test_tick_all_by_email_leaves_rows_without_an_address_alone() -> None:
    """ "All by email" holds or sends what has no address."""
    assert plan_of([a_decision(recipients=())], [an_invoice()], tick_all=ALL_BY_EMAIL) == Plan()


def test_no_on_one_channel_leaves_the_other() -> None:
    """A no for letters also stops the customer's emails."""
    plan = plan_of([a_decision(post=NO)], [an_invoice()], tick_all=TickAll(frozenset({POST, EMAIL})))
    assert sent(plan) == [("F1", EMAIL)]


NOWHERE = replace(DUPONT, address=(), postal_code="", city="")


@pytest.mark.parametrize(
    ("row", "invoice", "key", "reason"),
    [
        (a_decision(email=YES, recipients=()), an_invoice(), "F1/1/email", Reason.NO_EMAIL),
        (a_decision(post=YES), an_invoice(customer=NOWHERE), "F1/1/post", Reason.NO_POSTAL_ADDRESS),
        (a_decision(post=YES), an_invoice(disputed=True), "F1/1/post", Reason.DISPUTED),
        (a_decision(post=YES), an_invoice(amount="-1.00"), "F1/1/post", Reason.CREDIT_NOTE),
        (a_decision(post=YES), an_invoice("F9"), "F1/1/post", Reason.NOT_IN_SOURCE),
        (a_decision(F1_SECOND, post=YES), an_invoice(), "F1/2/post", Reason.ROW_AHEAD),
    ],
)
def test_own_tick_is_held_with_its_reason(row: Decision, invoice: Invoice, key: str, reason: Reason) -> None:
    """What must not be sent is sent, or is dropped without a word."""
    plan = plan_of([row], [invoice])
    assert (held(plan), plan.deliveries, plan.done) == ({key: reason}, (), ())
    assert plan.held[0].level == "simple"


def test_missing_address_holds_its_own_channel_only() -> None:
    """Without an email address the letter is held too, or without a postal address the email."""
    plan = plan_of([a_decision(post=YES, email=YES, recipients=())], [an_invoice()])
    assert (sent(plan), held(plan)) == ([("F1", POST)], {"F1/1/email": Reason.NO_EMAIL})
    plan = plan_of([a_decision(post=YES, email=YES)], [an_invoice(customer=NOWHERE)])
    assert (sent(plan), held(plan)) == ([("F1", EMAIL)], {"F1/1/post": Reason.NO_POSTAL_ADDRESS})


def test_partly_paid_invoice_is_asked_for_what_is_open_now() -> None:
    """A letter asks for the amount of yesterday's workbook instead of the source's."""
    (delivery,) = plan_of([a_decision(post=YES)], [an_invoice(amount="40.00")]).deliveries
    assert delivery.total == euros("40.00")


def done_keys(plan: Plan) -> dict[str, str]:
    """Return the delivery by which each asked-for one was already made."""
    return {str(one.key): one.delivery.prepared.id for one in plan.done}


def test_made_reminder_is_never_made_again() -> None:
    """A workbook copy makes a reminder twice, by its own channel or by the other one."""
    records = made(prepared(F1))
    plan = plan_of([a_decision(post=YES, email=YES)], [an_invoice()], records)
    assert (plan.deliveries, plan.held) == ((), ())
    assert done_keys(plan) == {"F1/1/post": "B1/1", "F1/1/email": "B1/1"}


def test_made_reminder_of_a_paid_invoice_is_done_not_held() -> None:
    """After the invoice was paid, the row that was sent is reported as held."""
    plan = plan_of([a_decision(post=YES)], [], made(prepared(F1)))
    assert (held(plan), done_keys(plan)) == ({}, {"F1/1/post": "B1/1"})


def test_tick_all_reports_as_done_only_what_it_had_reached() -> None:
    """A tick-all reports as done what nobody asked for by that channel."""
    records = made(prepared(F1))
    assert done_keys(plan_of([a_decision()], [an_invoice()], records, tick_all=ALL_BY_POST)) == {"F1/1/post": "B1/1"}
    assert plan_of([a_decision()], [an_invoice()], records, tick_all=ALL_BY_EMAIL) == Plan()
    assert plan_of([a_decision(post=NO)], [an_invoice()], records, tick_all=ALL_BY_POST) == Plan()


def test_refused_email_of_a_printed_reminder_is_done() -> None:
    """A reminder that was printed is made again by email because its email was refused."""
    letter, email = prepared(F1), prepared(F1, channel=EMAIL, number=2)
    records: list[Record] = [
        letter,
        email,
        Committed("B1"),
        settled(letter, Outcome.PRINTED),
        settled(email, Outcome.REFUSED),
    ]
    plan = plan_of([a_decision(email=YES)], [an_invoice()], records)
    assert (plan.deliveries, done_keys(plan)) == ((), {"F1/1/email": "B1/2"})


def test_refused_reminder_is_made_again_under_the_same_key() -> None:
    """A reminder that was refused can never be made, or counts as one made."""
    email = prepared(F1, channel=EMAIL)
    records: list[Record] = [email, Committed("B1"), settled(email, Outcome.REFUSED)]
    (delivery,) = plan_of([a_decision(email=YES)], [an_invoice()], records).deliveries
    assert delivery.items[0].key == F1


def test_pending_reminder_is_finished_not_made_again() -> None:
    """What an interrupted send prepared is prepared a second time."""
    records: list[Record] = [prepared(F1, channel=EMAIL), Committed("B1")]
    plan = plan_of([a_decision(post=YES, email=YES)], [an_invoice()], records)
    assert plan.deliveries == ()
    assert held(plan) == {"F1/1/post": Reason.UNFINISHED, "F1/1/email": Reason.UNFINISHED}


def test_unknown_fate_holds_every_channel() -> None:
    """An email that may have arrived is followed by a letter of the same reminder."""
    records: list[Record] = [prepared(F1, channel=EMAIL), Committed("B1"), Begun("B1/1")]
    plan = plan_of([a_decision(post=YES, email=YES)], [an_invoice()], records)
    assert plan.deliveries == ()
    assert held(plan) == {"F1/1/post": Reason.FATE_UNKNOWN, "F1/1/email": Reason.FATE_UNKNOWN}


def test_plan_without_holds_each_invoice_of_the_delivery() -> None:
    """A group whose letter fails loses invoices from the report, or another delivery goes with it."""
    rows = [a_decision(post=YES), a_decision(F2, post=YES), a_decision(ReminderKey("F3", 1), post=YES)]
    invoices = [an_invoice("F1"), an_invoice("F2"), an_invoice("F3", customer=MARTIN)]
    plan = plan_of(rows, invoices, policy=BY_CUSTOMER)
    shorter = plan.without({plan.deliveries[0]: Hold(Reason.LETTER_FAILED, "x")})
    assert sent(shorter) == [("F3", POST)]
    assert held(shorter) == {"F1/1/post": Reason.LETTER_FAILED, "F2/1/post": Reason.LETTER_FAILED}


# --- Grouping by customer


def grouped(rows: Iterable[Decision], invoices: Iterable[Invoice]) -> Plan:
    """Return the plan with one letter a customer and level."""
    return plan_of(rows, invoices, policy=BY_CUSTOMER)


def row(
    number: str, level: str = "simple", *, post: Tick = YES, email: Tick = BLANK, to: str = "a@b.example"
) -> Decision:
    """Return a ticked row of an invoice never reminded."""
    return a_decision(ReminderKey(number, 1), post=post, email=email, level=level, recipients=(to,))


def letters(plan: Plan) -> dict[tuple[str, Channel], tuple[str, list[str]]]:
    """Return each delivery's total and credit notes."""
    return {
        key: (str(one.total.amount), [credit.number for credit in one.credits])
        for key, one in zip(sent(plan), plan.deliveries, strict=True)
    }


def test_customer_level_channel_and_currency_share_a_letter() -> None:
    """Invoices share a letter that must not, or do not share one that should."""
    invoices = [
        an_invoice("F1"),
        an_invoice("F2", customer=MARTIN),
        an_invoice("F3", "50.00"),
        an_invoice("F4"),
        an_invoice("F5", currency="GBP"),
    ]
    rows = [row("F1", email=YES), row("F2"), row("F3"), row("F4", "ferme"), row("F5")]
    assert letters(grouped(rows, invoices)) == {
        ("F1 F3", POST): ("150.00", []),
        ("F1", EMAIL): ("100.00", []),
        ("F2", POST): ("100.00", []),
        ("F4", POST): ("100.00", []),
        ("F5", POST): ("100.00", []),
    }


def test_other_recipients_have_their_own_email() -> None:
    """An email about one invoice goes to the address that was typed for another."""
    rows = [row("F1", post=BLANK, email=YES), row("F2", post=BLANK, email=YES, to="x@y.example")]
    plan = grouped(rows, [an_invoice("F1"), an_invoice("F2")])
    assert [(one.recipients, len(one.items)) for one in plan.deliveries] == [
        (("a@b.example",), 1),
        (("x@y.example",), 1),
    ]


def test_credit_lowers_the_largest_letter_only_once() -> None:
    """A credit note lowers two letters, or not the largest one."""
    invoices = [an_invoice("F1", "80.00"), an_invoice("F2", "200.00"), an_invoice("AV", "-30.00")]
    assert letters(grouped([row("F1", "mise_en_demeure"), row("F2")], invoices)) == {
        ("F1", POST): ("80.00", []),
        ("F2", POST): ("170.00", ["AV"]),
    }


def test_credit_lowers_the_firmest_of_equal_letters() -> None:
    """Of two letters of one amount both or the milder one shows the credit note."""
    invoices = [an_invoice("F1"), an_invoice("F2"), an_invoice("AV", "-30.00")]
    assert letters(grouped([row("F1"), row("F2", "ferme")], invoices)) == {
        ("F1", POST): ("100.00", []),
        ("F2", POST): ("70.00", ["AV"]),
    }


def test_post_and_email_of_the_same_reminders_both_show_the_credit() -> None:
    """The letter and the email of one reminder ask for different amounts."""
    invoices = [an_invoice("F1"), an_invoice("F2"), an_invoice("AV", "-30.00")]
    assert letters(grouped([row("F1", email=YES), row("F2", email=YES)], invoices)) == {
        ("F1 F2", POST): ("170.00", ["AV"]),
        ("F1 F2", EMAIL): ("170.00", ["AV"]),
    }


def test_credit_stays_with_its_customer_and_currency() -> None:
    """A credit note lowers another customer's letter, or one in another currency."""
    invoices = [
        an_invoice("F1"),
        an_invoice("F2", customer=MARTIN),
        an_invoice("F3", currency="GBP"),
        an_invoice("AV", "-30.00"),
        an_invoice("CN", "-10.00", currency="GBP"),
    ]
    assert letters(grouped([row("F1"), row("F2"), row("F3")], invoices)) == {
        ("F1", POST): ("70.00", ["AV"]),
        ("F2", POST): ("100.00", []),
        ("F3", POST): ("90.00", ["CN"]),
    }


@pytest.mark.parametrize("credit", ["-100.00", "-250.00"])
def test_customer_whose_credits_cover_the_debt_is_held(credit: str) -> None:
    """A customer who owes nothing on balance is chased, or another customer is held for it."""
    invoices = [an_invoice("F1"), an_invoice("AV", credit), an_invoice("F2", customer=MARTIN)]
    plan = grouped([row("F1", email=YES), row("F2")], invoices)
    assert sent(plan) == [("F2", POST)]
    assert held(plan) == {"F1/1/post": Reason.CREDITS_COVER, "F1/1/email": Reason.CREDITS_COVER}


def test_without_grouping_credits_change_nothing() -> None:
    """A letter for one invoice asks for less than the invoice, though it says nothing of a credit note."""
    plan = plan_of([row("F1")], [an_invoice("F1"), an_invoice("AV", "-30.00")])
    assert letters(plan) == {("F1", POST): ("100.00", [])}


def test_held_rows_stay_out_of_the_group() -> None:
    """A disputed invoice is in its customer's letter, or holds the others."""
    plan = grouped([row("F1"), row("F2")], [an_invoice("F1"), an_invoice("F2", disputed=True)])
    assert letters(plan) == {("F1", POST): ("100.00", [])}
    assert held(plan) == {"F2/1/post": Reason.DISPUTED}


ticks = st.sampled_from(list(Tick))
some_invoices = st.lists(
    st.builds(
        an_invoice,
        amount=st.decimals(-500, 500, places=2).map(str),
        customer=st.sampled_from([DUPONT, MARTIN, NOWHERE]),
        due=st.dates(date(2026, 10, 1), date(2026, 12, 1)),
        currency=st.sampled_from(["EUR", "GBP"]),
        disputed=st.booleans(),
    ),
    min_size=1,
    max_size=7,
)
some_rows = st.builds(
    a_decision,
    post=ticks,
    email=ticks,
    level=st.sampled_from(["simple", "ferme", None]),
    recipients=st.sampled_from([(), ("a@b.example",), ("x@y.example",)]),
)


@given(some_invoices, st.data(), st.sampled_from([POLICY, BY_CUSTOMER]))
@settings(max_examples=200)
def test_every_own_tick_is_answered_exactly_once(invoices: list[Invoice], data: st.DataObject, policy: Policy) -> None:
    """A tick is lost, answered twice, or its letter mixes customers, levels or currencies, or asks for nothing."""
    invoices = [replace(one, number=f"F{index}") for index, one in enumerate(invoices)]
    rows = [data.draw(some_rows)._replace(key=ReminderKey(one.number, 1)) for one in invoices]
    plan = plan_of(rows, invoices, policy=policy)
    asked = [
        str(DeliveryKey(one.key, channel))
        for one in rows
        for channel in Channel
        if one.tick(channel) is YES and one.level is not None
    ]
    sent_keys = [str(DeliveryKey(item.key, one.channel)) for one in plan.deliveries for item in one.items]
    assert Counter(sent_keys + [str(one.key) for one in plan.held]) == Counter(asked)
    level_of = {one.key: one.level for one in rows}
    with_credits: dict[tuple[str, str], set[tuple[ReminderKey, ...]]] = {}
    for one in plan.deliveries:
        assert one.total.amount > 0
        assert {invoice.customer.code for invoice in one.invoices} == {one.customer.code}
        assert {invoice.open.currency for invoice in one.invoices} == {one.total.currency}
        assert {level_of[item.key] for item in one.items} == {one.level.id}
        if one.credits:
            letter = tuple(item.key for item in one.items)
            with_credits.setdefault((one.customer.code, one.total.currency), set()).add(letter)
    assert all(len(different) == 1 for different in with_credits.values())


# --- Money


@pytest.mark.parametrize(
    ("amount", "currency", "result"),
    [
        ("0.005", "EUR", "0.01"), ("0.0049999", "EUR", "0.00"), ("-0.005", "EUR", "-0.01"), ("2.345", "EUR", "2.35"),
        ("-2.345", "EUR", "-2.35"), ("1.5", "JPY", "2"), ("2.5", "JPY", "3"), ("-2.5", "XPF", "-3"),
        ("1.0005", "TND", "1.001"), ("1.00049", "KWD", "1.000"), ("12", "GBP", "12.00"),
        ("1.0005", "JOD", "1.001"), ("7.1115", "OMR", "7.112"), ("1500.4", "ISK", "1500"), ("99.5", "UGX", "100"),
        ("1.005", "USD", "1.01"), ("1.005", "CHF", "1.01"), ("1.005", "XYZ", "1.01"),
    ],
)  # fmt: skip
def test_money_is_rounded_half_away_from_zero(amount: str, currency: str, result: str) -> None:
    """An amount is a cent off, or has the decimals of another currency."""
    made_of = Money.of(Decimal(amount), currency)
    assert str(made_of.amount) == result
    assert rounded(made_of.amount, currency) == made_of.amount


@given(st.lists(st.decimals(-(10**9), 10**9, places=2)))
def test_total_is_the_exact_sum(amounts: list[Decimal]) -> None:
    """A total is not the sum of its lines."""
    cents = sum(int(amount * 100) for amount in amounts)
    assert total_of((Money(amount, "EUR") for amount in amounts), "EUR") == euros(str(Decimal(cents) / 100))


def test_currencies_are_never_added() -> None:
    """Pounds are added to euros."""
    with pytest.raises(ValueError, match="GBP"):
        total_of([euros("1.00"), Money(Decimal("1.00"), "GBP")], "EUR")
    assert total_of([], "EUR") == euros("0.00")


# --- Wording

COMPANY = Company("Morvaneau", (), "69007", "Lyon", "FR", "", "", "", "", "", "", "", "")


def words_of(
    *invoices: Invoice, customer: Customer = DUPONT, records: Sequence[Record] = (), company: Company = COMPANY
) -> LetterWords:
    """Return what a letter about these invoices says."""
    items = []
    for invoice in invoices:
        proposal = proposal_of(invoice, records)
        items.append(
            PlannedItem(
                proposal.key,
                invoice,
                SIMPLE,
                proposal.last,
                proposal.level.id if proposal.level else "",
                LATER,
                "",
                7,
            )
        )
    plan = Plan((PlannedDelivery(POST, SIMPLE, customer, (), tuple(items)),))
    (delivery,) = set_charges(plan, company.country, TODAY).deliveries
    return letter_words(delivery, company, TODAY, POLICY.level)


YESTERDAY = TODAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("dues", "currency", "professional", "due"),
    [
        ([YESTERDAY], "EUR", True, "40.00"),
        ([YESTERDAY, YESTERDAY, TODAY], "EUR", True, "80.00"),
        ([TODAY], "EUR", True, ""),
        ([LATER], "EUR", True, ""),
        ([YESTERDAY], "EUR", False, ""),
        ([YESTERDAY], "GBP", True, ""),
    ],
)
def test_indemnity_is_for_late_professionals_in_euros(
    dues: list[date], currency: str, professional: bool, due: str
) -> None:
    """The recovery indemnity is asked of a consumer, before lateness, in pounds, or not once an invoice."""
    customer = replace(DUPONT, professional=professional)
    invoices = [an_invoice(f"F{number}", due=day, currency=currency) for number, day in enumerate(dues)]
    assert words_of(*invoices, customer=customer).indemnity == (say_money(euros(due), "fr") if due else "")


@pytest.mark.parametrize(
    ("country", "said"),
    [
        ("", ""), ("FR", ""), ("fr", ""), ("France", ""), ("FRANCE", ""), ("BE", "BELGIQUE"), ("be", "BELGIQUE"),
        ("Belgique", "BELGIQUE"), ("Belgium", "BELGIQUE"), ("Royaume-Uni", "ROYAUME-UNI"),
        ("United Kingdom", "ROYAUME-UNI"), ("Syldavie", "SYLDAVIE"),
    ],
)  # fmt: skip
def test_country_stands_on_letters_abroad_only(country: str, said: str) -> None:
    """A letter abroad lacks its country, or one at home shows it."""
    assert words_of(an_invoice(), customer=replace(DUPONT, country=country)).customer.country == said


@pytest.mark.parametrize(("language", "said"), [("fr", "1 234,50 €"), ("en", "€1,234.50")])
def test_letter_speaks_the_customers_language(language: str, said: str) -> None:
    """Amounts and level stand in another language than the customer's."""
    words = words_of(an_invoice(amount="1234.50"), customer=replace(DUPONT, language=language))
    assert words.total.replace("\u202f", " ").replace("\u00a0", " ") == said
    assert words.level.label == SIMPLE.labels[language]
    assert words.invoices[0].due_date == "01/10/2026"


def test_letter_names_the_invoice_or_the_customer() -> None:
    """A letter's reference, count or lines are not those of its invoices."""
    one, two = words_of(an_invoice("F1")), words_of(an_invoice("F1"), an_invoice("F2"))
    assert (one.reference, one.count) == ("F1", 1)
    assert (two.reference, two.count, [line.number for line in two.invoices]) == ("C1", 2, ["F1", "F2"])
    assert one.invoices[0].days_overdue == 54
    assert (one.last_reminder, one.last_level) == ("", "")


def test_letter_recalls_the_latest_of_its_reminders() -> None:
    """The letter recalls another reminder than the last one sent about its invoices."""
    records = made(
        prepared(F1, day=date(2026, 11, 3)),
        prepared(F2, batch="B2", level="ferme", day=date(2026, 11, 10)),
    )
    words = words_of(an_invoice("F1"), an_invoice("F2"), records=records)
    assert "10" in words.last_reminder
    assert (words.last_level, words.ordinal) == ("Relance ferme", 2)


def test_names_for_templates_are_all_the_fields() -> None:
    """A template's name has no value, or another field's."""
    words = words_of(an_invoice())
    names = words.names()
    assert set(names) == set(LetterWords.__slots__)
    assert names["customer"] == words.customer
    assert names["total"] == words.total


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_its_own_words(language: str) -> None:
    """A reason has no text, or that of another one."""
    set_language(language)
    texts = {reason: reason_text(Hold(reason, "{x}")) for reason in Reason}
    assert all(texts.values())
    assert len(set(texts.values())) == len(texts)


WITH_DETAIL = {
    Reason.FATE_UNKNOWN, Reason.ROW_AHEAD, Reason.DUPLICATE_ROW, Reason.LEDGER_AHEAD, Reason.INVOICE_MISSING,
    Reason.INVOICE_UNREADABLE, Reason.INVOICE_ENCRYPTED, Reason.INVOICE_SHARED, Reason.INVOICE_OUTSIDE,
    Reason.LETTER_FAILED, Reason.DATE_PASSED, Reason.DOCUMENT_LOST, Reason.SERVER_REFUSED, Reason.TRY_LATER,
    Reason.SERVER_STOPPED, Reason.LOGIN_ENDED, Reason.ADDRESS_NOT_TAKEN, Reason.SYSTEM_REFUSED, Reason.QUOTA,
    Reason.TOO_LARGE, Reason.CUSTOMER_CHANGED, Reason.RECIPIENT_CHANGED, Reason.INVOICE_OF_ANOTHER, Reason.ADDRESS_UNCERTAIN,
    Reason.INVOICE_REPLACED, Reason.SUSPENDED, Reason.WRONG_ROW, Reason.EINVOICE_DIFFERS,
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_name_what_they_concern(language: str) -> None:
    """A reason leaves out the file, key or server's words that the user needs, in one of the languages."""
    set_language(language)
    said = {reason for reason in Reason if "{weird} 100%" in reason_text(Hold(reason, "{weird} 100%"))}
    assert said == WITH_DETAIL


@pytest.mark.parametrize("fault", list(TypedFault))
def test_unreadable_text_is_quoted(fault: TypedFault) -> None:
    """The message about a wrong cell does not show what stands in it."""
    assert "{0} %s" in unreadable_text(UnreadableError(fault, "{0} %s"))


def test_plan_parts_are_of_their_kinds() -> None:
    """A report's entry lost its customer or its delivery."""
    records = made(prepared(F2))
    plan = plan_of([row("F1"), row("F2")], [an_invoice("F1", disputed=True), an_invoice("F2")], records)
    assert plan.held == (Held(DeliveryKey(F1, POST), "simple", Hold(Reason.DISPUTED), an_invoice("F1", disputed=True)),)
    assert plan.done == (AlreadyDone(DeliveryKey(F2, POST), History(replay(records).deliveries).deliveries[0]),)
