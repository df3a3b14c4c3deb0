"""A journal that was lost, emptied, cut or taken from elsewhere: every command tells, and nothing is done twice."""

import re
import shutil
from pathlib import Path

import pytest

from tests.support.bench import DAY, Bench, Outcome
from tests.support.in_process import edit, here

_POSTED, _MAILED = "FA2026-0296", "FA2026-0229"


@pytest.fixture
def sent(exported: Bench) -> Bench:
    """Return the sample's dossier after two sendings."""
    for number, title in ((_POSTED, "Par courrier"), (_MAILED, "Par email")):
        exported.write((number, title, "x"))
        assert here(exported, "send", "--yes").code == 0
    return exported


def _lose(bench: Bench, how: str) -> None:
    data = bench.journal.read_bytes()
    if how == "gone":
        bench.journal.unlink()
    else:
        bench.journal.write_bytes(b"" if how == "emptied" else data[: data.index(b"\n", data.index(b'"settled"')) + 1])


def _told(outcome: Outcome) -> str:
    return " ".join([*outcome.data.get("warnings", []), *(str(one) for one in outcome.data.get("findings", []))])


@pytest.mark.parametrize("how", ["gone", "emptied", "cut"])
def test_every_command_tells_what_the_journal_lacks(sent: Bench, how: str) -> None:
    """The doctor says that all is well and the history that nothing was sent, though the sheet shows what was."""
    _lose(sent, how)
    count = "1 relance " if how == "cut" else "2 relances "
    batch = "2026-11-24-002"
    doctor = here(sent, "doctor")
    (finding,) = [one for one in doctor.data["findings"] if count in one["detail"]]
    assert str(sent.journal) in finding["advice"]
    for outcome in (doctor, here(sent, "history"), here(sent, "check"), here(sent, "export")):
        told = _told(outcome)
        assert re.search(rf"{count}.*depuis le 24/11/2026.*retenue", told), told
        assert batch in told
        assert "journal.jsonl" in told
    assert len(here(sent, "history").data["deliveries"]) == (1 if how == "cut" else 0)


def test_doctor_marks_it_and_history_does_not_say_that_nothing_was_sent(sent: Bench) -> None:
    """On the screen the loss looks as harmless as any other line."""
    sent.journal.unlink()
    lines = sent.run("doctor").out.splitlines()
    assert any(line.startswith("! Journal") and "2 relances" in line for line in lines)
    assert "Rien n'a encore été envoyé" not in sent.run("history").out


def test_nothing_is_made_twice_without_the_journal(sent: Bench) -> None:
    """Customers are chased a second time once the journal is gone."""
    sent.journal.unlink()
    assert here(sent, "export", "--tick", "best").code == 0
    for number in (_POSTED, _MAILED):
        sent.write((number, "Par courrier", "x"))
    checked = here(sent, "check")
    held = {line["invoice"]: line["reason_code"] for line in checked.reminders("held")}
    assert {held[_POSTED], held[_MAILED]} == {"ledger_ahead"}
    assert not {_POSTED, _MAILED} & {line["invoice"] for line in checked.reminders("planned")}


def test_batches_without_a_record_are_told(sent: Bench) -> None:
    """With the history sheet deleted too, nothing tells that letters were made."""
    sent.journal.unlink()
    edit(sent, lambda book: book.__delitem__("Historique"))
    (sent.root / "lots" / "archives").mkdir()
    for command in ("check", "history", "doctor", "export"):
        answer = here(sent, command)
        # Nobody can say what a check would send, so it says nothing else.
        told = answer.data["error"] if command == "check" else _told(answer)
        assert "2026-11-24-001, 2026-11-24-002" in told
        assert "archives" not in told


def test_an_earlier_copy_is_named(sent: Bench) -> None:
    """A copy of the journal lies beside it, and nobody is told that it could be put back."""
    copy = sent.root / ".relance" / "journal (copie).jsonl"
    shutil.copy(sent.journal, copy)
    assert _told(here(sent, "history")) == ""
    sent.journal.unlink()
    assert str(copy) in _told(here(sent, "history"))
    shutil.move(copy, sent.journal)
    assert _told(here(sent, "history")) == ""
    assert here(sent, "check").code == 0


def test_another_folders_journal_is_refused(sent: Bench, _exported_once: Path, tmp_path: Path) -> None:
    """The journal of another company is taken for this one's, and its reminders are written into the history."""
    other = Bench(Path(shutil.copytree(_exported_once, tmp_path / "autre")))
    other.write(("FA2026-0187", "Par courrier", "x"))
    text = (other.root / "relance.toml").read_text(encoding="utf-8")
    (other.root / "relance.toml").write_text(text.replace('batches = "lots"', 'batches = "envois"'), encoding="utf-8")
    assert here(other, "send", "--yes").code == 0
    shutil.rmtree(sent.root / "lots")
    shutil.copy(other.journal, sent.journal)
    before = sent.workbook.read_bytes()
    for command in (("check",), ("export",), ("send", "--yes"), ("history",), ("doctor",)):
        refused = here(sent, *command)
        assert refused.code == 7, command
        assert "autre dossier" in str(refused.data)
    assert sent.workbook.read_bytes() == before


def test_a_healthy_journal_is_not_doubted(sent: Bench) -> None:
    """Warnings of a lost journal come where nothing is lost: after an old workbook came back, or lots were put away."""
    backup = max((sent.root / ".relance" / "backups").glob("*.xlsx"))
    shutil.copy(backup, sent.workbook)
    shutil.rmtree(sent.root / "lots")
    assert _told(here(sent, "check")) == ""
    assert _told(here(sent, "export")) == ""


def test_batches_of_which_nothing_is_known_stop_a_send(exported: Bench) -> None:
    """Journal and history sheet are both gone: every reminder is made a second time, though its batch lies there."""
    exported.write(("FA2026-0187", "Par courrier", "x"))
    before = exported.workbook.read_bytes()
    assert exported.json("send", "--yes").code == 0
    exported.journal.unlink()
    exported.workbook.write_bytes(before)
    for command in (("check",), ("send", "--yes")):
        done = exported.run(*command)
        assert (done.code, f"{DAY}-001" in done.err) == (7, True)
    assert not (exported.root / "lots" / f"{DAY}-002").exists()
    (exported.root / "lots" / f"{DAY}-001").rename(exported.root / "anciens")
    assert exported.json("send", "--yes").data["counts"] == {"printed": 1}
