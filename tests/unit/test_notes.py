"""What was noted: the last word counts, since the day on which it was said first."""

from datetime import UTC, datetime

from relance_xl.core.remembered.notes import Noted, Notes, Remark, Subject

FIRST, SECOND, THIRD = (datetime(2026, 11, day, 9, tzinfo=UTC) for day in (2, 9, 16))


def _noted(at: datetime, **said: str) -> Noted:
    return Noted(Remark(Subject.CUSTOMER, "c1|alpha|", said), at, "anna")


def test_a_new_note_leaves_the_day_of_the_others() -> None:
    """The customer card says of all that is known that it was noted with the newest note."""
    notes = Notes([_noted(FIRST, contact="Mme Roy"), _noted(SECOND, contact="Mme Roy", notes="le matin")])
    since = {name: notes.last(Subject.CUSTOMER, "c1|alpha|", name) for name in ("contact", "notes")}
    assert {name: one.at for name, one in since.items() if one} == {"contact": FIRST, "notes": SECOND}


def test_what_was_taken_back_and_said_again_holds_since_then() -> None:
    """Something said anew is dated by the first time that it was ever said."""
    notes = Notes([_noted(FIRST, contact="A"), _noted(SECOND, contact=""), _noted(THIRD, contact="A")])
    last = notes.last(Subject.CUSTOMER, "c1|alpha|", "contact")
    assert last is not None
    assert last.at == THIRD
    assert notes.of(Subject.CUSTOMER, "c1|alpha|") == {"contact": "A"}
