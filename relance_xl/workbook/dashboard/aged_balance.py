"""What is owed, by currency, customer and age, as the rows of the sheet of reminders say it now.

The sums are those that the dashboard's formulas make: whatever stands in the columns counts, the user's own rows too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from relance_xl.workbook.ooxml.cells import Value, value_text
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet

#: The days overdue that each age reaches to, the last age having no end.
AGE_ENDS = (0, 30, 60, 90)
AGES = len(AGE_ENDS) + 1
#: The place of the total, behind the ages.
TOTAL = AGES

#: The columns that the balance is made of.
NEEDED = ("currency", "open_amount", "due_date", "customer_code")


def _nothing() -> list[Decimal]:
    return [Decimal(0)] * (AGES + 1)


@dataclass(slots=True)
class Balance:
    """Amounts, of these the credit notes, and the number of invoices: by age, then in total."""

    owed: list[Decimal] = field(default_factory=_nothing)
    credits: list[Decimal] = field(default_factory=_nothing)
    invoices: list[Decimal] = field(default_factory=_nothing)

    def add(self, amount: Decimal, age: int | None) -> None:
        """Count a row; one without a due date is in the total only."""
        for place in {TOTAL, TOTAL if age is None else age}:
            self.owed[place] += amount
            if amount < 0:
                self.credits[place] += amount
            elif amount:
                self.invoices[place] += 1


@dataclass(frozen=True, slots=True)
class CustomerBalance:
    """What one customer owes in one currency."""

    code: str
    name: str
    balance: Balance = field(default_factory=Balance)


@dataclass(slots=True)
class CurrencyBalance:
    """What is owed in one currency."""

    currency: str
    rows: int = 0
    balance: Balance = field(default_factory=Balance)
    #: By code, without case.
    customers: dict[str, CustomerBalance] = field(default_factory=dict)

    def largest(self, count: int) -> tuple[CustomerBalance, ...]:
        """Return the customers who owe most, most first; those to whom money is owed are left out."""
        owing = [one for one in self.customers.values() if one.balance.owed[TOTAL] > 0]
        owing.sort(key=lambda one: (-one.balance.owed[TOTAL], one.name.casefold(), one.code))
        return tuple(owing[:count])


@dataclass(frozen=True, slots=True)
class _Row:
    currency: str
    code: str
    name: str
    amount: Decimal
    age: int | None


def read_balances(found: RemindersSheet, today: int) -> tuple[CurrencyBalance, ...]:
    """Return what is owed in each currency, the most frequent first.

    `today`: a serial number. Nothing where a column that is needed is gone.
    """
    currencies: dict[str, CurrencyBalance] = {}
    for row in _rows(found, today) if set(NEEDED) <= set(found.layout.columns) else ():
        currency = currencies.setdefault(row.currency.casefold(), CurrencyBalance(row.currency))
        currency.rows += 1
        currency.balance.add(row.amount, row.age)
        if row.code:
            customer = currency.customers.setdefault(row.code.casefold(), CustomerBalance(row.code, row.name))
            customer.balance.add(row.amount, row.age)
    return tuple(sorted(currencies.values(), key=lambda one: (-one.rows, one.currency)))


def _rows(found: RemindersSheet, today: int) -> Iterator[_Row]:
    for row in found.rows(*NEEDED, "customer", "key"):
        currency, amount = _as_written(row.values["currency"]), row.values["open_amount"]
        # A line of the user's below the list has no key.
        if currency and "/" in row.text("key"):
            yield _Row(
                currency=currency,
                code=_as_written(row.values["customer_code"]),
                name=row.text("customer"),
                amount=amount if isinstance(amount, Decimal) else Decimal(0),
                age=_age(row.values["due_date"], today),
            )


def _as_written(value: Value) -> str:
    """Return a text blank for blank: formulas compare it so."""
    return value if isinstance(value, str) else value_text(value)


def _age(due: Value, today: int) -> int | None:
    if not isinstance(due, Decimal):
        return None
    return sum(today - due > end for end in AGE_ENDS)
