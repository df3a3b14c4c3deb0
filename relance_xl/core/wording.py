"""Amounts, dates and reasons in the words of a language, and what templates may say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from relance_xl.core.channel import Channel
from relance_xl.core.charge import RECOVERY_INDEMNITY, ChargeKind
from relance_xl.core.invoice import Customer, Invoice
from relance_xl.core.level import Level
from relance_xl.core.money import Money, total_of
from relance_xl.core.planning import PlannedDelivery
from relance_xl.core.reason import Hold, Reason
from relance_xl.core.reminder import Outcome
from relance_xl.core.texts.typed import TypedFault, UnreadableError
from relance_xl.runtime.language import _, current_language

# Where a sender's post reads French (ISO 3166); elsewhere English is the safer address language.
_FRENCH_SPEAKING = {"FR", "BE", "CH", "LU", "MC"}
_LOCALES = {"fr": "fr_FR", "en": "en_GB"}


def say_money(money: Money, language: str) -> str:
    """Return an amount as the language writes it: `1 234,56 €`."""
    from babel.numbers import format_currency

    return format_currency(money.amount, money.currency, locale=_LOCALES[language])


def say_date(day: date, language: str) -> str:
    """Return a date in words: `24 novembre 2026`."""
    from babel.dates import format_date

    words = format_date(day, format="long", locale=_LOCALES[language])
    if language == "fr" and day.day == 1:
        words = words.replace("1", "1er", 1)
    # A year alone on the next line reads badly.
    return words.replace(" ", "\u00a0")


def say_short_date(day: date, _language: str) -> str:
    """Return a date in figures, which both languages write alike: `24/11/2026`."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


@dataclass(frozen=True, slots=True)
class Company:
    """Who writes, as letters show it. Empty texts leave their line out."""

    name: str
    address_lines: tuple[str, ...]
    postal_code: str
    city: str
    country: str
    siren: str
    vat: str
    iban: str
    bic: str
    email: str
    phone: str
    legal: str
    signatory: str


@dataclass(frozen=True, slots=True)
class CustomerWords:
    """The customer, as a template sees it."""

    code: str
    name: str
    address_lines: tuple[str, ...]
    postal_code: str
    city: str
    country: str
    professional: bool
    public: bool
    contact: str


@dataclass(frozen=True, slots=True)
class LevelWords:
    """The level, as a template sees it."""

    id: str
    label: str
    registered: bool


@dataclass(frozen=True, slots=True)
class InvoiceWords:
    """One line of a letter's table, as a template sees it."""

    number: str
    date: str
    due_date: str
    days_overdue: int
    total: str
    open_amount: str
    credit: bool
    #: Of a milder level than the letter's: listed below the others.
    also_due: bool
    level: str
    #: What was paid of it already, empty for nothing or where the list does not say.
    paid: str


@dataclass(frozen=True, slots=True)
class LetterWords:
    """All that a letter or mail template may say, ready to print in its language."""

    company: Company
    customer: CustomerWords
    level: LevelWords
    reference: str
    ordinal: int
    today: str
    deadline: str
    invoices: tuple[InvoiceWords, ...]
    count: int
    total: str
    currency: str
    last_reminder: str
    last_level: str
    last_level_id: str
    indemnity: str
    #: Credit notes that do not lower the total, as each invoice has a letter of its own; and how much they are in all.
    open_credits: tuple[InvoiceWords, ...]
    open_credits_total: str

    def names(self) -> dict[str, object]:
        """Return the values by the name that templates use."""
        return {name: getattr(self, name) for name in self.__slots__}


@cache
def _country_codes() -> dict[str, str]:
    from babel import Locale

    names: dict[str, str] = {}
    for language in reversed(_LOCALES):
        territories = Locale.parse(_LOCALES[language]).territories
        names |= {name.casefold(): code for code, name in territories.items() if len(code) == 2}
    return names


