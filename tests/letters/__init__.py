"""Letters and invoices, to the page."""
