"""The journal under torn writes, flipped bytes and dead machines; and the lock around it."""

import json
import os
import socket
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relance_xl.core.channel import Channel
from relance_xl.core.history import replay
from relance_xl.core.money import Money
from relance_xl.core.record import Begun, Committed, Prepared, PreparedCredit, PreparedItem, Record, Settled, Via
from relance_xl.core.remembered.notes import Noted, Remark, Subject
from relance_xl.core.reminder import Outcome, ReminderKey
from relance_xl.journal.codec import NO_LINE, DamagedLineError, NewerVersionError, Writer, decode, encode, encode_chain
from relance_xl.journal.journal import Journal, read_journal
from relance_xl.journal.lock import dossier_lock
from relance_xl.runtime.errors import JournalError, LockedError
from tests.support.bench import DAY, Bench

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

text = st.text(st.characters(exclude_categories=["Cs"]))
awkward = st.sampled_from(
    ['"', "\\", "\n", "\r\n", "\u2028", "\x85", "\x00", '","crc":"00000000"}\n', "{}", "é€😀", "\ufeff"]
)
texts = st.one_of(text, awkward, st.builds("".join, st.lists(awkward, max_size=4)))
zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
items = st.builds(
    PreparedItem,
    reminder=st.builds(ReminderKey, texts, st.integers(1, 10**9)),
    open=st.builds(Money, st.decimals(-(10**9), 10**9, places=2), texts),
    next_date=st.dates(),
    comment=texts,
    proposed_level=texts,
    level=texts,
)
prepared_records = st.builds(
    Prepared,
    id=texts,
    batch=texts,
    day=st.dates(),
    channel=st.sampled_from(Channel),
    level=texts,
    customer_code=texts,
    customer_name=texts,
    recipients=st.lists(texts, max_size=3).map(tuple),
    items=st.lists(items, max_size=3).map(tuple),
    document=texts,
    message=texts,
    digest=texts,
    operator=texts,
    via=st.sampled_from(Via),
    customer_address=st.none() | st.lists(texts, max_size=3).map(tuple),
    credits=st.lists(
        st.builds(PreparedCredit, texts, st.builds(Money, st.decimals(-(10**9), 0, places=2), texts)), max_size=2
    ).map(tuple),
)
records: st.SearchStrategy[Record] = st.one_of(
    prepared_records,
    st.builds(Committed, texts),
    st.builds(Begun, texts),
    st.builds(Settled, texts, st.sampled_from(Outcome), st.datetimes(timezones=zones), texts),
    st.builds(
        Noted,
        st.builds(Remark, st.sampled_from(Subject), texts, st.dictionaries(texts, texts, max_size=3)),
        st.datetimes(timezones=zones),
        texts,
    ),
)


def a_delivery(number: int = 1, invoice: str = "FA-1", batch: str = "B1", channel: Channel = Channel.POST) -> Prepared:
    """Return a prepared delivery."""
    key, later = ReminderKey(invoice, 1), date(2026, 12, 6)
    return Prepared(
        id=f"{batch}/{number}",
        batch=batch,
        day=date(2026, 11, 24),
        channel=channel,
        level="simple",
        customer_code="C1",
        customer_name="Éloïse & <Fils>",
        recipients=(),
        items=(PreparedItem(key, Money(Decimal("12.50"), "EUR"), later, 'dit "oui"\nlundi', "simple"),),
        document="lots/B1/relances/FA-1.pdf",
        message="",
        digest="0" * 64,
        operator="claire",
        via=Via.PRINT if channel is Channel.POST else Via.FOLDER,
    )


EVERY_KIND: tuple[Record, ...] = (
    a_delivery(),
    Committed("B1"),
    Begun("B1/1"),
    Settled("B1/1", Outcome.ACCEPTED, NOW, "250 2.0.0 reçu"),
)

# --- The codec


def _ours() -> None:
    """Nobody takes the lock away."""


