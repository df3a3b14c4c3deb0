"""Suspensions in words: the motives that a cell may name, what holds, what its day brought."""

from collections.abc import Mapping
from functools import cache

from relance_xl.core.remembered.suspension import Motive, Suspension
from relance_xl.core.texts.typed import plain_title
from relance_xl.runtime.language import N_, _, in_every_language

MOTIVE_TITLES: Mapping[Motive, str] = {
    Motive.DISPUTE: N_("dispute"),
    Motive.PROMISE: N_("promise"),
    Motive.PLAN: N_("payment plan"),
    Motive.WAITING: N_("waiting"),
    Motive.LOST: N_("irrecoverable"),
}


@cache
def _motives() -> Mapping[str, Motive]:
    return {plain_title(text): motive for motive, title in MOTIVE_TITLES.items() for text in in_every_language(title)}


def read_motive(text: str) -> Motive | None:
    """Return the motive that a text names, in whatever language; None for any other text."""
    return _motives().get(plain_title(text))


def motive_text(motive: Motive) -> str:
    """Return what a motive is called, in the current language."""
    return _(MOTIVE_TITLES[motive])


def suspension_text(suspension: Suspension) -> str:
    """Return what holds, in words: `promise until 12/12/2026`."""
    motive = motive_text(suspension.motive)
    if suspension.until is None:
        return motive
    return _("{motive} until {day}").format(motive=motive, day=f"{suspension.until:%d/%m/%Y}")


def over_text(suspension: Suspension) -> str:
    """Return what is said of a suspension whose day has passed, and the invoice is still unpaid."""
    day = f"{suspension.until:%d/%m}"
    if suspension.motive is Motive.PROMISE:
        return _("promise of {day} not kept").format(day=day)
    if suspension.motive is Motive.PLAN:
        return _("payment plan: the day of {day} has passed").format(day=day)
    return _("{motive} until {day}: the day has passed").format(motive=motive_text(suspension.motive), day=day)
