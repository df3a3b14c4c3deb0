"""Where invoices come from: the list of unpaid invoices, as the user's own software exports it."""
