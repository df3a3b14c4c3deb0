"""Letters and invoices joined: one PDF a reminder, and one a batch to print, with an outline."""

import hashlib
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from pikepdf import Array, Dictionary, Name, Object, ObjectStreamMode, OutlineItem, Pdf

from relance_xl.letters.invoices.pdf import InvoicePdf
from relance_xl.letters.pages.archival import JoinedClaim
from relance_xl.letters.pages.colours import JoinedColours
from relance_xl.letters.pages.ranges import LetterPages
from relance_xl.letters.pages.shared_resources import SharedResources

# Files open at once while they are put together: systems allow a process 256 and more.
_OPEN_AT_ONCE = 100
# Pages a branch of the tree of pages: readers go through long ones from the start, and the first part of PDF/A has a limit.
_PAGES_A_BRANCH = 1000
# Sides of a page that readers take, in points (ISO 32000-1, annex C.2).
_SMALLEST, _LARGEST, _A4 = 3, 14_400, (595.28, 841.89)


class JoinFailedError(Exception):
    """A letter and its invoices that cannot be joined."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A reminder's PDF as it was written: the SHA-256 of its bytes; the part of PDF/A that it claims, 0 for none."""

    digest: str
    pdf_a: int


@dataclass(frozen=True, slots=True)
class PrintEntry:
    """One reminder's PDF in the file to print, and its line in the outline."""

    title: str
    path: Path


def join_reminder(letter: LetterPages, invoices: Sequence[InvoicePdf], target: Path, title: str) -> Joined:
    """Write a reminder's PDF: its letter, then each invoice; it claims to be PDF/A as the letter does if all allow it.

    Raises JoinFailedError.
    """
    try:
        with Pdf.new() as joined:
            letter.append_to(joined)
            claim = JoinedClaim(joined)
            claim.add(letter.document)
            colours = JoinedColours(joined)
            for invoice in invoices:
                with Pdf.open(io.BytesIO(invoice.data)) as one:
                    claim.add(one)
                    _drop_loose_ends(one)
                    first = len(joined.pages)
                    joined.pages.extend(one.pages)
                    colours.take(one, _pages_from(joined, first))
            claim.write(title)
            written = io.BytesIO()
            joined.save(written)
            target.write_bytes(written.getvalue())
            return Joined(hashlib.sha256(written.getvalue()).hexdigest(), claim.part)
    except Exception as error:  # whatever a broken PDF provokes in the library concerns this reminder alone
        raise JoinFailedError(str(error)) from error


def _pages_from(pdf: Pdf, first: int) -> list[Object]:
    return [pdf.pages[number].obj for number in range(first, len(pdf.pages))]


def _drop_loose_ends(pdf: Pdf) -> None:
    """Leave out what points at nothing, or beyond its page: dangling annotations, article threads; form fields stay."""
    for page in pdf.pages:
        if Name.B in page.obj:
            del page.obj[Name.B]
        annotations = page.obj.get(Name.Annots)
        if annotations is not None:
            entries = list(annotations) if isinstance(annotations, Array) else []
            page.obj[Name.Annots] = Array([one for one in entries if isinstance(one, Dictionary)])


def write_print_file(entries: Iterable[PrintEntry], target: Path, title: str, *, odd_pages: bool = False) -> int:
    """Write the file to print: every reminder's PDF in order, with an outline entry for each.

    `odd_pages`: each begins on a fresh sheet of paper when printed on both sides. Returns the part of PDF/A that it
    claims, as all its reminders do; 0 for none.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".print-") as folder:
        parts = list(_write_parts(entries, Path(folder), odd_pages))
        with Pdf.new() as whole:
            claim = JoinedClaim(whole)
            with whole.open_outline() as outline:
                for part, pages in zip(parts, _append_parts(whole, parts, claim), strict=True):
                    for one, first in zip(part.titles, part.first_pages, strict=True):
                        outline.root.append(OutlineItem(one, Array([pages[first], Name.Fit])))
            claim.write(title)
            # The first part of PDF/A allows nothing of PDF 1.5 (ISO 19005-1, 6.1.4).
            mode = ObjectStreamMode.disable if claim.part == 1 else ObjectStreamMode.generate
            whole.save(target, object_stream_mode=mode)
            return claim.part


@dataclass(frozen=True, slots=True)
class _Part:
    """Some reminders in a file of their own, and the page (from 0) each begins on."""

    path: Path
    titles: tuple[str, ...]
    first_pages: tuple[int, ...]


def _write_parts(entries: Iterable[PrintEntry], folder: Path, odd_pages: bool) -> Iterator[_Part]:
    entries = iter(entries)
    for number in count():
        some = tuple(islice(entries, _OPEN_AT_ONCE))
        if not some:
            return
        path = folder / f"{number}.pdf"
        with Pdf.new() as part:
            claim = JoinedClaim(part)
            starts = _append_all(part, [entry.path for entry in some], claim, odd_pages=odd_pages)
            if odd_pages and len(part.pages) % 2:
                _append_blank_page(part)
            claim.write("")
            part.save(path)
        yield _Part(path, tuple(entry.title for entry in some), tuple(starts))


def _append_all(whole: Pdf, paths: Sequence[Path], claim: JoinedClaim, *, odd_pages: bool) -> list[int]:
    """Append files, what they have in common only once; return the page each begins on."""
    starts, shared, colours = [], SharedResources(whole), JoinedColours(whole)
    for path in paths:
        if odd_pages and len(whole.pages) % 2:
            _append_blank_page(whole)
        starts.append(len(whole.pages))
        with Pdf.open(path) as one:
            claim.add(one)
            whole.pages.extend(one.pages)
            pages = _pages_from(whole, starts[-1])
            colours.take(one, pages)
        for page in pages:
            shared.share(page)
    return starts


def _append_parts(whole: Pdf, parts: Sequence[_Part], claim: JoinedClaim) -> Iterator[list[Object]]:
    """Append parts, each as branches of the tree of pages (ISO 32000-1, 7.7.3.2); yield each one's pages.

    The library's own list of pages looks through all that are there for each that is added.
    """
    shared, colours = SharedResources(whole), JoinedColours(whole)
    for part in parts:
        with Pdf.open(part.path) as one:
            claim.add(one)
            pages = [whole.copy_foreign(page.obj) for page in one.pages]
            colours.take(one, pages)
        for start in range(0, len(pages), _PAGES_A_BRANCH):
            _append_branch(whole, pages[start : start + _PAGES_A_BRANCH], shared)
        yield pages


def _append_branch(whole: Pdf, pages: list[Object], shared: SharedResources) -> None:
    root = whole.Root.Pages
    branch = whole.make_indirect(Dictionary(Type=Name.Pages, Parent=root, Kids=Array(pages), Count=len(pages)))
    for page in pages:
        page[Name.Parent] = branch
        shared.share(page)
    root[Name.Kids].append(branch)
    root[Name.Count] = int(root[Name.Count]) + len(pages)


def _append_blank_page(pdf: Pdf) -> None:
    # Corners may come in any order, and say anything (ISO 32000-1, 7.9.5).
    left, bottom, right, top = (float(side) for side in pdf.pages[-1].mediabox)
    width, height = abs(right - left), abs(top - bottom)
    is_paper = all(_SMALLEST <= side <= _LARGEST for side in (width, height))
    pdf.add_blank_page(page_size=(width, height) if is_paper else _A4)
