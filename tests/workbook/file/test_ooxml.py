"""The check of workbooks itself: sound ones pass, every kind of damage is found; then our own workbooks."""

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from benchmarks.workbook import LABELS, ledger_rows
from relance_xl.workbook.new_workbook.skeleton import build_skeleton
from relance_xl.workbook.sheets.history.sheet import LedgerSheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet
from tests.support.bench import Bench
from tests.support.full_workbook import (
    OWN_COLUMNS,
    SPARKLINES,
    build,
    pay_and_add,
    read_parts,
    sheet_part,
    type_ticks,
    write_parts,
)
from tests.support.ooxml import faults
from tests.support.places import BY_EMAIL, CUSTOMER, DUE, LAST, NUMBER, OPEN, POST
from tests.support.schemas import needs_schemas, schema_faults

Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Return workbooks as we write them: new, refreshed (one invoice paid, one new), sent, exported again."""
    folder = tmp_path_factory.mktemp("ooxml")
    bench = Bench(folder / "dossier")
    assert bench.run("init", "--sample").code == 0
    kept = {}

    def keep(step: str) -> None:
        kept[step] = folder / f"{step}.xlsx"
        shutil.copy(bench.workbook, kept[step])

    assert bench.run("export").code == 0
    keep("new")
    pay_and_add(bench)
    assert bench.run("export").code == 0
    keep("refreshed")
    type_ticks(bench.workbook, {"FA2026-0296": POST, "FA2026-0187": BY_EMAIL})
    assert bench.run("send", "--yes").code == 0
    keep("sent")
    assert bench.run("export", day="2026-12-08").code == 0
    keep("again")
    return kept


@pytest.fixture(scope="module")
def rich(ours: Mapping[str, Path]) -> Path:
    """Return a workbook with everything a user may put into one, for damage to be done to."""
    path = ours["new"].with_name("rich.xlsx")
    shutil.copy(ours["new"], path)
    build(path)
    return path


def _text(title: str, pattern: str, replacement: str) -> Callable[[Parts], None]:
    """Return the damage of replacing text, in a part or in a sheet by its title; the pattern must be there."""

    def damage(parts: Parts) -> None:
        part = title if title in parts else sheet_part(parts, title)
        text, count = re.subn(pattern, replacement, parts[part].decode(), count=1, flags=re.DOTALL)
        assert count == 1, pattern
        parts[part] = text.encode()

    return damage


def _gone(part: str) -> Callable[[Parts], None]:
    def damage(parts: Parts) -> None:
        del parts[part]

    return damage


def _stray(parts: Parts) -> None:
    parts["xl/stray.foo"] = b"no content type"


_TYPES, _BOOK, _BOOK_RELS, _TABLE = (
    "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/tables/table1.xml",
)  # fmt: skip
_LONG = "a" * 300
# What only the schemas find.
_MISPLACED = "This element is not expected"
#: Each kind of damage, and words of the fault that must be found.
DAMAGE: dict[str, tuple[Callable[[Parts], None], str]] = {
    "part_without_type": (_stray, "no content type"),
    "orphan_override": (_gone("xl/connections.xml"), "is no part"),
    "dead_relationship": (_gone("xl/media/image901.png"), "which is not there"),
    "relationship_id_twice": (_text(_BOOK_RELS, 'Id="rId2"', 'Id="rId1"'), "id rId1 twice"),
    "link_without_relationship": (_text("Suivi", 'tablePart r:id="rId1"', 'tablePart r:id="rId77"'), "names rId77"),
    "broken_xml": (_text("Suivi", "</sheetData>", ""), "not well-formed"),
    "control_character": (_text("Suivi", "<f>A15", "<f>\x01A15"), "not well-formed"),
    "undeclared_prefix": (_text("Suivi", 'mc:Ignorable="x14ac', 'mc:Ignorable="x14ac zz'), "prefix zz"),
    "sheet_order": (_text("Relances", "(<autoFilter.*?</autoFilter>)(.*)(<pageMargins)", r"\2\1\3"), _MISPLACED),
    "workbook_order": (_text(_BOOK, "(<definedNames.*</definedNames>)(.*)</workbook>", r"\2\1</workbook>"), _MISPLACED),
    "cell_order": (_text("Suivi", "(<f>A15.2</f>)(<v>2</v>)", r"\2\1"), _MISPLACED),
    "two_extlst": (_text("Suivi", "</worksheet>", "<extLst/></worksheet>"), "two extLst"),
    "row_order": (_text("Suivi", '<row r="15"', '<row r="13"'), "row 13 behind row 14"),
    "cell_behind": (_text("Suivi", '<c r="B3"', '<c r="A3"'), "cell A3 in row 3"),
    "cell_of_another_row": (_text("Suivi", '<c r="B3"', '<c r="B4"'), "cell B4 in row 3"),
    "style": (_text("Relances", f'<c r="{NUMBER}6" s="\\d+"', f'<c r="{NUMBER}6" s="999"'), "style 999"),
    "dxf": (_text("Suivi", 'dxfId="2"', 'dxfId="99"'), "dxfId 99"),
    "shared_text": (_text("Suivi", '<c r="A2" t="s"><v>\\d+', '<c r="A2" t="s"><v>9999'), "of type s"),
    "number": (_text("Suivi", '<c r="A15"><v>1', '<c r="A15"><v>1,5'), "of type n"),
    "cell_type": (_text("Suivi", '<c r="A15"', '<c r="A15" t="text"'), "type text"),
    "inline": (_text("Relances", f'(<c r="{NUMBER}6" s="\\d+" t=")inlineStr', r"\1str"), "with inline text"),
    "long_text": (_text("Relances", '(<c r="B1" .*?<t>)', r"\1" + "a" * 33_000), "32,767"),
    "dimension": (_text("Suivi", '<dimension ref="A2:D15"', '<dimension ref="A2:C9"'), "outside the dimension"),
    "name_twice": (_text(_BOOK, 'name="MesCreances"', 'name="RELANCE_oui"'), "defined name relance_oui"),
    "name_nowhere": (_text(_BOOK, f">Relances!.{OPEN}.6:.{OPEN}.45<", ">Relances!#REF!<"), "leads nowhere"),
    "name_of_no_sheet": (_text(_BOOK, f">Relances!.{OPEN}.6:.{OPEN}.45<", ">Ancienne!A1<"), "names the sheet ancienne"),
    "formula_of_no_sheet": (_text("Suivi", "<f>A15.2", "<f>Ancienne!A15*2"), "names the sheet ancienne"),
    "formula_brackets": (_text("Suivi", "<f>A15.2", "<f>SUM(A15*2"), "brackets"),
    "shared_formula": (_text("Suivi", 'ref="D3:D8" si="0"', 'ref="D3:D8" si="5"'), "has no master"),
    "table_width": (_text(_TABLE, 'ref="A14:B15" totals', 'ref="A14:C15" totals'), "2 columns over"),
    "table_title": (_text(_TABLE, 'name="Total"', 'name="Somme"'), "title 'Somme'"),
    "table_title_twice": (_text(_TABLE, 'name="Total"', 'name="MOIS"'), "title mois twice"),
    "table_filter": (_text(_TABLE, 'autoFilter ref="A14:B15"', 'autoFilter ref="A14:B16"'), "filter over"),
    "filter_over_table": (_text("Suivi", '<autoFilter ref="A2:B11"', '<autoFilter ref="A2:B15"'), "overlaps"),
    "merge_in_table": (
        _text("Suivi", "<conditionalF", '<mergeCells count="1"><mergeCell ref="A14:B14"/></mergeCells><conditionalF'),
        "inside",
    ),
    "merges_overlap": (
        _text("Fiche client", "<mergeCells.*</mergeCells>", '<mergeCells count="2"><mergeCell ref="C3:F3"/>'
              '<mergeCell ref="F3:G4"/></mergeCells>'),
        "overlap",
    ),
    "validation_count": (_text("Relances", '<dataValidations count="\\d+"', '<dataValidations count="99"'), "counts 99"),
    "validation_literal": (
        _text("Relances", "<formula1>relance_ticks", f'<formula1>"{_LONG}"'), f"validation {POST}4: formula"
    ),
    "prompt": (_text("Relances", 'prompt="', f'prompt="{_LONG}'), "more than 255"),
    "title": (_text("Relances", 'promptTitle="', f'promptTitle="{_LONG}'), "more than 32"),
    "priority_twice": (_text("Relances", 'priority="41"', 'priority="40"'), "priority 40 twice"),
    "priority_missing": (_text("Relances", ' priority="41"', ""), "priority None"),
    "rule_nowhere": (_text("Relances", f"<formula>.{OPEN}6&gt;1000", "<formula>#REF!&gt;1000"), "#REF!"),
    "hyperlink": (_text("Relances", f'(<hyperlink ref="{OWN_COLUMNS[0]}\\d+") r:id="\\w+"', r"\1"), "leads nowhere"),
    "empty_container": (_text("Relances", "<hyperlinks>.*</hyperlinks>", "<hyperlinks/>"), "an empty hyperlinks"),
    "sparkline": (_text("Relances", f"<xm:sqref>{SPARKLINES}6<", f"<xm:sqref>{SPARKLINES}6:{SPARKLINES}9<"), "no single cell"),
    "sheet_name": (_text(_BOOK, 'name="Suivi"', 'name="Suivi: 1/2"'), "sheet name 'Suivi: 1/2'"),
    "sheet_name_long": (_text(_BOOK, 'name="Suivi"', f'name="{"S" * 32}"'), "sheet name"),
    "sheet_name_twice": (_text(_BOOK, 'name="Suivi"', 'name="RELANCES"'), "sheet name relances twice"),
    "drawing_missing": (_gone("xl/drawings/drawing901.xml"), "which is not there"),
    "labels": (_text("xl/charts/chart1.xml", "</numFmt>|(<numFmt [^>]*/>)", r"\1<dLbl><idx val='0'/></dLbl>"), "single points"),
    "chart_missing": (_gone("xl/charts/chart903.xml"), "which is not there"),
    "chain": (_text("xl/calcChain.xml", 'r="B3" i="92"', 'r="A3" i="92"'), "holds no formula"),
    "filter_name": (_text(_BOOK, f"(_FilterDatabase\" localSheetId=\"1\".*?){OWN_COLUMNS[-1]}", rf"\1{LAST}"), "its hidden name"),
    "comment_author": (_text("xl/comments901.xml", 'authorId="1"', 'authorId="7"'), "author 7"),
    "thread_alone": (_text("xl/comments901.xml", f'ref="{CUSTOMER}(\\d+)" authorId="1"', f'ref="{DUE}\\1" authorId="1"'), "has no note"),
    "number_format": (_text("xl/styles.xml", '<numFmt numFmtId="170"', '<numFmt numFmtId="171"'), "number format 170"),
}  # fmt: skip


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[needs_schemas] * (words == _MISPLACED)) for kind, (_, words) in DAMAGE.items()]
)
def test_damage_is_found(rich: Path, tmp_path: Path, kind: str) -> None:
    """A workbook that Excel repairs or refuses passes the check, so that nobody sees it before a user does."""
    damage, words = DAMAGE[kind]
    parts = dict(read_parts(rich))
    damage(parts)
    path = tmp_path / "damaged.xlsx"
    write_parts(path, parts)
    found = set(faults(path)) - set(faults(rich))
    assert any(words in fault for fault in found), found


@pytest.mark.parametrize("step", ["new", "refreshed", "sent", "again"])
def test_our_workbooks_are_sound(ours: Mapping[str, Path], step: str) -> None:
    """A workbook that we write is one Excel repairs, refuses, or other readers read in part."""
    assert faults(ours[step]) == []


@needs_schemas
@pytest.mark.parametrize("step", ["new", "refreshed", "sent", "again"])
def test_our_workbooks_keep_to_the_schemas(ours: Mapping[str, Path], step: str) -> None:
    """A workbook that we write is none by ECMA-376: programs stricter than Excel, or Excel itself one day, refuse it."""
    assert schema_faults(ours[step]) == []


def test_what_is_no_workbook_is_told(tmp_path: Path) -> None:
    """A file that is no zip at all stops the check instead of failing it."""
    path = tmp_path / "text.xlsx"
    path.write_bytes(b"bonjour")
    assert faults(path) != []


def test_the_first_rows_of_a_history_do_not_double_the_row_that_waits_for_them(tmp_path: Path) -> None:
    """Excel repairs a workbook in which one row stands twice: the formatted one that waited, and the first delivery's."""
    spreadsheet = Spreadsheet.read_bytes(tmp_path / "x.xlsx", build_skeleton("Imprimerie", "sous le minimum"))
    LedgerSheet.find(spreadsheet).append(ledger_rows(0, 3), LABELS)
    path = tmp_path / "x.xlsx"
    path.write_bytes(spreadsheet.packed())
    assert faults(path) == []
