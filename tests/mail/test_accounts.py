"""The mail account: how it is logged in to, what it allows, what its folder of sent messages proves."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import keyring
import keyring.backend
import pytest

from relance_xl.mail.login import Account, find_password
from relance_xl.mail.providers import PROVIDERS
from relance_xl.settings.schema import read_settings
from tests.support.bench import DAY, Bench, Outcome
from tests.support.mail_server import PASSWORD, USER, Running, Script, mail_server
from tests.support.postfix import MailHost, mail_host

_NUMBERS = ("FA2026-0187", "FA2026-0229", "FA2026-0236")
_TOKEN = "ya29.jeton-de-test"


def _use(bench: Bench, running: Running, more: str = "", tables: str = "") -> None:
    """Set the dossier to send by a running server, and tick three emails."""
    bench.send_by_smtp(more, host="localhost", port=running.port, user=USER, timeout_s=10, retry_s=0)
    settings = bench.root / "relance.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + tables, encoding="utf-8")
    bench.write(*((number, "Par email", "x") for number in _NUMBERS))


def _send(bench: Bench, authority_file: str, **env: str) -> Outcome:
    secrets = {"SSL_CERT_FILE": authority_file, "RELANCE_XL_SMTP_PASSWORD": PASSWORD}
    return bench.run("send", "--yes", "--json", variables=secrets | env)


def _keys(running: Running) -> list[str]:
    return sorted(message_from_bytes(one, policy=policy.default)["X-Relance-Key"] for one in running.mailbox.messages())


# --- Logging in


def test_a_token_from_a_command_logs_in(exported: Bench, tmp_path: Path) -> None:
    """Where passwords are no longer taken (Microsoft 365), nothing can be sent."""
    with mail_server(str(tmp_path / "authority.pem"), Script(token=_TOKEN)) as running:
        command = f'["{sys.executable}", "-c", "print(\'{_TOKEN}\')"]'
        _use(exported, running, f'auth = "xoauth2"\ntoken_command = {command}')
        sent = exported.run("send", "--yes", "--json", variables={"SSL_CERT_FILE": running.authority_file})
    assert (sent.code, sent.data["counts"]) == (0, {"accepted": 3})
    assert running.mailbox.logins == 1


def test_a_token_of_another_account_is_refused_without_showing_it(exported: Bench, tmp_path: Path) -> None:
    """A refused token is not told as such, or shows in the output, the journal or a trace."""
    with mail_server(str(tmp_path / "authority.pem"), Script(token="another")) as running:
        _use(exported, running, 'auth = "xoauth2"')
        env = {"SSL_CERT_FILE": running.authority_file, "RELANCE_XL_SMTP_TOKEN": _TOKEN}
        sent = exported.run("send", "--yes", "--json", variables=env)
    assert sent.code == 6
    assert {line["outcome"] for line in sent.reminders()} == {"held"}
    assert "535 5.7.8" in sent.err + sent.out
    assert _TOKEN not in sent.out + sent.err + exported.journal.read_text(encoding="utf-8")
    assert running.mailbox.accepted == []


@pytest.mark.parametrize(
    "command",
    ['["no-such-program-anywhere"]', f'["{sys.executable}", "-c", "print(1); raise SystemExit(3)"]',
     f'["{sys.executable}", "-c", "print(\'two words\')"]', f'["{sys.executable}", "-c", ""]'],
    ids=["missing", "failing", "talking", "silent"],
)  # fmt: skip
def test_a_token_command_that_fails_sends_nothing(exported: Bench, tmp_path: Path, command: str) -> None:
    """A broken token command ends in a foreign error, or its output is used as a token all the same."""
    with mail_server(str(tmp_path / "authority.pem"), Script(token="1")) as running:
        _use(exported, running, f'auth = "xoauth2"\ntoken_command = {command}')
        sent = exported.run("send", "--yes", "--json", variables={"SSL_CERT_FILE": running.authority_file})
    assert sent.code == 6
    assert "Traceback" not in sent.err
    assert (running.mailbox.logins, running.mailbox.accepted) == (0, [])


def test_tls_from_the_start(exported: Bench, tmp_path: Path) -> None:
    """A provider that wants TLS as soon as one connects (port 465) cannot be used, or is not verified."""
    with mail_server(str(tmp_path / "authority.pem"), from_the_start=True) as running:
        _use(exported, running, 'security = "tls"')
        nobody = exported.run("send", "--yes", "--json", variables={"RELANCE_XL_SMTP_PASSWORD": PASSWORD})
        assert (nobody.code, running.mailbox.logins) == (6, 0)
        assert _send(exported, running.authority_file).data["counts"] == {"accepted": 3}
    assert _keys(running) == [f"{number}/1/email" for number in _NUMBERS]


class _Keyring(keyring.backend.KeyringBackend):  # type: ignore[misc]  # keyring ships no types
    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        return "du trousseau" if (service, username) == ("relance-xl:smtp.example.org", "compta") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


def test_the_password_is_found_in_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password kept in the system's keyring is not found, or goes before the environment's."""
    before = keyring.get_keyring()
    keyring.set_keyring(_Keyring())
    try:
        monkeypatch.delenv("RELANCE_XL_SMTP_PASSWORD", raising=False)
        assert find_password(Account("smtp.example.org", "compta")) == "du trousseau"
        monkeypatch.setenv("RELANCE_XL_SMTP_PASSWORD", "de l'environnement")
        assert find_password(Account("smtp.example.org", "compta")) == "de l'environnement"
    finally:
        keyring.set_keyring(before)


