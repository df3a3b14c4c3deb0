"""The XML of electronic invoices, read without anything that it leads to."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

#: An honest one has a few thousand lines (bytes).
MAX_SIZE = 10_000_000
_COMPACT = 8


class NotEInvoiceError(ValueError):
    """A text that is no electronic invoice."""


def parsed(data: bytes) -> etree._Element:
    """Return the root of a text. Raises NotEInvoiceError for what is no XML, too large, or leads elsewhere."""
    if len(data) > MAX_SIZE:
        raise NotEInvoiceError
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotEInvoiceError from error
    about: Any = root.getroottree().docinfo
    if about.doctype:
        # Neither format has one: entities are all that it could bring.
        raise NotEInvoiceError
    return root


def text_at(root: "etree._Element | None", *paths: str) -> str:
    """Return the text of the first of some places that has one; names of elements, whatever their namespace."""
    texts = (" ".join((one.text or "").split()) for one in _elements(root, paths))
    return next(filter(None, texts), "")


def element_at(root: "etree._Element | None", *paths: str) -> "etree._Element | None":
    """Return the element of the first of some places that is there."""
    return next(_elements(root, paths), None)


def _elements(root: "etree._Element | None", paths: Iterable[str]) -> "Iterator[etree._Element]":
    if root is None:
        return
    for path in paths:
        found = root.find("/".join(f"{{*}}{name}" for name in path.split("/")))
        if found is not None:
            yield found


def amount_of(text: str) -> Decimal | None:
    """Return an amount; None for none."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def day_of(text: str) -> date | None:
    """Return a day, `20260901` or `2026-09-01`; None for none."""
    body = text[:10]
    if len(text) == _COMPACT and text.isdigit():
        body = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    try:
        return date.fromisoformat(body)
    except ValueError:
        return None
