"""A send killed at each write of the journal and each phase of SMTP: nothing leaves twice, nothing is forgotten."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.bench import DAY, Bench
from tests.support.killed_send import Order, Place
from tests.support.pdf_pages import one_page
from torture.dossiers import Mailing, Model
from torture.journal_lines import read_told
from torture.mail_log import MailLog, mail_process
from torture.phases import Before, Phase
from torture.proof import broken_at_the_end, broken_promises, unfinished

pytestmark = pytest.mark.skipif(os.name == "nt", reason="forks and SIGKILL")

_KILLED = -9
_APPEND, _WRITE = "relance_xl.journal.journal:Journal.append", "relance_xl.journal.journal:_write_all"
_RENAME, _REPLACE = "pathlib:Path.rename", "pathlib:Path.hardlink_to"
_BODY = "relance_xl.mail.smtp_client:Client.send"
_NO_LOCK_YET = Place("filelock:SoftFileLock._write_lock_info", "before")

# Three messages, the second to two addresses. What the next send finishes appends: begun and settled of each.
_APPENDS = (
    (Phase.ADDRESSING, Phase.BEGUN),
    (Phase.TAKEN, Phase.BETWEEN),
    (Phase.ADDRESSING, Phase.BEGUN),
    (Phase.TAKEN, Phase.BETWEEN),
    (Phase.ADDRESSING, Phase.BEGUN),
    (Phase.TAKEN, Phase.UPDATING),
)

#: In a run that makes the documents and sends them.
_WHOLE_RUN: tuple[tuple[Place, Phase], ...] = (
    (Place("filelock:SoftFileLock._write_lock_info", "after"), Phase.READING),
    (Place("relance_xl.commands.send:prepare_batch", "before"), Phase.READING),
    (Place("relance_xl.batches.documents:lay_out_letters", "after"), Phase.MAKING),
    (Place("relance_xl.batches.prepare:write_message", "after", 2), Phase.MAKING),
    (Place("relance_xl.commands.send:prepare_batch", "after"), Phase.MAKING),
    (Place(_APPEND, "before"), Phase.MAKING),
    (Place(_WRITE, "half"), Phase.MAKING),
    (Place(_APPEND, "after"), Phase.COMMITTED),
    (Place(_RENAME, "before"), Phase.COMMITTED),
    (Place(_RENAME, "after"), Phase.COMMITTED),
    (Place("relance_xl.mail.smtp_client:Client.open", "after"), Phase.LOGGED_IN),
    (Place(_BODY, "half", 1, with_bytes=True), Phase.BEGUN),
    (Place(_BODY, "answered", 3, with_bytes=True), Phase.TAKEN),
    (Place(_REPLACE, "before"), Phase.UPDATING),
    (Place(_REPLACE, "after"), Phase.REPLACED),
)

#: In a run that sends what a killed one had committed.
_SENDING: tuple[tuple[Place, Phase], ...] = (
    *((Place(_APPEND, "before", nth), phase) for nth, (phase, _after) in enumerate(_APPENDS, 1)),
    *((Place(_APPEND, "after", nth), phase) for nth, (_before, phase) in enumerate(_APPENDS, 1)),
    # The first line that a run writes says that it opened the journal.
    *((Place(_WRITE, "half", nth), phase) for nth, (phase, _after) in enumerate(_APPENDS, 2)),
    (Place(_RENAME, "before"), Phase.READING),
    (Place(_RENAME, "after"), Phase.READING),
    (Place("relance_xl.batches.deliver:put_in_place", "after"), Phase.READING),
    (Place("relance_xl.mail.smtp_client:Client.open", "after"), Phase.LOGGED_IN),
    (Place("smtplib:SMTP.login", "after"), Phase.LOGGED_IN),
    (Place("smtplib:SMTP.mail", "before", 2), Phase.BETWEEN),
    (Place("smtplib:SMTP.mail", "after", 2), Phase.ADDRESSING),
    (Place("smtplib:SMTP.rcpt", "after", 2), Phase.ADDRESSING),
    (Place("smtplib:SMTP.rcpt", "after", 3), Phase.ADDRESSING),
    (Place("smtplib:SMTP.docmd", "after", 2, "DATA"), Phase.ADDRESSING),
    (Place(_BODY, "before", 2, with_bytes=True), Phase.BEGUN),
    (Place(_BODY, "half", 2, with_bytes=True), Phase.BEGUN),
    (Place(_BODY, "answered", 1, with_bytes=True), Phase.TAKEN),
    (Place(_BODY, "answered", 2, with_bytes=True), Phase.TAKEN),
    (Place(_BODY, "answered", 3, with_bytes=True), Phase.TAKEN),
    (Place("relance_xl.mail.smtp:Session._transmit", "after", 2), Phase.TAKEN),
    (Place("smtplib:SMTP.quit", "before"), Phase.UPDATING),
    (Place("smtplib:SMTP.quit", "after"), Phase.UPDATING),
    (Place("shutil:copymode", "before"), Phase.UPDATING),
    (Place("relance_xl.workbook.store:set_aside", "after"), Phase.UPDATING),
    (Place(_REPLACE, "before"), Phase.UPDATING),
    (Place(_REPLACE, "after"), Phase.REPLACED),
    (Place("relance_xl.workbook.store:_keep_backup", "after"), Phase.REPLACED),
    (Place("filelock:SoftFileLock._release", "before"), Phase.REPLACED),
    (Place("filelock:SoftFileLock._release", "after"), Phase.REPLACED),
)


@dataclass(frozen=True)
class Program:
    """The program's own process, which runs each command in a fork."""

    process: "subprocess.Popen[str]"

    def run(self, mailing: Mailing, *command: str, place: Place | None = None, forgetful: bool = False) -> int:
        """Run a command, killed at a place; return its exit code."""
        output = mailing.bench.root.with_suffix(".txt")
        arguments = ["-d", str(mailing.bench.root), *command, "--date", DAY]
        order = Order(arguments, mailing.secrets, str(output), place, forgetful)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(order.line())
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        mailing.log.wait_until_idle()
        assert "Traceback" not in output.read_text(encoding="utf-8")
        return code


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    """Return the program, loaded."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "tests.support.killed_send"]
    root = Path(__file__).parents[2]
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, encoding="utf-8", cwd=root)
    yield Program(process)
    # It takes no more orders.
    process.kill()
    process.communicate()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailLog]:
    """Return a running mail server's log."""
    with mail_process(tmp_path_factory.mktemp("server") / "mail") as log:
        yield log


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Return a dossier of three emails, to be copied."""
    return Model.make(tmp_path_factory.mktemp("model") / "dossier", 3, one_page("Lettre"))


@pytest.fixture(scope="module")
def committed(model: Model, log: MailLog, program: Program, tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Return a dossier whose batch was committed before the send was killed, to be copied."""
    root = tmp_path_factory.mktemp("committed") / "dossier"
    shutil.copytree(model.root, root)
    assert program.run(Mailing(Bench(root), log, model.keys), "send", "--yes", place=Place(_APPEND, "after")) == _KILLED
    return Model(root, model.numbers)


