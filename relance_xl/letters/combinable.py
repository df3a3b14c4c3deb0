"""Which templates can have their letters laid out together, many in one document, and come out the same as alone.

What is known to stay the same is listed; anything else takes the slower way, one document a letter. See
docs/letters.md and tests/test_layout.py, which compares the pixels.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from relance_xl.letters.markup import WORD, word

# Elements of WordprocessingML (ECMA-376 part 1, 17) whose look depends on nothing outside their letter.
_KNOWN = frozenset(
    [
        "body",
        "document",
        "p",
        "pPr",
        "pStyle",
        "keepNext",
        "keepLines",
        "pageBreakBefore",
        "widowControl",
        "pBdr",
        "top",
        "left",
        "bottom",
        "right",
        "start",
        "end",
        "between",
        "bar",
        "shd",
        "tabs",
        "tab",
        "suppressAutoHyphens",
        "spacing",
        "ind",
        "jc",
        "textAlignment",
        "contextualSpacing",
        "mirrorIndents",
        "bidi",
        "outlineLvl",
        "rPr",
        "r",
        "rStyle",
        "rFonts",
        "b",
        "bCs",
        "i",
        "iCs",
        "caps",
        "smallCaps",
        "strike",
        "dstrike",
        "color",
        "sz",
        "szCs",
        "u",
        "lang",
        "rtl",
        "cs",
        "vertAlign",
        "highlight",
        "kern",
        "position",
        "noProof",
        "webHidden",
        "w",
        "t",
        "br",
        "cr",
        "noBreakHyphen",
        "softHyphen",
        "sym",
        "tbl",
        "tblPr",
        "tblStyle",
        "tblW",
        "tblBorders",
        "insideH",
        "insideV",
        "tblLayout",
        "tblCellMar",
        "tblLook",
        "tblInd",
        "tblpPr",
        "tblOverlap",
        "tblStyleRowBandSize",
        "tblStyleColBandSize",
        "tblGrid",
        "gridCol",
        "tr",
        "trPr",
        "tblPrEx",
        "cantSplit",
        "trHeight",
        "tblHeader",
        "gridBefore",
        "gridAfter",
        "wBefore",
        "wAfter",
        "tc",
        "tcPr",
        "tcW",
        "gridSpan",
        "vMerge",
        "vAlign",
        "tcBorders",
        "tcMar",
        "noWrap",
        "textDirection",
        "hideMark",
        "cnfStyle",
        "sectPr",
        "pgSz",
        "pgMar",
        "cols",
        "col",
        "docGrid",
        "titlePg",
        "pgNumType",
        "headerReference",
        "footerReference",
        "type",
        "numPr",
        "ilvl",
        "numId",
        "bookmarkStart",
        "bookmarkEnd",
        "proofErr",
        "lastRenderedPageBreak",
        "fldSimple",
        "fldChar",
        "instrText",
        "hyperlink",
        "drawing",
        "pict",
        "snapToGrid",
        "adjustRightInd",
        "autoSpaceDE",
        "autoSpaceDN",
        "overflowPunct",
        "kinsoku",
        "wordWrap",
        "topLinePunct",
        "txbxContent",
        "bookFoldPrinting",
    ]
)
# Fields that say the same in any letter, or start anew with each section (17.16.5).
_KNOWN_FIELDS = {"PAGE", "DATE", "TIME", "HYPERLINK"}
_TAG = re.compile(r"\{\{|\{%|\{#")
_MARGIN_PARTS = re.compile(r"word/(?:header|footer)\d*\.xml")
_NOTES = re.compile(r"word/(?:footnotes|endnotes|comments)\.xml")
_SETTINGS = ("evenAndOddHeaders", "mirrorMargins", "gutterAtTop", "bookFoldPrinting")


def hindrances(template: Path) -> tuple[str, ...]:
    """Return what keeps a template's letters from being laid out together; nothing if they can be.

    Raises OSError, zipfile.BadZipFile, KeyError, lxml.etree.XMLSyntaxError for what is no Word document.
    """
    with zipfile.ZipFile(template) as archive:
        names = archive.namelist()
        body = etree.fromstring(archive.read("word/document.xml"))
        margins = [etree.fromstring(archive.read(name)) for name in names if _MARGIN_PARTS.fullmatch(name)]
        styles, numbering, settings = (
            etree.fromstring(archive.read(f"word/{name}.xml")) if f"word/{name}.xml" in names else None
            for name in ("styles", "numbering", "settings")
        )
    found = [
        *_unknown_elements(body),
        *_unknown_fields([body, *margins]),
        *(["tags in headers or footers"] if any(_has_tag(root) for root in margins) else []),
        *_numbering(body, styles, numbering),
        *_sections(body),
        *_settings(settings),
    ]
    return tuple(dict.fromkeys(found))


def _unknown_elements(body: etree._Element) -> Iterator[str]:
    for node in body.iter(f"{{{WORD}}}*"):
        name = etree.QName(node).localname
        if name not in _KNOWN:
            yield f"w:{name}"
        elif name == "hyperlink" and node.get(word("anchor")):
            yield "links within the letter"
    first = next(body.iter(word("p")), None)
    if first is not None and first.find(f"{word('pPr')}/{word('pageBreakBefore')}") is not None:
        yield "a page break before the first paragraph"


def _unknown_fields(roots: list[etree._Element]) -> Iterator[str]:
    for root in roots:
        simple = [str(node.get(word("instr"))) for node in root.iter(word("fldSimple"))]
        # An instruction may be cut into several runs: put together, each starts with its name.
        texts = ["".join(str(text) for text in node.itertext(word("instrText"))) for node in root.iter(word("p"))]
        for text in (*simple, *texts):
            for name in re.findall(r"[A-Z]{3,}", re.sub(r'"[^"]*"|\\\S+', "", text)):
                if name not in _KNOWN_FIELDS and name != "MERGEFORMAT":
                    yield f"the field {name}"


def _has_tag(root: etree._Element) -> bool:
    return any(_TAG.search("".join(str(text) for text in node.itertext(word("t")))) for node in root.iter(word("p")))


def _numbering(
    body: etree._Element, styles: "etree._Element | None", numbering: "etree._Element | None"
) -> Iterator[str]:
    """A list's numbers run on from letter to letter; its bullets do not."""
    used = {str(node.get(word("val"))) for node in body.iter(word("numId"))} | set(_numbers_of_styles(body, styles))
    if any(not _is_bulleted(number, numbering) for number in used - {"0"}):
        yield "numbered lists"


