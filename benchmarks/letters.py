"""1,000 letters, each with its invoice, to 1,000 PDFs and one to print: ours against the usual ways, in one run.

`python -m benchmarks.letters [count]`; the naive way is timed on 20 letters and scaled.
"""

import shutil
import subprocess
import sys
import tempfile
from datetime import date
from functools import cache, partial
from pathlib import Path

from docxtpl import DocxTemplate
from jinja2 import Environment, StrictUndefined
from openpyxl import load_workbook
from pypdf import PdfReader, PdfWriter

from benchmarks.dossiers import write_invoices
from benchmarks.measure import Measure, Way, measure_all, run_way
from relance_xl.batches.documents import Folders, letter_key, make_documents, tag_values
from relance_xl.commands.export import ExportOptions, export
from relance_xl.commands.init import lay_out
from relance_xl.letters.converting import convert_documents, dealt
from relance_xl.letters.layout import LetterOrder
from relance_xl.letters.libreoffice import LibreOffice, require_libreoffice
from relance_xl.letters.pages.print_file import PrintEntry, write_print_file
from relance_xl.planning.outlook import Outlook, look_ahead
from relance_xl.planning.proposed_rows import TickChoice
from relance_xl.planning.templates import letter_template
from relance_xl.runtime.clock import SystemClock
from relance_xl.runtime.language import set_language
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import Dossier, open_dossier

LETTERS, NAIVE_LETTERS, MANY = 1_000, 20, 10_000
# One call for all, as far as LibreOffice goes: 7.4 stops after 247 files.
_BATCH = 200
DAY = date(2026, 11, 24)
_CONTEXT = RunContext(SystemClock(DAY))
#: What the program promises of itself: the other way's time by ours, at least; the part of the layout's own speed; the
#: time of ten times as many; the peak memory in bytes.
NAIVE_TARGET, BATCH_TARGET, LIMIT_TARGET, GROWTH_TARGET, MEMORY_TARGET = 100, 12, 0.60, 11, 300_000_000


def make_dossier(root: Path, count: int) -> None:
    """Lay out a dossier of so many invoices, each with a PDF of one page, all ticked for the post."""
    set_language("fr")
    lay_out(root, "fr", sample=True)
    title, line, *_others = (root / "impayes.csv").read_text(encoding="cp1252").splitlines()
    number, _code, name, rest = line.split(";", 3)
    numbers = [f"B{index:05}" for index in range(count)]
    lines = [f"{one};C{index % 997:04};{name} {index};{rest}" for index, one in enumerate(numbers)]
    (root / "impayes.csv").write_text("\n".join([title, *lines, ""]), encoding="cp1252")
    write_invoices(root / "factures" / f"{number}.pdf", numbers)
    export(open_dossier(root), _CONTEXT, ExportOptions(TickChoice.POST, replayed=True))
    assert load_workbook(root / "relances.xlsx", read_only=True)["Relances"].max_row >= count


@cache
def planned(folder: Path) -> tuple[Dossier, Outlook]:
    """Return the plan of what is to be made: all ways are given it."""
    dossier = open_dossier(folder / "dossier")
    return dossier, look_ahead(dossier, _CONTEXT)


@cache
def letter_orders(folder: Path) -> tuple[list[LetterOrder], list[Path]]:
    """Return the letters to make, and each one's invoice."""
    dossier, outlook = planned(folder)
    orders, invoices = [], []
    for number, delivery in enumerate(outlook.plan.deliveries, start=1):
        template = letter_template(dossier, delivery.level.id, delivery.customer.language)
        orders.append(LetterOrder(f"{number:05}", template, partial(tag_values, dossier.settings, delivery, DAY)))
        invoices.append(dossier.root / "factures" / f"{delivery.items[0].invoice.number}.pdf")
    return orders, invoices


def office() -> LibreOffice:
    return require_libreoffice("", 600, 0)


def make_ours(folder: Path) -> None:
    dossier, outlook = planned(folder)
    deliveries, work = outlook.plan.deliveries, _emptied(folder / "ours")
    folders = Folders(work / "joined", work / "work")
    folders.joined.mkdir()
    folders.work.mkdir()
    documents = make_documents(dossier, outlook, folders, _CONTEXT)
    made = [documents.made[letter_key(delivery)] for delivery in deliveries]
    write_print_file([PrintEntry(one.name, one.joined) for one in made], work / "print.pdf", "print")


