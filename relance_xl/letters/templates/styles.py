"""A template's styles (ECMA-376 part 1, 17.7): which are used, and whether there is space above a paragraph by them."""

from collections.abc import Collection, Iterator, Sequence

from lxml import etree

from relance_xl.letters.templates.markup import FALSE, TRUE, word

# In lines or in twentieths of a point; lines count where both are given (17.3.1.33).
_ABOVE = ("beforeLines", "before")


class Styles:
    """The styles of a template; none where it has no such part."""

    def __init__(self, root: etree._Element | None) -> None:
        self._root = etree.Element(word("styles")) if root is None else root
        self._by_id = {str(node.get(word("styleId"))): node for node in self._root.iterchildren(word("style"))}
        self._defaults = [name for name, node in self._by_id.items() if node.get(word("default")) in TRUE]

    def used_in(self, roots: Sequence[etree._Element]) -> Iterator[etree._Element]:
        """Yield the document's defaults, the paragraph styles that are used, those they are based on, and the usual ones."""
        yield from self._root.iterchildren(word("docDefaults"))
        names = [str(node.get(word("val"))) for root in roots for node in root.iter(word("pStyle"))]
        used = {style: None for name in (*names, *self._defaults) for style in self._line_of(name)}
        yield from used

    def space_above(self, paragraph: etree._Element) -> int | None:
        """Return the space above a paragraph (twentieths of a point), by itself or its style; None: in lines, or odd."""
        in_lines, amount = (self._amount(paragraph, name) or "0" for name in _ABOVE)
        return int(amount) if in_lines == "0" and amount.isdecimal() else None

    def breaks_before(self, paragraph: etree._Element) -> bool:
        """Return whether a paragraph begins a page, by itself or its style."""
        return self._says(paragraph, "pageBreakBefore")

    def keeps_next(self, paragraph: etree._Element) -> bool:
        """Return whether a paragraph stays with the next one, by itself or its style."""
        return self._says(paragraph, "keepNext")

    def _says(self, paragraph: etree._Element, name: str) -> bool:
        for place in self._places(paragraph):
            node = place.find(f"{word('pPr')}/{word(name)}")
            if node is not None:
                return node.get(word("val"), "true") not in FALSE
        return False

    def hides(self, paragraph: etree._Element) -> bool:
        """Return whether a paragraph's style hides its text."""
        for place in self._places(paragraph)[1:]:
            node = place.find(f"{word('rPr')}/{word('vanish')}")
            if node is not None:
                return node.get(word("val"), "true") not in FALSE
        return False

    def usual_has(self, name: str) -> bool:
        """Return whether paragraphs that name no style have a property."""
        places = self._places(etree.Element(word("p")))
        return any(place.find(f"{word('pPr')}/{word(name)}") is not None for place in places)

    def is_heading(self, name: str) -> bool:
        """Return whether a style is one of Word's headings, or based on one."""
        names = (one.find(word("name")) for one in self._line_of(name))
        return any(one is not None and str(one.get(word("val"))).casefold().startswith("heading ") for one in names)

    def numbering_in(self, numbers: Collection[str]) -> frozenset[str]:
        """Return the ids of the styles that number by one of some lists, themselves or by what they are based on."""
        return frozenset(name for name in self._by_id if any(_numbers_by(one, numbers) for one in self._line_of(name)))

    def _amount(self, paragraph: etree._Element, name: str) -> str | None:
        """Return what the nearest says that says anything: the paragraph, its style and its line, the document."""
        for place in self._places(paragraph):
            spacing = place.find(f"{word('pPr')}/{word('spacing')}")
            amount = None if spacing is None else spacing.get(word(name))
            if amount is not None:
                return amount
        return None

    def _places(self, paragraph: etree._Element) -> list[etree._Element]:
        """Return where something may be said of a paragraph: itself, its style and what that is based on, the document."""
        named = paragraph.find(f"{word('pPr')}/{word('pStyle')}")
        style = self._usual() if named is None else str(named.get(word("val")))
        return [
            paragraph,
            *self._line_of(style),
            *self._root.iterfind(f"{word('docDefaults')}/{word('pPrDefault')}"),
        ]

    def _usual(self) -> str:
        """Return the style of paragraphs that name none."""
        paragraphs = (name for name in self._defaults if self._by_id[name].get(word("type")) == "paragraph")
        return next(paragraphs, "")

    def _line_of(self, name: str) -> Iterator[etree._Element]:
        """Yield a style, the one it is based on, and so on."""
        seen = set[str]()
        while name in self._by_id and name not in seen:
            seen.add(name)
            style = self._by_id[name]
            yield style
            based_on = style.find(word("basedOn"))
            name = "" if based_on is None else str(based_on.get(word("val")))


def _numbers_by(style: etree._Element, numbers: Collection[str]) -> bool:
    return any(node.get(word("val")) in numbers for node in style.iter(word("numId")))
