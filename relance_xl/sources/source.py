"""Where unpaid invoices come from: each kind of source is a class with two members, no base class to inherit from."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from relance_xl.core.invoice import Invoice
from relance_xl.runtime.errors import Fault


@dataclass(frozen=True, slots=True)
class Listing:
    """The invoices as a source has them, what is wrong with which rows, and as of which day it speaks."""

    invoices: tuple[Invoice, ...]
    faults: tuple[Fault, ...]
    exported: date


class InvoiceSource(Protocol):
    """A source of unpaid invoices."""

    @property
    def name(self) -> str:
        """What the user calls it."""
        ...

    def read(self) -> Listing:
        """Return what it has now. Raises SourceError where it cannot be read as a whole."""
        ...
