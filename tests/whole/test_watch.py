"""`watch`: what is asked for in the workbook is done once, whatever copies, saves and deaths come between."""

import hashlib
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

from relance_xl.commands.check import check
from relance_xl.commands.send import send
from relance_xl.commands.watching.watch import WatchOptions, watch
from relance_xl.commands.watching.watcher import Watcher
from relance_xl.journal.lock import dossier_lock
from relance_xl.runtime.clock import SystemClock
from relance_xl.runtime.errors import LockedError
from relance_xl.runtime.language import speaking
from relance_xl.runtime.run_context import RunContext
from relance_xl.runtime.stop import Stop
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
        self._watcher = Watcher(self._dossier, self._context, self._lock.check, self.told.append)

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
    assert "Rien n'est parti : 1 ligne partirait" in _said(bench)[1]
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


def test_what_was_sent_while_it_was_open_is_written_once_it_is_closed(watching: Watching) -> None:
    """After a send with the workbook open, its rows look unsent until somebody exports."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"), (MAILED, "Par email", "x"))
    _ask(bench, "envoyer 2")
    lock = _open(bench)
    watching.look()
    assert _deliveries(bench) == 2
    # A watch that begins anew meanwhile knows it too.
    watching.start_again()
    lock.unlink()
    watching.look(40)
    statuses = {number: bench.row(number)["Statut"] for number in (POSTED, MAILED)}
    assert statuses == {POSTED: "courrier prêt à imprimer", MAILED: "email prêt à envoyer"}
    assert {row["N° facture"] for row in bench.rows("Historique")} == {POSTED, MAILED}


def test_the_last_sends_are_found_from_any_page(watching: Watching) -> None:
    """The next request takes away the only link to what is to be printed."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"))
    _ask(bench, "envoyer 1")
    watching.look()
    _ask(bench, "vérifier")
    watching.look()
    batch = next(one.name for one in (bench.root / "lots").iterdir() if one.is_dir())
    assert f'href="{batch}/compte-rendu.html"' in _page(bench)


def test_an_update_says_what_came_and_left(watching: Watching) -> None:
    """The page of an update says how many there are, and not which are new, paid, or paid in part."""
    bench = watching.bench
    before = str(bench.row(MAILED)["Créance"])
    bench.pay("FA2026-0296")
    bench.add("FA2026-0999")
    bench.source(f"{MAILED};", f"{MAILED};")
    path = bench.root / "impayes.csv"
    lines = path.read_bytes().decode("cp1252").split("\r\n")
    changed = [line.replace("1958,40;EUR", "58,40;EUR") if line.startswith(MAILED) else line for line in lines]
    assert changed != lines, before
    path.write_bytes("\r\n".join(changed).encode("cp1252"))
    _ask(bench, "mettre à jour")
    watching.look()
    page = _page(bench)
    assert "Nouvelles : FA2026-0999" in page
    assert "FA2026-0296" in page
    assert f"{MAILED} (1 958,40 € → 58,40 €)" in page.replace("\u202f", " ")


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


@pytest.mark.parametrize("typed", ["envoyer tout", "envoyer -1", "envoyer 1,0", "1", "<b>envoyer</b> 1", "x" * 30_000])
def test_what_is_not_understood_is_told_once(watching: Watching, typed: str) -> None:
    """A mistyped request is silence, the same message every three seconds, or taken for another one."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"))
    _ask(bench, typed)
    watching.look(20)
    assert "Non compris" in _page(bench)
    assert "Non compris" in _said(bench)[1]
    assert len(watching.told) == 1
    assert _deliveries(bench) == 0


@pytest.mark.parametrize("typed", ["Mettre à jour", "METTRE A JOUR", "update"])
def test_an_update_waits_until_the_workbook_is_closed(watching: Watching, typed: str) -> None:
    """Who asks for an update from the open workbook is told to close it by a message that nobody sees, and must ask again."""
    bench = watching.bench
    bench.pay(POSTED)
    _ask(bench, typed)
    lock = _open(bench)
    watching.look()
    assert "attend que le classeur soit fermé : Mme Roy" in _page(bench)
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

    _die_at(watching, monkeypatch, "relance_xl.commands.watching.watcher.Watcher._publish")
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
    other = Bench(watching.bench.root.with_name("b"))
    assert run_here(other, "init", "--sample", day=None).code == 0
    stop = Stop()
    threading.Timer(1, stop.ask).start()
    code = watch(
        [open_dossier(other.root)], RunContext(SystemClock(None), stop=stop), WatchOptions(0.2), lambda _text: None
    )
    assert code == 0
    assert not (other.root / ".relance" / "watch" / "lock").exists()


def test_a_colleagues_request_in_the_same_words(watching: Watching) -> None:
    """Who saves an earlier copy of the workbook over it reads the answer to somebody else's request: it says sent, nothing was."""
    bench = watching.bench
    copy = Bench(Path(shutil.copytree(bench.root, bench.root.with_name("copie"))))
    bench.write((POSTED, "Par courrier", "x"))
    _ask(bench, "envoyer 1")
    watching.look(8)
    copy.write((MAILED, "Par courrier", "x"))
    _ask(copy, "envoyer 1")
    shutil.copy(copy.workbook, bench.workbook)
    watching.look(8)
    assert _deliveries(bench) == 1
    assert _said(bench)[1].startswith("Rien n'a été fait")
    _ask(bench, "envoyer 1")
    watching.look(8)
    assert _deliveries(bench) == 2


