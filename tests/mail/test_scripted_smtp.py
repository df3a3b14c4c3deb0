"""Every answer a mail server may give, at every phase: what the user is told, and that nothing is sent twice.

`python -m tests.mail.test_scripted_smtp` prints the table.
"""

import base64
import io
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from email import message_from_bytes
from pathlib import Path
from unittest.mock import patch

import pytest
from pikepdf import Pdf

from relance_xl.cli import cli
from relance_xl.letters.layout import Done, LetterOrder
from relance_xl.letters.pages.ranges import LetterPages
from relance_xl.mail.login import PASSWORD_VARIABLE
from tests.support.bench import DAY, Bench, Outcome
from tests.support.mail_server import PASSWORD, USER, free_port
from tests.support.scripted_smtp import Act, Phase, Record, Rule, ScriptedServer, Then, scripted_server

# In the order they are sent. Faults are the second's; it has two recipients.
_NUMBERS = ("FA2026-0187", "FA2026-0229", "FA2026-0236")
ONE, OTHER = "compta@nordlog.example", "direction@nordlog.example"

_WORDS = {"A": "accepted", "R": "refused", "H": "held", "U": "unknown", "D": "already_done", "-": "nothing"}
# What the next send says of it, when the server is well again.
_NEXT = {"A": "D", "R": "A", "H": "A", "U": "U"}

# The password as it is, and as it goes over the line.
_SECRETS = (
    PASSWORD,
    base64.b64encode(PASSWORD.encode()).decode(),
    base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode(),
)


@dataclass(frozen=True)
class Case:
    """A fault, and what must come of it: exit code, a letter a message, how many MAILs said and messages received.

    `told` is what the user must read of the server's words; `names_server` that host and port must be told too.
    `leftover`: the messages were made by an earlier send that found nobody listening. `more` is added to [mail].
    """

    fault: str
    rules: tuple[Rule, ...]
    code: int
    outcomes: str
    mails: int
    bodies: int
    told: str = ""
    names_server: bool = False
    refused_port: bool = False
    login: bool = False
    security: str = "none"
    leftover: bool = False
    more: str = ""

    @property
    def name(self) -> str:
        """What tells the case from all others."""
        return f"{self.fault} (left over)" if self.leftover else self.fault

    @property
    def expected(self) -> "Seen":
        """What must be seen, the next send included."""
        again = "".join(_NEXT[one] for one in self.outcomes)
        return Seen(self.code, self.outcomes, self.mails, self.bodies, 7 if "U" in again else 0, again)


@dataclass(frozen=True)
class Seen:
    """What came of a fault, in two sends; `faults` is what the server's record and the words tell against it."""

    code: int
    outcomes: str
    mails: int
    bodies: int
    next_code: int
    next_outcomes: str
    faults: tuple[str, ...] = ()

    def __str__(self) -> str:
        first = f"{self.code} {_spelt(self.outcomes)} ({self.mails} MAIL, {self.bodies} received)"
        again = f"{self.next_code} {_spelt(self.next_outcomes)}"
        return "; ".join((f"{first}, then {again}", *self.faults))


def _spelt(outcomes: str) -> str:
    return "/".join(_WORDS[one] for one in outcomes)


def useless(fault: str, *rules: Rule, told: str = "", login: bool = False, security: str = "none") -> Case:
    """Return a case of a server that is of no use: nothing is sent, and the user is told which server."""
    return Case(fault, rules, 6, "HHH", 0, 0, told, names_server=True, login=login, security=security)


def rule_at(phase: Phase, act: Act, address: str = ONE, times: int | None = None) -> Rule:
    """Return the rule for the second message: at MAIL nobody knows yet whose it is, so it is the second and later."""
    if phase is Phase.MAIL:
        return Rule(phase, act, after=1, times=times)
    return Rule(phase, act, address, times=times)


def stops(phase: Phase, fault: str, act: Act, told: str = "", leftover: bool = False) -> Case:
    """Return a case where the run stops at the second message, which is not accepted."""
    bodies = 2 if phase is Phase.DOT else 1
    return Case(f"{phase}: {fault}", (rule_at(phase, act),), 6, "AHH", 2, bodies, told, leftover=leftover)


