"""Opens a file or a page with what the computer has for it, as a double-click would."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from relance_xl.desktop.program import System, this_system

# As long as one waits for an answer: what opens it may live on as long as its window.
_SECONDS = 5


def open_file(path: Path) -> bool:
    """Open a file or folder; return whether something was found that does."""
    try:
        if sys.platform == "win32":
            os.startfile(path)  # noqa: S606 - what a double-click does; the file is one of ours
            return True
        if this_system() is System.LINUX and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            return False
        # On Linux the first is in a package of its own (xdg-utils), the second with all of GNOME's.
        openers = [["open"]] if this_system() is System.MACOS else [["xdg-open"], ["gio", "open"]]
        return any(_was_opened([*one, str(path)]) for one in openers if shutil.which(one[0]))
    except OSError:
        return False


def _was_opened(command: list[str]) -> bool:
    """Start it apart from this program, whose window may be closed; what goes on running has found its file."""
    process = subprocess.Popen(  # noqa: S603 - one of two openers; the file is one of ours
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(_SECONDS) == 0
    except subprocess.TimeoutExpired:
        return True
