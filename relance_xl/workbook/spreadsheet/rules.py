"""Puts rules back over a whole list where pasting or another program took them from a part of it."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from relance_xl.workbook.ooxml.areas import Area, areas_without, meets_any
from relance_xl.workbook.ooxml.cells import address, insert_in_order
from relance_xl.workbook.ooxml.markup import main_tag
from relance_xl.workbook.row_moves.references import carried_formula
from relance_xl.workbook.spreadsheet.frame import (
    AFTER_HYPERLINKS,
    carry_formulas,
    carry_rule,
    remove_with_empty_parents,
)

if TYPE_CHECKING:
    from openpyxl.formatting.rule import Rule
    from openpyxl.worksheet.datavalidation import DataValidation

_EXCEL = "{http://schemas.microsoft.com/office/excel/2006/main}"
_EXCEL_2009 = "{http://schemas.microsoft.com/office/spreadsheetml/2009/9/main}"
_AFTER_VALIDATIONS = ("hyperlinks", *AFTER_HYPERLINKS)
_AFTER_COLOURS = ("dataValidations", *_AFTER_VALIDATIONS)


@dataclass(frozen=True, slots=True)
class Validation:
    """What may be typed into an area."""

    area: Area
    rule: "DataValidation"


@dataclass(frozen=True, slots=True)
class Colour:
    """What colours an area; its formula starts from the area's first cell."""

    area: Area
    rule: "Rule"


def restore_validation(root: etree._Element, wanted: Validation) -> None:
    """Let one validation, and no other, cover an area. Others keep what they cover elsewhere."""
    nodes = list(root.iter(main_tag("dataValidation")))
    touching = [node for node in nodes if meets_any(str(node.get("sqref")), wanted.area)]
    extended = [node for node in _extended_validations(root) if meets_any(node.text or "", wanted.area)]
    if len(touching) == 1 and not extended and _is_whole(touching[0], wanted):
        return
    for node in touching:
        before = str(node.get("sqref"))
        left = areas_without(before, wanted.area)
        if left:
            node.set("sqref", left)
            carry_rule(node, before, left)
        else:
            remove_with_empty_parents(node)
    for node in extended:
        _cut_extended(node, wanted.area)
    _add_validation(root, wanted)


def _is_whole(node: etree._Element, wanted: Validation) -> bool:
    areas = [Area.parse(reference) for reference in str(node.get("sqref")).split()]
    return wanted.area in areas and node.findtext(main_tag("formula1")) == wanted.rule.formula1


def _extended_validations(root: etree._Element) -> Iterator[etree._Element]:
    """Yield the areas of validations that Excel 2010 keeps apart: lists on other sheets."""
    for node in root.iter(f"{_EXCEL_2009}dataValidation"):
        yield from node.iterchildren(f"{_EXCEL}sqref")


def _cut_extended(node: etree._Element, hole: Area) -> None:
    owner, before = node.getparent(), node.text or ""
    left = areas_without(before, hole)
    if left:
        node.text = left
        carry_formulas(node.itersiblings(f"{_EXCEL}f"), before, left)
    elif owner is not None:
        remove_with_empty_parents(owner)


def _add_validation(root: etree._Element, wanted: Validation) -> None:
    container = root.find(main_tag("dataValidations"))
    if container is None:
        container = etree.Element(main_tag("dataValidations"))
        insert_in_order(root, container, _AFTER_VALIDATIONS)
    rule = copy.copy(wanted.rule)
    rule.sqref = str(wanted.area)
    written = rule.to_tree("dataValidation")
    node = etree.SubElement(container, main_tag("dataValidation"), {name: str(text) for name, text in written.items()})
    for child in written:
        etree.SubElement(node, main_tag(str(child.tag))).text = child.text
    container.set("count", str(len(container)))


