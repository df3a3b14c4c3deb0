"""What usual mail providers ask for and allow, by their own documentation: presets for [mail] provider."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """A server and its limits: messages a minute and a day, 0 for none known; where it usually keeps sent mail.

    `sent_folder`: in a mailbox in English; used where the server does not say, and only if it is there.
    """

    host: str
    port: int
    security: str
    per_minute: int = 0
    per_day: int = 0
    auth: str = "password"
    imap_host: str = ""
    sent_folder: str = ""


PROVIDERS: Mapping[str, Provider] = {
    # Exchange Online limits: 30 messages a minute; passwords no longer work for SMTP from the end of 2026 on.
    "microsoft365": Provider(
        "smtp.office365.com", 587, "starttls", 30, 10_000, "xoauth2", "outlook.office365.com", "Sent Items"
    ),
    # Gmail: 500 a day for a personal account, 2,000 with Google Workspace.
    "gmail": Provider(
        "smtp.gmail.com", 587, "starttls", 20, 500, imap_host="imap.gmail.com", sent_folder="[Gmail]/Sent Mail"
    ),
    "workspace": Provider(
        "smtp.gmail.com", 587, "starttls", 30, 2_000, imap_host="imap.gmail.com", sent_folder="[Gmail]/Sent Mail"
    ),
    # IONOS starts new customers at 50 an hour; what is over it is put off with 450, and the run pauses.
    "ionos": Provider("smtp.ionos.fr", 465, "tls", 1, 0, imap_host="imap.ionos.fr", sent_folder="Sent"),
    # OVHcloud: 200 messages an hour.
    "ovh": Provider("ssl0.ovh.net", 465, "tls", 3, 0, imap_host="ssl0.ovh.net", sent_folder="INBOX.Sent"),
}
