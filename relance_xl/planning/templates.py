"""Which templates deliveries need, whether they are right, and in whose name they speak."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from relance_xl.core.channel import CHANNELS, Channel
from relance_xl.core.planning import PlannedDelivery
from relance_xl.core.texts.addresses import read_addresses
from relance_xl.core.wording import example_words
from relance_xl.runtime.errors import Fault, SettingsError, TemplateError
from relance_xl.runtime.language import LANGUAGES, _
from relance_xl.settings.dossier import Dossier
from relance_xl.settings.schema import Settings

if TYPE_CHECKING:
    from relance_xl.mail.template import MailTemplate


def letter_template(dossier: Dossier, level_id: str, language: str) -> Path:
    """Return a level's letter template in a language, else in the company's."""
    level = dossier.settings.level_settings(level_id)
    return _template_file(dossier, level.letter or f"{level.id}.{{language}}.docx", language)


def _template_file(dossier: Dossier, pattern: str, language: str) -> Path:
    own = dossier.templates / pattern.replace("{language}", language)
    return own if own.is_file() else dossier.templates / pattern.replace("{language}", dossier.settings.language)


def mail_template(dossier: Dossier, level_id: str, language: str) -> "MailTemplate":
    """Return a level's mail templates and subject in a language, else in the company's."""
    from relance_xl.mail.template import MailTemplate

    level = dossier.settings.level_settings(level_id)
    pattern = level.mail or f"{level.id}.{{language}}"
    subjects = {str(code): text for code, text in level.subject.items()}
    label = dossier.settings.policy_rules().level(level_id)
    subject = subjects.get(language) or (f"{label.label(language)} - {{{{ reference }}}}" if label else "")
    return MailTemplate(
        subject,
        _template_file(dossier, f"{pattern}.txt", language),
        _template_file(dossier, f"{pattern}.html", language),
        dossier.templates,
    )


def check_templates(dossier: Dossier, deliveries: Iterable[PlannedDelivery]) -> None:
    """Check every template these deliveries need. Raises TemplateError, SettingsError (no sender)."""
    deliveries = tuple(one for one in deliveries if CHANNELS[one.channel].has_documents)
    if deliveries:
        require_company(dossier.settings)
    needed = {(one.level.id, one.customer.language) for one in deliveries}
    by_email = {(one.level.id, one.customer.language) for one in deliveries if one.channel is Channel.EMAIL}
    _raise_template_faults(_template_faults(dossier, needed, by_email))
    if by_email:
        sender_address(dossier.settings)


#: What `init` writes until the user puts the company's own name there.
PLACEHOLDER_COMPANIES = ("Votre société", "Your company")
PLACEHOLDER_ADDRESSES = ("1 rue de l'Exemple", "1 Example Street")


def require_company(settings: Settings) -> None:
    """Refuse to write in the name of nobody. Raises SettingsError."""
    if settings.company.name in PLACEHOLDER_COMPANIES:
        raise SettingsError(
            _("The company is not filled in yet: letters would come from “{name}”.").format(name=settings.company.name),
            advice=_("Fill in [company] in relance.toml: name, address, bank account."),
        )


def check_all_templates(dossier: Dossier) -> list[Fault]:
    """Return what is wrong with the templates of every level and language."""
    needed = {(level.id, language) for level in dossier.settings.level for language in LANGUAGES}
    return _template_faults(dossier, needed, needed)


def letter_templates(dossier: Dossier) -> list[Path]:
    """Return the letter templates of every level and language, each once."""
    needed = sorted((level.id, language) for level in dossier.settings.level for language in LANGUAGES)
    return list(dict.fromkeys(letter_template(dossier, *one) for one in needed))


def _template_faults(dossier: Dossier, letters: set[tuple[str, str]], mails: set[tuple[str, str]]) -> list[Fault]:
    # Where nothing is ticked there is none to look at, nor a reason to load what looks at them.
    if not letters and not mails:
        return []
    from relance_xl.letters.templates.template import template_faults
    from relance_xl.mail.template import mail_template_faults

    example = example_words(dossier.settings.company_words(), dossier.settings.language).names()
    paths = dict.fromkeys(letter_template(dossier, *one) for one in sorted(letters))
    faults = [fault for path in paths for fault in template_faults(path, example)]
    mail_templates = dict.fromkeys(mail_template(dossier, *one) for one in sorted(mails))
    faults += [fault for one in mail_templates for fault in mail_template_faults(one, example)]
    return list(dict.fromkeys(faults))


def _raise_template_faults(faults: list[Fault]) -> None:
    if faults:
        raise TemplateError(
            _("Templates are missing or wrong; nothing was sent."),
            faults,
            _("Correct them in the templates folder; relance-xl init puts missing ones back."),
        )


def sender_address(settings: Settings) -> str:
    """Return who emails come from. Raises SettingsError where nobody is named."""
    sender = settings.mail.sender or settings.company.email
    if not sender:
        raise SettingsError(
            _("There is no address to send emails from."),
            advice=_("Set [mail] sender, or [company] email, in relance.toml."),
        )
    # A domain with accents travels in ASCII (IDNA), as the customers' do.
    return read_addresses(sender)[0]
