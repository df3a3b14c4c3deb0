"""A workbook full of what users put into one: export and send touch only what is ours, and what moved with it."""

import re
import shutil
import subprocess
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree
from openpyxl import load_workbook
from openpyxl.formula.translate import Translator

from relance_xl.letters.libreoffice import find_libreoffice
from tests.support.bench import Bench
from tests.support.full_workbook import (
    CONTROL,
    DASHBOARD,
    FILTERED,
    FIRST,
    MAILED,
    NEW,
    NEW_LINE,
    NOTED,
    OUR_SHEETS,
    OWN_COLUMNS,
    OWN_FORMULAS,
    PAID,
    POSTED,
    REFERENCES,
    SPARKLINES,
    THREADED,
    build,
    change_of,
    expected_formula,
    forgotten,
    our_charts,
    own_style,
    pay_and_add,
    read_parts,
    rows_by_invoice,
    sheet_part,
    type_ticks,
    without_references,
    without_values,
    write_parts,
)
from tests.support.ooxml import RELATION, faults, tag
from tests.support.places import BY_EMAIL, CUSTOMER, DUE, LAST, OPEN, OVERDUE, OWN_1, OWN_2, OWN_3, POST, TOTAL

_XM = "{http://schemas.microsoft.com/office/excel/2006/main}"
_X14 = "{http://schemas.microsoft.com/office/spreadsheetml/2009/9/main}"
_VML = "{urn:schemas-microsoft-com:office:excel}"
_ANCHORS = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_THREADED = "{http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments}threadedComment"
#: Each of our writes: its name, the workbook before it, the workbook after it.
WRITES = {"export": ("built", "exported"), "send": ("ticked", "sent"), "again": ("sent", "again")}
write = pytest.mark.parametrize("write", WRITES)
#: What our own rows make us write on Relances; the tests below look into each of them.
_MOVING = {"sheetData", "dimension", "autoFilter", "conditionalFormatting", "dataValidations", "hyperlinks",
           "rowBreaks", "extLst"}  # fmt: skip


