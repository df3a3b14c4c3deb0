"""What tests share: a dossier of the sample company, and ways to run the program and to edit its workbook."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from relance_xl.runtime.language import set_language
from tests.support.bench import Bench
from tests.support.checked_once import checking_once
from tests.support.converted_once import converting_once
from tests.support.laid_out_once import laying_out_once
from tests.support.workers import shared_folder

# A busy machine is no fault of what is tested.
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")


# What these tests are about is what LibreOffice makes of letters.
_LAYING_OUT = {"test_archival.py", "test_layout.py", "test_letters.py", "test_seals.py"}


@pytest.fixture(autouse=True)
def _speak_french() -> Iterator[None]:
    """Start every test in the default language, whatever the one before chose."""
    set_language("fr")
    yield
    set_language("fr")


@pytest.fixture(autouse=True)
def _lay_out_once(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Do once for all tests what none but a few is about: letters and workbooks laid out, templates checked."""
    with ExitStack() as sparing:
        sparing.enter_context(laying_out_once())
        if request.path.name not in _LAYING_OUT:
            sparing.enter_context(converting_once(shared_folder(tmp_path_factory) / "laid-out"))
        if not request.path.is_relative_to(request.config.rootpath / "tests" / "letters"):
            sparing.enter_context(checking_once())
        yield


@pytest.fixture(scope="session")
def _bench_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Bench(tmp_path_factory.mktemp("once") / "dossier")
    assert made.run("init", "--sample").code == 0
    # What most tests look at are single reminders: each has a letter of its own, on the very days that levels say.
    made.setting('grouping = "customer"', 'grouping = "invoice"')
    made.setting('after_last = "stop"', 'after_last = "repeat"')
    made.setting("working_days = true", "working_days = false")
    made.setting("tick_all = false", "tick_all = true")
    made.setting("registered = true", "registered = false")
    return made.root


@pytest.fixture(scope="session")
def _shipped_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Bench(tmp_path_factory.mktemp("once") / "dossier")
    assert made.run("init", "--sample").code == 0
    assert made.run("export").code == 0
    return made.root


@pytest.fixture
def shipped(_shipped_once: Path, tmp_path: Path) -> Bench:
    """Return the sample company's dossier with its workbook, with the settings that a new dossier has."""
    return Bench(Path(shutil.copytree(_shipped_once, tmp_path / "dossier")))


@pytest.fixture(scope="session")
def _exported_once(_bench_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Bench(tmp_path_factory.mktemp("once") / "dossier")
    shutil.copytree(_bench_once, made.root)
    assert made.run("export").code == 0
    return made.root


@pytest.fixture
def bench(_bench_once: Path, tmp_path: Path) -> Bench:
    """Return the sample company's dossier, not yet exported."""
    return Bench(Path(shutil.copytree(_bench_once, tmp_path / "dossier")))


@pytest.fixture
def exported(_exported_once: Path, tmp_path: Path) -> Bench:
    """Return the sample company's dossier with its workbook, nothing ticked."""
    return Bench(Path(shutil.copytree(_exported_once, tmp_path / "dossier")))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was opened: on a desktop a window would come up."""
    seen: list[Path] = []

    def note(path: Path) -> bool:
        seen.append(path)
        return True

    monkeypatch.setattr("relance_xl.commands.guided.opened_after.open_file", note)
    return seen
