"""LibreOffice opens the workbook that a killed send left, and finds in it what openpyxl finds."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from relance_xl.letters.libreoffice import find_libreoffice
from tests.support.bench import Bench


def office_faults(bench: Bench) -> list[str]:
    """Return what LibreOffice reads otherwise than openpyxl, or that it does not open the workbook."""
    program = find_libreoffice()
    if program is None:
        return ["there is no LibreOffice to open the workbook with"]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "saved"
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        order = ["--convert-to", "xlsx", "--outdir", str(target), str(bench.workbook)]
        subprocess.run([str(program), profile, "--headless", *order], check=False, capture_output=True, timeout=180)
        saved = target / bench.workbook.name
        if not saved.is_file():
            return ["LibreOffice does not open the workbook"]
        shutil.copyfile(bench.root / "relance.toml", target / "relance.toml")
        wanted = ("Relance", "Lot", "Résultat")
        ours, theirs = (
            [[row[title] for title in wanted] for row in one.rows("Historique")] for one in (bench, Bench(target))
        )
    return [] if ours == theirs else ["LibreOffice finds another history in the workbook"]
