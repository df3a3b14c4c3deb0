"""relance.toml -> Settings: frozen, checked, all faults at once."""

import difflib
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)
from pydantic_core import ErrorDetails

from relance_xl.core.addresses import BadAddressError, read_addresses
from relance_xl.core.level import Grouping, Level, Policy
from relance_xl.core.wording import Company
from relance_xl.errors import Fault, SettingsError
from relance_xl.language import LANGUAGES, _

SETTINGS_FILE = "relance.toml"

SOURCE_FIELDS = (
    "number", "customer_code", "customer", "address", "postal_code", "city", "country", "email", "invoice_date",
    "due_date", "total", "open_amount", "currency", "language", "professional", "disputed",
)  # fmt: skip

#: No procedure waits longer than ten years (days).
MAX_DAYS = 3650

_SECRET = re.compile(r"pass(word|wd|phrase)?|mot_?de_?passe|secret|token|api_?key", re.IGNORECASE)


def _by_language(value: object) -> object:
    """Let one text stand for every language."""
    return dict.fromkeys(LANGUAGES, value) if isinstance(value, str) else value


def _decimal_comma(value: object) -> object:
    """Accept `15,00` as it is typed in France."""
    return value.replace(",", ".") if isinstance(value, str) else value


def _is_named(value: dict[str, str]) -> dict[str, str]:
    if not value or not all(text.strip() for text in value.values()):
        raise ValueError(_("must not be empty"))
    return value


PerLanguage = Annotated[dict[Literal["fr", "en"], str], BeforeValidator(_by_language)]
Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=40)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class CompanySettings(_Table):
    """[company]: who writes."""

    name: str = Field(min_length=1)
    address: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = "FR"
    siren: str = ""
    vat: str = ""
    iban: str = ""
    bic: str = ""
    email: str = ""
    phone: str = ""
    legal: str = ""
    signatory: str = ""

    @field_validator("siren", "vat", "iban", "bic")
    @classmethod
    def _is_a_real_number(cls, value: str, info: Any) -> str:
        """Refuse a mistyped bank or company number: customers pay into what the letter says."""
        from stdnum import bic, iban
        from stdnum.eu import vat
        from stdnum.fr import siren

        checks = {"siren": siren, "vat": vat, "iban": iban, "bic": bic}
        if value and not checks[info.field_name].is_valid(value):
            raise ValueError(_("its check digits are wrong: a digit is missing or mistyped"))
        return value

    @field_validator("email")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        return _one_address(value)


def _one_address(value: str) -> str:
    try:
        if len(read_addresses(value)) > 1:
            raise ValueError(_("one email address, not several"))
    except BadAddressError as error:
        raise ValueError(_("not an email address")) from error
    return value


class SourceSettings(_Table):
    """[source]: the list of unpaid invoices."""

    file: str = Field(default="impayes.csv", min_length=1)
    encoding: str = ""
    # A tab is a separator too: blanks must not be stripped here.
    separator: Annotated[str, StringConstraints(strip_whitespace=False, max_length=1)] = ""
    max_age_days: int = Field(default=7, ge=0)
    # What customers are where no column says so. Claims that only businesses owe must not reach a private person.
    professional: bool = False
    columns: dict[Literal[SOURCE_FIELDS], str] = {}  # type: ignore[valid-type]

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            "".encode(value or "utf-8")
        except LookupError as error:
            raise ValueError(_("not an encoding; usual ones are utf-8 and cp1252")) from error
        return value


class PolicySettings(_Table):
    """[policy]: one letter an invoice or a customer, and from which amount."""

    grouping: Grouping = Grouping.INVOICE
    minimum: Annotated[Decimal, BeforeValidator(_decimal_comma)] = Field(default=Decimal("0.00"), ge=0)


class LevelSettings(_Table):
    """[[level]]: one step of firmness."""

    id: Slug
    label: Annotated[PerLanguage, AfterValidator(_is_named)]
    after_days: int = Field(ge=-MAX_DAYS, le=MAX_DAYS)
    next_days: int = Field(ge=1, le=MAX_DAYS)
    letter: str = ""
    mail: str = ""
    subject: PerLanguage = {}


class MailSettings(_Table):
    """[mail]: how emails leave. The password is never here: environment or keyring."""

    transport: Literal["folder", "smtp"] = "folder"
    sender: str = ""
    reply_to: str = ""
    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    per_minute: int = Field(default=0, ge=0)
    per_day: int = Field(default=0, ge=0)
    timeout_s: int = Field(default=60, ge=1)

    @field_validator("sender", "reply_to")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        return _one_address(value)


class LetterSettings(_Table):
    """[letters]: LibreOffice. `workers` 0 means as many as fit."""

    libreoffice: str = ""
    workers: int = Field(default=0, ge=0, le=64)
    timeout_s: int = Field(default=120, ge=1)


class PathSettings(_Table):
    """[paths]: where things are, inside the dossier."""

    workbook: str = Field(default="relances.xlsx", min_length=1)
    invoices: str = Field(default="factures/{number}.pdf", min_length=1)
    templates: str = Field(default="modeles", min_length=1)
    batches: str = Field(default="lots", min_length=1)

    @field_validator("invoices")
    @classmethod
    def _has_known_places(cls, value: str) -> str:
        try:
            value.format(number="", customer="")
        except (KeyError, ValueError, IndexError, AttributeError, TypeError) as error:
            raise ValueError(_("only {{number}} and {{customer}} may stand in braces").format()) from error
        if "{number}" not in value:
            raise ValueError(_("must contain {{number}}, or all invoices would share one file").format())
        return value

    @field_validator("workbook")
    @classmethod
    def _is_xlsx(cls, value: str) -> str:
        if not value.lower().endswith((".xlsx", ".xlsm")):
            raise ValueError(_("must end in .xlsx (or .xlsm)"))
        return value


