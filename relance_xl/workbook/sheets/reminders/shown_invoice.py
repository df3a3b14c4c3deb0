"""What a row shows of its invoice beside the number: by it a row is known in which only a part was sorted or pasted."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from relance_xl.core.reminder import ReminderKey
from relance_xl.workbook.ooxml.cells import CellError, Value, value_text

_SEPARATOR, _INSTEAD = "¦", "|"
# How many of the fields are in the text form.
_IN_TEXT = 4


class ShownInvoice(NamedTuple):
    """The customer, the due date (serial number), open amount and addresses of a row, as texts; empty where a column is gone.

    A named tuple, which is made three times as fast as a frozen dataclass: there is one for every row.
    """

    customer_code: str = ""
    customer: str = ""
    due_date: str = ""
    open_amount: str = ""
    email: str = ""

    @classmethod
    def parse(cls, text: str) -> "ShownInvoice | None":
        """Read the text form; None for any other text. The addresses are not in it: the hidden lists have them."""
        parts = text.split(_SEPARATOR)
        return cls(*parts) if len(parts) == _IN_TEXT else None

    def text(self) -> str:
        """Return all but the addresses as one text, for the hidden lists."""
        return _SEPARATOR.join(self[:_IN_TEXT])


class ShownRow(NamedTuple):
    """A row's number, and what it shows of its invoice."""

    row: int
    invoice: ShownInvoice


def shown_invoice(
    code: Value, customer: Value, due_date: Value, open_amount: Value, email: Value = None
) -> ShownInvoice:
    """Return what the cells of a row show."""
    return ShownInvoice(_text(code), _text(customer), _text(due_date), _text(open_amount), _text(email))


def _text(value: Value) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    # An error says nothing of whose row it is.
    return "" if isinstance(value, CellError) else value_text(value).replace(_SEPARATOR, _INSTEAD)


def misplaced(
    shown: Mapping[ReminderKey, ShownInvoice], written: Mapping[ReminderKey, ShownInvoice]
) -> list[ReminderKey]:
    """Return the reminders whose row shows what the last export wrote into another row.

    What stands there was then sorted or pasted without its number. What stands in no other row somebody typed over; so
    are addresses of another customer's row that still shows them itself.
    """
    codes, names, debts = _places(written.values())
    given_up = _given_up(shown, written)
    return [
        key
        for key, now in shown.items()
        if (before := written.get(key)) is not None
        and now != before
        and (
            (now.customer != before.customer and now.customer in names)
            or (now.customer_code != before.customer_code and now.customer_code in codes)
            or (_debt(now) != _debt(before) and _debt(now) in debts)
            or (now.email != before.email and bool(given_up.get(now.email, set()) - {before.customer_code}))
        )
    ]


def _given_up(
    shown: Mapping[ReminderKey, ShownInvoice], written: Mapping[ReminderKey, ShownInvoice]
) -> Mapping[str, set[str]]:
    """Return the addresses that rows had and no longer show, each with these rows' customers."""
    given_up: dict[str, set[str]] = {}
    for key, before in written.items():
        if before.email and key in shown and shown[key].email != before.email:
            given_up.setdefault(before.email, set()).add(before.customer_code)
    return given_up


def _places(written: Iterable[ShownInvoice]) -> tuple[set[str], set[str], set[tuple[str, str]]]:
    codes, names, debts = set[str](), set[str](), set[tuple[str, str]]()
    for one in written:
        codes.add(one.customer_code)
        names.add(one.customer)
        debts.add(_debt(one))
    return codes - {""}, names - {""}, debts


def _debt(shown: ShownInvoice) -> tuple[str, str]:
    return shown.due_date, shown.open_amount
