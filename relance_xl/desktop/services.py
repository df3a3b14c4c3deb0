"""What starts the watch when somebody logs in: a systemd user unit, a launchd agent, a Windows task.

Sources: systemd.service(5), "Command lines" and systemd.unit(5), "Specifiers"; launchd.plist(5); Microsoft's "Task Scheduler Schema".
"""

import hashlib
import os
import plistlib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from relance_xl.desktop.program import System

_TASK = "http://schemas.microsoft.com/windows/2004/02/mit/task"


@dataclass(frozen=True, slots=True)
class Service:
    """A file that starts the watch, the command that makes the system use it, and the one that ends that."""

    path: Path
    content: bytes
    start: tuple[str, ...]
    stop: tuple[str, ...]


def service_for(system: System, command: Sequence[str], folders: Sequence[Path]) -> Service:
    """Return what starts a command at each login on a system; `folders`: what it watches, which gives it its name."""
    sign = hashlib.sha256("\0".join(map(str, folders)).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    makers = {System.LINUX: _systemd, System.MACOS: _launchd, System.WINDOWS: _task}
    return makers[system](f"relance-xl-{sign}", command)


def install(service: Service) -> str:
    """Write the file and start it; return "" or why the system did not start it. Raises OSError."""
    service.path.parent.mkdir(parents=True, exist_ok=True)
    service.path.write_bytes(service.content)
    return _run(service.start)


def remove(service: Service) -> str:
    """End it and take the file away; return "" or why the system did not end it. Raises OSError."""
    trouble = _run(service.stop)
    service.path.unlink(missing_ok=True)
    return trouble


def _run(command: Sequence[str]) -> str:
    """Run a command of the system's; return "" or what it said where it failed."""
    try:
        done = subprocess.run(  # noqa: S603 - the system's own program, of a file of ours
            command, capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = (done.stderr or done.stdout).strip().splitlines() or [str(done.returncode)]
    return "" if done.returncode == 0 else said[-1]


def _systemd(name: str, command: Sequence[str]) -> Service:
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"
    text = "\n".join([
        "[Unit]",
        "Description=Relance XL: what is asked for in workbooks",
        "",
        "[Service]",
        f"ExecStart={' '.join(map(_systemd_word, command))}",
        "Restart=on-failure",
        "RestartSec=60",
        "",
        "[Install]",
        "WantedBy=default.target",
        "",
    ])  # fmt: skip
    unit = f"{name}.service"
    start = ("systemctl", "--user", "enable", "--now", unit)
    return Service(
        folder / unit, text.encode("utf-8", "surrogateescape"), start, ("systemctl", "--user", "disable", "--now", unit)
    )


def _systemd_word(text: str) -> str:
    r"""Return a word of ExecStart: in double quotes, where \ and " are escaped, % and $ doubled."""
    for sign, written in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        text = text.replace(sign, written)
    return f'"{text}"'


def _launchd(name: str, command: Sequence[str]) -> Service:
    label = f"net.{name}"
    path = Path.home() / "Library" / "LaunchAgents" / f"{label}.plist"
    agent = {
        "Label": label,
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 60,
    }
    domain = f"gui/{os.getuid()}" if hasattr(os, "getuid") else "gui"
    start, stop = ("launchctl", "bootstrap", domain, str(path)), ("launchctl", "bootout", f"{domain}/{label}")
    return Service(path, plistlib.dumps(agent), start, stop)


def _task(name: str, command: Sequence[str]) -> Service:
    path = Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "relance-xl" / f"{name}.xml"
    task = ET.Element("Task", {"version": "1.2", "xmlns": _TASK})
    trigger = ET.SubElement(ET.SubElement(task, "Triggers"), "LogonTrigger")
    ET.SubElement(trigger, "Enabled").text = "true"
    settings = ET.SubElement(task, "Settings")
    restart = ET.SubElement(settings, "RestartOnFailure")
    ET.SubElement(restart, "Interval").text = "PT1M"
    ET.SubElement(restart, "Count").text = "999"
    for key, value in (("MultipleInstancesPolicy", "IgnoreNew"), ("DisallowStartIfOnBatteries", "false"),
                       ("StopIfGoingOnBatteries", "false"), ("ExecutionTimeLimit", "PT0S")):  # fmt: skip
        ET.SubElement(settings, key).text = value
    run = ET.SubElement(ET.SubElement(task, "Actions"), "Exec")
    program, *arguments = command
    ET.SubElement(run, "Command").text = program
    ET.SubElement(run, "Arguments").text = subprocess.list2cmdline(arguments)
    # schtasks reads UTF-16, as it writes it.
    content = ET.tostring(task, encoding="utf-16", xml_declaration=True)
    start = ("schtasks", "/Create", "/F", "/TN", name, "/XML", str(path))
    return Service(path, content, start, ("schtasks", "/Delete", "/F", "/TN", name))
