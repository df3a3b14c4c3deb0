"""Emails through a real SMTP server on loopback: STARTTLS verified, one login, every fault at its phase."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.support.bench import Bench, Outcome
from tests.support.mail_server import PASSWORD, USER, Running, Script, mail_server

_NUMBERS = ("FA2026-0187", "FA2026-0229", "FA2026-0236")


@contextmanager
def _by_smtp(bench: Bench, tmp_path: Path, script: Script | None = None) -> Iterator[Running]:
    """Set the dossier to send by a running server, and tick three emails."""
    with mail_server(str(tmp_path / "authority.pem"), script) as running:
        bench.send_by_smtp(host="localhost", port=running.port, user=USER, timeout_s=10, retry_s=0)
        bench.write(*((number, "Par email", "x") for number in _NUMBERS))
        yield running


def _send(bench: Bench, running: Running, password: str = PASSWORD) -> Outcome:
    env = {"SSL_CERT_FILE": running.authority_file, "RELANCE_XL_SMTP_PASSWORD": password}
    return bench.run("send", "--yes", "--json", variables=env)


def test_emails_leave_over_one_verified_login(exported: Bench, tmp_path: Path) -> None:
    """Emails do not reach the server, reach it twice, or each with a login of its own."""
    with _by_smtp(exported, tmp_path) as running:
        sent = _send(exported, running)
        assert (sent.code, sent.data["counts"]) == (0, {"accepted": 3})
        again = _send(exported, running)
    assert again.data["counts"] == {"already_done": 3}
    assert running.mailbox.logins == 1
    keys = [message_from_bytes(data, policy=policy.default)["X-Relance-Key"] for data in running.mailbox.messages()]
    assert sorted(keys) == [f"{number}/1/email" for number in _NUMBERS]
    two = next(one for one in running.mailbox.accepted if len(one.rcpt_tos) == 2)
    assert sorted(two.rcpt_tos) == sorted(str(exported.row("FA2026-0229")["Email"]).split("; "))
    spooled = {path.read_bytes() for path in (exported.root / "lots").glob("*/emails/*.eml")}
    assert set(running.mailbox.messages()) == spooled


def test_an_unverified_certificate_stops_before_anything_is_said(exported: Bench, tmp_path: Path) -> None:
    """A server nobody vouches for is given the password or a message."""
    with _by_smtp(exported, tmp_path) as running:
        sent = exported.run("send", "--yes", "--json", variables={"RELANCE_XL_SMTP_PASSWORD": PASSWORD})
        assert sent.code == 6
        assert (running.mailbox.logins, running.mailbox.accepted) == (0, [])
        later = _send(exported, running)
    assert later.data["counts"] == {"accepted": 3}
    assert len(running.mailbox.accepted) == 3


def test_a_wrong_password_is_told_without_showing_it(exported: Bench, tmp_path: Path) -> None:
    """A refused login is not told as such, or the password shows in the output or the journal."""
    with _by_smtp(exported, tmp_path) as running:
        sent = _send(exported, running, password="mauvais-mot-de-passe")
    assert sent.code == 6
    assert {line["outcome"] for line in sent.reminders()} == {"held"}
    everything = sent.out + sent.err + exported.journal.read_text(encoding="utf-8")
    assert "535 5.7.8" in everything
    assert "mauvais-mot-de-passe" not in everything
    assert running.mailbox.accepted == []


def test_a_refused_recipient_refuses_that_reminder_alone(exported: Bench, tmp_path: Path) -> None:
    """One bad address of two still gets the mail sent to the other, or stops the other reminders."""
    address = str(exported.row("FA2026-0229")["Email"]).split("; ")[1]
    with _by_smtp(exported, tmp_path, Script(refuse_recipients={address: "550 5.1.1 no such user"})) as running:
        sent = _send(exported, running)
    assert sent.code == 1
    (refused,) = sent.reminders("refused")
    assert refused["invoice"] == "FA2026-0229"
    assert "550" in refused["reason"]
    assert len(running.mailbox.accepted) == 2
    assert exported.run("export").code == 0
    assert exported.row("FA2026-0229")["Niveau"] == "Relance simple"
    assert exported.row("FA2026-0187")["Niveau"] == "Relance ferme"


def test_a_temporary_refusal_is_tried_again_by_the_next_send(exported: Bench, tmp_path: Path) -> None:
    """A 4xx answer loses the reminder, or the next send makes a second message of it."""
    with _by_smtp(exported, tmp_path, Script(data_reply="451 4.3.2 try again later")) as running:
        first = _send(exported, running)
        assert {line["outcome"] for line in first.reminders()} == {"held"}
        running.mailbox.script.data_reply = ""
        second = _send(exported, running)
    assert second.data["counts"] == {"accepted": 3}
    assert len(running.mailbox.accepted) == 3
    assert not (exported.root / "lots" / "2026-11-24-002").exists()


def test_a_line_lost_after_the_message_is_never_sent_again(exported: Bench, tmp_path: Path) -> None:
    """A message that may have arrived is sent a second time, or its fate is not told and settled by a person."""
    with _by_smtp(exported, tmp_path, Script(close_after_data=True)) as running:
        first = _send(exported, running)
        assert first.code == 7
        lost = first.reminders("unknown")
        assert len(lost) == 1
        running.mailbox.script.close_after_data = False
        second = _send(exported, running)
        assert second.code == 7
        assert second.data["counts"] == {"accepted": 2, "unknown": 1}
        key = lost[0]["key"]
        assert exported.json("resolve", key, "sent").data == {"key": key, "outcome": "accepted"}
        third = _send(exported, running)
    assert (third.code, third.data["counts"]) == (0, {"already_done": 3})
    keys = [message_from_bytes(data)["X-Relance-Key"] for data in running.mailbox.messages()]
    assert len(keys) == len(set(keys)) == 3
    assert {row["Résultat"] for row in exported.rows("Historique") if row["Relance"] == key} == {"envoyé"}


def test_what_was_paid_between_two_tries_is_not_sent(exported: Bench, tmp_path: Path) -> None:
    """A reminder left over from an interrupted run goes out although its invoice was paid meanwhile."""
    with _by_smtp(exported, tmp_path, Script(refuse_sender="421 4.3.0 closing")) as running:
        assert _send(exported, running).code in {1, 6}
        running.mailbox.script.refuse_sender = ""
        lines = (exported.root / "impayes.csv").read_bytes().split(b"\r\n")
        (exported.root / "impayes.csv").write_bytes(
            b"\r\n".join(line for line in lines if not line.startswith(b"FA2026-0187;"))
        )
        second = _send(exported, running)
    outcomes = {line["invoice"]: line["outcome"] for line in second.reminders()}
    assert outcomes == {"FA2026-0187": "held", "FA2026-0229": "accepted", "FA2026-0236": "accepted"}
    assert b"FA2026-0187" not in b"".join(running.mailbox.messages())


def test_a_server_that_is_not_there_costs_nothing(exported: Bench, tmp_path: Path) -> None:
    """An unreachable server loses the letters made in the same run, or claims that emails left."""
    with _by_smtp(exported, tmp_path) as running:
        pass
    exported.write(("FA2026-0296", "Par courrier", "x"))
    sent = _send(exported, running)
    assert sent.code == 6
    assert sent.data["counts"] == {"printed": 1, "held": 3}
    assert exported.row("FA2026-0187")["Dernière relance"] is None


def test_the_days_limit_leaves_the_rest_for_tomorrow(exported: Bench, tmp_path: Path) -> None:
    """The provider's daily limit is exceeded, or what is over it is lost or counted as a failure."""
    with _by_smtp(exported, tmp_path) as running:
        exported.setting('transport = "smtp"', 'transport = "smtp"\nper_day = 2')
        first = _send(exported, running)
        assert (first.code, first.data["counts"]) == (1, {"accepted": 2, "held": 1})
        assert first.reminders("held")[0]["reason_code"] == "daily_limit"
        env = {"SSL_CERT_FILE": running.authority_file, "RELANCE_XL_SMTP_PASSWORD": PASSWORD}
        second = exported.run("send", "--yes", "--json", variables=env, day="2026-11-25")
    assert second.data["counts"] == {"accepted": 1, "already_done": 2}
    assert len(running.mailbox.accepted) == 3


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [("251 ok", "accepted"), ("200 ok", "accepted"), ("354 go on", "unknown"), ("garbage", "unknown")],
)
def test_odd_answers_after_the_message_send_nothing_twice(
    exported: Bench, tmp_path: Path, reply: str, outcome: str
) -> None:
    """A server that takes the message and answers oddly is sent the same message again."""
    with _by_smtp(exported, tmp_path, Script(reply_after_acceptance=reply)) as running:
        first = _send(exported, running)
        assert outcome in {line["outcome"] for line in first.reminders()}
        running.mailbox.script.reply_after_acceptance = "250 ok"
        _send(exported, running)
    keys = [message_from_bytes(data)["X-Relance-Key"] for data in running.mailbox.messages()]
    assert len(keys) == len(set(keys))


