"""Titles of columns as French and English software writes them, and what each holds.

For each field the titles stand in groups: where several columns seem to hold it, that of an earlier group does.
"""

import re
from collections.abc import Mapping

from relance_xl.core.texts.typed import plain_title

_TITLES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "number": (
        ("numéro", "n°", "no", "num", "n° facture", "n° de facture", "numéro facture", "numéro de facture",
         "facture n°", "num facture", "facture numéro", "facture", "pièce", "n° pièce", "n° de pièce", "numéro pièce",
         "numéro de pièce", "num pièce", "réf facture", "réf. facture", "référence facture", "référence de facture",
         "référence pièce", "réf pièce", "n° document", "n° de document", "numéro document", "numéro de document",
         "invoice", "invoice number", "invoice no", "invoice num", "invoice id number", "number", "document number",
         "document no", "doc number", "doc no", "voucher no", "voucher number", "invoice invoice number",
         "invoicenumber", "transaction number", "bill number", "pieceref", "numéro de la facture", "n° fact", "nofacture", "nopiece", "réf fact",
         "invoice nr", "bill no", "n° doc", "pièce n°", "facture avoir", "belegnummer", "rechnungsnummer",
         "rechnungsnr", "rechnung nr", "belegfeld 1", "número de factura", "nº factura", "n° factura", "num factura", "numero fattura", "n° fattura", "factuurnummer"),
        ("référence", "réf", "ref", "reference", "document", "doc", "invoice ref", "code facture", "identifiant facture",
         "invoice id", "transaction"),
    ),
    "reference": (("invoice reference", "réf client", "réf. client", "référence client", "customer reference"),),
    "customer_code": (
        ("code client", "code tiers", "n° client", "n° de client", "numéro client", "numéro de client", "num client",
         "compte client", "compte tiers", "n° compte tiers", "numéro compte tiers", "n° tiers", "code auxiliaire",
         "compte auxiliaire", "code du tiers", "noclient", "customer code", "customer id", "customer number", "customer no", "client number",
         "client id", "client code", "contact account number", "account number", "code du client", "réf tiers",
         "auxiliaire", "a/c", "kundennummer", "kundennr", "debitorennummer", "debitor nr", "klantnummer", "codice cliente", "código cliente"),
        ("compte", "code", "account", "n° compte", "numéro de compte", "account no", "matricule client"),
    ),
    "customer": (
        ("nom client", "nom du client", "client nom", "customer name", "client name", "contact name", "contactname",
         "nom tiers", "nom du tiers", "invoice partner display name", "party name", "nom du débiteur",
         "raison sociale client", "nom de la société", "nom société", "nom client société", "customer full name",
         "name of customer", "account name", "debtor name", "nom raison sociale", "kundenname",
         "nombre cliente", "nombre del cliente", "ragione sociale", "klantnaam"),
        ("client", "raison sociale", "tiers", "nom", "intitulé", "intitulé tiers", "intitulé compte tiers",
         "intitulé du tiers", "société", "débiteur", "customer", "name", "company", "company name", "partner", "party",
         "contact", "debtor", "client facturé", "tiers facturé", "client société", "customer company", "destinataire",
         "nom complet", "bill to", "billed to", "kunde", "partenaire", "nom ou raison sociale", "dénomination", "libellé tiers", "libellé client",
         "debitor", "cliente", "klant"),
    ),
    "address": (("adresse", "adresse 1", "rue", "adresse client", "adresse de facturation", "address", "street",
                 "address line 1", "billing address", "billing street", "contact address", "poaddressline1"),),
    "postal_code": (("code postal", "cp", "code postal client", "postal code", "zip", "zip code", "postcode",
                     "billing code", "billing zip", "billing postal code", "contact zip code", "popostalcode"),),
    "city": (("ville", "localité", "commune", "ville client", "city", "town", "billing city", "contact city",
              "pocity"),),
    "country": (("pays", "code pays", "pays client", "country", "country code", "billing country", "contact country",
                 "pocountry"),),
    "email": (
        ("email", "e-mail", "mail", "courriel", "adresse email", "adresse e-mail", "adresse mail", "emails",
         "email client", "e-mail client", "email address", "emailaddress", "customer email", "client email",
         "contact email", "primary contact emailid", "billing email", "mail client", "email contact", "e-mail facturation", "email facturation", "email du client",
         "e-mail address", "adresse électronique"),
    ),
    "invoice_date": (
        ("date facture", "date de facture", "date de la facture", "date de facturation", "date facturation",
         "date pièce", "date de pièce", "date de la pièce", "date d'émission", "date émission", "date du document",
         "date document", "invoice date", "invoice bill date", "invoicedate", "date issued", "issue date",
         "posting date", "date utc", "invoiced at", "document date", "invoice invoice date", "bill date", "facturé le", "facturée le",
         "dated on", "rechnungsdatum", "belegdatum", "fecha de factura", "fecha factura", "fecha de emisión", "data fattura", "factuurdatum"),
        ("date", "créée le", "émise le", "émis le", "date écriture", "date d'écriture", "created", "issued", "date création", "date de création",
         "date comptable", "fecha", "datum", "data"),
    ),
    "due_date": (
        ("échéance", "date échéance", "date d'échéance", "date de l'échéance", "date limite",
         "date limite de règlement", "date limite de paiement", "date échéance facture", "date d'exigibilité",
         "à payer avant le", "à régler le", "due date", "due", "duedate", "payment due", "date due", "due at", "due on",
         "date d'éch", "date éch", "éch", "échéance le", "date limite paiement", "exigible le", "payable avant le",
         "échéance paiement", "échéance de paiement", "à échéance le", "due by", "pay by", "net due date", "fälligkeitsdatum",
         "fällig am", "due date utc", "payment term date", "invoice due date", "maturity date", "payment due date",
         "fälligkeit", "fällig", "vencimiento", "fecha de vencimiento", "fecha vencimiento", "scadenza", "data scadenza", "vervaldatum"),
        ("expected date", "date d'échéance prévue", "échéances", "date de règlement prévue"),
    ),
    "total": (
        ("montant ttc", "total ttc", "ttc", "montant total ttc", "montant facture ttc", "total signed",
         "total in currency signed", "invoiced amount", "invoice amount", "montant facturé", "gross amount",
         "rechnungsbetrag", "bruttobetrag", "importo totale", "importe total", "factuurbedrag"),
        ("montant", "montant total", "total", "total amount", "amount", "montant de la facture", "montant facture",
         "betrag", "importe", "importo", "bedrag"),
    ),
    "open_amount": (
        ("solde en devise", "solde devise", "amount due in currency signed", "reste en devise", "reste à payer en devise", "montant dû en devise",
         "residual in currency", "amount residual in currency", "balance in currency", "open amount in currency"),
        ("reste à payer", "restant à payer", "reste à régler", "restant à régler", "reste à encaisser",
         "reste à recouvrer", "reste dû", "restant dû", "montant restant dû", "montant restant", "restant", "reste",
         "solde", "solde dû", "solde restant", "solde restant dû", "solde facture", "solde à payer", "montant impayé",
         "impayé", "montant non réglé", "non réglé", "montant ouvert", "reste à payer ttc", "montant restant à payer",
         "open amount", "open balance", "balance", "balance due", "outstanding", "outstanding amount", "amount open",
         "remaining", "remaining amount", "residual", "amount residual", "residual amount", "amount due signed",
         "amount to pay", "invoiceamountdue", "invoice balance", "unpaid amount",
         "montant dû signé", "reste à percevoir", "reste à recevoir", "solde débiteur", "non soldé", "amount outstanding",
         "outstanding balance", "remaining balance", "amount remaining", "offener betrag", "saldo",
         "solde ouvert", "o/s amount", "offen", "restbetrag", "pendiente", "importe pendiente", "pendiente de cobro", "importo residuo",
         "residuo", "openstaand", "openstaand bedrag"),
        ("montant dû", "amount due", "créance", "montant de la créance", "montant de l'échéance", "montant échéance",
         "amount currency", "montant en devise", "due amount", "à payer", "montant à payer", "total dû", "dû", "unpaid", "open items",
         "due value"),
    ),
    "paid": (("montant payé", "déjà payé", "payé à ce jour", "montant réglé", "déjà réglé", "total payé", "amount paid",
              "paid amount", "invoiceamountpaid", "invoice paid to date", "paid to date", "encaissé", "amount received", "received", "acomptes", "acompte", "règlements", "encaissements",
              "paiements", "payments", "montant encaissé"),),
    "debit": (("débit", "montant débit", "debit", "debit amount"),),
    "credit": (("crédit", "montant crédit", "credit", "credit amount"),),
    "currency": (("devise", "monnaie", "code devise", "currency", "currency code", "client currency", "ccy", "dev", "cur", "währung", "moneda", "valuta"),),
    "type": (("type de document", "type document", "type de pièce", "type pièce", "type de facture", "type facture",
              "nature de pièce", "nature de la pièce", "transaction type", "voucher type", "document type",
              "invoice type"), ("type", "nature")),
    "sense": (("sens", "d c", "dc", "debit credit", "débit crédit"),),
    "letter": (("lettrage", "lettre", "let", "code lettrage", "lettr"),),
    "first_name": (("prénom", "prénom client", "first name", "firstname"),),
    "age": (("ancienneté", "âge", "age", "age days", "retard", "jours de retard", "retard jours", "retard j",
             "nombre de jours de retard", "days overdue", "days past due", "aging"),),
    "language": (("langue", "code langue", "language", "lang"),),
    "professional": (("professionnel", "pro", "entreprise", "b2b", "professional", "business"),),
    "disputed": (("litige", "en litige", "contesté", "contestée", "disputed", "dispute", "blocked", "bloqué"),),
}  # fmt: skip
# What tells how things stand with an invoice: there may be several of these.
_STATUSES = ("statut", "état", "status", "state", "invoice status", "statut facture", "statut de la facture",
             "état facture", "état de la facture", "payment status", "statut de paiement", "état du paiement",
             "facture payée", "annulée", "annulé", "cancelled", "void", "payée", "payé", "réglée", "réglé", "soldée", "paid", "closed", "statut paiement")  # fmt: skip
