"""The lines that software prints in or below a list and that are no invoices: totals, counts."""

import re

from relance_xl.core.texts.typed import plain_title

_TOTAL = re.compile(
    r"(?:(?:sous|sub|grand|montant|net|solde|s) )?(?:total|totals|totaux|subtotal|subtotals)\b|(?:somme|cumul)(?: ttc| ht)?\Z"
)
_COUNT = re.compile(
    r"(?:(?:nombre|nb|number) (?:de|d|of) )?(?:\d+ )?(?:factures?|invoices?|lignes?|pieces?|ecritures?)(?: \d+)?"
)


def says_total(text: str) -> bool:
    """Whether a cell begins with a word for a total, however it is written: `TOTAL TTC`, `Sous-total`, `Total général :`."""
    return _TOTAL.match(plain_title(text)) is not None


def says_count(text: str) -> bool:
    """Whether a cell tells how many invoices there are, as beside a total: `40 factures`."""
    return _COUNT.fullmatch(plain_title(text)) is not None
