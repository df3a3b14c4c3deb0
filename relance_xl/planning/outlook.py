"""WORKFLOW edits + source now -> what would be sent, what is held and why. Sends and changes nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from relance_xl.core.addresses import BadAddressError, present_addresses, read_addresses
from relance_xl.core.channel import Channel
from relance_xl.core.decision import Decision, TickAll
from relance_xl.core.planning import Plan, PlannedDelivery, plan_deliveries, set_credits
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.reminder import ReminderKey
from relance_xl.core.typed import Tick
from relance_xl.core.wording import example_words
from relance_xl.planning.invoice_checks import InvoiceChecks
from relance_xl.planning.list_losses import refuse_losses
from relance_xl.planning.state import (
    DossierState,
    doubts_told,
    level_names,
    lost_workbook,
    prove_workbook,
    read_state,
    refuse_stale,
)
from relance_xl.runtime.errors import EditsError, Fault, SettingsError, TemplateError
from relance_xl.runtime.language import LANGUAGES, _, ngettext
from relance_xl.runtime.progress import Progress
from relance_xl.settings.dossier import Dossier
from relance_xl.workbook.sheets.lists import ListsSheet
from relance_xl.workbook.sheets.reminders.edits import DoubtfulRow, read_edits
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet

if TYPE_CHECKING:
    from relance_xl.mail.template import MailTemplate

# More wrong cells, or other things of a kind, than this are not read in one line.
_NAMED_AT_MOST = 20


class Only(StrEnum):
    """One channel, where `send` is told to leave the other for later."""

    POST = "post"
    EMAIL = "email"


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


def look_ahead(dossier: Dossier, today: date, progress: Progress, only: Only | None = None) -> Outlook:
    """Return what `send` would do now.

    Raises SourceError, EditsError, JournalError, TemplateError or SettingsError.
    """
    state = read_state(dossier, today)
    refuse_stale(dossier, state.source, today)
    state.gap.refuse_without_any_history(state.history)
    asked = read_decisions(dossier, state, today)
    decisions, tick_all = asked.decisions, asked.tick_all
    prove_workbook(state.document)
    refuse_losses(dossier, state.source.invoices, {decision.key.invoice for decision in decisions})
    situation = state.situation(dossier, today)
    plan = plan_deliveries(decisions, tick_all, situation)
    _refuse_doubts(dossier, state, plan)
    left_out = _left_out(plan, only)
    plan = _only(plan, only)
    plan = _hold_copies(plan, decisions)
    checks = InvoiceChecks(dossier, (proposal.invoice for proposal in state.proposals.values()))
    plan = _hold_without_invoice(plan, checks, progress)
    plan = set_credits(plan, situation)
    for credit in {one.number: one for delivery in plan.deliveries for one in delivery.credits}.values():
        # No reason to hold the letter: one that is not right is only left out.
        checks.objection(credit)
    check_templates(dossier, plan.deliveries)
    return Outlook(
        plan,
        state,
        {decision.key: decision for decision in decisions},
        tick_all,
        (
            *state.warnings,
            *asked.warnings,
            *left_out,
            *_without_level(decisions),
            *_without_account(dossier, plan),
            *_address_warnings(plan, decisions),
            *_hidden_warning(plan, state),
        ),
        today,
        checks.proven,
    )


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
    if state.document is None:
        raise _no_workbook(dossier)
    found, lists = RemindersSheet.find(state.document), state.lists or ListsSheet(state.document)
    edited = read_edits(found, level_names(dossier))
    acting = [one for one in edited.doubtful if _acts(one, edited.tick_all, state, today)]
    faults = [
        *edited.faults,
        *(fault for row in acting for fault in row.faults),
        *found.misplaced_faults(edited.shown, lists.shown),
    ]
    if faults:
        raise _not_understood(dossier, list(dict.fromkeys(faults)))
    doubts = [fault for row in edited.doubtful for fault in row.faults]
    decisions = tuple(_with_present_address(decision, lists, state) for decision in edited.decisions)
    told = (*doubts_told(doubts, _("in rows that ask for nothing")), *_overtaken(decisions, lists, state))
    return Asked(decisions, edited.tick_all, told)


def _no_workbook(dossier: Dossier) -> EditsError:
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


def _refuse_doubts(dossier: Dossier, state: DossierState, plan: Plan) -> None:
    """Refuse to chase an invoice whose history holds what cannot be read. Raises EditsError.

    A line that says no longer which reminder it is of matters where nothing but the sheet knows of all.
    """
    chased = {item.key.invoice for delivery in plan.deliveries for item in delivery.items}
    faults = [one.fault for one in state.doubts if one.invoice in chased or (not one.invoice and state.gap)]
    if faults and chased:
        raise _not_understood(dossier, faults)


def _not_understood(dossier: Dossier, faults: Sequence[Fault]) -> EditsError:
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
    text = _("{invoice}: the address typed is used, {address}; the list has another one since: {listed}")
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


def _only(plan: Plan, only: Only | None) -> Plan:
    """Leave the other channel out."""
    if only is None:
        return plan
    channel = Channel(only)
    return Plan(
        tuple(one for one in plan.deliveries if one.channel is channel),
        tuple(one for one in plan.held if one.key.channel is channel),
        tuple(one for one in plan.done if one.key.channel is channel),
    )


def _left_out(plan: Plan, only: Only | None) -> tuple[str, ...]:
    """Say which reminders lose their other way: the batch that first makes a reminder makes all of it."""
    if only is None:
        return ()
    chosen = {item.key for one in plan.deliveries if one.channel is Channel(only) for item in one.items}
    other = {item.key for one in plan.deliveries if one.channel is not Channel(only) for item in one.items}
    both = sorted(key.invoice for key in chosen & other)
    if not both:
        return ()
    text = _("Ticked for both ways, these are made this way only, not later by the other: {invoices}")
    return (text.format(invoices=", ".join(both)),)


def _without_level(decisions: Iterable[Decision]) -> tuple[str, ...]:
    """Say which ticked rows ask for nothing, as they have no level."""
    ticked = [one.key.invoice for one in decisions if one.level is None and Tick.YES in one.ticks.values()]
    if not ticked:
        return ()
    text = _("Ticked, but without a level, so nothing is made; choose one: {invoices}")
    return (text.format(invoices=", ".join(ticked)),)


def _without_account(dossier: Dossier, plan: Plan) -> tuple[str, ...]:
    """Say that letters name no bank account to pay to."""
    if dossier.settings.company.iban or not plan.deliveries:
        return ()
    return (_("relance.toml has no iban: the letters say nowhere where to pay to."),)


def _address_warnings(plan: Plan, decisions: Iterable[Decision]) -> tuple[str, ...]:
    """Say whose address is the list's of now and not what the row shows."""
    outdated = {one.key: one for one in decisions if one.outdated is not None}
    text = _("{invoice}: the list has another address now, which is used: {address}, instead of {before}")
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


