"""How things stand: the source as it is now, the journal's history, the workbook's edits. Changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from relance_xl.core.history import History, LedgerEdit, replay
from relance_xl.core.level import Policy, level_ids
from relance_xl.core.planning import Situation
from relance_xl.core.proposal import Proposal, propose
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.reminder import MADE, DeliveryKey, Outcome, ReminderKey
from relance_xl.core.wording import reason_text, say_short_date
from relance_xl.journal.journal import read_journal
from relance_xl.planning.journal_gap import JournalGap, find_gap
from relance_xl.planning.known_numbers import with_known_spelling
from relance_xl.runtime.errors import EditsError, Fault, SourceError
from relance_xl.runtime.language import _, current_language, ngettext
from relance_xl.settings.dossier import Dossier
from relance_xl.sources.list_file import ListFile, SourceFormat
from relance_xl.sources.source import InvoiceSource, Listing
from relance_xl.workbook.replacing import backups_of, put_back, real_place
from relance_xl.workbook.sharing import conflict_copies, opened_by
from relance_xl.workbook.sheets.history.sheet import LedgerDoubt
from relance_xl.workbook.sheets.lists import ListsSheet
from relance_xl.workbook.workbook import Workbook

# How many cells a warning names.
_NAMED_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class DossierState:
    """The source, the history with the user's edits of it, what follows for each invoice, and the workbook."""

    source: Listing
    history: History
    proposals: Mapping[str, Proposal]
    workbook: Workbook | None
    warnings: tuple[str, ...]
    gap: JournalGap
    #: What cannot be read in the history sheet.
    doubts: tuple[LedgerDoubt, ...] = ()

    def situation(self, dossier: Dossier, today: date) -> Situation:
        """Return what planning looks at."""
        return Situation(self.proposals, self.history, dossier.settings.policy_rules(), today)


def read_state(dossier: Dossier, today: date) -> DossierState:
    """Read everything. Raises SourceError, JournalError or EditsError."""
    was_put_back = put_back(dossier.workbook)
    workbook = read_workbook(dossier)
    state = state_with(dossier, workbook, today, was_put_back)
    return replace(state, warnings=(*state.warnings, *(_missing_warning(workbook) if workbook else ())))


def _missing_warning(workbook: Workbook) -> tuple[str, ...]:
    """Say what of ours is gone from the workbook: the next export brings it back."""
    gone, moved = workbook.missing_texts(with_rules=False), workbook.moved_text()
    text = _("Missing in the workbook: {things}. Bring it back: relance-xl export")
    return ((text.format(things="; ".join(gone)),) if gone else ()) + ((moved,) if moved else ())


def state_with(dossier: Dossier, workbook: Workbook | None, today: date, was_put_back: bool = False) -> DossierState:
    """Read everything but the workbook, which is given. Raises SourceError, JournalError or EditsError.

    `was_put_back`: it was missing, as a run died while it replaced it.
    """
    past = read_past(dossier, workbook, for_writing=True)
    history = past.history
    source = _as_known(read_invoices(dossier), history, workbook.lists if workbook else None)
    policy = dossier.settings.policy_rules()
    proposals = {
        one.number: propose(one, history, policy.policy_of(one.customer), past.ledger_only) for one in source.invoices
    }
    told = (put_back_text(dossier),) if was_put_back else ()
    warnings = (*told, *past.gap.warnings(), *_warnings(dossier, source, today), *_clock_warning(history, today))
    warnings += _begun_anew(proposals.values()) + _lost_levels(proposals.values(), policy)
    warnings += doubts_told([doubt.fault for doubt in past.doubts], _("in the history sheet"))
    return DossierState(source, history, proposals, workbook, warnings, past.gap, past.doubts)


def _as_known(source: Listing, history: History, lists: ListsSheet | None) -> Listing:
    """Return the source with the numbers that history and workbook know by another spelling."""
    known = {item.reminder.invoice for delivery in history.deliveries for item in delivery.prepared.items}
    known |= lists.listed_keys().keys() if lists is not None else set()
    return replace(source, invoices=with_known_spelling(source.invoices, known))


def _begun_anew(proposals: Iterable[Proposal]) -> tuple[str, ...]:
    """Say which invoices have the number of one that was reminded to somebody else, or in an earlier year."""
    named = [f"{one.invoice.number} ({one.was_of} → {one.invoice.customer.name})" for one in proposals if one.was_of]
    text = _("Another debt under a number that was reminded of before, so it begins at the first level: {invoices}")
    return (text.format(invoices=_some_of(named)),) if named else ()


