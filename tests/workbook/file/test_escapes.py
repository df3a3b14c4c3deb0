"""Texts that look like Excel's escapes (`_x0041_`), and what XML cannot hold: the same whoever wrote them."""

import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance_xl.workbook.ooxml.cells import Text, cell_xml, escaped, read_cell
from relance_xl.workbook.ooxml.markup import marked_up
from relance_xl.workbook.ooxml.shared_texts import SharedTexts
from relance_xl.workbook.sheets.reminders.sheet import RemindersSheet
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet
from tests.support.bench import Bench
from tests.support.calc import type_into

_PIECES = st.sampled_from(["_", "x", "_x", "0041", "005F", "005f", "00e9", "_x0041_", "_x005F_", "_x000D_", "é", " ", "\n",
                           "\r", "\t", "\x07", "\x0b", "\uffff", "X", "_x41_", "🙂"])  # fmt: skip
_TEXTS = st.lists(_PIECES, min_size=1, max_size=8).map("".join)


@given(_TEXTS)
def test_a_text_we_write_reads_back_equal(text: str) -> None:
    """A name or comment that looks like an escape comes back as another text."""
    assert (read_cell(cell_xml("A1", "", Text(text), is_1904=False).encode(), ()) or "") == text


@given(_TEXTS)
def test_a_shared_text_of_excel_reads_back_equal(text: str) -> None:
    """The same text is read otherwise where Excel keeps it among the shared ones."""
    part = f'<sst xmlns="x"><si><t xml:space="preserve">{marked_up(escaped(text))}</t></si></sst>'.encode()
    assert SharedTexts(part, Path("relances.xlsx"))[0] == text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("_x0041_", "A"),
        ("_x005F_x0041_", "_x0041_"),
        ("_x005F_x005F_x005F_x0041_", "_x005F_x0041_"),
        ("_x005F_x005F_x0041_", "_x005FA"),
        ("_xD83D__xDE42_", "🙂"),
        ("_xD83D_", "\ufffd"),
        ("_x41_ _X0041_", "_x41_ _X0041_"),
    ],
)
def test_escapes_mean_what_the_standard_says(written: str, read: str) -> None:
    """What Excel wrote as an escape is read as another text, or stops the program (ECMA-376 part 1, 22.9.2.19)."""
    assert read_cell(f'<c r="A1" t="inlineStr"><is><t>{written}</t></is></c>'.encode(), ()) == read
    assert read_cell(f'<c r="A1" t="str"><f>B1</f><v>{written}</v></c>'.encode(), ()) == read


def test_calc_and_we_read_each_other(exported: Bench) -> None:
    """A text typed in Calc that looks like an escape is another one for us, or one of ours another one for Calc."""
    # Calc 7.4 itself confuses `_x005F_x0041_` with `_x0041_`: both are `_x005F_x0041_` in the file that it writes.
    texts = ("_x0041_", "a_x000D_b", "__x0041__", "_x005F_", "_x005F_A")
    numbers = [row["N° facture"] for row in exported.rows()][: len(texts)]
    for _turn in range(2):
        exported.type(*((number, "Commentaire", text) for number, text in zip(numbers, texts, strict=True)))
        found = RemindersSheet.find(Spreadsheet.read(exported.workbook))
        read = [found.text(exported.row_of(number), "comment") for number in numbers]
        assert read == list(texts)
        # Written by us, opened and saved by Calc, read by us.
        spreadsheet = Spreadsheet.read(exported.workbook)
        found = RemindersSheet.find(spreadsheet)
        for number, text in zip(numbers, texts, strict=True):
            found.sheet.put(exported.row_of(number), found.layout.columns["comment"], Text(text))
        exported.workbook.write_bytes(spreadsheet.packed())
        type_into(exported.workbook, [("Relances", "AB1", "0")])
        found = RemindersSheet.find(Spreadsheet.read(exported.workbook))
        assert [found.text(exported.row_of(number), "comment") for number in numbers] == list(texts)
    with zipfile.ZipFile(exported.workbook) as archive:
        assert re.search(rb"_x005F_x0041_", archive.read("xl/sharedStrings.xml"))
