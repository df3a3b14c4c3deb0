"""What a mail server's words mean: whose fault it is, and whether to go on."""

import pytest

from relance_xl.mail.replies import Phase, Verdict, judge, quota_minutes
from relance_xl.mail.reply_words import Matter, matter_of, pause_minutes

_SHORT, _HOUR, _DAY = 10, 60, 24 * 60

# Who says it, what it says, how long to pause (minutes).
_QUOTAS = (
    ("Microsoft 365", "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded [Hostname=X.prod.outlook.com]", _SHORT),
    ("Microsoft 365", "451 4.4.17 ThrottlingException", _SHORT),
    ("Microsoft 365", "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", _DAY),
    ("Exchange", "550 5.2.2 Submission quota exceeded", _DAY),
    ("Exchange, French", "550 Impossible d'envoyer le message, car le quota d'envoi de l'expéditeur est dépassé.", _HOUR),
    ("Gmail", "550 5.4.5 Daily sending quota exceeded. https://support.google.com/a/answer/166852 - gsmtp", _DAY),
    ("Gmail", "421 4.7.0 Our system has detected an unusual rate of unsolicited mail originating from your IP address.", _HOUR),
    ("Gmail", "450 4.2.1 Peak SMTP relay limit exceeded for customer. This is a temporary error.", _HOUR),
    ("Gmail", "454 4.7.0 Too many login attempts, please try again later.", _HOUR),
    ("Gmail, French", "550 5.7.1 Vous avez atteint la limite d'envoi d'e-mails de la journée", _DAY),
    ("IONOS", "450 Requested mail action not taken: mailbox unavailable Mail send limit exceeded.", _HOUR),
    ("IONOS", "421 Rate limit reached. Please try again later", _HOUR),
    ("Postfix", "450 4.7.1 Error: too much mail from 192.0.2.1", _HOUR),
    ("Postfix", "421 4.7.0 mail.example.com Error: too many connections from 192.0.2.1", _SHORT),
    ("Postfix", "450 4.7.1 Error: too many recipients from 192.0.2.1", _HOUR),
    ("policyd", "450 4.7.1 <a@b.fr>: Recipient address rejected: Policy rejection: Message count quota exceeded", _HOUR),
    ("policyd", "450 4.7.1 <a@b.fr>: Recipient address rejected: limitexceed", _HOUR),
    ("postfwd", "450 4.7.1 Number messages per hour exceeded", _HOUR),
    ("postfwd", "450 4.7.1 Number recipients per hour exceeded", _HOUR),
    ("Exim", "450 too frequent connects, please try again later", _HOUR),
    ("cPanel", "550 Domain example.com has exceeded the max emails per hour (500/500 (100%)) allowed. Message discarded.", _HOUR),
    ("cPanel", "550 Domain example.com has exceeded the max defers and failures per hour (5/5 (100%)) allowed.", _HOUR),
    ("Plesk", "550 Your message could not be sent. The limit on the number of allowed outgoing messages was exceeded", _HOUR),
    ("StartMail", "550 5.7.1 Your mail limit has been reached.", _HOUR),
    ("T-Online", "550 Send quota exceeded", _HOUR),
    ("Amazon SES", "454 Throttling failure: Maximum sending rate exceeded", _SHORT),
    ("Amazon SES", "454 Throttling failure: Daily message quota exceeded", _DAY),
    ("Zoho", "550 5.4.6 Unusual sending activity detected. Please try after sometime.", _HOUR),
    ("Zoho", "550 Outgoing message limit exceeded", _HOUR),
    ("SendGrid", "451 You've exceeded your messaging limits", _HOUR),
    ("Brevo", "452 Daily sending credits exhausted", _DAY),
    ("msndr", "550 Too many messages. Try again in 92 seconds.", 2),
    ("Orange", "421 Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR004_104", _SHORT),
    ("Yahoo", "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints", _HOUR),
    ("adIT", "554 5.7.1 message count quota exceeded", _HOUR),
    ("in words like Free's", "550 5.7.1 Quota d'envoi atteint", _HOUR),
    ("in words like OVH's", "451 4.7.1 Quota d’envoi horaire dépassé, réessayez plus tard", _HOUR),
    ("in words like SFR's", "550 Vous avez envoyé trop de messages", _HOUR),
    ("in words like La Poste's", "550 5.7.1 Limite de messages atteinte", _HOUR),
    ("in words like Gandi's", "550 5.7.1 you have exceeded your sending rate", _HOUR),
    ("in words like Infomaniak's", "451 4.7.0 votre adresse a envoyé un nombre trop important de messages", _HOUR),
    ("in words like Mailjet's", "550 5.7.0 Mail sending limit for your account has been reached", _HOUR),
    ("in words like Strato's", "550 5.7.1 Sie haben Ihr tägliches Versandkontingent ausgeschöpft", _DAY),
    ("in words like GMX's", "450 4.7.0 Sie haben zu viele E-Mails versendet", _HOUR),
    ("in words like 1blu's", "550 Versandlimit erreicht", _HOUR),
    ("any", "451 4.7.1 Rate limited, too many messages in a short period", _HOUR),
    ("any", "550 You have exceeded your quota", _HOUR),
)  # fmt: skip

