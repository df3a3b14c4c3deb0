"""The disk is full, or the share refuses, at each write of a send in turn: nothing is sent twice, nothing is forgotten."""

import errno
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from openpyxl import load_workbook

from relance_xl.core.history import replay
from relance_xl.journal.journal import read_journal
from tests.mail.test_scripted_smtp import keys_of, lay_out, send_here, set_mail
from tests.support.bench import Bench
from tests.support.scripted_smtp import scripted_server

#: What the program writes by, and what makes a write visible or durable.
_WRITES = (
    (os, "write"), (os, "fsync"), (os, "ftruncate"), (Path, "write_bytes"), (Path, "write_text"), (Path, "rename"),
    (Path, "replace"), (Path, "mkdir"),
)  # fmt: skip
_FAULTS = {"full": errno.ENOSPC, "read-only": errno.EROFS}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Return a dossier with three emails and two letters ticked."""
    bench = lay_out(tmp_path_factory.mktemp("stage") / "dossier")
    bench.write(("FA2026-0338", "Par courrier", "x"), ("FA2026-0187", "Par courrier", "x"))
    return bench


@contextmanager
def _failing(number: int, code: int, count: Counter[str], forever: bool) -> Iterator[None]:
    """Let the n-th write fail, and all after it if it is for ever."""

    def counted(real: Callable[..., Any], name: str) -> Callable[..., Any]:
        def write(*arguments: Any, **options: Any) -> Any:
            count["all"] += 1
            if count["all"] == number or (forever and count["all"] > number > 0):
                count[name] += 1
                raise OSError(code, os.strerror(code))
            return real(*arguments, **options)

        return write

    with ExitStack() as stack:
        for owner, name in _WRITES:
            stack.enter_context(patch.object(owner, name, counted(getattr(owner, name), name)))
        yield


def _writes_of_a_send(stage: Bench, folder: Path) -> int:
    """Return how many writes a send without any fault makes."""
    shutil.copytree(stage.root, folder)
    bench, count = Bench(folder), Counter[str]()
    with scripted_server() as server:
        set_mail(bench, "port", server.port)
        record = server.follow()
        with _failing(0, 0, count, forever=False):
            assert send_here(bench).code == 0
        server.settle()
        assert len(record.accepted) == 3
    return count["all"]


@pytest.mark.parametrize(("fault", "forever"), [("full", True), ("read-only", True), ("full", False)])
def test_a_fault_at_each_write_sends_nothing_twice_and_forgets_nothing(
    stage: Bench, tmp_path: Path, fault: str, forever: bool
) -> None:
    """A full disk, a share that turns read-only or a drive that fails makes a reminder twice, loses one or the file."""
    last = _writes_of_a_send(stage, tmp_path / "whole")
    assert last > 20
    # Each third write in each of the three tests: together they hit them all.
    first = {("full", True): 1, ("read-only", True): 2, ("full", False): 3}[fault, forever]
    for number in range(first, last + 1, 3):
        shutil.copytree(stage.root, tmp_path / str(number))
        bench, count = Bench(tmp_path / str(number)), Counter[str]()
        with scripted_server() as server:
            set_mail(bench, "port", server.port)
            first_record = server.follow()
            with _failing(number, _FAULTS[fault], count, forever):
                broken = send_here(bench)
            server.settle()
            where = f"write {number}: {dict(count)}"
            assert broken.code in {0, 1, 5, 6, 7}, where
            assert "Traceback" not in broken.err, where
            assert "unexpected" not in broken.err + broken.out, where
            second_record = server.follow()
            again = send_here(bench)
            server.settle()
        assert again.code in {0, 7}, f"{where}: {again.out}"
        accepted = Counter(keys_of([*first_record.accepted, *second_record.accepted]))
        assert set(accepted.values()) <= {1}, where
        _check_ends(bench, accepted, where)


def _check_ends(bench: Bench, accepted: Counter[str], where: str) -> None:
    """Check that journal, history sheet and server agree, and that every reminder is made or unknown."""
    outcomes = {
        str(key): str(one.outcome)
        for one in replay(read_journal(bench.journal)).deliveries
        if one.outcome != "withdrawn"
        for key in one.keys
    }
    emails = {key: outcome for key, outcome in outcomes.items() if key.endswith("/email")}
    assert len(emails) == 3, where
    for key, outcome in emails.items():
        assert outcome == "unknown" or (outcome == "accepted" and accepted[key] == 1), f"{where}: {key} {outcome}"
    assert {key: outcome for key, outcome in outcomes.items() if key.endswith("/post")} == {
        "FA2026-0338/1/post": "printed",
        "FA2026-0187/1/post": "printed",
    }, where
    told = {"accepted": "envoyé", "printed": "imprimé", "unknown": "inconnu"}
    ledger = {row["Relance"]: row["Résultat"] for row in bench.rows("Historique")}
    assert ledger == {key: told[outcome] for key, outcome in outcomes.items()}, where
    assert len(load_workbook(bench.workbook).sheetnames) == 9, where
