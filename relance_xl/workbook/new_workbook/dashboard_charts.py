"""The dashboard's three charts, drawn with openpyxl; their figures are filled in at each export."""

from dataclasses import dataclass

from openpyxl.chart import BarChart
from openpyxl.chart.axis import ChartLines
from openpyxl.chart.data_source import AxDataSource, NumDataSource, NumFmt, NumRef, StrRef
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.legend import Legend
from openpyxl.chart.marker import DataPoint
from openpyxl.chart.series import Series, SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.descriptors import Typed
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.drawing.text import (
    CharacterProperties,
    Font,
    Paragraph,
    ParagraphProperties,
    RegularTextRun,
    RichTextProperties,
)
from openpyxl.worksheet.worksheet import Worksheet

from relance_xl.runtime.language import _
from relance_xl.workbook.sheets.appearance import ACCENT, FONT, MUTED, RULE, SLATE

# From money that is not due to money that may be lost: the warm end of the colours that the sheet of reminders uses.
_AGE_COLOURS = ("6B9AA8", "F3D27A", "EFAE6B", "DE7C5A", "B4423C")
# Printed, sent, prepared, refused, unknown.
_OUTCOME_COLOURS = (SLATE, ACCENT, "8CC7BE", "B4423C", "EFAE6B")
#: The columns, from one to the next that is free, and how many rows the chart below the last table's top takes.
CHART_COLUMNS = (12, 19)
LEVELS_CHART_ROWS = 8
_LABELS = "#,##0;-#,##0;;"


_INHERITED = vars(DataLabelList)


class _Labels(DataLabelList):
    """Labels with a format of their own: openpyxl's cannot say that it is not the cells' format."""

    tagname = "dLbls"
    numFmt = Typed(expected_type=NumFmt, allow_none=True)  # type: ignore[assignment]  # noqa: N815 - the schema's name
    # openpyxl writes only what each class names anew.
    txPr, dLblPos, showLegendKey = _INHERITED["txPr"], _INHERITED["dLblPos"], _INHERITED["showLegendKey"]  # noqa: N815
    showVal, showCatName = _INHERITED["showVal"], _INHERITED["showCatName"]  # noqa: N815
    showSerName, showPercent = _INHERITED["showSerName"], _INHERITED["showPercent"]  # noqa: N815
    showBubbleSize = _INHERITED["showBubbleSize"]  # noqa: N815
    __elements__ = DataLabelList.__elements__


@dataclass(frozen=True, slots=True)
class _Cells:
    """What a series shows."""

    name: str
    categories: str
    values: str


def draw_charts(sheet: Worksheet) -> None:
    """Draw the charts beside the tables.

    Charts of customers and of levels reach over one line only: they are stretched when the lines are known.
    """
    ages = _chart(_("Aged balance"), "col")
    cells = _Cells("H5", "C5:G5", "C6:G6")
    bars, figures = _series(sheet, cells, _AGE_COLOURS[0]), _series(sheet, cells, None, 1)
    bars.dPt = [_point(index, colour) for index, colour in enumerate(_AGE_COLOURS)]
    # Of bars that have colours of their own and labels too, Calc writes what no schema allows: the labels stand at bars
    # of a second series, over the first, that are not seen.
    figures.dLbls = _labels()
    ages.series += [bars, figures]
    ages.overlap = 100
    _show_no_values(ages)
    _place(sheet, ages, 2, 10)

    customers = _chart(_("Owed by customer"), "bar")
    customers.series.append(_series(sheet, _Cells("H11", "B12:B12", "H12:H12"), ACCENT))
    customers.gapWidth = 40
    # The largest on top, as in the table.
    customers.x_axis.scaling.orientation = "maxMin"
    customers.dataLabels = _labels()
    _show_no_values(customers)
    _place(sheet, customers, 11, 25)

    levels = _chart(_("Letters and emails by level"), "col")
    for index, colour in enumerate(_OUTCOME_COLOURS):
        letter = "CDEFG"[index]
        cells = _Cells(f"{letter}26", "B28:B28", f"{letter}28:{letter}28")
        levels.series.append(_series(sheet, cells, colour, index))
    levels.grouping, levels.overlap = "stacked", 100
    levels.y_axis.number_format = "0"
    levels.legend = Legend()
    levels.legend.position, levels.legend.txPr = "r", _text_look(900)
    _place(sheet, levels, 26, 26 + LEVELS_CHART_ROWS)


