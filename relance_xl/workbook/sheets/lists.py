"""The hidden sheet behind the dropdowns, and what was proposed: so that an edit is told from a proposal."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count, takewhile

from relance_xl.core.decision import TickAll
from relance_xl.core.remembered.suspension_texts import MOTIVE_TITLES
from relance_xl.core.reminder import ReminderKey
from relance_xl.core.texts.typed import BLANKS, NO_WORDS, YES_WORDS, plain_title
from relance_xl.runtime.language import N_, _
from relance_xl.workbook.ooxml.cells import BLANK, Content, Formula, Text, value_text
from relance_xl.workbook.ooxml.column_letters import get_column_letter
from relance_xl.workbook.sheets.columns import LISTS_ANCHOR, LISTS_SHEET, PREFERRED_FIELD, TICK_ALL_NAMES, TICK_FIELDS
from relance_xl.workbook.sheets.fixed_sheets import FixedSheet, Sign, find_fixed_sheet
from relance_xl.workbook.sheets.reminders.sending import NO_BREAK_SPACE, TICK_ALL_STATES, count_yes
from relance_xl.workbook.sheets.reminders.shown_invoice import ShownInvoice
from relance_xl.workbook.spreadsheet.sheet import Sheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet, sheet_reference

_LEVEL_COLUMN, _KEY_COLUMN, _EMAIL_COLUMN, _TICK_ALL_COLUMN, _SHOWN_COLUMN = 1, 8, 9, 10, 7
# Behind what the dashboard writes there.
_SUSPENDED_COLUMN, _SUSPENSION_COLUMN, _MOTIVES_COLUMN, _APART_COLUMN = 15, 16, 17, 18
_CUSTOMERS_COLUMN, _INVOICES_COLUMN = 5, 6
_CUSTOMER_COLUMN, _ENTRY_COLUMN = 19, 20
_FIRST_COLUMN, _COUNT_COLUMN, _NOTED_COLUMN, _PROMISES_COLUMN = 21, 22, 23, 24
# Below no title of its own: one more word in the first row could be taken for a title of another sheet of ours.
_COUNTED_COLUMN, _TOKEN_COLUMN, _REQUESTS_COLUMN = 25, 26, 27
LISTS = FixedSheet(
    LISTS_SHEET,
    LISTS_ANCHOR,
    (1, _KEY_COLUMN),
    (
        Sign(1, _LEVEL_COLUMN, N_("Levels")),
        Sign(1, 2, N_("Ticks")),
        Sign(1, 5, N_("Customers")),
        Sign(1, 6, N_("Invoices")),
    ),
)
# An x as it comes with what is pasted: with blanks on the line that the formula does not take off itself.
_PASTED_YES = tuple(
    text for blank in BLANKS if blank not in f"{NO_BREAK_SPACE}\r\n" for text in (f"x{blank}", f"{blank}x")
)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the dropdowns offer."""

    levels: tuple[str, ...]
    #: The levels that no cell ticks for all.
    levels_apart: tuple[str, ...]
    customers: tuple[str, ...]
    invoices: tuple[str, ...]
    #: Of each customer: where their unpaid invoices begin in that list, and how many there are; what was noted of them;
    #: what became of their promises.
    places: tuple[tuple[int, int], ...] = ()
    noted: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposed:
    """What an export wrote into a row: the addresses, as one text, and what shows which invoice it is."""

    email: str
    shown: ShownInvoice


@dataclass(frozen=True, slots=True)
class _List:
    """A list in a column of the sheet, below its title; `name`: the defined name of its range."""

    column: int
    title: str
    entries: tuple[str, ...]
    name: str = ""

    def content(self, row: int) -> Content:
        """Return what stands in a row."""
        text = self.title if row == 1 else self.entries[row - 2] if row - 2 < len(self.entries) else ""
        return Text(text) if text else BLANK


#: What may be asked for in the sheet of reminders.
REQUESTS_NAME = "relance_demandes"
#: What the customer card looks up, beside the list of customers.
CUSTOMER_LISTS = ("relance_cl_debut", "relance_cl_nombre", "relance_cl_notes", "relance_cl_promesses")
#: The names of its ranges, which every export sets anew.
LIST_NAMES = (
    "relance_niveaux", "relance_ticks", "relance_oui", "relance_non", "relance_clients", "relance_factures",
    "relance_devises", "relance_sans_email", "relance_motifs", "relance_niveaux_seuls", *CUSTOMER_LISTS, *TICK_ALL_STATES.values(),
    REQUESTS_NAME,
)  # fmt: skip


#: Of these, what an earlier version of the program did not have.
NEW_LIST_NAMES = frozenset(
    {*CUSTOMER_LISTS, REQUESTS_NAME, "relance_motifs", "relance_niveaux_seuls", TICK_ALL_STATES[PREFERRED_FIELD]}
)