def test_an_old_journal_under_a_newer_workbook_sends_nothing_again(exported: Bench, tmp_path: Path) -> None:
    """A journal restored from a backup sends everything a second time that the history sheet shows as sent."""
    with _by_smtp(exported, tmp_path) as running:
        assert _send(exported, running).code == 0
        lines = exported.journal.read_bytes().splitlines(keepends=True)
        exported.journal.write_bytes(
            b"".join(one for one in lines if b'"begun"' not in one and b'"settled"' not in one)
        )
        again = _send(exported, running)
    assert again.code == 7
    assert {line["outcome"] for line in again.reminders()} == {"unknown"}
    assert len(running.mailbox.accepted) == 3


def test_corrections_before_a_retry_count(exported: Bench, tmp_path: Path) -> None:
    """An address corrected, or a row unticked, between two tries is ignored: the old message goes to the old address."""
    with _by_smtp(exported, tmp_path, Script(data_reply="451 later")) as running:
        _send(exported, running)
        exported.write(("FA2026-0187", "Email", "juste@example.com"), ("FA2026-0236", "Par email", "non"))
        running.mailbox.script.data_reply = ""
        second = _send(exported, running)
    assert second.data["counts"] == {"accepted": 2}
    reached = {address for envelope in running.mailbox.accepted for address in envelope.rcpt_tos}
    assert "juste@example.com" in reached
    assert "compta@dupont.example" not in reached
    assert len(running.mailbox.accepted) == 2


