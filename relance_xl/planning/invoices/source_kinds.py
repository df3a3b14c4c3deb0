"""Where invoices come from, by the settings: a list, a FEC, a database; each kind is loaded only where it is wanted."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from relance_xl.core.terms import read_terms
from relance_xl.runtime.errors import Fault, SettingsError
from relance_xl.runtime.language import _
from relance_xl.runtime.secrets import SOURCE_VARIABLE, needed_secret
from relance_xl.settings.dossier import Dossier
from relance_xl.settings.schema import SETTINGS_FILE
from relance_xl.sources.fec.entries import is_fec
from relance_xl.sources.fec.fec_file import FecFile, FecFormat
from relance_xl.sources.files import csv_file
from relance_xl.sources.lists.form import Said
from relance_xl.sources.lists.list_file import LIST_ENDINGS, ListFile, SourceFormat
from relance_xl.sources.lists.rows import Defaults
from relance_xl.sources.source import InvoiceSource

if TYPE_CHECKING:
    from relance_xl.sources.database.connection import Database

_WEB = ("http://", "https://")


def invoice_source(dossier: Dossier, today: date) -> InvoiceSource:
    """Return the source that the settings name; a file that is a FEC by its titles is read as one.

    Raises SettingsError where they do not say all of a server.
    """
    match dossier.settings.source.kind:
        case "sql":
            return _sql_source(dossier, today)
        case "dolibarr":
            return _dolibarr(dossier, today)
        case "odoo":
            return _odoo(dossier, today)
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
    _refuse_missing(dossier, "url", *needed)
    return Database(wanted.url, dossier.root, wanted.timeout_s)


def _refuse_missing(dossier: Dossier, *needed: str) -> None:
    """Raise SettingsError where settings are empty that this kind of source needs."""
    wanted = dossier.settings.source
    missing = [name for name in needed if not getattr(wanted, name)]
    if missing:
        raise SettingsError(
            _("[source] kind = “{kind}” needs more settings.").format(kind=wanted.kind),
            [Fault(_("is empty"), f"{SETTINGS_FILE}: source.{name}") for name in missing],
        )


def _sql_source(dossier: Dossier, today: date) -> InvoiceSource:
    from relance_xl.sources.database.sql_source import SqlSource

    query = dossier.settings.source.query
    return SqlSource(_database(dossier, "query"), query, today, _said(dossier), _defaults(dossier))


def _dolibarr(dossier: Dossier, today: date) -> InvoiceSource:
    from relance_xl.sources.database.dolibarr import DolibarrTables

    wanted = dossier.settings.source
    if wanted.url.startswith(_WEB):
        return _dolibarr_api(dossier, today)
    return DolibarrTables(_database(dossier), wanted.prefix, wanted.entity, today, _said(dossier), _defaults(dossier))


def _dolibarr_api(dossier: Dossier, today: date) -> InvoiceSource:
    from relance_xl.sources.web.client import WebServer
    from relance_xl.sources.web.dolibarr_api import DolibarrApi

    wanted = dossier.settings.source
    key = needed_secret(SOURCE_VARIABLE, urlsplit(wanted.url).hostname or "", "dolibarr")
    server = WebServer(wanted.url, {"DOLAPIKEY": key, "Accept": "application/json"}, wanted.timeout_s)
    return DolibarrApi(server, today, _said(dossier), _defaults(dossier))


def _odoo(dossier: Dossier, today: date) -> InvoiceSource:
    from relance_xl.sources.web.client import WebServer
    from relance_xl.sources.web.odoo import Odoo

    wanted = dossier.settings.source
    _refuse_missing(dossier, "url", "database")
    key = needed_secret(SOURCE_VARIABLE, urlsplit(wanted.url).hostname or "", wanted.user or "odoo")
    told = {} if wanted.user else {"Authorization": f"bearer {key}", "X-Odoo-Database": wanted.database}
    server = WebServer(wanted.url, told, wanted.timeout_s)
    return Odoo(server, wanted.database, wanted.user, key, today, _said(dossier), _defaults(dossier))


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


def may_be_list(path: Path, dossier: Dossier) -> bool:
    """Whether a file may be such a list, by its name: neither the workbook, nor hidden, nor the mark of an open file."""
    is_ours = path == dossier.workbook or path.name.startswith((".", "~$"))
    return path.suffix.lower() in LIST_ENDINGS and not is_ours and path.is_file()
