"""Which templates can have their letters laid out together, many in one document, and come out the same as alone.

What is known to stay the same is listed; anything else takes the slower way, one document a letter. See
docs/letters.md and tests/letters/test_layout.py, which compares the pixels.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from relance_xl.letters.templates.fields import Field, fields_of
from relance_xl.letters.templates.markup import FALSE, TRUE, WORD, word
from relance_xl.letters.templates.package import PROPERTIES
from relance_xl.letters.templates.page_counts import has_count, is_count
from relance_xl.letters.templates.styles import Styles
from relance_xl.letters.together.blocks import ends_in_nested_table, first_block, is_table, is_table_alone
from relance_xl.letters.together.hindrances import Hindrance, Kind
from relance_xl.letters.together.numbered_lists import NumberedLists

# Elements of WordprocessingML (ECMA-376 part 1, 17) whose look depends on nothing outside their letter.
_KNOWN = frozenset((
    "body", "document", "p", "pPr", "pStyle", "keepNext", "keepLines", "pageBreakBefore", "widowControl",
    "pBdr", "top", "left", "bottom", "right", "start", "end", "between", "bar", "shd", "tabs", "tab",
    "suppressAutoHyphens", "spacing", "ind", "jc", "textAlignment", "contextualSpacing", "mirrorIndents",
    "bidi", "outlineLvl", "rPr", "r", "rStyle", "rFonts", "b", "bCs", "i", "iCs", "caps", "smallCaps",
    "strike", "dstrike", "color", "sz", "szCs", "u", "lang", "rtl", "cs", "vertAlign", "highlight", "kern",
    "position", "noProof", "webHidden", "w", "t", "br", "cr", "noBreakHyphen", "softHyphen", "sym", "tbl",
    "tblPr", "tblStyle", "tblW", "tblBorders", "insideH", "insideV", "tblLayout", "tblCellMar", "tblLook",
    "tblInd", "tblStyleRowBandSize", "tblStyleColBandSize", "tblGrid", "gridCol",
    "tr", "trPr", "tblPrEx", "cantSplit", "trHeight", "tblHeader", "gridBefore", "gridAfter", "wBefore",
    "wAfter", "tc", "tcPr", "tcW", "gridSpan", "vMerge", "vAlign", "tcBorders", "tcMar", "noWrap",
    "textDirection", "hideMark", "cnfStyle", "sectPr", "pgSz", "pgMar", "cols", "col", "docGrid", "titlePg",
    "pgNumType", "headerReference", "footerReference", "type", "numPr", "ilvl", "numId", "bookmarkStart",
    "bookmarkEnd", "proofErr", "lastRenderedPageBreak", "fldSimple", "fldChar", "instrText", "hyperlink",
    "drawing", "pict", "snapToGrid", "adjustRightInd", "autoSpaceDE", "autoSpaceDN", "overflowPunct",
    "kinsoku", "wordWrap", "topLinePunct", "txbxContent", "bookFoldPrinting", "formProt", "sdt", "sdtPr", "sdtEndPr",
    "sdtContent", "commentRangeStart", "commentRangeEnd", "commentReference", "annotationRef",
))  # fmt: skip
# Fields that say the same in any letter, or start anew with each section; those that count or refer (17.16.5).
_KNOWN_FIELDS = {"PAGE", "DATE", "TIME", "HYPERLINK", "MERGEFIELD"}
_COUNTING_FIELDS = frozenset((
    "NUMPAGES", "SECTIONPAGES", "SECTION", "NUMWORDS", "NUMCHARS", "SEQ", "LISTNUM", "AUTONUM", "AUTONUMLGL",
    "AUTONUMOUT", "REF", "PAGEREF", "NOTEREF", "STYLEREF", "TOC", "TOA", "TC", "INDEX", "XE", "BIBLIOGRAPHY",
    "CITATION", "REVNUM", "NEXT", "NEXTIF", "SKIPIF", "MERGEREC", "MERGESEQ", "IF", "SET", "ASK", "FILLIN",
    "INCLUDETEXT", "INCLUDEPICTURE", "LINK", "EMBED", "DDE", "DDEAUTO", "DATABASE", "DOCPROPERTY",
    "DOCVARIABLE",
))  # fmt: skip
# Headers and footers, whatever their parts are called.
_MARGIN_PARTS = re.compile(
    r'PartName="/([^"]+)"[^>]*\.(?:header|footer)\+xml"|\.(?:header|footer)\+xml"[^>]*PartName="/([^"]+)"'
)
_OTHER_PARTS = ("styles", "numbering", "settings")
# What text stands beside or below, rather than over or under it: floating tables, frames, pictures (20.4.2; VML).
_WRAPPED = (
    word("tblpPr"), word("framePr"), "{*}wrapSquare", "{*}wrapTight", "{*}wrapThrough", "{*}wrapTopAndBottom",
    "{urn:schemas-microsoft-com:office:word}wrap",
)  # fmt: skip
# What notes, tracked changes (17.13.5), and what floats, are made of.
_NOTES = frozenset(("footnoteReference", "endnoteReference", "footnoteRef", "endnoteRef"))
_CHANGES = frozenset(("ins", "del", "delText", "delInstrText", "moveFrom", "moveTo", "moveFromRangeStart", "moveFromRangeEnd",
                      "moveToRangeStart", "moveToRangeEnd"))  # fmt: skip
_FLOATING = frozenset(("tblpPr", "framePr", "tblOverlap"))
_TAGS = (b"{{", b"{%")
_SETTINGS = ("gutterAtTop", "bookFoldPrinting")
_STYLE_LINKS = (word("numStyleLink"), word("styleLink"))
# What paragraphs of the usual style would show though they are empty, or count.
_ADORNED = ("pBdr", "shd", "framePr", "numPr")


_NO_STYLES = Styles(None)
_NO_LISTS = NumberedLists(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Combinability:
    """What keeps a template's letters from being laid out together, if anything does; and what each must be looked at for.

    `keeps`: paragraphs stay with the next one. `numbers_pages`: they show page numbers; `counts_pages`: they say how many there are. `lists`: those that must start anew with each letter.
    """

    hindrances: tuple[Hindrance, ...]
    keeps: bool = False
    numbers_pages: bool = False
    styles: Styles = _NO_STYLES
    counts_pages: bool = False
    lists: NumberedLists = _NO_LISTS


def combinability(template: Path) -> Combinability:
    """Look at a template.

    Raises OSError, zipfile.BadZipFile, KeyError, ValueError, lxml.etree.XMLSyntaxError for what is no Word document.
    """
    with zipfile.ZipFile(template) as archive:
        names = archive.namelist()
        body = etree.fromstring(archive.read("word/document.xml"))
        kinds = archive.read("[Content_Types].xml").decode()
        margins = [etree.fromstring(archive.read(one or other)) for one, other in _MARGIN_PARTS.findall(kinds)]
        style_part, numbering, settings = (
            etree.fromstring(archive.read(f"word/{name}.xml")) if f"word/{name}.xml" in names else None
            for name in _OTHER_PARTS
        )
        is_tagged = any(mark in archive.read(name) for name in names if PROPERTIES.fullmatch(name) for mark in _TAGS)
    styles = Styles(style_part)
    lists = _numbered_lists(body, styles, numbering)
    counts_pages = any(map(has_count, (body, *margins)))
    found = [
        *_unusual_parts(body, kinds),
        *_unknown_elements(body),
        *_unknown_fields([body, *margins], sum(1 for _section in body.iter(word("sectPr")))),
        *([Hindrance(Kind.PUSHING_HEADER)] if any(_takes_room(root) for root in margins) else []),
        # LibreOffice 7.4 draws their text on some pages only, or in a corner.
        *(
            [Hindrance(Kind.BOX_IN_MARGIN)]
            if any(next(root.iter(word("txbxContent")), None) is not None for root in margins)
            else []
        ),
        *_numbering(body, margins, styles, numbering, lists),
        *_spacing(body, styles),
        *_linked_boxes([body, *margins]),
        *_right_to_left([body, *margins], styles),
        *_sections(body),
        *(_counted_sections(body) if counts_pages else []),
        *_ends(body, styles),
        *_list_styles(lists, numbering),
        *_settings(settings),
        *([Hindrance(Kind.TAG_ELSEWHERE)] if is_tagged else []),
    ]
    keeps = any(next(root.iter(word("keepNext")), None) is not None for root in (body, *styles.used_in([body])))
    numbers_pages = any("PAGE" in one.instruction.split() for one in _fields([body, *margins]))
    return Combinability(tuple(dict.fromkeys(found)), keeps, numbers_pages, styles, counts_pages, lists)


def _unusual_parts(body: etree._Element, kinds: str) -> Iterator[Hindrance]:
    """What is not where, or in the namespace that, it is looked for here."""
    if body.tag != word("document") or body.find(word("body")) is None:
        yield Hindrance(Kind.ODD_FILE, "document.xml")
    for name in _OTHER_PARTS:
        if f".{name}+xml" in kinds and f'PartName="/word/{name}.xml"' not in kinds:
            yield Hindrance(Kind.ODD_FILE, f"{name}.xml")


def _takes_room(margin: etree._Element) -> bool:
    """Whether a header may push or wrap the text below it."""
    return margin.tag == word("hdr") and next(margin.iter(*_WRAPPED), None) is not None


def _unknown_elements(body: etree._Element) -> Iterator[Hindrance]:
    for node in body.iter(f"{{{WORD}}}*"):
        name = etree.QName(node).localname
        if name not in _KNOWN and next(node.iterancestors(word("sdtPr"), word("sdtEndPr")), None) is None:
            yield _of_element(name)


def _of_element(name: str) -> Hindrance:
    """Return what an element that is not known to stay the same says of a letter."""
    if name in _NOTES:
        return Hindrance(Kind.NOTE)
    if name in _CHANGES or name.endswith("Change"):
        return Hindrance(Kind.TRACKED_CHANGE)
    return Hindrance(Kind.FLOATING) if name in _FLOATING else Hindrance(Kind.OTHER, f"w:{name}")


def _unknown_fields(roots: list[etree._Element], sections: int) -> Iterator[Hindrance]:
    for field in _fields(roots):
        first, *others = field.instruction.split() or [""]
        is_known = first in _KNOWN_FIELDS or (is_count(field) and not (first == "SECTIONPAGES" and sections > 1))
        if first and not is_known:
            yield Hindrance(Kind.FIELD, first)
        if first == "HYPERLINK" and r"\L" in others:
            yield Hindrance(Kind.INNER_LINK)
        # Fields may stand within fields, and in quotes.
        yield from (
            Hindrance(Kind.FIELD, name) for name in re.findall(r"[A-Z]+", " ".join(others)) if name in _COUNTING_FIELDS
        )


def _fields(roots: list[etree._Element]) -> Iterator[Field]:
    for root in roots:
        yield from fields_of(root)


def _numbering(
    body: etree._Element,
    margins: list[etree._Element],
    styles: Styles,
    numbering: "etree._Element | None",
    lists: NumberedLists,
) -> Iterator[Hindrance]:
    """In headers a list's numbers run on from letter to letter; its bullets do not. Headings are numbered apart."""
    if any(
        styles.is_heading(str(node.get(word("val"))))
        for node in body.iter(word("pStyle"))
        if node.get(word("val")) in lists.styles
    ):
        yield Hindrance(Kind.NUMBERED_HEADING)
    if margins and _numbering_numbers(margins, styles, numbering):
        yield Hindrance(Kind.LIST_IN_MARGIN)


