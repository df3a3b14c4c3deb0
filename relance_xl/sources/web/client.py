"""Questions to a web server: over a verified connection, to that server alone, in bounded time and memory."""

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from relance_xl.runtime.errors import ProgramError, SettingsError
from relance_xl.runtime.language import _

_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))
#: No answer of a few hundred invoices is larger (bytes).
MAX_SIZE = 50_000_000
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404


@dataclass(frozen=True, slots=True)
class WebServer:
    """A server: its address, what each question says of who asks (secrets), how long one may take (seconds)."""

    url: str
    headers: Mapping[str, str]
    timeout_s: int = 60

    @property
    def host(self) -> str:
        """The server's name."""
        return urlsplit(self.url).hostname or ""

    def get(self, path: str, parameters: Mapping[str, str | int]) -> Any:
        """Return the JSON that a path answers; None where it says that there is nothing. Raises ProgramError."""
        return self._json(self._ask("GET", path, parameters=parameters))

    def post(self, path: str, body: Mapping[str, object]) -> Any:
        """Return the JSON that a path answers to JSON. Raises ProgramError."""
        return self._json(self._ask("POST", path, json.dumps(body).encode(), "application/json"))

    def post_xml(self, path: str, body: bytes) -> bytes:
        """Return what a path answers to XML. Raises ProgramError."""
        return self._ask("POST", path, body, "text/xml") or b""

    def failed(self, why: str) -> ProgramError:
        """Return the error of a server that did not answer as it should."""
        return ProgramError(
            _("{server} did not answer as it should: {why}").format(server=self.host, why=why),
            advice=_("Nothing was done. Look at [source] in relance.toml, then run the command again."),
        )

    def _json(self, answer: bytes | None) -> Any:
        if answer is None:
            return None
        try:
            return json.loads(answer)
        except ValueError:
            raise self.failed(_("what it says is no JSON, or only half of it")) from None

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        kind: str = "",
        parameters: Mapping[str, str | int] | None = None,
    ) -> bytes | None:
        httpx = _library()
        address = f"{self._base()}/{path.lstrip('/')}"
        headers = {**self.headers, **({"Content-Type": kind} if kind else {})}
        # The system's own authorities, as a company adds its own there.
        context = ssl.create_default_context()
        try:
            with (
                httpx.Client(verify=context, timeout=self.timeout_s, follow_redirects=False, trust_env=True) as client,
                client.stream(method, address, content=body, headers=headers, params=parameters) as answer,
            ):
                return self._read(answer)
        except httpx.HTTPError as error:
            raise self.failed(str(error) or type(error).__name__) from None

    def _base(self) -> str:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.password or parts.username:
            raise SettingsError(_("[source] url: not the address of a web server, or a secret in it"))
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise SettingsError(_("[source] url: https is needed, for the key would be readable on its way"))
        return self.url.rstrip("/")

    def _read(self, answer: Any) -> bytes | None:
        status = answer.status_code
        if status in {_UNAUTHORIZED, _FORBIDDEN}:
            raise self.failed(_("it refuses the key, or what this user may read ({status})").format(status=status))
        if answer.is_redirect:
            # A key must not follow to somebody else.
            raise self.failed(_("it sends elsewhere ({status}): name the right address").format(status=status))
        end, data = time.monotonic() + self.timeout_s, bytearray()
        for piece in answer.iter_bytes():
            data += piece
            if len(data) > MAX_SIZE:
                raise self.failed(_("its answer is too large"))
            if time.monotonic() > end:
                raise self.failed(_("its answer takes too long"))
        if status == _NOT_FOUND and data.lstrip().startswith(b"{"):
            return None
        if not answer.is_success:
            raise self.failed(_("error {status}").format(status=status))
        return bytes(data)


def _library() -> Any:
    try:
        import httpx
    except ImportError as error:
        raise ProgramError(
            _("What asks web servers is not installed."),
            advice=_("Install it: pip install 'relance-xl[{extra}]'").format(extra="web"),
        ) from error
    return httpx
