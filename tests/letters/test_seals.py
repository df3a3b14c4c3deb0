"""A letter's pages are believed only where its own seal is on the first and the last of them."""

import io
import os
import stat
import zipfile
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import pikepdf
import pytest
from docx import Document

from relance_xl.letters import layout as layout_module
from relance_xl.letters.converting import Finished, convert_documents
from relance_xl.letters.libreoffice import LibreOffice, find_libreoffice
from relance_xl.letters.pages.ranges import PagesDoNotAddUpError, open_letters
from relance_xl.letters.templates.markup import WORD
from relance_xl.letters.templates.seals import new_seal
from relance_xl.letters.templates.template import render_letter
from tests.letters.test_layout import differing_pixels, lay_out, lay_out_alone
from tests.support.bench import Bench, pages
from tests.support.converted_once import Convert, converter
from tests.support.laying_out import LaidOut, office
from tests.support.letter_templates import AWKWARD, build, letters
from tests.support.workers import shared_folder

Tamper = Callable[[Path], None]


def _yesterdays() -> Tamper:
    """Leave the first PDF that came out under every later name."""
    first: list[bytes] = []

    def tamper(pdf: Path) -> None:
        first.append(pdf.read_bytes())
        pdf.write_bytes(first[0])

    return tamper


def _exchanged() -> Tamper:
    """Let every PDF have what the one before should have, the first what the last had."""
    before: list[bytes] = [b"%PDF-1.4 %%EOF"]

    def tamper(pdf: Path) -> None:
        data = pdf.read_bytes()
        pdf.write_bytes(before[-1])
        before.append(data)

    return tamper


def _with_others_page(*, behind: bool) -> Tamper:
    """Put the first page that ever came out behind, or before, all others."""
    first: list[bytes] = []

    def tamper(pdf: Path) -> None:
        first.append(pdf.read_bytes())
        with pikepdf.open(pdf, allow_overwriting_input=True) as whole, pikepdf.open(io.BytesIO(first[0])) as other:
            if behind:
                whole.pages.append(other.pages[0])
            else:
                whole.pages.insert(0, other.pages[0])
            whole.save(pdf)

    return tamper


def _turned() -> Tamper:
    """Put the pages in the opposite order, marks and all."""

    def tamper(pdf: Path) -> None:
        with pikepdf.open(pdf, allow_overwriting_input=True) as whole:
            whole.pages.reverse()
            whole.save(pdf)

    return tamper


def _lay_out_with(tamper: Tamper, lay: Callable[[], LaidOut], patch: pytest.MonkeyPatch, convert: Convert) -> LaidOut:
    def tampering(program: LibreOffice, calls: Iterable[Sequence[Path]], target: Path, finished: Finished) -> None:
        def changed(document: Path, pdf: Path) -> None:
            tamper(pdf)
            finished(document, pdf)

        convert(program, calls, target, changed)

    patch.setattr(layout_module, "convert_documents", tampering)
    return lay()


