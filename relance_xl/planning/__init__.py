"""How things stand, what would be sent and why not; the workbook brought up to the journal."""
