"""The cells above the list that tick every row that is due: what they say, and how many rows they reach."""

from collections.abc import Collection
from decimal import Decimal

from relance_xl.core.decision import TickAll
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.texts.typed import Tick
from relance_xl.core.wording import reason_text
from relance_xl.runtime.language import _
from relance_xl.workbook.ooxml.cells import Formula, value_text
from relance_xl.workbook.ooxml.column_letters import get_column_letter
from relance_xl.workbook.sheets.columns import COUNT_NAME, COUNT_TEXT, PREFERRED_FIELD, TICK_ALL_NAMES, TICK_FIELDS
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.sheets.typed_cells import lenient_tick


def tick_all_of(found: RemindersSheet) -> TickAll:
    """Return what the cells say; what cannot be read is left for its user to see."""
    says = {name: _says_yes(found, name) for name in TICK_ALL_NAMES}
    return TickAll(
        frozenset(channel for channel, name in TICK_FIELDS.items() if says.get(name)), preferred=says[PREFERRED_FIELD]
    )


def _says_yes(found: RemindersSheet, name: str) -> bool:
    place = found.tick_all_place(name)
    if place is None:
        return False
    return lenient_tick(value_text(found.sheet.value(place.row, place.column))) is Tick.YES


def reached_rows(found: RemindersSheet) -> Collection[int]:
    """Return the rows that a tick-all cell may tick, as the column for it shows them."""
    return {row.number for row in found.rows("reached") if row.values["reached"] == Decimal(1)}


def write_count(found: RemindersSheet, reached: Collection[int]) -> None:
    """Write how many rows the tick-all cells reach, how many of them a filter hides, how many lack their invoice's PDF.

    `reached`: the rows that they reach.
    """
    place, column = found.spreadsheet.named_cell(COUNT_NAME), found.layout.column("reached")
    if place is None or place.sheet != found.sheet.name or column is None:
        return
    letter = get_column_letter(column)
    cells = f"${letter}${found.layout.first_row}:${letter}$1048576"
    hidden = len(found.sheet.hidden_rows().intersection(reached)) if reached else 0
    due, among = _(COUNT_TEXT).split("{count}"), _(", {hidden} of them hidden").split("{hidden}")
    value = f"{due[0]}{len(reached)}{due[1]}" + (f"{among[0]}{hidden}{among[1]}" if hidden else "")
    behind = f'"{among[0]}"&(SUM({cells})-SUBTOTAL(109,{cells}))&"{among[1]}"'
    formula = f'"{due[0]}"&SUM({cells})&"{due[1]}"&IF(SUM({cells})>SUBTOTAL(109,{cells}),{behind},"")'
    lacking = _lacking_pdf(found)
    found.sheet.put(place.row, place.column, Formula(f"{formula}&{lacking.formula}", f"{value}{lacking.value}"))


def _lacking_pdf(found: RemindersSheet) -> Formula:
    """Return what says how many rows that are due cannot go for lack of their invoice's PDF; nothing where none."""
    column = found.layout.column("status")
    if column is None:
        return Formula('""', "")
    letter, says = get_column_letter(column), reason_text(Hold(Reason.INVOICE_MISSING)).rstrip(" :\u00a0")
    count = sum(row.text("status").startswith(says) for row in found.rows("status"))
    counted = f'COUNTIF(${letter}${found.layout.first_row}:${letter}$1048576,"{says}*")'
    before, after = _(", without PDF: {count}").split("{count}")
    formula = f'IF({counted}=0,"","{before}"&{counted}&"{after}")'
    return Formula(formula, f"{before}{count}{after}" if count else "")
