"""What is wrong with relance.toml, in words: each fault with its key and, where one is near, the key meant."""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from relance_xl.mail.providers import PROVIDERS
from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import LANGUAGES, _

_SECRET = re.compile(r"pass(word|wd|phrase)?|mot_?de_?passe|secret|token|api_?key", re.IGNORECASE)


def by_language(value: object) -> object:
    """Let one text stand for every language."""
    return dict.fromkeys(LANGUAGES, value) if isinstance(value, str) else value


def is_told(detail: ErrorDetails) -> bool:
    """Leave out what is told otherwise: secrets, and lists counted as empty for the faults inside of them."""
    return not _SECRET.fullmatch(str(detail["loc"][-1])) and not (detail["type"] == "too_short" and detail["input"])


def secret_faults(table: Mapping[str, Any], path: Path, place: str = "") -> Iterator[Fault]:
    for key, value in table.items():
        here = f"{place}.{key}" if place else key
        if _SECRET.fullmatch(key):
            yield Fault(
                _("a secret must not be in this file"),
                f"{path.name}: {here}",
                _("Remove it. Put the password into RELANCE_XL_SMTP_PASSWORD or the system's keyring."),
            )
        elif isinstance(value, Mapping):
            yield from secret_faults(value, path, here)
        elif isinstance(value, list):
            for number, entry in enumerate(value, start=1):
                if isinstance(entry, Mapping):
                    yield from secret_faults(entry, path, f"{here}.{number}")


def cross_faults(table: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """Yield what is wrong between keys. Looks at the raw table: other faults must not hide these."""
    levels = [level for level in _listed(table.get("level")) if isinstance(level, Mapping)]
    for level_id in _repeated(level.get("id") for level in levels):
        yield Fault(_("two levels have the id {id}").format(id=level_id), f"{path.name}: level.id")
    language = str(table.get("language", "fr"))
    for label in _repeated(_raw_label(level.get("label"), language) for level in levels):
        yield Fault(_("two levels are called {label}").format(label=label), f"{path.name}: level.label")
    mail = table.get("mail")
    if isinstance(mail, Mapping) and mail.get("transport") == "smtp":
        yield from _smtp_faults(mail, path)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _raw_label(label: object, language: str) -> str:
    """Return a level's name as it will be shown, from the raw table."""
    texts = by_language(label)
    if not isinstance(texts, Mapping):
        return ""
    return str(texts.get(language) or next(iter(texts.values()), ""))


def _repeated(texts: Iterable[object]) -> list[str]:
    counts = Counter(str(text).strip() for text in texts if text)
    return sorted(text for text, count in counts.items() if count > 1)


def _smtp_faults(mail: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    if mail.get("provider") in PROVIDERS and not mail.get("user"):
        yield Fault(_("is needed: the account that logs in"), f"{path.name}: mail.user")
    if not (mail.get("host") or mail.get("provider")):
        yield Fault(_("is needed to send by SMTP"), f"{path.name}: mail.host")
    if mail.get("security") == "none" and mail.get("host") not in {"localhost", "127.0.0.1", "::1"}:
        yield Fault(
            _("unencrypted mail is only for this computer itself"),
            f"{path.name}: mail.security",
            _('Use security = "starttls" (port 587) or "tls" (port 465).'),
        )


def told_fault(detail: ErrorDetails, path: Path, schema: type[BaseModel], source_fields: Iterable[str]) -> Fault:
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in detail["loc"] if part != "[key]")
    return Fault(_problem(detail), f"{path.name}: {place}", _nearest(detail, schema, source_fields))


def _problem(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    kind = detail["type"]
    texts = {
        "extra_forbidden": _("unknown key"),
        "missing": _("is missing"),
        "literal_error": _("must be one of these: {expected}"),
        "enum": _("must be one of these: {expected}"),
        "greater_than_equal": _("must be at least {ge}"),
        "less_than_equal": _("must be at most {le}"),
        "string_type": _("must be a text between quotes"),
        "int_type": _("must be a whole number"),
        "int_parsing": _("must be a whole number"),
        "int_from_float": _("must be a whole number"),
        "decimal_type": _("must be an amount, like 10.00"),
        "decimal_parsing": _("must be an amount, like 10.00"),
        "string_too_short": _("must not be empty"),
        "string_too_long": _("must have at most {max_length} characters"),
        "too_short": _("at least one is needed"),
        "string_pattern_mismatch": _("only letters, digits, - and _ are allowed"),
    }
    if kind == "value_error":
        return str(context["error"])
    if "expected" in context:
        # pydantic joins the last two with an English "or".
        context = {**context, "expected": str(context["expected"]).replace(" or ", ", ")}
    return texts.get(kind, _("has a value of the wrong kind")).format(**context)


def _nearest(detail: ErrorDetails, schema: type[BaseModel], source_fields: Iterable[str]) -> str:
    """Suggest the key that was probably meant."""
    if "[key]" in detail["loc"]:
        known = LANGUAGES if {"label", "subject"} & set(detail["loc"]) else source_fields
        return _closest(str(detail["input"]), known)
    if detail["type"] != "extra_forbidden":
        return ""
    model: Any = schema
    for part in detail["loc"][:-1]:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            model = annotation if isinstance(annotation, type) else annotation.__args__[0]
    return _closest(str(detail["loc"][-1]), model.model_fields)


def _closest(word: str, known: Any) -> str:
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    if near:
        return _("Did you mean {key}?").format(key=near[0])
    return _("Known keys: {keys}").format(keys=", ".join(known))