def _lost_levels(proposals: Iterable[Proposal], policy: Policy) -> tuple[str, ...]:
    """Say which levels of earlier reminders relance.toml has no more."""
    gone = {one.last.level for one in proposals if one.last and policy.level(one.last.level) is None}
    text = _(
        "relance.toml no longer has these levels of earlier reminders: {levels}. The number of reminders counts instead."
    )
    return (text.format(levels=", ".join(sorted(gone))),) if gone else ()


def _some_of(texts: list[str]) -> str:
    return ", ".join(texts[:_NAMED_AT_MOST]) + (" …" if len(texts) > _NAMED_AT_MOST else "")


def doubts_told(faults: Sequence[Fault], where: str) -> tuple[str, ...]:
    """Say which cells are passed over, as they cannot be understood; `where`: in words."""
    if not faults:
        return ()
    shown = "; ".join(map(str, faults[:_NAMED_AT_MOST])) + ("; …" if len(faults) > _NAMED_AT_MOST else "")
    return (_("Cells that cannot be understood, {where}: {cells}").format(where=where, cells=shown),)


def read_workbook(dossier: Dossier) -> Workbook | None:
    """Return the workbook as it is on the disk, None where there is none yet.

    Raises EditsError, also where a symbolic link in its place leads to nothing: a new one would not be the others'.
    """
    try:
        return Workbook.read(dossier.workbook)
    except FileNotFoundError as error:
        if dossier.workbook.is_symlink():
            raise EditsError(
                _("{file} is a link that leads to {target}, where there is no workbook.").format(
                    file=dossier.workbook.name, target=real_place(dossier.workbook)
                ),
                advice=_("Is the drive connected, or was the workbook moved? To do without it, delete the link."),
            ) from error
        return None


def put_back_text(dossier: Dossier) -> str:
    """Say that the workbook was put back as it was."""
    return _("An earlier command was stopped while it replaced {file}: it was put back as it was before.").format(
        file=dossier.workbook.name
    )


def lost_workbook(dossier: Dossier) -> Fault | None:
    """Return that the workbook, which is not there, was there before, and how to take it back; None of a new dossier."""
    backups = backups_of(dossier.workbook, dossier.backups)
    if not backups and not dossier.exported_mark.exists():
        return None
    if not backups:
        return Fault(
            _("{file} is not there any more, and there is no earlier copy of it.").format(file=dossier.workbook.name),
            advice=_("Was it moved or renamed? Put it back beside relance.toml under the name {file}.").format(
                file=dossier.workbook.name
            ),
        )
    moment = datetime.fromtimestamp(backups[-1].stat().st_mtime).strftime("%d/%m/%Y %H:%M")  # noqa: DTZ006 - as people see it
    return Fault(
        _("{file} is not there any more; its newest earlier copy is {backup}, of {moment}.").format(
            file=dossier.workbook.name, backup=dossier.relative(backups[-1]), moment=moment
        ),
        advice=_("Take it back: copy it beside relance.toml under the name {file}.").format(file=dossier.workbook.name),
    )


def invoice_source(dossier: Dossier) -> InvoiceSource:
    """Return the source that the settings name."""
    wanted = dossier.settings.source
    columns = {str(name): title for name, title in wanted.columns.items()}
    language, country = dossier.settings.language, dossier.settings.company.country
    how = SourceFormat(wanted.encoding, wanted.separator, columns, language, wanted.professional, country or "FR")
    return ListFile(dossier.source, how)


def read_invoices(dossier: Dossier) -> Listing:
    """Read the source. Raises SourceError with every wrong row."""
    listing = invoice_source(dossier).read()
    if listing.faults:
        raise SourceError(
            _("The list of unpaid invoices has wrong rows; nothing was done."),
            listing.faults,
            _("Correct them where they come from, export the list again, and run the command again."),
        )
    return listing


@dataclass(frozen=True, slots=True)
class KnownPast:
    """The journal's history with the user's edits; the reminders that only the workbook knows; what the journal lacks."""

    history: History
    ledger_only: frozenset[ReminderKey]
    gap: JournalGap
    doubts: tuple[LedgerDoubt, ...] = ()


