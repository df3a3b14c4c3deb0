"""Letter templates: DOCX with Jinja tags, rendered by docxtpl in a sandbox."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docx.document import Document as WordDocument
from docxtpl import DocxTemplate
from jinja2 import Template, TemplateError, meta, nodes
from lxml import etree

from relance_xl.letters.templates.margins import Margin, MarginPart
from relance_xl.letters.templates.markup import word
from relance_xl.letters.templates.media import media_of, with_pictures
from relance_xl.letters.templates.package import (
    DOCUMENT,
    PROPERTIES,
    Part,
    add_parts,
    package_parts,
    packed,
    written,
)
from relance_xl.letters.templates.page_counts import ask_of_whole, has_count
from relance_xl.letters.templates.seals import seal_alone
from relance_xl.letters.templates.slim_styles import STYLES, slim_styles
from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import cause_words
from relance_xl.tags.faults import rendering_faults, tag_error_text, unknown_names, unprintable_faults
from relance_xl.tags.sandbox import TagEnvironment, is_endless

# Characters that XML 1.0 cannot hold; pasted text brings them.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("[\t\n\a\f]")
_TAG = re.compile(r"\{\{|\{%")
# What kinds of parts notes are in.
_FOOTNOTES, _ENDNOTES = (
    f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}+xml" for kind in ("footnotes", "endnotes")
)


class LetterFailedError(Exception):
    """A letter that its template cannot render: the template, the error it ran into, what its tags stood for.

    `endless`: whether any other letter of that template would most likely end the same way.
    """

    def __init__(self, template: Path, error: Exception, names: Mapping[str, object]) -> None:
        super().__init__(f"{template.name}: {tag_error_text(error, names)}")
        self.endless = is_endless(error)


def _environment(kind: type[TagEnvironment] = TagEnvironment) -> TagEnvironment:
    # Autoescape, or "Dupont & Fils <SARL>" deletes the rest of its sentence, amount included.
    return kind(autoescape=True, clean=_clean)


def _clean(value: Any) -> Any:
    return _ILLEGAL.sub("", value) if isinstance(value, str) else value


def template_faults(path: Path, example: Mapping[str, object]) -> list[Fault]:
    """Return what is wrong with a template: missing, no DOCX, bad tags, names that do not exist or stand for no text.

    `example`: what tags may stand for. What else goes wrong with it may go well with others, and is no fault.
    """
    if not path.is_file():
        return [Fault(_("the letter template is missing"), str(path))]
    try:
        template = DocxTemplate(path)
        parts = _parsed_parts(template)
        names = {name for part in parts for name in meta.find_undeclared_variables(part)}
        endnotes = _endnote_faults(template, path.name)
    except (TemplateError, RecursionError) as error:
        return [Fault(_("a tag cannot be understood: {why}").format(why=error), path.name)]
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError, AttributeError, TypeError) as error:
        return [Fault(_("not a Word document (.docx): {why}").format(why=cause_words(error)), path.name)]
    unprintable = dict.fromkeys(fault for part in parts for fault in unprintable_faults(part, example, path.name))
    found = [*unknown_names(names, example.keys(), path.name), *unprintable, *endnotes]
    return found or _rendering_faults(path, example)


def _parsed_parts(template: DocxTemplate) -> list[nodes.Template]:
    """Return the text, the headers and footers, and the footnotes, each as jinja2 reads it."""
    template.init_docx()
    margins = [
        template.get_part_xml(part)
        for kind in (template.HEADER_URI, template.FOOTER_URI)
        for _relation, part in template.get_headers_footers(kind)
    ]
    texts = (template.get_xml(), *margins, *_texts_of(template, _FOOTNOTES))
    return [_environment().parse(template.patch_xml(text)) for text in texts]


def _texts_of(template: DocxTemplate, kind: str) -> list[str]:
    """Return the XML of a document's parts of a kind."""
    parts = template.docx.part.package.iter_parts()
    return [template.get_part_xml(part) for part in parts if part.content_type == kind]


def _endnote_faults(template: DocxTemplate, where: str) -> list[Fault]:
    """Return a fault where endnotes have tags: the library leaves them as they are, for the customer to read."""
    if not any(_TAG.search(template.patch_xml(text)) for text in _texts_of(template, _ENDNOTES)):
        return []
    advice = _("Put them into the text, a footnote, a header or a footer.")
    return [Fault(_("tags in endnotes are not filled in"), where, advice)]


def _rendering_faults(path: Path, example: Mapping[str, object]) -> list[Fault]:
    try:
        render_letter(path, example)
    except LetterFailedError as error:
        return rendering_faults(error.__cause__, example, path.name)
    return []


class _Compiling(TagEnvironment):
    """Compiles a text once, however often it is asked for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._compiled: dict[str, Template] = {}

    def from_string(self, source: Any, *arguments: Any, **named: Any) -> Template:
        """Return a text's template."""
        if source not in self._compiled:
            self._compiled[source] = super().from_string(source, *arguments, **named)
        return self._compiled[source]


class _Docx(DocxTemplate):  # type: ignore[misc]  # docxtpl has no types
    """Looks for line breaks and tabs in what tags stand for only where there are any: taking all apart costs most."""

    def resolve_listing(self, xml: str) -> str:
        """Return a text with its line breaks, tabs and page breaks as Word writes them."""
        return str(super().resolve_listing(xml)) if _BREAKS.search(xml) else xml


