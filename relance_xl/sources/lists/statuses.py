"""What a list says of how things stand with an invoice, and of what kind a row is."""

import re
from enum import StrEnum

from relance_xl.core.texts.typed import plain_title

_UNPAID = re.compile(r"(?:not|non|partially|partiellement|partly|in|un|to be|a)\b.*|partial|partiel|unpaid|impaye.*")
_PAID = re.compile(
    r"(?:totally |fully |entierement |totalement )?(?:paid|paye|payee|payes|regle|reglee|solde|soldee|acquitte|acquittee|cloture|cloturee|closed|encaisse|encaissee|in payment)(?: in full| integralement)?"
)
_VOID = re.compile(
    r"void|voided|annule|annulee|cancelled|canceled|cancel|abandonne|abandonnee|abandoned|deleted|supprimee?|reversed|extournee?|written off|uncollectible"
)
_DRAFT = re.compile(r"draft|brouillon|provisoire|proforma|pro forma|a valider|devis|quote|in draft")
_YES = frozenset(("1", "true", "vrai", "yes", "oui", "y", "o", "x"))
_YES_TITLES = frozenset(
    map(plain_title, ("facture payée", "payée", "payé", "réglée", "réglé", "soldée", "paid", "closed"))
)
#: Titles whose numbers are those of Dolibarr (llx_facture.fk_statut): draft, validated, paid, abandoned.
_NUMBERED_TITLES = frozenset(map(plain_title, ("statut facture", "état facture")))
_CREDIT = re.compile(
    r"avoirs?(?: client)?|note de credit|credit note|credit memo|customer credit|sales credit note|refund|remboursement"
    r"|facture d avoir|customer refund|out refund|credit|return"
)
_PAYMENT = re.compile(
    r"payment(?: entry| received)?|paiement|reglement(?: client)?|encaissement|virement|cheque|receipt|customer payment|"
    r"journal entry|overpayment|prepayment"
)
#: What Dolibarr writes for a credit note (llx_facture.type).
_DOLIBARR_CREDIT, _DOLIBARR_KINDS = "2", frozenset("012345")


class Standing(StrEnum):
    """How things stand with an invoice."""

    OPEN = ""
    PAID = "paid"
    VOID = "void"
    DRAFT = "draft"


class RowKind(StrEnum):
    """What a row is of."""

    INVOICE = ""
    CREDIT = "credit"
    PAYMENT = "payment"


def standing_of(title: str, text: str) -> Standing:
    """Return what a cell says of how things stand; `title`: its column's."""
    said, name = plain_title(text), plain_title(title)
    if not said or _UNPAID.fullmatch(said):
        return Standing.OPEN
    if name in _YES_TITLES and said in _YES:
        return Standing.PAID
    if name in _NUMBERED_TITLES and said.isdigit():
        return {"0": Standing.DRAFT, "2": Standing.PAID, "3": Standing.VOID}.get(said, Standing.OPEN)
    for standing, pattern in ((Standing.PAID, _PAID), (Standing.VOID, _VOID), (Standing.DRAFT, _DRAFT)):
        if pattern.fullmatch(said):
            return standing
    return Standing.OPEN


def kind_of(text: str, *, is_numbered: bool) -> RowKind:
    """Return what a cell says of a row's kind. `is_numbered`: the column holds Dolibarr's numbers."""
    said = plain_title(text)
    if (is_numbered and said == _DOLIBARR_CREDIT) or _CREDIT.fullmatch(said):
        return RowKind.CREDIT
    return RowKind.PAYMENT if _PAYMENT.fullmatch(said) else RowKind.INVOICE


def are_numbered(texts: frozenset[str]) -> bool:
    """Return whether a column of kinds holds Dolibarr's numbers and nothing else."""
    return bool(texts) and texts <= _DOLIBARR_KINDS
