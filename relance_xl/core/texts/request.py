"""What somebody asks for in the workbook: read from what they typed; each one is known by where and what it says."""

import re
from dataclasses import dataclass

from relance_xl.core.texts.acts import ACT_NAMES, Act, act_name
from relance_xl.core.texts.typed import plain, plain_title
from relance_xl.runtime.language import N_, in_every_language

#: What stands before the name of who releases a send.
RELEASED_BY = N_("by")
_SEND = re.compile(r"(?P<word>.*?\S) *(?P<count>[0-9]{1,6})(?: +(?P<by>\S+) +(?P<name>.*\S))?")


class NotARequestError(ValueError):
    """A text that asks for nothing that there is."""


@dataclass(frozen=True, slots=True)
class Request:
    """Something asked for. `count`: of a send, how many rows its author saw to be sent; `released_by`: who lets it go."""

    act: Act
    count: int | None = None
    released_by: str = ""

    def __str__(self) -> str:
        """Return it as the journal keeps it, whatever language it was typed in."""
        parts = (self.act.value, *(() if self.count is None else (str(self.count),)), self.released_by)
        return " ".join(filter(None, parts))


def read_request(typed: str) -> Request:
    """Return what a text asks for, in any language, whatever its case and accents. Raises NotARequestError."""
    text = plain(typed).strip()
    act = _act_of(text)
    if act is not None and act is not Act.SEND:
        return Request(act)
    sent = _SEND.fullmatch(text)
    # A sign before the number belongs to neither.
    if sent is None or not sent["word"][-1].isalpha() or _act_of(sent["word"]) is not Act.SEND:
        raise NotARequestError(typed)
    if sent["by"] is not None and plain_title(sent["by"]) not in map(plain_title, in_every_language(RELEASED_BY)):
        raise NotARequestError(typed)
    return Request(Act.SEND, int(sent["count"]), sent["name"] or "")


def _act_of(text: str) -> Act | None:
    wanted = plain_title(text)
    for act, word in ACT_NAMES.items():
        if wanted in map(plain_title, in_every_language(word)):
            return act
    return None


def request_word(act: Act) -> str:
    """Return what is typed to ask for something, in the language that is spoken."""
    return act_name(act).lower()


def said_request(kept: str) -> str:
    """Return a request that the journal keeps as one types it, in the language that is spoken."""
    try:
        request = read_request(kept)
    except NotARequestError:
        return kept
    return " ".join(filter(None, (request_word(request.act), str(request.count or ""))))
