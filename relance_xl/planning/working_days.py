"""Deadlines on days on which banks work: neither weekends nor the public holidays of the company's country."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

from relance_xl.core.wording import country_code
from relance_xl.settings.schema import Settings

_SATURDAY = 5


def deadline_rule(settings: Settings) -> Callable[[date], date]:
    """Return what makes a deadline of a day: the same day or the next working day, as the settings say."""
    if not settings.policy.working_days:
        return lambda day: day
    country = country_code(settings.company.country) or "FR"

    def deadline(day: date) -> date:
        off = _public_holidays(country, day.year)
        while day.weekday() >= _SATURDAY or day in off:
            day += timedelta(days=1)
            off |= _public_holidays(country, day.year)
        return day

    return deadline


# Kept: it is asked for each letter.
@cache
def _public_holidays(country: str, year: int) -> frozenset[date]:
    """Return a country's public holidays; none where the country is not known: weekends still count."""
    # It takes longer to load than a check of a few rows.
    import holidays

    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()
