"""Invoices from Odoo: by JSON-2 (as of version 19), or by XML-RPC (16 to 22), where somebody's name stands beside the key."""

import xmlrpc.client
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from xml.parsers.expat import ExpatError

from relance_xl.runtime.language import _
from relance_xl.sources.lists.form import Said
from relance_xl.sources.lists.named_rows import NamedRows, read_named
from relance_xl.sources.lists.reading import ListBasis
from relance_xl.sources.lists.rows import Defaults
from relance_xl.sources.source import Listing
from relance_xl.sources.table import Cell
from relance_xl.sources.web.answers import COLUMNS, text_of
from relance_xl.sources.web.client import WebServer

_A_PAGE = 200
_DOMAIN = [
    ["move_type", "in", ["out_invoice", "out_refund"]],
    ["state", "=", "posted"],
    ["payment_state", "in", ["not_paid", "partial"]],
]
_FIELDS = (
    "name", "move_type", "partner_id", "commercial_partner_id", "invoice_date", "invoice_date_due", "amount_total",
    "amount_residual", "currency_id",
)  # fmt: skip
_PARTNER_FIELDS = ("name", "ref", "street", "street2", "zip", "city", "country_code", "email", "lang", "is_company")

#: Calls a method of a model: its name, the method's, its named arguments.
Call = Callable[[str, str, Mapping[str, object]], Any]


@dataclass(frozen=True, slots=True)
class Odoo:
    """An Odoo server; `user` "": by JSON-2, whose key says who asks. `today`: the day of asking."""

    server: WebServer
    database: str
    user: str
    key: str
    today: date
    said: Said
    defaults: Defaults

    @property
    def name(self) -> str:
        """The server's name."""
        return self.server.host

    def read(self) -> Listing:
        """Ask for all that is open. Raises SettingsError, ProgramError, SourceError."""
        call = self._by_xml() if self.user else self._by_json()
        moves = list(self._moves(call))
        wanted = {_id(one, field) for one in moves for field in ("partner_id", "commercial_partner_id")} - {0}
        partners = self._partners(call, wanted)
        rows = tuple(self._row(one, partners) for one in moves)
        return read_named(NamedRows(COLUMNS, rows), ListBasis(self.name, self.today, self.said, self.defaults))

    def _moves(self, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield all invoices and credit notes; half of them are none."""
        count = call("account.move", "search_count", {"domain": _DOMAIN})
        if not isinstance(count, int):
            raise self.server.failed(_("it does not say how many invoices there are"))
        seen = set[int]()
        for offset in range(0, count, _A_PAGE):
            asked = {"domain": _DOMAIN, "fields": list(_FIELDS), "offset": offset, "limit": _A_PAGE, "order": "id"}
            for one in self._records(call("account.move", "search_read", asked), _FIELDS):
                seen.add(_number(one.get("id")))
                yield one
        if len(seen) != count:
            text = _("it has {count} invoices, and told of {told}")
            raise self.server.failed(text.format(count=count, told=len(seen)))

    def _partners(self, call: Call, wanted: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
        found: dict[int, Mapping[str, Any]] = {}
        ids = sorted(wanted)
        for start in range(0, len(ids), _A_PAGE):
            asked = {"ids": ids[start : start + _A_PAGE], "fields": list(_PARTNER_FIELDS)}
            for one in self._records(call("res.partner", "read", asked), ("name",)):
                found[_number(one.get("id"))] = one
        if found.keys() < set(ids):
            raise self.server.failed(_("it does not say who all customers are"))
        return found

    def _records(self, answer: object, fields: Collection[str]) -> list[Mapping[str, Any]]:
        if not isinstance(answer, list) or not all(
            isinstance(one, dict) and set(fields) <= one.keys() for one in answer
        ):
            raise self.server.failed(_("what it says are no invoices"))
        return answer

    def _row(self, move: Mapping[str, Any], partners: Mapping[int, Mapping[str, Any]]) -> tuple[Cell, ...]:
        address, company = partners[_id(move, "partner_id")], partners[_id(move, "commercial_partner_id")]
        sign = -1 if move["move_type"] == "out_refund" else 1
        # The whole customer is known by its number in Odoo, where nobody gave it another.
        code = text_of(company.get("ref")) or f"{_id(move, 'commercial_partner_id')}"
        street = "\n".join(filter(None, (text_of(address.get("street")), text_of(address.get("street2")))))
        return (
            text_of(move["name"]), code, text_of(company.get("name")), street, text_of(address.get("zip")),
            text_of(address.get("city")), text_of(address.get("country_code")),
            text_of(address.get("email")) or text_of(company.get("email")), text_of(move["invoice_date"]),
            text_of(move["invoice_date_due"]), sign * _amount(move["amount_total"]), sign * _amount(move["amount_residual"]),
            _label(move["currency_id"]), text_of(address.get("lang")), "yes" if company.get("is_company") else "no",
        )  # fmt: skip

    def _by_json(self) -> Call:
        def call(model: str, method: str, arguments: Mapping[str, object]) -> Any:
            return self.server.post(f"json/2/{model}/{method}", arguments)

        return call

    def _by_xml(self) -> Call:
        """Log in, and return what calls methods."""
        user = self._xml("common", "authenticate", [self.database, self.user, self.key, {}])
        if not isinstance(user, int) or isinstance(user, bool):
            raise self.server.failed(_("it refuses the name or the key"))

        def call(model: str, method: str, arguments: Mapping[str, object]) -> Any:
            named = dict(arguments)
            places = [named.pop(name) for name in ("domain", "ids") if name in named]
            return self._xml("object", "execute_kw", [self.database, user, self.key, model, method, places, named])

        return call

    def _xml(self, service: str, method: str, arguments: Sequence[object]) -> Any:
        body = xmlrpc.client.dumps(tuple(arguments), method, allow_none=True)  # type: ignore[arg-type]
        answer = self.server.post_xml(f"xmlrpc/2/{service}", body.encode())
        try:
            (found,), _method = xmlrpc.client.loads(answer)
        except xmlrpc.client.Fault as error:
            # It may hold a whole traceback of the server: the last line says what happened.
            last = (error.faultString.strip().splitlines() or [""])[-1]
            raise self.server.failed(last.replace(self.key, "…")[:200]) from None
        except (ExpatError, xmlrpc.client.Error, ValueError, TypeError):
            raise self.server.failed(_("what it says is no XML-RPC, or only half of it")) from None
        return found


def _id(record: Mapping[str, Any], field: str) -> int:
    """Return the number of another record, told as [number, name]."""
    value = record.get(field)
    return _number(value[0] if isinstance(value, list | tuple) and value else value)


def _label(value: object) -> str:
    return text_of(value[1]) if isinstance(value, list | tuple) and len(value) > 1 else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _amount(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