@dataclass(frozen=True, repr=False)
class Story:
    """A workbook at each step of its life, as a file and as parts."""

    files: Mapping[str, Path]
    parts: Mapping[str, Mapping[str, bytes]]

    def of(self, write: str) -> tuple[Mapping[str, bytes], Mapping[str, bytes]]:
        """Return the parts before and after one of our writes."""
        before, after = WRITES[write]
        return self.parts[before], self.parts[after]

    @property
    def last(self) -> int:
        """The last row of the list when the workbook was built."""
        return max(rows_by_invoice(self.parts["built"]).values())

    def end(self, step: str) -> int:
        """Return the last row of the list at a step: what held the whole list holds it still."""
        return max(rows_by_invoice(self.parts[step]).values())


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Live through it once: built, exported with one invoice paid and one new, ticked, sent, exported again."""
    folder = tmp_path_factory.mktemp("torture")
    bench = Bench(folder / "dossier")
    assert bench.run("init", "--sample").code == 0
    assert bench.run("export").code == 0
    files = {}

    def keep(step: str) -> None:
        files[step] = folder / f"{step}.xlsx"
        shutil.copy(bench.workbook, files[step])

    build(bench.workbook)
    keep("built")
    pay_and_add(bench)
    done = bench.json("export")
    assert (done.code, done.data["added"], done.data["closed"]) == (0, [NEW], [PAID])
    keep("exported")
    type_ticks(bench.workbook, {POSTED: POST, MAILED: BY_EMAIL})
    keep("ticked")
    sent = bench.json("send", "--yes")
    assert (sent.code, sent.data["counts"]) == (0, {"printed": 1, "accepted": 1})
    keep("sent")
    assert bench.run("export").code == 0
    keep("again")
    return Story(files, {step: read_parts(path) for step, path in files.items()})


def _canonical(node: etree._Element) -> bytes:
    return etree.tostring(node, method="c14n", exclusive=True)


def _root(parts: Mapping[str, bytes], title: str) -> etree._Element:
    return etree.fromstring(parts[sheet_part(parts, title)])


def _cells(root: etree._Element) -> dict[str, etree._Element]:
    return {str(cell.get("r")): cell for cell in root.iter(tag("c"))}


def _formulas(root: etree._Element) -> dict[str, str]:
    """Return every formula of a sheet, those shared down the rows written out."""
    found, masters = {}, {}
    for cell in root.iter(tag("c")):
        node, at = cell.find(tag("f")), str(cell.get("r"))
        if node is not None and node.get("t") == "shared" and node.text:
            masters[node.get("si")] = (node.text, at)
        if node is not None and not node.text:
            text, origin = masters[node.get("si")]
            found[at] = str(Translator(f"={text}", origin).translate_formula(at))[1:]
        elif node is not None:
            found[at] = str(node.text)
    return found


def _own(parts: Mapping[str, bytes]) -> Iterator[tuple[str, str, int]]:
    """Yield each own column with each invoice that was there from the start, and its row."""
    for invoice, row in rows_by_invoice(parts).items():
        if invoice != NEW:
            yield from ((column, invoice, row) for column in OWN_COLUMNS)


def refreshed(
    folder: Path, change: Callable[[dict[str, bytes]], None] | None = None, *, paid: bool = True, new: bool = False
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the torture workbook, changed further, before and after an export with one invoice paid, or one new."""
    bench = Bench(folder / "dossier")
    assert bench.run("init", "--sample").code == 0
    assert bench.run("export").code == 0
    build(bench.workbook)
    if change:
        parts = read_parts(bench.workbook)
        change(parts)
        write_parts(bench.workbook, parts)
    before = read_parts(bench.workbook)
    path = bench.root / "impayes.csv"
    lines = [line for line in path.read_bytes().split(b"\r\n") if line]
    if paid:
        lines = [line for line in lines if not line.startswith(f"{PAID};".encode())]
    if new:
        lines.append(NEW_LINE.encode("cp1252"))
    path.write_bytes(b"\r\n".join([*lines, b""]))
    done = bench.json("export")
    assert (done.code, done.data["added"], done.data["closed"]) == (0, [NEW] * new, [PAID] * paid)
    return before, read_parts(bench.workbook)


def put(title: str, formulas: Mapping[str, str]) -> Callable[[dict[str, bytes]], None]:
    """Return what writes formulas into a sheet, each behind the last cell of its row."""

    def change(parts: dict[str, bytes]) -> None:
        text = parts[sheet_part(parts, title)].decode()
        for cell, formula in formulas.items():
            row = re.sub(r"\D", "", cell)
            node = f'<c r="{cell}"><f>{formula}</f><v>0</v></c>'
            text, count = re.subn(rf'(<row r="{row}"(?:(?!</row>).)*)</row>', rf"\g<1>{node}</row>", text)
            assert count == 1, cell
        parts[sheet_part(parts, title)] = text.encode()

    return change


def anchor_rows(parts: Mapping[str, bytes], number: int = 901) -> list[list[int]]:
    """Return the rows between which each thing of a drawing stands."""
    root = etree.fromstring(parts[f"xl/drawings/drawing{number}.xml"])
    return [[int(node.text or "") + 1 for node in one.iter(f"{_ANCHORS}row")] for one in root]


@write
def test_every_part_that_is_not_ours_keeps_its_bytes(story: Story, write: str) -> None:
    """Export or send drops, rewrites or reorders a picture, chart, pivot table, macro or other part of the user's."""
    before, after = story.of(write)
    changes = {part: change_of(part, before, after) for part in {**before, **after}}
    assert {part: change for part, change in changes.items() if change.upper() == change} == {}
    assert [part for part in before if part in after] == [part for part in after if part in before]
    assert set(before) - set(after) == ({"xl/calcChain.xml"} if write == "export" else set())
    if write != "export":
        # No row left or moved: nothing has anything to follow.
        assert [
            part for part, change in changes.items() if change in {"references followed", "moved with its row"}
        ] == []


