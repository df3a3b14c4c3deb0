"""`watch --install`: lets the system start the watch at each login."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from relance_xl.console import Console
from relance_xl.desktop.program import program_command, this_system
from relance_xl.desktop.services import Service, install, remove, service_for
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
    service = _service(roots, seconds)
    try:
        return Installed(service, install(service))
    except OSError as error:
        raise _unwritable(service, error) from error


def remove_watch(roots: tuple[Path, ...]) -> Installed:
    """End what starts the watch over dossiers, and take its file away. Raises ProgramError."""
    service = _service(roots, 0)
    if not service.path.exists():
        raise ProgramError(_("No watch over these folders is installed here: {file}").format(file=service.path))
    try:
        return Installed(service, remove(service))
    except OSError as error:
        raise _unwritable(service, error) from error


def _service(roots: tuple[Path, ...], seconds: float) -> Service:
    folders = tuple(one.resolve() for one in roots)
    named = [word for one in folders for word in ("-d", str(one))]
    command = (*program_command(), *named, "watch", "--interval", f"{seconds:g}")
    return service_for(this_system(), command, folders)


def _unwritable(service: Service, error: OSError) -> ProgramError:
    text = _("{file} cannot be written: {why}").format(file=service.path, why=fault_words(error))
    return ProgramError(text, advice=_("Check the disk's room and the folder's rights."))


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


def show_removed(console: Console, removed: Installed) -> int:
    """Tell what was taken away; return the exit code."""
    if console.as_json:
        console.answer({"file": str(removed.service.path), "trouble": removed.trouble or None})
    else:
        console.say(_("Taken away: {file}").format(file=removed.service.path))
        if removed.trouble:
            text = _("The system did not end it ({why}). End it yourself: {command}")
            console.note(text.format(why=removed.trouble, command=shlex.join(removed.service.stop)))
    return 6 if removed.trouble else 0
