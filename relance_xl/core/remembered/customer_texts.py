"""What a customer's row may say, field by field: read as people type it, kept the same in every language."""

import re
from collections.abc import Callable, Collection, Mapping
from functools import cache, lru_cache

from relance_xl.core.channel import Channel
from relance_xl.core.remembered.customer_entry import CustomerEntry, CustomerKind, Grouping
from relance_xl.core.texts.addresses import BadAddressError, read_addresses
from relance_xl.core.texts.typed import NO_WORDS, YES_WORDS, legible, plain, plain_title
from relance_xl.runtime.language import LANGUAGES, N_, _, in_every_language

#: The fields that people fill in.
ENTRY_FIELDS = (
    "reminders", "mode", "emails", "copies", "contact", "phone", "kind", "language", "grouping", "terms", "address",
    "notes",
)  # fmt: skip
#: What is offered in the cells of a field: by what is kept, the words for it.
NEVER = "never"
CHOICES: Mapping[str, Mapping[str, str]] = {
    "reminders": {NEVER: N_("never")},
    "mode": {"post": N_("post"), "email": N_("email"), "post+email": N_("post and email"), "phone": N_("phone")},
    "kind": {
        CustomerKind.BUSINESS: N_("business"),
        CustomerKind.PUBLIC: N_("public body"),
        CustomerKind.PRIVATE: N_("private person"),
    },
    "language": {code: code for code in LANGUAGES},
    "grouping": {
        Grouping.CUSTOMER: N_("customer"),
        Grouping.LEVEL: N_("level"),
        Grouping.INVOICE: N_("invoice"),
    },
}
# Other words for the same.
_SAID_TOO: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "reminders": {NEVER: (*NO_WORDS, "jamais"), "": (*YES_WORDS, "toujours")},
    "mode": {"post": ("lettre", "letter"), "email": ("mail", "courriel", "e-mail"), "phone": ("telephone", "appel")},
    "kind": {CustomerKind.BUSINESS: ("pro", "professionnel"), CustomerKind.PRIVATE: ("privé", "consommateur")},
    "language": {"fr": ("français", "francais", "french"), "en": ("anglais", "english")},
    "grouping": {},
}
_MOST_DAYS = 365
_TOWN = re.compile(r"(?:[A-Z]{1,2}-)?(\d{4,5})\s+(\S.*)")


class BadEntryError(ValueError):
    """A text that says nothing that can be understood; `problem`: why, in the user's language."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@lru_cache(maxsize=16_384)
def read_entry(field: str, text: str) -> str:
    """Return what a cell says as it is kept, the same in every language. Raises BadEntryError."""
    if not plain(text):
        return ""
    if field in CHOICES:
        return _chosen(field, text)
    readers: Mapping[str, Callable[[str], str]] = {
        "emails": _addresses,
        "copies": _addresses,
        "terms": _days,
        "address": _lines,
        "notes": lambda said: legible(said).strip(),
    }
    return readers.get(field, plain)(text)


def shown_entry(field: str, kept: str) -> str:
    """Return what is kept as a cell shows it, in the current language."""
    words = CHOICES.get(field, {})
    return _(words[kept]) if kept in words else kept


def mode_text(mode: Collection[Channel]) -> str:
    """Return the channels that a customer prefers, in the current language; empty for none."""
    kept = "+".join(str(channel) for channel in Channel if channel in mode)
    return shown_entry("mode", kept)


def read_mode(text: str) -> frozenset[Channel]:
    """Return the channels that a mode names, in whatever language; none for any other text."""
    try:
        kept = read_entry("mode", text)
    except BadEntryError:
        return frozenset()
    return frozenset(Channel(part) for part in kept.split("+") if part)


@cache
def _words(field: str) -> Mapping[str, str]:
    said = {plain_title(text): kept for kept, title in CHOICES[field].items() for text in in_every_language(title)}
    said |= {plain_title(kept): kept for kept in CHOICES[field]}
    return said | {plain_title(text): kept for kept, texts in _SAID_TOO[field].items() for text in texts}


def _chosen(field: str, text: str) -> str:
    words = _words(field)
    kept = words.get(plain_title(text))
    if kept is None and field == "mode":
        # "email et courrier", "courrier + email": the same two.
        parts = {words.get(plain_title(part)) for part in re.split(r"\bet\b|\band\b|[+,;/&]", text)}
        kept = "post+email" if parts == {"post", "email"} else None
    if kept is None:
        known = ", ".join(map(_, CHOICES[field].values()))
        raise BadEntryError(_("“{text}” is none of these: {known}").format(text=plain(text), known=known))
    return str(kept)


def _addresses(text: str) -> str:
    try:
        return "; ".join(read_addresses(text))
    except BadAddressError as error:
        raise BadEntryError(_("“{text}” is not an email address").format(text=error.text)) from error


def _days(text: str) -> str:
    days = plain(text).removesuffix("j").strip()
    if not (days.isascii() and days.isdigit() and int(days) <= _MOST_DAYS):
        raise BadEntryError(_("“{text}” is not a number of days").format(text=plain(text)))
    return str(int(days))


def _lines(text: str) -> str:
    lines = [plain(line) for line in re.split(r"[\n;]", legible(text).replace("\r", "\n"))]
    if len(lines) == 1:
        lines = [plain(part) for part in text.split(",")]
    return "\n".join(line for line in lines if line)


def entry_of(said: Mapping[str, str]) -> CustomerEntry:
    """Return what a customer's fields come to, as they are kept."""
    kind, grouping, terms = said.get("kind"), said.get("grouping"), said.get("terms")
    return CustomerEntry(
        is_never_reminded=said.get("reminders") == NEVER,
        mode=frozenset(Channel(part) for part in said.get("mode", "").split("+") if part),
        emails=read_addresses(said.get("emails", "")),
        copies=read_addresses(said.get("copies", "")),
        contact=said.get("contact", ""),
        phone=said.get("phone", ""),
        kind=CustomerKind(kind) if kind else None,
        language=said.get("language", ""),
        grouping=Grouping(grouping) if grouping else None,
        terms=int(terms) if terms else None,
        address=tuple(said.get("address", "").split("\n")) if said.get("address") else (),
        notes=said.get("notes", ""),
    )


def split_address(lines: tuple[str, ...]) -> tuple[tuple[str, ...], str, str, str]:
    """Return street lines, postal code, city and country of an address as people write it, one line below the other.

    The town's line begins with its postal code; without one it is the last line.
    """
    towns = [index for index, line in enumerate(lines) if _TOWN.fullmatch(line)]
    if not towns:
        return lines[:-1], "", lines[-1], ""
    place = towns[-1]
    found = _TOWN.fullmatch(lines[place])
    code, city = (found.group(1), found.group(2)) if found else ("", lines[place])
    return lines[:place], code, city, " ".join(lines[place + 1 :])