def test_a_second_export_changes_nothing_of_the_users(story: Story) -> None:
    """Every export rewrites parts of the user's again, although nothing happened to the invoices."""
    before, after = story.of("again")
    allowed = {sheet_part(before, title) for title in ("Relances", "Clients", DASHBOARD, "Historique", "Listes")}
    allowed |= {part.replace("worksheets/", "worksheets/_rels/") + ".rels" for part in allowed}
    allowed |= our_charts(before) | {"xl/workbook.xml"}
    assert {part for part in before if before[part] != after[part]} <= allowed


@write
def test_sheets_that_no_write_has_to_touch_keep_their_bytes(story: Story, write: str) -> None:
    """A card, or the instructions, loses what the user changed in it: a colour, a width, a line of his own."""
    before, after = story.of(write)
    for title in ("Fiche client", "Fiche facture", "Mode d'emploi"):
        part = sheet_part(before, title)
        assert before[part] == after[part], title


@write
def test_own_columns_keep_value_style_and_formula(story: Story, write: str) -> None:
    """A user's own column loses a text, its rich text, a number, its format, or its formula leads to another row."""
    step = WRITES[write][1]
    built, after = story.parts["built"], story.parts[step]
    old_rows, old_cells, cells = (
        rows_by_invoice(built),
        _cells(_root(built, "Relances")),
        _cells(_root(after, "Relances")),
    )
    formulas = _formulas(_root(after, "Relances"))
    for column, invoice, row in _own(after):
        old, new = old_cells[f"{column}{old_rows[invoice]}"], cells[f"{column}{row}"]
        assert (new.get("s"), new.get("t")) == (old.get("s"), old.get("t")), new.get("r")
        # A share of the whole list's total is another one since the first export.
        kept = None if column == OWN_COLUMNS[3] else old.findtext(tag("v"))
        assert new.findtext(tag("v")) == kept, new.get("r")
        if column in OWN_FORMULAS:
            assert formulas[f"{column}{row}"] == OWN_FORMULAS[column].format(row=row, last=story.end(step))
    assert cells[f"{CONTROL}2"].findtext(tag("v")) == "1"


def test_own_columns_continue_into_a_new_row(story: Story) -> None:
    """A new invoice's row lacks the user's formula or format, or shows another row's text."""
    parts = story.parts["exported"]
    row, cells = rows_by_invoice(parts)[NEW], _cells(_root(parts, "Relances"))
    formulas = _formulas(_root(parts, "Relances"))
    assert row == story.last
    for column in OWN_FORMULAS:
        assert formulas[f"{column}{row}"] == OWN_FORMULAS[column].format(row=row, last=story.end("exported"))
    assert cells[f"{OWN_3}{row}"].get("s") == cells[f"{OWN_2}{row}"].get("s") == own_style(parts)
    for column in (OWN_COLUMNS[0], OWN_COLUMNS[-1]):
        assert f"{column}{row}" not in cells or not len(cells[f"{column}{row}"])


def _looks(parts: Mapping[str, bytes]) -> dict[int, list[str | None]]:
    kept = ("hidden", "outlineLevel", "ht", "customHeight", "collapsed")
    found: dict[int, list[str | None]] = {}
    for row in _root(parts, "Relances").iter(tag("row")):
        found[int(str(row.get("r")))] = [row.get(one) for one in kept]
    return found


@write
def test_rows_keep_how_they_look(story: Story, write: str) -> None:
    """A row that was hidden, grouped or made higher passes that on to another invoice's row."""
    before, after = story.of(write)
    old, new = _looks(before), _looks(after)
    rows = rows_by_invoice(after)
    for invoice, row in rows_by_invoice(before).items():
        if invoice in rows:
            assert new[rows[invoice]] == old[row], invoice
    assert new[rows[FILTERED]][0] == "1"


