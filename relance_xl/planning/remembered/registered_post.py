"""Tracking numbers of registered letters, and when they were received: filled in by hand, kept by the journal."""

from relance_xl.core.history import History
from relance_xl.core.remembered.notes import Remark, Subject
from relance_xl.workbook.sheets.history.sheet import LedgerLine, LedgerSheet


def post_remarks(ledger: LedgerSheet | None, history: History) -> list[Remark]:
    """Return what the history sheet says of registered letters and the journal does not know yet."""
    lines = ledger.lines if ledger is not None else ()
    return [
        Remark(Subject.DELIVERY, _key(line), line.post)
        for line in lines
        if line.post
        and any(history.notes.of(Subject.DELIVERY, _key(line)).get(name) != text for name, text in line.post.items())
    ]


def restore_post(ledger: LedgerSheet | None, history: History) -> None:
    """Write what the journal knows into cells of the history sheet that have lost it."""
    if ledger is None or not any(True for _key in history.notes.keys(Subject.DELIVERY)):
        return
    lost = {}
    for line in ledger.lines:
        known = history.notes.of(Subject.DELIVERY, _key(line))
        missing = {name: text for name, text in known.items() if text and name not in line.post}
        if missing:
            lost[line.row] = missing
    ledger.fill_in_post(lost)


def _key(line: LedgerLine) -> str:
    return f"{line.key}@{line.batch}"
