"""Dossiers as large as they come, for measuring whole commands: many invoices, or a long history."""

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from pikepdf import Pdf

from relance_xl.commands.init import lay_out
from relance_xl.core.channel import Channel
from relance_xl.core.money import Money
from relance_xl.core.record import Committed, Prepared, PreparedItem, Record, Settled, Via
from relance_xl.core.reminder import Outcome, ReminderKey
from relance_xl.journal.journal import Journal
from relance_xl.workbook.ooxml.cells import Text
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet

#: The day on which everything is read.
TODAY = date(2026, 11, 24)
CUSTOMERS = 5_000
#: Only these numbers of an invoice have a PDF: files are looked for in a folder that holds some.
_WITH_PDF = 10
#: Reminders of a past week: a letter an invoice.
_BATCH_SIZE = 150
_TITLES = (
    "Numéro;Code client;Client;Adresse;Code postal;Ville;Pays;Email;Date;Échéance;Montant TTC;Reste à payer;Devise;"
    "Langue;Professionnel;Litige"
)


def lay_out_dossier(root: Path, invoices: int) -> None:
    """Make a dossier of the sample company with a list of so many invoices of up to 5,000 customers."""
    lay_out(root, "fr", sample=True)
    lines = [_TITLES, *(_source_line(index) for index in range(invoices))]
    (root / "impayes.csv").write_bytes("".join(f"{line}\r\n" for line in lines).encode("cp1252"))
    samples = sorted((root / "factures").iterdir())
    write_invoices(samples[-1], map(_number, range(0, invoices, _WITH_PDF)))


def write_invoices(sample: Path, numbers: Iterable[str]) -> None:
    """Write the PDF of an invoice again beside it under other numbers: any other file or text would be held.

    Each has its number in its text too, and a length of its own.
    """
    with Pdf.open(sample) as pdf:
        (page,) = pdf.pages
        text = page.Contents.read_bytes()
        for index, number in enumerate(numbers):
            page.Contents = pdf.make_stream(text.replace(sample.stem.encode(), number.encode()))
            written = io.BytesIO()
            pdf.save(written)
            body, mark, end = written.getvalue().rpartition(b"startxref")
            comments = f"% {number}\n".encode() * (index % 997 + 1)
            sample.with_name(f"{number}.pdf").write_bytes(body + comments + mark + end)


def _number(index: int) -> str:
    return f"FA2026-{index:05}"


def _customer(index: int) -> tuple[str, str]:
    code = index % CUSTOMERS
    return f"C{code:04}", f"Société {code} & Fils"


def _source_line(index: int) -> str:
    """Return an invoice as accounting software exports it: overdue or soon due, some partly paid or disputed."""
    code, name = _customer(index)
    number = index % CUSTOMERS
    issued = date(2026, 6, 1) + timedelta(index % 170)
    total = Decimal(index * 7919 % 900_000 + 5_000) / 100
    paid = Decimal(25) if index % 9 == 0 else Decimal(0)
    return ";".join(
        (
            _number(index), code, name, f"{number % 90 + 1} rue des Écoles", f"{number % 95 + 1:02}000", "Ville-la-Forêt",
            "", f"compta@societe-{number}.example" if number % 2 else "",
            f"{issued:%d/%m/%Y}", f"{issued + timedelta(30):%d/%m/%Y}",
            _amount(total), _amount(total - paid), "EUR", "fr", "oui", "oui" if index % 97 == 0 else "non",
        )
    )  # fmt: skip


def _amount(value: Decimal) -> str:
    """Write an amount as French software does: 1 234,56."""
    return f"{value:,.2f}".replace(",", " ").replace(".", ",")


def write_journal(root: Path, deliveries: int, invoices: int) -> None:
    """Write the journal of years: so many reminders, the last of them of invoices that are still unpaid."""
    (root / ".relance").mkdir(exist_ok=True)
    Journal(root / ".relance" / "journal.jsonl", lambda: None).append(_records(deliveries, invoices))


def _records(deliveries: int, invoices: int) -> Iterator[Record]:
    weeks = -(-deliveries // _BATCH_SIZE)
    for week in range(weeks):
        day = TODAY - timedelta(7 * (weeks - week))
        numbers = range(week * _BATCH_SIZE, min((week + 1) * _BATCH_SIZE, deliveries))
        batch = f"{day}-001"
        # Counted from the end: the last reminders are of the invoices that the list still has.
        yield from (_prepared(batch, day, deliveries - 1 - index, invoices) for index in numbers)
        yield Committed(batch)
        for index in numbers:
            moment = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
            yield Settled(f"{batch}/{deliveries - 1 - index}", Outcome.PRINTED, moment)


def _prepared(batch: str, day: date, index: int, invoices: int) -> Prepared:
    number = _number(index) if index < invoices else f"FA2020-{index:05}"
    code, name = _customer(index)
    document = f"lots/{batch}/relances/{number}-1-simple.pdf"
    item = PreparedItem(
        ReminderKey(number, 1), Money(Decimal(12_000 + index) / 100, "EUR"), day + timedelta(15), "", "simple"
    )
    return Prepared(
        id=f"{batch}/{index}",
        batch=batch,
        day=day,
        channel=Channel.POST,
        level="simple",
        customer_code=code,
        customer_name=name,
        recipients=(),
        items=(item,),
        document=document,
        message="",
        digest=hashlib.sha256(document.encode()).hexdigest(),
        operator="compta",
        via=Via.PRINT,
    )


def tick(root: Path, rows: Sequence[int]) -> None:
    """Tick some of the list's rows by post, the first being 0."""
    path = root / "relances.xlsx"
    spreadsheet = Spreadsheet.read(path)
    found = RemindersSheet.find(spreadsheet)
    for row in rows:
        found.sheet.put(found.layout.first_row + row, found.layout.columns["post"], Text("x"))
    path.write_bytes(spreadsheet.packed())
