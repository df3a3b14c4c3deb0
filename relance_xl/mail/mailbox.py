"""The account's mailbox by IMAP (RFC 3501): its folder of sent messages, to prove what left and to keep copies."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from relance_xl.mail.line import LineError
from relance_xl.mail.login import Account, find_password, find_token, oauth_text
from relance_xl.mail.mailbox_folders import Folder, names_of, sent_folders, shown
from relance_xl.runtime.errors import ProgramError
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import fault_words

if TYPE_CHECKING:
    from relance_xl.mail.imap_client import Client

#: How long a goodbye may take (seconds): nothing depends on it.
_GOODBYE_S = 5
#: Of more folders marked as of sent messages the others are other people's, shared with the account.
_MOST_SENT = 4
_INBOX = Folder("INBOX", b"INBOX")


@dataclass(frozen=True, slots=True)
class MailboxServer:
    """Where the mailbox is, and its folder of sent messages: the user's word for it, the provider's; "" for none."""

    host: str
    port: int
    folder: str
    account: Account
    timeout_s: int
    preset_folder: str = ""


class Inbox:
    """The folder where mail arrives, open to read only."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def notifications(self, since: date) -> Iterator[bytes]:
        """Yield the delivery status notifications that came since a day. Raises ProgramError."""
        with _in_words():
            found = self._client.search(["SINCE", since, "HEADER", "Content-Type", "delivery-status"])
        for number in found:
            with _in_words():
                # PEEK: what a person has not read stays unread.
                body = self._client.fetch([number], ["BODY.PEEK[]"]).get(number, {}).get(b"BODY[]")
            if isinstance(body, bytes):
                yield body


class SentFolder:
    """The folder of sent messages; where the server has several, all are looked into and the first gets the copies."""

    def __init__(self, client: "Client", folders: tuple[Folder, ...]) -> None:
        self._client = client
        self._folders = folders

    def holds(self, message_id: str) -> bool:
        """Whether a message with that Message-ID is there. Raises ProgramError."""
        with _in_words():
            return any(self._finds(folder, message_id) for folder in self._folders)

    def _finds(self, folder: Folder, message_id: str) -> bool:
        _open(self._client, folder)
        return bool(self._client.search(f"HEADER Message-ID {_quoted(message_id)}"))

    def keep(self, message: bytes, date: datetime) -> None:
        """Put a copy there, as read. Raises ProgramError."""
        with _in_words():
            self._client.append(self._folders[0].spelling, message, (rb"\Seen",), date)


@contextmanager
def open_sent_folder(server: MailboxServer) -> Iterator[SentFolder]:
    """Log in and find the folder of sent messages. Raises ProgramError."""
    with _logged_in(server) as client:
        with _in_words():
            folders = _folders_of_sent(client, server)
        yield SentFolder(client, folders)


@contextmanager
def open_inbox(server: MailboxServer) -> Iterator[Inbox]:
    """Log in and open the folder where mail arrives. Raises ProgramError."""
    with _logged_in(server) as client:
        with _in_words():
            _open(client, _INBOX)
        yield Inbox(client)


@contextmanager
def _logged_in(server: MailboxServer) -> Iterator["Client"]:
    # Slow to import, and few use it.
    from relance_xl.mail.imap_client import Client

    with _in_words():
        client = Client(server.host, server.port, server.timeout_s)
    try:
        _log_in(client, server.account)
        yield client
    finally:
        client.hurry(_GOODBYE_S)
        with suppress(Exception):
            client.logout()
        client.shutdown()


def _log_in(client: "Client", account: Account) -> None:
    secret = find_token(account) if account.method == "xoauth2" else find_password(account)
    try:
        if account.method == "xoauth2":
            # To a refusal the server adds a challenge; an empty answer lets it end the login.
            client.sasl_login("XOAUTH2", lambda challenge: "" if challenge else oauth_text(account, secret))
        else:
            client.login(account.user, secret)
    # `from None`: the exception's own trace may hold what was sent, the password included.
    except UnicodeError:
        why = _("user or password has letters other than a to z, which its way of login does not take")
        raise _unusable(why) from None
    except Exception as error:
        fault = _fault_of_the_line(error)
        refused = _("it refused the login of {user}").format(user=account.user)
        raise _unusable(fault_words(fault) if fault else refused) from None


def _folders_of_sent(client: "Client", server: MailboxServer) -> tuple[Folder, ...]:
    """Return the folders of sent messages that can be opened, at least one. Raises ProgramError, and what Client does."""
    from relance_xl.mail.imap_client import unlisted

    there = client.folders()
    listed = sent_folders(there, server.folder, server.preset_folder)[:_MOST_SENT]
    # Some servers open what they do not list; and one that lists nothing may have the usual folder.
    name = server.folder or ("" if there else server.preset_folder or "Sent")
    refusals = {one: client.open_to_read(one) for one in listed or (unlisted(name) if name else ())}
    opened = tuple(one for one, refusal in refusals.items() if not refusal)
    if opened:
        return opened
    if listed:
        raise _cannot_open(listed[0], refusals[listed[0]])
    raise _unusable(_not_there(name, names_of(there)))


def _not_there(name: str, there: str) -> str:
    """Return that there is no such folder, or none that is known to be of sent messages, and which ones there are."""
    if not name:
        text = _("it does not say which folder is that of sent messages; write one of these as folder: {folders}")
    elif there:
        text = _("there is no folder {name}; there are: {folders}")
    else:
        text = _("there is no folder {name}")
    return text.format(name=shown(name), folders=there)


def _open(client: "Client", folder: Folder) -> None:
    refusal = client.open_to_read(folder)
    if refusal:
        raise _cannot_open(folder, refusal)


def _cannot_open(folder: Folder, refusal: str) -> ProgramError:
    text = _("its folder {name} cannot be opened: {why}")
    return _unusable(text.format(name=shown(folder.name), why=shown(refusal)))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn whatever goes wrong in the talk into a ProgramError: servers answer, and the library fails, in many ways."""
    try:
        yield
    except ProgramError:
        raise
    except Exception as error:
        raise _unusable(_words(error)) from error


def _words(error: Exception) -> str:
    """Return an error in one line: what happened to the line, else what the server said."""
    fault = _fault_of_the_line(error)
    if fault is not None:
        return fault_words(fault)
    from imaplib import IMAP4

    from relance_xl.mail.imap_client import server_words

    said = shown(server_words(error)) if isinstance(error, IMAP4.error) else ""
    return said or _("its answer cannot be understood")


def _fault_of_the_line(error: BaseException) -> OSError | None:
    """Return what happened to the line, None where nothing did: the libraries wrap it in errors of their own."""
    from imaplib import IMAP4

    if isinstance(error, OSError):
        return error
    cause: BaseException | None = error
    while isinstance(cause, IMAP4.error):
        cause = cause.__context__
    # Any other error was there before: copies are kept while a run that failed is wound up, too.
    return cause if isinstance(cause, LineError) else None


def _unusable(why: str) -> ProgramError:
    return ProgramError(
        _("The mailbox cannot be used: {why}").format(why=why),
        advice=_("Check [mail.imap] in relance.toml; what was sent stays sent."),
    )
