"""Why a list is not read, where, and what to do next: errors in the user's words."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from python_calamine import CalamineError

from relance_xl.core.texts.typed import plain_title
from relance_xl.runtime.errors import Fault, SourceError
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import cause_words
from relance_xl.sources.files import csv_file, spreadsheet
from relance_xl.sources.files.csv_file import QuotingError
from relance_xl.sources.files.encoding import AmbiguousEncodingError, MixedEncodingError, garbled_part
from relance_xl.sources.lists.amounts import AmountDoubtError, Doubt
from relance_xl.sources.lists.form import Uncertain, UncertainError
from relance_xl.sources.lists.header import DuplicateColumnError, Header
from relance_xl.sources.lists.rows import field_word
from relance_xl.sources.lists.statuses import Standing, standing_of
from relance_xl.sources.table import Table, TableRow, as_text

_NAMED_AT_MOST = 5
_LEADING = 30


@contextmanager
def refusing_unreadable(path: Path, encoding: str) -> Iterator[None]:
    """Turn what can go wrong while a list's file is read into the error that says so. Raises SourceError.

    `encoding`: the settings', "" where it is found out.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise missing_file(path) from error
    except MixedEncodingError as error:
        raise (cut_off if error.at_end else mixed_encoding)(path, error.line) from error
    except AmbiguousEncodingError as error:
        raise ambiguous_encoding(path, error.encodings) from error
    except UnicodeDecodeError as error:
        raise undecodable(path, encoding) from error
    except QuotingError as error:
        raise misquoted(path, error) from error
    except (OSError, CalamineError) as error:
        raise SourceError(_("{file} cannot be read: {why}").format(file=path.name, why=cause_words(error))) from error


def missing_file(path: Path) -> SourceError:
    """Return the error of a list that is not there."""
    return SourceError(
        _("The list of unpaid invoices is not there: {file}.").format(file=path), advice=_missing_advice(path)
    )


def _missing_advice(path: Path) -> str:
    """Say what to do where there is no list: name the files beside it that may be it, the newest first."""
    try:
        beside = [
            one
            for one in path.parent.iterdir()
            if one.is_file() and one.suffix.lower() in spreadsheet.ENDINGS | csv_file.ENDINGS
        ]
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


def cut_off(path: Path, line: int) -> SourceError:
    """Return the error of a list that ends in the middle of a line."""
    return SourceError(
        _("The list of unpaid invoices looks cut off; nothing was done."),
        [Fault(_("the last line ends before all its columns"), _line(path, line))],
        _("Another program may still be writing it: wait, or export it again, then run the command again."),
    )


def mixed_encoding(path: Path, line: int) -> SourceError:
    """Return the error of a list in which not all lines are in one encoding."""
    return SourceError(
        _("{file} is UTF-8 text, but not all of it; nothing was done.").format(file=path.name),
        [Fault(_("letters in another encoding, such as Windows-1252"), _line(path, line))],
        _("Export the list again; lines added with another program must be saved in the same encoding."),
    )


def ambiguous_encoding(path: Path, encodings: Sequence[str]) -> SourceError:
    """Return the error of a list whose letters make sense in several encodings."""
    lines = " / ".join(f'[source] encoding = "{one}"' for one in encodings)
    return SourceError(
        _("{file}: its letters may be in several encodings; nothing was done.").format(file=path.name),
        advice=_("Export it as UTF-8, or say in relance.toml which it is: {lines}").format(lines=lines),
    )


def undecodable(path: Path, encoding: str) -> SourceError:
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


def misquoted(path: Path, error: QuotingError) -> SourceError:
    """Return the error of a list whose quotes do not fit."""
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


def refuse_garbled(path: Path, rows: tuple[TableRow, ...]) -> None:
    """Raise SourceError where the titles are garbled: none of them can be found then."""
    titles = ((row.line, text, garbled_part(text)) for row in rows[:_LEADING] for text in map(as_text, row.cells))
    for line, text, part in titles:
        if part:
            raise SourceError(
                _("{file} cannot be read.").format(file=path.name),
                [Fault(_("“{text}” has garbled letters (“{part}”)").format(text=text, part=part), _line(path, line))],
                _("Export the list again, as UTF-8, and remove a wrong [source] encoding from relance.toml."),
            )


