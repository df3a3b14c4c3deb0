"""The tests: real files, real LibreOffice, real servers; each says what is broken if it fails."""
