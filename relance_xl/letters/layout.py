"""Letters laid out: many in one document where that gives the same pages, one document a letter where it does not."""

import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from lxml import etree

from relance_xl.letters.converting import convert_documents, dealt
from relance_xl.letters.libreoffice import LibreOffice
from relance_xl.letters.pages.ranges import LetterPages, PagesDoNotAddUpError, open_letters
from relance_xl.letters.templates.keeping import Chain, chains_of
from relance_xl.letters.templates.seals import new_seal
from relance_xl.letters.templates.template import CompiledTemplate, LetterFailedError, render_letter
from relance_xl.letters.together.blocks import first_block, is_table
from relance_xl.letters.together.combinable import Combinability, combinability
from relance_xl.letters.together.combined import RenderedLetter, combined_document
from relance_xl.letters.together.hindrances import Hindrance, Kind
from relance_xl.runtime.language import _

#: Letters a combined document: from a hundred on a letter costs the same; more of them would come out later, in a lump.
LETTERS_A_DOCUMENT = 170
#: How many pages a letter is foretold to have.
_USUAL_COUNT = 1
# Fewer than these are not worth a document of their own.
_FEWEST = 25


@dataclass(frozen=True, slots=True)
class LetterOrder:
    """A letter to make: a mark of letters and digits, unlike any other's; its template; what its tags stand for.

    `names` is asked when the letter is written: the words of all of them at once would take more memory than all else.
    """

    mark: str
    template: Path
    names: Callable[[], Mapping[str, object]]


Done = Callable[[LetterOrder, LetterPages], None]


_NOTHING_FOUND = Combinability(())


@dataclass(frozen=True, slots=True)
class _Draft:
    """A document to write, and the letters in it; `template`: what they are combined by, None for a letter alone.

    `seals`: once it is written, those that its letters bear; `chains`: how many chains of paragraphs that stay together
    each of them has, None where they are not known.
    """

    orders: tuple[LetterOrder, ...]
    template: CompiledTemplate | None = None
    found: Combinability = _NOTHING_FOUND
    seals: tuple[str, ...] = ()
    chains: Mapping[str, int | None] = field(default_factory=dict)

    def is_as_alone(self, order: LetterOrder, letter: LetterPages) -> bool:
        """Return whether a letter's pages end where they would alone, as far as that goes by what stays together."""
        chains = self.chains.get(order.mark, 0)
        return letter.count == 1 or (chains is not None and letter.whole_chains == chains)

    def says_another_count(self, order: LetterOrder, told: Mapping[str, int], count: int) -> bool:
        """Return whether a letter says another number of pages than came out; `told`: what letters say, by their marks."""
        return self.template is not None and self.found.counts_pages and told.get(order.mark, _USUAL_COUNT) != count


@dataclass(slots=True)
class _Layout:
    """Letters on their way: those written, by their document; those done; those that cannot be made.

    `doubted`: those of which a PDF came out that did not prove to be theirs; `endless`: templates not to be tried again,
    and why.
    """

    office: LibreOffice
    work: Path
    done: Done
    written: dict[Path, _Draft] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    doubted: set[str] = field(default_factory=set)
    endless: dict[Path, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    #: How many pages letters say that they have, by their marks, where another number came out than was foretold.
    counts: dict[str, int] = field(default_factory=dict)
    compiled_templates: dict[Path, CompiledTemplate | None] = field(default_factory=dict)

    def compiled(self, template: Path) -> CompiledTemplate | None:
        """Return a template compiled, once for all letters; None for what is none: rendering it says what is wrong."""
        if template not in self.compiled_templates:
            try:
                self.compiled_templates[template] = CompiledTemplate(template)
            except Exception:  # a template may be broken in any way
                self.compiled_templates[template] = None
        return self.compiled_templates[template]

    def missing(self, orders: Sequence[LetterOrder]) -> list[LetterOrder]:
        """Return the letters that are neither made nor given up."""
        return [one for one in orders if one.mark not in self.made and one.mark not in self.failures]

    def is_given_up(self, order: LetterOrder) -> bool:
        """Whether a letter's template did not come to an end before; it is noted that the letter cannot be made."""
        if order.template in self.endless:
            self.failures[order.mark] = self.endless[order.template]
        return order.template in self.endless

    def give_up(self, order: LetterOrder, error: LetterFailedError) -> None:
        """Note that a letter cannot be made."""
        self.failures[order.mark] = str(error)
        if error.endless:
            self.endless[order.template] = str(error)


def lay_out_letters(office: LibreOffice, orders: Sequence[LetterOrder], work: Path, done: Done) -> Mapping[str, str]:
    """Lay letters out, in an empty folder; return by mark why those that are missing could not be made.

    `done` is given each letter's pages as soon as they are there, by one thread at a time, while others are still being
    made; they are gone once it returns. What cannot be made fails alone: a document that failed, or whose pages do not
    add up, is done letter by letter, twice at most.
    """
    layout = _Layout(office, work, done)
    _convert(layout, list(_drafts(layout, orders)), "a")
    for name in ("d", "e"):
        # Those whose number of pages was foretold wrongly; with another number on it a letter may have one more.
        recounted = [order for order in layout.missing(orders) if order.mark in layout.counts]
        _convert(layout, list(_drafts(layout, recounted)), name)
    for name in ("b", "c"):
        _convert(layout, [_Draft((order,)) for order in layout.missing(orders)], name)
    for order in layout.missing(orders):
        layout.failures[order.mark] = _why_missing(layout, order)
    return layout.failures


def _why_missing(layout: _Layout, order: LetterOrder) -> str:
    if order.mark in layout.doubted:
        return _("LibreOffice gave a PDF that does not prove to be this letter, whole and nothing else, in two tries")
    return _("LibreOffice made no PDF of it, in two tries of {seconds} s at most").format(
        seconds=layout.office.timeout_s
    )


def _drafts(layout: _Layout, orders: Sequence[LetterOrder]) -> Iterator[_Draft]:
    """Say which letters go into one document."""
    by_template = sorted(orders, key=lambda order: str(order.template))
    for template, group in groupby(by_template, key=lambda order: order.template):
        letters = list(group)
        found = _combinability(template)
        compiled = layout.compiled(template)
        if compiled and len(letters) > 1 and not found.hindrances:
            yield from (_Draft(tuple(chunk), compiled, found) for chunk in _chunks(letters, layout.office.workers))
        else:
            yield from (_Draft((letter,)) for letter in letters)


def _combinability(template: Path) -> Combinability:
    try:
        return combinability(template)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, etree.XMLSyntaxError) as error:
        # Rendering it will say what is wrong.
        return Combinability((Hindrance(Kind.ODD_FILE, str(error)),))