def _numbered_lists(body: etree._Element, styles: Styles, numbering: "etree._Element | None") -> NumberedLists:
    numbers = _numbering_numbers([body], styles, numbering)
    return NumberedLists(numbers, styles.numbering_in(numbers))


def _numbering_numbers(
    roots: list[etree._Element], styles: Styles, numbering: "etree._Element | None"
) -> frozenset[str]:
    """Return the lists that number, of those that texts use."""
    used = {
        str(node.get(word("val"))) for root in (*roots, *styles.used_in(roots)) for node in root.iter(word("numId"))
    }
    return frozenset(one for one in used if not _is_bulleted(one, numbering) and _is_list(one, numbering))


def _is_list(number: str, numbering: "etree._Element | None") -> bool:
    """Return whether there is a list of a number: 0 says that there is none, and others may be gone."""
    return numbering is not None and any(
        one.get(word("numId")) == number for one in numbering.iterchildren(word("num"))
    )


def _spacing(body: etree._Element, styles: Styles) -> Iterator[Hindrance]:
    """What LibreOffice treats otherwise at the start of a document, or carries over a page."""
    used = list(styles.used_in([body]))
    for root in (body, *used):
        for node in root.iter(word("spacing")):
            if any(node.get(word(name), "0") in TRUE for name in ("beforeAutospacing", "afterAutospacing")):
                yield Hindrance(Kind.AUTOMATIC_SPACING)
    if any(node.get(word("default")) in TRUE and next(node.iter(word("keepNext")), None) is not None for node in used):
        yield Hindrance(Kind.ALL_KEPT)


