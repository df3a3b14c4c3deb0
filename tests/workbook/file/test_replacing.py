"""The workbook replaced while others save it, and killed while it is replaced: nothing typed is lost, nothing left behind."""

import hashlib
import os
import shutil
import signal
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from relance_xl.workbook.ooxml.cells import Text
from relance_xl.workbook.replacing import backups_of, recover
from relance_xl.workbook.store import WorkbookSavedError, replace_workbook
from relance_xl.workbook.workbook import Workbook
from tests.support.bench import Bench
from tests.support.in_process import run_here

#: All that the replacing of a workbook does to files.
_STEPS = (
    (Path, "read_bytes"), (Path, "open"), (os, "fsync"), (shutil, "copymode"), (Path, "rename"), (Path, "hardlink_to"),
    (Path, "unlink"), (Path, "mkdir"), (Path, "stat"),
)  # fmt: skip
_OURS, _THEIRS = "mis par le programme", "saisi par Claire"


@contextmanager
def _at_step(number: int, moment: str, act: Callable[[], None]) -> Iterator[list[str]]:
    """Let something happen before or after the n-th step, once; the yielded list names the steps."""
    done: list[str] = []

    def around(real: Callable[..., Any], name: str) -> Callable[..., Any]:
        def step(*arguments: Any, **options: Any) -> Any:
            done.append(name)
            mine = len(done) == number
            if mine and moment == "before":
                act()
            try:
                return real(*arguments, **options)
            finally:
                if mine and moment == "after":
                    act()

        return step

    with ExitStack() as stack:
        for owner, name in _STEPS:
            stack.enter_context(patch.object(owner, name, around(getattr(owner, name), name)))
        yield done


def _changed(bench: Bench) -> Workbook:
    """Return the workbook with a cell that the program wrote."""
    workbook = Workbook.read(bench.workbook)
    found = workbook.reminders
    found.sheet.put(found.layout.first_row, found.layout.columns["status"], Text(_OURS))
    return workbook


def _holds(path: Path, text: str) -> bool:
    with zipfile.ZipFile(path) as archive:
        return any(text.encode() in archive.read(name) for name in archive.namelist())


def _write_whole(data: bytes, path: Path) -> None:
    """Save as Excel and sync clients do: another file takes the name."""
    other = os.open(path.with_name("claire.tmp"), os.O_WRONLY | os.O_CREAT)
    os.write(other, data)
    os.close(other)
    os.replace(path.with_name("claire.tmp"), path)  # noqa: PTH105 - pathlib is watched


