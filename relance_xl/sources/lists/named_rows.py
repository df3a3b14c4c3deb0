"""Rows whose columns are named as our fields, as a server answers them."""

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches

from relance_xl.runtime.errors import Fault, SourceError
from relance_xl.runtime.language import _
from relance_xl.sources.lists.header import Header
from relance_xl.sources.lists.reading import ListBasis, read_invoices
from relance_xl.sources.lists.rows import field_word, field_words
from relance_xl.sources.source import Listing
from relance_xl.sources.table import Cell, TableRow


@dataclass(frozen=True, slots=True)
class NamedRows:
    """The names of the columns, and the rows."""

    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def read_named(answer: NamedRows, basis: ListBasis) -> Listing:
    """Return rows as invoices. Raises SourceError."""
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