def read_past(dossier: Dossier, workbook: Workbook | None, for_writing: bool = False) -> KnownPast:
    """Read the journal, and the history sheet where there is one.

    `for_writing`: rows are to come. Raises JournalError, for another dossier's journal too; EditsError, also for what
    stands in the way of rows to come: before letters, not after.
    """
    history = replay(read_journal(dossier.journal))
    ledger = workbook.ledger if workbook is not None else None
    if ledger is not None and for_writing:
        ledger.require_room()
    lines = ledger.lines if ledger is not None else ()
    edits: dict[tuple[DeliveryKey, str], LedgerEdit] = {(line.key, line.batch): line.edit for line in lines}
    # A delivery still pending in the journal that the sheet shows as made: the journal is an old copy.
    known = {
        (key, one.prepared.batch)
        for one in history.deliveries
        if one.outcome is not Outcome.PENDING
        for key in one.keys
    }
    made = (line for line in lines if line.outcome is None or line.outcome in MADE)
    unknown = [line for line in made if (line.key, line.batch) not in known]
    gap = find_gap(dossier, history, lines, unknown)
    doubts = ledger.doubts if ledger is not None else ()
    return KnownPast(history.with_edits(edits) if edits else history, gap.reminders, gap, doubts)


def level_names(dossier: Dossier) -> dict[str, str]:
    """Return level ids by all that may stand in a level cell."""
    return level_ids({level.id: tuple(level.labels.values()) for level in dossier.settings.policy_rules().levels})


def labels_by_id(dossier: Dossier) -> dict[str, str]:
    """Return the levels' names in the current language, in order, by id."""
    return {level.id: level.label(current_language()) for level in dossier.settings.policy_rules().levels}


def present_labels(dossier: Dossier) -> dict[str, str]:
    """Return the levels' names in the current language, by all that may stand in a level cell."""
    levels = labels_by_id(dossier)
    return {text: levels[level_id] for text, level_id in level_names(dossier).items()}


def level_label(dossier: Dossier, level_id: str, language: str) -> str:
    """Return a level's name; of one the settings no longer have, its id."""
    level = dossier.settings.policy_rules().level(level_id)
    return level.label(language) if level else level_id


def level_labels(dossier: Dossier) -> tuple[str, ...]:
    """Return the levels' names in the current language, in order."""
    return tuple(labels_by_id(dossier).values())


def minimum_text() -> str:
    """Return the status of an invoice below the minimum: the only one that a user's own tick overrides."""
    return reason_text(Hold(Reason.BELOW_MINIMUM))


def refuse_stale(dossier: Dossier, source: Listing, today: date) -> None:
    """Refuse a list of unpaid invoices older than the settings allow, if they say so. Raises SourceError."""
    age, settings = (today - source.exported).days, dossier.settings.source
    if settings.stale == "refuse" and age > settings.max_age_days:
        raise SourceError(
            _age_text(age), advice=_('Nothing was sent. Or allow it in relance.toml: [source] stale = "warn".')
        )


def _age_text(days: int) -> str:
    return ngettext(
        "The list of unpaid invoices is {days} day old: export it again, or paid invoices may be chased.",
        "The list of unpaid invoices is {days} days old: export it again, or paid invoices may be chased.",
        days,
    ).format(days=days)


def _clock_warning(history: History, today: date) -> tuple[str, ...]:
    """Warn of a clock that went back: what is due is judged by it; what was made stays made."""
    last = max((one.prepared.day for one in history.deliveries), default=today)
    if last <= today:
        return ()
    text = _("The last sending was on {last}, but today is said to be {today}: is the computer's clock right?")
    language = current_language()
    return (text.format(last=say_short_date(last, language), today=say_short_date(today, language)),)


def _warnings(dossier: Dossier, source: Listing, today: date) -> tuple[str, ...]:
    warnings = []
    age = (today - source.exported).days
    if age > dossier.settings.source.max_age_days:
        warnings.append(_age_text(age))
    open_now = opened_by(dossier.workbook)
    if open_now is not None:
        warnings.append(
            _("{file} is open: {name}. Only what was saved counts.").format(
                file=dossier.workbook.name, name=open_now.name
            )
        )
    copies = conflict_copies(dossier.workbook)
    if copies:
        warnings.append(
            _("There are copies beside the workbook; only {file} counts: {copies}").format(
                file=dossier.workbook.name, copies=", ".join(copy.name for copy in copies)
            )
        )
    return tuple(warnings)
