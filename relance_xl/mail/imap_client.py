"""IMAPClient over a line with bounds: commands and the reading of answers are its own; the bytes go over ours.

Slow to import: only what talks to a mailbox imports it.
"""

import imaplib
import logging
import re
import ssl
from collections.abc import Sequence

from imapclient import IMAPClient
from imapclient.exceptions import ProtocolError
from imapclient.imap_utf7 import decode, encode
from imapclient.response_parser import parse_response

from relance_xl.mail.line import Line, LineError
from relance_xl.mail.mailbox_folders import Folder
from relance_xl.runtime.language import _
from relance_xl.runtime.stop import Stop

#: The slowest line that a message is sent or fetched over (bytes a second), and the largest that is fetched (bytes).
_SLOWEST, _LARGEST = 16 * 1024, 64 * 1024 * 1024
#: The longest line of an answer (bytes): a mailbox of a million messages lists its finds in one.
_LONGEST_LINE = 16 * 1024 * 1024
#: How the libraries word what a server refuses, its words within, and what they say in words of their own.
_REFUSAL = re.compile(
    r"(?s)(?:command: \w+ => |\w+ (?:failed: |command error: \w+ \[b['\"])|\* \w+ )(?P<words>.*?)(?:['\"]\])?\s*"
)
_OWN_WORDS = re.compile(
    r"(command: \w+ => )?unexpected |command \w+ illegal|server not IMAP4|no CAPABILITY|got more than"
)

# Without a handler of its own, what it warns of would be printed, in English.
logging.getLogger("imapclient").addHandler(logging.NullHandler())


class _Talk(imaplib.IMAP4):
    """What IMAPClient speaks through, over TLS: the standard library's client, with a bound on each command's answer."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._line = Line(Stop())
        super().__init__(host, port)

    def open(self, host: str = "", port: int = 993, timeout: float | None = None) -> None:  # noqa: ARG002
        """Connect over TLS. Raises LineError."""
        self._line.begin(self.timeout_s)
        self.sock = self._line.connect(host, port)
        self.sock = self._line.secure(ssl.create_default_context(), host)

    def send(self, data: bytes) -> None:  # type: ignore[override]  # all that the commands send
        """Send a command, or a message; its answer is bounded from here on. Raises LineError."""
        self._line.begin(self.timeout_s + len(data) / _SLOWEST)
        self._line.send(data)

    def readline(self) -> bytes:
        """Return a line of an answer. Raises LineError."""
        return self._line.readline(_LONGEST_LINE)

    def read(self, size: int) -> bytes:
        """Return so many bytes of an answer. Raises LineError."""
        if size > _LARGEST:
            self.shutdown()
            raise LineError(_("the server's answer has no end"))
        self._line.begin(self.timeout_s + size / _SLOWEST)
        return self._line.read(size)

    def shutdown(self) -> None:
        """Close the line, without a word."""
        self._line.close()


class Client(IMAPClient):  # type: ignore[misc]  # it ships no types
    """A mailbox's client. Besides what its methods say, each command raises OSError or IMAP4.error."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._talk = _Talk(host, port, timeout_s)
        self._open: Folder | None = None
        super().__init__(host, port)
        # It would keep a text of all that is said, messages of many megabytes too.
        self._talk.debug = 0

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802 - the library's name for where its connection comes from
        return self._talk

    def _normalise_folder(self, folder_name: str | bytes) -> bytes:
        """Return a folder's name as commands say it: bytes are the server's own spelling, and go back as they came."""
        spelling = folder_name if isinstance(folder_name, bytes) else bytes(encode(folder_name))
        return b'"' + re.sub(rb'(["\\])', rb"\\\1", spelling) + b'"'

    def hurry(self, seconds: float) -> None:
        """Let no later command take longer."""
        self._talk.timeout_s = min(self._talk.timeout_s, seconds)

    def folders(self) -> tuple[Folder, ...]:
        """Return the mailbox's folders; what is not understood is left out, () if the server lists none."""
        return tuple(filter(None, map(_read_folder, self._listed())))

    def _listed(self) -> Sequence[object]:
        # A server need not say what its folders are for unless it is asked (RFC 6154 2).
        asks = self.has_capability("SPECIAL-USE") and self.has_capability("LIST-EXTENDED")
        return (self._list('"*" RETURN (SPECIAL-USE)') if asks else []) or self._list('"*"')

    def _list(self, which: str) -> Sequence[object]:
        try:
            kind, records = self._talk.list('""', which)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            return []
        return records if kind == "OK" else []

    def open_to_read(self, folder: Folder) -> str:
        """Open a folder, for reading only; return what the server says against it, "" where it is open."""
        if self._open == folder:
            return ""
        self._open = None
        try:
            self.select_folder(folder.spelling, readonly=True)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            return server_words(error) or "NO"
        self._open = folder
        return ""


def unlisted(name: str) -> tuple[Folder, ...]:
    """Return what a name may mean to a server that does not list it: as people read it, or as servers spell it."""
    spellings = [bytes(encode(name)), *([name.encode()] if name.isascii() else [])]
    return tuple(Folder(name, spelling) for spelling in dict.fromkeys(spellings))


def server_words(error: Exception) -> str:
    """Return what the server said, out of an error of the libraries'; "" where they did not understand it."""
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    if isinstance(error, ProtocolError) or _OWN_WORDS.match(text):
        return ""
    refusal = _REFUSAL.fullmatch(text)
    return refusal["words"] if refusal else text


def _read_folder(record: object) -> Folder | None:
    """Return the folder that one record of LIST's answer tells of, None for what is not understood.

    Records are the standard library's: bytes, or a pair of bytes where the name came as a literal.
    """
    try:
        flags, separator, name, *_extended = parse_response([record])
    except (ValueError, TypeError, AttributeError, imaplib.IMAP4.error):
        return None
    spelling = str(name).encode() if isinstance(name, int) else name
    # A command is one line: what has a line's end in its name cannot be said.
    if not isinstance(flags, tuple) or not isinstance(spelling, bytes) or re.search(rb"[\r\n\0]", spelling):
        return None
    marks = frozenset(flag.decode("ascii", "replace").lower() for flag in flags if isinstance(flag, bytes))
    return Folder(_readable(spelling), spelling, separator.decode("ascii", "replace") if separator else "", marks)


def _readable(spelling: bytes) -> str:
    """Return a name out of modified UTF-7 (RFC 3501 5.1.3), or as it stands where a server writes it otherwise."""
    try:
        return str(decode(spelling)) if spelling.isascii() else spelling.decode()
    except UnicodeError:
        return spelling.decode("utf-8", "replace")
