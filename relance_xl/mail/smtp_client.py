"""The standard library's SMTP client over a line with bounds: phases, replies and words are ours, the commands its own."""

import re
import smtplib
import socket
import ssl

from relance_xl.mail.line import Line, LineError
from relance_xl.runtime.language import _
from relance_xl.runtime.stop import Stop

#: No reply is longer: a line (bytes; RFC 5321 4.5.3.1.5 asks for 512), and the lines of one reply.
_LONGEST_LINE, _MOST_LINES = 8192, 200


class Client(smtplib.SMTP):
    """An SMTP client whose every phase is bounded. What goes wrong on the line raises LineError and closes it."""

    def __init__(self, stop: Stop, timeout_s: float) -> None:
        self.line = Line(stop)
        self._timeout_s = timeout_s
        # Named after the connection is there: looking up this computer's name may take long.
        super().__init__(local_hostname="localhost", timeout=timeout_s)

    def begin(self, seconds: float | None = None, message_under_way: bool = False) -> None:
        """Begin a phase: by default one that may take as long as the settings say."""
        self.line.begin(self._timeout_s if seconds is None else seconds, message_under_way)

    def open(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        """Connect, over TLS where a context is given, and hear the greeting. Raises LineError, SMTPException."""
        self.begin()
        self.sock = self.line.connect(host, port)
        self.local_hostname = _own_name(self.sock)
        if context is not None:
            self.sock = self.line.secure(context, host)
        code, words = self.getreply()
        if code != 220:
            self.close()
            raise smtplib.SMTPConnectError(code, words)

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Go on over TLS (RFC 3207), and forget what was said before. Raises LineError, SMTPException."""
        self.begin()
        if not self.has_extn("starttls"):
            raise smtplib.SMTPNotSupportedError(_("the server does not offer STARTTLS"))
        code, words = self.docmd("STARTTLS")
        if code != 220:
            raise smtplib.SMTPResponseException(code, words)
        self.sock = self.line.secure(context, host)
        self.helo_resp, self.ehlo_resp, self.esmtp_features, self.does_esmtp = None, None, {}, False

    def send(self, s: bytes | str) -> None:  # type: ignore[override]  # all that the commands send
        """Send a command or a message. Raises LineError."""
        self.line.send(s if isinstance(s, bytes) else s.encode(self.command_encoding))

    def getreply(self) -> tuple[int, bytes]:
        """Return a reply's code, -1 for what is none, and its lines. Raises LineError."""
        said: list[bytes] = []
        for _number in range(_MOST_LINES):
            line = self.line.readline(_LONGEST_LINE)
            code = line[:3]
            said.append(line[4:].strip(b" \t\r\n"))
            if not re.fullmatch(rb"\d{3}", code):
                return -1, b"\n".join(said)
            if line[3:4] != b"-":
                return int(code), b"\n".join(said)
        self.close()
        raise LineError(_("the server's answer has no end"))

    def close(self) -> None:
        """Close the line, without a word."""
        self.line.close()
        self.sock = None


def _own_name(connection: socket.socket) -> str:
    """Return how this computer names itself to a server: its full name, else its address (RFC 5321 4.1.3)."""
    name = socket.gethostname()
    if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", name):
        return name
    address = str(connection.getsockname()[0])
    return f"[IPv6:{address.partition('%')[0]}]" if ":" in address else f"[{address}]"
