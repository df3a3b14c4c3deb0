"""One file a command, each beside what it shows."""