@pytest.mark.parametrize("title", ["Relances", "Historique"])
@write
def test_what_surrounds_our_cells_stays(story: Story, write: str, title: str) -> None:
    """Frozen panes, widths, hidden columns, protection, controls, drawings or printing of our sheets are lost."""
    children = []
    for parts in story.of(write):
        root = _root(parts, title)
        others = [node for node in root if etree.QName(node).localname not in _MOVING]
        children.append((sorted(map(str, root.attrib.values())), [_canonical(node) for node in others]))
    assert children[0] == children[1]


@write
def test_filter_and_sort_order_stay(story: Story, write: str) -> None:
    """A filter, its criteria or the sort order over our list is lost, or does not reach the columns the user added."""
    after = story.of(write)[1]
    (node,) = _root(after, "Relances").iterchildren(tag("autoFilter"))
    end = max(rows_by_invoice(after).values())
    assert node.get("ref") == f"A5:{OWN_COLUMNS[-1]}{end}"
    assert node.find(f"{tag('filterColumn')}/{tag('filters')}") is not None
    (sort,) = node.iterchildren(tag("sortState"))
    assert (sort.get("ref"), sort[0].get("ref")) == (f"A6:{OWN_COLUMNS[-1]}{end}", f"{DUE}6:{DUE}{end}")


@write
def test_the_hidden_name_of_the_filter_is_as_wide_as_the_filter(story: Story, write: str) -> None:
    """Excel finds the filter and its hidden name at odds, and repairs the workbook by dropping the filter."""
    after = story.of(write)[1]
    book = etree.fromstring(after["xl/workbook.xml"])
    end = max(rows_by_invoice(after).values())
    (name,) = (
        n
        for n in book.iter(tag("definedName"))
        if n.get("name") == "_xlnm._FilterDatabase" and n.get("localSheetId") == "1"
    )
    assert name.text == f"'Relances'!$A$5:${OWN_COLUMNS[-1]}${end}"


def test_page_breaks_stay_behind_their_invoice(story: Story) -> None:
    """A page break the user set by hand jumps to another invoice when a row leaves."""
    at_break = {row: invoice for invoice, row in rows_by_invoice(story.parts["built"]).items()}[25]
    after = story.parts["again"]
    (node,) = _root(after, "Relances").iter(tag("rowBreaks"))
    assert [one.get("id") for one in node] == [str(rows_by_invoice(after)[at_break])]


@write
def test_own_rules_stay(story: Story, write: str) -> None:
    """The user's own colours or data bar on our list are lost, shifted, or leave the new row out."""
    step = WRITES[write][1]
    root = _root(story.parts[step], "Relances")
    rules = {str(rule.get("priority")): rule for rule in root.iter(tag("cfRule"))}
    end = max(rows_by_invoice(story.parts[step]).values())
    for priority, column in (("40", OWN_1), ("41", TOTAL)):
        parent = rules[priority].getparent()
        assert parent is not None
        assert parent.get("sqref") == f"{column}6:{column}{end}"
    assert rules["40"].findtext(tag("formula")) == f"${OPEN}6>1000"
    (extended,) = root.iter(f"{_X14}conditionalFormatting")
    assert extended.findtext(f"{_XM}sqref") == f"{TOTAL}6:{TOTAL}{end}"
    validation, _single = root.iter(f"{_X14}dataValidation")
    assert validation.findtext(f"{_XM}sqref") == f"{OWN_1}6:{OWN_1}{end}"
    assert validation.findtext(f"{_X14}formula1/{_XM}f") == "Suivi!$A$3:$A$9"


def test_a_list_for_one_row_follows_its_invoice(story: Story) -> None:
    """A dropdown fed from another sheet (Excel keeps it apart) stays where its invoice's row was."""
    after = story.parts["again"]
    _column, single = _root(after, "Relances").iter(f"{_X14}dataValidation")
    assert single.findtext(f"{_XM}sqref") == f"{OWN_2}{rows_by_invoice(after)[THREADED]}"
    assert single.findtext(f"{_X14}formula1/{_XM}f") == "Suivi!$B$3:$B$9"


