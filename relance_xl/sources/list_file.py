"""A file with the list of unpaid invoices, whatever its format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from python_calamine import CalamineError

from relance_xl.core.texts.typed import plain_title
from relance_xl.runtime.errors import Fault, SourceError
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import cause_words
from relance_xl.sources.csv_file import QuotingError, read_csv
from relance_xl.sources.encoding import MixedEncodingError, garbled_part
from relance_xl.sources.fields import DuplicateColumnError, Header, find_header, likely_header
from relance_xl.sources.invoices import Defaults, read_invoices
from relance_xl.sources.source import Listing
from relance_xl.sources.spreadsheet import read_spreadsheet
from relance_xl.sources.table import TableRow, as_text
from relance_xl.sources.totals import says_total

_SPREADSHEETS = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"}
#: How the names of files end that may be such a list.
LIST_ENDINGS = _SPREADSHEETS | {".csv", ".txt", ".tsv"}
_NAMED_AT_MOST = 5
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
    country: str = "FR"


@dataclass(frozen=True, slots=True)
class Columns:
    """What is understood of a list: its titles, the place of each field's column, the needed ones that have none.

    `first`: the texts of the first row below the titles.
    """

    titles: tuple[str, ...]
    places: Mapping[str, int]
    missing: tuple[str, ...]
    first: tuple[str, ...]

    def example(self, place: int) -> str:
        """Return what stands in a column of the first row."""
        return self.first[place] if place < len(self.first) else ""


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list that accounting software exported: CSV, XLSX, XLS or ODS."""

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
        rows = _read_rows(self.path, self.how)
        header = _find_header(self.path, rows, self.how)
        header = header or likely_header(rows, self.how.columns)
        if header is None:
            raise SourceError(_("{file} has no row with the column titles.").format(file=self.path.name))
        first = next((row for row in rows if row.line > header.line and not row.is_blank()), None)
        return Columns(header.titles, header.columns, header.missing(), _texts(first) if first else ())

    def read(self) -> Listing:
        """Read it, as of the day the file was written. Raises SourceError for what is no list that can be read."""
        path, how = self.path, self.how
        rows = _read_rows(path, how)
        header = _header(path, rows, how)
        _refuse_cut_off(path, rows, header)
        read = read_invoices(rows, header, path.name, Defaults(how.language, how.professional, how.country))
        modified = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).astimezone()
        return Listing(read.invoices, read.faults, modified.date())


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
            advice=_missing_advice(path),
        ) from error
    except MixedEncodingError as error:
        raise (_cut_off if error.at_end else _mixed)(path, error.line) from error
    except UnicodeDecodeError as error:
        raise _undecodable(path, how.encoding) from error
    except QuotingError as error:
        raise _misquoted(path, error) from error
    except (OSError, CalamineError) as error:
        raise SourceError(_("{file} cannot be read: {why}").format(file=path.name, why=cause_words(error))) from error


def _missing_advice(path: Path) -> str:
    """Say what to do where there is no list: name the files beside it that may be it, the newest first."""
    try:
        beside = [one for one in path.parent.iterdir() if one.is_file() and one.suffix.lower() in LIST_ENDINGS]
        ours = sorted((one for one in beside if _looks_like(one, path)), key=lambda one: -one.stat().st_mtime)
    except OSError:
        ours = []
    if ours:
        text = _(
            "Is it one of these: {files}? Give it the name {name}, or name it in relance.toml: [source] file = {newest}"
        )
        names = ", ".join(one.name for one in ours[:_NAMED_AT_MOST])
        return text.format(files=names, name=path.name, newest=f'"{ours[0].name}"')
    return _("Export it from your accounting software to this place, or name it in relance.toml, [source] file.")


def _looks_like(candidate: Path, wanted: Path) -> bool:
    """Whether a file may be the list under another name: a copy of it ("impayes (1).csv"), or one of its kind."""
    if candidate.name.startswith((".", "~$")) or candidate.stem.casefold().startswith("relances"):
        return False
    return wanted.stem.casefold() in candidate.stem.casefold() or candidate.suffix.lower() == wanted.suffix.lower()