_OF_THE_MESSAGE = (
    ("Microsoft 365", "432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded"),
    ("Microsoft 365", "451 4.7.0 Temporary server error. Please try again later. PRX4"),
    ("Microsoft 365", "451 4.7.500 Server busy. Please try again later from [192.0.2.1]."),
    ("Gmail", "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages"),
    ("Gmail", "452 4.2.2 The email account that you tried to reach is over quota. Please direct the recipient to X - gsmtp"),
    ("Gmail", "421 4.7.0 Try again later, closing connection."),
    ("Gmail", "452 4.5.3 Your message has too many recipients. For more information regarding Google's sending limits"),
    ("Gmail", "550 5.7.26 This mail is unauthenticated. The sender must authenticate with at least one of SPF or DKIM."),
    ("Yahoo", "450 User is receiving mail too quickly"),
    ("Yandex", "450 4.2.1 The recipient has exceeded message rate limit. Try again later."),
    ("Orange", "421 Service refuse. Veuillez essayer plus tard. Service refused, please try later. OFR_999"),
    ("postfwd", "450 4.7.1 Too many recipients, please reduce to less than 50 or consider using a mailing list"),
    ("Postfix", "452 4.3.1 Insufficient system storage"),
    ("Postfix", "552 5.3.4 Message size exceeds fixed maximum message size"),
    ("Postfix", "554 5.4.6 Too many hops"),
    ("Postfix", "421 4.7.0 Error: too many errors"),
    ("bytecamp", "450 4.2.0 Recipient address rejected: Greylisted"),
    ("bytecamp", "422 4.2.2 Quota limit exceeded (Speicherplatz des Kontos ueberschritten)"),
    ("RFC 5321", "552 Requested mail action aborted: exceeded storage allocation"),
    ("any", "552 Requested mailbox exceeds quota."),
    ("any", "552 recipient storage full, try again later"),
    ("any", "452 quota of recipient exceeded"),
    ("any, French", "550 La boîte du destinataire est pleine, quota dépassé"),
    ("any", "550 5.1.1 <too.many.messages@daily-limit.example>: no such user"),
    ("any", "554 5.7.1 Spam score exceeds threshold"),
    ("any", "554 5.7.1 Message contains a password protected attachment, not allowed"),
    ("any", "550 5.7.1 refused by policy"),
    ("Gmail", "550 5.2.1 The email account that you tried to reach is disabled."),
    ("Gmail", "550 5.2.1 The email account that you tried to reach is inactive."),
    ("Yahoo", "554 30 Sorry, your message to x@y.example cannot be delivered. This mailbox is disabled (554.30)."),
    ("any", "550 5.2.1 mailbox disabled, not accepting messages"),
    ("any", "550 recipient's account suspended"),
    ("any", "550 <x@y.example>: Recipient address rejected: account disabled by the recipient's provider"),
    ("Postfix", "550 5.7.1 <x@y.example>: Recipient address rejected: account disabled"),
    ("any", "550 5.7.1 <x@y.example> account suspended"),
    ("any", "550 5.1.1 account disabled"),
    ("any", "550 5.2.1 Account disabled"),
    ("any", "550 This account has been disabled or discontinued"),
    ("any", "550 user account disabled"),
    ("any", "550 Your account was blocked by the recipient"),
    ("any, French", "550 Le compte du destinataire est suspendu"),
    ("any, French", "550 Boîte désactivée"),
    ("any, German", "550 Das Konto des Empfängers wurde gesperrt"),
)  # fmt: skip

