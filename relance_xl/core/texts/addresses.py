"""Email addresses as people list them in one cell."""

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from relance_xl.core.texts.typed import plain


class BadAddressError(ValueError):
    """A text that is not an email address."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


# A customer has many invoices, and one address.
@lru_cache(maxsize=16_384)
def present_addresses(shown: tuple[str, ...], proposed: tuple[str, ...], listed: tuple[str, ...]) -> tuple[str, ...]:
    """Return the addresses to use of those a row shows: where all that was `proposed` then still stands, it is what
    the list has now, and what was added stays; else they are all the user's own.
    """
    if not set(proposed) <= set(shown):
        return shown
    return tuple(dict.fromkeys((*listed, *(one for one in shown if one not in proposed))))


def read_addresses(text: str) -> tuple[str, ...]:
    """Return the addresses of a cell, separated by `;`, `,` or a blank, each once, in order.

    Domains come back in ASCII (IDNA 2008). Syntax follows RFC 5321 and 6531; nothing is asked of the network.
    Raises BadAddressError with the first part that is not an address.
    """
    addresses: dict[str, str] = {}
    # A mail program's `Jean Dupont <jean@dupont.example>` means the address alone.
    bare = re.sub(r"[^;,<>@]*<([^<>]+)>", r"\1", plain(text))
    for part in re.split(r"[;,\s]+", bare):
        if part:
            address = _checked_address(part)
            addresses.setdefault(address.casefold(), address)
    return tuple(addresses.values())


def _checked_address(text: str) -> str:
    try:
        # Reserved names (example.com, .test) are let through: a sample company writes to nobody else.
        checked = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError as error:
        raise BadAddressError(text) from error
    if checked.ascii_email:
        return checked.ascii_email
    return f"{checked.local_part}@{checked.ascii_domain}"
