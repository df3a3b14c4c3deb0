"""Letters laid out together are, pixel for pixel, those laid out alone."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from docx.document import Document as Docx
from lxml import etree
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image, ImageChops
from pypdf import PdfReader
from pypdfium2 import PdfDocument

from relance_xl.core.wording import Company, example_words
from relance_xl.letters import layout as layout_module
from relance_xl.letters.pages import ranges as ranges_module
from relance_xl.letters.templates.markup import WORD
from relance_xl.letters.templates.media import Picture
from relance_xl.letters.templates.package import package_parts
from relance_xl.letters.templates.seals import Mark, new_seal, read_mark
from relance_xl.letters.templates.slim_styles import slim_styles
from relance_xl.letters.templates.template import CompiledTemplate
from relance_xl.letters.together.combinable import Combinability, combinability
from relance_xl.letters.together.combined import RenderedLetter, combined_document
from relance_xl.letters.together.hindrances import Kind
from tests.support import laying_out
from tests.support.bench import pages
from tests.support.both_layouts import AllLayouts
from tests.support.laying_out import LaidOut
from tests.support.letter_templates import AWKWARD, Awkward, Names, build, letters, picture, pictured, plain
from tests.support.typical_letter import build_typical_letter

_DPI = 120
COMPANY = Company(
    "Dupont", ("1 rue Neuve", "Bât. B"), "69001", "Lyon", "FR", "123456789", "FR12123456789", "FR7630006000011234567890189",
    "AGRIFRPP", "a@example.com", "04 00 00 00 00", "SARL au capital de 1 €", "Jeanne Dupont",
)  # fmt: skip


def lay_out(template: Path, names: Sequence[Names], work: Path, pdf_a: int = 0) -> LaidOut:
    """Lay letters out as the program does; `pdf_a`: as which part of PDF/A."""
    return laying_out.lay_out(laying_out.office(pdf_a), laying_out.orders_of(template, names, "000"), work)


def lay_out_alone(template: Path, names: Sequence[Names], work: Path, pdf_a: int = 0) -> LaidOut:
    """Return the letters, each laid out in a document of its own."""
    with laying_out.each_alone():
        laid_out = lay_out(template, names, work, pdf_a)
    assert laid_out.documents("a") == len(names)
    return laid_out


def drawn(pdf: Path) -> list[Image.Image]:
    """Return a PDF's pages as pictures."""
    with PdfDocument(pdf) as document:
        return [page.render(scale=_DPI / 72, grayscale=True).to_pil() for page in document]


def differing_pixels(one: Path, other: Path) -> int:
    """Return how many pixels differ; a page more or less counts whole."""
    first, second = drawn(one), drawn(other)
    different = abs(len(first) - len(second)) * 1_000_000
    for left, right in zip(first, second, strict=False):
        if left.size != right.size:
            different += left.width * left.height
        elif box := ImageChops.difference(left, right).getbbox():
            part = ImageChops.difference(left, right).crop(box)
            different += sum(count for value, count in enumerate(part.histogram()) if value)
    return different


def compared(template: Path, names: Sequence[Names], folder: Path) -> tuple[int, int, int]:
    """Return into how many documents the letters went, their pages, and the pixels in which they differ from alone."""
    together = lay_out(template, names, folder / "together")
    alone = lay_out_alone(template, names, folder / "alone")
    assert not together.failures
    assert not alone.failures
    assert together.letters.keys() == alone.letters.keys()
    count = sum(len(pages(path)) for path in together.letters.values())
    return (
        together.documents("abc"),
        count,
        sum(differing_pixels(path, alone.letters[mark]) for mark, path in together.letters.items()),
    )


@pytest.mark.parametrize("awkward", AWKWARD, ids=lambda one: one.name.replace(" ", "-"))
def test_letters_come_out_as_if_alone(awkward: Awkward, layouts: AllLayouts) -> None:
    """A letter laid out with others differs from what its template gives: another page number, address, list."""
    both, names = layouts.of(awkward), letters()
    assert len(both.together) == len(names)
    assert both.together.keys() == both.alone.keys()
    assert (both.documents + both.again < len(names)) == awkward.together, combinability(both.template)
    for number, path in enumerate(both.together.values()):
        said = " ".join(pages(path))
        others = [other for other in range(len(names)) if f"Client {other} &" in said]
        assert others in ([number], []), awkward.name
    assert sum(len(pages(path)) for path in both.together.values()) >= len(names)
    assert sum(differing_pixels(path, both.alone[mark]) for mark, path in both.together.items()) == 0


