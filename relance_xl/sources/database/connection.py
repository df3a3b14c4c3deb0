"""A question to a database: in a transaction that can write nothing, for a limited time, over a verified connection."""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relance_xl.runtime.errors import ProgramError, SettingsError, SourceError
from relance_xl.runtime.language import _
from relance_xl.runtime.secrets import SOURCE_VARIABLE, needed_secret, stored_secret
from relance_xl.sources.lists.named_rows import NamedRows
from relance_xl.sources.table import Cell

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL

#: More unpaid invoices than any small company has: a question that forgot its condition.
MAX_ROWS = 500_000
_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "sqlite": "sqlite",
}
_EXTRAS = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql", "sqlite": "sql"}
_LOOPBACK = frozenset((None, "", "localhost", "127.0.0.1", "::1"))
# How often SQLite asks whether to go on (steps of its machine).
_STEPS = 100_000
# Of a float so many digits are the ones that were written.
_SURE_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Database:
    """Where to ask: `url` without a password, such as `postgresql://reader@server/books`; `root`: the dossier, beyond which
    no file is read; `timeout_s`: how long it may take.
    """

    url: str
    root: Path
    timeout_s: int = 60

    @property
    def name(self) -> str:
        """What the user calls it: the address, without its options."""
        return self.url.partition("?")[0]


def ask(database: Database, query: str, parameters: "dict[str, object] | None" = None) -> NamedRows:
    """Return what a query answers.

    Raises SettingsError for an address that is none, ProgramError where the server cannot be asked, SourceError where the
    query is wrong, takes too long, or answers too much.
    """
    sqlalchemy = _library()
    engine = _engine(database)
    try:
        with _reading(engine, database) as connection:
            # An owner's own query may hold colons: only ours has parameters.
            text = sqlalchemy.text(query if parameters is not None else query.replace(":", r"\:"))
            result = connection.execute(text, parameters or {})
            if not result.returns_rows:
                raise SourceError(_("The query of [source] answers nothing: it must be a SELECT."))
            rows = result.fetchmany(MAX_ROWS + 1)
            names = tuple(map(str, result.keys()))
    except sqlalchemy.exc.OperationalError as error:
        raise _unanswered(database, error) from None
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise SourceError(
            _("{database} did not understand the query: {why}").format(database=database.name, why=_why(error)),
            advice=_("Correct [source] query in relance.toml."),
        ) from None
    finally:
        engine.dispose()
    if len(rows) > MAX_ROWS:
        raise SourceError(_("The query of [source] answers more than {count} rows.").format(count=MAX_ROWS))
    return NamedRows(names, tuple(tuple(map(_cell, row)) for row in rows))


def _library() -> Any:
    try:
        import sqlalchemy
        import sqlalchemy.exc
    except ImportError as error:
        raise _not_installed("sql") from error
    return sqlalchemy


def _not_installed(extra: str) -> ProgramError:
    return ProgramError(
        _("What reads databases is not installed."),
        advice=_("Install it: pip install 'relance-xl[{extra}]'").format(extra=extra),
    )


def _engine(database: Database) -> "Engine":
    sqlalchemy = _library()
    try:
        url = sqlalchemy.make_url(database.url)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        raise _bad_url(_("not the address of a database")) from None
    backend = url.get_backend_name()
    if backend not in _DRIVERS:
        raise _bad_url(_("only postgresql, mysql, mariadb and sqlite can be read"))
    if url.password is not None:
        raise _bad_url(_("a secret must not be in this file"))
    try:
        engine: Engine = sqlalchemy.create_engine(
            _with_secret(url, backend, database),
            connect_args=_connect_args(url, backend, database),
            poolclass=sqlalchemy.pool.NullPool,
        )
    except ImportError as error:
        raise _not_installed(_EXTRAS[backend]) from error
    return engine