class CompiledTemplate:
    """A template that is taken apart and compiled once, for many letters."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._environment = _environment(_Compiling)
        self._document = _Docx(path)
        self._document.render_init()
        text = self._document.get_xml()
        #: How many sections the template has.
        self.sections = len(re.findall(r"<w:sectPr[ />]", text))
        self._source = self._document.patch_xml(text)
        self._own_media = frozenset(self._document.docx.part.rels)
        self._margins = dict(self._margins_of_each())
        self._parts = package_parts(path)
        self._notes = [
            str(part.partname).lstrip("/")
            for part in self._document.docx.part.package.iter_parts()
            if part.content_type in {_FOOTNOTES, _ENDNOTES}
        ]
        self._slim = slim_styles(self._parts)
        #: Whether only the text, headers and footers have tags, so that a letter is made of these alone.
        self.is_simple = not any(
            _TAG.search(self._document.patch_xml(self._parts[name].decode(errors="replace")))
            for name in (*self._notes, *(one for one in self._parts if PROPERTIES.fullmatch(one)))
        )

    def _margins_of_each(self) -> Iterator[tuple[MarginPart, str]]:
        """Yield the headers and footers that say something of their letter, as they are rendered."""
        document = self._document
        for kind in (document.HEADER_URI, document.FOOTER_URI):
            for relationship, part in document.get_headers_footers(kind):
                source = document.patch_xml(document.get_part_xml(part))
                if _TAG.search(source) or has_count(etree.fromstring(source.encode())):
                    name = str(part.partname).lstrip("/")
                    yield MarginPart(relationship, kind, part.content_type, name), source

    def render_margins(self, names: Mapping[str, object]) -> tuple[Margin, ...] | None:
        """Return the headers and footers that say something of their letter; None where a tag brings a picture there.

        Raises LetterFailedError.
        """
        document, margins = self._document, []
        for one, source in self._margins.items():
            part = document.docx.part.rels[one.relationship].target_part
            before = len(part.rels)
            try:
                text = document.render_xml_part(source, part, with_pictures(names, document), self._environment)
                margins.append(Margin(one, etree.fromstring(text.encode())))
            except Exception as error:  # a template is a small program of the user: it may fail in any way
                raise LetterFailedError(self.path, error, names) from error
            if len(part.rels) != before:
                return None
        return tuple(margins)

    def render(self, names: Mapping[str, object]) -> etree._Element:
        """Return the letter's body; headers and footers stay as the template has them. Raises LetterFailedError."""
        document = self._document
        self._environment.begin()
        try:
            values = with_pictures(names, document)
            text = document.render_xml_part(self._source, document.docx.part, values, self._environment)
            tree: etree._Element = document.fix_tables(text)
            document.fix_docpr_ids(tree)
        except Exception as error:  # a template is a small program of the user: it may fail in any way
            raise LetterFailedError(self.path, error, names) from error
        return tree

    def letter(self, names: Mapping[str, object], seal: str) -> bytes:
        """Return a sealed letter as DOCX, as render_letter makes it; for a simple template. Raises LetterFailedError."""
        margins = self.render_margins(names) if self.is_simple else None
        if margins is None:
            return render_letter(self.path, names, seal)
        body = self.render(names)
        parts, document = dict(self._parts), etree.fromstring(self._parts[DOCUMENT])
        notes = [etree.fromstring(parts[name]) for name in self._notes]
        ask_of_whole(body, [one.root for one in margins])
        seal_alone(body, notes, seal)
        present = document.find(word("body"))
        if present is not None:
            document.replace(present, body)
        add_parts(parts, self.media(body))
        if self._slim is not None and self._slim.suffice(body):
            parts[STYLES] = self._slim.part
        roots = {DOCUMENT: document, **{one.part.name: one.root for one in margins}}
        roots |= dict(zip(self._notes, notes, strict=True))
        for name, root in roots.items():
            parts[name] = written(root)
        return packed(parts)

    def media(self, body: etree._Element) -> tuple[Part, ...]:
        """Return the pictures that a letter's tags brought into its body."""
        return tuple(media_of(body, self._document.docx.part, self._own_media))


def render_letter(template: Path, names: Mapping[str, object], seal: str = "") -> bytes:
    """Return the letter as DOCX, sealed if a seal is given. Raises LetterFailedError."""
    try:
        document = DocxTemplate(template)
        document.render(with_pictures(names, document), _environment(), autoescape=True)
        _ask_of_whole(document)
        if seal:
            _seal(document.docx, seal)
        target = io.BytesIO()
        document.save(target)
    except Exception as error:  # a template is a small program of the user: it may fail in any way
        raise LetterFailedError(template, error, names) from error
    return target.getvalue()


def _ask_of_whole(document: DocxTemplate) -> None:
    margins = [
        part.element
        for kind in (document.HEADER_URI, document.FOOTER_URI)
        for _relation, part in document.get_headers_footers(kind)
    ]
    ask_of_whole(document.docx.element.body, margins)


def _seal(document: WordDocument, seal: str) -> None:
    parts = [part for part in document.part.package.iter_parts() if part.content_type in {_FOOTNOTES, _ENDNOTES}]
    notes = [etree.fromstring(part.blob) for part in parts]
    seal_alone(document.element.body, notes, seal)
    for part, root in zip(parts, notes, strict=True):
        # The library reads these parts, and writes them, as they are.
        part._blob = written(root)
