"""Settling what became of a delivery, and looking it up: by keys as people write them, told in full."""

from collections import defaultdict

from tests.support.bench import Bench
from tests.support.in_process import here

FIRST = "FA2026-0187"


def _sent(bench: Bench, *numbers: str, tick: str = "Par email") -> None:
    bench.write(*((number, tick, "x") for number in numbers))
    assert here(bench, "send", "--yes").code == 0


def _of_one_customer(bench: Bench) -> list[str]:
    """Return the numbers of the due invoices of the customer who has most."""
    numbers: dict[str, list[str]] = defaultdict(list)
    for row in bench.rows():
        if row["Niveau"] and not row["N° facture"].startswith("AV"):
            numbers[row["Code client"]].append(row["N° facture"])
    return max(numbers.values(), key=len)


def test_history_finds_an_invoice_in_whatever_capitals(exported: Bench) -> None:
    """Who types fa2026-0187 is told that nothing was sent, and sends it again by hand."""
    _sent(exported, FIRST)
    for typed in (FIRST, FIRST.lower(), f" {FIRST.lower()} "):
        found = here(exported, "history", "--invoice", typed).data["deliveries"]
        assert [one["invoice"] for one in found] == [FIRST]
    assert here(exported, "history", "--invoice", "fa2026-018").data["deliveries"] == []


def test_a_key_is_taken_by_the_words_that_are_shown(exported: Bench) -> None:
    """Who writes "courrier", as the program does, is told that there is no such delivery."""
    for tick, typed, channel in (
        ("Par courrier", "fa2026-0187/1/courrier", "post"),
        ("Par email", "FA2026-0187/1/Email", "email"),
        ("Par courrier", "fa2026-0187/1/POST", "post"),
    ):
        _sent(exported, FIRST, tick=tick)
        assert here(exported, "resolve", typed, "not-sent").data == {
            "key": f"{FIRST}/1/{channel}",
            "outcome": "refused",
        }
        exported.write((FIRST, tick, ""))


def test_what_is_known_already_is_told(exported: Bench) -> None:
    """Who settles a delivery a second time is told that it does not exist, and doubts what was sent."""
    _sent(exported, FIRST)
    key = f"{FIRST}/1/email"
    # A person may say once that it was sent from its file.
    assert here(exported, "resolve", key, "sent").code == 0
    sent = here(exported, "resolve", key, "sent", language="en")
    assert (sent.code, "already counted as sent" in sent.out) == (2, True)
    assert "already" in sent.data["error"]
    assert here(exported, "resolve", key, "not-sent").code == 0
    for fate in ("sent", "not-sent"):
        withdrawn = here(exported, "resolve", key, fate, language="en")
        assert (withdrawn.code, "already withdrawn" in withdrawn.out) == (2, True)
    missing = here(exported, "resolve", f"{FIRST}/9/email", "sent", language="en")
    assert (missing.code, "already" in missing.out) == (2, False)


def test_all_invoices_of_a_grouped_mail_are_told_as_settled(exported: Bench) -> None:
    """One invoice is named, three are withdrawn, and the user does not know of the other two."""
    exported.setting('grouping = "invoice"', 'grouping = "customer"')
    numbers = _of_one_customer(exported)
    assert len(numbers) > 1
    _sent(exported, *numbers, tick="Par courrier")
    (settled,) = {line["document"] for line in here(exported, "history").data["deliveries"]}
    assert settled
    told = exported.run("resolve", f"{numbers[0]}/1/courrier", "not-sent")
    assert told.code == 0
    assert all(f"{number}/1/post" in told.out for number in numbers)
    again = here(exported, "send", "--yes")
    assert again.data["counts"] == {"printed": len(numbers)}
    answer = here(exported, "resolve", f"{numbers[-1]}/1/post", "not-sent").data
    assert sorted(answer["keys"]) == sorted(f"{number}/1/post" for number in numbers)
