"""The sheet of customers."""
