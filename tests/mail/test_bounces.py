"""Emails that came back: read as mail hosts write it, and nothing else taken for it."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance_xl.mail.bounces import Bounce, read_bounce
from tests.support.bench import DAY, Bench, Outcome
from tests.support.mail_server import PASSWORD, USER, Running, mail_server
from tests.support.postfix import MailHost, mail_host

_NUMBERS = ("FA2026-0187", "FA2026-0229")


def _notification(message_id: str, *addresses: str, action: str = "failed", whole: bool = False) -> bytes:
    """Return a notification as Postfix writes it: for people, for programs, and the message or its headers."""
    recipients = "\r\n".join(
        f"Final-Recipient: rfc822; {address}\r\nOriginal-Recipient: rfc822;{address}\r\nAction: {action}\r\n"
        "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 No such\r\n    user here\r\n"
        for address in addresses
    )
    kind = "message/rfc822" if whole else "text/rfc822-headers"
    return (
        "From: MAILER-DAEMON@mail.example (Mail Delivery System)\r\nTo: compta@mail.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\r\n\r\n'
        "--B\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you.\r\n"
        "--B\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mail.example\r\nX-Postfix-Queue-ID: 1\r\n\r\n{recipients}\r\n"
        f"--B\r\nContent-Type: {kind}\r\n\r\n"
        f"Message-ID: {message_id}\r\nSubject: Relance\r\n\r\n--B--\r\n"
    ).encode()


@pytest.mark.parametrize("whole", [True, False])
def test_a_notification_is_read(whole: bool) -> None:
    """What a mail host says of an email that came back is not understood."""
    found = read_bounce(_notification("<a@b>", "x@c.example", "Y@C.example", whole=whole))
    assert found == Bounce("<a@b>", ("x@c.example", "y@c.example"), "550 5.1.1 No such user here")


def test_a_delay_or_another_mail_is_no_bounce() -> None:
    """An email that is only late, or a customer's answer, counts as refused: the customer is reminded again."""
    assert read_bounce(_notification("<a@b>", "x@c.example", action="delayed")) is None
    assert read_bounce(b"Subject: Re: Relance\r\nIn-Reply-To: <a@b>\r\n\r\nAction: failed\r\n") is None
    assert read_bounce(_notification("", "x@c.example")) is None


@given(st.binary(max_size=300), st.integers(0, 900))
def test_no_mail_stops_the_reading(noise: bytes, cut: int) -> None:
    """A damaged mail in the inbox ends every export with a foreign error."""
    whole = _notification("<a@b>", "x@c.example")
    for data in (noise, whole[:cut] + noise + whole[cut:]):
        found = read_bounce(data)
        assert found is None or found.message_id


@pytest.fixture(scope="module")
def host() -> Iterator[MailHost]:
    """Run a mail host with the company's own mailbox."""
    with mail_host([USER]) as running:
        yield running


@pytest.fixture
def sent(exported: Bench, host: MailHost, tmp_path: Path) -> Iterator[tuple[Bench, Running, str]]:
    """Send two emails, the second to two addresses; yield dossier, server and the authorities to trust."""
    host.empty()
    with mail_server(str(tmp_path / "authority.pem")) as running:
        exported.send_by_smtp(host="localhost", port=running.port, user=USER, timeout_s=10)
        settings = exported.root / "relance.toml"
        imap = f'\n[mail.imap]\nhost = "localhost"\nport = {host.imap_port}\nbounces = true\n'
        settings.write_text(settings.read_text(encoding="utf-8") + imap, encoding="utf-8")
        exported.write(*((number, "Par email", "x") for number in _NUMBERS))
        both = tmp_path / "both.pem"
        both.write_bytes(Path(running.authority_file).read_bytes() + Path(host.authority_file).read_bytes())
        assert _run(exported, str(both), "send", "--yes").data["counts"] == {"accepted": 2}
        yield exported, running, str(both)


def _run(bench: Bench, authorities: str, *command: str) -> Outcome:
    env = {"SSL_CERT_FILE": authorities, "RELANCE_XL_SMTP_PASSWORD": PASSWORD}
    return bench.run(*command, "--json", variables=env, day=DAY)


def _put_back(host: MailHost, running: Running, number: str, *addresses: str) -> None:
    """Let an email come back from some addresses."""
    messages = (message_from_bytes(one, policy=policy.default) for one in running.mailbox.messages())
    (message,) = (one for one in messages if one["X-Relance-Key"].startswith(number))
    with host.imap(USER) as client:
        data = _notification(str(message["Message-ID"]), *addresses)
        assert client.append("INBOX", "", None, data)[0] == "OK"


def test_an_email_that_came_back_is_refused_and_proposed_again(
    sent: tuple[Bench, Running, str], host: MailHost
) -> None:
    """An email nobody received counts as a reminder, and the next one threatens; or it is not told."""
    bench, running, authorities = sent
    address = str(bench.row("FA2026-0187")["Email"])
    _put_back(host, running, "FA2026-0187", address)
    export = _run(bench, authorities, "export")
    assert any("FA2026-0187/1/email" in text and "No such user" in text for text in export.data["warnings"])
    assert bench.row("FA2026-0187")["Niveau"] == "Relance simple"
    assert bench.row("FA2026-0229")["Niveau"] == "Relance ferme"
    rows = [row["Résultat"] for row in bench.rows("Historique") if row["N° facture"] == "FA2026-0187"]
    assert rows == ["refusé"]
    # Once is enough: the notification is still there.
    assert _run(bench, authorities, "export").data["warnings"] == []
    # Sent again to another address, it is a new message under the same ordinal.
    bench.write(("FA2026-0187", "Email", "nouvelle@dupont.example"), ("FA2026-0187", "Par email", "x"))
    assert _run(bench, authorities, "send", "--yes").data["counts"] == {"accepted": 1}
    ids = [message_from_bytes(one)["Message-ID"] for one in running.mailbox.messages()]
    assert len(set(ids)) == 3


def test_an_email_that_one_of_two_received_stays_sent(sent: tuple[Bench, Running, str], host: MailHost) -> None:
    """One wrong address of two makes the customer's other address get the reminder twice."""
    bench, running, authorities = sent
    first, _second = str(bench.row("FA2026-0229")["Email"]).split("; ")
    _put_back(host, running, "FA2026-0229", first)
    export = _run(bench, authorities, "export")
    assert any("FA2026-0229/1/email" in text and first in text for text in export.data["warnings"])
    assert bench.row("FA2026-0229")["Niveau"] == "Relance ferme"


def test_an_inbox_that_cannot_be_read_is_told_and_changes_nothing(sent: tuple[Bench, Running, str]) -> None:
    """A mailbox that is down stops the week's work."""
    bench, running, _authorities = sent
    export = _run(bench, running.authority_file, "export")
    assert export.code == 0
    assert len(export.data["warnings"]) == 1
    assert bench.row("FA2026-0187")["Niveau"] == "Relance ferme"