def _chart(heading: str, direction: str) -> BarChart:
    chart = BarChart()
    chart.type = direction
    chart.style = None
    chart.gapWidth = 60
    chart.roundedCorners = False
    chart.graphical_properties = GraphicalProperties(solidFill="FFFFFF", ln=LineProperties(solidFill=RULE))
    chart.title = _heading(heading)
    for axis in (chart.x_axis, chart.y_axis):
        # Left to itself openpyxl writes none, and Excel then hides the axis.
        axis.delete = False
        axis.txPr = _text_look(900)
        axis.majorTickMark = axis.minorTickMark = "none"
        axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=RULE))
    chart.x_axis.tickLblPos = "low"
    chart.y_axis.majorGridlines = ChartLines(spPr=GraphicalProperties(ln=LineProperties(solidFill="E9EDF0")))
    return chart


def _place(sheet: Worksheet, chart: BarChart, first_row: int, next_row: int) -> None:
    """Put a chart beside rows: it stands level with its table whatever the program's row heights."""
    first, following = (column - 1 for column in CHART_COLUMNS)
    chart.anchor = TwoCellAnchor(  # type: ignore[assignment]  # the stubs know addresses only
        editAs="oneCell",
        _from=AnchorMarker(col=first, row=first_row - 1),
        to=AnchorMarker(col=following, row=next_row - 1),
    )
    sheet.add_chart(chart)


def _series(sheet: Worksheet, cells: _Cells, colour: str | None, index: int = 0) -> Series:
    """Return a series; `colour` None: one that is not seen."""
    series = Series(
        idx=index,
        order=index,
        tx=SeriesLabel(strRef=StrRef(f=_area(sheet, cells.name))),
        cat=AxDataSource(strRef=StrRef(f=_area(sheet, cells.categories))),
        val=NumDataSource(numRef=NumRef(f=_area(sheet, cells.values))),
        spPr=_fill(colour),
    )
    series.invertIfNegative = False
    return series


def _area(sheet: Worksheet, area: str) -> str:
    """Return an area as charts refer to it: `'Dashboard'!$C$5:$G$5`."""
    quoted = sheet.title.replace("'", "''")
    return f"'{quoted}'!" + ":".join(f"${corner[0]}${corner[1:]}" for corner in area.split(":"))


def _point(index: int, colour: str) -> DataPoint:
    return DataPoint(idx=index, invertIfNegative=False, spPr=_fill(colour))


def _fill(colour: str | None) -> GraphicalProperties:
    return GraphicalProperties(noFill=colour is None or None, solidFill=colour, ln=LineProperties(noFill=True))


def _labels() -> _Labels:
    """Return what writes each value at its bar."""
    return _Labels(
        numFmt=NumFmt(formatCode=_LABELS, sourceLinked=False),
        txPr=_text_look(900),
        dLblPos="outEnd",
        showVal=True,
        showSerName=False,
        showCatName=False,
        showLegendKey=False,
        showPercent=False,
        showBubbleSize=False,
    )


def _show_no_values(chart: BarChart) -> None:
    """Leave out what values at each bar make superfluous: the axis of values, and a legend of one entry."""
    chart.legend = None
    chart.y_axis.delete = True
    chart.y_axis.majorGridlines = None


def _characters(size: int, colour: str, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(sz=size, b=bold, solidFill=colour, latin=Font(typeface=FONT))


def _text_look(size: int) -> RichText:
    properties = ParagraphProperties(defRPr=_characters(size, MUTED))
    return RichText(bodyPr=RichTextProperties(), p=[Paragraph(pPr=properties, endParaRPr=_characters(size, MUTED))])


def _heading(text: str) -> Title:
    look = _characters(1200, SLATE, bold=True)
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=look), r=[RegularTextRun(rPr=look, t=text)])
    return Title(tx=Text(rich=RichText(bodyPr=RichTextProperties(), p=[paragraph])), overlay=False)
