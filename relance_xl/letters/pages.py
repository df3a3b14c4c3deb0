"""Which pages of a converted document belong to which letter, as the layout engine itself marked them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pikepdf import Dictionary, Pdf, PdfError

from relance_xl.letters.archival import JoinedClaim
from relance_xl.letters.combined import MARK


class PagesDoNotAddUpError(Exception):
    """A combined document in which the letters' pages cannot be told apart."""


@dataclass(frozen=True, slots=True)
class LetterPages:
    """A letter's pages in an open document: from `start` up to, but without, `end`, counted from 0."""

    document: Pdf
    start: int
    end: int

    @property
    def count(self) -> int:
        """How many pages it has."""
        return self.end - self.start

    def append_to(self, pdf: Pdf) -> None:
        """Append the letter to another PDF."""
        pdf.pages.extend(self.document.pages[self.start : self.end])

    def save(self, path: Path) -> None:
        """Write the letter as a PDF of its own."""
        with Pdf.new() as letter, path.open("wb") as file:
            self.append_to(letter)
            claim = JoinedClaim(letter)
            claim.add(self.document)
            claim.write(path.stem)
            letter.save(file)


@contextmanager
def open_letters(converted: Path, marks: Sequence[str]) -> Iterator[list[LetterPages]]:
    """Open a converted document, and give each letter's pages, in order; of a single one without looking for its mark.

    Raises PagesDoNotAddUpError unless every letter, and nothing else, is found to start on a page of its own, in order.
    """
    try:
        document = Pdf.open(converted)
    except PdfError as error:
        raise PagesDoNotAddUpError(str(error)) from error
    with document:
        starts = _checked_starts(document, marks)
        yield [LetterPages(document, start, end) for start, end in pairwise([*starts, len(document.pages)])]


def _checked_starts(document: Pdf, marks: Sequence[str]) -> list[int]:
    try:
        if not len(document.pages):
            raise PagesDoNotAddUpError("no pages")
        return _starts(document, marks) if len(marks) > 1 else [0]
    except (PdfError, KeyError, IndexError, AttributeError, TypeError, ValueError) as error:
        raise PagesDoNotAddUpError(str(error)) from error


def _starts(document: Pdf, marks: Sequence[str]) -> list[int]:
    numbers = {page.obj.objgen: number for number, page in enumerate(document.pages)}
    found: dict[str, int] = {}
    for name, destination in document.Root.get("/Dests", Dictionary()).items():
        if name.startswith(f"/{MARK}"):
            found[name.removeprefix(f"/{MARK}")] = numbers[destination[0].objgen]
    starts = [found.get(mark, -1) for mark in marks]
    if len(found) != len(marks) or starts[0] != 0 or any(one >= two for one, two in pairwise(starts)):
        raise PagesDoNotAddUpError(f"{len(found)} of {len(marks)} letters on {len(document.pages)} pages")
    return starts
