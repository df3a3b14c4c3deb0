"""Amounts with their currency, and the one place where they are rounded."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

# Most lists know no other currencies: these need not load the table of all.
_USUAL, _USUAL_DECIMALS = frozenset(("EUR", "GBP", "USD", "CHF")), 2


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round an amount, half away from zero, to the currency's minor unit (Unicode CLDR; two decimals where unknown)."""
    return amount.quantize(_minor_unit(currency), rounding=ROUND_HALF_UP)


@cache
def _minor_unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-_decimals(currency))


def _decimals(currency: str) -> int:
    if currency in _USUAL:
        return _USUAL_DECIMALS
    from babel.numbers import get_currency_precision

    return get_currency_precision(currency)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in a currency (ISO 4217 code), rounded to its minor unit."""

    amount: Decimal
    currency: str

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> "Money":
        """Return the amount rounded as money is."""
        return cls(rounded(amount, currency), currency)


def total_of(amounts: Iterable[Money], currency: str) -> Money:
    """Return the sum of amounts that are all in the given currency. Raises ValueError for another one."""
    total = Decimal(0)
    for money in amounts:
        if money.currency != currency:
            raise ValueError(f"{money.currency} added to {currency}")
        total += money.amount
    return Money.of(total, currency)
