"""What is wrong with the tags of a template, of a letter or a mail, in the user's words."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import is_dataclass, replace

from jinja2 import TemplateNotFound, UndefinedError, nodes

from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import _
from relance_xl.tags.sandbox import UnprintableError, is_endless, is_printable, unprintable_tags
from relance_xl.tags.shared_files import SharedFileError

# From which likeness on a name may be meant: that of `nom` to `name`.
_LIKE = 0.55
# Parts by which a record is known: most often one of them is meant.
_TELLING = ("name", "number", "label")
# How jinja says that a record has no part of that name.
_NO_SUCH_PART = re.compile(r"'([\w.]+) object' has no attribute '(\w+)'")


def unknown_names(names: Iterable[str], known: Collection[str], where: str) -> list[Fault]:
    """Return a fault for each of the names that does not exist; `where` says where it stands."""
    return [_unknown_name(name, known, where) for name in sorted(set(names) - set(known))]


def rendering_faults(error: BaseException | None, example: Mapping[str, object], where: str) -> list[Fault]:
    """Return a fault if a template failed as it would with any values.

    It asked for a part that a known name lacks (`nom` of `customer.nom`), printed what is no text, went on for ever, or
    builds on a file that it cannot have. `error`: what rendering it ran into; `example`: what its tags stood for.
    """
    if isinstance(error, SharedFileError):
        return [replace(error.fault, where=error.fault.where or where)]
    if isinstance(error, TemplateNotFound):
        return [Fault(_missing_text(error), where)]
    if isinstance(error, UnprintableError):
        return [_unprintable(_name_of(error.value, example), error.value, where)]
    if is_endless(error):
        return [Fault(_endless_text(), where, _("Look for loops over too many things, and for macros in macros."))]
    found = _no_such_part(error)
    return [_unknown_name(found[2], _parts_of(found[1], example), where)] if found else []


def unprintable_faults(source: nodes.Template, example: Mapping[str, object], where: str) -> list[Fault]:
    """Return a fault for each plain tag that stands for no text (`customer` in place of `customer.name`)."""
    return [_unprintable(tag, value, where) for tag, value in unprintable_tags(source, example)]


def tag_error_text(error: Exception, names: Mapping[str, object]) -> str:
    """Return why a template could not be rendered: in the user's words where it is about its tags.

    `names`: what its tags stood for.
    """
    if isinstance(error, UnprintableError):
        fault = _unprintable(_name_of(error.value, names), error.value, "")
        return _("{problem}. {advice}").format(problem=fault.problem, advice=fault.advice)
    if is_endless(error):
        return _endless_text()
    if isinstance(error, TemplateNotFound):
        return _missing_text(error)
    found = _no_such_part(error)
    return _("the name “{name}” does not exist").format(name=found[2]) if found else str(error)


def _endless_text() -> str:
    return _("it does not come to an end, or becomes far too long")


def _missing_text(error: TemplateNotFound) -> str:
    return _("the template “{name}” is missing").format(name=error.name)


def _unprintable(tag: str, value: object, where: str) -> Fault:
    name = tag or "…"
    if is_dataclass(value) and not isinstance(value, type):
        parts = [f"{tag}.{part}" for part in _printable_parts(value)]
        advice = _("Write the part that is meant: {parts}").format(parts=", ".join(parts))
    elif isinstance(value, list | tuple):
        inner = "".join(f".{part}" for part in (_printable_parts(value[0]) if value else [])[:1])
        example = f"{{% for one in {name} %}}{{{{ one{inner} }}}}{{% endfor %}}"
        advice = _("Write a loop: {example}").format(example=example)
    elif isinstance(value, bool):
        advice = _("Write a condition: {example}").format(example=f"{{% if {name} %}}…{{% endif %}}")
    elif callable(value):
        advice = _("Write what it stands for, or () behind it.")
    else:
        advice = _("Write a name that stands for a text or a number.")
    problem = _("the tag “{name}” stands for neither a text nor a number").format(name=name)
    return Fault(problem, where, advice)


def _name_of(value: object, names: Mapping[str, object]) -> str:
    """Return by which tag a template came to a value; an empty text where it made it itself."""
    if value is None or isinstance(value, bool):
        return ""
    for name, one in names.items():
        for part in ("", *getattr(one, "__slots__", ())):
            if value is (getattr(one, part) if part else one):
                return f"{name}.{part}" if part else name
    return ""


def _printable_parts(record: object) -> list[str]:
    """Return the names of a record's parts that may be printed, those that say what it is before the others."""
    parts = [part for part in getattr(record, "__slots__", ()) if is_printable(getattr(record, part))]
    return sorted(parts, key=lambda part: part not in _TELLING)


def _no_such_part(error: BaseException | None) -> re.Match[str] | None:
    """Return the kind of a record and the part that it lacks, if that is the error."""
    return _NO_SUCH_PART.search(str(error)) if isinstance(error, UndefinedError) else None


def _unknown_name(name: str, known: Collection[str], where: str) -> Fault:
    by_part = {key.rpartition(".")[2]: key for key in known}
    near = difflib.get_close_matches(name, by_part, n=1, cutoff=_LIKE)
    advice = (
        _("Did you mean {key}?").format(key=by_part[near[0]])
        if near
        else _("Known names: {keys}").format(keys=", ".join(sorted(known)))
    )
    return Fault(_("the name “{name}” does not exist").format(name=name), where, advice)


def _parts_of(kind: str, example: Mapping[str, object]) -> list[str]:
    """Return what may stand behind the dot of each name of a kind: `customer.name`; of a list's items `.number`."""
    parts = []
    for name, value in example.items():
        is_list = isinstance(value, tuple) and bool(value)
        record = value[0] if is_list else value  # type: ignore[index]  # a tuple, as was just asked
        if f"{type(record).__module__}.{type(record).__qualname__}" == kind:
            parts += [f".{part}" if is_list else f"{name}.{part}" for part in getattr(record, "__slots__", ())]
    return parts
