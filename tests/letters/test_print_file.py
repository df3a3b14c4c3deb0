"""The file to print and the preview: whole, in order, no larger than it must be, for two sides where wanted."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pikepdf
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject

from relance_xl.letters.pages.print_file import PrintEntry, write_print_file
from tests.support.bench import DAY, Bench, pages
from tests.support.places import POST

TICKED = ("FA2026-0187", "FA2026-0195", "FA2026-0208")


def tick(bench: Bench, *numbers: str) -> None:
    book = load_workbook(bench.workbook)
    for number in numbers:
        book["Relances"][f"{POST}{bench.row_of(number)}"] = "x"
    book.save(bench.workbook)


def _pdf(path: Path, count: int) -> Path:
    writer = PdfWriter()
    for number in range(count):
        writer.add_blank_page(300 + number, 400)
    writer.write(path)
    return path


@pytest.mark.parametrize("count", [3, 250])
def test_the_outline_leads_to_each_reminder(tmp_path: Path, count: int) -> None:
    """The outline of a large print file leads to another customer's letter."""
    entries = [PrintEntry(f"n° {number}", _pdf(tmp_path / f"{number}.pdf", number % 3 + 1)) for number in range(count)]
    target = tmp_path / "print.pdf"
    write_print_file(entries, target, "lot")
    reader = PdfReader(target)
    starts = [sum(number % 3 + 1 for number in range(until)) for until in range(count)]
    found = [(str(item["/Title"]), reader.get_destination_page_number(item)) for item in reader.outline]  # type: ignore[call-overload,arg-type]
    assert found == [(entry.title, start) for entry, start in zip(entries, starts, strict=True)]
    assert reader.metadata is not None
    assert reader.metadata.title == "lot"
    assert not list(tmp_path.glob(".print-*"))


@pytest.mark.parametrize("count", [5, 203])
def test_printed_on_both_sides_each_reminder_begins_on_a_sheet_of_its_own(tmp_path: Path, count: int) -> None:
    """With duplex printing a letter begins on the back of another customer's invoice."""
    entries = [PrintEntry(str(number), _pdf(tmp_path / f"{number}.pdf", number % 3 + 1)) for number in range(count)]
    target = tmp_path / "print.pdf"
    write_print_file(entries, target, "lot", odd_pages=True)
    reader = PdfReader(target)
    starts = [reader.get_destination_page_number(item) for item in reader.outline]  # type: ignore[arg-type]
    assert all(start is not None and start % 2 == 0 for start in starts)
    for number, start in enumerate(starts):
        assert start is not None
        widths = [round(float(reader.pages[start + page].mediabox.width)) for page in range(number % 3 + 1)]
        assert widths == [300 + page for page in range(number % 3 + 1)]


def test_duplex_is_a_setting(exported: Bench) -> None:
    """The setting for duplex printing does nothing."""
    exported.setting("duplex = false", "duplex = true")
    tick(exported, *TICKED)
    sent = exported.json("send", "--yes")
    reader = PdfReader(sent.data["print_file"])
    starts = [reader.get_destination_page_number(item) for item in reader.outline]  # type: ignore[arg-type]
    assert len(starts) == 3
    assert all(start is not None and start % 2 == 0 for start in starts)


def test_fonts_and_images_stand_in_the_print_file_once(exported: Bench) -> None:
    """A print file of a thousand letters holds each font a thousand times, and no printer takes it."""
    tick(exported, *TICKED)
    sent = exported.json("send", "--yes")
    with pikepdf.open(sent.data["print_file"]) as pdf:
        fonts = [
            bytes(stream.read_raw_bytes())
            for stream in pdf.objects
            if isinstance(stream, pikepdf.Stream) and "/Length1" in stream
        ]
    assert fonts
    assert len(fonts) == len(set(fonts))


