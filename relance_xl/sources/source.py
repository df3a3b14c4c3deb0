"""The list of unpaid invoices, whatever its format."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from python_calamine import CalamineError

from relance_xl.core.invoice import Invoice
from relance_xl.core.typed import plain_title
from relance_xl.runtime.errors import Fault, SourceError
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import cause_words
from relance_xl.sources.csv_file import read_csv
from relance_xl.sources.fields import DuplicateColumnError, Header, find_header
from relance_xl.sources.invoices import Defaults, read_invoices
from relance_xl.sources.spreadsheet import read_spreadsheet
from relance_xl.sources.table import TableRow, as_text

_SPREADSHEETS = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"}
#: A list of unpaid invoices has no business being larger (bytes); a decompression bomb does.
MAX_SIZE = 100_000_000


@dataclass(frozen=True, slots=True)
class SourceFormat:
    """How to read the file, where the user said so: empty means found out."""

    encoding: str = ""
    separator: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    language: str = "fr"
    professional: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """The invoices as the source has them, and the day on which it was exported."""

    invoices: tuple[Invoice, ...]
    exported: date


def read_source(path: Path, how: SourceFormat) -> Source:
    """Read the list of unpaid invoices. Raises SourceError with every wrong row."""
    rows = _read_rows(path, how)
    header = _header(path, rows, how)
    read = read_invoices(rows, header, path.name, Defaults(how.language, how.professional))
    if read.faults:
        raise SourceError(
            _("The list of unpaid invoices has wrong rows; nothing was done."),
            read.faults,
            _("Correct them where they come from, export the list again, and run the command again."),
        )
    modified = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).astimezone()
    return Source(read.invoices, modified.date())


def _read_rows(path: Path, how: SourceFormat) -> tuple[TableRow, ...]:
    try:
        if path.stat().st_size > MAX_SIZE:
            raise SourceError(_("{file} is too large for a list of invoices.").format(file=path))
        if path.suffix.lower() in _SPREADSHEETS:
            return read_spreadsheet(path)
        return read_csv(path, how.encoding, how.separator)
    except FileNotFoundError as error:
        raise SourceError(
            _("The list of unpaid invoices is not there: {file}.").format(file=path),
            advice=_(
                "Export it from your accounting software to this place, or name it in relance.toml, [source] file."
            ),
        ) from error
    except UnicodeDecodeError as error:
        raise SourceError(
            _("{file} is not in the encoding {encoding}.").format(
                file=path.name, encoding="Windows-1252" if error.encoding == "charmap" else error.encoding
            ),
            advice=_("Set [source] encoding in relance.toml, or remove it to let it be found out."),
        ) from error
    except (OSError, csv.Error, CalamineError) as error:
        raise SourceError(_("{file} cannot be read: {why}").format(file=path.name, why=cause_words(error))) from error


def _header(path: Path, rows: tuple[TableRow, ...], how: SourceFormat) -> Header:
    advice = _('Name the columns in relance.toml, for example: [source.columns] open_amount = "Balance"')
    try:
        header = find_header(rows, how.columns)
    except DuplicateColumnError as error:
        first, second = error.titles
        raise SourceError(
            _("{file}: the columns “{first}” and “{second}” both seem to hold {field}.").format(
                file=path.name, first=first, second=second, field=error.field
            ),
            advice=advice,
        ) from error
    if header is None:
        seen = {plain_title(as_text(cell)) for row in rows[:30] for cell in row.cells}
        unknown = [title for title in how.columns.values() if plain_title(title) not in seen]
        raise SourceError(
            _("{file} has no row with the column titles.").format(file=path.name),
            [Fault(_("no column is called “{title}”").format(title=title), path.name) for title in unknown],
            advice,
        )
    titles = _("Its titles: {titles}").format(titles=", ".join(title for title in header.titles if title))
    faults = [Fault(_("no column holds {field}").format(field=name), path.name, titles) for name in header.missing()]
    unfound = [title for name, title in how.columns.items() if name not in header.columns]
    faults += [Fault(_("no column is called “{title}”").format(title=title), path.name) for title in unfound]
    if faults:
        raise SourceError(_("The list of unpaid invoices lacks columns."), faults, advice)
    return header
