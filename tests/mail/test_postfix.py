"""Emails through Postfix, read back from Dovecot: what a company's own mail host makes of them."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from imaplib import IMAP4
from smtplib import SMTP, SMTPNotSupportedError, SMTPResponseException

import pytest

from tests.support.bench import Bench, Outcome
from tests.support.mail_server import PASSWORD, USER
from tests.support.postfix import MailHost, mail_host

# One reminder each, but for the second customer, who has two addresses.
_MAILBOXES = {
    "FA2026-0187": ("compta@dupont.example",),
    "FA2026-0229": ("facturation@ville.example", "comptabilite@ville.example"),
    "FA2026-0236": ("accounts@whitfield-marsh.example",),
}


@pytest.fixture(scope="module")
def running() -> Iterator[MailHost]:
    """Run one mail host for all tests of this module."""
    with mail_host(address for addresses in _MAILBOXES.values() for address in addresses) as host:
        yield host


@pytest.fixture
def host(running: MailHost) -> MailHost:
    """Return the mail host with empty mailboxes."""
    running.empty()
    return running


@pytest.fixture
def ready(exported: Bench, host: MailHost) -> Bench:
    """Return the sample company's dossier, set to send by the mail host, three emails ticked."""
    exported.send_by_smtp(host="localhost", port=host.smtp_port, user=USER, timeout_s=10)
    exported.write(*((number, "Par email", "x") for number in _MAILBOXES))
    exported.write(*((number, "Email", "; ".join(addresses)) for number, addresses in _MAILBOXES.items()))
    return exported


def _send(bench: Bench, host: MailHost, password: str = PASSWORD) -> Outcome:
    env = {"SSL_CERT_FILE": host.authority_file, "RELANCE_XL_SMTP_PASSWORD": password}
    return bench.run("send", "--yes", "--json", variables=env)


def _delivered(host: MailHost) -> dict[str, list[bytes]]:
    """Return each mailbox's messages, of those that have any."""
    found = {address: host.messages(address) for addresses in _MAILBOXES.values() for address in addresses}
    return {address: messages for address, messages in found.items() if messages}


def _read(data: bytes) -> EmailMessage:
    return message_from_bytes(data, policy=policy.default)


def test_each_customer_finds_one_mail_with_its_invoice(ready: Bench, host: MailHost) -> None:
    """A customer gets no mail, two, another's, or one that Postfix or Dovecot changed or without its PDFs."""
    sent = _send(ready, host)
    assert (sent.code, sent.data["counts"]) == (0, {"accepted": 3})
    assert _send(ready, host).data["counts"] == {"already_done": 3}
    spooled = {
        _read(path.read_bytes())["X-Relance-Key"]: path.read_bytes()
        for path in (ready.root / "lots").glob("*/emails/*.eml")
    }
    delivered = _delivered(host)
    for number, addresses in _MAILBOXES.items():
        ours = spooled.pop(f"{number}/1/email")
        for address in addresses:
            (theirs,) = delivered.pop(address)
            # Postfix and Dovecot put their own headers in front.
            assert theirs.endswith(ours)
            message = _read(theirs)
            assert message["Message-ID"] == _read(ours)["Message-ID"]
            attached = list(message.iter_attachments())
            invoice = (ready.root / "factures" / f"{number}.pdf").read_bytes()
            assert [part.get_content_type() for part in attached] == ["application/pdf"] * len(attached)
            assert any(invoice == part.get_content() for part in attached)
    assert (spooled, delivered) == ({}, {})


def test_a_wrong_password_delivers_nothing(ready: Bench, host: MailHost) -> None:
    """A refused login is not told as such, the password shows, or mail leaves all the same."""
    sent = _send(ready, host, password="mauvais-mot-de-passe")
    assert sent.code == 6
    assert {line["outcome"] for line in sent.reminders()} == {"held"}
    assert "mauvais-mot-de-passe" not in sent.out + sent.err + ready.journal.read_text(encoding="utf-8")
    assert _delivered(host) == {}
    assert _send(ready, host).data["counts"] == {"accepted": 3}
    assert {len(messages) for messages in _delivered(host).values()} == {1}


def test_an_unknown_mailbox_refuses_its_reminder_alone(ready: Bench, host: MailHost) -> None:
    """A customer who left the host stops the others' reminders, or counts as reached."""
    here, _ = _MAILBOXES["FA2026-0229"]
    ready.write(("FA2026-0229", "Email", f"{here}; partie@ville.example"))
    sent = _send(ready, host)
    assert (sent.code, sent.data["counts"]) == (1, {"accepted": 2, "refused": 1})
    (refused,) = sent.reminders("refused")
    assert refused["invoice"] == "FA2026-0229"
    assert "partie@ville.example: 550 5.1.1" in refused["reason"]
    reached = {address: len(messages) for address, messages in _delivered(host).items()}
    assert reached == {"compta@dupont.example": 1, "accounts@whitfield-marsh.example": 1}


def test_a_certificate_nobody_vouches_for_delivers_nothing(ready: Bench, host: MailHost) -> None:
    """The password or a reminder goes to a host that may be anybody's."""
    sent = ready.run("send", "--yes", "--json", variables={"RELANCE_XL_SMTP_PASSWORD": PASSWORD})
    assert sent.code == 6
    assert {line["outcome"] for line in sent.reminders()} == {"held"}
    assert _delivered(host) == {}
    # It broke off while it secured the line, before it could log in.
    last = host.last_connection()
    assert "SSL_accept error" in last
    assert "starttls=0/1 commands=1/2" in last


def test_the_host_takes_nothing_in_clear_and_nothing_for_outside(host: MailHost) -> None:
    """The mail host is laxer than real ones, so that other tests prove nothing, or its mail could leave."""
    with SMTP("localhost", host.smtp_port, timeout=10) as client:
        with pytest.raises(SMTPNotSupportedError):
            client.login(USER, PASSWORD)
        assert client.mail("anybody@example.com")[0] == 530
        client.starttls()
        client.mail("anybody@example.com")
        assert client.rcpt("compta@dupont.example")[0] == 554
        with pytest.raises(SMTPResponseException, match="535"):
            client.login(USER, "wrong")
        client.login(USER, PASSWORD)
        client.rset()
        client.mail("anybody@example.com")
        assert client.rcpt("somebody@example.com")[0] == 550


def test_the_sent_folder_finds_a_message_by_its_number(host: MailHost) -> None:
    """A copy kept in the Sent folder is not found again by its Message-ID, so that it is kept twice."""
    copy = b"From: a@example.com\r\nMessage-ID: <relance.1@example.com>\r\nSubject: copie\r\n\r\nBonjour\r\n"
    with host.imap(USER) as client:
        assert client.append("Sent", r"(\Seen)", "", copy)[0] == "OK"
        client.select("Sent", readonly=True)
        found = [client.search(None, "HEADER", "Message-ID", f"<relance.{n}@example.com>")[1] for n in (1, 2)]
        assert found == [[b"1"], [b""]]
        assert any(rb"\Sent" in line for line in client.list()[1] if isinstance(line, bytes))
    assert host.messages(USER, "Sent") == [copy]
    with pytest.raises(IMAP4.error), host.imap("nobody"):
        pass
