"""The talk with a mail server, phase by phase: how long it may take, and what happens to it when it must end."""

import smtplib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from relance_xl.mail.line import LineError
from relance_xl.mail.login import Account
from relance_xl.mail.mailbox import MailboxServer, open_inbox
from relance_xl.mail.replies import Reply, Verdict
from relance_xl.mail.smtp import BrokenOffError, MailServer, Session, StoppedError, open_session
from relance_xl.mail.smtp_client import Client
from relance_xl.runtime.errors import LockedError, ProgramError
from relance_xl.runtime.stop import Stop
from tests.support.mail_server import free_port
from tests.support.scripted_smtp import Act, Phase, Rule, ScriptedServer, Then, scripted_server

_MESSAGE = b"From: a@a.example\r\nX-Relance-Key: F/1/email\r\n\r\nbonjour\r\n"
_RECIPIENTS = ("b@b.example", "c@c.example")
#: What no phase may take longer than, with a second each for timeout_s, on a busy computer.
_BOUND_S = 4.0

_DRIP = Act("250-" + "x" * 4000, by_byte=True, byte_s=0.05)
_ENDLESS = Act("250-and more\r\n" * 20_000)


class _Pressed(Stop):
    """Ctrl-C, pressed so often after so many seconds."""

    def __init__(self, after_s: float, times: int = 1) -> None:
        super().__init__()
        self.at, self.times = time.monotonic() + after_s, times

    @property
    def asked(self) -> bool:
        return time.monotonic() >= self.at

    @property
    def insisted(self) -> bool:
        return self.asked and self.times > 1


def _server(port: int, timeout_s: int = 1, security: str = "none") -> MailServer:
    return MailServer("127.0.0.1", port, security, Account("127.0.0.1", ""), timeout_s)


