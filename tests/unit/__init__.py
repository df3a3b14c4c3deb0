"""What is pure, or needs no file of note: seconds. `make quick` runs these."""
