"""relance.toml -> Settings: frozen, checked, all faults at once."""

import codecs
import re
import tomllib
from dataclasses import asdict
from decimal import Decimal
from functools import cached_property
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
    model_validator,
)

from relance_xl.core.level import AfterLast, Level, Policy
from relance_xl.core.remembered.customer_entry import Grouping
from relance_xl.core.terms import read_terms
from relance_xl.core.texts.addresses import BadAddressError, read_addresses
from relance_xl.core.wording import Company
from relance_xl.mail.providers import PROVIDERS
from relance_xl.runtime.errors import Fault, SettingsError
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import cause_words
from relance_xl.settings.faults import by_language, cross_faults, is_told, secret_faults, told_fault
from relance_xl.sources.files.encoding import MixedEncodingError, decoded

SETTINGS_FILE = "relance.toml"

SOURCE_FIELDS = (
    "number", "customer_code", "customer", "address", "postal_code", "city", "country", "email", "invoice_date",
    "due_date", "total", "open_amount", "currency", "language", "professional", "disputed", "debit", "credit", "paid",
    "type", "age", "reference",
)  # fmt: skip

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: No procedure waits longer than ten years (days).
MAX_DAYS = 3650


def _decimal_comma(value: object) -> object:
    """Accept `15,00` as it is typed in France."""
    return value.replace(",", ".") if isinstance(value, str) else value


def _is_named(value: dict[str, str]) -> dict[str, str]:
    if not value or not all(text.strip() for text in value.values()):
        raise ValueError(_("must not be empty"))
    return value


PerLanguage = Annotated[dict[Literal["fr", "en"], str], BeforeValidator(by_language)]
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
        from stdnum.exceptions import InvalidChecksum
        from stdnum.exceptions import ValidationError as InvalidNumber
        from stdnum.fr import siren

        checks = {"siren": siren, "vat": vat, "iban": iban, "bic": bic}
        try:
            if value:
                checks[info.field_name].validate(value)
        except InvalidChecksum as error:
            raise ValueError(_("its check digits are wrong: a digit is missing or mistyped")) from error
        except InvalidNumber as error:
            if info.field_name == "bic":
                raise ValueError(_("a BIC has 8 or 11 characters, the first 6 of them letters")) from error
            raise ValueError(_("it is no such number: a character is missing, mistyped or too many")) from error
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

    kind: Literal["list", "fec", "sql", "dolibarr", "odoo"] = "list"
    # Of a server: its address without any password, the query, how long it may take; Dolibarr's tables and company.
    url: str = ""
    query: str = ""
    timeout_s: int = Field(default=60, ge=1, le=3600)
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,20}$")] = "llx_"
    entity: int = Field(default=1, ge=1)
    # Odoo's database; the user, where it is asked by XML-RPC.
    database: str = ""
    user: str = ""
    file: str = Field(default="impayes.csv", min_length=1)
    # When invoices are due of which the source does not say it: `30`, `30 fin de mois`, `45 fin de mois le 10`.
    terms: str = ""
    # How the numbers of customers' accounts begin in a FEC.
    accounts: list[Annotated[str, Field(pattern=r"^4\d{1,7}$")]] = ["411"]
    encoding: str = ""
    # A tab is a separator too: blanks must not be stripped here.
    separator: Annotated[str, StringConstraints(strip_whitespace=False, max_length=1)] = ""
    max_age_days: int = Field(default=7, ge=0)
    # What an older list does: a warning, or nothing is sent.
    stale: Literal["warn", "refuse"] = "warn"
    # What customers are where no column says so. Claims that only businesses owe must not reach a private person.
    professional: bool = False
    # Whether days or months stand first, and the currency, where the list does not prove them.
    dates: Literal["", "dmy", "mdy"] = ""
    currency: Annotated[str, Field(pattern=r"^([A-Z]{3})?$")] = ""
    # Whether an electronic invoice that says another number, customer or total holds the reminder, or is only told.
    cross_check: bool = True
    columns: dict[Literal[SOURCE_FIELDS], str] = {}  # type: ignore[valid-type]

    @field_validator("terms")
    @classmethod
    def _are_terms(cls, value: str) -> str:
        if value and read_terms(value) is None:
            raise ValueError(_('not terms of payment; usual ones are "30", "30 fin de mois", "45 fin de mois le 10"'))
        return value

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
    after_last: AfterLast = AfterLast.STOP
    # Whether deadlines fall on days on which banks work: no weekend, no public holiday of the company's country.
    working_days: bool = True


class LevelSettings(_Table):
    """[[level]]: one step of firmness."""

    id: Slug
    label: Annotated[PerLanguage, AfterValidator(_is_named)]
    after_days: int = Field(ge=-MAX_DAYS, le=MAX_DAYS)
    next_days: int = Field(ge=1, le=MAX_DAYS)
    # Whether the cells that tick all reach it; whether its letters go by registered post, printed apart.
    tick_all: bool = True
    registered: bool = False
    letter: str = ""
    mail: str = ""
    subject: PerLanguage = {}


class ImapSettings(_Table):
    """[mail.imap]: the mailbox, to look for sent messages and to keep a copy of them; what it is used for is said below."""

    host: str = ""
    port: int = Field(default=993, ge=1, le=65535)
    # The folder of sent messages, as mail programs show it or as the server spells it; "" to find it.
    folder: str = ""
    # Look there whether a message of unknown fate was sent; put a copy there of each one that was.
    watch: bool = False
    copy_sent: bool = False
    # Look in the inbox for emails that came back, and count them as refused.
    bounces: bool = False