def double_column(path: Path, error: DuplicateColumnError) -> SourceError:
    """Return the error of a list in which two columns seem to hold one field."""
    first, second = error.titles
    return SourceError(
        _("{file}: the columns “{first}” and “{second}” both seem to hold: {field}.").format(
            file=path.name, first=first, second=second, field=field_word(error.field)
        ),
        advice=_naming_advice(error.field, first),
    )


def no_header(path: Path, tables: Sequence[Table], columns: Mapping[str, str]) -> SourceError:
    """Return the error of a list without any row of titles."""
    leading = [row for table in tables for row in table.rows[:_LEADING]]
    seen = {plain_title(as_text(cell)) for row in leading for cell in row.cells}
    unknown = [title for title in columns.values() if plain_title(title) not in seen]
    first = next((row for row in leading if not row.is_blank()), None)
    texts = [text for text in map(as_text, first.cells if first else ()) if text.strip()]
    faults = [Fault(_("no column is called “{title}”").format(title=title), path.name) for title in unknown]
    if texts:
        faults.append(Fault(_("its first row says: {texts}").format(texts=", ".join(texts[:20])), path.name))
    return SourceError(
        _("{file} has no row with the column titles.").format(file=path.name),
        faults,
        _naming_advice("open_amount", _("Balance")),
    )


def columns_missing(path: Path, header: Header, unfound: Sequence[str], rows: Sequence[TableRow]) -> SourceError:
    """Return the error of a list in which columns are lacking that are needed, or that the settings name."""
    missing = header.missing()
    titles = _("Its titles: {titles}").format(titles=", ".join(title for title in header.titles if title))
    faults = [
        Fault(_("no column holds: {field}").format(field=field_word(name)), path.name, titles) for name in missing
    ]
    faults += [Fault(_("no column is called “{title}”").format(title=title), path.name) for title in unfound]
    if "open_amount" in missing:
        faults += _paid_faults(path, header, rows)
    first = missing[0] if missing else "open_amount"
    # A total must not be suggested for what is still owed.
    candidates = [title for title in header.unread() if title]
    return SourceError(
        _("The list of unpaid invoices lacks columns."),
        faults,
        _naming_advice(first, candidates[-1] if len(candidates) == 1 else "…"),
    )


def _paid_faults(path: Path, header: Header, rows: Sequence[TableRow]) -> list[Fault]:
    """Name the rows that a list calls paid, or void: what they say in another column is not owed."""
    faults = list[Fault]()
    for row in rows:
        for place in header.statuses if row.line > header.line else ():
            text = as_text(row.cells[place]) if place < len(row.cells) else ""
            if standing_of(header.titles[place], text) is not Standing.OPEN and len(faults) < _NAMED_AT_MOST:
                said = _("{title} says: {text}").format(title=header.titles[place], text=text)
                faults.append(Fault(said, _line(path, row.line)))
    return faults


def _naming_advice(field: str, title: str) -> str:
    line = f'[source.columns] {field} = "{title}"'
    return _("Name the column in relance.toml: {line}").format(line=line)


def uncertain(path: Path, error: UncertainError) -> SourceError:
    """Return the error of a list that can be read in two ways."""
    if error.what is Uncertain.CURRENCY:
        return SourceError(
            _("{file} has a currency sign ({example}) and no column with the currency; nothing was done.").format(
                file=path.name, example=error.example
            ),
            advice=_('Say it in relance.toml: [source] currency = "USD"'),
        )
    return SourceError(
        _(
            "{file}: in {example}, is the day first, or the month? Nothing in the list proves it; nothing was done."
        ).format(file=path.name, example=error.example),
        advice=_('Say it in relance.toml: [source] dates = "dmy" (day first), or "mdy" (month first)'),
    )


def doubtful_amount(path: Path, header: Header, error: AmountDoubtError) -> SourceError:
    """Return the error of a list whose column of what is owed may be read wrong."""
    title = header.titles[error.place]
    texts = {
        Doubt.RUNNING: _("{file}: “{title}” runs on from row to row: it is not what is still owed of each."),
        Doubt.NEITHER: _("{file}: “{title}” is neither debit less credit nor their running sum."),
        Doubt.CUSTOMERS: _("{file}: “{title}” is what a customer owes in all, on each row."),
        Doubt.AGES: _("{file}: “{title}” may be one of the columns by age; it is not understood."),
        Doubt.INITIAL: _("{file}: “{title}” is the whole amount also where something was paid."),
    }
    return SourceError(
        texts[error.doubt].format(file=path.name, title=title),
        advice=_naming_advice("open_amount", "…" if error.doubt is not Doubt.NEITHER else title),
    )
