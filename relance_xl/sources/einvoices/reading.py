"""What an electronic invoice says: CII (UN/CEFACT, D16B and ZUGFeRD 1) and UBL 2.1, by the business terms of EN 16931."""

from lxml import etree

from relance_xl.core.einvoice import EInvoice
from relance_xl.sources.einvoices.xml import NotEInvoiceError, amount_of, day_of, element_at, parsed, text_at

# Of invoices' types (BT-3, UNTDID 1001) those of credit notes.
_CREDIT_TYPES = frozenset(("381", "396", "532", "83", "261", "262"))
_EMAIL = "EM"


def read_einvoice(data: bytes) -> EInvoice:
    """Return what an electronic invoice says. Raises NotEInvoiceError."""
    root = parsed(data)
    match etree.QName(root).localname:
        case "CrossIndustryInvoice" | "CrossIndustryDocument":
            found = _cii(root)
        case "Invoice" | "CreditNote" as kind:
            found = _ubl(root, is_credit=kind == "CreditNote")
        case _:
            raise NotEInvoiceError
    if not found.number:
        raise NotEInvoiceError
    return found


def _cii(root: etree._Element) -> EInvoice:
    head = element_at(root, "ExchangedDocument", "HeaderExchangedDocument")
    trade = element_at(root, "SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction")
    agreement = element_at(trade, "ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement")
    settlement = element_at(trade, "ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement")
    sums = element_at(
        settlement, "SpecifiedTradeSettlementHeaderMonetarySummation", "SpecifiedTradeSettlementMonetarySummation"
    )
    buyer = element_at(agreement, "BuyerTradeParty")
    address = element_at(buyer, "PostalTradeAddress")
    terms = "SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString"
    return EInvoice(
        number=text_at(head, "ID"),
        is_credit=text_at(head, "TypeCode") in _CREDIT_TYPES,
        issued=day_of(text_at(head, "IssueDateTime/DateTimeString")),
        due=day_of(text_at(settlement, terms)),
        currency=text_at(settlement, "InvoiceCurrencyCode"),
        buyer=text_at(buyer, "Name", "SpecifiedLegalOrganization/TradingBusinessName"),
        email=_email_of(
            text_at(buyer, "DefinedTradeContact/EmailURIUniversalCommunication/URIID"),
            element_at(buyer, "URIUniversalCommunication/URIID"),
        ),
        address=_lines(address, "LineOne", "LineTwo", "LineThree"),
        postal_code=text_at(address, "PostcodeCode"),
        city=text_at(address, "CityName"),
        country=text_at(address, "CountryID"),
        total=amount_of(text_at(sums, "GrandTotalAmount")),
        payable=amount_of(text_at(sums, "DuePayableAmount")),
    )


def _ubl(root: etree._Element, *, is_credit: bool) -> EInvoice:
    party = element_at(root, "AccountingCustomerParty/Party")
    address, sums = element_at(party, "PostalAddress"), element_at(root, "LegalMonetaryTotal")
    return EInvoice(
        number=text_at(root, "ID"),
        is_credit=is_credit or text_at(root, "InvoiceTypeCode", "CreditNoteTypeCode") in _CREDIT_TYPES,
        issued=day_of(text_at(root, "IssueDate")),
        due=day_of(text_at(root, "DueDate", "PaymentMeans/PaymentDueDate")),
        currency=text_at(root, "DocumentCurrencyCode"),
        buyer=text_at(party, "PartyName/Name", "PartyLegalEntity/RegistrationName"),
        email=_email_of(text_at(party, "Contact/ElectronicMail"), element_at(party, "EndpointID")),
        address=_lines(address, "StreetName", "AdditionalStreetName", "AddressLine/Line"),
        postal_code=text_at(address, "PostalZone"),
        city=text_at(address, "CityName"),
        country=text_at(address, "Country/IdentificationCode"),
        total=amount_of(text_at(sums, "TaxInclusiveAmount")),
        payable=amount_of(text_at(sums, "PayableAmount")),
    )


def _lines(address: "etree._Element | None", *names: str) -> tuple[str, ...]:
    return tuple(line for name in names if (line := text_at(address, name)))


def _email_of(contact: str, endpoint: "etree._Element | None") -> str:
    """Return an email address: the contact's (BT-58), else the buyer's electronic address where it is one (BT-49)."""
    if "@" in contact:
        return contact
    is_email = endpoint is not None and endpoint.get("schemeID") == _EMAIL
    return (endpoint.text or "").strip() if is_email and endpoint is not None else ""