def test_a_preview_shows_the_letters_and_records_nothing(exported: Bench) -> None:
    """A preview is taken for the letter, sends or records something, or lacks a ticked invoice."""
    tick(exported, *TICKED)
    before = exported.workbook.read_bytes()
    made = exported.json("preview")
    assert (made.code, made.data["letters"]) == (0, 3)
    file = Path(made.data["preview"])
    texts = pages(file)
    assert all("APERÇU" in text for text in texts)
    for number in TICKED:
        assert any(number in text for text in texts)
    assert exported.workbook.read_bytes() == before
    assert not exported.journal.exists()
    assert not list((exported.root / "lots").iterdir())
    one = exported.json("preview", "--invoice", TICKED[1])
    assert one.data["letters"] == 1
    assert not any(TICKED[0] in text for text in pages(file))
    assert json.loads(exported.run("check", "--json").out)["counts"] == {"planned": 3}


def test_a_preview_of_nothing_says_so(exported: Bench) -> None:
    """A preview without any ticked row shows an old file, or an internal error."""
    stale = exported.root / "apercu.pdf"
    stale.write_bytes(b"%PDF-1.4 of last week")
    made = exported.json("preview", "--invoice", "fa2026-0187")
    assert made.code == 0
    assert not stale.exists()
    assert (made.data["preview"], made.data["letters"]) == (None, 0)
    assert not (exported.root / "apercu.pdf").exists()


def _offices(folder: Path) -> list[str]:
    """Return the command lines of LibreOffice processes whose profile is in a folder."""
    listed = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if "soffice" in line and f"{folder}/relance-lo-" in line]


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C reaches a process another way there")
def test_ctrl_c_while_letters_are_made_leaves_nothing_half_made(exported: Bench, tmp_path: Path) -> None:
    """Ctrl-C leaves LibreOffice running, a half-made batch in view, or letters that no later run makes."""
    tick(exported, *(row["N° facture"] for row in exported.rows() if row["Niveau"]))
    command = [sys.executable, "-m", "relance_xl", "-d", str(exported.root), "send", "--yes", "--date", DAY]
    own = tmp_path / "temporary"
    own.mkdir()
    # What runs in the background, as CI does, has Ctrl-C switched off for all that it starts.
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**os.environ, "TMPDIR": str(own)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    deadline = time.monotonic() + 60
    while not _offices(own) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    said, _nothing = process.communicate(timeout=30)
    assert process.returncode == 1, said
    assert "deux fois" in said
    assert not _offices(own)
    assert not list(own.iterdir())
    assert not [path for path in (exported.root / "lots").iterdir() if not path.name.startswith(".")]
    assert not exported.journal.exists() or not exported.journal.read_text(encoding="utf-8").count('"prepared"')
    again = exported.json("send", "--yes")
    assert again.data["counts"]["printed"] == len(again.reminders("printed")) > 30


@pytest.mark.parametrize("box", [(595, 842, 0, 0), (0, 0, 0, 0), (0, 0, 20_000, 20_000)])
def test_an_odd_page_box_stops_no_print_file(tmp_path: Path, box: tuple[int, int, int, int]) -> None:
    """One invoice whose page says an odd size stops all letters of a duplex batch, at every try."""
    writer = PdfWriter()
    writer.add_blank_page(300, 400).mediabox = RectangleObject(box)
    writer.write(tmp_path / "odd.pdf")
    entries = [PrintEntry("1", tmp_path / "odd.pdf"), PrintEntry("2", _pdf(tmp_path / "2.pdf", 1))]
    write_print_file(entries, tmp_path / "print.pdf", "lot", odd_pages=True)
    reader = PdfReader(tmp_path / "print.pdf")
    assert len(reader.pages) == 4
    assert [reader.get_destination_page_number(item) for item in reader.outline] == [0, 2]  # type: ignore[arg-type]


def test_a_preview_of_an_unknown_invoice_is_refused(exported: Bench) -> None:
    """A mistyped number is answered as if its invoice had nothing to show."""
    made = exported.run("preview", "--invoice", "FA9999")
    assert made.code == 2
    assert "FA9999" in made.err
