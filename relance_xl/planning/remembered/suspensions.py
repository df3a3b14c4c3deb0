"""Which invoices are left alone: by the workbook's cells where somebody changed them, else by the journal.

A cell was changed if it says something else than the last export left there: so neither an old copy of the workbook nor a
lost column takes back what was noted.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from relance_xl.core.history import History
from relance_xl.core.invoice import Invoice, is_same_customer
from relance_xl.core.proposal import is_of
from relance_xl.core.remembered.customer_refs import KnownPeople
from relance_xl.core.remembered.notes import Remark, Subject
from relance_xl.core.remembered.suspension import Suspension, debtor_in, said_of, suspension_in
from relance_xl.core.remembered.suspension_texts import suspension_text
from relance_xl.core.wording import some_of
from relance_xl.runtime.language import _
from relance_xl.workbook.sheets.reminders.suspensions import (
    SUSPENSION_FIELDS,
    ShownSuspension,
    listed_invoices,
    shown_suspensions,
    sign_of,
)
from relance_xl.workbook.workbook import Workbook

#: The matter of a promise that was not kept: its day.
BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Suspensions:
    """What holds, by invoice number; what the journal does not know yet; the rows that are to say something else.

    `signs`: what the workbook is to remember as known, so that the next change is told from it, once these rows say what they
    are to say; `signs_before`: as long as they do not.
    """

    by_invoice: Mapping[str, Suspension] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    rewritten: Mapping[str, Suspension | None] = field(default_factory=dict)
    signs: Mapping[str, str] = field(default_factory=dict)
    signs_before: Mapping[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    #: What was typed beside invoices that are not in the list any more.
    left: tuple[Remark, ...] = ()
    #: The invoices beside which something is typed that cannot be read, and suspends nothing.
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SuspensionCells:
    """What the workbook says, by invoice number: what its rows show, what the last export left there, which rows there are.

    `written` None: the columns, or the workbook, were lost, so that empty cells say nothing. `is_ahead`: the workbook was
    written after what the journal has, so that cells hold which say something else.
    """

    shown: Mapping[str, ShownSuspension] = field(default_factory=dict)
    written: Mapping[str, str] | None = None
    rows: frozenset[str] = frozenset()
    is_ahead: bool = False

    @classmethod
    def of(cls, workbook: Workbook | None, is_ahead: bool, returned: Collection[str] = ()) -> "SuspensionCells":
        """Read them. `returned`: columns that were deleted and came back, empty."""
        if workbook is None:
            return cls()
        found = workbook.reminders
        rows = frozenset(listed_invoices(found))
        if any(name in returned or found.layout.column(name) is None for name in SUSPENSION_FIELDS):
            return cls(rows=rows)
        return cls(shown_suspensions(found), workbook.lists.suspensions, rows, is_ahead)

    def before(self, number: str) -> str | None:
        """Return what the last export left in an invoice's row; None: it has no row, or its cells are lost."""
        return self.written.get(number, "") if self.written is not None and number in self.rows else None


def find_suspensions(
    invoices: Iterable[Invoice], history: History, cells: SuspensionCells, today: date, people: KnownPeople
) -> Suspensions:
    """Return which invoices are left alone.

    What was typed beside an invoice that is not in the list any more is noted too: it may come back.
    """
    by_number = {one.number: one for one in invoices}
    judge = _Judge(history, today, people, cells.is_ahead)
    for number in sorted({*cells.shown, *(cells.written or ())} - by_number.keys()):
        judge.take_left(number, cells.shown.get(number), cells.before(number))
    matter = {*cells.shown, *(cells.written or ()), *history.notes.keys(Subject.INVOICE)}
    for number in sorted(matter & by_number.keys()):
        judge.take(by_number[number], cells.shown.get(number), cells.before(number), has_row=number in cells.rows)
    return judge.suspensions()


def _outlasts(shown: ShownSuspension | None, other: Suspension) -> bool:
    """Whether what a row says holds longer than something else; what cannot be read is for a person to look at."""
    if shown is None or shown.suspension is None:
        return shown is not None and not shown.is_readable
    until = shown.suspension.until
    return until is None or (other.until is not None and until >= other.until)


