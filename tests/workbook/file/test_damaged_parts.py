"""Parts of the workbook that are damaged, missing or spelled in other capitals: read, or named before anything is made."""

from collections.abc import Mapping

import pytest
from openpyxl.comments import Comment

from tests.support.bench import Bench
from tests.support.full_workbook import read_parts, sheet_part, write_parts
from tests.support.in_process import edit, run_here

TYPES = "[Content_Types].xml"
_GONE, _EMPTY, _HALF, _FOREIGN = "gone", "empty", "half", "foreign"


def _damage(bench: Bench, part: str, how: str) -> None:
    parts = read_parts(bench.workbook)
    data = parts.pop(part)
    left = {_EMPTY: b"", _HALF: data[: len(data) // 2], _FOREIGN: b'<?xml version="1.0"?><a/>'}
    write_parts(bench.workbook, parts if how == _GONE else {**parts, part: left[how]})


def _refused_naming(bench: Bench, part: str) -> None:
    """Assert that every command refuses the workbook, naming a part, and that nothing is made or written."""
    before = bench.workbook.read_bytes()
    for command in (("check",), ("send", "--yes"), ("export",), ("preview",), ("doctor",)):
        done = run_here(bench, *command)
        assert (done.code, part in done.out + done.err) == (4, True), (command, done)
    assert bench.workbook.read_bytes() == before
    assert not (bench.root / "lots").exists() or not list((bench.root / "lots").iterdir())


@pytest.mark.parametrize(
    ("part", "how"),
    [
        *((TYPES, how) for how in (_GONE, _EMPTY, _HALF, _FOREIGN)),
        *(("xl/worksheets/_rels/sheet3.xml.rels", how) for how in (_EMPTY, _HALF, _FOREIGN)),
        ("xl/_rels/workbook.xml.rels", _HALF),
        ("xl/worksheets/sheet1.xml", _GONE),
        ("xl/worksheets/sheet6.xml", _GONE),
        ("xl/worksheets/sheet6.xml", _HALF),
        ("xl/worksheets/sheet4.xml", _HALF),
        ("xl/worksheets/sheet7.xml", _EMPTY),
        ("xl/styles.xml", _GONE),
        ("xl/styles.xml", _FOREIGN),
    ],
)
def test_a_part_that_is_needed_is_named_before_anything_is_made(exported: Bench, part: str, how: str) -> None:
    """Letters are printed, then an “unexpected error” comes as the workbook cannot be written; doctor finds all in order."""
    exported.write(("FA2026-0296", "Par courrier", "x"))
    # openpyxl leaves out the sheets' links that lead nowhere: all that are there are needed.
    parts = read_parts(exported.workbook)
    empty = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
    write_parts(exported.workbook, {"xl/worksheets/_rels/sheet3.xml.rels": empty, **parts})
    _damage(exported, part, how)
    _refused_naming(exported, part)


@pytest.mark.parametrize("how", [_GONE, _HALF])
def test_what_moves_with_the_rows_is_needed(exported: Bench, how: str) -> None:
    """The comments on the invoices cannot be read: an “unexpected error” comes once the letters are printed."""
    exported.write(("FA2026-0296", "Par courrier", "x"))
    edit(exported, lambda book: setattr(book["Relances"]["D8"], "comment", Comment("à rappeler", "AB")))
    part = next(name for name in read_parts(exported.workbook) if "comment" in name and name.endswith(".xml"))
    _damage(exported, part, how)
    _refused_naming(exported, part)


def test_a_part_of_a_users_sheet_that_looks_at_ours_is_needed(exported: Bench) -> None:
    """A sheet with formulas over our list is cut short: the workbook cannot be written once the letters are printed."""
    exported.write(("FA2026-0296", "Par courrier", "x"))

    edit(exported, lambda book: book.create_sheet("Suivi").append(["=SUM(Relances!I6:I45)"]))
    parts = read_parts(exported.workbook)
    part = sheet_part(parts, "Suivi")
    write_parts(exported.workbook, {**parts, part: parts[part].removesuffix(b"</worksheet>")})
    _refused_naming(exported, part)


@pytest.mark.parametrize("how", [_GONE, _EMPTY, _HALF])
def test_a_drawing_that_is_damaged_stops_nothing(exported: Bench, how: str) -> None:
    """A picture's part is lost or damaged, and no letter can be sent any more, nor the list be brought up to date."""
    exported.write(("FA2026-0296", "Par courrier", "x"))
    parts = read_parts(exported.workbook)
    part = sheet_part(parts, "Relances")
    links = part.replace("worksheets/", "worksheets/_rels/") + ".rels"
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing"
    link = f'<Relationship Id="rId77" Type="{kind}" Target="../drawings/drawing77.xml"/>'
    parts[links] = f'<Relationships xmlns="{space}">{link}</Relationships>'.encode()
    drawing = (
        b'<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"><xdr:twoCellAnchor>'
    )
    write_parts(exported.workbook, {**parts, "xl/drawings/drawing77.xml": drawing})
    _damage(exported, "xl/drawings/drawing77.xml", how)
    assert run_here(exported, "check").code == 0
    assert run_here(exported, "send", "--yes").code == 0
    exported.pay("FA2026-0309")
    exported.add("FA2026-0900")
    assert run_here(exported, "export").code == 0
    assert run_here(exported, "doctor").out.count("✗") == 0


def _in_capitals(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    def spelled(name: str) -> str:
        return name.replace("xl/worksheets/", "XL/Worksheets/").replace("xl/styles", "xl/Styles")

    return {spelled(name): data for name, data in parts.items()}


def _as_usual(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the parts as openpyxl finds them, which knows no other capitals."""

    def spelled(name: str) -> str:
        return name.replace("XL/Worksheets/", "xl/worksheets/").replace("xl/Styles", "xl/styles")

    return {spelled(name): data for name, data in parts.items()}


def test_names_of_parts_in_other_capitals_are_read(exported: Bench) -> None:
    """A program writes `XL/Worksheets`, which every spreadsheet opens: here it is an “unexpected error”, or parts double."""
    exported.write(("FA2026-0296", "Par courrier", "x"), ("FA2026-0187", "Commentaire", "vu"))
    write_parts(exported.workbook, _in_capitals(read_parts(exported.workbook)))
    assert run_here(exported, "check", "--json").data["counts"]["planned"] == 1
    assert run_here(exported, "send", "--yes").code == 0
    exported.pay("FA2026-0309")
    assert run_here(exported, "export").code == 0
    names = set(read_parts(exported.workbook))
    assert "XL/Worksheets/sheet1.xml" in names
    assert len({name.casefold() for name in names}) == len(names)
    write_parts(exported.workbook, _as_usual(read_parts(exported.workbook)))
    assert exported.row("FA2026-0187")["Commentaire"] == "vu"
    assert [row["N° facture"] for row in exported.rows("Historique")] == ["FA2026-0296"]
