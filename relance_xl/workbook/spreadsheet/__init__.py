"""A workbook that can be changed: its sheets, what stands around their rows, names, tables."""
