"""Invoices from databases: real PostgreSQL and MariaDB, asked as companies would; nothing written, nothing told of secrets."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from sqlalchemy import make_url

from tests.support.databases import READER_PASSWORD, DatabaseServer, mariadb, postgresql
from tests.support.dolibarr_tables import fill
from tests.support.mail_server import free_port

_VARIABLE = "RELANCE_XL_SOURCE_PASSWORD"
_QUERY = "SELECT numero AS number, client AS customer, echeance AS due_date, reste AS open_amount, courriel AS email FROM impayes"
_DAY = "2026-11-24"


@pytest.fixture(scope="module")
def postgres() -> Iterator[DatabaseServer]:
    """Return PostgreSQL with a table of unpaid invoices."""
    with postgresql() as server:
        with psycopg.connect(server.owner_url, autocommit=True) as connection:
            connection.execute(
                "CREATE TABLE impayes (numero text, client text, echeance date, reste numeric(12,2), courriel text)"
            )
            connection.execute(
                "INSERT INTO impayes VALUES ('F1', 'Crémerie Été', '2026-09-01', 1234.50, 'a@b.example'),"
                " ('F2', 'Lemoine', '2026-09-02', -20, NULL), ('F3', 'Lemoine', '2026-09-02', 75, 'a@@b')"
            )
        yield server


@pytest.fixture(scope="module")
def maria() -> Iterator[DatabaseServer]:
    """Return MariaDB."""
    with mariadb() as server:
        yield server


@contextmanager
def _owner(server: DatabaseServer) -> Iterator[Any]:
    url = make_url(server.owner_url)
    with (
        pymysql.connect(
            host=url.host, port=url.port or 0, user=url.username, database=url.database, autocommit=True
        ) as connection,
        connection.cursor() as cursor,
    ):
        yield cursor


def _dossier(root: Path, **source: object) -> Path:
    _run(root, "init")
    settings = root / "relance.toml"
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in source.items())
    settings.write_text(
        settings.read_text(encoding="utf-8").replace('file = "impayes.csv"', lines + "# file"), encoding="utf-8"
    )
    return root


def _run(root: Path, *words: str, password: str = READER_PASSWORD) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "relance_xl", "-d", str(root), "--lang", "en", *words],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False, env={**os.environ, _VARIABLE: password},
    )  # fmt: skip


def _columns(root: Path, password: str = READER_PASSWORD) -> Any:
    return json.loads(_run(root, "columns", "--json", password=password).stdout)


def test_an_export_from_postgresql(postgres: DatabaseServer, tmp_path: Path) -> None:
    """A company with a database of its own must export lists by hand; or a wrong row of it stops all others."""
    root = _dossier(tmp_path, kind="sql", url=postgres.url, query=_QUERY)
    done = _run(root, "export", "--date", _DAY)
    assert done.returncode == 1, done.stderr
    assert "a@@b" in done.stderr
    found = _columns(root)
    assert [(one["invoice"], one["open"], one["customer"]) for one in found["first"]] == [
        ("F1", "1234.50", "Crémerie Été"),
        ("F2", "-20.00", "Lemoine"),
    ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("DELETE FROM impayes RETURNING numero AS number", "read-only"),
        ("COMMIT; DELETE FROM impayes", "read-only"),
        ("SELECT numero AS number FROM impayes", "customer"),
        ("SELECT rien FROM nulle_part", "nulle_part"),
        (
            "SELECT numero AS numbr, client AS customer, echeance AS due_date, reste AS open_amount FROM impayes",
            "number",
        ),
    ],
)
def test_a_wrong_query_changes_nothing_and_is_told(
    postgres: DatabaseServer, tmp_path: Path, query: str, said: str
) -> None:
    """A query writes to the books, or its error says neither what is wrong nor what to do."""
    root = _dossier(tmp_path, kind="sql", url=postgres.url, query=query)
    done = _run(root, "export", "--date", _DAY)
    assert done.returncode == 3
    assert said in done.stderr
    assert not (root / "relances.xlsx").exists()
    with psycopg.connect(postgres.owner_url) as connection:
        assert connection.execute("SELECT COUNT(*) FROM impayes").fetchone() == (3,)


@pytest.mark.parametrize("kind", ["late", "password", "gone"])
def test_a_server_that_does_not_answer_changes_nothing(postgres: DatabaseServer, tmp_path: Path, kind: str) -> None:
    """A server that is down, slow, or knows us no more, empties the workbook; or a password is shown."""
    query = _QUERY if kind != "late" else _QUERY + ", pg_sleep(30)"
    root = _dossier(tmp_path, kind="sql", url=postgres.url, query=_QUERY)
    assert _run(root, "export", "--date", _DAY).returncode == 1
    before = (root / "relances.xlsx").read_bytes()
    settings = root / "relance.toml"
    text = settings.read_text(encoding="utf-8").replace(json.dumps(_QUERY), json.dumps(query) + "\ntimeout_s = 1")
    if kind == "gone":
        text = text.replace(str(make_url(postgres.url).port), str(free_port()))
    settings.write_text(text, encoding="utf-8")
    secret = "faux-secret-9731" if kind == "password" else READER_PASSWORD
    for command in ("export", "check", "send"):
        done = _run(root, command, "--date", _DAY, password=secret)
        assert done.returncode == 6, done.stderr
        assert secret not in done.stdout + done.stderr
    assert (root / "relances.xlsx").read_bytes() == before


def test_a_password_in_the_settings_is_refused(postgres: DatabaseServer, tmp_path: Path) -> None:
    """A secret stands in a file that is mailed around."""
    url = make_url(postgres.url).set(password="motdepasse-77").render_as_string(hide_password=False)
    done = _run(_dossier(tmp_path, kind="sql", url=url, query=_QUERY), "export")
    assert done.returncode == 3
    assert "motdepasse-77" not in done.stdout + done.stderr


def test_sqlite_within_the_folder(tmp_path: Path) -> None:
    """A small company's own program keeps its books in SQLite; one outside of the folder must not be read."""
    root = _dossier(tmp_path / "d", kind="sql", url="sqlite:///compta.db", query=_QUERY)
    for path in (root / "compta.db", tmp_path / "autre.db"):
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE impayes (numero, client, echeance, reste, courriel)")
            database.execute("INSERT INTO impayes VALUES ('F1', 'Lemoine', '2026-09-01', 12.5, '')")
    assert _run(root, "export", "--date", _DAY).returncode == 0
    settings = root / "relance.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("sqlite:///compta.db", "sqlite:///../autre.db"), encoding="utf-8")
    assert _run(root, "export", "--date", _DAY).returncode == 3
    settings.write_text(text.replace(_QUERY, "DELETE FROM impayes RETURNING numero AS number"), encoding="utf-8")
    assert _run(root, "export", "--date", _DAY).returncode in {3, 6}
    with sqlite3.connect(root / "compta.db") as database:
        assert database.execute("SELECT COUNT(*) FROM impayes").fetchone() == (1,)


