"""The formats that lists come in: each file read as plain tables."""
