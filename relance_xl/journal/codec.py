"""One journal record, one line: a JSON object with the CRC-32 of its own text. docs/journal.md describes it.

{"v": 1, "kind": "settled", "id": …, "outcome": …, "at": …, "detail": …, "crc": "89abcdef"}
"""

import json
import zlib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from relance_xl.core.money import Money
from relance_xl.core.record import Begun, Committed, Prepared, PreparedItem, Record, Settled, Via
from relance_xl.core.reminder import Channel, Outcome, ReminderKey

VERSION = 1


class DamagedLineError(ValueError):
    """A line that is not a whole, unchanged record."""


class NewerVersionError(ValueError):
    """A line written by a later version of the program."""


def encode(record: Record) -> bytes:
    """Return the record's line, newline included."""
    fields = {"v": VERSION, **_to_fields(record)}
    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return f'{body[:-1]},"crc":"{_crc(body)}"}}\n'.encode()


def decode(line: bytes) -> Record:
    """Return the record of a line. Raises DamagedLineError or NewerVersionError."""
    try:
        text = line.decode().removesuffix("\n")
        body, _, crc = text.rpartition(',"crc":"')
        if crc != f'{_crc(body + "}")}"}}':
            raise DamagedLineError(text[:80])
        fields = json.loads(body + "}")
        if fields["v"] > VERSION:
            raise NewerVersionError(str(fields["v"]))
        return _from_fields(fields)
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, ArithmeticError) as error:
        raise DamagedLineError(str(error)) from error


def _crc(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


def _to_fields(record: Record) -> dict[str, Any]:
    match record:
        case Prepared():
            return {
                "kind": "prepared",
                "id": record.id,
                "batch": record.batch,
                "day": record.day.isoformat(),
                "channel": record.channel,
                "level": record.level,
                "customer": {"code": record.customer_code, "name": record.customer_name},
                "recipients": list(record.recipients),
                "items": [_item_fields(item) for item in record.items],
                "document": record.document,
                "message": record.message,
                "digest": record.digest,
                "operator": record.operator,
                "via": record.via,
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
            }


def _item_fields(item: PreparedItem) -> dict[str, Any]:
    return {
        "invoice": item.reminder.invoice,
        "ordinal": item.reminder.ordinal,
        "open": str(item.open.amount),
        "currency": item.open.currency,
        "next": item.next_date.isoformat(),
        "comment": item.comment,
        "proposed": item.proposed_level,
    }


def _from_fields(fields: Mapping[str, Any]) -> Record:
    match fields["kind"]:
        case "prepared":
            return Prepared(
                id=fields["id"],
                batch=fields["batch"],
                day=date.fromisoformat(fields["day"]),
                channel=Channel(fields["channel"]),
                level=fields["level"],
                customer_code=fields["customer"]["code"],
                customer_name=fields["customer"]["name"],
                recipients=tuple(fields["recipients"]),
                items=tuple(map(_item, fields["items"])),
                document=fields["document"],
                message=fields["message"],
                digest=fields["digest"],
                operator=fields["operator"],
                via=Via(fields["via"]),
            )
        case "committed":
            return Committed(fields["batch"])
        case "begun":
            return Begun(fields["id"])
        case "settled":
            return Settled(
                fields["id"], Outcome(fields["outcome"]), datetime.fromisoformat(fields["at"]), fields["detail"]
            )
        case kind:
            raise DamagedLineError(f"kind {kind!r}")


def _item(fields: Mapping[str, Any]) -> PreparedItem:
    return PreparedItem(
        reminder=ReminderKey(fields["invoice"], fields["ordinal"]),
        open=Money(Decimal(fields["open"]), fields["currency"]),
        next_date=date.fromisoformat(fields["next"]),
        comment=fields["comment"],
        proposed_level=fields["proposed"],
    )
