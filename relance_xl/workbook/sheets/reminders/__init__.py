"""The sheet of unpaid invoices."""
