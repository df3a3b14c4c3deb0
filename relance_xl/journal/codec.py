"""One journal record, one line: a JSON object with the CRC-32 of its own text. docs/journal.md describes it.

{"v": 2, "kind": "settled", "id": …, "outcome": …, "at": …, "detail": …, "prev": "01234567", "crc": "89abcdef"}
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from relance_xl.core.money import Money
from relance_xl.core.record import Begun, Committed, Prepared, PreparedItem, Record, Settled, Via
from relance_xl.core.reminder import Channel, Outcome, ReminderKey

VERSION = 2
#: What the first line names as the CRC of the line before it.
NO_LINE = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A record, its line's CRC, and the CRC of the line before; None in lines of version 1, which did not say."""

    record: Record
    crc: str
    previous: str | None


class DamagedLineError(ValueError):
    """A line that is not a whole, unchanged record."""


class NewerVersionError(ValueError):
    """A line written by a later version of the program."""


def encode(record: Record, previous: str) -> bytes:
    """Return the record's line, newline included. `previous`: the CRC of the line before, NO_LINE for none."""
    fields = {"v": VERSION, **_to_fields(record), "prev": previous}
    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return f'{body[:-1]},"crc":"{_crc(body)}"}}\n'.encode()


def encode_chain(records: Iterable[Record], previous: str = NO_LINE) -> list[bytes]:
    """Return the lines of records that follow one another, and a line with the CRC `previous`."""
    lines: list[bytes] = []
    for record in records:
        lines.append(encode(record, previous))
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
        return Line(_from_fields(fields), crc[:8], fields["prev"] if fields["v"] > 1 else None)
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
