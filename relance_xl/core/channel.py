"""The ways by which a reminder reaches a customer, and what each needs and does: another way is another line of the table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from relance_xl.core.reason import Reason


class Channel(StrEnum):
    """How a reminder reaches the customer."""

    POST = "post"
    EMAIL = "email"
    PHONE = "phone"


class Contact(StrEnum):
    """What of a customer a channel needs."""

    NOTHING = "nothing"

    POSTAL_ADDRESS = "postal_address"
    EMAIL_ADDRESS = "email_address"


@dataclass(frozen=True, slots=True)
class ChannelTraits:
    """What is to be known of a channel.

    `needs`: without it the reminder is held for the reason `lacking`, or, where `asks_first`, passed over by a tick-all.
    `has_message`: besides the letter with its invoices a message is made, which leaves by itself or from a mail program;
    without one the documents go into the file to print. `has_documents`: whether there is anything to make at all.
    """

    needs: Contact
    lacking: Reason
    asks_first: bool
    has_message: bool
    has_documents: bool = True


CHANNELS: Mapping[Channel, ChannelTraits] = {
    Channel.POST: ChannelTraits(Contact.POSTAL_ADDRESS, Reason.NO_POSTAL_ADDRESS, asks_first=False, has_message=False),
    Channel.EMAIL: ChannelTraits(Contact.EMAIL_ADDRESS, Reason.NO_EMAIL, asks_first=True, has_message=True),
    # Whoever calls may know a number that is written nowhere.
    Channel.PHONE: ChannelTraits(
        Contact.NOTHING, Reason.NO_LONGER_ASKED, asks_first=False, has_message=False, has_documents=False
    ),
}
