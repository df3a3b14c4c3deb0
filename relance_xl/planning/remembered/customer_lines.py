"""Whose rows the sheet of customers has: sorted, copied, renamed, added by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from relance_xl.core.remembered.customer_refs import CustomerRef, KnownPeople
from relance_xl.core.remembered.customer_texts import shown_entry
from relance_xl.core.wording import some_of
from relance_xl.runtime.errors import EditsError, Fault
from relance_xl.runtime.language import _
from relance_xl.workbook.sheets.customers.sheet import CustomerLine, CustomersSheet


@dataclass(frozen=True, slots=True)
class FoundLines:
    """The rows by the customers they are of; the rows of customers who have another one."""

    lines: Mapping[CustomerRef, CustomerLine] = field(default_factory=dict)
    double_rows: tuple[int, ...] = ()
    #: Rows that somebody added, of whom nobody is in the list; what one of two rows of a customer said, and the other else.
    unknown: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    def told(self) -> tuple[str, ...]:
        """Say which rows are of nobody, and what does not hold of a customer who had two."""
        unknown = _("Nobody in the list of invoices is meant by these rows yet, so they count for nothing: {places}")
        dropped = _("Two rows were of one customer; what only one of them can say, and does not hold: {texts}")
        return (
            *((unknown.format(places=some_of(self.unknown)),) if self.unknown else ()),
            *((dropped.format(texts=some_of(self.dropped)),) if self.dropped else ()),
        )


def lines_by_ref(sheet: CustomersSheet, people: KnownPeople) -> FoundLines:
    """Return the rows by the customers they are of.

    Raises EditsError for rows of which only a part was sorted, and for copies.
    """
    _require_own_rows(sheet, people)
    lines: dict[CustomerRef, CustomerLine] = {}
    double: list[int] = []
    unknown: list[str] = []
    dropped: list[str] = []
    faults: list[Fault] = []
    for line in sheet.lines:
        ref = people.whose(line.ref) if line.ref is not None else people.everyone.guess(line.code, line.name)
        if ref is None:
            # A row of the user's own, of nobody who is known yet.
            unknown += [sheet.place(line.row, "customer")] if line.said else []
        elif ref not in lines:
            lines[ref] = line
        elif line.ref is not None and line.ref == lines[ref].ref:
            problem = _("two rows are of customer {name}: delete the copy")
            faults.append(Fault(problem.format(name=line.name or line.code), sheet.place(line.row, "customer")))
        else:
            lines[ref], other, texts = _merged(lines[ref], line, ref)
            double.append(other)
            dropped += texts
    if faults:
        raise EditsError(_("The sheet of customers cannot be understood."), faults, _("Keep one row of each customer."))
    return FoundLines(lines, tuple(double), tuple(unknown), tuple(dropped))


def _require_own_rows(sheet: CustomersSheet, people: KnownPeople) -> None:
    """Raise EditsError for rows of which only a part was sorted: they show another customer than they are of."""
    problem = _("this row is of customer {ref}: was only a part of the table sorted or pasted?")
    refs = [line.ref for line in sheet.lines if line.ref is not None]
    known, names = {ref.identity for ref in (*people.listed.all, *refs)}, {ref.name for ref in refs}
    faults = [
        Fault(problem.format(ref=line.ref.name), sheet.place(line.row, "customer"))
        for line in sheet.lines
        if line.ref is not None and line.shows_another(known, names)
    ]
    if faults:
        raise EditsError(
            _("The sheet of customers cannot be understood."),
            faults,
            _("Undo the sorting, or take back an earlier copy (.relance/backups)."),
        )


def _merged(first: CustomerLine, second: CustomerLine, ref: CustomerRef) -> tuple[CustomerLine, int, list[str]]:
    """Return a customer's two rows as one, the row that is given up, and what of it does not hold.

    It keeps the row that is theirs as they are called now. What somebody typed into a row of their own is the newest.
    """
    main, other = (second, first) if second.ref == ref or first.ref is None else (first, second)
    newer, older = (other, main) if other.ref is None else (main, other)
    said = {**older.said, **newer.said}
    dropped = [f"{main.name} ({shown_entry(name, text)})" for name, text in older.said.items() if said[name] != text]
    merged = frozenset(name for name in said if said[name] != main.said.get(name))
    faults = {**older.faults, **newer.faults}
    return replace(main, said=said, faults=faults, merged=main.merged | merged), other.row, dropped
