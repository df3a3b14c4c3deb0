"""The mailbox's folders, as many servers name, mark and list them; and what goes wrong with them after emails left."""

import _thread
import base64
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, date, datetime
from email import message_from_bytes
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relance_xl.batches import mailbox_evidence
from relance_xl.core.history import replay
from relance_xl.journal.journal import read_journal
from relance_xl.mail.login import Account
from relance_xl.mail.mailbox import MailboxServer, open_inbox, open_sent_folder
from relance_xl.mail.mailbox_folders import names_of
from relance_xl.runtime.errors import ProgramError
from relance_xl.settings.dossier import Dossier, open_dossier
from tests.support.bench import Bench, Outcome
from tests.support.mail_server import PASSWORD, USER, mail_server
from tests.support.scripted_imap import Folder, ImapServer, Ways, imap_server

_NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
_ID = "<relance.1@a.example>"
_COPY = f"From: a@a.example\r\nMessage-ID: {_ID}\r\n\r\nBonjour\r\n".encode()
_INBOX = Folder(b"INBOX")

#: Runs a server with these folders, trusted from then on.
Run = Callable[..., ImapServer]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Run]:
    """Return what runs a server until the test is over."""
    authority = tmp_path / "imap.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    monkeypatch.setenv("RELANCE_XL_SMTP_PASSWORD", PASSWORD)
    with ExitStack() as stack:
        yield lambda *folders, **ways: stack.enter_context(imap_server(str(authority), *folders, ways=Ways(**ways)))


def _there(running: ImapServer, wanted: str = "", preset: str = "", timeout_s: int = 10) -> MailboxServer:
    return MailboxServer("localhost", running.port, wanted, Account("localhost", USER), timeout_s, preset)


def _keep(server: MailboxServer) -> None:
    """Keep a copy, which is not there before and is there behind."""
    with open_sent_folder(server) as sent:
        assert not sent.holds(_ID)
        sent.keep(_COPY, _NOW)
        assert sent.holds(_ID)


def _spelled(name: str) -> bytes:
    """Return a name in IMAP's modified UTF-7 (RFC 3501 5.1.3), written down here once more."""

    def shifted(match: re.Match[str]) -> str:
        letters = base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        return "&-" if match[0] == "&" else f"&{letters}-"

    return re.sub(r"&|[^ -~]+", shifted, name).encode()


# --- Any name

_NAMES = [
    "Éléments envoyés", "R&D envoyés", 'Dits "envoyés"', "Envoyés\\compta", "Отправленные", "送信済み", "😀", "2024",
    "NIL", "{5}", "(envoyés)", "50 % *", "[Gmail]/Messages envoyés", "a [b", "&AOk-", " Sent ",
]  # fmt: skip


@pytest.mark.parametrize("literals", [False, True], ids=["quoted", "literals"])
@pytest.mark.parametrize("name", _NAMES)
def test_a_folder_of_any_name_is_found_and_gets_the_copies(run: Run, name: str, literals: bool) -> None:
    """A folder's accents, quotes or brackets end the run after the emails left, or the copies are nowhere."""
    running = run(_INBOX, Folder(b"Sent", "\\Sent"), Folder(_spelled(name)), literals=literals)
    _keep(_there(running, name))
    assert running.messages(_spelled(name)) == [_COPY]
    assert running.messages(b"Sent") == []


@pytest.mark.parametrize("name", _NAMES)
def test_the_servers_mark_counts_whatever_the_name(run: Run, name: str) -> None:
    """A folder that the server itself marks is lost by its name."""
    running = run(_INBOX, Folder(_spelled(name), "\\HasNoChildren \\Sent"), Folder(b"Sent Items"))
    _keep(_there(running, preset="Sent Items"))
    assert running.messages(_spelled(name)) == [_COPY]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=12), st.booleans(), st.sampled_from("/.\\|"))
