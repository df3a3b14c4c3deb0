"""Addresses that somebody typed beside an invoice: they are the customer's, not one reminder's."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from relance_xl.core.invoice import Invoice, is_same_customer
from relance_xl.core.remembered.customer_refs import KnownPeople
from relance_xl.core.reminder import ReminderKey
from relance_xl.core.texts.addresses import BadAddressError, present_addresses, read_addresses
from relance_xl.core.wording import some_of
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.cells import value_text
from relance_xl.workbook.workbook import Workbook


@dataclass(frozen=True, slots=True)
class TypedAddresses:
    """Addresses typed since the last export, as one text a customer: by the identity of their reference.

    `left`: of customers whose invoice is not in the list any more, by the code and the name that the row shows.
    """

    listed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    left: Mapping[tuple[str, str], str] = field(default_factory=dict)
    #: Customers beside whose invoices different ones were typed.
    differing: tuple[str, ...] = ()

    def told(self) -> tuple[str, ...]:
        """Say which addresses are kept for nobody."""
        text = _(
            "Different addresses typed beside invoices of one customer, so kept for these reminders only: {customers}"
        )
        return (text.format(customers=some_of(self.differing)),) if self.differing else ()


def typed_addresses(invoices: Iterable[Invoice], workbook: Workbook, people: KnownPeople) -> TypedAddresses:
    """Return what was typed.

    Where invoices of one customer have different addresses, each stays its invoice's: nobody can know which is right.
    """
    by_number = {one.number: one for one in invoices}
    listed: dict[tuple[str, str], set[str]] = defaultdict(set)
    names: dict[tuple[str, str], str] = {}
    strict = people.shared | people.unsettled
    left: dict[tuple[str, str], set[str]] = defaultdict(set)
    for _row, values in workbook.reminders.scan(("key", "email", "customer_code", "customer")):
        key, email, code, name = map(value_text, values)
        if not email:
            continue
        invoice = by_number.get(key.rpartition("/")[0])
        text = _typed(workbook, key, email, invoice.emails if invoice is not None else ())
        if not text:
            continue
        if invoice is None:
            left[code, name].add(text)
        elif not (code or name) or is_same_customer(code, name, invoice.customer, strict):
            listed[invoice.customer.ref.identity].add(text)
            names[invoice.customer.ref.identity] = invoice.customer.name
    differing = tuple(names[whose] for whose, texts in listed.items() if len(texts) > 1)
    return TypedAddresses(_certain(listed), _certain(left), differing)


def _certain(typed: Mapping[tuple[str, str], set[str]]) -> dict[tuple[str, str], str]:
    return {whose: next(iter(texts)) for whose, texts in typed.items() if len(texts) == 1}


def _typed(workbook: Workbook, key: str, shown: str, listed: Iterable[str]) -> str:
    """Return a row's addresses where somebody typed them, empty where they are what the last export wrote.

    `listed`: those that the list has now.
    """
    try:
        proposed = workbook.lists.proposed_email(ReminderKey.parse(key))
        if proposed is None or shown == proposed:
            return ""
        addresses, before = read_addresses(shown), read_addresses(proposed)
        # Fewer than were proposed is a choice for this reminder.
        if set(addresses) <= set(before):
            return ""
        # What was only proposed is what the list says now.
        return "; ".join(present_addresses(addresses, before, tuple(listed)))
    except (ValueError, BadAddressError):
        return ""
