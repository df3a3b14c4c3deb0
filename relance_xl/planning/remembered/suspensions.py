"""Which invoices are left alone: by the workbook's cells where somebody changed them, else by the journal.

A cell was changed if it says something else than the last export left there: so neither an old copy of the workbook nor a
lost column takes back what was noted.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from relance_xl.core.history import History
from relance_xl.core.invoice import Invoice
from relance_xl.core.proposal import is_of
from relance_xl.core.remembered.notes import Remark, Subject
from relance_xl.core.remembered.suspension import Motive, Suspension, is_said_of, said_of, suspension_in
from relance_xl.core.remembered.suspension_texts import suspension_text
from relance_xl.core.texts.typed import is_same_code, plain_title
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
_PROMISES = (Motive.PROMISE, Motive.PLAN)


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


def find_suspensions(
    invoices: Iterable[Invoice],
    history: History,
    workbook: Workbook | None,
    today: date,
    returned: Collection[str] = (),
) -> Suspensions:
    """Return which invoices are left alone. `returned`: columns that were deleted and came back, empty."""
    by_number = {one.number: one for one in invoices}
    is_lost = workbook is None or any(
        name in returned or workbook.reminders.layout.column(name) is None for name in SUSPENSION_FIELDS
    )
    shown = {} if workbook is None or is_lost else shown_suspensions(workbook.reminders)
    written = {} if workbook is None else workbook.lists.suspensions
    matter = {*shown, *written, *history.notes.keys(Subject.INVOICE)} & by_number.keys()
    if not matter:
        return Suspensions()
    rows = listed_invoices(workbook.reminders) if workbook is not None else frozenset()
    judge = _Judge(history, today)
    for number in sorted(matter):
        before = None if is_lost or number not in rows else written.get(number, "")
        judge.take(by_number[number], shown.get(number), before, has_row=number in rows)
    return judge.suspensions()


class _Judge:
    """Takes up invoice after invoice, and gathers what is to be done of each."""

    def __init__(self, history: History, today: date) -> None:
        self._history, self._today = history, today
        self._holding: dict[str, Suspension] = {}
        self._remarks: list[Remark] = []
        self._rewritten: dict[str, Suspension | None] = {}
        self._signs: dict[str, str] = {}
        self._signs_before: dict[str, str] = {}
        self._taken_back: list[str] = []
        self._passed: list[str] = []
        self._reasonless: list[str] = []

    def take(self, invoice: Invoice, shown: ShownSuspension | None, before: str | None, has_row: bool) -> None:
        """Decide of one invoice. `before`: what the last export left in its row; None: its cells say nothing."""
        said = self._history.notes.of(Subject.INVOICE, invoice.number)
        known = suspension_in(said) if is_said_of(said, invoice.customer) else None
        if shown is not None and not _is_row_of(shown, invoice):
            shown, before = None, None
        sign = shown.sign if shown else ""
        is_edit = before is not None and (sign != before or (bool(sign) and "suspension" not in said))
        holding = known
        if is_edit and (shown is None or shown.is_readable):
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
        said = dict(said_of(holding, invoice.customer.code, invoice.customer.name)) if holding != known else {}
        if holding and holding.until and holding.motive in _PROMISES and not holding.stands(self._today):
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
        )


def _is_row_of(shown: ShownSuspension, invoice: Invoice) -> bool:
    """Whether a row shows the customer who owes the invoice now; one whose columns are gone shows nobody else."""
    if not shown.customer and not shown.customer_code:
        return True
    same_name = plain_title(shown.customer) == plain_title(invoice.customer.name)
    return same_name or is_same_code(shown.customer_code, invoice.customer.code)