@pytest.mark.parametrize("name", ["simple.fr.txt", "simple.fr.html"])
def test_a_wrong_tag_of_a_mail_is_told_before_anything_is_made(exported: Bench, name: str) -> None:
    """A mistyped tag behind a known name ({{ customer.nom }}) is found when all letters are made, or in nobody's words."""
    template = exported.root / "modeles" / name
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace("{% if late %}", "{{ customer.nom }}{% if late %}", 1), encoding="utf-8")
    exported.write(("FA2026-0187", "Par email", "x"))
    checked = exported.json("check")
    assert checked.code == 3
    assert [(fault["where"], "«\u00a0nom\u00a0»" in fault["problem"]) for fault in checked.data["faults"]] == [
        (name, True)
    ]
    assert "customer.name" in exported.run("check").err
    assert "relance_xl" not in checked.out
    assert exported.run("doctor").code == 3


def test_an_email_file_that_was_never_sent_can_be_taken_back(exported: Bench) -> None:
    """A letter or an email file that the user threw away counts as a reminder for ever."""
    exported.write(("FA2026-0229", "Par email", "x"))
    assert exported.run("send", "--yes").code == 0
    assert exported.json("resolve", "FA2026-0229/1/email", "not-sent").data["outcome"] == "refused"
    assert exported.json("send", "--yes").data["counts"] == {"accepted": 1}
    assert exported.json("resolve", "FA2026-0229/1/email", "sent").code == 0
    assert exported.json("resolve", "FA2026-0229/1/email", "sent").code == 2


