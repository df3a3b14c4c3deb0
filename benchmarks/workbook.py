"""The workbook with 50,000 rows, ours against openpyxl: write all, read the edits, append to the history."""

import io
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from copy import copy
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from openpyxl import load_workbook

from benchmarks.measure import Measure, Way, measure_all, run_way
from relance_xl.core.channel import Channel
from relance_xl.core.delivery_line import DeliveryLine
from relance_xl.core.level import level_ids
from relance_xl.core.money import Money
from relance_xl.core.reminder import DeliveryKey, Outcome, ReminderKey
from relance_xl.runtime.language import set_language
from relance_xl.workbook.new_workbook.skeleton import build_skeleton
from relance_xl.workbook.sheets.history.sheet import LedgerSheet
from relance_xl.workbook.sheets.lists import ListsSheet
from relance_xl.workbook.sheets.reminders.edits import read_edits
from relance_xl.workbook.sheets.reminders.refresh import refresh_reminders
from relance_xl.workbook.sheets.reminders.row import Refresh, ReminderRow
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet

ROWS, APPENDED = 50_000, 100
TODAY = date(2026, 11, 24)
LABELS = {"simple": "Relance simple"}
LEVELS = level_ids({"simple": ("Relance simple",)})
#: What the program promises of itself: openpyxl's time by ours, at least.
WRITE_TARGET, READ_TARGET, APPEND_TARGET, MEMORY_TARGET, GROWTH_TARGET = 5, 5, 15, 4, 11


@cache
def reminder_rows(count: int) -> tuple[ReminderRow, ...]:
    """Return invoices of 5,000 customers; every second has an address, every third is ticked."""
    return tuple(
        ReminderRow(
            key=ReminderKey(f"FA-{index:06}", 1),
            customer_code=f"C{index % 5000:04}",
            customer=f"Société {index % 5000} & Fils",
            invoice_date=date(2026, 8, 1),
            due_date=date(2026, 9, 1) + timedelta(index % 60),
            total=Money(Decimal(index) / 100 + 1, "EUR"),
            open_amount=Money(Decimal(index) / 100 + 1, "EUR"),
            planned=date(2026, 10, 1),
            level="simple",
            email=f"compta{index % 5000}@exemple.fr" if index % 2 else "",
            ticks=frozenset({Channel.POST} if index % 3 == 0 else ()),
        )
        for index in range(count)
    )


def ledger_rows(first: int, count: int) -> tuple[DeliveryLine, ...]:
    """Return deliveries that share 28 documents: with one each, openpyxl needs over ten minutes to load the links."""
    return tuple(
        DeliveryLine(
            key=DeliveryKey(ReminderKey(f"FA-{index:06}", 1), Channel.EMAIL),
            batch=f"2026-11-{1 + index % 28:02}-001",
            day=TODAY,
            customer_code=f"C{index % 5000:04}",
            customer=f"Société {index % 5000} & Fils",
            level="simple",
            recipients=(f"compta{index % 5000}@exemple.fr",),
            open=Money(Decimal(index) / 100 + 1, "EUR"),
            outcome=Outcome.ACCEPTED,
            next_date=TODAY + timedelta(15),
            comment="",
            proposed_level="simple",
            operator="compta",
            document=f"lots/2026-11-{1 + index % 28:02}-001/courriers.pdf",
        )
        for index in range(first, first + count)
    )


def _skeleton() -> bytes:
    return build_skeleton("Imprimerie", "sous le minimum")


def _written(count: int) -> bytes:
    spreadsheet = Spreadsheet.read_bytes(Path("relances.xlsx"), _skeleton())
    refresh = Refresh(reminder_rows(count), TODAY, True, "sous le minimum", frozenset(LEVELS))
    refresh_reminders(RemindersSheet.find(spreadsheet), ListsSheet(spreadsheet), refresh)
    return spreadsheet.packed()


def write(folder: Path) -> None:
    """Write the full sheet."""
    (folder / "written.xlsx").write_bytes(_written(ROWS))