def _send(session: Session, begin: Callable[[], None] = lambda: None) -> Reply:
    return session.send("a@a.example", _RECIPIENTS, _MESSAGE, begin)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Run a server that does as it is told."""
    with scripted_server() as running:
        yield running


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds


@pytest.mark.parametrize("act", [_DRIP, _ENDLESS], ids=["drips", "endless lines"])
@pytest.mark.parametrize("phase", [Phase.GREETING, Phase.EHLO, Phase.MAIL, Phase.RCPT, Phase.DATA])
def test_no_phase_before_the_message_lasts_for_ever(server: ScriptedServer, phase: Phase, act: Act) -> None:
    """A server that sends a byte now and then, or lines without end, holds the program for ever."""
    record = server.follow(Rule(phase, act))
    with _at_most(_BOUND_S), pytest.raises(ProgramError), open_session(_server(server.port)) as session:
        _send(session)
    assert record.received == []


@pytest.mark.parametrize("act", [_DRIP, _ENDLESS, Act(then=Then.STALL)], ids=["drips", "endless lines", "stalls"])
def test_a_verdict_that_never_comes_leaves_the_fate_unknown(server: ScriptedServer, act: Act) -> None:
    """A server that never finishes its verdict holds the program for ever, or the message counts as not sent."""
    record = server.follow(Rule(Phase.DOT, act))
    with _at_most(_BOUND_S), open_session(_server(server.port)) as session:
        reply = _send(session)
    assert reply.verdict is Verdict.UNKNOWN
    assert "en entier" in reply.detail
    assert Phase.QUIT not in record.commands


@pytest.mark.parametrize("act", [_DRIP, Act(then=Then.STALL)], ids=["drips", "stalls"])
@pytest.mark.parametrize("phase", [Phase.QUIT, Phase.RSET])
def test_what_follows_a_message_does_not_hold_the_program(server: ScriptedServer, phase: Phase, act: Act) -> None:
    """A server that never says goodbye holds the program, or what it took counts as lost."""
    rules = [Rule(phase, act)]
    if phase is Phase.RSET:
        rules.append(Rule(Phase.RCPT, Act("550 5.1.1 nobody")))
    server.follow(*rules)
    with _at_most(_BOUND_S), open_session(_server(server.port, timeout_s=2)) as session:
        reply = _send(session)
    assert reply.verdict is (Verdict.REFUSED if phase is Phase.RSET else Verdict.ACCEPTED)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_handshake_that_never_ends_is_given_up(server: ScriptedServer, security: str) -> None:
    """A server that never finishes its side of TLS holds the program for ever."""
    server.starttls = True
    server.follow(
        Rule(Phase.GREETING, Act("")) if security == "tls" else Rule(Phase.STARTTLS, Act("220 go", Then.STALL))
    )
    with (
        _at_most(_BOUND_S),
        pytest.raises(ProgramError, match=r"pas de réponse|sécurisée"),
        open_session(_server(server.port, security=security)),
    ):
        pass


@pytest.mark.parametrize("phase", [Phase.GREETING, Phase.EHLO, Phase.MAIL, Phase.RCPT, Phase.DATA])
def test_ctrl_c_before_the_message_ends_at_once_with_nothing_sent(server: ScriptedServer, phase: Phase) -> None:
    """Who presses Ctrl-C while a server hangs must wait for the whole timeout, or something is sent all the same."""
    record = server.follow(Rule(phase, Act(then=Then.STALL)))
    pressed = _Pressed(0.3)
    with (
        _at_most(3),
        pytest.raises(BrokenOffError),
        open_session(_server(server.port, timeout_s=60), pressed) as session,
    ):
        _send(session)
    assert record.received == []


@pytest.mark.parametrize(("times", "verdict"), [(1, Verdict.ACCEPTED), (2, Verdict.UNKNOWN)])
def test_ctrl_c_once_waits_for_the_verdict_twice_does_not(server: ScriptedServer, times: int, verdict: Verdict) -> None:
    """One Ctrl-C leaves a message of unknown fate that the server was about to take, or two of them are not heard."""
    delay = 1.5 if times == 1 else 8
    server.follow(Rule(Phase.DOT, Act("250 taken", delay_s=delay)))
    pressed = _Pressed(0.3, times)
    begun: list[bool] = []
    with _at_most(delay + 2 if times == 1 else 3), open_session(_server(server.port, 60), pressed) as session:
        # Pressed before, it would not have begun.
        reply = _send(session, lambda: begun.append(True))
    assert begun == [True]
    assert reply.verdict is verdict


@pytest.mark.parametrize("error", [OSError(28, "full"), LockedError("taken over"), KeyboardInterrupt()], ids=repr)
def test_what_fails_behind_the_servers_go_on_drops_the_line(server: ScriptedServer, error: BaseException) -> None:
    """QUIT is said where the server waits for the message: it becomes one, and the program waits for an answer."""
    record = server.follow()

    def begin() -> None:
        raise error

    with (
        _at_most(2),
        pytest.raises(type(error)),
        open_session(_server(server.port, timeout_s=60)) as session,
    ):
        _send(session, begin)
    server.settle()
    assert record.received == []
    assert Phase.QUIT not in record.commands
    assert record.breaches == []


def test_what_fails_between_two_messages_sends_nothing_more(server: ScriptedServer) -> None:
    """An error of the run's own, between two messages, leaves the line to a server that waits for the next."""
    record = server.follow()
    with (
        _at_most(2),
        pytest.raises(LockedError),
        open_session(_server(server.port, timeout_s=60)) as session,
    ):
        assert _send(session).verdict is Verdict.ACCEPTED
        raise LockedError("taken over")
    server.settle()
    assert len(record.accepted) == 1


