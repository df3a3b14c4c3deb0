"""What somebody asks for in the workbook: read from what they typed; each one is known by where and what it says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from relance_xl.core.texts.typed import plain, plain_title
from relance_xl.runtime.language import N_, _, in_every_language


class RequestKind(StrEnum):
    """What can be asked for."""

    UPDATE = "update"
    CHECK = "check"
    PREVIEW = "preview"
    SEND = "send"


#: What each is called in the workbook.
REQUEST_WORDS: Mapping[RequestKind, str] = {
    RequestKind.UPDATE: N_("Update"),
    RequestKind.CHECK: N_("Check"),
    RequestKind.PREVIEW: N_("Preview"),
    RequestKind.SEND: N_("Send"),
}
#: What stands before the name of who releases a send.
RELEASED_BY = N_("by")
_SEND = re.compile(r"(?P<word>.*?\S) *(?P<count>[0-9]{1,6})(?: +(?P<by>\S+) +(?P<name>.*\S))?")


class NotARequestError(ValueError):
    """A text that asks for nothing that there is."""


@dataclass(frozen=True, slots=True)
class Request:
    """Something asked for. `count`: of a send, how many rows its author saw to be sent; `released_by`: who lets it go."""

    kind: RequestKind
    count: int | None = None
    released_by: str = ""

    def __str__(self) -> str:
        """Return it as the journal keeps it, whatever language it was typed in."""
        parts = (self.kind.value, *(() if self.count is None else (str(self.count),)), self.released_by)
        return " ".join(filter(None, parts))


def read_request(typed: str) -> Request:
    """Return what a text asks for, in any language, whatever its case and accents. Raises NotARequestError."""
    text = plain(typed).strip()
    kind = _kind_of(text)
    if kind is not None and kind is not RequestKind.SEND:
        return Request(kind)
    sent = _SEND.fullmatch(text)
    # A sign before the number belongs to neither.
    if sent is None or not sent["word"][-1].isalpha() or _kind_of(sent["word"]) is not RequestKind.SEND:
        raise NotARequestError(typed)
    if sent["by"] is not None and plain_title(sent["by"]) not in map(plain_title, in_every_language(RELEASED_BY)):
        raise NotARequestError(typed)
    return Request(RequestKind.SEND, int(sent["count"]), sent["name"] or "")


def _kind_of(text: str) -> RequestKind | None:
    wanted = plain_title(text)
    for kind, word in REQUEST_WORDS.items():
        if wanted in map(plain_title, in_every_language(word)):
            return kind
    return None


def request_word(kind: RequestKind) -> str:
    """Return what is typed to ask for something, in the language that is spoken."""
    return _(REQUEST_WORDS[kind]).lower()


def said_request(kept: str) -> str:
    """Return a request that the journal keeps as one types it, in the language that is spoken."""
    try:
        request = read_request(kept)
    except NotARequestError:
        return kept
    return " ".join(filter(None, (request_word(request.kind), str(request.count or ""))))
