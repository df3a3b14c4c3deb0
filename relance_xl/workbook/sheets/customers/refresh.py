"""Writes the customers: new ones come at the end, what is computed is computed anew, what people wrote stays."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from relance_xl.core.money import Money
from relance_xl.core.remembered.customer_refs import CustomerRef
from relance_xl.core.remembered.customer_texts import shown_entry
from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.ooxml.cells import BLANK, Content, Day, Number, Text
from relance_xl.workbook.ooxml.column_letters import get_column_letter
from relance_xl.workbook.sheets.appended_list import append_rows
from relance_xl.workbook.sheets.customers.rules import customer_rules
from relance_xl.workbook.sheets.customers.sheet import CustomersSheet
from relance_xl.workbook.sheets.reminders.row import text_or_blank
from relance_xl.workbook.spreadsheet.rules import Validation


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """What a customer's row shows. `open` and `overdue`: by currency; `said`: what holds, as it is kept.

    `rewritten`: the fields whose cells are to say what holds, though they say something else. `row`: where it stands, None
    where it is new.
    """

    ref: CustomerRef
    code: str
    name: str
    open: tuple[Money, ...]
    overdue: tuple[Money, ...]
    count: int
    last_date: date | None
    said: Mapping[str, str]
    rewritten: Collection[str] = ()
    row: int | None = None


def refresh_customers(found: CustomersSheet, rows: Collection[CustomerRow], double_rows: Iterable[int] = ()) -> None:
    """Bring the sheet up to date; empty the `double_rows`, which another row of their customer says now.

    Raises EditsError for what stands at its end and cannot move down.
    """
    columns = found.layout.columns
    for row in double_rows:
        found.sheet.put_row(row, dict.fromkeys(columns.values(), BLANK))
    for one in rows:
        if one.row is not None:
            contents = _computed(one) | _entries(one, one.rewritten)
            found.sheet.put_row(one.row, {columns[name]: what for name, what in contents.items() if name in columns})
    added = [one for one in rows if one.row is None]
    above = max((line.row for line in found.lines), default=found.layout.header_row)
    contents_added = [_computed(one) | _entries(one, one.said) for one in added]
    last = append_rows(found.spreadsheet, found.sheet, found.layout, above, contents_added)
    letters = {field: get_column_letter(column) for field, column in columns.items()}
    first = found.layout.first_row
    found.sheet.restore_rules(
        [
            Validation(Area(columns[field], first, columns[field], max(last, first)), rule)
            for field, rule in customer_rules(letters).items()
        ],
        [],
    )


def _computed(one: CustomerRow) -> dict[str, Content]:
    return {
        "key": Text(str(one.ref)),
        "customer_code": text_or_blank(one.code),
        "customer": text_or_blank(one.name),
        "open_amount": _money(one.open),
        "overdue": _money(one.overdue),
        "count": Number(one.count),
        "last_date": Day(one.last_date) if one.last_date else BLANK,
    }


def _money(amounts: tuple[Money, ...]) -> Content:
    """Return an amount; several currencies are no number: they are said in words."""
    if len(amounts) > 1:
        return Text(" + ".join(f"{one.amount} {one.currency}" for one in amounts))
    return Number(amounts[0].amount if amounts else 0)


def _entries(one: CustomerRow, fields: Collection[str]) -> dict[str, Content]:
    return {field: text_or_blank(shown_entry(field, one.said.get(field, ""))) for field in fields}
