"""`watch`: what is asked for in the workbook is done once, whatever copies, saves and deaths come between."""

import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from html import unescape
from pathlib import Path

import pytest
from openpyxl import load_workbook

from relance_xl.commands.watching.watch import Watcher
from relance_xl.journal.lock import dossier_lock
from relance_xl.runtime.clock import SystemClock
from relance_xl.runtime.language import speaking
from relance_xl.runtime.run_context import RunContext
from relance_xl.settings.dossier import open_dossier
from tests.support.bench import Bench
from tests.support.in_process import run_here

REQUEST, ANSWER = "J2", "K2"
POSTED, MAILED = "FA2026-0296", "FA2026-0309"


class Watching:
    """A watcher that looks when it is told to."""

    def __init__(self, bench: Bench, held: ExitStack) -> None:
        self.bench = bench
        self.told: list[str] = []
        self._context = RunContext(SystemClock(None))
        self._dossier = open_dossier(bench.root)
        self._lock = held.enter_context(dossier_lock(self._dossier.private / "watch", self._context.now()))
        self.start_again()

    def start_again(self) -> None:
        """Let another watcher take its place, that knows only what is on the disk."""
        self._watcher = Watcher(self._dossier, self._context, self._lock, self.told.append)

    def look(self, times: int = 4) -> None:
        """Look a few times, as it does in a few seconds."""
        with speaking("fr"):
            for _time in range(times):
                self._watcher.look()


@pytest.fixture
def watching(exported: Bench) -> Iterator[Watching]:
    """A dossier whose workbook is of today and can ask, and its watcher."""
    assert run_here(exported, "export", day=None).code == 0
    with ExitStack() as held:
        yield Watching(exported, held)


def _ask(bench: Bench, text: str | None, workbook: Path | None = None) -> None:
    path = workbook or bench.workbook
    book = load_workbook(path)
    book["Relances"][REQUEST] = text
    book.save(path)


def _said(bench: Bench) -> tuple[object, str]:
    sheet = load_workbook(bench.workbook)["Relances"]
    return sheet[REQUEST].value, str(sheet[ANSWER].value or "").replace("\u00a0", " ")


def _page(bench: Bench, batch: str = "") -> str:
    text = (bench.root / "lots" / batch / "compte-rendu.html").read_text(encoding="utf-8")
    return unescape(text).replace("\u00a0", " ")


def _deliveries(bench: Bench) -> int:
    journal = bench.journal.read_text(encoding="utf-8").splitlines() if bench.journal.exists() else []
    return sum(json.loads(line)["kind"] == "prepared" for line in journal)


def _open(bench: Bench) -> Path:
    lock = bench.root / ".~lock.relances.xlsx#"
    lock.write_text(",Mme Roy,poste,,;", encoding="utf-8")
    return lock


def test_saving_alone_sends_nothing(watching: Watching) -> None:
    """Whoever saves a ticked workbook sends it."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"))
    watching.look()
    assert _deliveries(bench) == 0
    assert watching.told == []


def test_a_request_is_done_and_answered(watching: Watching) -> None:
    """A request to send sends nothing, or is answered nowhere."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"))
    _ask(bench, "envoyer 1")
    watching.look()
    assert _deliveries(bench) == 1
    request, answer = _said(bench)
    assert request is None
    assert "envoyer 1 : courrier prêt à imprimer : 1" in answer
    batch = next(one.name for one in (bench.root / "lots").iterdir() if one.is_dir())
    page = _page(bench, batch)
    assert 'href="courriers.pdf"' in page
    assert POSTED in page
    assert "<script" not in page


@pytest.mark.parametrize("asked", ["envoyer 2", "envoyer 0", "Envoyer 40"])
def test_another_number_than_would_leave_is_refused(watching: Watching, asked: str) -> None:
    """Somebody ticks a row between the count and the send: it leaves though nobody meant it."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"))
    _ask(bench, asked)
    watching.look()
    assert _deliveries(bench) == 0
    assert "Rien n'est parti : 1 lignes partiraient" in _said(bench)[1]
    assert "demandez : envoyer 1" in _page(bench)


def test_an_open_workbook_is_answered_on_the_page_first(watching: Watching) -> None:
    """Who leaves the workbook open gets no answer, or a workbook that was changed under their hands."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"))
    _ask(bench, "envoyer 1")
    lock = _open(bench)
    before = bench.workbook.read_bytes()
    watching.look()
    assert _deliveries(bench) == 1
    assert bench.workbook.read_bytes() == before
    assert "courrier prêt à imprimer" in _page(bench)
    watching.look(12)
    assert _deliveries(bench) == 1
    lock.unlink()
    watching.look(40)
    assert _said(bench)[0] is None
    assert "courrier prêt à imprimer : 1" in _said(bench)[1]


