"""Says the history sheet's levels, channels and outcomes in one language, and levels by their present names.

The dashboard and the cards count and show these texts: after a change of language, or of a level's name, rows that were
written before it must say the same as those to come.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from relance_xl.core.texts.typed import plain_title
from relance_xl.runtime.language import LANGUAGES, current_language, translated
from relance_xl.workbook.ooxml.cells import Text, value_text
from relance_xl.workbook.sheets.history.sheet import (
    CHANNEL_TITLES,
    NOT_REACHED_TITLE,
    NOT_SENT_TITLE,
    OUTCOME_TITLES,
    REACHED_TITLE,
    TO_SEND_TITLE,
    LedgerSheet,
)

_READ = ("key", "batch", "level", "proposed_level", "channel", "outcome")


@dataclass(frozen=True, slots=True)
class LevelWords:
    """The levels of a delivery by their present names: the one it was made at, and the one proposed; "" for one gone."""

    level: str
    proposed: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What rows shall say: by key and batch as the journal knows them; of any other row by the level that it shows.

    `labels` gives levels' present names by all that may stand in a cell, normalised.
    """

    rows: Mapping[tuple[str, str], LevelWords]
    labels: Mapping[str, str]


def retell(ledger: LedgerSheet, vocabulary: Vocabulary) -> bool:
    """Bring our words in all rows up to date; return whether any changed. Words that are not ours stay."""
    changes = list(_changes(ledger, vocabulary))
    for row, field, text in changes:
        ledger.sheet.put(row, ledger.layout.columns[field], Text(text))
    return bool(changes)


def _changes(ledger: LedgerSheet, vocabulary: Vocabulary) -> Iterator[tuple[int, str, str]]:
    known = _words(current_language())
    for row in ledger.sheet.scan(ledger.layout.scanned(_READ)):
        if row.number < ledger.layout.first_row:
            continue
        key, batch = map(value_text, row.values[:2])
        shown = [value if isinstance(value, str) else "" for value in row.values[2:]]
        if not key:
            continue
        levels = vocabulary.rows.get((key, batch))
        level, proposed, channel, outcome = shown
        wanted = (
            (levels.level if levels else "") or vocabulary.labels.get(plain_title(level), level),
            (levels.proposed if levels else "") or vocabulary.labels.get(plain_title(proposed), proposed),
            known.get(channel.casefold(), channel),
            known.get(outcome.casefold(), outcome),
        )
        for field, before, after in zip(_READ[2:], shown, wanted, strict=True):
            if before and before != after:
                yield row.number, field, after


@cache
def _words(language: str) -> Mapping[str, str]:
    """Return channels and outcomes in a language, by their names in every language."""
    titles = (
        *CHANNEL_TITLES.values(),
        *OUTCOME_TITLES.values(),
        TO_SEND_TITLE,
        NOT_SENT_TITLE,
        REACHED_TITLE,
        NOT_REACHED_TITLE,
    )
    return {translated(title, code).casefold(): translated(title, language) for title in titles for code in LANGUAGES}
