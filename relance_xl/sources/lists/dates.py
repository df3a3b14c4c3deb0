"""Days as lists write them: with the time of day, with the month in words, without marks, month first where that is proved."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from relance_xl.core.texts.typed import TypedFault, UnreadableError, plain, plain_title

_TIME = r"(?:[T ,]+\d{1,2}[:h]\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?(?:Z| ?UTC| ?(?:GMT)?[+-]\d{2}:?\d{2})?)?"
_ISO = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}")
_MARKED = re.compile(rf"(?:[^\W\d_]{{2,9}}\.?,? )?(\d{{1,2}})([/.\- ])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}")
_WORDED = re.compile(
    rf"(?:[^\W\d]+\.?,? )?(\d{{1,2}})(?:er|st|nd|rd|th)?[ .\-]+([^\W\d_]+)\.?[ ,.\-]+(\d{{4}}|\d{{2}}){_TIME}"
)
_WORD_FIRST = re.compile(rf"(?:[^\W\d]+, )?([^\W\d_]+)\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){_TIME}")
_SERIAL = re.compile(r"\d{5}")
_COMPACT = re.compile(r"\d{6}|\d{8}")
_MONTHS = {
    "january": 1, "janvier": 1, "february": 2, "fevrier": 2, "march": 3, "mars": 3, "april": 4, "avril": 4, "may": 5,
    "mai": 5, "june": 6, "juin": 6, "july": 7, "juillet": 7, "august": 8, "aout": 8, "september": 9, "septembre": 9,
    "october": 10, "octobre": 10, "november": 11, "novembre": 11, "december": 12, "decembre": 12,
}  # fmt: skip
# Fewer letters are no month: `ma` may be March or May.
_FEWEST_LETTERS = 3
# A year outside a working life is a slip (0206, 2206), not a date to act on.
_FIRST_YEAR, _LAST_YEAR = 1980, 2100
# Days as spreadsheets count them, from 30 December 1899: of these years (2010 to 2049).
_FIRST_SERIAL, _LAST_SERIAL, _DAY_ZERO = 40179, 54788, date(1899, 12, 30)
# YYYYMMDD as a number is less.
_BEYOND_DAYS = 10**8
_CENTURY, _MONTHS_A_YEAR = 2000, 12


class Order(StrEnum):
    """Which of two numbers is the day."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


class Compact(StrEnum):
    """What the digits of a day without marks are."""

    NONE = ""
    DAY_FIRST = "ddmmyy"
    YEAR_FIRST = "yymmdd"
    LONG_DAY_FIRST = "ddmmyyyy"
    LONG_YEAR_FIRST = "yyyymmdd"


@dataclass(frozen=True, slots=True)
class DateForm:
    """How the days of a list are written."""

    order: Order = Order.DAY_FIRST
    compact: Compact = Compact.NONE
    has_serials: bool = True
    is_year_first: bool = False

    def of_number(self, number: float) -> date | None:
        """Return the day that a spreadsheet's number stands for; None for a number that is none."""
        if self.has_serials:
            return serial_day(number)
        is_day = bool(self.compact) and 0 <= number < _BEYOND_DAYS
        return _digits(as_figures(int(number)), self.compact) if is_day else None

    def read(self, text: str) -> date:
        """Read a day. Raises UnreadableError."""
        body = plain(text)
        found = _exact(body) or self._marked(body) or self._compact(body)
        if found is None and _SERIAL.fullmatch(body):
            found = serial_day(int(body))
        if found is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            raise UnreadableError(TypedFault.NOT_A_DATE, text)
        return found

    def _marked(self, body: str) -> date | None:
        match = _MARKED.fullmatch(body)
        if match is None:
            return None
        if self.is_year_first:
            return _day(_year(match[1]), int(match[3]), int(match[4]))
        first, second, year = int(match[1]), int(match[3]), _year(match[4])
        day, month = (first, second) if self.order is Order.DAY_FIRST else (second, first)
        found = _day(year, month, day)
        if len(match[4]) == len("yy") and not (found and _is_plausible(found)):
            # `26/10/01`: the year stands first.
            return None
        return found

    def _compact(self, body: str) -> date | None:
        return _digits(body, self.compact) if self.compact and _COMPACT.fullmatch(body) else None


