"""Who else has the workbook open, and the copies that others' programs left beside it."""

import glob
from dataclasses import dataclass
from pathlib import Path

from relance_xl.workbook.replacing import real_place


@dataclass(frozen=True, slots=True)
class OpenElsewhere:
    """Who has the workbook open, as their spreadsheet's lock file says."""

    name: str
    lock_file: Path


def opened_by(path: Path) -> OpenElsewhere | None:
    """Return who has the workbook open in Calc or Excel, None where nobody seems to.

    Of a symbolic link, lock files may lie beside it, or beside the file that others open on their shared drive.
    """
    return next(filter(None, map(_opened_at, dict.fromkeys((path, real_place(path))))), None)


def _opened_at(path: Path) -> OpenElsewhere | None:
    calc = path.with_name(f".~lock.{path.name}#")
    if calc.exists():
        # ",login,host,date,profile;" (the first field, the full name, may be empty)
        parts = _read(calc).decode("utf-8", "replace").split(",")
        named = [part for part in parts[:2] if part]
        return OpenElsewhere(f"{named[0] if named else '?'} (Calc)", calc)
    excel = path.with_name(f"~${path.name}")
    if excel.exists():
        data = _read(excel)
        # One byte of length, then the name in the ANSI code page; the same again in UTF-16 behind it.
        name = data[1 : 1 + data[0]].decode("cp1252", "replace").strip() if data else ""
        return OpenElsewhere(f"{name or '?'} (Excel)", excel)
    return None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


#: What Calc and older programs save a workbook as, beside the one that counts.
_OTHER_FORMATS = (".ods", ".fods", ".xls", ".xlsb")


def conflict_copies(path: Path) -> tuple[Path, ...]:
    """Return files beside the workbook that look like copies a sync tool or a hurried user left, in other formats too."""
    places = dict.fromkeys((path, real_place(path)))
    own = {one for place in places for one in (place, place.with_name(f"~${place.name}"))}
    alike = {one for place in places for one in place.parent.glob(f"{glob.escape(place.stem)}*{place.suffix}")}
    alike |= {
        other
        for place in places
        for kind in _OTHER_FORMATS
        if (other := place.with_suffix(kind)).suffix != place.suffix
    }
    return tuple(sorted(one for one in alike - own if one.is_file()))