def country_code(text: str) -> str:
    """Return the ISO 3166 code of a country written as code or name; any other text as it is."""
    # No country's name is as short; most settings and lists have a code or nothing.
    return text.upper() if len(text) <= 2 else _country_codes().get(text.casefold(), text)


def is_country(text: str) -> bool:
    """Return whether a text is the code or the name of a country."""
    return country_code(text) in _country_codes().values()


def _country_name(code: str, sender_country: str) -> str:
    from babel import Locale

    language = "fr" if country_code(sender_country) in _FRENCH_SPEAKING else "en"
    return str(Locale.parse(_LOCALES[language]).territories.get(code, code))


def _customer_words(customer: Customer, company: Company) -> CustomerWords:
    country = country_code(customer.country)
    abroad = bool(country) and country != country_code(company.country)
    return CustomerWords(
        # A list without codes has the name in its place: no reference to quote.
        code=customer.code if customer.code != customer.name else "",
        name=customer.name,
        address_lines=customer.address,
        postal_code=customer.postal_code,
        city=customer.city,
        # The country stands in capitals, in the sender's language, for the sender's post (UPU S42).
        country=_country_name(country, company.country).upper() if abroad else "",
        professional=customer.professional,
        public=customer.is_public,
        contact=customer.entry.contact,
    )


def _invoice_words(
    invoice: Invoice, language: str, today: date, level: Level | None = None, also_due: bool = False
) -> InvoiceWords:
    paid = Decimal(0)
    if invoice.total is not None and not invoice.is_credit:
        paid = invoice.total.amount - invoice.open.amount
    return InvoiceWords(
        number=invoice.number,
        date=say_short_date(invoice.issued, language) if invoice.issued else "",
        due_date=say_short_date(invoice.due, language),
        days_overdue=invoice.days_overdue(today),
        total=say_money(invoice.total, language) if invoice.total else "",
        open_amount=say_money(invoice.open, language),
        credit=invoice.is_credit,
        also_due=also_due,
        level=level.label(language) if level is not None else "",
        paid=say_money(Money.of(paid, invoice.open.currency), language) if paid > 0 else "",
    )


def letter_words(
    delivery: PlannedDelivery, company: Company, today: date, level_named: Callable[[str], Level | None]
) -> LetterWords:
    """Return what the letter and the mail of a delivery say, in the customer's language."""
    language = delivery.customer.language
    first = delivery.items[0]
    leading = [item for item in delivery.items if item.level == delivery.level]
    reminded = [item.last for item in leading if item.last]
    # "Our reminder of … went unanswered" must be true of every invoice that the letter is about.
    all_reminded = len(reminded) == len(leading)
    last = max(reminded, key=lambda past: past.day, default=None) if all_reminded else None
    last_level = level_named(last.level) if last else None
    indemnity = delivery.charged(ChargeKind.INDEMNITY)
    open_credits = delivery.open_credits
    lines = [
        _invoice_words(item.invoice, language, today, item.level, also_due=item.level != delivery.level)
        for item in delivery.items
    ]
    lines += [_invoice_words(credit, language, today) for credit in delivery.credits]
    return LetterWords(
        company=company,
        customer=_customer_words(delivery.customer, company),
        level=LevelWords(
            delivery.level.id,
            delivery.level.label(language),
            delivery.level.registered and delivery.channel is Channel.POST,
        ),
        reference=first.invoice.number if len(delivery.items) == 1 else delivery.customer.code,
        ordinal=max(item.key.ordinal for item in delivery.items),
        today=say_date(today, language),
        deadline=say_date(min(item.next_date for item in leading), language),
        invoices=tuple(lines),
        count=len(delivery.items),
        total=say_money(delivery.total, language),
        currency=delivery.total.currency,
        last_reminder=say_date(last.day, language) if last else "",
        last_level=last_level.label(language) if last_level else "",
        last_level_id=last_level.id if last_level else "",
        indemnity=say_money(indemnity, language) if indemnity else "",
        open_credits=tuple(_invoice_words(credit, language, today) for credit in open_credits),
        open_credits_total=say_money(
            total_of((one.open for one in open_credits), open_credits[0].open.currency), language
        )
        if open_credits
        else "",
    )


