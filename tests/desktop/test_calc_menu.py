"""Calc's menu, for real: installed into a user's LibreOffice, chosen in a window, answered in a dialog."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from lxml import etree

from relance_xl.desktop.calc_menu.extension import UnquotableError, basic_text, build_extension
from relance_xl.desktop.program import program_command
from relance_xl.letters.libreoffice import find_libreoffice
from relance_xl.runtime.language import speaking
from tests.support.bench import Bench
from tests.support.in_process import run_here
from tests.support.screen import Screen, hidden_screen, wait_until

# unopkg takes nothing from root: in a user namespace of its own, root is nobody there.
_AS_A_USER = ("unshare", "-U") if os.geteuid() == 0 else ()
_MACRO = "vnd.sun.star.script:RelanceXL.Menu.{sub}?language=Basic&location=application"
_NO_TIPS = (
    '<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="{name}" oor:op="fuse"><value>false</value>'
    "</prop></item>"
)
#: Asks what the menu asks, and writes the answer down.
_ASKING = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
Sub Main
    BasicLibraries.loadLibrary("RelanceXL")
    Dim writer As Object
    writer = CreateUnoService("com.sun.star.io.TextOutputStream")
    writer.setOutputStream(CreateUnoService("com.sun.star.ucb.SimpleFileAccess").openFileWrite("{answer}"))
    writer.setEncoding("UTF-8")
    writer.writeString(RelanceXL.Menu.Answer({folder}, "{what}", {customer}, ""))
    writer.closeOutput()
    StarDesktop.terminate()
End Sub
</script:module>
"""


def _basic(text: str) -> str:
    return " &amp; ".join(f"Chr({ord(char)})" for char in text) or '""'


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's home with the menu in its LibreOffice."""
    folder = tmp_path_factory.mktemp("utilisateur d'été")
    office = find_libreoffice()
    assert office is not None
    env = {**os.environ, "HOME": str(folder), "PYTHONUTF8": "1"}
    # Its first start lays out the profile, with an empty Basic library in it.
    subprocess.run(
        [*_AS_A_USER, str(office), "--headless", "--norestore", "--terminate_after_init"], env=env, check=True
    )
    done = subprocess.run(
        [*_AS_A_USER, sys.executable, "-m", "relance_xl", "calc-menu"],
        env=env, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    settings = folder / ".config" / "libreoffice" / "4" / "user" / "registrymodifications.xcu"
    tips = "".join(_NO_TIPS.format(name=name) for name in ("ShowTipOfTheDay", "FirstRun"))
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("</oor:items>", f"{tips}</oor:items>"), encoding="utf-8")
    return folder


@pytest.fixture
def dossier(exported: Bench, tmp_path: Path) -> Bench:
    """The sample's dossier, of today, in a folder with an odd name; one letter is ticked."""
    bench = Bench(Path(shutil.move(exported.root, tmp_path / "Compta d'été & Cie 100 %")))
    bench.write(("FA2026-0296", "Par courrier", "x"))
    assert run_here(bench, "export", day=None).code == 0
    return bench


def _asked(home: Path, bench: Bench, what: str, customer: str = "") -> str:
    """Let Basic ask the program, without a window; return what it would show."""
    user = home / ".config" / "libreoffice" / "4" / "user"
    answer = bench.root.parent / "réponse.txt"
    module = _ASKING.format(
        answer=answer.as_uri(), folder=_basic(str(bench.root)), what=what, customer=_basic(customer)
    )
    (user / "basic" / "Standard" / "Module1.xba").write_text(module, encoding="utf-8")
    subprocess.run(
        [*_AS_A_USER, str(find_libreoffice()), "--headless", "--norestore", "macro:///Standard.Module1.Main"],
        env={**os.environ, "HOME": str(home)}, check=True, timeout=120,
    )  # fmt: skip
    return answer.read_text(encoding="utf-8").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("check", "En tout - prévu : 1"),
        ("question", "1 courrier"),
        ("preview", "Aperçu"),
        ("export", "factures impayées"),
    ],
)
def test_basic_asks_and_is_answered(home: Path, dossier: Bench, what: str, said: str) -> None:
    """Choosing a line of the menu does nothing, or its answer is garbled where a path has blanks, quotes or accents."""
    answered = _asked(home, dossier, what)
    key, _newline, text = answered.partition("\n")
    assert said in text
    assert bool(key) is (what == "question")
    assert not dossier.journal.exists() or "prepared" not in dossier.journal.read_text(encoding="utf-8")


def test_what_changed_since_the_question_is_not_sent(home: Path, dossier: Bench) -> None:
    """Somebody saves the workbook between question and answer: what nobody agreed to is sent."""
    key = _asked(home, dossier, "question").partition("\n")[0]
    dossier.write(("FA2026-0309", "Par courrier", "x"))
    assert "a changé entre-temps" in _asked(home, dossier, "send", key)
    assert not list(dossier.root.glob("lots/*/courriers.pdf"))
    key = _asked(home, dossier, "question").partition("\n")[0]
    assert "courrier prêt à imprimer : 2" in _asked(home, dossier, "send", key)
    assert len(list(dossier.root.glob("lots/*/courriers.pdf"))) == 1


