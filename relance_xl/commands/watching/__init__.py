"""One computer that does what others ask for in the workbook."""
