"""A connection to a server with a time limit for each phase; it also ends when the user wants to stop.

A socket's own timeout counts between two bytes: a server that sends one now and then holds a program for ever.
"""

import io
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from relance_xl.runtime.language import _
from relance_xl.runtime.stop import Stop
from relance_xl.runtime.system_faults import fault_words
from relance_xl.runtime.threads import carrying_context

T = TypeVar("T")
#: How often a wait looks whether the user wants to stop (seconds).
_GLANCE_S = 0.2
#: What is sent at once: the user is heard between two pieces (bytes).
_PIECE = 64 * 1024


class LineError(OSError):
    """The line is of no more use, in words: lost, too slow, or broken off by the user."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class StopAskedError(LineError):
    """The user wants to stop, and the line may be broken off."""

    def __init__(self) -> None:
        super().__init__(_("you stopped it"))


class Line:
    """A connection with a bound on each phase. Whatever goes wrong on it closes it, and raises LineError."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._seconds = 0.0
        self._until = 0.0
        self._message_under_way = False
        self._socket: socket.socket | None = None
        self._input = io.BufferedReader(_Receiving(self))

    def begin(self, seconds: float, message_under_way: bool = False) -> None:
        """Begin a phase that may take so long as a whole; with a message under way only insisting stops it."""
        self._seconds, self._until = seconds, time.monotonic() + seconds
        self._message_under_way = message_under_way

    def connect(self, host: str, port: int) -> socket.socket:
        """Connect; looking up the name counts too. Raises LineError."""
        # A look-up can be neither bounded nor broken off: it is left to itself.
        attempt = _Connecting(host, port, self._seconds)
        try:
            while not attempt.ended.wait(self._glance()):
                pass
        except LineError:
            attempt.abandon()
            raise
        if attempt.connection is None:
            raise LineError(fault_words(attempt.error or TimeoutError()))
        self._socket = attempt.connection
        return self._socket

    def secure(self, context: ssl.SSLContext, host: str) -> socket.socket:
        """Go on over TLS. Raises LineError."""
        try:
            wrapped = context.wrap_socket(self._open(), server_hostname=host, do_handshake_on_connect=False)
        except (OSError, ValueError) as error:
            raise self._broken(fault_words(error)) from error
        self._socket = wrapped
        # What came before TLS was said by anybody: it must not count as said within it.
        self._input = io.BufferedReader(_Receiving(self))
        self._patiently(wrapped.do_handshake)
        return wrapped

    def readline(self, limit: int) -> bytes:
        """Return a line, newline included, of at most so many bytes. Raises LineError for a longer one, or none."""
        line = self._input.readline(limit + 1)
        if len(line) > limit:
            raise self._broken(_("the server's answer has no end"))
        if not line.endswith(b"\n"):
            raise self._broken(_("the server closed the connection"))
        return line

    def read(self, size: int) -> bytes:
        """Return so many bytes. Raises LineError where there are fewer."""
        data = self._input.read(size)
        if len(data) < size:
            raise self._broken(_("the server closed the connection"))
        return data

    def send(self, data: bytes) -> None:
        """Send bytes. Raises LineError."""
        line, rest = self._open(), memoryview(data)
        while rest:
            rest = rest[self._patiently(lambda piece=rest[:_PIECE]: line.send(piece)) :]  # type: ignore[misc]

    def receive_into(self, buffer: memoryview) -> int:
        """Receive what is there, at least a byte; 0 at the end. Raises LineError."""
        line = self._open()
        return self._patiently(lambda: line.recv_into(buffer))

    def close(self) -> None:
        """Close it, without a word."""
        line, self._socket = self._socket, None
        if line is not None:
            with suppress(OSError):
                line.close()

    def _open(self) -> socket.socket:
        if self._socket is None:
            raise LineError(_("the connection was lost"))
        return self._socket

    def _patiently(self, act: Callable[[], T]) -> T:
        """Do what may have to wait, until the phase is over or the user wants to stop."""
        try:
            while True:
                self._open().settimeout(self._glance())
                try:
                    return act()
                except TimeoutError:
                    continue
        except LineError:
            self.close()
            raise
        except OSError as error:
            raise self._broken(fault_words(error)) from error
        except BaseException:
            self.close()
            raise

    def _glance(self) -> float:
        """Return how long to wait before looking again (seconds). Raises LineError where that is over."""
        stop = self._stop.insisted if self._message_under_way else self._stop.asked
        if stop:
            raise StopAskedError
        left = self._until - time.monotonic()
        if left <= 0:
            raise self._broken(_("no whole answer in {seconds} s").format(seconds=round(self._seconds)))
        return min(left, _GLANCE_S)

    def _broken(self, why: str) -> LineError:
        self.close()
        return LineError(why)


class _Receiving(io.RawIOBase):
    """What a line receives, to be read in pieces of any length."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._line.receive_into(buffer)


class _Connecting:
    """An attempt to connect, in a thread of its own."""

    def __init__(self, host: str, port: int, seconds: float) -> None:
        self.ended = threading.Event()
        self.connection: socket.socket | None = None
        self.error: OSError | UnicodeError | None = None
        self._address = (host, port)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._abandoned = False
        threading.Thread(target=carrying_context(self._run), daemon=True).start()

    def abandon(self) -> None:
        """Close what may come of it later."""
        with self._lock:
            self._abandoned = True
            if self.connection is not None:
                self.connection.close()

    def _run(self) -> None:
        try:
            connection = socket.create_connection(self._address, self._seconds)
            # Each command waits for its answer: gathering small pieces would let it wait 40 ms more.
            with suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connection = connection
                if self._abandoned:
                    connection.close()
        except (OSError, UnicodeError) as error:
            self.error = error
        finally:
            self.ended.set()