def test_an_email_that_never_left_is_made_anew_beside_its_letter(exported: Bench, tmp_path: Path) -> None:
    """The letter went, the email did not, its address is corrected: the email is lost and called already done."""
    with _by_smtp(exported, tmp_path, Script(data_reply="451 later")) as running:
        exported.write(("FA2026-0187", "Par courrier", "x"))
        first = _send(exported, running)
        assert first.data["counts"] == {"printed": 1, "held": 3}
        held = exported.json("check").reminders("held")
        assert {(line["invoice"], line["reason_code"]) for line in held} >= {("FA2026-0187", "unfinished")}
        exported.write(("FA2026-0187", "Email", "juste@example.com"))
        running.mailbox.script.data_reply = ""
        second = _send(exported, running)
        third = _send(exported, running)
    outcomes = {(line["invoice"], line["channel"]): line["outcome"] for line in second.reminders()}
    assert outcomes["FA2026-0187", "email"] == "accepted"
    assert outcomes["FA2026-0187", "post"] == "already_done"
    assert set(third.data["counts"]) == {"already_done"}
    reached = [address for envelope in running.mailbox.accepted for address in envelope.rcpt_tos]
    assert reached.count("juste@example.com") == 1
    assert "compta@dupont.example" not in reached
    keys = {str(row["Relance"]) for row in exported.rows("Historique")}
    assert {"FA2026-0187/1/post", "FA2026-0187/1/email"} <= keys


def test_one_paid_invoice_does_not_take_its_groups_email_along(bench: Bench, tmp_path: Path) -> None:
    """Grouped by customer, one invoice paid between two tries loses the reminder of the others."""
    bench.setting('grouping = "invoice"', 'grouping = "customer"')
    assert bench.run("export").code == 0
    bench.write(*(("FA2026-0267", title, "x") for title in ("Par courrier", "Par email")))
    with _by_smtp(bench, tmp_path, Script(data_reply="451 later")) as running:
        bench.write(("FA2026-0187", "Par courrier", "x"))
        _send(bench, running)
        path = bench.root / "impayes.csv"
        lines = path.read_bytes().split(b"\r\n")
        path.write_bytes(b"\r\n".join(line for line in lines if not line.startswith(b"FA2026-0187;")))
        running.mailbox.script.data_reply = ""
        second = _send(bench, running)
    outcomes = {(line["invoice"], line["channel"]): line["outcome"] for line in second.reminders()}
    assert outcomes["FA2026-0267", "email"] == "accepted"
    messages = b"".join(running.mailbox.messages())
    assert b"FA2026-0187" not in messages


def test_a_row_deleted_before_the_next_try_is_not_sent(exported: Bench, tmp_path: Path) -> None:
    """A reminder whose row its user deleted after a failed send leaves all the same with the next one."""
    with _by_smtp(exported, tmp_path, Script(data_reply="451 4.7.1 later")) as running:
        assert _send(exported, running).data["counts"] == {"held": 3}
        running.mailbox.script.data_reply = ""
        book = load_workbook(exported.workbook)
        book["Relances"].delete_rows(exported.row_of("FA2026-0229"))
        book.save(exported.workbook)
        second = _send(exported, running)
    assert second.data["counts"] == {"accepted": 2}
    keys = [message_from_bytes(data)["X-Relance-Key"] for data in running.mailbox.messages()]
    assert sorted(keys) == ["FA2026-0187/1/email", "FA2026-0236/1/email"]


def test_what_a_row_says_of_its_letter_stays_when_its_email_is_settled(exported: Bench, tmp_path: Path) -> None:
    """Settling an email wipes out that the same reminder's letter lies ready."""
    with _by_smtp(exported, tmp_path, Script(close_after_data=True)) as running:
        exported.write(*((number, "Par courrier", "x") for number in _NUMBERS))
        (lost,) = _send(exported, running).reminders("unknown")
    assert exported.json("resolve", lost["key"], "sent").code == 0
    assert exported.row(lost["invoice"])["Statut"] == "courrier prêt à imprimer · email envoyé"