@given(records)
def test_record_reads_back_equal(record: Record) -> None:
    """A record comes back changed, so what was sent is remembered wrongly."""
    line = encode(record, "0123abcd")
    assert (decode(line).record, decode(line).previous) == (record, "0123abcd")
    assert line.endswith(b"\n")
    assert len(line.splitlines()) == 1


@given(st.lists(records, max_size=6))
def test_journal_reads_back_equal(tmp_path_factory: pytest.TempPathFactory, several: list[Record]) -> None:
    """A text within a record breaks the journal's lines apart."""
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    journal = Journal(path, _ours)
    ids = {record.id for record in several if not isinstance(record, Committed | Noted)}
    whole = [*(replace(a_delivery(), id=one) for one in sorted(ids)), *several]
    for record in whole:
        journal.append([record])
    assert read_journal(path) == tuple(whole)


@given(records, st.data())
@settings(max_examples=200)
def test_flipped_byte_is_detected(record: Record, data: st.DataObject) -> None:
    """A byte that a disk changed goes unnoticed and changes a record."""
    line = encode(record, NO_LINE)
    index = data.draw(st.integers(0, len(line) - 1))
    flip = data.draw(st.integers(1, 255))
    damaged = line[:index] + bytes([line[index] ^ flip]) + line[index + 1 :]
    try:
        found = decode(damaged)
    except DamagedLineError:
        return
    assert found.record == record


@pytest.mark.parametrize("record", EVERY_KIND)
def test_every_flipped_bit_is_detected(record: Record) -> None:
    """One bit, wherever it is in a line, is changed without notice."""
    line = encode(record, NO_LINE)
    for index in range(len(line)):
        for bit in range(8):
            damaged = line[:index] + bytes([line[index] ^ (1 << bit)]) + line[index + 1 :]
            with pytest.raises(DamagedLineError):
                decode(damaged)


@pytest.mark.parametrize("line", [b"", b"\n", b"{}\n", b"null\n", b"\xff\n", b'{"v":1}\n', b',"crc":"00000000"}\n'])
def test_line_that_is_no_record_is_damaged(line: bytes) -> None:
    """What is no record is read as one, or stops the program with a foreign error."""
    with pytest.raises(DamagedLineError):
        decode(line)


@given(st.binary(max_size=60))
def test_any_bytes_are_damaged(line: bytes) -> None:
    """Some bytes stop the program with a foreign error."""
    with pytest.raises(DamagedLineError):
        decode(line)


def a_line(body: str) -> bytes:
    """Return a JSON object as a journal's line, with the CRC-32 that docs/journal.md describes."""
    return f'{body[:-1]},"crc":"{zlib.crc32(body.encode()):08x}"}}\n'.encode()


def test_line_is_as_documented() -> None:
    """Journals that lie on users' disks can no longer be read."""
    assert decode(a_line('{"v":1,"kind":"committed","batch":"B1"}')).record == Committed("B1")
    chained = decode(a_line('{"v":2,"kind":"committed","batch":"B1","prev":"89abcdef"}'))
    assert (chained.record, chained.previous) == (Committed("B1"), "89abcdef")
    assert decode(a_line('{"v":1,"kind":"begun","id":"B1/1"}')).record == Begun("B1/1")


@pytest.mark.parametrize(
    "body",
    [
        '{"v":1,"kind":"committed"}',
        '{"v":1,"kind":"other"}',
        '{"v":1}',
        '{"kind":"committed","batch":"B1"}',
        '{"v":"1","kind":"committed","batch":"B1"}',
        '{"v":1,"kind":"settled","id":"B1/1","outcome":"lost","at":"2026-11-24T09:30:00+00:00","detail":""}',
        '{"v":1,"kind":"settled","id":"B1/1","outcome":"printed","at":"monday","detail":""}',
        '{"v":2,"kind":"committed","batch":"B1"}',
        '{"v":2,"kind":"committed","batch":"B1","prev":"89abcdef"}',
        "[]",
    ],
)
def test_whole_line_that_means_nothing_stops_everything(tmp_path: Path, body: str) -> None:
    """A line that was written by hand stops the program with a foreign error, or counts."""
    path = tmp_path / "journal.jsonl"
    path.write_bytes(a_line(body))
    with pytest.raises(JournalError):
        read_journal(path)


