"""PDF/A: what the program makes is what it claims to be, as a validator of its own sees it."""

import subprocess
import zlib
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from relance_xl.letters.libreoffice import LibreOffice, find_libreoffice
from relance_xl.letters.pages.archival import JoinedClaim, claimed_part
from relance_xl.letters.pages.print_file import PrintEntry, write_print_file
from tests.letters.test_layout import differing_pixels, lay_out
from tests.letters.test_letters import convert
from tests.letters.test_print_file import TICKED, tick
from tests.support.bench import DAY, Bench
from tests.support.both_layouts import AllLayouts
from tests.support.letter_templates import AWKWARD, Awkward, build, letters

_JARS = ("preflight", "pdfbox2", "xmpbox", "fontbox2", "commons-logging", "commons-io", "javax.activation", "jaxb-api")
_TOGETHER = [one for one in AWKWARD if one.together]
_IMAGES = next(one for one in _TOGETHER if one.name == "images in header and text")
_CLASSES = ":".join(f"/usr/share/java/{jar}.jar" for jar in _JARS)


def faults(pdf: Path) -> str:
    """Return what Apache PDFBox's Preflight finds wrong with a file as PDF/A-1b, "" where it is valid."""
    command = ["java", "-cp", _CLASSES, "org.apache.pdfbox.preflight.Validator_A1b", str(pdf)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout.strip()
    assert said
    return "" if said.endswith("is a valid PDF/A-1b file") else said


def as_first_part(pdf: Path, target: Path) -> Path:
    """Write a file again as one that claims the first part, whose rules are the strictest: a validator knows only it."""
    with Pdf.open(pdf) as document:
        metadata = document.Root.Metadata.read_bytes()
        for part in (b"2", b"3"):
            metadata = metadata.replace(b"<pdfaid:part>" + part, b"<pdfaid:part>1")
        document.Root.Metadata.write(metadata)
        document.save(target, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return target


@pytest.fixture(scope="module")
def invoices(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """An invoice as each part of PDF/A; 0: as none."""
    folder = tmp_path_factory.mktemp("invoices")
    program = find_libreoffice()
    assert program is not None
    template = build(_IMAGES, folder / "invoice.docx")
    made = {}
    for part in range(4):
        pdfs = convert(LibreOffice(program, 120, 1, part), [template], folder / str(part))
        made[part] = next(iter(pdfs.values()))
    return made


def _give(bench: Bench, invoice: Path, *numbers: str) -> None:
    # Each with a comment of its own: two invoices never have the same file.
    for number in numbers:
        with pikepdf.open(invoice) as pdf:
            pdf.pages[0].contents_add(f"% {number}\n".encode())
            pdf.save(bench.root / "factures" / f"{number}.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)


def test_the_validator_tells(invoices: dict[int, Path]) -> None:
    """Every other test here passes whatever the files are."""
    assert faults(invoices[1]) == ""
    assert faults(invoices[0])
    assert "part must be 1" in faults(invoices[2])


def test_letters_with_invoices_are_pdf_a(exported: Bench, invoices: dict[int, Path]) -> None:
    """Somebody keeps ten years of letters as PDF/A, and no validator takes them for that."""
    exported.setting("duplex = false", "duplex = true")
    exported.setting('pdf_a = ""', 'pdf_a = "1b"')
    _give(exported, invoices[1], *TICKED)
    tick(exported, *TICKED)
    sent = exported.json("send", "--yes")
    assert not [one for one in sent.data["warnings"] if "PDF/A" in one]
    made = [exported.root / one["document"] for one in sent.reminders("printed")]
    assert len(made) == len(TICKED)
    for pdf in (*made, Path(sent.data["print_file"])):
        assert faults(pdf) == "", pdf


def test_an_emailed_letter_is_pdf_a(tmp_path: Path) -> None:
    """The letter attached to an email is not what the one in print is."""
    template = build(_IMAGES, tmp_path / "letter.docx")
    made = lay_out(template, letters(), tmp_path / "work", pdf_a=1)
    assert made.documents("a") == 1
    for pdf in made.letters.values():
        assert faults(pdf) == ""


@pytest.mark.parametrize("awkward", _TOGETHER, ids=lambda one: one.name.replace(" ", "-"))
def test_letters_laid_out_together_are_the_same_as_pdf_a(awkward: Awkward, archival_layouts: AllLayouts) -> None:
    """As PDF/A, letters laid out in company cannot be told apart, or differ from those laid out alone."""
    both = archival_layouts.of(awkward)
    assert both.documents == 1
    assert len(both.together) == len(letters())
    assert both.together.keys() == both.alone.keys()
    for mark, pdf in both.together.items():
        assert differing_pixels(pdf, both.alone[mark]) == 0
        with Pdf.open(pdf) as letter:
            assert claimed_part(letter) == 3


def test_the_third_part_takes_invoices_of_the_second(
    exported: Bench, invoices: dict[int, Path], tmp_path: Path
) -> None:
    """An electronic invoice (Factur-X is PDF/A-3) keeps its letter from being PDF/A."""
    exported.setting('pdf_a = ""', 'pdf_a = "3b"')
    first, second, third = TICKED
    _give(exported, invoices[3], first, third)
    _give(exported, invoices[2], second)
    tick(exported, *TICKED)
    sent = exported.json("send", "--yes")
    made = [exported.root / one["document"] for one in sent.reminders("printed")]
    for number, pdf in enumerate((*made, Path(sent.data["print_file"]))):
        with Pdf.open(pdf) as document:
            assert claimed_part(document) == 3
        assert faults(as_first_part(pdf, tmp_path / f"{number}.pdf")) == ""


def test_an_invoice_that_is_not_pdf_a_is_told(exported: Bench, invoices: dict[int, Path]) -> None:
    """A file claims to be PDF/A because its letter is, while its invoice has no fonts in it."""
    exported.setting('pdf_a = ""', 'pdf_a = "2b"')
    _give(exported, invoices[2], *TICKED[:2])
    _give(exported, invoices[0], TICKED[2])
    tick(exported, *TICKED)
    sent = exported.json("send", "--yes")
    claims = {}
    for one in sent.reminders("printed"):
        with Pdf.open(exported.root / one["document"]) as document:
            claims[one["invoice"]] = claimed_part(document)
    assert claims == {TICKED[0]: 2, TICKED[1]: 2, TICKED[2]: 0}
    with Pdf.open(sent.data["print_file"]) as document:
        assert claimed_part(document) == 0
    warning, about_print = [one for one in sent.data["warnings"] if "PDF/A-2b" in one]
    assert TICKED[2] in warning
    assert TICKED[0] not in warning
    assert "imprimer" in about_print


def test_an_email_says_nothing_of_the_file_to_print(exported: Bench, invoices: dict[int, Path]) -> None:
    """Whoever prints is told that the file is not PDF/A, because of a letter that is emailed only."""
    exported.setting('pdf_a = ""', 'pdf_a = "2b"')
    _give(exported, invoices[2], *TICKED[:2])
    tick(exported, *TICKED[:2])
    exported.write((TICKED[0], "Par courrier", None), (TICKED[0], "Par email", "x"))
    _give(exported, invoices[0], TICKED[0])
    sent = exported.json("send", "--yes")
    assert sent.data["counts"] == {"accepted": 1, "printed": 1}
    (warning,) = [one for one in sent.data["warnings"] if "PDF/A-2b" in one]
    assert TICKED[0] in warning
    with Pdf.open(sent.data["print_file"]) as document:
        assert claimed_part(document) == 2


def _layered(document: Pdf) -> None:
    document.Root.OCProperties = Dictionary()


def _of_other_colours(document: Pdf) -> None:
    document.Root.OutputIntents[0].DestOutputProfile = document.make_stream(b"some printing press")


def _with_attachment(document: Pdf) -> None:
    document.pages[0].obj.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment)])


def _unmarked(document: Pdf) -> None:
    del document.Root.Metadata


def _marked_by_nobody(document: Pdf) -> None:
    document.Root.Metadata = document.make_stream(b"<x:xmpmeta")


def _packed_oddly(document: Pdf) -> None:
    document.Root.Metadata.write(b"nothing that is packed", filter=Name.FlateDecode)


def _packed_as_nobody_does(document: Pdf) -> None:
    document.Root.OutputIntents[0].DestOutputProfile.write(b"nothing", filter=Name.DCTDecode)


def _bomb(document: Pdf) -> None:
    document.Root.Metadata.write(zlib.compress(bytes(50_000_000)), filter=Name.FlateDecode)


def _bomb_of_colours(document: Pdf) -> None:
    document.Root.OutputIntents[0].DestOutputProfile.write(zlib.compress(bytes(50_000_000)), filter=Name.FlateDecode)


def _of_a_press_that_says_srgb(document: Pdf) -> None:
    profile = document.Root.OutputIntents[0].DestOutputProfile
    data = profile.read_bytes()
    profile.write(data[:16] + b"CMYK" + data[20:])


def _without_profile(document: Pdf) -> None:
    del document.Root.OutputIntents[0].DestOutputProfile


@pytest.mark.parametrize(
    "change",
    [
        _layered, _of_other_colours, _with_attachment, _unmarked, _marked_by_nobody, _packed_oddly,
        _packed_as_nobody_does, _bomb, _bomb_of_colours, _of_a_press_that_says_srgb, _without_profile,
    ],
)  # fmt: skip
def test_a_claim_falls_where_a_document_does_not_allow_it(change: object, invoices: dict[int, Path]) -> None:
    """A joined file claims to be PDF/A although it lost what its invoice needs from its own file."""
    assert callable(change)
    with Pdf.new() as joined, Pdf.open(invoices[2]) as letter, Pdf.open(invoices[2]) as invoice:
        change(invoice)
        claim = JoinedClaim(joined)
        assert claim.add(letter)
        assert not claim.add(invoice)
        assert not claim.add(letter)
        claim.write("")
        assert claimed_part(joined) == 0


@pytest.mark.parametrize(("letter", "invoice", "fits"), [(1, 1, True), (1, 2, False), (2, 1, False), (2, 3, False)])
def test_parts_do_not_mix(letter: int, invoice: int, fits: bool, invoices: dict[int, Path]) -> None:
    """A file claims a part of the standard while some of its pages follow another."""
    with Pdf.new() as joined, Pdf.open(invoices[letter]) as first, Pdf.open(invoices[invoice]) as second:
        claim = JoinedClaim(joined)
        claim.add(first)
        assert claim.add(second) is fits


def test_an_invoice_with_odd_metadata_is_sent_all_the_same(exported: Bench, invoices: dict[int, Path]) -> None:
    """An invoice that prints well is held, or the program's insides are shown, for what only PDF/A asks of it."""
    exported.setting('pdf_a = ""', 'pdf_a = "2b"')
    for number, harm in zip(TICKED, (_packed_oddly, _packed_as_nobody_does, _marked_by_nobody), strict=True):
        with Pdf.open(invoices[2]) as invoice:
            harm(invoice)
            invoice.save(exported.root / "factures" / f"{number}.pdf", fix_metadata_version=False)
    tick(exported, *TICKED)
    sent = exported.run("send", "--yes")
    assert sent.code == 0
    assert "XMP" not in sent.out + sent.err


def test_a_print_file_of_very_many_pages_keeps_to_the_limits(tmp_path: Path, invoices: dict[int, Path]) -> None:
    """A file says that it is PDF/A-1, whose arrays have at most 8,191 entries, and has longer ones."""
    many = tmp_path / "many.pdf"
    with Pdf.new() as document, Pdf.open(invoices[1]) as invoice:
        claim = JoinedClaim(document)
        claim.add(invoice)
        document.pages.extend(invoice.pages)
        for _number in range(3000):
            document.add_blank_page(page_size=(300, 400))
        claim.write("many")
        document.save(many)
    assert write_print_file([PrintEntry("1", many)] * 3, tmp_path / "print.pdf", "lot") == 0 or not faults(
        tmp_path / "print.pdf"
    )
    assert write_print_file([PrintEntry("1", many)] * 2, tmp_path / "print.pdf", "lot") == 1
    assert faults(tmp_path / "print.pdf") == ""


def test_without_the_setting_nothing_is_claimed(exported: Bench, invoices: dict[int, Path]) -> None:
    """What nobody asked for is claimed, and slows every letter."""
    _give(exported, invoices[2], *TICKED)
    tick(exported, *TICKED)
    exported.json("send", "--yes")
    with Pdf.open(exported.root / "lots" / f"{DAY}-001" / "courriers.pdf") as document:
        assert claimed_part(document) == 0


def test_a_preview_claims_nothing(exported: Bench, invoices: dict[int, Path]) -> None:
    """A preview says that it is PDF/A, with a word across it that no PDF/A may have."""
    exported.setting('pdf_a = ""', 'pdf_a = "2b"')
    _give(exported, invoices[2], *TICKED)
    tick(exported, *TICKED)
    with Pdf.open(exported.json("preview").data["preview"]) as document:
        assert len(document.pages) > len(TICKED)
        assert claimed_part(document) == 0


def test_an_unknown_part_is_refused(exported: Bench) -> None:
    """A slip in the setting makes letters that are no PDF/A, silently."""
    exported.setting('pdf_a = ""', 'pdf_a = "4"')
    checked = exported.run("check")
    assert checked.code == 3
    assert "pdf_a" in checked.err