def refuses(phase: Phase, reply: str, address: str = ONE, leftover: bool = False) -> Case:
    """Return a case where the second message is refused, and it alone."""
    which = " to the second of two" if address == OTHER else ""
    rule = rule_at(phase, Act(reply), address, times=1 if phase is Phase.MAIL else None)
    bodies = 3 if phase is Phase.DOT else 2
    return Case(f"{phase}: {reply}{which}", (rule,), 1, "ARA", 3, bodies, reply, leftover=leftover)


def takes(phase: Phase, fault: str, act: Act) -> Case:
    """Return a case where all is well in the end."""
    return Case(f"{phase}: {fault}", (rule_at(phase, act),), 0, "AAA", 3, 3)


def leaves_unknown(fault: str, act: Act, phase: Phase = Phase.DOT, leftover: bool = False) -> Case:
    """Return a case where nobody knows whether the second message arrived: the run stops there."""
    bodies = 2 if phase is Phase.DOT else 1
    return Case(f"{phase}: {fault}", (rule_at(phase, act),), 7, "AUH", 2, bodies, leftover=leftover)


def after_refusal(fault: str, act: Act, code: int, outcomes: str) -> Case:
    """Return a case where RSET fails after the second message was refused."""
    rules = Rule(Phase.RCPT, Act("550 5.1.1 nobody"), ONE), Rule(Phase.RSET, act)
    return Case(f"RSET: {fault}", rules, code, outcomes, 3 - outcomes.count("H"), outcomes.count("A"))


CLOSE, RESET, STALL = Act(then=Then.CLOSE), Act(then=Then.RESET), Act(then=Then.STALL)
CLOSING = "421 4.3.2 closing"

_BEFORE_LOGIN = (
    Case("connect: nobody listens", (), 6, "HHH", 0, 0, names_server=True, refused_port=True),
    useless("greeting: closes at once", Rule(Phase.GREETING, CLOSE)),
    useless("greeting: resets at once", Rule(Phase.GREETING, RESET)),
    useless("greeting: 421", Rule(Phase.GREETING, Act(CLOSING, Then.CLOSE)), told=CLOSING),
    useless("greeting: 450", Rule(Phase.GREETING, Act("450 4.7.1 come later")), told="450 4.7.1 come later"),
    useless("greeting: 554", Rule(Phase.GREETING, Act("554 5.7.1 not you")), told="554 5.7.1 not you"),
    useless("greeting: 9000 characters", Rule(Phase.GREETING, Act("220 " + "x" * 9000))),
    useless("greeting: stalls", Rule(Phase.GREETING, STALL)),
    useless("greeting: half a line, stalls", Rule(Phase.GREETING, Act("220 s", Then.STALL, whole_line=False))),
    takes(Phase.EHLO, "502, HELO is taken", Act("502 5.5.1 no such command")),
    useless(
        "EHLO: 502, HELO 550",
        Rule(Phase.EHLO, Act("502 5.5.1 no such command")),
        Rule(Phase.HELO, Act("550 5.7.1 not you")),
        told="550 5.7.1 not you",
    ),
    useless("EHLO: closes", Rule(Phase.EHLO, CLOSE)),
    useless("EHLO: stalls", Rule(Phase.EHLO, STALL)),
    useless("STARTTLS: not offered", Rule(Phase.EHLO, Act("250 scripted")), security="starttls"),
    useless("STARTTLS: 454", Rule(Phase.STARTTLS, Act("454 4.7.0 no")), told="454 4.7.0 no", security="starttls"),
    useless("STARTTLS: 502", Rule(Phase.STARTTLS, Act("502 5.5.1 no")), told="502 5.5.1 no", security="starttls"),
    useless("STARTTLS: 220, closes", Rule(Phase.STARTTLS, Act("220 go", Then.CLOSE)), security="starttls"),
    useless("STARTTLS: closes", Rule(Phase.STARTTLS, CLOSE), security="starttls"),
    useless("STARTTLS: stalls", Rule(Phase.STARTTLS, STALL), security="starttls"),
)

