"""Letters laid out as the program does, together where it can; or each alone."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from relance_xl.letters import layout
from relance_xl.letters.layout import LetterOrder, lay_out_letters
from relance_xl.letters.libreoffice import LibreOffice, find_libreoffice
from relance_xl.letters.pages.ranges import LetterPages
from relance_xl.letters.together.combinable import Combinability
from relance_xl.letters.together.hindrances import Hindrance, Kind
from tests.support.letter_templates import Names


@dataclass(frozen=True, slots=True)
class LaidOut:
    """The letters by mark, why others were not made, and the documents that were written on the way."""

    letters: Mapping[str, Path]
    failures: Mapping[str, str]
    written: tuple[str, ...]

    def documents(self, rounds: str, start: str = "") -> int:
        """Return how many documents were written in some rounds of one template, by how its letters' marks begin."""
        return sum(name[0] in rounds and name[1:].startswith(start) for name in self.written)


def office(pdf_a: int = 0) -> LibreOffice:
    """Return LibreOffice as tests of letters run it; `pdf_a`: which part of PDF/A it writes."""
    program = find_libreoffice()
    assert program is not None
    return LibreOffice(program, 120, 2, pdf_a)


def orders_of(template: Path, names: Sequence[Names], start: str = "") -> list[LetterOrder]:
    """Return a letter to make for each of the names; `start`: how their marks begin."""
    return [
        LetterOrder(f"{start}{number:02}", template, partial(dict, one)) for number, one in enumerate(names, start=1)
    ]


def lay_out(office: LibreOffice, orders: Sequence[LetterOrder], work: Path) -> LaidOut:
    """Lay letters out in a new folder."""
    work.mkdir(parents=True)
    made: dict[str, Path] = {}

    def done(order: LetterOrder, letter: LetterPages) -> None:
        assert order.mark not in made
        made[order.mark] = work / f"{order.mark}.pdf"
        letter.save(made[order.mark])

    failures = lay_out_letters(office, orders, work, done)
    return LaidOut(made, failures, tuple(path.name for path in sorted(work.glob("*.docx"))))


@contextmanager
def each_alone() -> Iterator[None]:
    """Let each letter be laid out in a document of its own."""
    with pytest.MonkeyPatch.context() as patch:
        hindered = Combinability((Hindrance(Kind.OTHER, "not here"),))
        patch.setattr(layout, "_combinability", lambda _template: hindered)
        yield
