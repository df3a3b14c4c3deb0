"""The package of a workbook and the texts of its parts (ECMA-376): what is not changed stays byte for byte."""
