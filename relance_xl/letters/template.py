"""Letter templates: DOCX with Jinja tags, rendered by docxtpl in a sandbox."""

import difflib
import io
import re
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from relance_xl.errors import Fault
from relance_xl.language import _

# Characters that XML 1.0 cannot hold; pasted text brings them.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class LetterFailedError(Exception):
    """A letter that its template cannot render."""


def _environment() -> SandboxedEnvironment:
    # Autoescape, or "Dupont & Fils <SARL>" deletes the rest of its sentence, amount included.
    return SandboxedEnvironment(autoescape=True, undefined=StrictUndefined, finalize=_clean)


def _clean(value: Any) -> Any:
    return _ILLEGAL.sub("", value) if isinstance(value, str) else value


def template_faults(path: Path, known: Collection[str]) -> list[Fault]:
    """Return what is wrong with a template: missing, no DOCX, bad tags, names that do not exist."""
    if not path.is_file():
        return [Fault(_("the letter template is missing"), str(path))]
    try:
        template = DocxTemplate(path)
        names = template.get_undeclared_template_variables(_environment())
    except TemplateError as error:
        return [Fault(_("a tag cannot be understood: {why}").format(why=error), path.name)]
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        return [Fault(_("not a Word document (.docx): {why}").format(why=error), path.name)]
    return [_unknown_name(path, name, known) for name in sorted(names - set(known))]


def _unknown_name(path: Path, name: str, known: Collection[str]) -> Fault:
    near = difflib.get_close_matches(name, known, n=1)
    advice = (
        _("Did you mean {key}?").format(key=near[0])
        if near
        else (_("Known names: {keys}").format(keys=", ".join(sorted(known))))
    )
    return Fault(_("the name {name} does not exist").format(name=name), path.name, advice)


def render_letter(template: Path, names: Mapping[str, object]) -> bytes:
    """Return the letter as DOCX. Raises LetterFailedError."""
    try:
        document = DocxTemplate(template)
        document.render(dict(names), _environment(), autoescape=True)
        target = io.BytesIO()
        document.save(target)
    except Exception as error:  # a template is a small program of the user: it may fail in any way
        raise LetterFailedError(f"{template.name}: {error}") from error
    return target.getvalue()
