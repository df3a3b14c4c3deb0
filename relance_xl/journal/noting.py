"""Remarks as the journal keeps them: with the moment they were read, and who ran the program."""

from collections.abc import Iterable
from datetime import datetime

from relance_xl.core.remembered.notes import Noted, Remark
from relance_xl.journal.lock import operator_name


def noted(remarks: Iterable[Remark], now: datetime) -> list[Noted]:
    """Return remarks to append to the journal."""
    return [Noted(one, now, operator_name()) for one in remarks]
