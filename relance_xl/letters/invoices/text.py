"""What an invoice's PDF says, to tell whether it is another's: the numbers that stand in its text."""

import re
from collections.abc import Iterable, Mapping

#: A number shorter than this may be anything: a quantity, an article.
_SHORTEST = 4
_TOKEN = re.compile(r"[^\W_](?:[\w./#°-]*[^\W_])?")
# Digits alone are a postal code or a year, unless something says that they are an invoice's number.
_INVOICE_WORDS = frozenset(
    ("facture", "factures", "invoice", "rechnung", "factura", "fattura", "factuur", "avoir", "numéro", "numero", "n", "n°",
     "nº", "no", "number", "nr")
)  # fmt: skip


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
    return {_bare(number): number for number in numbers}


def others_named(text: str, own: str, listed: Mapping[str, str]) -> list[str]:
    """Return the invoices of a list that a text names, in order; none if it names its own.

    `listed`: as spelt_numbers gives it. Numbers that may be anything else are not taken for an invoice's.
    """
    if names_invoice(text, own):
        return []
    found: dict[str, None] = {}
    before = ""
    for match in _TOKEN.finditer(text):
        token = _bare(match[0])
        if token in listed and len(token) >= _SHORTEST and (before in _INVOICE_WORDS or not token.isdigit()):
            found[listed[token]] = None
        before = match[0].casefold()
    return list(found)


def names_invoice(text: str, number: str) -> bool:
    """Whether an invoice's number stands in a text, with whatever blanks and dashes."""
    return _spelt_anyhow(number).search(text) is not None


def _spelt_anyhow(number: str) -> re.Pattern[str]:
    """Return what finds a number that stands by itself, with other blanks, dashes and zeros before digits."""
    runs = re.findall(r"\d+|[^\W\d_]+", number)
    spelt = [f"0*{run.lstrip('0')}" if run.isdigit() else re.escape(run) for run in runs]
    between = r"[\W_]{0,3}"
    body = between.join(spelt) or re.escape(number)
    return re.compile(rf"(?<![^\W_]){body}(?![^\W_])" if spelt else body, re.IGNORECASE)


def _bare(text: str) -> str:
    """Return letters and digits, without zeros before a number: accounts and print write them differently."""
    bare = "".join(char for char in text.casefold() if char.isalnum())
    return re.sub(r"(?<!\d)0+(?=\d)", "", bare)
