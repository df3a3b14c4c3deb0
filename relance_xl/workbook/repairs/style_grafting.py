"""Cell formats of one workbook brought into another's styles (ECMA-376 part 1, 18.8), each only once."""

import copy

from lxml import etree

from relance_xl.workbook.ooxml.cells import insert_in_order
from relance_xl.workbook.ooxml.markup import main_tag

# The children of a style sheet, in their order.
_ORDER = (
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "colors",
    "extLst",
)  # fmt: skip
_REFERRED = {"fontId": "fonts", "fillId": "fills", "borderId": "borders"}
#: The first number of a number format that is not built in.
_FIRST_OWN_FORMAT = 164


class StyleGraft:
    """Brings formats from a source's style sheet into a target's."""

    def __init__(self, target: etree._Element, source: etree._Element) -> None:
        self._target = target
        self._source = source
        self._places: dict[str, dict[bytes, int]] = {}
        self._cells: dict[int, int] = {}

    def cell(self, index: int) -> int:
        """Return the target's index of a cell format, by its index in the source."""
        if index not in self._cells:
            self._cells[index] = self._cell(index)
        return self._cells[index]

    def _cell(self, index: int) -> int:
        xf = copy.deepcopy(self._list(self._source, "cellXfs")[index])
        for attribute, name in _REFERRED.items():
            origin = self._list(self._source, name)[int(xf.get(attribute, "0"))]
            xf.set(attribute, str(self._own(name, origin)))
        xf.set("numFmtId", str(self._number_format(int(xf.get("numFmtId", "0")))))
        # Which named style it goes by is the source's own affair: the target's first is the normal one.
        if "xfId" in xf.attrib:
            xf.set("xfId", "0")
        for name in ("applyNumberFormat", "applyFont", "applyFill", "applyBorder"):
            xf.set(name, "1")
        return self._own("cellXfs", xf)

    def rule(self, index: int) -> int:
        """Return the target's index of a conditional format's look, by its index in the source."""
        return self._own("dxfs", self._list(self._source, "dxfs")[index])

    def _number_format(self, number: int) -> int:
        if number < _FIRST_OWN_FORMAT:
            return number
        code = next(
            one.get("formatCode") for one in self._source.iter(main_tag("numFmt")) if one.get("numFmtId") == str(number)
        )
        ours = self._list(self._target, "numFmts")
        for one in ours:
            if one.get("formatCode") == code:
                return int(str(one.get("numFmtId")))
        free = max([_FIRST_OWN_FORMAT - 1, *(int(str(one.get("numFmtId"))) for one in ours)]) + 1
        etree.SubElement(ours, main_tag("numFmt"), {"numFmtId": str(free), "formatCode": str(code)})
        ours.set("count", str(len(ours)))
        return free

    def _own(self, name: str, element: etree._Element) -> int:
        """Return the place of an element in one of the target's lists, where it is put if it is not there."""
        owner = self._list(self._target, name)
        if name not in self._places:
            self._places[name] = {}
            for place, one in enumerate(owner):
                self._places[name].setdefault(_canonical(one), place)
        places, key = self._places[name], _canonical(element)
        if key not in places:
            places[key] = len(owner)
            owner.append(copy.deepcopy(element))
            owner.set("count", str(len(owner)))
        return places[key]

    @staticmethod
    def _list(root: etree._Element, name: str) -> etree._Element:
        found = root.find(main_tag(name))
        if found is None:
            found = etree.Element(main_tag(name))
            insert_in_order(root, found, _ORDER[_ORDER.index(name) + 1 :])
        return found


def _canonical(element: etree._Element) -> bytes:
    alone = copy.deepcopy(element)
    alone.tail = None
    etree.cleanup_namespaces(alone)
    return etree.tostring(alone, method="c14n")
