"""What is made of each invoice that a server tells of: its columns, and texts of what may be empty."""

#: The columns, named as our fields.
COLUMNS = (
    "number", "customer_code", "customer", "address", "postal_code", "city", "country", "email", "invoice_date", "due_date",
    "total", "open_amount", "currency", "language", "professional",
)  # fmt: skip


def text_of(value: object) -> str:
    """Return a value as a text; what is empty is told as null, by Odoo as false."""
    return "" if value is None or value is False else str(value)
