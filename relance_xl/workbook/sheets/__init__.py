"""Our sheets: found again, read, written."""