def _numbers_of_styles(body: etree._Element, styles: "etree._Element | None") -> Iterator[str]:
    if styles is None:
        return
    by_id = {str(node.get(word("styleId"))): node for node in styles.iterchildren(word("style"))}
    pending = [str(node.get(word("val"))) for node in body.iter(word("pStyle"))]
    pending += [name for name, node in by_id.items() if node.get(word("default")) == "1"]
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        if name in seen or name not in by_id:
            continue
        seen.add(name)
        yield from (str(node.get(word("val"))) for node in by_id[name].iter(word("numId")))
        pending += [str(node.get(word("val"))) for node in by_id[name].iterchildren(word("basedOn"))]


def _is_bulleted(number: str, numbering: "etree._Element | None") -> bool:
    if numbering is None:
        return False
    for num in numbering.iterchildren(word("num")):
        if num.get(word("numId")) == number:
            abstract = next((str(node.get(word("val"))) for node in num.iter(word("abstractNumId"))), "")
            formats = [
                str(node.get(word("val")))
                for one in numbering.iterchildren(word("abstractNum"))
                if one.get(word("abstractNumId")) == abstract
                for node in one.iter(word("numFmt"))
            ]
            return bool(formats) and set(formats) <= {"bullet", "none"}
    return False


def _sections(body: etree._Element) -> Iterator[str]:
    """Sections may follow one another in a letter, if each letter's first one says all that it needs."""
    sections = list(body.iter(word("sectPr")))
    if any(node.get(word("val")) == "continuous" for one in sections for node in one.iterchildren(word("type"))):
        yield "sections on one page"
    kinds = [
        {
            (node.tag, node.get(word("type")))
            for node in one.iterchildren(word("headerReference"), word("footerReference"))
        }
        for one in sections
    ]
    if any(later - kinds[0] for later in kinds[1:]):
        yield "headers that only later sections have"


def _settings(settings: "etree._Element | None") -> Iterator[str]:
    for name in _SETTINGS:
        for node in settings.iterchildren(word(name)) if settings is not None else ():
            if node.get(word("val"), "true") not in {"0", "false", "off"}:
                yield f"w:{name}"