# --- What it allows


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_fills_in_what_the_settings_leave_out(bench: Bench, provider: str) -> None:
    """A preset is not used, or goes before what the user wrote."""
    bench.send_by_smtp(provider=provider, user="a@b.example", per_day=7)
    mail, preset = read_settings(bench.root / "relance.toml").mail, PROVIDERS[provider]
    assert (mail.host, mail.port, mail.security, mail.auth) == (preset.host, preset.port, preset.security, preset.auth)
    assert (mail.per_minute, mail.per_day) == (preset.per_minute, 7)
    # Its folder of sent messages is no setting: it must not go before what the server says.
    assert (mail.imap.host, mail.imap.folder) == (preset.imap_host, "")


def test_an_unknown_provider_is_named(bench: Bench) -> None:
    """A mistyped provider is passed over, and mail goes nowhere."""
    bench.send_by_smtp(provider="microsft365")
    checked = bench.json("check")
    assert checked.code == 3
    assert [fault["where"] for fault in checked.data["faults"]] == ["relance.toml: mail.provider"]


def test_a_provider_without_an_account_is_named(bench: Bench) -> None:
    """Nobody learns before sending that the account is missing."""
    bench.send_by_smtp(provider="gmail")
    assert [fault["where"] for fault in bench.json("check").data["faults"]] == ["relance.toml: mail.user"]


def test_a_missing_password_is_told_before_letters_are_made(exported: Bench, tmp_path: Path) -> None:
    """Hundreds of letters are made before one learns that no email can leave."""
    with mail_server(str(tmp_path / "authority.pem")) as running:
        _use(exported, running)
        assert exported.json("send", "--yes").code == 6
    assert not (exported.root / "lots").exists() or not list((exported.root / "lots").iterdir())
    assert not exported.journal.exists()


def test_a_message_too_large_is_held_alone(exported: Bench, tmp_path: Path) -> None:
    """One huge invoice stops the others, or is found out only by the server."""
    with mail_server(str(tmp_path / "authority.pem")) as running:
        _use(exported, running, "max_mb = 1")
        invoice = exported.root / "factures" / "FA2026-0229.pdf"
        invoice.write_bytes(invoice.read_bytes() + b"\n%" + b"x" * 1_200_000)
        sent = _send(exported, running.authority_file)
    assert (sent.code, sent.data["counts"]) == (1, {"accepted": 2, "held": 1})
    (held,) = sent.reminders("held")
    assert held["invoice"] == "FA2026-0229"
    assert "MB" in held["reason"]


