"""The computer's desktop: how it starts this program, and what opens the files that it makes."""
