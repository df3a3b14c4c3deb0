"""Mail templates: Jinja in a text file and its HTML twin; the subject is a line of the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import TemplateError, meta

from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import cause_words
from relance_xl.tags.faults import rendering_faults, tag_error_text, unknown_names, unprintable_faults
from relance_xl.tags.sandbox import TagEnvironment, is_endless


class MailFailedError(Exception):
    """A mail that its template cannot render: the template, the error it ran into, what its tags stood for.

    `endless`: whether any other mail of that template would most likely end the same way.
    """

    def __init__(self, template: "MailTemplate", error: Exception, names: Mapping[str, object]) -> None:
        super().__init__(f"{template.text.stem}: {tag_error_text(error, names)}")
        self.endless = is_endless(error)


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """A mail's texts before rendering: subject line, plain text, HTML."""

    subject: str
    text: Path
    html: Path


@dataclass(frozen=True, slots=True)
class MailText:
    """A mail's texts, rendered."""

    subject: str
    text: str
    html: str


def _environment(autoescape: bool) -> TagEnvironment:
    return TagEnvironment(
        autoescape=autoescape,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def mail_template_faults(template: MailTemplate, example: Mapping[str, object]) -> list[Fault]:
    """Return what is wrong with a mail template: missing files, bad tags, names that do not exist or stand for no text.

    `example`: what tags may stand for. What else goes wrong with it may go well with others, and is no fault.
    """
    faults = _source_faults(template.subject, "relance.toml: level.subject", example)
    for path in (template.text, template.html):
        try:
            faults += _source_faults(path.read_text(encoding="utf-8"), path.name, example)
        except FileNotFoundError:
            faults.append(Fault(_("the mail template is missing"), str(path)))
        except (OSError, UnicodeDecodeError) as error:
            faults.append(Fault(_("cannot be read as UTF-8 text: {why}").format(why=cause_words(error)), path.name))
    return faults


def _source_faults(source: str, where: str, example: Mapping[str, object]) -> list[Fault]:
    environment = _environment(autoescape=False)
    try:
        parsed = environment.parse(source)
        names = meta.find_undeclared_variables(parsed)
    except (TemplateError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        place = _("{file}, line {line}").format(file=where, line=line) if line else where
        return [Fault(_("a tag cannot be understood: {why}").format(why=error), place)]
    faults = unknown_names(names, example.keys(), where) or unprintable_faults(parsed, example, where)
    if not faults:
        try:
            environment.from_string(source).render(example)
        except Exception as error:  # a template is a small program of the user: it may fail in any way
            faults = rendering_faults(error, example, where)
    return faults


def render_mail(template: MailTemplate, names: Mapping[str, object]) -> MailText:
    """Return the rendered mail; the subject in one line. Raises MailFailedError."""
    try:
        plain, escaped = _environment(autoescape=False), _environment(autoescape=True)
        subject = plain.from_string(template.subject).render(names)
        text = plain.from_string(template.text.read_text(encoding="utf-8")).render(names)
        html = escaped.from_string(template.html.read_text(encoding="utf-8")).render(names)
    except Exception as error:  # a template is a small program of the user: it may fail in any way
        raise MailFailedError(template, error, names) from error
    # A line break in a subject would start a header of its own.
    return MailText(" ".join(subject.split()), text, html)
