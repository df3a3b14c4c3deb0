"""A list that was saved beside the one that is read, under another name: nobody is chased from the old one."""

import os
import shutil
from pathlib import Path

import pytest

from tests.support.bench import Bench
from tests.support.in_process import run_here

NUMBER, OTHER = "FA2026-0309", "FA2026-0296"


def _saved_later(bench: Bench, *paid: str, name: str = "Impayés du 28.csv") -> Path:
    """Save next week's list, without what was paid, under another name."""
    source = bench.root / "impayes.csv"
    os.utime(source, (1_700_000_000, 1_700_000_000))
    lines = source.read_bytes().split(b"\r\n")
    newer = bench.root / name
    newer.write_bytes(b"\r\n".join(one for one in lines if one.partition(b";")[0].decode("cp1252") not in paid))
    return newer


def _said(bench: Bench, *command: str) -> tuple[int, str]:
    done = run_here(bench, *command)
    return done.code, (done.out + done.err).replace("\u00a0", " ")


def test_what_it_no_longer_has_is_not_chased(exported: Bench) -> None:
    """Who saves the new list under another name chases a customer who has paid."""
    exported.write((NUMBER, "Par courrier", "x"))
    newer = _saved_later(exported, NUMBER)
    for command in (("check",), ("send", "--yes")):
        code, said = _said(exported, *command)
        assert (code, newer.name in said, NUMBER in said) == (3, True, True), said
    assert not list(exported.root.glob("lots/*/courriers.pdf"))
    shutil.move(newer, exported.root / "impayes.csv")
    assert _said(exported, "export")[0] == 0
    assert [row for row in exported.rows() if row["N° facture"] == NUMBER] == []


def test_another_amount_is_not_chased(exported: Bench) -> None:
    """A part payment that only the newer list has is passed over."""
    exported.write((NUMBER, "Par courrier", "x"))
    newer = _saved_later(exported)
    text = newer.read_bytes()
    changed = text.replace(b"1958,40;EUR", b"58,40;EUR")
    assert changed != text
    newer.write_bytes(changed)
    assert _said(exported, "send", "--yes")[0] == 3


def test_what_both_have_leaves_with_a_remark(exported: Bench) -> None:
    """A list beside the one that is read stops what it has nothing against; or nobody is told of it."""
    exported.write((NUMBER, "Par courrier", "x"))
    newer = _saved_later(exported, OTHER)
    for command in (("export",), ("check",), ("doctor",)):
        assert newer.name in _said(exported, *command)[1], command
    code, said = _said(exported, "send", "--yes")
    assert (code, newer.name in said) == (0, True)


@pytest.mark.parametrize("name", ["relances - copie.xlsx", "notes.csv", "~$impayes.csv", "archive.csv", "avant.csv"])
def test_other_files_are_no_newer_list(exported: Bench, name: str) -> None:
    """A copy of the workbook or of the list, notes, or an older list are taken for the list of the week."""
    exported.write((NUMBER, "Par courrier", "x"))
    newer = _saved_later(exported, NUMBER, name=name)
    if name == "notes.csv":
        newer.write_text("À faire;Quand\nappeler;lundi\n", encoding="utf-8")
    elif name == "archive.csv":
        shutil.copyfile(exported.root / "impayes.csv", newer)
    elif name == "avant.csv":
        os.utime(newer, (1_600_000_000, 1_600_000_000))
    elif name.endswith(".xlsx"):
        shutil.copyfile(exported.workbook, newer)
    code, said = _said(exported, "send", "--yes")
    assert (code, "n'est pas lu" in said) == (0, False), said