def _write_in_place(data: bytes, path: Path) -> None:
    """Save as scripts do: into the file that is there."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.write(file, data)
    os.close(file)


@pytest.fixture
def theirs(exported: Bench) -> bytes:
    """Return the workbook as another person saves it, with what they typed."""
    before = exported.workbook.read_bytes()
    exported.write(("FA2026-0296", "Commentaire", _THEIRS))
    saved = exported.workbook.read_bytes()
    exported.workbook.write_bytes(before)
    return saved


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("save", [_write_whole, _write_in_place])
def test_what_somebody_saves_at_any_step_is_kept_and_told(
    exported: Bench, theirs: bytes, save: Callable[[bytes, Path], None], moment: str
) -> None:
    """What a colleague or a sync client saves while the program writes the workbook is lost from it and from the backups."""
    before, path = exported.workbook.read_bytes(), exported.workbook
    backups = exported.root / ".relance" / "backups"
    number, is_reached = 0, True
    while is_reached:
        number += 1
        path.write_bytes(before)
        workbook, conflicts = _changed(exported), tuple[Path, ...]()
        try:
            with _at_step(number, moment, lambda: save(theirs, path)) as steps:
                conflicts = replace_workbook(workbook, backups)
        except WorkbookSavedError as error:
            conflicts = error.conflicts
        where = f"{moment} {steps[-1]}, the {number}. step"
        is_reached = len(steps) >= number
        if is_reached:
            assert _holds(path, _THEIRS) or [one for one in conflicts if _holds(one, _THEIRS)], where
        else:
            assert (_holds(path, _OURS), conflicts) == (True, ())
        assert not list(exported.root.glob(".relances*")), where
        for one in conflicts:
            assert one.parent == path.parent
            assert one.name.startswith("relances (conflit ")
            one.unlink()
    assert number > 10


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_step_the_workbook_is_there_again(exported: Bench, moment: str) -> None:
    """A kill while the workbook is replaced leaves none, loses the old one, or leaves temporary files for good."""
    before, path = exported.workbook.read_bytes(), exported.workbook
    backups = exported.root / ".relance" / "backups"
    number, code, put_back = 0, -signal.SIGKILL, 0
    while code:
        number += 1
        path.write_bytes(before)
        shutil.rmtree(backups, ignore_errors=True)
        workbook = _changed(exported)
        child = os.fork()
        if not child:
            with _at_step(number, moment, lambda: os.kill(os.getpid(), signal.SIGKILL)):
                replace_workbook(workbook, backups)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        recovered = recover(path, backups)
        put_back += recovered.put_back
        assert recovered.conflicts == ()
        where = f"killed {moment} the {number}. step"
        # The one or the other, whole; and the old one is somewhere.
        assert path.read_bytes() == before or _holds(path, _OURS), where
        kept = [path, *backups_of(path, backups)]
        assert hashlib.sha256(before).digest() in {hashlib.sha256(one.read_bytes()).digest() for one in kept}, where
        assert not [*exported.root.glob(".relances*"), *backups.glob(".*")], where
    assert number > 10
    assert put_back, "no kill found the moment in which there is no workbook"


def test_what_was_saved_before_a_kill_is_told_by_the_next_command(exported: Bench, theirs: bytes) -> None:
    """Somebody saved at the last moment, then the run was killed: what they saved goes to the backups, and nobody knows."""
    path = exported.workbook
    aside = path.with_name(f".relances.xlsx.4711.{hashlib.sha256(b'as it was read').hexdigest()[:16]}.old")
    aside.write_bytes(theirs)
    told = run_here(exported, "export", "--json").data["warnings"]
    kept = [one for one in exported.root.glob("relances*.xlsx") if one != path]
    assert [_holds(one, _THEIRS) for one in kept] == [True]
    assert any(kept[0].name in text for text in told)
    assert not aside.exists()


@pytest.mark.parametrize("command", [("export",), ("send", "--yes"), ("check",), ("resolve", "FA/1/post", "sent")])
def test_every_command_puts_back_a_workbook_that_was_being_replaced(exported: Bench, command: tuple[str, ...]) -> None:
    """After a kill in the middle there is no workbook: a command says that there never was one, or makes a new one."""
    exported.write(("FA2026-0296", "Commentaire", _THEIRS))
    digest = hashlib.sha256(exported.workbook.read_bytes()).hexdigest()[:16]
    exported.workbook.rename(exported.root / f".relances.xlsx.4711.{digest}.old")
    (exported.root / ".relances.xlsx.4711.tmp").write_bytes(b"half a workbook")
    assert "interrompue" in run_here(exported, "doctor").out
    done = run_here(exported, *command)
    assert _holds(exported.workbook, _THEIRS)
    if command[0] != "resolve":
        assert "remis en place" in done.err
    if command[0] != "check":
        assert not list(exported.root.glob(".relances*"))


def test_an_export_is_done_again_from_what_somebody_saved_meanwhile(exported: Bench, theirs: bytes) -> None:
    """An export that meets a save gives up, and has to be started again by hand."""
    exported.pay("FA2026-0187")
    saved: list[bool] = []

    def save_once(workbook: Workbook, backups: Path) -> tuple[Path, ...]:
        if not saved:
            saved.append(True)
            _write_whole(theirs, workbook.path)
        return replace_workbook(workbook, backups)

    with patch("relance_xl.commands.export.replace_workbook", save_once):
        done = run_here(exported, "export")
    assert done.code == 0
    assert exported.row("FA2026-0296")["Commentaire"] == _THEIRS
    assert "FA2026-0187" not in {row["N° facture"] for row in exported.rows()}


def test_a_workbook_that_was_there_is_not_told_as_one_that_never_was(exported: Bench) -> None:
    """The workbook was renamed or deleted: the user is told to export, and what was typed and not sent is lost unsaid."""
    assert run_here(exported, "export").code == 0
    newest = max((exported.root / ".relance" / "backups").iterdir())
    exported.workbook.rename(exported.root.parent / "autre.xlsx")
    for command in ("check", "send", "preview"):
        told = run_here(exported, command)
        assert told.code == 4
        assert newest.name in told.err
        assert "sans ce qui" in told.err
    assert newest.name in run_here(exported, "doctor").out
    assert newest.name in " ".join(run_here(exported, "export", "--json").data["warnings"])


def test_temporary_files_of_killed_runs_go(exported: Bench) -> None:
    """Files half written by a killed run lie in the dossier for good, and are synchronised to everybody."""
    root = exported.root
    files = [root / ".relances.xlsx.4711.tmp", root / ".apercu.pdf.4711.tmp", root / ".relance" / "lock.break.4711"]
    for command in (("export",), ("resolve", "FA/1/post", "sent"), ("send", "--yes")):
        for file in files:
            file.write_bytes(b"half")
        (root / ".relance" / "work-abc").mkdir()
        run_here(exported, *command)
        assert not [file for file in files if file.exists()]
        assert not (root / ".relance" / "work-abc").exists()
