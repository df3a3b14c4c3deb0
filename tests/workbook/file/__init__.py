"""The workbook as a file: its parts kept, damaged or replaced, saved by other programs."""
