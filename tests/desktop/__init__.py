"""What starts the program without a terminal, and opens what it made."""
