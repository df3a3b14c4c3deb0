"""Settles a delivery whose fate is unknown, by the word of a person who has looked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from relance_xl.batches.unwritten import Unwritten, unwritten_for_now, unwritten_until_mended
from relance_xl.commands.shown_report import outcome_word
from relance_xl.console import Console
from relance_xl.core.channel import Channel
from relance_xl.core.history import replay
from relance_xl.core.record import Delivery, Settled, Via
from relance_xl.core.reminder import MADE, DeliveryKey, Outcome, ReminderKey
from relance_xl.core.wording import say_short_date
from relance_xl.journal.journal import Journal, read_journal
from relance_xl.journal.lock import dossier_lock, operator_name
from relance_xl.planning.leftovers import clear_leftovers, conflict_texts
from relance_xl.planning.workbook_update import RowStatus, update_workbook
from relance_xl.runtime.errors import RelanceError, UsageError
from relance_xl.runtime.language import _, current_language, in_every_language
from relance_xl.settings.dossier import Dossier
from relance_xl.workbook.sheets.columns import CALLS_SHEET


class Fate(StrEnum):
    """What the person found: it arrived, or it did not."""

    SENT = "sent"
    NOT_SENT = "not-sent"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was settled, by the key that was named, or a whole batch's; whether the workbook shows it already.

    `key` None: all of a batch. `warnings`: what else to tell.
    """

    key: DeliveryKey | None
    deliveries: tuple[Delivery, ...]
    unwritten: Unwritten
    warnings: tuple[str, ...] = ()


def _left_by_hand(delivery: Delivery) -> bool:
    """Whether a delivery was only made ready: a person may say that it was never posted or sent."""
    return delivery.outcome in MADE and delivery.prepared.via is not Via.SMTP


def _may_settle(delivery: Delivery, fate: Fate) -> bool:
    """Whether a person may say what became of a delivery: an unknown one, or what they sent themselves."""
    if delivery.outcome is Outcome.UNKNOWN:
        return True
    return delivery.is_file_to_send if fate is Fate.SENT else _left_by_hand(delivery)


def resolve_batch(dossier: Dossier, batch: str, fate: Fate, now: datetime, break_lock: bool = False) -> Resolution:
    """Record that all email files of a batch were sent, or that nothing of it that left by hand ever did.

    Raises UsageError where the batch has nothing of the kind.
    """
    with dossier_lock(dossier.private, now, break_lock) as lock:
        told = clear_leftovers(dossier)
        journal = Journal(dossier.journal, lock.check)
        journal.look()
        deliveries = replay(read_journal(dossier.journal)).deliveries
        mine = [one for one in deliveries if one.prepared.batch == batch.strip()]
        chosen = [one for one in mine if _may_settle(one, fate) and one.outcome is not Outcome.UNKNOWN]
        if not chosen:
            batches = dict.fromkeys(one.prepared.batch for one in deliveries if _may_settle(one, fate))
            raise UsageError(
                _("Nothing in batch {batch} waits to be marked so.").format(batch=batch)
                if mine
                else _("There is no batch {batch}.").format(batch=batch),
                advice=_("Batches in which something does: {batches}").format(
                    batches=", ".join(batches) or _("none at all")
                ),
            )
        return _settle(dossier, journal, None, chosen, _Word(fate, now, told, deliveries))


def resolve(dossier: Dossier, key: str, fate: Fate, now: datetime, break_lock: bool = False) -> Resolution:
    """Record the fate of an unknown delivery, that an email file was sent, or that a letter or email file never left.

    Raises UsageError where no delivery of that key is to be settled: it says what is known of it.
    """
    with dossier_lock(dossier.private, now, break_lock) as lock:
        told = clear_leftovers(dossier)
        journal = Journal(dossier.journal, lock.check)
        journal.look()
        deliveries = replay(read_journal(dossier.journal)).deliveries
        # What is of unknown fate goes before what was only made ready.
        may_settle = sorted(
            (one for one in deliveries if _may_settle(one, fate)), key=lambda one: one.outcome is not Outcome.UNKNOWN
        )
        found = _called(key, may_settle)
        if found is None:
            raise _nothing_to_settle(key, deliveries)
        named, delivery = found
        return _settle(dossier, journal, named, [delivery], _Word(fate, now, told, deliveries))


@dataclass(frozen=True, slots=True)
class _Word:
    """What a person said, when; what else is to be told; all deliveries."""

    fate: Fate
    now: datetime
    told: tuple[str, ...]
    deliveries: tuple[Delivery, ...]


