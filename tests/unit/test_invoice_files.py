"""Many invoices' PDFs are found in their folders' listings as each is found alone."""

import unicodedata
from itertools import product
from pathlib import Path

import pytest

from relance_xl.letters.invoices.files import InvoiceFiles
from relance_xl.letters.invoices.pdf import invoice_path

_NUMBERS = (
    "FA1", "fa1", "FA2", "FA/3", "FA:4", "FA5", "FA6", "FA7", "Été", "", "..", ".", "a/b", "../FA1", "../secret",
    "/etc/passwd", "a/../../../b", "x\0y", "FA1.", "N" * 300, "C1/FA1",
)  # fmt: skip
_PATTERNS = (
    "factures/{number}.pdf", "factures/{number}", "{number}.pdf", "factures/{customer}/{number}.pdf",
    "factures/F-{number}.pdf", "nowhere/{number}.pdf", "linked/{number}.pdf", "./factures//{number}.pdf",
    "../outside/{number}.pdf",
)  # fmt: skip


@pytest.fixture
def dossier(tmp_path: Path) -> Path:
    """A dossier with invoices' files of every kind: plain, linked, spelt otherwise, a folder, in folders that are links."""
    root = tmp_path / "dossier"
    for folder in ("factures/C1", "factures/a", "../outside"):
        (root / folder).mkdir(parents=True)
    for name in ("FA1.pdf", "fa2.pdf", "FA-3.pdf", "FA_4.pdf", "FA5", "F-FA1.pdf", "C1/FA1.pdf", "a/b.pdf"):
        (root / "factures" / name).write_bytes(b"")
    (root / "factures" / (unicodedata.normalize("NFD", "Été") + ".pdf")).write_bytes(b"")
    (root / "factures" / "FA5.pdf").mkdir()
    (root / "outside.pdf").write_bytes(b"")
    (tmp_path / "outside" / "FA1.pdf").write_bytes(b"")
    (root / "factures" / "FA6.pdf").symlink_to(root / "factures" / "FA1.pdf")
    (root / "factures" / "FA7.pdf").symlink_to(root / "outside.pdf")
    (root / "factures" / "C2").symlink_to(tmp_path / "outside")
    (root / "linked").symlink_to(root / "factures")
    return root


@pytest.mark.parametrize("pattern", _PATTERNS)
def test_a_list_of_invoices_finds_what_each_alone_finds(dossier: Path, pattern: str) -> None:
    """A listing of the folder leads an invoice to another file, out of its folder, or calls one missing that is there."""
    files = InvoiceFiles(dossier, pattern)
    for number, customer in product(_NUMBERS, ("C1", "C2", "C3")):
        assert files.path(number, customer) == invoice_path(dossier, pattern, number, customer), (number, customer)


def test_a_folder_that_cannot_be_listed_still_gives_its_files(dossier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a share lets files be read but not listed, all invoices count as missing."""

    def refuse(_path: object) -> None:
        raise PermissionError

    monkeypatch.setattr("os.scandir", refuse)
    assert InvoiceFiles(dossier, "factures/{number}.pdf").path("FA1", "C1") == dossier / "factures" / "FA1.pdf"