_CURRENCY_WORDS = frozenset(("devise", "currency", "monnaie", "wahrung"))
_NO_CURRENCY_WORDS = frozenset((
    "montant", "solde", "reste", "total", "amount", "balance", "cours", "taux", "rate", "debit", "credit", "residual", "en", "in",
))  # fmt: skip
_STATUS_WORDS = frozenset(("statut", "etat", "status", "state"))
# A column of an aged list: `0-30`, `< 1 Month`, `2 Months`, `Older`, `> 90`, `121-Above`, `Non échu`.
_AGE_GROUP = re.compile(
    r"\d+ (?:a |to )?\d+(?: (?:days|jours|j|d))?(?: past due)?|\d+ (?:month|months|mois)|older|current|at date|non echu|a echoir|not due"
    r"|\d+ (?:above|and over|and above|or more|days|jours|j|d|et plus|et|plus)(?: plus)?"
    r"|(?:plus de|over|more than|au dela de|sup a) \d+(?: (?:days|jours|j|d))?"
)

_TAXED = re.compile(r"(?: (?:ttc|eur|euros?|en euros))+\Z")

_FIELD_OF = {
    plain_title(title): (rank, field)
    for field, groups in _TITLES.items()
    for rank, titles in enumerate(groups)
    for title in titles
}
_STATUS_TITLES = frozenset(map(plain_title, _STATUSES))
# Words of titles that only French has.
_FRENCH = frozenset((
    "echeance", "facture", "piece", "montant", "solde", "reste", "restant", "devise", "numero", "creance", "du", "tiers", "intitule",
    "regler", "payer", "libelle", "statut", "avoir", "lettrage",
))  # fmt: skip

