"""Accounting programs that answer over the web: Odoo, and Dolibarr by its REST interface."""