def ordered_pair(text: str) -> tuple[int, int] | None:
    """Return the two numbers of which one is the day and one the month; None for a text that has no such two."""
    match = _MARKED.fullmatch(plain(text))
    return (int(match[1]), int(match[3])) if match else None


def is_other_time(text: str) -> bool:
    """Return whether a day with a year of two figures, read as standing last, is of another time."""
    match = _MARKED.fullmatch(plain(text))
    return match is not None and len(match[4]) == len("yy") and not _is_plausible(date(_year(match[4]), 1, 1))


def may_begin_with_year(text: str) -> bool:
    """Return whether a text may be a day whose year of two figures stands first."""
    match = _MARKED.fullmatch(plain(text))
    if match is None or len(match[4]) != len("yy"):
        return False
    return _is_plausible(_day(_year(match[1]), int(match[3]), int(match[4])))


def compact_of(texts: Iterable[str]) -> Compact:
    """Return what digits without marks are: what all of them can be, and no other; NONE where that proves nothing."""
    found = [text for text in map(plain, texts) if _COMPACT.fullmatch(text)]
    if not found:
        return Compact.NONE
    fitting = [form for form in Compact if form and all(_is_plausible(_digits(text, form)) for text in found)]
    return fitting[0] if len(fitting) == 1 else Compact.NONE


def as_figures(number: int) -> str:
    """Return the figures of a day that a spreadsheet took for a number, with the zero that it lost."""
    return f"{number:06}" if number < 10**6 else f"{number:08}"


def serial_day(number: float) -> date | None:
    """Return the day that a spreadsheet counts so; None for a number that is none."""
    return _DAY_ZERO + timedelta(days=int(number)) if _FIRST_SERIAL <= number < _LAST_SERIAL else None


def proved_order(pairs: Sequence[tuple[int, int]]) -> frozenset[Order]:
    """Return the orders in which all pairs are days; one alone is proved."""
    orders = set()
    if all(second <= _MONTHS_A_YEAR for _first, second in pairs):
        orders.add(Order.DAY_FIRST)
    if all(first <= _MONTHS_A_YEAR for first, _second in pairs):
        orders.add(Order.MONTH_FIRST)
    return frozenset(orders)


def _exact(body: str) -> date | None:
    """Return a day that is written in one sense only."""
    if match := _ISO.fullmatch(body):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _WORDED.fullmatch(body):
        return _day(_year(match[3]), _month(match[2]), int(match[1]))
    if match := _WORD_FIRST.fullmatch(body):
        return _day(int(match[3]), _month(match[1]), int(match[2]))
    return None


def _month(word: str) -> int:
    name = plain_title(word)
    fitting = (
        {month for full, month in _MONTHS.items() if full.startswith(name)} if len(name) >= _FEWEST_LETTERS else set()
    )
    # `juil` is July, `jui` may be June.
    return fitting.pop() if len(fitting) == 1 else 0


def _digits(text: str, form: Compact) -> date | None:
    if len(text) != len(form):
        return None
    parts = {
        mark: int("".join(digit for digit, place in zip(text, form, strict=True) if place == mark)) for mark in "ymd"
    }
    year = parts["y"] + (_CENTURY if form.count("y") == len("yy") else 0)
    return _day(year, parts["m"], parts["d"])


def _is_plausible(day: date | None) -> bool:
    return day is not None and _CENTURY + 10 <= day.year <= _CENTURY + 50


def _year(text: str) -> int:
    return int(text) + (_CENTURY if len(text) == len("yy") else 0)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
