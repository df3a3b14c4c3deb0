"""The journal, read by docs/journal.md alone: none of the program's own code."""

import json
import zlib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Told:
    """A delivery of one invoice, as the journal tells of it."""

    id: str
    batch: str
    key: str
    customer: str
    recipients: tuple[str, ...]
    amount: Decimal
    digest: str
    outcome: str = "pending"
    begun: bool = False


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the journal's whole lines. Raises ValueError for one that is damaged."""
    data = path.read_bytes() if path.exists() else b""
    return [_object(line) for line in data[: data.rfind(b"\n") + 1].decode().split("\n")[:-1]]


def _object(line: str) -> dict[str, Any]:
    body, _mark, crc = line.rpartition(',"crc":"')
    if crc != f'{zlib.crc32((body + "}").encode()):08x}"}}':
        raise ValueError(f"damaged: {line[:80]}")
    loaded: dict[str, Any] = json.loads(line)
    return loaded


def read_told(path: Path) -> list[Told]:
    """Return the deliveries of committed batches, in order."""
    lines = read_lines(path)
    committed = {line["batch"] for line in lines if line["kind"] == "committed"}
    told: dict[str, Told] = {}
    for line in lines:
        match line["kind"]:
            case "prepared":
                told[line["id"]] = _told(line)
            case "begun":
                told[line["id"]].outcome, told[line["id"]].begun = "unknown", True
            case "settled":
                told[line["id"]].outcome = line["outcome"]
    return [one for one in told.values() if one.batch in committed]


def _told(line: dict[str, Any]) -> Told:
    (item,) = line["items"]
    return Told(
        id=line["id"],
        batch=line["batch"],
        key=f"{item['invoice']}/{item['ordinal']}/{line['channel']}",
        customer=line["customer"]["code"],
        recipients=tuple(line["recipients"]),
        amount=Decimal(item["open"]),
        digest=line["digest"],
    )
