"""`python -m tests.support.layout_table [folder] [soffice]`: each template, the way its letters take, the pixels that differ.

Without a folder: our own awkward templates. With one: the Word files in it as static letters, three times: as they are, with
lines before their last block, with lines behind their first one.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from relance_xl.letters.libreoffice import LibreOffice
from relance_xl.letters.together.combinable import combinability
from tests.letters.test_layout import differing_pixels
from tests.support.laying_out import each_alone, lay_out, office, orders_of
from tests.support.letter_templates import AWKWARD, Names, build, letters
from tests.support.static_letters import make_static, static_names

#: How the files of a folder are tried: where lines go.
_PLACES = {"as they are": None, "lines before the end": -1, "lines after the start": 1}


def _compare(program: LibreOffice, templates: Sequence[Path], names: Sequence[Names], folder: Path) -> Iterator[bool]:
    """Print a line for each template; yield whether all of its letters were laid out together."""
    orders = [order for index, template in enumerate(templates) for order in orders_of(template, names, f"{index:03}")]
    together = lay_out(program, orders, folder / "together")
    with each_alone():
        alone = lay_out(program, orders, folder / "alone")
    for index, template in enumerate(templates):
        marks = [order.mark for order in orders if order.template == template]
        start = f"{index:03}"
        singly = len(names) if together.documents("a", start) >= len(names) else together.documents("b", start)
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
