"""An SMTP server on loopback that misbehaves as a script says, phase by phase, and keeps a record of all it got."""

import base64
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto

from tests.support.mail_server import PASSWORD, USER

_PATIENCE_S = 10.0


class Phase(StrEnum):
    """Where in the talk something goes wrong; BODY is after 354 with nothing read, DOT after all was read."""

    GREETING = "greeting"
    EHLO = "EHLO"
    HELO = "HELO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    BODY = "body"
    DOT = "dot"
    RSET = "RSET"
    QUIT = "QUIT"


class Then(Enum):
    """What the server does once it has answered: a stalled one listens and never speaks again."""

    GO_ON = auto()
    CLOSE = auto()
    RESET = auto()
    STALL = auto()


@dataclass(frozen=True)
class Act:
    """What the server does instead of its usual answer; {said} in a reply is what the client said.

    `by_byte`: its reply comes byte by byte, with so many seconds between two.
    """

    reply: str = ""
    then: Then = Then.GO_ON
    delay_s: float = 0.0
    by_byte: bool = False
    byte_s: float = 0.002
    whole_line: bool = True


@dataclass(frozen=True)
class Rule:
    """When an act is due: its phase; of one recipient's message only, or of all; after some times, so many times."""

    phase: Phase
    act: Act
    address: str = ""
    after: int = 0
    times: int | None = None


@dataclass
class Record:
    """What the server got and what it took: its own truth. `breaches` is what no careful client would have said."""

    commands: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    accepted: list[bytes] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    mailed_at: list[float] = field(default_factory=list)

    def count(self, phase: Phase) -> int:
        """Return how often a command was said."""
        return self.commands.count(phase)


class _OverError(Exception):
    """The talk is over: the line is closed."""