def test_a_stale_list_is_refused_where_so_set(exported: Bench) -> None:
    """A list of last month is used though the settings forbid it, and customers who paid are chased."""
    exported.write(("FA2026-0187", "Par courrier", "x"))
    later = "2026-12-24"
    assert exported.json("check", day=later).code == 0
    settings = exported.root / "relance.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[source]", '[source]\nstale = "refuse"', 1), encoding="utf-8")
    for command in (("check",), ("send", "--yes")):
        assert exported.json(*command, day=later).code == 3
    assert not exported.journal.exists()
    assert exported.json("export", day=later).code == 0


@pytest.mark.parametrize(
    ("reply", "wait"),
    [
        ("450 4.7.1 message rate limit exceeded", timedelta(hours=1)),
        ("550 5.4.5 Daily user sending limit exceeded", timedelta(days=1)),
        ("432 4.3.2 Concurrent connections limit exceeded", timedelta(minutes=10)),
    ],
)
def test_a_quota_pauses_the_whole_run_and_says_until_when(
    exported: Bench, tmp_path: Path, reply: str, wait: timedelta
) -> None:
    """A provider's limit is run against with every message, which gets accounts blocked; or counts as a refusal."""
    with mail_server(str(tmp_path / "authority.pem"), Script(data_reply=reply)) as running:
        _use(exported, running)
        first = _send(exported, running.authority_file)
        assert (first.code, first.data["counts"]) == (1, {"held": 3})
        assert running.mailbox.logins == 1
        (reason,) = {line["reason"] for line in first.reminders()}
        assert reply[4:] in reason
        until = datetime.strptime(re.findall(r"\d\d/\d\d/\d{4} \d\d:\d\d", reason)[0], "%d/%m/%Y %H:%M").astimezone()
        now = datetime.now().astimezone().replace(year=2026, month=11, day=24)
        assert abs(until - now - wait) < timedelta(minutes=2)
        running.mailbox.script.data_reply = ""
        assert _send(exported, running.authority_file).data["counts"] == {"accepted": 3}


# --- The folder of sent messages


@pytest.fixture(scope="module")
def host() -> Iterator[MailHost]:
    """Run a mail host with one mailbox: the company's own."""
    with mail_host([USER]) as running:
        yield running


def _imap(host: MailHost, how: str) -> str:
    return f'\n[mail.imap]\nhost = "localhost"\nport = {host.imap_port}\n{how} = true\n'


def _both(tmp_path: Path, running: Running, host: MailHost) -> str:
    """Return a file with the authorities of both servers."""
    both = tmp_path / "authorities.pem"
    both.write_bytes(Path(running.authority_file).read_bytes() + Path(host.authority_file).read_bytes())
    return str(both)


def test_a_copy_among_the_sent_messages_proves_that_it_left(exported: Bench, tmp_path: Path, host: MailHost) -> None:
    """A person is asked about an email that lies among the sent ones; or its absence counts as not sent."""
    host.empty()
    with mail_server(str(tmp_path / "authority.pem"), Script(close_after_data=True)) as running:
        _use(exported, running, tables=_imap(host, "watch"))
        authorities = _both(tmp_path, running, host)
        (lost,) = _send(exported, authorities).reminders("unknown")
        running.mailbox.script.close_after_data = False
        again = _send(exported, authorities)
        assert (again.code, again.data["counts"]) == (7, {"accepted": 2, "unknown": 1})
        with host.imap(USER) as client:
            (message,) = (one for one in running.mailbox.messages() if lost["invoice"].encode() in one)
            assert client.append("Sent", r"(\Seen)", None, message)[0] == "OK"
        proven = _send(exported, authorities)
    assert (proven.code, proven.data["counts"]) == (0, {"already_done": 3})
    assert lost["key"] in proven.err + proven.out
    assert _keys(running) == [f"{number}/1/email" for number in _NUMBERS]
    results = {row["N° facture"]: row["Résultat"] for row in exported.rows("Historique")}
    assert results == dict.fromkeys(_NUMBERS, "envoyé")