@pytest.fixture
def screen() -> Iterator[Screen]:
    """A screen."""
    with hidden_screen() as shown:
        yield shown


class _Calc:
    """Calc with the dossier's workbook, in a window."""

    def __init__(self, screen: Screen, home: Path, bench: Bench) -> None:
        self._screen = screen
        self._bench = bench
        self._env: Mapping[str, str] = {**screen.env, "HOME": str(home)}
        self._office = [*_AS_A_USER, str(find_libreoffice()), "--norestore"]
        self._waiting: list[subprocess.Popen[bytes]] = []
        self.process = subprocess.Popen([*self._office, "--calc", str(bench.workbook)], env=self._env)

    @property
    def has_it_open(self) -> bool:
        """Whether the workbook is open."""
        return (self._bench.root / ".~lock.relances.xlsx#").exists()

    def choose(self, sub: str) -> None:
        """Choose what a line of the menu calls."""
        # It hands this to the one that runs, and waits for the dialog to be closed.
        self._waiting.append(subprocess.Popen([*self._office, _MACRO.format(sub=sub)], env=self._env))
        wait_until("a dialog is shown", lambda: "Relance XL" in self._screen.windows(), 60)

    def press(self, across: float) -> None:
        """Press the button so far across the dialog (0 to 1)."""
        self._screen.click_in("Relance XL", across, 0.92)

    def end(self) -> None:
        """Close it."""
        for process in (*self._waiting, self.process):
            process.terminate()
            process.wait(30)


def test_the_menu_in_a_window(home: Path, dossier: Bench, screen: Screen) -> None:
    """In Calc: the workbook is not saved first, not opened again, or what was agreed to is not sent, or not only once."""
    calc = _Calc(screen, home, dossier)
    try:
        wait_until("the workbook is open", lambda: calc.has_it_open, 60)
        wait_until("its window is shown", lambda: any("relances.xlsx" in one for one in screen.windows()), 60)
        calc.choose("SendReminders")
        assert calc.has_it_open
        calc.press(0.3)
        wait_until("letters are made", lambda: list(dossier.root.glob("lots/*/courriers.pdf")), 90)
        wait_until("the answer is shown", lambda: "Relance XL" in screen.windows(), 60)
        assert calc.has_it_open
        calc.press(0.5)
        wait_until("the dialog is closed", lambda: "Relance XL" not in screen.windows())
        calc.choose("SendReminders")
        calc.press(0.5)
    finally:
        calc.end()
    assert len(list(dossier.root.glob("lots/*/courriers.pdf"))) == 1
    statuses = [row["Statut"] for row in dossier.rows() if row["N° facture"] == "FA2026-0296"]
    assert statuses == ["courrier prêt à imprimer"]


def test_root_is_told(exported: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who runs calc-menu as the administrator gets LibreOffice's own message, or a menu in somebody else's profile."""
    monkeypatch.setattr("os.geteuid", lambda: 0)
    done = run_here(exported, "calc-menu", day=None)
    assert (done.code, "administrateur" in done.err) == (6, True)


def test_the_extension_is_well_formed(tmp_path: Path) -> None:
    """A part of the extension is no XML, or a line of the menu calls what is not there."""
    file = tmp_path / "relance-xl.oxt"
    file.write_bytes(build_extension(("/a & b/python", "-P"), "1.0"))
    with zipfile.ZipFile(file) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    trees = {
        name: etree.fromstring(data, etree.XMLParser(load_dtd=False, no_network=True)) for name, data in parts.items()
    }
    module = str(trees["RelanceXL/Menu.xba"].text)
    called = [
        value.text.split(".Menu.")[1].split("?")[0]
        for value in trees["Addons.xcu"].iter("value")
        if value.text and value.text.startswith("vnd.sun.star.script")
    ]
    assert len(called) == 5
    assert all(f"Sub {one}\n" in module for one in called)
    assert '"""/a & b/python"" ""-P"""' in module


@pytest.mark.parametrize("language", ["fr", "en"])
def test_all_marks_are_filled(language: str) -> None:
    """A dialog shows a placeholder instead of words."""
    with speaking(language):
        text = basic_text(program_command())
    assert "@" not in text
    assert all(line.replace("\u00a0", " ").isprintable() for line in text.split("\n"))


def test_a_path_with_both_kinds_of_quotes_is_refused() -> None:
    """An installation that Basic cannot start is put into the menu all the same."""
    with pytest.raises(UnquotableError):
        basic_text(('/l\'installation "neuve"/python',))