_ENVELOPE = (
    Case("none: all is well", (), 0, "AAA", 3, 3),
    Case("none: all is well, with a login", (), 0, "AAA", 3, 3, login=True),
    Case("none: all is well", (), 0, "AAA", 3, 3, leftover=True),
    stops(Phase.MAIL, "421", Act(CLOSING, Then.CLOSE), CLOSING),
    stops(Phase.MAIL, "550", Act("550 5.7.1 not from you"), "550 5.7.1 not from you"),
    stops(Phase.MAIL, "550", Act("550 5.7.1 not from you"), "550 5.7.1 not from you", leftover=True),
    stops(Phase.MAIL, "closes", CLOSE),
    stops(Phase.MAIL, "stalls", STALL),
    takes(Phase.RCPT, "251", Act("251 2.1.5 forwards it")),
    stops(Phase.RCPT, "421", Act(CLOSING, Then.CLOSE), CLOSING),
    refuses(Phase.RCPT, "550 5.1.1 nobody"),
    refuses(Phase.RCPT, "551 5.1.6 moved"),
    refuses(Phase.RCPT, "553 5.1.3 no address"),
    refuses(Phase.RCPT, "550 5.1.1 nobody", OTHER),
    stops(Phase.RCPT, "closes", CLOSE),
    stops(Phase.RCPT, "stalls", STALL),
    stops(Phase.DATA, "421", Act(CLOSING, Then.CLOSE), CLOSING),
    refuses(Phase.DATA, "554 5.5.1 no"),
    stops(Phase.DATA, "closes", CLOSE),
    stops(Phase.DATA, "stalls", STALL),
)

_MESSAGE = (
    leaves_unknown("closes before it reads", CLOSE, Phase.BODY),
    leaves_unknown("resets before it reads", RESET, Phase.BODY),
    takes(Phase.DOT, "250", Act("250 2.0.0 taken")),
    takes(Phase.DOT, "251", Act("251 taken")),
    takes(Phase.DOT, "200", Act("200 taken")),
    takes(Phase.DOT, "250 in many lines", Act("250-one\r\n250-two\r\n250 three")),
    takes(Phase.DOT, "250 byte by byte", Act("250 2.0.0 taken", by_byte=True)),
    takes(Phase.DOT, "250, late", Act("250 2.0.0 taken", delay_s=0.5)),
    takes(Phase.DOT, "250 and 3000 characters", Act("250 " + "x" * 3000)),
    Case("dot: 250, and 421 unasked", (rule_at(Phase.DOT, Act(f"250 ok\r\n{CLOSING}", Then.CLOSE)),), 6, "AAH", 2, 2),
    stops(Phase.DOT, "421", Act(CLOSING, Then.CLOSE), CLOSING),
    stops(Phase.DOT, "421", Act(CLOSING, Then.CLOSE), CLOSING, leftover=True),
    refuses(Phase.DOT, "550 5.7.1 spam"),
    refuses(Phase.DOT, "554 5.6.0 no"),
    leaves_unknown("250 and 9000 characters", Act("250 " + "x" * 9000)),
    leaves_unknown("one of many lines, closes", Act("250-one", Then.CLOSE)),
    leaves_unknown("half a code, closes", Act("25", Then.CLOSE, whole_line=False)),
    leaves_unknown("closes", CLOSE),
    leaves_unknown("closes", CLOSE, leftover=True),
    leaves_unknown("resets", RESET),
    leaves_unknown("stalls", STALL),
    after_refusal("500", Act("500 5.5.2 what?"), 1, "ARA"),
    after_refusal("closes", CLOSE, 6, "ARH"),
    after_refusal("stalls", STALL, 6, "ARH"),
    Case("QUIT: 500", (Rule(Phase.QUIT, Act("500 5.5.2 what?")),), 0, "AAA", 3, 3),
    Case("QUIT: closes", (Rule(Phase.QUIT, CLOSE),), 0, "AAA", 3, 3),
    Case("QUIT: stalls", (Rule(Phase.QUIT, STALL),), 0, "AAA", 3, 3),
)

