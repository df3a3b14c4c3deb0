"""What is wrong with the tags of a template, of a letter or a mail, in the user's words."""

import difflib
import re
from collections.abc import Collection, Iterable

from jinja2 import UndefinedError

from relance_xl.errors import Fault
from relance_xl.language import _

# How jinja says that a thing has no part of that name.
_NO_SUCH_PART = re.compile(r"has no (?:attribute|element) '(\w+)'")


def unknown_names(names: Iterable[str], known: Collection[str], where: str) -> list[Fault]:
    """Return a fault for each of the names that does not exist; `where` says where it stands."""
    return [_unknown_name(name, known, where) for name in sorted(set(names) - set(known))]


def _unknown_name(name: str, known: Collection[str], where: str) -> Fault:
    near = difflib.get_close_matches(name, known, n=1)
    advice = (
        _("Did you mean {key}?").format(key=near[0])
        if near
        else _("Known names: {keys}").format(keys=", ".join(sorted(known)))
    )
    return Fault(_("the name {name} does not exist").format(name=name), where, advice)


def unknown_part(error: Exception) -> str:
    """Return the name after a dot that does not exist (`nom` in `customer.nom`); "" for any other error."""
    found = _NO_SUCH_PART.search(str(error)) if isinstance(error, UndefinedError) else None
    return found[1] if found else ""


def tag_error_text(error: Exception) -> str:
    """Return why a template could not be rendered: in the user's words where it names what does not exist."""
    name = unknown_part(error)
    return _("the name {name} does not exist").format(name=name) if name else str(error)
