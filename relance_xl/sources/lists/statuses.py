"""What a list says of how things stand with an invoice, and of what kind a row is."""

import re
from enum import StrEnum

from relance_xl.core.texts.typed import plain_title

_UNPAID = re.compile(r"(?:not|non|partially|partiellement|partly|in|un|to be)\b.*|partial|partiel|unpaid|impaye.*")
_PAID = re.compile(
    r"(?:facture |invoice )?(?:totally |fully |entierement |totalement )?(?:paid|paye|payee|payes|regle|reglee|solde|soldee|acquitte|acquittee|cloture|cloturee|closed|encaisse|encaissee|in payment)(?!.*\bparti).*"
)
_VOID = re.compile(
    r"(?!non\b|not\b).*\b(?:void|voided|annul\w*|cancell?\w*|abandon\w*|deleted|supprime\w*|reversed|extourne\w*|written off|uncollectible|refunded|remboursee?|perte|irrecouvrable)\b.*"
)
_DRAFT = re.compile(r".*\b(?:draft|brouillon|provisoire|proforma|pro forma|a valider|devis|quote)\b.*")
_VOID_TITLES = frozenset(map(plain_title, ("annulée", "annulé", "cancelled", "canceled", "void")))
_YES = frozenset(("1", "true", "vrai", "yes", "oui", "y", "o", "x"))
_YES_TITLES = frozenset(
    map(plain_title, ("facture payée", "payée", "payé", "réglée", "réglé", "soldée", "paid", "closed"))
)
#: Titles whose numbers are those of Dolibarr (llx_facture.fk_statut): draft, validated, paid, abandoned.
_NUMBERED_TITLES = frozenset(map(plain_title, ("statut facture", "état facture")))
# Also the codes of Sage (AV, SC), SAP (DG, DZ) and others; what is `debit` besides is none.
_CREDIT = re.compile(
    r"av|avo|nc|cn|crn|sc|dg|.*\bavoirs?\b.*|.*credit.*|.*\brefunds?\b.*|.*\bremboursement\b.*|.*\breturn\b.*"
)
_PAYMENT = re.compile(
    r".*\bpayments?\b.*|.*\bpaiements?\b.*|.*\breglements?\b.*|encaissement.*|virement.*|cheque.*|receipt.*|overpayment|"
    r"prepayment|sa|sr|dz"
)
# Neither owed by a customer nor to one: what is offered, ordered, delivered; what we owe.
_OTHER = re.compile(
    r".*\b(?:devis|quotes?|quotation|estimate|proforma|pro forma|commandes?|order|bon de livraison|delivery note|fournisseurs?|"
    r"suppliers?|vendors?|bill|achats?|purchase)\b.*"
)
#: What Dolibarr writes for a credit note (llx_facture.type).
_DOLIBARR_CREDIT, _DOLIBARR_KINDS = "2", frozenset("012345")


class Standing(StrEnum):
    """How things stand with an invoice."""

    OPEN = ""
    PAID = "paid"
    VOID = "void"
    DRAFT = "draft"
    OTHER = "other"


class RowKind(StrEnum):
    """What a row is of."""

    INVOICE = ""
    CREDIT = "credit"
    PAYMENT = "payment"
    OTHER = "other"


def standing_of(title: str, text: str) -> Standing:
    """Return what a cell says of how things stand; `title`: its column's."""
    said, name = plain_title(text), plain_title(title)
    if not said or _UNPAID.fullmatch(said):
        return Standing.OPEN
    if name in _YES_TITLES and said in _YES:
        return Standing.PAID
    if name in _VOID_TITLES:
        return Standing.VOID if said in _YES else Standing.OPEN
    if name in _NUMBERED_TITLES and said.isdigit():
        return {"0": Standing.DRAFT, "2": Standing.PAID, "3": Standing.VOID}.get(said, Standing.OPEN)
    for standing, pattern in ((Standing.PAID, _PAID), (Standing.VOID, _VOID), (Standing.DRAFT, _DRAFT)):
        if pattern.fullmatch(said):
            return standing
    return Standing.OPEN


def kind_of(text: str, *, is_numbered: bool) -> RowKind:
    """Return what a cell says of a row's kind. `is_numbered`: the column holds Dolibarr's numbers."""
    said = plain_title(text)
    if _OTHER.fullmatch(said):
        return RowKind.OTHER
    if (is_numbered and said == _DOLIBARR_CREDIT) or _CREDIT.fullmatch(said):
        return RowKind.CREDIT
    return RowKind.PAYMENT if _PAYMENT.fullmatch(said) else RowKind.INVOICE


def is_credit_sense(text: str) -> bool:
    """Return whether a cell says that an amount stands on the credit side."""
    return plain_title(text) in {"c", "cr", "credit", "h", "haben"}


def are_numbered(texts: frozenset[str]) -> bool:
    """Return whether a column of kinds holds Dolibarr's numbers and nothing else."""
    return bool(texts) and texts <= _DOLIBARR_KINDS
