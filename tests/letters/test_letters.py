"""LibreOffice and PDFs at their worst: hangs, lies, missing programs, broken invoices, wrong templates."""

import os
import stat
import subprocess
import sys
import time
import zlib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pikepdf
import pytest
from docx import Document
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, IndirectObject, NameObject, NullObject, NumberObject, PdfObject
from pypdfium2 import PdfDocument
from reportlab.pdfgen.canvas import Canvas

from relance_xl.core.money import Money
from relance_xl.core.reason import Hold, Reason
from relance_xl.letters import converting
from relance_xl.letters.converting import convert_documents, dealt, start_process
from relance_xl.letters.invoices.pdf import InvoicePdf, invoice_path, read_invoice
from relance_xl.letters.libreoffice import LibreOffice, find_libreoffice, session_socket
from relance_xl.letters.templates.template import LetterFailedError, render_letter, template_faults
from tests.support.bench import Bench, pages

posix_only = pytest.mark.skipif(os.name == "nt", reason="the stand-in programs are shell scripts")


def _program(folder: Path, script: str) -> Path:
    path = folder / "soffice"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return path


def _letters(folder: Path, *texts: str) -> list[Path]:
    paths = []
    for number, text in enumerate(texts):
        document = Document()
        document.add_paragraph(text)
        path = folder / f"{number}.docx"
        document.save(str(path))
        paths.append(path)
    return paths


def convert(office: LibreOffice, letters: Sequence[Path], target: Path) -> dict[Path, Path]:
    """Return the PDFs of the documents that came out."""
    made: dict[Path, Path] = {}
    convert_documents(office, dealt(letters, office.workers), target, made.__setitem__)
    return made


def test_many_letters_come_out_each_with_its_own_text(tmp_path: Path) -> None:
    """A letter is lost or exchanged for another when many are converted by several processes."""
    program = find_libreoffice()
    assert program
    letters = _letters(tmp_path, *(f"Lettre numéro {number}" for number in range(7)))
    made = convert(LibreOffice(program, 120, 2), letters, tmp_path / "pdf")
    assert [pages(made[letter]) for letter in letters] == [[f"Lettre numéro {number}"] for number in range(7)]


def test_one_broken_letter_does_not_take_others_with_it(tmp_path: Path) -> None:
    """A letter LibreOffice cannot read keeps the other letters of its call from being made."""
    program = find_libreoffice()
    assert program
    letters = _letters(tmp_path, "bonne")
    broken = tmp_path / "broken.docx"
    broken.write_bytes(b"PK\x03\x04 not a document")
    made = convert(LibreOffice(program, 60, 1), [broken, *letters], tmp_path / "pdf")
    assert list(made) == letters