def example_words(company: Company, language: str) -> LetterWords:
    """Return what the third reminder of a late invoice would say, to try templates on: every part of it is there."""
    day, due, last = date(2026, 11, 24), date(2026, 10, 1), date(2026, 11, 3)
    amount = say_money(Money.of(Decimal("1234.50"), "EUR"), language)
    line = InvoiceWords(
        "F-1",
        say_short_date(due, language),
        say_short_date(due, language),
        (day - due).days,
        amount,
        amount,
        credit=False,
        also_due=False,
        level="Example",
        paid=amount,
    )
    return LetterWords(
        company=company,
        customer=CustomerWords(
            "C-1", "Example", ("1 Example Street",), "69001", "Lyon", "FRANCE", True, False, "Example"
        ),
        level=LevelWords("example", "Example", True),
        reference=line.number,
        ordinal=3,
        today=say_date(day, language),
        deadline=say_date(day, language),
        invoices=(line,),
        count=1,
        total=amount,
        currency="EUR",
        last_reminder=say_date(last, language),
        last_level="Example",
        last_level_id="example",
        indemnity=say_money(Money(RECOVERY_INDEMNITY, "EUR"), language),
        open_credits=(line,),
        open_credits_total=amount,
    )


def some_of(texts: Sequence[str], most: int = 10, between: str = ", ") -> str:
    """Return texts to be read in one line: the first of many, and a sign that there are more."""
    more = f"{between.rstrip(', ')} …" if len(texts) > most else ""
    return between.join(texts[:most]) + more


def made_word(outcome: Outcome, to_send: bool) -> str:
    """Return how one reads that a delivery was made, "" for one that was not; `to_send`: a file to send by hand."""
    if outcome is Outcome.PRINTED:
        return _("letter ready to print")
    if outcome is Outcome.ACCEPTED:
        return _("email ready to send") if to_send else _("email sent")
    return ""


def minimum_text() -> str:
    """Return the status of an invoice below the minimum: the only one that a user's own tick overrides."""
    return reason_text(Hold(Reason.BELOW_MINIMUM))


def reason_text(hold: Hold) -> str:
    """Return why a reminder is held, in the current language."""
    if hold.reason is Reason.FATE_UNKNOWN and hold.happened:
        return _(
            "it may or may not have arrived ({happened}); look, then settle it: relance-xl resolve {detail} sent (or not-sent)"
        ).format(detail=hold.detail, happened=hold.happened)
    return _reason_texts(current_language())[hold.reason].format(detail=hold.detail)


