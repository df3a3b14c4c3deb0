"""Terms of payment: from the day of an invoice to the day on which it is due (article L441-10 of the code de commerce)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from relance_xl.core.texts.typed import plain_title

_TERMS = re.compile(
    r"(\d{1,3})(?: (?:jours?|days?|j|d))?(?: (fin de mois|fdm|end of month|eom)(?: (?:le |the |on the )?(\d{1,2}))?)?"
)


@dataclass(frozen=True, slots=True)
class Terms:
    """So many days; up to the end of the month in which they end; and then up to a day of the next month (0: none)."""

    days: int
    to_month_end: bool = False
    then_day: int = 0

    def due(self, issued: date) -> date:
        """Return the day on which an invoice of a day is due: the days run first, then the month ends."""
        due = issued + timedelta(days=self.days)
        if not self.to_month_end:
            return due
        due = due.replace(day=monthrange(due.year, due.month)[1])
        if not self.then_day:
            return due
        first = due + timedelta(days=1)
        return first.replace(day=min(self.then_day, monthrange(first.year, first.month)[1]))


def read_terms(text: str) -> Terms | None:
    """Read terms as the settings have them: `30`, `30 fin de mois`, `45 fin de mois le 10`; None for anything else."""
    match = _TERMS.fullmatch(plain_title(text)) if text[:1].isdigit() else None
    if match is None or (match[3] and not 1 <= int(match[3]) <= 31):
        return None
    return Terms(int(match[1]), bool(match[2]), int(match[3] or 0))
