"""The sheets that show what stands in the others: the cards and the dashboard."""

from datetime import date

from relance_xl.workbook.dashboard.sheet import write_dashboard, write_promises
from relance_xl.workbook.sheets.cards import write_cards
from relance_xl.workbook.sheets.lists import Choices
from relance_xl.workbook.workbook import Workbook


def write_overviews(workbook: Workbook, levels: tuple[str, ...], today: date, choices: Choices | None = None) -> None:
    """Write the cards and the dashboard anew; `levels`: their names, in order; `today`: the day of the run.

    `choices`: the first customer and invoice are shown on cards where nothing was chosen yet.
    """
    customer = next(iter(choices.customers), "") if choices else ""
    invoice = next(iter(choices.invoices), "") if choices else ""
    write_cards(workbook.spreadsheet, customer, invoice)
    write_dashboard(workbook.spreadsheet, levels, today)


def say_promises(workbook: Workbook, promises: str) -> None:
    """Show on the dashboard what became of promises to pay; `promises`: in words, empty where there were none."""
    write_promises(workbook.spreadsheet, promises)
