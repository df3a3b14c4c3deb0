"""What tests of letters share."""

import pytest

from tests.support.both_layouts import AllLayouts, lay_out_both
from tests.support.laying_out import office
from tests.support.letter_templates import AWKWARD
from tests.support.workers import shared_folder


@pytest.fixture(scope="session")
def layouts(tmp_path_factory: pytest.TempPathFactory) -> AllLayouts:
    """Return all awkward templates' letters, laid out together and alone."""
    return lay_out_both(shared_folder(tmp_path_factory), office())


@pytest.fixture(scope="session")
def archival_layouts(tmp_path_factory: pytest.TempPathFactory) -> AllLayouts:
    """Return, as PDF/A-3, those that may be laid out together."""
    together = [one for one in AWKWARD if one.together]
    return lay_out_both(shared_folder(tmp_path_factory), office(3), together)
