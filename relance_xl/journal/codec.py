"""One journal record, one line: a JSON object with the CRC-32 of its own text. docs/journal.md describes it.

{"v": 4, "kind": "begun", "id": …, "owner": "5f0c…", "epoch": 4, "prev": "01234567", "crc": "89abcdef"}
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from relance_xl.core.channel import Channel
from relance_xl.core.money import Money
from relance_xl.core.record import Begun, Committed, Prepared, PreparedCredit, PreparedItem, Record, Settled, Via
from relance_xl.core.remembered.notes import Noted, Remark, Subject
from relance_xl.core.reminder import Outcome, ReminderKey

VERSION = 4
#: What the first line names as the CRC of the line before it.
NO_LINE = ""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes a line: a run (`owner`, drawn by lot), and its number among those that opened the journal (`epoch`)."""

    owner: str
    epoch: int


#: Who wrote the lines of versions 1 and 2, which did not say.
NOBODY = Writer("", 0)


@dataclass(frozen=True, slots=True)
class Opened:
    """A run has taken the journal over: whatever an earlier one writes from here on does not count."""

    operator: str
    host: str


@dataclass(frozen=True, slots=True)
class Line:
    """A record, who wrote it, its line's CRC, and the CRC of the line before; None in lines of version 1."""

    record: Record | Opened
    writer: Writer
    crc: str
    previous: str | None


class DamagedLineError(ValueError):
    """A line that is not a whole, unchanged record."""


class NewerVersionError(ValueError):
    """A line written by a later version of the program."""


def encode(record: Record | Opened, previous: str, writer: Writer = NOBODY) -> bytes:
    """Return the record's line, newline included. `previous`: the CRC of the line before, NO_LINE for none."""
    fields = {"v": VERSION, **_to_fields(record), "owner": writer.owner, "epoch": writer.epoch, "prev": previous}
    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return f'{body[:-1]},"crc":"{_crc(body)}"}}\n'.encode()


def encode_chain(records: Iterable[Record | Opened], previous: str = NO_LINE, writer: Writer = NOBODY) -> list[bytes]:
    """Return the lines of records that follow one another, and a line with the CRC `previous`."""
    lines: list[bytes] = []
    for record in records:
        lines.append(encode(record, previous, writer))
        previous = crc_of(lines[-1])
    return lines


def crc_of(line: bytes) -> str:
    """Return the CRC that a line ends with."""
    return line.rstrip(b"\n")[-10:-2].decode("ascii", "replace")


def decode(line: bytes) -> Line:
    """Return what a line says. Raises DamagedLineError or NewerVersionError."""
    try:
        text = line.decode().removesuffix("\n")
        body, _, crc = text.rpartition(',"crc":"')
        if crc != f'{_crc(body + "}")}"}}':
            raise DamagedLineError(text[:80])
        fields = json.loads(body + "}")
        if fields["v"] > VERSION:
            raise NewerVersionError(str(fields["v"]))
        return _line(fields, crc[:8])
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, ArithmeticError) as error:
        raise DamagedLineError(str(error)) from error


def _line(fields: Mapping[str, Any], crc: str) -> Line:
    version = fields["v"]
    writer = Writer(fields["owner"], fields["epoch"]) if version > 2 else NOBODY
    if type(writer.epoch) is not int:
        raise DamagedLineError(str(writer.epoch))
    return Line(_from_fields(fields), writer, crc, fields["prev"] if version > 1 else None)