def _settle(
    dossier: Dossier, journal: Journal, key: DeliveryKey | None, chosen: list[Delivery], word: _Word
) -> Resolution:
    """Record a person's word of deliveries, and write it into the workbook."""
    is_sent = word.fate is Fate.SENT
    outcome = Outcome.ACCEPTED if is_sent else Outcome.REFUSED
    detail = _("settled by {name}").format(name=operator_name())
    journal.append(Settled(one.prepared.id, outcome, word.now, detail) for one in chosen)
    text = _("email sent") if is_sent else _("not sent; while it is ticked, the next send makes it again")
    printed = {
        item.reminder
        for one in word.deliveries
        if one.outcome is Outcome.PRINTED and one not in chosen
        for item in one.prepared.items
    }
    statuses = {
        # What the row says of its letter stays.
        item.reminder: RowStatus(f"{_('letter ready to print')} · {text}" if item.reminder in printed else text)
        for delivery in chosen
        for item in delivery.prepared.items
    }
    settled = tuple(Delivery(one.prepared, outcome, detail, word.now) for one in chosen)
    unwritten, conflicts = _write(dossier, statuses, word.now.date())
    return Resolution(key, settled, unwritten, (*word.told, *conflict_texts(dossier, conflicts)))


def _called(key: str, deliveries: Iterable[Delivery]) -> tuple[DeliveryKey, Delivery] | None:
    """Return the first delivery of a key, and the key as it is written; None if there is none.

    A person may write it in other capitals, and the way by the word that they read: FA-12/1/courrier.
    """
    reminder, _slash, way = key.strip().casefold().rpartition("/")
    wanted = f"{reminder}/{_channel_words().get(way, way)}"
    keyed = ((one, delivery) for delivery in deliveries for one in delivery.keys)
    return next((found for found in keyed if str(found[0]).casefold() == wanted), None)


def _channel_words() -> dict[str, str]:
    """Return each channel by the words for it, in any language."""
    said = {Channel.POST: "post", Channel.EMAIL: "email", Channel.PHONE: "phone"}
    return {word.casefold(): str(channel) for channel, text in said.items() for word in in_every_language(text)}


def _nothing_to_settle(key: str, deliveries: Iterable[Delivery]) -> UsageError:
    """Return the error for a key of which nothing is to be settled: what is known of it, or that there is no such key."""
    deliveries = tuple(deliveries)
    # The last one says what holds now.
    found = _called(key, reversed(deliveries))
    if found is not None:
        return UsageError(_known_fate(*found))
    keys = [str(one) for delivery in deliveries if delivery.outcome is Outcome.UNKNOWN for one in delivery.keys]
    return UsageError(
        _("No delivery of unknown fate is called {key}.").format(key=key),
        advice=_("A key is the invoice, the reminder's number and the way: {example}. Of unknown fate: {keys}").format(
            example="FA-12/1/post, FA-12/1/email", keys=", ".join(keys) or _("none at all")
        ),
    )


def _known_fate(key: DeliveryKey, delivery: Delivery) -> str:
    """Return what is known of a delivery, in a sentence."""
    day = say_short_date(delivery.at.date() if delivery.at else delivery.prepared.day, current_language())
    if delivery.outcome in MADE:
        return _("{key} is already counted as sent (on {day}).").format(key=key, day=day)
    if delivery.is_call_to_make:
        return _("{key} is a call to make: write down what comes of it in the sheet {sheet}.").format(
            key=key, sheet=_(CALLS_SHEET)
        )
    if delivery.outcome is Outcome.PENDING:
        return _("{key} has not left yet: the next send finishes it.").format(key=key)
    if delivery.outcome is Outcome.REFUSED and delivery.prepared.via is Via.SMTP:
        return _("{key} is already counted as not sent (on {day}: {detail}).").format(
            key=key, day=day, detail=delivery.detail or outcome_word(delivery.outcome)
        )
    return _("{key} is already withdrawn (on {day}).").format(key=key, day=day)


def _write(
    dossier: Dossier, statuses: Mapping[ReminderKey, RowStatus], today: date
) -> tuple[Unwritten, tuple[Path, ...]]:
    """Write what was settled into the workbook; it is settled all the same where that cannot be done.

    Returns what could not be written, and what somebody saved meanwhile.
    """
    try:
        update = update_workbook(dossier, statuses, today)
    except (RelanceError, OSError) as error:
        return unwritten_until_mended(error), ()
    return Unwritten() if update.is_done else unwritten_for_now(_("it is open, or was being saved")), update.conflicts


def show_resolution(console: Console, resolution: Resolution) -> None:
    """Tell what was settled: all of a group, of which only one was named."""
    outcome = resolution.deliveries[0].outcome
    keys = [str(key) for one in resolution.deliveries for key in one.keys]
    if console.as_json:
        told = [*resolution.warnings, *resolution.unwritten.told]
        group = {"keys": keys} if len(keys) > 1 or resolution.key is None else {}
        named = {"key": str(resolution.key)} if resolution.key is not None else {}
        answer = {**named, "outcome": str(outcome), **group}
        console.answer({**answer, **({"warnings": told} if told else {})})
        return
    console.warn(resolution.warnings)
    # By a person's word it was sent or it was not: nobody refused it.
    word = _("not sent") if outcome is Outcome.REFUSED else outcome_word(outcome)
    for key in keys:
        console.say(_("{key}: {outcome}").format(key=key, outcome=word))
    console.warn(resolution.unwritten.told)
