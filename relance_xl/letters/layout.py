"""Letters laid out: many in one document where that gives the same pages, one document a letter where it does not."""

import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from lxml import etree

from relance_xl.letters.combinable import hindrances
from relance_xl.letters.combined import RenderedLetter, combined_document
from relance_xl.letters.converting import convert_documents
from relance_xl.letters.libreoffice import LibreOffice
from relance_xl.letters.pages import PagesDoNotAddUpError, split_letters
from relance_xl.letters.template import CompiledTemplate, LetterFailedError, render_letter

#: Letters a combined document: the cost of a letter is the same up to twice as many, and then grows.
LETTERS_A_DOCUMENT = 200
# Fewer than these are not worth a document of their own.
_FEWEST = 25

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class LetterOrder:
    """A letter to make: a mark of letters and digits, unlike any other's; its template; what its tags stand for."""

    mark: str
    template: Path
    names: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class LaidOut:
    """The letters' PDFs by mark, and why the others could not be made."""

    letters: Mapping[str, Path]
    failures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Document:
    """A document to convert, and the letters in it."""

    path: Path
    orders: tuple[LetterOrder, ...]
    is_combined: bool


@dataclass(slots=True)
class Layout:
    """Letters on their way: first written, then converted."""

    office: LibreOffice
    orders: Sequence[LetterOrder]
    work: Path
    documents: list[_Document] = field(default_factory=list)
    letters: dict[str, Path] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    rounds: int = 0

    def missing(self) -> list[LetterOrder]:
        """Return the letters that are neither made nor given up."""
        return [one for one in self.orders if one.mark not in self.letters and one.mark not in self.failures]


def write_letters(office: LibreOffice, orders: Sequence[LetterOrder], work: Path, advance: Advance) -> Layout:
    """Write letters as documents into an empty folder; `advance` is told how many letters more are written."""
    layout = Layout(office, orders, work)
    layout.documents += _documents(layout, advance)
    return layout


def convert_letters(layout: Layout, advance: Advance) -> LaidOut:
    """Turn what was written into a PDF a letter; `advance` is told how many letters more are done.

    What cannot be made fails alone: a document that failed, or whose pages do not add up, is done letter by letter,
    twice at most.
    """
    _convert(layout, layout.documents, advance)
    for _try in range(2):
        _convert(layout, list(_alone(layout, layout.missing(), lambda _count: None)), advance)
    for order in layout.missing():
        layout.failures[order.mark] = "LibreOffice"
    return LaidOut(layout.letters, layout.failures)


def _documents(layout: Layout, advance: Advance) -> Iterator[_Document]:
    """Write the documents, those with the most letters first."""
    alone: list[LetterOrder] = []
    by_template = sorted(layout.orders, key=lambda order: str(order.template))
    for template, group in groupby(by_template, key=lambda order: order.template):
        letters = list(group)
        if len(letters) > 1 and _is_combinable(template):
            yield from _combined(layout, template, letters, alone, advance)
        else:
            alone += letters
    yield from _alone(layout, alone, advance)


def _is_combinable(template: Path) -> bool:
    try:
        return not hindrances(template)
    except (OSError, zipfile.BadZipFile, KeyError, etree.XMLSyntaxError):
        # Rendering it will say what is wrong.
        return False


def _combined(
    layout: Layout, template: Path, orders: list[LetterOrder], alone: list[LetterOrder], advance: Advance
) -> Iterator[_Document]:
    """Write combined documents; letters that none can follow are added to those to write alone."""
    compiled = CompiledTemplate(template)
    for chunk in _chunks(orders, layout.office.workers):
        rendered: list[RenderedLetter] = []
        fitting: list[LetterOrder] = []
        for order in chunk:
            try:
                letter = RenderedLetter(order.mark, compiled.render(order.names))
            except LetterFailedError as error:
                layout.failures[order.mark] = str(error)
                advance(1)
                continue
            if letter.can_be_followed():
                rendered.append(letter)
                fitting.append(order)
                advance(1)
            else:
                alone.append(order)
        if rendered:
            path = layout.work / f"c{rendered[0].mark}.docx"
            path.write_bytes(combined_document(template, rendered))
            yield _Document(path, tuple(fitting), is_combined=True)


def _chunks(orders: list[LetterOrder], workers: int) -> Iterator[list[LetterOrder]]:
    """Cut letters into documents of like size, as many for each worker."""
    most = -(-len(orders) // (workers * LETTERS_A_DOCUMENT)) * workers
    count = max(min(most, len(orders) // _FEWEST), 1)
    size = -(-len(orders) // count)
    for start in range(0, len(orders), size):
        yield orders[start : start + size]


def _alone(layout: Layout, orders: Sequence[LetterOrder], advance: Advance) -> Iterator[_Document]:
    """Write one document a letter."""
    layout.rounds += 1
    for order in orders:
        path = layout.work / f"s{layout.rounds}{order.mark}.docx"
        try:
            path.write_bytes(render_letter(order.template, order.names))
            yield _Document(path, (order,), is_combined=False)
        except LetterFailedError as error:
            layout.failures[order.mark] = str(error)
        advance(1)


def _convert(layout: Layout, documents: Sequence[_Document], advance: Advance) -> None:
    by_path = {document.path: document for document in documents}
    folder = layout.work / "letters"
    folder.mkdir(exist_ok=True)

    def finished(path: Path, pdf: Path) -> None:
        document = by_path[path]
        if document.is_combined:
            try:
                layout.letters |= split_letters(pdf, [order.mark for order in document.orders], folder)
            except PagesDoNotAddUpError:
                return
            pdf.unlink()
        else:
            layout.letters[document.orders[0].mark] = pdf
        advance(len(document.orders))

    if documents:
        convert_documents(layout.office, list(by_path), layout.work / f"pdf{layout.rounds}", finished)
    for path in by_path:
        path.unlink()
