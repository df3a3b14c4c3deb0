"""Dolibarr's tables, as far as unpaid invoices are in them, filled with made-up companies; what is open, added up apart."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

_TABLES = """
CREATE TABLE {p}societe (rowid INT PRIMARY KEY, nom VARCHAR(128), code_client VARCHAR(24), address VARCHAR(255),
  zip VARCHAR(25), town VARCHAR(50), fk_pays INT, email VARCHAR(128), siren VARCHAR(128), tva_intra VARCHAR(20),
  fk_typent INT, default_lang VARCHAR(6), entity INT DEFAULT 1);
CREATE TABLE {p}socpeople (rowid INT PRIMARY KEY, fk_soc INT, address VARCHAR(255), zip VARCHAR(25), town VARCHAR(255),
  fk_pays INT, email VARCHAR(255));
CREATE TABLE {p}facture (rowid INT PRIMARY KEY, {ref} VARCHAR(30), entity INT DEFAULT 1, type SMALLINT, fk_soc INT,
  datef DATE, date_lim_reglement DATE, paye SMALLINT DEFAULT 0, fk_statut SMALLINT DEFAULT 0, total_ttc DOUBLE(24,8));
CREATE TABLE {p}paiement_facture (rowid INT PRIMARY KEY AUTO_INCREMENT, fk_paiement INT, fk_facture INT, amount DOUBLE(24,8));
CREATE TABLE {p}societe_remise_except (rowid INT PRIMARY KEY AUTO_INCREMENT, fk_soc INT, amount_ttc DOUBLE(24,8),
  fk_facture INT, fk_facture_source INT);
CREATE TABLE {p}element_contact (rowid INT PRIMARY KEY AUTO_INCREMENT, element_id INT, fk_c_type_contact INT, fk_socpeople INT);
CREATE TABLE {p}c_type_contact (rowid INT PRIMARY KEY, element VARCHAR(30), source VARCHAR(8), code VARCHAR(32));
CREATE TABLE {p}c_country (rowid INT PRIMARY KEY, code VARCHAR(2));
CREATE TABLE {p}const (rowid INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(180), entity INT, value TEXT);
"""
_INVOICE, _CREDIT_NOTE, _DEPOSIT, _PROFORMA = 0, 2, 3, 4
_DRAFT, _VALIDATED, _PAID, _ABANDONED = 0, 1, 2, 3


@dataclass(slots=True)
class MadeUp:
    """What was written: by number what is open, and the address to which emails go."""

    open: dict[str, Decimal] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    towns: dict[str, str] = field(default_factory=dict)


def fill(cursor: Any, prefix: str = "llx_", ref: str = "ref", entity: int = 1, count: int = 400) -> MadeUp:
    """Make the tables, and write invoices of all kinds. Returns what is open."""
    for statement in _TABLES.format(p=prefix, ref=ref).split(";"):
        if statement.strip():
            cursor.execute(statement)
    chance, made = random.Random(count), MadeUp()  # noqa: S311 - figures for a test
    cursor.execute(f"INSERT INTO {prefix}c_country VALUES (1, 'FR'), (2, 'BE')")
    cursor.execute(
        f"INSERT INTO {prefix}c_type_contact VALUES (7, 'facture', 'external', 'BILLING'), (8, 'facture', 'external', 'SHIPPING')"
    )
    cursor.execute(f"INSERT INTO {prefix}const (name, entity, value) VALUES ('MAIN_MONNAIE', {entity}, 'EUR')")
    for company in range(1, 41):
        cursor.execute(
            f"INSERT INTO {prefix}societe VALUES (%s, %s, %s, %s, '35000', 'Rennes', 1, %s, %s, '', %s, 'fr_FR', %s)",
            (company, f"Société Émile {company}", f"CU{company:04}", f"{company} rue Haute\nBât. {company}",
             f"compta{company}@client.example", "123456789" if company % 3 else "", 8 if company % 5 == 0 else 4, entity),
        )  # fmt: skip
        cursor.execute(
            f"INSERT INTO {prefix}socpeople VALUES (%s, %s, '9 quai Sud', '1000', %s, 2, %s)",
            (company, company, "Bruxelles" if company % 2 else "", f"factures{company}@client.example"),
        )
    for row in range(1, count + 1):
        _one(cursor, chance, prefix, ref, entity, row, made)
    return made


def _one(cursor: Any, chance: random.Random, prefix: str, ref: str, entity: int, row: int, made: MadeUp) -> None:
    kind = chance.choices((_INVOICE, _CREDIT_NOTE, _DEPOSIT, _PROFORMA), (80, 8, 8, 4))[0]
    status = chance.choices((_VALIDATED, _DRAFT, _PAID, _ABANDONED), (70, 10, 15, 5))[0]
    owner = entity if chance.random() < 0.9 else entity + 1
    company, total = chance.randrange(1, 41), Decimal(chance.randrange(100, 500_000)).scaleb(-2)
    total = -total if kind == _CREDIT_NOTE else total
    number, issued = f"FA2609-{row:04}", date(2026, 9, 1) + timedelta(days=chance.randrange(60))
    cursor.execute(
        f"INSERT INTO {prefix}facture (rowid, {ref}, entity, type, fk_soc, datef, date_lim_reglement, paye, fk_statut, total_ttc)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (row, number, owner, kind, company, issued, issued + timedelta(days=30), int(status == _PAID), status, total),
    )
    left = total
    for _part in range(chance.choice((0, 0, 1, 2)) if kind == _INVOICE else 0):
        part = round(left * Decimal(chance.random()), 2)
        cursor.execute(
            f"INSERT INTO {prefix}paiement_facture (fk_paiement, fk_facture, amount) VALUES (1, %s, %s)", (row, part)
        )
        left -= part
    if kind == _INVOICE and chance.random() < 0.2:
        part = round(left * Decimal("0.1"), 2)
        cursor.execute(
            f"INSERT INTO {prefix}societe_remise_except (fk_soc, amount_ttc, fk_facture) VALUES (%s, %s, %s)",
            (company, part, row),
        )
        left -= part
    has_contact = chance.random() < 0.3
    if has_contact:
        cursor.execute(
            f"INSERT INTO {prefix}element_contact (element_id, fk_c_type_contact, fk_socpeople) VALUES (%s, 7, %s)",
            (row, company),
        )
    cursor.execute(
        f"INSERT INTO {prefix}element_contact (element_id, fk_c_type_contact, fk_socpeople) VALUES (%s, 8, 1)", (row,)
    )
    if status == _VALIDATED and owner == entity and kind != _PROFORMA and left:
        made.open[number] = left
        made.emails[number] = f"{'factures' if has_contact else 'compta'}{company}@client.example"
        made.towns[number] = "Bruxelles" if has_contact and company % 2 else "Rennes"
