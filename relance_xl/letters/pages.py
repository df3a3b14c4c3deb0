"""Which pages of a combined document belong to which letter, as the layout engine itself marked them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pikepdf

from relance_xl.letters.combined import MARK


class PagesDoNotAddUpError(Exception):
    """A combined document in which the letters' pages cannot be told apart."""


def split_letters(combined: Path, marks: Sequence[str], folder: Path) -> Mapping[str, Path]:
    """Write each letter's pages as a PDF of its own, named by its mark; return them.

    Raises PagesDoNotAddUpError unless every letter, and nothing else, is found to start on a page of its own, in order.
    """
    letters: dict[str, Path] = {}
    try:
        with pikepdf.open(combined) as whole:
            starts = _starts(whole, marks)
            for mark, start, end in zip(marks, starts, [*starts[1:], len(whole.pages)], strict=True):
                letters[mark] = folder / f"{mark}.pdf"
                with pikepdf.new() as letter:
                    letter.pages.extend(whole.pages[start:end])
                    letter.save(letters[mark])
    except pikepdf.PdfError as error:
        raise PagesDoNotAddUpError(str(error)) from error
    return letters


def _starts(whole: pikepdf.Pdf, marks: Sequence[str]) -> list[int]:
    numbers = {page.obj.objgen: number for number, page in enumerate(whole.pages)}
    found: dict[str, int] = {}
    for name, destination in whole.Root.get("/Dests", pikepdf.Dictionary()).items():
        if name.startswith(f"/{MARK}"):
            found[name.removeprefix(f"/{MARK}")] = numbers[destination[0].objgen]
    starts = [found.get(mark, -1) for mark in marks]
    if len(found) != len(marks) or starts[0] != 0 or any(one >= two for one, two in pairwise(starts)):
        raise PagesDoNotAddUpError(f"{len(found)} of {len(marks)} letters on {len(whole.pages)} pages")
    return starts
