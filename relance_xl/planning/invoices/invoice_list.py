"""The list of unpaid invoices: read from wherever the settings say, refused where rows are wrong or it is old."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from relance_xl.core.terms import read_terms
from relance_xl.runtime.errors import Fault, SettingsError, SourceError
from relance_xl.runtime.language import _, ngettext
from relance_xl.settings.dossier import Dossier
from relance_xl.settings.schema import SETTINGS_FILE, SourceSettings
from relance_xl.sources.fec.entries import is_fec
from relance_xl.sources.fec.fec_file import FecFile, FecFormat
from relance_xl.sources.files import csv_file
from relance_xl.sources.lists.form import Said
from relance_xl.sources.lists.list_file import ListFile, SourceFormat
from relance_xl.sources.lists.rows import Defaults
from relance_xl.sources.source import InvoiceSource, Listing

if TYPE_CHECKING:
    from relance_xl.sources.database.connection import Database

_TOLD_AT_MOST = 20


def invoice_source(dossier: Dossier, today: date) -> InvoiceSource:
    """Return the source that the settings name; a file that is a FEC by its titles is read as one.

    Raises SettingsError where they do not say all of a server.
    """
    match dossier.settings.source.kind:
        case "sql":
            return _sql_source(dossier, today)
        case "dolibarr":
            return _dolibarr(dossier, today)
        case _:
            return fec_file(dossier) if is_from_fec(dossier) else list_file(dossier)


def is_from_file(dossier: Dossier) -> bool:
    """Return whether invoices come from a file, and not from a server."""
    return dossier.settings.source.kind in {"list", "fec"}


def source_name(dossier: Dossier) -> str:
    """Return what the user calls the source: a file's name, a server's address."""
    return dossier.source.name if is_from_file(dossier) else dossier.settings.source.url.partition("?")[0]


def _database(dossier: Dossier, *needed: str) -> "Database":
    from relance_xl.sources.database.connection import Database

    wanted = dossier.settings.source
    missing = [name for name in ("url", *needed) if not getattr(wanted, name)]
    if missing:
        raise SettingsError(
            _("[source] kind = “{kind}” needs more settings.").format(kind=wanted.kind),
            [Fault(_("is empty"), f"{SETTINGS_FILE}: source.{name}") for name in missing],
        )
    return Database(wanted.url, dossier.root, wanted.timeout_s)


def _sql_source(dossier: Dossier, today: date) -> InvoiceSource:
    from relance_xl.sources.database.sql_source import SqlSource

    query = dossier.settings.source.query
    return SqlSource(_database(dossier, "query"), query, today, _said(dossier), _defaults(dossier))


def _dolibarr(dossier: Dossier, today: date) -> InvoiceSource:
    from relance_xl.sources.database.dolibarr import DolibarrTables

    wanted = dossier.settings.source
    return DolibarrTables(_database(dossier), wanted.prefix, wanted.entity, today, _said(dossier), _defaults(dossier))


def _said(dossier: Dossier) -> Said:
    wanted = dossier.settings.source
    return Said(wanted.dates, wanted.currency, read_terms(wanted.terms))


def _defaults(dossier: Dossier) -> Defaults:
    settings = dossier.settings
    return Defaults(settings.language, settings.source.professional, settings.company.country or "FR")


def is_from_list(dossier: Dossier) -> bool:
    """Return whether invoices come from a list with titles of its own."""
    return is_from_file(dossier) and not is_from_fec(dossier)


def is_from_fec(dossier: Dossier) -> bool:
    """Return whether invoices come from a FEC: by the settings, or as the file has its titles."""
    if not is_from_file(dossier):
        return False
    if dossier.settings.source.kind == "fec":
        return True
    try:
        return dossier.source.suffix.lower() in csv_file.ENDINGS and is_fec(dossier.source)
    except OSError:
        # Reading it will say why.
        return False


def fec_file(dossier: Dossier) -> FecFile:
    """Return the FEC that the settings name, and how to read it."""
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
