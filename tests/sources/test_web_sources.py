"""Invoices from Dolibarr's and Odoo's interfaces: all of them, or nothing is done; keys go to that server alone."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.support.accounting_server import DATABASE, KEY, USER, AccountingServer, accounting_server

_DAY = "2026-11-24"


@pytest.fixture
def server() -> Iterator[AccountingServer]:
    """Return a server that answers."""
    with accounting_server() as script:
        yield script


def _dolibarr(script: AccountingServer, count: int = 250) -> dict[str, str]:
    """Give it invoices as Dolibarr tells them; return what is open."""
    script.customers = {
        one: {"name": f"Société Émile {one}", "code_client": f"CU{one}", "address": "1 rue Haute", "zip": "35000", "town": "Rennes",
              "country_code": "FR", "email": f"c{one}@client.example", "idprof1": "123456789", "tva_intra": ""}
        for one in range(1, 8)
    }  # fmt: skip
    script.invoices = [
        {"ref": f"FA2609-{row:04}", "socid": str(1 + row % 7), "type": "2" if row % 50 == 0 else "0",
         # Midnight of 1 September in Paris.
         "date": 1788213600, "date_lim_reglement": 1790805600,
         "total_ttc": f"{-row if row % 50 == 0 else row + 10}.50000000",
         "remaintopay": -row - 0.5 if row % 50 == 0 else row + 0.5}
        for row in range(1, count + 1)
    ]  # fmt: skip
    return {one["ref"]: f"{one['remaintopay']:.2f}" for one in script.invoices}


def _odoo(script: AccountingServer, count: int = 450) -> dict[str, str]:
    """Give it invoices as Odoo tells them; return what is open."""
    script.customers = {
        one: {"name": f"Société Émile {one}", "ref": False, "street": "1 rue Haute", "street2": False, "zip": "35000", "city": "Rennes",
              "country_code": "FR", "email": f"c{one}@client.example" if one != 3 else False, "lang": "fr_FR", "is_company": True}
        for one in range(1, 8)
    }  # fmt: skip
    script.invoices = [
        {"id": row, "name": f"INV/2026/{row:05}", "state": "posted" if row % 9 else "draft",
         "move_type": "out_refund" if row % 50 == 0 else "out_invoice", "partner_id": [1 + row % 7, "x"],
         "commercial_partner_id": [1 + row % 7, "x"], "invoice_date": "2026-09-01", "invoice_date_due": "2026-10-01",
         "amount_total": row + 10.5, "amount_residual": row + 0.5, "currency_id": [1, "USD" if row % 4 == 0 else "EUR"]}
        for row in range(1, count + 1)
    ]  # fmt: skip
    return {
        one["name"]: f"{(-1 if one['move_type'] == 'out_refund' else 1) * one['amount_residual']:.2f}"
        for one in script.invoices
        if one["state"] == "posted"
    }


def _run(root: Path, *words: str, language: str = "en", **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "relance_xl", "-d", str(root), "--lang", language, *words],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
        env={**os.environ, "RELANCE_XL_SOURCE_PASSWORD": KEY, **environment},
    )  # fmt: skip


def _dossier(root: Path, **source: object) -> Path:
    _run(root, "init", language="fr")
    settings = root / "relance.toml"
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in source.items())
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('file = "impayes.csv"', lines + "# file"), encoding="utf-8")
    return root


def _listed(root: Path) -> Any:
    from openpyxl import load_workbook

    sheet = load_workbook(root / "relances.xlsx")["Relances"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    (titles,) = [row for row in rows if "N° facture" in row]
    number, owed = titles.index("N° facture"), titles.index("Créance")
    below = rows[rows.index(titles) + 1 :]
    return {row[number]: f"{row[owed]:.2f}" for row in below if row[number] and row[owed] is not None}


_KINDS = {
    "dolibarr": ({"kind": "dolibarr"}, _dolibarr),
    "odoo by JSON-2": ({"kind": "odoo", "database": DATABASE}, _odoo),
    "odoo by XML-RPC": ({"kind": "odoo", "database": DATABASE, "user": USER}, _odoo),
}


@pytest.mark.parametrize("kind", _KINDS)
def test_all_that_is_open(server: AccountingServer, tmp_path: Path, kind: str) -> None:
    """A page of invoices is forgotten, a draft is chased, or a credit note is taken for an invoice."""
    settings, fill = _KINDS[kind]
    owed = fill(server)
    root = _dossier(tmp_path, url=server.url, **settings)
    done = _run(root, "export", "--date", _DAY)
    assert done.returncode == 0, done.stderr
    assert _listed(root) == owed


def test_a_due_date_is_the_servers_own_day(server: AccountingServer, tmp_path: Path) -> None:
    """A day told in seconds, at midnight in Paris, becomes the day before."""
    _dolibarr(server, 1)
    root = _dossier(tmp_path, kind="dolibarr", url=server.url)
    found = json.loads(_run(root, "columns", "--json").stdout)
    assert [one["due"] for one in found["first"]] == ["2026-10-01"]


_FAULTS = ("half", "half-said", "error", "slow", "endless", "drip", "redirect")


@pytest.mark.parametrize("fault", [*_FAULTS, "count", "key"])
@pytest.mark.parametrize("kind", _KINDS)
def test_half_an_answer_changes_nothing(server: AccountingServer, tmp_path: Path, kind: str, fault: str) -> None:
    """Half a list of invoices empties the workbook, or a customer is chased from it; a key is shown, or goes elsewhere."""
    if fault == "count" and kind == "dolibarr":
        fault = "error"
    settings, fill = _KINDS[kind]
    fill(server, 30)
    root = _dossier(tmp_path, url=server.url, timeout_s=2, **settings)
    assert _run(root, "export", "--date", _DAY).returncode == 0
    before = (root / "relances.xlsx").read_bytes()
    server.fault = fault
    with accounting_server() as other:
        server.elsewhere = other.url
        secret = "fausse-cle-9" if fault == "key" else KEY
        begun = time.monotonic()
        for command in ("export", "send"):
            done = _run(root, command, "--date", _DAY, RELANCE_XL_SOURCE_PASSWORD=secret)
            assert done.returncode == 6, (done.stdout, done.stderr)
            assert secret not in done.stdout + done.stderr
            assert "Traceback" not in done.stderr
        assert time.monotonic() - begun < 25
        assert other.asked == []
    assert (root / "relances.xlsx").read_bytes() == before


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    """The key is told to whoever pretends to be the server."""
    authority = trustme.CA()
    with accounting_server(authority) as server:
        _dolibarr(server, 3)
        root = _dossier(tmp_path, kind="dolibarr", url=server.url)
        assert _run(root, "export", "--date", _DAY).returncode == 6
        assert server.asked == []
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        assert _run(root, "export", "--date", _DAY, SSL_CERT_FILE=str(tmp_path / "ca.pem")).returncode == 0


@pytest.mark.parametrize("url", ["http://erp.example/api", "ftp://erp.example", "https://moi:secret@erp.example"])
def test_addresses_over_which_a_key_would_be_readable(tmp_path: Path, url: str) -> None:
    """A key goes over the net in clear, or stands in the settings."""
    done = _run(_dossier(tmp_path, kind="odoo", url=url, database=DATABASE), "export")
    assert done.returncode == 3
    assert "secret@" not in done.stdout + done.stderr
