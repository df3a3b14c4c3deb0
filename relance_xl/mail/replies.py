"""What a mail server's replies mean for a message, by the phase they come in (RFC 5321 4.2, RFC 3463)."""

import re
from dataclasses import dataclass
from enum import Enum, auto


class Phase(Enum):
    """How far a message has come when the server answers."""

    SENDER = auto()
    RECIPIENT = auto()
    DATA = auto()
    BODY = auto()


class Verdict(Enum):
    """What became of one message. LATER, QUOTA and STOPPED: nothing was taken; STOPPED, QUOTA: nor will the next be."""

    ACCEPTED = auto()
    REFUSED = auto()
    LATER = auto()
    QUOTA = auto()
    STOPPED = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Reply:
    """The verdict, the server's words, and how many minutes a quota asks to wait."""

    verdict: Verdict
    detail: str
    minutes: int = 0


_HOUR, _DAY = 60, 24 * 60
# How providers say that the account has sent enough: by their own documentation, in the order they are looked for.
_QUOTAS = (
    # Microsoft 365, a day's recipients; Gmail, a day's messages.
    (re.compile(r"\b5\.1\.90\b|\b5\.4\.5\b|SubmissionQuotaExceeded|\bdaily\b.*\b(limit|quota)", re.IGNORECASE), _DAY),
    # Microsoft 365: too many connections or messages a minute (besides its 432 4.3.2).
    (re.compile(r"\b4\.4\.(?:16|17)\b|ThrottlingException", re.IGNORECASE), 10),
    # Gmail's rates, IONOS, OVH and others: so much an hour.
    (
        re.compile(
            r"\b4\.7\.28\b|\bhourly\b|\b(?:rate|send(?:ing)?|submission|message) ?-?(?:limit|quota)"
            r"|\btoo many (?:messages|mails|emails)|\blimits? (?:is |has been |was )?exceeded",
            re.IGNORECASE,
        ),
        _HOUR,
    ),
)
# Class X.2: the recipient's mailbox, which may be over its own quota (RFC 3463 3.3).
_MAILBOX = re.compile(r"\b[45]\.2\.[1-9]\d*\b")
_CLOSING, _THROTTLED, _TOO_LARGE = 421, 432, 552


def judge(phase: Phase, code: int, detail: str) -> Reply | None:
    """Return what a reply means; None where the next command may follow."""
    if phase is Phase.BODY and code // 100 == 2:
        return Reply(Verdict.ACCEPTED, detail)
    if (code // 100 == 2 and phase in {Phase.SENDER, Phase.RECIPIENT}) or (phase is Phase.DATA and code == 354):
        return None
    minutes = quota_minutes(code, detail)
    if minutes:
        return Reply(Verdict.QUOTA, detail, minutes)
    if code == _CLOSING:
        return Reply(Verdict.STOPPED, detail)
    return Reply(_refusal(phase, code), detail)


def _refusal(phase: Phase, code: int) -> Verdict:
    match code // 100:
        case 4:
            return Verdict.LATER
        case 5 if phase is Phase.SENDER and code != _TOO_LARGE:
            # What the server has against the sender it has against every message.
            return Verdict.STOPPED
        case 5:
            return Verdict.REFUSED
    if phase is Phase.BODY:
        # What is no verdict at all proves nothing (RFC 1047).
        return Verdict.UNKNOWN
    # To DATA a server may answer anything but "go on": nothing was sent yet, the next run may.
    return Verdict.LATER if phase is Phase.DATA else Verdict.STOPPED


def quota_minutes(code: int, detail: str) -> int:
    """Return how long to pause where a reply says that the account has sent enough for now, else 0."""
    if code // 100 not in {4, 5} or _MAILBOX.search(detail):
        return 0
    if code == _THROTTLED:
        return 10
    return next((minutes for words, minutes in _QUOTAS if words.search(detail)), 0)
