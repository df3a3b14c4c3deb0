"""What people type and software exports: amounts, dates, ticks. Ambiguous is refused, never guessed."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

#: Blank characters that spreadsheets and French number formats put where a space is meant.
BLANKS = "\u00a0\u202f\u2009\u2007\u200b\ufeff\t\r\n"
# What neither XML (XML 1.0, 2.2) nor an email can hold, and nobody sees: pasted text and damaged lists bring it.
# Of these, what ends a line or sets apart stays a blank.
_CONTROLS: dict[int, str | None] = {
    **dict.fromkeys([*range(0x09), *range(0x0E, 0x20), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF]),
    **dict.fromkeys([0x0B, 0x0C, *range(0x1C, 0x1F)], "\n"),
    0x1F: " ",
}
_SPACES = _CONTROLS | dict.fromkeys(map(ord, "\v\f\x1c\x1d\x1e" + BLANKS), " ")
# What an amount is made of once its sign and currency are off: only such texts prove a file's decimal mark.
_DIGITS_AND_MARKS = re.compile(r"[0-9][0-9 .,'’]*")
# Amounts as most are written: digits with single marks between them, nothing to take off.
_BARE_AMOUNT = re.compile(r"[0-9]+(?:[ .,'’][0-9]+)*")
_ASCII_WORDS = re.compile(r"[0-9A-Za-z]+")
_MINUS = dict.fromkeys(map(ord, "\u2212\u2012\u2013"), "-")
_CURRENCY = r"(?:€|EUR|£GB|£|GBP|\$US|US\$|\$|USD|CHF)"
_CURRENCY_SIGNS = re.compile(rf"^{_CURRENCY}|{_CURRENCY}$", re.IGNORECASE)


#: More digits before the decimal mark than any amount of money has: a slip, or an attack on arithmetic.
MAX_DIGITS = 15


class TypedFault(StrEnum):
    """Why a typed text cannot be read."""

    NOT_AN_AMOUNT = "not_an_amount"
    AMBIGUOUS_AMOUNT = "ambiguous_amount"
    NOT_A_DATE = "not_a_date"
    NOT_A_TICK = "not_a_tick"


class UnreadableError(ValueError):
    """A typed text that has no certain meaning."""

    def __init__(self, fault: TypedFault, text: str) -> None:
        super().__init__(f"{fault}: {text!r}")
        self.fault = fault
        self.text = text


class Tick(StrEnum):
    """A tick cell: yes, an explicit no (left out of a tick-all), or left blank."""

    YES = "yes"
    NO = "no"
    BLANK = ""


YES_WORDS = ("x", "oui", "o", "yes", "y", "1", "✓", "✔", "☑", "vrai", "true")
NO_WORDS = ("non", "no", "n", "0", "✗", "✘", "faux", "false")


def legible(text: str) -> str:
    """Return the text without control characters and halves of characters; its lines stay lines."""
    return text if text.isascii() and text.isprintable() else text.translate(_CONTROLS)


def plain(text: str) -> str:
    """Return the text with every kind of blank as a space, none around it, and no control characters."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(text.translate(_SPACES).split())


@lru_cache(maxsize=1 << 15)
def plain_title(title: str) -> str:
    """Return a title without case, accents, punctuation or superfluous blanks; `N°` is `no`."""
    if title.isascii():
        return " ".join(_ASCII_WORDS.findall(title)).lower()
    decomposed = unicodedata.normalize("NFKD", title.replace("°", "o").replace("º", "o"))
    letters = "".join(char if char.isalnum() else " " for char in decomposed if not unicodedata.combining(char))
    return " ".join(letters.casefold().split())


def sort_name(name: str) -> str:
    """Return a name as people look for it in a list: without accents, capitals like small letters."""
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


@lru_cache(maxsize=1024)
def read_tick(text: str) -> Tick:
    """Read a tick as people type it. Raises UnreadableError for what is neither yes nor no."""
    word = plain(text).casefold()
    if not word:
        return Tick.BLANK
    if word in YES_WORDS:
        return Tick.YES
    if word in NO_WORDS:
        return Tick.NO
    raise UnreadableError(TypedFault.NOT_A_TICK, text)


def _unsigned(text: str) -> tuple[str, bool]:
    """Split a typed amount into its unsigned digits and whether it is negative (-1, 1-, (1))."""
    if _BARE_AMOUNT.fullmatch(text):
        return text, False
    body = plain(text).translate(_MINUS)
    negative = False
    if body.startswith("(") and body.endswith(")"):
        body, negative = body[1:-1].strip(), True
    body = _CURRENCY_SIGNS.sub("", body).strip()
    if body.startswith(("-", "+")):
        body, negative = body[1:].strip(), negative or body.startswith("-")
    elif body.endswith("-"):
        body, negative = body[:-1].strip(), True
    return _CURRENCY_SIGNS.sub("", body).strip(), negative


