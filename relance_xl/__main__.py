"""The program's start: choose the language before the commands describe themselves in it."""

import gettext
import logging
import os
import sys
import warnings
from collections.abc import Sequence

from relance_xl.runtime import waste
from relance_xl.runtime.language import DEFAULT_LANGUAGE, DOMAIN, LANGUAGES, LOCALE_FOLDER, set_language


def asked_language(arguments: Sequence[str]) -> str:
    """Return the language named by --lang, else the default: help is shown before any settings are read."""
    for index, argument in enumerate(arguments):
        name, _equals, value = argument.partition("=")
        if name == "--lang":
            value = value or next(iter(arguments[index + 1 :]), "")
            return value if value in LANGUAGES else DEFAULT_LANGUAGE
    return DEFAULT_LANGUAGE


def _speak(language: str) -> None:
    """Choose the language for our texts and, by way of gettext's own variable, for click's."""
    set_language(language)
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain(DOMAIN, str(LOCALE_FOLDER))
    gettext.textdomain(DOMAIN)


def main() -> None:
    """Run the program."""
    for stream in (sys.stdout, sys.stderr):
        # A console of another encoding must not stop a send in the middle of its report.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    # What libraries tell developers of files that are not quite right; we tell users what matters.
    warnings.simplefilter("ignore")
    for library in ("pypdf", "pikepdf"):
        logging.getLogger(library).setLevel(logging.CRITICAL + 1)
    _speak(asked_language(sys.argv[1:]))
    # Ours has no plugin of pydantic's; without this it reads the metadata of all that is installed (10 ms).
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    waste.begin_loading()
    from relance_xl.cli import cli

    try:
        cli(prog_name="relance-xl")
    finally:
        waste.end()


if __name__ == "__main__":
    main()