def test_sent_messages_are_copied_once(exported: Bench, tmp_path: Path, host: MailHost) -> None:
    """What was sent does not show among the account's sent messages, or twice."""
    host.empty()
    with mail_server(str(tmp_path / "authority.pem")) as running:
        _use(exported, running, tables=_imap(host, "copy_sent"))
        authorities = _both(tmp_path, running, host)
        assert _send(exported, authorities).data["counts"] == {"accepted": 3}
        assert _send(exported, authorities).data["counts"] == {"already_done": 3}
    copies = host.messages(USER, "Sent")
    assert sorted(message_from_bytes(one)["X-Relance-Key"] for one in copies) == _keys(running)


def test_a_folder_with_accents_gets_the_copies(exported: Bench, tmp_path: Path, host: MailHost) -> None:
    """A real server's folder with accents (Dovecot's) ends the run after its emails left."""
    host.empty()
    spelled = '"&AMk-l&AOk-ments envoy&AOk-s"'
    with host.imap(USER) as client:
        assert client.create(spelled)[0] == "OK"
    with mail_server(str(tmp_path / "authority.pem")) as running:
        imap = _imap(host, "copy_sent") + 'folder = "Éléments envoyés"\n'
        _use(exported, running, tables=imap)
        sent = _send(exported, _both(tmp_path, running, host))
    assert (sent.code, sent.data["counts"], sent.data["warnings"]) == (0, {"accepted": 3}, [])
    copies = host.messages(USER, spelled)
    assert sorted(message_from_bytes(one)["X-Relance-Key"] for one in copies) == _keys(running)
    assert host.messages(USER, "Sent") == []


def test_a_mailbox_that_fails_is_told_and_changes_nothing(exported: Bench, tmp_path: Path) -> None:
    """Where the mailbox cannot be reached, a reminder counts as not sent, or its fate as known."""
    with mail_server(str(tmp_path / "authority.pem"), Script(close_after_data=True)) as running:
        nowhere = '\n[mail.imap]\nhost = "localhost"\nport = 1\nwatch = true\ncopy_sent = true\n'
        _use(exported, running, tables=nowhere)
        assert _send(exported, running.authority_file).code == 7
        running.mailbox.script.close_after_data = False
        second = _send(exported, running.authority_file)
    assert (second.code, second.data["counts"]) == (7, {"accepted": 2, "unknown": 1})
    assert _keys(running) == [f"{number}/1/email" for number in _NUMBERS]


# --- A computer that slept


@pytest.mark.skipif(os.name == "nt", reason="a process cannot be suspended like this on Windows")
def test_a_suspended_sender_stops_when_it_wakes(exported: Bench, tmp_path: Path) -> None:
    """A laptop sleeps in the middle of a send, a colleague takes over and sends; awake, it sends the same again."""
    with mail_server(str(tmp_path / "authority.pem"), Script(delay=0.4)) as running:
        _use(exported, running)
        env = {**os.environ, "SSL_CERT_FILE": running.authority_file, "RELANCE_XL_SMTP_PASSWORD": PASSWORD}
        command = [sys.executable, "-m", "relance_xl", "-d", str(exported.root), "send", "--yes", "--date", DAY]
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as sleeper:
            deadline = time.monotonic() + 60
            while not running.mailbox.accepted and time.monotonic() < deadline:
                time.sleep(0.02)
            os.kill(sleeper.pid, signal.SIGSTOP)
            try:
                refused = _send(exported, running.authority_file)
                assert refused.code == 5
                assert "--break-lock" in refused.out
                secrets = {"SSL_CERT_FILE": running.authority_file, "RELANCE_XL_SMTP_PASSWORD": PASSWORD}
                taken = exported.run("send", "--yes", "--json", "--break-lock", variables=secrets)
                assert taken.code in {0, 7}
            finally:
                os.kill(sleeper.pid, signal.SIGCONT)
            said = sleeper.communicate(timeout=60)[0].decode()
        assert sleeper.returncode == 5, said
        last = _send(exported, running.authority_file)
    assert last.code in {0, 7}
    assert len(_keys(running)) == len(set(_keys(running)))
    known = {row["N° facture"] for row in exported.rows("Historique")}
    assert known | {line["invoice"] for line in last.reminders("unknown")} == set(_NUMBERS)
