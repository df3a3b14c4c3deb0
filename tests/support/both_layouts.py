"""All awkward templates' letters laid out twice, together and alone, in two runs of LibreOffice for all tests that compare.

Started anew for each template it takes four seconds a template.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from filelock import FileLock

from relance_xl.letters import layout
from relance_xl.letters.layout import LetterOrder, lay_out_letters
from relance_xl.letters.libreoffice import LibreOffice, find_libreoffice
from relance_xl.letters.pages.ranges import LetterPages
from relance_xl.letters.templates.combinable import Combinability
from relance_xl.letters.templates.hindrances import Hindrance, Kind
from tests.support.letter_templates import AWKWARD, Awkward, build, letters


@dataclass(frozen=True, slots=True)
class BothLayouts:
    """A template's letters by mark, together and alone; in how many documents the former were at first, and tried again."""

    template: Path
    together: Mapping[str, Path]
    alone: Mapping[str, Path]
    documents: int
    again: int


@dataclass(frozen=True, slots=True)
class AllLayouts:
    """Where all of them are."""

    folder: Path

    def of(self, awkward: Awkward) -> BothLayouts:
        """Return those of one template."""
        index = f"{AWKWARD.index(awkward):03}"
        together, alone = (
            {path.stem: path for path in sorted((self.folder / how).glob(f"{index}??.pdf"))}
            for how in ("together", "alone")
        )
        documents, again = (
            len(list((self.folder / "together" / "work").glob(f"[{rounds}]{index}??.docx"))) for rounds in ("a", "bc")
        )
        return BothLayouts(self.folder / f"{index}.docx", together, alone, documents, again)


def office(pdf_a: int = 0) -> LibreOffice:
    """Return LibreOffice as tests of letters run it; `pdf_a`: which part of PDF/A it writes."""
    program = find_libreoffice()
    assert program is not None
    return LibreOffice(program, 120, 2, pdf_a)


def lay_out_both(shared: Path, office: LibreOffice, templates: Collection[Awkward] = AWKWARD) -> AllLayouts:
    """Lay out templates' letters, once for all workers of this run of the tests. `shared`: a folder that they share."""
    folder = shared / f"layouts-{office.pdf_a}"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            fresh = folder.with_suffix(".partial")
            fresh.mkdir()
            _lay_out(fresh, "together", office, templates)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(
                    layout, "_combinability", lambda _template: Combinability((Hindrance(Kind.OTHER, "not here"),))
                )
                _lay_out(fresh, "alone", office, templates)
            fresh.rename(folder)
    return AllLayouts(folder)


def _lay_out(folder: Path, how: str, office: LibreOffice, templates: Collection[Awkward]) -> None:
    target = folder / how
    (target / "work").mkdir(parents=True)
    orders = []
    for awkward in templates:
        index = AWKWARD.index(awkward)
        template = folder / f"{index:03}.docx"
        if not template.exists():
            build(awkward, template)
        orders += [
            LetterOrder(f"{index:03}{number:02}", template, partial(dict, one)) for number, one in enumerate(letters())
        ]

    def done(order: LetterOrder, letter: LetterPages) -> None:
        letter.save(target / f"{order.mark}.pdf")

    assert not lay_out_letters(office, orders, target / "work", done)
