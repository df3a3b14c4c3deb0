"""What people said of an invoice or a customer that holds beyond the week it was said in."""
