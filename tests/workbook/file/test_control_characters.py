"""Control characters and halves of characters, which pasted text and damaged lists bring: none goes further."""

from email import message_from_bytes
from email.policy import default

import pytest
from openpyxl import load_workbook

from relance_xl.core.texts.typed import legible, plain
from tests.support.bench import Bench
from tests.support.full_workbook import read_parts, write_parts
from tests.support.in_process import run_here

_UNSEEN = "\x00\x01\x07\x1b\ufffe\uffff\ud800\udfff"


@pytest.mark.parametrize("char", _UNSEEN)
def test_what_nobody_sees_is_taken_out(char: str) -> None:
    """A character that XML cannot hold stays in a text: the workbook, the letter or the email cannot be made."""
    assert plain(f"{char}Dur{char}and  {char}") == "Durand"
    assert legible(f"1 rue{char} A\n69001 {char}Lyon") == "1 rue A\n69001 Lyon"


@pytest.mark.parametrize("char", "\x0b\x0c\x1c\x1d\x1e\x1f")
def test_what_sets_words_apart_goes_on_doing_so(char: str) -> None:
    """Two words become one, or a line of an address is lost."""
    assert plain(f"Durand{char}Fils") == "Durand Fils"
    assert legible(f"Durand{char}Fils").split() == ["Durand", "Fils"]


@pytest.mark.parametrize("char", ["\x00", "\x07", "\ufffe"])
def test_a_list_with_control_characters_is_chased_as_any_other(bench: Bench, char: str) -> None:
    """A control character in a customer's name or address ends every export with an “unexpected error”."""
    path = bench.root / "impayes.csv"
    text = path.read_bytes().decode("cp1252").replace("Agence Bleu", f"Agence{char} Bl{char}eu")
    path.write_bytes(text.encode())
    assert run_here(bench, "export").code == 0
    assert bench.row("FA2026-0309")["Client"] == "Agence Bleu Pétrole"
    bench.write(("FA2026-0309", "Par email", "x"), ("FA2026-0309", "Par courrier", "x"))
    assert run_here(bench, "send", "--yes").code == 0
    assert any("Agence Bleu Pétrole" in page for page in bench.print_file())
    assert run_here(bench, "export").code == 0
    load_workbook(bench.workbook)


def test_a_comment_with_control_characters_goes_into_letter_and_email(exported: Bench) -> None:
    """What somebody pasted into a comment stops the sending, or the charts' part that shows a cell of it is damaged."""
    exported.write(("FA2026-0309", "Par email", "x"), ("FA2026-0309", "Commentaire", "vu"))
    parts = read_parts(exported.workbook)
    part = next(name for name, data in parts.items() if b"<t>vu</t>" in data)
    write_parts(exported.workbook, {**parts, part: parts[part].replace(b"<t>vu</t>", b"<t>v_x0007_u_xFFFE_</t>")})
    assert run_here(exported, "send", "--yes").code == 0
    assert exported.rows("Historique")[0]["Commentaire"] == "vu"
    [message] = exported.root.glob("lots/*/emails/*.eml")
    assert not message_from_bytes(message.read_bytes(), policy=default).defects
    assert run_here(exported, "export").code == 0
    assert exported.row("FA2026-0309")["Dernier commentaire"] == "vu"