def _chunks(orders: list[LetterOrder], workers: int) -> Iterator[list[LetterOrder]]:
    """Cut letters into documents of like size, as many for each worker."""
    most = -(-len(orders) // (workers * LETTERS_A_DOCUMENT)) * workers
    count = max(min(most, len(orders) // _FEWEST), 1)
    size = -(-len(orders) // count)
    for start in range(0, len(orders), size):
        yield orders[start : start + size]


def _convert(layout: _Layout, drafts: Sequence[_Draft], name: str) -> None:
    """Write documents, and convert some while others are still being written."""

    def finished(document: Path, pdf: Path) -> None:
        draft = layout.written[document]
        try:
            with open_letters(pdf, draft.seals) as letters:
                for order, seal in zip(draft.orders, draft.seals, strict=True):
                    letter = letters.get(seal)
                    if letter is None:
                        layout.doubted.add(order.mark)
                    elif draft.says_another_count(order, layout.counts, letter.count):
                        # It is laid out anew, and says so many.
                        layout.counts[order.mark] = letter.count
                    elif draft.is_as_alone(order, letter):
                        layout.made.add(order.mark)
                        layout.done(order, letter)
        except PagesDoNotAddUpError:
            # The letters stay missing.
            layout.doubted.update(order.mark for order in draft.orders)
        pdf.unlink()

    if drafts:
        calls = (list(_write(layout, some, name)) for some in _calls(drafts, layout.office.workers))
        convert_documents(layout.office, calls, layout.work / name, finished)


def _calls(drafts: Sequence[_Draft], workers: int) -> Iterator[Sequence[_Draft]]:
    """Say which documents go into one call of LibreOffice.

    Of many documents with many letters each worker begins with one: the others are written meanwhile.
    """
    first = workers if len(drafts) > 2 * workers and drafts[0].template else 0
    yield from ((draft,) for draft in drafts[:first])
    yield from dealt(drafts[first:], workers)


def _write(layout: _Layout, drafts: Iterable[_Draft], name: str) -> Iterator[Path]:
    """Write documents; letters that cannot be rendered, or stand among others, are left out of them."""
    for draft in drafts:
        path = layout.work / f"{name}{draft.orders[0].mark}.docx"
        written = _write_combined(layout, draft, path) if draft.template else _write_alone(layout, draft, path)
        if written.orders:
            layout.written[path] = written
            yield path


def _write_combined(layout: _Layout, draft: _Draft, path: Path) -> _Draft:
    """Write a document of many letters; return what went into it."""
    rendered = {order.mark: letter for order in draft.orders if (letter := _rendered(layout, draft, order))}
    if rendered:
        path.write_bytes(combined_document(draft.orders[0].template, list(rendered.values()), draft.found))
    orders = tuple(order for order in draft.orders if order.mark in rendered)
    chains = {mark: None if one.chains is None else len(one.chains) for mark, one in rendered.items()}
    return replace(draft, orders=orders, seals=tuple(one.seal for one in rendered.values()), chains=chains)


def _rendered(layout: _Layout, draft: _Draft, order: LetterOrder) -> RenderedLetter | None:
    """Return a letter that can stand among others; None for any other."""
    if draft.template is None or layout.is_given_up(order):
        return None
    try:
        names = order.names()
        body, margins = draft.template.render(names), draft.template.render_margins(names)
    except LetterFailedError as error:
        layout.give_up(order, error)
        return None
    if margins is None:
        return None
    letter = RenderedLetter(
        new_seal(),
        body,
        draft.template.media(body),
        margins,
        layout.counts.get(order.mark, _USUAL_COUNT),
        _chains(body, draft.found),
    )
    return letter if letter.can_stand_among_others(draft.template.sections, draft.found) else None


def _chains(body: etree._Element, found: Combinability) -> tuple[Chain, ...] | None:
    """Return what stays together in a letter; None where its pages but the first may end elsewhere in company."""
    if found.numbers_pages and is_table(first_block(body)):
        return None
    return chains_of(body, found.styles) if found.keeps else ()


def _write_alone(layout: _Layout, draft: _Draft, path: Path) -> _Draft:
    """Write the document of one letter; return what went into it."""
    (order,) = draft.orders
    if layout.is_given_up(order):
        return replace(draft, orders=())
    seal = new_seal()
    try:
        compiled = layout.compiled(order.template)
        names = order.names()
        written = compiled.letter(names, seal) if compiled else render_letter(order.template, names, seal)
        path.write_bytes(written)
    except LetterFailedError as error:
        layout.give_up(order, error)
        return replace(draft, orders=())
    return replace(draft, seals=(seal,))