def _hidden_warning(plan: Plan, state: DossierState) -> tuple[str, ...]:
    """Say which of the reminders stand in rows that a filter, or somebody, has hidden: their ticks are easily forgotten."""
    document = state.document
    rows = {item.row: item.key.invoice for delivery in plan.deliveries for item in delivery.items}
    hidden = rows.keys() & RemindersSheet.find(document).sheet.hidden_rows() if document and rows else ()
    if not hidden:
        return ()
    text = ngettext(
        "{count} of the {total} invoices to be chased stands in a row that a filter hides: {invoices}",
        "{count} of the {total} invoices to be chased stand in rows that a filter hides: {invoices}",
        len(hidden),
    )
    named = [rows[row] for row in sorted(hidden)]
    more = " …" if len(named) > _NAMED_AT_MOST else ""
    return (text.format(count=len(hidden), total=len(rows), invoices=", ".join(named[:_NAMED_AT_MOST]) + more),)


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


def _hold_without_invoice(plan: Plan, checks: InvoiceChecks, progress: Progress) -> Plan:
    """Hold deliveries of which an invoice's PDF is missing, unreadable or another's."""
    numbers = [item.invoice.number for delivery in plan.deliveries for item in delivery.items]
    dropped: dict[PlannedDelivery, Hold] = {}
    with progress.step(_("Checking the invoices"), len(numbers)) as advance:
        for delivery in plan.deliveries:
            holds = [hold for item in delivery.items if (hold := checks.objection(item.invoice))]
            # Of one kind all are named at once, so that they can be put right at once.
            alike = [hold for hold in holds if hold.reason is holds[0].reason]
            if holds:
                dropped[delivery] = Hold(holds[0].reason, ", ".join(hold.detail for hold in alike))
            advance(len(delivery.items))
    return plan.without(dropped)


