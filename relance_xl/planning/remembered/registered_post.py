"""Tracking numbers of registered letters, and when they were received: filled in by hand, kept by the journal."""

from collections.abc import Iterable, Mapping

from relance_xl.core.history import History
from relance_xl.core.remembered.notes import Remark, Subject
from relance_xl.workbook.sheets.history.sheet import LedgerLine, LedgerSheet


def post_remarks(ledger: LedgerSheet | None, history: History) -> list[Remark]:
    """Return what the history sheet says of registered letters and the journal does not know yet.

    What is written beside one invoice of a letter is said of all of them.
    """
    typed = {_key(line): line.post for line in ledger.lines if line.post} if ledger is not None else {}
    if not typed:
        return []
    said = {key: {**letter, **typed.get(key, {})} for key, letter in _by_invoice(typed, history)}
    return [
        Remark(Subject.DELIVERY, key, post)
        for key, post in said.items()
        if any(history.notes.of(Subject.DELIVERY, key).get(name) != text for name, text in post.items())
    ]


def _by_invoice(typed: Mapping[str, Mapping[str, str]], history: History) -> Iterable[tuple[str, Mapping[str, str]]]:
    """Yield each invoice of the letters of which anything is typed, and what is typed of its letter."""
    for delivery in history.deliveries:
        keys = [f"{key}@{delivery.prepared.batch}" for key in delivery.keys]
        if not typed.keys().isdisjoint(keys):
            letter = {name: text for key in keys for name, text in typed.get(key, {}).items()}
            yield from ((key, letter) for key in keys)


def restore_post(ledger: LedgerSheet | None, history: History, remarks: Iterable[Remark]) -> None:
    """Write what the journal knows, and the `remarks` that it is to know, into cells of the history sheet that lack it."""
    newest = {one.key: one.said for one in remarks}
    if ledger is None or not (newest or any(True for _key in history.notes.keys(Subject.DELIVERY))):
        return
    lost = {}
    for line in ledger.lines:
        known = {**history.notes.of(Subject.DELIVERY, _key(line)), **newest.get(_key(line), {})}
        missing = {name: text for name, text in known.items() if text and name not in line.post}
        if missing:
            lost[line.row] = missing
    ledger.fill_in_post(lost)


def _key(line: LedgerLine) -> str:
    return f"{line.key}@{line.batch}"
