"""Databases that invoices come from: PostgreSQL, MariaDB and MySQL, SQLite; read, never written to."""
