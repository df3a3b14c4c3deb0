"""Where unpaid invoices come from: each kind of source is a class with two members, no base class to inherit from."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from relance_xl.core.invoice import Invoice
from relance_xl.core.wrong_row import WrongRow
from relance_xl.runtime.errors import Fault


@dataclass(frozen=True, slots=True)
class Listing:
    """The invoices as a source has them, what is wrong with which rows, and as of which day it speaks.

    `told`: how it was understood where it could be read otherwise; `unread`: titles of columns that are not understood.
    """

    invoices: tuple[Invoice, ...]
    wrong: tuple[WrongRow, ...]
    exported: date
    told: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All that is wrong with rows, in the source's order."""
        return tuple(fault for row in self.wrong for fault in row.faults)

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers of all that it has, right or wrong."""
        return frozenset(one.number for one in self.invoices) | frozenset(one.number for one in self.wrong)


class InvoiceSource(Protocol):
    """A source of unpaid invoices."""

    @property
    def name(self) -> str:
        """What the user calls it."""
        ...

    def read(self) -> Listing:
        """Return what it has now. Raises SourceError where it cannot be read as a whole."""
        ...
