"""How fast the program is, against other ways to do the same work: `make bench`."""
