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
    """Return the journal's whole lines that count. Raises ValueError for one that is damaged."""
    data = path.read_bytes() if path.exists() else b""
    lines = data[: data.rfind(b"\n") + 1].decode().split("\n")[:-1]
    return _counting([_object(line) for line in lines if not line.endswith(" (torn)")])


def _counting(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what a run wrote that another one had taken over from, but for the end of what it began."""
    counting: list[dict[str, Any]] = []
    begun: dict[str, tuple[str, int]] = {}
    owner, epoch, last = "", 0, ""
    for line in lines:
        writer = line.get("owner", ""), line.get("epoch", 0)
        opens = line["kind"] == "opened" and writer[1] == epoch + 1
        counts = line.get("prev", last) == last and (opens or writer == (owner, epoch))
        if counts:
            (owner, epoch), last = writer, line["crc"]
        elif writer[1] > epoch + 1:
            raise ValueError(f"out of turn: {line}")
        if line["kind"] == "begun" and counts:
            begun[line["id"]] = writer
        if line["kind"] == "settled" and (counts or begun.get(line["id"]) == writer):
            # That its fate is unknown is no end: whoever began it may still tell.
            if line["outcome"] != "unknown":
                begun.pop(line["id"], None)
            counts = True
        if counts:
            counting.append(line)
    return counting


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
