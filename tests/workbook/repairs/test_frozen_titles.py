"""Titles that no longer stay in sight: LibreOffice drops that when it converts a workbook without a window."""

import re
import zipfile
from pathlib import Path

from openpyxl import load_workbook

from tests.support.bench import Bench
from tests.support.calc import saved_as
from tests.support.in_process import run_here


def _thaw(workbook: Path) -> None:
    """Take away what LibreOffice 7.4 drops of itself, and later ones keep."""
    with zipfile.ZipFile(workbook) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(workbook, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, re.sub(rb"<pane [^>]*/>", b"", data) if name.startswith("xl/worksheets/") else data)


def test_titles_that_went_out_of_sight_are_told_in_their_own_words(exported: Bench, tmp_path: Path) -> None:
    """A program is said to have dropped formats and charts that are all there: only panes were no longer frozen."""
    converted = saved_as(exported.workbook, "xlsx", tmp_path / "converted")
    _thaw(converted)
    assert load_workbook(converted)["Relances"].freeze_panes is None
    exported.workbook.write_bytes(converted.read_bytes())
    done = run_here(exported, "export")
    said = " ".join(done.err.split())
    assert done.code == 0
    assert "restent de nouveau visibles" in said
    assert "Relances, Clients, Appels, Historique, Fiche client, Fiche facture" in said
    assert "graphiques" not in said
    assert load_workbook(exported.workbook)["Relances"].freeze_panes
    assert "visibles" not in run_here(exported, "export").err
