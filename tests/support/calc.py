"""Calc as a user: opens a workbook, types into cells, saves it again; without a window."""

import atexit
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from relance_xl.letters.libreoffice import find_libreoffice

_MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
Sub Main
    Dim hidden(0) As New com.sun.star.beans.PropertyValue
    hidden(0).Name = "Hidden"
    hidden(0).Value = True
    document = StarDesktop.loadComponentFromURL("{source}", "_blank", 0, hidden())
    document.calculateAll()
    Dim locale As New com.sun.star.lang.Locale
    dates = document.NumberFormats.getStandardFormat(com.sun.star.util.NumberFormat.DATE, locale)
{typing}
    document.calculateAll()
    Dim format(0) As New com.sun.star.beans.PropertyValue
    format(0).Name = "FilterName"
    format(0).Value = "Calc MS Excel 2007 XML"
    document.storeToURL("{target}", format())
    document.close(True)
    StarDesktop.terminate()
End Sub
</script:module>
"""


_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# At the keyboard a date also gives a cell without a format one of dates.
_FORMATTED = "\n    If cell.NumberFormat Mod 10000 = 0 Then cell.NumberFormat = dates"


def _quoted(text: str) -> str:
    """Return a text as a Basic expression within XML: every character by its number is safest."""
    return " &amp; ".join(f"Chr({ord(char)})" for char in text) or '""'


@cache
def _laid_out_profile() -> Path:
    """Return a profile that a first start has laid out, an empty Basic library included: the next finds our module in it."""
    folder = Path(tempfile.mkdtemp(prefix="relance-calc-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _run_office(folder / "profile", "--terminate_after_init")
    return folder / "profile"


def type_into(workbook: Path, cells: Iterable[tuple[str, str, str]]) -> None:
    """Open a workbook in Calc, type texts into (sheet, address) cells as at the keyboard, and save over it."""
    typing = "\n".join(
        f"    cell = document.Sheets.getByName({_quoted(sheet)}).getCellRangeByName({_quoted(address)})\n"
        f"    cell.setFormula({_quoted(text)})" + (_FORMATTED if _DATE.fullmatch(text) else "")
        for sheet, address, text in cells
    )
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "saved.xlsx"
        module = _MODULE.format(source=workbook.absolute().as_uri(), target=target.as_uri(), typing=typing)
        profile = Path(folder) / "profile"
        shutil.copytree(_laid_out_profile(), profile)
        (profile / "user" / "basic" / "Standard" / "Module1.xba").write_text(module, encoding="utf-8")
        _run_office(profile, "macro:///Standard.Module1.Main")
        assert target.is_file(), "Calc saved nothing"
        workbook.write_bytes(target.read_bytes())


def _run_office(profile: Path, order: str) -> None:
    program = find_libreoffice()
    assert program is not None
    subprocess.run(
        [str(program), f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", order],
        check=True,
        timeout=120,
        capture_output=True,
    )


def saved_as(workbook: Path, kind: str, folder: Path) -> Path:
    """Save a workbook in another format with Calc, into a folder; return the file."""
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", kind,
         "--outdir", str(folder), str(workbook)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return folder / f"{workbook.stem}.{kind}"
