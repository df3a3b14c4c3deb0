"""What the user put around our list (charts, pictures, pivot tables, formulas) stays with the rows it belongs to."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from lxml import etree
from openpyxl.utils import column_index_from_string

from tests.support.full_workbook import (
    CONTROL,
    POSTED,
    SHARED_ROWS,
    SHARED_START,
    rows_by_invoice,
    sheet_part,
)
from tests.support.ooxml import tag
from tests.support.places import CURRENCY, LAST, OPEN, OWN_1
from tests.workbook.rows.test_full_workbook import Story, _formulas, _root, anchor_rows, put, refreshed, story

__all__ = ["story"]

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_ANCHORS = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_VML = "{urn:schemas-microsoft-com:office:excel}"
_PLACE = column_index_from_string(CONTROL) - 1
#: Where the form control's box stands, between two rows.
_BOX = f"{_PLACE}, 0, {{}}, 0, {_PLACE + 2}, 0, {{}}, 0"


def invoices(parts: Mapping[str, bytes]) -> dict[int, str]:
    return {row: invoice for invoice, row in rows_by_invoice(parts).items()}


def test_a_shared_formula_of_another_sheet_leads_to_the_right_invoices(story: Story) -> None:
    """A formula filled down on a sheet of the user's (Excel stores it once) shows other invoices after a row left."""
    after = story.parts["again"]
    formulas, rows = _formulas(_root(after, "Suivi")), rows_by_invoice(after)
    by_row = invoices(story.parts["built"])
    for offset, row in enumerate(SHARED_ROWS):
        invoice = by_row[SHARED_START + offset]
        wanted = f"Relances!{OPEN}{rows[invoice]}" if invoice in rows else "Relances!#REF!"
        assert formulas[f"D{row}"] == wanted, f"D{row}"


def test_a_sheet_of_the_users_keeps_its_extent(story: Story) -> None:
    """A sheet of the user's whose cells start at A2 says A1 after an export: a part changes that nothing moved."""
    before, after = story.of("export")
    extents = [_root(parts, "Suivi").find(tag("dimension")) for parts in (before, after)]
    assert [one.get("ref") for one in extents if one is not None] == ["A2:D15", "A2:D15"]


# (a)
@pytest.mark.parametrize("number", [901, 902, 903])
@pytest.mark.parametrize("paid", [True, False])
def test_a_chart_of_the_users_follows_the_rows_it_shows(tmp_path: Path, number: int, paid: bool) -> None:
    """The user's chart of our list shows a blank row too many after one left, or lacks the new invoice."""
    before, after = refreshed(tmp_path, paid=paid, new=not paid)
    part = f"xl/charts/chart{number}.xml"
    last = max(rows_by_invoice(before).values())
    assert (
        etree.fromstring(after[part]).findtext(f".//{_CHART}f")
        == f"Relances!${OPEN}$6:${OPEN}${last + (not paid) - paid}"
    )


def test_a_chart_of_single_cells_stays_with_their_invoices(tmp_path: Path) -> None:
    """The user's chart of a few invoices shows other customers' figures after a row left."""

    def change(parts: dict[str, bytes]) -> None:
        row = rows_by_invoice(parts)[POSTED]
        name = "xl/charts/chart903.xml"
        areas = f"(Relances!${OPEN}${row},Relances!${OPEN}${row + 3}:${OPEN}${row + 4})".encode()
        parts[name] = re.sub(rb"<c:f>[^<]*</c:f>", b"<c:f>" + areas + b"</c:f>", parts[name])

    before, after = refreshed(tmp_path, change)
    old, rows = invoices(before), rows_by_invoice(after)
    first = rows_by_invoice(before)[POSTED]
    one, two, three = (rows[old[row]] for row in (first, first + 3, first + 4))
    found = etree.fromstring(after["xl/charts/chart903.xml"]).findtext(f".//{_CHART}f")
    assert found == f"(Relances!${OPEN}${one},Relances!${OPEN}${two}:${OPEN}${three})"


def test_a_text_box_that_shows_a_cell_follows_it(tmp_path: Path) -> None:
    """A text box linked to an invoice's amount (=Relances!I9) shows another customer's amount after a row left."""

    def change(parts: dict[str, bytes]) -> None:
        row = rows_by_invoice(parts)[POSTED]
        for number in (901, 903):
            name = f"xl/drawings/drawing{number}.xml"
            parts[name] = parts[name].replace(b'textlink=""', f'textlink="Relances!${OPEN}${row}"'.encode())

    _before, after = refreshed(tmp_path, change)
    wanted = f"Relances!${OPEN}${rows_by_invoice(after)[POSTED]}"
    for number in (901, 903):
        shapes = etree.fromstring(after[f"xl/drawings/drawing{number}.xml"]).iter(f"{_ANCHORS}sp")
        assert {shape.get("textlink") for shape in shapes} == {wanted}, number