def test_no_name_stops_a_copy(run: Run, name: str, literals: bool, separator: str) -> None:
    """Some letter in a folder's name ends the run after the emails left."""
    running = run(Folder(_spelled(name), "\\Sent"), literals=literals, separator=separator)
    _keep(_there(running))
    _forget(running)
    _keep(_there(running, name))


def _forget(running: ImapServer) -> None:
    for folder in running.folders:
        folder.messages.clear()


@pytest.mark.parametrize("name", ["Éléments envoyés", "R&D", "Отправленные"])
def test_a_folder_may_be_configured_as_the_server_spells_it(run: Run, name: str) -> None:
    """Who copied `&AMk-l&AOk-ments` from a server's settings is told that there is no such folder."""
    running = run(_INBOX, Folder(_spelled(name)), Folder(b"Sent", "\\Sent"))
    _keep(_there(running, _spelled(name).decode()))
    assert running.messages(_spelled(name)) == [_COPY]


@pytest.mark.parametrize(
    ("spelling", "wanted"), [("Envoyés".encode(), "Envoyés"), (b"R&D", "R&D"), (b"A & B", "A & B"), (b"&", "&")]
)
def test_a_name_that_breaks_imaps_rules_goes_back_as_it_came(run: Run, spelling: bytes, wanted: str) -> None:
    """A name in plain UTF-8, or with a bare &, as old programs left them, hides all folders or cannot be opened."""
    running = run(_INBOX, Folder(spelling))
    _keep(_there(running, wanted))
    assert running.messages(spelling) == [_COPY]


@pytest.mark.parametrize(
    ("spelled", "separator", "wanted"),
    [
        ("INBOX.Envoyés", ".", "INBOX/Envoyés"),
        ("INBOX.Envoyés", ".", "Envoyés"),
        ("INBOX.Compta.Envoyés", ".", "Compta/Envoyés"),
        ("Compta\\Envoyés", "\\", "Compta/Envoyés"),
        ("Éléments envoyés", "/", "éléments Envoyés"),
        ("E\u0301le\u0301ments envoye\u0301s", "/", "Éléments envoyés"),
    ],
)
def test_a_folder_may_be_configured_as_mail_programs_show_it(
    run: Run, spelled: str, separator: str, wanted: str
) -> None:
    """What a mail program shows, another separator or no INBOX before it, is not known to the server."""
    running = run(_INBOX, Folder(_spelled(spelled)), Folder(b"Sent", "\\Sent"), separator=separator)
    _keep(_there(running, wanted))
    assert running.messages(_spelled(spelled)) == [_COPY]


def test_a_name_that_means_two_folders_means_the_one_written_so(run: Run) -> None:
    """Of two folders that differ in a capital the wrong one gets the copies, or either of them for a third spelling."""
    running = run(Folder(b"SENT"), Folder(b"Sent"))
    _keep(_there(running, "Sent"))
    assert running.messages(b"Sent") == [_COPY]
    with pytest.raises(ProgramError, match="n'existe pas"), open_sent_folder(_there(running, "sent")):
        pass


def test_a_folder_that_is_not_listed_is_opened_all_the_same(run: Run) -> None:
    """A shared folder that works by its name is said not to exist."""
    hidden = _spelled("Partagés/Envoyés")
    running = run(_INBOX, Folder(hidden), hidden=(hidden,))
    _keep(_there(running, "Partagés/Envoyés"))
    _forget(running)
    _keep(_there(running, hidden.decode()))


# --- Which one

_ENVOYES = _spelled("Éléments envoyés")


