"""The account's mailbox by IMAP (RFC 3501): its folder of sent messages, to prove what left and to keep copies."""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime

from relance_xl.mail.line import Line, LineError, Uninterrupted
from relance_xl.mail.login import Account, find_password, find_token, oauth_text
from relance_xl.runtime.errors import ProgramError
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import fault_words

#: The slowest line that a message is sent or fetched over (bytes a second), and the largest that is fetched (bytes).
_SLOWEST, _LARGEST = 16 * 1024, 64 * 1024 * 1024
#: The longest line of an answer (bytes): a mailbox of a million messages lists its finds in one.
_LONGEST_LINE = 16 * 1024 * 1024
#: How long a goodbye may take (seconds): nothing depends on it.
_GOODBYE_S = 5
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class MailboxServer:
    """Where the mailbox is; `folder`: of sent messages, "" to ask the server which it is."""

    host: str
    port: int
    folder: str
    account: Account
    timeout_s: int


class _Client(imaplib.IMAP4):
    """The standard library's IMAP client over TLS, on a line with a bound on each command and its whole answer."""

    def __init__(self, server: MailboxServer) -> None:
        self.timeout_s: float = server.timeout_s
        self._line = Line(Uninterrupted())
        super().__init__(server.host, server.port)

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


class Inbox:
    """The folder where mail arrives, open to read only."""

    def __init__(self, client: _Client) -> None:
        self._client = client

    def notifications(self, since: date) -> Iterator[bytes]:
        """Yield the delivery status notifications that came since a day. Raises ProgramError."""
        # Month names are English in IMAP, whatever the computer speaks.
        day = f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}"
        try:
            _kind, found = self._client.search(None, "SINCE", day, "HEADER", "Content-Type", '"delivery-status"')
            for number in found[0].split() if found and found[0] else []:
                # PEEK: what a person has not read stays unread.
                _kind, parts = self._client.fetch(number.decode(), "(BODY.PEEK[])")
                yield from (part[1] for part in parts if isinstance(part, tuple))
        except (imaplib.IMAP4.error, OSError) as error:
            raise _unusable(_words(error)) from error


class SentFolder:
    """The folder of sent messages, open."""

    def __init__(self, client: _Client, name: str) -> None:
        self._client = client
        self._name = name

    def holds(self, message_id: str) -> bool:
        """Whether a message with that Message-ID is there. Raises ProgramError."""
        try:
            kind, found = self._client.search(None, "HEADER", "Message-ID", _quoted(message_id))
        except (imaplib.IMAP4.error, OSError) as error:
            raise _unusable(_words(error)) from error
        return kind == "OK" and bool(found and found[0])

    def keep(self, message: bytes, date: datetime) -> None:
        """Put a copy there, as read. Raises ProgramError."""
        try:
            kind, words = self._client.append(_quoted(self._name), r"(\Seen)", imaplib.Time2Internaldate(date), message)
        except (imaplib.IMAP4.error, OSError) as error:
            raise _unusable(_words(error)) from error
        if kind != "OK":
            raise _unusable(_said(words[0]))


@contextmanager
def open_sent_folder(server: MailboxServer) -> Iterator[SentFolder]:
    """Log in and open the folder of sent messages. Raises ProgramError."""
    with _logged_in(server) as client:
        name = server.folder or _folder_of_sent(client)
        _select(client, name)
        yield SentFolder(client, name)


@contextmanager
def open_inbox(server: MailboxServer) -> Iterator[Inbox]:
    """Log in and open the folder where mail arrives. Raises ProgramError."""
    with _logged_in(server) as client:
        _select(client, "INBOX", readonly=True)
        yield Inbox(client)


def _select(client: _Client, name: str, readonly: bool = False) -> None:
    kind, _words = client.select(_quoted(name), readonly=readonly)
    if kind != "OK":
        raise _unusable(_("there is no folder {name}").format(name=name))


@contextmanager
def _logged_in(server: MailboxServer) -> Iterator[_Client]:
    try:
        client = _Client(server)
    except (OSError, imaplib.IMAP4.error) as error:
        raise _unusable(_words(error)) from error
    try:
        _log_in(client, server.account)
        yield client
    except imaplib.IMAP4.error as error:
        raise _unusable(_words(error)) from error
    finally:
        client.timeout_s = min(server.timeout_s, _GOODBYE_S)
        with suppress(OSError, imaplib.IMAP4.error):
            client.logout()
        client.shutdown()


def _log_in(client: _Client, account: Account) -> None:
    secret = find_token(account) if account.method == "xoauth2" else find_password(account)
    try:
        if account.method == "xoauth2":
            client.authenticate("XOAUTH2", lambda _challenge: oauth_text(account, secret).encode())
        else:
            client.login(account.user, secret)
    except OSError as error:
        raise _unusable(fault_words(error)) from None
    except imaplib.IMAP4.error:
        # `from None`: the exception's own trace may hold what was sent, the password included.
        raise _unusable(_("it refused the login of {user}").format(user=account.user)) from None


def _folder_of_sent(client: _Client) -> str:
    r"""Return the folder that the server marks as \Sent (RFC 6154), else the usual name."""
    kind, lines = client.list()
    for line in lines if kind == "OK" else []:
        text = line.decode("utf-8", "replace") if isinstance(line, bytes) else ""
        if r"\sent" in text.split(")")[0].lower():
            return text.rpartition(' "')[2].strip('"') if text.endswith('"') else text.rpartition(" ")[2]
    return "Sent"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _words(error: Exception) -> str:
    """Return an error in one line: what happened to the line, else what the server said."""
    cause = error if isinstance(error, OSError) else error.__context__
    if isinstance(cause, OSError):
        return fault_words(cause)
    return _said(error.args[0] if error.args else str(error))


def _said(words: object) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)


def _unusable(why: str) -> ProgramError:
    return ProgramError(
        _("The mailbox cannot be used: {why}").format(why=" ".join(why.split())),
        advice=_("Check [mail.imap] in relance.toml; what was sent stays sent."),
    )