def _linked_boxes(roots: list[etree._Element]) -> Iterator[Hindrance]:
    """Text that flows from box to box goes by the boxes' ids, which each letter has again."""
    for root in roots:
        for node in root.iter("{*}linkedTxbx", "{*}txbx", "{*}textbox"):
            if node.get("id") is not None or "mso-next-textbox" in str(node.get("style")):
                yield Hindrance(Kind.LINKED_BOX)


def _right_to_left(roots: list[etree._Element], styles: Styles) -> Iterator[Hindrance]:
    """LibreOffice 24.2 and later set such text a fraction of a point elsewhere in company."""
    for root in (*roots, *styles.used_in(roots)):
        if any(node.get(word("val"), "true") not in FALSE for node in root.iter(word("rtl"), word("bidi"))):
            yield Hindrance(Kind.RIGHT_TO_LEFT)


def _is_bulleted(number: str, numbering: "etree._Element | None") -> bool:
    if numbering is None:
        return False
    for num in numbering.iterchildren(word("num")):
        if num.get(word("numId")) == number:
            if num.find(word("lvlOverride")) is not None:
                return False
            abstract = next((str(node.get(word("val"))) for node in num.iter(word("abstractNumId"))), "")
            formats = [
                str(node.get(word("val")))
                for one in numbering.iterchildren(word("abstractNum"))
                if one.get(word("abstractNumId")) == abstract
                for node in one.iter(word("numFmt"))
            ]
            return bool(formats) and set(formats) <= {"bullet", "none"}
    return False


