"""LibreOffice, tamed: found, run in a profile of its own, bounded in time, and believed only for what it wrote."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from relance_xl.errors import ProgramError
from relance_xl.language import _

#: Letters a call: enough to spread the start's second, few enough for a short command line and a live progress bar.
LETTERS_A_CALL = 40

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
    """The program, how long one call may take (seconds), and how many run at once."""

    program: Path
    timeout_s: int = 120
    workers: int = 1


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


def require_libreoffice(configured: str, timeout_s: int, workers: int) -> LibreOffice:
    """Return LibreOffice ready to run. Raises ProgramError where it is not installed."""
    program = find_libreoffice(configured)
    if program is None:
        raise ProgramError(
            _("LibreOffice is not installed, or not where relance.toml says: letters cannot be made."),
            advice=installation_advice(),
        )
    # Two at once use two cores fully; more mostly fight for memory.
    return LibreOffice(program, timeout_s, workers or min(os.cpu_count() or 1, 4))


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
            arguments = [str(program), _profile_argument(Path(folder) / "profile"), "--headless", "--version"]
            return _run(arguments, 60).strip()
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ProgramError(
                _("LibreOffice does not start: {why}").format(why=error), advice=installation_advice()
            ) from error


def convert_letters(
    office: LibreOffice, letters: Sequence[Path], target: Path, advance: Callable[[int], None]
) -> dict[Path, Path]:
    """Turn DOCX letters into PDFs in an empty folder; return the PDF of each letter that came out.

    File names must be unique. A letter missing from the result failed twice, the second time alone.
    """
    target.mkdir(parents=True)
    chunks = list(_chunks(letters, office.workers))
    with ThreadPoolExecutor(max_workers=office.workers) as pool:
        for size in pool.map(lambda chunk: _convert_chunk(office, chunk, target), chunks):
            advance(size)
    made = _made(letters, target)
    for letter in [letter for letter in letters if letter not in made]:
        _convert_chunk(office, [letter], target)
    return _made(letters, target)


def _chunks(letters: Sequence[Path], workers: int) -> Iterator[Sequence[Path]]:
    size = min(LETTERS_A_CALL, max(-(-len(letters) // workers), 1))
    for start in range(0, len(letters), size):
        yield letters[start : start + size]


def _made(letters: Sequence[Path], target: Path) -> dict[Path, Path]:
    """Believe only what is there: LibreOffice exits with 0 when it failed."""
    candidates = {letter: target / f"{letter.stem}.pdf" for letter in letters}
    return {letter: pdf for letter, pdf in candidates.items() if _is_whole_pdf(pdf)}


def _is_whole_pdf(path: Path) -> bool:
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return data.startswith(b"%PDF-") and b"%%EOF" in data[-1024:]


def _convert_chunk(office: LibreOffice, letters: Sequence[Path], target: Path) -> int:
    """Run one call with a profile of its own: profiles shared between processes collide."""
    with tempfile.TemporaryDirectory(prefix="relance-lo-", ignore_cleanup_errors=True) as folder:
        profile = Path(folder) / "profile"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        arguments = [
            str(office.program), _profile_argument(profile), "--headless", "--norestore", "--nolockcheck",
            "--convert-to", "pdf:writer_pdf_Export", "--outdir", str(target), *map(str, letters),
        ]  # fmt: skip
        with suppress(OSError, subprocess.TimeoutExpired):
            _run(arguments, office.timeout_s)
    return len(letters)


def _profile_argument(profile: Path) -> str:
    return f"-env:UserInstallation={profile.absolute().as_uri()}"


def _run(arguments: list[str], timeout_s: float) -> str:
    """Run a program in a process group of its own and return its output; on a timeout the whole tree is ended."""
    group: dict[str, object] = {"start_new_session": True}
    if sys.platform == "win32":
        group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    process = subprocess.Popen(  # type: ignore[call-overload]  # noqa: S603 - a program found by us, no shell
        arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **group
    )
    try:
        output, _nothing = process.communicate(timeout=timeout_s)
    except BaseException:
        # soffice is a script around soffice.bin: ending the first alone leaves the second writing.
        _end_tree(process)
        raise
    return str(output.decode(errors="replace"))


def _end_tree(process: "subprocess.Popen[bytes]") -> None:
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], check=False, capture_output=True)  # noqa: S603, S607
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=10)