def test_sparklines_follow_their_rows(story: Story) -> None:
    """The small charts beside the list are lost, show another invoice's figures, or cover more than their cell."""
    after = story.parts["again"]
    lines = {
        str(node.findtext(f"{_XM}sqref")): node.findtext(f"{_XM}f")
        for node in _root(after, "Relances").iter(f"{_X14}sparkline")
    }
    rows = [row for invoice, row in rows_by_invoice(after).items() if invoice != NEW]
    expected = {f"{SPARKLINES}{row}": f"Relances!{OVERDUE}{row}:{OPEN}{row}" for row in rows}
    assert {at: formula for at, formula in lines.items() if at in expected} == expected


@write
def test_links_notes_and_comments_follow_their_invoice(story: Story, write: str) -> None:
    """A user's link, note or threaded comment ends up on another customer's row."""
    after = story.of(write)[1]
    rows, part = rows_by_invoice(after), sheet_part(after, "Relances")
    rels = etree.fromstring(after[part.replace("sheets/", "sheets/_rels/") + ".rels"])
    (own,) = (link.get("Id") for link in rels if link.get("Target") == "https://example.com/suivi")
    (link,) = (n for n in _root(after, "Relances").iter(tag("hyperlink")) if n.get(f"{{{RELATION}}}id") == own)
    assert (link.get("ref"), link.get("tooltip")) == (f"{OWN_1}{rows['FA2026-0195']}", "à moi")
    notes = [n.get("ref") for n in etree.fromstring(after["xl/comments901.xml"]).iter(tag("comment"))]
    assert notes == [f"{CUSTOMER}{rows[NOTED]}", f"{CUSTOMER}{rows[THREADED]}"]
    threads = etree.fromstring(after["xl/threadedComments/threadedComment1.xml"]).iter(_THREADED)
    assert {node.get("ref") for node in threads} == {f"{CUSTOMER}{rows[THREADED]}"}
    vml = etree.fromstring(after["xl/drawings/vmlDrawing901.vml"])
    assert [node.text for node in vml.iter(f"{_VML}Row")] == [str(rows[NOTED] - 1), str(rows[THREADED] - 1)]
    assert [node.text for node in vml.iter(f"{_VML}FmlaLink")] == [f"${CONTROL}$2"]


@write
def test_other_sheets_lead_to_the_right_invoice(story: Story, write: str) -> None:
    """A formula on a sheet of the user's shows another invoice after a row left."""
    step = WRITES[write][1]
    after = story.parts[step]
    formulas, rows = _formulas(_root(after, "Suivi")), rows_by_invoice(after)
    expected = {one.cell: expected_formula(one, rows, story.end(step)) for one in REFERENCES}
    assert {at: formulas[at] for at in expected} == expected
    assert _formulas(_root(after, "Analyse"))["F2"] == f"[1]Feuil1!$A$1+Relances!{OPEN}{rows[THREADED]}"


def test_rules_and_lists_of_other_sheets_follow(story: Story) -> None:
    """A colour rule or a dropdown on a sheet of the user's, fed from our list, looks at other rows after a row left."""
    step = "again"
    root, rows = _root(story.parts[step], "Suivi"), rows_by_invoice(story.parts[step])
    (rule,) = root.iter(tag("cfRule"))
    assert rule.findtext(tag("formula")) == f"Relances!${OPEN}${rows[POSTED]}>0"
    (validation,) = root.iter(f"{_X14}dataValidation")
    assert validation.findtext(f"{_X14}formula1/{_XM}f") == f"Relances!${CUSTOMER}$6:${CUSTOMER}${story.end(step)}"


