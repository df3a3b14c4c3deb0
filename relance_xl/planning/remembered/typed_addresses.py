"""Addresses that somebody typed beside an invoice: they are the customer's, not one reminder's."""

from collections.abc import Iterable

from relance_xl.core.invoice import Invoice
from relance_xl.core.reminder import ReminderKey
from relance_xl.core.texts.addresses import BadAddressError, present_addresses, read_addresses
from relance_xl.core.texts.typed import is_same_code, plain_title
from relance_xl.workbook.ooxml.cells import value_text
from relance_xl.workbook.workbook import Workbook


def typed_addresses(invoices: Iterable[Invoice], workbook: Workbook) -> dict[tuple[str, str], str]:
    """Return the addresses typed since the last export, as one text a customer, by the identity of the customer's reference.

    Where invoices of one customer have different ones, each stays its invoice's: nobody can know which is right.
    """
    by_number = {one.number: one for one in invoices}
    typed: dict[tuple[str, str], set[str]] = {}
    for _row, (key_text, email, code, name) in workbook.reminders.scan(("key", "email", "customer_code", "customer")):
        invoice = by_number.get(value_text(key_text).rpartition("/")[0])
        if invoice is None or not value_text(email):
            continue
        text = _typed(workbook, value_text(key_text), value_text(email), invoice)
        if text and _is_row_of(value_text(code), value_text(name), invoice):
            typed.setdefault(invoice.customer.ref.identity, set()).add(text)
    return {ref: texts.pop() for ref, texts in typed.items() if len(texts) == 1}


def _typed(workbook: Workbook, key: str, shown: str, invoice: Invoice) -> str:
    """Return a row's addresses where somebody typed them, empty where they are what the last export wrote."""
    try:
        proposed = workbook.lists.proposed_email(ReminderKey.parse(key))
        if proposed is None or shown == proposed:
            return ""
        addresses, before = read_addresses(shown), read_addresses(proposed)
        # Fewer than were proposed is a choice for this reminder.
        if set(addresses) <= set(before):
            return ""
        # What was only proposed is what the list says now.
        return "; ".join(present_addresses(addresses, before, invoice.emails))
    except (ValueError, BadAddressError):
        return ""


def _is_row_of(code: str, name: str, invoice: Invoice) -> bool:
    """Whether a row shows the invoice's customer of now."""
    customer = invoice.customer
    return not (code or name) or plain_title(name) == plain_title(customer.name) or is_same_code(code, customer.code)
