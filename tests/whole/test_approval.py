"""[approval]: what one person decided leaves only once another has released exactly that."""

from pathlib import Path

import pytest

from tests.support.bench import Bench
from tests.support.in_process import run_here

POSTED, MAILED = "FA2026-0296", "FA2026-0309"


@pytest.fixture
def strict(exported: Bench) -> Bench:
    """A dossier in which two persons must agree; one letter is ticked."""
    with (exported.root / "relance.toml").open("a", encoding="utf-8") as file:
        file.write("\n[approval]\nrequired = true\n")
    exported.write((POSTED, "Par courrier", "x"))
    return exported


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def _approve(bench: Bench, name: str) -> tuple[int, str]:
    done = run_here(bench, "approve", "--by", name, "--yes")
    return done.code, _plain(done.out + done.err)


def test_nothing_leaves_without_two(strict: Bench) -> None:
    """One person alone sends what two must agree to."""
    refused = run_here(strict, "send", "--yes")
    assert (refused.code, "personne ne l'est encore" in _plain(refused.err)) == (1, True)
    assert _approve(strict, "Paul")[0] == 0
    refused = run_here(strict, "send", "--yes")
    assert (refused.code, "Paul l'a décidé" in _plain(refused.err)) == (1, True)
    assert not list(strict.root.glob("lots/*/courriers.pdf"))
    code, said = _approve(strict, "Marie Roy")
    assert (code, "Décidé par Paul, libéré par Marie Roy" in said) == (0, True)
    assert run_here(strict, "send", "--yes").code == 0
    assert len(list(strict.root.glob("lots/*/courriers.pdf"))) == 1
    assert [row["Par"] for row in strict.rows("Historique")] == ["Paul, libéré par Marie Roy"]


def test_what_waits_for_an_agreement_says_so(strict: Bench) -> None:
    """Each row is held as if the send had broken off, and who reads that sends again and again."""
    held = run_here(strict, "send", "--yes", "--json").reminders("held")
    assert [(one["reason_code"], one["reason"]) for one in held] == [
        ("not_released", "attend l'accord de deux personnes")
    ]


def test_two_agree_in_the_window_that_sends(strict: Bench, opened: list[Path]) -> None:
    """Who never saw a terminal cannot agree: the window that a double-click opens names a command."""
    first = run_here(strict, "double-click", "send", typed="Paul\n")
    assert (first.code, "Qui approuve" in first.err) == (1, True)
    assert "Décidé par Paul" in _plain(first.out)
    itself = run_here(strict, "double-click", "send", typed="paul\n")
    assert (itself.code, opened) == (1, [])
    second = run_here(strict, "double-click", "send", typed="Marie Roy\no\n")
    assert second.code in {0, 1}, second.err
    assert [one.name for one in opened] == ["courriers.pdf"]
    assert [row["Par"] for row in strict.rows("Historique")] == ["Paul, libéré par Marie Roy"]


def test_two_agree_in_calc(strict: Bench, tmp_path: Path) -> None:
    """Calc's menu knows no way to agree, or lets somebody agree to another plan than was shown."""

    def asked(what: str, key: str = "", who: str = "") -> tuple[str, str]:
        file = tmp_path / "asked.txt"
        file.write_text(f"{strict.root}\n{what}\n{key}\n{who}\n", encoding="utf-8")
        run_here(strict, "from-calc", str(file))
        key, _newline, text = file.with_name("asked.txt.answer").read_text(encoding="utf-8").partition("\n")
        return key, _plain(text)

    key, text = asked("question")
    assert (key[:1], "deux personnes" in text, POSTED in text) == ("?", True, True)
    assert "Décidé par Paul" in asked("agree", key, "Paul")[1]
    strict.write((MAILED, "Par courrier", "x"))
    assert "a changé entre-temps" in asked("agree", key, "Marie")[1]
    strict.write((MAILED, "Par courrier", None))
    assert "libéré par Marie" in asked("agree", key, "Marie")[1]
    key, text = asked("question")
    assert key[:1] not in {"", "?"}
    assert "courrier prêt à imprimer : 1" in asked("send", key)[1]


@pytest.mark.parametrize("again", ["Paul", "PAUL", " paul ", "Pàul"])
def test_nobody_releases_their_own(strict: Bench, again: str) -> None:
    """Who decided releases it themselves, by writing their name otherwise."""
    _approve(strict, "Paul")
    code, said = _approve(strict, again)
    assert (code, "une autre personne" in said) == (1, True)
    assert run_here(strict, "send", "--yes").code == 1


def test_what_changed_is_not_released(strict: Bench) -> None:
    """A row that is ticked after the release leaves with what was released."""
    for name in ("Paul", "Marie"):
        _approve(strict, name)
    strict.write((MAILED, "Par courrier", "x"))
    refused = run_here(strict, "send", "--yes")
    assert (refused.code, "personne ne l'est encore" in _plain(refused.err)) == (1, True)
    strict.write((MAILED, "Par courrier", None))
    assert run_here(strict, "send", "--yes").code == 0


def test_only_those_who_are_named_release(strict: Bench) -> None:
    """[approval] people is not heeded."""
    strict.setting("[approval]\nrequired = true", '[approval]\nrequired = true\npeople = ["Marie Roy"]')
    _approve(strict, "Paul")
    code, said = _approve(strict, "Jean")
    assert (code, "Marie Roy" in said) == (1, True)
    assert _approve(strict, "marie roy")[0] == 0
    assert run_here(strict, "send", "--yes").code == 0


def test_the_only_one_who_releases_does_not_decide(strict: Bench) -> None:
    """The only person who may release decides, and nobody can release any more."""
    strict.setting("[approval]\nrequired = true", '[approval]\nrequired = true\npeople = ["Marie Roy"]')
    code, said = _approve(strict, "marie roy")
    assert (code, "une autre doit d'abord décider" in said) == (1, True)
    for name in ("Paul", "Marie Roy"):
        assert _approve(strict, name)[0] == 0
    assert run_here(strict, "send", "--yes").code == 0


def test_an_answer_is_needed(strict: Bench) -> None:
    """Without an answer somebody is put down as having agreed."""
    done = run_here(strict, "approve", "--by", "Paul", typed="\n")
    assert done.code == 1
    assert "Paul" not in strict.journal.read_text(encoding="utf-8") if strict.journal.exists() else True


def test_where_nothing_would_leave_there_is_nothing_to_agree_to(exported: Bench) -> None:
    """An agreement to nothing is recorded, and holds for whatever comes."""
    code, said = _approve(exported, "Paul")
    assert (code, "Aucun accord" in said) == (1, True)


def test_without_the_setting_nobody_must_agree(exported: Bench) -> None:
    """A dossier that wants no approval is asked for one."""
    exported.write((POSTED, "Par courrier", "x"))
    assert run_here(exported, "send", "--yes").code == 0
    assert [row["Par"] for row in exported.rows("Historique")] != [""]


def test_approve_gives_one_object(strict: Bench) -> None:
    """A script that approves gets no JSON, or does not see who has agreed."""
    done = run_here(strict, "approve", "--by", "Paul", "--yes", "--json")
    assert done.data["decided"] == "Paul"
    assert done.data["released"] is None
    assert [one["invoice"] for one in done.data["reminders"]] == [POSTED]
