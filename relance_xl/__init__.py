"""Relance XL: chase unpaid invoices from the spreadsheet you already have open."""

__version__ = "0.1.0"
