"""What a mail server's replies mean for a message, by the phase they come in (RFC 5321 4.2, RFC 3463)."""

from dataclasses import dataclass
from enum import Enum, auto


class Phase(Enum):
    """How far a message has come when the server answers."""

    SENDER = auto()
    RECIPIENT = auto()
    DATA = auto()
    BODY = auto()


class Verdict(Enum):
    """What became of one message.

    LATER, UNFIT, QUOTA, LOGIN and STOPPED: nothing was taken; UNFIT: nor will it be by this server; QUOTA, LOGIN,
    STOPPED: nor will the next message be.
    """

    ACCEPTED = auto()
    REFUSED = auto()
    LATER = auto()
    UNFIT = auto()
    QUOTA = auto()
    LOGIN = auto()
    STOPPED = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Reply:
    """The verdict, the server's words, and how many minutes a quota asks to wait."""

    verdict: Verdict
    detail: str
    minutes: int = 0


_CLOSING, _TOO_LARGE = 421, 552


def judge(phase: Phase, code: int, detail: str) -> Reply | None:
    """Return what a reply means; None where the next command may follow."""
    if phase is Phase.BODY and code // 100 == 2:
        return Reply(Verdict.ACCEPTED, detail)
    if (code // 100 == 2 and phase in {Phase.SENDER, Phase.RECIPIENT}) or (phase is Phase.DATA and code == 354):
        return None
    # Twenty long patterns, of which most sendings need none.
    from relance_xl.mail.reply_words import Matter, is_own_account, matter_of, pause_minutes

    match matter_of(code, detail):
        case Matter.QUOTA:
            return Reply(Verdict.QUOTA, detail, pause_minutes(code, detail))
        case Matter.LOGIN:
            return Reply(Verdict.LOGIN, detail)
        # Shut only for now or for good: the next message would hear the same.
        case Matter.SENDER if code // 100 == 5 or is_own_account(detail):
            return Reply(Verdict.STOPPED, detail)
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
    from relance_xl.mail.reply_words import Matter, matter_of, pause_minutes

    return pause_minutes(code, detail) if matter_of(code, detail) is Matter.QUOTA else 0
