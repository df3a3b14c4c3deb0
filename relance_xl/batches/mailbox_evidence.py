"""Settles deliveries by the mailbox: a message among the sent ones has left, one that bounced has not arrived."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from relance_xl.batches.deliver import Run
from relance_xl.batches.folder import batch_named, present_path
from relance_xl.core.history import replay
from relance_xl.core.record import Delivery, Prepared, Settled, Via
from relance_xl.core.reminder import Outcome
from relance_xl.journal.journal import Journal, read_journal
from relance_xl.mail.bounces import read_bounce
from relance_xl.mail.mailbox import MailboxServer, open_inbox, open_sent_folder
from relance_xl.mail.message import kept_message_id
from relance_xl.mail.providers import PROVIDERS
from relance_xl.runtime.errors import RelanceError
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import fault_words
from relance_xl.settings.dossier import Dossier
from relance_xl.settings.servers import mail_account

#: How long after its sending an email may still come back (days).
_BOUNCES_COME_FOR = 30


def settle_from_mailbox(dossier: Dossier, journal: Journal, now: datetime) -> tuple[str, ...]:
    """Record what the mailbox, where it is set up, tells of emails; return what to tell the user."""
    imap = dossier.settings.mail.imap
    if not (imap.watch or imap.bounces):
        return ()
    deliveries = replay(read_journal(dossier.journal)).deliveries
    told: tuple[str, ...] = ()
    if imap.watch:
        told += _settle_unknown(dossier, journal, now, deliveries)
    if imap.bounces:
        told += _settle_bounced(dossier, journal, now, deliveries)
    return told


def _settle_unknown(
    dossier: Dossier, journal: Journal, now: datetime, deliveries: tuple[Delivery, ...]
) -> tuple[str, ...]:
    """Record as sent what was of unknown fate and lies in the folder of sent messages."""
    unknown = [one.prepared for one in deliveries if one.outcome is Outcome.UNKNOWN]
    if not unknown:
        return ()
    try:
        with open_sent_folder(_mailbox(dossier)) as sent:
            proven = [one for one in unknown if sent.holds(_message_id(dossier, one))]
    except Exception as error:
        return (_("Whether emails of unknown fate were sent could not be looked up: {why}").format(why=_why(error)),)
    detail = _("found among the sent messages")
    if proven:
        journal.append(Settled(one.id, Outcome.ACCEPTED, now, detail) for one in proven)
    return tuple(
        _("{key} has left after all: it was found among the sent messages.").format(key=key)
        for one in proven
        for key in Delivery(one, Outcome.ACCEPTED).keys
    )


def _settle_bounced(
    dossier: Dossier, journal: Journal, now: datetime, deliveries: tuple[Delivery, ...]
) -> tuple[str, ...]:
    """Record as refused what came back from all of its addresses; tell of what came back from some."""
    since = now.date() - timedelta(days=_BOUNCES_COME_FOR)
    sent = [
        one.prepared
        for one in deliveries
        if one.outcome is Outcome.ACCEPTED and one.prepared.via is Via.SMTP and one.prepared.day >= since
    ]
    if not sent:
        return ()
    try:
        by_id = {_message_id(dossier, one): one for one in sent if _message(dossier, one).exists()}
        lost = _lost_addresses(dossier, since)
    except Exception as error:
        return (_("Whether emails came back could not be looked up: {why}").format(why=_why(error)),)
    came_back = ((by_id[one], lost[one]) for one in lost.keys() & by_id.keys())
    return tuple(sorted(_settle_one_bounced(journal, now, prepared, reasons) for prepared, reasons in came_back))


def _lost_addresses(dossier: Dossier, since: date) -> Mapping[str, Mapping[str, str]]:
    """Return, by Message-ID, the addresses that notifications say were not reached, and why. Raises ProgramError."""
    lost: dict[str, dict[str, str]] = defaultdict(dict)
    with open_inbox(_mailbox(dossier)) as inbox:
        for bounce in filter(None, map(read_bounce, inbox.notifications(since))):
            lost[bounce.message_id] |= dict.fromkeys(bounce.addresses, bounce.reason)
    return lost


def _settle_one_bounced(journal: Journal, now: datetime, prepared: Prepared, reasons: Mapping[str, str]) -> str:
    """Record as refused what reached none of its addresses; return what to tell."""
    why = next(iter(reasons.values()))
    if {address.lower() for address in prepared.recipients} <= reasons.keys():
        journal.append([Settled(prepared.id, Outcome.REFUSED, now, _("came back: {why}").format(why=why))])
        return _("{key} came back, and counts as refused: {why}").format(key=_key(prepared), why=why)
    text = _("{key} came back from {addresses}: {why}")
    return text.format(key=_key(prepared), addresses=", ".join(sorted(reasons)), why=why)


def _key(prepared: Prepared) -> str:
    return ", ".join(str(key) for key in Delivery(prepared, Outcome.ACCEPTED).keys)


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
                    sent.keep(_message(run.dossier, prepared).read_bytes(), run.now())
    except Exception as error:
        return (_("The emails were sent, but not all were copied to the sent messages: {why}").format(why=_why(error)),)
    return ()


def _why(error: Exception) -> str:
    """Return what went wrong, whatever it was: emails have left, and what they became must still be told."""
    return error.summary if isinstance(error, RelanceError) else fault_words(error)


def _mailbox(dossier: Dossier) -> MailboxServer:
    mail = dossier.settings.mail
    account = mail_account(mail)
    provider = PROVIDERS.get(str(mail.provider))
    preset = provider.sent_folder if provider else ""
    return MailboxServer(mail.imap.host, mail.imap.port, mail.imap.folder, account, mail.timeout_s, preset)


def _message(dossier: Dossier, prepared: Prepared) -> Path:
    return present_path(batch_named(dossier.batches, prepared.batch), Path(prepared.message))


def _message_id(dossier: Dossier, prepared: Prepared) -> str:
    """Return the Message-ID as the kept message has it. Raises OSError where that is gone."""
    return kept_message_id(_message(dossier, prepared))
