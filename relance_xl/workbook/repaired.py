"""A workbook as an export finds it, with all of ours in it again: deleted sheets and columns, formats, words."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from relance_xl.core.delivery_line import DeliveryLine
from relance_xl.core.wording import minimum_text
from relance_xl.workbook.repairs.bringing_back import bring_back
from relance_xl.workbook.repairs.missing import Missing, MissingColumn
from relance_xl.workbook.repairs.repainting import repaint
from relance_xl.workbook.repairs.rewording import Words, name_company, reword
from relance_xl.workbook.sheets.columns import LEDGER_SHEET, LISTS_SHEET, REMINDERS_SHEET
from relance_xl.workbook.sheets.customers.sheet import CUSTOMERS
from relance_xl.workbook.sheets.header import ListKind
from relance_xl.workbook.sheets.history.columns import fill_columns
from relance_xl.workbook.sheets.history.sheet import LEDGER, POST_FIELDS
from relance_xl.workbook.sheets.reminders.sheet import REMINDERS
from relance_xl.workbook.sheets.reminders.suspensions import SUSPENSION_FIELDS
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet
from relance_xl.workbook.workbook import Workbook

#: Columns of the other lists that the journal knows.
_KEPT = (*SUSPENSION_FIELDS, *POST_FIELDS)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The words of the workbook that are not the same for everyone.

    `placeholders` are the company names of new settings; `levels` the levels' names by id.
    """

    company: str
    placeholders: Collection[str]
    levels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Repaired:
    """A workbook in which all of ours is there again, and what was gone from it."""

    workbook: Workbook
    missing: Missing
    #: The columns that came back empty; of others only the title had gone.
    empty: tuple[MissingColumn, ...]
    #: The sheets that got their formats or charts back, and those in which only the titles had gone out of sight.
    repainted: tuple[str, ...]
    frozen: tuple[str, ...]

    def fields(self, kind: ListKind) -> frozenset[str]:
        """Return the columns of a list that came back, empty so far."""
        return frozenset(one.column.field for one in self.empty if one.kind == kind)

    @property
    def reminder_fields(self) -> frozenset[str]:
        """The columns of the unpaid invoices that came back, empty so far."""
        return self.fields(REMINDERS)

    @property
    def customer_fields(self) -> frozenset[str]:
        """The columns of the customers that came back, empty so far."""
        return self.fields(CUSTOMERS)

    @property
    def has_new_lists(self) -> bool:
        """Whether the hidden lists came back: what was proposed last time is not known."""
        return LISTS_SHEET in self.missing.sheets

    def lost_titles(self) -> Iterator[str]:
        """Yield the titles, in English, of sheets and columns that people type into, and that came back empty.

        Not those whose cells the journal fills in again.
        """
        yield from (title for title in (REMINDERS_SHEET, LEDGER_SHEET) if title in self.missing.sheets)
        yield from (
            one.column.title
            for one in self.empty
            if one.column.edited and not one.is_new and one.kind != CUSTOMERS and one.column.field not in _KEPT
        )


def repair(
    workbook: Workbook, make_new: Callable[[], Workbook], words: OwnWords, lines: Iterable[DeliveryLine]
) -> Repaired:
    """Put back what of ours was deleted, or lost with its formats; begin with a workbook not changed yet.

    `make_new` gives a new one in the language to write; `lines` are the journal's, for columns of the history sheet
    that come back. Raises EditsError where it cannot be told which sheets and columns are ours.
    """

    def new() -> Spreadsheet:
        return make_new().spreadsheet

    repainted = repaint(workbook.spreadsheet, new, minimum_text())
    back = bring_back(repainted.spreadsheet, new, minimum_text())
    reword(back.spreadsheet, Words(new, minimum_text))
    name_company(back.spreadsheet, words.company, words.placeholders)
    repaired = Repaired(Workbook(back.spreadsheet), back.missing, back.empty, repainted.sheets, repainted.frozen)
    fields = repaired.fields(LEDGER)
    if fields:
        fill_columns(back.spreadsheet, fields, lines, words.levels)
    return repaired