def test_newer_version_is_refused(tmp_path: Path) -> None:
    """A journal of a newer program is half understood, or called damaged."""
    line = a_line('{"v":5,"kind":"committed","batch":"B1","more":[]}')
    with pytest.raises(NewerVersionError):
        decode(line)
    path = tmp_path / "journal.jsonl"
    path.write_bytes(encode(Committed("B0"), NO_LINE) + line)
    with pytest.raises(JournalError) as caught:
        read_journal(path)
    assert isinstance(caught.value.__cause__, NewerVersionError)


# --- The file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a journal is to be."""
    return tmp_path / "journal.jsonl"


def test_no_journal_is_no_history(path: Path) -> None:
    """A new dossier's first command fails for want of a journal."""
    assert read_journal(path) == ()
    path.write_bytes(b"")
    assert read_journal(path) == ()


def test_torn_tail_is_passed_over_and_mended(path: Path) -> None:
    """A machine that stopped in the middle of a write, at whatever byte, costs more than that record."""
    before = b"".join(encode_chain(EVERY_KIND))
    *_, last = encode_chain([*EVERY_KIND, a_delivery(2, "FA-2")])
    for end in range(len(last)):
        path.write_bytes(before + last[:end])
        assert read_journal(path) == EVERY_KIND, end
        Journal(path, _ours).append([Committed("B2")])
        assert read_journal(path) == (*EVERY_KIND, Committed("B2")), end
        assert path.read_bytes().startswith(before + last[:end]), end
    path.write_bytes(before + last)
    assert read_journal(path) == (*EVERY_KIND, a_delivery(2, "FA-2"))


def test_only_record_torn_leaves_an_empty_journal(path: Path) -> None:
    """The very first write, torn, makes the dossier unusable."""
    (line,) = encode_chain([Committed("B1")])
    for end in range(len(line)):
        path.write_bytes(line[:end])
        assert read_journal(path) == ()
        Journal(path, _ours).append([Committed("B2")])
        assert read_journal(path) == (Committed("B2"),)


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 131_072, 200_001])
@pytest.mark.parametrize("before", [(), EVERY_KIND])
def test_long_torn_tail_is_mended(path: Path, size: int, before: tuple[Record, ...]) -> None:
    """A torn write of a large batch takes whole records with it, or stays in the way."""
    whole = b"".join(encode_chain(before))
    path.write_bytes(whole + b"x" * size)
    Journal(path, _ours).append([Committed("B2")])
    assert read_journal(path) == (*before, Committed("B2"))
    assert path.read_bytes().startswith(whole)


def test_append_keeps_all_that_was_there(path: Path) -> None:
    """Writing a record changes the ones before it."""
    journal = Journal(path, _ours)
    written: list[Record] = []
    for number in range(1, 5):
        more: list[Record] = [a_delivery(number, "FA" * 20_000), Committed(f"B{number}")]
        journal.append(iter(more))
        written += more
        assert read_journal(path) == tuple(written)


def test_append_of_nothing_writes_nothing(path: Path) -> None:
    """A run without deliveries changes the journal."""
    journal = Journal(path, _ours)
    journal.append([Committed("B1")])
    before = path.read_bytes()
    journal.append([])
    assert path.read_bytes() == before


def test_a_whole_line_that_only_lacks_its_end_never_counts(path: Path) -> None:
    """A line torn at its very last byte counts once something stands behind it, though nobody acted upon it."""
    path.write_bytes(b"".join(encode_chain([a_delivery(), Committed("B1"), Begun("B1/1")]))[:-1])
    Journal(path, _ours).append([Settled("B1/1", Outcome.WITHDRAWN, NOW)])
    assert read_journal(path) == (a_delivery(), Committed("B1"), Settled("B1/1", Outcome.WITHDRAWN, NOW))


