"""Runs one way of doing a piece of work in a process of its own, and measures its time and memory."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

Way = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Measure:
    """Seconds of the work itself, and the process's peak memory in bytes."""

    seconds: float
    peak_bytes: int


def measure_all(module: str, ways: Iterable[str], folder: Path, rounds: int = 3) -> dict[str, Measure]:
    """Run ways of a benchmark module, each in a fresh process, one after the other in rounds; return the quickest runs.

    In rounds, since a machine that others share is slower in some minutes than in others.
    """
    runs: dict[str, list[Measure]] = {way: [] for way in ways}
    for _round in range(rounds):
        for way, measures in runs.items():
            measures.append(_run(module, way, folder))
    return {
        way: Measure(min(run.seconds for run in measures), min(run.peak_bytes for run in measures))
        for way, measures in runs.items()
    }


def _run(module: str, way: str, folder: Path) -> Measure:
    done = subprocess.run([sys.executable, "-m", module, way, str(folder)], check=True, capture_output=True, text=True)
    seconds, peak_bytes = json.loads(done.stdout.splitlines()[-1])
    return Measure(seconds, peak_bytes)


def run_way(ways: dict[str, Way], name: str, folder: Path, prepare: Callable[[], object]) -> None:
    """Do the work of one way, in this process, and print what it took; what all ways need is prepared before."""
    prepare()
    start = time.perf_counter()
    ways[name](folder)
    seconds = time.perf_counter() - start
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit]))
