"""Kill `relance-xl send` hundreds of times, at any moment; show that nothing is sent twice and nothing forgotten.

`python -m torture.send_kills [--kills 300] [--seed N] [--jobs 2]`; exit code 1 where a promise is broken.
"""

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.bench import Bench
from torture.dossiers import Mailing, Model
from torture.journal_lines import read_told
from torture.killing import killed_send
from torture.mail_log import mail_process
from torture.office import office_faults
from torture.phases import Before, Phase
from torture.proof import broken_at_the_end, broken_promises, left_temporary, stale_statuses, unfinished

EMAILS = 60
#: LibreOffice opens the workbook of every so many dossiers.
_OFFICE_EVERY = 6
#: Runs that nobody kills, after which all must be done: the server refuses a message now and then.
_LAST_RUNS = 12


@dataclass(frozen=True, slots=True)
class Durations:
    """The seconds of runs that nobody kills: one that makes and sends all, one that finds it made, sending the rest (about)."""

    whole: float
    again: float


@dataclass(slots=True)
class Tally:
    """What all dossiers came to; each adds to it when it is done, but kills at once."""

    wanted: int
    kills: Counter[Phase] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_over(self) -> bool:
        """Whether there were kills enough, or there is something to look at."""
        return self.kills.total() >= self.wanted or bool(self.broken)

    def add(self, **counts: int) -> None:
        """Count."""
        with self.lock:
            self.counts.update(counts)

    def complain(self, where: str, faults: list[str]) -> None:
        """Remember what is wrong."""
        with self.lock:
            self.broken += [f"{where}: {fault}" for fault in faults]

    def table(self) -> Iterator[tuple[str, int]]:
        """Return the lines to print."""
        yield "kills", self.kills.total()
        for phase in Phase:
            yield f"  {phase}", self.kills[phase]
        yield from sorted(self.counts.items())
        yield "promises broken", len(self.broken)


class Ordeal:
    """One dossier, sent under fire."""

    def __init__(self, mailing: Mailing, name: str, seed: int, tally: Tally) -> None:
        self._mailing, self._name, self._tally = mailing, name, tally
        self._dice = random.Random(seed)  # noqa: S311 - a test's dice

    def run(self, durations: Durations, with_office: bool) -> None:
        """Kill until all is sent or unknown, then look at what has become of it."""
        while unfinished(self._mailing) and not self._tally.is_over:
            self._kill(durations)
            self._check(broken_promises(self._mailing))
            if self._dice.random() < 0.5:
                self._resolve()
        self._finish()
        self._check(broken_promises(self._mailing) + broken_at_the_end(self._mailing))
        if with_office:
            self._check(office_faults(self._mailing.bench))
            self._tally.add(**{"workbooks opened in LibreOffice": 1})
        self._count()

    def _check(self, faults: list[str]) -> None:
        self._tally.complain(self._name, faults)

    def _kill(self, durations: Durations) -> None:
        before = Before.look(self._mailing)
        length = durations.again if before.lines else durations.whole
        killed = killed_send(self._mailing, before.log, self._dice, length)
        self._mailing.log.wait_until_idle()
        if killed:
            with self._tally.lock:
                self._tally.kills[before.phase(self._mailing)] += 1
        else:
            self._tally.add(**{"runs that ended before their kill": 1})
            self._delete_abandoned_lock()

    def _delete_abandoned_lock(self) -> None:
        """Do what the program says of a lock that a kill left empty: it does not take that over by itself."""
        lock = self._mailing.bench.root / ".relance" / "lock"
        if lock.exists():
            lock.unlink()
            self._tally.add(**{"locks left empty, deleted as the message says": 1})

    def _resolve(self) -> None:
        """Settle what is unknown as a person who asks the mail server would."""
        taken = {one.digest for one in self._mailing.log.accepted()}
        for one in [one for one in read_told(self._mailing.bench.journal) if one.outcome == "unknown"]:
            fate = "sent" if one.digest in taken else "not-sent"
            if self._run("resolve", one.key, fate) == 0:
                self._tally.add(**{f"unknown, resolved as {fate}": 1})
            else:
                self._check([f"{one.key} cannot be resolved"])

    def _finish(self) -> None:
        """Run until all is done, nobody killing; a further run then changes nothing."""
        for _run in range(_LAST_RUNS):
            self._run("send", "--yes")
            if not unfinished(self._mailing):
                break
        unknown = any(one.outcome == "unknown" for one in read_told(self._mailing.bench.journal))
        journal, accepted = self._mailing.bench.journal.read_bytes(), self._mailing.log.accepted()
        code = self._run("send", "--yes")
        if code != (7 if unknown else 0):
            self._check([f"a further send exits with {code}"])
        if (journal, accepted) != (self._mailing.bench.journal.read_bytes(), self._mailing.log.accepted()):
            self._check(["a further send sends or settles something"])

    def _run(self, *command: str) -> int:
        """Run a command to its end, again where a kill had left the lock empty."""
        done = self._mailing.bench.run(*command, env=self._mailing.secrets)
        if done.code == 5:
            self._delete_abandoned_lock()
            done = self._mailing.bench.run(*command, env=self._mailing.secrets)
        if done.code not in {0, 1, 6, 7}:
            self._check([f"{command[0]} exits with {done.code}: {done.err[-400:]}"])
        self._mailing.log.wait_until_idle()
        return done.code

    def _count(self) -> None:
        told, accepted = read_told(self._mailing.bench.journal), self._mailing.log.accepted()
        self._tally.add(**{
            "dossiers": 1,
            "reminders": len(self._mailing.keys),
            "messages accepted": len(accepted),
            "duplicates": len(accepted) - len({one.key for one in accepted}),
            "unknown at the end": sum(one.outcome == "unknown" for one in told),
            "batches": len({one.batch for one in told}),
            "refused by the server or resolved as not sent": sum(one.outcome == "refused" for one in told),
            "half-written workbooks left": left_temporary(self._mailing.bench),
            "status cells that do not say sent": stale_statuses(self._mailing),
        })  # fmt: skip


