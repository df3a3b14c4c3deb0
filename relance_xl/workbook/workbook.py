"""The user's workbook: opened once a command, each of our sheets found and read when it is first asked for."""

from functools import cached_property
from pathlib import Path

from relance_xl.workbook.repairs.missing import find_missing, moved_text, present_sheets
from relance_xl.workbook.sheets.calls.sheet import CallsSheet
from relance_xl.workbook.sheets.columns import CALLS_SHEET, CUSTOMERS_SHEET, LEDGER_SHEET, REMINDERS_SHEET
from relance_xl.workbook.sheets.customers.sheet import CustomersSheet
from relance_xl.workbook.sheets.history.sheet import LedgerSheet
from relance_xl.workbook.sheets.lists import ListsSheet
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet


class Workbook:
    """Our sheets in a user's workbook. What is changed in them is on the disk once `replace_workbook` has returned."""

    def __init__(self, spreadsheet: Spreadsheet) -> None:
        """`spreadsheet`: what it is made of; for the rooms of the workbook only."""
        self.spreadsheet = spreadsheet

    @classmethod
    def read(cls, path: Path) -> "Workbook":
        """Open a workbook file. Raises EditsError; FileNotFoundError where there is none."""
        return cls(Spreadsheet.read(path))

    @property
    def path(self) -> Path:
        """Where it was read from, or is to be written to."""
        return self.spreadsheet.package.path

    @property
    def digest(self) -> str:
        """The SHA-256 of the file that it was read from."""
        return self.spreadsheet.package.digest

    @property
    def is_1904(self) -> bool:
        """Whether its days are counted from 1904, as old workbooks of the Mac do."""
        return self.spreadsheet.is_1904

    @cached_property
    def reminders(self) -> RemindersSheet:
        """The sheet of unpaid invoices. Raises EditsError where it, or a column that is needed, is gone."""
        return RemindersSheet.find(self.spreadsheet)

    @cached_property
    def ledger(self) -> LedgerSheet | None:
        """The history sheet, None where it is gone. Raises EditsError for what cannot be read."""
        return LedgerSheet.find_if_there(self.spreadsheet)

    @cached_property
    def customers(self) -> CustomersSheet | None:
        """The sheet of customers, None where it is gone. Raises EditsError for what cannot be read."""
        return CustomersSheet.find_if_there(self.spreadsheet)

    @cached_property
    def calls(self) -> CallsSheet | None:
        """The sheet of calls, None where it is gone. Raises EditsError for what cannot be read."""
        return CallsSheet.find_if_there(self.spreadsheet)

    @cached_property
    def lists(self) -> ListsSheet:
        """The hidden sheet: what the dropdowns offer, and what the last export proposed."""
        return ListsSheet(self.spreadsheet)

    def is_in(self, path: Path) -> bool:
        """Whether the file holds what this workbook was read from, byte for byte."""
        return self.spreadsheet.package.is_in(path)

    def prove(self) -> None:
        """Raise EditsError where a part of it is damaged or missing, so that it could not be written again later.

        It costs least once what is needed of it has been read.
        """
        ours = present_sheets(self.spreadsheet)
        lists = [
            ours[title] for title in (REMINDERS_SHEET, CUSTOMERS_SHEET, CALLS_SHEET, LEDGER_SHEET) if title in ours
        ]
        self.spreadsheet.prove(tuple(ours.values()), lists)

    def missing_texts(self, with_rules: bool = True) -> tuple[str, ...]:
        """Say what of ours was deleted from it. `with_rules`: also rules, which stand behind all rows of a sheet."""
        return find_missing(self.spreadsheet, with_rules).texts()

    def moved_text(self) -> str:
        """Say which sheets of a fixed layout are left alone, as rows or columns came or went in them; empty: none."""
        return moved_text(self.spreadsheet)