def _certain_mark(digits: str) -> str | None:
    """Return the decimal mark that this text alone proves, or None where it proves none."""
    dots, commas = digits.count("."), digits.count(",")
    if dots and commas:
        return "." if digits.rindex(".") > digits.rindex(",") else ","
    mark = "." if dots else ","
    if dots + commas != 1:
        return None
    whole, decimals = digits.split(mark)
    thousands = len(decimals) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    return None if thousands else mark


def holds_amount(text: str) -> bool:
    """Whether a text is made of what amounts are made of, readable or not."""
    return _DIGITS_AND_MARKS.fullmatch(_unsigned(text)[0]) is not None


def decimal_mark_of(texts: Iterable[str]) -> str | None:
    """Return the decimal mark used through a whole file, where its amounts prove exactly one."""
    unsigned = (_unsigned(text)[0] for text in texts)
    marks = {_certain_mark(digits) for digits in unsigned if _DIGITS_AND_MARKS.fullmatch(digits)} - {None}
    return marks.pop() if len(marks) == 1 else None


def _mark_of_doubtful(digits: str, decimal_mark: str | None) -> str | None:
    """Return the decimal mark of a text that proves none itself; None where `1.234` stays ambiguous."""
    marks = re.findall(r"[.,]", digits)
    if not marks:
        return decimal_mark or "."
    # Two or more marks of one kind can only be thousands. A single one is, where the file's mark is the other;
    # where it is the file's own, money with three decimals is as unlikely as a slip: ask.
    if len(marks) > 1 or marks[0] != (decimal_mark or marks[0]):
        return "," if marks[0] == "." else "."
    return None


# Thousands by the decimal mark beside which they stand.
_GROUPED = {
    mark: re.compile(rf"\d{{1,3}}(?P<mark>[ '’{other}])\d{{3}}(?:(?P=mark)\d{{3}})*")
    for mark, other in ((",", r"\."), (".", ","))
}
_DIGITS, _NO_DIGIT = re.compile(r"\d+"), re.compile(r"\D")


def _grouped_digits(whole: str, decimal_mark: str) -> str | None:
    """Return digits without their thousands separators, or None where the groups are not of three."""
    if _DIGITS.fullmatch(whole):
        return whole
    return _NO_DIGIT.sub("", whole) if _GROUPED[decimal_mark].fullmatch(whole) else None


def read_amount(text: str, decimal_mark: str | None = None) -> Decimal:
    """Read an amount: `1 234,56`, `1.234,56`, `1,234.56`, `-12,5`, `(12,50)`, `1'234.50`, `12,50 €`.

    `decimal_mark` is the file's own mark where known; without it `1.234` is ambiguous. Raises UnreadableError.
    """
    digits, negative = _unsigned(text)
    mark = _certain_mark(digits)
    if mark is None:
        mark = _mark_of_doubtful(digits, decimal_mark)
        if mark is None:
            raise UnreadableError(TypedFault.AMBIGUOUS_AMOUNT, text)
    whole, _, decimals = digits.partition(mark)
    grouped = _grouped_digits(whole, mark)
    if (
        grouped is None
        or len(grouped) > MAX_DIGITS
        or not (grouped + decimals).isascii()
        or not (grouped + decimals).isdigit()
    ):
        raise UnreadableError(TypedFault.NOT_AN_AMOUNT, text)
    amount = Decimal(f"{grouped}.{decimals or '0'}")
    return -amount if negative else amount


_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})([/.\- ])(\d{1,2})\2(\d{4}|\d{2})(?: 00:00(?::00)?)?")


@lru_cache(maxsize=4096)
def read_date(text: str) -> date:
    """Read a date, ISO or day first: `2026-11-24`, `24/11/2026`, `24.11.26`. Raises UnreadableError."""
    body = plain(text)
    if match := _ISO_DATE.fullmatch(body):
        year, month, day = (int(part) for part in match.groups())
    elif match := _DAY_FIRST.fullmatch(body):
        day, month, year = int(match[1]), int(match[3]), int(match[4])
        year += 2000 if len(match[4]) == 2 else 0
    else:
        raise UnreadableError(TypedFault.NOT_A_DATE, text)
    # A year outside a working life is a typing slip (0206, 2206), not a date to act on.
    if not 1980 <= year <= 2100:
        raise UnreadableError(TypedFault.NOT_A_DATE, text)
    try:
        return date(year, month, day)
    except ValueError as error:
        raise UnreadableError(TypedFault.NOT_A_DATE, text) from error


def is_same_code(one: str, two: str) -> bool:
    """Whether two texts are one customer's code: spreadsheets take the zeros before a number away."""
    return plain_title(one).lstrip("0") == plain_title(two).lstrip("0")


def is_same_number(one: str, two: str) -> bool:
    """Whether two texts are one invoice's number: spreadsheets take the zeros before a number away."""
    return without_zeros(one) == without_zeros(two)


def without_zeros(number: str) -> str:
    """Return what all texts that are one invoice's number have in common."""
    return number.lstrip("0") or "0" if number.isdecimal() else number
