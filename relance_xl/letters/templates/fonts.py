"""Which fonts a template asks for, and what stands in for them here."""

import re
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

_FONT = re.compile(rb'w:(?:ascii|hAnsi)="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Substitute:
    """A font that is not installed, and the one used in its place."""

    wanted: str
    used: str


def substituted_fonts(templates: list[Path]) -> list[Substitute]:
    """Return the fonts that templates name and this computer lacks; none where fontconfig cannot be asked."""
    matcher = shutil.which("fc-match")
    if matcher is None:
        return []
    wanted = sorted({font for template in templates for font in _fonts_of(template)})
    substitutes = []
    for font in wanted:
        arguments = [matcher, "--format", "%{family[0]}", font]
        used = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=20).stdout  # noqa: S603
        if used and used.casefold() != font.casefold():
            substitutes.append(Substitute(font, used))
    return substitutes


def _fonts_of(template: Path) -> set[str]:
    try:
        with zipfile.ZipFile(template) as archive:
            # Of the styles only the defaults count: a template carries many that its text never uses.
            styles = archive.read("word/styles.xml").partition(b"</w:docDefaults>")[0]
            data = archive.read("word/document.xml") + styles
    except (OSError, KeyError, zipfile.BadZipFile):
        return set()
    return {match.decode("utf-8", "replace") for match in _FONT.findall(data)}