# Kept: a list of 50,000 whose invoices are missing says so 50,000 times.
@cache
def _reason_texts(_language: str) -> Mapping[Reason, str]:
    """Return the text of each reason, in the language that is the current one."""
    return {
        Reason.DISPUTED: _("disputed"),
        Reason.NEVER_REMINDED: _("customer never to be reminded (sheet Customers)"),
        Reason.SUSPENDED: _("suspended: {detail}"),
        Reason.CREDIT_NOTE: _("credit note, nothing is owed"),
        Reason.BELOW_MINIMUM: _("below the minimum amount"),
        Reason.CREDITS_COVER: _("the customer's credit notes cover the debt"),
        Reason.NOT_IN_SOURCE: _("no longer in the list of unpaid invoices: paid or withdrawn"),
        Reason.EINVOICE_DIFFERS: _("its electronic invoice says otherwise: {detail}"),
        Reason.WRONG_ROW: _("to be corrected in the list: {detail}"),
        Reason.CHANGED: _("the open amount changed since it was prepared"),
        Reason.CUSTOMER_CHANGED: _(
            "the list now has this invoice for another customer ({detail}): export again, then decide anew"
        ),
        Reason.RECIPIENT_CHANGED: _("the customer's name or address changed since it was prepared: {detail}"),
        Reason.NO_LONGER_ASKED: _("the workbook no longer asks for it as it was prepared"),
        Reason.FATE_UNKNOWN: _(
            "an earlier email may or may not have arrived; settle it: relance-xl resolve {detail} sent (or not-sent)"
        ),
        Reason.UNFINISHED: _("prepared by an earlier send; the next send finishes it"),
        Reason.ROW_AHEAD: _("the row is for reminder {detail}, which the journal does not know: export again"),
        Reason.DUPLICATE_ROW: _("two rows are for this invoice ({detail}): delete the copy"),
        Reason.LEDGER_AHEAD: _("the history sheet has {detail}, the journal does not: restore the .relance folder"),
        Reason.DATE_PASSED: _("the next reminder's date, which the letter names as deadline, has passed: {detail}"),
        Reason.BASIS_CHANGED: _("what it says changed since it was prepared: due date, invoice, template or settings"),
        Reason.NO_EMAIL: _("no email address"),
        Reason.ADDRESS_UNCERTAIN: _(
            "the row's address is not the list's, and nothing says whether it was typed: export again ({detail})"
        ),
        Reason.NO_POSTAL_ADDRESS: _("no postal address"),
        Reason.INVOICE_MISSING: _("the invoice's PDF is missing: {detail}"),
        Reason.INVOICE_UNREADABLE: _("the invoice's PDF cannot be read: {detail}"),
        Reason.INVOICE_ENCRYPTED: _("the invoice's PDF is protected by a password: {detail}"),
        Reason.INVOICE_SHARED: _("two invoices have the same PDF: {detail}"),
        Reason.INVOICE_OF_ANOTHER: _("the PDF names another invoice and not this one: {detail}"),
        Reason.INVOICE_REPLACED: _("the invoice's PDF was replaced while the letters were made; send again: {detail}"),
        Reason.INVOICE_OUTSIDE: _("the invoice's PDF would lie outside the folder: {detail}"),
        Reason.LETTER_FAILED: _("the letter could not be made: {detail}"),
        Reason.DOCUMENT_LOST: _("its prepared document is missing or was changed: {detail}"),
        Reason.SERVER_REFUSED: _("the mail server's answer: {detail}"),
        Reason.TRY_LATER: _("the mail server asks to try later: {detail}"),
        # A whole sentence: that it cannot be reached, or what it stopped with.
        Reason.SERVER_STOPPED: "{detail}",
        Reason.LOGIN_ENDED: _(
            "the mail server wants another login ({detail}): check user, password or access token: relance-xl doctor"
        ),
        Reason.ADDRESS_NOT_TAKEN: _(
            "the mail server does not take addresses with accents or other such letters before the @: {detail}"
        ),
        Reason.SYSTEM_REFUSED: _("nothing is sent that cannot be recorded: {detail}"),
        Reason.QUOTA: _("the mail account has sent enough for now; send again from {detail}"),
        Reason.TOO_LARGE: _("its message would be too large: {detail}"),
        Reason.DAILY_LIMIT: _("the day's limit of emails is reached; send again tomorrow"),
        Reason.NOT_RELEASED: _("two persons must agree to it first"),
        Reason.INTERRUPTED: _("the send stopped before reaching it; send again"),
    }


def unreadable_text(error: UnreadableError) -> str:
    """Say why a typed text has no certain meaning."""
    texts = {
        TypedFault.NOT_AN_AMOUNT: _("“{text}” is not an amount"),
        TypedFault.AMBIGUOUS_AMOUNT: _("“{text}” is ambiguous: thousands or decimals?"),
        TypedFault.NOT_A_DATE: _("“{text}” is not a date (day/month/year)"),
        TypedFault.NOT_A_TICK: _("“{text}” is neither yes nor no"),
    }
    return texts[error.fault].format(text=error.text)
