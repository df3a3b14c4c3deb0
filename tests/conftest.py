"""What tests share: a dossier of the sample company, and ways to run the program and to edit its workbook."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from relance_xl.language import set_language
from tests.bench import Bench


@pytest.fixture(autouse=True)
def _speak_french() -> Iterator[None]:
    """Start every test in the default language, whatever the one before chose."""
    set_language("fr")
    yield
    set_language("fr")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Return the sample company's dossier, not yet exported."""
    made = Bench(tmp_path / "dossier")
    assert made.run("init", "--sample").code == 0
    return made


@pytest.fixture
def exported(bench: Bench) -> Bench:
    """Return the sample company's dossier with its workbook, nothing ticked."""
    assert bench.run("export").code == 0
    return bench
