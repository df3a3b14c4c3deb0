"""A web server that answers as Dolibarr and Odoo do, on loopback; what goes wrong is said by the test."""

import json
import ssl
import threading
import time
import xmlrpc.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import trustme

KEY, USER, DATABASE = "cle-secrete-4711", "compta@odoo.example", "societe"


@dataclass(slots=True)
class AccountingServer:
    """What it has, and what goes wrong; `asked`: the paths that were asked for, with the keys that came along."""

    url: str = ""
    invoices: list[dict[str, Any]] = field(default_factory=list)
    customers: dict[int, dict[str, Any]] = field(default_factory=dict)
    fault: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    elsewhere: str = ""


class _Handler(BaseHTTPRequestHandler):
    script: AccountingServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer as Dolibarr."""
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        self._note(self.headers.get("DOLAPIKEY", ""))
        if self.headers.get("DOLAPIKEY") != KEY:
            self._say(401, b'{"error":{"code":401}}')
        elif path.endswith("/invoices"):
            page, limit = int(query["page"][0]), int(query["limit"][0])
            part = self.script.invoices[page * limit : (page + 1) * limit]
            self._json(part) if part else self._say(404, b'{"error":{"code":404,"message":"No invoice found"}}')
        else:
            self._json(self.script.customers[int(path.rpartition("/")[2])])

    def do_POST(self) -> None:
        """Answer as Odoo."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "/xmlrpc/2/" in self.path:
            self._note("")
            self._xml(body)
            return
        self._note(self.headers.get("Authorization", ""))
        if self.headers.get("Authorization") != f"bearer {KEY}" or self.headers.get("X-Odoo-Database") != DATABASE:
            self._say(403, b'{"name":"werkzeug.exceptions.Forbidden"}')
            return
        model, method = self.path.split("/")[-2:]
        self._json(self._odoo(model, method, json.loads(body)))

    def _xml(self, body: bytes) -> None:
        arguments, method = xmlrpc.client.loads(body)
        if method == "authenticate":
            found: Any = 7 if tuple(arguments[:3]) == (DATABASE, USER, KEY) else False
        else:
            _database, user, key, model, called, places, named = cast(tuple[Any, ...], arguments)
            assert (user, key) == (7, KEY)
            names = ("domain",) if called.startswith("search") else ("ids",)
            found = self._odoo(str(model), str(called), {**dict(zip(names, places, strict=True)), **named})
        self._say(200, xmlrpc.client.dumps((found,), methodresponse=True, allow_none=True).encode(), "text/xml")

    def _odoo(self, model: str, method: str, asked: Mapping[str, Any]) -> Any:
        if model == "res.partner":
            return [{"id": one, **self.script.customers[one]} for one in asked["ids"]]
        open_ones = [one for one in self.script.invoices if one["state"] == "posted"]
        if method == "search_count":
            return len(open_ones) + (1 if self.script.fault == "count" else 0)
        return open_ones[asked["offset"] : asked["offset"] + asked["limit"]]

    def _note(self, key: str) -> None:
        self.script.asked.append((self.path, key))

    def _json(self, found: object) -> None:
        self._say(200, json.dumps(found).encode())

    def _say(self, status: int, body: bytes, kind: str = "application/json") -> None:
        fault = self.script.fault
        if fault == "redirect":
            self.send_response(302)
            self.send_header("Location", self.script.elsewhere + self.path)
            self.end_headers()
            return
        if fault == "error":
            status = 500
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if fault != "endless":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fault == "half":
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif fault == "half-said":
            # A proxy that cut the text and says that this is all.
            self.wfile.write(body[: len(body) // 2].ljust(len(body)))
        elif fault == "slow":
            time.sleep(5)
        elif fault == "endless":
            for _piece in range(2000):
                self.wfile.write(b"[" + b" " * 65536)
        elif fault == "drip":
            for start in range(len(body)):
                self.wfile.write(body[start : start + 1])
                self.wfile.flush()
                time.sleep(0.3)
        else:
            self.wfile.write(body)


@contextmanager
def accounting_server(authority: "trustme.CA | None" = None) -> Iterator[AccountingServer]:
    """Run it; with an authority over TLS."""
    script = AccountingServer()
    handler = type("Handler", (_Handler,), {"script": script})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        if authority is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("127.0.0.1").configure_cert(context)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        script.url = f"{'https' if authority else 'http'}://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield script
        finally:
            server.shutdown()
            thread.join()
