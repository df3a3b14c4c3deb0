"""What an act made, opened at once with what the computer has for it."""

from collections.abc import Iterable
from pathlib import Path

from relance_xl.console import Console
from relance_xl.desktop.opening import open_file
from relance_xl.runtime.language import _


def open_made(console: Console, made: Iterable[Path]) -> None:
    """Open the files that an act made; tell where those are that nothing here can open."""
    for path in made:
        if path.exists() and not open_file(path):
            console.note(_("Nothing here opens {file}: open it yourself.").format(file=path))
