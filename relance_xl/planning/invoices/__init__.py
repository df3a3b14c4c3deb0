"""The list of unpaid invoices and their files: read, held against what is known, refused where they cannot be right."""
