"""The list of unpaid invoices: read from wherever the settings say, refused where rows are wrong or it is old."""

from collections.abc import Iterator, Sequence
from datetime import date

from relance_xl.core.terms import read_terms
from relance_xl.runtime.errors import Fault, SourceError
from relance_xl.runtime.language import _, ngettext
from relance_xl.settings.dossier import Dossier
from relance_xl.settings.schema import SourceSettings
from relance_xl.sources.fec.entries import is_fec
from relance_xl.sources.fec.fec_file import FecFile, FecFormat
from relance_xl.sources.files import csv_file
from relance_xl.sources.lists.list_file import ListFile, SourceFormat
from relance_xl.sources.source import InvoiceSource, Listing

_TOLD_AT_MOST = 20


def invoice_source(dossier: Dossier) -> InvoiceSource:
    """Return the source that the settings name; a file that is a FEC by its titles is read as one."""
    return _fec_file(dossier) if is_from_fec(dossier) else list_file(dossier)


def is_from_fec(dossier: Dossier) -> bool:
    """Return whether invoices come from a FEC: by the settings, or as the file has its titles."""
    if dossier.settings.source.kind == "fec":
        return True
    try:
        return dossier.source.suffix.lower() in csv_file.ENDINGS and is_fec(dossier.source)
    except OSError:
        # Reading it will say why.
        return False


def _fec_file(dossier: Dossier) -> FecFile:
    wanted, language = dossier.settings.source, dossier.settings.language
    terms = read_terms(wanted.terms)
    how = FecFormat(terms, tuple(wanted.accounts), wanted.encoding, language, wanted.professional)
    return FecFile(dossier.source, how)


def list_file(dossier: Dossier) -> ListFile:
    """Return the file that the settings name, and how to read it."""
    wanted = dossier.settings.source
    columns = {str(name): title for name, title in wanted.columns.items()}
    language, country = dossier.settings.language, dossier.settings.company.country
    how = SourceFormat(
        wanted.encoding,
        wanted.separator,
        columns,
        language,
        wanted.professional,
        country or "FR",
        wanted.dates,
        wanted.currency,
        read_terms(wanted.terms),
    )
    return ListFile(dossier.source, how)


def read_invoices(dossier: Dossier) -> Listing:
    """Read the source. Raises SourceError where it cannot be read as a whole; wrong rows stop no others."""
    return invoice_source(dossier).read()


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
