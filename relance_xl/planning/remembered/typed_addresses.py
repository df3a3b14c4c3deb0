"""Addresses that somebody typed beside an invoice: they are the customer's, not one reminder's."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from relance_xl.core.invoice import Invoice, is_same_customer
from relance_xl.core.reminder import ReminderKey
from relance_xl.core.texts.addresses import BadAddressError, present_addresses, read_addresses
from relance_xl.workbook.ooxml.cells import value_text
from relance_xl.workbook.workbook import Workbook


@dataclass(frozen=True, slots=True)
class TypedAddresses:
    """Addresses typed since the last export, as one text a customer: by the identity of their reference.

    `left`: of customers whose invoice is not in the list any more, by the code and the name that the row shows.
    """

    listed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    left: Mapping[tuple[str, str], str] = field(default_factory=dict)


def typed_addresses(invoices: Iterable[Invoice], workbook: Workbook, shared: Collection[str]) -> TypedAddresses:
    """Return what was typed. `shared`: the codes that several have.

    Where invoices of one customer have different addresses, each stays its invoice's: nobody can know which is right.
    """
    by_number = {one.number: one for one in invoices}
    listed: dict[tuple[str, str], set[str]] = defaultdict(set)
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
        elif not (code or name) or is_same_customer(code, name, invoice.customer, shared):
            listed[invoice.customer.ref.identity].add(text)
    return TypedAddresses(_certain(listed), _certain(left))


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