@posix_only
def test_what_libreoffice_leaves_in_tmp_is_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each send leaves a socket in /tmp: LibreOffice is ended as soon as its last letter is whole."""
    program = find_libreoffice()
    assert program
    sockets, was_there = [], []

    def started(arguments: Sequence[str], scratch: Path) -> "subprocess.Popen[bytes]":
        profile = next(one for one in arguments if "UserInstallation" in one)
        sockets.append(session_socket(Path(urlsplit(profile.partition("=")[2]).path)))
        return start_process(arguments, scratch)

    monkeypatch.setattr(converting, "start_process", started)
    letters = _letters(tmp_path, *map(str, range(6)))
    office = LibreOffice(program, 60, 1)
    convert_documents(office, [letters], tmp_path / "pdf", lambda *_made: was_there.append(sockets[0].exists()))
    assert len(was_there) == 6
    assert was_there[0], "LibreOffice calls it otherwise"
    assert not sockets[0].exists()


@posix_only
def test_a_hanging_libreoffice_is_ended_with_its_children(tmp_path: Path) -> None:
    """A hang blocks the send for ever, or leaves processes behind that go on writing."""
    mark = tmp_path / "child"
    program = _program(tmp_path, f"(sleep 6; touch {mark}) & sleep 60")
    letters = _letters(tmp_path, "x")
    began = time.monotonic()
    assert convert(LibreOffice(program, 1, 1), letters, tmp_path / "pdf") == {}
    assert time.monotonic() - began < 6
    time.sleep(7 - (time.monotonic() - began) + 2)
    assert not mark.exists()


@posix_only
@pytest.mark.parametrize(
    "script", ["exit 0", "exit 1", 'for last; do :; done; echo rubbish > "$9"/0.pdf', "kill -9 $$"]
)
def test_libreoffice_is_believed_only_for_what_it_wrote(exported: Bench, tmp_path: Path, script: str) -> None:
    """A lying or crashing LibreOffice makes a reminder count as made, or stops with a traceback."""
    exported.setting('# libreoffice = ""', f'libreoffice = "{_program(tmp_path, script)}"')
    exported.write(("FA2026-0296", "Par courrier", "x"))
    sent = exported.json("send", "--yes")
    assert sent.code == 1
    (line,) = sent.reminders()
    assert (line["outcome"], line["reason_code"]) == ("held", "letter_failed")
    assert not exported.journal.exists()
    assert list((exported.root / "lots").iterdir()) == []


def test_a_missing_libreoffice_is_told_with_how_to_install_it(exported: Bench) -> None:
    """Without LibreOffice the user meets a traceback, or something is recorded as sent."""
    exported.setting('# libreoffice = ""', 'libreoffice = "/nowhere/soffice"')
    exported.write(("FA2026-0296", "Par courrier", "x"))
    sent = exported.json("send", "--yes")
    assert sent.code == 6
    assert "libreoffice" in sent.data["advice"].lower()
    assert not exported.journal.exists()
    assert exported.json("doctor").code == 6


def _pdf(path: Path, password: str = "") -> None:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    if password:
        writer.encrypt(user_password=password, algorithm="AES-256")
    writer.write(path)


def _damage_page(path: Path, how: str) -> None:
    """Harm what the first page shows; the file around it stays whole."""
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        packed = zlib.compress(pikepdf.unparse_content_stream(pikepdf.parse_content_stream(pdf.pages[0])))
        third = len(packed) // 3
        torn = packed[:third] + b"\xff" * 40 + packed[third + 40 :]
        data = {"undecodable": b"no deflate", "page cut": packed[:third], "page torn": torn, "whole": packed,
                "no checksum": packed[:-4]}[how]  # fmt: skip
        pdf.pages[0].Contents = pikepdf.Stream(pdf, data, {"/Filter": pikepdf.Name.FlateDecode})
        pdf.save(path, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)


@pytest.mark.parametrize("how", ["whole", "no checksum"])
def test_an_invoice_that_shows_all_of_its_page_is_printed(exported: Bench, how: str) -> None:
    """Invoices of a program that leaves a checksum out are held though nothing is missing."""
    path = exported.root / "factures" / "FA2026-0296.pdf"
    _damage_page(path, how)
    assert not isinstance(read_invoice(path), Hold)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.INVOICE_UNREADABLE),
        (b"<html><body>Erreur 404</body></html>", Reason.INVOICE_UNREADABLE),
        ("cut", Reason.INVOICE_UNREADABLE),
        ("undecodable", Reason.INVOICE_UNREADABLE),
        ("page cut", Reason.INVOICE_UNREADABLE),
        ("page torn", Reason.INVOICE_UNREADABLE),
        ("password", Reason.INVOICE_ENCRYPTED),
    ],
)
def test_a_bad_invoice_holds_its_own_reminder_alone(exported: Bench, content: bytes | str, reason: Reason) -> None:
    """A damaged, empty, foreign or protected invoice PDF stops the batch, or is printed as if it were whole."""
    path = exported.root / "factures" / "FA2026-0296.pdf"
    if content == "password":
        path.unlink()
        _pdf(path, "secret")
    elif content in {"undecodable", "page cut", "page torn"}:
        _damage_page(path, str(content))
    elif content == "cut":
        path.write_bytes(path.read_bytes()[:600])
    elif isinstance(content, bytes):
        path.write_bytes(content)
    exported.write(("FA2026-0296", "Par courrier", "x"), ("FA2026-0187", "Par courrier", "x"))
    sent = exported.json("send", "--yes")
    assert sent.code == 1
    outcomes = {line["invoice"]: (line["outcome"], line["reason_code"] or "") for line in sent.reminders()}
    assert outcomes == {"FA2026-0296": ("held", reason), "FA2026-0187": ("printed", "")}
    assert "FA2026-0296" not in " ".join(exported.print_file())


@pytest.mark.parametrize("percent", range(5, 100, 5))
def test_an_invoice_cut_anywhere_is_held(exported: Bench, percent: int) -> None:
    """A download that broke off is repaired by guessing, and pages of it are printed as if that were all."""
    path = exported.root / "factures" / "FA2026-0296.pdf"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * percent // 100])
    assert isinstance(read_invoice(path), Hold)


def _page_lengths(data: bytes) -> list[int]:
    return [len(page.get_textpage().get_text_range()) for page in PdfDocument(data)]


def test_an_invoice_of_several_pages_is_whole_or_held(tmp_path: Path) -> None:
    """A damaged invoice loses a page, or what stands on it, and is printed as if that were all."""
    path = tmp_path / "three.pdf"
    canvas = Canvas(str(path), invariant=1)
    for number in range(3):
        for line in range(30):
            canvas.drawString(100, 780 - line * 15, f"page {number}, line {line}: {line * 7919}")
        canvas.showPage()
    canvas.save()
    whole, held = path.read_bytes(), 0
    wanted = _page_lengths(whole)
    for size in (1, 64, 512):
        for start in range(0, len(whole), 150):
            path.write_bytes(whole[:start] + b"\0" * min(size, len(whole) - start) + whole[start + size :])
            read = read_invoice(path)
            if isinstance(read, Hold):
                held += 1
                continue
            with pikepdf.open(path) as damaged, pikepdf.new() as joined:
                joined.pages.extend(damaged.pages)
                joined.save(tmp_path / "joined.pdf")
            assert _page_lengths((tmp_path / "joined.pdf").read_bytes()) == wanted, (size, start)
    assert held > 30


def test_why_an_invoice_cannot_be_read_is_said(tmp_path: Path) -> None:
    """An empty file, a web page saved as PDF and a damaged file are told in the same words: nobody knows what to do."""
    whole = tmp_path / "whole.pdf"
    _pdf(whole)
    contents = {"empty": b"", "page": b"<html>", "cut": whole.read_bytes()[:200]}
    told = set()
    for name, content in contents.items():
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(content)
        hold = read_invoice(path)
        assert isinstance(hold, Hold)
        assert hold.detail.startswith(f"{name}.pdf (")
        told.add(hold.detail.partition(" ")[2])
    assert len(told) == len(contents)


def test_an_invoice_with_rights_only_is_printed(exported: Bench) -> None:
    """An invoice that anyone may open, only not change, is held for its empty password."""
    path = exported.root / "factures" / "FA2026-0296.pdf"
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.encrypt(user_password="", owner_password="patron", algorithm="AES-256")
    writer.write(path)
    exported.write(("FA2026-0296", "Par courrier", "x"))
    assert exported.json("send", "--yes").data["counts"] == {"printed": 1}
    assert "FA2026-0296" in exported.print_file()[1]


@pytest.mark.parametrize("number", ["../../etc/passwd", "/etc/passwd", "a/../../../b", "..", "x\0y"])
def test_an_invoice_number_cannot_reach_outside(tmp_path: Path, number: str) -> None:
    """A number from the source makes the program read a file outside the folder of invoices."""
    (tmp_path / "factures").mkdir()
    found = invoice_path(tmp_path, "factures/{number}.pdf", number, "C1")
    assert isinstance(found, Hold)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    """A link inside the folder of invoices leads the program to a file outside of it."""
    (tmp_path / "factures").mkdir()
    secret = tmp_path / "secret.pdf"
    _pdf(secret)
    (tmp_path / "factures" / "FA1.pdf").symlink_to(secret)
    found = invoice_path(tmp_path, "factures/{number}.pdf", "FA1", "C1")
    assert isinstance(found, Hold)
    assert found.reason is Reason.INVOICE_OUTSIDE


def test_numbers_that_no_file_name_holds_are_found_as_software_spells_them(tmp_path: Path) -> None:
    """An invoice called FA/2026/7 is not found as FA-2026-7.pdf, or two numbers share one file unnoticed."""
    (tmp_path / "factures").mkdir()
    _pdf(tmp_path / "factures" / "FA-2026-7.pdf")
    found = invoice_path(tmp_path, "factures/{number}.pdf", "FA/2026/7", "C1")
    assert isinstance(found, Path)
    assert isinstance(read_invoice(found), InvoicePdf | Hold)


def test_two_invoices_with_one_file_are_both_looked_at(exported: Bench) -> None:
    """A customer is sent another invoice's PDF because two numbers lead to the same file."""
    exported.source("FA2026-0309;", "FA2026/0187;")
    assert exported.run("export").code == 0
    exported.write(("FA2026-0187", "Par courrier", "x"), ("FA2026/0187", "Par courrier", "x"))
    lines = exported.json("check").reminders()
    outcomes = {line["invoice"]: line["outcome"] for line in lines}
    assert outcomes["FA2026/0187"] == "held"


