"""What holds of customers, put together: from the list, the sheet of customers, the journal, addresses beside invoices."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from relance_xl.core.history import History
from relance_xl.core.invoice import Customer, Invoice
from relance_xl.core.remembered.customer_entry import NO_ENTRY, CustomerEntry, Grouping
from relance_xl.core.remembered.customer_refs import NOBODY, CustomerRef, CustomerRefs, KnownPeople
from relance_xl.core.remembered.customer_texts import entry_of
from relance_xl.core.remembered.notes import Remark, Subject
from relance_xl.planning.remembered.customer_doubts import find_doubts
from relance_xl.planning.remembered.customer_edits import CustomerEdits, KnownCustomer
from relance_xl.planning.remembered.customer_lines import FoundLines, lines_by_ref
from relance_xl.planning.remembered.typed_addresses import TypedAddresses, typed_addresses
from relance_xl.runtime.errors import Fault
from relance_xl.workbook.sheets.customers.sheet import CustomersSheet
from relance_xl.workbook.workbook import Workbook


@dataclass(frozen=True, slots=True)
class Customers:
    """All customers of the list, of the sheet and of the journal's notes; what the journal does not know yet.

    `signs`: what the workbook is to remember as known, so that the next change is told from it, once its cells say what they
    are to say; `signs_before`: as long as they do not.
    """

    known: Mapping[CustomerRef, KnownCustomer] = field(default_factory=dict)
    people: KnownPeople = NOBODY
    #: Rows of a customer who has another one: what they said is taken over, and they are emptied.
    double_rows: tuple[int, ...] = ()
    entries: Mapping[CustomerRef, CustomerEntry] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    signs: Mapping[str, str] = field(default_factory=dict)
    signs_before: Mapping[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    def entry_of(self, earlier: CustomerRef) -> CustomerEntry:
        """Return what holds of a customer."""
        return self.entries.get(self.people.whose(earlier), NO_ENTRY)

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


@dataclass(frozen=True, slots=True)
class CustomerCells:
    """What the workbook says of customers: its sheet, what the last export left there, its list of invoices.

    `fields`: the columns that are there, and not just brought back. `at_once`: this is no export, so an address typed beside
    one invoice holds at once only where one message is for all of them, as the settings (`grouping`) or the entry say.
    `is_ahead`: the workbook was written after what the journal has, so that cells hold which say something else.
    """

    workbook: Workbook | None
    sheet: CustomersSheet | None
    fields: frozenset[str]
    grouping: Grouping | None
    is_ahead: bool

    @classmethod
    def of(
        cls, workbook: Workbook | None, grouping: Grouping, returned: Collection[str] | None, is_ahead: bool
    ) -> "CustomerCells":
        """`returned`: columns that were deleted and came back, empty, as an export found them; None: this is none."""
        sheet = workbook.customers if workbook is not None else None
        fields = (sheet.fields if sheet is not None else frozenset()) - frozenset(returned or ())
        return cls(workbook, sheet, fields, None if returned is not None else grouping, is_ahead)


def find_customers(invoices: Collection[Invoice], history: History, cells: CustomerCells) -> Customers:
    """Return what holds of customers. Raises EditsError where rows show another customer than they are of."""
    workbook, sheet = cells.workbook, cells.sheet
    listed = list({id(one.customer): one.customer.ref for one in invoices}.values())
    notes = [one for key in history.notes.keys(Subject.CUSTOMER) if (one := CustomerRef.parse(key)) is not None]
    rows = [line for line in sheet.lines if line.ref is not None] if sheet is not None else []
    refs = [line.ref for line in rows if line.ref is not None]
    at_once = [line.ref for line in rows if line.ref is not None and line.was_listed]
    people = KnownPeople(listed, (*refs, *notes), refs, at_once)
    typed = typed_addresses(invoices, workbook, people) if workbook is not None else TypedAddresses()
    if sheet is None and typed == TypedAddresses() and not notes:
        return Customers({ref: KnownCustomer() for ref in people.listed.all}, people)
    found = lines_by_ref(sheet, people) if sheet is not None else FoundLines()
    lines, noted = found.lines, _noted(history, people)
    written = workbook.lists.entries if workbook is not None else {}
    edits = CustomerEdits(history, cells.fields, written, cells.grouping, cells.is_ahead)
    typed_by_ref = _by_ref(typed, people.everyone)
    for ref in people.everyone.all:
        edits.take(ref, lines.get(ref), noted.get(ref, {}), typed_by_ref.get(ref, ""))
    doubts = find_doubts(invoices, edits.known, people)
    entries = {ref: entry_of(one.said) for ref, one in edits.known.items() if one.said}
    entries |= {ref: replace(NO_ENTRY, is_never_reminded=True) for ref in doubts.held}
    return Customers(
        edits.known,
        people,
        found.double_rows,
        entries,
        tuple(edits.remarks),
        edits.signs,
        edits.signs_before,
        (*edits.told(), *found.told(), *typed.told(), *doubts.told()),
    )


def _by_ref(typed: TypedAddresses, everyone: CustomerRefs) -> Mapping[CustomerRef, str]:
    """Return typed addresses by the customers they are of; those beside invoices of the list count first."""
    left = {everyone.guess(*whose): text for whose, text in typed.left.items()}
    listed = {ref: typed.listed.get(ref.identity, "") for ref in everyone.all}
    return {ref: text or left.get(ref, "") for ref, text in listed.items()}


def _noted(history: History, people: KnownPeople) -> dict[CustomerRef, dict[str, str]]:
    """Return what the journal keeps of customers, the last word on each matter, under whatever name or address it was said."""
    noted: dict[CustomerRef, dict[str, str]] = {}
    for one in history.notes.all:
        ref = CustomerRef.parse(one.remark.key) if one.remark.subject is Subject.CUSTOMER else None
        if ref is not None:
            noted.setdefault(people.whose(ref), {}).update(one.remark.said)
    return noted