@pytest.mark.parametrize(
    ("wanted", "marked", "preset", "chosen"),
    [
        ("Perso", True, "Sent Items", b"Perso"),
        ("", True, "Sent Items", b"Marked"),
        ("", False, "Sent Items", b"Sent Items"),
        ("", False, "Elsewhere", _ENVOYES),
        ("", False, "", _ENVOYES),
    ],
    ids=["the user", "the server", "the preset", "a name, the preset not there", "a name"],
)
def test_the_user_goes_before_the_server_and_the_server_before_the_preset(
    run: Run, wanted: str, marked: bool, preset: str, chosen: bytes
) -> None:
    """A preset in English goes before the server's own word, or that before the user's: copies lie where nobody looks."""
    names = [b"INBOX", _ENVOYES, b"Perso"] + [b"Sent Items"] * (preset == "Sent Items")
    running = run(*map(Folder, names), Folder(b"Marked", "\\Sent" if marked else ""))
    _keep(_there(running, wanted, preset))
    assert running.messages(chosen) == [_COPY]


@pytest.mark.parametrize("marks", ["always", "asked"])
def test_a_server_that_marks_only_when_asked_is_asked(run: Run, marks: str) -> None:
    """A server that knows its folder of sent messages is not asked, and its name decides."""
    running = run(Folder(b"Sent"), Folder(b"Postausgang 2", "\\Sent"), marks=marks)
    _keep(_there(running))
    assert running.messages(b"Postausgang 2") == [_COPY]


@pytest.mark.parametrize(
    ("name", "separator"),
    [
        ("Sent", "/"), ("Sent Items", "/"), ("INBOX.Sent", "."), ("Éléments envoyés", "/"), ("INBOX/Envoyés", "/"),
        ("[Gmail]/Messages envoyés", "/"), ("Gesendete Elemente", "/"), ("Gesendete Objekte", "."), ("SENT", "/"),
    ],
)  # fmt: skip
def test_without_marks_a_usual_name_is_known(run: Run, name: str, separator: str) -> None:
    """A French or German mailbox on a server that marks nothing (Exchange) needs settings that an English one does not."""
    running = run(
        _INBOX, Folder(b"Clients" + separator.encode() + b"Sent"), Folder(_spelled(name)),
        separator=separator, marks="never",
    )  # fmt: skip
    _keep(_there(running, preset="Not here"))
    assert running.messages(_spelled(name)) == [_COPY]


def test_of_several_marked_folders_all_are_looked_into_and_one_gets_the_copies(run: Run) -> None:
    """A message in the other folder of sent messages counts as unknown, or gets a second copy."""
    shared, other = _spelled("Partagés/Zoé/Envoyés"), b"Sent Messages"
    running = run(Folder(shared, "\\Sent"), Folder(b"Closed", "\\Sent", closed=True), Folder(other, "\\Sent"))
    _keep(_there(running))
    assert running.messages(other) == [_COPY]
    running.messages(shared).append(_COPY.replace(b"relance.1", b"relance.2"))
    with open_sent_folder(_there(running)) as sent:
        assert sent.holds("<relance.2@a.example>")
        assert sent.holds(_ID)
        assert not sent.holds("<relance.3@a.example>")


def test_a_marked_folder_that_holds_no_messages_is_passed_over(run: Run) -> None:
    """A mere level of the hierarchy is opened, which fails, though the right folder is there."""
    running = run(Folder(b"Sent", "\\Noselect \\Sent"), Folder(b"Sent/2026", "\\Sent"))
    _keep(_there(running))
    assert running.messages(b"Sent/2026") == [_COPY]


def test_lines_that_are_not_understood_hide_no_other_folder(run: Run) -> None:
    """One odd line in the server's list ends the run, or hides the folder of sent messages."""
    noise = (b'* LIST () "/" Foo"bar', b'* LIST () "/" Foo[x', b"* LIST ()", b'* LIST () "/" NIL', b"* LIST",
             b'* LIST () "/" {6}\r\na\r\nb\0c', b'* LIST (\\X) NIL 2024', b'* LIST () "/" x ("CHILDINFO" ("S"))')  # fmt: skip
    running = run(_INBOX, Folder(_ENVOYES, "\\Sent"), noise=noise)
    _keep(_there(running))
    assert running.messages(_ENVOYES) == [_COPY]


