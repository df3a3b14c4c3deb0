"""What a mail server's words mean: whose fault it is, and whether to go on."""

import pytest

from relance_xl.mail.replies import Phase, Verdict, judge, quota_minutes

_HOUR, _DAY = 60, 24 * 60


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
