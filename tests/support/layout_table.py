"""`python -m tests.support.layout_table [folder] [soffice]`: each template, the way its letters take, the pixels that differ.

Without a folder: our own awkward templates. With one: the Word files in it as static letters, three times: as they are, with
lines before their last block, with lines behind their first one.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from relance_xl.letters import layout as layout_module
from relance_xl.letters.layout import LetterOrder, lay_out_letters
from relance_xl.letters.libreoffice import LibreOffice
from relance_xl.letters.pages.ranges import LetterPages
from relance_xl.letters.templates.combinable import Combinability, combinability
from relance_xl.letters.templates.hindrances import Hindrance, Kind
from tests.letters.test_layout import differing_pixels
from tests.support.both_layouts import office
from tests.support.letter_templates import AWKWARD, Names, build, letters
from tests.support.static_letters import make_static, static_names

#: How the files of a folder are tried: where lines go.
_PLACES = {"as they are": None, "lines before the end": -1, "lines after the start": 1}


@dataclass(frozen=True, slots=True)
class _Laid:
    """What came out, by mark, and the documents that were written on the way."""

    letters: dict[str, Path]
    written: tuple[str, ...]


def _lay_out(program: LibreOffice, templates: Sequence[Path], names: Sequence[Names], work: Path) -> _Laid:
    work.mkdir(parents=True)
    orders = [
        LetterOrder(f"{index:03}{number:02}", template, partial(dict, one))
        for index, template in enumerate(templates)
        for number, one in enumerate(names)
    ]
    made: dict[str, Path] = {}

    def done(order: LetterOrder, letter: LetterPages) -> None:
        made[order.mark] = work / f"{order.mark}.pdf"
        letter.save(made[order.mark])

    lay_out_letters(program, orders, work, done)
    return _Laid(made, tuple(path.name for path in work.glob("*.docx")))


def _compare(program: LibreOffice, templates: Sequence[Path], names: Sequence[Names], folder: Path) -> Iterator[bool]:
    """Print a line for each template; yield whether all of its letters were laid out together."""
    together = _lay_out(program, templates, names, folder / "together")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            layout_module, "_combinability", lambda _template: Combinability((Hindrance(Kind.OTHER, "not here"),))
        )
        alone = _lay_out(program, templates, names, folder / "alone")
    for index, template in enumerate(templates):
        marks = [f"{index:03}{number:02}" for number in range(len(names))]
        rounds = {name: sum(one.startswith(f"{name}{index:03}") for one in together.written) for name in "abc"}
        singly = len(names) if rounds["a"] >= len(names) else rounds["b"]
        missing = [mark for mark in marks if mark not in together.letters or mark not in alone.letters]
        different = sum(
            differing_pixels(together.letters[mark], alone.letters[mark]) for mark in marks if mark not in missing
        )
        why = ", ".join(map(str, combinability(template).hindrances))
        told = f" ({why})" if why else ""
        lost = f" MISSING {len(missing)}" if missing else ""
        sys.stdout.write(f"{len(names) - singly:>3} of {len(names)} {different:>10}  {template.stem}{told}{lost}\n")
        yield singly == 0 and not missing


def main(folder: str = "", soffice: str = "") -> None:
    """Print the table."""
    program = LibreOffice(Path(soffice), 120, 2, 0) if soffice else office()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        sys.stdout.write("together     pixels  template\n")
        if not folder:
            awkward = [build(one, work / f"{one.name.replace('/', '-')}.docx") for one in AWKWARD]
            _sum_up(_compare(program, awkward, letters(), work))
            return
        files = sorted(Path(folder).glob("*.docx"))
        for title, place in _PLACES.items():
            sys.stdout.write(f"\n{title}\n")
            here = work / title
            here.mkdir()
            templates = [make_static(one, here / one.name, place) for one in files]
            _sum_up(_compare(program, templates, static_names(), here))


def _sum_up(ways: Iterator[bool]) -> None:
    found = list(ways)
    sys.stdout.write(f"{sum(found)} of {len(found)} together, all their letters\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
