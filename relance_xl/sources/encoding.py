"""The letters of a list: which encoding it is in, and whether they were garbled before it came here."""

import codecs
import re

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


class MixedEncodingError(ValueError):
    """A text that is UTF-8 but for a few bytes, the first of them in `line`; `at_end`: it only ends within a letter."""

    def __init__(self, line: int, at_end: bool) -> None:
        super().__init__(f"line {line}")
        self.line = line
        self.at_end = at_end


def decoded(data: bytes, encoding: str = "") -> str:
    """Return a list's text, in a given encoding, or one that is found out.

    Raises UnicodeDecodeError where the encoding does not fit, or none does; MixedEncodingError.
    """
    if encoding:
        return data.decode(encoding)
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _utf_8(data.decode("utf-8-sig", "surrogateescape")) if mark == codecs.BOM_UTF8 else data.decode(name)
    text = data.decode("utf-8", "surrogateescape")
    strays = len(_STRAY_BYTE.findall(text))
    if strays and strays >= len(_BEYOND_ASCII.findall(text)):
        # What Excel and most French accounting software write on Windows. Bytes it leaves undefined are refused.
        return data.decode("cp1252")
    return _utf_8(text)


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
