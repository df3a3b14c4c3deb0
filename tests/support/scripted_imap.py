"""An IMAP server on loopback, over TLS, whose folders, spellings and ways of answering are a test's to choose."""

import base64
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import trustme

from tests.support.mail_server import PASSWORD, USER

_PATIENCE_S = 10.0
_TOKENS = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\([^)]*\))|([^\s"()]+)')


@dataclass
class Folder:
    """A folder: its name as it goes over the line (modified UTF-7), its marks, its messages; `closed` to refuse it."""

    spelling: bytes
    marks: str = ""
    messages: list[bytes] = field(default_factory=list)
    closed: bool = False


@dataclass
class Ways:
    """How the server answers, by default as most do.

    `literals`: names come as literals. `marks`: "always", "asked" (RFC 6154 lets it wait for that) or "never".
    `noise`: lines among LIST's that are none. `hidden`: folders that LIST leaves out. `refused`: a command answered
    by NO. `answers`: a command's whole answer, {tag} in it; "" to close the line. `token`: wanted for a password.
    """

    separator: str = "/"
    literals: bool = False
    marks: str = "always"
    noise: tuple[bytes, ...] = ()
    hidden: tuple[bytes, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    token: str = ""


@dataclass
class ImapServer:
    """A server that runs: where, its folders, and what clients said (not at login)."""

    port: int
    folders: list[Folder]
    ways: Ways
    said: list[str] = field(default_factory=list)

    def messages(self, spelling: bytes) -> list[bytes]:
        """Return the messages of a folder."""
        return next(one.messages for one in self.folders if one.spelling == spelling)


class _Talk:
    """One connection."""

    def __init__(self, server: ImapServer, line: socket.socket) -> None:
        self._server = server
        self._ways = server.ways
        self._line = line
        self._input = line.makefile("rb")
        self._folder: Folder | None = None

    def run(self) -> None:
        """Talk until either side has enough."""
        with suppress(OSError), self._line, self._input:
            self._say(b"* OK ready")
            while said := self._input.readline():
                tag, _space, rest = said.rstrip(b"\r\n").partition(b" ")
                if not self._obey(tag, rest):
                    return

    def _obey(self, tag: bytes, rest: bytes) -> bool:
        """Do a command; return whether to go on."""
        name = re.match(rb"(?:UID )?\w*", rest)[0].decode().upper()  # type: ignore[index]  # matches always
        self._server.said.append(name if name in {"LOGIN", "AUTHENTICATE"} else rest.decode("utf-8", "replace"))
        words = [_unquoted(match) for match in _TOKENS.finditer(rest)]
        message = self._literal(rest) if name == "APPEND" else b""
        if name in self._ways.answers:
            self._line.sendall(self._ways.answers[name].replace("{tag}", tag.decode()).encode())
            return bool(self._ways.answers[name])
        if name in self._ways.refused:
            self._say(tag + b" NO " + self._ways.refused[name].encode())
            return True
        self._say(tag + b" " + self._done(name, words, message))
        return name != "LOGOUT"

    def _done(self, name: str, words: list[bytes], message: bytes) -> bytes:
        """Do a command; return how its answer ends."""
        match name:
            case "CAPABILITY":
                offers = "" if self._ways.marks == "never" else " SPECIAL-USE LIST-EXTENDED"
                self._say(f"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2{offers}".encode())
            case "LOGIN":
                return b"OK in" if words[1:] == [USER.encode(), PASSWORD.encode()] else b"NO wrong"
            case "AUTHENTICATE":
                return self._authenticated()
            case "LIST":
                self._list(asked=words[-1] == b"(SPECIAL-USE)")
            case "SELECT" | "EXAMINE":
                return self._opened(words[1])
            case "APPEND":
                folder = self._called(words[1])
                if folder is None:
                    return b"NO [TRYCREATE] no such mailbox"
                folder.messages.append(message)
            case "UID SEARCH":
                self._search(words)
            case "UID FETCH":
                self._fetch(int(words[2]))
            case "LOGOUT":
                self._say(b"* BYE")
        return b"OK done"

    def _authenticated(self) -> bytes:
        self._say(b"+ ")
        said = base64.b64decode(self._input.readline())
        if said == f"user={USER}\x01auth=Bearer {self._ways.token}\x01\x01".encode():
            return b"OK in"
        self._say(b"+ " + base64.b64encode(b'{"status":"400"}'))
        # To say the token again would be one more login.
        return b"NO wrong" if self._input.readline() == b"\r\n" else b"BAD expected nothing"

    def _list(self, asked: bool) -> None:
        for line in self._ways.noise:
            self._say(line)
        shows = self._ways.marks == "always" or (asked and self._ways.marks == "asked")
        for one in self._server.folders:
            if one.spelling in self._ways.hidden:
                continue
            marks = one.marks if shows or "\\No" in one.marks else ""
            escaped = re.sub(rb'(["\\])', rb"\\\1", one.spelling)
            name = b"{%d}\r\n%b" % (len(one.spelling), one.spelling) if self._ways.literals else b'"%b"' % escaped
            separator = self._ways.separator.replace("\\", "\\\\")
            self._say(b'* LIST (%b) "%b" %b' % (marks.encode(), separator.encode(), name))

    def _opened(self, spelling: bytes) -> bytes:
        self._folder = self._called(spelling)
        if self._folder is None or self._folder.closed or "\\No" in self._folder.marks:
            return b"NO not for you"
        self._say(b"* FLAGS (\\Seen)\r\n* %d EXISTS\r\n* 0 RECENT" % len(self._folder.messages))
        return b"OK [READ-ONLY] open"

    def _called(self, spelling: bytes) -> Folder | None:
        return next((one for one in self._server.folders if one.spelling == spelling), None)

    def _search(self, words: list[bytes]) -> None:
        assert self._folder is not None
        wanted = words[-1].lower()
        found = [b"%d" % (number + 100) for number, one in enumerate(self._folder.messages) if wanted in one.lower()]
        self._say(b" ".join([b"* SEARCH", *found]))

    def _fetch(self, uid: int) -> None:
        assert self._folder is not None
        body = self._folder.messages[uid - 100]
        self._say(b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)" % (uid - 99, uid, len(body), body))

    def _literal(self, rest: bytes) -> bytes:
        size = re.search(rb"\{(\d+)\}$", rest)
        assert size is not None
        self._say(b"+ go on")
        message = self._input.read(int(size[1]))
        self._input.readline()
        return message

    def _say(self, line: bytes) -> None:
        self._line.sendall(line + b"\r\n")


def _unquoted(match: re.Match[bytes]) -> bytes:
    quoted = match[1]
    return re.sub(rb"\\(.)", rb"\1", quoted) if quoted is not None else match[0]


@contextmanager
def imap_server(authority_file: str, *folders: Folder, ways: Ways | None = None) -> Iterator[ImapServer]:
    """Run a server with these folders; its certificate is for localhost, by an authority written to a file."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(authority_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = ImapServer(int(listener.getsockname()[1]), list(folders), ways or Ways())
        accepting = threading.Thread(target=_accept, args=(server, listener, context), daemon=True)
        accepting.start()
        try:
            yield server
        finally:
            with suppress(OSError):
                # A blocked accept does not notice a mere close.
                listener.shutdown(socket.SHUT_RDWR)


def _accept(server: ImapServer, listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            line, _address = listener.accept()
        except OSError:
            return
        line.settimeout(_PATIENCE_S)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError):
            secured = context.wrap_socket(line, server_side=True)
            threading.Thread(target=_Talk(server, secured).run, daemon=True).start()