class ScriptedServer:
    """The server: `follow` gives it its script and returns a fresh record."""

    def __init__(self, login: bool = False, starttls: bool = False) -> None:
        self.login = login
        self.starttls = starttls
        self.record = Record()
        self._rules: tuple[Rule, ...] = ()
        self._used: Counter[int] = Counter()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._talks: list[threading.Thread] = []
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def follow(self, *rules: Rule) -> Record:
        """Do from now on what the rules say, and note it in a new record."""
        self._rules, self._used, self.record = rules, Counter(), Record()
        return self.record

    def settle(self) -> None:
        """Wait until every client that has gone is noted as gone."""
        for talk in self._talks:
            talk.join(_PATIENCE_S)
        self._talks.clear()

    def stop(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            # A blocked accept does not notice a mere close.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.settle()

    def act(self, phase: Phase, addresses: list[str]) -> Act | None:
        """Return what the script says for this moment, None for the usual answer."""
        for number, rule in enumerate(self._rules):
            if rule.phase is not phase or (rule.address and rule.address not in addresses):
                continue
            self._used[number] += 1
            past = self._used[number] - rule.after
            if past > 0 and (rule.times is None or past <= rule.times):
                return rule.act
        return None

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                line.settimeout(_PATIENCE_S)
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                talk = threading.Thread(target=_Talk(self, line).run, daemon=True)
                self._talks.append(talk)
                talk.start()


class _Talk:
    """One connection."""

    def __init__(self, server: ScriptedServer, line: socket.socket) -> None:
        self._server = server
        self._record = server.record
        self._line = line
        self._input = line.makefile("rb")
        self._logged_in = not server.login
        self._recipients: list[str] | None = None
        self._refused = False
        self._ending = ""
        self._strayed = False

    def run(self) -> None:
        """Talk until either side has enough."""
        try:
            with suppress(OSError, _OverError):
                self._answer(Phase.GREETING, "220 scripted ESMTP")
                while said := self._input.readline():
                    self._obey(said)
        finally:
            self._input.close()
            self._line.close()

    def _obey(self, said: bytes) -> None:
        text = said.decode("utf-8", "replace").rstrip("\r\n")
        verb = text.split(" ")[0].upper()
        if self._ending and verb not in {Phase.QUIT, Phase.RSET}:
            self._record.breaches.append(f"{verb[:20]} after {self._ending}")
        self._record.commands.append(verb)
        # What is said at login is nobody's business.
        self._record.said.append(verb if verb == Phase.AUTH else text)
        match verb:
            case Phase.EHLO:
                offers = ["AUTH PLAIN"] * self._server.login + ["STARTTLS"] * self._server.starttls
                self._answer(
                    Phase.EHLO, "\r\n".join(["250-scripted", *(f"250-{one}" for one in offers), "250 8BITMIME"])
                )
            case Phase.HELO:
                self._answer(Phase.HELO, "250 scripted")
            case Phase.STARTTLS:
                self._answer(Phase.STARTTLS, "454 4.7.0 no TLS here")
            case Phase.AUTH:
                self._log_in(text)
            case Phase.MAIL:
                self._begin(text)
            case Phase.RCPT:
                self._add_recipient(text)
            case Phase.DATA:
                self._take_message(text)
            case Phase.RSET:
                self._forget()
                self._answer(Phase.RSET, "250 2.0.0 forgotten")
            case Phase.QUIT:
                self._answer(Phase.QUIT, "221 2.0.0 bye")
                raise _OverError
            case _:
                # Of a message sent where none was asked for, the first line tells enough.
                self._record.breaches += [f"no command: {text[:40]!r}"] * (not self._strayed)
                self._strayed = True
                self._say(Act("500 5.5.2 what?"))

    def _log_in(self, text: str) -> None:
        right = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
        usual = "235 2.7.0 welcome" if text == f"AUTH PLAIN {right}" else "535 5.7.8 wrong"
        self._logged_in = self._answer(Phase.AUTH, usual, text).startswith("2")

    def _begin(self, text: str) -> None:
        self._record.mailed_at.append(time.monotonic())
        if self._recipients is not None:
            self._record.breaches.append("MAIL within a message")
        if not self._logged_in:
            self._record.breaches.append("MAIL without login")
        self._forget()
        if self._answer(Phase.MAIL, "250 2.1.0 ok", text).startswith("2"):
            self._recipients = []

    def _add_recipient(self, text: str) -> None:
        if self._recipients is None:
            self._record.breaches.append("RCPT without MAIL")
            self._say(Act("503 5.5.1 MAIL first"))
            return
        found = re.search(r"<(.*)>", text)
        address = found[1] if found else ""
        if self._answer(Phase.RCPT, "250 2.1.5 ok", text, [address]).startswith("2"):
            self._recipients.append(address)
        else:
            self._refused = True

    def _take_message(self, text: str) -> None:
        addresses = self._recipients or []
        if self._refused or not addresses:
            self._record.breaches.append("DATA after a refusal")
        if not self._answer(Phase.DATA, "354 go on", text, addresses).startswith("354"):
            # The message is over for both: a client that has more to say begins anew, or forgets it first.
            self._forget()
            return
        act = self._server.act(Phase.BODY, addresses)
        if act is not None:
            self._say(act)
        message = self._read_message()
        if message is None:
            raise _OverError
        self._record.received.append(message)
        self._forget()
        act = self._server.act(Phase.DOT, addresses) or Act("250 2.0.0 taken")
        if not re.match(r"[45]\d\d", act.reply):
            # Whatever else it says, or does not say, it has the message: the worst case for the client.
            self._record.accepted.append(message)
        self._say(act)

    def _read_message(self) -> bytes | None:
        """Return a message without its dots, None where the client broke off."""
        lines: list[bytes] = []
        while line := self._input.readline():
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line.removeprefix(b"."))
        return None

    def _forget(self) -> None:
        self._recipients, self._refused = None, False

    def _answer(self, phase: Phase, usual: str, said: str = "", addresses: list[str] | None = None) -> str:
        """Answer as the script says, else as usual; return what was answered."""
        act = self._server.act(phase, addresses or []) or Act(usual)
        self._say(act, said)
        return act.reply

    def _say(self, act: Act, said: str = "") -> None:
        time.sleep(act.delay_s)
        if act.reply:
            reply = act.reply.replace("{said}", said) + "\r\n" * act.whole_line
            for piece in reply if act.by_byte else [reply]:
                self._line.sendall(piece.encode())
                time.sleep(act.byte_s * act.by_byte)
            if act.reply.startswith("421"):
                self._ending = "421"
        if act.then is Then.STALL:
            self._listen_only()
        if act.then is Then.RESET:
            self._line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if act.then is not Then.GO_ON:
            raise _OverError

    def _listen_only(self) -> None:
        while line := self._input.readline():
            verb = line[:4].decode("ascii", "replace").upper()
            if verb not in {Phase.QUIT, Phase.RSET}:
                self._record.breaches.append(f"{verb} after a stall")


@contextmanager
def scripted_server(login: bool = False, starttls: bool = False) -> Iterator[ScriptedServer]:
    """Run a server; it behaves until it is told not to."""
    server = ScriptedServer(login, starttls)
    try:
        yield server
    finally:
        server.stop()