def test_the_same_request_saved_again_is_not_done_again(watching: Watching) -> None:
    """Excel keeps the request in its cell until it is closed: each save sends again."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"))
    _ask(bench, "envoyer 1")
    _open(bench)
    watching.look()
    bench.write((MAILED, "Par courrier", "x"))
    _ask(bench, "envoyer  1")
    watching.look()
    assert _deliveries(bench) == 1


def test_a_copy_of_the_request_is_not_done_again(watching: Watching) -> None:
    """An old copy of the workbook, put back in its place, sends once more what it asked for."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"), (MAILED, "Par courrier", "x"))
    _ask(bench, "envoyer 2")
    copy = shutil.copy(bench.workbook, bench.root / "copie.bak")
    watching.look()
    assert _deliveries(bench) == 2
    shutil.copy(copy, bench.workbook)
    watching.look()
    assert _deliveries(bench) == 2
    assert _said(bench)[0] is None


def test_a_workbook_of_another_folder_asks_for_nothing(watching: Watching, tmp_path: Path) -> None:
    """Another company's workbook, put here by mistake, is acted upon."""
    bench = watching.bench
    other = Bench(tmp_path / "autre")
    for command in (("init", "--sample"), ("export", "--tick", "post")):
        assert run_here(other, *command, day=None).code == 0
    _ask(other, "envoyer 5")
    shutil.copy(other.workbook, bench.workbook)
    before = bench.workbook.read_bytes()
    watching.look()
    assert _deliveries(bench) == 0
    assert bench.workbook.read_bytes() == before
    assert "vient d'un autre dossier" in _page(bench)
    # Once it is made ours, what stood in its cell was still not asked of us.
    assert run_here(bench, "export", day=None).code == 0
    watching.look()
    assert _deliveries(bench) == 0
    assert "redemandez ici" in _said(bench)[1]


def test_what_is_not_understood_is_told_once(watching: Watching) -> None:
    """A mistyped request is silence, or the same message every three seconds."""
    _ask(watching.bench, "envoyer tout")
    watching.look(20)
    assert "Non compris" in _page(watching.bench)
    assert len(watching.told) == 1


@pytest.mark.parametrize("typed", ["Mettre à jour", "METTRE A JOUR", "update"])
def test_an_update_waits_until_the_workbook_is_closed(watching: Watching, typed: str) -> None:
    """Who asks for an update from the open workbook is told to close it by a message that nobody sees, and must ask again."""
    bench = watching.bench
    bench.pay(POSTED)
    _ask(bench, typed)
    lock = _open(bench)
    watching.look()
    assert "Attend que le classeur soit fermé" in _page(bench)
    lock.unlink()
    watching.look(40)
    assert POSTED not in {row["N° facture"] for row in bench.rows()}
    assert "factures impayées : 39" in _said(bench)[1]


def test_check_and_preview_are_answered(watching: Watching) -> None:
    """A request to check or to look first is answered by nothing to look at."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"))
    for asked, said in (("vérifier", "prévu : 1"), ("aperçu", "lettres : 1, emails : 0")):
        _ask(bench, asked)
        watching.look()
        assert said in _said(bench)[1]
    assert 'href="../apercu.pdf"' in _page(bench)
    assert _deliveries(bench) == 0


def test_a_wrong_cell_is_answered_where_one_looks(watching: Watching) -> None:
    """A mistake in the workbook is told to nobody but the window of another computer."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "peut-être"))
    _ask(bench, "vérifier")
    watching.look()
    assert "peut-être" in _page(bench)
    assert _said(bench)[0] is None


