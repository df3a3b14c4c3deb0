"""Why a reminder is not made: a code that scripts can rely on, and what it concerns."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a delivery is held, dropped or refused."""

    DISPUTED = "disputed"
    SUSPENDED = "suspended"
    NEVER_REMINDED = "never_reminded"
    CREDIT_NOTE = "credit_note"
    BELOW_MINIMUM = "below_minimum"
    CREDITS_COVER = "credits_cover"
    NOT_IN_SOURCE = "not_in_source"
    WRONG_ROW = "wrong_row"
    EINVOICE_DIFFERS = "einvoice_differs"
    CHANGED = "changed"
    CUSTOMER_CHANGED = "customer_changed"
    RECIPIENT_CHANGED = "recipient_changed"
    NO_LONGER_ASKED = "no_longer_asked"
    FATE_UNKNOWN = "fate_unknown"
    UNFINISHED = "unfinished"
    ROW_AHEAD = "row_ahead"
    DUPLICATE_ROW = "duplicate_row"
    LEDGER_AHEAD = "ledger_ahead"
    BASIS_CHANGED = "basis_changed"
    DATE_PASSED = "date_passed"
    NO_EMAIL = "no_email"
    ADDRESS_UNCERTAIN = "address_uncertain"
    NO_POSTAL_ADDRESS = "no_postal_address"
    INVOICE_MISSING = "invoice_missing"
    INVOICE_UNREADABLE = "invoice_unreadable"
    INVOICE_ENCRYPTED = "invoice_encrypted"
    INVOICE_SHARED = "invoice_shared"
    INVOICE_OF_ANOTHER = "invoice_of_another"
    INVOICE_REPLACED = "invoice_replaced"
    INVOICE_OUTSIDE = "invoice_outside"
    LETTER_FAILED = "letter_failed"
    DOCUMENT_LOST = "document_lost"
    SERVER_REFUSED = "server_refused"
    TRY_LATER = "try_later"
    SERVER_STOPPED = "server_stopped"
    LOGIN_ENDED = "login_ended"
    ADDRESS_NOT_TAKEN = "address_not_taken"
    SYSTEM_REFUSED = "system_refused"
    QUOTA = "quota"
    TOO_LARGE = "too_large"
    DAILY_LIMIT = "daily_limit"
    INTERRUPTED = "interrupted"
    NOT_RELEASED = "not_released"


@dataclass(frozen=True, slots=True)
class Hold:
    """A reason and what it concerns: a path, a server's reply, an invoice number.

    `happened`: of an unknown fate, what became of the connection.
    """

    reason: Reason
    detail: str = ""
    happened: str = ""