_LOGINS = (
    ("Microsoft 365", "432 4.3.2 token has expired, please sign in again"),
    ("Microsoft 365", "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."),
    ("Microsoft 365", "550 5.7.30 Basic authentication is not supported for Client Submission."),
    ("Microsoft 365", "530 5.7.57 Client not authenticated to send mail."),
    ("Exchange", "550 5.7.1 Client was not authenticated"),
    ("Exchange", "550 5.7.1 Unable to relay"),
    ("Gmail", "530 5.7.0 Authentication Required."),
    ("RFC 4954", "432 4.7.12 A password transition is needed"),
    ("Postfix", "454 4.7.0 Temporary authentication failure: Connection lost to authentication server"),
    ("Postfix", "554 5.7.1 <a@b.fr>: Relay access denied"),
    ("Zoho", "553 Relaying disallowed as <x@y.fr>"),
    ("any", "432 4.7.0 access token expired"),
    ("any, French", "451 4.7.0 Votre jeton a expiré"),
    ("any, French", "550 5.7.1 Authentification requise"),
    ("any, German", "550 5.7.1 Anmeldung erforderlich"),
)

_SENDERS = (
    ("Postfix", "553 5.7.1 <x@y.fr>: Sender address rejected: not owned by user compta"),
    ("Microsoft 365", "550 5.7.60 SMTP; Client does not have permissions to send as this sender"),
    ("Microsoft 365", "550 5.1.8 Access denied, bad outbound sender"),
    ("Microsoft 365", "550 5.7.705 Access denied, tenant has exceeded threshold"),
    ("any", "554 5.7.1 Your account has been suspended"),
    ("any", "550 5.7.1 Your account is blocked, contact support"),
    ("any", "550 5.7.1 Your e-mail account was temporarily locked."),
    ("any", "550 We have suspended your account"),
    ("any", "550 Mailbox unavailable: outgoing mail from your account has been disabled"),
    ("any", "554 Your mailbox has been disabled for sending spam content"),
    ("any", "550 account disabled"),
    ("any", "554 5.7.1 Account locked"),
    ("any", "550 5.7.1 Disabled account"),
    ("any, French", "554 5.7.1 Votre compte a été suspendu"),
    ("any, French", "550 5.7.0 Votre compte de messagerie est temporairement bloqué"),
    ("any, French", "554 Compte bloqué pour envoi de spam"),
    ("any, French", "550 Service désactivé pour ce compte"),
    ("any, German", "554 Ihr Konto wurde gesperrt"),
    ("any, German", "550 Konto deaktiviert"),
    # For now only, but the next message would hear the same.
    ("any", "450 4.7.1 Your account has been temporarily suspended"),
    ("any, French", "451 Votre compte est temporairement bloqué"),
    ("any, German", "451 4.7.0 Ihr Konto ist vorübergehend gesperrt"),
)
# Said for now, and of more than the account: the next recipient's server may take the next message.
_FOR_NOW = (
    "451 4.3.2 Service temporairement bloqué par le destinataire",
    "451 4.7.1 Your domain is temporarily blocked, greylisting in effect for 300 seconds",
    "450 4.7.1 Your account is temporarily blocked by greylisting",
)


@pytest.mark.parametrize("reply", _FOR_NOW)
def test_what_one_server_blocks_for_now_stops_nobody_else(reply: str) -> None:
    """One recipient's server that blocks for a while ends the run for all others."""
    judged = judge(Phase.RECIPIENT, int(reply[:3]), reply)
    assert judged is not None
    assert judged.verdict is Verdict.LATER


