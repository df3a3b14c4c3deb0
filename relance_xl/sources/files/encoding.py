"""The letters of a list: which encoding it is in, and whether they were garbled before it came here."""

import codecs
import re
from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LINE_END = re.compile(r"\r\n|\r|\n")
_STRAY_BYTE, _BEYOND_ASCII = re.compile("[\udc80-\udcff]"), re.compile("[^\x00-\x7f\udc80-\udcff]")

# What the second byte of a letter in UTF-8 looks like, where each byte was taken for a letter of its own.
_SECOND_BYTE = re.escape(
    bytes(range(0x80, 0xC0)).decode("latin-1") + bytes(range(0x80, 0xC0)).decode("cp1252", "ignore")
)
_GARBLED = re.compile(
    # é, è, É, ç; ° and blanks; œ; the euro sign, quotes and dashes: read as Windows-1252 when they were UTF-8.
    rf"Ã[{_SECOND_BYTE}]|Â[\xa0-\xbf]|Å“|â‚¬|â€"
    # é, ê and ç of old MS-DOS programs, read as Windows-1252: these marks follow no letter.
    r"|[^\W\d_][‚ˆ]|[^\W\d_]‡[^\W\d_]"
)


# What old programs on Windows, MS-DOS and Macintosh write.
_USUAL, _LATIN_9 = "cp1252", "iso8859_15"
# How much of a large file is looked at at once (bytes), and how many lines with letters beyond ASCII tell its encoding.
_PIECE, _TELLING_LINES = 1 << 20, 10_000
_OF_ONE_BYTE = (_USUAL, _LATIN_9, "cp850", "mac_roman")
# Of so many letters one may be odd.
_RARE = 10
_FOREIGN = re.compile("[^\x00-\x7f]")
# How often French has them, roughly.
_FRENCH_SMALL = {"é": 10, "è": 4, "à": 4, "ê": 3, "ç": 3, **dict.fromkeys("âîôûëïùœ", 1)}
_FRENCH_CAPITALS = {"É": 5, "È": 2, "À": 2, "Ê": 1, "Ç": 1, **dict.fromkeys("ÂÎÔŒ", 1)}
_NEVER_FIRST, _ONLY_LAST = frozenset("èëïùû"), frozenset("àù")
_BEFORE_A = frozenset("lj")
# One encoding makes sense for certain if it makes so much more than the next.
_CERTAIN = 2
_FRENCH_MARKS = frozenset("°«»’€§–—…\u00a0")


class AmbiguousEncodingError(ValueError):
    """A text that makes as much sense in several encodings."""

    def __init__(self, encodings: tuple[str, ...]) -> None:
        super().__init__(", ".join(encodings))
        self.encodings = encodings


class MixedEncodingError(ValueError):
    """A text that is UTF-8 but for a few bytes, the first of them in `line`; `at_end`: it only ends within a letter."""

    def __init__(self, line: int, at_end: bool) -> None:
        super().__init__(f"line {line}")
        self.line = line
        self.at_end = at_end


def decoded(data: bytes, encoding: str = "") -> str:
    """Return a list's text, in a given encoding, or one that is found out.

    Raises UnicodeDecodeError where the encoding does not fit, or none does; AmbiguousEncodingError, MixedEncodingError.
    """
    if encoding:
        return data.decode(encoding)
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _utf_8(data.decode("utf-8-sig", "surrogateescape")) if mark == codecs.BOM_UTF8 else data.decode(name)
    text = data.decode("utf-8", "surrogateescape")
    strays = len(_STRAY_BYTE.findall(text))
    if strays and strays >= len(_BEYOND_ASCII.findall(text)):
        return data.decode(_likely_encoding(data))
    return _utf_8(text)


def encoding_of(path: Path) -> str:
    """Return the encoding of a file of any size, of which a piece at a time is looked at.

    Raises OSError, UnicodeDecodeError, AmbiguousEncodingError.
    """
    with path.open("rb") as file:
        head = file.read(len(codecs.BOM_UTF8))
        for mark, name in _BYTE_ORDER_MARKS:
            if head.startswith(mark):
                return name
        file.seek(0)
        if _is_utf_8(file):
            return "utf-8"
        file.seek(0)
        telling = (line for line in file if not line.isascii())
        return _likely_encoding(b"".join(islice(telling, _TELLING_LINES)))


def _is_utf_8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(_PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _likely_encoding(data: bytes) -> str:
    """Return in which of the encodings of one byte a letter a text makes most sense.

    Raises UnicodeDecodeError where it makes some in none, AmbiguousEncodingError where as much in two.
    """
    senses = {name: sense for name in _OF_ONE_BYTE if (sense := _senses_of(data, name)) is not None}
    scores = {name: sum(sense) for name, sense in senses.items() if _makes_sense(sense)}
    best = max(scores.values(), default=0)
    if _USUAL in scores and _LATIN_9 in scores and min(senses[_USUAL]) < 0 < min(senses[_LATIN_9]):
        # Of these two only one has œ and € there.
        return _LATIN_9
    # What Excel and most French accounting software write on Windows, unless only another makes sense.
    if _USUAL in scores or best <= 0:
        data.decode(_USUAL)
        return _USUAL
    likely = [name for name, score in scores.items() if score * _CERTAIN > best]
    if len(likely) > 1:
        raise AmbiguousEncodingError(tuple(likely))
    return likely[0]


def _makes_sense(sense: Sequence[int]) -> bool:
    """Return whether next to no letter is odd where it stands."""
    return _RARE * sum(one < 0 for one in sense) <= sum(one > 0 for one in sense)


def _senses_of(data: bytes, encoding: str) -> list[int] | None:
    """Return how likely a text's letters beyond ASCII are in French where they stand; None: it is no such text."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return list(map(partial(_sense_at, text), _FOREIGN.finditer(text)))


def _sense_at(text: str, match: re.Match[str]) -> int:
    """Return how likely a letter is where it stands: more than 0 for one that French has there."""
    letter = match[0]
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    begins, ends = not before.isalpha(), not after.isalpha()
    if letter in _FRENCH_SMALL:
        # No small letter stands before a capital, few begin a word, some only end one, and only à is one.
        is_odd = after.isupper() or (letter in _ONLY_LAST and not ends) or (letter in _NEVER_FIRST and begins)
        # Voilà, déjà, là.
        is_odd |= letter == "à" and not begins and before.lower() not in _BEFORE_A
        return -2 if is_odd or (begins and ends and letter != "à") else _FRENCH_SMALL[letter]
    if letter in _FRENCH_CAPITALS:
        return -2 if before.islower() else _FRENCH_CAPITALS[letter]
    if letter in _FRENCH_MARKS and (begins or ends or letter == "’"):
        return -1 if letter == "…" and before.isspace() else 1
    return -1 if begins and ends else -2


def _utf_8(text: str) -> str:
    stray = _STRAY_BYTE.search(text)
    if stray is None:
        return text
    line = 1 + len(_LINE_END.findall(text, 0, stray.start()))
    at_end = not text[stray.start() :].strip("".join(map(chr, range(0xDC80, 0xDD00))))
    raise MixedEncodingError(line, at_end)


def garbled_part(text: str) -> str:
    """Return the letters of a text that plainly stand for others, as Ã© for é; empty where there are none."""
    # Nearly all texts have none: a pattern takes ten times as long.
    if text.isascii():
        return ""
    found = _GARBLED.search(text)
    return found[0] if found else ""