def _bad_url(why: str) -> SettingsError:
    # The address itself is not repeated: a password may stand in it.
    return SettingsError(
        _("[source] url: {why}").format(why=why),
        advice=_('Such as: url = "postgresql://reader@server/books"; the password into {variable}').format(
            variable=SOURCE_VARIABLE
        ),
    )


def _with_secret(url: "URL", backend: str, database: Database) -> "URL":
    if backend == "sqlite":
        path = (database.root / (url.database or "")).resolve()
        if not url.database or not path.is_relative_to(database.root.resolve()):
            raise SourceError(_("The database {file} is not in this folder.").format(file=url.database or "?"))
        if not path.is_file():
            raise SourceError(_("The database is not there: {file}.").format(file=path))
        return url.set(drivername="sqlite", database=f"file:{path.as_posix()}", query={"mode": "ro", "uri": "true"})
    host, user = url.host or "localhost", url.username or ""
    secret = stored_secret(SOURCE_VARIABLE, host, user)
    if secret is None and url.host not in _LOOPBACK:
        secret = needed_secret(SOURCE_VARIABLE, host, user)
    return url.set(drivername=_DRIVERS[backend], password=secret)


def _connect_args(url: "URL", backend: str, database: Database) -> dict[str, Any]:
    is_near, seconds = url.host in _LOOPBACK, database.timeout_s
    if backend == "postgresql":
        said = {"connect_timeout": seconds, "options": "-c default_transaction_read_only=on"}
        return (
            said if is_near or "sslmode" in url.query else {**said, "sslmode": "verify-full", "sslrootcert": "system"}
        )
    if backend in {"mysql", "mariadb"}:
        limits = {"connect_timeout": seconds, "read_timeout": seconds, "write_timeout": seconds}
        is_told = any(name.startswith("ssl") for name in url.query)
        return limits if is_near or is_told else {**limits, "ssl": ssl.create_default_context()}
    return {"timeout": seconds}


@contextmanager
def _reading(engine: "Engine", database: Database) -> "Iterator[Connection]":
    """Begin a transaction in which nothing can be written, and which ends when its time is over."""
    milliseconds = database.timeout_s * 1000
    with engine.connect() as connection:
        match engine.dialect.name:
            case "postgresql":
                connection.exec_driver_sql("SET TRANSACTION READ ONLY")
                connection.exec_driver_sql(f"SET statement_timeout = {milliseconds}")
            case "mysql":
                connection.exec_driver_sql("SET SESSION TRANSACTION READ ONLY")
                is_mariadb = bool(getattr(engine.dialect, "is_mariadb", False))
                limit = (
                    f"max_statement_time = {database.timeout_s}"
                    if is_mariadb
                    else f"max_execution_time = {milliseconds}"
                )
                connection.exec_driver_sql(f"SET SESSION {limit}")
                connection.commit()
            case _:
                connection.exec_driver_sql("PRAGMA query_only = ON")
                end = time.monotonic() + database.timeout_s
                driver = connection.connection.driver_connection
                if driver is not None:
                    driver.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        yield connection
        connection.rollback()


def _unanswered(database: Database, error: Exception) -> ProgramError:
    return ProgramError(
        _("{database} did not answer: {why}").format(database=database.name, why=_why(error)),
        advice=_("Nothing was done. Is the server running, and may this user read it? Then run the command again."),
    )


def _why(error: Exception) -> str:
    """Return what a driver says, on one line, without the query and its parameters."""
    said = str(getattr(error, "orig", None) or type(error).__name__)
    return " ".join(said.split())[:300]


def _cell(value: object) -> Cell:
    """Return a value as a list's cell: an amount as a number, or as its digits where a float has too few."""
    if isinstance(value, Decimal):
        return float(value) if len(value.as_tuple().digits) <= _SURE_DIGITS else f"{value:f}"
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if value is None or isinstance(value, str | int | float):
        return value
    # Days and times have their ISO form.
    return str(value)