def test_append_never_takes_anything_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run cuts the journal, at whose end another one has written meanwhile, or writes over it."""
    flags: list[int] = []
    original = os.open

    def watched(file: str | Path, how: int, mode: int = 0o777) -> int:
        flags.append(how)
        return original(file, how, mode)

    monkeypatch.setattr(os, "open", watched)
    monkeypatch.setattr(os, "ftruncate", lambda *_: pytest.fail("the journal was cut"))
    path.write_bytes(b"torn")
    Journal(path, _ours).append([Committed("B1")])
    assert flags[0] & os.O_APPEND


@pytest.mark.parametrize("index", [0, 1, 2])
def test_damaged_line_above_the_last_stops_everything(path: Path, index: int) -> None:
    """Something is sent though what was sent before is no longer certain."""
    lines = [bytearray(line) for line in encode_chain(EVERY_KIND)]
    lines[index][10] ^= 1
    path.write_bytes(b"".join(lines))
    with pytest.raises(JournalError) as caught:
        read_journal(path)
    assert str(path) in caught.value.summary
    assert str(index + 1) in caught.value.summary.replace(str(path), "")


def test_damaged_last_line_stops_everything(path: Path) -> None:
    """A last line that is whole but changed is passed over like a torn one, and what it says is sent again."""
    lines = [bytearray(line) for line in encode_chain(EVERY_KIND)]
    lines[-1][10] ^= 1
    path.write_bytes(b"".join(lines))
    with pytest.raises(JournalError):
        read_journal(path)


def test_blank_line_stops_everything(path: Path) -> None:
    """A line that somebody emptied by hand is passed over."""
    first, second, *_rest = encode_chain(EVERY_KIND)
    path.write_bytes(first + b"\n" + second)
    with pytest.raises(JournalError):
        read_journal(path)


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_line_that_is_gone_stops_everything(path: Path, gone: int) -> None:
    """Somebody deletes a whole line by hand, or a sync tool loses it, and what it said is sent again."""
    lines = encode_chain([*EVERY_KIND, Committed("B2")])
    path.write_bytes(b"".join(line for number, line in enumerate(lines) if number != gone))
    with pytest.raises(JournalError):
        read_journal(path)


def test_lines_that_changed_places_stop_everything(path: Path) -> None:
    """Two lines are swapped, and a delivery's fate is another's."""
    lines = encode_chain([a_delivery(1, "FA-1"), a_delivery(2, "FA-2"), Committed("B1")])
    path.write_bytes(lines[0] + lines[1] + lines[2])
    assert len(read_journal(path)) == 3
    path.write_bytes(lines[1] + lines[0] + lines[2])
    with pytest.raises(JournalError):
        read_journal(path)


def test_a_journal_of_version_1_goes_on(path: Path) -> None:
    """An update of the program cannot read what was sent before, or does not notice a line lost since."""
    old = [_version_1(record) for record in EVERY_KIND]
    path.write_bytes(b"".join(old))
    assert read_journal(path) == EVERY_KIND
    Journal(path, _ours).append([a_delivery(2, "FA-2"), Committed("B2")])
    assert read_journal(path) == (*EVERY_KIND, a_delivery(2, "FA-2"), Committed("B2"))
    lines = path.read_bytes().splitlines(True)
    for gone in (len(old) - 1, len(old)):
        path.write_bytes(b"".join(line for number, line in enumerate(lines) if number != gone))
        with pytest.raises(JournalError):
            read_journal(path)
    # A line of the old kind behind new ones is none that the program wrote.
    path.write_bytes(b"".join([*lines, _version_1(Committed("B3"))]))
    with pytest.raises(JournalError):
        read_journal(path)


def _version_1(record: Record) -> bytes:
    body, _, _writer = encode(record, NO_LINE).decode().rpartition(',"owner":')
    body = body.replace('"v":4', '"v":1', 1)
    return f'{body},"crc":"{zlib.crc32((body + "}").encode()):08x}"}}\n'.encode()


def test_a_journal_another_run_wrote_to_is_left_alone(path: Path) -> None:
    """A computer that slept wakes up and sends on, though another one took over and sent the same."""
    sleeper, other = Journal(path, _ours), Journal(path, _ours)
    sleeper.append([a_delivery(), Committed("B1")])
    other.append([Committed("B2")])
    before = path.read_bytes()
    with pytest.raises(LockedError):
        sleeper.append([Committed("B3")])
    assert path.read_bytes() == before


def _interleaved(path: Path, monkeypatch: pytest.MonkeyPatch, call: int, sleeper: Journal, last: list[Record]) -> bool:
    """Let a run write; at its nth call of the system another one takes over, tells what it sees, and ends.

    Returns whether the sleeper believes that its line counts. `last`: what the other one made of it is put there.
    """
    calls, busy = 0, False

    def take_over() -> None:
        nonlocal calls, busy
        if busy:
            return
        calls += 1
        if calls == call:
            busy = True
            other = Journal(path, _ours)
            other.open()
            state = replay(read_journal(path)).deliveries[0].outcome
            if state is Outcome.PENDING:
                other.append([Begun("B1/1")])
                other.append([Settled("B1/1", Outcome.ACCEPTED, NOW, "by the other")])
                last.append(Begun("B1/1"))
            busy = False

    for name in ("open", "write", "read", "fsync", "lseek", "close"):
        original = getattr(os, name)

        def stopped(*arguments: object, _original: Callable[..., object] = original, **more: object) -> object:
            take_over()
            result = _original(*arguments, **more)
            take_over()
            return result

        monkeypatch.setattr(os, name, stopped)
    try:
        sleeper.append([Begun("B1/1")])
    except LockedError:
        return False
    finally:
        monkeypatch.undo()
    return True


@pytest.mark.parametrize("opened", [True, False])
def test_of_two_runs_one_only_begins_wherever_the_first_was_stopped(
    path: Path, monkeypatch: pytest.MonkeyPatch, opened: bool
) -> None:
    """A laptop that slept in the middle of a write wakes up and sends what another computer has sent meanwhile."""
    both, none, call, seen = 0, 0, 0, {True: 0, False: 0}
    while True:
        call += 1
        path.unlink(missing_ok=True)
        Journal(path, _ours).append([a_delivery(), Committed("B1")])
        sleeper = Journal(path, _ours)
        if opened:
            sleeper.open()
        else:
            sleeper.look()
        by_other: list[Record] = []
        began = _interleaved(path, monkeypatch, call, sleeper, by_other)
        seen[began] += 1
        both += began and bool(by_other)
        none += not began and not by_other
        outcome = replay(read_journal(path)).deliveries[0].outcome
        assert outcome is (Outcome.ACCEPTED if by_other else Outcome.UNKNOWN), call
        if began and not by_other and call > 60:
            break
    assert both == 0
    assert none <= 4  # Its own line counts and it did not see so: a person is asked, nothing leaves.
    assert min(seen.values()) > 5


def test_what_became_of_a_message_is_told_even_late(path: Path) -> None:
    """A server took a message while its sender was taken for gone, and the journal never learns it."""
    first = Journal(path, _ours)
    first.append([a_delivery(channel=Channel.EMAIL), Committed("B1"), Begun("B1/1")])
    other = Journal(path, _ours)
    other.open()
    with pytest.raises(LockedError):
        first.append([Settled("B1/1", Outcome.ACCEPTED, NOW, "250 ok")])
    assert replay(read_journal(path)).deliveries[0].outcome is Outcome.ACCEPTED
    other.append([Committed("B2")])
    assert read_journal(path)[-1] == Committed("B2")


@pytest.mark.parametrize("late", [Outcome.ACCEPTED, Outcome.PENDING])
def test_a_persons_word_stands_against_a_late_line(path: Path, late: Outcome) -> None:
    """A sleeping computer overrules what a person has settled since."""
    first, other = Journal(path, _ours), Journal(path, _ours)
    first.append([a_delivery(channel=Channel.EMAIL), Committed("B1"), Begun("B1/1")])
    other.append([Settled("B1/1", Outcome.REFUSED, NOW, "settled by claire")])
    with pytest.raises(LockedError):
        first.append([Settled("B1/1", late, NOW)])
    assert replay(read_journal(path)).deliveries[0].outcome is Outcome.REFUSED


def test_a_late_line_makes_no_batch(path: Path) -> None:
    """What a run prepared that was taken over counts, and is sent beside what the other one prepared."""
    first = Journal(path, _ours)
    first.append([a_delivery(), Committed("B1")])
    crc = read_last_crc(path)
    Journal(path, _ours).append([Committed("B2")])
    owner, epoch = writer_of_line(path, 1)
    late = encode_chain([a_delivery(2, "FA-2", "B3"), Committed("B3"), Begun("B1/1")], crc, Writer(owner, epoch))
    with path.open("ab") as file:
        file.writelines(late)
    assert [one.prepared.batch for one in replay(read_journal(path)).deliveries] == ["B1"]
    assert replay(read_journal(path)).deliveries[0].outcome is Outcome.PENDING


def read_last_crc(path: Path) -> str:
    """Return the CRC of a journal's last line."""
    return str(json.loads(path.read_bytes().splitlines()[-1])["crc"])