@pytest.fixture
def fresh(model: Model, log: MailLog, tmp_path: Path) -> Mailing:
    """Return a dossier of three emails, ticked and not sent."""
    return model.copy(tmp_path / "dossier", log.from_here())


@pytest.fixture
def mailing(committed: Model, log: MailLog, tmp_path: Path) -> Mailing:
    """Return a dossier of three emails, committed and not sent."""
    return committed.copy(tmp_path / "dossier", log.from_here())


def _unknown(mailing: Mailing) -> list[str]:
    return [one.key for one in read_told(mailing.bench.journal) if one.outcome == "unknown"]


def _finish(program: Program, mailing: Mailing, unknown: int) -> None:
    """Send the rest, then once more: all is done but what is unknown, and the second time nothing happens."""
    code = 7 if unknown else 0
    assert program.run(mailing, "send", "--yes") == code
    assert broken_promises(mailing) + broken_at_the_end(mailing) == []
    assert unfinished(mailing) == set()
    assert len(_unknown(mailing)) == unknown
    files = (mailing.bench.journal, mailing.bench.workbook)
    before = mailing.log.accepted(), [path.read_bytes() for path in files]
    assert program.run(mailing, "send", "--yes") == code
    assert (mailing.log.accepted(), [path.read_bytes() for path in files]) == before


def _kill_and_finish(program: Program, mailing: Mailing, place: Place, phase: Phase) -> None:
    before = Before.look(mailing)
    assert program.run(mailing, "send", "--yes", place=place) == _KILLED
    assert before.phase(mailing) is phase
    assert broken_promises(mailing) == []
    _finish(program, mailing, unknown=1 if phase in {Phase.BEGUN, Phase.TAKEN} else 0)


def _name(value: Place | Phase) -> str:
    return str(value) if isinstance(value, Place) else value.name.lower()


