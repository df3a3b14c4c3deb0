"""Invoices by a query of the dossier's owner, whose columns are named as our fields."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from relance_xl.runtime.errors import Fault, SourceError
from relance_xl.runtime.language import _
from relance_xl.sources.database.connection import Answer, Database, ask
from relance_xl.sources.lists.form import Said
from relance_xl.sources.lists.header import Header
from relance_xl.sources.lists.reading import ListBasis, read_invoices
from relance_xl.sources.lists.rows import Defaults, field_word, field_words
from relance_xl.sources.source import Listing
from relance_xl.sources.table import TableRow


@dataclass(frozen=True, slots=True)
class SqlSource:
    """A query to a database. `today`: the day on which it is asked."""

    database: Database
    query: str
    today: date
    said: Said
    defaults: Defaults

    @property
    def name(self) -> str:
        """The database's address."""
        return self.database.name

    def read(self) -> Listing:
        """Ask. Raises SettingsError, ProgramError, SourceError."""
        return listing_of(ask(self.database, self.query), ListBasis(self.name, self.today, self.said, self.defaults))


def listing_of(answer: Answer, basis: ListBasis) -> Listing:
    """Return rows of a database, whose columns are named as our fields, as invoices. Raises SourceError."""
    fields = field_words()
    unknown = [name for name in answer.names if name not in fields]
    columns = {name: place for place, name in enumerate(answer.names) if name in fields}
    told = frozenset({"due_date"}) if basis.said.terms is not None and "invoice_date" in columns else frozenset[str]()
    header = Header(0, answer.names, columns, given=frozenset(columns), told_elsewhere=told)
    faults = [
        Fault(_("no column is called “{title}” ({field})").format(title=name, field=field_word(name)), basis.file)
        for name in header.missing()
    ]
    if faults:
        advice = _("Name the columns so in the query: SELECT … AS {name}").format(name=header.missing()[0])
        raise SourceError(
            _("The query of [source] lacks columns."), [*faults, *_unknown_faults(unknown, fields, basis.file)], advice
        )
    rows = tuple(TableRow(line, cells) for line, cells in enumerate(answer.rows, start=1))
    return read_invoices(rows, header, basis)


def _unknown_faults(unknown: Collection[str], fields: Collection[str], where: str) -> list[Fault]:
    """Name columns that are no fields, and what they may be meant for."""
    faults = []
    for name in unknown:
        near = get_close_matches(name.casefold(), fields, 1)
        advice = _("Did you mean {name}?").format(name=near[0]) if near else ""
        faults.append(Fault(_("“{title}” is none of our fields").format(title=name), where, advice))
    return faults
