"""The account's mailbox by IMAP (RFC 3501): its folder of sent messages, to prove what left and to keep copies."""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime

from relance_xl.errors import ProgramError
from relance_xl.language import _
from relance_xl.mail.login import Account, find_password, find_token, oauth_text

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class MailboxServer:
    """Where the mailbox is; `folder`: of sent messages, "" to ask the server which it is."""

    host: str
    port: int
    folder: str
    account: Account
    timeout_s: int


class Inbox:
    """The folder where mail arrives, open to read only."""

    def __init__(self, client: imaplib.IMAP4_SSL) -> None:
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
            raise _unusable(str(error)) from error


class SentFolder:
    """The folder of sent messages, open."""

    def __init__(self, client: imaplib.IMAP4_SSL, name: str) -> None:
        self._client = client
        self._name = name

    def holds(self, message_id: str) -> bool:
        """Whether a message with that Message-ID is there. Raises ProgramError."""
        try:
            kind, found = self._client.search(None, "HEADER", "Message-ID", _quoted(message_id))
        except (imaplib.IMAP4.error, OSError) as error:
            raise _unusable(str(error)) from error
        return kind == "OK" and bool(found and found[0])

    def keep(self, message: bytes, date: datetime) -> None:
        """Put a copy there, as read. Raises ProgramError."""
        try:
            kind, words = self._client.append(_quoted(self._name), r"(\Seen)", imaplib.Time2Internaldate(date), message)
        except (imaplib.IMAP4.error, OSError) as error:
            raise _unusable(str(error)) from error
        if kind != "OK":
            raise _unusable(str(words[0]))


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


def _select(client: imaplib.IMAP4_SSL, name: str, readonly: bool = False) -> None:
    kind, _words = client.select(_quoted(name), readonly=readonly)
    if kind != "OK":
        raise _unusable(_("there is no folder {name}").format(name=name))


@contextmanager
def _logged_in(server: MailboxServer) -> Iterator[imaplib.IMAP4_SSL]:
    try:
        client = imaplib.IMAP4_SSL(
            server.host, server.port, timeout=server.timeout_s, ssl_context=ssl.create_default_context()
        )
    except (OSError, imaplib.IMAP4.error) as error:
        raise _unusable(str(error)) from error
    try:
        _log_in(client, server.account)
        yield client
    except imaplib.IMAP4.error as error:
        raise _unusable(str(error)) from error
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            client.logout()


def _log_in(client: imaplib.IMAP4_SSL, account: Account) -> None:
    secret = find_token(account) if account.method == "xoauth2" else find_password(account)
    try:
        if account.method == "xoauth2":
            client.authenticate("XOAUTH2", lambda _challenge: oauth_text(account, secret).encode())
        else:
            client.login(account.user, secret)
    except (imaplib.IMAP4.error, OSError):
        # `from None`: the exception's own trace may hold what was sent, the password included.
        raise _unusable(_("it refused the login of {user}").format(user=account.user)) from None


def _folder_of_sent(client: imaplib.IMAP4_SSL) -> str:
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


def _unusable(why: str) -> ProgramError:
    return ProgramError(
        _("The mailbox cannot be used: {why}").format(why=" ".join(why.split())),
        advice=_("Check [mail.imap] in relance.toml; what was sent stays sent."),
    )
