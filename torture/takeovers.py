"""Stop a send at each of its system calls; let another take over and finish; wake it up: nothing is sent twice.

`python -m torture.takeovers [--stops 150] [--seed N] [--jobs 2]`; needs strace (Linux). Exit code 1 where a promise is
broken. One side: the first run is stopped, the second takes over and ends, the first wakes up. The other: the first is
stopped before it records what it begins, the second is stopped in the middle of taking over, and the first wakes up
before the second does.
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.bench import DAY
from torture.dossiers import Mailing, Model
from torture.journal_lines import read_told
from torture.mail_log import mail_process
from torture.proof import broken_promises, history_faults
from torture.send_kills import _real_letter

EMAILS = 4
_LIMIT_S = 240
#: What writes, makes durable, looks or talks: the places at which a computer can fall asleep with an effect.
_CALLS = ("openat", "write", "fsync", "lseek", "read", "rename", "unlink", "sendto", "recvfrom")
_LINE = re.compile(rf"^(\d+) +({'|'.join(_CALLS)})\(")


@dataclass(frozen=True, slots=True)
class Stop:
    """Before which call of which kind a run is stopped, counted from its start."""

    call: str
    nth: int

    def __str__(self) -> str:
        return f"{self.call} {self.nth}"


@dataclass(slots=True)
class Tally:
    """What all stops came to."""

    counts: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *names: str, broken: list[str]) -> None:
        """Count one stop."""
        with self.lock:
            self.counts.update(names)
            self.broken += broken


class Run:
    """A send, under strace where it is to be stopped; `trace`: the file that strace writes then."""

    def __init__(self, mailing: Mailing, stop: Stop | None, trace: Path, *more: str) -> None:
        command = [
            sys.executable,
            "-m",
            "relance_xl",
            "-d",
            str(mailing.bench.root),
            "send",
            "--yes",
            "--date",
            DAY,
            *more,
        ]
        if stop is not None:
            inject = f"inject={stop.call}:signal=SIGSTOP:when={stop.nth}"
            tracer = [str(shutil.which("strace")), "-qq", "-o", str(trace), "-e", f"trace={stop.call}", "-e", inject]
            command = [*tracer, *command]
        quiet = subprocess.DEVNULL
        self._trace = trace
        self._process = subprocess.Popen(
            command, env=_environment(mailing), stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )

    def wait_until_stopped(self) -> bool:
        """Return once it is stopped, or has ended before; whether it is stopped."""
        deadline = time.monotonic() + _LIMIT_S
        while self._process.poll() is None:
            if self._is_stopped():
                return True
            if time.monotonic() > deadline:
                raise TimeoutError("a send hangs")
            time.sleep(0.02)
        return False

    def _is_stopped(self) -> bool:
        try:
            return b"stopped by SIGSTOP" in self._trace.read_bytes()
        except FileNotFoundError:
            return False

    def wake(self) -> None:
        """Let it go on."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        for pid in children.split():
            os.kill(int(pid), signal.SIGCONT)

    def wait(self) -> int:
        """Return how it ended."""
        try:
            return self._process.wait(_LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            raise


def _environment(mailing: Mailing) -> dict[str, str]:
    """Return an environment in which the calls of two runs are the same, and counted alike."""
    return {**mailing.environment, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}


def find_stops(mailing: Mailing, folder: Path) -> list[Stop]:
    """Return every call of a send from the first look at its journal on."""
    trace = folder / "trace"
    command = [sys.executable, "-m", "relance_xl", "-d", str(mailing.bench.root), "send", "--yes", "--date", DAY]
    subprocess.run(
        [str(shutil.which("strace")), "-f", "-qq", "-s", "200", "-o", str(trace), "-e", f"trace={','.join(_CALLS)}", *command],
        env=_environment(mailing), check=False, capture_output=True, timeout=_LIMIT_S,
    )  # fmt: skip
    lines = trace.read_text(errors="replace").splitlines()
    main = lines[0].split()[0]
    counts: Counter[str] = Counter()
    stops, begun = [], False
    for line in lines:
        match = _LINE.match(line)
        if match is None or match[1] != main:
            continue
        counts[match[2]] += 1
        begun = begun or "journal.jsonl" in line
        if begun:
            stops.append(Stop(match[2], counts[match[2]]))
    return stops


def _pending(model: Model, folder: Path, log_folder: Path) -> None:
    """Leave a batch that is committed, and of which nothing has left."""
    with mail_process(log_folder) as log:
        mailing = model.copy(folder, log)
        done = mailing.bench.run("send", "--yes", env=mailing.secrets)
        if done.code:
            raise RuntimeError(done.out + done.err)
    kept = [
        line for line in mailing.bench.journal.read_bytes().splitlines(keepends=True)
        if b'"kind":"begun"' not in line and b'"kind":"settled"' not in line
    ]  # fmt: skip
    mailing.bench.journal.write_bytes(b"".join(kept))
    shutil.copy(model.root / "relances.xlsx", mailing.bench.workbook)
    shutil.copy(model.root / "relance.toml", mailing.bench.root / "relance.toml")


def _faults(mailing: Mailing) -> list[str]:
    """Return what is wrong once everybody is done."""
    mailing.log.wait_until_idle()
    found = broken_promises(mailing)
    done = mailing.bench.run("send", "--yes", env=mailing.secrets)
    mailing.log.wait_until_idle()
    found += broken_promises(mailing)
    if done.code not in {0, 7}:
        found.append(f"the last send ends with {done.code}: {done.err[-300:]}")
    told = read_told(mailing.bench.journal)
    missing = mailing.keys - {one.key for one in told if one.outcome in {"accepted", "unknown"}}
    found += [f"{key} was forgotten" for key in sorted(missing)]
    return found + history_faults(mailing.bench.rows("Historique"), told)


def one_stop(mailing: Mailing, stop: Stop, other: Stop | None, tally: Tally) -> None:
    """Stop, take over, wake; `other`: where the one who takes over is stopped, too."""
    folder = mailing.bench.root.parent
    first = Run(mailing, stop, folder / "first")
    stopped = first.wait_until_stopped()
    second = Run(mailing, other, folder / "second", "--break-lock") if stopped else None
    codes = []
    if second is not None and other is not None and second.wait_until_stopped():
        first.wake()
        codes.append(first.wait())
        second.wake()
        codes.append(second.wait())
    else:
        if second is not None:
            codes.append(second.wait())
            first.wake()
        codes.append(first.wait())
    faults = [f"first at {stop}, second at {other}: {fault}" for fault in _faults(mailing)]
    unknown = sum(one.outcome == "unknown" for one in read_told(mailing.bench.journal))
    names = ["stops" if stopped else "ended before their stop"]
    names += ["of unknown fate, for a person to look at"] * unknown + [f"ended with {code}" for code in codes]
    tally.add(*names, broken=faults)


def torture(folder: Path, tally: Tally, wanted: int, seed: int, jobs: int) -> None:
    """Take one fresh dossier for each stop: two thirds of them on the first side."""
    model = Model.make(folder / "model", EMAILS, _real_letter(folder / "letter"))
    _pending(model, folder / "pending", folder / "pending-mail")
    prepared = Model(folder / "pending", model.numbers)
    with mail_process(folder / "traced-mail") as log:
        stops = find_stops(prepared.copy(folder / "traced", log), folder)
    dice = random.Random(seed)  # noqa: S311 - a test's dice
    chosen: list[tuple[Stop, Stop | None]] = [(stop, None) for stop in _spread(stops, 2 * wanted // 3)]
    writes = [stop for stop in stops if stop.call in {"write", "fsync", "openat"}]
    chosen += [(dice.choice(writes), stop) for stop in _spread(stops, wanted - len(chosen))]

    def one(number: int) -> None:
        stop, other = chosen[number]
        place = folder / f"{number:04}"
        with mail_process(place / "mail") as log:
            one_stop(prepared.copy(place / "dossier", log), stop, other, tally)
        shutil.rmtree(place)
        if number % 20 == 0:
            print(f"{number} of {len(chosen)}", file=sys.stderr, flush=True)

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, range(len(chosen))))


def _spread(stops: list[Stop], count: int) -> list[Stop]:
    """Return so many stops, evenly over all; all of them where there are no more."""
    if count >= len(stops):
        return stops
    return [stops[index * len(stops) // count] for index in range(count)]


def main() -> None:
    """Read the options, torture, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stops", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    if shutil.which("strace") is None:
        sys.exit("strace is needed, which stops a run at a system call")
    start, tally = time.monotonic(), Tally()
    with tempfile.TemporaryDirectory(prefix="takeovers-") as folder:
        torture(Path(folder), tally, given.stops, given.seed, given.jobs)
    for name, count in sorted(tally.counts.items()):
        print(f"{count:>7}  {name}")
    print(f"{len(tally.broken):>7}  promises broken")
    print(f"{time.monotonic() - start:>7.0f}  seconds, seed {given.seed}")
    print("\n".join(tally.broken))
    sys.exit(1 if tally.broken else 0)


if __name__ == "__main__":
    main()
