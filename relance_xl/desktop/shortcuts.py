"""Files to double-click, as each system has them: each starts the program in a window that stays until it is read.

Sources: Windows: `help cmd`, `help pushd`, `help for` (%~dp0). macOS: a script whose name ends in .command opens in
Terminal. Linux: Desktop Entry Specification 1.5, "The Exec key" and "Possible value types" (freedesktop.org).
"""

import hashlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from relance_xl.desktop.program import System

_NAMES = {System.WINDOWS: ".cmd", System.MACOS: ".command", System.LINUX: ".desktop"}
#: A command of ours that all of these files call: a file without it is somebody else's.
MARK = "double-click"


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What a file to double-click is called, and what it does: the arguments of `double-click`."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all of a dossier's shortcuts share: its folder, the program's command, and what they say to the user."""

    root: Path
    program: tuple[str, ...]
    #: Said at the end, for the window to stay: "Press Enter to close".
    closing: str
    #: Said where the program is no longer there.
    missing: str


def file_name(shortcut: Shortcut, system: System) -> str:
    """Return the name of a shortcut's file."""
    return shortcut.name + _NAMES[system]


def file_bytes(shortcut: Shortcut, system: System, around: Surroundings) -> bytes:
    """Return what stands in a shortcut's file."""
    text = {System.WINDOWS: _cmd, System.MACOS: _command, System.LINUX: _desktop}[system](shortcut, around)
    # As the system has the names of files, also those that are no text.
    return text.encode("utf-8", "surrogateescape")


def _cmd(shortcut: Shortcut, around: Surroundings) -> str:
    r"""Return a batch file.

    chcp 65001: what follows is read as UTF-8. pushd: a folder on a share (\\server\…) becomes the current one by a
    letter of its own; the program is still told the share's name, which outlasts that letter. pause: pythonw or a
    window that closes at once would hide errors. No message with a letter that cmd takes for its own is written
    without quotation marks or `^`.
    """
    program = " ".join(_cmd_word(one) for one in around.program)
    arguments = " ".join(_cmd_word(one) for one in (MARK, *shortcut.arguments))
    lines = [
        "@echo off",
        "chcp 65001 >nul",
        f"title {_cmd_text(shortcut.name)} - Relance XL",
        'pushd "%~dp0"',
        f"if not exist {_cmd_word(around.program[0])} echo {_cmd_text(around.missing)}",
        # With a dot: a backslash before the closing quotation mark would take it for a letter of the path.
        f'if exist {_cmd_word(around.program[0])} {program} -d "%~dp0." {arguments}',
        "popd",
        "echo.",
        f"echo {_cmd_text(around.closing)}",
        "pause >nul",
    ]
    return "\r\n".join(lines) + "\r\n"


def _cmd_word(text: str) -> str:
    """Return a word of a batch file: between quotation marks only % is read, and no path has a quotation mark."""
    doubled = text.replace("%", "%%")
    return f'"{doubled}"' if set(text) - _PLAIN else doubled


_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def _cmd_text(text: str) -> str:
    """Return a text as echo and title say it."""
    for sign in "^&|<>()":
        text = text.replace(sign, f"^{sign}")
    return text.replace("%", "%%")


def _command(shortcut: Shortcut, around: Surroundings) -> str:
    """Return a script that the Terminal of macOS opens; its folder is where it lies, wherever that was moved."""
    words = (*around.program, "-d", ".", MARK, *shortcut.arguments)
    return "\n".join([
        "#!/bin/sh",
        'cd "$(dirname "$0")" || exit 1',
        *_kept_open(shlex.join(words), around),
        "",
    ])  # fmt: skip


def _kept_open(call: str, around: Surroundings) -> list[str]:
    """Return the lines of a shell that call the program, and wait to be read."""
    return [
        f"if [ -x {shlex.quote(around.program[0])} ]; then {call}; "
        f"else printf '%s\\n' {shlex.quote(around.missing)}; fi",
        f"printf '\\n%s ' {shlex.quote(around.closing)}",
        "read -r _",
    ]


def _desktop(shortcut: Shortcut, around: Surroundings) -> str:
    """Return a desktop entry. It names the folder in full: the specification has nothing that says where it lies."""
    words = (*around.program, "-d", str(around.root), MARK, *shortcut.arguments)
    script = "; ".join(_kept_open('"$@"', around))
    return "\n".join([
        "[Desktop Entry]",
        "Type=Application",
        f"Name={_entry_string(shortcut.name)}",
        "Icon=x-office-spreadsheet",
        "Terminal=true",
        f"Exec={_exec_line(('/bin/sh', '-c', script, 'sh', *words))}",
        "",
    ])  # fmt: skip


def _exec_line(words: Sequence[str]) -> str:
    r"""Return the Exec key: each argument quoted, % doubled, then all of it as a string of the file.

    "The Exec key": within quotation marks a backslash comes before ", `, $ and \; "the general escape rule for values of
    type string" doubles each backslash once more.
    """
    return _entry_string(" ".join(map(_exec_word, words)))


def _exec_word(text: str) -> str:
    for sign in ("\\", '"', "`", "$"):
        text = text.replace(sign, f"\\{sign}")
    doubled = text.replace("%", "%%")
    return f'"{doubled}"'


def _entry_string(text: str) -> str:
    """Return a value of type string: backslashes doubled, no line breaks."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def write_shortcut(folder: Path, shortcut: Shortcut, system: System, around: Surroundings) -> bool:
    """Write a shortcut's file; return False where a file that is not ours has its name. Raises OSError."""
    path = folder / file_name(shortcut, system)
    content = file_bytes(shortcut, system, around)
    if path.is_file():
        there = path.read_bytes()
        if MARK.encode() not in there:
            return False
        if there != content:
            path.write_bytes(content)
    else:
        path.write_bytes(content)
    if system is not System.WINDOWS:
        path.chmod(path.stat().st_mode | 0o111)
    if system is System.LINUX:
        _trust(path, content)
    return True


def _trust(path: Path, content: bytes) -> None:
    """Tell the file managers of GNOME, Cinnamon, MATE and Xfce that the user asked for this file: they ask less."""
    gio = shutil.which("gio")
    if gio is None or "DBUS_SESSION_BUS_ADDRESS" not in os.environ:
        return
    checksum = hashlib.sha256(content).hexdigest()
    for key, value in (("metadata::trusted", "true"), ("metadata::xfce-exe-checksum", checksum)):
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(  # noqa: S603 - gio, of one of our files
                [gio, "set", "-t", "string", str(path), key, value], capture_output=True, check=False, timeout=5
            )
