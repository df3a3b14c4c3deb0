"""Documents to PDF: several LibreOffice processes at once, each watched, ended with all its children if it hangs."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from relance_xl.letters.libreoffice import LibreOffice, profile_argument, session_socket, write_profile
from relance_xl.runtime.threads import carrying_context

#: Documents a call: enough to spread the start's second, fewer than the 247 after which LibreOffice 7.4 stops.
DOCUMENTS_A_CALL = 120
_LOOK_EVERY_S = 0.02

Finished = Callable[[Path, Path], None]
T = TypeVar("T")


def convert_documents(office: LibreOffice, calls: Iterable[Sequence[Path]], target: Path, finished: Finished) -> None:
    """Turn documents into PDFs in a folder; name each, with its PDF, to `finished` as soon as it is whole.

    `calls`: the documents of each call of LibreOffice; a call begins as soon as its documents are given. File names must
    be unique. Documents that are not named failed: nothing else tells, as LibreOffice exits with 0. A call in which no
    document gets finished within the office's timeout is ended. `finished` is called by one thread at a time.
    """
    target.mkdir(parents=True, exist_ok=True)
    stop, turn = threading.Event(), threading.Lock()

    def one_at_a_time(document: Path, pdf: Path) -> None:
        with turn:
            finished(document, pdf)

    with ThreadPoolExecutor(max_workers=office.workers) as pool:
        try:
            running = [
                pool.submit(carrying_context(_call), office, call, target, one_at_a_time, stop)
                for call in calls
                if call
            ]
            for call in running:
                call.result()
        except BaseException:
            # Ctrl-C, too: the pool waits for its threads, so these must not wait for LibreOffice.
            stop.set()
            raise


def dealt(documents: Sequence[T], workers: int) -> Iterator[Sequence[T]]:
    """Deal documents out into calls, so that all workers end at about the same time."""
    rounds = -(-len(documents) // (workers * DOCUMENTS_A_CALL))
    count = min(max(rounds, 1) * workers, len(documents))
    for number in range(count):
        yield documents[number::count]


def _call(
    office: LibreOffice, documents: Sequence[Path], target: Path, finished: Finished, stop: threading.Event
) -> None:
    """Run one call with a profile of its own (profiles shared between processes collide), and watch what comes out."""
    with tempfile.TemporaryDirectory(prefix="relance-lo-", ignore_cleanup_errors=True) as folder:
        profile = Path(folder) / "profile"
        write_profile(profile, office.program)
        arguments = [
            str(office.program), profile_argument(profile), "--headless", "--norestore", "--nolockcheck",
            "--convert-to", _filter(office.pdf_a), "--outdir", str(target), *map(str, documents),
        ]  # fmt: skip
        try:
            process = start_process(arguments, Path(folder))
        except OSError:
            return
        waiting = list(documents)
        try:
            deadline = time.monotonic() + office.timeout_s
            while process.poll() is None and time.monotonic() < deadline and not stop.is_set():
                # Documents are converted in order: one is whole once the next has begun to come out.
                if len(waiting) > 1 and _pdf_of(waiting[1], target).exists():
                    _hand_over(waiting.pop(0), target, finished)
                    deadline = time.monotonic() + office.timeout_s
                # The last one is whole once its end is written: LibreOffice need not shut down by itself.
                elif len(waiting) == 1 and _is_whole_pdf(_pdf_of(waiting[0], target)):
                    break
                else:
                    time.sleep(_LOOK_EVERY_S)
        finally:
            end_tree(process)
            # What is ended at once leaves it behind.
            with suppress(OSError):
                session_socket(profile).unlink()
        for document in waiting:
            _hand_over(document, target, finished)


def _filter(pdf_a: int) -> str:
    """Return what to convert to, and how."""
    options = {
        # Named destinations tell which pages of a combined document are whose.
        "ExportBookmarksToPDFDestination": {"type": "boolean", "value": "true"},
        # A letter is to be read: what Word has for filling in is drawn, as it is in print.
        "ExportFormFields": {"type": "boolean", "value": "false"},
        "SelectPdfVersion": {"type": "long", "value": str(pdf_a)},
    }
    return f"pdf:writer_pdf_Export:{json.dumps(options)}"


def _hand_over(document: Path, target: Path, finished: Finished) -> None:
    pdf = _pdf_of(document, target)
    if _is_whole_pdf(pdf):
        finished(document, pdf)


def _pdf_of(document: Path, target: Path) -> Path:
    return target / f"{document.stem}.pdf"


def _is_whole_pdf(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(5)
            file.seek(-min(1024, path.stat().st_size), os.SEEK_END)
            return head == b"%PDF-" and b"%%EOF" in file.read()
    except OSError:
        return False


def start_process(arguments: Sequence[str], scratch: Path) -> "subprocess.Popen[bytes]":
    """Start a program in a process group of its own, its output thrown away. Raises OSError.

    `scratch`: a folder for whatever it leaves lying about: LibreOffice does, when it is ended.
    """
    group: dict[str, object] = {"start_new_session": True}
    if sys.platform == "win32":
        group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]  # noqa: S603 - a program found by us, no shell
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # One of these names it on each system (Python's own tempfile looks at the same).
        env={**os.environ, "TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)},
        **group,
    )


def end_tree(process: "subprocess.Popen[bytes]") -> None:
    """End a program and all that it started: soffice is a script around soffice.bin, which would write on."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], check=False, capture_output=True)  # noqa: S603, S607
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