def test_a_clock_that_went_back_is_told_and_sends_nothing_twice(exported: Bench, tmp_path: Path) -> None:
    """A computer whose clock fell back makes reminders again, or judges what is due by it without a word."""
    with _by_smtp(exported, tmp_path) as running:
        assert _send(exported, running).data["counts"] == {"accepted": 3}
        env = {"SSL_CERT_FILE": running.authority_file, "RELANCE_XL_SMTP_PASSWORD": PASSWORD}
        back = exported.run("send", "--yes", "--json", day="2026-11-03", variables=env)
    assert back.data["counts"] == {"already_done": 3}
    assert "03/11/2026" in back.err + back.out
    assert len(running.mailbox.accepted) == 3


def test_an_address_with_accents_gets_its_email_where_the_server_takes_it(exported: Bench, tmp_path: Path) -> None:
    """A customer with an é before the @ never gets an email, though the server offers to take it (RFC 6531)."""
    with _by_smtp(exported, tmp_path) as running:
        exported.write(("FA2026-0187", "Email", "josé@exemple.fr"))
        sent = _send(exported, running)
    assert (sent.code, sent.data["counts"]) == (0, {"accepted": 3})
    (envelope,) = [one for one in running.mailbox.accepted if one.rcpt_tos == ["josé@exemple.fr"]]
    assert {"SMTPUTF8", "BODY=8BITMIME"} <= set(envelope.mail_options)
    head = bytes(envelope.content or b"").partition(b"\r\n\r\n")[0].decode("utf-8")
    assert "To: josé@exemple.fr" in head
    # The others are plain as ever: not every server on their way takes the new kind.
    others = [one for one in running.mailbox.accepted if one is not envelope]
    assert all(bytes(one.content or b"").isascii() and "SMTPUTF8" not in one.mail_options for one in others)


def test_an_address_with_accents_is_held_where_the_server_does_not_take_it(exported: Bench, tmp_path: Path) -> None:
    """A server without SMTPUTF8 is given a mangled address, or the customer counts as having refused."""
    with _by_smtp(exported, tmp_path, Script(smtputf8=False)) as running:
        exported.write(("FA2026-0187", "Email", "josé@exemple.fr"))
        sent = _send(exported, running)
        assert (sent.code, sent.data["counts"]) == (1, {"accepted": 2, "held": 1})
        (held,) = sent.reminders("held")
        assert held["reason_code"] == "address_not_taken"
        assert "josé@exemple.fr" in held["reason"]
        # Another address, and it goes.
        exported.write(("FA2026-0187", "Email", "jose@exemple.fr"))
        assert _send(exported, running).data["counts"] == {"accepted": 1, "already_done": 2}


def test_an_email_to_an_address_with_accents_can_be_a_file(exported: Bench) -> None:
    """Without a server such an email cannot be made at all."""
    exported.write(("FA2026-0187", "Email", "josé@exemple.fr"), ("FA2026-0187", "Par email", "x"))
    assert exported.json("send", "--yes").data["counts"] == {"accepted": 1}
    (file,) = (exported.root / "lots").glob("*/emails/*.eml")
    assert "To: josé@exemple.fr" in file.read_text(encoding="utf-8")


def test_a_senders_domain_with_accents_travels_in_ascii(exported: Bench, tmp_path: Path) -> None:
    """A sender like compta@société.fr is refused, or its emails all held."""
    with _by_smtp(exported, tmp_path, Script(smtputf8=False)) as running:
        path = exported.root / "relance.toml"
        lines = path.read_text(encoding="utf-8").split("\n")
        lines = ['sender = "compta@société.fr"' if line.startswith("sender = ") else line for line in lines]
        path.write_text("\n".join(lines), encoding="utf-8")
        assert _send(exported, running).data["counts"] == {"accepted": 3}
    assert {one.mail_from for one in running.mailbox.accepted} == {"compta@xn--socit-esab.fr"}
