"""What a row shows of its invoice beside the number: by it a row is known in which only a part was sorted or pasted."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from relance_xl.core.reminder import ReminderKey
from relance_xl.workbook.cells import Value, value_text

_SEPARATOR, _INSTEAD = "¦", "|"


class ShownInvoice(NamedTuple):
    """The customer, the due date (serial number) and the open amount of a row, as texts; empty where a column is gone.

    A named tuple, which is made three times as fast as a frozen dataclass: there is one for every row.
    """

    customer_code: str = ""
    customer: str = ""
    due_date: str = ""
    open_amount: str = ""

    @classmethod
    def parse(cls, text: str) -> "ShownInvoice | None":
        """Read the text form; None for any other text."""
        parts = text.split(_SEPARATOR)
        return cls(*parts) if len(parts) == len(cls._fields) else None

    def text(self) -> str:
        """Return all of it as one text, for the hidden lists."""
        return _SEPARATOR.join(self)


def shown_invoice(code: Value, customer: Value, due_date: Value, open_amount: Value) -> ShownInvoice:
    """Return what the cells of a row show."""
    return ShownInvoice(_text(code), _text(customer), _text(due_date), _text(open_amount))


def _text(value: Value) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value_text(value).replace(_SEPARATOR, _INSTEAD)


def misplaced(
    shown: Mapping[ReminderKey, ShownInvoice], written: Mapping[ReminderKey, ShownInvoice]
) -> list[ReminderKey]:
    """Return the reminders whose row shows what the last export wrote into another row.

    What stands there was then sorted or pasted without its number. What stands in no other row somebody typed over.
    """
    codes, names, debts = _places(written.values())
    return [
        key
        for key, now in shown.items()
        if (before := written.get(key)) is not None
        and now != before
        and (
            (now.customer != before.customer and now.customer in names)
            or (now.customer_code != before.customer_code and now.customer_code in codes)
            or (_debt(now) != _debt(before) and _debt(now) in debts)
        )
    ]


def _places(written: Iterable[ShownInvoice]) -> tuple[set[str], set[str], set[tuple[str, str]]]:
    codes, names, debts = set[str](), set[str](), set[tuple[str, str]]()
    for one in written:
        codes.add(one.customer_code)
        names.add(one.customer)
        debts.add(_debt(one))
    return codes - {""}, names - {""}, debts


def _debt(shown: ShownInvoice) -> tuple[str, str]:
    return shown.due_date, shown.open_amount
