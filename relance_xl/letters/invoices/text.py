"""What an invoice's PDF says, to tell whether it is another's: the numbers that stand in its text."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from relance_xl.letters.invoices.labels import Label, label_before

#: A number shorter than this may be anything, a quantity or an article, unless it is said to be an invoice's.
_SHORTEST = 4
#: A number may be printed in so many parts: FA 2026 0187.
_PARTS = 4
_TOKEN = re.compile(r"[^\W_](?:[\w./-]*[^\W_])?")
_AROUND = re.compile(r"[\w./-]*")
_RUNS = re.compile(r"\d+|[^\W\d_]+")
_OF_INVOICE = frozenset((Label.TITLE, Label.INVOICE))
# Digits on either side, with nothing but a mark between, belong to one date, one amount or a longer number.
_GOES_ON_BEFORE = re.compile(r"\d[.,/:-]\Z|[€$£] ?\Z")
_GOES_ON_BEHIND = re.compile(r"[.,/:-]\d|\s?(?:[€$£%]|eur\b|gbp\b|usd\b|chf\b)", re.IGNORECASE)
_DECIMALS = re.compile(r",\d|\.\d\d\b")


@dataclass(frozen=True, slots=True)
class _Naming:
    """A listed number that a text names: where, and what the words before it say of it."""

    number: str
    start: int
    label: Label


def invoice_text(data: bytes) -> str:
    """Return the text of all pages of a PDF; empty where it has none that can be read, as in a scan."""
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        pdf = PdfDocument(data)
        try:
            return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)
        finally:
            pdf.close()
    except PdfiumError:
        return ""


def spelt_numbers(numbers: Iterable[str]) -> dict[str, str]:
    """Return invoice numbers by their letters and digits alone, as `others_named` looks for them."""
    return {key: number for number in numbers for key in _keys(number)}


def others_named(text: str, own: str, listed: Mapping[str, str]) -> list[str]:
    """Return the invoices of a list that a text names instead of its own, in order; none if it names its own plainly.

    `listed`: as spelt_numbers gives it. Where the own number stands there in a way that may mean anything else, such as
    a bare 1250, the paper is what its title says. Numbers that may be anything else are not taken for an invoice's.
    """
    places = _own_places(text, own, listed)
    if places is None:
        return []
    others = [one for one in _named(text, listed) if _keys(one.number) != _keys(own)]
    if places:
        others = [one for one in others if one.label is Label.TITLE]
        if len({one.number for one in others}) > 1 and places[0] < others[0].start:
            # A list of earlier invoices, below a number that has no words.
            return []
    return list(dict.fromkeys(one.number for one in others))


def is_named(text: str, own: str, listed: Mapping[str, str]) -> bool:
    """Whether an invoice's number stands in a text as a number of its own: no part of a date, an amount or another's."""
    places = _own_places(text, own, listed)
    return places is None or bool(places)


def names_invoice(text: str, number: str) -> bool:
    """Whether an invoice's number stands in a text, with whatever blanks and dashes."""
    return _spelt_anyhow(number).search(text) is not None


def _own_places(text: str, own: str, listed: Mapping[str, str]) -> list[int] | None:
    """Return where the own number stands in a way that may mean anything else; None if it is named plainly."""
    is_clear = len(_bare(own)) >= _SHORTEST and not own.isdigit() and any(map(str.isalpha, own))
    loose: list[int] = []
    for match in _spelt_anyhow(own).finditer(text):
        if _is_part(text, match.start(), match.end(), own) or _is_of_longer(text, match, own, listed):
            continue
        label = label_before(text, match.start())
        if label is Label.OTHER and not is_clear:
            continue
        if is_clear or label is not Label.NOTHING:
            return None
        loose.append(match.start())
    return loose


def _is_part(text: str, start: int, end: int, number: str) -> bool:
    """Whether what looks like a number is a part of a date, of an amount or of a longer number."""
    if any(map(str.isalpha, number)):
        return _DECIMALS.match(text, end) is not None
    return bool(_GOES_ON_BEFORE.search(text[max(0, start - 2) : start]) or _GOES_ON_BEHIND.match(text, end))


def _is_of_longer(text: str, match: re.Match[str], own: str, listed: Mapping[str, str]) -> bool:
    """Whether the number stands within a longer one that is another invoice's: FA-12 in FA-12-2."""
    start = match.start()
    while start and _AROUND.fullmatch(text[start - 1]):
        start -= 1
    behind = _AROUND.match(text, match.end())
    whole = text[start : behind.end() if behind else match.end()].strip("./-_")
    other = next((listed[key] for key in _keys(whole) if key in listed), own)
    return _keys(other) != _keys(own)


def _named(text: str, listed: Mapping[str, str]) -> Iterator[_Naming]:
    """Yield the listed invoices that a text names, as far as it is sure that it names an invoice."""
    tokens = list(_TOKEN.finditer(text))
    for place, token in enumerate(tokens):
        found = _listed_at(text, tokens[place : place + _PARTS], listed)
        if found is None:
            continue
        number, is_whole = found
        label = label_before(text, token.start())
        if label in _OF_INVOICE or (is_whole and _says_itself(number, label)):
            yield _Naming(number, token.start(), label)


def _says_itself(number: str, label: Label) -> bool:
    """Whether a number that no word calls an invoice's can be nothing else."""
    bare = _bare(number)
    # Digits alone are a postal code or a year.
    return len(bare) >= _SHORTEST and (label is Label.NUMBER or not bare.isdigit())


def _listed_at(text: str, tokens: list[re.Match[str]], listed: Mapping[str, str]) -> tuple[str, bool] | None:
    """Return the listed number that begins at the first of some tokens, the longest, and whether it is that token alone."""
    found = None
    for end, token in enumerate(tokens):
        gap = text[tokens[end - 1].end() : token.start()] if end else ""
        if len(gap) > 3 or "\n" in gap or "\r" in gap:
            break
        start = tokens[0].start()
        keys = _keys(text[start : token.end()])
        for key in keys:
            number = listed.get(key)
            if number and _is_spelt_enough(keys, number) and not _is_part(text, start, token.end(), number):
                found = number, end == 0
    return found


def _is_spelt_enough(keys: tuple[str, str], number: str) -> bool:
    """Whether a short number is spelt in its own parts: 1/2 is a page, not the invoice 12."""
    return any(map(str.isdigit, number)) and (len(_bare(number)) >= _SHORTEST or keys[1] == _keys(number)[1])


def _spelt_anyhow(number: str) -> re.Pattern[str]:
    """Return what finds a number that stands by itself, with other blanks, dashes and zeros before digits."""
    runs = _RUNS.findall(number)
    spelt = [f"0*{run.lstrip('0') or '0'}" if run.isdigit() else re.escape(run) for run in runs]
    between = r"[\W_]{0,3}"
    body = between.join(spelt) or re.escape(number)
    return re.compile(rf"(?<![^\W_]){body}(?![^\W_])" if spelt else body, re.IGNORECASE)


def _keys(text: str) -> tuple[str, str]:
    """Return the two ways by which a number is known again: its letters and digits run together, and its parts."""
    return _bare(text), "-".join(run.lstrip("0") or "0" for run in _RUNS.findall(text.casefold()))


def _bare(text: str) -> str:
    """Return letters and digits, without zeros before a number: accounts and print write them differently."""
    bare = "".join(char for char in text.casefold() if char.isalnum())
    return re.sub(r"(?<!\d)0+(?=\d)", "", bare)
