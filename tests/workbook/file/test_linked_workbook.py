"""A workbook in the dossier that is a link to a shared drive: all work on the one file, with the rights it has there."""

import os
from pathlib import Path
from unittest.mock import patch

import pytest

from relance_xl.workbook.replacing import keep_rights
from relance_xl.workbook.sharing import conflict_copies, opened_by
from tests.support.bench import Bench
from tests.support.in_process import run_here

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links are for administrators there")


@pytest.fixture
def share(exported: Bench) -> Path:
    """Move the workbook to a shared folder, and let the dossier's be a link to it; return where it is."""
    place = exported.root.parent / "partage" / "suivi.xlsx"
    place.parent.mkdir()
    exported.workbook.rename(place)
    exported.workbook.symlink_to(Path("..") / "partage" / "suivi.xlsx")
    return place


def test_a_link_stays_a_link(exported: Bench, share: Path) -> None:
    """The link to the shared workbook is replaced by a file: colleagues go on with an old workbook, and send twice."""
    exported.write(("FA2026-0343", "Par courrier", "x"))
    for command in (("export",), ("send", "--yes"), ("export",)):
        before = share.read_bytes()
        assert run_here(exported, *command).code == 0
        assert exported.workbook.is_symlink()
        assert share.read_bytes() != before
    assert [row["N° facture"] for row in exported.rows("Historique")] == ["FA2026-0343"]
    assert [path.name for path in share.parent.iterdir()] == ["suivi.xlsx"]
    assert not [path for path in exported.root.iterdir() if path.name.endswith((".tmp", ".old"))]
    assert list((exported.root / ".relance" / "backups").glob("relances.*.xlsx"))


def test_a_link_to_a_link_is_followed(exported: Bench, share: Path) -> None:
    """One of two links in a row is replaced by a file."""
    middle = share.with_name("lien.xlsx")
    middle.symlink_to("suivi.xlsx")
    exported.workbook.unlink()
    exported.workbook.symlink_to(middle)
    before = share.read_bytes()
    assert run_here(exported, "export", "--tick", "post").code == 0
    assert exported.workbook.is_symlink()
    assert middle.is_symlink()
    assert share.read_bytes() != before


def test_who_has_the_shared_file_open_is_seen(exported: Bench, share: Path) -> None:
    """A colleague has the workbook open on the share: it is replaced under their hands."""
    assert opened_by(exported.workbook) is None
    lock = share.with_name(".~lock.suivi.xlsx#")
    lock.write_text(",claire,poste-7,24.11.2026,file:///x;", encoding="utf-8")
    opened = opened_by(exported.workbook)
    assert opened is not None
    assert opened.lock_file == lock
    assert run_here(exported, "export").code == 5
    lock.unlink()
    # Opened by the link's own name.
    exported.workbook.with_name("~$relances.xlsx").write_bytes(b"\x03Max")
    assert run_here(exported, "export").code == 5


def test_copies_beside_the_shared_file_are_told(exported: Bench, share: Path) -> None:
    """A copy that a sync tool left beside the shared workbook is not told."""
    assert not conflict_copies(exported.workbook)
    copy = share.with_name("suivi (conflit).xlsx")
    copy.write_bytes(share.read_bytes())
    assert conflict_copies(exported.workbook) == (copy,)


def test_a_killed_run_is_mended_where_the_file_is(exported: Bench, share: Path) -> None:
    """A run was killed while it replaced the shared workbook: it is called missing for good, or its halves stay."""
    content = share.read_bytes()
    share.rename(share.with_name(".suivi.xlsx.99.0123456789abcdef.old"))
    share.with_name(".suivi.xlsx.99.tmp").write_bytes(b"half")
    done = run_here(exported, "doctor")
    assert (done.code, "interrompue" in done.out or "arrêtée" in done.out) == (4, True), done.out
    assert run_here(exported, "check").code == 0
    assert share.read_bytes() == content
    assert run_here(exported, "export").code == 0
    assert [path.name for path in share.parent.iterdir()] == ["suivi.xlsx"]


def test_a_link_that_leads_nowhere_says_where(exported: Bench, share: Path) -> None:
    """The share is not connected: a new and empty workbook takes the link's place, or nobody knows what is missing."""
    share.rename(share.with_name("ailleurs.xlsx"))
    for command in (("check",), ("export",), ("send", "--yes"), ("doctor",)):
        done = run_here(exported, *command)
        # A long path is broken over lines.
        said = "".join((done.out + done.err).split())
        assert (done.code, str(share) in said) == (4, True), (command, done)
    assert exported.workbook.is_symlink()
    assert not share.exists()


@pytest.mark.parametrize("mode", [0o664, 0o640])
def test_mode_and_owner_are_kept(exported: Bench, share: Path, mode: int) -> None:
    """After an export the others of the team cannot open the workbook any more."""
    share.chmod(mode)
    if os.geteuid() == 0:
        os.chown(share, 1234, 2345)
    before = share.stat()
    assert run_here(exported, "export").code == 0
    after = share.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_the_group_is_kept_where_the_owner_cannot_be(tmp_path: Path) -> None:
    """Only an administrator may give a file away: then the team's group is lost too, or the export ends in an error."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"")
    new.write_bytes(b"")
    given: list[tuple[int, int]] = []

    def chown(_path: Path, owner: int, group: int) -> None:
        given.append((owner, group))
        if owner != -1:
            raise PermissionError

    with patch("os.chown", chown):
        keep_rights(old, new)
    assert given == [(old.stat().st_uid, old.stat().st_gid), (-1, old.stat().st_gid)]