def _sections(body: etree._Element) -> Iterator[Hindrance]:
    """Sections may follow one another in a letter, if each letter's first one says all that it needs."""
    sections = list(body.iter(word("sectPr")))
    starts = {"nextPage", "continuous"}
    if sections and any(node.get(word("val")) not in starts for node in sections[0].iterchildren(word("type"))):
        yield Hindrance(Kind.PARITY)
    kinds = [
        {
            (node.tag, node.get(word("type")))
            for node in one.iterchildren(word("headerReference"), word("footerReference"))
        }
        for one in sections
    ]
    if any(later - kinds[0] for later in kinds[1:]):
        yield Hindrance(Kind.LATER_HEADER)


def _counted_sections(body: etree._Element) -> Iterator[Hindrance]:
    """LibreOffice counts the empty pages that it puts in for odd ones, and in the form that page numbers have."""
    first, *later = body.iter(word("sectPr"))
    for section in (first, *later):
        numbers = section.find(word("pgNumType"))
        if numbers is not None and numbers.get(word("fmt"), "decimal") != "decimal":
            yield Hindrance(Kind.PAGE_FORM)
    for section in later:
        numbers, start = section.find(word("pgNumType")), section.find(word("type"))
        is_restarted = numbers is not None and numbers.get(word("start")) is not None
        if is_restarted or (start is not None and start.get(word("val")) in {"oddPage", "evenPage"}):
            yield Hindrance(Kind.LATER_START)


def _ends(root: etree._Element, styles: Styles) -> Iterator[Hindrance]:
    """What a letter must not begin or end with; and what lines put in between two would take over."""
    body = root.find(word("body"))
    if body is None:
        return
    first = first_block(body)
    if ends_in_nested_table(body):
        yield Hindrance(Kind.NESTED_END)
    if is_table_alone(body):
        yield Hindrance(Kind.ONLY_TABLE)
    if first is not None and not is_table(first) and styles.hides(first):
        yield Hindrance(Kind.HIDDEN_START)
    if any(map(styles.usual_has, _ADORNED)):
        yield Hindrance(Kind.ADORNED)


def _list_styles(lists: NumberedLists, numbering: "etree._Element | None") -> Iterator[Hindrance]:
    """A list by a style of lists (17.9.21, 17.9.27) would go on in the next letter: its copy leads to the same style."""
    if lists and numbering is not None and next(numbering.iter(*_STYLE_LINKS), None) is not None:
        yield Hindrance(Kind.LIST_STYLE)


def _settings(settings: "etree._Element | None") -> Iterator[Hindrance]:
    for name in _SETTINGS:
        for node in settings.iterchildren(word(name)) if settings is not None else ():
            if node.get(word("val"), "true") not in FALSE:
                yield Hindrance(Kind.OTHER, f"w:{name}")
