"""Killed at any moment, run again until done: each reminder is made once, and the workbook agrees."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from email import message_from_bytes

import pytest

from relance_xl.core.history import replay
from relance_xl.core.reminder import Outcome
from relance_xl.journal.journal import read_journal
from tests.support.bench import DAY, Bench, pages

_NUMBERS = ("FA2026-0296", "FA2026-0187", "FA2026-0229", "FA2026-0236", "FA2026-0338", "FA2026-0358")


def _kill_after(bench: Bench, seconds: float) -> bool:
    """Run a send and kill it, with all it started, after a while; return whether it was done before."""
    command = [sys.executable, "-m", "relance_xl", "-d", str(bench.root), "send", "--yes", "--date", DAY]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=os.name != "nt"
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
    return True


@pytest.mark.parametrize("seed", range(3))
def test_kills_at_random_moments_make_nothing_twice_and_lose_nothing(exported: Bench, seed: int) -> None:
    """A send killed in the middle loses a reminder, makes one twice, or leaves the history behind the journal."""
    exported.write(*((number, title, "x") for number in _NUMBERS for title in ("Par courrier", "Par email")
                     if title == "Par courrier" or number != "FA2026-0296"))  # fmt: skip
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    done = False
    for _round in range(12):
        done = _kill_after(exported, chance.uniform(0.4, 3.0))
        if done:
            break
    if not done:
        assert exported.run("send", "--yes").code == 0
    assert exported.run("send", "--yes").code == 0

    made = [
        str(key)
        for delivery in replay(read_journal(exported.journal)).deliveries
        if delivery.outcome in {Outcome.PRINTED, Outcome.ACCEPTED}
        for key in delivery.keys
    ]
    expected = {f"{number}/1/post" for number in _NUMBERS}
    expected |= {f"{number}/1/email" for number in _NUMBERS if number != "FA2026-0296"}
    assert Counter(made) == Counter(expected)
    visible = [folder for folder in (exported.root / "lots").iterdir() if not folder.name.startswith(".")]
    messages = [message_from_bytes(path.read_bytes()) for folder in visible for path in (folder / "emails").glob("*")]
    assert Counter(message["X-Relance-Key"] for message in messages) == Counter(k for k in made if k.endswith("email"))
    texts = [text for folder in visible for text in pages(folder / "courriers.pdf")]
    for number in _NUMBERS:
        assert sum(f"Notre référence : {number}" in text or f"Our reference: {number}" in text for text in texts) == 1
    assert Counter(row["Relance"] for row in exported.rows("Historique")) == Counter(expected)


def test_a_batch_that_was_committed_is_finished_by_the_next_send(exported: Bench) -> None:
    """A crash between commit and delivery loses the batch, or the next send makes a second one."""
    exported.write(("FA2026-0296", "Par courrier", "x"), ("FA2026-0187", "Par courrier", "x"))
    workbook = exported.workbook.read_bytes()
    assert exported.run("send", "--yes").code == 0
    _rewind_to_commit(exported, workbook)
    exported.source("2380,80;EUR", "1380,80;EUR")
    again = exported.json("send", "--yes")
    outcomes = {line["invoice"]: line["outcome"] for line in again.reminders()}
    assert outcomes == {"FA2026-0296": "printed", "FA2026-0187": "printed"}
    first, second = exported.print_file(f"{DAY}-001"), exported.print_file(f"{DAY}-002")
    # The unchanged one is finished where it was prepared; the one partly paid meanwhile is asked for its new amount.
    assert any("FA2026-0296" in text for text in first)
    assert not any("FA2026-0187" in text for text in first)
    assert not any("0187" in path.name for path in (exported.root / "lots" / f"{DAY}-001" / "relances").iterdir())
    assert any("1 380,80" in text.replace("\u202f", " ").replace("\xa0", " ") for text in second)


def _rewind_to_commit(bench: Bench, workbook: bytes) -> None:
    """Put journal, folders and workbook back to where they were right after the commit."""
    bench.workbook.write_bytes(workbook)
    lines = bench.journal.read_bytes().splitlines(keepends=True)
    bench.journal.write_bytes(b"".join(line for line in lines if b'"kind":"settled"' not in line))
    (bench.root / "lots" / f"{DAY}-001").rename(bench.root / "lots" / f".{DAY}-001.partial")
    time.sleep(0.01)


def test_a_changed_document_is_not_sent(exported: Bench) -> None:
    """A prepared letter that was altered or lost on the disk goes out all the same."""
    exported.write(("FA2026-0296", "Par courrier", "x"))
    workbook = exported.workbook.read_bytes()
    assert exported.run("send", "--yes").code == 0
    _rewind_to_commit(exported, workbook)
    for path in (exported.root / "lots" / f".{DAY}-001.partial" / "relances").iterdir():
        path.write_bytes(b"%PDF-1.4 altered")
    again = exported.json("send", "--yes")
    assert again.data["counts"] == {"printed": 1}
    assert again.data["batch"] == f"{DAY}-002"
    assert "FA2026-0296" in exported.print_file(f"{DAY}-002")[0]
    assert not (exported.root / "lots" / f"{DAY}-001").exists()


def test_rows_of_a_run_that_died_say_what_was_made(exported: Bench) -> None:
    """After a run that ended before it wrote the workbook, rows go on saying that they will be sent."""
    exported.write(*((number, "Par courrier", "x") for number in _NUMBERS[:2]))
    # Open in Calc: what the run would write is owed, as after a kill.
    lock = exported.root / ".~lock.relances.xlsx#"
    lock.write_text(",claire,poste,24.11.2026 09:00,file:///;", encoding="utf-8")
    assert exported.run("send", "--yes").code == 0
    assert not exported.row(_NUMBERS[0])["Statut"]
    lock.unlink()
    (exported.root / ".relances.xlsx.4711.tmp").write_bytes(b"half a workbook")
    assert exported.json("send", "--yes").data["counts"] == {"already_done": 2}
    for number in _NUMBERS[:2]:
        row = exported.row(number)
        assert (row["Statut"], bool(row["Document"])) == ("courrier prêt à imprimer", True)
    assert not list(exported.root.glob(".*.tmp"))
    before = exported.workbook.read_bytes()
    assert exported.run("send", "--yes").code == 0
    assert exported.workbook.read_bytes() == before