@pytest.mark.parametrize(("place", "phase"), _WHOLE_RUN, ids=_name)
def test_a_send_killed_anywhere_is_finished_by_the_next(
    program: Program, fresh: Mailing, place: Place, phase: Phase
) -> None:
    """The power fails at this very moment, and a customer gets a reminder twice or never, or nobody learns of it."""
    _kill_and_finish(program, fresh, place, phase)


@pytest.mark.parametrize(("place", "phase"), _SENDING, ids=_name)
def test_a_send_that_finishes_a_batch_may_be_killed_anywhere_too(
    program: Program, mailing: Mailing, place: Place, phase: Phase
) -> None:
    """The run that finishes what a killed one left is killed itself: a reminder leaves twice, never, or unnoticed."""
    _kill_and_finish(program, mailing, place, phase)


def test_a_send_killed_with_the_answer_on_its_way_may_go_either_way(program: Program, mailing: Mailing) -> None:
    """Killed right behind the final dot, when the server may or may not take the message: sent again by itself."""
    place = Place(_BODY, "after", 2, with_bytes=True)
    assert program.run(mailing, "send", "--yes", place=place) == _KILLED
    assert broken_promises(mailing) == []
    _finish(program, mailing, unknown=1)


def test_several_kills_one_after_the_other(program: Program, fresh: Mailing) -> None:
    """A run that finishes what a killed one left is killed itself, and then something leaves twice or never."""
    places = (
        Place(_APPEND, "after", 1),
        Place(_RENAME, "after"),
        Place(_WRITE, "half", 1),
        Place(_BODY, "answered", 1, with_bytes=True),
        Place(_APPEND, "before", 2),
        Place(_REPLACE, "before"),
    )
    for place in places:
        assert program.run(fresh, "send", "--yes", place=place) == _KILLED, place
        assert broken_promises(fresh) == []
    _finish(program, fresh, unknown=len(_unknown(fresh)))


def test_a_lock_without_its_holder_is_told_and_can_be_broken(program: Program, fresh: Mailing) -> None:
    """Killed between making the lock and signing it: no later send says what to do about it, or that does not help."""
    assert program.run(fresh, "send", "--yes", place=_NO_LOCK_YET) == _KILLED
    assert program.run(fresh, "send", "--yes") == 5
    assert "--break-lock" in fresh.bench.root.with_suffix(".txt").read_text(encoding="utf-8")
    assert program.run(fresh, "send", "--yes", "--break-lock") == 0
    _finish(program, fresh, unknown=0)


_RESOLVE_PLACES = (
    Place(_APPEND, "before"),
    Place(_WRITE, "half"),
    Place(_APPEND, "after"),
    Place(_REPLACE, "before"),
    Place(_REPLACE, "after"),
)


@pytest.mark.parametrize("place", _RESOLVE_PLACES, ids=str)
@pytest.mark.parametrize("is_taken", [True, False], ids=["sent", "not-sent"])
def test_a_resolve_killed_anywhere_can_be_said_again(
    program: Program, mailing: Mailing, place: Place, is_taken: bool
) -> None:
    """A person's word is lost or half taken: the reminder leaves a second time, or never."""
    death = Place(_BODY, "answered" if is_taken else "half", 2, with_bytes=True)
    assert program.run(mailing, "send", "--yes", place=death) == _KILLED
    (key,) = _unknown(mailing)
    order = ("resolve", key, "sent" if is_taken else "not-sent")
    assert program.run(mailing, *order, place=place) == _KILLED
    assert broken_promises(mailing) == []
    # Once it is in the journal there is nothing left to settle.
    is_left = _unknown(mailing) == [key]
    assert program.run(mailing, *order) == (0 if is_left else 2)
    assert _unknown(mailing) == []
    _finish(program, mailing, unknown=0)
    assert sorted(one.key for one in mailing.log.accepted()) == sorted(mailing.keys)


def test_a_program_that_forgets_what_it_began_is_found_out(program: Program, mailing: Mailing) -> None:
    """These tests would not notice a message that leaves twice."""
    place = Place(_BODY, "answered", 2, with_bytes=True)
    assert program.run(mailing, "send", "--yes", place=place, forgetful=True) == _KILLED
    assert any("pending in the journal" in fault for fault in broken_promises(mailing))
    assert program.run(mailing, "send", "--yes", forgetful=True) == 0
    assert any("was sent 2 times" in fault for fault in broken_promises(mailing))
