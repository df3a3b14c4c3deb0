"""The journal and what it proves."""
