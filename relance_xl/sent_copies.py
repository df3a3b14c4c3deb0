"""What the mailbox proves: an email of unknown fate that lies among the sent ones has left. And copies, if wanted."""

from collections.abc import Iterable
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path

from relance_xl.batch import batch_named, present_path
from relance_xl.core.history import replay
from relance_xl.core.record import Delivery, Prepared, Settled, Via
from relance_xl.core.reminder import Outcome
from relance_xl.deliver import Run
from relance_xl.dossier import Dossier
from relance_xl.errors import ProgramError
from relance_xl.journal.journal import read_journal
from relance_xl.language import _
from relance_xl.mail.mailbox import MailboxServer, open_sent_folder
from relance_xl.settings_servers import mail_account


def settle_unknown(run: Run) -> tuple[str, ...]:
    """Record as sent what was of unknown fate and lies in the folder of sent messages; return what to tell."""
    if not run.dossier.settings.mail.imap.watch:
        return ()
    deliveries = replay(read_journal(run.dossier.journal)).deliveries
    unknown = [one.prepared for one in deliveries if one.outcome is Outcome.UNKNOWN]
    if not unknown:
        return ()
    try:
        with open_sent_folder(_mailbox(run.dossier)) as sent:
            proven = [one for one in unknown if sent.holds(_message_id(run.dossier, one))]
    except (ProgramError, OSError) as error:
        return (_("Whether emails of unknown fate were sent could not be looked up: {why}").format(why=error),)
    now, detail = run.clock.now(), _("found among the sent messages")
    if proven:
        run.journal.append(Settled(one.id, Outcome.ACCEPTED, now, detail) for one in proven)
    return tuple(
        _("{key} has left after all: it was found among the sent messages.").format(key=key)
        for one in proven
        for key in Delivery(one, Outcome.ACCEPTED).keys
    )


def keep_copies(run: Run, deliveries: Iterable[Delivery]) -> tuple[str, ...]:
    """Put what was just sent into the folder of sent messages, once; return what to tell."""
    sent_now = [one.prepared for one in deliveries if one.outcome is Outcome.ACCEPTED and one.prepared.via is Via.SMTP]
    if not (sent_now and run.dossier.settings.mail.imap.copy_sent):
        return ()
    try:
        with open_sent_folder(_mailbox(run.dossier)) as sent:
            for prepared in sent_now:
                # Many a server keeps sent messages by itself: a second copy would look like a second email.
                if not sent.holds(_message_id(run.dossier, prepared)):
                    sent.keep(_message(run.dossier, prepared).read_bytes(), run.clock.now())
    except (ProgramError, OSError) as error:
        return (_("The emails were sent, but not all were copied to the sent messages: {why}").format(why=error),)
    return ()


def _mailbox(dossier: Dossier) -> MailboxServer:
    mail = dossier.settings.mail
    account = mail_account(mail)
    return MailboxServer(mail.imap.host, mail.imap.port, mail.imap.folder, account, mail.timeout_s)


def _message(dossier: Dossier, prepared: Prepared) -> Path:
    return present_path(batch_named(dossier, prepared.batch), Path(prepared.message))


def _message_id(dossier: Dossier, prepared: Prepared) -> str:
    """Return the Message-ID as the kept message has it. Raises OSError where that is gone."""
    with _message(dossier, prepared).open("rb") as file:
        return str(BytesHeaderParser(policy=policy.SMTP).parse(file)["Message-ID"])
