"""Invoices by a query of the dossier's owner, whose columns are named as our fields."""

from dataclasses import dataclass
from datetime import date

from relance_xl.sources.database.connection import Database, ask
from relance_xl.sources.lists.form import Said
from relance_xl.sources.lists.named_rows import read_named
from relance_xl.sources.lists.reading import ListBasis
from relance_xl.sources.lists.rows import Defaults
from relance_xl.sources.source import Listing


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
        return read_named(ask(self.database, self.query), ListBasis(self.name, self.today, self.said, self.defaults))
