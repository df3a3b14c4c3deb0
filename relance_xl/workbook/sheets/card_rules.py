"""What draws the lines of the cards: around what is shown, and nowhere else."""

from openpyxl.formatting.rule import Rule
from openpyxl.styles.differential import DifferentialStyle

from relance_xl.workbook.ooxml.areas import Area
from relance_xl.workbook.sheets.appearance import GRID
from relance_xl.workbook.sheets.fixed_places import CARD_HEADER_ROW, CARD_LINES, card_columns


def card_area() -> Area:
    """Return the area of a card in which lines may stand."""
    first = CARD_HEADER_ROW + 1
    return Area(2, first, len(card_columns()) + 1, first + CARD_LINES - 1)


def card_rule() -> Rule:
    """Return the rule that draws a line's borders; its hidden first cell says whether it shows anything."""
    formula = f"LEN($A{CARD_HEADER_ROW + 1})>0"
    return Rule("expression", formula=[formula], dxf=DifferentialStyle(border=GRID))
