"""What the workbook asks for, row by row, with the addresses that hold now; every cell that cannot be understood."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from relance_xl.core.decision import Decision, TickAll
from relance_xl.core.texts.addresses import BadAddressError, present_addresses, read_addresses
from relance_xl.planning.invoices.list_losses import refuse_renamed
from relance_xl.planning.opening import lost_workbook
from relance_xl.planning.state import DossierState, doubts_told
from relance_xl.runtime.errors import EditsError, Fault
from relance_xl.runtime.language import _
from relance_xl.settings.dossier import Dossier
from relance_xl.workbook.sheets.lists import ListsSheet
from relance_xl.workbook.sheets.reminders.edits import DoubtfulRow, read_edits


@dataclass(frozen=True, slots=True)
class Asked:
    """What the workbook asks for: the rows' decisions in its order, the cells that tick all, what to tell."""

    decisions: tuple[Decision, ...]
    tick_all: TickAll
    warnings: tuple[str, ...]


def read_decisions(dossier: Dossier, state: DossierState, today: date) -> Asked:
    """Return the user's decisions. Raises EditsError with every wrong cell of a row that would act.

    What cannot be understood in a row that asks for nothing is told.
    """
    if state.workbook is None:
        raise _no_workbook(dossier)
    found, lists = state.workbook.reminders, state.workbook.lists
    edited = read_edits(found, dossier.settings.policy_rules().ids_by_label())
    acting = [one for one in edited.doubtful if _acts(one, edited.tick_all, state, today)]
    faults = [
        *edited.faults,
        *(fault for row in acting for fault in row.faults),
        *found.misplaced_faults(edited.shown, lists.shown),
    ]
    if faults:
        raise not_understood(dossier, list(dict.fromkeys(faults)))
    # Before letters, not after: what could not be written back later.
    state.workbook.prove()
    doubts = [fault for row in edited.doubtful for fault in row.faults]
    decisions = tuple(_with_present_address(decision, lists, state) for decision in edited.decisions)
    told = (*doubts_told(doubts, _("in rows that ask for nothing")), *_overtaken(decisions, lists, state))
    return Asked(decisions, edited.tick_all, told)


def _no_workbook(dossier: Dossier) -> EditsError:
    refuse_renamed(dossier)
    lost = lost_workbook(dossier)
    if lost is not None:
        anew = _("Or make a new one, without what was typed and not sent: relance-xl export")
        return EditsError(lost.problem, advice=f"{lost.advice} {anew}")
    return EditsError(
        _("There is no workbook yet: {file}.").format(file=dossier.workbook.name),
        advice=_("Make it: relance-xl export"),
    )


def _acts(row: DoubtfulRow, tick_all: TickAll, state: DossierState, today: date) -> bool:
    """Whether a row of which not all is understood would act; one whose invoice is not known may be reached."""
    proposal = state.proposals.get(row.key.invoice) if row.key is not None else None
    is_reached = row.key is None or (proposal is not None and proposal.is_reached_by_tick_all(today))
    return tick_all.asks(row.ticks, is_reached)


def not_understood(dossier: Dossier, faults: Sequence[Fault]) -> EditsError:
    return EditsError(
        _("{file} has edits that cannot be understood; nothing was sent.").format(file=dossier.workbook.name),
        faults,
        _("Correct these cells, save, and run the command again."),
    )


def _with_present_address(decision: Decision, lists: ListsSheet, state: DossierState) -> Decision:
    """Return what a row asks for with the list's addresses of now, where its user did not type others.

    What was added to the list's addresses of then stays beside those of now.
    """
    proposal, proposed = state.proposals.get(decision.key.invoice), lists.proposed_email(decision.key)
    if proposal is None or decision.recipients == proposal.invoice.emails:
        return decision
    if proposed is None:
        # Nothing says any more whether it was typed, or is the list's of then.
        return decision._replace(is_uncertain=True)
    present = present_addresses(decision.recipients, _addresses(proposed), proposal.invoice.emails)
    return (
        decision
        if present == decision.recipients
        else decision._replace(recipients=present, outdated=decision.recipients)
    )


def _overtaken(decisions: Iterable[Decision], lists: ListsSheet, state: DossierState) -> tuple[str, ...]:
    """Say where an address that was typed is used, though the list has a new one since."""
    text = _(
        "{invoice}: the address typed there is used, {address}; list and sheet Customers have another one: {listed}"
    )
    return tuple(
        text.format(invoice=one.key.invoice, address="; ".join(one.recipients), listed="; ".join(emails) or _("none"))
        for one in decisions
        if one.ticks and one.outdated is None and one.recipients and not one.is_uncertain
        if (proposal := state.proposals.get(one.key.invoice)) is not None
        if (emails := proposal.invoice.emails) != one.recipients
        if (proposed := lists.proposed_email(one.key)) is not None and _addresses(proposed) != emails
    )


def _addresses(text: str) -> tuple[str, ...]:
    try:
        return read_addresses(text)
    except BadAddressError:
        return ()
