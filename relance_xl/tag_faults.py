"""What is wrong with the tags of a template, of a letter or a mail, in the user's words."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping

from jinja2 import UndefinedError

from relance_xl.errors import Fault
from relance_xl.language import _

# From which likeness on a name may be meant: that of `nom` to `name`.
_LIKE = 0.55
# How jinja says that a record has no part of that name.
_NO_SUCH_PART = re.compile(r"'([\w.]+) object' has no attribute '(\w+)'")


def unknown_names(names: Iterable[str], known: Collection[str], where: str) -> list[Fault]:
    """Return a fault for each of the names that does not exist; `where` says where it stands."""
    return [_unknown_name(name, known, where) for name in sorted(set(names) - set(known))]


def unknown_parts(error: BaseException | None, example: Mapping[str, object], where: str) -> list[Fault]:
    """Return a fault if a template asked for a part that a known name lacks (`nom` of `customer.nom`).

    `error`: what rendering it ran into; `example`: what its tags stood for.
    """
    found = _no_such_part(error)
    return [_unknown_name(found[2], _parts_of(found[1], example), where)] if found else []


def tag_error_text(error: Exception) -> str:
    """Return why a template could not be rendered: in the user's words where it names what does not exist."""
    found = _no_such_part(error)
    return _("the name “{name}” does not exist").format(name=found[2]) if found else str(error)


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
