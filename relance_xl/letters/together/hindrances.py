"""What keeps a template's letters from being laid out together, and what to change in Word, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from relance_xl.runtime.language import _


class Kind(StrEnum):
    """What stands in the way."""

    ODD_FILE = "odd file"
    FIELD = "field"
    INNER_LINK = "links within the letter"
    NUMBERED_HEADING = "numbered headings"
    LIST_IN_MARGIN = "numbered lists in headers or footers"
    AUTOMATIC_SPACING = "automatic spacing"
    ALL_KEPT = "all paragraphs kept with the next"
    LINKED_BOX = "linked text boxes"
    BOX_IN_MARGIN = "text boxes in headers or footers"
    PUSHING_HEADER = "headers that the text makes room for"
    RIGHT_TO_LEFT = "text from right to left"
    PARITY = "another start than on the next page"
    LATER_HEADER = "headers that only later sections have"
    NOTE = "footnotes or endnotes"
    TRACKED_CHANGE = "tracked changes"
    FLOATING = "floating tables or frames"
    PAGE_FORM = "page numbers in letters or roman figures, beside a number of pages"
    LATER_START = "page numbers that start again in a later section, beside a number of pages"
    NESTED_END = "a table at the end with a table in its last row"
    ONLY_TABLE = "a table and nothing else"
    HIDDEN_START = "a hidden first paragraph"
    ADORNED = "a usual style with a border, shading, frame or number"
    LIST_STYLE = "list styles"
    TAG_ELSEWHERE = "tags in document properties or notes"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What stands in the way, and which one it is, where there are several: a field's name, an element's."""

    kind: Kind
    detail: str = ""

    def __str__(self) -> str:
        """Return it in English, as docs/letters.md has it."""
        return f"{self.kind}: {self.detail}" if self.detail else str(self.kind)


def hindrance_text(one: Hindrance) -> str:
    """Return what stands in the way, in the language that is spoken."""
    return _texts()[one.kind].format(detail=one.detail)


def hindrance_advice(one: Hindrance) -> str:
    """Return what to change in Word so that it does not any more."""
    return _advice().get(one.kind, _("In Word: take it out, if the letter can do without."))


def _texts() -> Mapping[Kind, str]:
    return {
        Kind.ODD_FILE: _("the file is built otherwise than Word does it ({detail})"),
        Kind.FIELD: _("the field {detail} counts, or looks, over the whole document"),
        Kind.INNER_LINK: _("links from one place of the letter to another"),
        Kind.NUMBERED_HEADING: _("headings that are numbered"),
        Kind.LIST_IN_MARGIN: _("a numbered list in a header or footer"),
        Kind.AUTOMATIC_SPACING: _("paragraphs with automatic spacing"),
        Kind.ALL_KEPT: _("the usual style keeps all paragraphs with the next"),
        Kind.LINKED_BOX: _("text boxes that are linked"),
        Kind.BOX_IN_MARGIN: _("text boxes in a header or footer"),
        Kind.PUSHING_HEADER: _("a box, frame or table in the header that the text makes room for"),
        Kind.RIGHT_TO_LEFT: _("text from right to left"),
        Kind.PARITY: _("it must begin on an odd or even page"),
        Kind.LATER_HEADER: _("a header or footer that only a later section has"),
        Kind.NOTE: _("footnotes or endnotes"),
        Kind.TRACKED_CHANGE: _("tracked changes"),
        Kind.FLOATING: _("a floating table or frame"),
        Kind.PAGE_FORM: _("page numbers in letters or roman figures, beside a number of pages"),
        Kind.LATER_START: _("page numbers that start again in a later section, beside a number of pages"),
        Kind.NESTED_END: _("a table at the end that has another table in its last row"),
        Kind.ONLY_TABLE: _("it is a table and nothing else"),
        Kind.HIDDEN_START: _("its first paragraph is hidden by its style"),
        Kind.ADORNED: _("the usual style (Normal) has a border, a shading, a frame or a number"),
        Kind.LIST_STYLE: _("a list that is numbered by a list style"),
        Kind.TAG_ELSEWHERE: _("tags in footnotes or in the document's properties"),
        Kind.OTHER: _("something that is not known to come out the same ({detail})"),
    }


def _advice() -> Mapping[Kind, str]:
    return {
        Kind.ODD_FILE: _("Open it in Word and save it as a Word document (.docx)."),
        Kind.FIELD: _(
            "In Word: replace the field by text, or by a tag. Page numbers and the number of pages may stay."
        ),
        Kind.INNER_LINK: _("In Word: remove the links within the letter."),
        Kind.NUMBERED_HEADING: _("In Word: number with a list instead of the headings."),
        Kind.LIST_IN_MARGIN: _("In Word: type the numbers in the header or footer as text."),
        Kind.AUTOMATIC_SPACING: _("In Word: give the paragraphs a spacing in points instead of “Auto”."),
        Kind.ALL_KEPT: _("In Word: take “Keep with next” out of the style Normal."),
        Kind.LINKED_BOX: _("In Word: break the link between the text boxes."),
        Kind.BOX_IN_MARGIN: _("In Word: put the text into the header or footer itself, or into a table there."),
        Kind.PUSHING_HEADER: _("In Word: set the box behind or in front of the text, or in line with it."),
        Kind.PARITY: _("In Word: let the section begin on the next page."),
        Kind.LATER_HEADER: _("In Word: give the first section the same header and footer."),
        Kind.NOTE: _("In Word: put the notes into the text."),
        Kind.TRACKED_CHANGE: _("In Word: accept or reject all changes."),
        Kind.FLOATING: _("In Word: set the table or frame in line with the text."),
        Kind.PAGE_FORM: _("In Word: number the pages in figures (1, 2, 3), or take the number of pages out."),
        Kind.LATER_START: _(
            "In Word: let page numbers go on from the section before, and the section begin on the next page."
        ),
        Kind.NESTED_END: _("In Word: put a line behind the table."),
        Kind.ONLY_TABLE: _("In Word: put a line above or below the table."),
        Kind.HIDDEN_START: _("In Word: take the paragraph out, or put it behind the first one that shows."),
        Kind.ADORNED: _("In Word: put the text into a style of its own, and leave Normal plain."),
        Kind.LIST_STYLE: _("In Word: number with a usual list instead of a list style."),
        Kind.TAG_ELSEWHERE: _("In Word: put these tags into the text, a header or a footer."),
    }
