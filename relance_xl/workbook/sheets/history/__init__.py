"""The history sheet."""
