"""Gather what users read into the French catalog, and compile it. Run from the root of the repository.

`python -m tools.catalogs` brings relance_xl.po up to date and writes the .mo beside it; what is new waits there for its
translation. `--check` writes nothing and names what is wrong, for the build to stop on.
"""

import ast
import io
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path("relance_xl")
PO_FILE = PACKAGE / "locale/fr/LC_MESSAGES/relance_xl.po"
MO_FILE = PO_FILE.with_suffix(".mo")
LINE_WIDTH = 120

# How many of its first arguments each function gives to translate.
MARKERS = {"_": 1, "N_": 1, "translated": 1, "ngettext": 2}

#: A text, or the singular and plural of one.
MessageId = str | tuple[str, str]

# click's own texts, word for word, that a user of these commands can meet; it looks them up in our catalog.
CLICK_MESSAGES: tuple[MessageId, ...] = (
    "Usage:",
    "Options",
    "Commands",
    "Positional arguments",
    "Show this message and exit.",
    "path",
    "Error: {message}",
    "Try '{command} {option}' for help.",
    "Missing command.",
    "No such command {name!r}.",
    "No such option {name!r}.",
    "No such option: {name}",  # until click 8.3
    ("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    ("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    "Missing argument",
    "Missing option",
    "Missing parameter",
    "Choose from:\n\t{choices}",
    "Invalid value: {message}",
    "Invalid value for {param_hint}: {message}",
    ("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    "{name} {filename!r} is not readable.",
    "Option {name!r} does not take a value.",
    ("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    "Aborted!",
)

# No date and no program's version: the same texts always give the same bytes.
HEADER = (
    ("Project-Id-Version", "relance-xl"),
    ("Language", "fr"),
    ("Plural-Forms", "nplurals=2; plural=(n > 1);"),
    ("MIME-Version", "1.0"),
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Transfer-Encoding", "8bit"),
)
HEADER_COMMENT = "# French texts of Relance XL. Translate here, then run: python -m tools.catalogs"

#: An ordinary space where French wants one that does not break, or quotes that are not French.
WRONG_TYPOGRAPHY = re.compile(r" [:;?!»]|« |[“”’]")


class FrenchCatalog(Catalog):
    """A catalog whose header never changes by itself."""

    def __init__(self) -> None:
        super().__init__(locale="fr", header_comment=HEADER_COMMENT, fuzzy=False)

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The fixed header."""
        return list(HEADER)


def marked_texts(folder: Path = PACKAGE) -> set[MessageId]:
    """Return every text the sources mark for translation.

    Read from the syntax tree: Babel's own reader does not see into f-strings before Python 3.12.
    """
    texts: set[MessageId] = set()
    for source in sorted(folder.rglob("*.py")):
        texts.update(_texts_in(ast.parse(source.read_text(encoding="utf-8"))))
    return texts


def _texts_in(tree: ast.AST) -> Iterator[MessageId]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        wanted = MARKERS.get(node.func.id, 0)
        texts = [
            one.value for one in node.args[:wanted] if isinstance(one, ast.Constant) and isinstance(one.value, str)
        ]
        # Anything but literal texts (a column's title, say) was marked where it was written.
        if len(texts) == wanted == 1:
            yield texts[0]
        elif len(texts) == wanted == 2:
            yield texts[0], texts[1]


def wanted_texts() -> set[MessageId]:
    """Return all that the catalog must translate: our texts and click's."""
    return marked_texts() | set(CLICK_MESSAGES)


def read_translations(path: Path = PO_FILE) -> dict[MessageId, Message]:
    """Return the catalog's messages by their text; none if there is no catalog yet."""
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalog = read_po(file, locale="fr", charset="utf-8")
    return {_text_of(message): message for message in catalog if message.id}


def _text_of(message: Message) -> MessageId:
    return (message.id[0], message.id[1]) if isinstance(message.id, (list, tuple)) else message.id


def forms(text: str | Sequence[str]) -> tuple[str, ...]:
    """Return a text's forms: one, or the singular and the plural."""
    return (text,) if isinstance(text, str) else tuple(text)


def filled(texts: set[MessageId], known: Mapping[MessageId, Message]) -> FrenchCatalog:
    """Return the catalog of these texts, with the translations already known; the new ones stay empty."""
    catalog = FrenchCatalog()
    for text in sorted(texts, key=forms):
        old = known.get(text)
        notes = ["Said by click."] if text in CLICK_MESSAGES else []
        flags = {"fuzzy"} if old and old.fuzzy else set()
        catalog.add(text, old.string if old else None, flags=flags, auto_comments=notes)
    return catalog


def po_bytes(catalog: Catalog) -> bytes:
    """Return the catalog as a translator reads it: sorted, without places in the sources, so that it seldom changes."""
    written = io.BytesIO()
    write_po(written, catalog, width=LINE_WIDTH, no_location=True, sort_output=True)
    return written.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """Return the catalog as gettext reads it."""
    written = io.BytesIO()
    write_mo(written, catalog)
    return written.getvalue()


def placeholders(text: str) -> set[str]:
    """Return the names a text leaves to fill in; those in doubled braces are shown as they are, and count too."""
    found: set[str] = set()
    for literal, name, form, conversion in Formatter().parse(text):
        found.update(re.findall(r"\{\w+\}", literal))
        if name is not None:
            found.add(f"{name}!{conversion or ''}:{form or ''}")
    return found


def faults(texts: set[MessageId], known: Mapping[MessageId, Message]) -> list[str]:
    """Return, in words, all that is wrong with the translations."""
    missing = [f"not in the catalog: {_shown(text)}" for text in sorted(texts - known.keys(), key=forms)]
    obsolete = [f"no longer in the sources: {_shown(text)}" for text in sorted(known.keys() - texts, key=forms)]
    wrong = [
        f"{fault}: {_shown(text)}"
        for text in sorted(texts & known.keys(), key=forms)
        for fault in message_faults(known[text])
    ]
    return missing + obsolete + wrong


def _shown(text: MessageId) -> str:
    return repr(forms(text)[0])


def message_faults(message: Message) -> Iterator[str]:
    """Yield what is wrong with one translation."""
    source, french = forms(message.id), forms(message.string or "")
    if len(source) != len(french) or not all(french):
        yield "not translated"
        return
    if message.fuzzy:
        yield "marked fuzzy"
    for english, translation in zip(source, french, strict=True):
        yield from _form_faults(english, translation)


def _form_faults(english: str, french: str) -> Iterator[str]:
    try:
        if placeholders(english) != placeholders(french):
            yield "other placeholders"
    except ValueError as error:
        yield f"braces that do not fit ({error})"
    if _edges(english) != _edges(french):
        yield "other blanks at the beginning or the end"
    if WRONG_TYPOGRAPHY.search(french):
        yield "typography (no-break spaces, « », plain apostrophes)"


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def check() -> list[str]:
    """Return all that is wrong with the two files as they are."""
    texts, known = wanted_texts(), read_translations()
    found = faults(texts, known)
    if not PO_FILE.exists():
        return [f"{PO_FILE} is missing", *found]
    if not found and PO_FILE.read_bytes() != po_bytes(filled(texts, known)):
        found.append(f"{PO_FILE} is not as this program writes it")
    if not MO_FILE.exists() or MO_FILE.read_bytes() != mo_bytes(filled(set(known), known)):
        found.append(f"{MO_FILE} is not what {PO_FILE.name} compiles to")
    return found


def update() -> list[str]:
    """Write both files anew; return what still needs a translator."""
    texts, known = wanted_texts(), read_translations()
    catalog = filled(texts, known)
    PO_FILE.parent.mkdir(parents=True, exist_ok=True)
    PO_FILE.write_bytes(po_bytes(catalog))
    MO_FILE.write_bytes(mo_bytes(catalog))
    return faults(texts, {_text_of(message): message for message in catalog if message.id})


def main(arguments: Sequence[str]) -> int:
    """Update, or with --check only look; a check that finds anything fails."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m tools.catalogs [--check]", file=sys.stderr)
        return 2
    found = check() if arguments else update()
    for fault in found:
        print(fault, file=sys.stderr)
    if not found:
        print(f"{PO_FILE}: {len(wanted_texts())} messages, all translated")
    elif arguments:
        print("mend it: python -m tools.catalogs, then translate what it names", file=sys.stderr)
    return 1 if arguments and found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