class MailSettings(_Table):
    """[mail]: how emails leave. The password is never here: environment or keyring."""

    transport: Literal["folder", "smtp"] = "folder"
    sender: str = ""
    reply_to: str = ""
    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    # What the provider's preset says stands where the table says nothing else.
    provider: Literal[tuple(PROVIDERS)] | None = None  # type: ignore[valid-type]
    auth: Literal["password", "xoauth2"] = "password"
    token_command: tuple[str, ...] = ()
    per_minute: int = Field(default=0, ge=0)
    per_day: int = Field(default=0, ge=0)
    timeout_s: int = Field(default=60, ge=1)
    # A server that puts a message off is asked again so often, the first time after so many seconds.
    retries: int = Field(default=2, ge=0, le=10)
    retry_s: int = Field(default=60, ge=0, le=3600)
    max_mb: int = Field(default=20, ge=1)
    imap: ImapSettings = ImapSettings()

    @model_validator(mode="before")
    @classmethod
    def _with_preset(cls, table: Any) -> Any:
        provider = PROVIDERS.get(str(table.get("provider"))) if isinstance(table, dict) else None
        if provider is None:
            return table
        preset = asdict(provider)
        # Its folder of sent messages is a guess, not a setting: what the server says goes before it.
        del preset["sent_folder"]
        imap = {"host": preset.pop("imap_host")}
        own = table.get("imap")
        return {**preset, **table, "imap": {**imap, **own} if isinstance(own, dict) else own or imap}

    @field_validator("sender", "reply_to")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        return _one_address(value)


class LetterSettings(_Table):
    """[letters]: LibreOffice. `workers` 0 means as many as fit."""

    libreoffice: str = ""
    workers: int = Field(default=0, ge=0, le=64)
    timeout_s: int = Field(default=120, ge=1)
    #: Each reminder begins on a sheet of its own when printed on both sides.
    duplex: bool = False
    #: Letters as PDF/A, to be kept; with their invoices where these allow it.
    pdf_a: Literal["", "1b", "2b", "3b"] = ""


class PathSettings(_Table):
    """[paths]: where things are, inside the dossier."""

    workbook: str = Field(default="relances.xlsx", min_length=1)
    invoices: str = Field(default="factures/{number}.pdf", min_length=1)
    templates: str = Field(default="modeles", min_length=1)
    batches: str = Field(default="lots", min_length=1)

    @property
    def invoice_folder(self) -> str:
        """Where the invoices' PDFs belong, as far as it is the same for all of them."""
        return self.invoices.partition("{")[0] or self.invoices

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


class ApprovalSettings(_Table):
    """[approval]: whether what one person decided must be released by another; who may, empty: anybody else."""

    required: bool = False
    people: tuple[str, ...] = ()


class Settings(_Table):
    """All of relance.toml."""

    language: Literal["fr", "en"] = "fr"
    company: CompanySettings
    source: SourceSettings = SourceSettings()
    policy: PolicySettings = PolicySettings()
    level: tuple[LevelSettings, ...] = Field(min_length=1)
    mail: MailSettings = MailSettings()
    approval: ApprovalSettings = ApprovalSettings()
    letters: LetterSettings = LetterSettings()
    paths: PathSettings = PathSettings()

    def policy_rules(self) -> Policy:
        """Return the dunning policy as the core knows it."""
        return self._rules

    # Kept: every row of a long history asks for its level's name.
    @cached_property
    def _rules(self) -> Policy:
        levels = tuple(
            Level(
                one.id,
                {str(code): text for code, text in one.label.items()},
                one.after_days,
                one.next_days,
                one.tick_all,
                one.registered,
            )
            for one in self.level
        )
        return Policy(levels, self.policy.grouping, self.policy.minimum, self.policy.after_last)

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
        table = tomllib.loads(_settings_text(path))
    except FileNotFoundError as error:
        raise SettingsError(
            _("{folder} is not a Relance XL folder: it has no {file}.").format(folder=path.parent, file=path.name),
            advice=_("Go to the right folder, name it with -d, or make one: relance-xl -d FOLDER init"),
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(_("{file} cannot be read: {why}").format(file=path, why=cause_words(error))) from error
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
    return check_settings(table, path)


def _settings_text(path: Path) -> str:
    """Return the file's text: UTF-8 as TOML wants it, or what an old Windows editor made of it.

    Raises OSError, UnicodeDecodeError, SettingsError.
    """
    data = path.read_bytes()
    advice = _("Save it as UTF-8: editors offer that under “Save as”, “Encoding”.")
    if data.startswith(_UTF_16) or b"\0" in data[:4]:
        raise SettingsError(_("{file} is saved as UTF-16.").format(file=path.name), advice=advice)
    try:
        return decoded(data)
    except MixedEncodingError as error:
        where = _("{file}, line {line}").format(file=path.name, line=error.line)
        raise SettingsError(
            _("{file} cannot be understood.").format(file=path.name),
            [Fault(_("letters in another encoding, such as Windows-1252"), where)],
            advice,
        ) from error


def check_settings(table: dict[str, Any], path: Path) -> Settings:
    """Return the settings that a table says; `path`: for the faults. Raises SettingsError with every one."""
    faults = list(secret_faults(table, path))
    settings = None
    try:
        settings = Settings.model_validate(table)
    except ValidationError as error:
        faults += [told_fault(detail, path, Settings, SOURCE_FIELDS) for detail in error.errors() if is_told(detail)]
    faults += cross_faults(table, path)
    if faults or settings is None:
        raise SettingsError(_("The settings are wrong."), faults)
    return settings
