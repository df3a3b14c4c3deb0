"""LibreOffice: found, and given a profile in which it does nothing but what it is told."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from relance_xl.runtime.errors import ProgramError
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import fault_words

# No macros, no links followed, no update of linked content: a template is data, whoever wrote it.
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks"
 oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution"
 oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel"
 oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link"
 oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""

_USUAL_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\\Program Files\\LibreOffice\\program\\soffice.com",
    r"C:\\Program Files (x86)\\LibreOffice\\program\\soffice.com",
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice/program/soffice",
)


@dataclass(frozen=True, slots=True)
class LibreOffice:
    """The program, how long one call may take (seconds), how many run at once; the part of PDF/A to write, 0 for none."""

    program: Path
    timeout_s: int = 120
    workers: int = 1
    pdf_a: int = 0


def find_libreoffice(configured: str = "") -> Path | None:
    """Return the program: the configured one, else the one on the path, else in a usual place."""
    if configured:
        path = Path(configured)
        return path if path.is_file() else None
    for name in ("soffice", "libreoffice"):
        found = shutil.which(name)
        if found:
            return Path(found)
    return next((Path(place) for place in _USUAL_PLACES if Path(place).is_file()), None)


def require_libreoffice(configured: str, timeout_s: int, workers: int, pdf_a: int = 0) -> LibreOffice:
    """Return LibreOffice ready to run. Raises ProgramError where it is not installed."""
    program = find_libreoffice(configured)
    if program is None:
        raise ProgramError(
            _("LibreOffice is not installed, or not where relance.toml says: letters cannot be made."),
            advice=installation_advice(),
        )
    # Two at once use two cores fully; more mostly fight for memory.
    return LibreOffice(program, timeout_s, workers or min(os.cpu_count() or 1, 4), pdf_a)


def installation_advice() -> str:
    """Say how LibreOffice is installed here."""
    ways = {
        "linux": "sudo apt install libreoffice-writer libreoffice-calc",
        "darwin": "brew install --cask libreoffice",
        "win32": "winget install TheDocumentFoundation.LibreOffice",
    }
    return _("Install it: {command}. If it is in an unusual place, set [letters] libreoffice in relance.toml.").format(
        command=ways.get(sys.platform, ways["linux"])
    )


def libreoffice_version(program: Path) -> str:
    """Return what the program says of its version. Raises ProgramError where it does not run."""
    with tempfile.TemporaryDirectory(prefix="relance-") as folder:
        try:
            arguments = [str(program), profile_argument(Path(folder) / "profile"), "--headless", "--version"]
            done = subprocess.run(  # noqa: S603 - a program found by us, no shell
                arguments, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
            )
            return done.stdout.decode(errors="replace").strip()
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ProgramError(
                _("LibreOffice does not start: {why}").format(why=fault_words(error)), advice=installation_advice()
            ) from error


def write_profile(profile: Path, program: Path) -> None:
    """Write a fresh profile for a program, which runs no macros and follows no links."""
    user = profile / "user"
    (user / "extensions").mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
    build = _build_id(program)
    if build:
        # As it does itself at its first start. Else it takes the profile for an older program's and registers all
        # extensions anew, though there are none: an eighth of a short call.
        (user / "extensions" / "buildid").write_text(build, encoding="utf-8")


def _build_id(program: Path) -> str:
    """Return what LibreOffice calls its build, from the file beside it that says so; empty where there is none."""
    folder = program.resolve().parent
    for place in (folder / "versionrc", folder / "version.ini", folder.parent / "Resources" / "versionrc"):
        try:
            lines = place.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        for line in lines:
            name, _equals, value = line.partition("=")
            if name.strip().casefold() == "buildid":
                return value.strip()
    return ""


def profile_argument(profile: Path) -> str:
    """Return the argument that lets LibreOffice use a profile."""
    return f"-env:UserInstallation={profile.absolute().as_uri()}"


def session_socket(profile: Path) -> Path:
    """Return the socket by which LibreOffice keeps a profile to itself: it lies outside of all folders we can name.

    In /tmp wherever that can be written to (its source: sal/osl/unx/pipe.cxx), called by the MD5 of the profile's
    address, of which each byte is written without its leading zero (desktop/source/app/officeipcthread.cxx).
    """
    digest = hashlib.md5(profile.absolute().as_uri().encode("utf-16-le"), usedforsecurity=False).digest()
    name = "".join(f"{byte:x}" for byte in digest)
    user = os.getuid() if sys.platform != "win32" else 0
    return Path("/tmp", f"OSL_PIPE_{user}_SingleOfficeIPC_{name}")  # noqa: S108 - no file of ours is made there
