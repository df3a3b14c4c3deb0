"""Delivery by SMTP, phase by phase (RFC 5321), so that every failure knows whether the message may have left."""

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from relance_xl.errors import ProgramError
from relance_xl.language import _
from relance_xl.mail.login import Account, find_password, find_token, hide, oauth_text
from relance_xl.mail.replies import Phase, Reply, Verdict, judge


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes, and how: security is starttls, tls, or none on this computer only."""

    host: str
    port: int
    security: str
    account: Account
    timeout_s: int


class StoppedError(ProgramError):
    """The server refuses to go on: the run stops, nothing of the message at hand has left."""


@contextmanager
def open_session(server: MailServer) -> "Iterator[Session]":
    """Connect, secure and log in once for a whole batch. Raises ProgramError."""
    try:
        client = _connect(server)
    except (OSError, smtplib.SMTPException) as error:
        raise ProgramError(
            _("The mail server {host}:{port} cannot be used: {why}").format(
                host=server.host, port=server.port, why=_words(error)
            ),
            advice=_("Nothing more was sent. Check [mail] in relance.toml and the network: relance-xl doctor"),
        ) from error
    try:
        _log_in(client, server)
        yield Session(client)
    finally:
        # After acceptance a failing QUIT changes nothing.
        with suppress(OSError, smtplib.SMTPException):
            client.quit()
        client.close()


def _connect(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout_s, context=context)
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=server.timeout_s)
    try:
        client.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            client.starttls(context=context)
            client.ehlo()
    except BaseException:
        client.close()
        raise
    return client


def _log_in(client: smtplib.SMTP, server: MailServer) -> None:
    account = server.account
    if not account.user:
        return
    by_token = account.method == "xoauth2"
    secret = find_token(account) if by_token else find_password(account)
    try:
        if by_token:
            client.ehlo_or_helo_if_needed()
            # To a refusal the server adds a challenge; an empty answer lets it say why in its reply.
            client.auth("XOAUTH2", lambda challenge=None: "" if challenge else oauth_text(account, secret))
        else:
            client.login(account.user, secret)
    except (OSError, smtplib.SMTPException) as error:
        advice = (
            _("Nothing was sent. The access token may be of another account or without the right to send mail.")
            if by_token
            else _("Nothing was sent. Check user and password; Microsoft 365 and Google want an app password.")
        )
        # `from None`: the exception's own trace may hold what was sent, the password included.
        raise ProgramError(
            _("The mail server {host}:{port} refused the login of {user}: {why}").format(
                host=server.host, port=server.port, user=account.user, why=hide(_words(error), account, secret)
            ),
            advice=advice,
        ) from None


class Session:
    """A logged-in connection."""

    def __init__(self, client: smtplib.SMTP) -> None:
        self._client = client

    def send(self, sender: str, recipients: tuple[str, ...], message: bytes, begin: Callable[[], None]) -> Reply:
        """Send one message to all of its recipients or to none.

        `begin` is called once everything but the message itself was said and accepted: from then on an error leaves
        its fate unknown. Raises StoppedError where the connection broke before.
        """
        obstacle = self._obstacle(recipients, message)
        if obstacle:
            return Reply(Verdict.REFUSED, obstacle)
        early = self._address(sender, recipients, self._options(recipients, message))
        if early is not None:
            self._reset()
            return early
        begin()
        return self._transmit(message)

    def _obstacle(self, recipients: tuple[str, ...], message: bytes) -> str:
        """Return why the server cannot take a message, by what it said of itself; "" where it may."""
        if not all(map(str.isascii, recipients)) and not self._client.has_extn("smtputf8"):
            return _("the server does not take such an address")
        limit = self._client.esmtp_features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < len(message):
            return _("the server takes messages of at most {size} MB").format(size=f"{int(limit) / 1e6:.1f}")
        return ""

    def _options(self, recipients: tuple[str, ...], message: bytes) -> list[str]:
        """Return what MAIL says besides the sender: the size where it is wanted (RFC 1870), UTF-8 where it is needed."""
        size = [f"SIZE={len(message)}"] if self._client.has_extn("size") else []
        return size if all(map(str.isascii, recipients)) else [*size, "SMTPUTF8"]

    @property
    def _notify(self) -> list[str]:
        """What RCPT says besides the address: tell us if it fails, of nothing else (RFC 3461 4.1)."""
        return ["NOTIFY=FAILURE"] if self._client.has_extn("dsn") else []

    def _address(self, sender: str, recipients: tuple[str, ...], options: list[str]) -> Reply | None:
        """Say MAIL, each RCPT, and DATA; return a reply if the server stops here."""
        try:
            early = _judged(Phase.SENDER, self._client.mail(sender, options))
            for recipient in recipients:
                if early is None:
                    answer = self._client.rcpt(recipient, self._notify)
                    early = _judged(Phase.RECIPIENT, answer, f"{recipient}: ")
            return early or _judged(Phase.DATA, self._client.docmd("DATA"))
        except (OSError, smtplib.SMTPException) as error:
            raise _stopped(_words(error)) from error

    def _transmit(self, message: bytes) -> Reply:
        """Send the message and read the verdict; whatever breaks here leaves it unknown (RFC 1047)."""
        stuffed = re.sub(rb"(?m)^\.", b"..", message)
        ending = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
        try:
            self._client.send(stuffed + ending)
            answer = self._client.getreply()
        except (OSError, smtplib.SMTPException) as error:
            return Reply(Verdict.UNKNOWN, _words(error))
        return _judged(Phase.BODY, answer) or Reply(Verdict.UNKNOWN, _decoded(*answer))

    def _reset(self) -> None:
        with suppress(OSError, smtplib.SMTPException):
            self._client.rset()


def _judged(phase: Phase, answer: tuple[int, bytes], prefix: str = "") -> Reply | None:
    return judge(phase, answer[0], prefix + _decoded(*answer))


def _stopped(why: str) -> StoppedError:
    return StoppedError(
        _("The mail server stopped: {why}").format(why=why),
        advice=_("What was not sent is sent by the next relance-xl send; nothing is sent twice."),
    )


def _decoded(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"


def _words(error: Exception) -> str:
    """Return an error in one line, without what we sent."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _decoded(error.smtp_code, error.smtp_error)
    return " ".join(str(error).split()) or type(error).__name__
