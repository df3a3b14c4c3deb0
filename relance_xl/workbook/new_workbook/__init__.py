"""A new, empty workbook, laid out with openpyxl."""
