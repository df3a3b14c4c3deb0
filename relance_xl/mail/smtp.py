"""Delivery by SMTP, phase by phase (RFC 5321), so that every failure knows whether the message may have left."""

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from relance_xl.mail.line import LineError, StopAskedError
from relance_xl.mail.login import Account, find_password, find_token, hide, oauth_text
from relance_xl.mail.replies import Phase, Reply, Verdict, judge, quota_minutes
from relance_xl.mail.smtp_client import Client
from relance_xl.runtime.errors import ProgramError
from relance_xl.runtime.language import _
from relance_xl.runtime.stop import Stop
from relance_xl.runtime.system_faults import fault_words

#: How long a goodbye may take (seconds): nothing depends on it.
_GOODBYE_S = 5
#: The slowest line that a message is sent over (bytes a second): sending it may take so much longer.
_SLOWEST = 16 * 1024


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes, and how: security is starttls, tls, or none on this computer only.

    `timeout_s`: how long each phase of the talk may take as a whole (seconds).
    """

    host: str
    port: int
    security: str
    account: Account
    timeout_s: int


class StoppedError(ProgramError):
    """The server refuses to go on, or the line broke: the run stops, nothing of the message at hand has left."""

    def __init__(self, why: str) -> None:
        super().__init__(
            _("The mail server stopped: {why}").format(why=why),
            advice=_("What was not sent is sent by the next relance-xl send; nothing is sent twice."),
        )
        self.why = why


class BrokenOffError(ProgramError):
    """The user broke off the talk with the server: nothing of the message at hand has left."""

    def __init__(self) -> None:
        super().__init__(_("You stopped it; nothing is sent twice."))


@contextmanager
def open_session(server: MailServer, stop: Stop | None = None) -> "Iterator[Session]":
    """Connect, secure and log in once for a whole batch. Raises ProgramError."""
    client = Client(stop or Stop(), server.timeout_s)
    try:
        try:
            _connect(client, server)
        except StopAskedError as error:
            raise BrokenOffError from error
        except (OSError, smtplib.SMTPException) as error:
            raise ProgramError(
                _("The mail server {host}:{port} cannot be used: {why}").format(
                    host=server.host, port=server.port, why=_words(error)
                ),
                advice=_("Nothing more was sent. Check [mail] in relance.toml and the network: relance-xl doctor"),
            ) from error
        _log_in(client, server)
        yield Session(client, server.timeout_s)
        # After acceptance a failing QUIT changes nothing.
        with suppress(OSError, smtplib.SMTPException):
            client.begin(min(server.timeout_s, _GOODBYE_S), message_under_way=True)
            client.quit()
    finally:
        client.close()


def _connect(client: Client, server: MailServer) -> None:
    context = None if server.security == "none" else ssl.create_default_context()
    client.open(server.host, server.port, context if server.security == "tls" else None)
    client.begin()
    client.ehlo_or_helo_if_needed()
    if server.security == "starttls" and context is not None:
        client.secure(context, server.host)
        client.begin()
        client.ehlo()


def _log_in(client: Client, server: MailServer) -> None:
    account = server.account
    if not account.user:
        return
    by_token = account.method == "xoauth2"
    secret = find_token(account) if by_token else find_password(account)
    client.begin()
    try:
        client.ehlo_or_helo_if_needed()
        if not client.has_extn("auth"):
            raise smtplib.SMTPNotSupportedError(_("the server offers no login over this connection"))
        if by_token:
            # To a refusal the server adds a challenge; an empty answer lets it say why in its reply.
            client.auth("XOAUTH2", lambda challenge=None: "" if challenge else oauth_text(account, secret))
        else:
            client.login(account.user, secret)
    except StopAskedError as error:
        raise BrokenOffError from error
    except (OSError, smtplib.SMTPException, ValueError) as error:
        # `from None`: the exception's own trace may hold what was sent, the password included.
        raise _login_refused(server, error, secret) from None


def _login_refused(server: MailServer, error: Exception, secret: str) -> ProgramError:
    account = server.account
    why = hide(_login_words(error), account, secret)
    code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
    minutes = quota_minutes(code, why)
    if minutes:
        text = _("The mail server {host}:{port} does not let {user} in again yet: {why}")
        advice = _("Nothing was sent. Send again in {minutes} minutes.").format(minutes=minutes)
    elif isinstance(error, LineError):
        text = _("The mail server {host}:{port} broke off the login of {user}: {why}")
        advice = _("Nothing was sent. Send again in a while; relance-xl doctor tries the login alone.")
    elif account.method == "xoauth2":
        text = _("The mail server {host}:{port} refused the login of {user}: {why}")
        advice = _("Nothing was sent. The access token may be of another account or without the right to send mail.")
    else:
        text = _("The mail server {host}:{port} refused the login of {user}: {why}")
        advice = _("Nothing was sent. Check user and password; Microsoft 365 and Google want an app password.")
    return ProgramError(text.format(host=server.host, port=server.port, user=account.user, why=why), advice=advice)


def _login_words(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return _("user or password has letters other than a to z, which its way of login does not take")
    if isinstance(error, ValueError):
        return _("what it asks at login cannot be understood")
    if type(error) is smtplib.SMTPException:
        return _("it offers no way of login that this program knows")
    return _words(error)


class Session:
    """A logged-in connection."""

    def __init__(self, client: Client, timeout_s: float) -> None:
        self._client = client
        self._timeout_s = timeout_s

    def send(self, sender: str, recipients: tuple[str, ...], message: bytes, begin: Callable[[], None]) -> Reply:
        """Send one message to all of its recipients or to none.

        `begin` is called once everything but the message itself was said and accepted: from then on an error leaves
        its fate unknown. If it raises, nothing of the message leaves and the line is closed. Raises StoppedError where
        the connection broke before, BrokenOffError where the user stopped it before.
        """
        obstacle = self._obstacle(sender, recipients, message)
        if obstacle is not None:
            return obstacle
        early = self._address(sender, recipients, self._options(sender, recipients, message))
        if early is not None:
            self._reset()
            return early
        try:
            begin()
            return self._transmit(message)
        except BaseException:
            # The server waits for the message: whatever is said now, a goodbye too, would be taken for a part of it.
            self._client.close()
            raise

    def _obstacle(self, sender: str, recipients: tuple[str, ...], message: bytes) -> Reply | None:
        """Return why the server cannot take a message, by what it said of itself; None where it may."""
        if _needs_utf8(sender, recipients, message) and not self._client.has_extn("smtputf8"):
            strange = [one for one in (*recipients, sender) if not one.isascii()]
            return Reply(Verdict.UNFIT, ", ".join(strange))
        limit = self._client.esmtp_features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < len(message):
            size = f"{int(limit) / 1e6:.1f}"
            return Reply(Verdict.REFUSED, _("the server takes messages of at most {size} MB").format(size=size))
        return None

    def _options(self, sender: str, recipients: tuple[str, ...], message: bytes) -> list[str]:
        """Return what MAIL says besides the sender: the size where it is wanted (RFC 1870), UTF-8 where it is needed."""
        size = [f"SIZE={len(message)}"] if self._client.has_extn("size") else []
        if not _needs_utf8(sender, recipients, message):
            return size
        # RFC 6531 3.1: a server that offers SMTPUTF8 offers 8BITMIME too, or should.
        return [*size, *(["BODY=8BITMIME"] if self._client.has_extn("8bitmime") else []), "SMTPUTF8"]

    @property
    def _notify(self) -> list[str]:
        """What RCPT says besides the address: tell us if it fails, of nothing else (RFC 3461 4.1)."""
        return ["NOTIFY=FAILURE"] if self._client.has_extn("dsn") else []

    def _address(self, sender: str, recipients: tuple[str, ...], options: list[str]) -> Reply | None:
        """Say MAIL, each RCPT, and DATA; return a reply if the server stops here."""
        try:
            self._client.begin()
            early = _judged(Phase.SENDER, self._client.mail(sender, options))
            for recipient in recipients:
                if early is None:
                    self._client.begin()
                    early = _judged_recipient(self._client.rcpt(recipient, self._notify), recipient, recipients)
            if early is not None:
                return early
            self._client.begin()
            return _judged(Phase.DATA, self._client.docmd("DATA"))
        except StopAskedError as error:
            raise BrokenOffError from error
        except (OSError, smtplib.SMTPException) as error:
            self._client.close()
            raise StoppedError(_words(error)) from error

    def _transmit(self, message: bytes) -> Reply:
        """Send the message and read the verdict; whatever breaks here leaves it unknown (RFC 1047)."""
        stuffed = re.sub(rb"(?m)^\.", b"..", message)
        ending = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
        what = _("the message was not sent to its end ({why})")
        try:
            self._client.begin(self._timeout_s + len(stuffed) / _SLOWEST, message_under_way=True)
            self._client.send(stuffed + ending)
            what = _("the whole message was sent, and the server did not say that it took it ({why})")
            self._client.begin(message_under_way=True)
            answer = self._client.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._client.close()
            return Reply(Verdict.UNKNOWN, what.format(why=_words(error)))
        verdict = _judged(Phase.BODY, answer)
        if verdict is None or verdict.verdict is Verdict.UNKNOWN:
            # Nobody knows what the server is waiting for.
            self._client.close()
            return Reply(Verdict.UNKNOWN, what.format(why=_decoded(*answer)))
        return verdict

    def _reset(self) -> None:
        with suppress(OSError, smtplib.SMTPException):
            self._client.begin(message_under_way=True)
            self._client.rset()


def _needs_utf8(sender: str, recipients: tuple[str, ...], message: bytes) -> bool:
    """Whether a message needs a server for addresses in UTF-8 (RFC 6531); its own lines are ASCII otherwise."""
    return not (sender.isascii() and all(map(str.isascii, recipients)) and message.isascii())


def _judged(phase: Phase, answer: tuple[int, bytes]) -> Reply | None:
    return judge(phase, answer[0], _decoded(*answer))


def _judged_recipient(answer: tuple[int, bytes], recipient: str, recipients: tuple[str, ...]) -> Reply | None:
    """Judge the answer to a recipient; it tells whose it is, and that the others of the message get nothing either."""
    reply = _judged(Phase.RECIPIENT, answer)
    if reply is None:
        return None
    others = [one for one in recipients if one != recipient]
    detail = f"{recipient}: {reply.detail}"
    if others:
        detail = _("{refused} - so nothing was sent to {others}").format(refused=detail, others=", ".join(others))
    return Reply(reply.verdict, detail, reply.minutes)


def _decoded(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    text = " ".join(text.split())
    return f"{code} {text}" if code >= 0 else text


def _words(error: Exception) -> str:
    """Return an error in one line, without what we sent."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _decoded(error.smtp_code, error.smtp_error)
    if isinstance(error, LineError):
        return error.why
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return _("the server closed the connection")
    return fault_words(error)
