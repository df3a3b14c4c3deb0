"""Runs one way of doing a piece of work in a process of its own, and measures its time and memory."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Way = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Measure:
    """Seconds of the work itself, and the process's peak memory in bytes."""

    seconds: float
    peak_bytes: int


def measure(module: str, way: str, folder: Path) -> Measure:
    """Run a way of a benchmark module in a fresh process, twice, and return the quicker run."""
    runs = []
    for _round in range(2):
        done = subprocess.run(
            [sys.executable, "-m", module, way, str(folder)], check=True, capture_output=True, text=True
        )
        seconds, peak_bytes = json.loads(done.stdout.splitlines()[-1])
        runs.append(Measure(seconds, peak_bytes))
    return Measure(min(run.seconds for run in runs), min(run.peak_bytes for run in runs))


def run_way(ways: dict[str, Way], name: str, folder: Path, prepare: Callable[[], object]) -> None:
    """Do the work of one way, in this process, and print what it took; what all ways need is prepared before."""
    prepare()
    start = time.perf_counter()
    ways[name](folder)
    seconds = time.perf_counter() - start
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit]))