@pytest.mark.parametrize("together", [True, False], ids=["together", "alone"])
def test_what_nobody_tampered_with_is_taken(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    """The tests below would pass if no PDF were ever taken for a letter."""
    template, names = build(AWKWARD[0], tmp_path / "modele.docx"), letters(3)
    lay = lay_out if together else lay_out_alone
    convert = converter(shared_folder(tmp_path_factory) / "tampered")
    made = _lay_out_with(lambda _pdf: None, lambda: lay(template, names, tmp_path / "work"), monkeypatch, convert)
    assert not made.failures
    for one, path in zip(names, (made.letters[f"{number:05}"] for number in (1, 2, 3)), strict=True):
        assert str(one["key"]) in " ".join(pages(path))


@pytest.mark.parametrize("together", [True, False], ids=["together", "alone"])
@pytest.mark.parametrize(
    "tampering",
    [
        _yesterdays,
        _exchanged,
        partial(_with_others_page, behind=True),
        partial(_with_others_page, behind=False),
        _turned,
    ],
    ids=["yesterday's", "exchanged", "a page behind", "a page before", "turned"],
)
def test_a_pdf_that_is_not_the_letters_is_never_taken_for_it(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    tampering: Callable[[], Tamper],
    together: bool,
) -> None:
    """A customer gets another one's letter, or a page of it, where the converter leaves another PDF under its name."""
    template = build(AWKWARD[0], tmp_path / "modele.docx")
    names = letters(3)
    lay = lay_out if together else lay_out_alone
    # The same letters each time: LibreOffice lays them out once.
    convert, tamper = converter(shared_folder(tmp_path_factory) / "tampered"), tampering()
    if tampering is _yesterdays:
        _lay_out_with(tamper, lambda: lay(template, names[:2], tmp_path / "yesterday"), monkeypatch, convert)
    laid_out = _lay_out_with(tamper, lambda: lay(template, names, tmp_path / "work"), monkeypatch, convert)
    assert laid_out.letters.keys() | laid_out.failures.keys() == {"00001", "00002", "00003"}
    keys = [str(one["key"]) for one in names]
    for mark, path in laid_out.letters.items():
        text = " ".join(pages(path))
        assert [key for key in keys if key in text] == [keys[int(mark) - 1]]
    assert laid_out.failures
    assert all("LibreOffice" in why for why in laid_out.failures.values())


def _office_script(folder: Path, kept: Path) -> Path:
    """Return a LibreOffice that leaves the first PDF it ever made under every name."""
    path = folder / "soffice"
    # Aside first: what is whole under its own name is taken at once.
    script = f"""#!/bin/sh
profile="$1" filter="$6" target="$8"
shift 8
{find_libreoffice()} "$profile" --headless --convert-to "$filter" --outdir "$target/aside" "$@"
for pdf in "$target"/aside/*.pdf; do
    [ -e {kept} ] || cp "$pdf" {kept}
    cp {kept} "$target/$(basename "$pdf")"
done
"""
    path.write_text(script, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return path


@pytest.mark.skipif(os.name == "nt", reason="the stand-in program is a shell script")
def test_yesterdays_letter_is_not_sent(exported: Bench, tmp_path: Path) -> None:
    """One letter alone in its run is believed unseen: what an earlier run left under its name goes to the customer."""
    kept = tmp_path / "kept.pdf"
    exported.setting('# libreoffice = ""', f'libreoffice = "{_office_script(tmp_path, kept)}"')
    exported.write(("FA2026-0296", "Par courrier", "x"))
    assert exported.json("preview").code == 0
    assert kept.exists()
    sent = exported.json("send", "--yes")
    assert sent.code == 1
    (line,) = sent.reminders()
    assert (line["outcome"], line["reason_code"]) == ("held", "letter_failed")
    assert not exported.journal.exists()


_PARAGRAPH = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
_HIDDEN = "<w:p><w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr><w:r><w:rPr><w:vanish/></w:rPr><w:t>caché</w:t></w:r></w:p>"
_SECTION = '<w:sectPr>{}<w:pgSz w:w="11906" w:h="16838"/></w:sectPr>'
_LINES = "".join(_PARAGRAPH.format(f"ligne {number}") for number in range(60))
_BREAK = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
_FLOATING = '<w:tblpPr w:vertAnchor="page" w:horzAnchor="page" w:tblpX="1000" w:tblpY="2000"/>'
_FRAME = '<w:framePr w:w="3000" w:h="1500" w:wrap="around" w:vAnchor="page" w:hAnchor="page" w:x="6000" w:y="3000"/>'
_DELETED = '<w:p><w:del w:id="6" w:author="x"><w:r><w:delText>biffé</w:delText></w:r></w:del></w:p>'


def _table(*cells: str, properties: str = "") -> str:
    rows = "".join(f"<w:tr><w:tc><w:tcPr/>{cell}</w:tc></w:tr>" for cell in cells)
    return f'<w:tbl><w:tblPr>{properties}</w:tblPr><w:tblGrid><w:gridCol w:w="5000"/></w:tblGrid>{rows}</w:tbl>'


def _control(content: str) -> str:
    return f"<w:sdt><w:sdtPr/><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def _box(content: str) -> str:
    style = "position:absolute;margin-left:0;margin-top:0;width:200pt;height:80pt"
    return (
        f'<w:p><w:r><w:pict><v:shape type="#_x0000_t202" style="{style}"><v:textbox><w:txbxContent>{content}'
        "</w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>"
    )


_LETTERS = {
    "nothing": "",
    "an empty paragraph": "<w:p/>",
    "two empty paragraphs": "<w:p/><w:p/>",
    "one word": _PARAGRAPH.format("x"),
    "a paragraph over four pages": _PARAGRAPH.format("mot de la fin " * 1000),
    "a letter that ends in a paragraph over two pages": _PARAGRAPH.format("a") + _PARAGRAPH.format("mot " * 2000),
    "a table only": _table(*(_PARAGRAPH.format(number) for number in range(70))),
    "a table within a table": _table(_table(_PARAGRAPH.format("a")) + _PARAGRAPH.format("b")) + "<w:p/>",
    "a table at the end": _PARAGRAPH.format("a") + _table(*(_PARAGRAPH.format(number) for number in range(24))),
    "a floating table first": _table(*(_PARAGRAPH.format("a"),) * 9, properties=_FLOATING) + _LINES,
    "a floating table last": _LINES + _table(*(_PARAGRAPH.format("a"),) * 9, properties=_FLOATING) + "<w:p/>",
    "a frame first": _PARAGRAPH.replace("<w:r>", f"<w:pPr>{_FRAME}</w:pPr><w:r>").format("cadre") + _LINES,
    "content controls only": _control(_LINES),
    "a control around a cell": _table(_PARAGRAPH.format("a")).replace("<w:tc>", "<w:sdt><w:sdtPr/><w:sdtContent><w:tc>")
    .replace("</w:tc>", "</w:tc></w:sdtContent></w:sdt>") + "<w:p/>",
    "a text box only": _box(_PARAGRAPH.format("a")),
    "text boxes first and last": _box(_PARAGRAPH.format("a")) + _LINES + _box(_PARAGRAPH.format("a")),
    "hidden paragraphs first and last": _HIDDEN * 6 + _LINES + _HIDDEN * 6,
    "deleted paragraphs first and last": _DELETED * 3 + _LINES + _DELETED * 3,
    "a page break first": _BREAK + _PARAGRAPH.format("a"),
    "a page break last": _PARAGRAPH.format("a") + _BREAK,
    "a page break last on its page": _LINES + _BREAK + _BREAK,
    "a section break first": f"<w:p><w:pPr>{_SECTION.format('')}</w:pPr></w:p>" + _PARAGRAPH.format("a"),
    "a section break last": _PARAGRAPH.format("a") + f"<w:p><w:pPr>{_SECTION.format('')}</w:pPr></w:p><w:p/>",
    "a section from an odd page on": _PARAGRAPH.format("a")
    + f"<w:p><w:pPr>{_SECTION.format('')}</w:pPr></w:p>" + _PARAGRAPH.format("b") + 'ODD',
    "bookmarks of its own": '<w:p><w:bookmarkStart w:id="1" w:name="relance"/><w:r><w:t>a</w:t></w:r></w:p>'
    + _LINES + '<w:p><w:bookmarkEnd w:id="1"/><w:bookmarkStart w:id="2" w:name="relance1x1"/><w:bookmarkEnd w:id="2"/></w:p>',
}  # fmt: skip


def _document(path: Path, body: str) -> Path:
    """Write a DOCX with this body."""
    document = Document()
    target = io.BytesIO()
    document.save(target)
    odd = '<w:type w:val="oddPage"/>' if body.endswith("ODD") else ""
    text = (
        f'<w:document xmlns:w="{WORD}" xmlns:v="urn:schemas-microsoft-com:vml"><w:body>{body.removesuffix("ODD")}'
        f"{_SECTION.format(odd)}</w:body></w:document>"
    )
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, text if name == "word/document.xml" else old.read(name))
    return path


def with_note(path: Path, kind: str, note: str) -> Path:
    """Give a document's first paragraph a footnote or an endnote."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode("latin-1") for name in archive.namelist()}
    office_document = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        "</Types>",
        f'<Override PartName="/word/{kind}s.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        f'wordprocessingml.{kind}s+xml"/></Types>',
    )
    parts["word/_rels/document.xml.rels"] = parts["word/_rels/document.xml.rels"].replace(
        "</Relationships>",
        f'<Relationship Id="n1" Type="{office_document}/{kind}s" Target="{kind}s.xml"/></Relationships>',
    )
    parts["word/document.xml"] = parts["word/document.xml"].replace(
        "</w:t></w:r>", f'</w:t></w:r><w:r><w:{kind}Reference w:id="2"/></w:r>', 1
    )
    line = '<w:{0} w:type="{1}" w:id="{2}"><w:p><w:r><w:{1}/></w:r></w:p></w:{0}>'
    separators = line.format(kind, "separator", 0) + line.format(kind, "continuationSeparator", 1)
    parts[f"word/{kind}s.xml"] = (
        f'<w:{kind}s xmlns:w="{WORD}">{separators}<w:{kind} w:id="2">{note}</w:{kind}></w:{kind}s>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text.encode("latin-1"))
    return path


def _converted(documents: Sequence[Path], target: Path) -> dict[Path, Path]:
    made: dict[Path, Path] = {}
    convert_documents(office(), [documents], target, made.__setitem__)
    return made


def test_a_letter_of_any_shape_proves_whose_it_is_and_looks_as_before(tmp_path: Path) -> None:
    """A letter that begins with a table, ends in a section break or has no text at all is held, or moved by its seal."""
    bare: list[Path] = []
    sealed: list[Path] = []
    seals: list[str] = []
    templates = {name: _document(tmp_path / f"{name}.docx", body) for name, body in _LETTERS.items()}
    for kind in ("footnote", "endnote"):
        for note in (_LINES + _LINES, _PARAGRAPH.format("mot " * 3000)):
            template = _document(
                tmp_path / f"{kind}{len(templates)}.docx", _PARAGRAPH.format("a") + _PARAGRAPH.format("b")
            )
            templates[f"{kind} {len(templates)}"] = with_note(template, kind, note)
    for number, template in enumerate(templates.values()):
        seals.append(new_seal())
        for kind, documents, seal in (("bare", bare, ""), ("sealed", sealed, seals[-1])):
            documents.append(tmp_path / f"{kind}{number}.docx")
            documents[-1].write_bytes(render_letter(template, {}, seal))
    made = _converted([*bare, *sealed], tmp_path / "pdf")
    unproved, different = [], []
    for name, one, other, seal in zip(templates, bare, sealed, seals, strict=True):
        try:
            with open_letters(made[other], [seal]) as found:
                unproved += [] if found else [name]
        except PagesDoNotAddUpError as error:
            unproved.append(f"{name}: {error}")
        different += [name] if differing_pixels(made[one], made[other]) else []
    assert (unproved, different) == ([], [])