def test_a_tags_picture_comes_along_with_its_letter(tmp_path: Path) -> None:
    """Among others a letter loses the picture that its tag stands for, or shows another letter's."""
    template = build(Awkward("pictured", pictured, True), tmp_path / "modele.docx")
    shades = (20, 20, 240)
    names = [
        {**one, "picture": Picture(picture(shade).getvalue(), 50)}
        for one, shade in zip(letters(3), shades, strict=True)
    ]
    documents, _count, different = compared(template, names, tmp_path)
    assert (documents, different) == (1, 0)
    shown = []
    for path in sorted((tmp_path / "together").glob("*.pdf")):
        (image,) = [one.image for page in PdfReader(path).pages for one in page.images]
        assert image is not None
        shown.append(image.convert("RGB").getpixel((0, 0)))
    assert shown == [(0, 0, shade) for shade in shades]


def test_each_letter_has_its_own_text_and_no_others(tmp_path: Path) -> None:
    """A customer gets another one's page."""
    template = build(AWKWARD[0], tmp_path / "modele.docx")
    names = letters(40)
    laid_out = lay_out(template, names, tmp_path / "work")
    assert laid_out.documents("a") < 3
    keys = [str(one["key"]) for one in names]
    for key, path in zip(keys, (laid_out.letters[mark] for mark in sorted(laid_out.letters)), strict=True):
        text = " ".join(pages(path))
        assert [one for one in keys if one in text] == [key]


def test_a_document_whose_pages_do_not_add_up_is_done_letter_by_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where LibreOffice loses a mark, letters are cut at the wrong page."""
    template = build(AWKWARD[0], tmp_path / "modele.docx")

    def without_a_mark(path: Path, rendered: Sequence[RenderedLetter], found: Combinability) -> bytes:
        return combined_document(path, rendered[:2], found)

    monkeypatch.setattr(layout_module, "combined_document", without_a_mark)
    names = letters(4)
    laid_out = lay_out(template, names, tmp_path / "work")
    assert laid_out.documents("a") == 1
    assert sorted(laid_out.letters) == ["00001", "00002", "00003", "00004"]
    texts = [" ".join(pages(laid_out.letters[mark])) for mark in sorted(laid_out.letters)]
    assert all(str(one["key"]) in text for one, text in zip(names, texts, strict=True))


def test_a_typical_letter_comes_out_as_if_alone(tmp_path: Path) -> None:
    """What companies really write in Word is laid out one by one, or otherwise than alone; or says a wrong number of pages."""
    template = build_typical_letter(tmp_path / "modele.docx")
    words = example_words(COMPANY, "fr")
    names = [
        replace(
            words,
            customer=replace(words.customer, name=f"Client {number}"),
            count=count,
            invoices=tuple(replace(words.invoices[0], number=f"F{number}-{line}") for line in range(count)),
        ).names()
        for number, count in enumerate((1, 3, 60, 12, 2, 30, 18))
    ]
    together = lay_out(template, names, tmp_path / "together")
    alone = lay_out_alone(template, names, tmp_path / "alone")
    assert together.documents("a") == 1
    # None of them had to be laid out alone; one more document was written, for those of two pages.
    assert together.documents("bc") == 0
    assert together.documents("de") == 1
    for number, mark in enumerate(sorted(together.letters)):
        texts = pages(together.letters[mark])
        assert [f"Page {page} / {len(texts)}" in text for page, text in enumerate(texts, start=1)] == [True] * len(
            texts
        )
        assert all("1. vérifier" in text for text in texts[:1])
        assert f"Client {number}" in texts[0]
        assert differing_pixels(together.letters[mark], alone.letters[mark]) == 0
    assert max(len(pages(path)) for path in together.letters.values()) == 2


def test_a_section_says_how_many_pages_it_has(tmp_path: Path) -> None:
    """LibreOffice knows no such field: a letter laid out alone says what Word last counted, whatever it has."""
    (awkward,) = [one for one in AWKWARD if one.name.startswith("the number of pages of the section")]
    template = build(awkward, tmp_path / "modele.docx")
    laid_out = lay_out_alone(template, letters(4), tmp_path / "alone")
    for path in laid_out.letters.values():
        texts = pages(path)
        assert f"Ce courrier a {len(texts)} page(s)." in texts[0]


def test_a_letter_whose_beginning_is_not_found_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LibreOffice loses the mark at a letter's beginning: the customer gets its last pages only, another the first ones too."""
    template = build(AWKWARD[0], tmp_path / "modele.docx")
    names = letters(4)
    lost: list[str] = []

    def losing(name: str) -> Mark | None:
        mark = read_mark(name)
        if mark is not None and mark.is_start and (not lost or mark.seal in lost):
            lost.append(mark.seal)
            return None
        return mark

    monkeypatch.setattr(ranges_module, "read_mark", losing)
    laid_out = lay_out(template, names, tmp_path / "work")
    monkeypatch.undo()
    alone = lay_out_alone(template, names, tmp_path / "alone")
    assert lost
    assert [len(pages(laid_out.letters[mark])) for mark in sorted(alone.letters)] == [
        len(pages(alone.letters[mark])) for mark in sorted(alone.letters)
    ]


