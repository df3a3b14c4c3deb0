"""What holds of customers, put together: from the list, the sheet of customers, the journal, addresses beside invoices."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from relance_xl.core.history import History
from relance_xl.core.invoice import Customer, Invoice
from relance_xl.core.remembered.customer_entry import NO_ENTRY, CustomerEntry, Grouping
from relance_xl.core.remembered.customer_refs import NOBODY, CustomerRef, CustomerRefs, KnownPeople
from relance_xl.core.remembered.customer_texts import entry_of
from relance_xl.core.remembered.notes import Remark, Subject
from relance_xl.core.wording import some_of
from relance_xl.planning.remembered.customer_edits import CustomerEdits, KnownCustomer
from relance_xl.planning.remembered.customer_lines import FoundLines, lines_by_ref, unknown_told
from relance_xl.planning.remembered.typed_addresses import TypedAddresses, typed_addresses
from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import _
from relance_xl.workbook.sheets.customers.sheet import CustomerLine
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
    people = KnownPeople.of(listed, earlier)
    typed = typed_addresses(invoices, workbook, people.shared_now) if workbook is not None else TypedAddresses()
    if sheet is None and typed == TypedAddresses() and not earlier:
        return Customers({ref: KnownCustomer() for ref in people.listed.all}, people)
    found = lines_by_ref(sheet, people) if sheet is not None else FoundLines()
    lines, noted = found.lines, _noted(history, people)
    fields = (sheet.fields if sheet is not None else frozenset()) - frozenset(returned or ())
    written = workbook.lists.entries if workbook is not None else {}
    edits = CustomerEdits(history, fields, written, None if returned is not None else grouping)
    typed_by_ref = _by_ref(typed, people.everyone)
    for ref in people.everyone.all:
        edits.take(ref, lines.get(ref), noted.get(ref, {}), typed_by_ref.get(ref, ""))
    return Customers(
        edits.known,
        people,
        found.double_rows,
        {ref: entry_of(one.said) for ref, one in edits.known.items() if one.said},
        tuple(edits.remarks),
        edits.signs,
        edits.signs_before,
        (*edits.told(), *unknown_told(found.unknown), *_renamed_told(invoices, edits.known, lines)),
    )


def _by_ref(typed: TypedAddresses, everyone: CustomerRefs) -> Mapping[CustomerRef, str]:
    """Return typed addresses by the customers they are of; those beside invoices of the list count first."""
    left = {everyone.guess(*whose): text for whose, text in typed.left.items()}
    listed = {ref: typed.listed.get(ref.identity, "") for ref in everyone.all}
    return {ref: text or left.get(ref, "") for ref, text in listed.items()}


def _renamed_told(
    invoices: Iterable[Invoice], known: Mapping[CustomerRef, KnownCustomer], lines: Mapping[CustomerRef, CustomerLine]
) -> tuple[str, ...]:
    """Say of whom nothing holds any more, as both name and address are others under their code: a new customer, or not."""
    listed = {one.customer.ref: one.customer for one in invoices}
    left = {ref.code: ref for ref, one in known.items() if one.said and ref.code and ref not in listed}
    renamed = [
        f"{customer.code} ({known[left[ref.code]].name or left[ref.code].name} → {customer.name})"
        for ref, customer in listed.items()
        if ref.code in left and ref not in lines
    ]
    text = _(
        "Name and address are others under the same code, so nothing of the old row counts in the sheet of customers. "
        "If it is the same customer, fill in the new row: {customers}"
    )
    return (text.format(customers=some_of(renamed)),) if renamed else ()


def _noted(history: History, people: KnownPeople) -> dict[CustomerRef, dict[str, str]]:
    """Return what the journal keeps of customers; what was noted under a name or address of before comes first."""
    noted: dict[CustomerRef, dict[str, str]] = {}
    earlier = [one for key in history.notes.keys(Subject.CUSTOMER) if (one := CustomerRef.parse(key)) is not None]
    for ref in sorted(earlier, key=lambda one: people.whose(one) == one):
        noted.setdefault(people.whose(ref), {}).update(history.notes.of(Subject.CUSTOMER, str(ref)))
    return noted
