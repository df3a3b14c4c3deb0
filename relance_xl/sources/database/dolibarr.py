"""Invoices from Dolibarr's database: its tables as of versions 3.9 to 22, whatever their prefix.

Open is the total less payments (paiement_facture) and less credits and deposits that were set against it (societe_remise_except).
"""

import re
from dataclasses import dataclass, replace
from datetime import date

from relance_xl.runtime.errors import SettingsError
from relance_xl.runtime.language import _
from relance_xl.sources.database.connection import Database, ask
from relance_xl.sources.lists.form import Said
from relance_xl.sources.lists.named_rows import read_named
from relance_xl.sources.lists.reading import ListBasis
from relance_xl.sources.lists.rows import Defaults
from relance_xl.sources.source import Listing

_PREFIX = re.compile(r"[A-Za-z0-9_]{1,20}")
# Validated, and not paid (llx_facture.fk_statut, paye); a proforma (type 4) asks for nothing.
_QUERY = """
SELECT f.{number} AS number, s.code_client AS customer_code, s.nom AS customer, {address} AS address,
       {zip} AS postal_code, {town} AS city, c.code AS country,
       COALESCE(NULLIF(p.email, ''), s.email) AS email, f.datef AS invoice_date, f.date_lim_reglement AS due_date,
       f.total_ttc AS total, s.default_lang AS language,
       CASE WHEN s.fk_typent = 8 THEN 'no' WHEN COALESCE(s.siren, '') <> '' OR COALESCE(s.tva_intra, '') <> '' THEN 'yes'
            ELSE '' END AS professional,
       f.total_ttc
         - COALESCE((SELECT SUM(pf.amount) FROM {prefix}paiement_facture pf WHERE pf.fk_facture = f.rowid), 0)
         - COALESCE((SELECT SUM(re.amount_ttc) FROM {prefix}societe_remise_except re WHERE re.fk_facture = f.rowid), 0)
         AS open_amount
FROM {prefix}facture f
JOIN {prefix}societe s ON s.rowid = f.fk_soc
LEFT JOIN {prefix}socpeople p ON p.rowid = (
    SELECT MIN(ec.fk_socpeople) FROM {prefix}element_contact ec
    JOIN {prefix}c_type_contact tc ON tc.rowid = ec.fk_c_type_contact
    WHERE ec.element_id = f.rowid AND tc.element = 'facture' AND tc.source = 'external' AND tc.code = 'BILLING')
LEFT JOIN {prefix}c_country c ON c.rowid = {country}
WHERE f.fk_statut = 1 AND f.paye = 0 AND f.type <> 4 AND f.entity = :entity
ORDER BY f.rowid
"""
# A billing contact's own address counts where it has one.
_OWN = "CASE WHEN COALESCE(p.town, '') <> '' THEN p.{column} ELSE s.{column} END"


@dataclass(frozen=True, slots=True)
class DolibarrTables:
    """Dolibarr's database; `prefix`: of its tables; `entity`: which of its companies; `today`: the day of asking."""

    database: Database
    prefix: str
    entity: int
    today: date
    said: Said
    defaults: Defaults

    @property
    def name(self) -> str:
        """The database's address."""
        return self.database.name

    def read(self) -> Listing:
        """Ask. Raises SettingsError, ProgramError, SourceError."""
        if not _PREFIX.fullmatch(self.prefix):
            raise SettingsError(_("[source] prefix: only letters, digits and _"))
        answer = ask(self.database, self._query(), {"entity": self.entity})
        # All amounts are in the company's currency.
        said = replace(self.said, currency=self.said.currency or self._currency())
        return read_named(answer, ListBasis(self.name, self.today, said, self.defaults))

    def _query(self) -> str:
        return _QUERY.format(
            prefix=self.prefix,
            number="ref" if self._has_ref() else "facnumber",
            address=_OWN.format(column="address"),
            zip=_OWN.format(column="zip"),
            town=_OWN.format(column="town"),
            country=_OWN.format(column="fk_pays"),
        )

    def _has_ref(self) -> bool:
        """Whether invoices' numbers are called ref: before version 10 they are facnumber."""
        return "ref" in ask(self.database, f"SELECT * FROM {self.prefix}facture WHERE 1 = 0").names  # noqa: S608 - a checked prefix

    def _currency(self) -> str:
        query = f"SELECT value FROM {self.prefix}const WHERE name = 'MAIN_MONNAIE' AND entity IN (0, :entity)"  # noqa: S608 - likewise
        rows = ask(self.database, query, {"entity": self.entity}).rows
        return str(rows[0][0]) if rows and rows[0][0] else "EUR"
