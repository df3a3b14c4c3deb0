"""Columns and their letters, held against openpyxl's."""

import pytest
from openpyxl.utils import column_index_from_string as openpyxl_index
from openpyxl.utils import get_column_letter as openpyxl_letters

from relance_xl.workbook.ooxml.column_letters import column_index_from_string, get_column_letter


def test_every_column_has_the_letters_that_openpyxl_gives_it() -> None:
    """A cell is written to, or read from, another column than the one that was meant."""
    for column in range(1, 18_279):
        letters = get_column_letter(column)
        assert letters == openpyxl_letters(column)
        assert column_index_from_string(letters) == column == openpyxl_index(letters)
    assert column_index_from_string("xfd") == openpyxl_index("xfd")


@pytest.mark.parametrize("letters", ["", "A1", "AAAA", "É", " A", "²"])
def test_what_are_no_letters_is_refused(letters: str) -> None:
    """A damaged place in a workbook is taken for a column."""
    with pytest.raises(ValueError, match=r".*"):
        column_index_from_string(letters)


@pytest.mark.parametrize("column", [0, -1, 18_279])
def test_a_number_that_no_column_has_is_refused(column: int) -> None:
    """A place outside of the sheet is written as a cell."""
    with pytest.raises(ValueError, match=str(column)):
        get_column_letter(column)
