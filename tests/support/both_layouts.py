"""All awkward templates' letters laid out twice, together and alone, in two runs of LibreOffice for all tests that compare.

Started anew for each template it takes four seconds a template.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from relance_xl.letters.layout import LetterOrder
from relance_xl.letters.libreoffice import LibreOffice
from tests.support.laying_out import each_alone, lay_out, orders_of
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
            len(list((self.folder / "together").glob(f"[{rounds}]{index}??.docx"))) for rounds in ("a", "bc")
        )
        return BothLayouts(self.folder / f"{index}.docx", together, alone, documents, again)


def lay_out_both(shared: Path, office: LibreOffice, templates: Collection[Awkward] = AWKWARD) -> AllLayouts:
    """Lay out templates' letters, once for all workers of this run of the tests. `shared`: a folder that they share."""
    folder = shared / f"layouts-{office.pdf_a}"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            fresh = folder.with_suffix(".partial")
            fresh.mkdir()
            orders = [order for awkward in templates for order in _orders_of(awkward, fresh)]
            failures = dict(lay_out(office, orders, fresh / "together").failures)
            with each_alone():
                failures |= lay_out(office, orders, fresh / "alone").failures
            assert failures == {}
            fresh.rename(folder)
    return AllLayouts(folder)


def _orders_of(awkward: Awkward, folder: Path) -> list[LetterOrder]:
    index = f"{AWKWARD.index(awkward):03}"
    return orders_of(build(awkward, folder / f"{index}.docx"), letters(), index)
