"""The invoice behind each letter: found, read, proved to be its own."""