class Settings(_Table):
    """All of relance.toml."""

    language: Literal["fr", "en"] = "fr"
    company: CompanySettings
    source: SourceSettings = SourceSettings()
    policy: PolicySettings = PolicySettings()
    level: tuple[LevelSettings, ...] = Field(min_length=1)
    mail: MailSettings = MailSettings()
    letters: LetterSettings = LetterSettings()
    paths: PathSettings = PathSettings()

    def policy_rules(self) -> Policy:
        """Return the dunning policy as the core knows it."""
        levels = tuple(
            Level(one.id, {str(code): text for code, text in one.label.items()}, one.after_days, one.next_days)
            for one in self.level
        )
        return Policy(levels, self.policy.grouping, self.policy.minimum)

    def company_words(self) -> Company:
        """Return the company as letters show it."""
        fields = self.company.model_dump(exclude={"address", "iban", "siren"})
        lines = tuple(line.strip() for line in self.company.address.splitlines() if line.strip())
        return Company(
            address_lines=lines,
            iban=_in_groups(self.company.iban, 4),
            siren=_in_groups(self.company.siren, 3),
            **fields,
        )

    def level_settings(self, level_id: str) -> LevelSettings:
        """Return the settings of a level that exists."""
        return next(level for level in self.level if level.id == level_id)


def _in_groups(number: str, size: int) -> str:
    digits = "".join(number.split())
    return " ".join(digits[start : start + size] for start in range(0, len(digits), size))


def read_settings(path: Path) -> Settings:
    """Read and check relance.toml. Raises SettingsError with every fault found."""
    try:
        table = tomllib.loads(_decoded(path.read_bytes()))
    except FileNotFoundError as error:
        raise SettingsError(
            _("{folder} is not a Relance XL folder: it has no {file}.").format(folder=path.parent, file=path.name),
            advice=_("Go to the right folder, name it with -d, or make one: relance-xl -d FOLDER init"),
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(_("{file} cannot be read: {why}").format(file=path, why=error)) from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        where = _("{file}, line {line}").format(file=path.name, line=line[1]) if line else path.name
        raise SettingsError(
            _("{file} cannot be understood.").format(file=path.name),
            [Fault(_("not written as settings are"), where)],
            _(
                'Is a quote, an = or a bracket missing? Texts stand between quotes, like name = "Dupont"; a backslash is written twice.'
            ),
        ) from error
    return _checked(table, path)


def _decoded(data: bytes) -> str:
    """Return the file's text: UTF-8 as TOML wants it, or what an old Windows editor made of it."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def _checked(table: dict[str, Any], path: Path) -> Settings:
    faults = list(_secret_faults(table, path))
    settings = None
    try:
        settings = Settings.model_validate(table)
    except ValidationError as error:
        faults += [_fault(detail, path) for detail in error.errors() if _is_told(detail)]
    faults += _cross_faults(table, path)
    if faults or settings is None:
        raise SettingsError(_("The settings are wrong."), faults)
    return settings


def _is_told(detail: ErrorDetails) -> bool:
    """Leave out what is told otherwise: secrets, and lists counted as empty for the faults inside of them."""
    return not _SECRET.fullmatch(str(detail["loc"][-1])) and not (detail["type"] == "too_short" and detail["input"])


def _secret_faults(table: Mapping[str, Any], path: Path, place: str = "") -> Iterator[Fault]:
    for key, value in table.items():
        here = f"{place}.{key}" if place else key
        if _SECRET.fullmatch(key):
            yield Fault(
                _("a secret must not be in this file"),
                f"{path.name}: {here}",
                _("Remove it. Put the password into RELANCE_XL_SMTP_PASSWORD or the system's keyring."),
            )
        elif isinstance(value, Mapping):
            yield from _secret_faults(value, path, here)
        elif isinstance(value, list):
            for number, entry in enumerate(value, start=1):
                if isinstance(entry, Mapping):
                    yield from _secret_faults(entry, path, f"{here}.{number}")


def _cross_faults(table: Mapping[str, Any], path: Path) -> Iterator[Fault]:
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
    texts = _by_language(label)
    if not isinstance(texts, Mapping):
        return ""
    return str(texts.get(language) or next(iter(texts.values()), ""))


def _repeated(texts: Iterable[object]) -> list[str]:
    counts = Counter(str(text).strip() for text in texts if text)
    return sorted(text for text, count in counts.items() if count > 1)


def _smtp_faults(mail: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    if not mail.get("host"):
        yield Fault(_("is needed to send by SMTP"), f"{path.name}: mail.host")
    if mail.get("security") == "none" and mail.get("host") not in {"localhost", "127.0.0.1", "::1"}:
        yield Fault(
            _("unencrypted mail is only for this computer itself"),
            f"{path.name}: mail.security",
            _('Use security = "starttls" (port 587) or "tls" (port 465).'),
        )


def _fault(detail: ErrorDetails, path: Path) -> Fault:
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in detail["loc"] if part != "[key]")
    return Fault(_problem(detail), f"{path.name}: {place}", _nearest(detail))


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


def _nearest(detail: ErrorDetails) -> str:
    """Suggest the key that was probably meant."""
    if "[key]" in detail["loc"]:
        known = LANGUAGES if {"label", "subject"} & set(detail["loc"]) else SOURCE_FIELDS
        return _closest(str(detail["input"]), known)
    if detail["type"] != "extra_forbidden":
        return ""
    model: Any = Settings
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
