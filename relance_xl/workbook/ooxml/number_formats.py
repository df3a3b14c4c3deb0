"""Which cell formats show a date: a number alone does not tell (ECMA-376 part 1, 18.8.30 and 18.8.10)."""

from relance_xl.workbook.ooxml.markup import main_tag
from relance_xl.workbook.ooxml.package import parse_xml


def date_styles(styles: bytes) -> frozenset[str]:
    """Return the indexes, as cells name them, of a style sheet part's cell formats that show dates."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

    root = parse_xml(styles)
    codes = dict(BUILTIN_FORMATS)
    for node in root.iter(main_tag("numFmt")):
        codes[int(node.get("numFmtId", "0"))] = str(node.get("formatCode", ""))
    formats = root.find(main_tag("cellXfs"))
    return frozenset(
        str(index)
        for index, node in enumerate(() if formats is None else formats)
        if is_date_format(codes.get(int(node.get("numFmtId", "0"))))
    )