def test_a_torn_copy_is_waited_out(watching: Watching) -> None:
    """A workbook that is being copied onto the share stops the watch, or is taken for what somebody wrote."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"))
    _ask(bench, "envoyer 1")
    whole = bench.workbook.read_bytes()
    bench.workbook.write_bytes(whole[: len(whole) // 2])
    watching.look(3)
    assert _deliveries(bench) == 0
    bench.workbook.write_bytes(whole)
    watching.look()
    assert _deliveries(bench) == 1


def test_a_growing_file_is_not_read(watching: Watching) -> None:
    """A file is read between two pieces of a copy."""
    bench = watching.bench
    _ask(bench, "vérifier")
    whole = bench.workbook.read_bytes()
    for end in range(100, len(whole), len(whole) // 5):
        bench.workbook.write_bytes(whole[:end])
        watching.look(1)
    assert watching.told == []
    bench.workbook.write_bytes(whole)
    watching.look()
    assert _said(bench)[0] is None


def test_a_share_that_goes_and_comes_back(watching: Watching) -> None:
    """A share that is away for an hour ends the watch, or what was saved meanwhile is never seen."""
    bench = watching.bench
    away = bench.root.with_name("ailleurs")
    bench.root.rename(away)
    watching.look(5)
    _ask(Bench(away), "vérifier")
    away.rename(bench.root)
    watching.look()
    assert _said(bench)[0] is None
    assert len([one for one in watching.told if "attendu" in one]) == 1


def test_how_excel_saves(watching: Watching) -> None:
    """The moment in which Excel has deleted the workbook and not yet renamed its own is taken for a deleted workbook."""
    bench = watching.bench
    _ask(bench, "vérifier")
    aside = bench.root / "A1B2C3D4"
    bench.workbook.rename(aside)
    watching.look(1)
    aside.rename(bench.workbook)
    watching.look()
    assert _said(bench)[0] is None


def test_a_clock_that_is_hours_off(watching: Watching) -> None:
    """A file whose moment lies in the future, or long ago, is never dealt with, or for ever."""
    bench = watching.bench
    for moment in (4_000_000_000, 1_000_000):
        _ask(bench, "vérifier")
        os.utime(bench.workbook, (moment, moment))
        watching.look()
        assert _said(bench)[0] is None


def test_two_watchers(watching: Watching) -> None:
    """Two computers that watch one folder both do what is asked for."""
    done = run_here(watching.bench, "watch", "--once", day=None)
    assert done.code == 5
    assert "travaille dans ce dossier" in done.err


def test_a_watch_that_died_is_gone_on_with(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer that is switched off between the send and the answer sends again when it comes back, or never answers."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"))
    _ask(bench, "envoyer 1")

    def die(*_arguments: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(Watcher, "_publish", die)
        with pytest.raises(KeyboardInterrupt):
            watching.look()
    assert _deliveries(bench) == 1
    # Somebody goes on ticking meanwhile.
    bench.write((MAILED, "Par courrier", "x"))
    watching.start_again()
    watching.look()
    assert _deliveries(bench) == 1
    assert "courrier prêt à imprimer : 1" in _said(bench)[1]


def test_a_full_disk_is_told_and_nothing_is_done(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be recorded is done all the same: the next look does it again."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"))
    _ask(bench, "envoyer 1")

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as filled:
        filled.setattr("relance_xl.journal.journal._write_all", full)
        watching.look(8)
    assert _deliveries(bench) == 0
    watching.look(40)
    assert _deliveries(bench) == 1


def test_once_for_a_scheduler(exported: Bench) -> None:
    """A scheduler's run never ends, or ends before it has looked twice."""
    assert run_here(exported, "export", day=None).code == 0
    _ask(exported, "vérifier")
    done = run_here(exported, "watch", "--once", "--interval", "0.2", day=None)
    assert done.code == 0
    assert _said(exported)[0] is None


def test_a_watch_ends_when_it_is_asked_to(watching: Watching) -> None:
    """Ctrl-C does not end a watch, or leaves its lock behind."""
    from relance_xl.commands.watching.watch import WatchOptions, watch
    from relance_xl.runtime.stop import Stop

    other = Bench(watching.bench.root.with_name("b"))
    assert run_here(other, "init", "--sample", day=None).code == 0
    stop = Stop()
    threading.Timer(1, stop.ask).start()
    code = watch(
        [open_dossier(other.root)], RunContext(SystemClock(None), stop=stop), WatchOptions(0.2), lambda _text: None
    )
    assert code == 0
    assert not (other.root / ".relance" / "watch" / "lock").exists()
