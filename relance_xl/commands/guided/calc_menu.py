"""The command calc-menu: puts a menu into LibreOffice Calc, for this installation."""

import os
import subprocess
import tempfile
from pathlib import Path

from relance_xl import __version__
from relance_xl.desktop.calc_menu.extension import IDENTIFIER, UnquotableError, build_extension
from relance_xl.desktop.program import program_command
from relance_xl.letters.libreoffice import find_libreoffice, installation_advice
from relance_xl.runtime.errors import ProgramError
from relance_xl.runtime.language import _

_SECONDS = 180


def install_calc_menu() -> None:
    """Build the extension and add it to LibreOffice. Raises ProgramError."""
    try:
        extension = build_extension(program_command(), __version__)
    except UnquotableError as error:
        text = _("Relance XL is installed in a folder whose name has both kinds of quotation marks: {path}")
        raise ProgramError(text.format(path=error), advice=_("Install it in another folder.")) from error
    with tempfile.TemporaryDirectory(prefix="relance-") as folder:
        file = Path(folder) / "relance-xl.oxt"
        file.write_bytes(extension)
        _run("add", "--force", "--suppress-license", str(file))


def remove_calc_menu() -> None:
    """Take the menu out of LibreOffice again. Raises ProgramError."""
    _run("remove", IDENTIFIER)


def _run(*arguments: str) -> None:
    """Let LibreOffice's own program for extensions do something. Raises ProgramError with what it says."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        raise ProgramError(
            _("LibreOffice takes no extensions from the administrator (root)."),
            advice=_("Run relance-xl calc-menu as the user who works with Calc."),
        )
    try:
        done = subprocess.run(  # noqa: S603 - a program found by us, no shell
            [str(_unopkg()), *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(str(error)) from error
    if done.returncode:
        raise _failed((done.stderr or done.stdout).decode(errors="replace").strip())


def _failed(why: str) -> ProgramError:
    return ProgramError(
        _("LibreOffice did not take the menu: {why}").format(why=why),
        advice=_("Close LibreOffice altogether, then run relance-xl calc-menu again."),
    )


def _unopkg() -> Path:
    """Return the program that adds extensions, which lies beside LibreOffice itself. Raises ProgramError."""
    office = find_libreoffice()
    if office is None:
        raise ProgramError(_("LibreOffice is not installed, so there is no Calc."), advice=installation_advice())
    folders = (office.resolve().parent, office.parent)
    names = ("unopkg.com", "unopkg.exe", "unopkg")
    found = (folder / name for folder in folders for name in names if (folder / name).is_file())
    program = next(found, None)
    if program is None:
        raise ProgramError(
            _("LibreOffice's program for extensions (unopkg) is not in {folder}.").format(folder=folders[0]),
            advice=installation_advice(),
        )
    return program
