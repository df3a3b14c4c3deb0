"""Lists of unpaid invoices."""