def test_awkward_names_are_printed_whole(bench: Bench) -> None:
    """Characters of markup in a name delete the rest of the sentence, the amount included."""
    bench.source("Agence Bleu Pétrole", "Dupont & Fils <SARL> {{ 7*7 }} {% raw %}")
    assert bench.run("export").code == 0
    bench.write(("FA2026-0309", "Par courrier", "x"))
    assert bench.json("send", "--yes").data["counts"] == {"printed": 1}
    text = bench.print_file()[0]
    assert "Dupont & Fils <SARL> {{ 7*7 }} {% raw %}" in text
    assert "1 958,40" in text.replace("\u202f", " ").replace("\u00a0", " ")


def _template(path: Path, text: str) -> Path:
    document = Document()
    document.add_paragraph(text)
    document.save(str(path))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "{{ custommer.name }}",
        "{% for x in %}",
        "{{ invoices | no_such_filter }}",
        "{% if count",
        "{{ customer.nom }}",
        "{% for one in invoices %}{{ one.montant }}{% endfor %}",
        "{% if last_reminder %}{{ level.nom }}{% endif %}",
    ],
)
def test_a_wrong_template_is_told_before_anything_is_sent(exported: Bench, text: str) -> None:
    """A misspelt name or broken tag prints an empty place, or stops in the middle of a batch."""
    _template(exported.root / "modeles" / "simple.fr.docx", text)
    exported.write(("FA2026-0296", "Par courrier", "x"))
    for command in (("check",), ("send", "--yes")):
        wrong = exported.json(*command)
        assert wrong.code == 3
        assert any("simple.fr.docx" in fault["where"] for fault in wrong.data["faults"])
    assert not exported.journal.exists()


