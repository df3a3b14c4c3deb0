"""A send in a process group of its own, killed at a moment that dice choose."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.bench import DAY
from torture.dossiers import Mailing
from torture.journal_lines import read_lines, read_told
from torture.mail_log import MailLog

#: How long a whole run may take; one that takes longer hangs.
_LIMIT_S = 240


@dataclass(slots=True)
class Victim:
    """A send under way."""

    mailing: Mailing
    process: "subprocess.Popen[bytes]"

    @classmethod
    def start(cls, mailing: Mailing) -> "Victim":
        """Start a send."""
        command = [sys.executable, "-m", "relance_xl", "-d", str(mailing.bench.root), "send", "--yes", "--date", DAY]
        quiet = subprocess.DEVNULL
        return cls(
            mailing,
            subprocess.Popen(
                command, env=mailing.environment, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
            ),
        )

    def wait_for(self, reached: Callable[[], bool]) -> None:
        """Return once something is reached, or the run has ended."""
        deadline = time.monotonic() + _LIMIT_S
        while self.process.poll() is None and not reached():
            if time.monotonic() > deadline:
                self.kill()
                raise TimeoutError("a send hangs")
            time.sleep(0.003)

    def kill(self, after: float = 0) -> bool:
        """Kill its whole group after a while; return whether that came before its end."""
        try:
            self.process.wait(after)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait() == -signal.SIGKILL


def _committed(mailing: Mailing) -> int:
    return sum(line["kind"] == "committed" for line in read_lines(mailing.bench.journal))


def killed_send(mailing: Mailing, log: MailLog, dice: random.Random, whole_run: float) -> bool:
    """Start a send and kill it: anywhere, or aimed at a part of it. Return whether it was killed before its end.

    `log` is the server's log of this run alone, `whole_run` the seconds that the run would take if nobody killed it.
    """
    victim = Victim.start(mailing)
    committed = _committed(mailing)
    aim = dice.choices(["anywhere", "making", "commit", "sending", "end"], [20, 5, 5 if committed else 25, 60, 10])[0]
    if aim == "anywhere":
        return victim.kill(dice.uniform(0, whole_run))
    if aim == "making":
        lots = mailing.bench.root / "lots"
        victim.wait_for(lambda: any(lots.glob(".*.partial")))
        return victim.kill(dice.uniform(0, whole_run / 2))
    if aim == "commit":
        victim.wait_for(lambda: _committed(mailing) > committed)
        return victim.kill(dice.uniform(0, 0.08))
    if aim == "sending":
        victim.wait_for(lambda: log.count("connected") > 0)
        return victim.kill(dice.choice([dice.uniform(0, 0.1), dice.uniform(0, 0.4)]))
    victim.wait_for(lambda: log.count("accepted") > 0)
    victim.wait_for(lambda: not any(one.outcome == "pending" for one in read_told(mailing.bench.journal)))
    return victim.kill(dice.uniform(0, 0.7))
