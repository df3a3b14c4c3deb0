"""Invoices from Dolibarr's REST interface (api/index.php), as of version 10."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from relance_xl.runtime.language import _
from relance_xl.sources.lists.form import Said
from relance_xl.sources.lists.named_rows import NamedRows, read_named
from relance_xl.sources.lists.reading import ListBasis
from relance_xl.sources.lists.rows import Defaults
from relance_xl.sources.source import Listing
from relance_xl.sources.table import Cell
from relance_xl.sources.web.answers import COLUMNS, text_of
from relance_xl.sources.web.client import WebServer

_A_PAGE, _MOST_PAGES = 100, 1000
_PROFORMA = "4"


@dataclass(frozen=True, slots=True)
class DolibarrApi:
    """Dolibarr's interface; `today`: the day of asking."""

    server: WebServer
    today: date
    said: Said
    defaults: Defaults

    @property
    def name(self) -> str:
        """The server's name."""
        return self.server.host

    def read(self) -> Listing:
        """Ask for all pages. Raises SettingsError, ProgramError, SourceError."""
        customers: dict[str, Mapping[str, Any]] = {}
        rows = tuple(self._row(one, self._customer(one, customers)) for one in self._invoices())
        said = replace(self.said, currency=self.said.currency or "EUR")
        return read_named(NamedRows(COLUMNS, rows), ListBasis(self.name, self.today, said, self.defaults))

    def _invoices(self) -> Iterator[Mapping[str, Any]]:
        for page in range(_MOST_PAGES):
            asked: dict[str, str | int] = {"status": "unpaid", "limit": _A_PAGE, "page": page, "sortfield": "t.rowid"}
            found = self.server.get("invoices", asked)
            if found is None:
                return
            if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
                raise self.server.failed(_("what it says are no invoices"))
            yield from (one for one in found if str(one.get("type")) != _PROFORMA)
            if len(found) < _A_PAGE:
                return
        raise self.server.failed(_("it has no last page"))

    def _customer(self, invoice: Mapping[str, Any], known: dict[str, Mapping[str, Any]]) -> Mapping[str, Any]:
        key = str(invoice.get("socid") or "")
        if key not in known:
            found = self.server.get(f"thirdparties/{key}", {}) if key.isdigit() else None
            if not isinstance(found, dict):
                raise self.server.failed(
                    _("it does not say whose invoice {number} is").format(number=invoice.get("ref"))
                )
            known[key] = found
        return known[key]

    def _row(self, invoice: Mapping[str, Any], customer: Mapping[str, Any]) -> tuple[Cell, ...]:
        if "remaintopay" not in invoice or "ref" not in invoice:
            raise self.server.failed(_("it does not say what is still owed"))
        is_business = bool(customer.get("idprof1") or customer.get("tva_intra"))
        return (
            text_of(invoice["ref"]), text_of(customer.get("code_client")), text_of(customer.get("name")),
            text_of(customer.get("address")), text_of(customer.get("zip")), text_of(customer.get("town")),
            text_of(customer.get("country_code")), text_of(customer.get("email")), _day(invoice.get("date")),
            _day(invoice.get("date_lim_reglement")), _amount(invoice.get("total_ttc")), _amount(invoice["remaintopay"]), "",
            text_of(customer.get("default_lang")), "yes" if is_business else "",
        )  # fmt: skip


def _amount(value: object) -> Cell:
    """Return an amount as a number: it has up to eight decimals, and no thousands."""
    try:
        return float(str(value))
    except ValueError:
        return text_of(value)


def _day(value: object) -> str:
    """Return a day in ISO form: it is told in seconds since 1970, at midnight where the server is."""
    text = text_of(value)
    if not text.lstrip("-").isdigit():
        return text[:10]
    # Half a day later it is the same day from London to Tokyo, and in New York.
    return (datetime.fromtimestamp(int(text), tz=UTC) + timedelta(hours=12)).date().isoformat()
