"""What earlier sends left unfinished: what is still asked for and still right is delivered, all else withdrawn."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from relance_xl.batches.basis import Bases, file_digest
from relance_xl.batches.deliver import Run, deliver
from relance_xl.batches.folder import DOCUMENTS, Batch, batch_named, present_path, take_over
from relance_xl.batches.print_file import make_print_files
from relance_xl.core.channel import Channel
from relance_xl.core.decision import Decision, TickAll
from relance_xl.core.invoice import Customer
from relance_xl.core.planning import ticks_all
from relance_xl.core.proposal import Proposal
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.record import Prepared, PreparedItem, Settled, Via
from relance_xl.core.reminder import Outcome, ReminderKey
from relance_xl.core.texts.typed import Tick
from relance_xl.core.wording import reason_text
from relance_xl.planning.outlook import Outlook
from relance_xl.planning.state import DossierState
from relance_xl.settings.dossier import Dossier


def unfinished_deliveries(dossier: Dossier, state: DossierState, only: Channel | None) -> tuple[Prepared, ...]:
    """Return what was prepared by a run that stopped before it was delivered.

    A batch that nobody has seen yet comes into view as a whole: there `only` does not divide it.
    """
    pending = [
        one.prepared for one in state.history.deliveries if one.outcome is Outcome.PENDING and not one.is_call_to_make
    ]
    return tuple(
        one
        for one in pending
        if only is None or one.channel is only or not batch_named(dossier.batches, one.batch).folder.exists()
    )


def still_ticked(outlook: Outlook, unfinished: tuple[Prepared, ...]) -> Iterator[ReminderKey]:
    """Yield the reminders of unfinished deliveries whose rows are ticked that way, by themselves or with all."""
    for prepared in unfinished:
        for item in prepared.items:
            decision = outlook.decisions.get(item.reminder)
            proposal = outlook.state.proposals.get(item.reminder.invoice)
            if decision is None or proposal is None:
                continue
            if _is_ticked(decision, prepared.channel, outlook.tick_all, proposal):
                yield item.reminder


def _is_ticked(decision: Decision, channel: Channel, tick_all: TickAll, proposal: Proposal) -> bool:
    """Whether a row is ticked for a channel, by itself or with all."""
    tick = decision.tick(channel)
    return tick is Tick.YES or (tick is Tick.BLANK and ticks_all(tick_all, channel, proposal, decision))


def finish_earlier(run: Run, outlook: Outlook, unfinished: tuple[Prepared, ...]) -> None:
    """Deliver what is still right of earlier batches; withdraw what the source or the files no longer bear out."""
    bases = Bases(run.dossier)
    for batch_id in dict.fromkeys(one.batch for one in unfinished):
        batch = take_over(run.dossier.batches, batch_id)
        mine = [one for one in unfinished if one.batch == batch_id]
        still_right = []
        for prepared in mine:
            # What lies in a finished folder may have been printed already: it is done, not judged again.
            hold = None if _is_out(batch, prepared) else _objection(run.dossier, batch, prepared, outlook, bases)
            if hold is None:
                still_right.append(prepared)
            elif hold.reason is Reason.LEDGER_AHEAD:
                # The workbook says that it left: a person must say so too, or that it did not.
                run.record([Settled(prepared.id, Outcome.UNKNOWN, run.now(), reason_text(hold))])
            else:
                run.record([Settled(prepared.id, Outcome.WITHDRAWN, run.now(), reason_text(hold))])
        if batch.making.exists() and not batch.folder.exists():
            _drop_withdrawn(run.dossier, batch, mine, still_right)
        if still_right:
            deliver(run, batch, tuple(still_right))


def _is_out(batch: Batch, prepared: Prepared) -> bool:
    return prepared.via is not Via.SMTP and (batch.folder / DOCUMENTS / Path(prepared.document).name).exists()


def _objection(dossier: Dossier, batch: Batch, prepared: Prepared, outlook: Outlook, bases: Bases) -> Hold | None:
    """Return why a prepared delivery must not leave any more, None where all is as it was."""
    if prepared.via is Via.SMTP and dossier.settings.mail.transport != "smtp":
        return Hold(Reason.NO_LONGER_ASKED)
    for item in prepared.items:
        proposal = outlook.state.proposals.get(item.reminder.invoice)
        if proposal is None:
            return outlook.state.situation(dossier.settings, outlook.today).why_missing(item.reminder.invoice)
        if proposal.invoice.open != item.open:
            return Hold(Reason.CHANGED)
        changed = _changed_customer(prepared, proposal.invoice.customer)
        if changed is not None:
            return changed
        if proposal.obstacle is not None:
            return proposal.obstacle
        decision = outlook.decisions.get(item.reminder)
        # A row that is gone asks for nothing: what was meant can be ticked again.
        is_asked = (
            decision is not None
            and _is_ticked(decision, prepared.channel, outlook.tick_all, proposal)
            and _asks_the_same(decision, prepared, item)
        )
        if not is_asked:
            return Hold(Reason.NO_LONGER_ASKED)
    for credit in prepared.credits:
        left = outlook.state.proposals.get(credit.number)
        if left is None or left.invoice.open != credit.open:
            return Hold(Reason.CHANGED)
    outdated = _outdated(prepared, outlook, bases)
    if outdated is not None:
        return outdated
    path = present_path(batch, Path(prepared.message or prepared.document))
    try:
        intact = file_digest(path) == prepared.digest
    except OSError:
        intact = False
    return None if intact else Hold(Reason.DOCUMENT_LOST, path.name)


def _outdated(prepared: Prepared, outlook: Outlook, bases: Bases) -> Hold | None:
    """Return a hold if a delivery names a deadline that has passed, or says what is no longer so."""
    passed = [item.next_date for item in prepared.items if item.next_date <= outlook.today]
    if passed:
        return Hold(Reason.DATE_PASSED, f"{min(passed):%d/%m/%Y}")
    numbers = [*(item.reminder.invoice for item in prepared.items), *(one.number for one in prepared.credits)]
    invoices = [outlook.state.proposals[number].invoice for number in numbers]
    basis = bases.of(prepared.channel, prepared.level, invoices[0].customer.language, invoices)
    return Hold(Reason.BASIS_CHANGED) if prepared.basis not in {"", basis} else None


def _changed_customer(prepared: Prepared, now: Customer) -> Hold | None:
    """Return a hold if the letter names or reaches another than the invoice's customer of now."""
    if prepared.customer_code != now.code:
        return Hold(Reason.CUSTOMER_CHANGED, f"{prepared.customer_name} → {now.name}")
    if prepared.customer_name != now.name:
        return Hold(Reason.RECIPIENT_CHANGED, f"{prepared.customer_name} → {now.name}")
    if prepared.channel is Channel.EMAIL and prepared.copies != now.entry.copies:
        return Hold(Reason.RECIPIENT_CHANGED, "; ".join(now.entry.copies))
    if prepared.customer_address not in {None, now.postal_lines}:
        return Hold(Reason.RECIPIENT_CHANGED, ", ".join(now.postal_lines))
    return None


def _asks_the_same(decision: Decision, prepared: Prepared, item: PreparedItem) -> bool:
    """Whether the row still asks for what was prepared: same level, addresses, comment and date."""
    return (
        decision.level == (item.level or prepared.level)
        and (prepared.channel is Channel.POST or decision.recipients == prepared.recipients)
        and decision.comment == item.comment
        and decision.next_date in {None, item.next_date}
    )


def _drop_withdrawn(dossier: Dossier, batch: Batch, mine: Iterable[Prepared], still_right: list[Prepared]) -> None:
    """Remove what was withdrawn from a batch nobody has seen yet: letters, messages, their place in the print file."""
    kept = {path for one in still_right for path in (one.document, one.message)}
    for path in {path for one in mine for path in (one.document, one.message)} - kept:
        if path:
            present_path(batch, Path(path)).unlink(missing_ok=True)
    posted = [one for one in still_right if one.channel is Channel.POST]
    make_print_files(batch.making, batch.id, posted, dossier.settings)