#: What stands in columns of amounts that several rows of one invoice may share.
AMOUNTS = ("total", "open_amount", "paid", "debit", "credit")


def field_of(title: str) -> tuple[int, str] | None:
    """Return which field a title, normalised, names, and how surely (0: most); None for any other."""
    known = _FIELD_OF.get(title)
    if known is not None:
        return known
    # `Solde (€)`, `Montant T.T.C.`, `Balance (EUR)`: the same amounts. Without tax, or in another currency, they are not.
    bare = _TAXED.sub("", title.replace("t t c", "ttc"))
    known = _FIELD_OF.get(bare)
    return known if known is not None and known[1] in AMOUNTS else None


def currency_of(title: str) -> tuple[int, str] | None:
    """Return the field of currencies for a title, normalised, that names it among other words, and no amount."""
    words = frozenset(title.split())
    return (1, "currency") if words & _CURRENCY_WORDS and not words & _NO_CURRENCY_WORDS else None


def is_status(title: str) -> bool:
    """Return whether a title, normalised, is one of how things stand with an invoice."""
    return title in _STATUS_TITLES or title.partition(" ")[0] in _STATUS_WORDS


def is_age_group(title: str) -> bool:
    """Return whether a title, normalised, is one of an aged list's columns."""
    return _AGE_GROUP.fullmatch(title) is not None


def may_be_age_group(title: str) -> bool:
    """Return whether a title, normalised, may be one of an aged list's columns where others are: `> 90` lost its sign."""
    return title.isdigit()


def is_french(title: str) -> bool:
    """Return whether a title, normalised, is one that only French software writes."""
    return not _FRENCH.isdisjoint(title.split())