def _crc(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


def _to_fields(record: Record | Opened) -> dict[str, Any]:
    match record:
        case Opened():
            return {"kind": "opened", "operator": record.operator, "host": record.host}
        case Prepared():
            return {
                "kind": "prepared",
                "id": record.id,
                "batch": record.batch,
                "day": record.day.isoformat(),
                "channel": record.channel,
                "level": record.level,
                "customer": _customer_fields(record),
                "recipients": list(record.recipients),
                "items": [_item_fields(item) for item in record.items],
                "credits": [
                    {"invoice": one.number, "open": str(one.open.amount), "currency": one.open.currency}
                    for one in record.credits
                ],
                "document": record.document,
                "message": record.message,
                "digest": record.digest,
                "operator": record.operator,
                "via": record.via,
                **({"basis": record.basis} if record.basis else {}),
                **({"copies": list(record.copies)} if record.copies else {}),
                **({"registered": True} if record.registered else {}),
            }
        case Committed():
            return {"kind": "committed", "batch": record.batch}
        case Begun():
            return {"kind": "begun", "id": record.id}
        case Settled():
            return {
                "kind": "settled",
                "id": record.id,
                "outcome": record.outcome,
                "at": record.at.isoformat(),
                "detail": record.detail,
                **({"next": record.next_date.isoformat()} if record.next_date else {}),
            }
        case Noted():
            remark = record.remark
            return {
                "kind": "noted",
                "about": remark.subject,
                "key": remark.key,
                "said": dict(remark.said),
                "at": record.at.isoformat(),
                "operator": record.operator,
            }


def _customer_fields(record: Prepared) -> dict[str, Any]:
    address = {} if record.customer_address is None else {"address": list(record.customer_address)}
    return {"code": record.customer_code, "name": record.customer_name, **address}


def _item_fields(item: PreparedItem) -> dict[str, Any]:
    return {
        "invoice": item.reminder.invoice,
        "ordinal": item.reminder.ordinal,
        "open": str(item.open.amount),
        "currency": item.open.currency,
        "next": item.next_date.isoformat(),
        "comment": item.comment,
        "proposed": item.proposed_level,
        **({"level": item.level} if item.level else {}),
    }


def _from_fields(fields: Mapping[str, Any]) -> Record | Opened:
    match fields["kind"]:
        case "opened":
            return Opened(fields["operator"], fields["host"])
        case "prepared":
            return Prepared(
                id=fields["id"],
                batch=fields["batch"],
                day=date.fromisoformat(fields["day"]),
                channel=Channel(fields["channel"]),
                level=fields["level"],
                customer_code=fields["customer"]["code"],
                customer_name=fields["customer"]["name"],
                customer_address=_address(fields["customer"]),
                credits=tuple(map(_credit, fields.get("credits", ()))),
                recipients=tuple(fields["recipients"]),
                items=tuple(map(_item, fields["items"])),
                document=fields["document"],
                message=fields["message"],
                digest=fields["digest"],
                operator=fields["operator"],
                via=Via(fields["via"]),
                basis=fields.get("basis", ""),
                copies=tuple(fields.get("copies", ())),
                registered=bool(fields.get("registered", False)),
            )
        case "committed":
            return Committed(fields["batch"])
        case "begun":
            return Begun(fields["id"])
        case "settled":
            return Settled(
                fields["id"],
                Outcome(fields["outcome"]),
                datetime.fromisoformat(fields["at"]),
                fields["detail"],
                date.fromisoformat(fields["next"]) if "next" in fields else None,
            )
        case "noted":
            remark = Remark(Subject(fields["about"]), fields["key"], _texts(fields["said"]))
            return Noted(remark, datetime.fromisoformat(fields["at"]), fields["operator"])
        case kind:
            raise DamagedLineError(f"kind {kind!r}")


def _address(customer: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the lines that a letter was addressed to; None in lines of versions that did not keep them."""
    return tuple(customer["address"]) if "address" in customer else None


def _texts(said: Mapping[str, Any]) -> Mapping[str, str]:
    if not all(isinstance(text, str) for text in said.values()):
        raise DamagedLineError(str(said))
    return dict(said)


def _credit(fields: Mapping[str, Any]) -> PreparedCredit:
    return PreparedCredit(fields["invoice"], Money(Decimal(fields["open"]), fields["currency"]))


def _item(fields: Mapping[str, Any]) -> PreparedItem:
    return PreparedItem(
        reminder=ReminderKey(fields["invoice"], fields["ordinal"]),
        open=Money(Decimal(fields["open"]), fields["currency"]),
        next_date=date.fromisoformat(fields["next"]),
        comment=fields["comment"],
        proposed_level=fields["proposed"],
        level=fields.get("level", ""),
    )
