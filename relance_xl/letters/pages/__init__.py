"""Pages of PDF: whose they are, joined, to print, archival."""
