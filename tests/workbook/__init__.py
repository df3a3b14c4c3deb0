"""The workbook, as programs and people save it."""
