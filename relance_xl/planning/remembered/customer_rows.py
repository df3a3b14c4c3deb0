"""The rows of the sheet of customers: who is in the list, who was ever reminded, of whom anything was written down."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from relance_xl.core.history import History
from relance_xl.core.invoice import Invoice
from relance_xl.core.money import Money, total_of
from relance_xl.core.remembered.customer_refs import CustomerRef
from relance_xl.core.reminder import MADE
from relance_xl.core.texts.typed import sort_name
from relance_xl.planning.remembered.customer_edits import KnownCustomer
from relance_xl.planning.remembered.customers import Customers
from relance_xl.workbook.sheets.customers.refresh import CustomerRow


@dataclass(slots=True)
class _Figures:
    """What is known of one customer."""

    code: str = ""
    name: str = ""
    open: list[Money] = field(default_factory=list)
    overdue: list[Money] = field(default_factory=list)
    count: int = 0
    last_date: date | None = None


def customer_rows(listed: Iterable[Invoice], customers: Customers, history: History, today: date) -> list[CustomerRow]:
    """Return all rows, new ones by name. `listed`: the invoices as the list has them."""
    figures: dict[CustomerRef, _Figures] = defaultdict(_Figures)
    refs: dict[int, CustomerRef] = {}
    for invoice in listed:
        customer = invoice.customer
        if id(customer) not in refs:
            refs[id(customer)] = customers.people.whose(customer.ref)
        ref = refs[id(customer)]
        one = figures[ref]
        one.code, one.name = customer.code, customer.name
        one.open.append(invoice.open)
        one.count += not invoice.is_credit
        if invoice.days_overdue(today) > 0 and not invoice.is_credit:
            one.overdue.append(invoice.open)
    _add_reminded(figures, customers, history)
    for ref, known in customers.known.items():
        if known.said or known.row is not None:
            # As the list called them last.
            figures[ref].name = figures[ref].name or known.name or ref.name
            figures[ref].code = figures[ref].code or known.code or ref.code
    rows = [_row(ref, one, customers.known.get(ref, KnownCustomer())) for ref, one in figures.items()]
    return sorted(rows, key=lambda row: (sort_name(row.name), row.code))


def _add_reminded(figures: dict[CustomerRef, _Figures], customers: Customers, history: History) -> None:
    """Add who was ever reminded, and when last."""
    found: dict[tuple[str, str, tuple[str, ...]], CustomerRef] = {}
    for delivery in history.deliveries:
        if delivery.outcome in MADE:
            prepared = delivery.prepared
            place = prepared.customer_code, prepared.customer_name, prepared.customer_address or ()
            if place not in found:
                found[place] = customers.people.whose(CustomerRef.of(*place))
            one = figures[found[place]]
            one.code, one.name = one.code or prepared.customer_code, one.name or prepared.customer_name
            one.last_date = max(one.last_date or prepared.day, prepared.day)


def _row(ref: CustomerRef, one: _Figures, known: KnownCustomer) -> CustomerRow:
    code = one.code if one.code != one.name else ""
    return CustomerRow(
        ref, code, one.name, _sums(one.open), _sums(one.overdue), one.count, one.last_date, known.said, known.rewritten,
        known.row,
    )  # fmt: skip


def _sums(amounts: Iterable[Money]) -> tuple[Money, ...]:
    by_currency: Mapping[str, list[Money]] = defaultdict(list)
    for amount in amounts:
        by_currency[amount.currency].append(amount)
    return tuple(total_of(ones, currency) for currency, ones in by_currency.items())