@pytest.mark.parametrize("preset", ["", "INBOX.Sent"])
def test_a_server_that_lists_nothing_may_have_the_usual_folder(run: Run, preset: str) -> None:
    """A server that refuses to list its folders cannot be used at all."""
    running = run(Folder(b"Sent"), Folder(b"INBOX.Sent"), refused={"LIST": "no list for you"})
    _keep(_there(running, preset=preset))
    assert running.messages(preset.encode() or b"Sent") == [_COPY]


# --- Told in words


def _why(server: MailboxServer, opened: Callable[[MailboxServer], AbstractContextManager[Any]]) -> str:
    with pytest.raises(ProgramError) as caught, opened(server):
        pass
    return _plain(caught.value)


def _plain(error: ProgramError) -> str:
    """Return what an error says, with mere blanks before its signs."""
    return error.summary.replace("\N{NO-BREAK SPACE}", " ")


def test_a_folder_that_is_not_there_is_told_with_those_that_are(run: Run) -> None:
    """Who mistyped the folder does not learn what it is called."""
    running = run(_INBOX, Folder(_ENVOYES), Folder(b"Dossiers", "\\Noselect"), Folder(_spelled("a\x1b[31m\nb")))
    why = _why(_there(running, "Élément envoyés"), open_sent_folder)
    assert why == (
        "La boîte aux lettres est inutilisable : le dossier Élément envoyés n'existe pas ; "
        "il y a : INBOX, Éléments envoyés, a [31m b"
    )


def test_where_no_folder_is_known_the_user_is_asked_to_name_one(run: Run) -> None:
    """Copies go to a folder by guess, or the user does not learn what to write."""
    running = run(_INBOX, Folder(_spelled("Départ")))
    why = _why(_there(running, preset="Sent"), open_sent_folder)
    assert why.endswith("indiquez dans folder l'un de ceux-ci : INBOX, Départ")


def test_a_folder_that_does_not_open_is_told_in_the_servers_words(run: Run) -> None:
    """A folder without rights is said not to exist."""
    running = run(Folder(_ENVOYES, "\\Sent", closed=True))
    assert _why(_there(running), open_sent_folder).endswith("Éléments envoyés ne s'ouvre pas : not for you")


def test_hundreds_of_folders_fill_no_screen(run: Run) -> None:
    """A message lists four hundred folders."""
    running = run(*(Folder(b"Client %d" % number) for number in range(400)))
    why = _why(_there(running, "Envoyés"), open_sent_folder)
    assert len(why) < 500
    assert why.endswith(", …")
    assert names_of(()) == ""


@pytest.mark.parametrize(
    ("refused", "words"),
    [({"APPEND": "[OVERQUOTA] full \x1b[2Jup"}, ": [OVERQUOTA] full  [2Jup"), ({"UID SEARCH": "later"}, ": later")],
)
def test_what_the_server_refuses_is_told_in_its_words(run: Run, refused: dict[str, str], words: str) -> None:
    """A full mailbox is told as "append failed", in English and with what a terminal obeys."""
    running = run(Folder(b"Sent", "\\Sent"), refused=refused)
    with pytest.raises(ProgramError) as caught:
        _keep(_there(running))
    assert _plain(caught.value).endswith(words)


@pytest.mark.parametrize("command", ["LIST", "UID SEARCH", "APPEND"])
def test_a_goodbye_in_the_middle_is_told_in_the_servers_words(run: Run, command: str) -> None:
    """A mailbox that closes for maintenance is told as one that nobody understands."""
    running = run(Folder(b"Sent", "\\Sent"), answers={command: "* BYE closed for maintenance\r\n"})
    with pytest.raises(ProgramError, match="closed for maintenance"):
        _keep(_there(running, timeout_s=2))


