"""What the user edits: a workbook whose parts are kept byte for byte, save those that must change."""
