"""What was typed into rows of invoices that left the list, as the journal keeps it until they come back."""

import json
from collections.abc import Iterable, Mapping
from datetime import date

from relance_xl.core.channel import Channel
from relance_xl.core.history import History
from relance_xl.core.invoice import is_same_customer
from relance_xl.core.proposal import Proposal
from relance_xl.core.remembered.customer_refs import KnownPeople
from relance_xl.core.remembered.notes import Remark, Subject
from relance_xl.core.reminder import ReminderKey
from relance_xl.core.texts.typed import Tick
from relance_xl.workbook.sheets.reminders.left_rows import TypedEntries

#: The matter of the journal's notes; an empty text: nothing waits.
_LEFT = "left"


def left_remarks(left: Iterable[TypedEntries], people: KnownPeople) -> list[Remark]:
    """Return what the journal is to keep of rows that leave the workbook."""
    return [Remark(Subject.INVOICE, one.key.invoice, {_LEFT: _kept(one, people)}) for one in left if one.says_anything]


def returned_remarks(returned: Iterable[str], left: Iterable[Remark], history: History) -> list[Remark]:
    """Return what the journal need not keep any more: of the invoices whose entries came back, and have not left again."""
    gone = {one.key for one in left}
    return [
        Remark(Subject.INVOICE, number, {_LEFT: ""})
        for number in returned
        if number not in gone and history.notes.of(Subject.INVOICE, number).get(_LEFT)
    ]


def kept_entries(history: History, proposals: Mapping[str, Proposal], people: KnownPeople) -> dict[str, TypedEntries]:
    """Return what waits for invoices that are in the list, by number: typed for this customer."""
    waiting: dict[str, TypedEntries] = {}
    for number in history.notes.keys(Subject.INVOICE):
        proposal, text = proposals.get(number), history.notes.of(Subject.INVOICE, number).get(_LEFT)
        if proposal is None or not text:
            continue
        entries = _entries(text)
        if is_same_customer(
            entries.customer_code, entries.customer, proposal.invoice.customer, people.shared | people.unsettled
        ):
            # Comment and own cells are of the invoice, the others of one reminder.
            waiting[number] = entries if entries.key == proposal.key else entries.of_the_invoice()
    return waiting


def _kept(one: TypedEntries, people: KnownPeople) -> str:
    return json.dumps(
        {
            "key": str(one.key),
            "code": people.own_code(one.customer_code),
            "customer": one.customer,
            "level": one.level,
            "ticks": {str(channel): str(tick) for channel, tick in one.ticks.items()},
            "email": one.email,
            "comment": one.comment,
            "next": one.next_date.isoformat() if one.next_date else "",
            "own": dict(one.own),
        },
        ensure_ascii=False,
    )


def _entries(text: str) -> TypedEntries:
    kept = json.loads(text)
    return TypedEntries(
        ReminderKey.parse(kept["key"]),
        kept["code"],
        kept["customer"],
        kept["level"],
        {Channel(channel): Tick(tick) for channel, tick in kept["ticks"].items()},
        kept["email"],
        kept["comment"],
        date.fromisoformat(kept["next"]) if kept["next"] else None,
        kept["own"],
    )