def _usual(folder: Path, work: Path, count: int | None, letters_a_call: int) -> None:
    """Do it as scripts do: docxtpl for each letter, soffice on some or all, pypdf for the rest."""
    orders, invoices = letter_orders(folder)
    orders, invoices = orders[:count], invoices[:count]
    documents = []
    for order in orders:
        template = DocxTemplate(order.template)
        template.render(order.names(), Environment(autoescape=True, undefined=StrictUndefined))
        documents.append(work / f"{order.mark}.docx")
        template.save(documents[-1])
    for start in range(0, len(documents), letters_a_call):
        names = [str(path) for path in documents[start : start + letters_a_call]]
        profile = f"-env:UserInstallation={(work / 'profile').as_uri()}"
        command = [str(office().program), profile, "--headless", "--convert-to", "pdf", "--outdir", str(work), *names]
        subprocess.run(command, check=True, capture_output=True)
    whole = PdfWriter()
    for order, invoice in zip(orders, invoices, strict=True):
        single = PdfWriter()
        single.append(work / f"{order.mark}.pdf")
        single.append(invoice)
        single.write(work / f"{order.mark}-joined.pdf")
        whole.append(work / f"{order.mark}-joined.pdf")
    whole.write(work / "print.pdf")


def _naive(folder: Path) -> None:
    _usual(folder, _emptied(folder / "naive"), NAIVE_LETTERS, 1)


def make_in_batches(folder: Path) -> None:
    """Do it the usual way, with some hundred letters a call of LibreOffice."""
    _usual(folder, _emptied(folder / "batch"), None, _BATCH)


def lay_out_alone(folder: Path) -> None:
    """Let LibreOffice convert the ready combined documents, on all cores, and do nothing else."""
    program, documents = office(), sorted((folder / "ours" / "work").glob("*.docx"))
    convert_documents(program, dealt(documents, program.workers), _emptied(folder / "limit"), lambda *_paths: None)


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


WAYS: dict[str, Way] = {"ours": make_ours, "naive": _naive, "batch": make_in_batches, "limit": lay_out_alone}


def page_texts(pdf: Path) -> list[str]:
    """Return the text of each page, its blanks aside."""
    return ["".join(page.extract_text().split()) for page in PdfReader(pdf).pages]


def _check_alike(folder: Path, count: int) -> None:
    """Refuse to compare ways that did not make the same pages."""
    ours = page_texts(folder / "ours" / "print.pdf")
    assert len(ours) == 2 * count, len(ours)
    assert page_texts(folder / "batch" / "print.pdf") == ours
    assert page_texts(folder / "naive" / "print.pdf") == ours[: 2 * NAIVE_LETTERS]
    assert len(list((folder / "ours" / "joined").glob("*.pdf"))) == count
    assert sum(len(PdfReader(path).pages) for path in (folder / "limit").glob("*.pdf")) == count


def _say(what: str, figure: str, target: str, is_met: bool) -> None:
    sys.stdout.write(f"{what:<58} {figure:>12}   target {target:<10} {'met' if is_met else 'NOT MET'}\n")
    sys.stdout.flush()


def _compare(folder: Path, count: int) -> Measure:
    """Time all ways on the same letters, and print what came of it."""
    make_dossier(folder / "dossier", count)
    taken = measure_all("benchmarks.letters", WAYS, folder, rounds=2)
    _check_alike(folder, count)
    seconds = {name: one.seconds for name, one in taken.items()}
    seconds["naive"] *= count / NAIVE_LETTERS
    for name, took in seconds.items():
        sys.stdout.write(f"{name:<10} {took:>9.1f} s  {taken[name].peak_bytes / 1e6:>6.0f} MB\n")
    naive, batch, limit = (seconds[name] / seconds["ours"] for name in ("naive", "batch", "limit"))
    _say("a soffice call a letter, by ours", f"{naive:.0f} x", f"{NAIVE_TARGET} x", naive >= NAIVE_TARGET)
    _say("one soffice call for all, by ours", f"{batch:.1f} x", f"{BATCH_TARGET} x", batch >= BATCH_TARGET)
    _say("the layout alone, by ours", f"{limit:.0%}", f"{LIMIT_TARGET:.0%}", limit >= LIMIT_TARGET)
    return taken["ours"]


def _prepare(way: str, folder: Path) -> None:
    set_language("fr")
    planned(folder)
    if way != "ours":
        letter_orders(folder)


def main() -> None:
    """Compare, then let ours grow."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else LETTERS
    with tempfile.TemporaryDirectory(prefix="relance-bench-") as folder:
        small = _compare(Path(folder), count)
    with tempfile.TemporaryDirectory(prefix="relance-bench-") as folder:
        make_dossier(Path(folder) / "dossier", count * MANY // LETTERS)
        large = measure_all("benchmarks.letters", ["ours"], Path(folder), rounds=1)["ours"]
    growth = large.seconds / small.seconds
    _say("ten times the letters", f"{growth:.1f} x", f"{GROWTH_TARGET} x", growth <= GROWTH_TARGET)
    memory = large.peak_bytes
    _say("peak memory", f"{memory / 1e6:.0f} MB", f"{MEMORY_TARGET / 1e6:.0f} MB", memory < MEMORY_TARGET)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        run_way(WAYS, sys.argv[1], Path(sys.argv[2]), lambda: _prepare(sys.argv[1], Path(sys.argv[2])))
    else:
        main()
