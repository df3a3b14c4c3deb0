"""What tests of letters share."""

import pytest

from tests.support.both_layouts import AllLayouts, lay_out_both, office
from tests.support.workers import shared_folder


@pytest.fixture(scope="session")
def layouts(tmp_path_factory: pytest.TempPathFactory) -> AllLayouts:
    """Return all awkward templates' letters, laid out together and alone."""
    return lay_out_both(shared_folder(tmp_path_factory), office())


@pytest.fixture(scope="session")
def archival_layouts(tmp_path_factory: pytest.TempPathFactory) -> AllLayouts:
    """Return them as PDF/A-3."""
    return lay_out_both(shared_folder(tmp_path_factory), office(3))