# (b)
@pytest.mark.parametrize("kind", ["", "twoCell", "oneCell"])
def test_what_is_drawn_beside_an_invoice_moves_with_it(tmp_path: Path, kind: str) -> None:
    """The user's picture, text box or chart beside an invoice stands beside another one after a row left."""

    def change(parts: dict[str, bytes]) -> None:
        name, attribute = "xl/drawings/drawing901.xml", f' editAs="{kind}"'.encode() if kind else b""
        parts[name] = parts[name].replace(b"<xdr:twoCellAnchor>", b"<xdr:twoCellAnchor" + attribute + b">")

    before, after = refreshed(tmp_path, change)
    old, rows = invoices(before), rows_by_invoice(after)
    expected = [[rows.get(old.get(row, ""), row) for row in anchor] for anchor in anchor_rows(before)]
    assert expected != anchor_rows(before)
    # What begins above the list and ends on a row that left ends on the one that came up there.
    header, *others = anchor_rows(after)
    assert header == anchor_rows(before)[0]
    assert others == expected[1:]


# (c)
@pytest.mark.parametrize(("paid", "new"), [(True, False), (False, True), (True, True)])
def test_a_pivot_table_reads_the_whole_list(tmp_path: Path, paid: bool, new: bool) -> None:
    """The user's pivot table of our list counts a blank row, or leaves new invoices out, once the list has changed."""

    def change(parts: dict[str, bytes]) -> None:
        name = "xl/pivotCache/pivotCacheDefinition1.xml"
        parts[name] = parts[name].replace(f'ref="{CURRENCY}5:{CURRENCY}'.encode(), f'ref="A5:{LAST}'.encode())

    _before, after = refreshed(tmp_path, change, paid=paid, new=new)
    (source,) = etree.fromstring(after["xl/pivotCache/pivotCacheDefinition1.xml"]).iter(tag("worksheetSource"))
    assert source.get("ref") == f"A5:{LAST}{max(rows_by_invoice(after).values())}"


# (d)
def test_formulas_of_whole_rows_follow(tmp_path: Path) -> None:
    """A formula of whole rows (Relances!11:11), on a sheet of the user's or ours, looks at another invoice's row."""
    formulas = {"E3": "COUNTA(Relances!11:11)", "E4": "COUNTA('Relances'!$11:$12)", "E5": "COUNTA(Relances!8:8)"}
    _before, after = refreshed(tmp_path, put("Suivi", formulas))
    found = _formulas(_root(after, "Suivi"))
    assert {cell: found[cell] for cell in formulas} == {
        "E3": "COUNTA(Relances!10:10)",
        "E4": "COUNTA('Relances'!$10:$11)",
        "E5": "COUNTA(Relances!#REF!)",
    }


def test_formulas_of_whole_rows_follow_on_our_sheet(tmp_path: Path) -> None:
    """The user's formula above our list that looks at a whole row looks at another invoice's row."""
    _before, after = refreshed(tmp_path, put("Relances", {"AE3": "COUNTA(11:11)", "AE4": "COUNTA(Relances!$11:$12)"}))
    found = _formulas(_root(after, "Relances"))
    assert (found["AE3"], found["AE4"]) == ("COUNTA(10:10)", "COUNTA(Relances!$10:$11)")


def test_ranges_put_together_from_two_ends_follow(tmp_path: Path) -> None:
    """A formula whose range ends in a full address or a function leads to other invoices after a row left."""
    formulas = {
        "E3": f"SUM(Relances!{OPEN}11:Relances!{OPEN}12)",
        "E4": f"SUM(Relances!{OPEN}11:INDEX(Relances!{OPEN}:{OPEN},12))",
    }
    _before, after = refreshed(tmp_path, put("Suivi", formulas))
    found = _formulas(_root(after, "Suivi"))
    assert {cell: found[cell] for cell in formulas} == {
        "E3": f"SUM(Relances!{OPEN}10:Relances!{OPEN}11)",
        "E4": f"SUM(Relances!{OPEN}10:INDEX(Relances!{OPEN}:{OPEN},12))",
    }


