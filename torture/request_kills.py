"""Kill `relance-xl watch` a hundred times while people ask, save on, and put old copies back: nothing twice, nothing unasked.

`python -m torture.request_kills [--kills 100] [--seed N]`; exit code 1 where a promise is broken.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl import load_workbook

from tests.support.bench import Bench

_REQUEST = "J2"
#: How many invoices a dossier has that can be asked for.
_ROWS = 24
_LOOK = "0.2"
#: Seconds for a watch that nobody kills to do what is left.
_LONGEST = 60


@dataclass(slots=True)
class _Company:
    """A dossier, who works in it, and what was asked for."""

    bench: Bench
    chance: random.Random
    #: Not ticked yet; asked for.
    fresh: list[str]
    asked: set[str] = field(default_factory=set)
    copies: list[Path] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def tick(self, count: int) -> list[str]:
        """Tick so many rows more, and save; return them."""
        chosen = [self.fresh.pop() for _time in range(min(count, len(self.fresh)))]
        self.bench.write(*((one, "Par courrier", "x") for one in chosen))
        return chosen

    def ask(self) -> None:
        """Ask for what is ticked and not sent, as the sheet counts it; a copy of that is kept."""
        ticked = {row["N° facture"] for row in self.bench.rows() if row["Par courrier"] == "x"}
        waiting = ticked - _sent(self.bench).keys()
        book = load_workbook(self.bench.workbook)
        book["Relances"][_REQUEST] = f"envoyer {len(waiting)}"
        book.save(self.bench.workbook)
        self.asked |= waiting
        self.counts["requests"] += 1
        self.copies.append(
            Path(shutil.copy(self.bench.workbook, self.bench.root.parent / f"copie-{len(self.copies)}.xlsx"))
        )

    def disturb(self) -> None:
        """Save what nobody asked for, or put an old copy back."""
        if self.chance.random() < 0.5:
            self.tick(1)
            self.counts["later ticks"] += 1
        else:
            shutil.copy(self.chance.choice(self.copies), self.bench.workbook)
            self.counts["old copies"] += 1


def _sent(bench: Bench) -> Counter[str]:
    """Return how often each invoice was made to leave: prepared in a batch that was committed, and not withdrawn."""
    records = (
        [json.loads(line) for line in bench.journal.read_text(encoding="utf-8").splitlines()]
        if (bench.journal.exists())
        else []
    )
    committed = {one["batch"] for one in records if one["kind"] == "committed"}
    withdrawn = {one["id"] for one in records if one["kind"] == "settled" and one["outcome"] == "withdrawn"}
    prepared = [one for one in records if one["kind"] == "prepared" and one["batch"] in committed]
    return Counter(item["invoice"] for one in prepared if one["id"] not in withdrawn for item in one["items"])


def _watch(bench: Bench, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "relance_xl", "-d", str(bench.root), "watch", "--interval", _LOOK, *more]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def _new_company(root: Path, chance: random.Random) -> _Company:
    bench = Bench(root / "dossier")
    for command in (("init", "--sample"), ("export",)):
        bench.run(*command, day=None)
    due = [
        row["N° facture"] for row in bench.rows() if row["Retard (j)"] and row["Retard (j)"] > 8 and not row["Statut"]
    ]
    chance.shuffle(due)
    with (bench.root / "relance.toml").open("r+", encoding="utf-8") as file:
        text = file.read().replace('grouping = "customer"', 'grouping = "invoice"')
        file.seek(0)
        file.write(text)
        file.truncate()
    # Those without a PDF are held, and so never counted.
    return _Company(bench, chance, [one for one in due if (bench.root / "factures" / f"{one}.pdf").exists()][:_ROWS])


def _kill_rounds(company: _Company, kills: int) -> int:
    """Ask, disturb and kill until there is nothing left to tick; return how many kills there were."""
    made = 0
    while made < kills and len(company.fresh) > 3:
        company.tick(company.chance.randint(1, 2))
        process = _watch(company.bench)
        time.sleep(company.chance.uniform(0.3, 1.2))
        company.ask()
        time.sleep(company.chance.uniform(0.0, 0.6))
        if company.chance.random() < 0.5:
            company.disturb()
        time.sleep(company.chance.uniform(0.0, 2.5))
        process.kill()
        process.wait()
        made += 1
    return made


def _broken(company: _Company) -> list[str]:
    """Return the promises that were not kept."""
    sent = _sent(company.bench)
    broken = [f"{one} sent {times} times" for one, times in sent.items() if times > 1]
    broken += [f"{one} sent, never asked for" for one in sent if one not in company.asked]
    pages = [one.name for one in company.bench.root.glob("lots/2*/relances/*.pdf")]
    if len(pages) != sent.total():
        broken.append(f"{sent.total()} sent, {len(pages)} letters")
    try:
        load_workbook(company.bench.workbook)
    except Exception as error:
        broken.append(f"the workbook cannot be read: {error}")
    return broken


def main() -> int:
    """Kill, and count."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=os.getpid())
    options = parser.parse_args()
    chance, counts, broken, kills = random.Random(options.seed), Counter[str](), list[str](), 0  # noqa: S311 - dice
    print(f"seed {options.seed}", flush=True)
    while kills < options.kills and not broken:
        with tempfile.TemporaryDirectory() as folder:
            company = _new_company(Path(folder), chance)
            kills += _kill_rounds(company, options.kills - kills)
            # What a dead run left is finished by one that nobody kills.
            _watch(company.bench, "--once").wait(_LONGEST)
            broken = _broken(company)
            counts += company.counts
            counts["sent"] += _sent(company.bench).total()
        print(f"{kills} kills: {dict(counts)}", flush=True)
    print("\n".join(broken) or "nothing twice, nothing unasked")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