RETRY = "retries = 2\nretry_s = 0"
NO_RETRY = "retries = 0\nretry_s = 0"


def waits(phase: Phase, reply: str, address: str = ONE) -> Case:
    """Return a case where the second message is put off to the end: tried thrice, kept for the next send."""
    which = " to the second of two" if address == OTHER else ""
    name, rules = f"{phase}: {reply}, always{which}", (rule_at(phase, Act(reply), address),)
    if phase is Phase.MAIL:
        # Whose message it is cannot be known: the second and the third are put off.
        return Case(name, rules, 1, "AHH", 7, 1, reply, more=RETRY)
    return Case(name, rules, 1, "AHA", 5, 5 if phase is Phase.DOT else 2, reply, more=RETRY)


def goes_later(phase: Phase, reply: str, address: str = ONE) -> Case:
    """Return a case where the second message is taken when it is tried again in the same run."""
    which = " to the second of two" if address == OTHER else ""
    rule = rule_at(phase, Act(reply), address, times=1)
    return Case(f"{phase}: {reply}, once{which}", (rule,), 0, "AAA", 4, 4 if phase is Phase.DOT else 3, more=RETRY)


_BUSY = {
    Phase.MAIL: ("451 4.3.0 busy", "452 4.3.1 full"),
    Phase.RCPT: ("450 4.2.1 busy", "451 4.7.1 greylisted", "452 4.5.3 too many"),
    Phase.DATA: ("451 4.3.0 busy", "250 2.0.0 ok", "200 ok", "334 go on"),
    Phase.DOT: ("450 4.2.0 busy", "451 4.3.0 busy", "452 4.3.1 full"),
}

_RETRIED = (
    *(waits(phase, reply) for phase, replies in _BUSY.items() for reply in replies),
    *(goes_later(phase, reply) for phase, replies in _BUSY.items() for reply in replies),
    waits(Phase.RCPT, "451 4.7.1 greylisted", OTHER),
    goes_later(Phase.RCPT, "451 4.7.1 greylisted", OTHER),
    replace(goes_later(Phase.DOT, "451 4.3.0 busy"), leftover=True),
    replace(waits(Phase.RCPT, "451 4.7.1 greylisted"), leftover=True),
    Case("RCPT: 451, no retries", (rule_at(Phase.RCPT, Act("451 no")),), 1, "AHA", 3, 2, "451 no", more=NO_RETRY),
    Case("dot: 451, no retries", (rule_at(Phase.DOT, Act("451 no")),), 1, "AHA", 3, 3, "451 no", more=NO_RETRY),
    Case(
        "dot: 451, then 550",
        (rule_at(Phase.DOT, Act("451 4.3.0 busy"), times=1), Rule(Phase.DOT, Act("550 5.7.1 spam"), ONE)),
        1,
        "ARA",
        4,
        4,
        "550 5.7.1 spam",
        more=RETRY,
    ),
    Case("dot: 250 twice", (rule_at(Phase.DOT, Act("250 ok\r\n250 ok")),), 0, "AAA", 4, 3, more=RETRY),
)

