"""Which pages of a converted document belong to which letter, as the layout engine itself found their seals."""

import hashlib
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from pikepdf import Dictionary, Name, Object, Page, Pdf, PdfError

from relance_xl.letters.pages.archival import JoinedClaim
from relance_xl.letters.templates.seals import read_mark

# How deep forms are looked into that stand on forms.
_DEEPEST = 12
# A picture's name before the operator that shows it (ISO 32000-1, 8.8).
_SHOWN = re.compile(rb"(/[^\s/<>\[\](){}%]+)\s+Do\b")


class PagesDoNotAddUpError(Exception):
    """A document whose pages do not prove to be the letters', all of them and nothing else."""


@dataclass(frozen=True, slots=True)
class LetterPages:
    """A letter's pages in an open document: from `start` up to, but without, `end`, counted from 0."""

    document: Pdf
    start: int
    end: int
    #: How many of its chains of paragraphs that stay together lie on one page, away from where it begins and ends.
    whole_chains: int = 0

    @property
    def count(self) -> int:
        """How many pages it has."""
        return self.end - self.start

    def append_to(self, pdf: Pdf) -> None:
        """Append the letter to another PDF, without the pictures of the letters that it was laid out with."""
        first = len(pdf.pages)
        pdf.pages.extend(self.document.pages[self.start : self.end])
        for number in range(first, len(pdf.pages)):
            _drop_unused_pictures(pdf.pages[number])

    def save(self, path: Path) -> str:
        """Write the letter as a PDF of its own; return the SHA-256 of its bytes."""
        written = io.BytesIO()
        with Pdf.new() as letter:
            self.append_to(letter)
            claim = JoinedClaim(letter)
            claim.add(self.document)
            claim.write(path.stem)
            letter.save(written)
        path.write_bytes(written.getvalue())
        return hashlib.sha256(written.getvalue()).hexdigest()


def _drop_unused_pictures(page: Page) -> None:
    """Leave a page only the pictures that it shows: LibreOffice lists those of the whole document on each."""
    if isinstance(page.obj.get(Name.Resources), Dictionary) and Name.XObject in page.obj.Resources:
        page.contents_coalesce()
        _keep_shown(page.obj, page.Contents, _DEEPEST)


def _keep_shown(holder: Object, content: Object, depth: int) -> None:
    """Leave a page, or a form on it, only the pictures and forms that its content shows (ISO 32000-1, 7.8.3 and 8.10)."""
    resources = holder.get(Name.Resources)
    listed = resources.get(Name.XObject) if isinstance(resources, Dictionary) else None
    if resources is None or not isinstance(listed, Dictionary) or not depth:
        return
    shown = {name.decode("latin-1") for name in _SHOWN.findall(content.read_bytes())}
    kept = {name: picture for name, picture in listed.items() if name in shown}
    if len(kept) < len(listed):
        others = {name: value for name, value in resources.items() if name != Name.XObject}
        holder[Name.Resources] = Dictionary({**others, "/XObject": Dictionary(kept)})
    for one in kept.values():
        if one.get(Name.Subtype) == Name.Form:
            _keep_shown(one, one, depth - 1)


@contextmanager
def open_letters(converted: Path, seals: Sequence[str]) -> Iterator[dict[str, LetterPages]]:
    """Open a converted document, and give the pages of its letters by their seals, in order.

    A letter is left out unless its first and its last page bear its seal. Raises PagesDoNotAddUpError unless every letter,
    and no other, is found to start on a page of its own, in order, the first one on the first page.
    """
    try:
        document = Pdf.open(converted)
    except PdfError as error:
        raise PagesDoNotAddUpError(str(error)) from error
    with document:
        yield _proved_letters(document, seals)


def _proved_letters(document: Pdf, seals: Sequence[str]) -> dict[str, LetterPages]:
    try:
        sealed = _sealed_pages(document)
        count = len(document.pages)
    except (PdfError, KeyError, IndexError, AttributeError, TypeError, ValueError) as error:
        raise PagesDoNotAddUpError(str(error)) from error
    first_pages = [min(sealed[seal].pages, default=-1) if seal in sealed else -1 for seal in seals]
    is_in_order = all(one < two for one, two in pairwise(first_pages))
    if sealed.keys() != set(seals) or first_pages[0] != 0 or not is_in_order:
        raise PagesDoNotAddUpError(f"{len(sealed)} of {len(seals)} letters on {count} pages")
    # The first letter begins the document; where another one begins, the mark at its beginning says.
    starts = [0, *(sealed[seal].start for seal in seals[1:])]
    # Where the page break between two letters was lost, the later one would begin with the earlier one's end: it is only
    # believed where that is proved to be on the page before.
    is_apart = [True, *(max(sealed[seal].pages) + 1 == start for seal, start in zip(seals, starts[1:], strict=False))]
    ends = [*starts[1:], count]
    return {
        seal: LetterPages(document, start, end, sealed[seal].whole_chains(end))
        for seal, start, end, apart in zip(seals, starts, ends, is_apart, strict=True)
        # Pages behind it that are not its own would be taken for its end.
        if apart
        and start is not None
        and end is not None
        and {start, end - 1} == {min(sealed[seal].pages), max(sealed[seal].pages)}
    }


@dataclass(slots=True)
class _Sealed:
    """The pages that bear a letter's marks: any of them, the one at its beginning, the ends of its chains."""

    pages: list[int] = field(default_factory=list)
    start: int | None = None
    chains: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def whole_chains(self, end: int | None) -> int:
        """Return how many chains lie on one page; `end`: the page behind the letter, on whose last one some chains end."""
        last = -1 if end is None else end - 1
        return sum(len({*pages, *([last] if len(pages) == 1 else [])}) == 1 for pages in self.chains.values())


def _sealed_pages(document: Pdf) -> dict[str, _Sealed]:
    """Return which pages bear which marks, by seal: any of a letter's, whoever made it."""
    numbers = {page.obj.objgen: number for number, page in enumerate(document.pages)}
    sealed: dict[str, _Sealed] = defaultdict(_Sealed)
    for name, destination in document.Root.get("/Dests", Dictionary()).items():
        mark = read_mark(name.removeprefix("/"))
        if mark is None:
            continue
        one, page = sealed[mark.seal], numbers[destination[0].objgen]
        if mark.chain is None:
            one.pages.append(page)
        else:
            one.chains[mark.chain].append(page)
        if mark.is_start:
            one.start = page
    return dict(sealed)
