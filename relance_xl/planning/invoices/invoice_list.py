"""Unpaid invoices read from wherever the settings say: what is wrong with them is told, what is old refused."""

from collections.abc import Iterator, Sequence
from datetime import date

from relance_xl.planning.invoices.source_kinds import invoice_source
from relance_xl.runtime.errors import Fault, SourceError
from relance_xl.runtime.language import _, ngettext
from relance_xl.settings.dossier import Dossier
from relance_xl.settings.schema import SourceSettings
from relance_xl.sources.source import Listing

_TOLD_AT_MOST = 20


def read_invoices(dossier: Dossier, today: date) -> Listing:
    """Read the source; wrong rows stop no others.

    Raises SourceError where it cannot be read as a whole, ProgramError where a server does not answer.
    """
    return invoice_source(dossier, today).read()


def wrong_rows_told(faults: Sequence[Fault]) -> Iterator[str]:
    """Say what is wrong with which rows: these are never reminded."""
    if not faults:
        return
    yield ngettext(
        "The list has {count} fault; its row is not reminded. Correct it where it comes from, and export the list again.",
        "The list has {count} faults; their rows are not reminded. Correct them where they come from, and export the list "
        "again.",
        len(faults),
    ).format(count=len(faults))
    yield from map(str, faults[:_TOLD_AT_MOST])
    if len(faults) > _TOLD_AT_MOST:
        yield _("and {count} more; each row's Status says what").format(count=len(faults) - _TOLD_AT_MOST)


def refuse_stale(settings: SourceSettings, source: Listing, today: date) -> None:
    """Refuse a list of unpaid invoices older than the settings allow, if they say so. Raises SourceError."""
    age = (today - source.exported).days
    if settings.stale == "refuse" and age > settings.max_age_days:
        raise SourceError(
            _age_text(age), advice=_('Nothing was sent. Or allow it in relance.toml: [source] stale = "warn".')
        )


def stale_warning(settings: SourceSettings, source: Listing, today: date) -> tuple[str, ...]:
    """Say of a list that is older than the settings allow how old it is."""
    age = (today - source.exported).days
    return (_age_text(age),) if age > settings.max_age_days else ()


def _age_text(days: int) -> str:
    return ngettext(
        "The list of unpaid invoices is {days} day old: export it again, or paid invoices may be chased.",
        "The list of unpaid invoices is {days} days old: export it again, or paid invoices may be chased.",
        days,
    ).format(days=days)