def writer_of_line(path: Path, number: int) -> tuple[str, int]:
    """Return who wrote a line of the journal, counted from 0."""
    fields = json.loads(path.read_bytes().splitlines()[number])
    return str(fields["owner"]), int(fields["epoch"])


def test_torn_batch_never_was(path: Path) -> None:
    """A batch cut off before its commit counts, in whole or in part."""
    first, second = a_delivery(1, "FA-1"), a_delivery(2, "FA-2")
    path.write_bytes(b"".join(encode_chain([first, second, Committed("B1")]))[:-1])
    assert replay(read_journal(path)).deliveries == ()


def test_batch_torn_before_its_commit_stays_dead(exported: Bench) -> None:
    """The whole lines of a torn batch revive with the next batch of that day: never printed, yet noted as printed."""
    batch = f"{DAY}-001"
    torn = [
        replace(a_delivery(1, "FA2026-0187", batch), operator="torn"),
        replace(a_delivery(2, "FA2026-0208", batch), operator="torn"),
        replace(a_delivery(3, "FA2026-0214", batch), operator="torn"),
    ]
    exported.journal.parent.mkdir(exist_ok=True)
    exported.journal.write_bytes(b"".join(encode_chain(torn)) + encode(Committed(batch), NO_LINE)[:20])
    exported.write(("FA2026-0338", "Par courrier", "x"))
    assert exported.json("send", "--yes").data["counts"] == {"printed": 1}
    deliveries = replay(read_journal(exported.journal)).deliveries
    assert [item.reminder.invoice for one in deliveries for item in one.prepared.items] == ["FA2026-0338"]
    assert [row["N° facture"] for row in exported.rows("Historique")] == ["FA2026-0338"]
    assert exported.json("send", "--yes").data["counts"] == {"already_done": 1}


