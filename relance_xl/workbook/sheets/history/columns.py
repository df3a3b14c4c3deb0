"""Columns of the history sheet that were deleted and came back: filled again from what the journal knows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from relance_xl.core.channel import Channel
from relance_xl.core.delivery_line import DeliveryLine
from relance_xl.core.reminder import DeliveryKey, ReminderKey
from relance_xl.runtime.language import in_every_language
from relance_xl.workbook.ooxml.cells import Content, Text, Value, serial_of, value_text
from relance_xl.workbook.sheets.header import FoundList, find_list
from relance_xl.workbook.sheets.history.sheet import (
    CHANNEL_TITLES,
    LEDGER,
    RANK_FIELDS,
    next_rank,
    row_contents,
)
from relance_xl.workbook.spreadsheet.spreadsheet import Spreadsheet

_CHANNELS = {
    text.casefold(): Channel(name) for name, title in CHANNEL_TITLES.items() for text in in_every_language(title)
}
_READ = ("key", "batch", "day", "number", "customer_code", "ordinal", "channel")


@dataclass(frozen=True, slots=True)
class _Identity:
    """What a row's delivery is told by; a part whose column is gone is None."""

    key: DeliveryKey | None
    batch: str | None
    day: int | None


def fill_columns(
    spreadsheet: Spreadsheet, fields: frozenset[str], rows: Iterable[DeliveryLine], labels: Mapping[str, str]
) -> None:
    """Fill columns in the rows that are there: each from the journal's row of its key and batch, as far as these show.

    A row that the journal does not know is given its key, so that its reminder is held, and its place for the cards.
    """
    found = find_list(spreadsheet, LEDGER)
    if found is None or not fields:
        return
    known: dict[_Identity, list[DeliveryLine]] = defaultdict(list)
    for row in rows:
        known[_known_by(row, fields, spreadsheet.is_1904)].append(row)
    ranks: Counter[str] = Counter()
    for number, values in _rows(found):
        identity = _identity(values, fields)
        if identity.key is None:
            continue
        candidates = known.get(identity, [])
        contents = (
            row_contents(candidates[0], ranks, labels) if len(candidates) == 1 else _bare(identity.key, values, ranks)
        )
        for field in fields & contents.keys():
            found.sheet.put(number, found.layout.columns[field], contents[field])


def _known_by(line: DeliveryLine, fields: frozenset[str], is_1904: bool) -> _Identity:
    if "batch" not in fields:
        return _Identity(line.key, line.batch, None)
    return _Identity(line.key, None, serial_of(line.day, is_1904) if line.day else None)


def _rows(found: FoundList) -> Iterator[tuple[int, Mapping[str, Value]]]:
    rows = list(found.sheet.scan(found.layout.scanned(_READ)))
    return (
        (row.number, dict(zip(_READ, row.values, strict=True))) for row in rows if row.number >= found.layout.first_row
    )


def _identity(values: Mapping[str, Value], fields: frozenset[str]) -> _Identity:
    day = values["day"]
    return _Identity(
        _shown_key(values) if "key" in fields else _key(value_text(values["key"])),
        None if "batch" in fields else value_text(values["batch"]),
        int(day) if "batch" in fields and isinstance(day, Decimal) else None,
    )


def _key(text: str) -> DeliveryKey | None:
    try:
        return DeliveryKey.parse(text)
    except ValueError:
        return None


def _shown_key(values: Mapping[str, Value]) -> DeliveryKey | None:
    """Return the key of a row by its invoice, ordinal and channel."""
    number, ordinal = value_text(values["number"]), value_text(values["ordinal"])
    channel = _CHANNELS.get(value_text(values["channel"]).casefold())
    if not number or channel is None or not ordinal.isdecimal():
        return None
    return DeliveryKey(ReminderKey(number, int(ordinal)), channel)


def _bare(key: DeliveryKey, values: Mapping[str, Value], ranks: Counter[str]) -> dict[str, Content]:
    names = dict(zip(RANK_FIELDS, (value_text(values["customer_code"]), key.reminder.invoice), strict=True))
    contents: dict[str, Content] = {field: Text(next_rank(ranks, field, name)) for field, name in names.items()}
    return contents | {"key": Text(str(key)), "number": Text(key.reminder.invoice)}