_OTHERS = (
    useless("greeting: garbage", Rule(Phase.GREETING, Act("HTTP/1.1 400 Bad")), told="1.1 400 Bad"),
    useless("AUTH: not offered", Rule(Phase.EHLO, Act("250 scripted")), login=True),
    useless("AUTH: 535", Rule(Phase.AUTH, Act("535 5.7.8 wrong")), told="535 5.7.8 wrong", login=True),
    useless("AUTH: 535, echoed", Rule(Phase.AUTH, Act("535 no: {said}")), told="535 no", login=True),
    useless("AUTH: 454", Rule(Phase.AUTH, Act("454 4.7.0 later")), told="454 4.7.0 later", login=True),
    useless("AUTH: garbage", Rule(Phase.AUTH, Act("what is that?")), told="is that?", login=True),
    useless("AUTH: closes", Rule(Phase.AUTH, CLOSE), login=True),
    useless("AUTH: stalls", Rule(Phase.AUTH, STALL), login=True),
    stops(Phase.MAIL, "421, line left open", Act(CLOSING), CLOSING),
    refuses(Phase.MAIL, "552 5.3.4 too large"),
    stops(Phase.RCPT, "421, line left open", Act(CLOSING), CLOSING),
    refuses(Phase.RCPT, "550 5.1.1 nobody", leftover=True),
    stops(Phase.DATA, "421, line left open", Act(CLOSING), CLOSING),
    refuses(Phase.DATA, "554 5.5.1 no", leftover=True),
    stops(Phase.DOT, "421, line left open", Act(CLOSING), CLOSING),
    refuses(Phase.DOT, "550 5.7.1 spam", leftover=True),
    leaves_unknown("garbage", Act("what is that?")),
    leaves_unknown("garbage", Act("what is that?"), leftover=True),
    leaves_unknown("3000 characters of garbage", Act("x" * 3000)),
    leaves_unknown("354", Act("354 go on")),
)


CASES = (*_BEFORE_LOGIN, *_ENVELOPE, *_MESSAGE, *_OTHERS, *_RETRIED)


def lay_out(root: Path) -> Bench:
    """Make a dossier with three emails ticked."""
    bench = Bench(root)
    assert bench.run("init", "--sample").code == 0
    assert bench.run("export").code == 0
    bench.send_by_smtp(host="127.0.0.1", port=free_port(), security="none", user="", timeout_s=1)
    bench.write(*((number, "Par email", "x") for number in _NUMBERS))
    return bench


def observe(case: Case, stage: Bench, root: Path) -> Seen:
    """Send to a server at fault, and once more when it is well again."""
    shutil.copytree(stage.root, root)
    bench = Bench(root)
    if case.leftover:
        assert send_here(bench).code == 6
    with scripted_server(case.login, case.security == "starttls") as server:
        port = free_port() if case.refused_port else server.port
        set_mail(bench, "port", port)
        set_mail(bench, "security", f'"{case.security}"')
        set_mail(bench, "user", f'"{USER}"' if case.login else '""')
        bench.setting("[mail]", f"[mail]\n{case.more}")
        first = server.follow(*case.rules)
        sent = send_here(bench)
        server.settle()
        faults = [*_faults(case, sent, port), *_record_faults(sent, first)]
        faults += ["the journal shows the password"] * _shows_password(bench.journal.read_text(encoding="utf-8"))
        set_mail(bench, "port", server.port)
        set_mail(bench, "security", '"none"')
        next_sent, second = _send_again(bench, server)
    twice = [key for key, times in Counter(keys_of([*first.accepted, *second.accepted])).items() if times > 1]
    faults += [f"{key} accepted twice" for key in twice]
    return Seen(
        sent.code,
        _outcomes(sent),
        first.count(Phase.MAIL),
        len(first.received),
        next_sent.code,
        _outcomes(next_sent),
        tuple(faults),
    )


def _send_again(bench: Bench, server: ScriptedServer) -> tuple[Outcome, Record]:
    second = server.follow()
    sent = send_here(bench)
    server.settle()
    return sent, second


