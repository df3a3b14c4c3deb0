"""What holds of a customer: by the cells that somebody changed, else by the journal.

As with suspensions, a cell was changed if it says something else than the last export left there.
"""

import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from relance_xl.core.history import History
from relance_xl.core.remembered.customer_entry import Grouping
from relance_xl.core.remembered.customer_refs import CustomerRef
from relance_xl.core.remembered.customer_texts import ENTRY_FIELDS, shown_entry
from relance_xl.core.remembered.notes import Remark, Subject
from relance_xl.core.wording import some_of
from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import _
from relance_xl.workbook.sheets.customers.sheet import CustomerLine


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """One customer: what holds, by field; where the row stands (None: there is none), what its cells are to say anew.

    `doubts`: cells of theirs that cannot be read.
    """

    said: Mapping[str, str] = field(default_factory=dict)
    row: int | None = None
    rewritten: frozenset[str] = frozenset()
    doubts: tuple[Fault, ...] = ()
    #: What the row shows of them.
    code: str = ""
    name: str = ""


#: The matter of the journal's notes that says which address was typed beside an invoice of theirs, taken up or not.
_TYPED = "typed"


class CustomerEdits:
    """Takes up customer after customer, and gathers what is to be done of each."""

    def __init__(
        self,
        history: History,
        fields: Collection[str],
        written: Mapping[str, str],
        grouping: Grouping | None,
        is_ahead: bool,
    ) -> None:
        """`grouping`: of those whose entry says nothing, where only one message for all takes up a typed address."""
        self.known: dict[CustomerRef, KnownCustomer] = {}
        self.remarks: list[Remark] = []
        self.signs: dict[str, str] = {}
        self.signs_before: dict[str, str] = {}
        self._history, self._fields, self._written, self._grouping = history, fields, written, grouping
        self._is_ahead = is_ahead
        self._taken_over: list[str] = []
        self._taken_back: list[str] = []

    def take(self, ref: CustomerRef, line: CustomerLine | None, noted: Mapping[str, str], typed: str) -> None:
        """Decide of one customer. `typed`: the addresses that somebody typed beside an invoice of theirs."""
        before = _signs_in(self._written.get(str(line.ref), "")) if line is not None else {}
        said = {name: text for name, text in noted.items() if text and name != _TYPED}
        signs: dict[str, str] = {}
        rewritten: set[str] = set()
        for name in ENTRY_FIELDS:
            cell = line.said.get(name, "") if line is not None and name in self._fields else None
            sign = _sign(cell) if cell else ""
            is_edit = cell is not None and (
                sign != before.get(name, "")
                or (bool(cell) and name not in noted)
                or (self._is_ahead and cell != noted.get(name, ""))
            )
            if is_edit and line is not None and name in line.faults:
                signs[name] = before.get(name, "")
                continue
            if is_edit and cell is not None:
                said[name] = cell
            elif line is not None and said.get(name, "") != (cell or ""):
                rewritten.add(name)
                if name in self._fields and said.get(name):
                    self._taken_back.append(f"{line.name} ({shown_entry(name, said[name])})")
            if line is not None and name in line.merged:
                rewritten.add(name)
            signs[name] = _sign(said.get(name, ""))
        is_edited = said.get("emails", "") != noted.get("emails", "")
        is_for_all = self._grouping is None or (said.get("grouping") or self._grouping) == Grouping.CUSTOMER
        # What somebody typed into both places is not one address for all: each holds where it stands.
        # Nor is one that was seen before: the row shows it until an export writes it anew.
        is_new = bool(typed) and typed != noted.get(_TYPED)
        if is_new and is_for_all and not is_edited and typed != said.get("emails", ""):
            said["emails"], signs["emails"] = typed, _sign(typed)
            rewritten.add("emails")
            self._taken_over.append(f"{(line.name if line is not None else '') or ref.name} ({typed})")
        said = {name: text for name, text in said.items() if text}
        # Where only one reminder has it until the next export, that is to take it up.
        is_seen = self._grouping is None or (bool(typed) and (is_for_all or is_edited))
        seen = typed if is_seen else noted.get(_TYPED, "")
        self._note(ref, {**said, _TYPED: seen}, noted)
        self.signs |= _row_sign(ref, signs)
        self.signs_before |= _row_sign(ref, signs | {name: before.get(name, "") for name in rewritten})
        doubts = tuple(line.faults.values()) if line is not None else ()
        row = (None, (), "", "") if line is None else (line.row, doubts, line.code, line.name)
        self.known[ref] = KnownCustomer(said, row[0], frozenset(rewritten), *row[1:])

    def _note(self, ref: CustomerRef, said: Mapping[str, str], noted: Mapping[str, str]) -> None:
        """Note all that holds, where it is not what is noted, or not of the customer as they are called now."""
        own = self._history.notes.of(Subject.CUSTOMER, str(ref))
        full = {name: said.get(name, "") for name in dict.fromkeys((*said, *noted))}
        if any(noted.get(name, "") != text or own.get(name, "") != text for name, text in full.items()):
            self.remarks.append(Remark(Subject.CUSTOMER, str(ref), full))

    def told(self) -> tuple[str, ...]:
        """Return what to tell."""
        told = []
        if self._taken_over:
            text = _("Addresses typed beside invoices hold for the customers now (sheet Customers): {customers}")
            told.append(text.format(customers=some_of(self._taken_over)))
        if self._taken_back:
            text = _("Brought back into the sheet of customers, as the journal has it: {customers}")
            told.append(text.format(customers=some_of(self._taken_back)))
        return tuple(told)


def _sign(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}" if text else ""


def _row_sign(ref: CustomerRef, signs: Mapping[str, str]) -> dict[str, str]:
    """Return the signs of a row's fields as one text, by the customer's reference; nothing where nothing is said."""
    text = ";".join(f"{name}:{sign}" for name, sign in signs.items() if sign)
    return {str(ref): text} if text else {}


def _signs_in(text: str) -> dict[str, str]:
    """Return the signs of a row's fields, as the hidden lists keep them."""
    pairs = (part.partition(":") for part in text.split(";") if part)
    return {name: sign for name, _colon, sign in pairs}
