"""How firm a reminder is, and the policy that orders the levels."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from relance_xl.core.invoice import Customer
from relance_xl.core.remembered.customer_entry import Grouping
from relance_xl.core.texts.typed import plain_title


@dataclass(frozen=True, slots=True)
class Level:
    """One step of firmness.

    `after_days` overdue before it first applies (negative: before the due date), `next_days` until the next reminder.
    `labels` by language code. `tick_all`: whether the cells that tick all reach it; `registered`: its letters go by
    registered post, printed apart.
    """

    id: str
    labels: Mapping[str, str] = field(hash=False)
    after_days: int
    next_days: int
    tick_all: bool = True
    registered: bool = False

    def label(self, language: str) -> str:
        """Return the level's name in a language, or in the first one it has."""
        return self.labels.get(language) or next(iter(self.labels.values()))


class AfterLast(StrEnum):
    """What follows the last level: nothing more is proposed, or that level again."""

    STOP = "stop"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class Policy:
    """The levels in order, how reminders are grouped, the open amount below which nobody is chased, what follows the last."""

    levels: tuple[Level, ...]
    grouping: Grouping = Grouping.INVOICE
    minimum: Decimal = Decimal("0.00")
    after_last: AfterLast = AfterLast.STOP

    def policy_of(self, customer: Customer) -> "Policy":
        """Return what holds for a customer."""
        grouping = customer.entry.grouping
        return self if grouping in {None, self.grouping} else replace(self, grouping=grouping or self.grouping)

    def level(self, level_id: str) -> Level | None:
        """Return the level of that id, if the policy (still) has it."""
        return next((level for level in self.levels if level.id == level_id), None)

    def level_by_phone(self, level: Level) -> Level:
        """Return the level at which a call counts: nobody gives formal notice by phone, so at most the one below it."""
        milder = [one for one in self.levels[: self.levels.index(level) + 1] if not one.registered]
        return milder[-1] if milder else level

    def level_after(self, level_id: str | None, made: int = 0) -> Level | None:
        """Return one level above the last reminder's; never reminded: the first; None where nothing follows the last.

        `made`: how many reminders there were. After a level that the settings no longer have, that many steps count: a
        reminder never gets softer.
        """
        ids = [level.id for level in self.levels]
        if level_id is None:
            return self.levels[0]
        step = ids.index(level_id) + 1 if level_id in ids else made
        if step >= len(ids) and self.after_last is AfterLast.STOP:
            return None
        return self.levels[min(step, len(ids) - 1)]

    def ids_by_label(self) -> dict[str, str]:
        """Return the levels' ids by all that may stand in a level cell, normalised: their names in any language, the ids."""
        return level_ids({level.id: tuple(level.labels.values()) for level in self.levels})

    def labels(self, language: str) -> dict[str, str]:
        """Return the levels' names in a language, in order, by id."""
        return {level.id: level.label(language) for level in self.levels}

    def labels_by_label(self, language: str) -> dict[str, str]:
        """Return the levels' names in a language, by all that may stand in a level cell, normalised."""
        labels = self.labels(language)
        return {text: labels[level_id] for text, level_id in self.ids_by_label().items()}

    def label(self, level_id: str, language: str) -> str:
        """Return a level's name in a language; of one the policy no longer has, its id."""
        level = self.level(level_id)
        return level.label(language) if level else level_id

    def rank(self, level_id: str) -> int:
        """Return the level's place, 0 for the mildest; -1 for one the policy does not have."""
        return next((rank for rank, level in enumerate(self.levels) if level.id == level_id), -1)


def level_ids(labels: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return level ids by each normalised label, and by the id itself."""
    ids = {plain_title(level_id): level_id for level_id in labels}
    return ids | {plain_title(text): level_id for level_id, texts in labels.items() for text in texts}
