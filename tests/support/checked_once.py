"""Templates that were found right in this run of the tests are not looked at again: it takes half of a short command."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from relance_xl.planning import templates
from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import current_language
from relance_xl.settings.dossier import Dossier

_RIGHT: set[str] = set()
_look = templates._template_faults


@contextmanager
def checking_once() -> Iterator[None]:
    """Look at the same templates with the same settings once while the block runs; what is wrong is looked at each time."""
    with patch.object(templates, "_template_faults", _faults):
        yield


def _faults(dossier: Dossier, letters: set[tuple[str, str]], mails: set[tuple[str, str]]) -> list[Fault]:
    digest = _digest(dossier, letters, mails)
    if digest in _RIGHT:
        return []
    faults = _look(dossier, letters, mails)
    if not faults:
        _RIGHT.add(digest)
    return faults


def _digest(dossier: Dossier, letters: set[tuple[str, str]], mails: set[tuple[str, str]]) -> str:
    """Return what tells all that is looked at from anything else."""
    # Where mail goes is no matter of templates, and another in each test: a port.
    settings = dossier.settings.model_dump(exclude={"mail"})
    said = repr((sorted(letters), sorted(mails), current_language(), settings))
    sha = hashlib.sha256(said.encode())
    for path in sorted(dossier.templates.rglob("*")):
        if path.is_file():
            sha.update(repr((path.relative_to(dossier.templates).as_posix(), path.read_bytes())).encode())
    return sha.hexdigest()