@pytest.mark.parametrize("title", ["Suivi", "Analyse"])
@write
def test_the_users_own_sheets_change_in_formulas_only(story: Story, write: str, title: str) -> None:
    """Protection, filter, groups, page breaks, slicer or a cell of a sheet of the user's is lost."""
    before, after = story.of(write)
    part = sheet_part(before, title)
    # What looks at the paid invoice's cells, or at all of the list, is to be calculated anew; nothing else.
    gone = {"D4", "B5", "B7", "B8", "B9", "B11"} if (write, title) == ("export", "Suivi") else set()
    assert forgotten(before[part], after[part]) == gone
    assert without_references(without_values(before[part], gone)) == without_references(after[part])


@write
def test_the_workbook_part_keeps_what_is_not_ours(story: Story, write: str) -> None:
    """Names, pivot caches, slicers, links or settings of the whole workbook are lost or rewritten."""
    before, after = (etree.fromstring(parts["xl/workbook.xml"]) for parts in story.of(write))

    def others(root: etree._Element) -> list[bytes]:
        return [_canonical(node) for node in root if etree.QName(node).localname not in {"definedNames", "calcPr"}]

    def names(root: etree._Element) -> list[tuple[dict[str, str], str | None]]:
        own = ("MesCreances", "Segment_Devise", "_xlnm.Print_Area")
        every = root.iter(tag("definedName"))
        return [({str(k): str(v) for k, v in n.attrib.items()}, n.text) for n in every if n.get("name") in own]

    assert others(before) == others(after)
    end = story.end(WRITES[write][1])
    assert names(after) == [
        ({"name": "MesCreances", "comment": "à moi"}, f"Relances!${OPEN}$6:${OPEN}${end}"),
        ({"name": "_xlnm.Print_Area", "localSheetId": "1"}, f"Relances!$A$1:${LAST}${end}"),
        ({"name": "Segment_Devise"}, "#N/A"),
    ]
    assert after.find(tag("calcPr")) is not None


def test_formulas_through_several_sheets_stay(tmp_path: Path) -> None:
    """A formula through a stack of sheets (Analyse:Suivi!A11) is moved or broken: one sheet's rows move it in no Excel."""
    formulas = {
        "E3": "SUM(Analyse:Suivi!A11)",
        "E4": "SUM('Analyse:Suivi'!$A$11:$A$12)",
        "E5": "SUM(Relances:Suivi!A8)",
    }
    _before, after = refreshed(tmp_path, put("Suivi", formulas))
    found = _formulas(_root(after, "Suivi"))
    assert {cell: found[cell] for cell in formulas} == formulas


def test_the_many_ways_to_name_a_cell_follow(tmp_path: Path) -> None:
    """A formula in one of the forms that Excel writes leads to another invoice after a row left."""
    formulas = {
        "E3": f"SUM((Relances!{OPEN}11,Relances!{OPEN}12))",
        "E4": f"-Relances!{OPEN}11%",
        "E5": f"SUM(Relances!$A11:${LAST}11 Relances!{OPEN}:{OPEN})",
        "E6": "SUM({1,2})+Relances!XFD11",
        "E7": f"[1]Relances!{OPEN}11+'[1]Relances'!{OPEN}11",
        "E8": f"SUM(Relances!{OPEN}8:{OPEN}11)+SUM(Relances!{OPEN}6:{OPEN}8)+SUM(Relances!{OPEN}8:{OPEN}8)",
        "E9": f"_xlfn.ANCHORARRAY(Relances!{OPEN}11)",
    }
    _before, after = refreshed(tmp_path, put("Suivi", formulas))
    found = _formulas(_root(after, "Suivi"))
    assert {cell: found[cell] for cell in formulas} == {
        "E3": f"SUM((Relances!{OPEN}10,Relances!{OPEN}11))",
        "E4": f"-Relances!{OPEN}10%",
        "E5": f"SUM(Relances!$A10:${LAST}10 Relances!{OPEN}:{OPEN})",
        "E6": "SUM({1,2})+Relances!XFD10",
        "E7": f"[1]Relances!{OPEN}11+'[1]Relances'!{OPEN}11",
        "E8": f"SUM(Relances!{OPEN}8:{OPEN}10)+SUM(Relances!{OPEN}6:{OPEN}7)+SUM(Relances!#REF!)",
        "E9": f"_xlfn.ANCHORARRAY(Relances!{OPEN}10)",
    }


