"""The list of unpaid invoices: read from wherever the settings say, refused where rows are wrong or it is old."""

from datetime import date
from pathlib import Path

from relance_xl.runtime.errors import SourceError
from relance_xl.runtime.language import _, ngettext
from relance_xl.settings.dossier import Dossier
from relance_xl.settings.schema import SourceSettings
from relance_xl.sources.list_file import LIST_ENDINGS, ListFile, SourceFormat
from relance_xl.sources.source import InvoiceSource, Listing


def invoice_source(dossier: Dossier) -> InvoiceSource:
    """Return the source that the settings name."""
    return list_file(dossier)


def list_file(dossier: Dossier) -> ListFile:
    """Return the file that the settings name, and how to read it."""
    wanted = dossier.settings.source
    columns = {str(name): title for name, title in wanted.columns.items()}
    language, country = dossier.settings.language, dossier.settings.company.country
    how = SourceFormat(wanted.encoding, wanted.separator, columns, language, wanted.professional, country or "FR")
    return ListFile(dossier.source, how)


def may_be_list(path: Path, dossier: Dossier) -> bool:
    """Whether a file may be such a list, by its name: neither the workbook, nor hidden, nor the mark of an open file."""
    is_ours = path == dossier.workbook or path.name.startswith((".", "~$"))
    return path.suffix.lower() in LIST_ENDINGS and not is_ours and path.is_file()


def read_invoices(dossier: Dossier) -> Listing:
    """Read the source. Raises SourceError with every wrong row."""
    listing = invoice_source(dossier).read()
    if listing.faults:
        raise SourceError(
            _("The list of unpaid invoices has wrong rows; nothing was done."),
            listing.faults,
            _("Correct them where they come from, export the list again, and run the command again."),
        )
    return listing


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
