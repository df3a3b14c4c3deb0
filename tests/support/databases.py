"""Databases as companies run them, PostgreSQL and MariaDB, on loopback only; each in a folder of its own, as nobody's user."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.mail_server import free_port

_PATIENCE_S = 60.0
#: Who may read and who may write; the reader needs this password.
READER, READER_PASSWORD, OWNER = "lecteur", "secret-de-lecture", "patron"


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """A running server: how to address it as the reader, and as its owner, who needs no password."""

    url: str
    owner_url: str


def _user() -> dict[str, object]:
    """Return as whom servers run: they refuse to as root."""
    return {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}


def _run(command: list[str], **more: object) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **_user(), **more)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr[-2000:]


@contextmanager
def _folder() -> Iterator[Path]:
    # Sockets' paths must be short.
    with tempfile.TemporaryDirectory(prefix="db", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody", "nogroup")
        yield folder


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@contextmanager
def postgresql() -> Iterator[DatabaseServer]:
    """Run PostgreSQL."""
    import psycopg

    (programs,) = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
    with _folder() as folder:
        data, port = folder / "data", free_port()
        _run([str(programs / "initdb"), "-D", str(data), "-U", OWNER, "--auth=trust", "--encoding=UTF8", "--locale=C"],
             cwd=folder)  # fmt: skip
        (data / "pg_hba.conf").write_text(
            f"host all {READER} 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
        )
        options = ["-p", str(port), "-h", "127.0.0.1", "-k", str(folder), "-c", "fsync=off"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(  # type: ignore[call-overload]
                [str(programs / "postgres"), "-D", str(data), *options], stdout=log, stderr=log, cwd=folder, **_user()
            )
        try:
            owner = f"postgresql://{OWNER}@127.0.0.1:{port}/postgres"
            _wait(lambda: psycopg.connect(owner, connect_timeout=2).close(), psycopg.Error)
            with psycopg.connect(owner, autocommit=True) as connection:
                connection.execute(f"CREATE ROLE {READER} LOGIN PASSWORD '{READER_PASSWORD}'")
                connection.execute(f"GRANT CREATE ON SCHEMA public TO {READER}")
                connection.execute(f"ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {READER}")
            yield DatabaseServer(f"postgresql://{READER}@127.0.0.1:{port}/postgres", owner)
        finally:
            _end(server)


@contextmanager
def mariadb() -> Iterator[DatabaseServer]:
    """Run MariaDB."""
    import pymysql

    with _folder() as folder:
        data, port = folder / "data", free_port()
        _run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
              "--skip-test-db"], cwd=folder)  # fmt: skip
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(  # type: ignore[call-overload]
                ["mariadbd", "--no-defaults", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1",
                 f"--socket={folder / 's'}", f"--pid-file={folder / 'pid'}", "--innodb-flush-log-at-trx-commit=0"],
                stdout=log, stderr=log, cwd=folder, env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}, **_user(),
            )  # fmt: skip
        try:
            where = {"host": "127.0.0.1", "port": port, "user": "root", "connect_timeout": 2}
            _wait(lambda: pymysql.connect(**where).close(), pymysql.Error)
            with pymysql.connect(**where, autocommit=True) as connection, connection.cursor() as cursor:
                cursor.execute("CREATE DATABASE compta CHARACTER SET utf8mb4")
                cursor.execute(f"CREATE USER '{READER}'@'127.0.0.1' IDENTIFIED BY '{READER_PASSWORD}'")
                cursor.execute(f"GRANT ALL ON compta.* TO '{READER}'@'127.0.0.1'")
            yield DatabaseServer(
                f"mysql://{READER}@127.0.0.1:{port}/compta", f"mysql+pymysql://root@127.0.0.1:{port}/compta"
            )
        finally:
            _end(server)


def _wait(attempt: object, error: type[Exception]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            attempt()  # type: ignore[operator]
        except error:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return
