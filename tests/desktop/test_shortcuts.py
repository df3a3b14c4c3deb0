"""Files to double-click: what the system reads in them is what was meant, whatever the paths are called."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance_xl.desktop.program import System, program_command, this_system
from relance_xl.desktop.shortcuts import Shortcut, Surroundings, file_bytes, file_name, write_shortcut

_ODD = 'Comptabilité d\'été & Fils (50 %) "$HOME" `date` 100% ^ ; !'
# What a file's name may have on Linux and macOS.
_NAMES = st.text(st.characters(blacklist_characters="/\0\n\r\t", blacklist_categories=("Cs", "Cc")), min_size=1).filter(
    lambda name: name not in {".", ".."}
)
# What Windows forbids besides.
_WINDOWS_NAMES = st.text(
    st.characters(blacklist_characters='/\0\n\r\t"<>|*?:\\', blacklist_categories=("Cs", "Cc")), min_size=1
)


def _around(root: str, program: tuple[str, ...]) -> Surroundings:
    return Surroundings(Path(root), program, closing="Fermez d'un « Entrée ».", missing="Parti (d'ici) & là : 100 %")


def _text(system: System, around: Surroundings) -> str:
    return file_bytes(Shortcut("1 Mettre à jour", ("export",)), system, around).decode("utf-8")


def _value(entry: str, key: str) -> str:
    """Read a value of type string of a desktop entry, as the specification says."""
    line = next(line for line in entry.splitlines() if line.startswith(f"{key}="))
    read, signs = "", iter(line.partition("=")[2])
    for sign in signs:
        read += {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}[next(signs)] if sign == "\\" else sign
    return read


def _exec_words(entry: str) -> list[str]:
    """Read the Exec key as the specification says: quoted arguments, then field codes."""
    words, word, quoted = [], "", False
    signs = iter(_value(entry, "Exec"))
    for sign in signs:
        if sign == '"':
            if quoted:
                words.append(word)
            word, quoted = "", not quoted
        elif quoted and sign == "\\":
            escaped = next(signs)
            assert escaped in '"`$\\'
            word += escaped
        else:
            assert quoted or sign == " "
            assert sign not in "`$" or not quoted
            word += sign if quoted else ""
    assert not quoted
    assert all("%" not in one.replace("%%", "") for one in words)
    return [one.replace("%%", "%") for one in words]


@given(_NAMES, _NAMES)
def test_a_desktop_entry_names_any_folder(root: str, program: str) -> None:
    """A folder or an installation with a space, a quotation mark, a % or a $ in its path is not found by a double-click."""
    words = _exec_words(_text(System.LINUX, _around(f"/{root}", (f"/{program}", "-P", "-m", "relance_xl"))))
    assert words[:2] == ["/bin/sh", "-c"]
    assert words[3:] == ["sh", f"/{program}", "-P", "-m", "relance_xl", "-d", f"/{root}", "double-click", "export"]


@given(_NAMES)
def test_the_scripts_shell_reads_any_program(program: str) -> None:
    """On macOS, an installation with an odd path is not started by a double-click, or something else is."""
    text = _text(System.MACOS, _around("/", (f"/{program}", "-P")))
    line = next(line for line in text.splitlines() if line.startswith("if "))
    words = shlex.split(line, posix=True)
    assert words[:5] == ["if", "[", "-x", f"/{program}", "];"]
    assert words[5:12] == ["then", f"/{program}", "-P", "-d", ".", "double-click", "export;"]


@given(_WINDOWS_NAMES)
def test_a_batch_file_reads_any_program(program: str) -> None:
    """On Windows, an installation with a %, & or ! in its path is not started by a double-click, or something else is."""
    text = _text(System.WINDOWS, _around("C:\\", (f"C:\\{program}", "-P")))
    lines = text.split("\r\n")
    call = next(line for line in lines if line.startswith("if exist "))
    # Between quotation marks cmd reads nothing but %; a path has no quotation mark.
    quoted = call.split('"')
    assert quoted[1].replace("%%", "%") == quoted[3].replace("%%", "%") == f"C:\\{program}"
    assert "%" not in quoted[1].replace("%%", "")
    assert quoted[4:] == [" -P -d ", "%~dp0.", " double-click export"]
    assert not any(set(line) & set("\r\n\0") for line in lines)


def test_a_batch_file_stays_open_and_knows_shares() -> None:
    """On Windows a window closes before it is read, accents are broken, or a folder on a share is not found."""
    text = _text(System.WINDOWS, _around("C:\\", ("C:\\Program Files\\python.exe", "-P")))
    lines = text.split("\r\n")
    assert lines[:2] == ["@echo off", "chcp 65001 >nul"]
    assert 'pushd "%~dp0"' in lines
    assert lines[-2:] == ["pause >nul", ""]
    # What cmd would take for its own stands behind ^ where nothing is quoted.
    assert "echo Parti ^(d'ici^) ^& là : 100 %%" in text
    assert "\n" not in text.replace("\r\n", "")


def _program(folder: Path) -> Path:
    """Make a program that writes down what it was called with."""
    program = folder / "python d'ici"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$(dirname "$0")/appel"\necho fait\n', encoding="utf-8")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("system", [System.LINUX, System.MACOS])
def test_the_shell_runs_what_was_meant(tmp_path: Path, system: System) -> None:
    """A file to double-click starts nothing, in another folder, or closes its window at once."""
    folder = tmp_path / _ODD
    folder.mkdir()
    program = _program(tmp_path)
    shortcut, around = Shortcut("1 Mettre à jour", ("export",)), _around(str(folder), (str(program), "-P"))
    assert write_shortcut(folder, shortcut, system, around)
    file = folder / file_name(shortcut, system)
    assert os.access(file, os.X_OK)
    words = _exec_words(file.read_text(encoding="utf-8")) if system is System.LINUX else ["/bin/sh", str(file)]
    for keys, said in (("\n", "fait"), ("\n", "Parti (d'ici) & là : 100 %")):
        done = subprocess.run(words, input=keys, capture_output=True, encoding="utf-8", check=True, cwd="/")
        assert said in done.stdout
        assert done.stdout.rstrip().endswith("Fermez d'un « Entrée ».")
        if program.exists():
            root = "." if system is System.MACOS else str(folder)
            assert (tmp_path / "appel").read_text(encoding="utf-8").split("\n") == [
                "-P", "-d", root, "double-click", "export", "",
            ]  # fmt: skip
            program.unlink()


def test_a_window_waits_for_its_reader(tmp_path: Path) -> None:
    """The window of a double-click closes before anybody has read it."""
    around = _around(str(tmp_path), (str(_program(tmp_path)),))
    words = _exec_words(_text(System.LINUX, around))
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.close()
        assert process.wait(5) == 0


def test_the_validator_finds_no_fault(tmp_path: Path) -> None:
    """A desktop entry breaks its specification: some desktops ignore it."""
    around = _around(str(tmp_path / _ODD), program_command())
    shortcut = Shortcut("1 Mettre à jour", ("export",))
    write_shortcut(tmp_path, shortcut, System.LINUX, around)
    done = subprocess.run(
        ["desktop-file-validate", str(tmp_path / file_name(shortcut, System.LINUX))],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")


def test_anothers_file_is_left_alone(tmp_path: Path) -> None:
    """A user's own file that is called as one of ours is lost."""
    shortcut, around = Shortcut("1 Mettre à jour", ("export",)), _around(str(tmp_path), ("/python",))
    theirs = tmp_path / file_name(shortcut, this_system())
    theirs.write_text("à moi", encoding="utf-8")
    assert not write_shortcut(tmp_path, shortcut, this_system(), around)
    assert theirs.read_text(encoding="utf-8") == "à moi"


def test_an_installation_that_moved_is_named_anew(tmp_path: Path) -> None:
    """After a reinstallation elsewhere, shortcuts goes on naming the old place."""
    shortcut = Shortcut("1 Mettre à jour", ("export",))
    for program in ("/avant/python", "/après/python"):
        assert write_shortcut(tmp_path, shortcut, System.LINUX, _around(str(tmp_path), (program,)))
    text = (tmp_path / file_name(shortcut, System.LINUX)).read_text(encoding="utf-8")
    assert "/avant/" not in text
    assert "/après/" in text


def test_the_program_is_found_without_a_path(tmp_path: Path) -> None:
    """Whoever double-clicks has no PATH with relance-xl in it; a click.py in the dossier is taken for the library."""
    (tmp_path / "click.py").write_text("raise SystemExit('pris pour la bibliothèque')", encoding="utf-8")
    done = subprocess.run(
        [*program_command(), "--version"], capture_output=True, encoding="utf-8", check=True, cwd=tmp_path, env={}
    )
    assert done.stdout.startswith("relance-xl")