def test_the_same_may_be_asked_again_once_the_cell_was_empty(watching: Watching) -> None:
    """Who works on in an open workbook cannot check twice, nor ask again for a send that was refused."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"), (MAILED, "Par courrier", "x"))
    _open(bench)
    _ask(bench, "envoyer 1")
    watching.look()
    assert "2 lignes partiraient" in _page(bench)
    bench.write((MAILED, "Par courrier", None))
    watching.look()
    # It stands there still, but nobody asked again.
    assert _deliveries(bench) == 0
    _ask(bench, None)
    watching.look()
    _ask(bench, "envoyer 1")
    watching.look()
    assert _deliveries(bench) == 1
    # What was sent is never asked again in the same words.
    bench.write((MAILED, "Par courrier", "x"))
    _ask(bench, None)
    watching.look()
    _ask(bench, "envoyer 1")
    watching.look()
    assert _deliveries(bench) == 1


def test_nothing_to_send_is_said(watching: Watching) -> None:
    """A request to send nothing, as the list offers it where nothing is ticked, is answered by nothing."""
    _ask(watching.bench, "envoyer 0")
    watching.look()
    assert "il ne reste rien à envoyer" in _said(watching.bench)[1]


def test_a_request_saved_while_another_is_done(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for something else while the first thing is being done gets no answer, until somebody saves again."""
    bench, real = watching.bench, check

    def check_and_save(*arguments: object) -> object:
        monkeypatch.undo()
        report = real(*arguments)  # type: ignore[arg-type]
        _ask(bench, "mettre à jour")
        return report

    monkeypatch.setattr("relance_xl.commands.watching.doing.check", check_and_save)
    _ask(bench, "vérifier")
    watching.look(12)
    request, answer = _said(bench)
    assert request is None
    assert "mettre à jour : factures impayées" in answer


def test_a_watcher_that_was_taken_over_ends(exported: Bench) -> None:
    """A watcher whose right was taken away goes on without doing anything: no one sees to it that another starts."""
    private = exported.root / ".relance" / "watch"
    stop = Stop()

    def take_over(_text: str) -> None:
        (private / "lock").unlink()
        (private / "lock").write_text("1\nailleurs\n1\n", encoding="utf-8")

    assert run_here(exported, "export", day=None).code == 0
    # Told once, as the workbook is not there: then the lock is another's.
    aside = exported.workbook.rename(exported.root / "aside")
    threading.Timer(1, lambda: aside.rename(exported.workbook)).start()
    threading.Timer(20, stop.ask).start()
    with pytest.raises(LockedError):
        watch([open_dossier(exported.root)], RunContext(SystemClock(None), stop=stop), WatchOptions(0.2), take_over)
    assert (private / "lock").exists()


def test_a_lock_that_is_merely_gone_is_taken_anew(exported: Bench) -> None:
    """A sync tool deletes the lock's file: the watch ends, or does nothing any more."""
    assert run_here(exported, "export", day=None).code == 0
    stop, told = Stop(), list[str]()

    def note(text: str) -> None:
        told.append(text)
        shutil.rmtree(exported.root / ".relance" / "watch", ignore_errors=True)
        if "vérifier :" in text.replace("\u00a0", " "):
            stop.ask()

    _ask(exported, "vérifier")
    threading.Timer(20, stop.ask).start()
    shutil.rmtree(exported.root / ".relance" / "watch", ignore_errors=True)
    watch([open_dossier(exported.root)], RunContext(SystemClock(None), stop=stop), WatchOptions(0.2), note)
    assert _said(exported)[0] is None or len(told) == 2


