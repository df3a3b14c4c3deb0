"""What tests of letters share."""

from pathlib import Path

import pytest

from relance_xl.letters.libreoffice import LibreOffice, find_libreoffice
from tests.support.both_layouts import AllLayouts, lay_out_both


def _office(pdf_a: int = 0) -> LibreOffice:
    program = find_libreoffice()
    assert program is not None
    return LibreOffice(program, 120, 2, pdf_a)


@pytest.fixture(scope="session")
def layouts(tmp_path_factory: pytest.TempPathFactory) -> AllLayouts:
    """Return all awkward templates' letters, laid out together and alone."""
    return lay_out_both(Path(tmp_path_factory.getbasetemp()), _office())


@pytest.fixture(scope="session")
def archival_layouts(tmp_path_factory: pytest.TempPathFactory) -> AllLayouts:
    """Return them as PDF/A-3."""
    return lay_out_both(Path(tmp_path_factory.getbasetemp()), _office(3))
