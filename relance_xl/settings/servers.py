"""The settings of the mail account, as the rooms that use it take them."""

from relance_xl.mail.login import Account
from relance_xl.mail.smtp import MailServer
from relance_xl.settings.schema import MailSettings


def mail_account(mail: MailSettings) -> Account:
    """Return who logs in and how."""
    return Account(mail.host, mail.user, mail.auth, mail.token_command)


def mail_server(mail: MailSettings) -> MailServer:
    """Return where mail goes."""
    return MailServer(mail.host, mail.port, mail.security, mail_account(mail), mail.timeout_s)