_ODD = {
    "a lost line": "",
    "no answer at all": "* OK wait\r\n{tag} ",
    "another's answer": "zzz OK done\r\n",
    "rubbish": "\x00\x01 rubbish\r\n",
    "BAD": "{tag} BAD é what?\r\n",
    "a half list": '* LIST (\\Sent "/"\r\n{tag} OK\r\n',
    "an endless literal": "* LIST () {99999999999}\r\n",
    "words for numbers": "* x EXISTS\r\n* OK [PERMANENTFLAGS]\r\n* SEARCH one two\r\n* 1 FETCH (UID\r\n{tag} OK\r\n",
}


@pytest.mark.parametrize("answer", _ODD.values(), ids=_ODD)
@pytest.mark.parametrize("command", ["CAPABILITY", "LOGIN", "LIST", "EXAMINE", "UID SEARCH", "APPEND", "LOGOUT"])
def test_whatever_a_server_answers_is_told_or_borne(
    run: Run, command: str, answer: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """An odd answer ends the run with a foreign error after the emails left, holds it, or prints a library's English."""
    running = run(Folder(b"Sent", "\\Sent"), answers={command: answer})
    start = time.monotonic()
    try:
        with open_sent_folder(_there(running, timeout_s=1)) as sent:
            sent.holds(_ID)
            sent.keep(_COPY, _NOW)
    except ProgramError as error:
        assert _plain(error).startswith("La boîte aux lettres est inutilisable : ")
        assert _plain(error).isprintable()
    assert time.monotonic() - start < 6
    assert capfd.readouterr() == ("", "")


def test_ctrl_c_is_heard_while_the_mailbox_hangs(run: Run) -> None:
    """Who presses Ctrl-C while the mailbox does not answer waits for the whole timeout."""
    running = run(Folder(b"Sent", "\\Sent"), answers={"LIST": "* OK wait\r\n"})
    # Whoever runs the tests in the background has no Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Timer(2.0, _thread.interrupt_main).start()
    start = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt), open_sent_folder(_there(running, timeout_s=60)):
            pass
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - start < 30


# --- Login, and the inbox


def test_a_token_logs_in_and_a_wrong_one_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where passwords are no longer taken (Microsoft 365) the mailbox cannot be used; or a refusal shows the token."""
    running = run(Folder(b"Sent", "\\Sent"), token="ya29.jeton")
    account = Account("localhost", USER, "xoauth2")
    server = MailboxServer("localhost", running.port, "", account, 10)
    monkeypatch.setenv("RELANCE_XL_SMTP_TOKEN", "ya29.jeton")
    _keep(server)
    monkeypatch.setenv("RELANCE_XL_SMTP_TOKEN", "ya29.autre")
    assert _why(server, open_inbox) == f"La boîte aux lettres est inutilisable : elle a refusé la connexion de {USER}"


@pytest.mark.parametrize(("password", "words"), [("faux", "refusé"), ("clé", "lettres accentuées")])
def test_a_wrong_password_is_told(run: Run, monkeypatch: pytest.MonkeyPatch, password: str, words: str) -> None:
    """A password with accents ends the run in "something unexpected" after the emails left, or shows."""
    running = run(_INBOX)
    monkeypatch.setenv("RELANCE_XL_SMTP_PASSWORD", password)
    why = _why(_there(running), open_inbox)
    assert words in why
    assert password not in why


def test_a_certificate_nobody_vouches_for_hears_no_password(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The password goes to whoever answers in the mailbox's place."""
    running = run(_INBOX)
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "certificat" in _why(_there(running), open_inbox)
    assert running.said == []


def test_what_a_person_has_not_read_stays_unread(run: Run) -> None:
    """Looking for emails that came back marks a customer's answer as read."""
    back = b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nback\r\n"
    running = run(Folder(b"INBOX", messages=[b"Subject: bonjour\r\n\r\n", back]))
    with open_inbox(_there(running)) as inbox:
        assert list(inbox.notifications(date(2026, 3, 5))) == [back]
    assert 'EXAMINE "INBOX"' in running.said
    assert "UID SEARCH SINCE 05-Mar-2026 HEADER Content-Type delivery-status" in running.said
    assert not [one for one in running.said if one.startswith("SELECT") or ("BODY[" in one and "PEEK" not in one)]