def has_validation(root: etree._Element, area: Area) -> bool:
    """Whether any validation says what may be typed into an area, or into a part of it."""
    references = [str(node.get("sqref")) for node in root.iter(main_tag("dataValidation"))]
    references += [node.text or "" for node in _extended_validations(root)]
    return any(meets_any(one, area) for one in references)


def has_colour(root: etree._Element, wanted: Colour) -> bool:
    """Whether a colour rule still stands somewhere within its area."""
    return any(_is_same(node, wanted) for node in root.iter(main_tag("cfRule")))


def reword_colour(root: etree._Element, before: Colour, after: Colour) -> bool:
    """Give a colour rule other formulas, wherever it stands within its area; return whether it stood anywhere."""
    found = [node for node in root.iter(main_tag("cfRule")) if _is_same(node, before)]
    target = address(after.area.first_column, after.area.first_row)
    for node in found:
        first = next(one for one in _areas_of(node) if one is not None)
        origin = address(first.first_column, first.first_row)
        for formula, text in zip(node.iter(main_tag("formula")), after.rule.formula, strict=True):
            formula.text = carried_formula(text, target, origin)
    return bool(found)


def colour_looks(root: etree._Element) -> list[int]:
    """Return the formats of all colour rules, as indexes among the workbook's, in order of precedence."""
    rules = sorted(root.iter(main_tag("cfRule")), key=lambda node: int(str(node.get("priority"))))
    return [int(str(node.get("dxfId"))) for node in rules]


def add_colour(root: etree._Element, wanted: Colour, look: int) -> None:
    """Colour an area anew, behind all other rules; `look`: the index of the format."""
    rules = root.iter(main_tag("cfRule"))
    priority = max((int(str(node.get("priority", "0"))) for node in rules), default=0) + 1
    container = etree.Element(main_tag("conditionalFormatting"), {"sqref": str(wanted.area)})
    node = etree.SubElement(container, main_tag("cfRule"), {"type": str(wanted.rule.type), "dxfId": str(look)})
    node.set("priority", str(priority))
    if wanted.rule.operator:
        node.set("operator", str(wanted.rule.operator))
    if wanted.rule.stopIfTrue:
        node.set("stopIfTrue", "1")
    for formula in wanted.rule.formula:
        etree.SubElement(node, main_tag("formula")).text = formula
    insert_in_order(root, container, _AFTER_COLOURS)


def restore_colour(root: etree._Element, wanted: Colour) -> None:
    """Let a colour rule that still stands somewhere cover its whole area again; one that is gone stays away."""
    found = [node for node in root.iter(main_tag("cfRule")) if _is_same(node, wanted)]
    if not found or any(wanted.area in _areas_of(node) for node in found):
        return
    container = etree.Element(main_tag("conditionalFormatting"), {"sqref": str(wanted.area)})
    rule = copy.deepcopy(found[0])
    for formula, text in zip(rule.iter(main_tag("formula")), wanted.rule.formula, strict=True):
        formula.text = text
    container.append(rule)
    for node in found:
        remove_with_empty_parents(node)
    insert_in_order(root, container, _AFTER_COLOURS)


def _areas_of(node: etree._Element) -> list[Area | None]:
    container = node.getparent()
    return [] if container is None else [Area.parse(text) for text in str(container.get("sqref")).split()]


def _is_same(node: etree._Element, wanted: Colour) -> bool:
    """Whether a rule stands within the area and says the same there, counted from its own first cell."""
    areas = _areas_of(node)
    first = areas[0] if areas else None
    inside = all(one is not None and one.meets(wanted.area) for one in areas)
    if first is None or not inside or node.get("type") != wanted.rule.type:
        return False
    formulas = [formula.text or "" for formula in node.iter(main_tag("formula"))]
    origin = address(first.first_column, first.first_row)
    target = address(wanted.area.first_column, wanted.area.first_row)
    return [carried_formula(formula, origin, target) for formula in formulas] == list(wanted.rule.formula)