def test_a_template_cannot_reach_into_the_program(tmp_path: Path) -> None:
    """A template from elsewhere runs code through Python's own attributes."""
    hostile = "{{ customer.__class__.__mro__[1].__subclasses__() }}"
    template = _template(tmp_path / "t.docx", hostile)
    from relance_xl.letters.templates.template import LetterFailedError

    with pytest.raises(LetterFailedError):
        render_letter(template, {"customer": "x"})
    assert template_faults(_template(tmp_path / "ok.docx", "{{ customer }}"), {"customer": "x"}) == []


def test_missing_and_non_word_templates_are_named(exported: Bench) -> None:
    """A deleted template, or one saved in another format, is not named."""
    (exported.root / "modeles" / "simple.fr.docx").write_text("bonjour", encoding="utf-8")
    for name in ("simple.en.docx",):
        (exported.root / "modeles" / name).unlink()
    exported.write(("FA2026-0296", "Par courrier", "x"))
    assert exported.json("check").code == 3
    assert sys.version_info >= (3, 11)


@pytest.mark.parametrize("annotation", [NullObject(), NumberObject(3), IndirectObject(9999, 0, None)])
def test_loose_ends_of_an_invoice_stop_nothing(exported: Bench, annotation: PdfObject) -> None:
    """An annotation that points at nothing, as real invoices have, stops every send for good."""
    path = exported.root / "factures" / "FA2026-0296.pdf"
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.pages[0][NameObject("/Annots")] = ArrayObject([annotation])
    writer.pages[0][NameObject("/B")] = NullObject()
    writer.write(path)
    exported.write(("FA2026-0296", "Par courrier", "x"), ("FA2026-0187", "Par courrier", "x"))
    assert exported.json("send", "--yes").data["counts"] == {"printed": 2}
    assert sum("FA2026-0296" in text for text in exported.print_file()) == 2


def test_a_template_that_fails_holds_its_own_reminders(exported: Bench) -> None:
    """A template's own mistake (a division by nothing) stops the batch with a traceback."""
    _template(exported.root / "modeles" / "simple.fr.docx", "{{ 1 / (count - 1) }}")
    exported.write(("FA2026-0296", "Par courrier", "x"), ("FA2026-0236", "Par courrier", "x"))
    sent = exported.json("send", "--yes")
    assert sent.data["counts"] == {"printed": 1, "held": 1}


def test_a_wrong_tag_behind_a_known_name_is_told_by_its_name(tmp_path: Path) -> None:
    """A mistyped tag ({{ customer.nom }}) is answered with the insides of the program."""
    document = Document()
    document.add_paragraph("{{ customer.nom }}")
    document.save(str(tmp_path / "simple.fr.docx"))
    with pytest.raises(LetterFailedError, match=r"^simple\.fr\.docx: .*\bnom\b") as failed:
        render_letter(tmp_path / "simple.fr.docx", {"customer": Money(Decimal(1), "EUR")})
    assert "relance_xl" not in str(failed.value)