def test_a_message_half_sent_is_followed_by_nothing(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an error in the middle of a message a goodbye is said, which the server takes for the message's end."""
    record = server.follow()
    real = Client.send

    def send(client: Client, data: bytes | str) -> None:
        if isinstance(data, bytes):
            real(client, data[: len(data) // 2])
            raise LineError("cut")
        real(client, data)

    monkeypatch.setattr(Client, "send", send)
    with open_session(_server(server.port)) as session:
        reply = _send(session)
    server.settle()
    assert reply.verdict is Verdict.UNKNOWN
    assert "jusqu'au bout" in reply.detail
    assert record.received == []
    assert Phase.QUIT not in record.commands


def test_a_refused_address_of_two_says_that_the_other_got_nothing(server: ScriptedServer) -> None:
    """Who reads that one address was refused believes that the other got the reminder."""
    server.follow(Rule(Phase.RCPT, Act("550 5.1.1 nobody"), _RECIPIENTS[1]))
    with open_session(_server(server.port)) as session:
        reply = _send(session)
    assert reply.verdict is Verdict.REFUSED
    assert reply.detail == f"{_RECIPIENTS[1]}: 550 5.1.1 nobody - rien n'a donc été envoyé à {_RECIPIENTS[0]}"


def test_a_line_that_breaks_is_told_once_and_in_french(server: ScriptedServer) -> None:
    """ "The mail server stopped: the mail server stopped: Connection unexpectedly closed": doubled, half English."""
    server.follow(Rule(Phase.RCPT, Act(then=Then.CLOSE)))
    with pytest.raises(StoppedError) as caught, open_session(_server(server.port)) as session:
        _send(session)
    assert caught.value.why == "le serveur a fermé la connexion"


def test_nobody_listening_is_told_in_french() -> None:
    """The system's own English reaches the user."""
    with pytest.raises(ProgramError) as caught, open_session(_server(free_port())):
        pass
    assert "la connexion est refusée" in caught.value.summary
    assert "refused" not in caught.value.summary


def test_a_name_nobody_knows_is_told_in_french(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistyped server's name is told in the system's words."""

    def unknown(*_address: object) -> socket.socket:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "create_connection", unknown)
    with pytest.raises(ProgramError, match="le nom du serveur est inconnu"), open_session(_server(25)):
        pass


def test_a_look_up_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that does not answer holds the program, deaf to Ctrl-C."""
    monkeypatch.setattr(socket, "create_connection", lambda *_address: time.sleep(20))
    with _at_most(3), pytest.raises(BrokenOffError), open_session(_server(25, 60), _Pressed(0.3)):
        pass
    with _at_most(_BOUND_S), pytest.raises(ProgramError, match="pas de réponse"), open_session(_server(25)):
        pass


def test_a_password_with_accents_is_no_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password that the login cannot carry ends in "something unexpected"."""
    monkeypatch.setenv("RELANCE_XL_SMTP_PASSWORD", "clé")
    with scripted_server(login=True) as running:
        server = MailServer("127.0.0.1", running.port, "none", Account("127.0.0.1", "compta"), 2)
        with pytest.raises(ProgramError, match="lettres accentuées") as caught, open_session(server):
            pass
    assert "clé" not in str(caught.value)


def test_a_question_at_login_that_means_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that asks rubbish at login ends in "something unexpected"."""
    monkeypatch.setenv("RELANCE_XL_SMTP_PASSWORD", "x")
    with scripted_server(login=True) as running:
        running.follow(Rule(Phase.AUTH, Act("334 a")))
        server = MailServer("127.0.0.1", running.port, "none", Account("127.0.0.1", "compta"), 2)
        with pytest.raises(ProgramError), open_session(server):
            pass


def test_a_mailbox_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mailbox server that never finishes TLS holds every export for ever."""
    monkeypatch.setenv("RELANCE_XL_SMTP_PASSWORD", "x")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_drip, args=(listener,), daemon=True).start()
        server = MailboxServer("127.0.0.1", listener.getsockname()[1], "", Account("127.0.0.1", "compta"), 1)
        with _at_most(_BOUND_S), pytest.raises(ProgramError, match="boîte"), open_inbox(server):
            pass


def _drip(listener: socket.socket) -> None:
    line, _address = listener.accept()
    try:
        # The head of a TLS record of 16 KB, and then its content, byte by byte.
        line.sendall(b"\x16\x03\x03\x40\x00")
        while True:
            line.sendall(b"\x02")
            time.sleep(0.05)
    except OSError:
        line.close()


def test_the_commands_are_the_standard_librarys() -> None:
    """A name that our client replaces is no longer called, and its bound with it."""
    for name in ("send", "getreply", "close"):
        assert getattr(Client, name) is not getattr(smtplib.SMTP, name)