def test_a_folder_that_somebody_else_holds(watching: Watching) -> None:
    """While somebody else is at work, a request is silence, or fills the window with the same two lines."""
    bench = watching.bench
    lock = bench.root / ".relance" / "lock"
    lock.write_text("4242\nautre-poste\n123\n", encoding="utf-8")
    _ask(bench, "vérifier")
    watching.look(60)
    assert "autre-poste" in _page(bench)
    assert len(watching.told) == 1
    lock.unlink()
    watching.look(40)
    assert _said(bench)[0] is None


def test_a_workbook_that_was_set_aside_by_a_killed_run_comes_back(watching: Watching) -> None:
    """A computer that dies while it replaces the workbook leaves a folder without one, until somebody runs a command."""
    bench = watching.bench
    _ask(bench, "vérifier")
    digest = hashlib.sha256(bench.workbook.read_bytes()).hexdigest()[:16]
    bench.workbook.rename(bench.root / f".relances.xlsx.4242.{digest}.old")
    watching.look(8)
    assert _said(bench)[0] is None


def test_without_a_page_the_sheet_is_answered(watching: Watching) -> None:
    """A page that cannot be written keeps the answer from the sheet, and the request is done again and again."""
    bench = watching.bench
    (bench.root / "lots" / "compte-rendu.html").mkdir(parents=True)
    bench.write((POSTED, "Par courrier", "x"))
    _ask(bench, "envoyer 1")
    watching.look(40)
    assert _deliveries(bench) == 1
    assert "courrier prêt à imprimer : 1" in _said(bench)[1]
    assert len(watching.told) == 2


def test_two_names_in_requests_release(watching: Watching) -> None:
    """Where two persons must agree, a request sends by one name, or by the same name twice, or never."""
    bench = watching.bench
    with (bench.root / "relance.toml").open("a", encoding="utf-8") as file:
        file.write("\n[approval]\nrequired = true\n")
    bench.write((POSTED, "Par courrier", "x"))
    for asked, said, sent in (
        ("envoyer 1", "Demandez avec votre nom", 0),
        ("envoyer 1 par Paul", "Décidé par Paul", 0),
        ("envoyer 1 par PAUL", "une autre personne", 0),
        ("envoyer 2 par Marie", "1 ligne partirait", 0),
        ("envoyer 1 par Marie Roy", "courrier prêt à imprimer : 1", 1),
    ):
        _ask(bench, asked)
        watching.look(8)
        assert said in _said(bench)[1], asked
        assert _deliveries(bench) == sent
    assert [row["Par"] for row in bench.rows("Historique")] == ["Paul, libéré par Marie Roy"]


def test_what_is_saved_while_it_is_taken_up_does_not_leave(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workbook that is saved between request and send is sent from, though it asks for nothing: only the number fits."""
    bench, real = watching.bench, send

    def save_and_send(*arguments: object) -> object:
        monkeypatch.undo()
        _ask(bench, None)
        bench.write((POSTED, "Par courrier", None), (MAILED, "Par courrier", "x"))
        return real(*arguments)  # type: ignore[arg-type]

    bench.write((POSTED, "Par courrier", "x"))
    _ask(bench, "envoyer 1")
    monkeypatch.setattr("relance_xl.commands.watching.doing.send", save_and_send)
    watching.look(12)
    assert _deliveries(bench) == 0
    assert "enregistré de nouveau entre-temps" in _page(bench)


def test_another_workbook_under_a_taken_request(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    """A watch that died before it sent goes on with what somebody ticked since, as the words in the cell still fit."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"))
    _ask(bench, "envoyer 1")

    _die_at(watching, monkeypatch, "relance_xl.commands.watching.watcher.do_request")
    bench.write((POSTED, "Par courrier", None), (MAILED, "Par courrier", "x"))
    watching.start_again()
    watching.look(8)
    assert _deliveries(bench) == 0
    assert "enregistré de nouveau entre-temps" in _said(bench)[1]


def test_batches_elsewhere(watching: Watching, tmp_path: Path) -> None:
    """Where the settings put batches on another drive, the watch ends at the first request."""
    bench = watching.bench
    bench.setting('batches = "lots"', f'batches = "{tmp_path / "ailleurs"}"')
    _ask(bench, "vérifier")
    watching.look(8)
    assert "rien n'est coché" in _said(bench)[1]
    assert (tmp_path / "ailleurs" / "compte-rendu.html").is_file()