def send_here(bench: Bench) -> Outcome:
    """Send from within this process, which is quick; what is refused is made anew, with a blank letter."""
    out, err = io.StringIO(), io.StringIO()
    arguments = ["-d", str(bench.root), "send", "--yes", "--json", "--date", DAY]
    with (
        patch.dict(os.environ, {PASSWORD_VARIABLE: PASSWORD}),
        patch("relance_xl.batches.documents.lay_out_letters", _blank_letters),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = cli.main(arguments, prog_name="relance-xl", standalone_mode=False)
    return Outcome(int(code), out.getvalue(), err.getvalue())


def _blank_letters(_office: object, orders: Sequence[LetterOrder], work: Path, done: Done) -> dict[str, str]:
    for order in orders:
        with Pdf.new() as blank:
            blank.add_blank_page(page_size=(595, 842))
            done(order, LetterPages(blank, 0, 1))
    return {}


def set_mail(bench: Bench, name: str, value: object) -> None:
    """Change a setting of [mail]."""
    path = bench.root / "relance.toml"
    lines = path.read_text(encoding="utf-8").split("\n")
    (number,) = (number for number, line in enumerate(lines) if line.startswith(f"{name} = "))
    lines[number] = f"{name} = {value}"
    path.write_text("\n".join(lines), encoding="utf-8")


def _outcomes(sent: Outcome) -> str:
    """Return a letter a message, in the order of sending."""
    letters = {word: letter for letter, word in _WORDS.items()}
    found = {line["invoice"]: letters[line["outcome"]] for line in json.loads(sent.out).get("reminders", [])}
    return "".join(found.get(number, "-") for number in _NUMBERS)


def keys_of(messages: Iterable[bytes]) -> list[str]:
    return [str(message_from_bytes(message)["X-Relance-Key"]) for message in messages]


def _shows_password(text: str) -> bool:
    return any(secret in text for secret in _SECRETS)


def _faults(case: Case, sent: Outcome, port: int) -> list[str]:
    """Return what is wrong with the words."""
    data = json.loads(sent.out)
    reasons = [str(line["reason"]) for line in data.get("reminders", [])]
    faults = []
    if case.told not in " ".join(reasons):
        faults.append("the server's words are not told")
    if case.names_server and f"127.0.0.1:{port}" not in str(data.get("trouble")):
        faults.append("host:port is not told")
    if _shows_password(sent.out + sent.err):
        faults.append("the password shows")
    return faults


def _record_faults(sent: Outcome, record: Record) -> list[str]:
    """Return where the server's own record gives the report the lie, and what should not have been said to it."""
    told = {str(line["key"]): line["outcome"] for line in json.loads(sent.out).get("reminders", [])}
    taken = set(keys_of(record.accepted))
    faults = list(record.breaches)
    said = {key for key, outcome in told.items() if outcome == "accepted"}
    faults += [f"{key} told as accepted, never taken" for key in sorted(said - taken)]
    faults += [f"{key} taken, told as {told.get(key)}" for key in taken if told.get(key) not in {"accepted", "unknown"}]
    return faults


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Return the dossier that every case starts from."""
    return lay_out(tmp_path_factory.mktemp("stage") / "dossier")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_is_told_and_nothing_is_sent_twice(stage: Bench, tmp_path: Path, case: Case) -> None:
    """A server's fault loses a reminder, sends one twice, stops what could go on, or is not told as it is."""
    seen = observe(case, stage, tmp_path / "dossier")
    sys.stdout.write(f"{case.name} | {case.expected} | {seen}\n")
    assert str(seen) == str(case.expected)


def test_a_retry_waits_and_the_others_do_not(stage: Bench, tmp_path: Path) -> None:
    """A busy server is pressed at once, or the other reminders wait for the one that must."""
    shutil.copytree(stage.root, tmp_path / "dossier")
    bench = Bench(tmp_path / "dossier")
    with scripted_server() as server:
        set_mail(bench, "port", server.port)
        bench.setting("[mail]", "[mail]\nretries = 1\nretry_s = 1")
        record = server.follow(Rule(Phase.RCPT, Act("451 4.7.1 greylisted"), ONE, times=1))
        sent = send_here(bench)
        server.settle()
    assert (sent.code, sent.data["counts"]) == (0, {"accepted": 3})
    _, second, third, again = record.mailed_at
    assert third - second < 0.9
    assert again - second >= 0.9


def print_table(cases: Iterable[Case]) -> None:
    """Print what must be and what is; what is wrong is marked."""
    with tempfile.TemporaryDirectory() as folder:
        stage = lay_out(Path(folder) / "stage")
        sys.stdout.write("fault | expected | seen\n")
        for number, case in enumerate(cases):
            seen, expected = observe(case, stage, Path(folder) / str(number)), case.expected
            text = "the same" if seen == expected else f"✗ {seen}"
            sys.stdout.write(f"{case.name} | {expected} | {text}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    print_table(CASES)
