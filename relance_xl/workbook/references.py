"""Where things point after rows have moved: formulas, ranges, single cells; as Excel's own row deletion does it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError
from openpyxl.formula.translate import Translator, TranslatorError

#: A cell or an area, with its sheet or without.
PLACE = re.compile(
    r"(?:(?P<sheet>'(?:[^']|'')+'|[^'!:\s]+)!)?(?P<first>\$?[A-Za-z]{1,3}\$?)(?P<row>\d+)"
    r"(?::(?P<second>\$?[A-Za-z]{1,3}\$?)(?P<end>\d+))?"
)
_WHOLE_ROWS = re.compile(
    r"(?:(?P<sheet>'(?:[^']|'')+'|[^'!:\s]+)!)?(?P<first>\$?)(?P<row>\d+):(?P<second>\$?)(?P<end>\d+)"
)
_ENDS = re.compile(r":(?=(?:'(?:[^']|'')+'|[^'!:\s]+)!)")
_GONE = "#REF!"


@dataclass(frozen=True, slots=True)
class RowMoves:
    """New row numbers by old ones, None for removed rows; rows not named stay where they are."""

    new_row: Mapping[int, int | None]

    def of(self, row: int) -> int | None:
        """Return where a row is now, None where it is gone."""
        return self.new_row.get(row, row)

    def of_range(self, first: int, last: int) -> tuple[int, int] | None:
        """Return where an area is now: from its first to its last row that is still there; None if none is."""
        while first <= last and self.of(first) is None:
            first += 1
        while last >= first and self.of(last) is None:
            last -= 1
        start, end = self.of(first), self.of(last)
        return (start, end) if first <= last and start is not None and end is not None else None


def moved_formula(formula: str, moves: RowMoves, moved_sheet: str, own_sheet: str) -> str:
    """Return a formula (without its `=`) with every reference into the moved sheet where it leads now.

    `own_sheet` is where the formula stands: what names no sheet refers to it.
    """
    try:
        tokenizer = Tokenizer(f"={formula}")
    except (TokenizerError, IndexError, ValueError):
        # A formula that cannot be taken apart is left as the user wrote it.
        return formula
    parts = [_moved_token(token, moves, moved_sheet, own_sheet) for token in tokenizer.items]
    return "".join(parts)


def carried_formula(formula: str, origin: str, target: str) -> str:
    """Return a formula (without its `=`) as filling it from one cell into another writes it: relative parts shift."""
    try:
        return str(Translator(f"={formula}", origin=origin).translate_formula(target))[1:]
    except (TranslatorError, TokenizerError, IndexError, ValueError):
        return formula


def _moved_token(token: Token, moves: RowMoves, moved_sheet: str, own_sheet: str) -> str:
    text = str(token.value)
    if token.type == Token.FUNC and ":" in text:
        # An area whose other end a function gives: `I11:INDEX(`.
        start, _colon, function = text.rpartition(":")
        return f"{_moved_reference(start, moves, moved_sheet, own_sheet)}:{function}"
    if token.type != Token.OPERAND or token.subtype != Token.RANGE:
        return text
    if text.count("!") > 1:
        # Both ends name their sheet.
        return ":".join(_moved_reference(part, moves, moved_sheet, own_sheet) for part in _ENDS.split(text))
    return _moved_reference(text, moves, moved_sheet, own_sheet)


def _moved_reference(text: str, moves: RowMoves, moved_sheet: str, own_sheet: str) -> str:
    match = PLACE.fullmatch(text) or _WHOLE_ROWS.fullmatch(text)
    if match is None or sheet_named(match["sheet"], own_sheet) != moved_sheet.casefold():
        return text
    prefix = f"{match['sheet']}!" if match["sheet"] else ""
    first = int(match["row"])
    rows = moves.of_range(first, int(match["end"] or first))
    if rows is None:
        return f"{prefix}{_GONE}"
    end = f":{match['second']}{rows[1]}" if match["end"] else ""
    return f"{prefix}{match['first']}{rows[0]}{end}"


def sheet_named(prefix: str | None, own_sheet: str) -> str:
    """Return the sheet that a reference names before its `!`, in small letters; without one it is its own."""
    if prefix is None:
        return own_sheet.casefold()
    return prefix.strip("'").replace("''", "'").casefold()


def moved_areas(references: str, moves: RowMoves) -> str:
    """Return a list of areas (`A1:B7 D9`) where they are now; those that are gone are left out."""
    kept = []
    for reference in references.split():
        match = PLACE.fullmatch(reference)
        if match is None:
            kept.append(reference)
            continue
        rows = moves.of_range(int(match["row"]), int(match["end"] or match["row"]))
        if rows is not None:
            end = f":{match['second']}{rows[1]}" if match["end"] else ""
            kept.append(f"{match['first']}{rows[0]}{end}")
    return " ".join(kept)