class _Judge:
    """Takes up invoice after invoice, and gathers what is to be done of each."""

    def __init__(self, history: History, today: date, people: KnownPeople, is_ahead: bool) -> None:
        self._history, self._today, self._people = history, today, people
        self._is_ahead = is_ahead
        self._left: list[Remark] = []
        self._holding: dict[str, Suspension] = {}
        self._remarks: list[Remark] = []
        self._rewritten: dict[str, Suspension | None] = {}
        self._signs: dict[str, str] = {}
        self._signs_before: dict[str, str] = {}
        self._taken_back: list[str] = []
        self._passed: list[str] = []
        self._reasonless: list[str] = []
        self._unreadable: list[str] = []

    def take_left(self, number: str, shown: ShownSuspension | None, before: str | None) -> None:
        """Note what somebody typed since the last export into the row of an invoice that is not in the list any more."""
        sign = shown.sign if shown else ""
        if before is None or sign == before or self._cannot_read(number, shown):
            self._signs[number] = self._signs_before[number] = before or ""
            return
        said = self._history.notes.of(Subject.INVOICE, number)
        code, name = (shown.customer_code, shown.customer) if shown is not None else debtor_in(said)
        suspension = shown.suspension if shown else None
        self._left.append(Remark(Subject.INVOICE, number, said_of(suspension, self._people.own_code(code), name)))
        self._signs[number], self._signs_before[number] = sign, before

    def _cannot_read(self, number: str, shown: ShownSuspension | None) -> bool:
        if shown is None or shown.is_readable:
            return False
        self._unreadable.append(number)
        return True

    def take(self, invoice: Invoice, shown: ShownSuspension | None, before: str | None, has_row: bool) -> None:
        """Decide of one invoice. `before`: what the last export left in its row; None: its cells say nothing."""
        said = self._history.notes.of(Subject.INVOICE, invoice.number)
        known = (
            suspension_in(said) if is_same_customer(*debtor_in(said), invoice.customer, self._people.shared) else None
        )
        if shown is not None and not self._is_row_of(shown, invoice):
            shown, before = None, None
        sign = shown.sign if shown else ""
        is_edit = before is not None and (
            sign != before or (bool(sign) and "suspension" not in said) or (self._is_ahead and sign != sign_of(known))
        )
        is_newer = known is not None and not self._is_ahead and sign_of(known) != before
        if is_edit and known is not None and is_newer and not _outlasts(shown, known):
            # Typing over a cell takes back what it showed, not what is newer and holds longer: what came of a call.
            is_edit = False
        holding = known
        if is_edit and not self._cannot_read(invoice.number, shown):
            holding = shown.suspension if shown else None
            self._signs[invoice.number] = sign
        elif is_edit:
            # What cannot be read stays a change, for the next export too.
            self._signs[invoice.number] = before or ""
        if is_edit and shown is not None:
            self._tell_odd(invoice, shown)
        if holding is not None and not is_edit and self._has_had_its_consequence(invoice, holding):
            holding = None
            self._rewritten[invoice.number] = None
        elif not is_edit and has_row and sign_of(holding) != sign:
            self._rewritten[invoice.number] = holding
            if holding is not None:
                self._taken_back.append(f"{invoice.number} ({suspension_text(holding)})")
        self._note(invoice, holding, known)
        if invoice.number in self._rewritten or not is_edit:
            self._signs[invoice.number] = sign_of(holding)
        is_rewritten = invoice.number in self._rewritten
        self._signs_before[invoice.number] = (before or "") if is_rewritten else self._signs[invoice.number]
        if holding is not None:
            self._holding[invoice.number] = holding

    def _is_row_of(self, shown: ShownSuspension, invoice: Invoice) -> bool:
        """Whether a row shows the customer who owes the invoice now; one whose columns are gone shows nobody else."""
        debtor = shown.customer_code, shown.customer
        return not any(debtor) or is_same_customer(*debtor, invoice.customer, self._people.shared)

    def _has_had_its_consequence(self, invoice: Invoice, holding: Suspension) -> bool:
        last = self._history.last_reminder(invoice.number)
        note = self._history.notes.last(Subject.INVOICE, invoice.number, "suspension")
        # What was noted after the last reminder has had none yet, whatever its day.
        is_newer = note is not None and last is not None and note.at.date() > last.day
        return last is not None and is_of(last, invoice) and holding.is_over(last) and not is_newer

    def _tell_odd(self, invoice: Invoice, shown: ShownSuspension) -> None:
        """Note what somebody typed that suspends nothing: a day that has passed, or a day without a reason."""
        if shown.suspension is not None and not shown.suspension.stands(self._today):
            self._passed.append(f"{invoice.number} ({suspension_text(shown.suspension)})")
        elif shown.suspension is None and shown.is_readable and shown.sign != "|":
            self._reasonless.append(invoice.number)

    def _note(self, invoice: Invoice, holding: Suspension | None, known: Suspension | None) -> None:
        code = self._people.own_code(invoice.customer.code)
        said = dict(said_of(holding, code, invoice.customer.name)) if holding != known else {}
        if holding and holding.until and holding.is_promise and not holding.stands(self._today):
            broken = holding.until.isoformat()
            if self._history.notes.of(Subject.INVOICE, invoice.number).get(BROKEN) != broken:
                said[BROKEN] = broken
        if said:
            self._remarks.append(Remark(Subject.INVOICE, invoice.number, said))

    def suspensions(self) -> Suspensions:
        """Return all that was decided."""
        text = _("Suspended as the journal has it: {invoices}")
        told: tuple[str, ...] = (text.format(invoices=some_of(self._taken_back)),) if self._taken_back else ()
        if self._passed:
            text = _("Suspended up to a day that has passed, so not suspended: {invoices}")
            told += (text.format(invoices=some_of(self._passed)),)
        if self._reasonless:
            text = _("A day without a reason suspends nothing: {invoices}")
            told += (text.format(invoices=some_of(self._reasonless)),)
        return Suspensions(
            self._holding,
            tuple(self._remarks),
            self._rewritten,
            {number: sign for number, sign in self._signs.items() if sign},
            {number: sign for number, sign in self._signs_before.items() if sign},
            told,
            tuple(self._left),
            tuple(self._unreadable),
        )