def write_tenth(folder: Path) -> None:
    """Write a tenth of it."""
    (folder / "tenth.xlsx").write_bytes(_written(ROWS // 10))


def write_with_openpyxl(folder: Path) -> None:
    """Write the same cells, formats and formulas with openpyxl."""
    workbook = load_workbook(io.BytesIO(_skeleton()))
    sheet = workbook["Reminders"]
    styles = [copy(sheet.cell(6, column)._style) for column in range(1, 24)]
    for row, values in enumerate(_expected_rows(folder), start=6):
        for column, value in enumerate(values, start=1):
            cell = sheet.cell(row, column, value)
            cell._style = styles[column - 1]
    workbook.save(folder / "written-openpyxl.xlsx")


def _expected_rows(folder: Path) -> Iterator[tuple[object, ...]]:
    """Yield what stands in each row, as openpyxl wants it, from the same invoices."""
    template = (folder / "sending.txt").read_text(encoding="utf-8")
    for number, row in enumerate(reminder_rows(ROWS), start=6):
        assert row.total is not None
        yield (
            str(row.key), row.key.invoice, row.customer_code, row.customer, row.invoice_date, row.due_date,
            f"=relance_aujourdhui-$F{number}", row.total.amount, row.open_amount.amount, "EUR", None, None, None,
            row.planned, row.level, "x" if row.ticks else None, None, "=" + template.replace("#", str(number)),
            row.email or None, None, None, None, None,
        )  # fmt: skip


def read(folder: Path) -> None:
    """Read the edits."""
    spreadsheet = Spreadsheet.read(folder / "written.xlsx")
    edits = read_edits(RemindersSheet.find(spreadsheet), LEVELS)
    assert len(edits.decisions) == ROWS
    assert not edits.faults
    assert sum(bool(row.ticks) for row in edits.decisions) == (ROWS + 2) // 3


def read_tenth(folder: Path) -> None:
    """Read a tenth of them."""
    spreadsheet = Spreadsheet.read(folder / "tenth.xlsx")
    assert len(read_edits(RemindersSheet.find(spreadsheet), LEVELS).decisions) == ROWS // 10


def read_with_openpyxl(folder: Path) -> None:
    """Read the cells of the same columns with openpyxl's read-only mode, nothing made of them."""
    sheet = load_workbook(folder / "written.xlsx", read_only=True)["Reminders"]
    sheet.reset_dimensions()
    wanted = (0, 1, 14, 15, 16, 18, 19, 20)
    edits = [tuple(row[index] for index in wanted) for row in sheet.iter_rows(min_row=6, values_only=True)]
    assert len(edits) == ROWS
    assert sum(row[3] == "x" for row in edits) == (ROWS + 2) // 3


def _appended(path: Path, rows: tuple[DeliveryLine, ...]) -> bytes:
    spreadsheet = Spreadsheet.read(path)
    LedgerSheet.find(spreadsheet).append(rows, LABELS)
    return spreadsheet.packed()


def append(folder: Path) -> None:
    """Append 100 rows to a history of 50,000."""
    (folder / "appended.xlsx").write_bytes(_appended(folder / "ledger.xlsx", ledger_rows(ROWS, APPENDED)))


def append_to_tenth(folder: Path) -> None:
    """Append 100 rows to a tenth of it."""
    (folder / "x.xlsx").write_bytes(_appended(folder / "ledger-tenth.xlsx", ledger_rows(ROWS, APPENDED)))


def append_with_openpyxl(folder: Path) -> None:
    """Append the same rows by openpyxl's load and save."""
    workbook = load_workbook(folder / "ledger.xlsx")
    sheet = workbook["History"]
    styles = [copy(sheet.cell(ROWS + 1, column)._style) for column in range(1, 20)]
    for number, values in enumerate(_ledger_values(), start=ROWS + 2):
        for column, (value, style) in enumerate(zip(values, styles, strict=True), start=1):
            cell = sheet.cell(number, column, value)
            cell._style = style
        sheet.cell(number, 17).hyperlink = str(values[16])
    workbook.save(folder / "appended-openpyxl.xlsx")


def _ledger_values() -> Iterator[list[object]]:
    for row in ledger_rows(ROWS, APPENDED):
        invoice = row.key.reminder.invoice
        rank = ROWS // 5000 + 1
        yield [
            str(row.key), row.batch, row.day, invoice, row.customer_code, row.customer, LABELS[row.level], 1, "Email",
            "; ".join(row.recipients), row.open.amount, "sent", row.next_date, None, LABELS[row.proposed_level],
            row.operator,
            row.document, f"{row.customer_code}|{rank}", f"{invoice}|1",
        ]  # fmt: skip


WAYS: dict[str, Way] = {
    way.__name__: way
    for way in (write, write_tenth, write_with_openpyxl, read, read_tenth, read_with_openpyxl, append,
                append_to_tenth, append_with_openpyxl)
}  # fmt: skip


def prepare(folder: Path) -> None:
    """Make the histories that rows are appended to, and note the formula that both ways write."""
    empty = Spreadsheet.read_bytes(Path("ledger.xlsx"), _skeleton())
    LedgerSheet.find(empty).append(ledger_rows(0, ROWS), LABELS)
    (folder / "ledger.xlsx").write_bytes(empty.packed())
    empty = Spreadsheet.read_bytes(Path("ledger.xlsx"), _skeleton())
    LedgerSheet.find(empty).append(ledger_rows(0, ROWS // 10), LABELS)
    (folder / "ledger-tenth.xlsx").write_bytes(empty.packed())
    (folder / "one.xlsx").write_bytes(_written(1))
    formula = str(load_workbook(folder / "one.xlsx")["Reminders"]["R6"].value)
    (folder / "sending.txt").write_text(
        formula.removeprefix("=").replace("O6", "O#").replace("P6", "P#").replace("Q6", "Q#").replace("N6", "N#")
        .replace("V6", "V#").replace("S6", "S#"), encoding="utf-8")  # fmt: skip


def _check_same(folder: Path, ours: str, theirs: str, sheet: str, first: int) -> None:
    """Raise AssertionError unless both files hold the same values and formulas from the list's header on."""
    books = [load_workbook(folder / name, read_only=True) for name in (ours, theirs)]
    pages = [book[sheet] for book in books]
    for page in pages:
        page.reset_dimensions()
    count = 0
    for one, other in zip(*(page.iter_rows(min_row=first, values_only=True) for page in pages), strict=True):
        width = max(len(one), len(other))
        pairs = zip(one + (None,) * (width - len(one)), other + (None,) * (width - len(other)), strict=True)
        assert all(_same(left, right) for left, right in pairs), (one, other)
        count += 1
    assert count >= ROWS


def _same(left: object, right: object) -> bool:
    if isinstance(left, int | float) and isinstance(right, int | float):
        return abs(left - right) < 1e-9
    return left == right


def _line(name: str, ours: Measure, theirs: Measure, target: float) -> bool:
    ratio = theirs.seconds / ours.seconds
    print(
        f"{name:34} {ours.seconds:7.2f} s {ours.peak_bytes / 1e6:6.0f} MB   openpyxl {theirs.seconds:7.2f} s "
        f"{theirs.peak_bytes / 1e6:6.0f} MB   {ratio:5.1f} x (target {target})"
    )
    return ratio >= target


def compare(folder: Path) -> bool:
    """Measure every way, check that they made the same, print the ratios; return whether all targets are met."""
    module = "benchmarks.workbook"
    # In a process of its own: a child's peak memory starts from its parent's.
    subprocess.run([sys.executable, "-m", module, prepare.__name__, str(folder)], check=True, stdout=subprocess.DEVNULL)
    taken = measure_all(module, WAYS, folder)
    _check_same(folder, "written.xlsx", "written-openpyxl.xlsx", "Reminders", 5)
    _check_same(folder, "appended.xlsx", "appended-openpyxl.xlsx", "History", 1)
    met = [
        _line("write 50,000 rows", taken["write"], taken["write_with_openpyxl"], WRITE_TARGET),
        _line("read the edits of 50,000 rows", taken["read"], taken["read_with_openpyxl"], READ_TARGET),
        _line("append 100 rows to 50,000", taken["append"], taken["append_with_openpyxl"], APPEND_TARGET),
    ]
    memory = taken["append_with_openpyxl"].peak_bytes / taken["append"].peak_bytes
    print(f"append: openpyxl's memory by ours   {memory:5.1f} x (target {MEMORY_TARGET})")
    met.append(memory >= MEMORY_TARGET)
    for whole, tenth in (("write", "write_tenth"), ("read", "read_tenth"), ("append", "append_to_tenth")):
        growth = taken[whole].seconds / taken[tenth].seconds
        print(f"{whole}: ten times the rows take     {growth:5.1f} x the time (target at most {GROWTH_TARGET})")
        met.append(growth <= GROWTH_TARGET)
    return all(met)


if __name__ == "__main__":
    set_language("en")
    if len(sys.argv) > 1:
        run_way(
            {**WAYS, prepare.__name__: prepare},
            sys.argv[1],
            Path(sys.argv[2]),
            prepare=lambda: sys.argv[1].startswith("write") and reminder_rows(ROWS),
        )
    else:
        with tempfile.TemporaryDirectory() as name:
            sys.exit(0 if compare(Path(name)) else 1)