def letter_template(dossier: Dossier, level_id: str, language: str) -> Path:
    """Return a level's letter template in a language, else in the company's."""
    level = dossier.settings.level_settings(level_id)
    return _template_file(dossier, level.letter or f"{level.id}.{{language}}.docx", language)


def _template_file(dossier: Dossier, pattern: str, language: str) -> Path:
    own = dossier.templates / pattern.replace("{language}", language)
    return own if own.is_file() else dossier.templates / pattern.replace("{language}", dossier.settings.language)


def mail_template(dossier: Dossier, level_id: str, language: str) -> "MailTemplate":
    """Return a level's mail templates and subject in a language, else in the company's."""
    from relance_xl.mail.template import MailTemplate

    level = dossier.settings.level_settings(level_id)
    pattern = level.mail or f"{level.id}.{{language}}"
    subjects = {str(code): text for code, text in level.subject.items()}
    label = dossier.settings.policy_rules().level(level_id)
    subject = subjects.get(language) or (f"{label.label(language)} - {{{{ reference }}}}" if label else "")
    return MailTemplate(
        subject,
        _template_file(dossier, f"{pattern}.txt", language),
        _template_file(dossier, f"{pattern}.html", language),
        dossier.templates,
    )


def check_templates(dossier: Dossier, deliveries: Iterable[PlannedDelivery]) -> None:
    """Check every template these deliveries need. Raises TemplateError, SettingsError (no sender)."""
    deliveries = tuple(deliveries)
    if deliveries:
        require_company(dossier)
    needed = {(one.level.id, one.customer.language) for one in deliveries}
    by_email = {(one.level.id, one.customer.language) for one in deliveries if one.channel is Channel.EMAIL}
    _raise_template_faults(_template_faults(dossier, needed, by_email))
    if by_email:
        sender_address(dossier)


#: What `init` writes until the user puts the company's own name there.
PLACEHOLDER_COMPANIES = ("Votre société", "Your company")
PLACEHOLDER_ADDRESSES = ("1 rue de l'Exemple", "1 Example Street")


def require_company(dossier: Dossier) -> None:
    """Refuse to write in the name of nobody. Raises SettingsError."""
    if dossier.settings.company.name in PLACEHOLDER_COMPANIES:
        raise SettingsError(
            _("The company is not filled in yet: letters would come from “{name}”.").format(
                name=dossier.settings.company.name
            ),
            advice=_("Fill in [company] in relance.toml: name, address, bank account."),
        )
    if dossier.settings.company.address.strip() in PLACEHOLDER_ADDRESSES:
        raise SettingsError(
            _("The company's address is still the example's: “{address}”.").format(
                address=dossier.settings.company.address.strip()
            ),
            advice=_("Fill in [company] in relance.toml: name, address, bank account."),
        )


def check_all_templates(dossier: Dossier) -> list[Fault]:
    """Return what is wrong with the templates of every level and language."""
    needed = {(level.id, language) for level in dossier.settings.level for language in LANGUAGES}
    return _template_faults(dossier, needed, needed)


def _template_faults(dossier: Dossier, letters: set[tuple[str, str]], mails: set[tuple[str, str]]) -> list[Fault]:
    # Where nothing is ticked there is none to look at, nor a reason to load what looks at them.
    if not letters and not mails:
        return []
    from relance_xl.letters.templates.template import template_faults
    from relance_xl.mail.template import mail_template_faults

    example = example_words(dossier.settings.company_words(), dossier.settings.language).names()
    paths = dict.fromkeys(letter_template(dossier, *one) for one in sorted(letters))
    faults = [fault for path in paths for fault in template_faults(path, example)]
    mail_templates = dict.fromkeys(mail_template(dossier, *one) for one in sorted(mails))
    faults += [fault for one in mail_templates for fault in mail_template_faults(one, example)]
    return list(dict.fromkeys(faults))


def _raise_template_faults(faults: list[Fault]) -> None:
    if faults:
        raise TemplateError(
            _("Templates are missing or wrong; nothing was sent."),
            faults,
            _("Correct them in the templates folder; relance-xl init puts missing ones back."),
        )


def sender_address(dossier: Dossier) -> str:
    """Return who emails come from. Raises SettingsError where nobody is named."""
    sender = dossier.settings.mail.sender or dossier.settings.company.email
    if not sender:
        raise SettingsError(
            _("There is no address to send emails from."),
            advice=_("Set [mail] sender, or [company] email, in relance.toml."),
        )
    # A domain with accents travels in ASCII (IDNA), as the customers' do.
    return read_addresses(sender)[0]
