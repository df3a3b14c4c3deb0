"""The pattern that proves rows well-formed, and reads them, against a parser and against the loose reading."""

from pathlib import Path
from xml.parsers import expat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance_xl.runtime.errors import EditsError
from relance_xl.workbook.ooxml.cells import Value
from relance_xl.workbook.ooxml.markup import MAIN
from relance_xl.workbook.ooxml.scanning import CellTwiceError, Scanner, is_sound
from relance_xl.workbook.ooxml.sheet_text import SheetText
from relance_xl.workbook.row_moves.rows import Rows

HEAD = b'<worksheet xmlns:x14ac="a">'
SHARED = ("premier", "second")
TEXTS = st.sampled_from(
    [
        "FA-12",
        "a &amp; b",
        "&#10;",
        "&lt;t&gt;",
        "Société",
        "\u00a0x",
        "_x0041_",
        "_a",
        "1.5",
        "a\rb",
        "]",
        ">",
        "\u200b",
    ]
)
ATTRIBUTES = st.sampled_from(
    ["", ' s="3"', ' s="3" cm="1"', ' t="n"', ' s="1" t="str"', ' t="e"', ' t="b"', ' vm="2"', ' q="1" s="1"']
)
FORMULAS = st.sampled_from(
    ["", "<f>A1&amp;B1</f>", '<f t="shared" ref="A1:A9" si="0">A2</f>', '<f t="shared" si="0"/>', '<f aca="false">1</f>',
     "<f/>", '<f t="dataTable" ref="B2:B3" dt2D="0" r1="A1"/>']
)  # fmt: skip


@st.composite
def _contents(draw: st.DrawFn) -> str:
    """A cell's attributes and content, as programs write them and as none does."""
    text, formula, attributes = draw(TEXTS), draw(FORMULAS), draw(ATTRIBUTES)
    return draw(
        st.sampled_from(
            [
                f"{attributes}/>",
                f"{attributes}></c>",
                f' s="2" t="inlineStr"><is><t>{text}</t></is></c>',
                f' t="inlineStr"><is><t xml:space="preserve"> {text} </t></is></c>',
                f' t="inlineStr"><is><r><t>{text}</t></r></is></c>',
                f"{attributes}>{formula}<v>{text}</v></c>",
                f' t="s">{formula}<v>1</v></c>',
                f"{attributes}>{formula}</c>",
                f"{attributes}><v/></c>",
            ]
        )
    )


@st.composite
def _blocks(draw: st.DrawFn) -> bytes:
    """A few rows of a few cells."""
    numbers = sorted(draw(st.sets(st.integers(1, 2000), max_size=4)))
    rows = []
    for number in numbers:
        cells = [
            f'<c r="{letters}{number}"{draw(_contents())}'
            for letters in draw(st.sets(st.sampled_from("ABCD")).map(sorted))
        ]
        look = draw(st.sampled_from(["", ' ht="18"', ' spans="1:4" x14ac:dyDescent="0.25"']))
        rows.append(f'<row r="{number}"{look}>{"".join(cells)}</row>' if cells else f'<row r="{number}"{look}/>')
    return "".join(rows).encode()


def _is_xml(block: bytes) -> bool:
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        parser.Parse(HEAD + block + b"</worksheet>", True)
    except expat.ExpatError:
        return False
    return True


def _filled(rows: object) -> list[tuple[int, tuple[Value, ...]]]:
    return [(row.number, row.values) for row in rows if any(value is not None for value in row.values)]  # type: ignore[attr-defined]


@given(_blocks(), st.permutations([1, 2, 4]))
def test_the_pattern_reads_what_the_loose_reading_reads(block: bytes, columns: list[int]) -> None:
    """Broken: a tick, level or reference is read from another cell, or not at all."""
    scanner = Scanner(columns, SHARED)
    plain = scanner.read_plain(block, 0)
    if plain is not None:
        assert _filled(plain) == _filled(scanner._read_loosely(block))


@given(_blocks(), st.data())
def test_nothing_that_no_parser_takes_is_proven(block: bytes, data: st.DataObject) -> None:
    """Broken: a damaged workbook is taken for a sound one, read halfway and written back."""
    place = data.draw(st.integers(0, len(block)))
    length = data.draw(st.integers(0, 12))
    junk = data.draw(
        st.sampled_from([b"", b"<", b">", b"&", b'"', b"\x00", b"\xff", b"\xef\xbf\xbf", b"]]>", b"</c>", b"<row ", b"&#1;",
                         b"&#xD800;", b"&#55296;", b"&#65535;", b"&eacute;", b' s="3"', b' ht="1"', b"x", b"7"])
    )  # fmt: skip
    harmed = block[:place] + junk + block[place + length :]
    if is_sound(harmed, HEAD) and Scanner([1, 3], SHARED).read_plain(harmed, 0) is not None:
        assert _is_xml(harmed)


@pytest.mark.parametrize(
    "row",
    [
        '<row r="7" ht="18" customHeight="1"><c r="A7" s="9" t="inlineStr"><is><t>FA-1/1</t></is></c><c r="B7" s="1"/></row>',
        '<row r="7" spans="1:2" x14ac:dyDescent="0.25"><c r="A7" s="5" t="s"><v>1</v></c><c r="B7"><f>A7&amp;"é"</f><v>2</v></c></row>',
        '<row r="7" customFormat="false" ht="12.8" hidden="false" customHeight="false" outlineLevel="0" collapsed="false">'
        '<c r="A7" s="0" t="n"><v>45000</v></c><c r="B7" s="0" t="n"><f aca="false">A7</f><v>45000</v></c></row>',
        '<row r="7"><c r="A7" t="n"><v>1</v></c><c r="B7" t="n"></c></row>',
    ],
    ids=["ours", "excel", "calc", "openpyxl"],
)
def test_rows_as_programs_write_them_are_proven_by_the_pattern(row: str) -> None:
    """Broken: workbooks saved by this program are read at half the speed."""
    assert is_sound(row.encode(), HEAD)
    rows = Scanner([1], SHARED).read_plain(row.encode(), 6)
    assert rows is not None
    assert rows[0].values[0] is not None


