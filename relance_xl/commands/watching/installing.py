"""`watch --install`: lets the system start the watch at each login."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from relance_xl.console import Console
from relance_xl.desktop.program import program_command, this_system
from relance_xl.desktop.services import Service, install, service_for
from relance_xl.runtime.errors import ProgramError
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import fault_words


@dataclass(frozen=True, slots=True)
class Installed:
    """What starts the watch from now on; `trouble`: why the system does not yet."""

    service: Service
    trouble: str


def install_watch(roots: tuple[Path, ...], seconds: float) -> Installed:
    """Write what starts the watch over dossiers, and start it. Raises ProgramError."""
    folders = tuple(one.resolve() for one in roots)
    named = [word for one in folders for word in ("-d", str(one))]
    command = (*program_command(), *named, "watch", "--interval", f"{seconds:g}")
    service = service_for(this_system(), command, folders)
    try:
        return Installed(service, install(service))
    except OSError as error:
        text = _("{file} cannot be written: {why}").format(file=service.path, why=fault_words(error))
        raise ProgramError(text, advice=_("Check the disk's room and the folder's rights.")) from error


def show_installed(console: Console, installed: Installed) -> int:
    """Tell what was installed and how to end it; return the exit code."""
    service = installed.service
    start, stop = shlex.join(service.start), shlex.join(service.stop)
    if console.as_json:
        console.answer({"file": str(service.path), "start": start, "stop": stop, "trouble": installed.trouble or None})
    elif installed.trouble:
        console.say(_("Written: {file}").format(file=service.path))
        console.note(_("The system did not start it ({why}). Start it yourself: {command}").format(
            why=installed.trouble, command=start
        ))  # fmt: skip
    else:
        console.say(_("Written and started: {file}. It starts at each login.").format(file=service.path))
        console.say(_("To end it: {command}").format(command=stop))
    return 6 if installed.trouble else 0
