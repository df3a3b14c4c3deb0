"""How this installation of the program is started, from wherever."""

import sys
from enum import StrEnum
from pathlib import Path


class System(StrEnum):
    """The families of systems that start programs in their own ways."""

    WINDOWS = "windows"
    MACOS = "macos"
    LINUX = "linux"


def this_system() -> System:
    """Return the system that this computer runs; what is neither Windows nor macOS does as Linux does."""
    return {"win32": System.WINDOWS, "darwin": System.MACOS}.get(sys.platform, System.LINUX)


def program_command() -> tuple[str, ...]:
    """Return the words that start this very installation (pipx, a virtual environment, the system's Python).

    By its interpreter: the script `relance-xl` may not be on the path of who double-clicks. `-P`: a file click.py that
    lies in the current folder must not be taken for the library (Python 3.11, "-P").
    """
    if getattr(sys, "frozen", False):
        return (sys.executable,)
    interpreter = Path(sys.executable)
    if interpreter.name.casefold() == "pythonw.exe":
        # It has no window: neither questions nor errors would be seen.
        interpreter = interpreter.with_name("python.exe")
    return (str(interpreter), "-P", "-m", "relance_xl")
