"""Mail templates: Jinja in a text file and its HTML twin; the subject is a line of the settings."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Template, TemplateError, UndefinedError, meta

from relance_xl.mail.sources import Source, failing_file, misfits, names_of_others, place_of, read_sources
from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import cause_words
from relance_xl.tags.faults import rendering_faults, tag_error_text, unknown_names, unprintable_faults
from relance_xl.tags.sandbox import TagEnvironment, is_endless
from relance_xl.tags.shared_files import FolderLoader

# How jinja says that nothing has that name.
_UNDEFINED = re.compile(r"^'(\w+)' is undefined$")


class MailFailedError(Exception):
    """A mail that its template cannot render: the template, the error it ran into, what its tags stood for.

    `endless`: whether any other mail of that template would most likely end the same way.
    """

    def __init__(self, template: "MailTemplate", error: Exception, names: Mapping[str, object]) -> None:
        super().__init__(f"{template.text.stem}: {tag_error_text(error, names)}")
        self.endless = is_endless(error)


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """A mail's texts before rendering: subject line, plain text, HTML; `folder`: where the files are that these build on."""

    subject: str
    text: Path
    html: Path
    folder: Path


@dataclass(frozen=True, slots=True)
class MailText:
    """A mail's texts, rendered."""

    subject: str
    text: str
    html: str


def _environment(folder: Path, autoescape: bool) -> TagEnvironment:
    return TagEnvironment(
        loader=FolderLoader(folder),
        autoescape=autoescape,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def mail_template_faults(template: MailTemplate, example: Mapping[str, object]) -> list[Fault]:
    """Return what is wrong with a mail template: missing files, bad tags, names that do not exist or stand for no text.

    That of the files that it builds on is told by their names. `example`: what tags may stand for. What else goes wrong
    with it may go well with others, and is no fault.
    """
    faults = _source_faults(template, template.subject, "relance.toml: level.subject", example)
    for path in (template.text, template.html):
        try:
            faults += _source_faults(template, path.read_text(encoding="utf-8"), path.name, example)
        except FileNotFoundError:
            faults.append(Fault(_("the mail template is missing"), str(path)))
        except (OSError, UnicodeDecodeError) as error:
            faults.append(Fault(_("cannot be read as UTF-8 text: {why}").format(why=cause_words(error)), path.name))
    return faults


def _source_faults(template: MailTemplate, text: str, where: str, example: Mapping[str, object]) -> list[Fault]:
    environment = _environment(template.folder, autoescape=False)
    sources, faults = read_sources(environment, FolderLoader(template.folder), text, where)
    faults = faults or [fault for one in sources for fault in _name_faults(one, sources, example)] + misfits(sources)
    if not faults:
        try:
            environment.from_string(text).render(example)
        except Exception as error:  # a template is a small program of the user: it may fail in any way
            place = failing_file(error, template.folder, where)
            faults = _undefined_faults(error, sources, example, place) or rendering_faults(error, example, place)
    return faults


def _name_faults(source: Source, sources: Sequence[Source], example: Mapping[str, object]) -> list[Fault]:
    """Return a fault for each name of a source that nothing gives a meaning to, or else for each that is no text."""
    try:
        used = meta.find_undeclared_variables(source.parsed)
    except (TemplateError, RecursionError) as error:
        return [Fault(_("a tag cannot be understood: {why}").format(why=error), place_of(source.where, error))]
    lent = names_of_others(source, sources)
    known = {name: value for name, value in example.items() if name not in lent}
    return unknown_names(used - lent, example.keys(), source.where) or unprintable_faults(
        source.parsed, known, source.where
    )


def _undefined_faults(
    error: Exception, sources: Sequence[Source], example: Mapping[str, object], where: str
) -> list[Fault]:
    """Return a fault if rendering failed for a name that one source expected of another, which did not make it there."""
    found = _UNDEFINED.search(str(error)) if isinstance(error, UndefinedError) else None
    lent = {name for one in sources for name in names_of_others(one, sources)} if len(sources) > 1 else set[str]()
    return unknown_names({found[1]} & lent, example.keys(), where) if found else []


class CompiledMail:
    """A mail template that is read and compiled once, when the first mail is made of it, for many mails."""

    def __init__(self, template: MailTemplate) -> None:
        self._template = template
        self._environments = tuple(_environment(template.folder, autoescape=one) for one in (False, True))
        self._parts: tuple[Template, ...] = ()

    def render(self, names: Mapping[str, object]) -> MailText:
        """Return the mail; the subject in one line. Raises MailFailedError."""
        try:
            for environment in self._environments:
                environment.begin()
            self._parts = self._parts or self._compiled()
            subject, text, html = (part.render(names) for part in self._parts)
        except Exception as error:  # a template is a small program of the user: it may fail in any way
            raise MailFailedError(self._template, error, names) from error
        # A line break in a subject would start a header of its own.
        return MailText(" ".join(subject.split()), text, html)

    def _compiled(self) -> tuple[Template, ...]:
        """Return subject, text and HTML. Raises OSError, UnicodeDecodeError, TemplateError."""
        (plain, escaped), template = self._environments, self._template
        return (
            plain.from_string(template.subject),
            plain.from_string(template.text.read_text(encoding="utf-8")),
            escaped.from_string(template.html.read_text(encoding="utf-8")),
        )
