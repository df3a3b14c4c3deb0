"""The page that answers a request, in a browser: what it says, that its links lead somewhere, that nothing in it is run."""

import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from lxml import etree
from openpyxl import load_workbook

from tests.support.bench import Bench
from tests.support.in_process import run_here

_CHROMIUM = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync")  # fmt: skip
_NASTY = '<img src=x onerror=document.title="run">&"\''


def _shown(page: Path, profile: Path) -> etree._Element:
    """Return the page as Chromium has it, once whatever is in it has been run."""
    done = subprocess.run(
        [*_CHROMIUM, f"--user-data-dir={profile}", "--dump-dom", "--virtual-time-budget=2000", page.as_uri()],
        capture_output=True, encoding="utf-8", check=True, timeout=120,
    )  # fmt: skip
    return etree.fromstring(done.stdout, etree.HTMLParser())


@pytest.fixture
def answered(exported: Bench, tmp_path: Path) -> Bench:
    """A dossier in a folder with an odd name, in which somebody asked to send; a customer's name would be run if it could."""
    bench = Bench(Path(shutil.move(exported.root, tmp_path / "d'été #1 & 50 %")))
    bench.source("Boulangerie Éloïse Lefèvre", f"Boulangerie {_NASTY.replace(';', '')}".replace('"', '""'))
    assert run_here(bench, "export", day=None).code == 0
    bench.write(("FA2026-0309", "Par courrier", "x"), ("FA2026-0302", "Par courrier", "x"))
    book = load_workbook(bench.workbook)
    book["Relances"]["J2"] = "envoyer 1"
    book.save(bench.workbook)
    assert run_here(bench, "watch", "--once", "--interval", "0.2", day=None).code == 0
    return bench


def test_the_page_in_a_browser(answered: Bench, tmp_path: Path) -> None:
    """The page does not say what was done and what is held, its links lead nowhere, or it is not as long as the list."""
    for page in (answered.root / "lots" / "compte-rendu.html", *answered.root.glob("lots/2*/compte-rendu.html")):
        tree = _shown(page, tmp_path / "profil")
        text = " ".join(str(tree.xpath("string()")).replace("\u00a0", " ").split())
        assert "courrier prêt à imprimer : 1" in text
        assert "retenu : 1" in text
        assert "le PDF de la facture est introuvable" in text
        links = [str(one.get("href")) for one in tree.iter("a")]
        assert links
        for link in links:
            assert (page.parent / unquote(urlsplit(link).path)).exists(), link
        assert not list(tree.iter("script"))
        assert tree.findtext(".//title") != "run"


def test_a_mistake_is_said_in_full(answered: Bench, tmp_path: Path) -> None:
    """What is wrong in the workbook, and where, is not on the page; or a text of the workbook is run as part of the page."""
    answered.write(("FA2026-0343", "Par courrier", _NASTY))
    book = load_workbook(answered.workbook)
    book["Relances"]["J2"] = "vérifier"
    book.save(answered.workbook)
    assert run_here(answered, "watch", "--once", "--interval", "0.2", day=None).code == 0
    tree = _shown(answered.root / "lots" / "compte-rendu.html", tmp_path / "profil")
    text = str(tree.xpath("string()"))
    assert "Relances!" in text
    assert "onerror" in text
    assert not list(tree.iter("img"))
    assert tree.findtext(".//title") != "run"