class ListsSheet:
    """The lists as they were last written. A workbook that lost the sheet goes on without."""

    def __init__(self, spreadsheet: Spreadsheet) -> None:
        self._spreadsheet = spreadsheet
        self._sheet = find_fixed_sheet(spreadsheet, LISTS)
        self._emails: dict[str, str] = {}
        #: What the last export knew of suspensions, by invoice number, as the cells' signs.
        self.suspensions: dict[str, str] = {}
        #: And of customers' entries, by the customers' references, as their rows' signs.
        self.entries: dict[str, str] = {}
        #: How many notes the journal had when the workbook was last written; 0 where it did not say.
        self.noted = 0
        #: What tells a request in this workbook from all others; empty where none can be made yet.
        self.token = ""
        #: What the last export wrote into each row, to know it by; empty where an earlier version wrote the workbook.
        self.shown: dict[ReminderKey, ShownInvoice] = {}
        if self._sheet:
            self._read_proposed(self._sheet)
            self.suspensions = self._read_signs(self._sheet, _SUSPENDED_COLUMN, _SUSPENSION_COLUMN)
            self.entries = self._read_signs(self._sheet, _CUSTOMER_COLUMN, _ENTRY_COLUMN)
            count = value_text(self._sheet.value(2, _COUNTED_COLUMN))
            self.noted = int(count) if count.isdecimal() else 0
            self.token = value_text(self._sheet.value(2, _TOKEN_COLUMN))
        self._levels = self._read_levels(self._sheet) if self._sheet else frozenset()

    def _read_proposed(self, sheet: Sheet) -> None:
        for row, (key_cell, email, shown_cell) in sheet.scan((_KEY_COLUMN, _EMAIL_COLUMN, _SHOWN_COLUMN)):
            key = value_text(key_cell)
            if row == 1 or not key:
                continue
            self._emails[key] = value_text(email)
            shown = ShownInvoice.parse(value_text(shown_cell))
            if shown is not None:
                with suppress(ValueError):
                    self.shown[ReminderKey.parse(key)] = shown._replace(email=self._emails[key])

    @staticmethod
    def _read_signs(sheet: Sheet, names: int, signs: int) -> dict[str, str]:
        scanned = sheet.scan((names, signs))
        return {value_text(name): value_text(sign) for row, (name, sign) in scanned if row > 1 and value_text(name)}

    @staticmethod
    def _read_levels(sheet: Sheet) -> frozenset[str]:
        texts = (value_text(sheet.value(row, _LEVEL_COLUMN)) for row in count(2))
        return frozenset(map(plain_title, takewhile(bool, texts)))

    @property
    def can_place_customers(self) -> bool:
        """Whether the sheet says where each customer's unpaid invoices are."""
        return self._sheet is not None and self._spreadsheet.has_name(CUSTOMER_LISTS[0])

    def unpaid_of(self, choice: str) -> tuple[int, tuple[str, ...]]:
        """Return where a customer's unpaid invoices begin in the list of invoices, and their numbers."""
        row = self._row_of(choice)
        if self._sheet is None or row is None:
            return 0, ()
        first, count = (value_text(self._sheet.value(row, column)) for column in (_FIRST_COLUMN, _COUNT_COLUMN))
        if not (first.isdecimal() and count.isdecimal()):
            return 0, ()
        rows = range(int(first) + 1, int(first) + 1 + int(count))
        return int(first), tuple(value_text(self._sheet.value(one, _INVOICES_COLUMN)) for one in rows)

    def noted_of(self, choice: str) -> tuple[str, str]:
        """Return what was noted of a customer, and what became of promises."""
        row = self._row_of(choice)
        if self._sheet is None or row is None:
            return "", ""
        noted, promises = (value_text(self._sheet.value(row, column)) for column in (_NOTED_COLUMN, _PROMISES_COLUMN))
        return noted, promises

    def _row_of(self, choice: str) -> int | None:
        """Return the row of a customer, as the dropdown shows them."""
        if self._sheet is None or not choice:
            return None
        scanned = self._sheet.scan((_CUSTOMERS_COLUMN,))
        return next((row for row, (text,) in scanned if row > 1 and value_text(text) == choice), None)

    def listed_keys(self) -> dict[str, str]:
        """Return the reminders' keys that the last export wrote, by invoice number."""
        return {key.rpartition("/")[0]: key for key in self._emails}

    def was_level(self, text: str) -> bool:
        """Whether the last export offered a level."""
        return plain_title(text) in self._levels

    def proposed_email(self, key: ReminderKey) -> str | None:
        """Return the addresses that the last export proposed for a reminder, None where it proposed none."""
        return self._emails.get(str(key))

    def say_tick_all(self, tick_all: TickAll) -> None:
        """Write what the tick-all cells say, as formulas with their present values: the column Sending looks there."""
        sheet = self._sheet
        if sheet is None:
            return
        letter = get_column_letter(_TICK_ALL_COLUMN)
        sheet.put(1, _TICK_ALL_COLUMN, Text(_("Tick all")))
        says = {name: channel in tick_all.channels for channel, name in TICK_FIELDS.items()}
        says[PREFERRED_FIELD] = tick_all.preferred
        for row, (name, state) in enumerate(TICK_ALL_STATES.items(), start=2):
            sheet.put(row, _TICK_ALL_COLUMN, Formula(f"1*{count_yes(TICK_ALL_NAMES[name])}", int(says[name])))
            self._spreadsheet.set_name(state, f"{sheet_reference(sheet.name)}!${letter}${row}")

    def say_requests(self, words: Sequence[str], send: Formula) -> None:
        """Write what may be asked for: `words`, and a send of as many rows as the sheet counts."""
        sheet = self._sheet
        if sheet is None:
            return
        for row, word in enumerate(words, start=2):
            sheet.put(row, _REQUESTS_COLUMN, Text(word))
        last = len(words) + 2
        sheet.put(last, _REQUESTS_COLUMN, send)
        letter = get_column_letter(_REQUESTS_COLUMN)
        self._spreadsheet.set_name(REQUESTS_NAME, f"{sheet_reference(sheet.name)}!${letter}$2:${letter}${last}")

    def give_token(self, token: str) -> None:
        """Let requests be new ones from here on: none that was made before is theirs."""
        self.token = token
        if self._sheet is not None:
            self._sheet.put(2, _TOKEN_COLUMN, Text(token))

    def remember(self, suspensions: Mapping[str, str], entries: Mapping[str, str]) -> None:
        """Write anew what is known of suspensions and of customers' entries, as their cells' signs.

        A cell that says something else was changed by somebody.
        """
        last = max(map(len, (suspensions, entries, self.suspensions, self.entries))) + 1
        self.suspensions, self.entries = dict(suspensions), dict(entries)
        if self._sheet is not None:
            self._write_lists(self._sheet, self._known_lists(), last)

    def remember_noted(self, count: int) -> None:
        """Write how many notes the journal has, once those are recorded that this very command makes.

        A journal with fewer is an older one, or never got them: then the cells say what holds.
        """
        self.noted = count
        if self._sheet is not None:
            self._sheet.put(2, _COUNTED_COLUMN, Text(str(count)) if count else BLANK)

    def _known_lists(self) -> tuple[_List, ...]:
        return (
            _List(_SUSPENDED_COLUMN, _("Suspended"), tuple(self.suspensions)),
            _List(_SUSPENSION_COLUMN, "", tuple(self.suspensions.values())),
            _List(_CUSTOMER_COLUMN, _("Entries"), tuple(self.entries)),
            _List(_ENTRY_COLUMN, "", tuple(self.entries.values())),
        )

    @staticmethod
    def _write_lists(sheet: Sheet, lists: Sequence[_List], last: int) -> None:
        # All of a row at once: it is taken apart and put together again each time.
        for row in range(1, last + 1):
            sheet.put_row(row, {one.column: one.content(row) for one in lists})

    def write(
        self,
        choices: Choices,
        proposed: Mapping[ReminderKey, Proposed],
        suspensions: Mapping[str, str],
        entries: Mapping[str, str],
    ) -> None:
        """Write all lists anew and fit their names; `suspensions` and `entries` as remember takes them."""
        sheet = self._sheet
        self.suspensions, self.entries = dict(suspensions), dict(entries)
        if sheet is None:
            return
        lists = (
            _List(_LEVEL_COLUMN, _("Levels"), choices.levels, "relance_niveaux"),
            _List(_APART_COLUMN, _("Never ticked with all"), choices.levels_apart, "relance_niveaux_seuls"),
            _List(2, _("Ticks"), ("x", _("no")), "relance_ticks"),
            _List(3, _("Yes"), (*YES_WORDS, *_PASTED_YES), "relance_oui"),
            _List(4, _("No"), NO_WORDS, "relance_non"),
            _List(_MOTIVES_COLUMN, _("Suspension"), tuple(map(_, MOTIVE_TITLES.values())), "relance_motifs"),
            _List(_CUSTOMERS_COLUMN, _("Customers"), choices.customers, "relance_clients"),
            _List(_INVOICES_COLUMN, _("Invoices"), choices.invoices, "relance_factures"),
            _List(_FIRST_COLUMN, _("First"), tuple(str(first) for first, _count in choices.places), "relance_cl_debut"),
            _List(
                _COUNT_COLUMN, _("Number"), tuple(str(count) for _first, count in choices.places), "relance_cl_nombre"
            ),
            _List(_NOTED_COLUMN, _("Noted"), choices.noted, "relance_cl_notes"),
            _List(_PROMISES_COLUMN, _("Promises"), choices.promises, "relance_cl_promesses"),
            _List(_KEY_COLUMN, _("Proposed"), tuple(str(key) for key in proposed)),
            _List(_EMAIL_COLUMN, "", tuple(one.email for one in proposed.values())),
            _List(_SHOWN_COLUMN, "", tuple(one.shown.text() for one in proposed.values())),
            *self._known_lists(),
        )
        longest = max(len(one.entries) for one in lists) + 1
        self._write_lists(sheet, lists, max(longest, sheet.last_row))
        for one in lists:
            if one.name:
                letter = get_column_letter(one.column)
                last = max(len(one.entries) + 1, 2)
                self._spreadsheet.set_name(one.name, f"{sheet_reference(sheet.name)}!${letter}$2:${letter}${last}")
        self._spreadsheet.set_name("relance_sans_email", f"{sheet_reference(sheet.name)}!$B$3")
