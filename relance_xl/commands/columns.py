"""The command columns: what is understood of the list, with its first rows; who sits at a terminal may put it right."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from relance_xl.console import Console
from relance_xl.core.invoice import Invoice
from relance_xl.core.wording import say_money, say_short_date
from relance_xl.planning.invoices.invoice_list import wrong_rows_told
from relance_xl.planning.invoices.source_kinds import invoice_source, is_from_fec, is_from_list, list_file
from relance_xl.runtime.errors import SourceError
from relance_xl.runtime.language import _, current_language
from relance_xl.settings.dossier import Dossier
from relance_xl.sources.lists.list_file import Columns
from relance_xl.sources.lists.rows import field_words
from relance_xl.sources.source import Listing

#: How many invoices are shown as they are read.
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Understood:
    """What is understood of a list; `columns` None: of a FEC, or a server. `listing`, or why there is none."""

    file: str
    columns: Columns | None
    listing: Listing | None
    obstacle: SourceError | None = None
    is_fec: bool = False

    @property
    def exit_code(self) -> int:
        """3 where the list cannot be read, 1 where rows are wrong, else 0."""
        if self.obstacle is not None:
            return self.obstacle.exit_code
        return 1 if self.listing and self.listing.wrong else 0


def understand(dossier: Dossier, today: date) -> Understood:
    """Read the list. Raises SourceError where it has no titles at all, ProgramError where a server does not answer."""
    source = invoice_source(dossier, today)
    columns = list_file(dossier).columns() if is_from_list(dossier) else None
    try:
        return Understood(source.name, columns, source.read(), is_fec=is_from_fec(dossier))
    except SourceError as error:
        return Understood(source.name, columns, None, error, is_from_fec(dossier))


def show_understood(console: Console, found: Understood) -> None:
    """Show which column holds what, and the first invoices as they are read."""
    if console.as_json:
        console.answer(_data(found))
        return
    console.say(_("List: {file}").format(file=found.file), "bold")
    if found.is_fec:
        console.say(_("It is a FEC: what is open of customers' accounts is read, due by [source] terms."))
    elif found.columns is not None:
        show_columns(console, found.columns)
        if found.columns.unread:
            console.say(_("Columns not read: {titles}").format(titles=", ".join(found.columns.unread)))
    if found.listing is not None:
        _show_invoices(console, found.listing)
    if found.obstacle is not None:
        console.print_error(found.obstacle)


def show_columns(console: Console, columns: Columns) -> None:
    """Show the fields that were found, each with its column and an example; those that are needed and were not."""
    words = field_words()
    width = max(map(len, words.values()))
    for field, word in words.items():
        place = columns.places.get(field)
        if place is not None:
            console.say(f"  {word:<{width}}  {columns.titles[place]}   ({columns.example(place)})")
        elif field in columns.missing:
            console.say(f"  {word:<{width}}  {_('not found')}", "yellow")


def _show_invoices(console: Console, listing: Listing) -> None:
    console.warn((*wrong_rows_told(listing.faults), *listing.told))
    language = current_language()
    titles = [field_words()[one] for one in ("number", "customer", "due_date", "open_amount")]
    rows = [
        [one.number, one.customer.name, say_short_date(one.due, language), say_money(one.open, language)]
        for one in listing.invoices[:_SHOWN]
    ]
    console.say(_("Read as, of {count} unpaid invoices the first ones:").format(count=len(listing.invoices)))
    console.table(titles, rows)


def _data(found: Understood) -> Mapping[str, object]:
    columns, listing = found.columns, found.listing
    return {
        "file": found.file,
        "columns": {field: columns.titles[place] for field, place in columns.places.items()} if columns else {},
        "missing": list(columns.missing) if columns else [],
        "not_read": list(columns.unread) if columns else [],
        "invoices": len(listing.invoices) if listing else None,
        "first": [_invoice_data(one) for one in listing.invoices[:_SHOWN]] if listing else [],
        "wrong_rows": [str(fault) for fault in listing.faults] if listing else [],
        "told": list(listing.told) if listing else [],
        "error": found.obstacle.summary if found.obstacle else "",
    }


def _invoice_data(invoice: Invoice) -> Mapping[str, str]:
    return {
        "invoice": invoice.number,
        "customer": invoice.customer.name,
        "due": invoice.due.isoformat(),
        "open": str(invoice.open.amount),
        "currency": invoice.open.currency,
    }
