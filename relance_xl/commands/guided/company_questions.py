"""Asks who writes: each answer is checked as it is typed, and kept at once."""

from pathlib import Path

from relance_xl.commands.guided.questions import ask_text
from relance_xl.console import Console
from relance_xl.planning.templates import PLACEHOLDER_ADDRESSES, PLACEHOLDER_COMPANIES
from relance_xl.runtime.language import _
from relance_xl.settings.filled_in import company_fault, fill_in
from relance_xl.settings.schema import read_settings

#: What the file says before anybody has filled it in, by key.
_EXAMPLES = {
    "name": PLACEHOLDER_COMPANIES,
    "address": PLACEHOLDER_ADDRESSES,
    "postal_code": ("75001",),
    "city": ("Paris",),
}


def ask_company(console: Console, path: Path) -> None:
    """Ask for what letters and emails say of their sender, and write it into relance.toml.

    Raises NothingMoreTypedError, SettingsError, OSError.
    """
    company = read_settings(path).company
    is_example = company.name in PLACEHOLDER_COMPANIES
    for key, question in _questions().items():
        now = str(getattr(company, key))
        if is_example and now in _EXAMPLES.get(key, ()):
            now = ""
        answer = ask_text(console, question, now, lambda value, key=key: _fault(key, value))  # type: ignore[misc]
        fill_in(path, "company", {key: answer})


def _fault(key: str, value: str) -> str:
    if key == "name" and value in PLACEHOLDER_COMPANIES:
        return _("letters would come from “{name}”").format(name=value)
    return company_fault(key, value)


def _questions() -> dict[str, str]:
    return {
        "name": _("Company"),
        "address": _("Address (street)"),
        "postal_code": _("Postal code"),
        "city": _("City"),
        "country": _("Country (two letters)"),
        "siren": _("SIREN (nine digits; empty if none)"),
        "vat": _("VAT number (empty if none)"),
        "iban": _("IBAN that customers pay into"),
        "bic": _("BIC (empty if not needed)"),
        "email": _("Email that reminders come from"),
        "phone": _("Telephone"),
        "legal": _("Legal form, capital, register"),
        "signatory": _("Who signs (name, function)"),
    }
