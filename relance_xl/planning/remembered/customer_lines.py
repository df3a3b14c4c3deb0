"""Whose rows the sheet of customers has: sorted, copied, renamed, added by hand."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from relance_xl.core.remembered.customer_refs import CustomerRef, KnownPeople
from relance_xl.core.wording import some_of
from relance_xl.runtime.errors import EditsError, Fault
from relance_xl.runtime.language import _
from relance_xl.workbook.sheets.customers.sheet import CustomerLine, CustomersSheet


@dataclass(frozen=True, slots=True)
class FoundLines:
    """The rows by the customers they are of; the rows of customers who have another one."""

    lines: Mapping[CustomerRef, CustomerLine] = field(default_factory=dict)
    double_rows: tuple[int, ...] = ()
    #: Rows that somebody added, of whom nobody is in the list: their cells.
    unknown: tuple[str, ...] = ()


def lines_by_ref(sheet: CustomersSheet, people: KnownPeople) -> FoundLines:
    """Return the rows by the customers they are of.

    Raises EditsError for rows of which only a part was sorted, and for copies.
    """
    lines: dict[CustomerRef, CustomerLine] = {}
    double: list[int] = []
    unknown: list[str] = []
    faults: list[Fault] = []
    known = {ref.identity for ref in people.listed.all} | {
        line.ref.identity for line in sheet.lines if line.ref is not None
    }
    for line in sheet.lines:
        shown = line.shown
        if line.ref is not None and line.shows_anybody and shown[:2] != line.ref[:2] and _is_known(shown, known, sheet):
            problem = _("this row is of customer {ref}: was only a part of the table sorted or pasted?")
            faults.append(Fault(problem.format(ref=line.ref.name), sheet.place(line.row, "key")))
            continue
        ref = people.whose(line.ref) if line.ref is not None else people.listed.guess(line.code, line.name)
        if ref is None:
            # A row of the user's own, of nobody who is known yet.
            unknown += [sheet.place(line.row, "key")] if line.said else []
            continue
        if ref not in lines:
            lines[ref] = line
        elif line.ref is None or line.ref == lines[ref].ref:
            problem = _("two rows are of customer {name}: delete the copy")
            faults.append(Fault(problem.format(name=line.name), sheet.place(line.row, "key")))
        else:
            main, other = (line, lines[ref]) if line.ref == ref else (lines[ref], line)
            lines[ref] = replace(main, said={**other.said, **main.said}, faults={**other.faults, **main.faults})
            double.append(other.row)
    if faults:
        raise EditsError(
            _("The sheet of customers cannot be understood."),
            faults,
            _("Undo the sorting, or take back an earlier copy (.relance/backups)."),
        )
    return FoundLines(lines, tuple(double), tuple(unknown))


def unknown_told(places: Collection[str]) -> tuple[str, ...]:
    """Say which rows are of nobody."""
    text = _("Nobody in the list of invoices is meant by these rows yet, so they count for nothing: {places}")
    return (text.format(places=some_of(list(places))),) if places else ()


def _is_known(shown: CustomerRef, known: Collection[tuple[str, str]], sheet: CustomersSheet) -> bool:
    """Whether what a row shows is another customer's; without a code the name alone is to be seen."""
    if shown.code:
        return shown.identity in known
    return any(line.ref is not None and line.ref.name == shown.name for line in sheet.lines)
