"""What starts the watch at each login: each system reads in it the command that was meant, whatever the paths are called."""

import plistlib
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from relance_xl.desktop.program import System
from relance_xl.desktop.services import service_for
from tests.support.bench import Bench
from tests.support.in_process import run_here

_TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
_NAMES = st.text(st.characters(blacklist_characters="/\0\n\r", blacklist_categories=("Cs", "Cc", "Zs")), min_size=1)


def _command(folder: str) -> tuple[str, ...]:
    return ("/usr/bin/python3", "-P", "-m", "relance_xl", "-d", f"/Compta d'été/{folder} 50 %", "watch")


def _systemd_words(line: str) -> list[str]:
    """Read a command line as systemd.service(5) and systemd.unit(5) say."""
    words, word, is_quoted = [], "", False
    signs = iter(line)
    for sign in signs:
        if sign == '"':
            if is_quoted:
                words.append(word)
            word, is_quoted = "", not is_quoted
        elif is_quoted:
            word += next(signs) if sign == "\\" else sign
    return [one.replace("%%", "%").replace("$$", "$") for one in words]


@given(_NAMES)
def test_a_systemd_unit_names_any_folder(folder: str) -> None:
    """On Linux, a folder with a quotation mark, %, $ or a backslash in its name is not watched."""
    text = service_for(System.LINUX, _command(folder), [Path(folder)]).content.decode("utf-8")
    line = next(one for one in text.split("\n") if one.startswith("ExecStart="))
    assert _systemd_words(line.removeprefix("ExecStart=")) == list(_command(folder))


@given(_NAMES)
def test_a_launchd_agent_names_any_folder(folder: str) -> None:
    """On macOS, a folder with an odd name is not watched."""
    agent = plistlib.loads(service_for(System.MACOS, _command(folder), [Path(folder)]).content)
    assert agent["ProgramArguments"] == list(_command(folder))
    assert agent["RunAtLoad"] is True


def test_a_windows_task_names_the_folder() -> None:
    """On Windows, a folder with blanks or & in its name is not watched, or the task stops after three days."""
    command = ("C:\\Program Files\\python.exe", "-P", "-d", "\\\\serveur\\Compta & Co\\", "watch")
    task = etree.fromstring(service_for(System.WINDOWS, command, [Path("x")]).content)
    assert task.findtext(f".//{_TASK}Command") == command[0]
    # As CommandLineToArgvW reads it: a backslash before the closing quotation mark is doubled.
    assert task.findtext(f".//{_TASK}Arguments") == '-P -d "\\\\serveur\\Compta & Co\\\\" watch'
    assert task.findtext(f".//{_TASK}ExecutionTimeLimit") == "PT0S"


def test_other_folders_are_another_service() -> None:
    """Watching a second company takes the place of the first one's watch."""
    paths = {service_for(System.LINUX, ("x",), [Path(one)]).path for one in ("a", "b", "a")}
    assert len(paths) == 2


def test_install_tells_how_to_start_and_end_it(
    exported: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system does not start the watch, nobody is told, nor how to end one that it does."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    calls: list[tuple[str, ...]] = []

    def run(command: tuple[str, ...], **_options: object) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        return subprocess.CompletedProcess(command, len(calls) - 1, "", "pas de bus")

    monkeypatch.setattr("relance_xl.desktop.services.subprocess.run", run)
    first, second = (run_here(exported, "watch", "--install", day=None) for _time in range(2))
    assert (first.code, second.code) == (0, 6)
    unit = next((tmp_path / "config" / "systemd" / "user").iterdir())
    assert str(exported.root) in unit.read_text(encoding="utf-8")
    assert calls[0] == ("systemctl", "--user", "enable", "--now", unit.name)
    assert shlex.join(("systemctl", "--user", "disable", "--now", unit.name)) in first.out
    assert "pas de bus" in second.err
