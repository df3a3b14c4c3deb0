"""What to tell besides what was asked: of a plan, of a workbook brought up to date."""