def test_what_is_drawn_apart_from_cells_stays_where_it_is(tmp_path: Path) -> None:
    """A picture the user fixed on the page (moves with no cell), or drew on another sheet, moves with our rows."""

    def change(parts: dict[str, bytes]) -> None:
        name = "xl/drawings/drawing901.xml"
        parts[name] = parts[name].replace(b"<xdr:twoCellAnchor>", b'<xdr:twoCellAnchor editAs="absolute">')

    before, after = refreshed(tmp_path, change)
    for number in (901, 902, 903):
        assert anchor_rows(after, number) == anchor_rows(before, number)


@write
def test_nothing_new_to_repair(story: Story, write: str) -> None:
    """Excel says it found unreadable content in a workbook it had no complaint about before."""
    before, after = WRITES[write]
    assert set(faults(story.files[after])) - set(faults(story.files[before])) == set()


def test_the_workbook_itself_is_sound(story: Story) -> None:
    """The torture workbook is no workbook Excel would open: what the other tests find proves little."""
    ours = {f"({title})" for title in OUR_SHEETS}
    own = [fault for fault in faults(story.files["built"]) if not any(title in fault for title in ours)]
    assert own == []


@pytest.mark.parametrize("step", ["built", "exported", "sent", "again"])
def test_openpyxl_opens_it(story: Story, step: str) -> None:
    """A program that reads workbooks with openpyxl can no longer open it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(story.files[step])
    assert book.sheetnames == ["Analyse", *OUR_SHEETS, "Suivi"]
    assert len(list(book["Relances"].iter_rows())) >= FIRST


def test_calc_draws_it_at_every_step(story: Story, tmp_path: Path) -> None:
    """Calc cannot open or print the workbook any more."""
    program = find_libreoffice()
    assert program is not None
    steps = ("built", "exported", "sent", "again")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    order = [str(program), profile, "--headless", "--norestore", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*order, *(str(story.files[step]) for step in steps)], check=True, timeout=240, capture_output=True)
    for step in steps:
        assert (tmp_path / f"{step}.pdf").stat().st_size > 10_000


def test_a_workbook_with_macros_is_refreshed_in_place(tmp_path: Path) -> None:
    """A company that keeps its list as .xlsm cannot use it, or loses its macros."""
    bench = Bench(tmp_path / "dossier")
    assert bench.run("init", "--sample").code == 0
    assert bench.run("export").code == 0
    path = bench.root / "relances.xlsm"
    bench.workbook.rename(path)
    build(path, macros=True)
    bench.setting('workbook = "relances.xlsx"', 'workbook = "relances.xlsm"')
    before = read_parts(path)
    pay_and_add(bench)
    assert bench.run("export").code == 0
    type_ticks(path, {POSTED: POST})
    assert bench.run("send", "--yes").code == 0
    after = read_parts(path)
    assert not bench.workbook.exists()
    assert after["xl/vbaProject.bin"] == before["xl/vbaProject.bin"]
    assert b"macroEnabled" in after["[Content_Types].xml"]
    assert set(before) - set(after) == {"xl/calcChain.xml"}


def test_a_new_xlsm_is_written_as_what_its_name_says(tmp_path: Path) -> None:
    """`export` writes a .xlsm that Excel refuses to open: its content says .xlsx."""
    bench = Bench(tmp_path / "dossier")
    assert bench.run("init", "--sample").code == 0
    bench.setting('workbook = "relances.xlsx"', 'workbook = "relances.xlsm"')
    if bench.run("export").code == 0:
        assert b"macroEnabled" in read_parts(bench.root / "relances.xlsm")["[Content_Types].xml"]