def _line(path: Path, line: int) -> str:
    return _("{file}, line {line}").format(file=path.name, line=line)


def _cut_off(path: Path, line: int) -> SourceError:
    """Return the error of a list that ends in the middle of a line."""
    return SourceError(
        _("The list of unpaid invoices looks cut off; nothing was done."),
        [Fault(_("the last line ends before all its columns"), _line(path, line))],
        _("Another program may still be writing it: wait, or export it again, then run the command again."),
    )


def _mixed(path: Path, line: int) -> SourceError:
    """Return the error of a list in which not all lines are in one encoding."""
    return SourceError(
        _("{file} is UTF-8 text, but not all of it; nothing was done.").format(file=path.name),
        [Fault(_("letters in another encoding, such as Windows-1252"), _line(path, line))],
        _("Export the list again; lines added with another program must be saved in the same encoding."),
    )


def _undecodable(path: Path, encoding: str) -> SourceError:
    """Return the error of a list that is not in the settings' encoding, or in none that can be found out."""
    if encoding:
        return SourceError(
            _("{file} is not in the encoding {encoding}.").format(file=path.name, encoding=encoding),
            advice=_("Set [source] encoding in relance.toml, or remove it to let it be found out."),
        )
    return SourceError(
        _("{file} is in none of the usual encodings (UTF-8, UTF-16, Windows-1252).").format(file=path.name),
        advice=_('Export it as UTF-8, or name its encoding in relance.toml, such as: [source] encoding = "cp850"'),
    )


def _misquoted(path: Path, error: QuotingError) -> SourceError:
    if error.is_open:
        problem = _(
            'a quote (") is opened there and never closed: the list is cut off, or a quote too many stands in a text'
        )
    else:
        problem = _(
            'a quote (") stands within a text: it must stand around the whole text, and be doubled inside of it'
        )
    return SourceError(
        _("{file} cannot be read.").format(file=path.name),
        [Fault(problem, _line(path, error.line))],
        _("Correct it where it comes from, export the list again, and run the command again."),
    )


def _refuse_cut_off(path: Path, rows: tuple[TableRow, ...], header: Header) -> None:
    """Raise SourceError where the last row ends too early: what stands last may be half an amount."""
    last = rows[-1]
    if last.is_ended or last.is_blank() or any(says_total(as_text(cell)) for cell in last.cells):
        return
    titled = [place for place, title in enumerate(header.titles) if title]
    if len(last.cells) <= titled[-1]:
        raise _cut_off(path, last.line)


def _refuse_garbled(path: Path, rows: tuple[TableRow, ...]) -> None:
    """Raise SourceError where the titles are garbled: none of them can be found then."""
    titles = ((row.line, text, garbled_part(text)) for row in rows[:30] for text in map(as_text, row.cells))
    for line, text, part in titles:
        if part:
            raise SourceError(
                _("{file} cannot be read.").format(file=path.name),
                [Fault(_("“{text}” has garbled letters (“{part}”)").format(text=text, part=part), _line(path, line))],
                _("Export the list again, as UTF-8, and remove a wrong [source] encoding from relance.toml."),
            )


def _texts(row: TableRow) -> tuple[str, ...]:
    return tuple(as_text(cell).strip() for cell in row.cells)


def _naming_advice() -> str:
    return _('Name the columns in relance.toml, for example: [source.columns] open_amount = "Balance"')


def _find_header(path: Path, rows: tuple[TableRow, ...], how: SourceFormat) -> Header | None:
    """Return the row of titles, if there is one. Raises SourceError where two of them seem to say the same."""
    try:
        return find_header(rows, how.columns)
    except DuplicateColumnError as error:
        first, second = error.titles
        raise SourceError(
            _("{file}: the columns “{first}” and “{second}” both seem to hold {field}.").format(
                file=path.name, first=first, second=second, field=error.field
            ),
            advice=_naming_advice(),
        ) from error


def _header(path: Path, rows: tuple[TableRow, ...], how: SourceFormat) -> Header:
    advice = _naming_advice()
    header = _find_header(path, rows, how)
    if header is None or header.missing():
        _refuse_garbled(path, rows)
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