def test_a_workbook_that_is_called_otherwise_now(watching: Watching) -> None:
    """Who gives the workbook another name in relance.toml is not answered until the watch is started again."""
    bench = watching.bench
    bench.workbook.rename(bench.root / "suivi.xlsx")
    bench.setting('workbook = "relances.xlsx"', 'workbook = "suivi.xlsx"')
    _ask(bench, "vérifier", bench.root / "suivi.xlsx")
    watching.look(8)
    assert load_workbook(bench.root / "suivi.xlsx")["Relances"][REQUEST].value is None


def test_a_cell_that_lost_its_name(watching: Watching) -> None:
    """A program that drops names leaves a cell in which one asks in vain."""
    bench = watching.bench
    book = load_workbook(bench.workbook)
    del book.defined_names["relance_demande"], book.defined_names["relance_reponse"]
    book["Relances"][REQUEST] = "vérifier"
    book.save(bench.workbook)
    watching.look(8)
    assert "vérifier : rien n'est coché" in _said(bench)[1]
    assert run_here(bench, "export", day=None).code == 0
    assert "relance_demande" in load_workbook(bench.workbook).defined_names


def test_a_fault_of_ours_ends_no_other_watch(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody thought of in one company's workbook ends the watch over all of them."""

    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError

    _ask(watching.bench, "vérifier")
    with monkeypatch.context() as failing:
        failing.setattr("relance_xl.commands.watching.watcher.find_asked", fail)
        watching.look(20)
    assert len(watching.told) == 1
    assert "imprévue" in watching.told[0]


def test_a_batch_out_of_view_gets_no_folder(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page makes the folder of a batch that could not be brought into view: its letters count as lost."""
    bench, real = watching.bench, Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name.endswith(".partial"):
            raise PermissionError(13, "used by another program")
        return real(path, target)

    bench.write((POSTED, "Par courrier", "x"))
    _ask(bench, "envoyer 1")
    with monkeypatch.context() as refusing:
        refusing.setattr(Path, "rename", refuse)
        watching.look(4)
    assert not list(bench.root.glob("lots/2*"))
    _ask(bench, "envoyer 1")
    watching.look(30)
    assert len(list(bench.root.glob("lots/*/courriers.pdf"))) == 1
    assert _deliveries(bench) == 1


def _die_at(watching: Watching, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Let the watch die where something is called."""

    def die(*_arguments: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(place, die)
        with pytest.raises(KeyboardInterrupt):
            watching.look()


def test_anothers_send_is_no_answer(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody sends by hand after a watch died is told as the answer to what that was asked, which is never done."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"))
    _ask(bench, "envoyer 1")
    _die_at(watching, monkeypatch, "relance_xl.commands.watching.watcher.do_request")
    asking = shutil.copy(bench.workbook, bench.root / "demande.bak")
    bench.write((POSTED, "Par courrier", None), (MAILED, "Par courrier", "x"))
    assert run_here(bench, "send", "--yes", day=None).code == 0
    shutil.copy(asking, bench.workbook)
    watching.start_again()
    watching.look(8)
    assert _said(bench)[1].endswith("envoyer 1 : courrier prêt à imprimer : 1")
    sent = [one["invoice"] for one in run_here(bench, "history", "--json", day=None).data["deliveries"]]
    assert sent == [MAILED, POSTED]


def test_a_broken_off_send_that_is_no_longer_asked_for_is_told(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who empties the cell while the watch is down never hears that what they asked for was begun."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"))
    _ask(bench, "envoyer 1")
    _die_at(watching, monkeypatch, "relance_xl.commands.watching.watcher.Watcher._publish")
    _ask(bench, None)
    watching.start_again()
    watching.look(8)
    assert "envoyer 1 » a été interrompu" in _page(bench)
    assert len([one for one in watching.told if "interrompu" in one]) == 1


def test_what_is_unfinished_and_unticked_is_not_counted(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number to ask for counts what an earlier send left and nobody wants any more: another number leaves than was told."""
    bench = watching.bench
    bench.write((POSTED, "Par courrier", "x"))
    _die_in_a_send(bench, monkeypatch)
    bench.write((POSTED, "Par courrier", None), (MAILED, "Par courrier", "x"))
    _ask(bench, "envoyer 1")
    watching.look(8)
    assert "courrier prêt à imprimer : 1" in _said(bench)[1]
    made = [
        one for one in run_here(bench, "history", "--json", day=None).data["deliveries"] if one["outcome"] == "printed"
    ]
    assert [one["invoice"] for one in made] == [MAILED]


def _die_in_a_send(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a send by hand end once its batch is committed, before anything leaves."""

    def die(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("relance_xl.commands.send.deliver", die)
        assert run_here(bench, "send", "--yes", day=None).code == 1