@pytest.mark.parametrize(("prefix", "ref", "entity"), [("llx_", "ref", 1), ("dol_", "facnumber", 3)])
def test_dolibarrs_tables(maria: DatabaseServer, tmp_path: Path, prefix: str, ref: str, entity: int) -> None:
    """What Dolibarr's customers owe is not what is asked for: part payments, credits, deposits, drafts, other companies."""
    with _owner(maria) as cursor:
        made = fill(cursor, prefix, ref, entity)
    root = _dossier(tmp_path, kind="dolibarr", url=maria.url, prefix=prefix, entity=entity)
    os.environ[_VARIABLE] = READER_PASSWORD
    try:
        from datetime import date

        from relance_xl.planning.invoices.invoice_list import read_invoices
        from relance_xl.settings.dossier import open_dossier

        listing = read_invoices(open_dossier(root), date(2026, 11, 24))
    finally:
        del os.environ[_VARIABLE]
    assert listing.wrong == ()
    owed = {one.number: one.open.amount for one in listing.invoices}
    assert owed == {number: amount for number, amount in made.open.items() if amount}
    assert len(owed) > 150
    assert sum(owed.values()) == sum(made.open.values())
    assert {one.number: "; ".join(one.emails) for one in listing.invoices} == made.emails
    assert {one.number: one.customer.city for one in listing.invoices} == made.towns
    assert {one.customer.country for one in listing.invoices} == {"FR", "BE"}
    assert all(one.is_credit == (one.total is not None and one.total.amount < Decimal(0)) for one in listing.invoices)
    assert _run(root, "export", "--date", _DAY).returncode == 0
