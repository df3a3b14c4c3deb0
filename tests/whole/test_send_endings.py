"""However a send ends, it tells what was done: a full disk, another computer, Ctrl-C, a crash that the next run finds."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from email import message_from_bytes
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from relance_xl.batches.disk_room import NoRoomError, Reserve
from relance_xl.core.history import replay
from relance_xl.core.record import Record
from relance_xl.journal.journal import Journal, read_journal
from relance_xl.mail.replies import Reply
from relance_xl.mail.smtp import Session
from relance_xl.runtime.errors import LockedError
from tests.mail.test_scripted_smtp import ONE, OTHER, keys_of, lay_out, send_here, set_mail
from tests.support.bench import DAY, Bench, Outcome
from tests.support.scripted_smtp import Act, Phase, Rule, Then, scripted_server

_NUMBERS = ("FA2026-0187", "FA2026-0229", "FA2026-0236")
_DISK = "12m"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Return a dossier with three emails ticked, to be copied."""
    return lay_out(tmp_path_factory.mktemp("stage") / "dossier")


@pytest.fixture
def bench(stage: Bench, tmp_path: Path) -> Bench:
    """Return a dossier of its own with three emails ticked."""
    return Bench(Path(shutil.copytree(stage.root, tmp_path / "dossier")))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of a few megabytes: a real one, in memory."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", str(place)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not mount a disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def _fill(disk: Path) -> None:
    """Leave no byte of room."""
    with (disk / "ballast").open("ab", buffering=0) as file:
        for size in (1_000_000, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def _outcomes(sent: Outcome) -> dict[str, str]:
    return {line["invoice"]: line["outcome"] for line in sent.reminders()}


def _journal(bench: Bench) -> dict[str, str]:
    deliveries = replay(read_journal(bench.journal)).deliveries
    return {str(key): str(one.outcome) for one in deliveries for key in one.keys}


# --- A disk that fills


def test_a_disk_that_is_full_stops_before_anything_is_sent(stage: Bench, small_disk: Path) -> None:
    """On a full disk one more email is sent, of which nobody can say what became."""
    bench = Bench(Path(shutil.copytree(stage.root, small_disk / "dossier")))
    with scripted_server() as server:
        set_mail(bench, "port", server.port)
        record = server.follow()
        _fill(small_disk)
        sent = send_here(bench)
        server.settle()
        assert sent.code == 6
        assert record.commands == []
        assert str(bench.root) in sent.data["error"] + sent.data["advice"]
        assert "il n'y a plus de place sur le disque" in sent.data["error"]
        assert "No space" not in sent.out + sent.err
        assert set(sent.data) >= {"batch", "reminders", "counts"}
        (small_disk / "ballast").unlink()
        assert _outcomes(send_here(bench)) == dict.fromkeys(_NUMBERS, "accepted")


def test_a_disk_that_fills_while_sending_knows_the_fate_of_all(stage: Bench, small_disk: Path) -> None:
    """What the server took just when the disk was full is of unknown fate; or nobody is told what was sent."""
    bench = Bench(Path(shutil.copytree(stage.root, small_disk / "dossier")))
    real, calls = Session._transmit, []

    def transmit(session: Session, message: bytes) -> Reply:
        calls.append(message)
        if len(calls) == 2:
            _fill(small_disk)
        return real(session, message)

    with scripted_server() as server:
        set_mail(bench, "port", server.port)
        # What is recorded of it does not fit into the page that the journal's last line left half empty.
        record = server.follow(Rule(Phase.DOT, Act("250 " + "x" * 8000)))
        with patch.object(Session, "_transmit", transmit):
            sent = send_here(bench)
        server.settle()
        assert sent.code == 6
        assert len(record.accepted) == 2
        assert list(_outcomes(sent).values()) == ["accepted", "accepted", "held"]
        (held,) = sent.reminders("held")
        assert held["reason_code"] == "system_refused"
        assert str(bench.root) in held["reason"]
        assert "plus de place" in str(sent.data["trouble"])
        assert sorted(_journal(bench).values()) == ["accepted", "accepted", "pending"]
        # Still full: nothing more leaves, and no second unknown comes to the first.
        again = send_here(bench)
        server.settle()
        assert (again.code, len(record.accepted)) == (6, 2)
        assert "unknown" not in again.data["counts"]
        (small_disk / "ballast").unlink()
        assert send_here(bench).code == 0
        server.settle()
    assert len(set(keys_of(record.accepted))) == len(record.accepted) == 3
    assert {row["Résultat"] for row in bench.rows("Historique")} == {"envoyé"}


def test_room_is_really_held(small_disk: Path) -> None:
    """The reserve is a number only: when it is needed the room is somebody else's."""
    reserve = Reserve(small_disk / "reserve", 1_000_000)
    reserve.lay_in()
    _fill(small_disk)
    reserve.lay_in()
    assert reserve.give_up()
    (small_disk / "line").write_bytes(b"x" * 900_000)
    with pytest.raises(NoRoomError, match="reserve"):
        reserve.lay_in()
    assert not (small_disk / "reserve").exists()


# --- Other endings


def _breaking(error: BaseException, nth: int) -> AbstractContextManager[object]:
    """Return the journal's append, which fails at the nth time."""
    real, calls = Journal.append, []

    def append(journal: Journal, records: Iterable[Record]) -> None:
        lines = list(records)
        calls.extend([1] * bool(lines))
        if lines and len(calls) == nth:
            raise error
        real(journal, lines)

    return patch.object(Journal, "append", append)


@pytest.mark.parametrize(
    ("error", "code"), [(LockedError("pris"), 5), (KeyboardInterrupt(), 1)], ids=["lock", "ctrl-c"]
)
@pytest.mark.parametrize(
    ("nth", "outcomes"),
    [(4, ["accepted", "held", "held"]), (5, ["accepted", "unknown", "held"])],
    ids=["begun", "settled"],
)
def test_every_ending_tells_what_was_done(
    bench: Bench, error: BaseException, code: int, nth: int, outcomes: list[str]
) -> None:
    """A send that ends early says only why: what was sent, what not and what is uncertain is not told."""
    # The first line is the commit; then begun and settled of each message.
    with scripted_server() as server:
        set_mail(bench, "port", server.port)
        record = server.follow()
        with _breaking(error, nth):
            sent = send_here(bench)
        server.settle()
    assert sent.code == code
    assert list(_outcomes(sent).values()) == outcomes
    assert sent.data["exit_code"] == code
    assert sent.data["error"]
    assert record.breaches == []
    assert [key in sent.out for key in keys_of(record.accepted)] == [True] * len(record.accepted)
    if "unknown" in outcomes:
        (unknown,) = sent.reminders("unknown")
        assert "250 2.0.0 taken" in unknown["reason"]
        assert f"resolve {unknown['key']} sent" in unknown["reason"]


def test_a_folder_held_by_another_is_told_with_no_reminders(bench: Bench) -> None:
    """A script that reads the reminders of a refused send finds none of the object's parts."""
    with patch("relance_xl.commands.send.dossier_lock", side_effect=LockedError("pris par Anne")):
        sent = send_here(bench)
    assert (sent.code, sent.data["reminders"], sent.data["error"]) == (5, [], "pris par Anne")


def test_what_a_crashed_run_did_is_told_by_the_next_and_kept(bench: Bench) -> None:
    """After a crash nobody learns what had been sent; or what happened to the email of unknown fate is not kept."""
    with scripted_server() as server:
        set_mail(bench, "port", server.port)
        server.follow()
        workbook = bench.workbook.read_bytes()
        assert send_here(bench).code == 0
        # Killed when the second message had begun: what workbook and journal have up to there.
        bench.workbook.write_bytes(workbook)
        lines = bench.journal.read_bytes().splitlines(keepends=True)
        second = [number for number, line in enumerate(lines) if b'"kind":"begun"' in line][1]
        bench.journal.write_bytes(b"".join(lines[: second + 1]))
        again = send_here(bench)
        assert again.code == 7
        (told,) = [text for text in again.data["warnings"] if f"{DAY}-001" in text]
        key = f"{_NUMBERS[1]}/1/email"
        assert "emails envoyés\xa0: 1" in told
        assert key in told
        assert "pas encore traités\xa0: 1" in told
        (unknown,) = again.reminders("unknown")
        assert "s'est arrêté pendant son envoi" in unknown["reason"]
        (past,) = [
            one for one in bench.json("history").data["deliveries"] if one["key"] == key and one["outcome"] == "unknown"
        ]
        assert "s'est arrêté pendant son envoi" in past["detail"]
        assert f"resolve {key} sent" in bench.run("history").out
        # Told once, recorded once.
        before = bench.journal.read_bytes()
        assert send_here(bench).data["warnings"] == []
        assert bench.journal.read_bytes() == before


def test_an_unknown_fate_says_what_happened(bench: Bench) -> None:
    """ "Fate unknown", and nobody can say whether a line broke, or when."""
    with scripted_server() as server:
        set_mail(bench, "port", server.port)
        server.follow(Rule(Phase.DOT, Act(then=Then.CLOSE), ONE))
        sent = send_here(bench)
    (unknown,) = sent.reminders("unknown")
    assert "24/11/2026" in unknown["reason"]
    assert "le message est parti en entier" in unknown["reason"]
    assert "le serveur a fermé la connexion" in unknown["reason"]
    assert f"resolve {unknown['key']} sent" in unknown["reason"]
    (detail,) = (one.detail for one in replay(read_journal(bench.journal)).deliveries if one.outcome == "unknown")
    assert "le message est parti en entier" in detail
    findings = bench.json("doctor").data["findings"]
    assert any(unknown["key"] in one["detail"] and "en entier" in one["detail"] for one in findings)


def test_a_server_that_stops_is_told_once(bench: Bench) -> None:
    """« le serveur s'est arrêté : Le serveur s'est arrêté : Connection unexpectedly closed »."""
    with scripted_server() as server:
        set_mail(bench, "port", server.port)
        server.follow(Rule(Phase.RCPT, Act(then=Then.CLOSE), ONE))
        sent = send_here(bench)
    for line in sent.reminders("held"):
        assert line["reason"] == "le serveur de messagerie s'est arrêté\xa0: le serveur a fermé la connexion"
        assert line["reason_code"] == "server_stopped"
    assert sent.data["trouble"] == sent.reminders("held")[0]["reason"]


def test_an_ended_login_stops_the_run_and_says_what_to_do(bench: Bench) -> None:
    """A token that expired in the middle of a run counts as so many refusals, or as a quota to wait for."""
    with scripted_server() as server:
        set_mail(bench, "port", server.port)
        record = server.follow(Rule(Phase.MAIL, Act("432 4.7.0 access token expired"), after=1))
        sent = send_here(bench)
    assert (sent.code, list(_outcomes(sent).values())) == (6, ["accepted", "held", "held"])
    assert {line["reason_code"] for line in sent.reminders("held")} == {"login_ended"}
    assert "jeton" in sent.reminders("held")[0]["reason"]
    assert record.count(Phase.MAIL) == 2


def test_ctrl_c_in_an_earlier_batch_makes_no_new_one(bench: Bench) -> None:
    """Who stops while an old batch is finished gets the new one's letters and emails all the same."""
    assert send_here(bench).code == 6
    bench.write(("FA2026-0296", "Par email", "x"))

    def transmit(_session: Session, _message: bytes) -> Reply:
        os.kill(os.getpid(), signal.SIGINT)
        return real(_session, _message)

    real = Session._transmit
    with scripted_server() as server:
        set_mail(bench, "port", server.port)
        record = server.follow()
        with patch.object(Session, "_transmit", transmit):
            sent = send_here(bench)
        server.settle()
    assert sent.code == 1
    assert len(record.accepted) == 1
    assert sent.data["counts"] == {"accepted": 1, "held": 3}
    assert not (bench.root / "lots" / f"{DAY}-002").exists()


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_twice_gives_a_message_up_and_says_so(bench: Bench) -> None:
    """A server that hangs after the message cannot be left but by killing the program, which tells nothing."""
    with scripted_server() as server:
        set_mail(bench, "port", server.port)
        bench.setting("timeout_s = 1\n", "timeout_s = 60\n")
        record = server.follow(Rule(Phase.DOT, Act(then=Then.STALL), ONE))
        command = [sys.executable, "-m", "relance_xl", "-d", str(bench.root), "send", "--yes", "--json", "--date", DAY]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as program:
            deadline = time.monotonic() + 90
            while len(record.received) < 2 and time.monotonic() < deadline:
                time.sleep(0.05)
            for _press in range(2):
                program.send_signal(signal.SIGINT)
                time.sleep(0.5)
            out, err = program.communicate(timeout=30)
    sent = Outcome(program.returncode, out, err)
    assert (sent.code, list(_outcomes(sent).values())) == (7, ["accepted", "unknown", "held"])
    assert "vous l'avez arrêté" in sent.reminders("unknown")[0]["reason"]


# --- Whose message, how many


def test_a_message_goes_by_the_sender_it_names(bench: Bench) -> None:
    """Settings changed between a crash and the next run: the envelope says another sender than the message."""
    assert send_here(bench).code == 6
    set_mail(bench, "sender", '"nouveau@lumiere.example"')
    with scripted_server() as server:
        set_mail(bench, "port", server.port)
        record = server.follow()
        assert send_here(bench).code == 0
        server.settle()
    senders = {message_from_bytes(one)["From"] for one in record.accepted}
    assert len(senders) == 1
    assert "nouveau" not in senders.pop()
    assert all("nouveau" not in said for said in record.said if said.startswith("MAIL"))


def test_the_days_limit_counts_what_may_have_left(bench: Bench) -> None:
    """Unknown and refused messages are not counted, and the provider's limit is exceeded."""
    bench.setting("[mail]", "[mail]\nper_day = 2")
    with scripted_server() as server:
        set_mail(bench, "port", server.port)
        record = server.follow(Rule(Phase.DOT, Act("550 5.7.1 spam"), times=1), Rule(Phase.DOT, Act(then=Then.CLOSE)))
        first = send_here(bench)
        assert list(_outcomes(first).values()) == ["refused", "unknown", "held"]
        second = send_here(bench)
        server.settle()
    assert second.reminders("held")[0]["reason_code"] == "daily_limit"
    assert len(record.received) == 2


def test_what_is_put_off_after_the_message_counts_too(bench: Bench) -> None:
    """Tried again and again within a run, messages exceed the day's limit."""
    bench.setting("[mail]", "[mail]\nper_day = 4\nretries = 2\nretry_s = 0")
    with scripted_server() as server:
        set_mail(bench, "port", server.port)
        record = server.follow(Rule(Phase.DOT, Act("451 4.3.0 busy")))
        sent = send_here(bench)
        server.settle()
    assert len(record.received) == 4
    assert sent.data["counts"] == {"held": 3}
    assert {line["reason_code"] for line in sent.reminders()} == {"daily_limit"}


def test_one_address_of_two_refused_is_told_in_the_report(bench: Bench) -> None:
    """The report names no address, or lets one believe that the other one got the email."""
    with scripted_server() as server:
        set_mail(bench, "port", server.port)
        server.follow(Rule(Phase.RCPT, Act("550 5.1.1 nobody"), OTHER))
        sent = send_here(bench)
    reason = sent.reminders("refused")[0]["reason"]
    assert f"{OTHER}: 550 5.1.1 nobody" in reason
    assert f"rien n'a donc été envoyé à {ONE}" in reason


def test_a_message_exchanged_on_the_disk_is_not_sent(bench: Bench) -> None:
    """A program that writes into the batch's folder while emails leave has one customer's letter sent to another."""
    real = Session.send

    def send(session: Session, *arguments: Any) -> Reply:
        first, second, _third = sorted(bench.root.glob("lots/*/emails/*.eml"))
        second.write_bytes(first.read_bytes())
        return real(session, *arguments)

    with scripted_server() as server:
        set_mail(bench, "port", server.port)
        record = server.follow()
        with patch.object(Session, "send", send):
            sent = send_here(bench)
        assert sent.code == 1
        assert _outcomes(sent) == {"FA2026-0187": "accepted", "FA2026-0229": "held", "FA2026-0236": "accepted"}
        assert sent.reminders("held")[0]["reason_code"] == "document_lost"
        # It is made anew.
        assert _outcomes(send_here(bench))["FA2026-0229"] == "accepted"
        server.settle()
        assert sorted(keys_of(record.accepted)) == [f"{number}/1/email" for number in _NUMBERS]