@pytest.mark.parametrize(
    ("node", "before"),
    [
        (f'<protectedRanges><protectedRange sqref="{OWN_1}{{0}}" name="Saisie"/></protectedRanges>', "autoFilter"),
        (f'<cellWatches><cellWatch r="{OPEN}{{0}}"/></cellWatches>', "drawing"),
        (f'<ignoredErrors><ignoredError sqref="{OWN_1}{{0}}" numberStoredAsText="1"/></ignoredErrors>', "drawing"),
    ],
    ids=["protected range", "watched cell", "ignored error"],
)
def test_what_the_user_set_for_one_cell_follows_it(tmp_path: Path, node: str, before: str) -> None:
    """A cell the user unlocked, watches, or had its green corner taken away, is another invoice's after a row left."""

    def change(parts: dict[str, bytes]) -> None:
        part, row = sheet_part(parts, "Relances"), rows_by_invoice(parts)[POSTED]
        text = parts[part].decode()
        assert text.count(f"<{before} ") == 1
        parts[part] = text.replace(f"<{before} ", node.format(row) + f"<{before} ").encode()

    _before, after = refreshed(tmp_path, change)
    name = re.findall(r"<(\w+) ", node)[0]
    (found,) = _root(after, "Relances").iter(tag(name))
    assert re.sub(r"\D", "", str(found.get("sqref") or found.get("r"))) == str(rows_by_invoice(after)[POSTED])


# (d)
def test_a_tick_box_beside_an_invoice_stays_with_it(tmp_path: Path) -> None:
    """A form control beside an invoice stands beside another after a row left, and ticks that one's cell."""

    def change(parts: dict[str, bytes]) -> None:
        row = rows_by_invoice(parts)[POSTED]
        part, vml = sheet_part(parts, "Relances"), "xl/drawings/vmlDrawing901.vml"
        old_rows = b"<xdr:row>2</xdr:row>", b"<xdr:row>3</xdr:row>"
        for one, number in zip(old_rows, (row - 1, row), strict=True):
            assert parts[part].count(one) == 1
            parts[part] = parts[part].replace(one, b"<xdr:row>%d</xdr:row>" % number)
        box = _BOX.format(row - 1, row).encode()
        old, new = f"${CONTROL}$2".encode(), f"${CONTROL}${row}".encode()
        parts[vml] = parts[vml].replace(_BOX.format(2, 3).encode(), box).replace(old, new)
        control = "xl/ctrlProps/ctrlProp1.xml"
        parts[control] = parts[control].replace(old, new)

    before, after = refreshed(tmp_path, change)
    row = rows_by_invoice(after)[POSTED]
    assert row != rows_by_invoice(before)[POSTED]
    assert etree.fromstring(after["xl/ctrlProps/ctrlProp1.xml"]).get("fmlaLink") == f"${CONTROL}${row}"
    vml = etree.fromstring(after["xl/drawings/vmlDrawing901.vml"])
    assert [node.text for node in vml.iter(f"{_VML}FmlaLink")] == [f"${CONTROL}${row}"]
    boxes = [
        node.findtext(f"{_VML}Anchor") for node in vml.iter(f"{_VML}ClientData") if node.get("ObjectType") != "Note"
    ]
    assert boxes == [_BOX.format(row - 1, row)]
    (anchor,) = _root(after, "Relances").iter(tag("anchor"))
    assert [int(str(node.text)) for node in anchor.iter(f"{_ANCHORS}row")] == [row - 1, row]


def test_a_control_fixed_to_the_page_stays_where_it_is(tmp_path: Path) -> None:
    """A button that the user fixed to the page, above or beside the list, wanders when invoices leave."""

    def change(parts: dict[str, bytes]) -> None:
        part, vml = sheet_part(parts, "Relances"), "xl/drawings/vmlDrawing901.vml"
        parts[part] = parts[part].replace(b' moveWithCells="1"', b"").replace(b"<xdr:row>3<", b"<xdr:row>30<")
        old = f"<x:Anchor>{_BOX.format(2, 3)}</x:Anchor>".encode()
        assert parts[vml].count(old) == 1
        parts[vml] = parts[vml].replace(old, b"<x:MoveWithCells/>" + old.replace(b" 3, 0<", b" 30, 0<"))

    _before, after = refreshed(tmp_path, change)
    assert _BOX.format(2, 30).encode() in after["xl/drawings/vmlDrawing901.vml"]
    (anchor,) = _root(after, "Relances").iter(tag("anchor"))
    assert [node.text for node in anchor.iter(f"{_ANCHORS}row")] == ["2", "30"]
