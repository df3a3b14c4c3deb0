"""A file with the list of unpaid invoices, whatever its format."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from relance_xl.core.terms import Terms
from relance_xl.runtime import waste
from relance_xl.runtime.errors import SourceError
from relance_xl.runtime.language import _
from relance_xl.sources.files import csv_file, spreadsheet
from relance_xl.sources.files.csv_file import read_csv
from relance_xl.sources.files.html_file import is_web_page, read_web_page
from relance_xl.sources.files.spreadsheet import read_spreadsheet
from relance_xl.sources.lists.amounts import AmountDoubtError
from relance_xl.sources.lists.form import Said, UncertainError
from relance_xl.sources.lists.header import DuplicateColumnError, Header, find_header, likely_header
from relance_xl.sources.lists.lines import codes_beside_names, with_headings, without_counter
from relance_xl.sources.lists.reading import ListBasis, read_invoices
from relance_xl.sources.lists.refusals import (
    columns_missing,
    cut_off,
    double_column,
    doubtful_amount,
    no_header,
    refuse_garbled,
    refusing_unreadable,
    uncertain,
)
from relance_xl.sources.lists.rows import Defaults
from relance_xl.sources.lists.totals import says_total
from relance_xl.sources.source import Listing
from relance_xl.sources.table import Table, TableRow, as_text

#: How the names of files end that may be such a list.
LIST_ENDINGS = spreadsheet.ENDINGS | csv_file.ENDINGS
#: A list of unpaid invoices has no business being larger (bytes); a decompression bomb does.
MAX_SIZE = 100_000_000
#: How many rows are shown of what was understood.
_SHOWN_ROWS = 5


@dataclass(frozen=True, slots=True)
class SourceFormat:
    """How to read the file, where the user said so: empty means found out."""

    encoding: str = ""
    separator: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    language: str = "fr"
    professional: bool = False
    country: str = "FR"
    dates: str = ""
    currency: str = ""
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """What is understood of a list: its titles, the place of each field's column, the needed ones that have none.

    `rows`: the texts of the first rows below the titles; `unread`: the titles of which nothing is understood.
    """

    titles: tuple[str, ...]
    places: Mapping[str, int]
    missing: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    unread: tuple[str, ...] = ()

    def example(self, place: int) -> str:
        """Return what stands in a column of the first row in which it holds anything."""
        return next((row[place] for row in self.rows if place < len(row) and row[place]), "")


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list that accounting software exported: CSV, XLSX, XLS, ODS, or a web page named so."""

    path: Path
    how: SourceFormat

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def columns(self) -> "Columns":
        """Return what is understood of its columns, also where some are lacking.

        Raises SourceError where the file cannot be read, or two columns seem to hold one field.
        """
        tables = _read_tables(self.path, self.how)
        table, header = _find_table(self.path, tables, self.how)
        header = header or likely_header(table.rows, self.how.columns)
        if header is None:
            raise no_header(self.path, tables, self.how.columns)
        below = [row for row in table.rows if row.line > header.line and not row.is_blank()]
        rows = tuple(_texts(row) for row in below[:_SHOWN_ROWS])
        return Columns(header.titles, header.columns, header.missing(), rows, header.unread())

    def read(self) -> Listing:
        """Read it, as of the day the file was written. Raises SourceError for what is no list that can be read."""
        with waste.seldom():
            return self._read()

    def _read(self) -> Listing:
        path, how = self.path, self.how
        tables = _read_tables(path, how)
        table, header = _find_table(path, tables, how)
        if header is None or header.missing():
            refuse_garbled(path, table.rows)
        if header is None:
            raise no_header(path, tables, how.columns)
        unfound = [title for name, title in how.columns.items() if name not in header.columns]
        if header.missing() or unfound:
            raise columns_missing(path, header, unfound, table.rows)
        _refuse_cut_off(path, table.rows, header)
        exported = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).astimezone().date()
        defaults = Defaults(how.language, how.professional, how.country)
        try:
            listing = read_invoices(
                table.rows, header, ListBasis(path.name, exported, Said(how.dates, how.currency, how.terms), defaults)
            )
        except UncertainError as error:
            raise uncertain(path, error) from error
        except AmountDoubtError as error:
            raise doubtful_amount(path, header, error) from error
        others = [one for one in tables if one is not table and _is_list(one, how)]
        return replace(listing, told=(*listing.told, *_others_told(table, others)))


def _is_list(table: Table, how: SourceFormat) -> bool:
    with suppress(DuplicateColumnError):
        header = _header_of(table, how)
        return header is not None and not _with_terms(with_headings(table.rows, header), how).missing()
    return False


def _others_told(table: Table, others: Sequence[Table]) -> Iterator[str]:
    """Say which other sheets, or tables of a page, might be lists too."""
    if others:
        names = ", ".join(one.name or _("another table") for one in others)
        yield _("Read is the sheet “{sheet}”, not: {others}").format(sheet=table.name, others=names)


def _read_tables(path: Path, how: SourceFormat) -> tuple[Table, ...]:
    with refusing_unreadable(path, how.encoding):
        if path.stat().st_size > MAX_SIZE:
            raise SourceError(_("{file} is too large for a list of invoices.").format(file=path))
        if path.suffix.lower() in spreadsheet.ENDINGS:
            return read_web_page(path, how.encoding) if is_web_page(path) else read_spreadsheet(path)
        return (read_csv(path, how.encoding, how.separator),)


def _find_table(path: Path, tables: Sequence[Table], how: SourceFormat) -> tuple[Table, Header | None]:
    """Return the first table with all columns that are needed, else the first with nearly all, else the first.

    Raises SourceError where two columns seem to hold one field.
    """
    nearly: tuple[Table, Header] | None = None
    for table in tables:
        try:
            header = _header_of(table, how)
            if header is not None:
                header = _with_terms(without_counter(table.rows, with_headings(table.rows, header)), how)
        except DuplicateColumnError as error:
            raise double_column(path, error) from error
        if header is not None and not header.missing():
            return table, header
        if header is not None and nearly is None:
            nearly = table, header
    return nearly or (tables[0] if tables else Table(()), None)


def _header_of(table: Table, how: SourceFormat) -> Header | None:
    """Return a table's header, with what its cells show; of two columns with customers one may have their codes. Raises DuplicateColumnError."""
    try:
        found = find_header(table.rows, how.columns)
    except DuplicateColumnError as error:
        told = codes_beside_names(table.rows, error)
        if told is None:
            raise
        found = find_header(table.rows, {**told, **how.columns})
    return replace(found, given=found.given & set(how.columns), shown=table.shown) if found else None


def _with_terms(header: Header, how: SourceFormat) -> Header:
    """Return a header that needs no due dates, where terms of payment tell them."""
    is_told = how.terms is not None and "invoice_date" in header.columns and "due_date" not in header.columns
    return replace(header, told_elsewhere=header.told_elsewhere | {"due_date"}) if is_told else header


def _refuse_cut_off(path: Path, rows: tuple[TableRow, ...], header: Header) -> None:
    """Raise SourceError where the last row ends too early: what stands last may be half an amount."""
    last = rows[-1]
    if last.is_ended or last.is_blank() or any(says_total(as_text(cell)) for cell in last.cells):
        return
    titled = [place for place, title in enumerate(header.titles) if title]
    if len(last.cells) <= titled[-1]:
        raise cut_off(path, last.line)


def _texts(row: TableRow) -> tuple[str, ...]:
    return tuple(as_text(cell).strip() for cell in row.cells)