@pytest.mark.parametrize(("provider", "reply", "minutes"), _QUOTAS)
@pytest.mark.parametrize("phase", Phase)
def test_a_limit_pauses_the_run_whoever_words_it(phase: Phase, provider: str, reply: str, minutes: int) -> None:
    """A provider's limit on sending is run against with every message, or counts as the customer's refusal."""
    assert matter_of(int(reply[:3]), reply) is Matter.QUOTA, provider
    assert pause_minutes(int(reply[:3]), reply) == minutes
    judged = judge(phase, int(reply[:3]), reply)
    assert judged is not None
    assert (judged.verdict, judged.minutes) == (Verdict.QUOTA, minutes)


@pytest.mark.parametrize(("provider", "reply"), _OF_THE_MESSAGE)
def test_what_concerns_one_recipient_stops_nobody_else(provider: str, reply: str) -> None:
    """One full mailbox, greylisting or a message too large pauses all the others, or asks for another login."""
    assert matter_of(int(reply[:3]), reply) is Matter.MESSAGE, provider


@pytest.mark.parametrize(("provider", "reply"), _LOGINS)
@pytest.mark.parametrize("phase", Phase)
def test_a_login_that_ended_is_told_as_one(phase: Phase, provider: str, reply: str) -> None:
    """An expired token is told as a quota or as a customer's refusal, and the user waits for nothing."""
    judged = judge(phase, int(reply[:3]), reply)
    assert judged is not None
    assert judged.verdict is Verdict.LOGIN, provider


@pytest.mark.parametrize(("provider", "reply"), _SENDERS)
@pytest.mark.parametrize("phase", Phase)
def test_what_is_against_the_sender_refuses_no_customer(phase: Phase, provider: str, reply: str) -> None:
    """A sender that the server will not have counts as so many customers' refusals."""
    judged = judge(phase, int(reply[:3]), reply)
    assert judged is not None
    assert judged.verdict is Verdict.STOPPED, provider


@pytest.mark.parametrize(
    ("reply", "minutes"),
    [
        # As Microsoft 365, Gmail, IONOS and OVH word it.
        ("432 4.3.2 Concurrent connections limit exceeded", 10),
        ("550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients", _DAY),
        ("554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", _DAY),
        ("550 5.4.5 Daily user sending limit exceeded", _DAY),
        ("421 4.7.28 Gmail has detected an unusual rate of mail", _HOUR),
        ("450 Requested mail action not taken: mail send limit exceeded", _HOUR),
        ("451 4.7.1 You have sent too many messages, try again later", _HOUR),
        ("452 4.5.3 hourly sending quota reached", _HOUR),
        # The recipient's mailbox is full: that is theirs alone.
        ("452 4.2.2 The email account that you tried to reach is over quota", 0),
        ("552 5.2.2 mailbox quota exceeded, message limit exceeded", 0),
        # Busy, greylisted, unknown: none of the account's limits.
        ("451 4.3.2 try again later", 0),
        ("450 4.7.1 greylisted, please try again in 300 seconds", 0),
        ("452 4.5.3 too many recipients", 0),
        ("550 5.1.1 no such user", 0),
        ("250 2.0.0 daily limit is far", 0),
    ],
)
def test_a_quota_is_told_from_other_refusals(reply: str, minutes: int) -> None:
    """A provider's limit counts as the customer's refusal, or one full mailbox stops the whole run."""
    assert quota_minutes(int(reply[:3]), reply) == minutes


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("code", [-1, 0, 199, 200, 220, 250, 251, 299, 334, 354, 399, 400, 421, 450, 451, 499, 500, 550, 552, 599, 600])  # fmt: skip
def test_no_reply_but_a_success_counts_as_one(phase: Phase, code: int) -> None:
    """Some code is taken for an acceptance that is none, or the message is begun without the server's word."""
    reply = judge(phase, code, f"{code} words")
    accepted = reply is not None and reply.verdict is Verdict.ACCEPTED
    assert accepted == (phase is Phase.BODY and 200 <= code <= 299)
    goes_on = {Phase.SENDER: range(200, 300), Phase.RECIPIENT: range(200, 300), Phase.DATA: range(354, 355)}
    assert (reply is None) == (code in goes_on.get(phase, range(0)))
    # Only after the dot may a fate be unknown: before it nothing has left.
    assert reply is None or phase is Phase.BODY or reply.verdict is not Verdict.UNKNOWN
