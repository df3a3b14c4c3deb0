"""Settles a delivery whose fate is unknown, by the word of a person who has looked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from relance_xl.batches.unwritten import Unwritten, owed_for_now, owed_until_mended
from relance_xl.commands.shown_report import outcome_word
from relance_xl.console import Console
from relance_xl.core.history import replay
from relance_xl.core.record import Delivery, Settled, Via
from relance_xl.core.reminder import MADE, Outcome, ReminderKey
from relance_xl.journal.journal import Journal, read_journal
from relance_xl.journal.lock import dossier_lock, operator_name
from relance_xl.planning.leftovers import clear_leftovers, conflict_texts
from relance_xl.planning.workbook_update import RowStatus, update_workbook
from relance_xl.runtime.errors import RelanceError, UsageError
from relance_xl.runtime.language import _
from relance_xl.settings.dossier import Dossier


class Fate(StrEnum):
    """What the person found: it arrived, or it did not."""

    SENT = "sent"
    NOT_SENT = "not-sent"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was settled, whether the workbook shows it already, and what else to tell."""

    delivery: Delivery
    unwritten: Unwritten
    warnings: tuple[str, ...] = ()


def _left_by_hand(delivery: Delivery) -> bool:
    """Whether a delivery was only made ready: a person may say that it was never posted or sent."""
    return delivery.outcome in MADE and delivery.prepared.via is not Via.SMTP


def resolve(dossier: Dossier, key: str, fate: Fate, now: datetime, break_lock: bool = False) -> Resolution:
    """Record the fate of an unknown delivery, or that a letter or email file never left.

    Raises UsageError where no such delivery has that key.
    """
    with dossier_lock(dossier.private, now, break_lock) as lock:
        told = clear_leftovers(dossier)
        journal = Journal(dossier.journal, lock.check)
        journal.look()
        deliveries = replay(read_journal(dossier.journal)).deliveries
        unknown = [one for one in deliveries if one.outcome is Outcome.UNKNOWN]
        may_settle = unknown + [one for one in deliveries if fate is Fate.NOT_SENT and _left_by_hand(one)]
        found = next((one for one in may_settle if key in map(str, one.keys)), None)
        if found is None:
            keys = [str(one) for delivery in unknown for one in delivery.keys]
            raise UsageError(
                _("No delivery of unknown fate is called {key}.").format(key=key),
                advice=_(
                    "A key is the invoice, the reminder's number and the way: {example}. Of unknown fate: {keys}"
                ).format(example="FA-12/1/post, FA-12/1/email", keys=", ".join(keys) or _("none at all")),
            )
        outcome = Outcome.ACCEPTED if fate is Fate.SENT else Outcome.REFUSED
        detail = _("settled by {name}").format(name=operator_name())
        journal.append([Settled(found.prepared.id, outcome, now, detail)])
        text = _("email sent") if fate is Fate.SENT else _("not sent; while it is ticked, the next send makes it again")
        printed = {item.reminder for one in deliveries if one.outcome is Outcome.PRINTED for item in one.prepared.items}
        statuses = {
            # What the row says of its letter stays.
            item.reminder: RowStatus(f"{_('letter ready to print')} · {text}" if item.reminder in printed else text)
            for item in found.prepared.items
        }
        settled = Delivery(found.prepared, outcome, detail, now)
        unwritten, conflicts = _write(dossier, statuses)
        return Resolution(settled, unwritten, (*told, *conflict_texts(dossier, conflicts)))


def _write(dossier: Dossier, statuses: Mapping[ReminderKey, RowStatus]) -> tuple[Unwritten, tuple[Path, ...]]:
    """Write what was settled into the workbook; it is settled all the same where that cannot be done.

    Returns what is owed, and what somebody saved meanwhile.
    """
    try:
        update = update_workbook(dossier, statuses)
    except (RelanceError, OSError) as error:
        return owed_until_mended(error), ()
    return Unwritten() if update.is_done else owed_for_now(_("it is open, or was being saved")), update.conflicts


def show_resolution(console: Console, resolution: Resolution, key: str) -> None:
    """Tell what was settled."""
    outcome = resolution.delivery.outcome
    if console.as_json:
        told = [*resolution.warnings, *resolution.unwritten.told]
        console.answer({"key": key, "outcome": str(outcome), **({"warnings": told} if told else {})})
        return
    console.warn(resolution.warnings)
    # By a person's word it was sent or it was not: nobody refused it.
    word = _("not sent") if outcome is Outcome.REFUSED else outcome_word(outcome)
    console.say(_("{key}: {outcome}").format(key=key, outcome=word))
    console.warn(resolution.unwritten.told)
