"""Formulas within the text of rows (ECMA-376 part 1, 18.3.1.40)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from relance_xl.workbook.ooxml.markup import marked_up, resolved
from relance_xl.workbook.row_moves.references import carried_formula

_FORMULA = re.compile(rb"<f((?:\s[^<>]*?)?)(?:/>|>([^<]*)</f>)")
_PLACE = re.compile(rb'<c r="([A-Z]+\d+)"')
_INDEX = re.compile(rb' si="(\d+)"')
_SHARED = re.compile(rb' (?:t="shared"|si="\d+"|ref="[^"]*")')


@dataclass(frozen=True, slots=True)
class SharedFormula:
    """A formula that other cells refer to, and the cell it is written for."""

    text: str
    origin: str


def formula_text(cell: bytes, masters: Mapping[bytes, SharedFormula]) -> str:
    """Return a cell's own formula, also where it is only a reference to a shared one; empty where it has none."""
    match = _FORMULA.search(cell)
    if match is None:
        return ""
    index = _INDEX.search(match[1])
    if b't="shared"' not in match[1] or match[2] or index is None:
        return resolved(match[2] or b"")
    master, place = masters.get(index[1]), _PLACE.match(cell)
    return carried_formula(master.text, master.origin, place[1].decode()) if master and place else ""


def shared_formulas(row: bytes) -> dict[bytes, SharedFormula]:
    """Return the shared formulas that are written out in a row, by their index."""
    if b't="shared"' not in row:
        return {}
    found = {}
    for piece in row.split(b"<c r=")[1:]:
        cell = b"<c r=" + piece
        match, place = _FORMULA.search(cell), _PLACE.match(cell)
        index = _INDEX.search(match[1]) if match and b't="shared"' in match[1] else None
        if match and match[2] and index and place:
            found[index[1]] = SharedFormula(resolved(match[2]), place[1].decode())
    return found


def unshared(row: bytes, masters: Mapping[bytes, SharedFormula]) -> bytes:
    """Return a row in which every cell has its own formula's text, so that it can move alone."""
    if b't="shared"' not in row:
        return row
    head, *cells = row.split(b"<c r=")
    return head + b"".join(_unshared_cell(b"<c r=" + cell, masters) for cell in cells)


def _unshared_cell(cell: bytes, masters: Mapping[bytes, SharedFormula]) -> bytes:
    match = _FORMULA.search(cell)
    if match is None or b't="shared"' not in match[1]:
        return cell
    text = marked_up(formula_text(cell, masters)).encode()
    return cell[: match.start()] + b"<f" + _SHARED.sub(b"", match[1]) + b">" + text + b"</f>" + cell[match.end() :]


def with_formulas(row: bytes, change: Callable[[str], str]) -> bytes:
    """Return a row with every formula's text changed."""
    if b"<f" not in row:
        return row

    def changed(match: re.Match[bytes]) -> bytes:
        if not match[2]:
            return match[0]
        old = resolved(match[2])
        new = change(old)
        return match[0] if new == old else b"<f" + match[1] + b">" + marked_up(new).encode() + b"</f>"

    return _FORMULA.sub(changed, row)
