"""Asks who writes: each answer is checked as it is typed, and kept at once."""

import re
from functools import partial
from pathlib import Path

from relance_xl.commands.guided.questions import ask_text
from relance_xl.console import Console
from relance_xl.core.wording import country_code, is_country
from relance_xl.planning.templates import PLACEHOLDER_ADDRESSES, PLACEHOLDER_COMPANIES
from relance_xl.runtime.language import _
from relance_xl.settings.filled_in import company_fault, fill_in
from relance_xl.settings.schema import read_settings

#: Typed to be asked the question before once more.
_BACK = "<"
_FRENCH_POSTAL_CODE = re.compile(r"[0-9]{5}|[0-9]{2} [0-9]{3}|")
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
    said = {key: str(getattr(company, key)) for key in _questions()}
    if is_example or said["address"] in PLACEHOLDER_ADDRESSES:
        said |= {key: "" for key, examples in _EXAMPLES.items() if said[key] in examples}
    questions = list(_questions().items())
    place = 0
    while place < len(questions):
        key, question = questions[place]
        answer = ask_text(console, question, said[key], partial(_fault, key, said["country"]))
        if answer == _BACK:
            place = max(place - 1, 0)
            continue
        said[key] = answer
        fill_in(path, "company", {key: answer})
        place += 1


def _fault(key: str, country: str, value: str) -> str:
    if value == _BACK:
        return ""
    if key == "country" and not is_country(value):
        return _("no country: two letters, such as FR")
    if key == "postal_code" and country_code(country) == "FR" and not _FRENCH_POSTAL_CODE.fullmatch(value):
        return _("a French postal code has five digits")
    if key == "name" and value in PLACEHOLDER_COMPANIES:
        return _("letters would come from “{name}”").format(name=value)
    return company_fault(key, value)


def _questions() -> dict[str, str]:
    return {
        "name": _("Company"),
        "country": _("Country (two letters)"),
        "address": _("Address (street)"),
        "postal_code": _("Postal code"),
        "city": _("City"),
        "siren": _("SIREN (nine digits; empty if none)"),
        "vat": _("VAT number (empty if none)"),
        "iban": _("IBAN that customers pay into"),
        "bic": _("BIC (empty if not needed)"),
        "email": _("Email that reminders come from"),
        "phone": _("Telephone"),
        "legal": _("Legal form, capital, register"),
        "signatory": _("Who signs (name, function)"),
    }
