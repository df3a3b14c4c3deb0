"""Says what we wrote into a workbook in the present language: titles, labels, colour rules. The user's own words stay."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from relance_xl.runtime.language import LANGUAGES, _, current_language, speaking, translated
from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.ooxml.cells import Text, Value
from relance_xl.workbook.ooxml.column_letters import get_column_letter
from relance_xl.workbook.sheets.calls.sheet import CALLS
from relance_xl.workbook.sheets.columns import REMINDER_COLUMNS
from relance_xl.workbook.sheets.customers.sheet import CUSTOMERS
from relance_xl.workbook.sheets.dashboard_places import CURRENCY_CELL, DASHBOARD, DASHBOARD_TITLE
from relance_xl.workbook.sheets.fixed_places import REMINDERS_HEADER_ROW, REMINDERS_TITLE
from relance_xl.workbook.sheets.fixed_sheets import find_fixed_sheet
from relance_xl.workbook.sheets.header import FoundList, ListKind, find_list
from relance_xl.workbook.sheets.history.sheet import LEDGER
from relance_xl.workbook.sheets.names import FIXED_SHEETS
from relance_xl.workbook.sheets.reminders.rules import colour_rules
from relance_xl.workbook.sheets.reminders.sheet import REMINDERS
from relance_xl.workbook.spreadsheet.rules import Colour
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet


@dataclass(frozen=True, slots=True)
class Words:
    """What depends on the language, as it is said now: a new workbook, the status of invoices below the minimum."""

    make_new: Callable[[], Spreadsheet]
    minimum_text: Callable[[], str]


def reword(spreadsheet: Spreadsheet, words: Words) -> None:
    """Let what another language wrote be said in the present one, where it still stands as it was written."""
    for language in LANGUAGES:
        if language != current_language() and _speaks(spreadsheet, language):
            _reword_from(spreadsheet, words, language)


def name_company(spreadsheet: Spreadsheet, company: str, placeholders: Collection[str]) -> None:
    """Let our sheets' titles name the company as it is called now, where our own text still stands there.

    It does if it names one of the `placeholders` of new settings, or if both titles name the same company: who types a
    title of their own does so in one sheet, or in other words.
    """
    titles = list(_company_titles(spreadsheet))
    agree = len(titles) > 1 and len({title.company for title in titles}) == 1
    for title in titles:
        if title.company != company and (agree or title.company in placeholders):
            title.sheet.put(title.row, title.column, Text(_(title.source).format(company=company)))


@dataclass(frozen=True, slots=True)
class _CompanyTitle:
    """A cell that says what its sheet is, and whose; `source`: the English source of its text."""

    sheet: Sheet
    row: int
    column: int
    source: str
    company: str


def _company_titles(spreadsheet: Spreadsheet) -> Iterator[_CompanyTitle]:
    reminders, dashboard = find_list(spreadsheet, REMINDERS), find_fixed_sheet(spreadsheet, DASHBOARD)
    places = [(reminders.sheet, reminders.layout.header_row, REMINDERS_TITLE)] if reminders is not None else []
    if dashboard is not None:
        places.append((dashboard, CURRENCY_CELL[0], DASHBOARD_TITLE))
    for sheet, end, source in places:
        for row in range(1, end):
            for column in sheet.columns_of(row):
                company = _named_company(sheet.value(row, column), source)
                if company:
                    yield _CompanyTitle(sheet, row, column, source, company)


def _named_company(value: Value, source: str) -> str:
    """Return whom a title of ours names, in whatever language it is; empty for any other text."""
    for language in LANGUAGES:
        before, _field, after = translated(source, language).partition("{company}")
        if isinstance(value, str) and value.startswith(before) and value.endswith(after):
            return value[len(before) : len(value) - len(after)]
    return ""


def _speaks(spreadsheet: Spreadsheet, language: str) -> bool:
    """Whether any of our titles stands in a language, other than the present one says it."""
    for kind in (REMINDERS, CUSTOMERS, CALLS, LEDGER):
        found = find_list(spreadsheet, kind)
        if found is not None and any(_foreign_titles(found, kind, language)):
            return True
    return False


def _foreign_titles(found: FoundList, kind: ListKind, language: str) -> Iterator[tuple[str, str]]:
    """Yield the fields whose title is said in a language, and what it is in the present one."""
    for column in kind.columns:
        index = found.layout.column(column.field)
        if index is None or _(column.title) == translated(column.title, language):
            continue
        if found.sheet.value(found.layout.header_row, index) == translated(column.title, language):
            yield column.field, _(column.title)


def _reword_from(spreadsheet: Spreadsheet, words: Words, language: str) -> None:
    new = words.make_new()
    with speaking(language):
        old = words.make_new()
    for kind in (REMINDERS, CUSTOMERS, CALLS, LEDGER):
        found = find_list(spreadsheet, kind)
        # Excel repairs a table whose titles are not those of its cells.
        if found is not None and not spreadsheet.is_in_table(found.sheet, found.layout.header_row):
            for field, title in list(_foreign_titles(found, kind, language)):
                found.sheet.put(found.layout.header_row, found.layout.columns[field], Text(title))
    reminders = find_list(spreadsheet, REMINDERS)
    if reminders is not None:
        _reword_colours(reminders, words, language)
        if reminders.layout.header_row == REMINDERS_HEADER_ROW:
            pair = _Pair(_by_title(old, REMINDERS.title, language), _by_title(new, REMINDERS.title))
            pair.reword(reminders.sheet, REMINDERS_HEADER_ROW - 1)
    for fixed in FIXED_SHEETS:
        sheet = find_fixed_sheet(spreadsheet, fixed)
        if sheet is not None:
            pair = _Pair(_by_title(old, fixed.title, language), _by_title(new, fixed.title))
            pair.reword(sheet, pair.old.last_row)


def _by_title(spreadsheet: Spreadsheet, title: str, language: str = "") -> Sheet:
    return spreadsheet.sheet(translated(title, language or current_language()))


@dataclass(frozen=True, slots=True)
class _Pair:
    """A new sheet in the language that wrote, and in the present one."""

    old: Sheet
    new: Sheet

    def reword(self, sheet: Sheet, last_row: int) -> None:
        """Rewrite the texts of a user's sheet that stand as they were written."""
        for row in (row for row in self.old.row_numbers() if row <= last_row):
            for column in self.old.columns_of(row):
                before, after = self.old.value(row, column), self.new.value(row, column)
                if isinstance(after, str) and before != after and before and sheet.value(row, column) == before:
                    sheet.put(row, column, Text(after))


def _reword_colours(found: FoundList, words: Words, language: str) -> None:
    if len(found.layout.columns) < len(REMINDER_COLUMNS):
        return
    new = list(_colours(found, words.minimum_text()))
    with speaking(language):
        old = list(_colours(found, words.minimum_text()))
    for before, after in zip(old, new, strict=True):
        if before.rule.formula != after.rule.formula:
            found.sheet.reword_colour(before, after)


def _colours(found: FoundList, minimum_text: str) -> Iterator[Colour]:
    columns, first = found.layout.columns, found.layout.first_row
    letters = {field: get_column_letter(column) for field, column in columns.items()}
    last = max(first, found.sheet.last_row)
    for field, rule in colour_rules(letters, first, minimum_text):
        yield Colour(Area(columns[field], first, columns[field], last), rule)
