"""Invoices keep their colours and names, whatever they are joined with."""

import io
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from relance_xl.letters.invoices.pdf import InvoicePdf, read_invoice
from relance_xl.letters.pages.print_file import PrintEntry, join_reminder, write_print_file
from relance_xl.letters.pages.ranges import LetterPages

# Two profiles for CMYK, and one for grey: what is in them is the renderer's business.
_COATED, _NEWSPRINT, _GREY = b"coated paper" * 20, b"newsprint" * 20, b"grey" * 20


def _invoice(path: Path, profile: bytes = b"", components: int = 4) -> InvoicePdf:
    """Write an invoice whose colours a profile gives their meaning, if any."""
    with Pdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(200, 200))
        page.obj.Contents = pdf.make_stream(b"0.9 0.1 0.2 0.1 k 20 20 70 160 re f")
        if profile:
            stream = pdf.make_stream(profile)
            stream.N = components
            intent = Dictionary(
                Type=Name.OutputIntent, S=Name.GTS_PDFX, OutputConditionIdentifier="FOGRA", DestOutputProfile=stream
            )
            pdf.Root.OutputIntents = Array([pdf.make_indirect(intent)])
        pdf.save(path)
    read = read_invoice(path)
    assert isinstance(read, InvoicePdf)
    return read


def _joined(invoices: list[InvoicePdf], target: Path) -> Path:
    with Pdf.new() as letter:
        letter.add_blank_page(page_size=(200, 200))
        join_reminder(LetterPages(letter, 0, 1), invoices, target, "relance")
    return target


def _meanings(path: Path) -> tuple[list[bytes], list[bytes]]:
    """Return the profiles that a file means its CMYK by, and those that its pages do."""
    with Pdf.open(path) as pdf:
        intents = pdf.Root.get(Name.OutputIntents)
        whole = [one.DestOutputProfile.read_bytes() for one in intents] if isinstance(intents, Array) else []
        pages = [
            default[1].read_bytes()
            for page in pdf.pages
            for default in [page.obj.get(Name.Resources, Dictionary()).get(Name.ColorSpace, Dictionary())]
            for default in default.values()
        ]
        return whole, pages


def test_what_cmyk_means_goes_along(tmp_path: Path) -> None:
    """An invoice in CMYK is printed in other colours than it has: its output intent stays behind."""
    joined = _joined([_invoice(tmp_path / "a.pdf", _COATED)], tmp_path / "j.pdf")
    assert _meanings(joined) == ([_COATED], [])
    other = _joined([_invoice(tmp_path / "b.pdf")], tmp_path / "k.pdf")
    target = tmp_path / "courriers.pdf"
    write_print_file([PrintEntry("a", joined), PrintEntry("b", other), PrintEntry("c", joined)], target, "lot")
    assert _meanings(target) == ([_COATED], [])


def test_two_meanings_of_cmyk_stay_apart(tmp_path: Path) -> None:
    """Of two invoices that mean other colours by CMYK, the second is printed in the first one's."""
    first, second = _invoice(tmp_path / "a.pdf", _COATED), _invoice(tmp_path / "b.pdf", _NEWSPRINT)
    assert _meanings(_joined([first, second], tmp_path / "j.pdf")) == ([_COATED], [_NEWSPRINT])
    entries = [PrintEntry(one.path.stem, _joined([one], tmp_path / f"j-{one.path.name}")) for one in (first, second)]
    write_print_file(entries, tmp_path / "courriers.pdf", "lot")
    whole, pages = _meanings(tmp_path / "courriers.pdf")
    assert (whole, set(pages)) == ([_COATED], {_NEWSPRINT})


def test_a_grey_of_its_own_is_not_everybodys(tmp_path: Path) -> None:
    """The letter's own grey and colours change with an invoice's profile."""
    joined = _joined([_invoice(tmp_path / "a.pdf", _GREY, components=1)], tmp_path / "j.pdf")
    assert _meanings(joined) == ([], [_GREY])


@pytest.mark.parametrize("where", ["information", "picture"])
def test_names_in_latin_1_are_names(tmp_path: Path, where: str) -> None:
    """A name with an accent, as older software writes it, makes an invoice look damaged, or stops the whole send."""
    with Pdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(200, 200))
        page.obj.Contents = pdf.make_stream(b"0 0 1 rg 20 20 70 160 re f")
        form = pdf.make_stream(b"1 0 0 rg 1 1 9 9 re f")
        form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 10, 10])
        page.obj.Resources = Dictionary(XObject=Dictionary(ImXX=form))
        pdf.docinfo[Name("/CreXX")] = "Sage"
        written = io.BytesIO()
        pdf.save(written, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    mark = b"/CreXX" if where == "information" else b"/ImXX"
    assert mark in written.getvalue()
    path = tmp_path / "a.pdf"
    path.write_bytes(written.getvalue().replace(mark, mark[:-2] + b"\xe9\xe8"))
    read = read_invoice(path)
    assert isinstance(read, InvoicePdf), read
    joined = _joined([read], tmp_path / "j.pdf")
    write_print_file([PrintEntry("a", joined), PrintEntry("b", joined)], tmp_path / "courriers.pdf", "lot")
    with Pdf.open(tmp_path / "courriers.pdf") as pdf:
        assert len(pdf.pages) == 4
