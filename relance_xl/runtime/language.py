"""The language of what users read: one current language, catalogs in locale/.

Source texts are English; a catalog translates them. The lowest module of the house: every room may speak.
"""

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = ("fr", "en")
DEFAULT_LANGUAGE = "fr"
LOCALE_FOLDER = Path(__file__).parent.parent / "locale"
DOMAIN = "relance_xl"

_current: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)


def set_language(code: str) -> None:
    """Choose the language of every text from here on: one of LANGUAGES."""
    _current.set(code)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language for a while: what is kept in a folder is written in that folder's."""
    token = _current.set(code)
    try:
        yield
    finally:
        _current.reset(token)


def current_language() -> str:
    """Return the code of the language now spoken."""
    return _current.get()


@cache
def _catalog(code: str) -> gettext.NullTranslations:
    # English is the language of the sources: its catalog is the texts themselves.
    if code == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALE_FOLDER, [code])


def _(text: str) -> str:
    """Return the text in the current language."""
    return _catalog(_current.get()).gettext(text)


def N_(text: str) -> str:  # noqa: N802 - the usual name of what marks a text for translation later
    """Mark a text for the catalogs; it is translated where it is used."""
    return text


def ngettext(one: str, many: str, count: int) -> str:
    """Return the singular or plural text for the count, in the current language."""
    return _catalog(_current.get()).ngettext(one, many, count)


def translated(text: str, code: str) -> str:
    """Return the text in the given language."""
    return _catalog(code).gettext(text)


def in_every_language(text: str) -> tuple[str, ...]:
    """Return the text in each language: a title is recognised whatever language wrote it."""
    return tuple(translated(text, code) for code in LANGUAGES)
