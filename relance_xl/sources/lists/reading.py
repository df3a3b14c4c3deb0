"""From a table with titles to invoices: what they come to, what is wrong with which rows, and how they were understood."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from relance_xl.core.invoice import Invoice
from relance_xl.core.wording import some_of
from relance_xl.core.wrong_row import WrongRow
from relance_xl.runtime.language import _
from relance_xl.sources.lists.amounts import CENT, OpenBy
from relance_xl.sources.lists.form import ListForm, Said, form_of, open_value
from relance_xl.sources.lists.header import Header
from relance_xl.sources.lists.lines import Line, invoice_lines
from relance_xl.sources.lists.merging import Merging
from relance_xl.sources.lists.rows import NOT_OWED, Defaults, RowReading, RowsReader
from relance_xl.sources.lists.statuses import RowKind, Standing
from relance_xl.sources.source import Listing
from relance_xl.sources.table import TableRow


@dataclass(frozen=True, slots=True)
class ListBasis:
    """What reading a list rests on besides its rows: its name, its day, the settings."""

    file: str
    exported: date
    said: Said
    defaults: Defaults


def read_invoices(rows: Sequence[TableRow], header: Header, basis: ListBasis) -> Listing:
    """Return the invoices below the header, and every fault: a bad row is never passed over in silence.

    Raises UncertainError, AmountDoubtError where the list can be read in two ways.
    """
    lines = invoice_lines(rows, header)
    form = form_of(rows, lines, header, basis.said)
    header = form.header
    if "letter" in header.columns:
        lines = _without_settled(lines, form)
    reader = RowsReader(form, basis.file, basis.defaults)
    readings = [reading for line in lines if (reading := reader.read(line)) is not None]
    out = [one for one in readings if one.standing in NOT_OWED]
    merging = Merging(basis.file, header.title("number"), basis.exported, has_sides=header.has_sides)
    merged = list(merging.merge([one for one in readings if one.standing not in NOT_OWED]))
    invoices = tuple(one for one in merged if isinstance(one, Invoice))
    wrong = tuple(one for one in merged if isinstance(one, WrongRow))
    return Listing(invoices, wrong, basis.exported, tuple(_told(form, readings, out)), header.unread())


def _without_settled(lines: Sequence[Line], form: ListForm) -> tuple[Line, ...]:
    """Return lines but for those of a customer's lettered group that comes to zero: they were set against each other."""
    sums: dict[tuple[str, str, str], Decimal] = {}
    keys = []
    for line in lines:
        texts = (line.text(form.header, name) for name in ("customer_code", "customer", "letter"))
        code, name, letter = texts
        key = (code, name or line.group, letter) if letter else None
        keys.append(key)
        if key is not None:
            sums[key] = sums.get(key, Decimal(0)) + (open_value(form, line) or Decimal(0))
    return tuple(line for line, key in zip(lines, keys, strict=True) if key is None or abs(sums[key]) >= CENT)


def _told(form: ListForm, readings: Sequence[RowReading], out: Sequence[RowReading]) -> list[str]:
    """Say how a list was understood where it could have been otherwise."""
    header, told = form.header, list[str]()
    if form.sign:
        text = _(
            "No column says the currency; the totals say {sign}, so it is {currency}. Otherwise: [source] currency"
        )
        told.append(text.format(sign=form.sign, currency=form.currency))
    if form.open_by is OpenBy.SIDES and "open_amount" in header.columns:
        text = _("What is still owed is debit less credit; “{title}” is not read.")
        told.append(text.format(title=header.title("open_amount")))
    customers = list(dict.fromkeys(one.names[1] for one in readings)) if "customer" in header.told_elsewhere else []
    if any(customers):
        text = _("Customers taken from rows of their own: {names}")
        told.append(text.format(names=some_of([name for name in customers if name])))
    others = [header.titles[place] for place in header.beside.get("open_amount", ())]
    if others:
        text = _("“{title}” is taken for what is still owed, not “{other}”.")
        told.append(text.format(title=header.title("open_amount"), other="”, “".join(others)))
    for standing, text in (
        (Standing.VOID, _("Left out, as the list says that they are void: {numbers}")),
        (Standing.OTHER, _("Left out, as they are neither invoices nor credits of customers: {numbers}")),
        (Standing.DRAFT, _("Left out, as the list says that they are drafts: {numbers}")),
    ):
        numbers = [one.number for one in out if one.standing is standing]
        if numbers:
            told.append(text.format(numbers=some_of(list(dict.fromkeys(numbers)))))
    flipped = [one.number for one in readings if one.kind in form.flips and one.kind is not RowKind.INVOICE]
    if flipped:
        text = _("Exported as positive, but by their kind the customers': {numbers}")
        told.append(text.format(numbers=some_of(list(dict.fromkeys(flipped)))))
    return told
