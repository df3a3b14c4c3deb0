"""A row of the source that is not understood: it is shown as it stands, never reminded, and stops no other."""

from dataclasses import dataclass
from datetime import date

from relance_xl.core.money import Money
from relance_xl.runtime.errors import Fault


@dataclass(frozen=True, slots=True)
class WrongRow:
    """What a row seems to say, and what is wrong with it; None and "": nothing that can be read.

    `number` is unlike any other's in the list: a row without one is called by its place.
    """

    number: str
    faults: tuple[Fault, ...]
    customer_code: str = ""
    customer: str = ""
    issued: date | None = None
    due: date | None = None
    total: Money | None = None
    open: Money | None = None

    @property
    def text(self) -> str:
        """What is wrong, in words."""
        return "; ".join(map(str, self.faults))