# --- A whole run


def _send(bench: Bench, running: ImapServer, tmp_path: Path, folder: str) -> tuple[Outcome, list[bytes]]:
    """Send an email with copies to be kept; return the outcome and what the mail server took."""
    with mail_server(str(tmp_path / "smtp.pem")) as smtp:
        bench.send_by_smtp(host="localhost", port=smtp.port, user=USER, timeout_s=5, retry_s=0)
        imap = f'\n[mail.imap]\nhost = "localhost"\nport = {running.port}\ncopy_sent = true\nfolder = "{folder}"\n'
        toml = bench.root / "relance.toml"
        toml.write_text(toml.read_text(encoding="utf-8") + imap, encoding="utf-8")
        bench.write(("FA2026-0187", "Par email", "x"))
        both = tmp_path / "both.pem"
        both.write_bytes((tmp_path / "smtp.pem").read_bytes() + (tmp_path / "imap.pem").read_bytes())
        env = {"SSL_CERT_FILE": str(both), "RELANCE_XL_SMTP_PASSWORD": PASSWORD}
        return bench.run("send", "--yes", "--json", variables=env), smtp.mailbox.messages()


def test_a_french_mailbox_gets_the_copies(exported: Bench, run: Run, tmp_path: Path) -> None:
    """In a mailbox in French the run ends in an error after its emails left."""
    running = run(_INBOX, Folder(_ENVOYES), Folder(b"Sent", "\\Sent"))
    sent, taken = _send(exported, running, tmp_path, "Éléments envoyés")
    assert (sent.code, sent.data["counts"], sent.data["warnings"]) == (0, {"accepted": 1}, [])
    (copy,) = running.messages(_ENVOYES)
    assert message_from_bytes(copy)["Message-ID"] == message_from_bytes(taken[0])["Message-ID"]


@pytest.mark.parametrize(
    ("folder", "answers", "words"),
    [
        ("Envois", {}, "le dossier Envois n'existe pas ; il y a : INBOX, Éléments envoyés"),
        ("", {"EXAMINE": _ODD["words for numbers"]}, "sa réponse est incompréhensible"),
        ("", {"APPEND": ""}, "le serveur a fermé la connexion"),
    ],
)
def test_what_goes_wrong_after_emails_left_is_a_warning(
    exported: Bench, run: Run, tmp_path: Path, folder: str, answers: dict[str, str], words: str
) -> None:
    """A folder mistyped in the settings, or an odd mailbox, makes a send that succeeded end as one that failed."""
    running = run(_INBOX, Folder(_ENVOYES), answers=answers)
    sent, taken = _send(exported, running, tmp_path, folder)
    assert (sent.code, sent.data["counts"], len(taken)) == (0, {"accepted": 1}, 1)
    (warning,) = sent.data["warnings"]
    assert words in warning.replace("\N{NO-BREAK SPACE}", " ")
    assert {row["Résultat"] for row in exported.rows("Historique")} == {"envoyé"}


@pytest.mark.parametrize("error", [RuntimeError("odd"), ImportError("imapclient"), OSError(5, "x"), KeyError("x")])
def test_no_error_of_any_kind_hides_what_was_sent(
    exported: Bench, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """A fault of ours, or a broken installation, turns a send that succeeded into one that failed."""
    _send(exported, run(_INBOX, Folder(_ENVOYES)), tmp_path, "")
    dossier: Dossier = open_dossier(exported.root)

    def fails(_server: MailboxServer) -> None:
        raise error

    monkeypatch.setattr(mailbox_evidence, "open_sent_folder", fails)
    deliveries = replay(read_journal(dossier.journal)).deliveries
    told = mailbox_evidence.keep_copies(SimpleNamespace(dossier=dossier), deliveries)  # type: ignore[arg-type]
    assert len(told) == 1
