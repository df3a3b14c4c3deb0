"""What a list says: which row has the titles, which column holds what, which rows are invoices, and what is wrong with them."""