@pytest.mark.parametrize(("last", "found"), [(0, 2), (1, 0), (None, 0)], ids=["apart", "on one page", "not found"])
def test_a_letter_begins_behind_the_one_before(tmp_path: Path, last: int | None, found: int) -> None:
    """Where LibreOffice loses the page break between two letters, a customer gets the end of another one's."""
    first, second = new_seal(), new_seal()
    marks = {f"{first}x0": 0, f"{second}x0": 1, f"{second}x1": 2}
    if last is not None:
        marks[f"{first}x1"] = last
    path = tmp_path / "letters.pdf"
    with Pdf.new() as pdf:
        for _page in range(3):
            pdf.add_blank_page()
        shown = {f"/{name}": Array([pdf.pages[number].obj, Name.Fit]) for name, number in marks.items()}
        if last is None:
            # The end of the first letter, whose mark was lost, stands on a page between.
            shown[f"/{second}x0"] = Array([pdf.pages[2].obj, Name.Fit])
        pdf.Root.Dests = Dictionary(shown)
        pdf.save(path)
    with ranges_module.open_letters(path, [first, second]) as letters_found:
        assert len(letters_found) == found


def test_a_picture_of_the_document_has_no_tags(tmp_path: Path) -> None:
    """Word's small picture of a document happens to hold two braces, and all of its letters go alone."""
    template = build(AWKWARD[0], tmp_path / "modele.docx")
    with zipfile.ZipFile(template, "a") as package:
        package.writestr("docProps/picture.jpeg", b"\xff\xd8{% \x00\xff{{")
    assert not combinability(template).hindrances
    assert CompiledTemplate(template).is_simple
    tagged = build(AWKWARD[0], tmp_path / "titre.docx")
    with zipfile.ZipFile(tagged, "a") as package:
        package.writestr("docProps/custom.xml", b"<p>{{ key }}</p>")
    assert [one.kind for one in combinability(tagged).hindrances] == [Kind.TAG_ELSEWHERE]


def test_a_letter_keeps_the_styles_that_it_needs(tmp_path: Path) -> None:
    """A letter laid out alone loses a style, and its text looks otherwise; or keeps them all, and takes twice as long."""

    def styled_if_wanted(document: Docx) -> None:
        for text, style in (("{%p if strict %}", None), ("Dernier avis", "Intense Quote"), ("{%p endif %}", None)):
            document.add_paragraph(text, style=style)
        plain(document)

    template = build(Awkward("styled if wanted", styled_if_wanted, together=True), tmp_path / "modele.docx")
    compiled = CompiledTemplate(template)
    with zipfile.ZipFile(io.BytesIO(compiled.letter({**letters(1)[0], "strict": True}, new_seal()))) as package:
        left = package.read("word/styles.xml")
    assert [
        name in left for name in (b'Id="IntenseQuote"', b'Id="Normal"', b'Id="IntenseQuoteChar"', b'Id="Title"')
    ] == [
        True,
        True,
        True,
        False,
    ]
    slim = slim_styles(package_parts(template))
    assert slim is not None
    body = etree.fromstring(f'<w:body xmlns:w="{WORD}"><w:p><w:pPr><w:pStyle w:val="Title"/></w:pPr></w:p></w:body>')
    assert not slim.suffice(body)


def test_a_letter_that_fails_is_the_only_one(tmp_path: Path) -> None:
    """One customer's odd data costs all letters of a document."""
    template = build(
        Awkward("", lambda document: document.add_paragraph("{{ 10 // number }}") and None, True), tmp_path / "m.docx"
    )
    names: list[Mapping[str, object]] = [{"number": number} for number in (1, 0, 2, 5)]
    laid_out = lay_out(template, names, tmp_path / "work")
    assert sorted(laid_out.letters) == ["00001", "00003", "00004"]
    assert list(laid_out.failures) == ["00002"]
