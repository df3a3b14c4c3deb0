"""What holds of customers: by the workbook's cells where somebody changed them, else by the journal.

As with suspensions, a cell was changed if it says something else than the last export left there.
"""

import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from relance_xl.core.history import History
from relance_xl.core.invoice import Customer, Invoice
from relance_xl.core.remembered.customer_entry import NO_ENTRY, CustomerEntry, Grouping
from relance_xl.core.remembered.customer_refs import CustomerRef, CustomerRefs, shared_codes
from relance_xl.core.remembered.customer_texts import ENTRY_FIELDS, entry_of
from relance_xl.core.remembered.notes import Remark, Subject
from relance_xl.core.wording import some_of
from relance_xl.planning.remembered.typed_addresses import typed_addresses
from relance_xl.runtime.errors import EditsError, Fault
from relance_xl.runtime.language import _
from relance_xl.workbook.sheets.customers.sheet import CustomerLine, CustomersSheet
from relance_xl.workbook.workbook import Workbook


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """One customer: what holds, by field; where the row stands (None: there is none), what its cells are to say anew.

    `doubts`: cells of theirs that cannot be read.
    """

    said: Mapping[str, str] = field(default_factory=dict)
    row: int | None = None
    rewritten: frozenset[str] = frozenset()
    doubts: tuple[Fault, ...] = ()
    #: What the row shows of them.
    code: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Customers:
    """All customers of the list, of the sheet and of the journal's notes; what the journal does not know yet.

    `signs`: what the workbook is to remember as known, so that the next change is told from it, once its cells say what they
    are to say; `signs_before`: as long as they do not.
    """

    known: Mapping[CustomerRef, KnownCustomer] = field(default_factory=dict)
    #: Those of the list; all who are known.
    refs: CustomerRefs = field(default_factory=lambda: CustomerRefs(()))
    everyone: CustomerRefs = field(default_factory=lambda: CustomerRefs(()))
    #: Rows of a customer who has another one: what they said is taken over, and they are emptied.
    double_rows: tuple[int, ...] = ()
    entries: Mapping[CustomerRef, CustomerEntry] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    signs: Mapping[str, str] = field(default_factory=dict)
    signs_before: Mapping[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    def ref_of(self, earlier: CustomerRef) -> CustomerRef:
        """Return the customer that a reference is of: one of the list, else one who is known, else itself."""
        return self.refs.find(earlier) or self.everyone.find(earlier) or earlier

    def entry_of(self, earlier: CustomerRef) -> CustomerEntry:
        """Return what holds of a customer."""
        return self.entries.get(self.ref_of(earlier), NO_ENTRY)

    def with_entries(self, invoices: Iterable[Invoice]) -> tuple[Invoice, ...]:
        """Return invoices as their customers' entries have them."""
        if not self.entries:
            return tuple(invoices)
        entries = _Lookup(self)
        return tuple(
            one if (entry := entries.of(one.customer)) is NO_ENTRY else one.with_entry(entry) for one in invoices
        )

    def doubts_of(self, customers: Iterable[Customer]) -> list[Fault]:
        """Return the cells of customers that cannot be read. The customers may be as their entries have them."""
        refs = {CustomerRef.of(one.code, one.name, ())[:2] for one in customers}
        return [fault for ref, known in self.known.items() if ref[:2] in refs for fault in known.doubts]

    @property
    def doubts(self) -> list[Fault]:
        """All cells that cannot be read."""
        return [fault for known in self.known.values() for fault in known.doubts]


class _Lookup:
    """Finds the entries of customers, each once: many invoices have the same."""

    def __init__(self, customers: Customers) -> None:
        self._customers = customers
        self._found: dict[int, CustomerEntry] = {}

    def of(self, customer: Customer) -> CustomerEntry:
        # A list's reader makes one record for all rows of a customer.
        if id(customer) not in self._found:
            self._found[id(customer)] = self._customers.entry_of(customer.ref)
        return self._found[id(customer)]


def find_customers(
    invoices: Collection[Invoice],
    history: History,
    workbook: Workbook | None,
    grouping: Grouping,
    returned: Collection[str] | None = None,
) -> Customers:
    """Return what holds of customers. Raises EditsError where rows show another customer than they are of.

    `grouping`: the settings'. `returned`: columns that were deleted and came back, empty, as an export found them; None:
    this is no export, and an address typed beside one invoice holds at once only where one message is for all of them.
    """
    sheet = workbook.customers if workbook is not None else None
    listed = list({id(one.customer): one.customer.ref for one in invoices}.values())
    earlier = [one for key in history.notes.keys(Subject.CUSTOMER) if (one := CustomerRef.parse(key)) is not None]
    earlier += [line.ref for line in sheet.lines if line.ref is not None] if sheet is not None else []
    shared = shared_codes((*listed, *earlier))
    refs = CustomerRefs(listed, shared)
    typed = typed_addresses(invoices, workbook) if workbook is not None else {}
    if sheet is None and not typed and not any(True for _key in history.notes.keys(Subject.CUSTOMER)):
        return Customers({ref: KnownCustomer() for ref in refs.all}, refs, refs)
    found = _lines_by_ref(sheet, refs) if sheet is not None else _FoundLines()
    lines, noted = found.lines, _noted(history, refs)
    fields = (sheet.fields if sheet is not None else frozenset()) - frozenset(returned or ())
    written = workbook.lists.entries if workbook is not None else {}
    at_once = None if returned is not None else grouping
    judge = _Judge(history, fields, written, at_once)
    for ref in dict.fromkeys((*refs.all, *lines, *noted)):
        judge.take(ref, lines.get(ref), noted.get(ref, {}), typed.get(ref.identity, ""))
    entries = {ref: entry_of(one.said) for ref, one in judge.known.items() if one.said}
    return Customers(
        judge.known,
        refs,
        CustomerRefs(judge.known, shared),
        found.double_rows,
        entries,
        tuple(judge.remarks),
        judge.signs,
        judge.signs_before,
        (*judge.told(), *_unknown_told(found.unknown)),
    )


def _noted(history: History, refs: CustomerRefs) -> dict[CustomerRef, dict[str, str]]:
    """Return what the journal keeps of customers; what was noted under a name or address of before comes first."""
    noted: dict[CustomerRef, dict[str, str]] = {}
    earlier = [one for key in history.notes.keys(Subject.CUSTOMER) if (one := CustomerRef.parse(key)) is not None]
    for ref in sorted(earlier, key=lambda one: (refs.find(one) or one) == one):
        noted.setdefault(refs.find(ref) or ref, {}).update(history.notes.of(Subject.CUSTOMER, str(ref)))
    return noted


@dataclass(frozen=True, slots=True)
class _FoundLines:
    """The rows by the customers they are of; the rows of customers who have another one."""

    lines: Mapping[CustomerRef, CustomerLine] = field(default_factory=dict)
    double_rows: tuple[int, ...] = ()
    #: Rows that somebody added, of whom nobody is in the list: their cells.
    unknown: tuple[str, ...] = ()


def _lines_by_ref(sheet: CustomersSheet, refs: CustomerRefs) -> _FoundLines:
    """Return the rows by the customers they are of.

    Raises EditsError for rows of which only a part was sorted, and for copies.
    """
    lines: dict[CustomerRef, CustomerLine] = {}
    double: list[int] = []
    unknown: list[str] = []
    faults: list[Fault] = []
    known = {ref.identity for ref in refs.all} | {line.ref.identity for line in sheet.lines if line.ref is not None}
    for line in sheet.lines:
        shown = line.shown
        if line.ref is not None and line.shows_anybody and shown[:2] != line.ref[:2] and _is_known(shown, known, sheet):
            problem = _("this row is of customer {ref}: was only a part of the table sorted or pasted?")
            faults.append(Fault(problem.format(ref=line.ref.name), sheet.place(line.row, "key")))
            continue
        ref = (refs.find(line.ref) or line.ref) if line.ref is not None else refs.guess(line.code, line.name)
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
    return _FoundLines(lines, tuple(double), tuple(unknown))


def _unknown_told(places: Collection[str]) -> tuple[str, ...]:
    text = _("Nobody in the list of invoices is meant by these rows yet, so they count for nothing: {places}")
    return (text.format(places=some_of(list(places))),) if places else ()


def _is_known(shown: CustomerRef, known: Collection[tuple[str, str]], sheet: CustomersSheet) -> bool:
    """Whether what a row shows is another customer's; without a code the name alone is to be seen."""
    if shown.code:
        return shown.identity in known
    return any(line.ref is not None and line.ref.name == shown.name for line in sheet.lines)


class _Judge:
    """Takes up customer after customer, and gathers what is to be done of each."""

    def __init__(
        self, history: History, fields: Collection[str], written: Mapping[str, str], grouping: Grouping | None
    ) -> None:
        """`grouping`: of those whose entry says nothing, where only one message for all takes up a typed address."""
        self.known: dict[CustomerRef, KnownCustomer] = {}
        self.remarks: list[Remark] = []
        self.signs: dict[str, str] = {}
        self.signs_before: dict[str, str] = {}
        self._history, self._fields, self._written, self._grouping = history, fields, written, grouping
        self._taken_over: list[str] = []
        self._taken_back: list[str] = []

    def take(self, ref: CustomerRef, line: CustomerLine | None, noted: Mapping[str, str], typed: str) -> None:
        """Decide of one customer. `typed`: the addresses that somebody typed beside an invoice of theirs."""
        before = _signs_in(self._written.get(str(line.ref), "")) if line is not None else {}
        said = {name: text for name, text in noted.items() if text}
        signs: dict[str, str] = {}
        rewritten: set[str] = set()
        for name in ENTRY_FIELDS:
            cell = line.said.get(name, "") if line is not None and name in self._fields else None
            sign = _sign(cell) if cell else ""
            is_edit = cell is not None and (sign != before.get(name, "") or (bool(cell) and name not in noted))
            if is_edit and line is not None and name in line.faults:
                signs[name] = before.get(name, "")
                continue
            if is_edit and cell is not None:
                said[name] = cell
            elif line is not None and said.get(name, "") != (cell or ""):
                rewritten.add(name)
                if name in self._fields and said.get(name):
                    self._taken_back.append(f"{line.name} ({said[name]})")
            signs[name] = _sign(said.get(name, ""))
        is_for_all = self._grouping is None or (said.get("grouping") or self._grouping) == Grouping.CUSTOMER
        if typed and is_for_all and typed != said.get("emails", ""):
            said["emails"], signs["emails"] = typed, _sign(typed)
            rewritten.add("emails")
            self._taken_over.append(f"{ref.name} ({typed})")
        said = {name: text for name, text in said.items() if text}
        self._note(ref, said, noted)
        self.signs |= _row_sign(ref, signs)
        self.signs_before |= _row_sign(ref, signs | {name: before.get(name, "") for name in rewritten})
        doubts = tuple(line.faults.values()) if line is not None else ()
        row = (None, (), "", "") if line is None else (line.row, doubts, line.code, line.name)
        self.known[ref] = KnownCustomer(said, row[0], frozenset(rewritten), *row[1:])

    def _note(self, ref: CustomerRef, said: Mapping[str, str], noted: Mapping[str, str]) -> None:
        """Note all that holds, where it is not what is noted of the customer as they are called now."""
        own = self._history.notes.of(Subject.CUSTOMER, str(ref))
        full = {name: said.get(name, "") for name in dict.fromkeys((*said, *noted))}
        if full and any(own.get(name, "") != text for name, text in full.items()):
            self.remarks.append(Remark(Subject.CUSTOMER, str(ref), full))

    def told(self) -> tuple[str, ...]:
        """Return what to tell."""
        told = []
        if self._taken_over:
            text = _("Addresses typed beside invoices hold for the customers now (sheet Customers): {customers}")
            told.append(text.format(customers=some_of(self._taken_over)))
        if self._taken_back:
            text = _("Brought back into the sheet of customers, as the journal has it: {customers}")
            told.append(text.format(customers=some_of(self._taken_back)))
        return tuple(told)


def _sign(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}" if text else ""


def _row_sign(ref: CustomerRef, signs: Mapping[str, str]) -> dict[str, str]:
    """Return the signs of a row's fields as one text, by the customer's reference; nothing where nothing is said."""
    text = ";".join(f"{name}:{sign}" for name, sign in signs.items() if sign)
    return {str(ref): text} if text else {}


def _signs_in(text: str) -> dict[str, str]:
    """Return the signs of a row's fields, as the hidden lists keep them."""
    pairs = (part.partition(":") for part in text.split(";") if part)
    return {name: sign for name, _colon, sign in pairs}
