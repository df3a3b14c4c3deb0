"""Customers of the list who may be somebody of before: not reminded if that one is never to be, and told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from relance_xl.core.invoice import Invoice
from relance_xl.core.remembered.customer_refs import CustomerRef, KnownPeople
from relance_xl.core.remembered.customer_texts import entry_of
from relance_xl.core.wording import some_of
from relance_xl.planning.remembered.customer_edits import KnownCustomer
from relance_xl.runtime.language import _


@dataclass(frozen=True, slots=True)
class CustomerDoubts:
    """Who may be somebody of before: those who are `held`, and the others whose row says nothing yet; in words, by reference."""

    held: Mapping[CustomerRef, str] = field(default_factory=dict)
    new: Mapping[CustomerRef, str] = field(default_factory=dict)

    def told(self) -> tuple[str, ...]:
        """Return what to tell."""
        texts = (
            _(
                "Perhaps a customer never to be reminded, so not reminded until you have filled in anything in the new row of "
                "the sheet Customers, or taken “never” out of the old one: {customers}"
            ),
            _(
                "Perhaps a customer of before, but of another name, address or code: what the old row of the sheet Customers "
                "says does not hold. If it is the same customer, fill in the new row: {customers}"
            ),
        )
        named = zip(texts, (self.held, self.new), strict=True)
        return tuple(text.format(customers=some_of(list(ones.values()))) for text, ones in named if ones)


def find_doubts(
    invoices: Iterable[Invoice], known: Mapping[CustomerRef, KnownCustomer], people: KnownPeople
) -> CustomerDoubts:
    """Return who may be somebody of before. `known`: what holds of each. Whose row says anything is known by now."""
    left = [(ref, one) for ref, one in known.items() if one.said and people.listed.same_as(ref) is None]
    if not left:
        return CustomerDoubts()
    names = {one.customer.ref: one.customer.name for one in invoices}
    held: dict[CustomerRef, str] = {}
    new: dict[CustomerRef, str] = {}
    for ref, before in left:
        is_never = entry_of(before.said).is_never_reminded
        for now in people.perhaps(ref):
            if known[now].said or not (is_never or known[now].row is None):
                continue
            code = f" ({now.code.upper()})" if now.code else ""
            (held if is_never else new)[now] = f"{before.name or ref.name} → {names.get(now, now.name)}{code}"
    return CustomerDoubts(held, {ref: text for ref, text in new.items() if ref not in held})