def test_what_the_pattern_must_not_read_is_left_to_the_parser() -> None:
    """Broken: of two cells of one place one is taken; rows that do not ascend are taken in any order."""
    scanner = Scanner([1], SHARED)
    twice = b'<row r="7"><c r="A7"><v>1</v></c><c r="A7"><v>2</v></c></row>'
    assert scanner.read_plain(twice, 0) is None
    with pytest.raises(CellTwiceError, match="A7"):
        list(scanner.read(twice))
    assert scanner.read_plain(b'<row r="7"/>', 7) is None
    assert scanner.read_plain(b'<row r="7" ht="1" s="2" ht="1"/>', 0) is None
    assert scanner.read_plain(b'<row r="7"><c r="A8"><v>1</v></c></row>', 0) is None


def _sheet(rows: int, tail: bytes = b"") -> SheetText:
    """A sheet of more than one block, its formula in the first."""
    first = b'<row r="1"><c r="A1"><f>B1:B2</f><v>0</v></c></row>'
    body = b"".join(b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % (n, n, n) for n in range(2, rows + 1))
    xml = b'<worksheet xmlns="%b"><sheetData>' % MAIN.encode() + first + body + b"</sheetData>" + tail + b"</worksheet>"
    return SheetText(lambda: iter([xml[at : at + 4096] for at in range(0, len(xml), 4096)]), Path("relances.xlsx"))


def test_a_pass_that_ends_early_does_not_lose_the_last_rows() -> None:
    """After a look for formulas that found one at the top, a row that is there is taken for new and written twice."""
    rows = Rows(_sheet(2000))
    assert rows.may_have_formulas(b":")
    assert [row.number for row in rows.rows_from(1990)] == list(range(1990, 2001))
    assert next(rows.scan_holding(b"<v>7</v>")).number == 7
    rows.append(1990, b'<row r="1990"/>')
    assert rows.numbers() == list(range(1, 2001))
    assert b"".join(rows.chunks()).count(b'<row r="1990"') == 1


@pytest.mark.parametrize("tail", [b"<a>", b"<a/><a", b"&x;", b"</sheetData>"])
def test_damage_behind_the_rows_is_found_before_anything_is_believed(tail: bytes) -> None:
    """A workbook cut off or torn behind its rows is read as if it were whole."""
    with pytest.raises(EditsError):
        list(_sheet(50, tail).scan(Scanner([1], SHARED)))


def test_rows_seen_before_an_unusual_one_are_not_read_twice() -> None:
    """Where a sheet turns out to need a parser halfway, its first rows act twice or its last ones not at all."""
    xml = b"".join(_sheet(2000)._chunks())
    odd = xml.replace(b'<c r="A1500">', b"<c r='A1500'>")
    text = SheetText(lambda: iter([odd[at : at + 4096] for at in range(0, len(odd), 4096)]), Path("relances.xlsx"))
    assert [row.number for row in text.scan(Scanner([1], SHARED))] == list(range(1, 2001))
    assert text.is_proven


def _odd(old: bytes, new: bytes) -> SheetText:
    """A sheet with something written otherwise."""
    xml = b"".join(_sheet(50)._chunks())
    assert xml.count(old) >= 1
    return SheetText(lambda: iter([xml.replace(old, new)]), Path("relances.xlsx"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<sheetData>", b'<!-- <sheetData><row r="60"><c r="A60"><v>60</v></c></row></sheetData> --><sheetData>'),
        (b"<sheetData>", b'<?a <sheetData><row r="60"><c r="A60"><v>60</v></c></row></sheetData>?><sheetData>'),
        (b"<v>20</v>", b"<v>20</v >"),
        (b"</c>", b"</c >"),
        (b"<sheetData>", b'<sheetData xml:space="default">'),
        (b"</sheetData>", b"</sheetData >"),
        (b'<c r="A20"><v>20</v>', b'<c r="A20" t="inlineStr"><is><t>20</t ></is>'),
    ],
)
def test_xml_written_unusually_says_the_same(old: bytes, new: bytes) -> None:
    """A tick written in a way no program writes is lost; rows are read out of a comment; a cell swallows the next."""
    rows = list(_odd(old, new).scan(Scanner([1], SHARED)))
    assert [(row.number, str(row.values[0])) for row in rows] == [(n, str(n if n > 1 else 0)) for n in range(1, 51)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<row r="20"', b'<row r="20" r="20"'),
        (b'<row r="20"', b'<row r="20" 1a="2"'),
        (b'<row r="20"', b'<row r="20" zz:a="2"'),
        (b'<row r="20"', b'<row r="20" x14ac:dyDescent="0.25"'),
        (b"<f>", b'<f aca="1" t="array" ref="A1" aca="1">'),
    ],
)
def test_damaged_tags_are_refused(old: bytes, new: bytes) -> None:
    """A workbook that no spreadsheet opens is read, and written back as damaged as it was."""
    with pytest.raises(EditsError):
        list(_odd(old, new).scan(Scanner([1], SHARED)))