def _real_letter(folder: Path) -> bytes:
    """Return what LibreOffice makes of the sample's letter: it is needed once only."""
    bench = Bench(folder)
    bench.run("init", "--sample")
    bench.run("export")
    bench.write(("FA2026-0187", "Par courrier", "x"))
    bench.run("send", "--yes")
    return next((folder / "lots").glob("*/relances/*.pdf")).read_bytes()


def _measure(model: Model, folder: Path) -> Durations:
    with mail_process(folder / "mail", 0) as log:
        mailing = model.copy(folder / "dossier", log)
        moments = [time.monotonic()]
        for _run in range(2):
            mailing.bench.run("send", "--yes", env=mailing.secrets)
            moments.append(time.monotonic())
    return Durations(moments[1] - moments[0], 1.5 * (moments[2] - moments[1]))


def torture(folder: Path, tally: Tally, seed: int, jobs: int) -> None:
    """Take one fresh dossier after the other until there were kills enough."""
    model = Model.make(folder / "model", EMAILS, _real_letter(folder / "letter"))
    durations = _measure(model, folder / "measured")

    def one(number: int) -> None:
        if tally.is_over:
            return
        place = folder / f"{number:04}"
        with mail_process(place / "mail", seed + number) as log:
            mailing = model.copy(place / "dossier", log)
            Ordeal(mailing, place.name, seed + number, tally).run(durations, number % _OFFICE_EVERY == 0)
        print(f"{place.name}: {tally.kills.total()} kills", file=sys.stderr, flush=True)

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, range(tally.wanted)))


def main() -> None:
    """Read the options, torture, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    if os.name == "nt":
        sys.exit("process groups are killed here: POSIX only")
    start, tally = time.monotonic(), Tally(given.kills)
    with tempfile.TemporaryDirectory(prefix="send-kills-") as folder:
        torture(Path(folder), tally, given.seed, given.jobs)
    for name, count in tally.table():
        print(f"{count:>7}  {name}")
    print(f"{time.monotonic() - start:>7.0f}  seconds, seed {given.seed}")
    print("\n".join(tally.broken))
    sys.exit(1 if tally.broken else 0)


if __name__ == "__main__":
    main()