@pytest.mark.parametrize("orphan", [Begun("B9/1"), Settled("B9/1", Outcome.ACCEPTED, NOW)])
def test_line_whose_delivery_is_missing_is_our_error(exported: Bench, orphan: Record) -> None:
    """A journal that lost a line stops the program with a foreign error, or what was sent is forgotten in silence."""
    exported.journal.parent.mkdir(exist_ok=True)
    exported.journal.write_bytes(encode(orphan, NO_LINE))
    assert exported.run("check").code == JournalError.exit_code


# --- The lock

_HOLD = """
import sys
from datetime import datetime
from pathlib import Path
from relance_xl.journal.lock import dossier_lock
with dossier_lock(Path(sys.argv[1]), datetime.fromisoformat("2026-11-24T09:30:00+00:00"), sys.argv[2] == "True"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_elsewhere(folder: Path, break_it: str = "False") -> Iterator[subprocess.Popen[str]]:
    """Let another process, of an operator called Claire, hold a folder while the block runs."""
    environment = {**os.environ, "LOGNAME": "Claire", "USER": "Claire", "USERNAME": "Claire"}
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder), break_it],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[2],
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_second_holder_is_refused_and_the_first_named(tmp_path: Path) -> None:
    """Two operators send at once, or the second does not learn who is at work."""
    folder = tmp_path / "private"
    with held_elsewhere(folder):
        with pytest.raises(LockedError) as caught, dossier_lock(folder, NOW):
            pytest.fail("the folder was held twice")
        for named in ("Claire", socket.gethostname(), "2026", "09:30"):
            assert named in caught.value.summary
        assert "--break-lock" in caught.value.advice
        assert caught.value.exit_code == 5


def test_refusal_leaves_the_holder_its_lock(tmp_path: Path) -> None:
    """A refused operator takes the lock away from the one at work."""
    with held_elsewhere(tmp_path):
        for _ in range(2):
            with pytest.raises(LockedError) as caught, dossier_lock(tmp_path, NOW):
                pytest.fail("the folder was held twice")
            assert "Claire" in caught.value.summary


def test_killed_holder_is_taken_over(tmp_path: Path) -> None:
    """A machine that crashed locks everybody out for good."""
    with held_elsewhere(tmp_path) as process:
        process.kill()
        process.wait(timeout=10)
        assert (tmp_path / "lock").exists()
        entered = False
        with dossier_lock(tmp_path, NOW):
            entered = True
        assert entered


def test_lock_is_free_after_each_end(tmp_path: Path) -> None:
    """A run that ended, well or badly, leaves the folder locked."""
    with held_elsewhere(tmp_path) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=10) == 0
    with pytest.raises(ZeroDivisionError), dossier_lock(tmp_path, NOW):
        raise ZeroDivisionError
    with dossier_lock(tmp_path, NOW):
        assert (tmp_path / "lock").exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("card", ["", "{", "[]", "null", '{"name": "x"}', '{"name": 1, "host": 2, "since": 3}', "\x00"])
def test_unreadable_card_still_locks(tmp_path: Path, card: str) -> None:
    """A holder's damaged card stops the second operator with a foreign error."""
    with held_elsewhere(tmp_path):
        (tmp_path / "lock.holder").write_text(card, encoding="utf-8")
        with pytest.raises(LockedError), dossier_lock(tmp_path, NOW):
            pytest.fail("the folder was held twice")


@given(record=prepared_records)
@example(record=a_delivery())
def test_every_cut_of_a_line_is_damaged(record: Prepared) -> None:
    """A shortened line is a record."""
    line = encode(record, NO_LINE)
    for end in range(0, len(line) - 1, 7):
        with pytest.raises(DamagedLineError):
            decode(line[:end])


def test_a_person_may_break_the_lock_and_the_sleeper_stops(tmp_path: Path) -> None:
    """A lock left by another computer stays for ever; or its owner, awake again, goes on and deletes the new one."""
    with dossier_lock(tmp_path, NOW) as sleeper:
        sleeper.check()
        with held_elsewhere(tmp_path, "True"):
            with pytest.raises(LockedError) as caught:
                sleeper.check()
            assert caught.value.exit_code == 5
            lock, card = (tmp_path / "lock").read_text(), (tmp_path / "lock.holder").read_text()
            assert "Claire" in card
    # The sleeper's own end has left the files of the one who took over.
    assert (tmp_path / "lock").read_text() == lock
    assert (tmp_path / "lock.holder").read_text() == card
