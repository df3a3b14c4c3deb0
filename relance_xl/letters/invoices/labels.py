"""What the words before a number say that it is: an invoice's, something else's, or nothing."""

import re
import unicodedata
from enum import Enum, auto

#: How far before a number its words may stand (characters).
_REACH = 90
_PIECE = re.compile(r"[^\W\d_]+|[°º#\n]|\d[\d.,/-]*")

_INVOICE = frozenset(
    ("facture", "invoice", "rechnung", "rechnungs", "rechnungsnummer", "rechnungsnr", "factura", "fattura", "factuur",
     "factuurnummer", "avoir", "gutschrift")
)  # fmt: skip
#: Of several invoices: what follows is listed, and no title.
_INVOICES = frozenset(("factures", "invoices", "rechnungen", "facturas", "fatture", "facturen", "avoirs"))
_NUMBER = frozenset(("numero", "numeros", "n", "no", "nos", "number", "nr", "num", "nummer", "°", "º", "#"))
_AMOUNTS = frozenset(("total", "ttc", "ht", "montant", "net", "amount", "balance", "betrag", "summe", "gesamtbetrag"))
# A number right behind one of these is that thing's own.
_OTHER_THINGS = _AMOUNTS | frozenset(
    ("client", "clients", "commande", "compte", "code", "dossier", "devis", "contrat", "siret", "siren", "tva", "tel",
     "telephone", "article", "page", "bon", "livraison", "cheque", "postal", "customer", "order", "account", "quote",
     "contract", "vat", "phone", "kunde", "kunden", "kundennummer", "auftrag", "bestellung", "konto")
)  # fmt: skip
# Right before the word for an invoice these speak of another one than the paper itself; the others do so behind it.
_REFERRING = frozenset(
    ("sur", "la", "acompte", "solde", "annule", "remplace", "reglement", "selon", "voir", "avoir", "avoirs", "on", "for",
     "of", "the", "previous", "original", "cancels", "replaces", "see", "against", "zu", "zur", "auf", "der")
)  # fmt: skip
_REFERRING_BEHIND = frozenset(("precedente", "initiale", "origine", "annulee", "remplacee", "sur", "liee"))


class Label(Enum):
    """What the words before a number say of it.

    TITLE: that it is the paper's own; INVOICE: an invoice's; NUMBER: only that it is a number; OTHER: another thing's.
    """

    TITLE = auto()
    INVOICE = auto()
    NUMBER = auto()
    OTHER = auto()
    NOTHING = auto()


def label_before(text: str, start: int) -> Label:
    """Return what the words before the number at `start` say of it."""
    pieces = _PIECE.findall(_plain(text[max(0, start - _REACH) : start]))
    while pieces and pieces[-1] == "\n":
        pieces.pop()
    is_on_another_line = "\n" in text[max(0, start - 2) : start]
    is_numbered = False
    while pieces and pieces[-1] in _NUMBER:
        pieces.pop()
        is_numbered = True
    line = _last_line(pieces)
    word = line[-1] if line else ""
    if word in _INVOICE or word in _INVOICES:
        return _of_invoice(line, len(line) - 1)
    if word in _OTHER_THINGS and not is_on_another_line:
        return Label.OTHER
    if not is_numbered:
        return Label.NOTHING
    places = [place for place, piece in enumerate(line) if piece in _INVOICE or piece in _INVOICES]
    return _of_invoice(line, places[-1]) if places else Label.NUMBER


def _of_invoice(line: list[str], place: int) -> Label:
    """Return what the word for an invoice says, by those before it and those between it and the number."""
    before, behind = _words_at_end(line[:place]), line[place + 1 :]
    if not _AMOUNTS.isdisjoint(before[-3:]):
        return Label.OTHER
    refers = not _REFERRING.isdisjoint(before[-1:]) or not _REFERRING_BEHIND.isdisjoint(behind)
    return Label.INVOICE if refers or line[place] in _INVOICES else Label.TITLE


def _words_at_end(pieces: list[str]) -> list[str]:
    """Return the last pieces up to the first that is a number."""
    ends = [place for place, piece in enumerate(pieces) if piece[0].isdigit()]
    return pieces[ends[-1] + 1 :] if ends else pieces


def _last_line(pieces: list[str]) -> list[str]:
    ends = [place for place, piece in enumerate(pieces) if piece == "\n"]
    return pieces[ends[-1] + 1 :] if ends else pieces


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.casefold().replace("\r", "\n"))
    return "".join(char for char in letters if not unicodedata.combining(char))
