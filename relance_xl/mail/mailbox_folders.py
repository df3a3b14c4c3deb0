"""Which of a mailbox's folders holds the sent messages: what the user wrote, else the server, the provider, its name."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: What RFC 6154 marks the folder of sent messages with, and what cannot be opened (RFC 3501, RFC 5258); lower case.
_SENT = "\\sent"
_CLOSED = frozenset({"\\noselect", "\\nonexistent"})
#: Folders that stand above a user's own with some servers and say nothing of their use.
_ROOTS = frozenset({"inbox", "[gmail]", "[google mail]"})
#: How mail programs and servers call it in English, French and German, as `_folded` leaves it.
_USUAL = frozenset({
    "sent", "sent items", "sent messages", "sent mail", "sent mails", "sent e-mails",
    "elements envoyes", "messages envoyes", "envoyes", "envoye", "courrier envoye", "courriers envoyes",
    "objets envoyes", "mails envoyes", "e-mails envoyes",
    "gesendet", "gesendete", "gesendete elemente", "gesendete objekte", "gesendete nachrichten", "gesendete mails",
    "gesendete e-mails",
})  # fmt: skip
#: More names than that are of no help (in one message).
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Folder:
    r"""A folder: as people read its name, as the server spells it, what stands between its parts, marks like `\sent`."""

    name: str
    spelling: bytes
    separator: str = ""
    marks: frozenset[str] = frozenset()

    @property
    def opens(self) -> bool:
        """Whether it can hold messages at all."""
        return not self.marks & _CLOSED


def sent_folders(folders: Iterable[Folder], wanted: str, preset: str) -> tuple[Folder, ...]:
    """Return the folder of sent messages, () where none is known; the likeliest first where several may be it.

    `wanted`: the user's own word, which alone counts; `preset`: the provider's usual name; "" for none.
    """
    opening = [one for one in folders if one.opens]
    if wanted:
        return tuple(_called(opening, wanted))
    marked = [one for one in opening if _SENT in one.marks]
    if marked:
        return tuple(sorted(marked, key=lambda one: _strangeness(one, preset)))
    return tuple(_called(opening, preset)) or tuple(filter(_is_usual, opening))


def _strangeness(folder: Folder, preset: str) -> tuple[bool, bool, int]:
    """Return what to sort by: other people's folders, shared with the account, are marked too, but lie further down."""
    return folder.name != preset, not _is_usual(folder), len(_parts(folder.name, folder.separator))


def names_of(folders: Iterable[Folder]) -> str:
    """Return the names of the folders that can be opened, to show in one line; "" for none."""
    names = [shown(one.name) for one in folders if one.opens]
    return ", ".join([*names[:_MOST_NAMED], *(["…"] if len(names) > _MOST_NAMED else [])])


def shown(text: str) -> str:
    """Return a text of the server's as it may be shown: in one line, without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _called(folders: list[Folder], name: str) -> Iterator[Folder]:
    """Yield the one folder that a name means: as it is read, as the server spells it, else the only one much alike."""
    if not name:
        return
    same = [one for one in folders if _composed(one.name) == _composed(name)]
    spelled = [one for one in folders if one.spelling == name.encode("utf-8", "replace")]
    alike = [one for one in folders if _parts(one.name, one.separator) in _readings(name, one.separator)]
    for found in (same, spelled, alike if len(alike) == 1 else []):
        if found:
            yield found[0]
            return


def _readings(name: str, separator: str) -> set[tuple[str, ...]]:
    """Return what a user may mean by a name: mail programs show other separators than the server's."""
    return {_parts(name, one) for one in (separator, "/", ".", "\\")}


def _is_usual(folder: Folder) -> bool:
    parts = _parts(folder.name, folder.separator)
    return len(parts) == 1 and parts[0] in _USUAL


def _parts(name: str, separator: str) -> tuple[str, ...]:
    """Return the parts of a name without a root that says nothing, compared by their letters alone."""
    parts = [_folded(part) for part in (name.split(separator) if separator else [name])]
    return tuple(parts[1:] if len(parts) > 1 and parts[0] in _ROOTS else parts)


def _composed(text: str) -> str:
    """Return a text with each accent in its letter: macOS and some servers write them apart."""
    return unicodedata.normalize("NFC", text)


def _folded(text: str) -> str:
    letters = (one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return "".join(letters).casefold().strip()
