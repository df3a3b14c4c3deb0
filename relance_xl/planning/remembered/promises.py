"""What became of promises to pay: kept, where the invoice left the list in time; broken, where it was seen unpaid after."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from relance_xl.core.remembered.notes import Notes, Remark, Subject
from relance_xl.core.remembered.suspension import suspension_in
from relance_xl.core.texts.typed import plain_title
from relance_xl.planning.remembered.suspensions import BROKEN
from relance_xl.runtime.language import _


class Fate(StrEnum):
    """What became of a promise."""

    RUNNING = "running"
    KEPT = "kept"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Promises:
    """How many promises had which fate, in all and by customer (code, normalised)."""

    all: Counter[Fate] = field(default_factory=Counter)
    by_customer: Mapping[str, Counter[Fate]] = field(default_factory=dict)


def count_promises(notes: Notes, remarks: Collection[Remark], listed: Collection[str]) -> Promises:
    """Count the promises that the journal knows, and those of the `remarks` that it is to know.

    `listed`: the numbers of the invoices that are unpaid now.
    """
    total: Counter[Fate] = Counter()
    by_customer: dict[str, Counter[Fate]] = defaultdict(Counter)
    newest = {one.key: one.said for one in remarks if one.subject is Subject.INVOICE}
    broken = _broken((*(one.remark for one in notes.all), *remarks))
    for number in dict.fromkeys((*notes.keys(Subject.INVOICE), *newest)):
        said = {**notes.of(Subject.INVOICE, number), **newest.get(number, {})}
        fates = _fates(said, broken[number], is_listed=number in listed)
        total.update(fates)
        by_customer[plain_title(said.get("customer_code", ""))].update(fates)
    return Promises(total, by_customer)


def _broken(remarks: Iterable[Remark]) -> Mapping[str, set[str]]:
    """Return the days on which promises were broken, by invoice."""
    days: dict[str, set[str]] = defaultdict(set)
    for one in remarks:
        if one.subject is Subject.INVOICE and one.said.get(BROKEN):
            days[one.key].add(one.said[BROKEN])
    return days


def _fates(said: Mapping[str, str], broken: Collection[str], is_listed: bool) -> Counter[Fate]:
    """Return the fates of the promises of one invoice: each day that was named is one, unless put off before it came."""
    fates: Counter[Fate] = Counter({Fate.BROKEN: len(broken)})
    last = suspension_in(said)
    if last is not None and last.is_promise and last.until and last.until.isoformat() not in broken:
        fates[Fate.RUNNING if is_listed else Fate.KEPT] += 1
    return fates


def promises_text(fates: Mapping[Fate, int]) -> str:
    """Return the numbers in words, empty where there was never a promise."""
    texts = {Fate.RUNNING: _("running: {count}"), Fate.KEPT: _("kept: {count}"), Fate.BROKEN: _("broken: {count}")}
    return ", ".join(text.format(count=fates[fate]) for fate, text in texts.items() if fates.get(fate))
